"""Views inside other sites' pages (D52): which pages may hold them, what they look like, and that nothing is kept."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from analytics.site import SharedLink, Site
from analytics.web.services import Services
from tests.web.visits import Visits


@pytest.fixture
def token(services: Services, site: Site) -> str:
    link = SharedLink(name="Blog", hosts=("example.com", "*.example.net", "localhost:3000"), sections=("/shop",))
    return services.control.shared_links.put(site, link, by="ada").token


@pytest.fixture(autouse=True)
def visits(services: Services, site: Site) -> Visits:
    visits = Visits(services, site)
    visits.add("/shop/shoes", "/secret", times=12)
    return visits


def panels(html: str) -> list[str]:
    return re.findall(r'id="panel-([\w-]+)"', html)


def test_the_links_hosts_may_frame_it_and_nobody_else(client: FlaskClient, token: str) -> None:
    """By frame-ancestors, which the older header would overrule in some browsers; every other page stays closed."""
    answer = client.get(f"/embed/{token}")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors example.com www.example.com *.example.net localhost:3000 www.localhost:3000" in policy
    assert "default-src 'none'" in policy
    assert "X-Frame-Options" not in answer.headers
    for path in (f"/share/{token}", "/embed/wrong", "/sign-in"):
        closed = client.get(path)
        assert "frame-ancestors 'none'" in closed.headers["Content-Security-Policy"]
        assert closed.headers["X-Frame-Options"] == "DENY"


def test_it_needs_no_script_and_sets_no_cookie(client: FlaskClient, token: str) -> None:
    """And leads nowhere but to itself and, in a tab of its own, to the view."""
    for query in ("", "?panel=pages", "?whole=1&open=filter", "?whole=1&open=question&about=pages"):
        answer = client.get(f"/embed/{token}{query}")
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert "<script" not in answer.text
        links = set(re.findall(r'<a[^>]* href="(/[^"?]*)', answer.text))
        assert links <= {f"/embed/{token}", f"/share/{token}"}
        assert f'<a href="/share/{token}" target="_blank" rel="noopener">' in answer.text


def test_one_panel_stands_alone(client: FlaskClient, token: str) -> None:
    """And stays alone, and as it looks, wherever its links lead."""
    html = client.get(f"/embed/{token}?panel=pages&period=month&theme=dark").text
    assert panels(html) == ["pages"]
    links = re.findall(r'href="/embed/[^"?]*\?([^"]*)"', html)
    assert links
    for link in links:
        assert "panel=pages" in link
        assert "theme=dark" in link


def test_the_whole_view_opens_panels_within_it(client: FlaskClient, token: str) -> None:
    """A link to a full list is not the embedding of that panel alone."""
    html = client.get(f"/embed/{token}?whole=1&panel=pages").text
    assert panels(html) == ["pages"]
    assert f'href="/embed/{token}?whole=1"' in html.replace("?&amp;", "?")


def test_it_shows_no_more_than_the_link(client: FlaskClient, token: str) -> None:
    """The same limits hold, for panels that are asked for by name, too."""
    html = client.get(f"/embed/{token}").text
    assert "/shop/shoes" in html
    assert "/secret" not in html
    for panel in ("exit-pages", "ledger", "nowhere"):
        assert client.get(f"/embed/{token}?panel={panel}").status_code == 404


@pytest.mark.parametrize("fields", [{"hosts": ()}, {"kind": "password"}])
def test_a_link_that_names_no_host_is_not_embedded(
    client: FlaskClient, services: Services, site: Site, fields: dict[str, Any]
) -> None:
    """The same answer as for a token that never was."""
    link = services.control.shared_links.put(site, SharedLink(name="No", **fields), "four words walk home", by="ada")
    answer = client.get(f"/embed/{link.token}")
    assert (answer.status_code, answer.text.replace(link.token, "x")) == (404, client.get("/embed/x").text)


def test_looks_are_chosen_from_a_few(client: FlaskClient, token: str) -> None:
    """Nothing of the address gets into the page; what is no look counts as not said."""
    html = client.get(f"/embed/{token}?theme=dark&accent=violet&background=none").text
    assert '<html lang="en" dir="ltr" class="embed theme-dark accent-violet background-none">' in html
    html = client.get(f'/embed/{token}?theme="><script>&accent=red;}}&background=url(//evil.example)').text
    assert '<html lang="en" dir="ltr" class="embed theme-auto accent-green background-card">' in html
    assert "<script" not in html
