"""What goes wrong is answered in the caller's language, and tells nothing about the request to anybody else (R-23)."""

import logging

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient

from analytics.errors import ConfigError, DataLocked, InvalidInput, NotFound, QueryError, StoreUnavailable
from analytics.web.accounts import access

SECRET = "token=do-not-log-this"


@pytest.fixture
def broken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Pages that fail in every way."""
    failures = {
        "bug": RuntimeError(SECRET),
        "invalid": InvalidInput("name", "Write a name"),
        "query": QueryError("#/metrics/0", "unknown"),
        "missing": NotFound("There is no such thing"),
        "store": StoreUnavailable(f"/data/x.duckdb: {SECRET}"),
        "locked": DataLocked("process 7"),
        "config": ConfigError("bind", SECRET, "wrong"),
    }

    def fail(kind: str) -> str:
        raise failures[kind]

    def code(number: int) -> str:
        abort(number)

    monkeypatch.setattr(access, "ANYONE", {**access.ANYONE, "fail": "a test", "fail_api": "a test", "code": "a test"})
    app.add_url_rule("/fail/<kind>", "fail", fail)
    app.add_url_rule("/api/fail/<kind>", "fail_api", fail)
    app.add_url_rule("/code/<int:number>", "code", code)
    app.add_url_rule("/read", "read", lambda: str(len(request.get_data())), methods=["POST"])
    return app


KINDS = [
    ("bug", 500, "Server error"),
    ("invalid", 400, "Write a name"),
    ("query", 400, "unknown"),
    ("missing", 404, "There is no such thing"),
    ("store", 503, "The data are not available at the moment"),
    ("locked", 503, "The data are not available at the moment"),
    ("config", 500, "Server error"),
]
PLACES = {"query": "#/metrics/0: "}
"""Programs are told the place in what they sent, people are not."""


@pytest.mark.parametrize(("kind", "status", "text"), KINDS)
def test_every_error_has_its_status_and_a_page(broken: Flask, client: FlaskClient, kind: str, status: int, text: str) -> None:
    answer = client.get(f"/fail/{kind}")
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert text in answer.text
    assert SECRET not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("kind", "status", "text"), [row for row in KINDS if row[1] < 500])
def test_a_program_gets_json(broken: Flask, client: FlaskClient, kind: str, status: int, text: str) -> None:
    for answer in (client.get(f"/api/fail/{kind}"), client.get(f"/fail/{kind}", headers={"Accept": "application/json"})):
        assert (answer.status_code, answer.json) == (status, {"error": PLACES.get(kind, "") + text})


@pytest.mark.parametrize(("kind", "name"), [("bug", "RuntimeError"), ("store", "StoreUnavailable"), ("config", "ConfigError")])
def test_the_log_names_the_kind_and_the_place_and_nothing_of_the_request(
    broken: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture, kind: str, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    client.get(f"/fail/{kind}?{SECRET}", headers={"Cookie": SECRET, "Referer": f"https://example.org/?{SECRET}"})
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [f"{name} at test_errors.py"]
    assert caplog.records[0].exc_info is None
    assert SECRET not in caplog.text


def test_what_people_do_wrong_is_not_logged(broken: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for kind in ("invalid", "query", "missing"):
        client.get(f"/fail/{kind}")
    assert caplog.records == []


@pytest.mark.parametrize("number", [400, 401, 403, 404, 405, 413, 429, 500, 503, 418])
def test_every_http_error_has_a_page(broken: Flask, client: FlaskClient, number: int) -> None:
    answer = client.get(f"/code/{number}")
    assert answer.status_code == number
    assert "<h1>" in answer.text
    assert "Traceback" not in answer.text


def test_what_does_not_work_now_says_when_to_ask_again(broken: Flask, client: FlaskClient) -> None:
    assert client.get("/fail/store").headers["Retry-After"] == "5"


def test_a_wrong_method_is_answered_with_the_right_ones(client: FlaskClient) -> None:
    answer = client.get("/keys/1/revoke")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


def test_a_body_that_is_too_large_is_413(broken: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "MACHINES", {**access.MACHINES, "read": "a test"})
    assert client.post("/read", data=b"x" * (1024 * 1024 + 1)).status_code == 413


def test_a_page_that_is_not_there_needs_no_sign_in(client: FlaskClient) -> None:
    answer = client.get("/no/such/page/anywhere")
    assert answer.status_code == 404
    assert "Page not found" in answer.text


# --- headers -------------------------------------------------------------------------------------------

PATHS = ["/sign-in", "/setup", "/no/such/page/anywhere", "/sites"]


@pytest.mark.parametrize("path", PATHS)
def test_every_page_refuses_frames_foreign_code_and_guessing(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(rule.strip().partition(" ")[::2] for rule in headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", ["/", "/sites/new", "/seen", "/keys", "/sites"])
def test_pages_for_people_who_are_signed_in_are_in_nobodys_cache(signed_in_client: FlaskClient, path: str) -> None:
    assert signed_in_client.get(path).headers["Cache-Control"] == "no-store"


def test_no_page_of_ours_has_a_script_or_style_that_the_policy_would_stop(signed_in_client: FlaskClient, site: object) -> None:
    paths = ["/sites", "/sites/new", "/sites/example.org/snippet", "/sites/example.org/settings", "/keys", "/seen"]
    for path in [*paths, "/sites/example.org/sections"]:
        page = signed_in_client.get(path).text
        for forbidden in ("<style", " style=", " onclick=", " onload=", "<script>", "javascript:"):
            assert forbidden not in page, path


def test_what_other_sites_load_can_be_loaded_by_them(client: FlaskClient) -> None:
    headers = client.get("/js/footfall.js").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Security-Policy" not in headers
    assert "Set-Cookie" not in headers


class TestBehindHttps:
    @pytest.fixture
    def public_url(self) -> str:
        return "https://stats.example.org"

    @pytest.mark.parametrize("path", [*PATHS, "/health/live", "/js/footfall.js"])
    def test_browsers_are_told_to_stay_on_https(self, client: FlaskClient, path: str) -> None:
        assert client.get(path).headers["Strict-Transport-Security"] == "max-age=31536000"
