"""T17: visits written down by hand, and every number they have to give, at every width of time."""

from typing import Any

import pytest

from tests.query.rows import Asked, Made, MemoryStore, row, visit

METRICS = ["visitors", "visits", "pageviews", "events", "bounce_rate", "visit_duration", "views_per_visit"]
ENGAGED = {"name": "engagement", "engaged": 360_000}

ONE_PAGE = visit(1, ("2026-11-18 10:00", {}))
SIX_MINUTES = visit(1, ("2026-11-18 10:00", {}), ("2026-11-18 10:06", ENGAGED))
THREE_PAGES = visit(
    1,
    ("2026-11-18 10:00", {"path": "/"}),
    ("2026-11-18 10:01", {"path": "/shop/"}),
    ("2026-11-18 10:04", {"path": "/shop/shoes"}),
)
SIGN_UP = visit(1, ("2026-11-18 10:00", {}), ("2026-11-18 10:00:30", {"name": "Signup"}))
SCROLLED = visit(1, ("2026-11-18 10:00", {}), ("2026-11-18 10:00:30", {"name": "Seen", "interactive": False}))
EVENT_ALONE = visit(1, ("2026-11-18 10:00", {"name": "Order"}))
ACROSS_AN_HOUR = visit(1, ("2026-11-18 10:55", {}), ("2026-11-18 11:10", {"path": "/a"}))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], [0, 0, 0, 0, None, None, None], id="nobody: no visit, so no rate, and never a NaN"),
        pytest.param(ONE_PAGE, [1, 1, 1, 1, 100, 0, 1.0], id="one page, 0 seconds"),
        pytest.param(SIX_MINUTES, [1, 1, 1, 1, 100, 360, 1.0], id="one page, read for six minutes"),
        pytest.param(THREE_PAGES, [1, 1, 3, 3, 0, 240, 3.0], id="three pages"),
        pytest.param(SIGN_UP, [1, 1, 1, 2, 0, 30, 1.0], id="one page and an interaction: no bounce"),
        pytest.param(SCROLLED, [1, 1, 1, 2, 100, 30, 1.0], id="one page and an event that is no interaction: a bounce"),
        pytest.param(EVENT_ALONE, [1, 1, 0, 1, 0, 0, 0.0], id="an event alone, from a server"),
        pytest.param(ACROSS_AN_HOUR, [1, 1, 2, 2, 0, 900, 2.0], id="across an hour"),
        pytest.param([*ONE_PAGE, *visit(2, ("2026-11-18 09:00", {}), ("2026-11-18 09:01", {"path": "/b"}))],
                     [2, 2, 3, 3, 50, 30, 1.5], id="two people, one bounce"),
    ],
)  # fmt: skip
def test_a_day_has_the_figures_that_were_counted_by_hand(store: MemoryStore, rows: list[Made], expected: list[Any]) -> None:
    store.hold(rows)
    assert Asked(store).total(METRICS) == expected
    assert Asked(store, now="2026-11-20 12:00").total(METRICS, "month") == expected
    assert Asked(store).total(METRICS, ["2026-11-18T00:00:00Z", "2026-11-18T23:59:59Z"]) == expected


def test_a_visit_across_an_hour_is_one_visit_and_there_in_both_hours(store: MemoryStore) -> None:
    store.hold(ACROSS_AN_HOUR)
    assert Asked(store).table(METRICS, dimensions=["time:hour"]) == {
        ("2026-11-18 10:00:00",): [1, 1, 1, 1, 0, 900, 2.0],
        ("2026-11-18 11:00:00",): [1, 0, 1, 1, None, None, None],
    }


def test_a_visitor_is_there_in_an_hour_that_was_only_read_through(store: MemoryStore) -> None:
    """From 10:50 to 12:10 with nothing sent between: the person was there at 11."""
    store.hold(visit(1, ("2026-11-18 10:50", {}), ("2026-11-18 12:10", ENGAGED)))
    assert Asked(store).table(["visitors", "visits", "pageviews"], dimensions=["time:hour"]) == {
        ("2026-11-18 10:00:00",): [1, 1, 1],
        ("2026-11-18 11:00:00",): [1, 0, 0],
        ("2026-11-18 12:00:00",): [1, 0, 0],
    }
    only = Asked(store).table(["visitors"], dimensions=["time:hour"], filters=[["is", "event:page", ["/"]]])
    assert list(only) == [("2026-11-18 10:00:00",), ("2026-11-18 12:00:00",)]


MIDNIGHT = visit(
    1,
    ("2026-11-17 23:58", {"path": "/"}),
    ("2026-11-18 00:03", {"path": "/a"}),
    ("2026-11-18 00:05", {"path": "/a", **ENGAGED}),
)


def test_a_visit_across_midnight_is_one_visit_of_two_daily_visitors(store: MemoryStore) -> None:
    """T15: the visit is counted on the day it began; visitors are counted a day, so a person of two days is two."""
    store.hold(MIDNIGHT)
    days = ["2026-11-17", "2026-11-18"]
    assert Asked(store).total(METRICS, days) == [2, 1, 2, 2, 0, 420, 2.0]
    assert Asked(store).table(METRICS, days, dimensions=["time:day"]) == {
        ("2026-11-17",): [1, 1, 1, 1, 0, 420, 2.0],
        ("2026-11-18",): [1, 0, 1, 1, None, None, None],
    }


def test_a_visit_partly_in_the_range_is_what_lies_in_the_range(store: MemoryStore) -> None:
    """Of each of its days alone it is a visit of one page: the seconds belong to the event that ends them."""
    store.hold(MIDNIGHT)
    assert Asked(store).total(METRICS, ["2026-11-17", "2026-11-17"]) == [1, 1, 1, 1, 100, 0, 1.0]
    assert Asked(store).total(METRICS, ["2026-11-18", "2026-11-18"]) == [1, 1, 1, 1, 100, 420, 1.0]
    entries = Asked(store).table(["visits"], ["2026-11-18", "2026-11-18"], dimensions=["visit:entry_page"])
    assert entries == {("/a",): [1]}


def test_reading_on_past_midnight_is_a_visit_without_page_views(store: MemoryStore) -> None:
    """A visit is in a range when it was active in it; reading is being active. It is no bounce: it saw no page there."""
    store.hold(visit(1, ("2026-11-17 23:58", {}), ("2026-11-18 00:10", ENGAGED)))
    assert Asked(store).total(METRICS) == [1, 1, 0, 0, 0, 720, 0.0]
    assert Asked(store).table(["visits"], dimensions=["visit:entry_page"]) == {("(none)",): [1]}
    assert Asked(store).table(["visitors", "pageviews"], dimensions=["event:page"]) == {("/",): [1, 0]}


def test_bounce_rate_by_page_is_of_the_visits_that_entered_there(store: MemoryStore) -> None:
    store.hold([*THREE_PAGES, *visit(2, ("2026-11-18 09:00", {"path": "/shop/shoes"}))])
    assert Asked(store).table(["visits", "bounce_rate", "visit_duration"], dimensions=["event:page"]) == {
        ("/",): [1, 0, 240],
        ("/shop/",): [1, None, None],
        ("/shop/shoes",): [2, 100, 0],
    }
    assert Asked(store).table(["visits", "bounce_rate"], dimensions=["event:section"]) == {("/",): [1, 0], ("/shop",): [2, 100]}


def test_entry_and_exit_go_by_the_order_within_the_visit(store: MemoryStore) -> None:
    """A past day keeps quarter-hours: the order is in the sequence, which has gaps and need not begin at 0."""
    shared = {"time": THREE_PAGES[0]["time"]}
    rows = [{**made, **shared} for made in reversed(THREE_PAGES)]
    store.hold(rows)
    assert Asked(store).table(["visits"], dimensions=["visit:entry_page", "visit:exit_page"]) == {("/", "/shop/shoes"): [1]}


def test_engagement_has_no_name_and_no_properties_of_its_own(store: MemoryStore) -> None:
    store.hold(visit(1, ("2026-11-18 10:00", {"props": {"plan": "free"}}), ("2026-11-18 10:06", ENGAGED)))
    asked = Asked(store)
    assert asked.table(["visitors"], dimensions=["event:name"]) == {("pageview",): [1]}
    assert asked.table(["visitors"], dimensions=["event:props:plan"]) == {("free",): [1]}
    assert asked.total(["visitors"], filters=[["is_not", "event:name", ["pageview"]]]) == [0]
    assert asked.total(["visitors"], filters=[["is", "event:name", ["engagement"]]]) == [0]


def test_time_on_page_is_shared_among_those_who_used_the_page(store: MemoryStore) -> None:
    """A visit that left before any time was measured is no reader."""
    store.hold([*SIX_MINUTES, *visit(2, ("2026-11-18 11:00", {}))])
    assert Asked(store).table(["pageviews", "time_on_page"], dimensions=["event:page"]) == {("/",): [2, 360]}


def test_the_share_is_of_all_visitors_of_the_question(store: MemoryStore) -> None:
    """Percentages can add up to more than 100, because one visitor may see several pages."""
    store.hold([*THREE_PAGES, *visit(2, ("2026-11-18 09:00", {})), *visit(3, ("2026-11-18 09:00", {}))])
    assert Asked(store).table(["visitors", "percentage"], dimensions=["event:page"]) == {
        ("/",): [3, 100.0],
        ("/shop/",): [1, 33.3],
        ("/shop/shoes",): [1, 33.3],
    }


def test_nothing_is_left_nameless(store: MemoryStore) -> None:
    """What is not known has a row with a name, and a click on it finds it again."""
    store.hold([row("2026-11-18 10:00")])
    blanks = {
        "visit:source": "Direct / None", "visit:referrer": "Direct / None", "visit:channel": "Direct",
        "visit:utm_campaign": "(not set)", "visit:device": "(not set)", "visit:browser": "(not set)",
        "visit:country": "Unknown", "visit:country_name": "Unknown", "event:props:plan": "(none)",
    }  # fmt: skip
    asked = Asked(store)
    for name, blank in blanks.items():
        assert asked.table(["visitors"], dimensions=[name]) == {(blank,): [1]}
        assert asked.total(["visitors"], filters=[["is", name, [blank]]]) == [1]
        assert asked.total(["visitors"], filters=[["is", name, [""]]]) == [1]
        assert asked.total(["visitors"], filters=[["is_not", name, [blank]]]) == [0]


def test_countries_have_names(store: MemoryStore) -> None:
    store.hold([row("2026-11-18 10:00", country="DE"), row("2026-11-18 10:00", country="XX", visitor=2)])
    asked = Asked(store)
    assert asked.table(["visitors"], dimensions=["visit:country", "visit:country_name"]) == {
        ("DE", "Germany"): [1],
        ("XX", "XX"): [1],
    }
    assert asked.total(["visitors"], filters=[["contains", "visit:country_name", ["Germ"]]]) == [1]


def test_a_host_filter_holds_for_entry_and_exit_too(store: MemoryStore) -> None:
    """Filtered by the blog's host, the entry pages are the blog's: not the shop's page that a visit came through."""
    blog = {"hostname": "blog.example", "path": "/post"}
    store.hold([
        *visit(1, ("2026-11-18 10:00", {}), ("2026-11-18 10:05", blog)),
        *visit(2, ("2026-11-18 10:00", blog), ("2026-11-18 10:05", {"path": "/cart"})),
    ])
    filters = [["is", "event:hostname", ["blog.example"]]]
    assert Asked(store).table(["visits"], dimensions=["visit:entry_page"], filters=filters) == {("/post",): [1]}
    assert Asked(store).table(["visits"], dimensions=["visit:exit_page"], filters=filters) == {("/post",): [1]}
    assert Asked(store).total(["visits"], filters=filters) == [2]
