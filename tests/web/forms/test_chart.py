"""The chart's geometry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.web.forms.chart import BARS_UP_TO, HEIGHT, LABELS, Point, drawn

VALUES = st.lists(st.none() | st.integers(0, 10**9), min_size=1, max_size=400)


def points(values: list[int | None], before: list[int | None] | None = None) -> list[Point]:
    """One bucket per value."""
    earlier = before or [None] * len(values)
    return [
        Point(label=str(place), name=f"bucket {place}", value=value, before=then)
        for place, (value, then) in enumerate(zip(values, earlier, strict=True))
    ]


def test_bars_stand_on_the_axis_in_their_bands() -> None:
    """Four buckets, the axis reaching to 4."""
    chart = drawn(points([4, 2, 0, None]))
    assert chart.bars
    assert [(mark.left, mark.width, mark.top, mark.height) for mark in chart.marks] == [
        (0, 25, 0, HEIGHT), (25, 25, HEIGHT / 2, HEIGHT / 2), (50, 25, HEIGHT, 0), (75, 25, HEIGHT, 0),
    ]
    assert [(tick.at, tick.value) for tick in chart.up] == [(0, 4), (HEIGHT / 2, 2)]


def test_many_buckets_become_a_line_with_holes_where_nothing_is_known() -> None:
    """An unknown bucket parts the line; one alone becomes a dot."""
    values: list[int | None] = [1] * (BARS_UP_TO - 1) + [None, 1]
    chart = drawn(points(values))
    assert not chart.bars
    assert chart.line.count("M") == 2
    assert [mark.point.label for mark in chart.dots] == [str(len(values) - 1)]


def test_the_period_before_is_a_second_line_on_the_same_scale() -> None:
    """It may be higher than the present."""
    chart = drawn(points([1, 1], [8, 4]))
    assert chart.before == f"M25,0L75,{HEIGHT / 2:g}"
    assert chart.marks[0].height == round(HEIGHT / 8, 2)


@pytest.mark.parametrize(("highest", "top"), [(0, 2), (1, 2), (3, 4), (5, 6), (9, 10), (11, 12), (13, 16), (101, 120), (999, 1000)])
def test_the_axis_ends_at_a_round_number(highest: int, top: int) -> None:
    """That can be halved without a fraction."""
    assert drawn(points([highest])).up[0].value == top


@given(VALUES)
def test_everything_lies_in_the_picture(values: list[int | None]) -> None:
    """Nothing is drawn outside, whatever the figures are."""
    chart = drawn(points(values))
    assert all(0 <= mark.top <= HEIGHT and 0 <= mark.height <= HEIGHT for mark in chart.marks)
    assert all(mark.left >= 0 and mark.left + mark.width <= 100.1 for mark in chart.marks)
    assert len(chart.across) <= LABELS


def test_no_buckets_make_an_empty_chart() -> None:
    """Not an error."""
    assert drawn([]).marks == []
