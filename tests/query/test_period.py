"""What periods mean in a site's zone, and what they are compared with (T18)."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analytics.errors import QueryError
from tests.query.rows import Asked, MemoryStore, row, visit

NOW = "2026-11-18 12:34"  # a Wednesday


def resolved(store: MemoryStore, period: Any, zone: str = "Europe/Berlin", now: str = NOW, **include: Any) -> dict[str, Any]:
    return Asked(store, zone, now).ask(["visitors"], period, include=include).query


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("day", "2026-11-18", "2026-11-18"),
        ("7d", "2026-11-11", "2026-11-17"),
        ("28d", "2026-10-21", "2026-11-17"),
        ("30d", "2026-10-19", "2026-11-17"),
        ("91d", "2026-08-19", "2026-11-17"),
        ("1d", "2026-11-17", "2026-11-17"),
        ("month", "2026-11-01", "2026-11-30"),
        ("1mo", "2026-10-01", "2026-10-31"),
        ("6mo", "2026-05-01", "2026-10-31"),
        ("12mo", "2025-11-01", "2026-10-31"),
        ("year", "2026-01-01", "2026-12-31"),
        (["2026-02-01", "2026-02-28"], "2026-02-01", "2026-02-28"),
    ],
)
def test_past_days_end_yesterday_and_past_months_last_month(store: MemoryStore, period: Any, first: str, last: str) -> None:
    """``<n>d`` ends yesterday, ``<n>mo`` last month."""
    begin, end = resolved(store, period)["date_range"]
    assert (begin[:19], end[:19]) == (f"{first}T00:00:00", f"{last}T23:59:59")


def test_the_offsets_are_those_of_the_day(store: MemoryStore) -> None:
    assert resolved(store, "28d")["date_range"] == ["2026-10-21T00:00:00+02:00", "2026-11-17T23:59:59+01:00"]


def test_the_zone_of_the_site_decides_which_day_it_is(store: MemoryStore) -> None:
    """T14: "today" in Auckland and in Honolulu, at the same moment."""
    moment = datetime(2026, 11, 18, 12, tzinfo=ZoneInfo("UTC"))
    for zone, day in (("Pacific/Auckland", "2026-11-19"), ("Pacific/Honolulu", "2026-11-18")):
        local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat()
        assert resolved(store, "day", zone, local)["date_range"][0][:10] == day


def test_the_last_24_hours_begin_with_their_quarter_hour(store: MemoryStore) -> None:
    """Yesterday may be kept in quarter-hours only: its quarter that the 24 hours begin in is taken whole."""
    assert resolved(store, "24h")["date_range"] == ["2026-11-17T12:30:00+01:00", "2026-11-18T12:34:00+01:00"]


def test_all_begins_with_the_first_event(store: MemoryStore) -> None:
    assert resolved(store, "all")["date_range"][0][:10] == "2026-11-18"
    store.hold([row("2024-02-29 10:00", "Europe/Berlin")])
    assert resolved(store, "all")["date_range"] == ["2024-02-29T00:00:00+01:00", "2026-11-18T23:59:59+01:00"]


def test_a_range_of_moments_includes_its_last_second(store: MemoryStore) -> None:
    """The last second is in the range; without an offset the clock is the site's."""
    store.hold([row("2026-11-18 09:59:59"), row("2026-11-18 10:00", visitor=2), row("2026-11-18 10:30", visitor=3)])
    asked = Asked(store, "Europe/Berlin", NOW)
    for first, last in (("2026-11-18T10:00:00Z", "2026-11-18T10:30:00Z"), ("2026-11-18T11:00:00", "2026-11-18T11:30:00")):
        answer = asked.ask(["visitors"], [first, last])
        assert answer.results[0]["metrics"] == [2]
        assert answer.query["date_range"] == ["2026-11-18T11:00:00+01:00", "2026-11-18T11:30:00+01:00"]


def test_days_that_have_not_begun_can_be_cut_off(store: MemoryStore) -> None:
    assert resolved(store, "month", trim_relative_date_range=True)["date_range"][1][:10] == "2026-11-18"
    assert resolved(store, "year", trim_relative_date_range=True)["date_range"][1][:10] == "2026-11-18"
    assert resolved(store, "day", trim_relative_date_range=True)["date_range"][1] == "2026-11-18T12:59:59+01:00"
    assert resolved(store, ["2026-11-01", "2026-11-30"], trim_relative_date_range=True)["date_range"][1][:10] == "2026-11-30"


@pytest.mark.parametrize(
    ("period", "place"),
    [
        ("yesterday", "#/date_range: "),
        ("0d", "#/date_range: "),
        ("5001d", "#/date_range: "),
        ("101mo", "#/date_range: "),
        (["2026-02-29", "2026-03-01"], "#/date_range/0: "),
        (["2026-01-02", "2026-01-01"], "#/date_range: "),
        (["2026-01-02", "2026-01-03T00:00:00Z"], "#/date_range: "),
        (["0001-01-01", "2026-01-01"], "#/date_range/0: "),
        (["9999-12-31", "9999-12-31"], "#/date_range/0: "),
        (["0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00Z"], "#/date_range/0: "),
    ],
)
def test_a_range_that_cannot_be(store: MemoryStore, period: Any, place: str) -> None:
    with pytest.raises(QueryError) as refused:
        resolved(store, period)
    assert str(refused.value).startswith(place)


# --- T18: comparison of unequal windows ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "comparison", "first", "last"),
    [
        ("day", "previous_period", "2026-11-17T00:00:00", "2026-11-17T12:29:59"),
        ("day", "year_over_year", "2025-11-18T00:00:00", "2025-11-18T12:29:59"),
        ("24h", "previous_period", "2026-11-16T12:30:00", "2026-11-17T12:29:59"),
        ("7d", "previous_period", "2026-11-04T00:00:00", "2026-11-10T23:59:59"),
        ("7d", "year_over_year", "2025-11-11T00:00:00", "2025-11-17T23:59:59"),
        ("28d", "previous_period", "2026-09-23T00:00:00", "2026-10-20T23:59:59"),
        ("month", "previous_period", "2026-10-01T00:00:00", "2026-10-18T12:29:59"),
        ("month", "year_over_year", "2025-11-01T00:00:00", "2025-11-18T12:29:59"),
        ("year", "previous_period", "2025-01-01T00:00:00", "2025-11-18T12:29:59"),
        ("6mo", "previous_period", "2025-11-01T00:00:00", "2026-04-30T23:59:59"),
        ("12mo", "year_over_year", "2024-11-01T00:00:00", "2025-10-31T23:59:59"),
        (["2026-02-01", "2026-02-28"], "previous_period", "2026-01-04T00:00:00", "2026-01-31T23:59:59"),
        (["2024-02-29", "2024-02-29"], "year_over_year", "2023-02-28T00:00:00", "2023-02-28T23:59:59"),
        (["2024-02-01", "2024-02-29"], "year_over_year", "2023-02-01T00:00:00", "2023-03-01T23:59:59"),
        (["2026-11-16", "2026-11-22"], "previous_period", "2026-11-09T00:00:00", "2026-11-11T12:29:59"),
        (["2026-11-16", "2026-11-22"], "year_over_year", "2025-11-16T00:00:00", "2025-11-18T12:29:59"),
        ("day", ["2026-11-10", "2026-11-10"], "2026-11-10T00:00:00", "2026-11-10T12:29:59"),
        ("day", ["2026-11-09", "2026-11-10"], "2026-11-09T00:00:00", "2026-11-10T23:59:59"),
        ("1d", ["2026-11-10", "2026-11-10"], "2026-11-10T00:00:00", "2026-11-10T23:59:59"),
        (
            ["2026-11-18T09:00:00", "2026-11-18T14:59:59"], ["2026-11-17T09:00:00", "2026-11-17T14:59:59"],
            "2026-11-17T09:00:00", "2026-11-17T12:29:59",
        ),
    ],
)  # fmt: skip
def test_a_period_is_compared_with_one_of_equal_length(store: MemoryStore, period: Any, comparison: Any, first: str, last: str) -> None:
    """As many days, cut at the same time of day; whole months with whole months; named days are cut where they are as many."""
    begin, end = resolved(store, period, comparison=comparison)["comparison_date_range"]
    assert (begin[:19], end[:19]) == (first, last)


def test_a_month_longer_than_the_one_before_is_compared_with_as_many_days(store: MemoryStore) -> None:
    found = resolved(store, "month", now="2026-03-31 12:00", comparison="previous_period")["comparison_date_range"]
    assert [moment[:19] for moment in found] == ["2026-01-29T00:00:00", "2026-02-28T11:59:59"]


@pytest.mark.parametrize(
    ("period", "comparison", "days"),
    [("day", "previous_period", 7), ("day", "year_over_year", 364), ("28d", "previous_period", 28), ("30d", "previous_period", 35)],
)
def test_the_same_days_of_the_week_can_be_compared(store: MemoryStore, period: str, comparison: str, days: int) -> None:
    found = resolved(store, period, comparison=comparison, match_day_of_week=True)
    first, other = (date.fromisoformat(found[name][0][:10]) for name in ("date_range", "comparison_date_range"))
    assert (first - other).days == days


@pytest.mark.parametrize("clock", ["00:00", "02:30", "09:07", "23:59"])
@pytest.mark.parametrize("day", ["2026-11-18", "2024-02-29", "2024-03-01", "2026-03-29", "2026-03-30", "2026-10-26"])
def test_days_that_are_alike_show_no_change(store: MemoryStore, day: str, clock: str) -> None:
    """Identical days, so 0 % at any minute: leap days and the days after a change of the clocks too."""
    asked = Asked(store, "Europe/Berlin", f"{day} {clock}")
    today = date.fromisoformat(day)
    hold_alike(store, today, asked.now)
    for back in (1, 2, 7, 30):
        store.seal(*(today - timedelta(days=back),) * 2, "Europe/Berlin", rolled=[""])
    monday = today - timedelta(days=today.weekday())
    so_far, week = ([monday.isoformat(), last.isoformat()] for last in (today, monday + timedelta(days=6)))
    for period in ("day", "24h", "28d", so_far, week):
        metrics = ["visitors", "visits", "pageviews", "visit_duration"]
        (found,) = asked.ask(metrics, period, include={"comparison": "previous_period"}).results
        assert {change for change in found["comparison"]["change"] if change is not None} <= {0}, period
        assert all(before <= now for before, now in zip(found["comparison"]["metrics"][:3], found["metrics"][:3], strict=True)), period


def hold_alike(store: MemoryStore, today: date, now: float) -> None:
    """The same three visits on each of 60 days, at times that no change of the clocks touches, until now."""
    rows = []
    for back in range(60):
        day = (today - timedelta(days=back)).isoformat()
        for number, start in enumerate(("00:00:00", "08:59:00", "12:00:00")):
            number += back * 10
            rows += visit(number + 1, (f"{day} {start}", {}), (f"{day} {start[:4]}9:30", {"path": "/a"}), zone="Europe/Berlin")
    utc = ZoneInfo("UTC")
    store.hold([made for made in rows if made["time"].replace(tzinfo=utc).timestamp() <= now])


def test_the_compared_hours_are_those_of_the_same_clock(store: MemoryStore) -> None:
    """26 October has 24 hours and the day before it 25: 14:00 stands beside 14:00."""
    zone = "Europe/Berlin"
    store.hold([row("2026-10-26 14:10", zone), row("2026-10-25 14:20", zone, visitor=2), row("2026-10-25 01:20", zone, visitor=3)])
    asked = Asked(store, zone, "2026-10-26 20:00")
    answer = asked.ask(["visitors"], "day", dimensions=["time"], include={"comparison": "previous_period"})
    assert answer.results == [
        {"dimensions": ["2026-10-26 01:00:00"], "metrics": [0],
         "comparison": {"dimensions": ["2026-10-25 01:00:00"], "metrics": [1], "change": [-100]}},
        {"dimensions": ["2026-10-26 14:00:00"], "metrics": [1],
         "comparison": {"dimensions": ["2026-10-25 14:00:00"], "metrics": [1], "change": [0]}},
    ]  # fmt: skip


def test_rows_are_compared_by_what_they_are_called(store: MemoryStore) -> None:
    """Nothing before is no percentage; rates change by points."""
    store.hold([
        *visit(1, ("2026-11-18 10:00", {"path": "/new"})),
        *visit(2, ("2026-11-18 10:00", {"path": "/old"}), ("2026-11-18 10:01", {"path": "/old"})),
        *visit(3, ("2026-11-17 10:00", {"path": "/old"})),
        *visit(4, ("2026-11-17 10:00", {"path": "/gone"})),
    ])
    answer = Asked(store).ask(
        ["pageviews", "bounce_rate"], "day", dimensions=["event:page"], include={"comparison": "previous_period"}
    )
    assert [(each["dimensions"], each["metrics"], each["comparison"]) for each in answer.results] == [
        (["/old"], [2, 0], {"dimensions": ["/old"], "metrics": [1, 100], "change": [100, -100]}),
        (["/new"], [1, 100], {"dimensions": ["/new"], "metrics": [0, None], "change": [None, None]}),
    ]
