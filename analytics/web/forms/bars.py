"""The form ``bars``: a table of a dimension's values whose first metric is also drawn as bars."""

from collections.abc import Sequence
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from analytics.panels import Panel
from analytics.query.dimensions import Kind, find
from analytics.query.metrics import METRICS
from analytics.site import Site
from analytics.web.figures import amount, figure
from analytics.web.forms.conversion import converting
from analytics.web.forms.listing import Column, Paging, listing
from analytics.web.question.asker import Asker, Row
from analytics.web.question.names import shown
from analytics.web.question.selection import Selection


class Entry(Struct, frozen=True, kw_only=True):
    """One row of a table."""

    label: str
    full: str = ""
    """The name, where the label is only the last part of it."""
    value: str
    cells: Sequence[str] = ()
    share: float = 0
    """0 to 100: the length of its bar."""
    depth: int = 0
    narrow: Selection | None = None
    exclude: Selection | None = None
    widen: Selection | None = None
    """Given when the page is filtered by this row: the way back."""
    outside: str = ""
    """Address of the page on the site, for paths."""


class Table(Struct, frozen=True, kw_only=True):
    """A panel of rows."""

    columns: list[Column]
    """The values, then the metrics."""
    entries: list[Entry]
    paging: Paging = Paging()


def bars(asker: Asker, panel: Panel) -> Table:
    """One row per value of the panel's dimension."""
    panel = converting(asker.selection, panel)
    found = listing(asker, panel)
    return Table(
        columns=found.columns,
        entries=[entry_of(asker, panel, row, found.top) for row in found.rows],
        paging=found.paging,
    )


def entry_of(asker: Asker, panel: Panel, row: Row, top: float, depth: int = 0, parent: str = "") -> Entry:
    """One row, with its links to filter by it. Below ``parent``, whose name is not repeated."""
    value = row["dimensions"][0]
    entry = named(asker, panel.query.dimensions[0], value)
    return replace(
        entry,
        label=value.removeprefix(parent if parent.startswith("/") else f"{parent}/") if parent else entry.label,
        cells=cells(panel, row),
        share=round(100 * (amount(row["metrics"][0]) or 0) / top, 2) if top else 0,
        depth=depth,
    )


def cells(panel: Panel, row: Row) -> list[str]:
    """The row's figures."""
    return [figure(METRICS[name], cell) for name, cell in zip(panel.query.metrics, row["metrics"], strict=True)]


def named(asker: Asker, dimension: str, value: str) -> Entry:
    """A value of a dimension with its links to filter by it, without figures."""
    entry = Entry(
        label=shown(dimension, value),
        full=shown(dimension, value),
        value=value,
        outside=_address(asker.site, dimension, value),
    )
    known = find(dimension)
    timed = known is not None and known.dimension.kind is Kind.TIME
    return entry if timed or folded(value) else _linked(asker.selection, dimension, entry)


def _linked(selection: Selection, dimension: str, entry: Entry) -> Entry:
    chosen = selection.is_only(dimension, entry.value)
    if chosen:
        return replace(entry, widen=selection.removed(chosen))
    return replace(
        entry, narrow=selection.narrowed(dimension, entry.value), exclude=selection.without(dimension, entry.value)
    )


def folded(value: str) -> bool:
    """A row for several values that are too small to be shown separately; it cannot be filtered by."""
    return value.startswith("(fewer than ")


PATHS = frozenset({"event:page", "visit:entry_page", "visit:exit_page"})
LINKS = frozenset({"event:props:url", "event:props:from"})
"""Dimensions whose values may be whole addresses: of outbound links, files, and pages with broken links."""


def _address(site: Site, dimension: str, value: str) -> str:
    if dimension in LINKS and value.startswith(("https://", "http://")) and ":redacted" not in value:
        return value
    if dimension in PATHS and value.startswith("/") and ":redacted" not in value:
        return f"https://{site.domain}{quote(value, safe='/?=&%')}"
    return ""
