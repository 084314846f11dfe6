"""A flow as numbers for SVG: a column for each step, nodes as high as their visits, ribbons between them. Pure geometry.

All ribbons have the same scale. Every node, however small, has room for a line of text, so no two labels collide.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from analytics.query.flow import ENTRY, EXIT, OTHER, FlowGraph, FlowLink, FlowNode
from analytics.query.inside import OUTSIDE

COLUMN = 216
"""From the left edge of a node to that of the next step's."""
NODE = 12
"""Width of a node."""
LINE = 20
"""Height for a label, which each node has beside its own."""
HEIGHT = 400
"""Of the fullest column."""
THINNEST = 2
"""Nothing is drawn thinner."""

Place = tuple[int, str]
"""Step and name of a node."""


class Box(Struct, frozen=True, kw_only=True):
    """One node."""

    node: FlowNode
    x: float
    y: float
    height: float


class Ribbon(Struct, frozen=True, kw_only=True):
    """One transition."""

    link: FlowLink
    path: str


class Sankey(Struct, frozen=True, kw_only=True):
    """The picture."""

    width: int
    height: int
    boxes: list[Box]
    """By step, from the top down: the order in which they are read out."""
    ribbons: list[Ribbon]


def laid_out(graph: FlowGraph) -> Sankey:
    """The geometry of a flow."""
    columns = _columns(graph.nodes)
    scale = min((_scale(column) for column in columns.values()), default=0)
    boxes = {(box.node.step, box.node.name): box for step in columns for box in _stacked(columns, step, scale)}
    return Sankey(
        width=COLUMN * len(columns),
        height=HEIGHT,
        boxes=list(boxes.values()),
        ribbons=_ribbons(graph.links, boxes, scale),
    )


def _columns(nodes: Iterable[FlowNode]) -> dict[int, list[FlowNode]]:
    """The nodes of each step, in the order of time: the most visits first, entries, exits and others last."""
    found: dict[int, list[FlowNode]] = {}
    for node in sorted(nodes, key=lambda node: (node.step, node.name in ENDS, -node.visits, node.name)):
        found.setdefault(node.step, []).append(node)
    return found


ENDS = frozenset({OTHER, ENTRY, EXIT, OUTSIDE})
"""Nodes that stand below the others: what is folded or not shown, and where visits begin and end."""


def _scale(column: Sequence[FlowNode]) -> float:
    """The height of one visit at which this column fills the picture."""
    room = max(HEIGHT - LINE * len(column), LINE)
    return room / max(sum(node.visits for node in column), 1)


def _stacked(columns: Mapping[int, Sequence[FlowNode]], step: int, scale: float) -> Iterable[Box]:
    """The nodes of a step, one below the other."""
    x, y = COLUMN * list(columns).index(step), 0.0
    for node in columns[step]:
        height = round(max(node.visits * scale, THINNEST), 1)
        yield Box(node=node, x=x, y=round(y, 1), height=height)
        y += height + LINE


def _ribbons(links: Sequence[FlowLink], boxes: Mapping[Place, Box], scale: float) -> list[Ribbon]:
    """The transitions. At each node they are in the order of the nodes at their other ends, so that fewer of them cross."""
    ends = [(boxes[link.step - 1, link.source], boxes[link.step, link.target], link) for link in links]
    leaving, entering = _starts(ends, scale, out=True), _starts(ends, scale, out=False)
    return [
        Ribbon(link=link, path=_path(source.x + NODE, leaving[link], target.x, entering[link], link.visits * scale))
        for source, target, link in ends
    ]


def _starts(ends: Iterable[tuple[Box, Box, FlowLink]], scale: float, *, out: bool) -> dict[FlowLink, float]:
    """The upper edge of each ribbon at the node that it leaves (``out``) or enters."""
    taken: dict[Place, float] = {}
    found: dict[FlowLink, float] = {}
    for source, target, link in sorted(ends, key=lambda each: (each[1] if out else each[0]).y):
        box = source if out else target
        place = box.node.step, box.node.name
        found[link] = taken.get(place, box.y)
        taken[place] = found[link] + link.visits * scale
    return found


def _path(x: float, y: float, to_x: float, to_y: float, width: float) -> str:
    """A band from one edge to another, horizontal at both ends."""
    width, middle = max(width, THINNEST / 2), (x + to_x) / 2
    upper = f"M{x:g},{y:.1f}C{middle:g},{y:.1f} {middle:g},{to_y:.1f} {to_x:g},{to_y:.1f}"
    lower = f"v{width:.1f}C{middle:g},{to_y + width:.1f} {middle:g},{y + width:.1f} {x:g},{y + width:.1f}z"
    return upper + lower
