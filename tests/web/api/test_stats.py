"""POST /api/v2/query as programs see it: keys, answers, refusals."""

import json
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analytics.config import load
from analytics.errors import NotFound, StoreUnavailable
from analytics.query.run import Answers
from analytics.site import Site
from analytics.store.control.keys import Key
from analytics.store.duckdb.dialect import DuckDBDialect
from analytics.web import api
from analytics.web.allowance import Allowance
from analytics.web.api.route import refused
from analytics.web.body import LARGEST
from analytics.web.server import errors
from analytics.web.services import Services
from tests.query.rows import Asked, MemoryStore, row

SITE = Site(id="s1", domain="shop.example", timezone="UTC")
OTHER = Site(id="s2", domain="other.example", timezone="UTC")
QUESTION = {"site_id": "shop.example", "metrics": ["visitors", "pageviews"], "date_range": "day"}

KEYS = {
    "all": Key(id=1, name="", scopes=frozenset({"stats", "events"}), site_ids=None),
    "shop": Key(id=2, name="", scopes=frozenset({"stats"}), site_ids=frozenset({"s1"})),
    "other": Key(id=3, name="", scopes=frozenset({"stats"}), site_ids=frozenset({"s2"})),
    "owner": Key(id=5, name="", scopes=frozenset({"stats", "sites"}), site_ids=None),
    "events": Key(id=4, name="", scopes=frozenset({"events"}), site_ids=frozenset({"s1"})),
}


def _site(domain: str) -> Site:
    for site in (SITE, OTHER):
        if site.domain == domain:
            return site
    raise NotFound(f"there is no site {domain}")


CONTROL: Any = SimpleNamespace(
    api_keys=SimpleNamespace(find=KEYS.get),
    sites=SimpleNamespace(find=_site),
    sections=SimpleNamespace(all=lambda site: []),
)
"""As much of ``ControlStore`` as the API needs."""


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.hold([row("2026-11-18 10:00"), row("2026-11-18 10:05", seq=1, path="/a"), row("2026-11-18 11:00", visitor=2, visit=2)])
    return store


@pytest.fixture
def client(store: MemoryStore) -> FlaskClient:
    """The API alone, on rows in memory, with the error pages of the whole app."""
    app = Flask(__name__)
    now = Asked(store).now
    parts: dict[str, Any] = dict.fromkeys(Services.__struct_fields__)
    parts |= {
        "config": load({}, {}),
        "control": CONTROL,
        "answers": Answers(store, CONTROL, lambda: now, lambda site: None, DuckDBDialect()),
        "allowance": Allowance(60, lambda: now),
    }
    app.extensions["footfall"] = Services(**parts)
    app.register_blueprint(api.blueprint)
    errors.set_up(app)
    return app.test_client()


def ask(client: FlaskClient, question: Any, key: str | None = "shop", **more: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body = question if isinstance(question, bytes) else json.dumps(question).encode()
    return client.post("/api/v2/query", data=body, headers=headers, **more)


def test_an_answer_is_json_with_results_meta_and_question(client: FlaskClient) -> None:
    answer = ask(client, QUESTION)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert list(json.loads(answer.data)) == ["results", "meta", "query"]
    assert answer.json
    assert answer.json["results"] == [{"dimensions": [], "metrics": [2, 3]}]
    assert answer.json["query"]["site_id"] == "shop.example"


def test_the_owner_is_told_how_an_answer_was_found(client: FlaskClient, store: MemoryStore) -> None:
    """Which days were read from what, and the statement; a key that may read the statistics alone is not told."""
    path = "/api/v2/query?explain=1"
    body = json.dumps({**QUESTION, "date_range": ["2026-11-17", "2026-11-18"]})
    store.hold([row("2026-11-17 10:00"), row("2026-11-18 10:00", visit=2)])
    store.seal(date(2026, 11, 17), date(2026, 11, 17), "UTC", rolled=[""])
    answer = client.post(path, data=body, headers={"Authorization": "Bearer owner"}).json
    assert answer
    explain = answer["meta"]["explain"]
    assert explain["rollups_by_day"] == [["2026-11-17", "2026-11-17"]]
    assert explain["rows_of_times"] == [["2026-11-18T00:00:00", "2026-11-19T00:00:00"]]
    assert (explain["rollups_by_month"], explain["marked_rows_of_days"]) == ([], [])
    assert any("rollup_days" in line for line in explain["sql"])
    assert answer["results"] == [{"dimensions": [], "metrics": [2, 2]}]
    assert client.post(path, data=body, headers={"Authorization": "Bearer shop"}).status_code == 401


def test_the_answer_is_that_of_the_dashboards(client: FlaskClient, store: MemoryStore) -> None:
    """T16: one engine, so one number."""
    question = {**QUESTION, "dimensions": ["event:page"]}
    answer = ask(client, question).json
    assert answer
    asked = Asked(store).ask(["visitors", "pageviews"], dimensions=["event:page"])
    assert answer["results"] == asked.results


@pytest.mark.parametrize(
    ("key", "site"),
    [
        pytest.param(None, "shop.example", id="no key"),
        pytest.param("wrong", "shop.example", id="key does not exist"),
        pytest.param("other", "shop.example", id="a key of another site"),
        pytest.param("events", "shop.example", id="a key that may send events only"),
        pytest.param("all", "nowhere.example", id="a site that does not exist"),
        pytest.param("shop", "other.example", id="a site that the key is not for"),
    ],
)
def test_without_a_key_for_the_site(client: FlaskClient, key: str | None, site: str) -> None:
    """All alike: a stranger does not learn which sites exist."""
    answer = ask(client, {**QUESTION, "site_id": site}, key)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json == {"error": str(refused("stats"))}


def test_a_key_of_the_owner_is_for_all_sites(client: FlaskClient) -> None:
    assert [ask(client, {**QUESTION, "site_id": site.domain}, "all").status_code for site in (SITE, OTHER)] == [200, 200]


def test_the_scheme_is_bearer_in_any_case(client: FlaskClient) -> None:
    answers = [
        client.post("/api/v2/query", data=json.dumps(QUESTION), headers={"Authorization": text}).status_code
        for text in ("bearer shop", "Bearer  shop", "Basic shop", "shop", "Bearer")
    ]
    assert answers == [200, 200, 401, 401, 401]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "#: Not a JSON document"),
        (b"{", "#: Not a JSON document"),
        (b"[]", "#: Expected an object"),
        (b"\xff", "#: Not a JSON document"),
        (b"[" * 100_000, "#: Not a JSON document"),
        (b'{"metrics": ["\\ud800"]}', "#: Not a JSON document"),
        (b'{"metrics": ["visitors"], "date_range": "day"}', "#/site_id: Expected the domain of a site"),
        (b'{"site_id": 1}', "#/site_id: Expected the domain of a site"),
        (json.dumps({**QUESTION, "metrics": ["visitors", "baa"]}).encode(), '#/metrics/1: Invalid metric "baa"'),
        (json.dumps({**QUESTION, "date_range": "never"}).encode(), '#/date_range: Invalid date range "never"'),
        (json.dumps({**QUESTION, "surprise": 1}).encode(), "#/surprise: Unknown key"),
    ],
)
def test_what_cannot_be_answered(client: FlaskClient, body: bytes, said: str) -> None:
    answer = ask(client, body)
    assert answer.status_code == 400
    assert answer.json
    assert list(answer.json) == ["error"]
    assert answer.json["error"].startswith(said)


def test_a_body_that_is_too_large(client: FlaskClient) -> None:
    """With its length named, or in chunks without."""
    large = b'{"a": "' + b"x" * LARGEST + b'"}'
    assert ask(client, large).status_code == 413
    chunked = ask(client, large, environ_overrides={"CONTENT_LENGTH": "", "wsgi.input_terminated": True})
    assert chunked.status_code == 413
    assert chunked.json
    assert "error" in chunked.json


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_is_refused_in_json(client: FlaskClient, method: str) -> None:
    answer = client.open("/api/v2/query", method=method)
    assert answer.status_code == 405
    assert answer.json
    assert "error" in answer.json


def test_when_the_rows_cannot_be_read(client: FlaskClient, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_: object) -> None:
        raise StoreUnavailable("shop.duckdb: busy")

    monkeypatch.setattr(store, "query", unavailable)
    answer = ask(client, QUESTION)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "shop" not in answer.text


def test_d58_pages_of_other_sites_may_ask_with_a_key(client: FlaskClient) -> None:
    """CORS on answers and errors; a preflight is asked without a key, because browsers send none with it."""
    preflight = client.options("/api/v2/query", headers={"Origin": "https://other.example"})
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert preflight.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    assert set(preflight.headers["Access-Control-Allow-Methods"].split(", ")) == {"OPTIONS", "POST"}
    for body, key in ((QUESTION, "shop"), ({**QUESTION, "metrics": ["x"]}, "shop"), (QUESTION, "wrong")):
        answer = client.post("/api/v2/query", json=body, headers={"Authorization": f"Bearer {key}"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*", answer.status
        assert "Access-Control-Allow-Credentials" not in answer.headers, "no cookie opens anything here"


def test_a_slash_at_an_addresss_end_makes_no_difference(client: FlaskClient) -> None:
    """Some proxies and clients add one."""
    asked = client.post("/api/v2/query/", json=QUESTION, headers={"Authorization": "Bearer shop"})
    assert asked.json == ask(client, QUESTION).json


STEPS = [["is", "event:page", ["/"]], ["is", "event:page", ["/a"]]]


def test_a_funnel_is_answered_step_by_step(client: FlaskClient) -> None:
    question = {"site_id": "shop.example", "date_range": "day", "steps": STEPS}
    answer = client.post("/api/v2/funnel", json=question, headers={"Authorization": "Bearer shop"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json
    assert answer.json["results"] == [
        {"step": 1, "visitors": 2, "visits": 2, "share": 100.0, "share_of_previous": 100.0, "drop_off": 0},
        {"step": 2, "visitors": 1, "visits": 1, "share": 50.0, "share_of_previous": 50.0, "drop_off": 1},
    ]


def test_a_flow_of_few_visits_is_folded(client: FlaskClient) -> None:
    """Two visits are too few for their ways to be shown."""
    question = {"site_id": "shop.example", "date_range": "day", "around": STEPS[0], "before": 0, "after": 1}
    answer = client.post("/api/v2/flow", json=question, headers={"Authorization": "Bearer shop"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json
    assert answer.json["results"] == {
        "nodes": [{"step": 0, "name": "(here)", "visits": 2}, {"step": 1, "name": "(other)", "visits": 2}],
        "links": [{"step": 1, "from": "(here)", "to": "(other)", "visits": 2}],
    }


@pytest.mark.parametrize("path", ["funnel", "flow"])
def test_a_way_through_a_site_needs_a_key_and_names_the_place_of_what_is_wrong(client: FlaskClient, path: str) -> None:
    question = {"site_id": "shop.example", "date_range": "never", "steps": STEPS, "around": STEPS[0]}
    del question["around" if path == "funnel" else "steps"]
    assert client.post(f"/api/v2/{path}", json=question).status_code == 401
    answer = client.post(f"/api/v2/{path}", json=question, headers={"Authorization": "Bearer shop"})
    assert answer.status_code == 400
    assert answer.json == {"error": '#/date_range: Invalid date range "never"'}
