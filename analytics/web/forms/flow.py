"""The form ``flow``: what visits saw before and after a page or a section, as a picture or, where that has no room, as bars.

Its centre is the page that the reader filters by; else the one that the panel names; else the page viewed most. Clicking a
page filters by it, and so moves the flow there.
"""

from itertools import groupby
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from analytics.panels import Panel
from analytics.query.flow import ENTRY, EXIT, HERE, OTHER, FlowLink, FlowNode
from analytics.query.inside import OUTSIDE
from analytics.web.figures import number
from analytics.web.forms.sankey import Box, Sankey, laid_out
from analytics.web.language import _, marked, ngettext
from analytics.web.question.asker import Asker
from analytics.web.question.filters import Filter, of_question
from analytics.web.question.selection import Selection

CHOICES = 8
"""Pages that are offered to move the flow to."""
LABEL, BOLD = 30, 26
"""Characters of a label in the picture with its figure: more would run into the next column. Its title has all."""
STANDS_FOR = {
    OTHER: marked("Others"),
    ENTRY: marked("Visit began"),
    EXIT: marked("Visit ended"),
    OUTSIDE: marked("Pages outside your access"),
}
"""Node that is no page -> what it is called."""
ONE_VIEW = frozenset({"is", "contains", "matches"})
"""Operations of a filter that a page view can be found by."""


class Stop(Struct, frozen=True, kw_only=True):
    """A node with its texts."""

    box: Box
    label: str
    """Short enough for the picture."""
    name: str
    visits: str
    share: float
    """Per cent of the node with the most visits: the length of its bar."""
    kind: str
    """For the style sheet: ``here``, ``page``, or ``end`` where it is none."""
    move: Selection | None
    """The flow around this node; None where it is no page, or what the flow stands around."""


class Column(Struct, frozen=True):
    """What visits saw at one step."""

    text: str
    stops: list[Stop]


class Choice(Struct, frozen=True):
    """A page that the flow can move to."""

    text: str
    chosen: bool
    move: Selection


class Step(Struct, frozen=True, kw_only=True):
    """One transition in words."""

    source: str
    target: str
    visits: str
    step: int


class Flow(Struct, frozen=True, kw_only=True):
    """The flow, as a picture and as rows."""

    around: str
    """What it stands around, in words."""
    chosen: bool
    """By the reader or by the panel, not by us."""
    picture: Sankey | None
    """None where nobody was there."""
    columns: list[Column]
    """By step, in the order of time."""
    steps: list[Step]
    choices: list[Choice]
    """Pages viewed most, to move to."""


def flow(asker: Asker, panel: Panel) -> Flow:
    """What came before and after the centre."""
    choices = _choices(asker, panel)
    chosen = _of_reader(asker.selection) or list(panel.query.around)
    around = chosen or (["is", panel.query.by, [choices[0].text]] if choices else [])
    if not around:
        return Flow(around="", chosen=False, picture=None, columns=[], steps=[], choices=[])
    said = of_question(around)
    graph = asker.flow(panel, around).results
    here = said.values[0] if said and said.operation == "is" and len(said.values) == 1 else _("Here")
    picture = laid_out(graph) if graph.nodes else None
    return Flow(
        around=said.said() if said else _("Here"),
        chosen=bool(chosen),
        picture=picture,
        columns=_columns(asker, panel, picture.boxes, here) if picture else [],
        steps=[_step(link, here) for link in graph.links],
        choices=choices,
    )


def _of_reader(selection: Selection) -> list[Any]:
    """The reader's filter by page or section, if there is one."""
    return next((each.question for each in selection.filters if _is_of_pages(each)), [])


def _is_of_pages(found: Filter) -> bool:
    of_pages = found.dimension == "event:page" or found.dimension.startswith("event:section")
    return of_pages and found.operation in ONE_VIEW


def _choices(asker: Asker, panel: Panel) -> list[Choice]:
    """The pages viewed most, whatever the flow's present centre."""
    query = replace(panel.query, metrics=("visits",), dimensions=(panel.query.by,), order_by=())
    selection = asker.selection
    found = asker.ask(replace(panel, query=query), of=_unmoved(selection), pagination={"limit": CHOICES})
    values = [row["dimensions"][0] for row in found.results]
    return [Choice(value, bool(selection.is_only(query.by, value)), _moved(selection, query.by, value)) for value in values]


def _columns(asker: Asker, panel: Panel, boxes: list[Box], here: str) -> list[Column]:
    most = max(box.node.visits for box in boxes)
    return [
        Column(_away(step), [_stop(asker, panel, box, here, most) for box in column])
        for step, column in groupby(boxes, lambda box: box.node.step)
    ]


def _away(step: int) -> str:
    """How far a step is from what the flow stands around."""
    if step < 0:
        return ngettext("One step before", "%(count)s steps before", -step)
    return ngettext("One step after", "%(count)s steps after", step) if step else _("Here")


def _stop(asker: Asker, panel: Panel, box: Box, here: str, most: int) -> Stop:
    name, visits = _name(box.node.name, here), number(box.node.visits)
    room = (BOLD if box.node.name == HERE else LABEL) - len(f" · {visits}")
    is_page = box.node.name not in STANDS_FOR and box.node.name != HERE
    return Stop(
        box=box,
        label=_short(name, room),
        name=name,
        visits=visits,
        share=round(100 * box.node.visits / most, 1),
        kind=_kind(box.node),
        move=_moved(asker.selection, panel.query.by, box.node.name) if is_page else None,
    )


def _kind(node: FlowNode) -> str:
    return {HERE: "here"}.get(node.name, "end" if node.name in STANDS_FOR else "page")


def _moved(selection: Selection, dimension: str, value: str) -> Selection:
    """The selection filtered by this page, in place of the one that it was filtered by."""
    return _unmoved(selection).narrowed(dimension, value)


def _unmoved(selection: Selection) -> Selection:
    return replace(selection, filters=tuple(each for each in selection.filters if not _is_of_pages(each)))


def _step(link: FlowLink, here: str) -> Step:
    return Step(source=_name(link.source, here), target=_name(link.target, here), visits=number(link.visits), step=link.step)


def _name(node: str, here: str) -> str:
    return here if node == HERE else _(STANDS_FOR[node]) if node in STANDS_FOR else node


def _short(text: str, most: int) -> str:
    """The label cut at its beginning: the end of a path tells more."""
    return text if len(text) <= most else "…" + text[1 - most :]
