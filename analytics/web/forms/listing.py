"""The rows of a panel: the first few in its card; when it is shown alone all of them, searched, sorted and paged (D43)."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from analytics.panels import Panel
from analytics.query.dimensions import Kind, find
from analytics.web.figures import amount, number
from analytics.web.language import _, marked
from analytics.web.question.asker import Asker, Row
from analytics.web.question.filters import label
from analytics.web.question.selection import SIZES, Selection

SHARE = "percentage"
LISTED = frozenset({"bars", "tree", "table", "map"})
"""Forms whose details view has a list of their rows."""
FOUND = marked("Share of search results")
"""What a share is of where only some rows are looked for."""


class Column(Struct, frozen=True, kw_only=True):
    """The head of a column."""

    name: str
    label: str
    definition: str = ""
    number: bool = False
    """A column of figures, not of values."""
    sorted: str = ""
    """``ascending``, ``descending`` or empty, as ARIA has it."""
    sort: Selection | None = None
    """Sorted by this column, or the other way round; None: it cannot be sorted."""


class Size(Struct, frozen=True):
    """A choice of how many rows a page has."""

    rows: int
    chosen: bool
    choose: Selection


class Paging(Struct, frozen=True, kw_only=True):
    """Which of all its rows a panel shows, and links to the others. The default is a card that shows all it has."""

    more: Selection | None = None
    """All rows, where the card shows some."""
    earlier: Selection | None = None
    later: Selection | None = None
    total: str = ""
    """Which rows these are, of how many; empty in a card."""
    searchable: bool = False
    sizes: Sequence[Size] = ()


class Listing(Struct, frozen=True, kw_only=True):
    """Rows, their columns, and links to the other rows."""

    rows: Sequence[Row]
    top: float
    """The most that the first metric has in the rows."""
    columns: list[Column]
    """Of the dimensions, then of the metrics."""
    paging: Paging


def listing(asker: Asker, panel: Panel) -> Listing:
    """The panel's rows, searched, sorted and paged as the reader chose."""
    return _alone(asker, panel) if asker.selection.panel == panel.name else _in_card(asker, panel)


def _in_card(asker: Asker, panel: Panel) -> Listing:
    limit = panel.query.limit
    found = asker.ask(panel, pagination={"limit": limit + 1})
    more = asker.selection.with_panel(panel.name) if len(found.results) > limit else None
    return Listing(
        rows=found.results[:limit],
        top=highest(found.results),
        columns=columns(asker, panel, sortable=False),
        paging=Paging(more=more),
    )


def _alone(asker: Asker, panel: Panel) -> Listing:
    selection = asker.selection
    changes: dict[str, Any] = {
        "pagination": {"limit": selection.size, "offset": (selection.page - 1) * selection.size},
        "include": {"total_rows": True},
    }
    if order := ordered_by(selection, panel):
        changes["order_by"] = [list(order)]
    found = asker.ask(panel, narrow=_search(selection, panel), **changes)
    return Listing(
        rows=found.results,
        top=highest(found.results),
        columns=columns(asker, panel),
        paging=paging(selection, found.meta["total_rows"], bool(searchable(panel))),
    )


def detailed(panel: Panel) -> Panel:
    """The panel as its details view asks for it: with the columns that its file lists, or else with each row's share of the
    visitors."""
    if panel.form not in LISTED:
        return panel
    metrics, dimensions = panel.details.metrics or panel.query.metrics, panel.details.dimensions or panel.query.dimensions
    if not panel.details.metrics and "visitors" in metrics and SHARE not in metrics:
        metrics = (*metrics, SHARE)
    form = panel.form if dimensions == panel.query.dimensions else "bars" if len(dimensions) == 1 else "table"
    order = tuple(each for each in panel.query.order_by if each[0] in (*metrics, *dimensions))
    return replace(panel, form=form, query=replace(panel.query, metrics=metrics, dimensions=dimensions, order_by=order))


def highest(rows: Sequence[Row]) -> float:
    """The highest value of the first metric; 0 without rows."""
    return max((amount(row["metrics"][0]) or 0 for row in rows), default=0)


# --- search ----------------------------------------------------------------------------------------------


def searchable(panel: Panel) -> str:
    """The dimension that a search looks into: the first that is not time; empty if there is none."""
    known = (find(name) for name in panel.query.dimensions)
    return next((asked.name for asked in known if asked and asked.dimension.kind is not Kind.TIME), "")


def _search(selection: Selection, panel: Panel) -> list[Any]:
    dimension = searchable(panel)
    wanted = bool(selection.search and dimension)
    return [["contains", dimension, [selection.search], {"case_sensitive": False}]] if wanted else []


# --- order -----------------------------------------------------------------------------------------------


def ordered_by(selection: Selection, panel: Panel) -> tuple[str, str] | None:
    """The column and direction that the reader chose, if the panel has that column."""
    if selection.sort in (*panel.query.metrics, *panel.query.dimensions):
        return selection.sort, "asc" if selection.ascending else "desc"
    return None


def no_column(name: str) -> str:
    """The message that a list cannot be sorted by something."""
    return _("There is no column “%(column)s” to sort by.", column=name)


def columns(asker: Asker, panel: Panel, *, sortable: bool = True) -> list[Column]:
    """The column heads of a panel, with their links to sort."""
    selection = asker.selection
    first = panel.query.order_by[0] if panel.query.order_by else (panel.query.metrics[0], "desc")
    name, direction = ordered_by(selection, panel) or first
    heads = [*_of_dimensions(panel), *_of_metrics(asker, panel, bool(selection.search) and sortable)]
    if not sortable:
        return heads
    return [sorting(selection, head, direction if head.name == name else "") for head in heads]


def _of_dimensions(panel: Panel) -> list[Column]:
    known = [asked for name in panel.query.dimensions if (asked := find(name))]
    return [Column(name=one.name, label=label(one.name), definition=_(one.dimension.definition)) for one in known]


def _of_metrics(asker: Asker, panel: Panel, searched: bool) -> list[Column]:
    metrics = [asker.metric(name) for name in panel.query.metrics]
    return [
        Column(
            name=metric.name,
            label=_(FOUND if searched and metric.name == SHARE else metric.label),
            definition=_(metric.definition),
            number=True,
        )
        for metric in metrics
    ]


def sorting(selection: Selection, head: Column, direction: str) -> Column:
    """The head with its link to sort: figures descending, names ascending; the column already sorted by, the other way
    round."""
    ascending = direction == "desc" if direction else not head.number
    said = {"asc": "ascending", "desc": "descending", "": ""}[direction]
    return replace(head, sorted=said, sort=selection.sorted_by(head.name, ascending=ascending))


# --- pages -----------------------------------------------------------------------------------------------


def paging(selection: Selection, total: int, searchable: bool = True) -> Paging:
    """Paging over ``total`` rows of a panel that is shown alone."""
    first = (selection.page - 1) * selection.size + 1
    last = min(first + selection.size - 1, total)
    return Paging(
        earlier=selection.with_panel(selection.panel, selection.page - 1) if selection.page > 1 else None,
        later=selection.with_panel(selection.panel, selection.page + 1) if last < total else None,
        total=_rows(first, last, total),
        searchable=searchable,
        sizes=[Size(rows, rows == selection.size, selection.with_size(rows)) for rows in SIZES] if total > SIZES[0] else (),
    )


def _rows(first: int, last: int, total: int) -> str:
    if first > last:
        return _("%(total)s rows", total=number(total))
    return _("%(first)s – %(last)s of %(total)s", first=number(first), last=number(last), total=number(total))


def paged(selection: Selection, rows: Sequence[Any]) -> list[Any]:
    """The rows of the page that the reader is on, out of all rows."""
    first = (selection.page - 1) * selection.size
    return list(rows[first : first + selection.size])
