"""D19: the owner's own visits are left out, by browser, by phone, or by network."""

import html
import io
import re

import pytest
import segno
from flask.testing import FlaskClient
from msgspec.structs import replace
from werkzeug.test import TestResponse

from analytics.site import Site, SiteSettings
from analytics.web.phone_links import MOST, VALID, PhoneLinks
from analytics.web.services import Services
from tests.web.conftest import Watch, send

PAGE = "/dont-count-me"


def links(page: str) -> list[str]:
    """Where the page leads to elsewhere."""
    return re.findall(r'href="(https?://[^"]*#footfall-[^"]*)"', page)


@pytest.fixture
def understood(services: Services, site: Site) -> Site:
    """A site whose script knows the links."""
    settings = SiteSettings(features=("ignore",), hostnames=("example.org", "shop.example.org", "*.example.net"))
    return services.control.sites.change(replace(site, settings=settings))


def test_every_site_has_its_links_on_each_host_that_keeps_a_choice_of_its_own(
    signed_in_client: FlaskClient, understood: Site
) -> None:
    page = signed_in_client.get(PAGE)
    assert page.headers["Cache-Control"] == "no-store"
    assert links(page.text) == [
        "https://example.org/#footfall-ignore", "https://example.org/#footfall-count",
        "https://shop.example.org/#footfall-ignore", "https://shop.example.org/#footfall-count",
    ]  # fmt: skip


def test_a_site_on_this_machine_is_opened_unencrypted(signed_in_client: FlaskClient, services: Services) -> None:
    site = services.control.sites.add("localhost:8000", "UTC")
    services.control.sites.change(replace(site, settings=SiteSettings(features=("ignore",))))
    assert links(signed_in_client.get(PAGE).text)[0] == "http://localhost:8000/#footfall-ignore"


def test_a_site_whose_script_does_not_know_the_links_learns_them_by_one_press(
    signed_in_client: FlaskClient, services: Services, site: Site
) -> None:
    services.control.sites.change(replace(site, settings=SiteSettings(features=("outbound",))))
    assert links(signed_in_client.get(PAGE).text) == []
    press(signed_in_client, f"{PAGE}/example.org/links")
    assert services.control.sites.find("example.org").settings.features == ("outbound", "ignore")
    assert len(links(signed_in_client.get(PAGE).text)) == 2


def test_where_another_site_loads_the_same_script_the_page_says_what_to_do(
    signed_in_client: FlaskClient, services: Services, site: Site
) -> None:
    for each in (site, services.control.sites.add("other.example", "UTC")):
        services.control.sites.change(replace(each, settings=SiteSettings(features=())))
    answer = press(signed_in_client, f"{PAGE}/example.org/links")
    assert answer.headers["Location"] == PAGE
    page = signed_in_client.get(PAGE).text
    assert "other.example also loads js/footfall.js" in page
    assert "check the settings of example.org" in page
    assert services.control.sites.find("example.org").settings.features == ()


def press(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Presses a button of the page that sends to ``path``."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(PAGE).text)
    assert token
    return client.post(path, data={"csrf_token": token[1], **fields})


# --- the phone


def phone_path(page: TestResponse) -> str:
    found = re.search(r'<a href="http://stats.example.org(/phone/[^"]+)">', page.text)
    assert found
    return found[1]


def test_a_phone_opens_the_same_links_without_signing_in_and_learns_nothing_else(
    signed_in_client: FlaskClient, client: FlaskClient, understood: Site, services: Services
) -> None:
    shown = press(signed_in_client, f"{PAGE}/phone")
    assert re.search(r'<svg [^>]*class="code"', shown.text)
    stranger = client.application.test_client()
    answer = stranger.get(phone_path(shown), headers={"Host": "stats.example.org"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert links(answer.text) == links(shown.text)
    assert "ada@example.org" not in answer.text
    assert 'href="/sites' not in answer.text
    assert understood.id not in answer.text


def test_the_code_is_a_picture_of_that_address(signed_in_client: FlaskClient, understood: Site) -> None:
    """Drawn here: no other service learns the address. Each is another one."""
    pages = [press(signed_in_client, f"{PAGE}/phone") for _ in range(2)]
    for page in pages:
        modules = io.BytesIO()
        segno.make_qr(f"http://stats.example.org{phone_path(page)}", error="m").save(modules, kind="svg", scale=6, xmldecl=False)
        dark = re.findall(rb' d="([^"]+)"', modules.getvalue())[-1]
        assert f'd="{dark.decode()}"' in page.text
    assert len({phone_path(page) for page in pages}) == 2


def test_the_address_ends_after_a_quarter_of_an_hour(
    signed_in_client: FlaskClient, understood: Site, clock: Watch
) -> None:
    path = phone_path(press(signed_in_client, f"{PAGE}/phone"))
    clock.now += VALID - 1
    assert signed_in_client.get(path).status_code == 200
    clock.now += 1
    assert signed_in_client.get(path).status_code == 404


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "é" * 20])
def test_a_guessed_address_shows_nothing(client: FlaskClient, understood: Site, token: str) -> None:
    answer = client.get(f"/phone/{token}")
    assert answer.status_code == 404
    assert "example.org/#" not in answer.text


def test_the_oldest_addresses_are_forgotten_first() -> None:
    given = PhoneLinks(lambda: 0.0)
    first = given.new()
    assert given.valid(first)
    rest = [given.new() for _ in range(MOST)]
    assert not given.valid(first)
    assert all(map(given.valid, rest))


# --- the network


def at(client: FlaskClient, address: str) -> None:
    client.environ_base["REMOTE_ADDR"] = address


@pytest.mark.parametrize(
    ("address", "found"), [("203.0.113.7", "203.0.113.7/32"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
)
def test_the_owners_own_network_is_left_out_on_all_sites_by_one_press(
    signed_in_client: FlaskClient, services: Services, site: Site, address: str, found: str
) -> None:
    other = services.control.sites.add("other.example", "UTC")
    services.control.sites.change(replace(other, settings=SiteSettings(excluded_networks=("192.0.2.0/24",))))
    at(signed_in_client, address)
    assert f"Your network is <code>{found}</code>" in signed_in_client.get(PAGE).text
    press(signed_in_client, f"{PAGE}/network")
    assert services.control.sites.find("example.org").settings.excluded_networks == (found,)
    assert services.control.sites.find("other.example").settings.excluded_networks == ("192.0.2.0/24", found)
    assert "It is excluded on all your sites." in signed_in_client.get(PAGE).text
    press(signed_in_client, f"{PAGE}/network")
    assert services.control.sites.find("example.org").settings.excluded_networks == (found,)


def test_or_on_one_site(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    services.control.sites.add("other.example", "UTC")
    at(signed_in_client, "203.0.113.7")
    press(signed_in_client, f"{PAGE}/network", site="other.example")
    assert services.control.sites.find("other.example").settings.excluded_networks == ("203.0.113.7/32",)
    assert services.control.sites.find("example.org").settings.excluded_networks == ()


def test_the_settings_suggest_it_too_and_lose_nothing_that_was_typed(
    signed_in_client: FlaskClient, services: Services, site: Site
) -> None:
    """The button saves the form as it stands, with one entry more in its list."""
    at(signed_in_client, "203.0.113.7")
    page = signed_in_client.get("/sites/example.org/settings").text
    assert 'name="add" value="excluded_networks 203.0.113.7/32">Exclude 203.0.113.7/32</button>' in page
    typed = {
        "domain": "example.org", "timezone": "Europe/Berlin", "script": "js/footfall", "endpoint": "api/event", "small_cells": "5",
        "keep_rows_months": "13", "keep_totals_months": "0", "week_start": "monday", "excluded_networks": "198.51.100.0/24", "hostnames": "example.org",
    }  # fmt: skip
    send(signed_in_client, "/sites/example.org/settings", add="excluded_networks 203.0.113.7/32", **typed)
    kept = services.control.sites.find("example.org").settings
    assert (kept.excluded_networks, kept.hostnames) == (("198.51.100.0/24", "203.0.113.7/32"), ("example.org",))
    assert "Leave out 203.0.113.7/32" not in signed_in_client.get("/sites/example.org/settings").text


def test_the_page_says_what_cannot_be_done(signed_in_client: FlaskClient, site: Site) -> None:
    said = html.unescape(" ".join(re.sub(r"<[^>]+>", " ", signed_in_client.get(PAGE).text).split()))
    assert "Footfall cannot know which past visits were yours, because it stores no addresses." in said
    assert "corrections for example.org" in said
    assert "Host names (DynDNS) are not looked up" in said


def test_only_the_owner_sees_the_list(client: FlaskClient, owner: object, site: Site) -> None:
    assert client.get(PAGE).status_code == 303
