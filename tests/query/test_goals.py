"""Goals: what reaches one, how many convert, what they earn, and what cannot be asked about them (D48)."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from analytics.errors import QueryError
from analytics.site import Goal
from tests.query.rows import Asked, MemoryStore, row, visit

SIGNUP = Goal(id=1, name="Signup", kind="event", event_name="Signup")
PRO = Goal(id=2, name="Pro signup", kind="event", event_name="Signup", props={"plan": "pro"})
BLOG = Goal(id=3, name="Visit the blog", kind="page", page_path="/blog/**")
POST = Goal(id=4, name="Visit a post", kind="page", page_path="/blog/*/")
READ = Goal(id=5, name="Read about us", kind="scroll", page_path="/about", scroll_threshold=75)
ORDER = Goal(id=6, name="Order", kind="event", event_name="Order", currency="EUR")
TIP = Goal(id=7, name="Tip", kind="event", event_name="Tip", currency="EUR")
FEE = Goal(id=8, name="Fee", kind="event", event_name="Fee", currency="USD")
GOALS = (SIGNUP, PRO, BLOG, POST, READ, ORDER, TIP, FEE)


@pytest.fixture
def asked(store: MemoryStore) -> Asked:
    return Asked(store, goals=GOALS)


def reached(asked: Asked, **more: Any) -> dict[str, int]:
    """Goal -> visitors."""
    found = asked.table(["visitors"], dimensions=["event:goal"], **more)
    return {name: values[0] for (name,), values in found.items()}


@pytest.mark.parametrize(
    ("fields", "goals"),
    [
        ({"name": "Signup"}, {"Signup"}),
        ({"name": "Signup", "props": {"plan": "pro", "x": "1"}}, {"Signup", "Pro signup"}),
        ({"name": "Signup", "props": {"plan": "Pro"}}, {"Signup"}),
        ({"name": "signup"}, set()),
        ({"path": "/blog"}, {"Visit the blog"}),
        ({"path": "/blog/"}, {"Visit the blog"}),
        ({"path": "/blog/a?page=2"}, {"Visit the blog", "Visit a post"}),
        ({"path": "/blog/2026/a"}, {"Visit the blog"}),
        ({"path": "/blogs"}, set()),
        ({"path": "/blog", "name": "Signup"}, {"Signup"}),
        ({"path": "/about", "name": "engagement", "scroll": 75}, {"Read about us"}),
        ({"path": "/about/", "name": "engagement", "scroll": 100}, {"Read about us"}),
        ({"path": "/about", "name": "engagement", "scroll": 74}, set()),
        ({"path": "/about"}, set()),
        ({"path": "/", "name": "engagement", "scroll": 100}, set()),
    ],
)
def test_what_reaches_a_goal(store: MemoryStore, asked: Asked, fields: dict[str, Any], goals: set[str]) -> None:
    """An event by name and properties, a page view by its page, reading time by its page and how far it was scrolled."""
    store.hold([row("2026-11-18 10:00", **fields)])
    assert reached(asked) == dict.fromkeys(goals, 1)
    for goal in GOALS:
        assert asked.total(["visitors"], filters=[["is", "event:goal", [goal.name]]]) == [1 if goal.name in goals else 0]


def test_a_goal_holds_for_history(store: MemoryStore) -> None:
    """D48: a goal that is made today counts what was done before."""
    store.hold([row("2026-11-02 10:00", path="/blog")])
    assert reached(Asked(store), date_range="28d") == {}
    assert reached(Asked(store, goals=[BLOG]), date_range="28d") == {"Visit the blog": 1}


@pytest.mark.parametrize("dimension", ["visit:device", "visit:city"])
def test_conversion_rates_of_attributes_that_are_folded(store: MemoryStore, dimension: str) -> None:
    """What too few have in common is one row, with the share of all of them who reached the goal."""
    store.hold([row("2026-11-18 10:00", name="Signup", visitor=number, device=f"{number}", city=f"{number}") for number in (1, 2)])
    found = Asked(store, goals=GOALS, small_cells=5).ask(
        ["visitors", "group_conversion_rate"], dimensions=[dimension], filters=[["is", "event:goal", ["Signup"]]]
    )
    assert [each["metrics"] for each in found.results] == [[2, 100]]


FOUR_VISITORS = [
    *visit(1, ("2026-11-18 10:00", {"path": "/"}), ("2026-11-18 10:01", {"name": "Signup"}), source="Google"),
    *visit(2, ("2026-11-18 10:00", {"path": "/blog"}), ("2026-11-18 10:01", {"name": "Signup"}), source="Google"),
    *visit(3, ("2026-11-18 11:00", {"path": "/blog"}), source="Google"),
    *visit(4, ("2026-11-18 11:00", {"path": "/"}), source="Bing"),
]


def test_conversion_rates_are_of_all_visitors_or_of_the_row(store: MemoryStore, asked: Asked) -> None:
    """Of all visitors of the question; by group of those in the same row; the filter by goal is no part of "all"."""
    store.hold(FOUR_VISITORS)
    metrics = ["visitors", "conversion_rate", "group_conversion_rate"]
    signup = [["is", "event:goal", ["Signup"]]]
    assert asked.total(metrics, filters=signup) == [2, 50.0, 50.0]
    assert asked.table(metrics, filters=signup, dimensions=["visit:source"]) == {("Google",): [2, 50.0, 66.7]}
    assert asked.table(metrics, dimensions=["event:goal"]) == {
        ("Signup",): [2, 50.0, 50.0],
        ("Visit the blog",): [2, 50.0, 50.0],
    }
    assert asked.table(metrics, dimensions=["event:goal"], filters=[["is", "visit:source", ["Google"]]]) == {
        ("Signup",): [2, 66.7, 66.7],
        ("Visit the blog",): [2, 66.7, 66.7],
    }
    assert asked.table(metrics, dimensions=["event:goal", "visit:source"], filters=signup) == {
        ("Signup", "Google"): [2, 50.0, 66.7]
    }
    assert asked.table(["group_conversion_rate"], dimensions=["time"], filters=signup) == {("2026-11-18 10:00:00",): [100.0]}


def test_properties_at_the_top_level_are_part_of_the_conversion(store: MemoryStore, asked: Asked) -> None:
    """As a goal is: those who signed up for the free plan, of all visitors, not of those who have a plan."""
    store.hold([*FOUR_VISITORS, *visit(5, ("2026-11-18 10:00", {"name": "Signup", "props": {"plan": "free"}}))])
    free = [["is", "event:goal", ["Signup"]], ["is", "event:props:plan", ["free"]]]
    assert asked.total(["visitors", "conversion_rate"], filters=free) == [1, 20.0]
    assert asked.table(["visitors", "group_conversion_rate"], dimensions=["event:props:plan"], filters=free[:1]) == {
        ("(none)",): [2, 40.0],
        ("free",): [1, 20.0],
    }


def test_an_event_converts_without_being_a_goal(store: MemoryStore, asked: Asked) -> None:
    """Filtered by its name: those who sent it, of all visitors, as a goal of that event would have it."""
    store.hold(FOUR_VISITORS)
    metrics = ["visitors", "conversion_rate", "group_conversion_rate"]
    signup = [["is", "event:name", ["Signup"]]]
    assert asked.total(metrics, filters=signup) == [2, 50.0, 50.0]
    assert asked.table(metrics, filters=signup, dimensions=["visit:source"]) == {("Google",): [2, 50.0, 66.7]}


def test_nobody_converts_of_some_and_of_nobody(store: MemoryStore, asked: Asked) -> None:
    """None of four is 0 per cent; of nobody there is no percentage."""
    question: dict[str, Any] = {"filters": [["is", "event:goal", ["Order"]]]}
    assert asked.total(["visitors", "conversion_rate", "group_conversion_rate"], **question) == [0, None, None]
    store.hold(FOUR_VISITORS)
    assert asked.total(["visitors", "conversion_rate", "group_conversion_rate"], **question) == [0, 0.0, 0.0]


def test_filters_by_goal_decide_which_goals_are_listed(store: MemoryStore, asked: Asked) -> None:
    """An event that reaches a second goal does not bring it into a table of the first, with part of its visitors."""
    store.hold([row("2026-11-18 10:00", name="Signup", props={"plan": "pro"})])
    assert reached(asked, filters=[["is", "event:goal", ["Pro signup"]]]) == {"Pro signup": 1}
    assert reached(asked, filters=[["contains", "event:goal", ["ignup"]]]) == {"Pro signup": 1, "Signup": 1}
    assert reached(asked, filters=[["contains", "event:goal", ["SIGN"], {"case_sensitive": False}]]) == {"Pro signup": 1, "Signup": 1}
    assert reached(asked, filters=[["contains", "event:goal", ["SIGN"]]]) == {}


def test_events_are_conversions(store: MemoryStore, asked: Asked) -> None:
    """Each counts, where a visitor counts once; reading time is no event, so a scroll goal has visitors alone."""
    store.hold(visit(
        1, ("2026-11-18 10:00", {"name": "Signup"}), ("2026-11-18 10:01", {"name": "Signup"}),
        ("2026-11-18 10:02", {"name": "engagement", "path": "/about", "scroll": 80}),
    ))  # fmt: skip
    found = asked.table(["visitors", "visits", "events", "pageviews"], dimensions=["event:goal"])
    assert found == {("Signup",): [1, 1, 2, 0], ("Read about us",): [1, 1, 0, 0]}


# --- revenue ---------------------------------------------------------------------------------------------


def sale(name: str, amount: str, currency: str, clock: str = "10:00") -> tuple[str, dict[str, Any]]:
    return f"2026-11-18 {clock}", {"name": name, "revenue": Decimal(amount), "currency": currency}


SALES = [
    *visit(1, sale("Order", "10.00", "EUR"), sale("Order", "2.50", "EUR", "10:01"), sale("Fee", "3", "USD", "10:02")),
    *visit(2, sale("Order", "1", "USD"), sale("Tip", "0.5", "EUR", "10:01"), ("2026-11-18 10:02", {"name": "Order"})),
    *visit(3, ("2026-11-18 10:00", {"name": "Signup"})),
]
MONEY = ["total_revenue", "average_revenue"]


def test_revenue_by_goal_is_in_the_currency_of_each(store: MemoryStore, asked: Asked) -> None:
    """What was earned otherwise is left out and counted; a goal without a currency has no revenue, which is not 0."""
    store.hold(SALES)
    answer = asked.ask(["visitors", *MONEY], dimensions=["event:goal"])
    assert msgspec.json.decode(answer.as_json())["results"] == [
        {"dimensions": ["Order"], "metrics": [2, euros(12.5), euros(6.25)]},
        {"dimensions": ["Fee"], "metrics": [1, money(3.0, "USD"), money(3.0, "USD")]},
        {"dimensions": ["Signup"], "metrics": [1, None, None]},
        {"dimensions": ["Tip"], "metrics": [1, euros(0.5), euros(0.5)]},
    ]
    left_out = {"code": "other_currencies", "events": 1, "warning": "1 event is left out: in another currency than the goal's."}
    assert answer.meta == {"metric_warnings": {"total_revenue": left_out, "average_revenue": left_out}}


def money(amount: float, currency: str) -> dict[str, Any]:
    return {"value": amount, "currency": currency, "short": f"{currency} {amount:.1f}", "long": f"{currency} {amount:.2f}"}


def euros(amount: float) -> dict[str, Any]:
    return money(amount, "EUR")


def test_goals_of_one_currency_are_added_up(store: MemoryStore, asked: Asked) -> None:
    """And compared as numbers."""
    store.hold([*SALES, *visit(9, ("2026-11-17 10:00", sale("Tip", "4", "EUR")[1]))])
    filters = [["is", "event:goal", ["Order", "Tip", "Signup"]]]
    answer = asked.ask(MONEY, filters=filters, include={"comparison": "previous_period"})
    (only,) = msgspec.json.decode(answer.as_json())["results"]
    assert (only["metrics"], only["comparison"]["metrics"]) == ([euros(13.0), euros(4.333) | {"long": "EUR 4.33"}], [euros(4.0)] * 2)
    assert only["comparison"]["change"] == [225, 8]
    assert asked.table(MONEY, dimensions=["visit:source", "time:hour"], filters=filters) == {
        ("Direct / None", "2026-11-18 10:00:00"): [13.0, 4.333]
    }


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, "no_revenue_goals_matching"),
        ({"dimensions": ["visit:source"]}, "no_revenue_goals_matching"),
        ({"filters": [["is", "event:goal", ["Signup"]]]}, "no_revenue_goals_matching"),
        ({"filters": [["is", "event:goal", ["Signup"]]], "dimensions": ["event:goal"]}, "no_revenue_goals_matching"),
        ({"filters": [["has_done", ["is", "event:goal", ["Order"]]]]}, "no_revenue_goals_matching"),
        ({"filters": [["is", "event:goal", ["Order", "Fee"]]]}, "no_single_revenue_currency"),
    ],
)  # fmt: skip
def test_revenue_that_has_no_one_currency_is_null_and_says_why(store: MemoryStore, asked: Asked, more: dict[str, Any], code: str) -> None:
    """Clients ask for it beside other metrics, whatever goals a site has; the codes are those of Plausible's answers."""
    store.hold(SALES)
    answer = asked.ask(["visitors", *MONEY], include={"comparison": "previous_period"}, **more)
    for found in msgspec.json.decode(answer.as_json())["results"]:
        assert found["metrics"][0] > 0
        assert (found["metrics"][1:], found["comparison"]["metrics"][1:], found["comparison"]["change"][1:]) == ([None, None],) * 3
    assert {name: warning["code"] for name, warning in answer.meta["metric_warnings"].items()} == dict.fromkeys(MONEY, code)


def test_a_goal_that_earned_nothing(store: MemoryStore, asked: Asked) -> None:
    store.hold(FOUR_VISITORS)
    answer = asked.ask(MONEY, filters=[["is", "event:goal", ["Order"]]])
    assert (answer.results[0]["metrics"], answer.meta) == ([0.0, None], {})


@pytest.mark.parametrize(
    ("amount", "short"), [(0.5, "EUR 0.5"), (999.94, "EUR 999.9"), (1_500, "EUR 1.5K"), (96_336_315, "EUR 96.3M"), (2e9, "EUR 2.0B")]
)
def test_amounts_are_shortened_as_plausible_does(store: MemoryStore, asked: Asked, amount: float, short: str) -> None:
    store.hold(visit(1, sale("Order", str(amount), "EUR")))
    answer = asked.ask(["total_revenue"], filters=[["is", "event:goal", ["Order"]]])
    assert msgspec.json.decode(answer.as_json())["results"][0]["metrics"][0]["short"] == short


# --- what cannot be asked --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"filters": [["is", "event:goal", ["Signup", "Sign-up"]]]}, '#/filters/0/2/1: There is no goal "Sign-up" on this site'),
        ({"filters": [["is", "event:goal", ["signup"]]]}, '#/filters/0/2/0: There is no goal "signup"'),
        ({"filters": [["has_done", ["or", [["is", "event:goal", ["Nope"]]]]]]}, '#/filters/0/1/1/0/2/0: There is no goal "Nope"'),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(asked: Asked, question: dict[str, Any], said: str) -> None:
    with pytest.raises(QueryError) as refused:
        asked.ask(**{"metrics": ["visitors"], **question})
    assert str(refused.value).startswith(said)


def test_a_site_without_goals(store: MemoryStore) -> None:
    """A table of goals is empty; what asks for one by a part of its name finds nobody."""
    store.hold(FOUR_VISITORS)
    assert reached(Asked(store)) == {}
    assert Asked(store).total(["visitors"], filters=[["contains", "event:goal", ["Sign"]]]) == [0]


def test_nothing_of_a_goal_becomes_sql(store: MemoryStore) -> None:
    """R-11: names, patterns and properties of goals are the owner's text, and travel as parameters."""
    evil = "x'); DROP TABLE events; --"
    store.hold([row("2026-11-18 10:00", name=evil, props={evil: evil})])
    goals = [
        Goal(id=1, name=evil, kind="event", event_name=evil, props={evil: evil}, currency=evil),
        Goal(id=2, name=f"2{evil}", kind="page", page_path=f"/{evil}"),
    ]
    answer = Asked(store, goals=goals).ask(["visitors", "total_revenue"], dimensions=["event:goal"])
    assert answer.results == [{"dimensions": [evil], "metrics": [1, 0.0]}]
    assert store.asked
    assert all(evil not in sql for sql, _ in store.asked)
