"""T14: buckets tile their range on every clock there is."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import QueryError
from analytics.query.buckets import Buckets, made, unit_for
from analytics.query.period import Now, Range

UNITS = ["time:hour", "time:day", "time:week", "time:month", "time:hour_of_week"]
ZONES = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("posix", "right")))


def days(zone: str, first: str, last: str) -> Range:
    return now(zone).days(date.fromisoformat(first), date.fromisoformat(last))


def now(zone: str, first_weekday: int = 0) -> Now:
    return Now(datetime(2026, 11, 18, tzinfo=UTC).timestamp(), zone, first_weekday)


def cut(unit: str, found: Range, first_weekday: int = 0) -> Buckets:
    return made(unit, found, now(found.zone, first_weekday), "#/dimensions/0")


def test_there_are_zones_to_try() -> None:
    assert len(ZONES) > 400


@settings(max_examples=150, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(1981, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),
    seconds=st.integers(1, 120 * 24 * 3600),
    unit=st.sampled_from(UNITS),
    first_weekday=st.integers(0, 6),
)
def test_buckets_tile_the_range(zone: str, start: datetime, seconds: int, unit: str, first_weekday: int) -> None:
    """Each begins where the one before ends, none is empty, and no two have one name."""
    start = start.replace(microsecond=0)
    found = Range(start, start + timedelta(seconds=seconds), zone, whole_days=False)
    buckets = cut(unit, found, first_weekday)
    assert buckets.starts[0] == found.start
    assert all(before < after for before, after in zip(buckets.starts, buckets.starts[1:], strict=False))
    assert buckets.starts[-1] < found.end
    assert len(buckets.keys) == len(buckets.starts)
    assert len(set(buckets.labels)) == len(buckets.labels)


@pytest.mark.parametrize("zone", ZONES[::7])
def test_every_day_of_a_year_is_one_bucket(zone: str) -> None:
    buckets = cut("time:day", days(zone, "2026-01-01", "2026-12-31"))
    assert buckets.labels == tuple((date(2026, 1, 1) + timedelta(days=number)).isoformat() for number in range(365))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Europe/Berlin", "2026-06-01", 24),
        ("America/Sao_Paulo", "2018-11-04", 23),
        ("Australia/Lord_Howe", "2026-04-05", 25),
        ("Australia/Lord_Howe", "2026-10-04", 24),
        ("Asia/Kathmandu", "2026-06-01", 24),
    ],
)
def test_a_day_has_as_many_hours_as_its_clock_shows(zone: str, day: str, hours: int) -> None:
    assert len(cut("time:hour", days(zone, day, day)).labels) == hours


def test_the_hour_shown_twice_is_two_and_the_hour_skipped_is_none() -> None:
    assert cut("time:hour", days("Europe/Berlin", "2026-10-25", "2026-10-25")).labels[1:5] == (
        "2026-10-25 01:00:00",
        "2026-10-25 02:00:00+02:00",
        "2026-10-25 02:00:00+01:00",
        "2026-10-25 03:00:00",
    )
    assert cut("time:hour", days("Europe/Berlin", "2026-03-29", "2026-03-29")).labels[1:3] == (
        "2026-03-29 01:00:00",
        "2026-03-29 03:00:00",
    )


def test_half_hour_zones_have_their_own_hours() -> None:
    starts = cut("time:hour", days("Asia/Kathmandu", "2026-06-01", "2026-06-01")).starts
    assert starts[1] == datetime(2026, 5, 31, 19, 15, tzinfo=UTC)
    assert starts[1].astimezone(ZoneInfo("Asia/Kathmandu")).minute == 0


def test_hours_begin_on_the_hour_wherever_the_range_begins() -> None:
    """Half an hour twice (Lord Howe, 5 April), and a range from half past."""
    zone = "Australia/Lord_Howe"
    found = Range(datetime(2026, 4, 4, 13, 30, tzinfo=UTC), datetime(2026, 4, 4, 18, tzinfo=UTC), zone, whole_days=False)
    clocks = [start.astimezone(ZoneInfo(zone)).strftime("%H:%M") for start in cut("time:hour", found).starts]
    assert clocks == ["00:30", "01:00", "01:30", "02:00", "03:00", "04:00"]


def test_a_day_that_a_zone_left_out_is_no_bucket() -> None:
    """Samoa went from 29 to 31 December 2011."""
    found = days("Pacific/Apia", "2011-12-28", "2012-01-01")
    assert cut("time:day", found).labels == ("2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01")


def test_weeks_begin_on_monday_and_are_called_by_their_first_day_in_the_range() -> None:
    """ISO week 53 of 2026 lies in two years."""
    found = days("Europe/Berlin", "2026-12-23", "2027-01-05")
    assert cut("time:week", found).labels == ("2026-12-23", "2026-12-28", "2027-01-04")


@pytest.mark.parametrize(
    ("first_weekday", "labels"),
    [
        (0, ("2026-12-23", "2026-12-28", "2027-01-04")),
        (5, ("2026-12-23", "2026-12-26", "2027-01-02")),
        (6, ("2026-12-23", "2026-12-27", "2027-01-03")),
    ],
)
def test_d39_weeks_begin_on_the_day_that_the_site_has_chosen(first_weekday: int, labels: tuple[str, ...]) -> None:
    assert cut("time:week", days("Europe/Berlin", "2026-12-23", "2027-01-05"), first_weekday).labels == labels


@pytest.mark.parametrize("zone", ZONES[::7])
@pytest.mark.parametrize("first_weekday", range(7))
def test_d39_whole_weeks_begin_on_that_day_at_its_first_moment_in_every_zone(zone: str, first_weekday: int) -> None:
    starts = cut("time:week", days(zone, "2026-01-01", "2026-12-31"), first_weekday).starts
    first_days = [start.astimezone(ZoneInfo(zone)).date() for start in starts]
    assert {day.weekday() for day in first_days[1:]} == {first_weekday}
    assert list(starts) == [now(zone).midnight(day) for day in first_days]


def test_months_are_called_by_their_first_day() -> None:
    assert cut("time:month", days("Europe/Berlin", "2026-01-15", "2026-03-02")).labels == ("2026-01-01", "2026-02-01", "2026-03-01")


def test_an_hour_of_the_week_gathers_every_week() -> None:
    buckets = cut("time:hour_of_week", days("Europe/Berlin", "2026-11-02", "2026-11-15"))
    assert len(buckets.starts) == 336
    assert buckets.labels[buckets.keys[0]] == buckets.labels[buckets.keys[168]] == "Mon 00:00"
    assert buckets.labels[-1] == "Sun 23:00"


def test_d39_the_hours_of_the_week_begin_with_its_first_day() -> None:
    buckets = cut("time:hour_of_week", days("Europe/Berlin", "2026-11-02", "2026-11-15"), first_weekday=6)
    assert (buckets.labels[0], buckets.labels[24], buckets.labels[-1]) == ("Sun 00:00", "Mon 00:00", "Sat 23:00")
    assert buckets.labels[buckets.keys[0]] == "Mon 00:00"


@pytest.mark.parametrize(
    ("first", "last", "unit"),
    [
        ("2026-10-24", "2026-10-25", "time:hour"),
        ("2026-10-24", "2026-10-26", "time:day"),
        ("2026-10-01", "2026-11-09", "time:day"),
        ("2026-10-01", "2026-11-10", "time:week"),
        ("2026-01-01", "2026-12-30", "time:week"),
        ("2026-01-01", "2026-12-31", "time:month"),
    ],
)
def test_time_chooses_its_unit(first: str, last: str, unit: str) -> None:
    """Hours up to 48 h by the clock (two days of 49 hours too), days up to 40, weeks up to 52, else months."""
    assert unit_for(days("Europe/Berlin", first, last)) == unit


def test_too_many_buckets_are_refused_with_the_reason() -> None:
    with pytest.raises(QueryError, match=r'#/dimensions/0: "time:minute" divides this range into more than 10000 intervals'):
        cut("time:minute", days("Europe/Berlin", "2026-11-01", "2026-11-30"))
