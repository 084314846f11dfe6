"""Segments as programs save, change and delete them; and questions that name them."""

from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient
from msgspec import json as wire

from analytics.site import Site
from analytics.store.base import Load
from analytics.web.services import Services
from tests.rows import made_row
from tests.web.api.conftest import Call
from tests.web.conftest import NOON

TODAY = datetime.fromtimestamp(NOON, UTC).date()


def test_a_segment_is_saved_listed_changed_and_deleted(call: Call, site: Site) -> None:
    wanted = {"site_id": "example.org", "name": "Readers", "filters": [["is", "visit:country", ["AT"]]]}
    entry = {"domain": "example.org", "id": 1, "name": "Readers", "filters": wanted["filters"]}
    assert call("POST", "segments", wanted).json == entry
    assert call("GET", "segments?site_id=example.org").json == {
        "segments": [entry],
        "meta": {"after": None, "before": None, "limit": 100},
    }
    assert call("PUT", "segments/1", {**wanted, "name": "All", "filters": []}).json == {**entry, "name": "All", "filters": []}
    assert call("DELETE", "segments/1?site_id=example.org").json == {"deleted": True}
    assert call("PUT", "segments/1", wanted).status_code == 404


def test_a_question_by_a_goal_and_a_segment(call: Call, client: FlaskClient, services: Services, site: Site) -> None:
    """What is made through this interface is what questions are asked with."""
    rows = [
        made_row(day=TODAY, time=f"{TODAY}T09:00:00", visitor=1, visit=1, country="AT"),
        made_row(day=TODAY, time=f"{TODAY}T09:00:07", visitor=1, visit=1, seq=1, gap=7, name="Signup", country="AT"),
        made_row(day=TODAY, time=f"{TODAY}T09:00:00", visitor=2, visit=2, country="DE"),
    ]
    services.store.load(site, Load([wire.encode(row) for row in rows], {}, [], []))
    call("PUT", "example.org", {"small_cells": 1})
    call("PUT", "goals", {"site_id": "example.org", "goal_type": "event", "event_name": "Signup", "display_name": "New"})
    call("POST", "segments", {"site_id": "example.org", "name": "Austria", "filters": [["is", "visit:country", ["AT"]]]})
    headers = {"Authorization": f"Bearer {services.control.api_keys.add(site, ['stats'])}"}
    question = {"site_id": "example.org", "date_range": [str(TODAY)] * 2, "metrics": ["visitors", "conversion_rate"]}

    def asked(**more: Any) -> Any:
        answer = client.post("/api/v2/query", json={**question, **more}, headers=headers)
        assert answer.json
        return answer.json.get("results", answer.json)

    assert asked(dimensions=["event:goal"]) == [{"dimensions": ["New"], "metrics": [1, 50.0]}]
    only_austria = [["is", "event:goal", ["New"]], ["is", "segment", [1]]]
    assert asked(filters=only_austria) == [{"dimensions": [], "metrics": [1, 100.0]}]
    given = {"site_id": "example.org", "period": "day", "date": str(TODAY), "metrics": "visitors,conversion_rate"}
    by_v1 = client.get("/api/v1/stats/aggregate", query_string={**given, "filters": "event:goal==New"}, headers=headers).json
    assert by_v1 == {"results": {"visitors": {"value": 1}, "conversion_rate": {"value": 50.0}}}
    by_source = {**given, "property": "visit:source", "filters": "event:goal==New"}
    assert client.get("/api/v1/stats/breakdown", query_string=by_source, headers=headers).json == {
        "results": [{"source": "Direct / None", "visitors": 1, "conversion_rate": 50.0}]
    }
    call("DELETE", "goals/1?site_id=example.org")
    assert "New" in asked(filters=only_austria)["error"]
