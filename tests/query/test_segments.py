"""Filters about whole visits (``has_done``), and filters that were saved (segments)."""

from typing import Any

import pytest

from analytics.errors import QueryError
from analytics.query import segments
from analytics.site import Goal
from tests.query.rows import Asked, MemoryStore, visit

SIGNUP = Goal(id=1, name="Signup", kind="event", event_name="Signup")
READER = ["is", "event:page", ["/blog"]]
THREE_VISITS = [
    *visit(1, ("2026-11-18 10:00", {"path": "/blog"}), ("2026-11-18 10:01", {"path": "/"}), source="Google"),
    *visit(2, ("2026-11-18 10:00", {"path": "/"}), ("2026-11-18 10:01", {"name": "Signup", "path": "/"}), source="Google"),
    *visit(3, ("2026-11-18 10:00", {"path": "/blog"}), ("2026-11-18 11:30", {"name": "Signup", "path": "/in"}), source="Bing"),
]


@pytest.fixture
def asked(store: MemoryStore) -> Asked:
    store.hold(THREE_VISITS)
    saved = {
        7: [READER],
        8: [["is", "visit:source", ["Google"]], ["is_not", "event:page", ["/blog"]]],
        9: [["is", "event:goal", ["Signup"]]],
    }
    return Asked(store, goals=[SIGNUP], segments=saved)


# --- has_done --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "visits", "events"),
    [
        ([READER], 2, 2),
        ([["has_done", READER]], 2, 4),
        ([["has_not_done", READER]], 1, 2),
        ([["not", ["has_done", READER]]], 1, 2),
        ([["has_done", READER], ["has_done", ["is", "event:goal", ["Signup"]]]], 1, 2),
        ([["has_done", READER], ["has_not_done", ["is", "event:goal", ["Signup"]]]], 1, 2),
        ([["has_done", READER], ["is", "event:page", ["/"]]], 1, 1),
        ([["has_done", ["and", [READER, ["is", "event:name", ["Signup"]]]]]], 0, 0),
        ([["has_done", ["not", READER]]], 3, 6),
        ([["or", [["has_done", READER], ["is", "visit:source", ["Google"]]]]], 3, 6),
        ([["has_done", ["is", "event:hostname", ["shop.example"]]]], 3, 6),
        ([["has_done", ["contains", "event:section", ["/bl"]]]], 2, 4),
    ],
)
def test_what_a_visit_has_done(asked: Asked, filters: list[Any], visits: int, events: int) -> None:
    """All events of a visit count that has, at any point, one event for which the whole filter holds."""
    assert asked.total(["visits", "events"], filters=filters) == [visits, events]


def test_what_was_done_out_of_range_was_not_done(store: MemoryStore) -> None:
    """A visit over midnight is, as everywhere, what it did within the range."""
    store.hold(visit(1, ("2026-11-17 23:50", {"path": "/blog"}), ("2026-11-18 00:10", {"path": "/"})))
    question: dict[str, Any] = {"filters": [["has_done", READER]]}
    assert Asked(store).total(["visits"], "day", **question) == [0]
    assert Asked(store).total(["visits"], ["2026-11-17", "2026-11-18"], **question) == [1]


def test_visitors_by_the_hour_are_those_of_the_whole_visit(asked: Asked) -> None:
    """``has_done`` is about visits: its visitors are there in every hour from their first event to their last."""
    found = asked.table(["visitors"], dimensions=["time"], filters=[["has_done", ["is", "event:name", ["Signup"]]]])
    assert found == {("2026-11-18 10:00:00",): [2], ("2026-11-18 11:00:00",): [1]}


# --- segments --------------------------------------------------------------------------------------------


def test_a_segment_is_its_filters(asked: Asked) -> None:
    """And the echo says which: a segment may be changed after the question was asked."""
    answer = asked.ask(["visits"], filters=[["is", "segment", [8]], ["is", "event:page", ["/"]]])
    assert answer.results[0]["metrics"] == [2]
    assert answer.query["filters"] == [
        ["is", "visit:source", ["Google"]],
        ["is_not", "event:page", ["/blog"]],
        ["is", "event:page", ["/"]],
    ]


@pytest.mark.parametrize(
    ("filters", "visits", "echo"),
    [
        ([["is", "segment", [7, 8]]], 3,
         [["or", [["and", [READER]], ["and", [["is", "visit:source", ["Google"]], ["is_not", "event:page", ["/blog"]]]]]]]),
        ([["not", ["is", "segment", [7]]]], 3, [["not", ["and", [READER]]]]),
        ([["has_not_done", ["is", "segment", [7]]]], 1, [["has_not_done", ["and", [READER]]]]),
        ([["and", [["is", "segment", [7]], ["is", "visit:source", ["Bing"]]]]], 1,
         [["and", [["and", [READER]], ["is", "visit:source", ["Bing"]]]]]),
    ],
)  # fmt: skip
def test_segments_stand_where_filters_stand(asked: Asked, filters: list[Any], visits: int, echo: list[Any]) -> None:
    """Any of several; within other filters; within has_done."""
    answer = asked.ask(["visits"], filters=filters)
    assert (answer.results[0]["metrics"], answer.query["filters"]) == ([visits], echo)


def test_a_segment_of_goals_is_a_filter_by_goals(asked: Asked) -> None:
    """At the top level its filters join the others, so they may do what filters there may."""
    filters = [["is", "segment", [9]]]
    assert asked.total(["visitors", "conversion_rate"], filters=filters) == [2, 66.7]
    assert asked.table(["visitors"], dimensions=["event:goal"], filters=filters) == {("Signup",): [2]}


@pytest.mark.parametrize(
    ("saved", "question", "said"),
    [
        ([READER], {"filters": [["is", "segment", [7, 1]]]}, "#/filters/0/2/1: There is no segment 1 on this site"),
        ([["is", "event:goal", ["Signup"]]], {"filters": [["not", ["is", "segment", [7]]]]},
         '#/filters/0/1/2/0/0/1: "event:goal" can be used in filters at the top level only'),
        ([["is", "event:goal", ["Gone"]]], {"filters": [["is", "segment", [7]]]},
         '#/filters/0/2/0/0/2/0: There is no goal "Gone" on this site'),
        ([["is", "visit:source", ["x"]]], {"filters": [["has_done", ["is", "segment", [7]]]]},
         '#/filters/0/1/2/0/0/1: "visit:source" is an attribute of the whole visit'),
        ([["is", "segment", [7]]], {"filters": [["is", "segment", [7]]]}, "#/filters/0/2/0/0: A segment cannot contain segments"),
        ([READER] * 150, {"filters": [["is", "segment", [7, 7]]]}, "#/filters: 300 filters are too many: at most 200"),
        ([READER], {"metrics": ["conversion_rate"], "filters": [["is", "segment", [7]]]},
         '#/metrics/0: "conversion_rate" needs goals'),
        ([READER], {"metrics": ["exit_rate"], "dimensions": ["visit:exit_page"], "filters": [["is", "segment", [7]]]},
         '#/filters/0/2/0/0/1: "exit_rate" is about whole visits'),
        ([["matches", "event:page", ["("]]], {"filters": [["is", "segment", [7]]]}, '#/filters/0/2/0/0/2/0: Invalid pattern "("'),
    ],
)  # fmt: skip
def test_a_segment_that_does_not_fit(store: MemoryStore, saved: list[Any], question: dict[str, Any], said: str) -> None:
    """The place goes on into the segment's filters."""
    with pytest.raises(QueryError) as refused:
        Asked(store, goals=[SIGNUP], segments={7: saved}).ask(**{"metrics": ["visitors"], **question})
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ("all", "filters: Expected a list of filters"),
        ([READER, ["is", "segment", [1]]], "filters/1: A segment cannot contain segments"),
        ([["is", "event:pag", ["/"]]], 'filters/0/1: Invalid dimension "event:pag"'),
        ([["is", "event:page", ["/"] * 9_000]] * 2, "filters: 18000 values are too many"),
    ],
)
def test_what_cannot_be_saved(filters: Any, said: str) -> None:
    with pytest.raises(QueryError) as refused:
        segments.check(filters, "filters")
    assert str(refused.value).startswith(said)


def test_filters_over_visits_can_be_saved() -> None:
    segments.check([["has_done", ["is", "event:goal", ["Signup"]]], READER], "filters")
