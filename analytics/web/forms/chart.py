"""The chart over time as numbers for SVG: scale, bars, lines, labels. Pure geometry, no markup.

Horizontally everything is in per cent of the plot's width, so that the picture stretches with the page while its text does
not. SVG cannot give lines in per cent: they are drawn in a box of 100 by ``HEIGHT``, which the template stretches.
Vertically the unit is pixels.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

HEIGHT = 220.0
"""Of the plot, without the labels below it."""
BARS_UP_TO = 24
"""So many buckets are drawn as bars (the hours of a day are); more as a line."""
LABELS = 7
"""At most so many labels below; narrow screens hide every second."""

Value = float | int | None


class Point(Struct, frozen=True, kw_only=True):
    """One bucket of time."""

    label: str
    """Short, for below the chart."""
    name: str
    """Full, for the readout and the table."""
    value: Value
    """None: not yet known, since the bucket lies in the future."""
    before: Value = None
    """The same bucket of the period before."""
    before_name: str = ""
    running: bool = False
    """The bucket is not over yet."""


class Tick(Struct, frozen=True):
    """A mark on an axis: its position (per cent horizontally, pixels vertically) and its label."""

    at: float
    value: float
    label: str = ""


class Mark(Struct, frozen=True, kw_only=True):
    """One bucket as drawn: its band across the plot, and its bar or point inside the band."""

    point: Point
    left: float
    width: float
    middle: float
    bar_left: float
    bar_width: float
    top: float
    height: float


class Chart(Struct, frozen=True, kw_only=True):
    """Everything the template draws."""

    bars: bool
    marks: list[Mark]
    line: str
    """SVG path of the values that are final; empty for bars."""
    area: str
    """The same, closed down to the axis."""
    tail: str
    """SVG path from the last of them to the bucket that is not over; empty for bars."""
    before: str
    """SVG path of the period before; empty where it is not known."""
    dots: list[Mark]
    """Points without a neighbour: a line cannot show them."""
    across: list[Tick]
    up: list[Tick]
    height: float = HEIGHT


def drawn(points: Sequence[Point], draw: str = "") -> Chart:
    """The chart of these buckets, which are in order and equally wide on the page: as ``line``, as ``bars``, or, if neither
    is asked for, as suits their number."""
    top = round_top(max((value for point in points for value in (point.value, point.before) if value), default=0))
    marks = [_mark(index, point, len(points), top) for index, point in enumerate(points)]
    bars = draw == "bars" if draw else len(points) <= BARS_UP_TO
    known = runs([(mark.middle, mark.top, None if mark.point.running else mark.point.value) for mark in marks])
    earlier = runs([(mark.middle, down(mark.point.before, top), mark.point.before) for mark in marks])
    return Chart(
        bars=bars,
        marks=marks,
        line="" if bars else " ".join(path(run) for run in known),
        area="" if bars else " ".join(_closed(run) for run in known if len(run) > 1),
        tail="" if bars else _tail(marks),
        before=" ".join(path(run) for run in earlier),
        dots=[] if bars else _alone(marks),
        across=across([point.label for point in points]),
        up=up(top),
    )


def round_top(highest: float) -> float:
    """The smallest round, even number that is not below the value: 2, 4, 6, 8, 10, 20, 40 ..."""
    if highest <= 2:
        return 2.0
    size = 10.0 ** math.floor(math.log10(highest))
    for factor in (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10):
        if size * factor >= highest and (size * factor) % 2 == 0:
            return size * factor
    return size * 10


def down(value: Value, top: float) -> float:
    """The vertical position of a value; ``top`` is at the upper edge."""
    return round(HEIGHT * (1 - (value or 0) / top), 2)


def _mark(index: int, point: Point, count: int, top: float) -> Mark:
    width = 100 / count
    gap = min(width * 0.24, 1.5)
    top_of_bar = down(point.value, top)
    return Mark(
        point=point,
        left=round(index * width, 3),
        width=round(width, 3),
        middle=middle(index, count),
        bar_left=round(index * width + gap / 2, 3),
        bar_width=round(width - gap, 3),
        top=top_of_bar,
        height=round(HEIGHT - top_of_bar, 2),
    )


def runs(places: Sequence[tuple[float, float, Value]]) -> list[list[tuple[float, float]]]:
    """The stretches without a gap; an unknown value is a gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for across, down, value in places:
        if value is not None:
            runs[-1].append((across, down))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def path(run: Sequence[tuple[float, float]]) -> str:
    """The SVG path through these places."""
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in run)


def _closed(run: Sequence[tuple[float, float]]) -> str:
    return f"{path(run)}L{run[-1][0]:g},{HEIGHT:g}L{run[0][0]:g},{HEIGHT:g}Z"


def _tail(marks: Sequence[Mark]) -> str:
    """The last stretch of the line, to the current bucket, which is drawn differently: its value is still rising, and a
    line like the others would show a fall."""
    for before, mark in pairwise(marks):
        if mark.point.running and before.point.value is not None and mark.point.value is not None:
            return path([(before.middle, before.top), (mark.middle, mark.top)])
    return ""


def _alone(marks: Sequence[Mark]) -> list[Mark]:
    known = [mark.point.value is not None for mark in marks]
    return [
        mark
        for index, mark in enumerate(marks)
        if known[index] and not any(known[index - 1 : index] + known[index + 1 : index + 2])
    ]


def middle(index: int, count: int) -> float:
    """The horizontal position, in per cent, of the middle of one of so many buckets."""
    return round((index + 0.5) * 100 / count, 3)


def across(labels: Sequence[str]) -> list[Tick]:
    """The labels below the chart, for as many buckets as there is room for."""
    every = math.ceil(len(labels) / LABELS)
    return [Tick(middle(at, len(labels)), at, label) for at, label in enumerate(labels) if at % every == 0]


def up(top: float) -> list[Tick]:
    """The marks of an axis that ends at ``top``: at ``top`` and at half of it."""
    return [Tick(down(top * part / 2, top), top * part / 2) for part in (2, 1)]
