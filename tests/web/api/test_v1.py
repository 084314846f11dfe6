"""Plausible's Stats API v1 as programs see it. How its parameters become questions is tests/query/test_v1.py's matter."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from msgspec import json as wire
from werkzeug.test import TestResponse

from analytics.site import Site
from analytics.store.base import Load
from analytics.web.api.route import refused
from analytics.web.services import Services
from tests.rows import made_row
from tests.web.conftest import NOON


@pytest.fixture
def site(services: Services) -> Site:
    """Two visitors today, one of whom read two pages and is still there."""
    site = services.control.sites.add("example.org", "UTC")
    today = datetime.fromtimestamp(NOON, UTC)
    rows = [
        made_row(day=today.date(), time="2026-09-21T09:00:00", visitor=1, visit=1, source="Google"),
        made_row(day=today.date(), time="2026-09-21T14:10:00", visitor=2, visit=2, seq=1),
        made_row(day=today.date(), time="2026-09-21T14:11:00", visitor=2, visit=2, seq=2, gap=60, path="/a"),
    ]
    services.store.load(site, Load([wire.encode(row) for row in rows], {}, [], []))
    return site


@pytest.fixture
def key(services: Services, site: Site) -> str:
    return services.control.api_keys.add(site, ["stats"])


def ask(client: FlaskClient, key: str, path: str, **given: str) -> TestResponse:
    headers = {"Authorization": f"Bearer {key}"}
    return client.get(f"/api/v1/stats/{path}", query_string={"site_id": "example.org", **given}, headers=headers)


@pytest.mark.parametrize(
    ("path", "given", "body"),
    [
        ("realtime/visitors", {}, 1),
        (
            "aggregate",
            {"period": "day", "metrics": "visitors,pageviews", "compare": "previous_period"},
            {
                "results": {
                    "visitors": {"value": 2, "comparison_value": 0, "change": None},
                    "pageviews": {"value": 3, "comparison_value": 0, "change": None},
                }
            },
        ),
        (
            "timeseries",
            {"period": "custom", "date": "2026-09-20,2026-09-21"},
            {"results": [{"date": "2026-09-20", "visitors": 0}, {"date": "2026-09-21", "visitors": 2}]},
        ),
        (
            "breakdown",
            {"period": "day", "property": "event:page", "metrics": "visitors,pageviews"},
            {"results": [{"page": "/", "visitors": 2, "pageviews": 2}, {"page": "/a", "visitors": 1, "pageviews": 1}]},
        ),
        (
            "breakdown",
            {"period": "day", "property": "event:page", "filters": "visit:source==Google"},
            {"results": [{"page": "/", "visitors": 1}]},
        ),
    ],
)
def test_questions_of_v1_are_answered_in_its_shape(client: FlaskClient, key: str, path: str, given: dict[str, str], body: Any) -> None:
    answer = ask(client, key, path, **given)
    assert (answer.status_code, answer.json) == (200, body)
    assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("application/json", "no-store")


def test_v1_gives_the_number_of_v2(client: FlaskClient, key: str) -> None:
    """T16: one engine."""
    question = {"site_id": "example.org", "metrics": ["visitors", "visit_duration"], "date_range": ["2026-09-21", "2026-09-21"]}
    other = client.post("/api/v2/query", json=question, headers={"Authorization": f"Bearer {key}"}).json
    assert other
    first = ask(client, key, "aggregate", period="day", metrics="visitors,visit_duration").json
    assert first
    assert [first["results"][name]["value"] for name in question["metrics"]] == other["results"][0]["metrics"]


@pytest.mark.parametrize(
    ("path", "given", "error"),
    [
        ("aggregate", {"period": "never"}, "period: Expected realtime"),
        ("aggregate", {"metrics": "visitors,baa"}, 'metrics: Invalid metric "baa"'),
        ("aggregate", {"filters": "event:page=="}, "filters: Expected filters such as"),
        ("aggregate", {"date_range": "day"}, "date_range: Unknown parameter"),
        ("breakdown", {}, "property: Expected what to break down by"),
        ("breakdown", {"property": "event:shoe"}, 'property: Invalid dimension "event:shoe"'),
        ("timeseries", {"interval": "decade"}, "interval: Expected"),
        ("timeseries", {"period": "custom", "date": "2026-02-01,2026-01-01"}, "date: Invalid date range"),
        (
            "timeseries",
            {"period": "custom", "date": "2020-01-01,2026-01-01", "interval": "hour"},
            'interval: "time:hour" divides this range into more than',
        ),
        ("aggregate", {"site_id": ""}, "site_id: Required"),
        ("realtime/visitors", {"site_id": ""}, "site_id: Required"),
    ],
)
def test_what_cannot_be_answered_names_the_parameter(
    client: FlaskClient, key: str, path: str, given: dict[str, str], error: str
) -> None:
    answer = ask(client, key, path, **given)
    assert answer.status_code == 400
    assert answer.json
    assert list(answer.json) == ["error"]
    assert answer.json["error"].startswith(error)


@pytest.mark.parametrize("path", ["realtime/visitors", "aggregate", "timeseries", "breakdown"])
def test_without_a_key_for_the_site(client: FlaskClient, services: Services, key: str, path: str) -> None:
    sites = services.control.api_keys.add(None, ["sites", "events"])
    for by, domain in ((sites, "example.org"), ("", "example.org"), ("wrong", "example.org"), (key, "nowhere.example")):
        answer = ask(client, by, path, site_id=domain)
        assert (answer.status_code, answer.json) == (401, {"error": str(refused("stats"))})
        assert answer.headers["WWW-Authenticate"] == "Bearer"
