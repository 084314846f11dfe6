"""What each form of panel shows: its answer as words and links, ready to be written down."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from analytics.ingest.apart import SUSPECTS
from analytics.model import REASONS, Reason, Site
from analytics.panels import Panel
from analytics.query.dimensions import find
from analytics.query.metrics import METRICS, Metric
from analytics.query.run import LedgerDay
from analytics.web.asker import Asker, Row
from analytics.web.figures import Change, change, day, figure, number
from analytics.web.selection import Selection
from analytics.web.series import Series, series

FULL_LIST = 100
"""Rows on one page of a panel shown alone."""
LEDGER_DAYS = 31
"""Days in the ledger's table, unless it is shown alone."""


class Number(Struct, frozen=True, kw_only=True):
    """One headline figure."""

    metric: Metric
    text: str
    before: str
    change: Change | None
    chosen: bool
    choose: Selection


class Numbers(Struct, frozen=True):
    """The headline figures."""

    numbers: list[Number]


class Entry(Struct, frozen=True, kw_only=True):
    """One row of a table."""

    label: str
    value: str
    cells: list[str]
    share: float
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

    heading: str
    columns: list[Metric]
    entries: list[Entry]
    more: Selection | None = None
    earlier: Selection | None = None
    later: Selection | None = None


class LedgerLine(Struct, frozen=True):
    """What one reason cost."""

    reason: str
    sentence: str
    text: str
    kept: bool
    """It is kept apart, and can be looked at."""


class LedgerRow(Struct, frozen=True):
    """One day of the ledger."""

    day: str
    received: str
    counted: str
    dropped: list[str]


class LedgerSheet(Struct, frozen=True, kw_only=True):
    """The account of what arrived."""

    received: str
    counted: str
    dropped: str
    lines: list[LedgerLine]
    days: list[LedgerRow]
    """Latest first."""
    restarted: list[str]
    """Days on which a crash made visitors count twice."""
    left_out: str
    """How many identifying parameters were left out of what was counted; empty: none."""
    more: Selection | None
    """Where the older days are, if they are not here."""


Content = Numbers | Series | Table | LedgerSheet


def numbers(asker: Asker, panel: Panel) -> Numbers:
    """The headline figures with their change."""
    row = asker.ask(panel, compare=True).results[0]
    before = row.get("comparison", {}).get("metrics") or [None] * len(panel.query.metrics)
    return Numbers(
        [
            _number(asker, asker.metric(name), now, then)
            for name, now, then in zip(panel.query.metrics, row["metrics"], before, strict=True)
        ]
    )


def _number(asker: Asker, metric: Metric, now: Any, then: Any) -> Number:
    return Number(
        metric=metric,
        text=figure(metric, now),
        before=figure(metric, then) if then is not None else "",
        change=change(metric, now, then),
        chosen=metric.name == asker.selection.metric,
        choose=asker.selection.with_metric(metric.name),
    )


def table(asker: Asker, panel: Panel) -> Table:
    """One row per value of the panel's dimension."""
    alone = asker.selection.panel == panel.name
    limit, page = (FULL_LIST, asker.selection.page) if alone else (panel.query.limit, 1)
    found = asker.ask(panel, pagination={"limit": limit + 1, "offset": (page - 1) * limit})
    rows = found.results[:limit]
    top = max((row["metrics"][0] or 0 for row in found.results), default=0)
    further = len(found.results) > limit
    selection = asker.selection
    return Table(
        heading=_heading(panel),
        columns=[asker.metric(name) for name in panel.query.metrics],
        entries=[_entry(asker, panel, row, top) for row in rows],
        more=selection.with_panel(panel.name) if further and not alone else None,
        earlier=selection.with_panel(panel.name, page - 1) if alone and page > 1 else None,
        later=selection.with_panel(panel.name, page + 1) if alone and further else None,
    )


def _heading(panel: Panel) -> str:
    asked = find(panel.query.dimensions[0])
    return asked.dimension.label if asked else panel.title


def _entry(asker: Asker, panel: Panel, row: Row, top: float, depth: int = 0, parent: str = "") -> Entry:
    dimension, value = panel.query.dimensions[0], row["dimensions"][0]
    entry = Entry(
        label=value.removeprefix(parent if parent.startswith("/") else f"{parent}/") if parent else value,
        value=value,
        cells=[figure(METRICS[name], cell) for name, cell in zip(panel.query.metrics, row["metrics"], strict=True)],
        share=round(100 * (row["metrics"][0] or 0) / top, 2) if top else 0,
        depth=depth,
        outside=_address(asker.site, dimension, value),
    )
    return entry if _folded(value) else _linked(asker.selection, dimension, entry)


def _linked(selection: Selection, dimension: str, entry: Entry) -> Entry:
    chosen = selection.is_only(dimension, entry.value)
    if chosen:
        return replace(entry, widen=selection.removed(chosen))
    return replace(
        entry, narrow=selection.narrowed(dimension, entry.value), exclude=selection.without(dimension, entry.value)
    )


def _folded(value: str) -> bool:
    """A row of several values that are too small to be shown alone: no value to filter by."""
    return value.startswith("(fewer than ")


PATHS = frozenset({"event:page", "visit:entry_page", "visit:exit_page"})


def _address(site: Site, dimension: str, value: str) -> str:
    if dimension in PATHS and value.startswith("/") and ":redacted" not in value:
        return f"https://{site.domain}{quote(value, safe='/?=&%')}"
    return ""


SECTION = "event:section"
SECTION_LEVELS = 2
"""Levels shown below the one the page is filtered by."""
INNER = 4
"""Sections shown inside each section; a click shows them all."""


def tree(asker: Asker, panel: Panel) -> Table:
    """Sections with the sections inside them, each with its own visitors."""
    inside = _section_filter(asker.selection)
    start = len(inside.strip("/").split("/")) if inside else 1
    levels = [_level(asker, panel, depth) for depth in range(start, start + SECTION_LEVELS + bool(inside))]
    limit = FULL_LIST if asker.selection.panel == panel.name else panel.query.limit
    return Table(
        heading=_heading(panel),
        columns=[asker.metric(name) for name in panel.query.metrics],
        entries=_nested(asker, panel, levels, limit, inside),
        more=asker.selection.with_panel(panel.name) if limit < len(levels[0]) else None,
    )


def _section_filter(selection: Selection) -> str:
    """The section the page is filtered by, if it is one."""
    found = [each for each in selection.filters if each.dimension == SECTION and each.operation == "is"]
    return found[0].values[0] if len(found) == 1 and len(found[0].values) == 1 else ""


def _level(asker: Asker, panel: Panel, depth: int) -> list[Row]:
    """The sections down to this many levels. Higher ones are among them, for the pages that lie no deeper."""
    found = asker.ask(panel, dimensions=[f"{SECTION}:{depth}"], pagination={"limit": FULL_LIST * 5})
    return list(found.results)


def _nested(asker: Asker, panel: Panel, levels: Sequence[Sequence[Row]], limit: int, inside: str = "") -> list[Entry]:
    """The sections of the first level, those of the second beneath each, and so on."""
    top = max((row["metrics"][0] or 0 for row in levels[0]), default=0)

    def beneath(parent: str, rows: Sequence[Row], depth: int, most: int) -> Iterator[Entry]:
        for row in rows[:most]:
            value = row["dimensions"][0]
            yield _entry(asker, panel, row, top, depth, parent)
            if depth + 1 < len(levels):
                inner = [each for each in levels[depth + 1] if each["dimensions"][0].startswith(f"{value}/")]
                yield from beneath(value, inner, depth + 1, limit if value == inside else INNER)

    return list(beneath("", levels[0], 0, limit))


def ledger(asker: Asker, panel: Panel) -> LedgerSheet:
    """received = counted + dropped, by reason and day. Filters do not narrow it: what was dropped has no source or page."""
    if asker.days is None:
        asker.figures(("events",))
    first, last = asker.days or (asker.today, asker.today)
    found = asker.answers.ledger(asker.site, first, max(first, min(last, asker.today)))
    reasons = [reason for reason in REASONS if any(each.dropped.get(reason) for each in found)]
    shown = found if asker.selection.panel == panel.name else found[-LEDGER_DAYS:]
    dropped = {reason: sum(each.dropped.get(reason, 0) for each in found) for reason in reasons}
    left_out = sum(each.left_out for each in found)
    return LedgerSheet(
        received=number(sum(each.received for each in found)),
        counted=number(sum(each.counted for each in found)),
        dropped=number(sum(dropped.values())),
        lines=[LedgerLine(reason, REASONS[reason], number(dropped[reason]), reason in SUSPECTS) for reason in reasons],
        days=[_ledger_row(each, reasons) for each in reversed(shown)],
        restarted=[day(each.day) for each in found if each.restarted],
        left_out=number(left_out) if left_out else "",
        more=asker.selection.with_panel(panel.name) if len(shown) < len(found) else None,
    )


def _ledger_row(found: LedgerDay, reasons: Sequence[Reason]) -> LedgerRow:
    dropped = [number(found.dropped.get(reason, 0)) for reason in reasons]
    return LedgerRow(day(found.day), number(found.received), number(found.counted), dropped)


READERS: dict[str, Callable[[Asker, Panel], Content]] = {
    "number": numbers,
    "timeseries": series,
    "bars": table,
    "tree": tree,
    "ledger": ledger,
}
"""Form of a panel -> what makes its content. A ``live`` panel has none: it is the line beside the site's name."""
