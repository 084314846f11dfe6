"""Funnels and flows on shared pages: nobody is told what a few people did (D51)."""

from typing import Any

import pytest

from analytics.errors import QueryError
from analytics.query.cells import Audience
from tests.query.rows import Asked, MemoryStore, visit
from tests.query.test_funnel import on

A = ["is", "event:page", ["/a"]]
B = ["is", "event:page", ["/b"]]
GERMAN = ["is", "visit:country", ["DE"]]


def links(asked: Asked, audience: Audience) -> dict[tuple[str, str], int]:
    """(from, to) -> visits, of the step after A."""
    with asked.answers.sitting(asked.site, audience=audience) as sitting:
        found = sitting.flow({"date_range": "day", "around": A, "before": 0, "after": 1})
    return {(link.source, link.target): link.visits for link in found.results.links}


def test_the_public_sees_no_way_of_fewer_than_ten(store: MemoryStore) -> None:
    """Whatever the site has chosen for people with an account."""
    store.hold([row for number in range(1, 13) for row in visit(number, *on("/a", "/b" if number < 11 else "/cart"))])
    asked = Asked(store)
    assert links(asked, Audience.SIGNED_IN) == {("(here)", "/b"): 10, ("(here)", "/cart"): 2}
    assert links(asked, Audience.PUBLIC) == {("(here)", "/b"): 10, ("(here)", "(other)"): 2}


@pytest.mark.parametrize(("ask", "own"), [("funnel", {"steps": [A, B]}), ("flow", {"around": A})])
def test_the_public_is_not_told_what_people_of_one_kind_did(store: MemoryStore, ask: str, own: dict[str, Any]) -> None:
    """A step of three visitors from one country would tell of those three."""
    store.hold(visit(1, *on("/a", "/b"), country="DE"))
    asked = Asked(store)
    with asked.answers.sitting(asked.site, audience=Audience.PUBLIC) as sitting:
        with pytest.raises(QueryError, match="do not show what visits did by attributes of people"):
            getattr(sitting, ask)({"date_range": "day", "filters": [GERMAN], **own})
        assert getattr(sitting, ask)({"date_range": "day", **own}).results
