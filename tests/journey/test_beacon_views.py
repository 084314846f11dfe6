"""What the beacon counts as a page view: what a person would call looking at another page (D15, T9)."""

import pytest
from playwright.sync_api import Page

from tests.journey.website import Collector, Website

ROUTES = {
    "pushState to another path": ("history.pushState({}, '', '/b')", ["/b"]),
    "replaceState to another path": ("history.replaceState({}, '', '/b')", ["/b"]),
    "an address as an object": ("history.pushState({}, '', new URL('/b', location))", ["/b"]),
    "a router that keeps its place before it goes on": (
        "history.replaceState({ place: 1 }, '', location.href); history.pushState({}, '', '/b')", ["/b"],
    ),
    "a router that sends on": ("history.pushState({}, '', '/b'); history.replaceState({}, '', '/c')", ["/b", "/c"]),
    "a router that says everything twice": (
        "history.pushState({}, '', '/b'); history.pushState({}, '', '/b'); history.replaceState({}, '', '/b')", ["/b"],
    ),
    "there and back by links": ("history.pushState({}, '', '/b'); history.pushState({}, '', '/a')", ["/b", "/a"]),
    "the same path": ("history.pushState({}, '', '/a')", []),
    "no address": ("history.pushState({}, ''); history.replaceState({}, '', null)", []),
    "only the query": ("history.pushState({}, '', '?q=1'); history.replaceState({}, '', '/a?q=2')", []),
    "only a place on the page": ("history.pushState({}, '', '#part'); location.hash = 'other'", []),
    "another path with a query": ("history.pushState({}, '', '/b?q=1')", ["/b?q=1"]),
    "another path with a place on it": ("history.pushState({}, '', '/b#part')", ["/b"]),
}  # fmt: skip
"""What a page does -> the views that it adds. In which order messages arrive is the network's affair."""

HASH_ROUTES = {
    "another page": ("location.hash = '#/b'", ["/#/b"]),
    "two steps": ("location.hash = '#/b'; location.hash = '#/c'", ["/#/b", "/#/c"]),
    "the same page": ("location.hash = '#/a'", []),
    "by pushState": ("history.pushState({}, '', '#/b')", ["/#/b"]),
    "only its query": ("location.hash = '#/a?q=1'", []),
    "only the query before it": ("history.replaceState({}, '', '/?q=1#/a')", []),
}


@pytest.fixture
def here(website: Website) -> str:
    return website.page("/a")


@pytest.mark.parametrize("name", ROUTES)
def test_t9_an_application_counts_each_page_once(collector: Collector, page: Page, here: str, name: str) -> None:
    """Each way of going on, after the page has loaded."""
    script, views = ROUTES[name]
    page.goto(here)
    collector.wait_for(1)
    page.evaluate(f"() => new Promise(done => {{ {script}; setTimeout(done) }})")
    collector.after(page)
    assert sorted(collector.views) == sorted(["/a", *views])


def test_t9_back_in_an_application_is_one_more_view(collector: Collector, page: Page, here: str) -> None:
    """popstate: back to the first page, forward to the second; back by the query alone is nothing."""
    page.goto(here)
    collector.wait_for(1)
    page.evaluate("history.pushState({}, '', '/b')")
    collector.wait_for(2)
    page.evaluate("history.back()")
    collector.wait_for(3)
    page.evaluate("history.forward()")
    collector.wait_for(4)
    page.evaluate("history.pushState({}, '', '/b?q=1')")
    page.evaluate("new Promise(resolve => { addEventListener('popstate', resolve); history.back() })")
    collector.after(page)
    assert collector.views == ["/a", "/b", "/a", "/b"]


@pytest.mark.parametrize("name", HASH_ROUTES)
def test_d15_with_data_hash_the_part_after_the_hash_names_the_page(
    collector: Collector, website: Website, page: Page, name: str
) -> None:
    """The message says h = 1, so that the collector keeps that part, too."""
    collector.features = ("options",)
    script, views = HASH_ROUTES[name]
    page.goto(website.page("/", tag=website.tag(" data-hash")) + "#/a")
    collector.wait_for(1)
    page.evaluate(f"() => new Promise(done => {{ {script}; setTimeout(done) }})")
    collector.wait_for(1 + len(views))
    sent = collector.after(page)
    assert sorted(collector.views) == sorted(["/#/a", *views])
    assert {message.event["h"] for message in sent} == {1}


def test_each_load_is_a_view(collector: Collector, website: Website, page: Page, here: str) -> None:
    """A link, a reload, an address typed in: four loads, four views."""
    other = website.page("/b")
    page.goto(here)
    collector.wait_for(1)
    page.reload()
    collector.wait_for(2)
    page.goto(other)
    collector.wait_for(3)
    page.goto(here)
    assert [sent.path for sent in collector.wait_for(4)] == ["/a", "/a", "/b", "/a"]


def test_t10_back_from_the_browsers_cache_is_one_more_view(
    collector: Collector, website: Website, page: Page, here: str
) -> None:
    """The page is not loaded again (its variable is still there), and yet somebody looks at it again."""
    other = website.page("/b")
    page.goto(here)
    page.evaluate("window.kept = 1")
    collector.wait_for(1)
    page.goto(other)
    collector.wait_for(2)
    page.go_back(wait_until="commit")
    collector.wait_for(3)
    assert page.evaluate("window.kept") == 1
    page.go_forward(wait_until="commit")
    collector.wait_for(4)
    collector.after(page)
    assert collector.views == ["/a", "/b", "/a", "/b"]


@pytest.mark.parametrize("where", ["in the page twice", "by a component that mounts again"])
def test_t9_included_twice_it_works_once(
    collector: Collector, website: Website, page: Page, where: str
) -> None:
    """Two tags, or one that is put in again at each step, count what one counts."""
    twice = where == "in the page twice"
    page.goto(website.page("/a", tag=website.tag() * (2 if twice else 1)))
    collector.wait_for(1)
    if not twice:
        page.add_script_tag(url=f"{collector.url}/js/footfall.js")
    page.evaluate("history.pushState({}, '', '/b')")
    collector.after(page)
    assert collector.views == ["/a", "/b"]


def test_an_error_of_the_history_stays_the_pages_own(collector: Collector, page: Page, here: str) -> None:
    """An address of another origin is refused by the browser; the page hears it as ever, and nothing is counted."""
    page.goto(here)
    refused = "try { history.pushState({}, '', 'https://example.net/') } catch (error) { error.name }"
    assert page.evaluate(refused) == "SecurityError"
    collector.after(page)
    assert collector.views == ["/a"]


def test_what_a_view_says(collector: Collector, website: Website, page: Page) -> None:
    """All of it: there is nothing else in the message. The place on the page (#…) stays in the browser."""
    page.goto(website.page("/a") + "?utm_source=letter#part")
    (sent,) = collector.wait_for(1)
    zone = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    assert sent.event == {
        "n": "pageview", "u": f"{website.url}/a?utm_source=letter", "d": "example.org", "r": "", "b": 0, "w": 1280, "tz": zone,
    }  # fmt: skip
    assert sent.at == "/api/event"
    assert sent.headers["content-type"] == "text/plain;charset=UTF-8"
    assert sent.headers["origin"] == website.url


def test_the_endpoint_lies_beside_the_folder_of_the_script(collector: Collector, website: Website, page: Page) -> None:
    """A service under a path of a proxy gets its messages there, and a version in the address does no harm."""
    tag = f'<script defer src="{collector.url}/stats/js/kiosk.js?v=1" data-domain="example.org"></script>'
    page.goto(website.page("/a", tag=tag))
    assert [sent.at for sent in collector.wait_for(1)] == ["/stats/api/event"]


def test_without_a_domain_the_collector_takes_the_pages_host(
    collector: Collector, website: Website, page: Page
) -> None:
    """The key is left out."""
    page.goto(website.page("/a", tag=website.tag().replace(' data-domain="example.org"', "")))
    (sent,) = collector.wait_for(1)
    assert "d" not in sent.event


def test_the_referrer_is_the_page_before(collector: Collector, website: Website, page: Page) -> None:
    """From elsewhere on a load; after that the application's own page, so that a visit that begins anew in an open tab
    is not ascribed to where the tab once came from."""
    elsewhere = Website(collector)
    link = f'<a href="{website.page("/a")}">read</a>'
    page.goto(elsewhere.page("/", link, tag="", headers={"Referrer-Policy": "unsafe-url"}))
    page.click("a")
    collector.wait_for(1)
    page.evaluate("history.pushState({}, '', '/b')")
    collector.wait_for(2)
    page.evaluate("history.pushState({}, '', '/c')")
    came_from = [sent.event["r"] for sent in collector.wait_for(3)]
    elsewhere.close()
    assert came_from == [f"{elsewhere.url}/", f"{website.url}/a", f"{website.url}/b"]


def test_t7_a_very_long_address_is_counted(collector: Collector, website: Website, page: Page) -> None:
    """The collector takes 2,000 bytes; the page's name is in front, what is cut is query."""
    page.goto(website.page("/a") + "?q=" + "é" * 3000)
    (sent,) = collector.wait_for(1)
    assert len(sent.event["u"].encode()) == 2000
    assert sent.event["u"].startswith(f"{website.url}/a?q=%C3%A9")


def test_t8_a_path_is_spelt_the_same_however_one_gets_there(
    collector: Collector, website: Website, page: Page
) -> None:
    """Loaded, pushed raw or pushed encoded: one spelling, and the same page is not counted again."""
    page.goto(website.page("/%E8%AE%BA%E6%96%87"))
    collector.wait_for(1)
    page.evaluate("history.pushState({}, '', '/论文')")
    page.evaluate("history.pushState({}, '', '/b')")
    collector.wait_for(2)
    page.evaluate("history.pushState({}, '', '/论文')")
    collector.after(page)
    assert collector.views == ["/%E8%AE%BA%E6%96%87", "/b", "/%E8%AE%BA%E6%96%87"]
