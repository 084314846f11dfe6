"""A guest on other people's sites: the beacon respects a no, leaves nothing behind and never gets in the way
(D32, D34, T11, T12)."""

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.journey.conftest import Complaints
from tests.journey.website import Collector, Website

OBJECTIONS = {
    "Global Privacy Control": "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })",
    "Do Not Track": "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' })",
    "opted out": "if (location.protocol != 'about:') localStorage.setItem('footfall_optout', '1')",
}
NO_OBJECTIONS = {
    "no Global Privacy Control": "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => false })",
    "Do Not Track is off": "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '0' })",
    "Do Not Track is not set": "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => null })",
    "storage that throws": "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })",
    "no storage at all": "Object.defineProperty(window, 'localStorage', { value: null })",
}
READS = """
    window.reads = []
    const watch = (owner, name) => {
        const { get } = Object.getOwnPropertyDescriptor(owner, name)
        Object.defineProperty(owner, name, { get() { reads.push(name); return get.call(this) } })
    }
    watch(Document.prototype, "referrer"); watch(Document.prototype, "cookie"); watch(window, "localStorage")
    watch(window, "innerWidth"); watch(Navigator.prototype, "userAgent"); watch(Navigator.prototype, "language")
    watch(window, "screen")
"""
LEFT = """async () => [
    document.cookie, localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
    (await navigator.serviceWorker.getRegistrations()).length, await window.caches?.keys().then(keys => keys.length) ?? 0,
    history.length,
]"""
UNHURT = "() => { footfall('still'); history.pushState({}, '', '/b'); dispatchEvent(new Event('pagehide')); return location.pathname }"
BROWSERS_OWN = ("Failed to load resource", "net::ERR_", "blocked by CORS policy", "Content Security Policy")
"""Browsers themselves note a failed request in the console; no script can prevent that."""


@pytest.mark.parametrize("name", OBJECTIONS)
def test_d34_who_objects_is_not_counted(
    collector: Collector, website: Website, page: Page, complaints: Complaints, name: str
) -> None:
    """No message for anything: load, own events called before and after, a new page, leaving. The page's calls work."""
    page.add_init_script(OBJECTIONS[name])
    early = "<script>window.footfall = function () { (footfall.q = footfall.q || []).push(arguments) }; footfall('early')</script>"
    page.goto(website.page("/a", tag=early + website.tag()))
    page.evaluate("() => { footfall('Signup', { plan: 'large' }); history.pushState({}, '', '/b'); dispatchEvent(new Event('pagehide')) }")
    assert collector.after(page) == []
    page.goto("about:blank")
    page.goto(website.page("/end"))
    assert collector.after(page) == []
    assert complaints == ([], [])


@pytest.mark.parametrize("name", ["Global Privacy Control", "Do Not Track"])
def test_d34_signals_come_before_anything_is_read(website: Website, page: Page, name: str) -> None:
    """Not the referrer, not storage, not the window: the signal is the only thing the beacon looks at."""
    page.add_init_script(READS)
    page.add_init_script(OBJECTIONS[name])
    page.goto(website.page("/a"))
    page.evaluate("() => { footfall('Signup'); dispatchEvent(new Event('scroll')) }")
    assert page.evaluate("reads") == []


def test_what_is_read_of_a_visitor_who_does_not_object(collector: Collector, website: Website, page: Page) -> None:
    """The referrer, the visitor's choice and the window's width. No cookie, User-Agent, language or screen."""
    page.add_init_script(READS)
    page.goto(website.page("/a"))
    collector.wait_for(1)
    assert set(page.evaluate("reads")) == {"referrer", "localStorage", "innerWidth"}


@pytest.mark.parametrize("name", NO_OBJECTIONS)
def test_who_does_not_object_is_counted(
    collector: Collector, website: Website, page: Page, complaints: Complaints, name: str
) -> None:
    """A signal that is off is no objection, nor is a browser that keeps scripts away from its storage."""
    page.add_init_script(NO_OBJECTIONS[name])
    page.goto(website.page("/a"))
    collector.wait_for(1)
    page.evaluate("() => { footfall.optOut(false); footfall('later') }")
    collector.wait_for(1, "later")
    assert collector.views == ["/a"]
    assert complaints.errors == []


def test_d34_the_visitors_own_choice_holds_at_once_and_is_all_that_is_kept(
    collector: Collector, website: Website, page: Page
) -> None:
    """``footfall.optOut(true)``: not one message more, here or on the next page. ``false``: as if nothing had been."""
    page.goto(website.page("/a"))
    collector.wait_for(1)
    page.evaluate("() => { footfall.optOut(true); footfall('after'); history.pushState({}, '', '/b') }")
    assert page.evaluate("({ ...localStorage })") == {"footfall_optout": "1"}
    collector.after(page)
    page.goto(website.page("/c"))
    assert [sent.path for sent in collector.after(page)] == ["/a"]
    page.evaluate("footfall.optOut(false)")
    assert page.evaluate("({ ...localStorage })") == {}
    page.goto(website.page("/d"))
    collector.wait_for(2)
    assert collector.views == ["/a", "/d"]


def test_nothing_is_left_behind(collector: Collector, website: Website, page: Page, context: BrowserContext) -> None:
    """Invariant 4: after views, events and engagement no cookie, no storage of any kind, no step in the history;
    and a cookie that the collector's host has for other reasons stays at home."""
    context.add_cookies([{"name": "session", "value": "someone", "url": collector.url}])
    page.goto(website.page("/a"))
    before = page.evaluate(LEFT)
    page.evaluate("() => { footfall('Signup'); scrollTo(0, 999) }")
    collector.wait_for(1, "Signup")
    page.evaluate("() => { history.replaceState({}, '', '/b') }")
    collector.wait_for(2)
    assert page.evaluate(LEFT) == before
    assert before[:6] == ["session=someone", 0, 0, 0, 0, 0]
    assert [cookie["name"] for cookie in context.cookies()] == ["session"]
    assert [sent.headers.get("cookie") for sent in collector.sent] == [None] * len(collector.sent)


def test_t11_every_message_may_outlive_its_page_and_carries_no_cookies(
    collector: Collector, website: Website, page: Page
) -> None:
    """As the browser understands the request: on a line as short as ours it would arrive without keepalive, too."""
    page.add_init_script("""
        window.asked = []
        const send = window.fetch
        window.fetch = (url, options) => { const { method, keepalive, credentials } = new Request(url, options)
            asked.push({ method, keepalive, credentials }); return send(url, options) }
    """)
    page.goto(website.page("/a"))
    page.evaluate("footfall('Signup')")
    collector.wait_for(1, "Signup")
    assert page.evaluate("asked") == [{"method": "POST", "keepalive": True, "credentials": "omit"}] * 2


@pytest.mark.parametrize("trouble", ["500", "500 without CORS", "no answer", "nobody there", "script missing", "CSP", "no fetch"])
def test_t12_trouble_at_the_collector_is_no_trouble_of_the_page(
    collector: Collector, website: Website, page: Page, complaints: Complaints, trouble: str
) -> None:
    """Nothing is thrown, nothing but the browser's own notes is in the console, the link is followed."""
    policy = f"default-src 'self' 'unsafe-inline' 'unsafe-eval'; script-src * 'unsafe-inline' 'unsafe-eval'; img-src data:; connect-src {website.url}"
    link = f'<a href="{website.page("/b", tag="")}">on</a>'
    url = website.page("/a", link, headers={"Content-Security-Policy": policy} if trouble == "CSP" else {})
    collector.status = 500 if "500" in trouble else 202
    collector.cors = trouble != "500 without CORS"
    if trouble == "no answer":
        collector.answering.clear()
    if trouble == "no fetch":
        page.add_init_script("delete window.fetch")
    if trouble == "script missing":
        url = website.page("/a", link + "<script>window.footfall = () => {}</script>", tag='<script defer src="/js/gone.js"></script>')
    page.goto(url, wait_until="domcontentloaded")
    if trouble == "nobody there":
        collector.close()
    assert page.evaluate(UNHURT) == "/b"
    if trouble != "no answer":
        collector.after(page)
    page.click("a")
    page.wait_for_url(f"{website.url}/b")
    assert complaints.errors == []
    assert [text for text in complaints.console if not any(words in text for words in BROWSERS_OWN)] == []


@pytest.mark.parametrize(("how", "opens_a_tab"), [
    ({}, False),
    ({"modifiers": ["ControlOrMeta"]}, True),
    ({"button": "middle"}, True),
])  # fmt: skip
def test_t12_every_kind_of_click_does_what_it_always_did(
    collector: Collector, website: Website, page: Page, context: BrowserContext, how: dict[str, object], opens_a_tab: bool
) -> None:
    """A plain click goes there; with Ctrl, or by the middle button, a tab opens and this one stays. No event of the page
    was prevented, and the collector, which does not answer, holds up nobody."""
    page.add_init_script("Event.prototype.preventDefault = () => { throw new Error('prevented') }")
    url = website.page("/a", f'<a href="{website.page("/b", tag="")}">on</a>')
    page.goto(url)
    collector.wait_for(1)
    collector.answering.clear()
    if opens_a_tab:
        with context.expect_page() as opened:
            page.click("a", **how)  # type: ignore[arg-type]
        opened.value.wait_for_url(f"{website.url}/b")
        assert page.url == url
    else:
        page.click("a")
        page.wait_for_url(f"{website.url}/b")


def test_as_a_module_or_without_a_tag_it_does_nothing_and_says_nothing(
    collector: Collector, website: Website, page: Page, complaints: Complaints
) -> None:
    """A script that a bundler took in does not know where it came from."""
    page.goto(website.page("/a", tag=f'<script type="module" crossorigin src="{collector.url}/js/footfall.js"></script>'))
    page.evaluate("footfall('Signup')")
    assert collector.after(page) == []
    assert complaints.errors == []
