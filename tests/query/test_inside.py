"""A viewer of some sections: every answer lies inside, and says nothing of what lies outside, whatever they filter by."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.errors import QueryError
from analytics.query.cover import runs
from analytics.query.inside import OUTSIDE
from analytics.query.sections import beneath, section_of
from analytics.site import Goal, SectionRule
from tests.query import test_exactness as exact
from tests.query.rows import Asked, Made, MemoryStore, visit

RULES = (SectionRule(name="Shop", pattern="/shop/**"), SectionRule(name="Shop/Sale", pattern="/sale/**"))
DAY = "2026-11-18"


def asked(store: MemoryStore, *rows: list[Made], rules: Any = RULES, **more: Any) -> Asked:
    store.hold([event for each in rows for event in each])
    return Asked(store, rules=rules, **more)


def answer(site: Asked, within: list[Any], metrics: list[str], **more: Any) -> dict[tuple[Any, ...], list[Any]]:
    with site.answers.sitting(site.site, within=within) as sitting:
        found = sitting.answer({"metrics": metrics, "date_range": "day", **more})
    return {tuple(each["dimensions"]): each["metrics"] for each in found.results}


def only(*sections: str) -> list[Any]:
    return [["is", "event:section", list(sections)]]


def way(number: int, *paths: str, **fields: Any) -> list[Made]:
    return visit(number, *((f"{DAY} 10:{minute:02}", {"path": path}) for minute, path in enumerate(paths)), **fields)


@pytest.mark.parametrize("sealed", [False, True])
def test_a_visit_that_began_or_ended_outside_does_not_say_where(store: MemoryStore, sealed: bool) -> None:
    """Entry and exit pages outside are one value, and so are their hosts; the value can be filtered by, the pages cannot."""
    site = asked(store, way(1, "/secret", "/shop/a", "/plans"), way(2, "/shop/a", "/shop/b"), way(3, "/secret"))
    site.now += 86_400 * sealed
    day = date.fromisoformat(DAY)
    if sealed:
        store.seal(day, day, "UTC", RULES)
    asking = {"date_range": [DAY, DAY]}
    for end, inside in (("entry", "/shop/a"), ("exit", "/shop/b")):
        found = answer(site, only("Shop"), ["visits"], dimensions=[f"visit:{end}_page"], **asking)
        assert found == {(OUTSIDE,): [1], (inside,): [1]}
        hosts = answer(site, only("Shop"), ["visits"], dimensions=[f"visit:{end}_page_hostname"], **asking)
        assert hosts == {(OUTSIDE,): [1], ("shop.example",): [1]}
    for value, visits in (("/secret", 0), (OUTSIDE, 1), ("/shop/a", 1)):
        filters = [["is", "visit:entry_page", [value]]]
        assert answer(site, only("Shop"), ["visits"], filters=filters, **asking) == {(): [visits]}
    not_there = answer(site, only("Shop"), ["visits"], filters=[["contains_not", "visit:exit_page", ["plans"]]], **asking)
    assert not_there == {(): [2]}


def test_has_done_looks_at_nothing_outside(store: MemoryStore) -> None:
    site = asked(store, way(1, "/secret", "/shop/a"), way(2, "/shop/a", "/shop/b"))
    for path, visits in (("/secret", 0), ("/shop/b", 1)):
        for word, left in (("has_done", visits), ("has_not_done", 2 - visits)):
            filters = [[word, ["is", "event:page", [path]]]]
            assert answer(site, only("Shop"), ["visits"], filters=filters) == {(): [left]}, (path, word)


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize(
    ("within", "dimension", "value", "began"),
    [
        (only("Shop"), "event:hostname", "shop.example", {"path": "/secret"}),
        (only("Shop/Sale"), "event:section", "Shop", {"path": "/shop/a"}),
        ([["is", "event:hostname", ["shop.example"]]], "event:page", "/sale/x", {"path": "/sale/x", "hostname": "other.example"}),
    ],
)
def test_averages_by_page_host_or_section_are_of_visits_that_entered_inside(
    store: MemoryStore, within: list[Any], dimension: str, value: str, began: dict[str, Any], sealed: bool
) -> None:
    """One that began outside, on a page with the same host, section or path, is in none of them: else they tell that it did."""
    inside = {"path": "/sale/x"}
    site = asked(
        store, visit(1, (f"{DAY} 10:00", began), (f"{DAY} 10:15", inside)), visit(2, (f"{DAY} 10:00", inside)), rules=RULES,
    )  # fmt: skip
    site.now += 86_400 * sealed
    day = date.fromisoformat(DAY)
    if sealed:
        store.seal(day, day, "UTC", RULES)
    asking = {"dimensions": [dimension], "date_range": [DAY, DAY]}
    found = answer(site, within, ["visits", "visit_duration", "bounce_rate"], **asking)
    assert found == {(value,): [2, 0, 100]}
    assert answer(site, [], ["visit_duration"], **asking)[(value,)] == [450]


def test_a_filter_of_their_own_never_widens(store: MemoryStore) -> None:
    """The viewer's filter stands beside the reader's, so neither an "or" nor a "not" reaches around it."""
    site = asked(store, way(1, "/secret"), way(2, "/shop/a"))
    for own in (
        ["or", [["is", "event:page", ["/secret"]], ["is", "event:page", ["/shop/a"]]]],
        ["not", ["is", "event:section", ["Shop"]]],
        ["is", "event:section", ["/secret"]],
        ["has_not_done", ["is", "event:page", ["/nowhere"]]],
    ):
        found = answer(site, only("Shop"), ["visitors"], dimensions=["event:page"], filters=[own])
        assert found.keys() <= {("/shop/a",)}, own


def test_a_section_is_found_at_any_depth_named_or_not(store: MemoryStore) -> None:
    site = asked(store, way(1, "/sale/x"), way(2, "/shop/a"), way(3, "/blog/2026/may"), way(4, "/blog"), way(5, "/blogger"), way(6, "/"))
    for sections, pages in (
        (("Shop/Sale",), {"/sale/x"}),
        (("Shop",), {"/sale/x", "/shop/a"}),
        (("/blog/2026",), {"/blog/2026/may"}),
        (("/blog",), {"/blog/2026/may", "/blog"}),
        (("/",), {"/"}),
        (("/blog/2026", "Shop/Sale"), {"/blog/2026/may", "/sale/x"}),
        (("/sale",), set()),
    ):
        found = answer(site, only(*sections), ["visitors"], dimensions=["event:page"])
        assert {page for (page,) in found} == pages, sections


def test_a_step_of_a_funnel_is_an_event_inside(store: MemoryStore) -> None:
    site = asked(store, way(1, "/shop/a", "/secret"), way(2, "/shop/a", "/shop/b"))
    steps = [["is", "event:page", ["/shop/a"]], ["is", "event:page", ["/secret", "/shop/b"]]]
    with site.answers.sitting(site.site, within=only("Shop")) as sitting:
        found = sitting.funnel({"date_range": "day", "steps": steps})
    assert [step.visits for step in found.results] == [2, 1]
    assert found.query["steps"] == steps


def test_a_flow_has_one_place_for_all_that_lies_outside(store: MemoryStore) -> None:
    site = asked(store, way(1, "/secret", "/plans", "/shop/a", "/other"), way(2, "/shop/b", "/shop/a"))
    for by, beside in (("event:page", "/shop/b"), ("event:hostname", "shop.example")):
        with site.answers.sitting(site.site, within=only("Shop")) as sitting:
            found = sitting.flow({"date_range": "day", "around": ["is", "event:page", ["/shop/a"]], "by": by})
        names = {node.name for node in found.results.nodes}
        assert names == {OUTSIDE, "(here)", "(entry)", "(exit)", "(other)", beside} - {"(other)"}, by


def test_around_a_page_outside_there_is_no_flow(store: MemoryStore) -> None:
    site = asked(store, way(1, "/secret", "/shop/a"))
    with site.answers.sitting(site.site, within=only("Shop")) as sitting:
        found = sitting.flow({"date_range": "day", "around": ["is", "event:page", ["/secret"]]})
    assert found.results.nodes == []


def test_current_visitors_are_those_inside(store: MemoryStore) -> None:
    now = visit(1, (f"{DAY} 11:58", {"path": "/shop/a"})), visit(2, (f"{DAY} 11:59", {"path": "/secret"}))
    site = asked(store, *now, visit(3, (f"{DAY} 11:54", {"path": "/shop/a"})))
    assert site.answers.current_visitors(site.site) == 2
    assert site.answers.current_visitors(site.site, only("Shop")) == 1


def test_a_segment_may_be_the_limit(store: MemoryStore) -> None:
    site = asked(store, way(1, "/shop/a", "/secret"), way(2, "/secret"), segments={7: only("Shop")})
    found = answer(site, [["is", "segment", [7]]], ["visits"], dimensions=["visit:exit_page"])
    assert found == {(OUTSIDE,): [1]}


def test_a_limit_that_names_no_pages_hides_none(store: MemoryStore) -> None:
    site = asked(store, way(1, "/shop/a", "/secret", country="DE"), way(2, "/secret", country="FR"))
    found = answer(site, [["is", "visit:country", ["DE"]]], ["visits"], dimensions=["visit:exit_page"])
    assert found == {("/secret",): [1]}


def test_a_question_that_is_none_is_still_refused_at_its_place(store: MemoryStore) -> None:
    site = asked(store)
    with pytest.raises(QueryError, match="#/filters"):
        answer(site, only("Shop"), ["visits"], filters="all")


# --- for any data and any filters ------------------------------------------------------------------------

INSIDE = st.sampled_from([("Shop",), ("Shop/Sale",), ("/blog",), ("/blog/2024", "/"), ("/shop",)])
EXACT_RULES = exact.RULES
END = st.sampled_from(["visit:entry_page", "visit:exit_page", "visit:entry_page_hostname", "visit:exit_page_hostname"])
ANYTHING = st.one_of(exact.PLAIN, END, exact.EVENT_ONLY)
RANDOM = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _inside(path: str, sections: tuple[str, ...]) -> bool:
    return any(beneath(section_of(path, EXACT_RULES), each) for each in sections)


def _held(store: MemoryStore, site: Any, rows: list[Made], names: list[str], filters: list[Any]) -> Asked:
    (zone, first), _, sealed, _ = site
    store.hold(rows)
    for stretch in runs(first + timedelta(days=number) for number in sealed):
        store.seal(*stretch, zone, EXACT_RULES, rolled=exact.rolled_for(["event:section", *names], filters))
    return Asked(store, zone, rules=EXACT_RULES, goals=exact.GOALS)


@RANDOM
@given(site=exact.SITE, sections=INSIDE, dimension=ANYTHING, filters=exact.FILTERS)
def test_nothing_that_happens_outside_changes_an_answer(
    store: MemoryStore, site: Any, sections: tuple[str, ...], dimension: str, filters: list[Any]
) -> None:
    """The proof: pages outside may be called anything, on any host and with any properties, and what a viewer is answered
    stays the same to the last number, whatever they ask by and filter by. So no question tells them of a page outside."""
    (zone, first), made, _, _ = site
    rows = exact.visits(made, zone, first)
    other = [row if _inside(row["path"], sections) else {**row, **_elsewhere(row)} for row in rows]
    range_ = [first.isoformat(), (first + timedelta(days=3)).isoformat()]
    metrics = ["visitors", "visits", *(["views_per_visit"] if dimension in exact.PAGES else [])]
    asking: dict[str, Any] = {"dimensions": [dimension], "filters": filters, "date_range": range_}
    answers = [answer(_held(store, site, each, [dimension], filters), only(*sections), metrics, **asking) for each in (rows, other)]
    assert answers[0] == answers[1]


def _elsewhere(row: Made) -> Made:
    """The event on a page of which no filter, goal or section of the tests says anything."""
    return {"path": f"/out/{len(row['path'])}", "hostname": "out.example", "props": {"plan": "Other"}}


@RANDOM
@given(site=exact.SITE, sections=INSIDE, filters=exact.FILTERS)
def test_an_answer_is_never_more_than_what_lies_inside(
    store: MemoryStore, site: Any, sections: tuple[str, ...], filters: list[Any]
) -> None:
    """The headline under any filters is at most the limited headline, and every page named lies inside."""
    (zone, first), made, _, _ = site
    held = _held(store, site, exact.visits(made, zone, first), ["event:page"], filters)
    asking: dict[str, Any] = {"date_range": [first.isoformat(), (first + timedelta(days=3)).isoformat()]}
    (most,) = answer(held, only(*sections), exact.COUNTS, **asking).values()
    (found,) = answer(held, only(*sections), exact.COUNTS, filters=filters, **asking).values()
    assert all(fewer <= limit for fewer, limit in zip(found, most, strict=True))
    pages = answer(held, only(*sections), ["visitors"], filters=filters, dimensions=["event:page"], **asking)
    assert all(_inside(page, sections) for (page,) in pages)


def test_goals_outside_are_not_reached(store: MemoryStore) -> None:
    goals = [Goal(id=1, name="Visit the secret", kind="page", page_path="/secret"), Goal(id=2, name="See a", kind="page", page_path="/shop/a")]
    site = asked(store, way(1, "/shop/a", "/secret"), goals=goals)
    assert answer(site, only("Shop"), ["visitors"], dimensions=["event:goal"]) == {("See a",): [1]}


@pytest.mark.parametrize(
    "own",
    [
        ["is", "event:goal", ["Signup"]], ["is", "event:name", ["Signup"]], ["is", "event:props:plan", ["pro"]],
        ["is", "segment", [7]],
    ],
)  # fmt: skip
def test_a_conversion_rate_is_of_the_visitors_that_the_viewer_is_shown(store: MemoryStore, own: list[Any]) -> None:
    """D51: a viewer's own filter by goal, event or property is none that a rate counts without: who they are not shown
    cannot be computed from it."""
    signup = {"name": "Signup", "props": {"plan": "pro"}}
    rows = [visit(number, (f"{DAY} 10:00", signup), source="Google") for number in (1, 2)]
    rows += [visit(number, (f"{DAY} 10:00", {"path": "/"}), source="Google") for number in (3, 4, 5)]
    rows.append(visit(6, (f"{DAY} 10:00", signup), (f"{DAY} 10:01", {**signup, "path": "/thanks"}), source="Google"))
    site = asked(store, *rows, goals=[Goal(id=1, name="Signup", kind="event", event_name="Signup")],
                 segments={7: [["is", "event:goal", ["Signup"]]]})  # fmt: skip
    metrics, signed_up = ["visitors", "conversion_rate"], ["is", "event:goal", ["Signup"]]
    assert answer(site, [], metrics, filters=[signed_up]) == {(): [3, 50.0]}
    assert answer(site, [own], metrics, filters=[signed_up]) == {(): [3, 100.0]}
    grouped = answer(site, [own], ["group_conversion_rate"], filters=[signed_up], dimensions=["visit:source"])
    assert grouped == {("Google",): [100.0]}
