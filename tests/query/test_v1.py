"""Plausible's first Stats API, as questions of ours: one row per way of asking, and the shapes of the answers."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analytics.errors import QueryError
from analytics.query import v1
from analytics.query.answering import Result
from analytics.query.period import Now
from analytics.query.query import parse
from tests.query.rows import Asked, MemoryStore, row

ZONE = "Europe/Berlin"
NOW = Now(datetime(2026, 3, 31, 12, 0, 30, tzinfo=ZoneInfo(ZONE)).timestamp(), ZONE)
THIRTY = ["2026-03-02", "2026-03-31"]


def asked(endpoint: str = "aggregate", **given: str) -> dict[str, Any]:
    """The question, which v2 has to be able to read."""
    question = v1.question(endpoint, given, NOW)
    parse(question)
    return question


def test_what_is_asked_when_nothing_is_said() -> None:
    assert asked() == {"metrics": ["visitors"], "date_range": THIRTY, "filters": [], "include": {"imports": False}}


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ({"period": "day"}, ["2026-03-31", "2026-03-31"]),
        ({"period": "day", "date": "2026-02-28"}, ["2026-02-28", "2026-02-28"]),
        ({"period": "7d"}, ["2026-03-25", "2026-03-31"]),
        ({"period": "7d", "date": "2026-01-03"}, ["2025-12-28", "2026-01-03"]),
        ({"period": "30d"}, THIRTY),
        ({"period": ""}, THIRTY),
        ({"period": "month"}, ["2026-03-01", "2026-03-31"]),
        ({"period": "month", "date": "2024-02-10"}, ["2024-02-01", "2024-02-29"]),
        ({"period": "6mo"}, ["2025-10-01", "2026-03-31"]),
        ({"period": "12mo", "date": "2026-01-31"}, ["2025-02-01", "2026-01-31"]),
        ({"period": "custom", "date": "2026-01-05, 2026-02-03"}, ["2026-01-05", "2026-02-03"]),
        ({"period": "realtime"}, ["2026-03-31T09:55:30+00:00", "2026-03-31T10:00:30+00:00"]),
    ],
)
def test_periods_end_with_the_day_given(given: dict[str, str], days: list[str]) -> None:
    assert asked(**given)["date_range"] == days


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("event:page==/order", [["is", "event:page", ["/order"]]]),
        ("visit:country!=FR", [["is_not", "visit:country", ["FR"]]]),
        ("visit:source==Google|Bing", [["is", "visit:source", ["Google", "Bing"]]]),
        ("visit:browser!=Chrome|Safari", [["is_not", "visit:browser", ["Chrome", "Safari"]]]),
        (r"visit:utm_campaign==a\|b|c", [["is", "visit:utm_campaign", ["a|b", "c"]]]),
        (" visit:country == DE ; event:page==/ ", [["is", "visit:country", ["DE"]], ["is", "event:page", ["/"]]]),
        ("event:page==/blog/*", [["matches", "event:page", ["(?s)^/blog/.*$"]]]),
        ("event:page!=**/a.b*", [["matches_not", "event:page", [r"(?s)^.*/a\.b.*$"]]]),
        ("event:page==/a*|/b", [["matches", "event:page", ["(?s)^/a.*$", "(?s)^/b$"]]]),
        ("event:props:plan==a=b!=c", [["is", "event:props:plan", ["a=b!=c"]]]),
        ("", []),
        ("event:page==/;", [["is", "event:page", ["/"]]]),
    ],
)
def test_filters_of_v1_become_filters_of_v2(text: str, filters: list[Any]) -> None:
    assert asked(filters=text)["filters"] == filters


def test_goals_are_named_and_a_star_in_the_name_is_part_of_it() -> None:
    found = v1.question("aggregate", {"filters": "event:goal==Signup|Visit /blog/*"}, NOW)
    assert found["filters"] == [["is", "event:goal", ["Signup", "Visit /blog/*"]]]


@pytest.mark.parametrize(
    ("given", "unit"),
    [
        ({"period": "realtime"}, "time:minute"),
        ({"period": "day"}, "time:hour"),
        ({}, "time:day"),
        ({"period": "month"}, "time:day"),
        ({"period": "6mo"}, "time:month"),
        ({"period": "12mo"}, "time:month"),
        ({"period": "6mo", "interval": "day"}, "time:day"),
        ({"period": "30d", "interval": "date"}, "time:day"),
        ({"period": "30d", "interval": "week"}, "time:week"),
        ({"period": "7d", "interval": "hour"}, "time:hour"),
    ],
)
def test_a_course_of_time(given: dict[str, str], unit: str) -> None:
    found = asked("timeseries", **given)
    assert found["dimensions"] == [unit]
    assert found["include"]["time_labels"] is True


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"property": "visit:source"}, {"dimensions": ["visit:source"], "pagination": {"limit": 100, "offset": 0}}),
        ({"property": "event:page", "limit": "5", "page": "3"}, {"pagination": {"limit": 5, "offset": 10}}),
        ({"property": "visit:browser_version"}, {"dimensions": ["visit:browser", "visit:browser_version"]}),
        ({"property": "event:props:plan"}, {"dimensions": ["event:props:plan"]}),
        ({"property": "event:page", "metrics": "visits, pageviews"}, {"metrics": ["visits", "pageviews"]}),
    ],
)
def test_a_breakdown_becomes_a_question_of_v2(given: dict[str, str], part: dict[str, Any]) -> None:
    assert asked("breakdown", **given).items() >= part.items()


@pytest.mark.parametrize(
    ("endpoint", "given", "metric"),
    [
        ("aggregate", {}, "conversion_rate"),
        ("breakdown", {"property": "event:goal"}, "conversion_rate"),
        ("breakdown", {"property": "event:props:plan"}, "conversion_rate"),
        ("breakdown", {"property": "visit:source"}, "group_conversion_rate"),
        ("timeseries", {}, "group_conversion_rate"),
    ],
)
def test_the_conversion_rate_of_a_row_is_that_of_its_visitors(endpoint: str, given: dict[str, str], metric: str) -> None:
    assert v1.question(endpoint, {**given, "metrics": "visitors,conversion_rate"}, NOW)["metrics"] == ["visitors", metric]


@pytest.mark.parametrize(
    ("endpoint", "given", "said"),
    [
        ("aggregate", {"period": "7days"}, 'period: Expected realtime, day, 7d, 30d, month, 6mo, 12mo, custom, not "7days"'),
        ("aggregate", {"date": "yesterday"}, 'date: Expected a day such as 2026-01-31, not "yesterday"'),
        ("aggregate", {"date": "0001-01-01", "period": "12mo"}, "date: Expected a day"),
        ("aggregate", {"date": "9999-12-31", "period": "month"}, "date: Expected a day"),
        ("aggregate", {"date": "2026-02-30"}, "date: Expected a day"),
        ("aggregate", {"period": "custom"}, "date: Expected two days parted by a comma"),
        ("aggregate", {"period": "custom", "date": "2026-01-01"}, "date: Expected two days parted by a comma"),
        ("aggregate", {"period": "custom", "date": "2026-01-01,x"}, "date: Expected a day"),
        ("aggregate", {"compare": "last_year"}, 'compare: Expected previous_period, not "last_year"'),
        ("aggregate", {"filter": "event:page==/"}, "filter: Unknown parameter; known are site_id, period"),
        ("aggregate", {"filters": "event:page"}, "filters: Expected filters such as"),
        ("aggregate", {"filters": "event:page=="}, "filters: Expected filters such as"),
        ("aggregate", {"filters": "event:goal!=Signup"}, "filters: event:goal takes == alone"),
        ("timeseries", {"interval": "decade"}, 'interval: Expected hour, day, week, month, date, not "decade"'),
        ("breakdown", {}, 'property: Expected what to break down by, such as event:page, not ""'),
        ("breakdown", {"property": "time:day"}, "property: Expected what to break down by"),
        ("breakdown", {"property": "event:page", "limit": "0"}, "limit: Expected a whole number from 1 to 1000"),
        ("breakdown", {"property": "event:page", "limit": "1001"}, "limit: Expected a whole number from 1 to 1000"),
        ("breakdown", {"property": "event:page", "page": "-1"}, "page: Expected a whole number from 1"),
        ("breakdown", {"property": "event:page", "page": "９"}, "page: Expected a whole number from 1"),
    ],
)
def test_what_cannot_be_asked_is_told_with_its_parameter(endpoint: str, given: dict[str, str], said: str) -> None:
    with pytest.raises(QueryError) as refusal:
        v1.question(endpoint, given, NOW)
    assert str(refusal.value).startswith(said)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"metrics": "visitors,baa"}, 'metrics: Invalid metric "baa"'),
        ({"metrics": "visitors,visitors"}, 'metrics: "visitors" is asked for twice'),
        ({"metrics": ""}, 'metrics: Invalid metric ""'),
        ({"filters": "visit:shoe_size==9"}, 'filters: Invalid dimension "visit:shoe_size"'),
        ({"filters": "visit:country==Germany"}, "filters: Invalid value"),
        ({"property": "visit:shoe_size"}, 'property: Invalid dimension "visit:shoe_size"'),
    ],
)
def test_what_v2_finds_wrong_is_told_with_the_parameter_it_came_from(given: dict[str, str], said: str) -> None:
    question = v1.question("breakdown", {"property": "event:page", **given}, NOW)
    with pytest.raises(QueryError) as refusal:
        parse(question)
    assert str(v1.in_parameters(refusal.value, "breakdown")).startswith(said)


# --- answers ---------------------------------------------------------------------------------------------


@pytest.fixture
def shop() -> Asked:
    """Two days: one visitor of two pages, then two visitors."""
    store = MemoryStore()
    store.hold(
        [
            row("2026-11-17 10:00", ZONE, seq=1, source="Google", browser="Firefox", browser_version="130"),
            row("2026-11-17 10:01", ZONE, seq=2, source="Google", browser="Firefox", browser_version="130", path="/a", gap=60),
            row("2026-11-18 08:00", ZONE, visitor=2, visit=2),
            row("2026-11-18 09:00", ZONE, visitor=3, visit=3, path="/a"),
        ]
    )
    return Asked(store, ZONE, "2026-11-18 09:02:00")


def answered(shop: Asked, endpoint: str, **given: str) -> Any:
    """As the API answers."""
    result = shop.answers.answer(shop.site, v1.question(endpoint, given, Now(shop.now, shop.zone)))
    return v1.ENDPOINTS[endpoint].shaped(given, result)


def test_totals_have_the_shape_of_v1(shop: Asked) -> None:
    assert answered(shop, "aggregate", period="7d", metrics="visitors,pageviews,bounce_rate") == {
        "visitors": {"value": 3},
        "pageviews": {"value": 4},
        "bounce_rate": {"value": 67},
    }


def test_totals_with_what_was_before(shop: Asked) -> None:
    """T18: today until now with yesterday until the same time."""
    found = answered(shop, "aggregate", period="day", metrics="visitors,pageviews", compare="previous_period")
    assert found == {
        "visitors": {"value": 2, "comparison_value": 0, "change": None},
        "pageviews": {"value": 2, "comparison_value": 0, "change": None},
    }


def test_days_without_visitors_are_there_too(shop: Asked) -> None:
    found = answered(shop, "timeseries", period="custom", date="2026-11-16,2026-11-18", metrics="visitors,visit_duration")
    assert found == [
        {"date": "2026-11-16", "visitors": 0, "visit_duration": None},
        {"date": "2026-11-17", "visitors": 1, "visit_duration": 60},
        {"date": "2026-11-18", "visitors": 2, "visit_duration": 0},
    ]


def test_realtime_has_a_row_for_each_minute(shop: Asked) -> None:
    assert answered(shop, "aggregate", period="realtime") == {"visitors": {"value": 1}}
    assert [each["date"][-8:] for each in answered(shop, "timeseries", period="realtime")] == [
        "08:57:00", "08:58:00", "08:59:00", "09:00:00", "09:01:00", "09:02:00",
    ]  # fmt: skip


def test_rows_have_the_shape_of_v1_and_come_by_pages(shop: Asked) -> None:
    assert answered(shop, "breakdown", period="7d", property="event:page", metrics="visitors,pageviews") == [
        {"page": "/", "visitors": 2, "pageviews": 2},
        {"page": "/a", "visitors": 2, "pageviews": 2},
    ]
    assert answered(shop, "breakdown", period="7d", property="event:page", limit="1", page="2") == [{"page": "/a", "visitors": 2}]


def test_a_version_stands_beside_what_it_is_a_version_of(shop: Asked) -> None:
    found = answered(shop, "breakdown", period="day", date="2026-11-17", property="visit:browser_version")
    assert [set(each) for each in found] == [{"browser", "browser_version", "visitors"}]


def test_a_wildcard_is_compared_with_the_whole_value(shop: Asked) -> None:
    asked_for = {"period": "7d", "metrics": "pageviews"}
    pages = {text: answered(shop, "aggregate", filters=f"event:page=={text}", **asked_for) for text in ("/*", "/a*", "*a", "a*")}
    assert {text: found["pageviews"]["value"] for text, found in pages.items()} == {"/*": 4, "/a*": 2, "*a": 2, "a*": 0}


def test_the_names_of_metrics_are_those_that_were_asked_for() -> None:
    """v2 calls the conversion rate of a row otherwise."""
    result = Result(
        results=[{"dimensions": ["Google"], "metrics": [3, 50.0]}],
        meta={},
        query={"metrics": ["visitors", "group_conversion_rate"], "dimensions": ["visit:source"]},
    )
    given = {"metrics": "visitors,conversion_rate", "property": "visit:source"}
    assert v1.ENDPOINTS["breakdown"].shaped(given, result) == [{"source": "Google", "visitors": 3, "conversion_rate": 50.0}]
