"""D22, D23 on the owner's page: what would change is shown first, then it is carried out, and it can be undone."""

import html
import re
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from msgspec import json
from msgspec.structs import replace
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from analytics.site import Correction, Site, SiteSettings
from analytics.store.base import Load
from analytics.store.control.store import ControlStore
from analytics.store.duckdb.engine import DuckDBStore
from analytics.web.services import Services
from tests.rows import made_row
from tests.web.conftest import Watch

PAGE = "/sites/example.org/corrections"
DAY = date(2026, 9, 20)
"""The day before the clock of these tests."""


def text_of(answer: TestResponse) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


@pytest.fixture
def counted(store: DuckDBStore, site: Site) -> list[str]:
    """One visit to each of three users' pages, and one to the front page."""
    paths = ["/user/1", "/user/2", "/user/3", "/"]
    rows = [made_row(day=DAY, path=path, visit=number, visitor=number) for number, path in enumerate(paths)]
    assert not store.load(site, Load([json.encode(row) for row in rows], {}, [], []))
    return paths


def paths(services: Services, site: Site) -> list[str]:
    found = services.answers.answer(
        site, {"metrics": ["pageviews"], "date_range": [DAY.isoformat()] * 2, "dimensions": ["event:page"]}
    )
    return sorted(row["dimensions"][0] for row in found.results for _ in range(row["metrics"][0]))


def post(client: FlaskClient, *fields: tuple[str, str], path: str = PAGE) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(PAGE).text)
    assert token
    return client.post(path, data=MultiDict([("csrf_token", token[1]), *fields]), follow_redirects=True)


RENAME = (("kind", "rename"), ("what", "event:page"), ("pattern", r"/user/\d+"), ("replacement", "/user/:id"))
IGNORE = (("kind", "ignore"), ("dimension", "event:page"), ("operator", "contains"), ("values", "/user/"))


def test_what_would_change_is_shown_in_every_panel_and_nothing_is_changed(
    signed_in_client: FlaskClient, services: Services, site: Site, counted: list[str], control: ControlStore
) -> None:
    shown = text_of(post(signed_in_client, *IGNORE, ("do", "look")))
    assert "Nothing has been changed yet." in shown
    assert "At a glance Visitors Visits Page views Views per visit Bounce rate Visit duration Total 4 › 1 4 › 1 4 › 1" in shown
    assert "/user/1 1 › – 1 › –" in shown
    assert "One row stays as it is." in shown
    assert paths(services, site) == sorted(counted)
    assert control.corrections.all(site) == []
    assert services.store.query(site, "SELECT count(*) FROM set_aside", {}) == [(0,)]


def test_what_was_typed_stays_until_it_is_carried_out(signed_in_client: FlaskClient, counted: list[str], site: Site) -> None:
    page = post(signed_in_client, *RENAME, ("first_day", "2026-09-01"), ("do", "look"))
    assert 'value="/user/\\d+"' in page.text
    assert 'value="2026-09-01"' in page.text
    assert "/user/:id – › 3 – › 3" in text_of(page)


def test_d22_users_become_one_page_and_three_again(
    signed_in_client: FlaskClient, services: Services, site: Site, counted: list[str], control: ControlStore
) -> None:
    page = text_of(post(signed_in_client, *RENAME, ("do", "make")))
    assert "Correction applied." in page
    assert r"Renamed: /user/\d+ → /user/:id" in page
    assert paths(services, site) == ["/", "/user/:id", "/user/:id", "/user/:id"]
    assert control.audit.latest(1)[0].who == "ada@example.org"
    undone = text_of(post(signed_in_client, path=f"{PAGE}/1/undo"))
    assert "Correction undone." in undone
    assert paths(services, site) == sorted(counted)


def test_d23_what_was_taken_out_is_erased_at_once_where_that_is_wanted(
    signed_in_client: FlaskClient, services: Services, site: Site, counted: list[str], control: ControlStore
) -> None:
    """It cannot be undone then, the file is to be written anew, and what was to go is not named any more."""
    delete = (("kind", "delete"), ("dimension", "event:page"), ("operator", "is"), ("values", "/user/1"), ("do", "make"))
    assert "Deleted: Page is /user/1" in text_of(post(signed_in_client, *delete))
    asked_again = re.search(r'<details class="sure">.*?</details>', signed_in_client.get(PAGE).text, re.DOTALL)
    assert asked_again
    assert "They cannot be restored." in asked_again[0]
    assert f'formaction="{PAGE}/1/erase"' in asked_again[0]
    assert signed_in_client.get(PAGE).text.count(f"{PAGE}/1/erase") == 1
    page = post(signed_in_client, path=f"{PAGE}/1/erase")
    assert "cannot be restored. They will be erased from all files within 15 minutes." in text_of(page)
    assert ("/user/1" in page.text, f"{PAGE}/1/undo" in page.text) == (False, False)
    assert paths(services, site) == ["/", "/user/2", "/user/3"]
    assert services.store.holdings(site).unerased
    assert post(signed_in_client, path=f"{PAGE}/1/erase").status_code == 404
    assert (control.audit.latest(1)[0].who, control.audit.latest(1)[0].what) == ("ada@example.org", "correction erased")


def test_after_thirty_days_it_can_only_be_ended(
    services: Services, site: Site, counted: list[str], control: ControlStore, clock: Watch
) -> None:
    services.register.make(site, Correction(kind="ignore", filters=[["is", "event:page", ["/"]]]), by="")
    assert not services.register.settle(site)
    clock.now += 31 * 86400
    assert services.register.settle(site)
    services.register.undo(site, 1, by="")
    assert control.corrections.all(site)[0].until is not None
    assert services.store.query(site, "SELECT count(*) FROM events", {}) == [(3,)]
    assert services.store.query(site, "SELECT count(*) FROM set_aside", {}) == [(0,)]
    assert services.store.query(site, "SELECT what FROM unerased", {}) == [("correction 1",)]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (({"kind": "ignore"}), "Say which events you mean with at least one filter"),
        (({"kind": "explode"}), "Choose an action"),
        (({"kind": "rename", "pattern": "(", "replacement": "/a"}), 'Invalid pattern "(": missing ): ('),
        (({"kind": "rename", "pattern": "/a", "replacement": "b"}), '"b" is not a path; it begins with /'),
        (({"kind": "delete", "first_day": "yesterday"}), "“yesterday” is not a date; enter it as 2026-11-22"),
        (
            {"kind": "ignore", "dimension": "visit:entry_page", "operator": "is", "values": "/"},
            '"visit:entry_page" cannot be used in a correction',
        ),
    ],
)
@pytest.mark.parametrize("do", ["look", "make"])
def test_what_cannot_be_is_told_beside_the_form(
    signed_in_client: FlaskClient, site: Site, control: ControlStore, fields: dict[str, Any], told: str, do: str
) -> None:
    page = post(signed_in_client, *fields.items(), ("do", do))
    assert page.status_code == 422
    assert text_of(page).count(told) == 1
    assert control.corrections.all(site) == []


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("de", "Nach „visit:entry_page“ kann nicht korrigiert werden"),
        ("fr", "Impossible de corriger d’après « visit:entry_page »"),
        ("es", "No se puede corregir por «visit:entry_page»"),
    ],
)
@pytest.mark.usefixtures("site")
def test_d39_it_is_told_in_the_readers_language(signed_in_client: FlaskClient, language: str, told: str) -> None:
    fields = {"kind": "ignore", "dimension": "visit:entry_page", "operator": "is", "values": "/"}
    assert told in text_of(post(signed_in_client, *fields.items(), path=f"{PAGE}?language={language}"))


def test_d22_events_are_corrected_by_a_property_of_theirs(
    signed_in_client: FlaskClient, services: Services, store: DuckDBStore, site: Site
) -> None:
    """Those that arrived lately are in the menu, by their own names; who of the team looked is taken out."""
    hostile = '"><script>x</script>'
    seen: list[tuple[str, dict[str, str]]] = [("/a", {"team": "yes"}), ("/b", {"team": "no", hostile: "1"}), ("/c", {})]
    rows = [made_row(day=DAY, path=path, props=props, visit=number, visitor=number) for number, (path, props) in enumerate(seen)]
    assert not store.load(site, Load([json.encode(row) for row in rows], {}, [], []))
    shown = signed_in_client.get(PAGE).text
    assert '<optgroup label="Property">' in shown
    assert '<option value="event:props:team">team</option>' in shown
    assert hostile not in shown
    fields = (("kind", "ignore"), ("dimension", "event:props:team"), ("operator", "is"), ("values", "yes"))
    looked = post(signed_in_client, *fields, ("do", "look"))
    assert '<option value="event:props:team" selected>team</option>' in looked.text
    assert paths(services, site) == ["/a", "/b", "/c"]
    assert "Ignored: team is yes" in text_of(post(signed_in_client, *fields, ("do", "make")))
    assert paths(services, site) == ["/b", "/c"]


def test_a_property_that_did_not_arrive_lately_stays_as_it_was_sent(signed_in_client: FlaskClient, site: Site) -> None:
    """And a site without any has no such group."""
    assert "optgroup" not in signed_in_client.get(PAGE).text
    fields = (("kind", "explode"), ("dimension", "event:props:old"), ("operator", "is"), ("values", "yes"))
    assert '<option value="event:props:old" selected>old</option>' in post(signed_in_client, *fields, ("do", "look")).text


def test_only_people_who_are_signed_in(client: FlaskClient, site: Site) -> None:
    assert client.get(PAGE).status_code == 303


def test_d24_past_visits_from_the_owners_spam_hosts_are_offered_to_be_taken_out(
    signed_in_client: FlaskClient, services: Services, site: Site, store: DuckDBStore
) -> None:
    """The settings lead to the form, filled in: a host, what is below it, and nothing that only sounds like it."""
    referrers = ["cheap.example", "www2.cheap.example/offer", "notcheap.example", "cheap.example.org/x", ""]
    rows = [made_row(day=DAY, path=f"/{n}", visit=n, visitor=n, referrer=referrer) for n, referrer in enumerate(referrers)]
    assert not store.load(site, Load([json.encode(row) for row in rows], {}, [], []))
    assert "for=spam_hosts" not in signed_in_client.get("/sites/example.org/settings").text
    services.control.sites.change(replace(site, settings=SiteSettings(spam_hosts=("cheap.example",))))
    offered = re.search(r'href="([^"]+for=spam_hosts)"', signed_in_client.get("/sites/example.org/settings").text)
    assert offered
    form = signed_in_client.get(html.unescape(offered[1])).text
    values = re.search(r"<textarea[^>]*>\s*([^<]+)</textarea>", form)
    assert values
    assert 'value="delete" checked' in form
    fields = (("kind", "delete"), ("dimension", "visit:referrer"), ("operator", "matches"), ("values", html.unescape(values[1])))
    post(signed_in_client, *fields, ("do", "make"))
    assert paths(services, site) == ["/2", "/3", "/4"]
