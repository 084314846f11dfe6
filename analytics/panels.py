"""Dashboards as data: ``dashboards/*.toml`` read into checked ``Panel`` values.

A panel that cannot be used is left out, and a ``Problem`` that names file, panel and field stands in its place;
the panels beside it are not affected. A file that is no TOML is left out in the same way.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from analytics.query.dimensions import find
from analytics.query.metrics import METRICS


class Form(Struct, frozen=True):
    """A way to show an answer."""

    dimensions: tuple[int, int]
    """The fewest and most dimensions its query has."""
    metrics: tuple[int, int]
    """The fewest and most metrics its query has."""
    meaning: str


FORMS: dict[str, Form] = {
    "live": Form((0, 0), (0, 0), "how many people are here now"),
    "number": Form((0, 0), (1, 12), "figures with their change against the period before"),
    "timeseries": Form((1, 1), (0, 0), "a chart over time of the metric the reader chose"),
    "bars": Form((1, 1), (1, 3), "a table whose first metric is also drawn as bars"),
    "tree": Form((1, 1), (1, 3), "sections with the sections inside them"),
    "ledger": Form((0, 0), (0, 0), "received = counted + dropped, by reason and day"),
}
"""Every form with what it needs. Its look is ``dashboards/templates/dashboard/forms/<form>.html``."""


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """The panel's own part of a question to the stats API."""

    metrics: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    filters: tuple[Any, ...] = ()
    """Hold together with the reader's filters."""
    order_by: tuple[tuple[str, Literal["asc", "desc"]], ...] = ()
    limit: int = 9


class Panel(Struct, frozen=True, forbid_unknown_fields=True):
    """One panel of the dashboard."""

    name: str
    """Unique; lower-case letters, digits and dashes, since it stands in addresses."""
    title: str
    form: str
    size: Literal["full", "half", "third"] = "half"
    group: str = ""
    """Panels of one group share a card."""
    note: str = ""
    query: Question = Question()


class Problem(Struct, frozen=True):
    """What is wrong with a dashboard's file, for the person who wrote it."""

    file: str
    panel: str
    """Its name, or its place in the file, or empty when the file itself is broken."""
    field: str
    problem: str

    def __str__(self) -> str:
        """One sentence with all of it."""
        parts = (self.file, self.panel and f"panel {self.panel}", self.field and f"field {self.field}")
        return f"{', '.join(filter(None, parts))}: {self.problem}"


Dashboard = tuple[Panel | Problem, ...]
"""What is shown, in order."""


def dashboard(folders: Iterable[Path]) -> Dashboard:
    """The panels of all ``*.toml`` in these folders: ``main.toml`` first, the others by name.

    Files are read again when they have changed. A folder that is not there holds nothing.
    """
    found = (file for folder in folders for file in folder.glob("*.toml"))
    files = sorted(found, key=lambda file: (file.name != "main.toml", file.name))
    return tuple(_unique([(file.name, entry) for file in files for entry in _current(file)]))


def _current(file: Path) -> Dashboard:
    try:
        return _read(file, file.stat().st_mtime_ns)
    except OSError as error:
        return (Problem(file.name, "", "", f"cannot be read: {error.strerror}"),)


@lru_cache(maxsize=64)
def _read(file: Path, changed: int) -> Dashboard:  # noqa: ARG001 - a part of the cache's key
    return parsed(file.name, file.read_bytes())


def parsed(file: str, text: bytes) -> Dashboard:
    """The panels in the text of one TOML file; ``file`` is its name, for the problems."""
    try:
        blocks = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return (Problem(file, "", "", f"not a TOML file: {error}"),)
    others = [name for name in blocks if name != "panel"]
    unknown = [Problem(file, "", name, "a dashboard's file holds [[panel]] blocks only") for name in others]
    found = blocks.get("panel", [])
    if not isinstance(found, list):
        return (Problem(file, "", "panel", "write [[panel]] with two brackets"),)
    return (*unknown, *(_panel(file, place, block) for place, block in enumerate(found, start=1)))


def _panel(file: str, place: int, block: Any) -> Panel | Problem:
    named = block.get("name") if isinstance(block, dict) else None
    called = f"“{named}”" if isinstance(named, str) and named else f"number {place}"
    try:
        panel = msgspec.convert(block, Panel)
    except msgspec.ValidationError as error:
        field, problem = _pointed(str(error))
        return Problem(file, called, field, problem)
    wrong = _wrong(panel)
    return Problem(file, called, *wrong) if wrong else panel


def _pointed(error: str) -> tuple[str, str]:
    """msgspec's sentence as field and problem: ``Expected `int`, got `str` - at `$.query.limit```."""
    problem, _, path = error.partition(" - at `$")
    named = re.search(r"(?:field|unknown field) `(\w+)`", problem)
    parts = [path.rstrip("`").lstrip("."), named[1] if named else ""]
    return ".".join(filter(None, parts)), problem


def _wrong(panel: Panel) -> tuple[str, str] | None:
    """Field and problem of what the types cannot say."""
    form = FORMS.get(panel.form)
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", panel.name):
        return "name", "lower-case letters, digits and dashes only"
    if form is None:
        return "form", f"there is no form “{panel.form}”; there are {', '.join(FORMS)}"
    if not 1 <= panel.query.limit <= 1000:
        return "query.limit", "between 1 and 1000"
    return (
        _count("query.metrics", panel.query.metrics, form.metrics, panel.form)
        or _count("query.dimensions", panel.query.dimensions, form.dimensions, panel.form)
        or _unknown("query.metrics", "metric", panel.query.metrics, METRICS.get)
        or _unknown("query.dimensions", "dimension", panel.query.dimensions, find)
    )


def _count(field: str, values: Sequence[str], allowed: tuple[int, int], form: str) -> tuple[str, str] | None:
    fewest, most = allowed
    if fewest <= len(values) <= most:
        return None
    wanted = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    return field, f"form “{form}” takes {wanted}, not {len(values)}"


def _unknown(field: str, kind: str, values: Sequence[str], known: Callable[[str], object]) -> tuple[str, str] | None:
    for place, value in enumerate(values):
        if known(value) is None:
            return f"{field}.{place}", f"there is no {kind} “{value}”; see docs/dimensions.md"
    return None


def _unique(entries: Iterable[tuple[str, Panel | Problem]]) -> Iterator[Panel | Problem]:
    """A name given twice would make two panels answer to one address: the later is left out."""
    seen: set[str] = set()
    for file, entry in entries:
        if isinstance(entry, Panel) and entry.name in seen:
            yield Problem(file, f"“{entry.name}”", "name", "another panel has this name")
            continue
        if isinstance(entry, Panel):
            seen.add(entry.name)
        yield entry
