"""Goals as programs find, add and delete them."""

from typing import Any

import pytest

from analytics.site import Goal, Site
from analytics.web.services import Services
from tests.web.api.conftest import Call, said


def test_a_goal_is_found_or_added_listed_and_deleted(call: Call, services: Services, site: Site) -> None:
    wanted = {"site_id": "example.org", "goal_type": "event", "event_name": "Signup"}
    first, again = call("PUT", "goals", wanted), call("PUT", "goals", wanted)
    entry = {
        "domain": "example.org", "id": 1, "goal_type": "event", "display_name": "Signup", "event_name": "Signup",
        "page_path": None, "scroll_threshold": None, "currency": None, "custom_props": {},
    }  # fmt: skip
    assert (first.json, again.json) == (entry, entry)
    listed = call("GET", "goals?site_id=example.org").json
    assert listed == {"goals": [entry], "meta": {"after": None, "before": None, "limit": 100}}
    assert call("DELETE", "goals/1", {"site_id": "example.org"}).json == {"deleted": True}
    assert said(call("DELETE", "goals/1?site_id=example.org"), 404) == "This goal does not exist; it may have been removed"


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        (
            {"goal_type": "page", "page_path": "/register", "scroll_threshold": -1},
            Goal(id=1, name="Visit /register", kind="page", page_path="/register"),
        ),
        (
            {"goal_type": "scroll", "page_path": "/blog/**", "scroll_threshold": 75, "display_name": "Read on"},
            Goal(id=1, name="Read on", kind="scroll", page_path="/blog/**", scroll_threshold=75),
        ),
        (
            {"goal_type": "event", "event_name": "Order", "currency": "eur", "custom_props": {"plan": "free"}},
            Goal(id=1, name="Order", kind="event", event_name="Order", currency="EUR", props={"plan": "free"}),
        ),
    ],
)
def test_every_kind_of_goal(call: Call, services: Services, site: Site, fields: dict[str, Any], kept: Goal) -> None:
    assert call("PUT", "goals", {"site_id": "example.org", **fields}).status_code == 200
    assert services.control.goals.all(site) == [kept]
