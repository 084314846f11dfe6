"""The first five minutes of a newcomer, in a real browser: from an empty folder to the first visit on the dashboard."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from analytics.demo.shop import Shop
from tests.journey.conftest import NewContext
from tests.journey.product import EMAIL, PASSWORD, headline, rows, setup_link
from tests.service import CHROME, Service

TYPED = "https://www.Bücher.example:8080/shop/"
SITE, SHOWN = "xn--bcher-kva.example:8080", "bücher.example:8080"
ROBOT = CHROME.replace("Chrome/", "HeadlessChrome/")
WAITING = "Waiting for your first visit"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """On an empty folder, with a public address that is not the one it listens at. Browsers find ``*.localhost`` on
    this machine (RFC 6761, 6.3)."""
    service = Service(tmp_path / "data", tmp_path / "service.log")
    service.environ["FOOTFALL_PUBLIC_URL"] = f"http://stats.localhost:{service.port}"
    service.start()
    yield service
    service.kill()


@pytest.fixture
def newcomer(new_context: NewContext) -> Page:
    """Somebody in Berlin."""
    return new_context(timezone_id="Europe/Berlin").new_page()


def test_a_newcomer_sees_the_first_visit(service: Service, newcomer: Page, new_context: NewContext) -> None:
    """D8, D13: nothing but the printed link is needed, and whatever goes wrong says so where one looks."""
    link = setup_link(service)
    assert link.startswith(f"http://stats.localhost:{service.port}/setup?token=")
    _becomes_the_owner(newcomer, link)
    _adds_a_site(newcomer)
    tag = f'<script defer src="http://stats.localhost:{service.port}/js/footfall.js" data-domain="{SITE}"></script>'
    assert (newcomer.locator("pre.copy").first.text_content() or "").strip() == tag
    _sees_why_nothing_is_counted(newcomer, new_context, tag)
    _sees_the_visit(newcomer, new_context, tag)
    _finds_the_link_used_up(new_context, link)
    _signs_out_and_in(newcomer)
    _sees_what_is_seen(newcomer)


def _becomes_the_owner(newcomer: Page, link: str) -> None:
    """A password that anybody would try is refused; all that was typed but the password is still there."""
    newcomer.goto(link)
    newcomer.get_by_label("Your name").fill("Ada")
    newcomer.get_by_label("Email address").fill(EMAIL)
    newcomer.get_by_label("Password").fill("password1234")
    newcomer.get_by_role("button", name="Create account").click()
    expect(newcomer.get_by_text("This password is easy to guess")).to_be_visible()
    expect(newcomer.get_by_label("Your name")).to_have_value("Ada")
    expect(newcomer.get_by_label("Email address")).to_have_value(EMAIL)
    expect(newcomer.get_by_label("Password")).to_have_value("")
    newcomer.get_by_label("Password").fill(PASSWORD)
    newcomer.get_by_role("button", name="Create account").click()
    expect(newcomer.get_by_role("heading", name="Add a site")).to_be_visible()


def _adds_a_site(newcomer: Page) -> None:
    """The browser's zone is chosen already. What cannot be a domain is refused and stays to be corrected; a whole
    address, with umlauts and a port, will do."""
    expect(newcomer.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    newcomer.get_by_label("Domain").fill("my shop")
    newcomer.get_by_role("button", name="Add the site").click()
    expect(newcomer.get_by_text("A domain cannot contain")).to_be_visible()
    expect(newcomer.get_by_label("Domain")).to_have_value("my shop")
    expect(newcomer.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    newcomer.get_by_label("Domain").fill(TYPED)
    newcomer.get_by_role("button", name="Add the site").click()
    expect(newcomer.get_by_role("heading", name=f"Count visits to {SHOWN}")).to_be_visible()
    expect(newcomer.get_by_role("heading", name=WAITING)).to_be_visible()
    expect(newcomer.get_by_text("Nothing has arrived for this site yet.")).to_be_visible()


def _sees_why_nothing_is_counted(newcomer: Page, new_context: NewContext, tag: str) -> None:
    """A tag with a slip in the domain, and a browser that a program drives: the open page says what came and why it
    was refused, without being loaded again."""
    newcomer.evaluate("window.kept = true")
    arrived = newcomer.locator("#arrivals tbody tr")
    with Shop("127.0.0.1:0", tag.replace(SITE, "bucher.example")) as shop:
        new_context().new_page().goto(f"{shop.url}/about")
        expect(arrived).to_have_text(
            [re.compile(r"pageview\s*bucher\.example/about\s*For a domain that has not been added here\s*Check that data-domain in the tag")]
        )
    with Shop("127.0.0.1:0", tag) as shop:
        new_context(user_agent=ROBOT).new_page().goto(f"{shop.url}/shop/")
        expect(arrived.first).to_have_text(
            re.compile(r"pageview\s*localhost/shop/\s*Sent by a bot, crawler or monitoring service: HeadlessChrome \(Headless browser\)\s*Automated browsers")
        )
    expect(newcomer.get_by_role("heading", name=WAITING)).to_be_visible()
    assert newcomer.evaluate("window.kept")


def _sees_the_visit(newcomer: Page, new_context: NewContext, tag: str) -> None:
    """The page turns green by itself; one click further the visit stands in its section."""
    with Shop("127.0.0.1:0", tag) as shop:
        new_context().new_page().goto(f"{shop.url}/shop/shoes/trail-runner")
        expect(newcomer.get_by_text("Your first visit has arrived.")).to_be_visible()
        expect(newcomer.locator("#arrivals tbody tr").first).to_have_text(re.compile(r"localhost/shop/shoes/trail-runner\s*Counted"))
        assert newcomer.evaluate("window.kept")
        newcomer.get_by_role("link", name="Open the dashboard").click()
        expect(newcomer.get_by_role("heading", name=SHOWN)).to_be_visible()
        found = headline(newcomer)
        assert (found["visitors"], found["visits"], found["pageviews"]) == ("1", "1", "1")
        assert rows(newcomer, "sections") == {"/shop": ("1", "1"), "/shop/shoes": ("1", "1")}
        assert rows(newcomer, "pages") == {"/shop/shoes/trail-runner": ("1", "1")}


def _finds_the_link_used_up(new_context: NewContext, link: str) -> None:
    """Whoever else finds the link in a log gets the sign-in page."""
    other = new_context().new_page()
    other.goto(link)
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    assert other.url.endswith("/sign-in")


def _signs_out_and_in(newcomer: Page) -> None:
    """A wrong password keeps the address; the right one leads to where one was going."""
    dashboard = newcomer.url
    newcomer.get_by_text("Menu", exact=True).click()
    newcomer.get_by_role("button", name="Sign out").click()
    expect(newcomer.get_by_text("You have been signed out.")).to_be_visible()
    newcomer.goto(dashboard)
    newcomer.get_by_label("Email address").fill(EMAIL)
    newcomer.get_by_label("Password").fill("five words run to work")
    newcomer.get_by_role("button", name="Sign in").click()
    expect(newcomer.get_by_role("alert")).to_have_text("The email address or the password is wrong")
    expect(newcomer.get_by_label("Email address")).to_have_value(EMAIL)
    newcomer.get_by_label("Password").fill(PASSWORD)
    newcomer.get_by_role("button", name="Sign in").click()
    expect(newcomer.get_by_role("heading", name=SHOWN)).to_be_visible()
    assert newcomer.url.rstrip("?") == dashboard.rstrip("?")


def _sees_what_is_seen(newcomer: Page) -> None:
    """D3: how the request arrived, and what became of it."""
    newcomer.get_by_text("Menu", exact=True).click()
    newcomer.get_by_role("link", name="Connection").click()
    newcomer.get_by_role("heading", name="Your connection").wait_for()
    newcomer.wait_for_load_state()
    names, values = (newcomer.locator(cells).all_text_contents() for cells in ("tbody th", "tbody td:nth-child(2)"))
    assert dict(zip(names, values, strict=True)) == {
        "Connection from": "127.0.0.1",
        "Your address": "127.0.0.1",
        "Your location": "unknown",
        "Your browser": "Chrome, 140, Linux, Desktop",
    }
