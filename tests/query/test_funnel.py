"""Funnels: how many visits took one step after the other, and where the others stopped (D48)."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import QueryError
from analytics.query.cover import runs
from analytics.query.funnel import FunnelResult
from analytics.site import SectionRule
from tests.query.reference import Made, Reference
from tests.query.rows import Asked, MemoryStore, visit
from tests.query.test_exactness import CONDITIONS, EXACT, FILTERS, GOALS, PATHS, RULES, SITE, coarse, visits

CART, ORDER = ["is", "event:page", ["/cart"]], ["is", "event:name", ["Order"]]
SHOP = ["is", "event:section", ["/shop"]]


def on(*acts: str, day: str = "2026-11-18", hour: int = 10) -> list[tuple[str, dict[str, Any]]]:
    """A minute each: ``/cart`` is a view of it, ``/cart Order`` an event on it, ``/cart engagement`` time read there."""
    parts = [act.partition(" ") for act in acts]
    return [
        (f"{day} {hour}:{minute:02}", {"path": path, "name": name or "pageview"}) for minute, (path, _, name) in enumerate(parts)
    ]


def ask(store: MemoryStore, steps: list[Any], date_range: Any = "day", *, zone: str = "UTC", rules: Any = (), **more: Any) -> FunnelResult:
    site = Asked(store, zone, rules=rules, goals=GOALS)
    return site.answers.funnel(site.site, {"date_range": date_range, "steps": steps, **more})


def reached(store: MemoryStore, steps: list[Any], date_range: Any = "day", **more: Any) -> list[int]:
    """Visits of each step."""
    return [step.visits for step in ask(store, steps, date_range, **more).results]


# --- what a funnel says ----------------------------------------------------------------------------------


def test_each_step_has_its_visits_visitors_shares_and_drop_off(store: MemoryStore) -> None:
    store.hold([
        *visit(1, *on("/shop/a", "/cart", "/cart Order"), visitor=7),
        *visit(2, *on("/shop/a", "/cart", hour=12), visitor=7),
        *visit(3, *on("/shop/b")),
        *visit(4, *on("/cart", "/cart Order")),
    ])  # fmt: skip
    answer = ask(store, [SHOP, CART, ORDER])
    assert [(one.step, one.visitors, one.visits, one.share, one.share_of_previous, one.drop_off) for one in answer.results] == [
        (1, 2, 3, 100.0, 100.0, 0),
        (2, 1, 2, 66.7, 66.7, 1),
        (3, 1, 1, 33.3, 50.0, 1),
    ]
    assert answer.query == {
        "site_id": "shop.example",
        "steps": [SHOP, CART, ORDER],
        "order": "loose",
        "date_range": ["2026-11-18T00:00:00+00:00", "2026-11-18T23:59:59+00:00"],
        "filters": [],
    }


def test_without_a_visit_there_are_no_shares(store: MemoryStore) -> None:
    answer = ask(store, [CART, ORDER])
    assert [(one.visits, one.share, one.share_of_previous, one.drop_off) for one in answer.results] == [(0, None, None, 0)] * 2


def test_a_step_is_a_page_view_unless_it_names_an_event(store: MemoryStore) -> None:
    """One view of the cart, however often something happened on it, is not the cart twice; time read there is nothing."""
    store.hold(visit(1, *on("/cart", "/cart engagement", "/cart Order", "/cart engagement")))
    assert reached(store, [CART, CART]) == [1, 0]
    assert reached(store, [CART, ORDER]) == [1, 1]
    assert reached(store, [ORDER, ["is_not", "event:name", ["pageview"]]]) == [1, 0]
    either = ["or", [CART, ORDER]]
    assert reached(store, [either, either, either]) == [1, 1, 0]


def test_one_event_is_one_step(store: MemoryStore) -> None:
    store.hold(visit(1, *on("/shop/cart")))
    assert reached(store, [SHOP, ["contains", "event:page", ["cart"]]]) == [1, 0]


def test_an_event_with_its_properties(store: MemoryStore) -> None:
    events = on("/cart", "/cart Order")
    events[1][1]["props"] = {"plan": "pro"}
    store.hold([*visit(1, *events), *visit(2, *on("/cart", "/cart Order"))])
    pro = ["and", [ORDER, ["is", "event:props:plan", ["pro"]]]]
    assert reached(store, [CART, pro]) == [2, 1]


def test_named_sections_and_patterns(store: MemoryStore) -> None:
    store.hold([*visit(1, *on("/a/1", "/a/2", "/b")), *visit(2, *on("/b", "/a/1"))])
    rules = [SectionRule(name="Guide", pattern="/a/**")]
    assert reached(store, [["is", "event:section", ["Guide"]], ["matches", "event:page", ["^/b$"]]], rules=rules) == [2, 1]


# --- loose and strict ------------------------------------------------------------------------------------

A, B, C = (["is", "event:page", [page]] for page in ("/a", "/b", "/c"))


@pytest.mark.parametrize(
    ("acts", "loose", "strict"),
    [
        pytest.param(["/a", "/b"], 2, 2, id="one after the other"),
        pytest.param(["/b", "/a"], 1, 1, id="not the other way round"),
        pytest.param(["/a", "/c", "/b"], 2, 1, id="another page between"),
        pytest.param(["/a", "/a", "/b"], 2, 2, id="the page itself again"),
        pytest.param(["/a", "/a Play", "/a engagement", "/b"], 2, 2, id="something on the page itself"),
        pytest.param(["/a", "/c Play", "/b"], 2, 1, id="something on another page, as in another tab"),
        pytest.param(["/a", "/c engagement", "/b"], 2, 2, id="time read is no act"),
        pytest.param(["/a", "/c", "/a", "/b"], 2, 2, id="any place counts, not the first alone"),
        pytest.param(["/a", "/b Play", "/b"], 2, 1, id="something on the next page before it is viewed"),
    ],
)
def test_what_may_lie_between_two_steps(store: MemoryStore, acts: list[str], loose: int, strict: int) -> None:
    store.hold(visit(1, *on(*acts)))
    assert sum(reached(store, [A, B])) == loose
    assert sum(reached(store, [A, B], order="strict")) == strict


def test_a_strict_way_may_be_any_of_several(store: MemoryStore) -> None:
    """The way that is begun first may lead nowhere, and another one to the end."""
    store.hold(visit(1, *on("/a", "/b", "/a", "/b", "/c")))
    assert reached(store, [A, B, C], order="strict") == [1, 1, 1]


# --- visits ----------------------------------------------------------------------------------------------


def test_a_visit_over_midnight_is_one_visit(store: MemoryStore) -> None:
    """T15: its visitor has a number on each day; the one of the first step counts, so no step has more than the first."""
    store.hold(visit(1, ("2026-11-17 23:58", {"path": "/a"}), ("2026-11-18 00:01", {"path": "/b"})))
    (first, second) = ask(store, [A, B], ["2026-11-17", "2026-11-18"]).results
    assert (first.visits, first.visitors, second.visits, second.visitors) == (1, 1, 1, 1)
    assert reached(store, [A, B], ["2026-11-18", "2026-11-18"]) == [0, 0]


def test_filters_choose_visits_and_not_steps(store: MemoryStore) -> None:
    """The visits that saw a page went their whole way, on other pages too."""
    store.hold([*visit(1, *on("/a", "/x", "/b"), source="Google"), *visit(2, *on("/a", "/b"), source="Google"), *visit(3, *on("/a"))])
    saw = ["is", "event:page", ["/x"]]
    google = ["is", "visit:source", ["Google"]]
    assert reached(store, [A, B], filters=[saw]) == [1, 1]
    assert reached(store, [A, B], filters=[google]) == [2, 2]
    assert reached(store, [A, B], filters=[google, saw]) == [1, 1]
    assert reached(store, [A, B], filters=[["is", "visit:exit_page", ["/a"]]]) == [1, 0]
    assert reached(store, [A, B], filters=[["is", "event:name", ["Order"]]]) == [0, 0]


def test_a_filter_on_a_person_does_not_tell_apart_what_few_have_in_common(store: MemoryStore) -> None:
    """The one from Bern is not followed through the site: such a filter finds nobody, and the answer says why."""
    cities = ["Bern", *["Basel"] * 3, *["Chur"] * 2, *["Zurich"] * 5, *["Geneva"] * 5]
    store.hold([row for number, city in enumerate(cities) for row in visit(number, *on("/a", "/b"), city=city)])
    asked = Asked(store, small_cells=5)
    of_city = {
        city: asked.answers.funnel(asked.site, {"date_range": "day", "steps": [A, B], "filters": [["is", "visit:city", [city]]]})
        for city in ("Zurich", "Bern")
    }
    assert [(step.visits, step.visitors) for step in of_city["Zurich"].results] == [(5, 5), (5, 5)]
    assert of_city["Zurich"].meta == {}
    assert [step.visits for step in of_city["Bern"].results] == [0, 0]
    assert of_city["Bern"].meta == {"small_cells": {"fewer_than": 5, "dimensions": ["visit:city"]}}


def test_days_are_days_of_the_site(store: MemoryStore) -> None:
    store.hold(visit(1, *on("/a", "/b", day="2026-11-17", hour=23)))  # 00:00 of the 18th in Berlin
    assert reached(store, [A, B], zone="Europe/Berlin") == [1, 1]
    assert reached(store, [A, B]) == [0, 0]


def test_compared_with_the_time_before(store: MemoryStore) -> None:
    store.hold([
        *visit(1, *on("/a", "/b")),
        *visit(2, *on("/a", day="2026-11-17")),
        *visit(3, *on("/a", "/b", day="2026-11-17")),
        *visit(4, *on("/a", "/b", day="2026-11-17", hour=13)),  # later than now
    ])  # fmt: skip
    answer = ask(store, [A, B], include={"comparison": "previous_period"})
    assert answer.query["comparison_date_range"] == ["2026-11-17T00:00:00+00:00", "2026-11-17T11:59:59+00:00"]
    second = answer.results[1].comparison
    assert second
    assert (second.visits, second.share, second.drop_off) == (1, 50.0, 1)
    assert second.change == {"visitors": 0, "visits": 0, "share": 50.0, "share_of_previous": 50.0, "drop_off": -100}


def test_no_answer_is_older_than_the_events_that_wait(store: MemoryStore) -> None:
    asked = Asked(store)
    asked.answers.funnel(asked.site, {"date_range": "day", "steps": [A, B]})
    assert asked.fresh == [asked.site]


def test_a_step_may_be_a_goal(store: MemoryStore) -> None:
    """Of any kind: the goal says itself which events reach it."""
    store.hold([
        *visit(1, *on("/blog/x", "/about", "/about Signup")),
        *visit(2, *on("/blog/x", "/about")),
        *visit(3, *on("/about Signup", "/blog/x")),
    ])  # fmt: skip
    goals = [["is", "event:goal", [name]] for name in ("Visit the blog", "Signup")]
    assert reached(store, goals) == [3, 1]
    assert reached(store, [goals[0], ["is", "event:page", ["/about"]], goals[1]]) == [3, 2, 1]


def test_a_page_read_to_its_end_is_an_act_where_a_step_asks_for_it(store: MemoryStore) -> None:
    """How far it was read is known when it is left; that is no act on another page, unless it is what a step means."""
    acts = on("/about", "/a", "/about engagement", "/b")
    acts[2][1]["scroll"] = 80
    store.hold(visit(1, *acts))
    read = ["is", "event:goal", ["Read about us"]]
    assert reached(store, [A, B], order="strict") == [1, 1]
    assert reached(store, [read, B], order="strict") == [1, 1]
    assert reached(store, [A, B, read], order="strict") == [1, 0, 0]


def test_segments_choose_visits(store: MemoryStore) -> None:
    """And the echo says what they mean."""
    store.hold([*visit(1, *on("/a", "/b"), source="Google"), *visit(2, *on("/a", "/b"), source="Bing")])
    asked = Asked(store, segments={4: [["is", "visit:source", ["Bing"]], ["has_done", B]]})
    answer = asked.answers.funnel(asked.site, {"date_range": "day", "steps": [A, B], "filters": [["is", "segment", [4]]]})
    assert [step.visits for step in answer.results] == [1, 1]
    assert answer.query["filters"] == [["is", "visit:source", ["Bing"]], ["has_done", B]]


# --- what cannot be asked --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"steps": [A]}, "#/steps: Expected a list of 2 to 8 filters, a step each"),
        ({"steps": [A] * 9}, "#/steps: Expected a list of 2 to 8"),
        ({"steps": "/a"}, "#/steps: Expected a list"),
        ({"steps": [A, ["is", "event:pag", ["/"]]]}, '#/steps/1/1: Invalid dimension "event:pag"'),
        ({"steps": [A, ["is", "visit:source", ["x"]]]}, '#/steps/1/1: "visit:source" cannot be used here: a step is one event'),
        ({"steps": [A, ["matches", "event:page", ["("]]]}, '#/steps/1/2/0: Invalid pattern "("'),
        ({"steps": [A, ["has_done", A]]}, "#/steps/1: This cannot be used here: a step is one event"),
        ({"steps": [A, ["is", "segment", [1]]]}, "#/steps/1: This cannot be used here: a step is one event"),
        ({"steps": [A, ["is", "event:goal", ["x"]]]}, '#/steps/1/2/0: There is no goal "x" on this site'),
        ({"filters": [["is", "segment", [1]]]}, "#/filters/0/2/0: There is no segment 1 on this site"),
        ({"order": "any"}, "#/order: Expected loose or strict"),
        ({"metrics": ["visits"]}, "#/metrics: Unknown key; known are site_id, steps, order, date_range, filters, include"),
        ({"include": {"time_labels": True}}, "#/include/time_labels: Unknown key; known are comparison"),
        ({"include": 3}, "#/include: Expected an object"),
        ({"date_range": "never"}, '#/date_range: Invalid date range "never"'),
        ({"filters": [["is"]]}, "#/filters/0: Expected [operator"),
    ],
)
def test_what_cannot_be_asked(store: MemoryStore, changed: dict[str, Any], said: str) -> None:
    asked = Asked(store)
    with pytest.raises(QueryError) as error:
        asked.answers.funnel(asked.site, {"date_range": "day", "steps": [A, B], **changed})
    assert str(error.value).startswith(said)


@pytest.mark.parametrize("key", ["steps", "date_range"])
def test_what_has_to_be_asked(store: MemoryStore, key: str) -> None:
    asked = Asked(store)
    question = {"date_range": "day", "steps": [A, B]}
    del question[key]
    with pytest.raises(QueryError, match=f"#: Required property {key} was not present"):
        asked.answers.funnel(asked.site, question)


# --- the slow reading ------------------------------------------------------------------------------------


class SlowFunnel:
    """Tries every way through every visit, event by event, as the definition says it."""

    def __init__(self, reference: Reference, steps: list[Any], strict: bool) -> None:
        self.reference = reference
        self.steps = steps
        self.strict = strict

    def answer(self, filters: list[Any]) -> list[tuple[int, int]]:
        """Visits and visitors of each step."""
        chosen = [visit for visit in self.reference.visits.values() if self.is_chosen(visit, filters)]
        ways = [(self.furthest(visit), self.visitor(visit)) for visit in chosen]
        return [
            (sum(far >= step for far, _ in ways), len({visitor for far, visitor in ways if far >= step}))
            for step in range(1, len(self.steps) + 1)
        ]

    def is_chosen(self, visit: list[Made], filters: list[Any]) -> bool:
        return any(all(self.reference.holds(part, row) for part in filters) for row in visit)

    def furthest(self, visit: list[Made]) -> int:
        """How many steps the longest way has."""
        acts = [row for row in visit if row["name"] != "engagement" or any(self.is_step(row, step) for step in self.steps)]
        places: set[int] = set()
        for number, step in enumerate(self.steps):
            there = {place for place, row in enumerate(acts) if self.is_step(row, step)}
            places = {place for place in there if number == 0 or self.follows(acts, places, place)}
            if not places:
                return number
        return len(self.steps)

    def follows(self, acts: list[Made], places: set[int], there: int) -> bool:
        before = [place for place in places if place < there]
        if not self.strict:
            return bool(before)
        return any(all(between["path"] == acts[place]["path"] for between in acts[place:there]) for place in before)

    def is_step(self, row: Made, step: Any) -> bool:
        if "event:goal" in step:
            return self.reference.holds(step, row) is True
        named = "event:name" in str(step)
        return row["name"] != "engagement" and (named or row["name"] == "pageview") and self.reference.holds(step, row) is True

    def visitor(self, visit: list[Made]) -> int | None:
        return next((row["visitor"] for row in visit if self.is_step(row, self.steps[0])), None)


PAGE = st.lists(st.sampled_from(PATHS), min_size=1, max_size=2).map(lambda paths: ["is", "event:page", paths])
EVENT_STEP = st.sampled_from([
    ["is", "event:name", ["Signup"]],
    ["is_not", "event:name", ["Signup"]],
    ["is", "event:section", ["/shop"]],
    ["is_not", "event:page", ["/"]],
    ["contains", "event:page", ["blog"]],
    ["is", "event:hostname", ["shop.example"]],
    ["and", [["is", "event:name", ["Signup", "pageview"]], ["is", "event:props:plan", ["free"]]]],
    ["or", [["is", "event:section", ["Shop"]], ["is", "event:name", ["Video"]]]],
    ["not", ["is", "event:name", ["pageview"]]],
    ["is", "event:goal", ["Visit the blog", "Pro signup"]],
    ["is", "event:goal", ["Read about us"]],
])  # fmt: skip
STEPS = st.lists(st.one_of(PAGE, EVENT_STEP, EVENT_STEP), min_size=2, max_size=4)


def held(store: MemoryStore, site: Any) -> list[Made]:
    """Puts a site's rows into the store, some of its days sealed; returns them as they are kept."""
    (zone, first), made, sealed, _ = site
    rows, days = visits(made, zone, first), [first + timedelta(days=number) for number in sealed]
    store.hold(rows)
    for first_day, last_day in runs(days):
        store.seal(first_day, last_day, zone, RULES, rolled=[])
    return [coarse(row, days) for row in rows]


@EXACT
@given(site=SITE, steps=STEPS, strict=st.booleans(), filters=FILTERS)
def test_the_engine_and_the_slow_reading_agree(store: MemoryStore, site: Any, steps: list[Any], strict: bool, filters: list[Any]) -> None:
    """T16: for any visits, zones, clock changes, nights, filters and steps, on open days and sealed ones; and no step has
    more than the one before."""
    rows, (zone, first) = held(store, site), site[0]
    last = first + timedelta(days=2)
    days = [date.isoformat(first), date.isoformat(last)]
    answer = ask(store, steps, days, zone=zone, rules=RULES, filters=filters, order="strict" if strict else "loose")
    found = [(step.visits, step.visitors) for step in answer.results]
    assert found == SlowFunnel(Reference(rows, zone, first, last, RULES, GOALS), steps, strict).answer(filters)
    assert all(then <= now for before, after in pairwise(found) for now, then in zip(before, after, strict=True))


@EXACT
@given(site=SITE, steps=STEPS, more=CONDITIONS.map(list))
def test_strict_is_never_more_than_loose_and_a_filter_never_adds(store: MemoryStore, site: Any, steps: list[Any], more: Any) -> None:
    held(store, site)
    zone, first = site[0]
    days = [date.isoformat(first), date.isoformat(first + timedelta(days=3))]
    loose = reached(store, steps, days, zone=zone)
    for narrower in (reached(store, steps, days, zone=zone, order="strict"), reached(store, steps, days, zone=zone, filters=[more])):
        assert all(fewer <= many for fewer, many in zip(narrower, loose, strict=True))
