"""The form ``table``: rows by several dimensions, with several metrics."""

from msgspec import Struct

from analytics.panels import Panel
from analytics.query.dimensions import find
from analytics.query.metrics import Metric
from analytics.web.asker import Asker, Row
from analytics.web.figures import figure
from analytics.web.forms.bars import FULL_LIST, Entry, named
from analytics.web.selection import Selection


class Line(Struct, frozen=True):
    """One row: the values it is of, and its figures."""

    names: list[Entry]
    cells: list[str]


class Sheet(Struct, frozen=True, kw_only=True):
    """A table of several dimensions."""

    headings: list[str]
    """Of the dimensions."""
    columns: list[Metric]
    lines: list[Line]
    more: Selection | None = None
    earlier: Selection | None = None
    later: Selection | None = None


def sheet(asker: Asker, panel: Panel) -> Sheet:
    """One row per combination of the dimensions' values."""
    selection = asker.selection
    alone = selection.panel == panel.name
    limit, page = (FULL_LIST, selection.page) if alone else (panel.query.limit, 1)
    found = asker.ask(panel, pagination={"limit": limit + 1, "offset": (page - 1) * limit}).results
    further = len(found) > limit
    return Sheet(
        headings=[asked.dimension.label for name in panel.query.dimensions if (asked := find(name))],
        columns=[asker.metric(name) for name in panel.query.metrics],
        lines=[_line(asker, panel, row) for row in found[:limit]],
        more=selection.with_panel(panel.name) if further and not alone else None,
        earlier=selection.with_panel(panel.name, page - 1) if alone and page > 1 else None,
        later=selection.with_panel(panel.name, page + 1) if alone and further else None,
    )


def _line(asker: Asker, panel: Panel, row: Row) -> Line:
    return Line(
        [named(asker, *each) for each in zip(panel.query.dimensions, row["dimensions"], strict=True)],
        [figure(asker.metric(name), cell) for name, cell in zip(panel.query.metrics, row["metrics"], strict=True)],
    )
