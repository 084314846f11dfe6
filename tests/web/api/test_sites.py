"""/api/v1/sites as programs see it: sites with their settings, what is refused, and who may touch which."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from msgspec import json as wire
from werkzeug.test import TestResponse

from analytics.site import Site, SiteSettings
from analytics.store.base import Load
from analytics.web.api.route import refused
from analytics.web.services import Services
from tests.rows import made_row
from tests.web.api.conftest import Call, said
from tests.web.conftest import NOON, Watch

REFUSED = {"error": str(refused("sites"))}




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
    kept = services.control.sites.find("new.example")
    assert services.directory.find("new.example") == services.directory.find("example.org") == kept


def test_a_site_without_a_zone_has_days_of_utc(call: Call) -> None:
    for domain, rest in (("a.example", {}), ("b.example", {"timezone": ""})):
        assert call("POST", body={"domain": domain, **rest}).json == {"domain": domain, "timezone": "UTC"}


def test_what_is_left_out_of_a_change_stays(call: Call, services: Services, site: Site) -> None:
    call("PUT", "example.org", {"regions": True})
    call("PUT", "example.org", {"script": "kiosk", "features": ["forms"]})
    assert services.control.sites.find("example.org").settings == SiteSettings(regions=True, script="kiosk", features=("forms",))


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
    settings = services.control.sites.find("example.org").settings
    assert (settings.small_cells, settings.regions) == (3, True)


def test_json_is_read_under_the_name_of_a_form(client: FlaskClient, key: str) -> None:
    """``curl -d '{...}'`` sends it as one: so do the examples of docs/api.md."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/api/v1/sites", data='\n{"domain": "example.org"}', headers=headers).status_code == 200
    goal = '{"site_id": "example.org", "goal_type": "event", "event_name": "Order", "custom_props": {"plan": "free"}}'
    assert client.put("/api/v1/sites/goals", data=goal, headers=headers).json["custom_props"] == {"plan": "free"}


@pytest.mark.parametrize(
    ("method", "path", "body", "error"),
    [
        ("POST", "", {"timezone": "UTC"}, "#: Object missing required field `domain`"),
        ("POST", "", {"domain": 1}, "#/domain: Expected `str`, got `int`"),
        ("POST", "", [], "#: Expected `object`, got `array`"),
        ("POST", "", {"domain": "a b"}, "#/domain: A domain cannot contain a space"),
        ("POST", "", {"domain": "example.org"}, "#/domain: example.org has already been added"),
        ("POST", "", {"domain": "new.example", "timezone": "Mars"}, "#/timezone: “Mars” is not a time zone"),
        ("PUT", "example.org", {"smal_cells": 1}, "#: Object contains unknown field `smal_cells`"),
        ("PUT", "example.org", {"small_cells": "1"}, "#/small_cells: Expected `int`, got `str`"),
        ("PUT", "example.org", {"small_cells": 0}, "#/small_cells: Enter a whole number from 1"),
        ("PUT", "example.org", {"hostnames": ["a b"]}, "#/hostnames: “a b”: A domain cannot contain a space"),
        ("PUT", "example.org", {"hostnames": [1]}, "#/hostnames/0: Expected `str`, got `int`"),
        ("PUT", "example.org", {"excluded_networks": ["home"]}, "#/excluded_networks: 'home' does not appear to be"),
        ("PUT", "example.org", {"allowed_robots": ["GPTBit"]}, "#/allowed_robots: There is no bot “GPTBit”; similar names are GPTBot"),
        ("PUT", "goals", {"site_id": "example.org"}, "#: Object missing required field `goal_type`"),
        ("PUT", "goals", {"site_id": "example.org", "goal_type": "wish"}, "#/goal_type: Invalid enum value 'wish'"),
        ("PUT", "goals", {"site_id": "example.org", "goal_type": "event"}, "#/event_name: Enter the event's name"),
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
            "#/custom_props: Each property needs a name and a value",
        ),
        ("POST", "segments", {"site_id": "example.org", "name": "A", "filters": {}}, "#/filters: Expected `array`"),
        ("POST", "segments", {"site_id": "example.org", "name": "", "filters": []}, "#/name: Enter a name for the segment"),
        ("POST", "segments", {"site_id": "example.org", "name": "A", "filters": [["is"]]}, "#/filters/0: Expected"),
        (
            "POST", "segments", {"site_id": "example.org", "name": "A", "filters": [["is", "segment", [1]]]},
            "#/filters/0: A segment cannot contain segments",
        ),
        (
            "POST", "segments", {"site_id": "example.org", "name": "A", "filters": [["is", "event:goal", ["Gone"]]]},
            "#/filters/0/2/0: ",
        ),
        ("PUT", "notes", {"site_id": "example.org"}, "#: Object missing required field `text`"),
        ("PUT", "notes", {"site_id": "example.org", "text": " "}, "#/text: Enter what happened"),
        ("PUT", "notes", {"site_id": "example.org", "text": "A", "at": "yesterday"}, '#/at: Invalid date "yesterday"'),
        ("PUT", "notes", {"site_id": "example.org", "text": "A", "at": "2026-02-30"}, '#/at: Invalid date "2026-02-30"'),
        ("PUT", "notes", {"site_id": "example.org", "text": "A", "at": "0001-01-01T00:00+14:00"}, "#/at: Invalid date"),
        ("PUT", "notes", {"site_id": "example.org", "text": "A", "at": "1066-10-14"}, "#/at: Enter a day from 1990"),
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
    assert services.control.sites.all() == [site]
    assert (services.control.goals.all(site), services.control.segments.all(site)) == ([], [])


def test_a_body_that_is_no_json(call: Call, client: FlaskClient, key: str) -> None:
    answer = client.post("/api/v1/sites", data=b"{", headers={"Authorization": f"Bearer {key}"})
    assert said(answer).startswith("#: Not a JSON document")


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
    other = services.control.sites.add("other.example", "UTC")
    stats = services.control.api_keys.add(None, ["stats", "events"])
    bound = services.control.api_keys.add(other, ["sites"])
    tries = [("example.org", stats), ("example.org", bound), ("example.org", "wrong"), ("nowhere.example", None)]
    for domain, by in tries:
        method, path, body = every_way(domain)[row]
        answer = call(method, path, body, by=by)
        assert (answer.status_code, answer.json) == (401, REFUSED), (method, path, by)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert len(services.control.sites.all()) == 2
    kept = services.control
    assert kept.goals.all(site) == kept.segments.all(site) == kept.notes.all(site) == kept.shared_links.all(site) == []


def test_a_key_for_one_site_sees_that_one_alone_and_adds_none(call: Call, services: Services, site: Site) -> None:
    services.control.sites.add("other.example", "UTC")
    bound = services.control.api_keys.add(site, ["sites"])
    assert [each["domain"] for each in (call("GET", by=bound).json or {})["sites"]] == ["example.org"]
    assert said(call("POST", body={"domain": "new.example"}, by=bound), 401).startswith("This key is for one site")
    assert call("GET", "example.org", by=bound).status_code == 200


def left(answer: TestResponse) -> tuple[str, ...]:
    """The limit, how much is left of it, and the seconds until all of it is there again."""
    return tuple(answer.headers[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset"))


def test_d58_every_answer_tells_how_much_the_key_may_still_ask(call: Call, clock: Watch) -> None:
    assert left(call("GET")) == ("600", "599", "1")
    assert left(call("GET", "nowhere.example")) == ("600", "598", "1"), "errors, too"
    clock.now += 3600
    assert left(call("GET")) == ("600", "599", "1")
    assert "RateLimit-Limit" not in call("GET", by="wrong").headers


def test_a_key_that_is_used_too_often_has_to_wait(call: Call, services: Services, clock: Watch, site: Site) -> None:
    other = services.control.api_keys.add(None, ["sites"])
    most = services.config.requests_per_minute
    statuses = [call("GET").status_code for _ in range(most + 1)]
    assert statuses == [200] * most + [429]
    answer = call("GET")
    assert said(answer, 429) == "Too many requests with this key (setting requests_per_minute); try again in 1 s"
    assert answer.headers["Retry-After"] == "1"
    assert left(answer) == ("600", "0", "60")
    assert call("GET", by=other).status_code == 200, "the others do not wait"
    clock.now += 1
    assert [call("GET").status_code for _ in range(11)] == [200] * 10 + [429]
    clock.now += 3600
    assert [call("GET").status_code for _ in range(most + 1)] == [200] * most + [429], "waiting saves up no more than a minute"


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
    assert services.control.sites.all() == []
    assert services.directory.find("example.org") is None
    assert (call("GET", "example.org").status_code, call("DELETE", "example.org").status_code) == (401, 401)
