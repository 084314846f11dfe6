"""Which pages are counted, and under which name: missing ones, exclusions, canonical addresses (D21, D28)."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journey.conftest import Complaints
from tests.journey.website import Collector, Website

# --- pages that do not exist ---------------------------------------------------------------------------


def test_d28_a_page_that_does_not_exist_says_so_and_who_links_to_it(collector: Collector, website: Website, page: Page) -> None:
    """Beside its page view: event 404 with the path and the page before. It does not make a visit of interest."""
    collector.features = ("missing",)
    gone = website.page("/gone", status=404)
    here = website.page("/a", f'<a href="{gone}">on</a>')
    page.goto(here)
    collector.wait_for(1)
    page.click("a")
    collector.wait_for(2)
    (sent,) = collector.wait_for(1, "404")
    assert (sent.path, sent.event["props"], sent.event["interactive"]) == ("/gone", {"path": "/gone", "from": here}, False)
    assert sent.event["r"] == here
    assert sorted(collector.views) == ["/a", "/gone"]


@pytest.mark.parametrize(("status", "counted"), [(200, 0), (404, 1), (500, 0)])
def test_d28_only_a_404_is_one_and_only_once(collector: Collector, website: Website, page: Page, status: int, counted: int) -> None:
    """Not again when an application goes on from there."""
    collector.features = ("missing",)
    page.goto(website.page("/a", status=status))
    collector.wait_for(1)
    page.evaluate("history.pushState({}, '', '/b')")
    collector.wait_for(2)
    collector.after(page)
    assert len(collector.named("404")) == counted


def test_d28_an_application_says_it_by_hand(collector: Collector, website: Website, page: Page) -> None:
    """Any script can; here the one without features."""
    page.goto(website.page("/a"))
    page.evaluate("() => { history.pushState({}, '', '/nothing'); footfall('404', { path: location.pathname }) }")
    assert collector.wait_for(1, "404")[0].event["props"] == {"path": "/nothing"}


# --- exclusions ----------------------------------------------------------------------------------------

EXCLUSIONS: dict[str, tuple[str, dict[str, bool]]] = {
    "one page": (' data-exclude="/admin"', {"/admin": False, "/admin/x": True, "/a": True}),
    "a folder": (' data-exclude="/admin/*"', {"/admin": True, "/admin/x": False, "/admin/x/y": False, "/a": True}),
    "two patterns": (' data-exclude="/admin/*, */draft"', {"/admin/x": False, "/blog/7/draft": False, "/blog/7": True}),
    "the query does not matter": (' data-exclude="/admin"', {"/admin?q=1": False}),
    "only a folder": (' data-include="/shop/*"', {"/shop/x": True, "/a": False}),
    "a folder without a part of it": (' data-include="/shop/*" data-exclude="/shop/cart*"', {"/shop/x": True, "/shop/cart/1": False}),
}


@pytest.mark.parametrize("name", EXCLUSIONS)
def test_pages_that_the_tag_leaves_out(collector: Collector, website: Website, page: Page, name: str) -> None:
    """Nothing of them is sent: no view, no event, no time."""
    attributes, pages = EXCLUSIONS[name]
    collector.features = ("exclusions",)
    page.clock.install(time=0)
    for path in pages:
        page.goto(website.page(path.partition("?")[0], tag=website.tag(attributes)) + path.partition("?")[1] + path.partition("?")[2])
        page.evaluate("footfall('Read')")
        page.clock.run_for(3_000)
        page.evaluate("dispatchEvent(new Event('pagehide'))")
        collector.after(page)
    counted = [path for path, on in pages.items() if on]
    assert sorted({(sent.path, sent.name) for sent in collector.sent}) == sorted(
        (path, name) for path in counted for name in ("pageview", "Read", "engagement")
    )


def test_hash_routes_are_left_out_by_the_part_after_the_hash(collector: Collector, website: Website, page: Page) -> None:
    collector.features = ("exclusions", "options")
    page.goto(website.page("/", tag=website.tag(' data-hash data-exclude="/#/admin*"')) + "#/admin/1")
    page.evaluate("location.hash = '#/a'")
    collector.wait_for(1)
    collector.after(page)
    assert collector.views == ["/#/a"]


def test_properties_that_the_tag_leaves_out(collector: Collector, website: Website, page: Page) -> None:
    """By name or pattern; the page's own object is not touched."""
    collector.features = ("exclusions",)
    page.goto(website.page("/a", tag=website.tag(' data-exclude-props="email, user_*"')))
    kept = page.evaluate("() => { const own = { email: 'a', user_id: 1, plan: 'b' }; footfall('Read', own); return own }")
    assert collector.wait_for(1, "Read")[0].event["p"] == {"plan": "b"}
    assert kept == {"email": "a", "user_id": 1, "plan": "b"}


# --- canonical addresses -------------------------------------------------------------------------------

CANONICAL: dict[str, tuple[str, str]] = {
    "another path": ("/real", "/real?q=1"),
    "a whole address": ("{here}/real", "/real?q=1"),
    "with a query of its own": ("{here}/real?p=2#part", "/real?q=1"),
    "on another host": ("https://example.net/real", "/a?q=1"),
    "on a host that begins alike": ("{here}.example.net/real", "/a?q=1"),
    "no address": ("http://[", "/a?q=1"),
    "empty": ("", "/a?q=1"),
}  # fmt: skip


@pytest.mark.parametrize("name", CANONICAL)
def test_d21_a_page_is_counted_under_its_own_name_for_itself(
    collector: Collector, website: Website, page: Page, complaints: Complaints, name: str
) -> None:
    """The path of the link, if it is on the same host; the query stays that of the address, with its campaign."""
    href, counted = CANONICAL[name]
    collector.features = ("canonical",)
    page.goto(website.page("/a", head=f'<link rel="canonical" href="{href.format(here=website.url)}">') + "?q=1")
    collector.wait_for(1)
    assert collector.views == [counted]
    assert complaints.errors == []


def test_d21_an_application_that_goes_on_leaves_the_name_behind(collector: Collector, website: Website, page: Page) -> None:
    """Most change the address and never the link; back on the page that was loaded, its name holds again."""
    collector.features = ("canonical",)
    page.goto(website.page("/a", head='<link rel="canonical" href="/real">'))
    collector.wait_for(1)
    page.evaluate("history.pushState({}, '', '/b')")
    collector.wait_for(2)
    page.evaluate("history.back()")
    collector.wait_for(3)
    assert collector.views == ["/real", "/b", "/real"]


def test_d21_off_the_link_is_not_looked_at(collector: Collector, website: Website, page: Page) -> None:
    page.goto(website.page("/a", head='<link rel="canonical" href="/real">'))
    collector.wait_for(1)
    assert collector.views == ["/a"]


# --- the visitor's own choice by a link ----------------------------------------------------------------


def _dialogs(page: Page) -> list[str]:
    said: list[str] = []

    def hear(dialog: Any) -> None:
        said.append(dialog.message)
        dialog.accept()

    page.on("dialog", hear)
    return said


def test_d19_a_link_leaves_this_browser_out_and_another_takes_it_back(collector: Collector, website: Website, page: Page) -> None:
    """On any page of the site; it says what it did, keeps one entry, and nothing of that visit is sent."""
    collector.features = ("ignore",)
    said = _dialogs(page)
    here, other = website.page("/a"), website.page("/b")
    page.goto(here + "#footfall-ignore")
    assert page.evaluate("({ ...localStorage })") == {"footfall_optout": "1"}
    collector.after(page)
    page.goto(other)
    assert collector.after(page) == []
    page.goto(other + "#footfall-count")
    page.reload()
    collector.wait_for(1)
    assert page.evaluate("({ ...localStorage })") == {}
    assert said[:2] == ["Not counted any more", "Counted again"]


@pytest.mark.parametrize("fragment", ["#footfall", "#footfall-ignored", "#x-footfall-ignore", "#ignore"])
def test_d19_no_other_link_does(collector: Collector, website: Website, page: Page, fragment: str) -> None:
    collector.features = ("ignore",)
    said = _dialogs(page)
    page.goto(website.page("/a") + fragment)
    collector.wait_for(1)
    assert (said, page.evaluate("localStorage.length")) == ([], 0)


def test_d19_where_storage_is_blocked_it_does_not_say_what_is_not_so(
    collector: Collector, website: Website, page: Page, complaints: Complaints
) -> None:
    """Nothing is thrown, and nobody is told that it worked."""
    collector.features = ("ignore",)
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })")
    said = _dialogs(page)
    page.goto(website.page("/a") + "#footfall-ignore")
    collector.wait_for(1)
    assert "Not counted any more" not in said
    assert complaints.errors == []


# --- browsers driven by a program ----------------------------------------------------------------------


@pytest.mark.parametrize(("driven", "flag"), [("true", 1), ("false", 0), ("undefined", None)])
def test_a_driven_browser_says_so(collector: Collector, website: Website, page: Page, driven: str, flag: int | None) -> None:
    """The collector decides what to make of it."""
    page.add_init_script(f"Object.defineProperty(Navigator.prototype, 'webdriver', {{ get: () => {driven} }})")
    page.goto(website.page("/a"))
    assert collector.wait_for(1)[0].event["b"] == flag
