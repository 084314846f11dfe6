"""T16: every number is what its definition says, whatever the data, the zone and the filter, in every panel."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analytics.query import rollups
from analytics.query.cover import runs
from analytics.query.filter_json import parsed
from analytics.query.filters import conditions_of
from analytics.site import Goal, SectionRule
from tests.query.reference import Reference
from tests.query.rows import Asked, Made, MemoryStore, row

METRICS = ["visitors", "visits", "pageviews", "events", "bounce_rate", "visit_duration", "views_per_visit"]
COUNTS = METRICS[:4]
CONVERSIONS = [*COUNTS, "percentage", "conversion_rate", "group_conversion_rate"]
REVENUE = ["total_revenue", "average_revenue"]
RULES = (SectionRule(name="Shop/Sale", pattern="/shop/sale/**"), SectionRule(name="Shop", pattern="/*/shoes"))

GOALS = (
    Goal(id=1, name="Signup", kind="event", event_name="Signup", currency="EUR"),
    Goal(id=2, name="Pro signup", kind="event", event_name="Signup", currency="USD", props={"plan": "Pro"}),
    Goal(id=3, name="Video", kind="event", event_name="Video", currency="EUR"),
    Goal(id=4, name="Visit the blog", kind="page", page_path="/blog/**"),
    Goal(id=5, name="Visit an offer", kind="page", page_path="/shop?id=*", props={"plan": "free"}),
    Goal(id=6, name="Read about us", kind="scroll", page_path="/about", scroll_threshold=50),
)

CHANGES = (
    ("Europe/Berlin", date(2026, 10, 24)),  # 25 October has 25 hours
    ("Europe/Berlin", date(2026, 10, 22)),  # the last one has 25 hours
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
        "scroll": st.sampled_from([0, 49, 50, 100]),
        "engaged": st.sampled_from([0, 499, 1_500, 60_000]),
        "revenue": st.sampled_from([None, Decimal("9.99"), Decimal("1000"), Decimal("0.125")]),
        "currency": st.sampled_from(["EUR", "USD", "JPY"]),
        "here": st.booleans(),
    }
)
"""``here``: reading time of the page of the event before, soon after it, as a browser sends it; such a row may lie on its page view's."""
VIEW = {
    "name": "pageview", "path": "/", "hostname": "shop.example", "interactive": True, "props": {}, "scroll": 0, "engaged": 0,
    "revenue": None, "currency": "", "here": False,
}  # fmt: skip
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
            "os": st.sampled_from(["", "iOS"]),
        }
    ),
)


def visits(made: list[Any], zone: str, first: date) -> list[Made]:
    """Rows as the sessioniser makes them: a visitor has another number every day, a visit keeps its own."""
    begin = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    rows: list[Made] = []
    for number, (start, person, events, attributes) in enumerate(made, 1):
        at, gap, seq, before = begin + timedelta(seconds=start), 0, 3, None
        for step, fields in events:
            here = before and fields.get("here") and fields["name"] == "engagement"
            if here:
                fields = {**fields, **{name: value for name, value in before.items() if name in ("path", "hostname", "props")}}
            if before:
                gap = step % 300 if here else step
            at, seq, before = at + timedelta(seconds=gap), seq + (1 if here else 2), fields
            new = row(at, zone, seq=seq, gap=gap, visit=number, **attributes, **_sent(fields))
            new["visitor"] = person * 10**7 + new["day"].toordinal()
            rows.append(new)
    return rows


def _sent(fields: Made) -> Made:
    """Only reading time says how far a page was scrolled, and it earns nothing and ends no bounce."""
    reading = fields["name"] == "engagement"
    other = {"interactive": False, "revenue": None, "currency": ""} if reading else {"scroll": 0, "engaged": 0}
    sent = {**fields, **({} if fields["revenue"] else {"currency": ""}), **other}
    sent.pop("here", None)
    return sent


SECTIONS = [["/"], ["/blog"], ["/blog", "Shop"], ["/blog/2024"], ["Shop/Sale"], ["/blog/2024/y", "/about"]]
OF_EVENTS = st.one_of(
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("event:page"), st.lists(st.sampled_from(PATHS), min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["contains", "contains_not"]), st.just("event:page"), st.just(["shop", "2024"])),
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("event:name"), st.sampled_from([["Signup"], ["pageview", "Video"]])),
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("event:props:plan"), st.sampled_from([["free"], ["(none)"]])),
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("event:section"), st.sampled_from(SECTIONS)),
)
OF_VISITS = st.one_of(
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("visit:source"), st.sampled_from([["Direct / None"], ["Google", "X"]])),
    st.tuples(st.just("is"), st.just("visit:source"), st.just(["X"]), st.just({"case_sensitive": False})),
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("visit:country"), st.sampled_from([["DE"], ["Unknown", "NP"]])),
    st.tuples(st.sampled_from(["is", "contains_not"]), st.sampled_from(["visit:device", "visit:os"]), st.just(["Mobile", "iOS"])),
    st.tuples(st.sampled_from(["is", "is_not"]), st.sampled_from(["visit:entry_page", "visit:exit_page"]), st.sampled_from([["/"], ["/", "(none)"]])),
)
CONDITIONS = st.one_of(OF_EVENTS, OF_VISITS)
GOAL = st.one_of(
    st.tuples(st.just("is"), st.just("event:goal"), st.lists(st.sampled_from([goal.name for goal in GOALS]), min_size=1, max_size=3)),
    st.tuples(st.just("contains"), st.just("event:goal"), st.sampled_from([["i"], ["Visit", "goal does not exist"]])),
    st.tuples(st.just("is"), st.just("event:goal"), st.just(["SIGNUP"]), st.just({"case_sensitive": False})),
)


def combined(leaves: Any) -> Any:
    """Filters made of these, nested."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)).map(list),
            inner.map(lambda part: ["not", part]),
        ),
        max_leaves=4,
    )


HOST = st.one_of(
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("event:hostname"), st.sampled_from([["shop.example"], ["Blog.example"]])),
    st.tuples(st.just("contains"), st.just("event:hostname"), st.just(["BLOG"]), st.just({"case_sensitive": False})),
)
DONE = st.tuples(
    st.sampled_from(["has_done", "has_not_done"]), combined(st.one_of(OF_EVENTS, GOAL, HOST).map(list))
).map(list)  # fmt: skip
FILTER = combined(st.one_of(OF_EVENTS.map(list), OF_VISITS.map(list), DONE))
FILTERS = st.lists(st.one_of(FILTER, FILTER, GOAL.map(list), HOST.map(list)), max_size=2)
FLAT = st.lists(st.one_of(OF_EVENTS.map(list), combined(OF_VISITS.map(list)), GOAL.map(list), DONE), max_size=3)
"""Filters beside conversions: properties at the top level alone."""
TIMES = st.sampled_from(["time:minute", "time:hour", "time:day", "time:week", "time:month", "time:hour_of_week"])
PAGES = ["event:page", "event:hostname", "event:section", "event:section:1", "event:section:2"]
PLAIN = st.sampled_from(["visit:source", "visit:country", "visit:device", *PAGES])
EVENT_ONLY = st.sampled_from(["event:name", "event:props:plan", "event:goal"])
JOURNEY = st.sampled_from(["visit:entry_page", "visit:exit_page"])

SEALED = st.sampled_from([(), (), (0,), (0, 1, 2), (1, 3), (0, 1, 2, 3)])
"""Which of the four days are sealed when the question comes."""
CLOSED = st.booleans()
"""Whether the months are asked about as a whole, and are closed if all of their days are sealed."""
SITE = st.tuples(st.sampled_from(CHANGES), st.lists(VISIT, max_size=7), SEALED, CLOSED)
EXACT = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Held:
    """A site's rows in the store and, beside it, the slow reading of them.

    Days are sealed and months closed as ``site`` has it, with the roll-ups that questions by ``names`` and with ``filters`` may use.
    """

    def __init__(
        self, store: MemoryStore, site: Any, names: Iterable[str], filters: list[Any], sealed_by: Sequence[SectionRule] = RULES
    ) -> None:
        (zone, first), made, sealed, closed = site
        rows = visits(made, zone, first)
        store.hold(rows)
        days = [first + timedelta(days=number) for number in sealed]
        last = first + timedelta(days=3)
        closed = closed and "time:minute" not in names  # a month has more minutes than an answer has rows
        if closed:
            first, last = first.replace(day=1), (last.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        stretches = [(first, last)] if closed and len(days) == 4 else runs(days)
        for stretch in stretches:
            store.seal(*stretch, zone, sealed_by, months=stretch == (first, last), rolled=rolled_for(names, filters))
        self._range = [first.isoformat(), last.isoformat()]
        self._asked = Asked(store, zone, rules=RULES, goals=GOALS)
        self._reference = Reference([coarse(row, days) for row in rows], zone, first, last, RULES, GOALS)

    def agree(self, metrics: list[str], dimensions: list[str], filters: list[Any]) -> dict[Any, list[Any]]:
        """Asks both, compares all, and returns the answer."""
        found = self._asked.table(metrics, self._range, dimensions=dimensions, filters=filters)
        assert found == self._reference.answer(metrics, dimensions, filters)
        return found


def rolled_for(names: Iterable[str], filters: list[Any]) -> list[str]:
    """The roll-ups that may be used for questions by these dimensions and with these filters: to make the others, too,
    would take most of the time."""
    asked = {*names, *(condition.dimension.name for condition in conditions_of(parsed(filters, "#")))}
    asked |= {"event:section", "event:section:2"} if any(name.startswith("event:section") for name in asked) else set()
    return [one.name for one in rollups.ROLLED.values() if one.name in asked or not one.name or asked & {*one.together}]


def coarse(row: Made, sealed: list[date]) -> Made:
    """A row of a sealed day has its quarter-hour."""
    if row["day"] not in sealed:
        return row
    return {**row, "time": row["time"].replace(minute=row["time"].minute // 15 * 15, second=0)}


@EXACT
@given(site=SITE, filters=FILTERS)
def test_the_headline_agrees_with_the_reference(store: MemoryStore, site: Any, filters: list[Any]) -> None:
    """T16, T17: the numbers at the top of the page; no rate is ever negative, above 100 or not a number."""
    ((_, values),) = Held(store, site, [], filters).agree(METRICS, [], filters).items()
    bounce_rate = values[METRICS.index("bounce_rate")]
    assert bounce_rate is None or 0 <= bounce_rate <= 100
    assert all(value is None or value >= 0 for value in values)


IN_THE_LAST_HOUR = (
    ("Europe/Berlin", date(2026, 10, 22)), [(3 * 86_400 + 88_000, 1, [(0, VIEW)], {"source": "", "country": "", "device": ""})], (), False,
)  # fmt: skip


@example(site=IN_THE_LAST_HOUR, time="time:day", filters=[])
@EXACT
@given(site=SITE, time=TIMES, filters=FILTERS)
def test_the_chart_agrees_and_adds_up_to_the_headline(store: MemoryStore, site: Any, time: str, filters: list[Any]) -> None:
    """T14, T16: in every unit and zone, through every change of the clocks; the sum of the chart is the headline."""
    held = Held(store, site, [time], filters)
    chart, headline = held.agree(METRICS, [time], filters), held.agree(METRICS, [], filters)[()]
    for number, name in enumerate(METRICS):
        if name in ("visits", "pageviews", "events") or (name == "visitors" and time in ("time:day", "time:week", "time:month")):
            assert sum(values[number] for values in chart.values()) == headline[number], name


OVER_A_DAY_THAT_NEVER_WAS = (
    ("Pacific/Apia", date(2011, 12, 29)), [(86_400 - 600, 1, [(0, VIEW), (1_200, VIEW)], {"source": "", "country": "", "device": ""})], (0,), False,
)  # fmt: skip


@example(site=OVER_A_DAY_THAT_NEVER_WAS, dimension="visit:source", filters=[])
@EXACT
@given(site=SITE, dimension=PLAIN, filters=FILTERS)
def test_a_table_agrees_and_its_rows_filter_to_the_same_counts(store: MemoryStore, site: Any, dimension: str, filters: list[Any]) -> None:
    """T16: page views of the rows add up to the headline's; a row clicked is a filter with the same counts."""
    held = Held(store, site, [dimension], filters)
    table, headline = held.agree(METRICS, [dimension], filters), held.agree(COUNTS, [], filters)[()]
    assert sum(values[2] for values in table.values()) == headline[2]
    if dimension != "event:section:2":  # a section takes what lies beneath it, so a row two levels down is more than itself
        for (value,), values in table.items():
            clicked = held.agree(COUNTS, [], [*filters, ["is", dimension, [value]]])[()]
            assert clicked == values[:4]


BY_PLACES = st.sampled_from([
    [], ["time:day"], ["visit:country"], ["visit:entry_page"], ["event:section"], ["event:section:2"], ["event:section:3", "visit:source"],
    ["event:section", "time:day"],
])  # fmt: skip
SECTION = st.tuples(st.just("is"), st.sampled_from(["event:section", "event:section:2"]), st.sampled_from(SECTIONS)).map(list)
PLACED = st.one_of(
    SECTION.map(lambda section: [section]), st.tuples(SECTION, OF_VISITS.map(list)).map(list), OF_VISITS.map(lambda of: [list(of)])
)
MOST_SEALED = st.tuples(
    st.sampled_from(CHANGES), st.lists(VISIT, min_size=3, max_size=7), st.sampled_from([(0, 1, 2), (0, 1, 2, 3)]), CLOSED
)


@settings(EXACT, max_examples=100)
@given(data=st.data(), site=MOST_SEALED, dimensions=BY_PLACES, filters=PLACED, since=st.booleans())
def test_sections_agree_whatever_sealing_noted(
    store: MemoryStore, data: st.DataObject, site: Any, dimensions: list[str], filters: list[Any], since: bool
) -> None:
    """Whatever is asked of a section or by section, by what sealing noted of visits or, where sections were named ``since``,
    without."""
    known = METRICS if "visit:entry_page" not in dimensions else [name for name in METRICS if name not in ("pageviews", "events")]
    metrics = data.draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
    before = (SectionRule(name="Shop", pattern="/blog/**"),)
    Held(store, site, dimensions, filters, sealed_by=before if since else RULES).agree(metrics, dimensions, filters)


@EXACT
@given(site=SITE, dimension=EVENT_ONLY, filters=FILTERS)
def test_a_table_of_events_agrees_with_the_reference(store: MemoryStore, site: Any, dimension: str, filters: list[Any]) -> None:
    Held(store, site, [dimension], filters).agree(COUNTS, [dimension], filters)


@EXACT
@given(site=SITE, dimension=JOURNEY, filters=FILTERS)
def test_entries_and_exits_add_up_to_the_visits(store: MemoryStore, site: Any, dimension: str, filters: list[Any]) -> None:
    """Each visit has one entry and one exit: the visits of the rows add up to the headline's. A filter by host is also
    about the host of the entry or exit, so it leaves fewer in the table."""
    metrics = ["visitors", "visits", "bounce_rate", "visit_duration", "views_per_visit"]
    held = Held(store, site, [dimension], filters)
    table, headline = held.agree(metrics, [dimension], filters), held.agree(["visits"], [], filters)[()][0]
    visits = sum(values[1] for values in table.values())
    assert visits <= headline if any(part[1] == "event:hostname" for part in filters) else visits == headline


@EXACT
@given(site=SITE, time=TIMES, dimension=PLAIN, second=PLAIN, filters=FILTERS)
def test_several_dimensions_agree_with_the_reference(store: MemoryStore, site: Any, time: str, dimension: str, second: str, filters: list[Any]) -> None:
    dimensions = list(dict.fromkeys([dimension, time, second]))
    Held(store, site, dimensions, filters).agree(METRICS, dimensions, filters)


@EXACT
@given(site=SITE, filters=FILTERS, more=FILTER)
def test_a_filter_never_raises_a_count(store: MemoryStore, site: Any, filters: list[Any], more: Any) -> None:
    """T16: more page views with a filter than without was a peer's bug for a year."""
    held = Held(store, site, [], [*filters, more])
    without, within = (held.agree(COUNTS, [], each)[()] for each in (filters, [*filters, more]))
    assert all(fewer <= before for fewer, before in zip(within, without, strict=True))


@EXACT
@given(site=SITE, time=TIMES, dimension=st.one_of(PLAIN, EVENT_ONLY), by_goal=st.booleans(), filters=FLAT, goal=GOAL)
def test_conversions_agree_and_no_rate_is_above_100(
    store: MemoryStore, site: Any, time: str, dimension: str, by_goal: bool, filters: list[Any], goal: Any
) -> None:
    """T16: alone, by goal, over time and by anything; no rate is above 100, whatever is divided by what."""
    filters = filters if by_goal else [*filters, list(goal)]
    held = Held(store, site, [time, dimension], filters)
    for dimensions in ([], [dimension], [time], [time, dimension]):
        by = list(dict.fromkeys([*dimensions, "event:goal"])) if by_goal else dimensions
        table = held.agree(CONVERSIONS, by, filters)
        rates = [rate for values in table.values() for rate in values[4:] if rate is not None]
        assert all(0 <= rate <= 100 for rate in rates)


@EXACT
@given(site=SITE, time=TIMES, dimension=st.one_of(PLAIN, EVENT_ONLY), filters=st.lists(FILTER, max_size=2))
def test_revenue_agrees_and_the_chart_adds_up(store: MemoryStore, site: Any, time: str, dimension: str, filters: list[Any]) -> None:
    """Of goals of one currency together, and by goal in the goal's own; the sum of the chart is the headline."""
    euros = [*filters, ["is", "event:goal", ["Signup", "Video"]]]
    held = Held(store, site, [time, dimension], euros)
    chart, total = held.agree(REVENUE, [time], euros), held.agree(REVENUE, [], euros)[()][0]
    assert round(sum(values[0] for values in chart.values()), 3) == total
    held.agree(REVENUE, list(dict.fromkeys([dimension, "event:goal"])), filters)


@EXACT
@given(site=SITE, time=TIMES, dimension=PLAIN, filters=FILTERS)
def test_scroll_depth_and_reading_time_agree_with_the_reference(store: MemoryStore, site: Any, time: str, dimension: str, filters: list[Any]) -> None:
    """How far a page was scrolled, and for how long it was read, by page and over time."""
    reading = ["scroll_depth", "time_on_page"]
    held = Held(store, site, [time, dimension, "event:page"], filters)
    for dimensions in (["event:page"], ["event:page", time], list(dict.fromkeys([dimension, "event:page"]))):
        table = held.agree(reading, dimensions, filters)
        assert all(values[0] is None or 0 <= values[0] <= 100 for values in table.values())
    held.agree(reading, [time], [*filters, ["contains", "event:page", ["/b", "/shop"]]])


@EXACT
@given(site=SITE, dimension=PLAIN, filters=FILTERS, page=st.sampled_from(PATHS))
def test_reading_time_agrees_with_the_reference(store: MemoryStore, site: Any, dimension: str, filters: list[Any], page: str) -> None:
    """Alone it is answered from what sealing noted, where most reading time lies on the row of its page view."""
    held = Held(store, site, [dimension, "event:page", "event:section", "event:hostname", "event:name"], filters)
    for by in ("event:page", "event:section", "event:section:2", "event:hostname"):
        held.agree(["time_on_page"], [by], filters)
        held.agree(["time_on_page"], list(dict.fromkeys([dimension, by])), filters)
    for about in (["is", "event:page", [page]], ["is", "event:section", ["/blog"]], ["is", "event:name", ["pageview"]]):
        held.agree(["time_on_page"], [dimension], [*filters, about])


@EXACT
@given(site=SITE, filters=st.lists(combined(st.one_of(OF_VISITS.map(list), DONE)), max_size=2))
def test_every_visit_with_a_page_has_one_exit(store: MemoryStore, site: Any, filters: list[Any]) -> None:
    """Every exit is a page view, so no rate is above 100; every visit that saw a page has one."""
    table = Held(store, site, ["visit:exit_page"], filters).agree(["exit_rate", "visits"], ["visit:exit_page"], filters)
    assert all(0 < values[0] <= 100 for (page,), values in table.items() if page != "(none)")
