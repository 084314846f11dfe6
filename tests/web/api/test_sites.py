"""/api/v1/sites as programs see it: sites with their settings, goals, segments, and who may touch which."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from msgspec import json as wire
from werkzeug.test import TestResponse

from analytics.model import Goal, Site, SiteSettings
from analytics.store.base import Load
from analytics.web.api.route import refused
from analytics.web.services import Services
from tests.rows import made_row
from tests.web.conftest import NOON, Watch

TODAY = datetime.fromtimestamp(NOON, UTC).date()
Call = Callable[..., TestResponse]
REFUSED = {"error": str(refused("sites"))}


@pytest.fixture
def key(services: Services) -> str:
    """One for all sites, with the scope ``sites`` alone."""
    return services.control.add_key(None, ["sites"], "deploy")


@pytest.fixture
def call(client: FlaskClient, key: str) -> Call:
    """``call("PUT", "goals", {...})``; another key with ``by``."""

    def made(method: str, path: str = "", body: Any = None, by: str | None = None, **more: Any) -> TestResponse:
        data = json.dumps(body) if body is not None else None
        headers = {"Authorization": f"Bearer {by or key}"}
        return client.open(f"/api/v1/sites/{path}".removesuffix("/").replace("/?", "?"), method=method, data=data, headers=headers, **more)

    return made


def said(answer: TestResponse, status: int = 400) -> str:
    """What an error says."""
    assert answer.status_code == status, answer.text
    assert answer.json
    assert list(answer.json) == ["error"]
    return str(answer.json["error"])


# --- sites ---------------------------------------------------------------------------------------------


def test_a_site_is_added_shown_listed_and_changed(call: Call, services: Services) -> None:
    added = call("POST", body={"domain": "https://www.Example.org/", "timezone": "Europe/Berlin"})
    assert (added.status_code, added.json) == (200, {"domain": "example.org", "timezone": "Europe/Berlin"})
    assert added.headers["Cache-Control"] == "no-store"
    defaults = json.loads(wire.encode(SiteSettings()))
    assert call("GET", "example.org").json == {"domain": "example.org", "timezone": "Europe/Berlin", **defaults}
    changes = {"domain": "new.example", "timezone": "UTC", "small_cells": 1, "excluded_networks": ["192.0.2.7/24"]}
    changed = call("PUT", "example.org", changes).json
    assert changed == {**defaults, **changes, "excluded_networks": ["192.0.2.0/24"]}
    assert call("GET").json == {
        "sites": [{"domain": "new.example", "timezone": "UTC"}],
        "meta": {"after": None, "before": None, "limit": 100},
    }
    assert services.directory.find("new.example") == services.control.site("new.example")


def test_a_site_without_a_zone_has_days_of_utc(call: Call) -> None:
    for domain, rest in (("a.example", {}), ("b.example", {"timezone": ""})):
        assert call("POST", body={"domain": domain, **rest}).json == {"domain": domain, "timezone": "UTC"}


def test_what_is_left_out_of_a_change_stays(call: Call, services: Services, site: Site) -> None:
    call("PUT", "example.org", {"regions": True})
    call("PUT", "example.org", {"script": "kiosk", "features": ["forms"]})
    assert services.control.site("example.org").settings == SiteSettings(regions=True, script="kiosk", features=("forms",))


def test_the_log_names_the_key(call: Call, services: Services, site: Site) -> None:
    """D22: whoever opens small cells is on record."""
    call("PUT", "example.org", {"small_cells": 1})
    (record, *_) = services.control.audit.latest()
    assert (record.who, record.what, record.subject) == ("key deploy", "site changed", "example.org: small_cells = 1")


@pytest.mark.parametrize("kind", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_forms_are_read_as_json_is(client: FlaskClient, key: str, services: Services, kind: str) -> None:
    """As ``curl -F`` and the examples of Plausible's clients send them."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": kind}
    fields = {"domain": "example.org", "timezone": "Europe/Vienna"}
    assert client.post("/api/v1/sites", data=fields, headers=headers).json == fields
    assert client.put("/api/v1/sites/example.org", data={"small_cells": "3", "regions": "true"}, headers=headers).status_code == 200
    settings = services.control.site("example.org").settings
    assert (settings.small_cells, settings.regions) == (3, True)


@pytest.mark.parametrize(
    ("method", "path", "body", "error"),
    [
        ("POST", "", {"timezone": "UTC"}, "#: Object missing required field `domain`"),
        ("POST", "", {"domain": 1}, "#/domain: Expected `str`, got `int`"),
        ("POST", "", [], "#: Expected `object`, got `array`"),
        ("POST", "", {"domain": "a b"}, "#/domain: A domain cannot contain a space"),
        ("POST", "", {"domain": "example.org"}, "#/domain: example.org is here already"),
        ("POST", "", {"domain": "new.example", "timezone": "Mars"}, "#/timezone: “Mars” is not a time zone"),
        ("PUT", "example.org", {"smal_cells": 1}, "#: Object contains unknown field `smal_cells`"),
        ("PUT", "example.org", {"small_cells": "1"}, "#/small_cells: Expected `int`, got `str`"),
        ("PUT", "example.org", {"small_cells": 0}, "#/small_cells: A whole number from 1"),
        ("PUT", "example.org", {"hostnames": ["a b"]}, "#/hostnames: “a b”: A domain cannot contain a space"),
        ("PUT", "example.org", {"hostnames": [1]}, "#/hostnames/0: Expected `str`, got `int`"),
        ("PUT", "example.org", {"excluded_networks": ["home"]}, "#/excluded_networks: 'home' does not appear to be"),
        ("PUT", "example.org", {"allowed_robots": ["GPTBit"]}, "#/allowed_robots: No robot is called “GPTBit”; near it are GPTBot"),
        ("PUT", "goals", {"site_id": "example.org"}, "#: Object missing required field `goal_type`"),
        ("PUT", "goals", {"site_id": "example.org", "goal_type": "wish"}, "#/goal_type: Invalid enum value 'wish'"),
        ("PUT", "goals", {"site_id": "example.org", "goal_type": "event"}, "#/event_name: The name of the event"),
        ("PUT", "goals", {"site_id": "example.org", "goal_type": "page", "page_path": "a"}, "#/page_path: “a” is not a path"),
        (
            "PUT", "goals", {"site_id": "example.org", "goal_type": "scroll", "page_path": "/", "scroll_threshold": 101},
            "#/scroll_threshold: Expected `int` <= 100",
        ),
        (
            "PUT", "goals", {"site_id": "example.org", "goal_type": "event", "event_name": "A", "display_name": "\u202e"},
            "#/display_name: ",
        ),
        (
            "PUT", "goals", {"site_id": "example.org", "goal_type": "event", "event_name": "A", "custom_props": {"a": ""}},
            "#/custom_props: Each property has a name and a value",
        ),
        ("POST", "segments", {"site_id": "example.org", "name": "A", "filters": {}}, "#/filters: Expected `array`"),
        ("POST", "segments", {"site_id": "example.org", "name": "", "filters": []}, "#/name: Name the segment"),
        ("POST", "segments", {"site_id": "example.org", "name": "A", "filters": [["is"]]}, "#/filters/0: Expected"),
        (
            "POST", "segments", {"site_id": "example.org", "name": "A", "filters": [["is", "segment", [1]]]},
            "#/filters/0: A segment cannot be made of segments",
        ),
        (
            "POST", "segments", {"site_id": "example.org", "name": "A", "filters": [["is", "event:goal", ["Gone"]]]},
            "#/filters/0/2/0: ",
        ),
        ("PUT", "notes", {"site_id": "example.org"}, "#: Object missing required field `text`"),
        ("PUT", "notes", {"site_id": "example.org", "text": " "}, "#/text: Say what happened"),
        ("PUT", "notes", {"site_id": "example.org", "text": "A", "at": "yesterday"}, '#/at: Invalid date "yesterday"'),
        ("PUT", "notes", {"site_id": "example.org", "text": "A", "at": "2026-02-30"}, '#/at: Invalid date "2026-02-30"'),
        ("PUT", "notes", {"site_id": "example.org", "text": "A", "at": "0001-01-01T00:00+14:00"}, "#/at: Invalid date"),
        ("PUT", "notes", {"site_id": "example.org", "text": "A", "at": "1066-10-14"}, "#/at: A day from 1990"),
        (
            "POST", "segments", {"site_id": "example.org", "name": "A", "filters": [["matches", "event:page", ["("]]]},
            '#/filters/0/2/0: Invalid pattern "("',
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(
    call: Call, services: Services, site: Site, method: str, path: str, body: Any, error: str
) -> None:
    assert said(call(method, path, body)).startswith(error)
    assert services.control.sites() == [site]
    assert (services.control.goals(site), services.control.segments(site)) == ([], [])


def test_a_body_that_is_no_json(call: Call, client: FlaskClient, key: str) -> None:
    answer = client.post("/api/v1/sites", data=b"{", headers={"Authorization": f"Bearer {key}"})
    assert said(answer).startswith("#: Not a JSON document")


# --- shared links ----------------------------------------------------------------------------------------


def test_a_shared_link_is_found_or_made_and_revoked(call: Call, services: Services, site: Site) -> None:
    """As Plausible's clients ask for it: by name alone; the same request gives the same address."""
    made = call("PUT", "shared-links", {"site_id": "example.org", "name": "The board"}).json
    (link,) = services.control.shared_links.all(site)
    assert made
    assert (made["name"], made["url"]) == ("The board", f"http://stats.example.org/share/{link.token}")
    assert call("PUT", "shared-links", {"site_id": "example.org", "name": "The board"}).json == made
    said(call("POST", "shared-links", {"site_id": "example.org", "name": "The board"}), 400)
    limited = {
        "site_id": "example.org", "name": "Everybody", "kind": "public", "sections": ["/blog"], "panels": ["pages"],
        "filters": [["is", "visit:channel", ["Direct"]]], "first": "2026-01-01", "last": "2026-06-30",
        "expires": "2027-01-01", "exports": True, "hosts": ["example.com"], "counter": True,
    }  # fmt: skip
    entry = call("POST", "shared-links", limited).json
    assert entry == {
        **{name: value for name, value in limited.items() if name != "site_id"},
        "domain": "example.org", "id": 2, "url": "http://stats.example.org/public/example.org", "dashboard": "main", "days": 0,
    }  # fmt: skip
    listed = call("GET", "shared-links?site_id=example.org").json
    assert listed
    assert listed["shared_links"] == [made, entry]
    assert call("DELETE", "shared-links/1?site_id=example.org").json == {"deleted": True}
    assert [each.name for each in services.control.shared_links.all(site)] == ["Everybody"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": ""}, "#/name: Name the link"),
        ({"kind": "secret"}, "#/kind: Invalid enum value"),
        ({"kind": "password"}, "#/password: Choose the password"),
        ({"first": "tomorrow"}, "#/first: "),
        ({"days": 7, "last": "2026-01-01"}, "#/days: Choose either"),
        ({"hosts": ["ftp://x"]}, "#/hosts: "),
        ({"filters": [["is"]]}, "#/filters: "),
        ({"filters": [["is", "segment", [9]]]}, "#/filters: There is no segment 9"),
    ],
)  # fmt: skip
def test_a_shared_link_that_cannot_be_says_why(call: Call, services: Services, site: Site, fields: Any, told: str) -> None:
    """At the field of the request; nothing is made."""
    answer = call("POST", "shared-links", {"site_id": "example.org", "name": "The board", **fields})
    assert said(answer, 400).startswith(told)
    assert services.control.shared_links.all(site) == []


# --- who may ----------------------------------------------------------------------------------------------


def every_way(site: str) -> list[tuple[str, str, Any]]:
    """One request of each route that is about a site."""
    goal = {"site_id": site, "goal_type": "event", "event_name": "Signup"}
    segment = {"site_id": site, "name": "Readers", "filters": []}
    note = {"site_id": site, "text": "Version 2 released"}
    return [
        ("GET", site, None),
        ("PUT", site, {"small_cells": 1}),
        ("DELETE", site, None),
        ("GET", f"goals?site_id={site}", None),
        ("PUT", "goals", goal),
        ("DELETE", f"goals/1?site_id={site}", None),
        ("GET", f"segments?site_id={site}", None),
        ("POST", "segments", segment),
        ("PUT", "segments/1", segment),
        ("DELETE", f"segments/1?site_id={site}", None),
        ("GET", f"notes?site_id={site}", None),
        ("PUT", "notes", note),
        ("PUT", "notes/1", note),
        ("DELETE", f"notes/1?site_id={site}", None),
        ("GET", f"shared-links?site_id={site}", None),
        ("PUT", "shared-links", {"site_id": site, "name": "The board"}),
        ("POST", "shared-links", {"site_id": site, "name": "The board"}),
        ("DELETE", f"shared-links/1?site_id={site}", None),
    ]


@pytest.mark.parametrize("row", range(18))
def test_a_key_of_another_scope_or_site_and_a_site_that_is_not_there_are_answered_alike(
    call: Call, services: Services, site: Site, row: int
) -> None:
    other = services.control.add_site("other.example", "UTC")
    stats = services.control.add_key(None, ["stats", "events"])
    bound = services.control.add_key(other, ["sites"])
    tries = [("example.org", stats), ("example.org", bound), ("example.org", "wrong"), ("nowhere.example", None)]
    for domain, by in tries:
        method, path, body = every_way(domain)[row]
        answer = call(method, path, body, by=by)
        assert (answer.status_code, answer.json) == (401, REFUSED), (method, path, by)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert len(services.control.sites()) == 2
    kept = services.control
    assert kept.goals(site) == kept.segments(site) == kept.notes(site) == kept.shared_links.all(site) == []


def test_a_key_for_one_site_sees_that_one_alone_and_adds_none(call: Call, services: Services, site: Site) -> None:
    services.control.add_site("other.example", "UTC")
    bound = services.control.add_key(site, ["sites"])
    assert [each["domain"] for each in (call("GET", by=bound).json or {})["sites"]] == ["example.org"]
    assert said(call("POST", body={"domain": "new.example"}, by=bound), 401).startswith("This key is for one site")
    assert call("GET", "example.org", by=bound).status_code == 200


def test_a_key_that_is_used_too_often_has_to_wait(call: Call, services: Services, clock: Watch, site: Site) -> None:
    other = services.control.add_key(None, ["sites"])
    most = services.config.requests_per_minute
    statuses = [call("GET").status_code for _ in range(most + 1)]
    assert statuses == [200] * most + [429]
    answer = call("GET")
    assert said(answer, 429) == "This key was used too often (setting requests_per_minute); try again in 1 s"
    assert answer.headers["Retry-After"] == "1"
    assert call("GET", by=other).status_code == 200, "the others do not wait"
    clock.now += 1
    assert [call("GET").status_code for _ in range(11)] == [200] * 10 + [429]
    clock.now += 3600
    assert [call("GET").status_code for _ in range(most + 1)] == [200] * most + [429], "waiting saves up no more than a minute"


# --- lists ---------------------------------------------------------------------------------------------


def test_a_list_is_read_page_by_page_in_both_directions(call: Call, services: Services) -> None:
    for number in range(5):
        services.control.add_site(f"s{number}.example", "UTC")

    def page(query: str) -> tuple[list[str], Any]:
        found = call("GET", f"?{query}").json
        assert found
        return [site["domain"][:2] for site in found["sites"]], found["meta"]

    assert page("limit=2") == (["s0", "s1"], {"after": "2", "before": None, "limit": 2})
    assert page("limit=2&after=2") == (["s2", "s3"], {"after": "4", "before": "2", "limit": 2})
    assert page("limit=2&after=4") == (["s4"], {"after": None, "before": "4", "limit": 2})
    assert page("limit=2&before=4") == (["s2", "s3"], {"after": "4", "before": "2", "limit": 2})
    assert page("limit=2&after=9") == ([], {"after": None, "before": "5", "limit": 2})
    assert said(call("GET", "?limit=1001")) == 'limit: Expected a whole number from 1 to 1000, not "1001"'
    assert said(call("GET", "?limit=1&limit=2")) == "limit: Given more than once"


# --- notes ---------------------------------------------------------------------------------------------


def test_d50_a_deploy_script_writes_a_note_and_may_run_twice(call: Call, services: Services, site: Site) -> None:
    """Without a moment it is now, on the clock of the site, to the minute."""
    wanted = {"site_id": "example.org", "text": "Version 2 released"}
    entry = {"domain": "example.org", "id": 1, "at": "2026-09-21T16:13", "text": "Version 2 released", "public": False}
    assert (call("PUT", "notes", wanted).json, call("PUT", "notes", wanted).json) == (entry, entry)
    listed = call("GET", "notes?site_id=example.org").json
    assert listed == {"notes": [entry], "meta": {"after": None, "before": None, "limit": 100}}
    changed = {**entry, "at": "2026-09-20", "text": "Version 2", "public": True}
    assert call("PUT", "notes/1", {"site_id": "example.org", "at": "2026-09-20", "text": "Version 2", "public": True}).json == changed
    assert call("DELETE", "notes/1?site_id=example.org").json == {"deleted": True}
    assert said(call("DELETE", "notes/1?site_id=example.org"), 404) == "There is no such note; it may have been removed already"
    assert services.control.notes(site) == []


@pytest.mark.parametrize(
    ("at", "kept"),
    [
        ("2026-09-21", "2026-09-21"),
        ("2026-09-21T09:05", "2026-09-21T09:05"),
        ("2026-09-21T22:30:59Z", "2026-09-22T00:30"),
        ("2026-09-21T23:30-04:00", "2026-09-22T05:30"),
    ],
)
def test_a_note_is_of_a_day_or_of_a_minute_of_the_sites_zone(call: Call, site: Site, at: str, kept: str) -> None:
    """T14: whatever zone the machine is in that sends it."""
    assert (call("PUT", "notes", {"site_id": "example.org", "text": "A", "at": at}).json or {})["at"] == kept


# --- goals ---------------------------------------------------------------------------------------------


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
    assert said(call("DELETE", "goals/1?site_id=example.org"), 404) == "There is no such goal; it may have been removed already"


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
    assert services.control.goals(site) == [kept]


# --- segments ------------------------------------------------------------------------------------------


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
    headers = {"Authorization": f"Bearer {services.control.add_key(site, ['stats'])}"}
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


# --- the end of a site ---------------------------------------------------------------------------------


def test_a_deleted_site_is_forgotten_and_its_files_are_gone(call: Call, services: Services, site: Site) -> None:
    row = made_row(time=datetime.fromtimestamp(NOON, UTC).isoformat(timespec="seconds"))
    services.store.load(site, Load([wire.encode(row)], {}, [], []))
    files = services.config.data / "sites"
    assert (files / f"{site.id}.duckdb").exists()
    (services.config.data / "spool" / "0001.ndjson").touch()

    answer = call("DELETE", "example.org")

    assert answer.status_code == 200
    assert (answer.json or {})["deleted"] is True
    assert [path.name for path in files.iterdir()] == []
    assert services.control.sites() == []
    assert services.directory.find("example.org") is None
    assert (call("GET", "example.org").status_code, call("DELETE", "example.org").status_code) == (401, 401)
