"""Dashboards as data: each ``*.toml`` of a folder becomes a checked ``Dashboard``.

========= ===========================================================================================================
in a file meaning
========= ===========================================================================================================
title     in the menu of dashboards; without it the file's name
sites     domains for which it is there; without it all of them
extends   the name of a built-in dashboard whose panels it begins with
hide      names of panels of that one which are left out
order     names of panels in the order wanted, ``*`` for all others; without that each of those keeps its place behind
          what stands before it
[[panel]] a panel (``panels.Panel``); one with the name of a panel of that dashboard takes its place
========= ===========================================================================================================

What cannot be used is left out, and a ``Problem`` that names file, line, panel and field stands in its place; what
is beside it is not affected.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from analytics.domains import normalised
from analytics.errors import InvalidInput
from analytics.panels import NAME, Panel, Problem, checked, pointed

MAIN = "main"
"""The dashboard that is shown when none is asked for."""
REST = "*"
"""In ``order``: all panels that it does not name."""
LARGEST = 256 * 1024
"""Bytes of a file that are read; any usable dashboard is far smaller."""


class Dashboard(Struct, frozen=True, kw_only=True, eq=False):
    """One dashboard, ready to be shown. Serves as a cache key itself: compared by identity."""

    name: str
    """The file's name without its ending, which is used in addresses."""
    title: str
    entries: tuple[Panel | Problem, ...]
    """What is shown, in order."""
    sites: tuple[str, ...] = ()
    """Normalised domains of the sites that have it; empty: all."""
    built_in: bool = False
    """Whether it came with the service and is unchanged."""
    broken: bool = False
    """Whether the file cannot be used at all; its entries are then only problems."""

    @property
    def panels(self) -> tuple[Panel, ...]:
        """Its usable panels, in order."""
        return tuple(entry for entry in self.entries if isinstance(entry, Panel))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with it."""
        return tuple(entry for entry in self.entries if isinstance(entry, Problem))

    def is_for(self, domain: str) -> bool:
        """Whether this site has the dashboard."""
        return not self.sites or domain in self.sites


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """A file as written, its panels not yet checked."""

    title: str = ""
    sites: tuple[str, ...] = ()
    extends: str = ""
    order: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    panel: tuple[Any, ...] = ()


Base = tuple[Dashboard, ...]
"""The built-in dashboards."""


def dashboards(built_in: Path, own: Path | None = None, domain: str = "") -> list[Dashboard]:
    """The dashboards of a site, or all of them if no domain is given: ``main`` first, the others by title.

    A file in ``own`` replaces the built-in dashboard of the same name. If it cannot be used at all, the built-in one stays,
    with the problems before its panels. Files are read again when they have changed; a missing folder has none.
    """
    base = {each.name: each for each in _folder(built_in, None)}
    found = dict(base)
    for each in _folder(own, tuple(base.values())) if own else ():
        if not domain or each.is_for(domain):
            found[each.name] = _instead(each, base.get(each.name))
    return sorted(found.values(), key=lambda each: (each.name != MAIN, each.title.casefold(), each.name))


def _instead(own: Dashboard, base: Dashboard | None) -> Dashboard:
    if base is None or not own.broken:
        return own
    return Dashboard(name=own.name, title=base.title, entries=(*own.entries, *base.entries), broken=True)


def _folder(folder: Path, base: Base | None) -> Iterator[Dashboard]:
    for file in sorted(folder.glob("*.toml")):
        yield _current(file, base)


def _current(file: Path, base: Base | None) -> Dashboard:
    try:
        state = file.stat()
        return _read(file, state.st_mtime_ns, state.st_size, base)
    except OSError as error:
        return _broken(file.stem, Problem(file.name, "", "", f"cannot be read: {error.strerror}"))


@lru_cache(maxsize=256)
def _read(file: Path, changed: int, size: int, base: Base | None) -> Dashboard:  # noqa: ARG001 - parts of the cache's key
    if size > LARGEST:
        return _broken(file.stem, Problem(file.name, "", "", f"larger than {LARGEST // 1024} kB"))
    return parsed(file.stem, file.read_bytes(), base)


def _broken(name: str, *problems: Problem) -> Dashboard:
    return Dashboard(name=name, title=name, entries=problems, broken=True)


def parsed(name: str, text: bytes, base: Base | None = None) -> Dashboard:
    """The dashboard in the text of a TOML file, which is called ``name`` plus ``.toml``. ``base`` are the built-in
    dashboards that it may extend; None for a built-in one."""
    file = f"{name}.toml"
    try:
        written = text.decode()
        blocks = tomllib.loads(written)
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        return _broken(name, Problem(file, "", "", "not written in UTF-8", line))
    except tomllib.TOMLDecodeError as error:
        return _broken(name, Problem(file, "", "", f"not a TOML file: {error}", _line_in(str(error), written)))
    lines = Lines(written)
    try:
        head = msgspec.convert(blocks, Head)
        sites = _domains(head.sites)
    except msgspec.ValidationError as error:
        field, problem = pointed(str(error))
        return _broken(name, Problem(file, "", field, problem, lines.of_key(field)))
    except InvalidInput as error:
        return _broken(name, Problem(file, "", error.field, str(error), lines.of_key(error.field)))
    extended = next((each for each in base or () if each.name == head.extends), None)
    own = list(_unique(file, lines, [_block(file, lines, place, block) for place, block in enumerate(head.panel, start=1)]))
    wrong = [Problem(file, "", field, problem, lines.of_key(field)) for field, problem in _wrong(name, head, extended)]
    return Dashboard(
        name=name,
        title=head.title or (extended.title if extended and extended.name == name else name),
        entries=(*wrong, *(_extended(extended, own, head) if extended else own)),
        sites=sites,
        built_in=base is None,
    )


def _line_in(error: str, text: str) -> int:
    """The line in a message of tomllib: "(at line 3, column 5)", "(at end of document)"."""
    found = re.search(r"at line (\d+)", error)
    return int(found[1]) if found else text.count("\n", 0, max(0, len(text) - 1)) + 1


def _domains(sites: Iterable[str]) -> tuple[str, ...]:
    try:
        return tuple(map(normalised, sites))
    except InvalidInput as error:
        raise InvalidInput("sites", str(error)) from None


def _wrong(name: str, head: Head, extended: Dashboard | None) -> Iterator[tuple[str, str]]:
    """Field and problem of mistakes that affect no panel."""
    if not NAME.fullmatch(name):
        yield "", "a file's name has lower-case letters, digits and dashes only"
    if head.extends and not extended:
        yield "extends", f"there is no built-in dashboard “{head.extends}”"
    if not head.extends:
        yield from ((field, "needs extends") for field in ("hide", "order") if getattr(head, field))


def _block(file: str, lines: "Lines", place: int, block: Any) -> Panel | Problem:
    found = checked(block)
    if isinstance(found, Panel):
        return found
    named = block.get("name") if isinstance(block, dict) else None
    called = f"“{named}”" if isinstance(named, str) and named else f"number {place}"
    field, problem = found
    return Problem(file, called, field, problem, lines.of_block(place, field))


def _unique(file: str, lines: "Lines", entries: Iterable[Panel | Problem]) -> Iterator[Panel | Problem]:
    """The panels without those whose name was used before: two panels would have the same address."""
    seen: set[str] = set()
    for place, entry in enumerate(entries, start=1):
        if isinstance(entry, Panel) and entry.name in seen:
            line = lines.of_block(place, "name")
            yield Problem(file, f"“{entry.name}”", "name", "another panel has this name", line)
            continue
        if isinstance(entry, Panel):
            seen.add(entry.name)
        yield entry


def _extended(base: Dashboard, own: Sequence[Panel | Problem], head: Head) -> list[Panel | Problem]:
    """The problems first, then the panels of both dashboards in order."""
    mine = {entry.name: entry for entry in own if isinstance(entry, Panel)}
    panels = {entry.name: entry for entry in base.panels if entry.name not in head.hide} | mine
    problems = [entry for entry in own if isinstance(entry, Problem)]
    return [*problems, *(panels[name] for name in ordered(list(panels), head.order))]


def ordered(names: Sequence[str], order: Iterable[str]) -> list[str]:
    """``names`` in the order of ``order``. Names it does not list go where it has ``*``; without that, each stays behind
    the name that precedes it, so that a panel added by a later version finds its place."""
    wanted = list(dict.fromkeys(order))
    result = [name for name in wanted if name in names]
    others = [name for name in names if name not in wanted]
    if REST in wanted:
        at = sum(name in names for name in wanted[: wanted.index(REST)])
        return [*result[:at], *others, *result[at:]]
    for name in others:
        place = names.index(name)
        result.insert(result.index(names[place - 1]) + 1 if place else 0, name)
    return result


class Lines:
    """Finds the line of things in a TOML text, counted from 1; 0 if not found. The text must be valid TOML. Used only when
    something is wrong, since it takes many times as long as parsing."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    @cached_property
    def _blocks(self) -> list[int]:
        return [at for at, line in enumerate(self._lines) if _HEADER.match(line) and self._is_outside(at)]

    def _is_outside(self, at: int) -> bool:
        """Whether the text before this line is complete, which it is not inside a multi-line string."""
        try:
            tomllib.loads("\n".join(self._lines[:at]))
        except tomllib.TOMLDecodeError:
            return False
        return True

    def of_key(self, key: str) -> int:
        """The line of a key in the head."""
        return self._found(key, 0, self._blocks[0] if self._blocks else len(self._lines)) if key else 0

    def of_block(self, place: int, field: str) -> int:
        """The line of a field in the block at this position, counted from 1; the line of the block if it has no such
        field."""
        if place > len(self._blocks):
            return 0
        start, end = [*self._blocks, len(self._lines)][place - 1 : place + 1]
        return self._found(field, start, end) or start + 1

    def _found(self, field: str, start: int, end: int) -> int:
        """For ``query.limit``: the line with that key; or, below ``[panel.query]``, with its last part; or of its first."""
        parts = re.findall(r"[\w-]+", re.sub(r"\[.*|\.\d+$", "", field))
        for key in (r"\s*\.\s*".join(parts), parts[-1] if parts else "", parts[0] if parts else ""):
            written = re.compile(rf"\s*(\[\s*panel\s*\.\s*)?{key}\s*[=.\]]") if key else None
            for at in range(start, end):
                if written and written.match(self._lines[at]):
                    return at + 1
        return 0


_HEADER = re.compile(r"\s*\[\[\s*panel\s*\]\]")
