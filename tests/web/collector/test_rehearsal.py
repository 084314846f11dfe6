"""``POST /api/event?debug=1``: who may ask. What is answered is tests/ingest/test_rehearsal.py's matter."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from analytics.site import Site
from analytics.web.services import Services

VIEW = {"n": "pageview", "u": "https://example.org/a", "d": "example.org"}
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


def ask(client: FlaskClient, **headers: str) -> Any:
    return client.post("/api/event?debug=1", json=VIEW, headers={"User-Agent": CHROME} | headers)


def test_who_is_signed_in_is_told(signed_in_client: FlaskClient, site: Site, services: Services) -> None:
    """Without a CSRF token, since nothing is changed; and nothing is."""
    answer = ask(signed_in_client)
    assert (answer.status_code, answer.json["sites"][0]["result"]) == (200, "counted")
    assert answer.json["sites"][0]["row"]["path"] == "/a"
    assert answer.headers["Cache-Control"] == "no-store"
    assert services.arrivals.latest(site.id) == []


def test_a_stranger_is_not(client: FlaskClient, site: Site) -> None:
    """401, with CORS: no answer carries leave to send cookies, so another site's page cannot ask in the owner's name."""
    answer = ask(client)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (401, "*")
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert ask(client, Authorization="Bearer wrong").status_code == 401


def test_a_key_for_events_will_do(client: FlaskClient, site: Site, services: Services) -> None:
    key = services.control.api_keys.add(site, ["events"])
    assert ask(client, Authorization=f"Bearer {key}").json["sites"][0]["result"] == "counted"
    assert ask(client, Authorization=f"Bearer {services.control.api_keys.add(site, ['stats'])}").status_code == 401


@pytest.mark.parametrize("query", ["debug=0", "debug=", "x=debug=1", ""])
def test_only_debug_1_is_a_rehearsal(client: FlaskClient, site: Site, query: str) -> None:
    answer = client.post(f"/api/event?{query}", json=VIEW, headers={"User-Agent": CHROME})
    assert (answer.status_code, answer.text) == (202, "ok")
