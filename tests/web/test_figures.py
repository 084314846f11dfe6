"""Figures as people read them."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest

from analytics.query.metrics import METRICS
from analytics.web.figures import (
    Change,
    bucket,
    change,
    clock_seconds,
    day,
    days,
    duration,
    figure,
    long_bucket,
    megabytes,
    moment,
    month,
    number,
    percent,
    short,
    weekday,
)
from analytics.web.language import speak

NARROW = "\N{NARROW NO-BREAK SPACE}"
FIXED = "\N{NO-BREAK SPACE}"
THIN = "\N{THIN SPACE}"
NOW = datetime(2026, 11, 2, 14, 5, 9)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    speak("en")
    yield
    speak("en")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1234567, f"1{NARROW}234{NARROW}567"), (2.0, "2"), (2.35, "2.35"), (2.3, "2.3"), (None, "–")],
)
def test_numbers_have_thousands_apart(value: float | None, text: str) -> None:
    """Thousands apart by a space that does not break."""
    assert number(value) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (59, "59s"), (65, "1m 05s"), (3599, "59m 59s"), (3700, "1h 01m"), (None, "–")])
def test_durations_read_as_on_a_watch(seconds: int | None, text: str) -> None:
    """Minutes and seconds as on a watch."""
    assert duration(seconds) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0%"), (41.0, "41%"), (7.25, "7.2%"), (100, "100%"), (None, "–")])
def test_percentages_are_whole_but_for_small_shares(value: float | None, text: str) -> None:
    """Whole ones, but for small shares."""
    assert percent(value) == text


@pytest.mark.parametrize(("value", "text"), [(4, "4"), (9000, f"9{NARROW}000"), (12500, "12.5K"), (20000, "20K"), (3000000, "3M")])
def test_figures_of_an_axis_are_short(value: float, text: str) -> None:
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
        ("conversion_rate", 1.9, 1.6, Change("+0.3 pp", "up", "better")),
        ("conversion_rate", 1.6, 3.6, Change("−2 pp", "down", "worse")),
        ("conversion_rate", 55.5, 40.2, Change("+15 pp", "up", "better")),
        ("conversion_rate", 1.61, 1.6, Change("±0 pp", "same", "same")),
    ],
)
def test_a_change_from_zero_is_new_and_has_no_percentage(metric: str, now: int, before: int | None, expected: Change | None) -> None:
    """D40: no percentage on zero, and fewer bounces are better."""
    assert change(METRICS[metric], now, before) == expected


def test_a_range_of_days_says_each_part_once() -> None:
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
def test_buckets_have_a_short_and_a_full_name(unit: str, label: str, name: str) -> None:
    """Short below the chart, full in readout and table."""
    start = datetime(2026, 11, 2, 5)
    assert (bucket(start, unit), long_bucket(start, unit)) == (label, name)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", f"1{NARROW}234{NARROW}567 2.35 41% 7.2% +12% ±0% 12.5K 3M"),
        ("de", f"1.234.567 2,35 41{FIXED}% 7,2{FIXED}% +12{FIXED}% ±0{FIXED}% 12.500 3{FIXED}Mio."),
        ("fr", f"1{NARROW}234{NARROW}567 2,35 41{FIXED}% 7,2{FIXED}% +12{FIXED}% ±0{FIXED}% 12,5{FIXED}k 3{FIXED}M"),
        ("es", f"1.234.567 2,35 41{FIXED}% 7,2{FIXED}% +12{FIXED}% ±0{FIXED}% 12,5{FIXED}mil 3{FIXED}M"),
    ],
)
def test_d39_numbers_are_written_as_the_language_writes_them(language: str, expected: str) -> None:
    speak(language)
    visitors = METRICS["visitors"]
    moved = [change(visitors, now, 100) for now in (112, 100)]
    said = [number(1234567), number(2.35), percent(41.0), percent(7.25), *(each.text for each in moved if each), short(12500), short(3_000_000)]
    assert " ".join(said) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Mon 2 Nov 2026", "2 Nov 2026, 14:05", "14:05:09", "November 2026", "Mon", "2 Nov", "Nov 2026", "14:05"]),
        ("de", ["Mo., 2. Nov. 2026", "2. Nov. 2026, 14:05", "14:05:09", "November 2026", "Mo", "2. Nov.", "Nov. 2026", "14:05"]),
        ("fr", ["lun. 2 nov. 2026", "2 nov. 2026, 14:05", "14:05:09", "novembre 2026", "lun.", "2 nov.", "nov. 2026", "14:05"]),
        ("es", ["lun, 2 nov 2026", "2 nov 2026, 14:05", "14:05:09", "noviembre de 2026", "lun", "2 nov", "nov 2026", "14:05"]),
    ],
)
def test_d39_days_and_times_are_written_as_the_language_writes_them(language: str, expected: list[str]) -> None:
    speak(language)
    buckets = [bucket(NOW, unit) for unit in ("day", "month", "hour")]
    assert [day(NOW.date()), moment(NOW), clock_seconds(NOW), month(NOW.date()), weekday(0), *buckets] == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", ["2.–9. Nov. 2026", f"31. Okt.{THIN}–{THIN}9. Nov. 2026", f"31. Dez. 2025{THIN}–{THIN}1. Jan. 2026"]),
        ("fr", ["2–9 nov. 2026", f"31 oct.{THIN}–{THIN}9 nov. 2026", f"31 déc. 2025{THIN}–{THIN}1 janv. 2026"]),
        ("es", ["2–9 nov 2026", f"31 oct{THIN}–{THIN}9 nov 2026", f"31 dic 2025{THIN}–{THIN}1 ene 2026"]),
    ],
)
def test_d39_runs_of_days_say_each_part_once_in_every_language(language: str, expected: list[str]) -> None:
    speak(language)
    runs = [("2026-11-02", "2026-11-09"), ("2026-10-31", "2026-11-09"), ("2025-12-31", "2026-01-01")]
    assert [days(date.fromisoformat(first), date.fromisoformat(last)) for first, last in runs] == expected


def test_sizes_are_in_megabytes() -> None:
    assert megabytes(3_400_000) == "3.4 MB"
