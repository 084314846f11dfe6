"""The owners' pages about people, the way in by invitation, and one's own account."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analytics.site import Site
from analytics.store.control.people import OWNER, VIEWER, Person
from analytics.store.control.store import ControlStore
from analytics.web.accounts.access import SIGN_IN
from analytics.web.setup.people import MOST_TREES
from tests.web.accounts.test_access import GOOD, visited
from tests.web.conftest import EMAIL, send

__all__ = ["visited"]
GRACE = "grace@example.org"
HOSTILE = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>"


def link_on(page: str) -> str:
    found = re.search(r'<pre class="copy">(.*?)</pre>', page)
    assert found, page
    parts = urlsplit(unescape(found[1]))
    assert f"{parts.scheme}://{parts.netloc}" == "http://stats.example.org"
    return f"{parts.path}?{parts.query}"


def test_somebody_is_invited_joins_and_sees_what_was_given(
    signed_in_client: FlaskClient, app: Flask, control: ControlStore, site: Site, visited: None
) -> None:
    """The whole way: form, link, name and password, the dashboard of one section."""
    fields = {"email": GRACE, "role": VIEWER, f"site-{site.id}": "some", f"sections-{site.id}": ["Journal"]}
    answer = send(signed_in_client, "/people/new", **fields)
    assert answer.status_code == 200
    guest = app.test_client()
    guest.environ_base["HTTP_HOST"] = "stats.example.org"
    welcome = guest.get(link_on(answer.text))
    assert GRACE in welcome.text
    token = link_on(answer.text).partition("token=")[2]
    joined = send(guest, link_on(answer.text), token=token, name="Grace", password=GOOD)
    assert (joined.status_code, joined.headers["Location"]) == (303, "/")
    page = guest.get("/example.org?panel=pages").text
    assert ("/blog/a" in page, "/secret" in page) == (True, False)
    assert guest.get("/people").status_code == 403
    assert "This invitation no longer works" in guest.get(link_on(answer.text)).text


def test_a_form_that_is_refused_comes_back_as_typed(signed_in_client: FlaskClient, site: Site, visited: None) -> None:
    fields = {"email": HOSTILE, "role": VIEWER, f"site-{site.id}": "some", f"sections-{site.id}": ["Journal", HOSTILE]}
    answer = send(signed_in_client, "/people/new", **fields)
    assert answer.status_code == 422
    assert "Enter an email address" in answer.text
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    assert re.search(r'value="Journal" checked', answer.text)
    assert unescape(answer.text).count(HOSTILE) >= 2
    assert re.search(rf'name="site-{site.id}" value="some" checked', answer.text)


def test_sections_that_are_to_be_chosen_and_are_not_are_refused_at_their_site(
    signed_in_client: FlaskClient, site: Site, control: ControlStore
) -> None:
    answer = send(signed_in_client, "/people/new", email=GRACE, role=VIEWER, **{f"site-{site.id}": "some"})
    assert answer.status_code == 422
    assert f'id="access-{site.id}-problem">Tick at least one section' in answer.text
    assert len(control.members.all()) == 1


def test_the_tree_stands_beside_each_choice_with_its_visitors(signed_in_client: FlaskClient, site: Site, visited: None) -> None:
    """Folders and named sections, with today's visitors as well."""
    page = signed_in_client.get("/people/new").text
    found = re.findall(r'value="([^"]+)"><span><bdi>[^<]*</bdi></span> <span class="quiet count">(\d+)', page)
    assert found == [("/secret", "2"), ("/plans", "1"), ("Journal", "1")]


def test_of_many_sites_sections_are_listed_where_some_are_to_be_given(
    signed_in_client: FlaskClient, control: ControlStore, site: Site, visited: None
) -> None:
    """A page of fifty sites does not ask fifty trees; who chooses “These sections” gets them with the question which."""
    for number in range(MOST_TREES):
        control.sites.add(f"site{number}.example", "UTC")
    assert "Journal" not in signed_in_client.get("/people/new").text
    answer = send(signed_in_client, "/people/new", email=GRACE, role=VIEWER, **{f"site-{site.id}": "some"})
    assert (answer.status_code, "Tick at least one section" in answer.text) == (422, True)
    assert re.findall(r'value="(Journal)"', answer.text) == ["Journal"]


def test_role_and_access_of_a_person_can_be_changed(signed_in_client: FlaskClient, control: ControlStore, site: Site) -> None:
    grace, _ = control.people.invite(GRACE, VIEWER, {site.id: ("Journal",)})
    page = signed_in_client.get(f"/people/{grace.id}").text
    assert "No recent visits" in page
    answer = send(signed_in_client, f"/people/{grace.id}", role=VIEWER, **{f"site-{site.id}": "all"})
    assert (answer.status_code, control.people.access.of(grace.id)) == (303, {site.id: None})
    assert "example.org" in signed_in_client.get("/people").text
    assert control.audit.latest(1)[0].who == EMAIL


def test_the_last_owner_stays(signed_in_client: FlaskClient, control: ControlStore, owner: Person) -> None:
    for path, fields in ((f"/people/{owner.id}", {"role": VIEWER}), (f"/people/{owner.id}/remove", {})):
        page = signed_in_client.get(f"/people/{owner.id}").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        answer = signed_in_client.post(path, data={"csrf_token": token[1], **fields})
        assert answer.status_code == 422
        assert "the only owner who can sign in" in answer.text
    assert control.people.find(EMAIL).role == OWNER


def test_links_are_made_anew_and_people_removed(signed_in_client: FlaskClient, control: ControlStore, client: FlaskClient) -> None:
    grace, first = control.people.invite(GRACE, VIEWER, {})
    page = signed_in_client.get(f"/people/{grace.id}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    form = {"csrf_token": token[1]}
    again = link_on(signed_in_client.post(f"/people/{grace.id}/link", data=form).text)
    assert again.startswith("/join?token=")
    assert control.people.invited(first) is None
    control.people.join(again.partition("token=")[2], "Grace", GOOD)
    reset = link_on(signed_in_client.post(f"/people/{grace.id}/link", data=form).text)
    assert reset.startswith("/new-password?token=")
    assert signed_in_client.post(f"/people/{grace.id}/remove", data=form).status_code == 303
    assert "Grace has been removed and signed out everywhere" in signed_in_client.get("/people").text
    assert signed_in_client.get(f"/people/{grace.id}").status_code == 404


def test_names_are_text_wherever_they_stand(signed_in_client: FlaskClient, control: ControlStore, site: Site) -> None:
    grace, token = control.people.invite(GRACE, VIEWER, {site.id: (HOSTILE,)})
    control.people.join(token, HOSTILE[:99], GOOD)
    for path in ("/people", f"/people/{grace.id}"):
        page = signed_in_client.get(path).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert HOSTILE in unescape(page)


# --- one's own account ---------------------------------------------------------------------------------


@pytest.fixture
def grace(client: FlaskClient, control: ControlStore, owner: Person) -> Person:
    """A viewer, signed in."""
    _, token = control.people.invite(GRACE, VIEWER, {})
    found = control.people.join(token, "Grace", GOOD)
    with client.session_transaction() as session:
        session[SIGN_IN] = control.people.sign_in(found)
    return found


def test_a_viewer_changes_name_address_and_password(client: FlaskClient, control: ControlStore, grace: Person) -> None:
    assert send(client, "/account", name="Grace H.", email=GRACE, current="").status_code == 303
    refused = send(client, "/account", name="Grace", email="grace@other.example", current="wrong")
    assert (refused.status_code, "This is not your password" in refused.text) == (422, True)
    assert 'value="grace@other.example"' in refused.text
    assert send(client, "/account", name="Grace", email="grace@other.example", current=GOOD).status_code == 303
    new = "nine small beech trees"
    page = client.get("/account").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    wrong = client.post("/account/password", data={"csrf_token": token[1], "old": "wrong", "password": new})
    assert (wrong.status_code, 'id="old-problem"' in wrong.text) == (422, True)
    assert client.post("/account/password", data={"csrf_token": token[1], "old": GOOD, "password": new}).status_code == 303
    assert control.people.authenticate("grace@other.example", new)


def test_other_browsers_are_signed_out(client: FlaskClient, control: ControlStore, grace: Person) -> None:
    elsewhere = control.people.sign_in(grace)
    page = client.get("/account").text
    assert page.count("(this browser)") == 1
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    assert client.post("/account/elsewhere", data={"csrf_token": token[1]}).status_code == 303
    assert control.people.signed_in(elsewhere) is None
    assert client.get("/account").status_code == 200


def test_guessing_ones_own_password_is_slowed_down(client: FlaskClient, grace: Person) -> None:
    answers = [send(client, "/account", name="Grace", email="x@example.org", current=f"wrong {number}") for number in range(12)]
    assert answers[-1].status_code == 429
    assert "Retry-After" in answers[-1].headers
