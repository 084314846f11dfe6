"""Core Web Vitals: one event a page load, when the page is left, with what Google's own package measured."""

import re

import pytest
from playwright.sync_api import Page

from tests.journey.conftest import Complaints
from tests.journey.website import Collector, Website

SLOW = """<p>first words</p><button>say</button><div id="late"></div>
<script>
    document.querySelector("button").onclick = () => {
        const since = performance.now()
        while (performance.now() - since < 250) { /* a busy page */ }
    }
    const move = () => { document.querySelector("#late").innerHTML = "<p style='height: 400px'>late</p>"; window.moved = true }
    setTimeout(move, 100)
</script><p style="height: 600px; background: silver">moved down</p>"""
"""A page that moves under its reader, and answers a click late."""
TIMES = ("lcp", "inp", "fcp", "ttfb")
RATINGS = ("good", "needs-improvement", "poor")
PAINTED = """new Promise(done => {
    const heard = (list) => list.getEntriesByName("first-contentful-paint").length && setTimeout(() => setTimeout(done))
    new PerformanceObserver(heard).observe({ type: "paint", buffered: true })
})"""


ANSWERED = """new Promise(done => {
    const heard = (list) => list.getEntriesByName("click").length && requestIdleCallback(done, { timeout: 1000 })
    requestAnimationFrame(() => new PerformanceObserver(heard).observe({ type: "event", buffered: true }))
})"""
"""A click is told of when the next frame is painted, and web-vitals looks at it when the page is idle, or after a second: it has
asked for that before this does."""


@pytest.fixture
def tag(website: Website, collector: Collector) -> str:
    """Both lines of the snippet."""
    return f'{website.tag()}<script defer src="{collector.url}/js/footfall-vitals.js"></script>'


def _leave(page: Page, website: Website, tag: str = "") -> None:
    """After the first words were painted, and what listens for that has heard of it: a page left before has no such event."""
    page.evaluate(PAINTED)
    page.goto(website.page("/next", tag=tag))


def test_five_numbers_with_their_ratings_are_one_event_of_the_page(
    collector: Collector, website: Website, page: Page, tag: str, complaints: Complaints
) -> None:
    """Rounded, not interactive, and of the page that was loaded, wherever the visitor is by then."""
    page.goto(website.page("/slow", SLOW, tag=tag))
    page.wait_for_function("window.moved")
    page.click("button")
    page.evaluate(ANSWERED)
    page.evaluate("history.pushState({}, '', '/elsewhere')")
    collector.wait_for(2)
    _leave(page, website)
    (sent,) = collector.wait_for(1, "Web Vitals")
    assert (sent.path, sent.event["interactive"]) == ("/slow", False)
    props = sent.event["props"]
    assert set(props) == {name + ending for name in (*TIMES, "cls") for ending in ("", "_rating")}
    assert [name for name in TIMES if props[name] % 10 or not isinstance(props[name], int)] == []
    assert 0 < props["cls"] < 2
    assert re.fullmatch(r"0\.\d\d?|1(\.\d\d?)?", str(props["cls"]))
    assert props["inp"] >= 250
    assert props["inp_rating"] in ("needs-improvement", "poor")
    assert props["fcp"] <= props["lcp"]
    assert {props[f"{name}_rating"] for name in (*TIMES, "cls")} <= set(RATINGS)
    assert complaints == ([], [])


def test_a_page_without_a_click_has_no_such_number(collector: Collector, website: Website, page: Page, tag: str) -> None:
    page.goto(website.page("/quiet", "<p>words</p>", tag=tag))
    collector.wait_for(1)
    _leave(page, website)
    (sent,) = collector.wait_for(1, "Web Vitals")
    assert "inp" not in sent.event["props"]
    assert sent.event["props"]["cls"] == 0


def test_a_page_from_the_browsers_cache_is_measured_anew(collector: Collector, website: Website, page: Page, tag: str) -> None:
    """D16: it is another page view, and it was there at once."""
    url = website.page("/kept", "<p>words</p>", tag=tag)
    page.goto(url)
    collector.wait_for(1)
    page.evaluate("window.kept = true")
    _leave(page, website)
    collector.wait_for(1, "Web Vitals")
    page.go_back(wait_until="commit")
    collector.wait_for(2)
    assert page.evaluate("window.kept")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")
    page.goto(website.page("/third", tag=""))
    _, second = collector.wait_for(2, "Web Vitals")
    assert (second.path, second.event["props"]["ttfb"]) == ("/kept", 0)


def test_without_the_beacon_nothing_is_sent_and_nothing_breaks(
    collector: Collector, website: Website, page: Page, tag: str, complaints: Complaints
) -> None:
    """T12: the beacon is blocked, its second file is not."""
    page.goto(website.page("/alone", "<p>words</p>", tag=tag.partition("</script>")[2]))
    _leave(page, website, website.tag())
    collector.wait_for(1)
    assert [(sent.name, sent.path) for sent in collector.after(page)] == [("pageview", "/next")]
    assert complaints == ([], [])
