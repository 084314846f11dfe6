"""The form ``table``: rows by several dimensions, with several metrics."""

from msgspec import Struct

from analytics.panels import Panel
from analytics.web.forms.bars import Entry, cells, named
from analytics.web.forms.listing import Column, Paging, listing
from analytics.web.question.asker import Asker, Row


class Line(Struct, frozen=True):
    """One row: its dimensions' values, and its figures."""

    names: list[Entry]
    cells: list[str]


class Sheet(Struct, frozen=True, kw_only=True):
    """A table of several dimensions."""

    columns: list[Column]
    """The dimensions, then the metrics."""
    lines: list[Line]
    paging: Paging


def sheet(asker: Asker, panel: Panel) -> Sheet:
    """One row per combination of the dimensions' values."""
    found = listing(asker, panel)
    return Sheet(columns=found.columns, lines=[_line(asker, panel, row) for row in found.rows], paging=found.paging)


def _line(asker: Asker, panel: Panel, row: Row) -> Line:
    values = zip(panel.query.dimensions, row["dimensions"], strict=True)
    return Line([named(asker, *each) for each in values], cells(panel, row))
