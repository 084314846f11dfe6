"""Several lines on one axis, and sparklines, as numbers for SVG. Pure geometry, no markup.

As in ``chart.py`` everything horizontal is in per cent, vertical in pixels; paths lie in a box 100 wide that is stretched.
"""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from analytics.web.forms.chart import HEIGHT, Tick, across, down, middle, path, round_top, runs, up

SPARK_HEIGHT = 24.0


class Stroke(Struct, frozen=True):
    """One line to be drawn."""

    name: str
    values: Sequence[Any]
    """One for each bucket; None: not known."""


class Drawn(Struct, frozen=True):
    """One line as drawn."""

    name: str
    path: str


class Line(Struct, frozen=True):
    """One bucket in the table."""

    name: str
    cells: Sequence[str]


class Lines(Struct, frozen=True, kw_only=True):
    """Everything the template draws."""

    drawn: Sequence[Drawn]
    across: Sequence[Tick]
    up: Sequence[Tick]
    table: Sequence[Line]
    height: float = HEIGHT


def lines(strokes: Sequence[Stroke], buckets: Sequence[tuple[str, str]], said: Callable[[Any], str]) -> Lines:
    """The lines over these buckets, which are pairs of a short and a full name; ``said`` formats a value."""
    top = round_top(max((value for each in strokes for value in each.values if value), default=0))
    return Lines(
        drawn=[Drawn(each.name, _drawn(each.values, top)) for each in strokes],
        across=across([short for short, _full in buckets]),
        up=[replace(tick, label=said(tick.value)) for tick in up(top)],
        table=[Line(full, [said(each.values[place]) for each in strokes]) for place, (_, full) in enumerate(buckets)],
    )


def _drawn(values: Sequence[Any], top: float) -> str:
    places = [(middle(place, len(values)), down(value, top), value) for place, value in enumerate(values)]
    return " ".join(path(run) if len(run) > 1 else _dot(run[0]) for run in runs(places))


def _dot(at: tuple[float, float]) -> str:
    """A line without length, which round ends make visible as a point."""
    return f"M{at[0]:g},{at[1]:g}h0"


def spark(values: Sequence[Any]) -> str:
    """A sparkline: an SVG path in a box of 100 by ``SPARK_HEIGHT``; empty for fewer than two values."""
    if sum(value is not None for value in values) < 2:
        return ""
    top = max(value for value in values if value is not None) or 1
    room = SPARK_HEIGHT - 2
    places = [
        (round(place * 100 / (len(values) - 1), 2), round(1 + room * (1 - (value or 0) / top), 2), value)
        for place, value in enumerate(values)
    ]
    return " ".join(path(run) for run in runs(places) if len(run) > 1)
