"""D19: an owner silences a browser, and by a code a phone, with the real service, script and browser."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journey.conftest import NewContext
from tests.journey.product import Line, at, become_owner, running
from tests.journey.website import Website
from tests.service import Service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path) as service:
        yield service


@pytest.fixture
def line(service: Service) -> Iterator[Line]:
    with closing(Line(service)) as line:
        yield line


@pytest.fixture
def site(service: Service, line: Line, website: Website) -> str:
    """A site with three pages; returns its domain."""
    domain = website.url.partition("//")[2]
    service.command("site", "add", domain)
    for path in ("/", "/b", "/c"):
        website.page(path, tag=f'<script defer src="{line.url}/js/footfall.js" data-domain="{domain}"></script>')
    return domain


def follow(person: Page, link: str) -> str:
    """Opens a link of the list; returns what the page of the site says."""
    with person.context.expect_event("dialog") as dialog, person.expect_popup() as popup:
        person.get_by_role("link", name=link).click()
        dialog.value.accept()
    popup.value.wait_for_load_state()
    return str(dialog.value.message)


def test_d19_a_browser_and_a_phone_are_silenced_by_one_link_for_each_site_and_come_back(
    service: Service, line: Line, website: Website, site: str, page: Page, new_context: NewContext
) -> None:
    become_owner(page, service)
    page.goto(at(service, "/dont-count-me"))
    assert follow(page, f"Don’t count me on {site}") == "Not counted any more"
    elsewhere = page.context.new_page()
    elsewhere.goto(f"{website.url}/b")
    assert follow(page, f"Count me again on {site}") == "Counted again"
    line.wait_for_views(1)
    elsewhere.goto(f"{website.url}/c")
    line.wait_for_views(2)
    assert [view.event["u"] for view in line.views] == [f"{website.url}/", f"{website.url}/c"]

    page.get_by_role("button", name="Show QR code").click()
    address = page.locator("section", has_text="Your phone").get_by_role("link").get_attribute("href") or ""
    phone = new_context(viewport={"width": 360, "height": 740}).new_page()
    phone.goto(address)
    assert follow(phone, f"Don’t count me on {site}") == "Not counted any more"
    phone.goto(f"{website.url}/b")
    elsewhere.goto(f"{website.url}/b")
    line.wait_for_views(3)
    assert len(line.views) == 3
