"""What a question may be, and what is said of one that cannot be answered: the place, and what is wrong there."""

import time
from typing import Any

import pytest

from analytics.errors import QueryError
from analytics.query.dimensions import DIMENSIONS, PROPERTIES, Kind, find
from analytics.query.metrics import METRICS
from analytics.query.query import parse
from analytics.site import Goal
from tests.query.rows import Asked, MemoryStore, row

HOME = Goal(id=1, name="Home", kind="page", page_path="/", currency="EUR")
PLAIN: dict[str, Any] = {"metrics": ["visitors"], "date_range": "7d"}


def refusal(**changes: Any) -> str:
    with pytest.raises(QueryError) as refused:
        parse({**PLAIN, **changes})
    return str(refused.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"metrics": ["visitors", "baa"]}, '#/metrics/1: Invalid metric "baa"'),
        ({"metrics": []}, "#/metrics: Expected at least one metric"),
        ({"metrics": "visitors"}, "#/metrics: Expected a list of metrics"),
        ({"metrics": ["visitors", "visitors"]}, '#/metrics/1: "visitors" is asked for twice'),
        ({"metrics": [None]}, "#/metrics/0: Invalid metric null"),
        ({"metrics": [10**5000]}, "#/metrics/0: Invalid metric a number"),
        ({"metrics": [["visitors"]]}, "#/metrics/0: Invalid metric a list"),
        ({"metrics": ["visitors", "conversion_rate"]}, '#/metrics/1: "conversion_rate" needs goals: add "event:goal" as a dimension or filter, or filter by "event:name"'),
        ({"metrics": ["group_conversion_rate"]}, '#/metrics/0: "group_conversion_rate" needs goals'),
        ({"metrics": ["conversion_rate"], "dimensions": ["event:goal"], "filters": [["not", ["is", "event:props:plan", ["a"]]]]},
         '#/filters/0/1/1: "event:props:plan" can be used in filters at the top level only, together with "conversion_rate"'),
        ({"metrics": ["scroll_depth"]}, '#/metrics/0: "scroll_depth" needs pages: add "event:page" as a dimension or filter'),
        ({"metrics": ["scroll_depth"], "dimensions": ["event:page", "visit:entry_page"]},
         '#/metrics/0: "scroll_depth" cannot be grouped by "visit:entry_page": it counts events'),
        ({"metrics": ["exit_rate"]}, '#/metrics/0: "exit_rate" needs "visit:exit_page", and no other dimension'),
        ({"metrics": ["exit_rate"], "dimensions": ["visit:exit_page", "visit:source"]}, '#/metrics/0: "exit_rate" needs'),
        ({"metrics": ["exit_rate"], "dimensions": ["visit:exit_page"], "filters": [["or", [["is", "event:page", ["/"]]]]]},
         '#/filters/0/1/0/1: "exit_rate" is about whole visits: it cannot be filtered by "event:page"'),
        ({"dimensions": ["visit:sauce"]}, '#/dimensions/0: Invalid dimension "visit:sauce"'),
        ({"dimensions": ["event:props:\ud800"]}, '#/dimensions/0: Invalid dimension "event:props:'),
        ({"filters": [["is", "event:props:\ud800", ["x"]]]}, '#/filters/0/1: Invalid dimension "event:props:'),
        ({"filters": [["is", "segment", [10**5000]]]}, "#/filters/0/2/0: Expected the id of a segment: a whole number"),
        ({"dimensions": [{}]}, "#/dimensions/0: Invalid dimension an object"),
        ({"dimensions": ["event:props:"]}, '#/dimensions/0: Invalid dimension "event:props:"'),
        ({"dimensions": ["event:section:0"]}, '#/dimensions/0: Invalid dimension "event:section:0"'),
        ({"dimensions": ["event:page", "event:page"]}, '#/dimensions/1: "event:page" is asked for twice'),
        ({"dimensions": ["time:day", "event:page", "time:hour"]}, "#/dimensions/2: Only one time dimension can be asked for"),
        ({"dimensions": ["event:props:" + c for c in "abcdefg"]}, "#/dimensions: 7 dimensions are too many: at most 6"),
        ({"colour": 1}, "#/colour: Unknown key; known are site_id, metrics, date_range"),
        ({"a/b~c": 1}, "#/a~1b~0c: Unknown key"),
        ({"date_range": 7}, '#/date_range: Expected a period such as "28d"'),
        ({"date_range": ["2026-01-01"]}, '#/date_range: Expected a period such as "28d"'),
        ({"order_by": [["visits", "desc"]]}, '#/order_by/0: "visits" is not among the metrics and dimensions asked for'),
        ({"order_by": [["visitors", "down"]]}, '#/order_by/0: Expected [metric or dimension, "asc" or "desc"]'),
        ({"order_by": [["visitors", "asc"]] * 2}, '#/order_by/1: "visitors" is asked for twice'),
        ({"pagination": {"limit": 10001}}, "#/pagination/limit: Expected a whole number from 1 to 10000"),
        ({"pagination": {"limit": True}}, "#/pagination/limit: Expected a whole number from 1 to 10000"),
        ({"pagination": {"offset": -1}}, "#/pagination/offset: Expected a whole number, 0 or more"),
        ({"pagination": {"page": 1}}, "#/pagination/page: Unknown key; known are limit, offset"),
        ({"include": {"time_labels": 1}}, "#/include/time_labels: Expected true or false"),
        ({"include": {"comparison": "last_year"}}, '#/include/comparison: Expected "previous_period"'),
        ({"include": ["time_labels"]}, "#/include: Expected an object with imports, time_labels"),
        ({"filters": "all"}, "#/filters: Expected a list of filters"),
        ({"filters": [["is", "event:page"]]}, "#/filters/0: Expected [operator, dimension, [values]]"),
        ({"filters": [[]]}, "#/filters/0: Invalid filter"),
        ({"filters": [["like", "event:page", ["/"]]]}, '#/filters/0/0: Unknown operator "like"'),
        ({"filters": [["is", "event:pag", ["/"]]]}, '#/filters/0/1: Invalid dimension "event:pag"'),
        ({"filters": [["is", "time:day", ["2026-01-01"]]]}, '#/filters/0/1: "time:day" cannot be filtered by; use date_range'),
        ({"include": {"time_labels": True}}, "#/include/time_labels: Needs a dimension of time"),
        ({"include": {"match_day_of_week": True}}, "#/include/match_day_of_week: Needs a comparison"),
        ({"filters": [["is_not", "event:goal", ["Signup"]]]}, '#/filters/0/0: "event:goal" takes "is" and "contains" only'),
        ({"filters": [["matches", "event:goal", ["Signup"]]]}, '#/filters/0/0: "event:goal" takes "is" and "contains" only'),
        ({"filters": [["not", ["is", "event:goal", ["Signup"]]]]}, '#/filters/0/1/1: "event:goal" can be used in filters at the top'),
        ({"filters": [["is_not", "segment", [1]]]}, '#/filters/0: Expected ["is", "segment", [id]]'),
        ({"filters": [["is", "segment", []]]}, "#/filters/0/2: Expected a list of 1 to 100 segments"),
        ({"filters": [["is", "segment", [1, "2"]]]}, "#/filters/0/2/1: Expected the id of a segment: a whole number"),
        ({"filters": [["has_done"]]}, '#/filters/0: Expected ["has_done", filter]'),
        ({"filters": [["has_done", ["is", "visit:source", ["x"]]]]}, '#/filters/0/1/1: "visit:source" is an attribute of the whole visit'),
        ({"filters": [["has_not_done", ["not", ["has_done", ["is", "event:name", ["x"]]]]]]},
         '#/filters/0/1/1: "has_done" cannot stand within "has_done" or "has_not_done"'),
        ({"filters": [["is", "event:page", []]]}, "#/filters/0/2: Expected a list of at least one value"),
        ({"filters": [["is", "event:page", ["/", 1]]]}, "#/filters/0/2/1: Expected a text"),
        ({"filters": [["is", "event:page", ["\ud800"]]]}, "#/filters/0/2/0: Not valid Unicode"),
        ({"filters": [["is", "visit:country", ["Germany"]]]}, '#/filters/0/2/0: Invalid value "Germany": a country is two letters'),
        ({"filters": [["is", "event:page", ["/"], {"case": 1}]]}, "#/filters/0/3: Unknown modifier"),
        ({"filters": [["is", "event:page", ["/"], {"case_sensitive": 1}]]}, "#/filters/0/3/case_sensitive: Expected true"),
        ({"filters": [["or", []]]}, '#/filters/0: Expected ["or", [filter, ...]] with at least one filter'),
        ({"filters": [["not", ["is", "event:hostname", ["a"]]]]}, '#/filters/0/1/1: "event:hostname" can be used in filters at the top'),
        ({"filters": [["and", [["is", "event:page", ["/"]], ["no"]]]]}, '#/filters/0/1/1/0: Unknown operator "no"'),
        ({"metrics": ["visitors", "pageviews"], "dimensions": ["visit:exit_page"]},
         '#/metrics/1: "pageviews" cannot be grouped by "visit:exit_page": it counts events'),
        ({"metrics": ["bounce_rate"], "dimensions": ["event:name"]},
         '#/metrics/0: "bounce_rate" cannot be grouped by "event:name": it is an attribute of the whole visit'),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_answered(changes: dict[str, Any], said: str) -> None:
    assert refusal(**changes).startswith(said)


@pytest.mark.parametrize("key", ["metrics", "date_range"])
def test_what_has_to_be_there(key: str) -> None:
    with pytest.raises(QueryError, match=f"#: Required property {key} was not present"):
        parse({name: value for name, value in PLAIN.items() if name != key})


def nested(depth: int) -> list[Any]:
    found: list[Any] = ["is", "event:page", ["/"]]
    for _ in range(depth):
        found = ["not", found]
    return found


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ([["is", "event:page", ["/"] * 10_001]], "#/filters/0/2: 10001 values are too many: at most 10000"),
        ([["is", "event:page", ["/"] * 6_000]] * 2, "#/filters: 12000 values are too many: at most 10000 in all filters together"),
        ([["is", "event:page", ["/"]]] * 201, "#/filters: More than 200 filters are too many"),
        ([["contains", "event:page", ["/"] * 101]], '#/filters/0/2: 101 values are too many for "contains": at most 100'),
        ([["is", "event:section", ["/"] * 101]], "#/filters/0/2: 101 sections are too many: at most 100"),
        ([["matches", "event:page", ["/"] * 51]] * 2, '#/filters: 102 values are too many: at most 100 of "contains", "matches" and'),
        ([["and", [["is", "event:page", ["/"]]] * 201]], "#/filters: More than 200 filters are too many"),
        ([["or", [["not", ["and", [["is", "event:page", ["/"]]] * 100]]] * 100]] * 4, "#/filters: More than 200 filters are too many"),
        ([["has_done", nested(11)]], "#/filters/0/1/1/1/1/1/1/1/1/1/1/1/1: Filters are nested too deeply: at most 12 levels"),
        ([["is", "event:page", ["x" * 2_001]]], "#/filters/0/2/0: Longer than 2000 characters"),
        ([nested(12)], "#/filters/0/1/1/1/1/1/1/1/1/1/1/1/1: Filters are nested too deeply: at most 12 levels"),
        ([nested(5_000)], "#/filters/0/1/1/1/1/1/1/1/1/1/1/1/1: Filters are nested too deeply: at most 12 levels"),
    ],
)
def test_a_question_that_is_too_large_is_refused_at_once(filters: list[Any], said: str) -> None:
    """Before anything is read: a tenth of a second of processor time would be 100 times what it takes."""
    begun = time.process_time()
    assert refusal(filters=filters).startswith(said)
    assert time.process_time() - begun < 0.1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"metrics": ["visitors"] * 1_000_000}, '#/metrics/1: "visitors" is asked for twice'),
        ({"metrics": [10**5000]}, "#/metrics/0: Invalid metric a number"),
        ({"metrics": ["x" * 1_000_000]}, '#/metrics/0: Invalid metric "xxx'),
        ({"pagination": {"limit": 10**400, "offset": 0}}, "#/pagination/limit: Expected a whole number from 1 to 10000"),
        ({"pagination": {"offset": 10**400}}, "#/pagination/offset: Expected a whole number, 0 or more"),
        ({"pagination": {"limit": float("inf")}}, "#/pagination/limit: Expected a whole number from 1 to 10000"),
        ({"date_range": "9" * 1_000_000 + "d"}, '#/date_range: Expected a period such as "28d"'),
        ({"order_by": [["visitors", "asc"]] * 1_000_000}, "#/order_by: 1000000 are more than there are metrics and dimensions"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else "",
)
def test_what_is_far_too_much_is_refused_at_once(changes: dict[str, Any], said: str) -> None:
    begun = time.process_time()
    assert refusal(**changes).startswith(said)
    assert time.process_time() - begun < 0.1


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"date_range": "5000d", "dimensions": ["time:minute"]}, '#/dimensions/0: "time:minute" divides this range into more than'),
        ({"date_range": ["2026-02-01", "2026-01-31"]}, '#/date_range: Invalid date range: "2026-02-01" is after "2026-01-31"'),
        ({"date_range": ["2026-02-01T10:00:00Z", "2026-02-01T10:30:00+01:00"]}, "#/date_range: Invalid date range"),
        ({"date_range": "5001d"}, '#/date_range: Invalid date range "5001d"'),
        ({"date_range": "101mo"}, '#/date_range: Invalid date range "101mo"'),
        ({"date_range": ["2026-W01-1", "2026-W02-1"]}, '#/date_range/0: Invalid date "2026-W01-1"'),
        ({"filters": [["matches", "event:page", ["(a{1000}){1000}"]]]}, '#/filters/0/2/0: Invalid pattern "(a{1000}){1000}"'),
        ({"filters": [["matches", "event:page", [r"\pL{1000}"]]]}, "#/filters/0/2/0: Invalid pattern"),
        ({"filters": [["matches", "event:page", ["a{1000}" * 200 + str(n) for n in range(100)]]]}, "#/filters/0/2/"),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, str) else "",
)
def test_what_cannot_be_done_is_refused_before_a_row_is_read(store: MemoryStore, question: dict[str, Any], said: str) -> None:
    """A pattern of few characters may stand for a program of megabytes: reading patterns has a time limit."""
    begun = time.process_time()
    with pytest.raises(QueryError) as refused:
        Asked(store).answers.answer(Asked(store).site, {**PLAIN, **question})
    assert str(refused.value).startswith(said)
    assert time.process_time() - begun < 1
    assert store.asked == []


def test_ten_thousand_values_are_answered(store: MemoryStore) -> None:
    store.hold([row("2026-11-18 10:00", path="/9999"), row("2026-11-18 10:00", path="/x", visitor=2)])
    many = [["is", "event:page", [f"/{number}" for number in range(10_000)]]]
    assert Asked(store).total(["visitors"], filters=many) == [1]
    assert Asked(store).total(["visitors"], filters=[["is_not", *many[0][1:]]]) == [1]


@pytest.mark.parametrize(
    ("operator", "patterns", "modifiers", "visitors"),
    [
        ("matches", ["^/blog/.*"], [], 1),
        ("matches", ["^/BLOG", "about$"], [], 1),
        ("matches", ["^/BLOG", "about$"], [{"case_sensitive": False}], 2),
        ("matches_not", ["^/blog"], [], 1),
    ],
)
def test_patterns_select_the_pages_that_they_match(store: MemoryStore, operator: str, patterns: list[str], modifiers: list[Any], visitors: int) -> None:
    store.hold([row("2026-11-18 10:00", path="/blog/x"), row("2026-11-18 10:00", path="/about", visitor=2)])
    assert Asked(store).total(["visitors"], filters=[[operator, "event:page", patterns, *modifiers]]) == [visitors]


def test_a_pattern_that_the_engine_cannot_read(store: MemoryStore) -> None:
    """RE2 has no look-ahead; the answer names the pattern's place."""
    with pytest.raises(QueryError, match=r'#/filters/0/1/0/2/1: Invalid pattern "\(\?=a\)": .*perl operator'):
        Asked(store).total(["visitors"], filters=[["or", [["matches", "event:page", ["a", "(?=a)"]]]]])


def test_every_dimension_can_be_asked_for_and_filtered_by(store: MemoryStore) -> None:
    """A row of the registry is all that a dimension needs."""
    store.hold([row("2026-11-18 10:00", props={"plan": "free"})])
    asked = Asked(store, goals=[HOME])
    for entry in DIMENSIONS.values():
        name = entry.name.replace("*", "2")
        metrics = ["visitors", "visits"]
        rows = asked.table(metrics, dimensions=[name])
        assert list(rows.values()) == [[1, 1]], name
        if entry.kind is not Kind.TIME and name != PROPERTIES:
            (value,) = next(iter(rows))
            assert asked.total(metrics, filters=[["is", name, [value]]]) == [1, 1], name


def test_every_metric_can_be_asked_for(store: MemoryStore) -> None:
    """With the others or alone, over all, by page or over time: an answer, and never a broken statement."""
    store.hold([row("2026-11-18 10:00")])
    asked = Asked(store, goals=[HOME])
    needed = {"filters": [["is", "event:goal", ["Home"]], ["is", "event:page", ["/"]]]}
    everywhere = [name for name in METRICS if name != "exit_rate"]
    together = asked.total(everywhere, **needed)
    for number, name in enumerate(everywhere):
        assert asked.total([name], **needed) == [together[number]]
        assert asked.table([name], dimensions=["event:page"], **needed) == {("/",): [together[number]]}
        assert asked.table([name], dimensions=["time"], **needed) == {("2026-11-18 10:00:00",): [together[number]]}
    assert asked.table(["exit_rate"], dimensions=["visit:exit_page"]) == {("/",): [100.0]}


def test_the_registries_say_what_people_need_to_know() -> None:
    assert [entry.name for entry in (*DIMENSIONS.values(), *METRICS.values()) if not entry.label or len(entry.definition) < 20] == []
    assert [entry.name for entry in METRICS.values() if entry.unit not in ("count", "percent", "seconds", "ratio", "money")] == []


@pytest.mark.parametrize("name", ["event:props:a:b", "event:props:*", "event:section:20", "event:props:ünï 'x"])
def test_a_dimension_with_an_argument(name: str) -> None:
    found = find(name)
    assert found
    assert found.argument == name.split(":", 2)[2]


@pytest.mark.parametrize("name", ["", ":", "event", "event:", "event:section:21", "event:section:x", "event:page:x", "event:props:*x" * 40])
def test_what_is_no_dimension(name: str) -> None:
    assert find(name) is None


def test_nothing_that_is_sent_becomes_sql(store: MemoryStore) -> None:
    """Values travel as parameters, names come from the registries (R-11)."""
    store.hold([row("2026-11-18 10:00")])
    evil = "x'); DROP TABLE events; --"
    asked = Asked(store)
    asked.ask(["visitors"], dimensions=[f"event:props:{evil}"], filters=[["contains", f"event:props:{evil}", [evil]]])
    assert store.asked
    assert all(evil not in sql for sql, _ in store.asked)
    assert asked.total(["visitors"]) == [1]
