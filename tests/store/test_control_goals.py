"""Goals, funnels, segments, and the end of a site: what is kept, what is refused, and who did it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from analytics.errors import InvalidInput, NotFound
from analytics.site import Funnel, Goal, SectionRule, Segment, Site
from analytics.store.control.store import ControlStore

SIGNUP = Goal(id=0, name="", kind="event", event_name="Signup")
CHECKOUT = Funnel(name="Checkout", steps=(["is", "event:page", ["/cart"]], ["is", "event:goal", ["Order"]]))
READERS = [["is", "visit:country", ["AT"]]]


def added(control: ControlStore, site: Site, **fields: Any) -> Goal:
    return control.goals.add(site, Goal(**{"id": 0, "name": "", **fields}))


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
    assert control.goals.all(site) == [kept]


def test_t8_patterns_are_spelt_as_the_pages_they_mean(control: ControlStore, site: Site) -> None:
    """As copied from an address bar, decomposed, or in capitals where the site makes no difference: goals and sections."""
    assert added(control, site, kind="page", page_path="/caf%C3%A9/./%2A*").page_path == "/café/**"
    blind = control.sites.change(structs.replace(site, settings=structs.replace(site.settings, case_sensitive=False)))
    assert added(control, blind, kind="page", page_path="/Cafe\u0301/*").page_path == "/café/*"
    control.sections.replace(blind, [SectionRule(name="Drinks", pattern="/Drinks%20here/**")])
    assert [(rule.name, rule.pattern) for rule in control.sections.all(blind)] == [("Drinks", "/drinks here/**")]


def test_adding_a_goal_again_changes_nothing(control: ControlStore, site: Site) -> None:
    """Whoever provisions sites by a script runs it more than once."""
    first = control.goals.add(site, SIGNUP)
    assert control.goals.add(site, structs.replace(SIGNUP, name="Another name")) == first
    assert control.goals.all(site) == [first]
    assert [record.what for record in control.audit.latest()] == ["goal added", "site added"]


def test_goals_that_differ_in_anything_but_their_name_are_two(control: ControlStore, site: Site) -> None:
    control.goals.add(site, SIGNUP)
    other = added(control, site, kind="event", event_name="Signup", props={"plan": "free"}, name="Free sign-up")
    assert [goal.name for goal in control.goals.all(site)] == ["Signup", "Free sign-up"]
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
    there = control.goals.add(site, SIGNUP)
    with pytest.raises(InvalidInput) as refusal:
        added(control, site, **given)
    assert refusal.value.field == field
    assert control.goals.all(site) == [there]


def test_a_removed_goals_number_is_not_given_out_again(control: ControlStore, site: Site) -> None:
    gone = control.goals.add(site, SIGNUP)
    control.goals.remove(site, gone.id)
    assert control.goals.all(site) == []
    assert control.goals.add(site, SIGNUP).id == gone.id + 1
    for number in (gone.id, 0, -1, 2**64):
        with pytest.raises(NotFound):
            control.goals.remove(site, number)


def test_goals_and_segments_of_one_site_are_not_those_of_another(control: ControlStore, site: Site) -> None:
    other = control.sites.add("other.example", "UTC")
    goal, segment = control.goals.add(site, SIGNUP), control.segments.add(site, "Readers", READERS)
    assert (control.goals.all(other), control.segments.all(other)) == ([], [])
    with pytest.raises(NotFound):
        control.goals.remove(other, goal.id)
    with pytest.raises(NotFound):
        control.segments.change(other, segment)
    with pytest.raises(NotFound):
        control.segments.remove(other, segment.id)
    assert control.goals.add(other, SIGNUP).name == "Signup"
    assert control.segments.add(other, "Readers", READERS).name == "Readers"


@pytest.mark.parametrize("what", ["goal", "funnel", "segment"])
def test_a_site_that_is_gone_takes_no_more(control: ControlStore, site: Site, what: str) -> None:
    control.sites.remove(site)
    adding: dict[str, Callable[[], object]] = {
        "goal": lambda: control.goals.add(site, SIGNUP),
        "funnel": lambda: control.funnels.put(site, CHECKOUT),
        "segment": lambda: control.segments.add(site, "Readers", READERS),
    }
    with pytest.raises(NotFound):
        adding[what]()


def test_a_goal_is_changed_in_its_place(control: ControlStore, site: Site) -> None:
    """It keeps its number; without a name it is called after what it has become."""
    control.goals.add(site, SIGNUP)
    changed = control.goals.change(site, Goal(id=1, name="", kind="page", page_path="/welcome"))
    assert changed == Goal(id=1, name="Visit /welcome", kind="page", page_path="/welcome")
    assert control.goals.all(site) == [changed]
    assert control.goals.change(site, changed) == changed, "as it is already"


@pytest.mark.parametrize(
    ("goal", "field"),
    [
        (Goal(id=2, name="Signup", kind="page", page_path="/welcome"), "name"),
        (Goal(id=2, name="Other", kind="event", event_name="Signup"), "name"),
        (Goal(id=2, name="", kind="event", event_name=""), "event_name"),
    ],
)
def test_a_goal_is_not_made_what_it_cannot_be(control: ControlStore, site: Site, goal: Goal, field: str) -> None:
    there = [control.goals.add(site, SIGNUP), added(control, site, kind="page", page_path="/")]
    with pytest.raises(InvalidInput) as refusal:
        control.goals.change(site, goal)
    assert (refusal.value.field, control.goals.all(site)) == (field, there)
    for number in (0, 3, -1, 2**64):
        with pytest.raises(NotFound):
            control.goals.change(site, Goal(id=number, name="", kind="page", page_path="/elsewhere"))


# --- funnels -------------------------------------------------------------------------------------------


def test_a_funnel_is_kept_changed_and_removed(control: ControlStore, site: Site) -> None:
    kept = control.funnels.put(site, structs.replace(CHECKOUT, name=" Checkout "))
    assert kept == structs.replace(CHECKOUT, id=1)
    assert control.funnels.all(site) == [kept]
    strict = Funnel(id=1, name="To the till", steps=CHECKOUT.steps[::-1], strict=True)
    assert control.funnels.put(site, strict) == strict
    assert control.funnels.all(site) == [strict]
    control.funnels.remove(site, 1)
    assert control.funnels.all(site) == []
    assert control.funnels.put(site, CHECKOUT).id == 2, "a number is never given out twice"


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
    there = control.funnels.put(site, CHECKOUT)
    with pytest.raises(InvalidInput) as refusal:
        control.funnels.put(site, structs.replace(CHECKOUT, **{"name": "Another", **change}))
    assert (refusal.value.field, control.funnels.all(site)) == (field, [there])


def test_a_funnel_that_is_not_there_is_neither_changed_nor_removed(control: ControlStore, site: Site) -> None:
    other = control.sites.add("other.example", "UTC")
    control.funnels.put(site, CHECKOUT)
    for where, number in ((site, 2), (site, -1), (site, 2**64), (other, 1)):
        with pytest.raises(NotFound):
            control.funnels.put(where, structs.replace(CHECKOUT, id=number, name="Another"))
        with pytest.raises(NotFound):
            control.funnels.remove(where, number)
    assert (len(control.funnels.all(site)), control.funnels.all(other)) == (1, [])


# --- segments ------------------------------------------------------------------------------------------


def test_a_segment_is_saved_changed_and_removed(control: ControlStore, site: Site) -> None:
    saved = control.segments.add(site, " Readers from Austria ", READERS)
    assert saved == Segment(id=1, name="Readers from Austria", filters=READERS)
    wider = Segment(id=1, name="Readers", filters=[["is", "visit:country", ["AT", "DE"]]])
    assert control.segments.change(site, wider) == wider
    assert control.segments.all(site) == [wider]
    control.segments.remove(site, 1)
    assert control.segments.all(site) == []
    with pytest.raises(NotFound):
        control.segments.change(site, wider)


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
    there = control.segments.add(site, "Readers", READERS)
    with pytest.raises(InvalidInput) as refusal:
        control.segments.add(site, name, filters)
    assert refusal.value.field == field
    assert control.segments.all(site) == [there]


# --- the end of a site ---------------------------------------------------------------------------------


def test_a_removed_site_takes_everything_of_its_own_along(control: ControlStore, site: Site, path: Path) -> None:
    other = control.sites.add("other.example", "UTC")
    control.sections.replace(site, [SectionRule(name="Shop", pattern="/shop/**")])
    control.goals.add(site, SIGNUP)
    control.funnels.put(site, CHECKOUT)
    control.segments.add(site, "Readers", READERS)
    own, general = control.api_keys.add(site, []), control.api_keys.add(None, [])
    told: list[list[Site]] = []
    control.sites.subscribe(lambda: told.append(control.sites.all()))

    control.sites.remove(site)

    assert told == [[other]]
    assert control.api_keys.find(own) is None
    assert control.api_keys.find(general) is not None
    connection = sqlite3.connect(path)
    tables = ("sections", "goals", "funnels", "segments")
    left = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
    connection.close()
    assert left == dict.fromkeys(tables, 0)
    with pytest.raises(NotFound):
        control.sites.find("example.org")
    with pytest.raises(NotFound):
        control.sites.remove(site)


def test_a_domain_that_was_given_up_can_be_added_again_as_a_new_site(control: ControlStore, site: Site) -> None:
    control.sites.remove(site)
    assert control.sites.add("example.org", "UTC").id != site.id


def test_the_log_names_who_decided(control: ControlStore, site: Site) -> None:
    control.goals.add(site, SIGNUP, by="ada@example.org")
    control.goals.change(site, Goal(id=1, name="", kind="event", event_name="Login"), by="ada@example.org")
    control.goals.remove(site, 1, by="ada@example.org")
    control.funnels.put(site, CHECKOUT, by="ada@example.org")
    control.funnels.put(site, structs.replace(CHECKOUT, id=1, name="Till"), by="ada@example.org")
    control.funnels.remove(site, 1, by="ada@example.org")
    control.segments.add(site, "Readers", READERS, by="ada@example.org")
    control.segments.change(site, Segment(id=1, name="All", filters=[]), by="ada@example.org")
    control.segments.remove(site, 1, by="ada@example.org")
    control.sites.remove(site, by="ada@example.org")
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
