"""A form that is refused names all its wrong fields at once, each at its place, and keeps what was typed."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analytics.site import Note, Site
from analytics.web.services import Services
from tests.web.conftest import EMAIL, PASSWORD, send
from tests.web.page import TODAY, Page

Fields = dict[str, str | list[str]]
SITE = "/sites/example.org"
LONG = "n" * 700
FORMS: dict[str, tuple[str, Fields, list[str]]] = {
    "a new site": (
        "/sites/new",
        {"domain": "not a domain", "timezone": "Mars/Olympus", "week_start": "noon"},
        ["domain", "timezone", "week_start"],
    ),
    "settings": (
        f"{SITE}/settings",
        {
            "domain": "not a domain", "timezone": "Europe/Berlin", "hostnames": "http://", "excluded_paths": "shop",
            "excluded_networks": "300.1.1.1", "allowed_robots": "Nobot", "query_parameters": "a=b",
            "small_cells": "many", "keep_rows_months": "0", "keep_totals_months": "-3", "script": "api/x", "endpoint": "Ä",
        },
        [
            "domain", "hostnames", "excluded_paths", "excluded_networks", "allowed_robots", "query_parameters",
            "small_cells", "keep_rows_months", "keep_totals_months", "week_start", "script", "endpoint",
        ],
    ),
    "a shared link": (
        f"{SITE}/sharing",
        {
            "name": " ", "kind": "password", "password": "short", "filters": ["is,visit:colour,red"],
            "panels": ["nothing"], "first": "soon", "last": "2026-02-30", "days": "week", "expires": "never",
            "hosts": "example.org", "counter": "yes",
        },
        ["name", "password", "filters", "panels", "first", "last", "days", "expires", "hosts", "counter"],
    ),
    "a link to everybody that does not say to whom": (f"{SITE}/sharing", {"name": "", "kind": "all"}, ["name", "kind"]),
    "a note": (f"{SITE}/notes", {"day": "soon", "time": "25:99", "text": ""}, ["day", "time", "text"]),
    "a note that is changed": (f"{SITE}/notes/1", {"day": "soon", "time": "25:99", "text": ""}, ["day", "time", "text"]),
    "a goal of an event": (
        f"{SITE}/goals/new",
        {
            "kind": "event", "event_name": "", "currency": "EURO", "name": LONG,
            "property": ["plan", "plan"], "value": ["pro", "free"],
        },
        ["event_name", "currency", "props", "name"],
    ),
    "a goal of scrolling": (
        f"{SITE}/goals/new",
        {"kind": "scroll", "page_path": "shop", "scroll_threshold": "half"},
        ["page_path", "scroll_threshold"],
    ),
    "a goal with a name that is taken": (
        f"{SITE}/goals/new", {"kind": "event", "event_name": "", "name": "Signup"}, ["event_name", "name"],
    ),
    "a funnel": (
        f"{SITE}/funnels/new",
        {"do": "save", "name": "", "kind": ["page", "goal", "goal"], "value": ["/", "Nothing", "Neither"]},
        ["name", "step-1", "step-2"],
    ),
    "a funnel without steps": (f"{SITE}/funnels/new", {"do": "save", "name": ""}, ["name", "steps"]),
    "a source": ("/sources/new", {"name": "", "kind": "club", "hosts": "a b", "tags": LONG}, ["name", "kind", "hosts", "tags"]),
    "a correction": (
        f"{SITE}/corrections",
        {
            "kind": "rename", "what": "event:page", "pattern": "(", "replacement": "", "first_day": "soon", "last_day": "2026-02-30",
            "dimension": ["visit:colour"], "operator": ["is"], "values": ["red"],
        },
        ["pattern", "replacement", "filters", "first_day", "last_day"],
    ),
    "sections": (
        f"{SITE}/sections",
        {"do": "save", "name": ["", "Shop", "Shop//Sale"], "pattern": ["/blog/**", "shop", "sale\r\n/new\r\nold"]},
        ["name-0", "pattern-1", "name-2", "pattern-2"],
    ),
    "an invitation": ("/people/new", {"email": "ada", "role": "queen"}, ["email", "role"]),
    "an invitation without sections": (
        "/people/new", {"email": EMAIL, "role": "viewer", "site-ID": "some"}, ["email", "access-ID"],
    ),
    "a key": ("/keys", {"name": LONG, "site": "removed.example"}, ["name", "site", "scopes"]),
    "a key with a name that cannot be read": ("/keys", {"name": "a\u202eb", "scopes": "stats"}, ["name"]),
    "one's own account": ("/account", {"name": "", "email": "ada", "current": "wrong"}, ["name", "email", "current"]),
    "one's own password": ("/account/password", {"old": "wrong", "password": "short"}, ["old", "password"]),
    "a dashboard's title and sites": (
        f"{SITE}/dashboards/main", {"do": "head", "title": " ", "sites": "not a domain"}, ["title", "sites"],
    ),
    "a panel": (
        f"{SITE}/dashboards/main/panels/pages",
        {"do": "save", "title": "", "kind": "bars", "metrics": ["visitors"], "dimensions": ["event:page"], "limit": "0"},
        ["title", "limit"],
    ),
    "a panel with long and unreadable lines": (
        f"{SITE}/dashboards/main/panels/pages",
        {
            "do": "save", "title": "a\u202eb", "kind": "bars", "metrics": ["visitors"], "dimensions": ["event:page"],
            "limit": "9", "group": LONG, "note": LONG,
        },
        ["title", "group", "note"],
    ),
    "a new dashboard": (f"{SITE}/dashboards", {"do": "make", "title": LONG}, ["title"]),
    "a filter": (
        "/example.org?dimension=visit:country_name&operation=has_done&value=", {}, ["filter-operation", "filter-value"],
    ),
    "a filter by nothing": ("/example.org?dimension=colour&operation=is", {}, ["filter-dimension", "filter-value"]),
    "dropped events": (f"{SITE}/dropped?reason=bot&first=soon&last=later", {}, ["first", "last"]),
}  # fmt: skip
PASSWORDS = ("password", "old", "current")


def problems(html: str) -> list[str]:
    """The fields that something is said of, in their order on the page."""
    return [found.removesuffix("-problem") for found in re.findall(r'id="([^"]+-problem)"', html)]


@pytest.mark.parametrize("form", FORMS)
def test_every_wrong_field_is_named_at_once(
    signed_in_client: FlaskClient, services: Services, site: Site, form: str
) -> None:
    services.control.notes.put(site, Note(day=TODAY, text="A note"))
    send(signed_in_client, f"{SITE}/goals/new", kind="event", event_name="Join", name="Signup")
    path, typed, wrong = FORMS[form]
    fields = {name.replace("ID", site.id): value for name, value in typed.items()}
    answer = sent(signed_in_client, path, fields) if fields else signed_in_client.get(path)
    assert answer.status_code == 422
    assert problems(answer.text) == [name.replace("ID", site.id) for name in wrong]
    described = " ".join(each.get("aria-describedby", "") for _tag, each in Page(answer.text).elements)
    assert {f"{name}-problem" for name in problems(answer.text)} <= set(described.split())
    texts = [text for name, value in fields.items() if name not in PASSWORDS for text in ([value] if isinstance(value, str) else value)]
    shown = unescape(answer.text).replace("\n", "\r\n")
    assert all(text in shown for text in texts if name_is_free(text))


def test_so_does_the_form_of_the_first_page(client: FlaskClient, services: Services) -> None:
    answer = send(client, f"/setup?token={services.control.people.setup_token()}", token="old", email="ada", name=" ", password="short")
    assert problems(answer.text) == ["token", "name", "email", "password"]


def sent(client: FlaskClient, path: str, fields: Fields) -> TestResponse:
    """The answer to a form, which stands on the page at ``path`` or, as that of the password, on the one above it."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path.removesuffix("/password")).text)
    assert token
    return client.post(path, data={"csrf_token": token[1], **fields})


def name_is_free(text: str) -> bool:
    """Whether it is typed: what is chosen from a list comes back as the list."""
    return text not in ("Mars/Olympus", "noon", "all", "club", "queen", "save", "head", "is,visit:colour,red", "nothing", "removed.example", "stats", "make")


def test_what_is_right_is_saved_as_before(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    send(signed_in_client, "/account", name="Ada King", email=EMAIL)
    sent(signed_in_client, "/account/password", {"old": PASSWORD, "password": "other words walk home"})
    assert services.control.people.authenticate(EMAIL, "other words walk home").name == "Ada King"
