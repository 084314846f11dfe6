"""T16: every number is what its definition says, whatever the data, the zone and the filter, in every panel."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.model import SectionRule
from tests.query.reference import Reference
from tests.query.rows import Asked, Made, MemoryStore, row

METRICS = ["visitors", "visits", "pageviews", "events", "bounce_rate", "visit_duration", "views_per_visit"]
COUNTS = METRICS[:4]
RULES = (SectionRule(name="Shop/Sale", pattern="/shop/sale/**"), SectionRule(name="Shop", pattern="/*/shoes"))

CHANGES = (
    ("Europe/Berlin", date(2026, 10, 24)),  # 25 October has 25 hours
    ("Europe/Berlin", date(2026, 3, 28)),  # 29 March has 23
    ("America/Sao_Paulo", date(2018, 11, 3)),  # 4 November begins at 01:00
    ("Australia/Lord_Howe", date(2026, 4, 4)),  # 5 April: half an hour twice
    ("Asia/Kathmandu", date(2028, 2, 28)),  # a leap day at +05:45
    ("Pacific/Apia", date(2011, 12, 29)),  # there was no 30 December
    ("America/Los_Angeles", date(2026, 12, 30)),  # days, weeks and years end at different moments
)

PATHS = ["/", "/about", "/blog/", "/blog/x", "/blog/2024/y", "/shop/shoes", "/shop/sale/a", "/shop?id=1"]
EVENTS = st.sampled_from(["pageview", "pageview", "pageview", "engagement", "engagement", "Signup", "Video"])
EVENT = st.fixed_dictionaries(
    {
        "name": EVENTS,
        "path": st.sampled_from(PATHS),
        "hostname": st.sampled_from(["shop.example", "Blog.example"]),
        "interactive": st.booleans(),
        "props": st.sampled_from([{}, {}, {"plan": "free"}, {"plan": "Pro", "x": "1"}, {"plan": ""}]),
    }
)
STEP = st.integers(0, 29 * 60 + 59)
VISIT = st.tuples(
    st.integers(0, 3 * 24 * 3600),
    st.integers(1, 3),
    st.lists(st.tuples(STEP, EVENT), min_size=1, max_size=6),
    st.fixed_dictionaries(
        {
            "source": st.sampled_from(["", "Google", "x"]),
            "country": st.sampled_from(["", "DE", "NP"]),
            "device": st.sampled_from(["", "Mobile"]),
        }
    ),
)


def visits(made: list[Any], zone: str, first: date) -> list[Made]:
    """Rows as the sessioniser makes them: a visitor has another number every day, a visit keeps its own."""
    begin = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    rows: list[Made] = []
    for number, (start, person, events, attributes) in enumerate(made, 1):
        at, gap = begin + timedelta(seconds=start), 0
        for seq, (step, fields) in enumerate(events):
            if seq:
                at, gap = at + timedelta(seconds=step), step
            new = row(at, zone, seq=seq * 2 + 5, gap=gap, visit=number, **attributes, **fields)
            new["visitor"] = person * 10**7 + new["day"].toordinal()
            rows.append(new)
    return rows


CONDITIONS = st.one_of(
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("event:page"), st.lists(st.sampled_from(PATHS), min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["contains", "contains_not"]), st.just("event:page"), st.just(["shop", "2024"])),
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("event:name"), st.sampled_from([["Signup"], ["pageview", "Video"]])),
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("event:props:plan"), st.sampled_from([["free"], ["(none)"]])),
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("event:section"), st.sampled_from([["/"], ["/blog", "Shop"]])),
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("visit:source"), st.sampled_from([["Direct / None"], ["Google", "X"]])),
    st.tuples(st.just("is"), st.just("visit:source"), st.just(["X"]), st.just({"case_sensitive": False})),
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("visit:country"), st.sampled_from([["DE"], ["Unknown", "NP"]])),
    st.tuples(st.sampled_from(["is", "is_not"]), st.sampled_from(["visit:entry_page", "visit:exit_page"]), st.just(["/", "(none)"])),
)
FILTER = st.recursive(
    CONDITIONS.map(list),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)).map(list),
        inner.map(lambda part: ["not", part]),
    ),
    max_leaves=4,
)
FILTERS = st.lists(FILTER, max_size=2)
TIMES = st.sampled_from(["time:minute", "time:hour", "time:day", "time:week", "time:month", "time:hour_of_week"])
PLAIN = st.sampled_from([
    "visit:source", "visit:country", "visit:device", "event:page", "event:hostname", "event:section", "event:section:2",
])  # fmt: skip
EVENT_ONLY = st.sampled_from(["event:name", "event:props:plan"])
JOURNEY = st.sampled_from(["visit:entry_page", "visit:exit_page"])

SITE = st.tuples(st.sampled_from(CHANGES), st.lists(VISIT, max_size=7))
EXACT = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return MemoryStore()


def agree(store: MemoryStore, site: Any, metrics: list[str], dimensions: list[str], filters: list[Any]) -> dict[Any, list[Any]]:
    """Asks both, compares all, and returns the answer."""
    (zone, first), made = site
    last = first + timedelta(days=3)
    rows = visits(made, zone, first)
    store.hold(rows)
    site_ = Asked(store, zone, rules=RULES)
    found = site_.table(metrics, [first.isoformat(), last.isoformat()], dimensions=dimensions, filters=filters)
    assert found == Reference(rows, zone, first, last, RULES).answer(metrics, dimensions, filters)
    return found


@EXACT
@given(site=SITE, filters=FILTERS)
def test_headline(store: MemoryStore, site: Any, filters: list[Any]) -> None:
    """T16, T17: the numbers at the top of the page; no rate is ever negative, above 100 or not a number."""
    ((_, values),) = agree(store, site, METRICS, [], filters).items()
    bounce_rate = values[METRICS.index("bounce_rate")]
    assert bounce_rate is None or 0 <= bounce_rate <= 100
    assert all(value is None or value >= 0 for value in values)


@EXACT
@given(site=SITE, time=TIMES, filters=FILTERS)
def test_chart(store: MemoryStore, site: Any, time: str, filters: list[Any]) -> None:
    """T14, T16: in every unit and zone, through every change of the clocks; the sum of the chart is the headline."""
    chart = agree(store, site, METRICS, [time], filters)
    headline = agree(store, site, METRICS, [], filters)[()]
    for number, name in enumerate(METRICS):
        if name in ("visits", "pageviews", "events") or (name == "visitors" and time in ("time:day", "time:week", "time:month")):
            assert sum(values[number] for values in chart.values()) == headline[number], name


@EXACT
@given(site=SITE, dimension=PLAIN, filters=FILTERS)
def test_table(store: MemoryStore, site: Any, dimension: str, filters: list[Any]) -> None:
    """T16: page views of the rows add up to the headline's; a row clicked is a filter with the same counts."""
    table = agree(store, site, METRICS, [dimension], filters)
    headline = agree(store, site, COUNTS, [], filters)[()]
    assert sum(values[2] for values in table.values()) == headline[2]
    if dimension != "event:section:2":  # a section takes what lies beneath it, so a row two levels down is more than itself
        for (value,), values in table.items():
            clicked = agree(store, site, COUNTS, [], [*filters, ["is", dimension, [value]]])[()]
            assert clicked == values[:4]


@EXACT
@given(site=SITE, dimension=EVENT_ONLY, filters=FILTERS)
def test_table_of_events(store: MemoryStore, site: Any, dimension: str, filters: list[Any]) -> None:
    agree(store, site, COUNTS, [dimension], filters)


@EXACT
@given(site=SITE, dimension=JOURNEY, filters=FILTERS)
def test_table_of_journeys(store: MemoryStore, site: Any, dimension: str, filters: list[Any]) -> None:
    """Each visit has one entry and one exit: the visits of the rows add up to the headline's."""
    metrics = ["visitors", "visits", "bounce_rate", "visit_duration", "views_per_visit"]
    table = agree(store, site, metrics, [dimension], filters)
    assert sum(values[1] for values in table.values()) == agree(store, site, ["visits"], [], filters)[()][0]


@EXACT
@given(site=SITE, time=TIMES, dimension=PLAIN, second=PLAIN, filters=FILTERS)
def test_several_dimensions(store: MemoryStore, site: Any, time: str, dimension: str, second: str, filters: list[Any]) -> None:
    agree(store, site, METRICS, list(dict.fromkeys([dimension, time, second])), filters)


@EXACT
@given(site=SITE, filters=FILTERS, more=FILTER)
def test_a_filter_never_raises_a_count(store: MemoryStore, site: Any, filters: list[Any], more: Any) -> None:
    """T16: more page views with a filter than without was a peer's bug for a year."""
    without = agree(store, site, COUNTS, [], filters)[()]
    within = agree(store, site, COUNTS, [], [*filters, more])[()]
    assert all(fewer <= before for fewer, before in zip(within, without, strict=True))
