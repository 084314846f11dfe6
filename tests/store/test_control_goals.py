"""Goals, funnels, segments, and the end of a site: what is kept, what is refused, and who did it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from analytics.errors import InvalidInput, NotFound
from analytics.model import Funnel, Goal, SectionRule, Segment, Site
from analytics.store.control.store import ControlStore

SIGNUP = Goal(id=0, name="", kind="event", event_name="Signup")
CHECKOUT = Funnel(name="Checkout", steps=(["is", "event:page", ["/cart"]], ["is", "event:goal", ["Order"]]))
READERS = [["is", "visit:country", ["AT"]]]


def added(control: ControlStore, site: Site, **fields: Any) -> Goal:
    return control.add_goal(site, Goal(**{"id": 0, "name": "", **fields}))


# --- goals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param(
            {"kind": "event", "event_name": " Signup "},
            Goal(id=1, name="Signup", kind="event", event_name="Signup"),
            id="an event is called after itself",
        ),
        pytest.param(
            {"kind": "page", "page_path": "/register"},
            Goal(id=1, name="Visit /register", kind="page", page_path="/register"),
            id="a page view is called as Plausible calls it",
        ),
        pytest.param(
            {"kind": "scroll", "page_path": "/blog/**", "scroll_threshold": 75},
            Goal(id=1, name="Scroll to 75% on /blog/**", kind="scroll", page_path="/blog/**", scroll_threshold=75),
            id="a scroll goal says how far and where",
        ),
        pytest.param(
            {"kind": "event", "name": " Sales ", "event_name": "Order", "currency": "eur", "props": {"z": "1", "a": "2"}},
            Goal(id=1, name="Sales", kind="event", event_name="Order", currency="EUR", props={"a": "2", "z": "1"}),
            id="a name of its own, money and properties",
        ),
    ],
)
def test_a_goal_is_kept_in_its_one_spelling(control: ControlStore, site: Site, given: dict[str, Any], kept: Goal) -> None:
    assert added(control, site, **given) == kept
    assert control.goals(site) == [kept]


def test_t8_patterns_are_spelt_as_the_pages_they_mean(control: ControlStore, site: Site) -> None:
    """As copied from an address bar, decomposed, or in capitals where the site makes no difference: goals and sections."""
    assert added(control, site, kind="page", page_path="/caf%C3%A9/./%2A*").page_path == "/café/**"
    blind = control.change_site(structs.replace(site, settings=structs.replace(site.settings, case_sensitive=False)))
    assert added(control, blind, kind="page", page_path="/Cafe\u0301/*").page_path == "/café/*"
    control.set_sections(blind, [SectionRule(name="Drinks", pattern="/Drinks%20here/**")])
    assert [(rule.name, rule.pattern) for rule in control.sections(blind)] == [("Drinks", "/drinks here/**")]


def test_adding_a_goal_again_changes_nothing(control: ControlStore, site: Site) -> None:
    """Whoever provisions sites by a script runs it more than once."""
    first = control.add_goal(site, SIGNUP)
    assert control.add_goal(site, structs.replace(SIGNUP, name="Another name")) == first
    assert control.goals(site) == [first]
    assert [record.what for record in control.audit.latest()] == ["goal added", "site added"]


def test_goals_that_differ_in_anything_but_their_name_are_two(control: ControlStore, site: Site) -> None:
    control.add_goal(site, SIGNUP)
    other = added(control, site, kind="event", event_name="Signup", props={"plan": "free"}, name="Free sign-up")
    assert [goal.name for goal in control.goals(site)] == ["Signup", "Free sign-up"]
    assert other.id == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "event"}, "event_name"),
        ({"kind": "event", "event_name": "engagement"}, "event_name"),
        ({"kind": "event", "event_name": "a\x00b"}, "event_name"),
        ({"kind": "event", "event_name": "a" * 121}, "event_name"),
        ({"kind": "event", "event_name": "Signup", "page_path": "/a"}, "page_path"),
        ({"kind": "event", "event_name": "Signup", "scroll_threshold": 50}, "scroll_threshold"),
        ({"kind": "event", "event_name": "Order", "currency": "Euro"}, "currency"),
        ({"kind": "event", "event_name": "Order", "props": {"": "a"}}, "props"),
        ({"kind": "event", "event_name": "Order", "props": {"a": ""}}, "props"),
        ({"kind": "event", "event_name": "Order", "props": {str(number): "a" for number in range(11)}}, "props"),
        ({"kind": "page"}, "page_path"),
        ({"kind": "page", "page_path": "register"}, "page_path"),
        ({"kind": "page", "page_path": "/", "event_name": "Signup"}, "event_name"),
        ({"kind": "page", "page_path": "/", "currency": "EUR"}, "currency"),
        ({"kind": "scroll", "page_path": "/"}, "scroll_threshold"),
        ({"kind": "scroll", "page_path": "/", "scroll_threshold": 101}, "scroll_threshold"),
        ({"kind": "scroll", "page_path": "/", "scroll_threshold": 50, "props": {"a": "b"}}, "props"),
        ({"kind": "event", "event_name": "Other", "name": "Signup"}, "name"),
        ({"kind": "event", "event_name": "Other", "name": "a" * 121}, "name"),
    ],
)
def test_a_goal_that_cannot_be_is_refused_with_the_field(
    control: ControlStore, site: Site, given: dict[str, Any], field: str
) -> None:
    there = control.add_goal(site, SIGNUP)
    with pytest.raises(InvalidInput) as refusal:
        added(control, site, **given)
    assert refusal.value.field == field
    assert control.goals(site) == [there]


def test_a_removed_goals_number_is_not_given_out_again(control: ControlStore, site: Site) -> None:
    gone = control.add_goal(site, SIGNUP)
    control.remove_goal(site, gone.id)
    assert control.goals(site) == []
    assert control.add_goal(site, SIGNUP).id == gone.id + 1
    for number in (gone.id, 0, -1, 2**64):
        with pytest.raises(NotFound):
            control.remove_goal(site, number)


def test_goals_and_segments_of_one_site_are_not_those_of_another(control: ControlStore, site: Site) -> None:
    other = control.add_site("other.example", "UTC")
    goal, segment = control.add_goal(site, SIGNUP), control.add_segment(site, "Readers", READERS)
    assert (control.goals(other), control.segments(other)) == ([], [])
    with pytest.raises(NotFound):
        control.remove_goal(other, goal.id)
    with pytest.raises(NotFound):
        control.change_segment(other, segment)
    with pytest.raises(NotFound):
        control.remove_segment(other, segment.id)
    assert control.add_goal(other, SIGNUP).name == "Signup"
    assert control.add_segment(other, "Readers", READERS).name == "Readers"


@pytest.mark.parametrize("what", ["goal", "funnel", "segment"])
def test_a_site_that_is_gone_takes_no_more(control: ControlStore, site: Site, what: str) -> None:
    control.remove_site(site)
    adding: dict[str, Callable[[], object]] = {
        "goal": lambda: control.add_goal(site, SIGNUP),
        "funnel": lambda: control.put_funnel(site, CHECKOUT),
        "segment": lambda: control.add_segment(site, "Readers", READERS),
    }
    with pytest.raises(NotFound):
        adding[what]()


def test_a_goal_is_changed_in_its_place(control: ControlStore, site: Site) -> None:
    """It keeps its number; without a name it is called after what it has become."""
    control.add_goal(site, SIGNUP)
    changed = control.change_goal(site, Goal(id=1, name="", kind="page", page_path="/welcome"))
    assert changed == Goal(id=1, name="Visit /welcome", kind="page", page_path="/welcome")
    assert control.goals(site) == [changed]
    assert control.change_goal(site, changed) == changed, "as it is already"


@pytest.mark.parametrize(
    ("goal", "field"),
    [
        (Goal(id=2, name="Signup", kind="page", page_path="/welcome"), "name"),
        (Goal(id=2, name="Other", kind="event", event_name="Signup"), "name"),
        (Goal(id=2, name="", kind="event", event_name=""), "event_name"),
    ],
)
def test_a_goal_is_not_made_what_it_cannot_be(control: ControlStore, site: Site, goal: Goal, field: str) -> None:
    there = [control.add_goal(site, SIGNUP), added(control, site, kind="page", page_path="/")]
    with pytest.raises(InvalidInput) as refusal:
        control.change_goal(site, goal)
    assert (refusal.value.field, control.goals(site)) == (field, there)
    for number in (0, 3, -1, 2**64):
        with pytest.raises(NotFound):
            control.change_goal(site, Goal(id=number, name="", kind="page", page_path="/elsewhere"))


# --- funnels -------------------------------------------------------------------------------------------


def test_a_funnel_is_kept_changed_and_removed(control: ControlStore, site: Site) -> None:
    kept = control.put_funnel(site, structs.replace(CHECKOUT, name=" Checkout "))
    assert kept == structs.replace(CHECKOUT, id=1)
    assert control.funnels(site) == [kept]
    strict = Funnel(id=1, name="To the till", steps=CHECKOUT.steps[::-1], strict=True)
    assert control.put_funnel(site, strict) == strict
    assert control.funnels(site) == [strict]
    control.delete_funnel(site, 1)
    assert control.funnels(site) == []
    assert control.put_funnel(site, CHECKOUT).id == 2, "a number is never given out twice"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "Checkout"}, "name"),
        ({"name": "\u202eCheckout"}, "name"),
        ({"steps": CHECKOUT.steps[:1]}, "steps"),
        ({"steps": CHECKOUT.steps[:1] * 9}, "steps"),
        ({"steps": (["is", "event:page", ["/" + "a" * 2000] * 20],) * 2}, "steps"),
    ],
)
def test_a_funnel_that_cannot_be_is_refused_with_the_field(
    control: ControlStore, site: Site, change: dict[str, Any], field: str
) -> None:
    there = control.put_funnel(site, CHECKOUT)
    with pytest.raises(InvalidInput) as refusal:
        control.put_funnel(site, structs.replace(CHECKOUT, **{"name": "Another", **change}))
    assert (refusal.value.field, control.funnels(site)) == (field, [there])


def test_a_funnel_that_is_not_there_is_neither_changed_nor_removed(control: ControlStore, site: Site) -> None:
    other = control.add_site("other.example", "UTC")
    control.put_funnel(site, CHECKOUT)
    for where, number in ((site, 2), (site, -1), (site, 2**64), (other, 1)):
        with pytest.raises(NotFound):
            control.put_funnel(where, structs.replace(CHECKOUT, id=number, name="Another"))
        with pytest.raises(NotFound):
            control.delete_funnel(where, number)
    assert (len(control.funnels(site)), control.funnels(other)) == (1, [])


# --- segments ------------------------------------------------------------------------------------------


def test_a_segment_is_saved_changed_and_removed(control: ControlStore, site: Site) -> None:
    saved = control.add_segment(site, " Readers from Austria ", READERS)
    assert saved == Segment(id=1, name="Readers from Austria", filters=READERS)
    wider = Segment(id=1, name="Readers", filters=[["is", "visit:country", ["AT", "DE"]]])
    assert control.change_segment(site, wider) == wider
    assert control.segments(site) == [wider]
    control.remove_segment(site, 1)
    assert control.segments(site) == []
    with pytest.raises(NotFound):
        control.change_segment(site, wider)


@pytest.mark.parametrize(
    ("name", "filters", "field"),
    [
        ("", READERS, "name"),
        (" ", READERS, "name"),
        ("\u202eReaders", READERS, "name"),
        ("Readers", READERS, "name"),
        ("Others", [["is", "event:page", ["/" + "a" * 2000] * 200]], "filters"),
    ],
)
def test_a_segment_that_cannot_be_is_refused_with_the_field(
    control: ControlStore, site: Site, name: str, filters: list[Any], field: str
) -> None:
    there = control.add_segment(site, "Readers", READERS)
    with pytest.raises(InvalidInput) as refusal:
        control.add_segment(site, name, filters)
    assert refusal.value.field == field
    assert control.segments(site) == [there]


# --- the end of a site ---------------------------------------------------------------------------------


def test_a_removed_site_takes_everything_of_its_own_along(control: ControlStore, site: Site, path: Path) -> None:
    other = control.add_site("other.example", "UTC")
    control.set_sections(site, [SectionRule(name="Shop", pattern="/shop/**")])
    control.add_goal(site, SIGNUP)
    control.put_funnel(site, CHECKOUT)
    control.add_segment(site, "Readers", READERS)
    own, general = control.add_key(site, []), control.add_key(None, [])
    told: list[list[Site]] = []
    control.subscribe(lambda: told.append(control.sites()))

    control.remove_site(site)

    assert told == [[other]]
    assert control.key(own) is None
    assert control.key(general) is not None
    connection = sqlite3.connect(path)
    tables = ("sections", "goals", "funnels", "segments")
    left = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
    connection.close()
    assert left == dict.fromkeys(tables, 0)
    with pytest.raises(NotFound):
        control.site("example.org")
    with pytest.raises(NotFound):
        control.remove_site(site)


def test_a_domain_that_was_given_up_can_be_added_again_as_a_new_site(control: ControlStore, site: Site) -> None:
    control.remove_site(site)
    assert control.add_site("example.org", "UTC").id != site.id


def test_the_log_names_who_decided(control: ControlStore, site: Site) -> None:
    control.add_goal(site, SIGNUP, by="ada@example.org")
    control.change_goal(site, Goal(id=1, name="", kind="event", event_name="Login"), by="ada@example.org")
    control.remove_goal(site, 1, by="ada@example.org")
    control.put_funnel(site, CHECKOUT, by="ada@example.org")
    control.put_funnel(site, structs.replace(CHECKOUT, id=1, name="Till"), by="ada@example.org")
    control.delete_funnel(site, 1, by="ada@example.org")
    control.add_segment(site, "Readers", READERS, by="ada@example.org")
    control.change_segment(site, Segment(id=1, name="All", filters=[]), by="ada@example.org")
    control.remove_segment(site, 1, by="ada@example.org")
    control.remove_site(site, by="ada@example.org")
    records = [(record.who, record.what, record.subject) for record in reversed(control.audit.latest(10))]
    assert records == [
        ("ada@example.org", "goal added", "example.org: Signup"),
        ("ada@example.org", "goal changed", "example.org: Login"),
        ("ada@example.org", "goal removed", "example.org: Login"),
        ("ada@example.org", "funnel added", "example.org: Checkout"),
        ("ada@example.org", "funnel changed", "example.org: Till"),
        ("ada@example.org", "funnel removed", "example.org: Till"),
        ("ada@example.org", "segment added", "example.org: Readers"),
        ("ada@example.org", "segment changed", "example.org: All"),
        ("ada@example.org", "segment removed", "example.org: All"),
        ("ada@example.org", "site removed", "example.org"),
    ]
