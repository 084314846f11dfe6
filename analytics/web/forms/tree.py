"""The form ``tree``: sections, with the sections inside them."""

from collections.abc import Iterator, Sequence

from analytics.panels import Panel
from analytics.web.forms.bars import Entry, Table, entry_of
from analytics.web.forms.conversion import converting
from analytics.web.forms.listing import Paging, columns, highest, ordered_by, paged, paging
from analytics.web.question.asker import Asker, Row
from analytics.web.question.selection import Selection

SECTION = "event:section"
SECTION_LEVELS = 2
"""Levels shown below the one the page is filtered by."""
MOST = 500
"""Sections read of each level."""
INNER = 4
"""Sections shown inside each section; a click shows them all."""


def tree(asker: Asker, panel: Panel) -> Table:
    """Sections with those inside them, each with its own visitors. When searched or sorted they are a flat list."""
    alone = asker.selection.panel == panel.name
    panel = converting(asker.selection, panel)
    inside = _section_filter(asker.selection)
    start = len(inside.strip("/").split("/")) if inside else 1
    levels = [_level(asker, panel, depth) for depth in range(start, start + SECTION_LEVELS + bool(inside))]
    if alone and (asker.selection.search or asker.selection.sort):
        return _list(asker, panel, levels, start)
    limit = MOST if alone else panel.query.limit
    return Table(
        columns=columns(asker, panel, sortable=alone),
        entries=_nested(asker, panel, levels, limit, inside),
        paging=Paging(more=asker.selection.with_panel(panel.name) if limit < len(levels[0]) else None, searchable=alone),
    )


def _list(asker: Asker, panel: Panel, levels: Sequence[Sequence[Row]], start: int) -> Table:
    """The sections of all levels whose name contains the searched text, each once, in the chosen order."""
    selection, metrics = asker.selection, panel.query.metrics
    wanted = selection.search.casefold()
    rows = [
        row
        for depth, level in enumerate(levels, start)
        for row in level
        if wanted in row["dimensions"][0].casefold() and (depth == start or _depth(row) == depth)
    ]
    by, direction = ordered_by(selection, panel) or (metrics[0], "desc")
    place = metrics.index(by) if by in metrics else -1
    rows.sort(key=lambda row: row["dimensions"][0])
    if place >= 0:
        rows.sort(key=lambda row: row["metrics"][place] or 0, reverse=direction == "desc")
    elif direction == "desc":
        rows.reverse()
    top = highest(rows)
    return Table(
        columns=columns(asker, panel),
        entries=[entry_of(asker, panel, row, top) for row in paged(selection, rows)],
        paging=paging(selection, len(rows)),
    )


def _depth(row: Row) -> int:
    return len(str(row["dimensions"][0]).strip("/").split("/"))


def _section_filter(selection: Selection) -> str:
    """The section that the page is filtered by, if there is one."""
    found = [each for each in selection.filters if each.dimension == SECTION and each.operation == "is"]
    return found[0].values[0] if len(found) == 1 and len(found[0].values) == 1 else ""


def _level(asker: Asker, panel: Panel, depth: int) -> list[Row]:
    """The sections down to this level. Higher ones are included, for the pages that lie no deeper."""
    found = asker.ask(panel, dimensions=[f"{SECTION}:{depth}"], pagination={"limit": MOST})
    return list(found.results)


def _nested(asker: Asker, panel: Panel, levels: Sequence[Sequence[Row]], limit: int, inside: str = "") -> list[Entry]:
    """The sections of the first level, those of the second below each, and so on."""
    top = max((row["metrics"][0] or 0 for row in levels[0]), default=0)

    def beneath(parent: str, rows: Sequence[Row], depth: int, most: int) -> Iterator[Entry]:
        for row in rows[:most]:
            value = row["dimensions"][0]
            yield entry_of(asker, panel, row, top, depth, parent)
            if depth + 1 < len(levels):
                inner = [each for each in levels[depth + 1] if each["dimensions"][0].startswith(f"{value}/")]
                yield from beneath(value, inner, depth + 1, limit if value == inside else INNER)

    return list(beneath("", levels[0], 0, limit))
