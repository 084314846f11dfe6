"""D34: the box for a privacy page, as it is copied from the dashboard, in a browser, on a site with the real script."""

import re

import pytest
from playwright.sync_api import Page, expect

from analytics.resources import folder
from tests.journey.website import Collector, Website

BOX = "Do not count my visits"


@pytest.fixture
def privacy_page(website: Website) -> str:
    """A page of the site with the box in it."""
    return website.page("/privacy", body=(folder("dashboards") / "templates/admin/opt_out.html").read_text(encoding="utf-8"))


def test_d34_who_ticks_the_box_is_silent_everywhere_on_the_site_and_who_unticks_it_is_counted_again(
    collector: Collector, website: Website, page: Page, privacy_page: str
) -> None:
    page.goto(privacy_page)
    collector.wait_for(1)
    box = page.get_by_label(BOX)
    expect(box).not_to_be_checked()
    box.check()
    page.evaluate("footfall('after')")
    collector.after(page)
    page.goto(website.page("/b"))
    assert [sent.path for sent in collector.after(page)] == ["/privacy"]
    page.goto(privacy_page)
    expect(box).to_be_checked()
    box.uncheck()
    page.goto(website.page("/c"))
    collector.wait_for(2)
    assert collector.views == ["/privacy", "/c"]


def test_the_box_shows_what_is_so_where_the_script_could_not_be_loaded(website: Website, page: Page, privacy_page: str) -> None:
    """A box that stays ticked and does nothing would be a lie."""
    page.route(re.compile(r"footfall\.js|beacon"), lambda route: route.abort())
    page.goto(privacy_page)
    page.get_by_label(BOX).click()
    expect(page.get_by_label(BOX)).not_to_be_checked()
