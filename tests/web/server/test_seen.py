"""“Your connection” shows the owner how a request arrives, for setting up a proxy (D3, T13)."""

import logging
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analytics.web.services import Services

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def seen_from(client: FlaskClient, peer: str, **headers: str) -> str:
    answer = client.get("/seen", environ_overrides={"REMOTE_ADDR": peer}, headers={"User-Agent": AGENT, **headers})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.text


def test_d3_behind_a_trusted_proxy_the_page_shows_the_visitors_address_and_where_it_was_found(
    signed_in_client: FlaskClient,
) -> None:
    page = seen_from(signed_in_client, "192.0.2.1", **{"X-Forwarded-For": "203.0.113.9"})
    assert "<code>192.0.2.1</code></td><td>in trusted_proxies" in page
    assert "<code>203.0.113.9</code></td><td>taken from x-forwarded-for" in page
    assert "Firefox" in page


def test_t13_a_header_from_elsewhere_is_shown_as_ignored(signed_in_client: FlaskClient) -> None:
    page = seen_from(signed_in_client, "198.51.100.7", **{"X-Forwarded-For": "203.0.113.9"})
    assert "<code>203.0.113.9</code></td><td>ignored" in page
    assert "<code>198.51.100.7</code></td><td>taken from the connection" in page


def test_only_those_who_are_signed_in_see_it(client: FlaskClient, owner: object) -> None:
    answer = client.get("/seen", environ_overrides={"REMOTE_ADDR": "198.51.100.7"})
    assert answer.status_code == 303
    assert "198.51.100.7" not in answer.text


def test_nothing_of_it_is_kept_or_logged(
    signed_in_client: FlaskClient, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    seen_from(signed_in_client, "192.0.2.1", **{"X-Forwarded-For": "203.0.113.9"})
    data: Path = services.config.data
    for file in (path for path in data.rglob("*") if path.is_file()):
        assert b"203.0.113.9" not in file.read_bytes(), file
        assert b"Firefox" not in file.read_bytes(), file
    assert "203.0.113.9" not in caplog.text
    assert "Firefox" not in caplog.text


def test_a_server_that_opened_no_door_shows_nothing(app: Flask, signed_in_client: FlaskClient) -> None:
    app.wsgi_app = app.wsgi_app._pages  # type: ignore[attr-defined]
    page = signed_in_client.get("/seen").text
    assert "passed on no information about this connection" in page
