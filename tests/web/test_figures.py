"""Figures as people read them."""

from datetime import date, datetime

import pytest

from analytics.query.metrics import METRICS
from analytics.web.figures import Change, bucket, change, day, days, duration, figure, long_bucket, number, percent, short

NARROW = "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1234567, f"1{NARROW}234{NARROW}567"), (2.0, "2"), (2.35, "2.35"), (2.3, "2.3"), (None, "–")],
)
def test_numbers(value: float | None, text: str) -> None:
    """Thousands apart by a space that does not break."""
    assert number(value) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (59, "59s"), (65, "1m 05s"), (3599, "59m 59s"), (3700, "1h 01m"), (None, "–")])
def test_durations(seconds: int | None, text: str) -> None:
    """Minutes and seconds as on a watch."""
    assert duration(seconds) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0%"), (41.0, "41%"), (7.25, "7.2%"), (100, "100%"), (None, "–")])
def test_percentages(value: float | None, text: str) -> None:
    """Whole ones, but for small shares."""
    assert percent(value) == text


@pytest.mark.parametrize(("value", "text"), [(4, "4"), (9000, f"9{NARROW}000"), (12500, "12.5k"), (20000, "20k"), (3000000, "3M")])
def test_short_numbers(value: float, text: str) -> None:
    """For the axis."""
    assert short(value) == text


def test_the_unit_of_a_metric_decides() -> None:
    """From the registry, not from a second list."""
    assert figure(METRICS["visit_duration"], 65) == "1m 05s"
    assert figure(METRICS["bounce_rate"], 41) == "41%"
    assert figure(METRICS["visitors"], 1041) == f"1{NARROW}041"


@pytest.mark.parametrize(
    ("metric", "now", "before", "expected"),
    [
        ("visitors", 112, 100, Change("+12%", "up", "better")),
        ("visitors", 88, 100, Change("−12%", "down", "worse")),
        ("visitors", 100, 100, Change("±0%", "same", "same")),
        ("visitors", 1, 0, Change("new", "up", "better")),
        ("visitors", 0, 0, None),
        ("visitors", 5, None, None),
        ("visitors", 2000, 10, Change("×200", "up", "better")),
        ("bounce_rate", 40, 50, Change("−10 pp", "down", "better")),
        ("bounce_rate", 50, 40, Change("+10 pp", "up", "worse")),
        ("bounce_rate", 50, 0, Change("+50 pp", "up", "worse")),
    ],
)
def test_changes(metric: str, now: int, before: int | None, expected: Change | None) -> None:
    """D40: no percentage on zero, and fewer bounces are better."""
    assert change(METRICS[metric], now, before) == expected


def test_days() -> None:
    """Each part once, the month in letters."""
    assert day(date(2026, 11, 2)) == "Mon 2 Nov 2026"
    assert days(date(2026, 11, 2), date(2026, 11, 2)) == "Mon 2 Nov 2026"
    assert days(date(2026, 11, 2), date(2026, 11, 9)) == "2 – 9 Nov 2026"
    assert days(date(2026, 10, 31), date(2026, 11, 9)) == "31 Oct – 9 Nov 2026"
    assert days(date(2025, 12, 31), date(2026, 1, 1)) == "31 Dec 2025 – 1 Jan 2026"


@pytest.mark.parametrize(
    ("unit", "label", "name"),
    [
        ("hour", "05:00", "Mon 2 Nov 2026, 05:00"),
        ("day", "2 Nov", "Mon 2 Nov 2026"),
        ("week", "2 Nov", "Week of Mon 2 Nov 2026"),
        ("month", "Nov 2026", "November 2026"),
    ],
)
def test_buckets(unit: str, label: str, name: str) -> None:
    """Short below the chart, full in readout and table."""
    start = datetime(2026, 11, 2, 5)
    assert (bucket(start, unit), long_bucket(start, unit)) == (label, name)
