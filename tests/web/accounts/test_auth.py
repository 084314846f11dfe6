"""Who comes in, and how: nobody without being listed, let in or signed in."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from analytics.store.control.people import IDLE, Person
from analytics.store.control.settings import RESERVED
from analytics.store.control.store import ControlStore
from analytics.store.control.throttle import ATTEMPTS
from analytics.web.accounts.access import ANYONE, MACHINES, inside
from analytics.web.accounts.auth import reset_link
from analytics.web.services import Services
from tests.web.conftest import EMAIL, PASSWORD, Watch, send


def cookie(answer: TestResponse) -> str:
    """The one cookie that an answer sets."""
    (line,) = answer.headers.getlist("Set-Cookie")
    return line


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


# --- closed unless listed ------------------------------------------------------------------------------


def addresses(app: Flask) -> list[tuple[str, str, str]]:
    """Every route as (endpoint, method, an address of it)."""
    found = []
    with app.test_request_context():
        adapter = app.url_map.bind("stats.example.org")
        for rule in app.url_map.iter_rules():
            values = {name: _value(rule, name) for name in rule._converters} | dict(rule.defaults or {})
            address = adapter.build(rule.endpoint, values, append_unknown=False)
            found += [(rule.endpoint, method, address) for method in sorted((rule.methods or set()) - {"HEAD"})]
    return found


def _value(rule: Rule, name: str) -> object:
    """What may stand there in the address: one of the names where the route allows those alone."""
    converter = rule._converters.get(name)  # none: a value that the route fixes itself
    return sorted(converter.items)[0] if isinstance(converter, AnyConverter) else 1


def test_every_route_that_is_not_listed_is_closed(app: Flask, client: FlaskClient, owner: Person) -> None:
    """Over the whole map of the real app: a new route is closed until somebody lists it and says why."""
    closed = [row for row in addresses(app) if row[0] not in MACHINES and row[0] not in ANYONE]
    assert {"pages.home", "pages.show", "admin.sites", "api_keys.page", "seen.page", "auth.sign_out"} <= {row[0] for row in closed}
    token = token_in(client.get("/sign-in").text)
    for endpoint, method, address in closed:
        answer = client.open(address, method=method, data={"csrf_token": token} if method == "POST" else None)
        assert answer.status_code == 303, (endpoint, method)
        assert answer.headers["Location"].startswith("/sign-in"), (endpoint, method)


def test_no_sites_address_hides_one_of_our_own_pages(app: Flask) -> None:
    """What a site may not call its script or its endpoint covers every first segment there is, but for the scripts' own."""
    firsts = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    assert {first for first in firsts if first and "<" not in first} - {"js"} <= RESERVED


def test_every_listed_route_exists_and_has_a_reason(app: Flask) -> None:
    listed = {**MACHINES, **ANYONE}
    assert listed.keys() <= {rule.endpoint for rule in app.url_map.iter_rules()}
    assert all(listed.values())


def test_a_route_that_somebody_adds_is_closed(app: Flask, client: FlaskClient, owner: Person) -> None:
    app.add_url_rule("/brand-new", "brand_new", lambda: "secret figures")
    answer = client.get("/brand-new")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/brand-new")
    assert "secret" not in answer.text


def test_a_program_without_sign_in_gets_401_and_a_fragment_is_told_where_to_go(client: FlaskClient, owner: Person) -> None:
    answer = client.get("/sites", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json) == (401, {"error": "sign in first"})
    answer = client.get("/sites/example.org/arrivals", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"], answer.data) == (401, "/sign-in", b"")


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/v2/query"), ("POST", "/api/event"), ("GET", "/js/footfall.js")])
def test_machines_get_no_cookie(client: FlaskClient, owner: Person, method: str, path: str) -> None:
    assert "Set-Cookie" not in client.open(path, method=method, data=b"{}").headers


# --- the first visit -----------------------------------------------------------------------------------


def test_d8_on_an_empty_database_every_page_leads_to_the_set_up(client: FlaskClient) -> None:
    for path in ("/", "/sites", "/sign-in"):
        assert client.get(path).headers["Location"] == "/setup"


def test_d8_the_printed_link_makes_the_owner_who_is_signed_in_and_adds_a_site_next(
    client: FlaskClient, control: ControlStore
) -> None:
    link = f"/setup?token={control.people.setup_token()}"
    page = client.get(link)
    assert page.status_code == 200
    token = parse_qs(urlsplit(link).query)["token"][0]
    answer = send(client, link, token=token, name="Ada", email=EMAIL, password=PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/").headers["Location"] == "/sites/new"
    assert client.get("/sites/new").status_code == 200
    assert control.people.find(EMAIL).name == "Ada"


def test_d8_the_owner_of_a_service_that_has_a_site_sees_it_first(client: FlaskClient, control: ControlStore) -> None:
    """The demo, or a site that was added by command."""
    control.sites.add("example.org", "UTC")
    token = control.people.setup_token()
    answer = send(client, f"/setup?token={token}", token=token, name="Ada", email=EMAIL, password=PASSWORD)
    assert client.get(answer.headers["Location"]).headers["Location"] == "/example.org"


def test_d8_the_token_works_once(client: FlaskClient, app: Flask, control: ControlStore) -> None:
    token = control.people.setup_token()
    fields = {"token": token, "name": "Ada", "email": EMAIL, "password": PASSWORD}
    eve = app.test_client()
    eves = token_in(eve.get(f"/setup?token={token}").text)
    send(client, f"/setup?token={token}", **fields)
    answer = eve.post("/setup", data={**fields, "csrf_token": eves, "email": "eve@example.org"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert eve.get("/sites").status_code == 303


def test_without_the_right_token_nobody_becomes_the_owner(client: FlaskClient, control: ControlStore) -> None:
    control.people.setup_token()
    answer = send(client, "/setup", token="guessed", name="Eve", email="eve@example.org", password=PASSWORD)
    assert answer.status_code == 422
    assert "This link was used, is too old, or is not the one printed last" in answer.text
    assert not control.people.anyone()


def test_an_old_link_says_so_at_once(client: FlaskClient, control: ControlStore) -> None:
    old = control.people.setup_token()
    control.people.setup_token()
    assert "has expired or was replaced" in client.get(f"/setup?token={old}").text


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"email": "ada"}, "Enter an email address"),
        ({"name": ""}, "Enter your name"),
        ({"password": "short"}, "Use at least 12 characters"),
        ({"password": "footfall1234"}, "easy to guess"),
        ({"password": "stats.example.org"}, "easy to guess"),
    ],
)
def test_a_refused_set_up_keeps_what_was_typed_but_the_password(
    client: FlaskClient, control: ControlStore, change: dict[str, str], problem: str
) -> None:
    token = control.people.setup_token()
    fields = {"token": token, "name": "Ada <b>", "email": "ada@example.org", "password": PASSWORD, **change}
    answer = send(client, f"/setup?token={token}", **fields)
    assert answer.status_code == 422
    assert problem in answer.text
    for kept in {"name", "email"} - change.keys():
        assert f'value="{ {"name": "Ada &lt;b&gt;", "email": "ada@example.org"}[kept] }"' in answer.text
    assert f'name="token" value="{token}"' in answer.text
    assert str(fields["password"]) not in answer.text.replace("stats.example.org/", "")


# --- signing in ----------------------------------------------------------------------------------------


def test_signing_in_leads_to_where_one_was_going(client: FlaskClient, owner: Person) -> None:
    where = client.get("/sites?page=2").headers["Location"]
    assert where == "/sign-in?next=/sites?page%3D2"
    answer = send(client, where, email=EMAIL, password=PASSWORD, next="/sites?page=2")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sites?page=2")
    assert client.get("/sites").status_code == 200
    assert client.get("/sign-in").headers["Location"] == "/"


HOSTILE = [
    "https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example", "\\\\evil.example",
    "javascript:alert(1)", "evil.example", " /sites", "/ /evil.example", "", "/\x00", "/\x7f",
]


@pytest.mark.parametrize("target", HOSTILE)
def test_signing_in_never_leads_elsewhere(client: FlaskClient, owner: Person, target: str) -> None:
    assert inside(target) is None
    answer = send(client, "/sign-in", email=EMAIL, password=PASSWORD, next=target)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize("target", ["/", "/sites", "/b%C3%BCcher.example?period=7d#top", "/a//b"])
def test_paths_of_this_service_are_inside(target: str) -> None:
    assert inside(target) == target


def test_a_wrong_password_and_a_wrong_address_get_the_same_answer(client: FlaskClient, owner: Person) -> None:
    pages = set()
    for email in (EMAIL, "nobody@example.org"):
        answer = send(client, "/sign-in", email=email, password="a wrong password")
        assert answer.status_code == 401
        pages.add(re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text).replace(email, ""))
    assert len(pages) == 1
    assert "The email address or the password is wrong" in pages.pop()


def test_ten_attempts_then_wait_even_with_the_right_password(client: FlaskClient, owner: Person, clock: Watch) -> None:
    for _ in range(ATTEMPTS):
        assert send(client, "/sign-in", email=EMAIL, password="a wrong password").status_code == 401
    answer = send(client, "/sign-in", email=EMAIL, password=PASSWORD)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")
    assert "Too many attempts to sign in. Try again in 5 minutes" in answer.text
    assert f'value="{EMAIL}"' in answer.text
    clock.now += 300
    assert send(client, "/sign-in", email=EMAIL, password=PASSWORD).status_code == 303


@pytest.mark.parametrize("fields", [{}, {"email": EMAIL}, {"password": PASSWORD}, {"email": "\x00", "password": "\x00" * 9999}])
def test_bad_input_is_an_answer_not_an_error(client: FlaskClient, owner: Person, fields: dict[str, str]) -> None:
    assert send(client, "/sign-in", **fields).status_code == 401


# --- the cookie ----------------------------------------------------------------------------------------


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(client: FlaskClient, owner: Person) -> None:
    line = cookie(send(client, "/sign-in", email=EMAIL, password=PASSWORD))
    assert line.startswith("footfall=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in line.split(";")}
    assert "Domain" not in line


class TestBehindHttps:
    """A proxy ends TLS; what arrives here is plain HTTP, the cookie is for HTTPS all the same."""

    @pytest.fixture
    def public_url(self) -> str:
        return "https://stats.example.org"

    def test_the_cookie_is_bound_to_this_host_and_to_https(self, client: FlaskClient, owner: Person) -> None:
        line = cookie(send(client, "/sign-in", email=EMAIL, password=PASSWORD))
        assert line.startswith("__Host-footfall=")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in line.split(";")}
        assert "Domain" not in line

    def test_who_comes_without_https_is_told_where_to_come(self, app: Flask, owner: Person) -> None:
        """A browser drops the cookie there; without a word about it, signing in would fail for ever."""
        browser = app.test_client(use_cookies=False)
        token = token_in(browser.get("/sign-in").text)
        answer = browser.post("/sign-in", data={"csrf_token": token, "email": EMAIL, "password": PASSWORD})
        assert answer.status_code == 400
        assert "open this service at https://stats.example.org" in answer.text


def test_a_cookie_that_somebody_planted_is_worth_nothing_after_signing_in(
    client: FlaskClient, app: Flask, owner: Person
) -> None:
    """Session fixation: the cookie and the CSRF token from before do not carry over."""
    before = token_in(client.get("/sign-in").text)
    planted = client.get_cookie("footfall")
    assert planted
    send(client, "/sign-in", email=EMAIL, password=PASSWORD)
    attacker = app.test_client()
    attacker.set_cookie("footfall", planted.value)
    assert attacker.get("/sites").status_code == 303
    assert token_in(client.get("/sites").text) != before


def test_a_changed_cookie_is_nobody(client: FlaskClient, signed_in_client: FlaskClient) -> None:
    value = signed_in_client.get_cookie("footfall")
    assert value
    signed_in_client.set_cookie("footfall", "A" + value.value[1:])
    assert signed_in_client.get("/sites").status_code == 303


def test_signing_out_ends_it_on_the_server_too(signed_in_client: FlaskClient, app: Flask) -> None:
    copied = signed_in_client.get_cookie("footfall")
    assert copied
    token = token_in(signed_in_client.get("/sites").text)
    assert signed_in_client.post("/sign-out", data={"csrf_token": token}).headers["Location"] == "/sign-in"
    thief = app.test_client()
    thief.set_cookie("footfall", copied.value)
    for browser in (signed_in_client, thief):
        assert browser.get("/sites").status_code == 303


def test_a_sign_in_that_nobody_uses_ends(signed_in_client: FlaskClient, clock: Watch) -> None:
    clock.now += IDLE
    assert signed_in_client.get("/sites").headers["Location"] == "/sign-in?next=/sites"


# --- forged forms --------------------------------------------------------------------------------------

FORMS = ["/sign-in", "/sign-out", "/sites/new", "/sites/example.org/settings", "/sites/example.org/sections", "/keys", "/keys/1/revoke"]


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("token", [None, "", "guessed"])
def test_a_form_without_our_token_is_refused(
    signed_in_client: FlaskClient, site: object, control: ControlStore, path: str, token: str | None
) -> None:
    before = control.audit.latest()
    answer = signed_in_client.post(path, data={} if token is None else {"csrf_token": token})
    assert answer.status_code == 400
    assert "The form has expired" in answer.text
    assert control.audit.latest() == before


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://stats.example.org.evil.example"])
def test_a_form_sent_from_another_site_is_refused_even_with_a_token(signed_in_client: FlaskClient, origin: str) -> None:
    token = token_in(signed_in_client.get("/sites/new").text)
    fields = {"csrf_token": token, "domain": "evil.example", "timezone": "UTC"}
    answer = signed_in_client.post("/sites/new", data=fields, headers={"Origin": origin})
    assert answer.status_code == 400
    assert "sent from another site" in answer.text
    answer = signed_in_client.post("/sites/new", data=fields, headers={"Origin": "http://stats.example.org"})
    assert answer.status_code == 303


def test_a_token_of_one_browser_is_no_good_in_another(signed_in_client: FlaskClient, app: Flask) -> None:
    eves = token_in(app.test_client().get("/sign-in").text)
    answer = signed_in_client.post("/sites/new", data={"csrf_token": eves, "domain": "evil.example", "timezone": "UTC"})
    assert answer.status_code == 400


# --- a lost password -----------------------------------------------------------------------------------


def test_d8_the_link_from_the_command_line_sets_a_new_password_once(
    client: FlaskClient, services: Services, owner: Person
) -> None:
    link = reset_link(services, EMAIL)
    assert link.startswith("http://stats.example.org/new-password?token=")
    path = link.removeprefix("http://stats.example.org")
    token = parse_qs(urlsplit(link).query)["token"][0]
    refused = send(client, path, token=token, password="short")
    assert (refused.status_code, "Use at least 12 characters" in refused.text) == (422, True)
    answer = send(client, path, token=token, password="another few words")
    assert answer.headers["Location"] == "/sign-in"
    assert send(client, "/sign-in", email=EMAIL, password=PASSWORD).status_code == 401
    assert send(client, "/sign-in", email=EMAIL, password="another few words").status_code == 303
    assert "used or has expired" in client.get(path).text


def test_a_new_password_ends_every_sign_in(signed_in_client: FlaskClient, app: Flask, services: Services) -> None:
    path = reset_link(services, EMAIL).removeprefix("http://stats.example.org")
    token = parse_qs(urlsplit(path).query)["token"][0]
    send(app.test_client(), path, token=token, password="another few words")
    assert signed_in_client.get("/sites").status_code == 303


def test_a_wrong_link_changes_nothing(client: FlaskClient, control: ControlStore, owner: Person) -> None:
    token = token_in(client.get("/sign-in").text)
    answer = client.post("/new-password", data={"csrf_token": token, "token": "guessed", "password": "another few words"})
    assert answer.status_code == 422
    assert control.people.authenticate(EMAIL, PASSWORD) == owner
