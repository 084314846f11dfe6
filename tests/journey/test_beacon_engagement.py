"""How long and how far somebody read. The page's clock is ours: what is asserted is exact."""

import pytest
from playwright.sync_api import Page

from tests.journey.website import Collector, Website

SEEN = """
    window.away = false
    window.blurred = false
    Object.defineProperty(document, "hidden", { get: () => window.away })
    document.hasFocus = () => !window.blurred
"""
"""Automated tabs are always visible and focused, so the test says when they are not."""
HIDE = "() => { away = true; document.dispatchEvent(new Event('visibilitychange', { bubbles: true })) }"
SHOW = "() => { away = false; document.dispatchEvent(new Event('visibilitychange', { bubbles: true })) }"
BLUR = "() => { blurred = true; dispatchEvent(new Event('blur')) }"
FOCUS = "() => { blurred = false; dispatchEvent(new Event('focus')) }"
FIRST_SCREEN = 24
"""Percent: 720 pixels of 3,000."""


@pytest.fixture
def headers() -> dict[str, str]:
    """Headers that /a is served with."""
    return {}


@pytest.fixture
def reading(collector: Collector, website: Website, page: Page, headers: dict[str, str]) -> Page:
    """Somebody who has just opened /a, and whose time stands still until the test lets it go on."""
    page.add_init_script(SEEN)
    page.clock.install(time=0)
    page.goto(website.page("/a", headers=headers))
    collector.wait_for(1)
    page.clock.pause_at(60_000)
    page.evaluate(HIDE)  # whatever passed until now is told, and the clock begins anew
    page.evaluate(SHOW)
    collector.after(page)
    collector.sent.clear()
    return page


def _told(collector: Collector, page: Page) -> list[tuple[str, int, int]]:
    """Path, milliseconds and percent of each message."""
    return [(sent.path, sent.event["e"], sent.event["sd"]) for sent in collector.after(page) if sent.name == "engagement"]


def _scroll(page: Page, to: int) -> None:
    page.evaluate(f"new Promise(done => {{ addEventListener('scroll', done, {{ once: true }}); scrollTo(0, {to}) }})")


def test_time_is_told_when_the_page_is_hidden(collector: Collector, reading: Page) -> None:
    """Five seconds on the first screen."""
    reading.clock.run_for(5_000)
    reading.evaluate(HIDE)
    assert _told(collector, reading) == [("/a", 5_000, FIRST_SCREEN)]


def test_each_message_carries_what_was_added(collector: Collector, reading: Page) -> None:
    """Three seconds, an hour elsewhere, four seconds more: 3,000 and 4,000, and the collector adds them up."""
    reading.clock.run_for(3_000)
    reading.evaluate(HIDE)
    collector.wait_for(1, "engagement")
    reading.clock.run_for(3_600_000)
    reading.evaluate(SHOW)
    reading.clock.run_for(4_000)
    reading.evaluate(HIDE)
    assert _told(collector, reading) == [("/a", 3_000, FIRST_SCREEN), ("/a", 4_000, FIRST_SCREEN)]


def test_time_without_the_focus_does_not_count(collector: Collector, reading: Page) -> None:
    """Visible beside another window for a minute, in which somebody works elsewhere."""
    reading.clock.run_for(2_000)
    reading.evaluate(BLUR)
    reading.clock.run_for(60_000)
    reading.evaluate(FOCUS)
    reading.clock.run_for(2_500)
    reading.evaluate(HIDE)
    assert _told(collector, reading) == [("/a", 4_500, FIRST_SCREEN)]


@pytest.mark.parametrize(("to", "percent"), [(1_500, 74), (2_280, 100)])
def test_the_deepest_scroll_is_told(collector: Collector, reading: Page, to: int, percent: int) -> None:
    """Down and up again: what counts is the lowest pixel that was on the screen, in percent of the page's height."""
    _scroll(reading, to)
    _scroll(reading, 0)
    reading.clock.run_for(1_500)
    reading.evaluate(HIDE)
    assert _told(collector, reading) == [("/a", 1_500, percent)]


def test_a_short_look_without_scrolling_is_not_worth_a_message(collector: Collector, reading: Page) -> None:
    """A second or less; but it is not lost: it goes along with what follows."""
    reading.clock.run_for(1_000)
    reading.evaluate(HIDE)
    assert _told(collector, reading) == []
    reading.evaluate(SHOW)
    reading.clock.run_for(600)
    reading.evaluate(HIDE)
    assert _told(collector, reading) == [("/a", 1_600, FIRST_SCREEN)]


def test_a_short_look_that_went_deeper_is(collector: Collector, reading: Page) -> None:
    """Half a second, and half the page."""
    _scroll(reading, 780)
    reading.clock.run_for(500)
    reading.evaluate(HIDE)
    assert _told(collector, reading) == [("/a", 500, 50)]


def test_the_same_depth_is_told_once(collector: Collector, reading: Page) -> None:
    """Half the page, hidden, shown and hidden again: the second time there is nothing to say."""
    _scroll(reading, 780)
    reading.clock.run_for(500)
    for _ in range(2):
        reading.evaluate(HIDE)
        reading.evaluate(SHOW)
    assert _told(collector, reading) == [("/a", 500, 50)]


def test_each_page_of_an_application_has_its_own(collector: Collector, reading: Page) -> None:
    """Time and depth are those of the page that is left, not of the one that comes; that begins with its first screen."""
    _scroll(reading, 1_500)
    reading.clock.run_for(3_000)
    reading.evaluate("history.pushState({}, '', '/b')")
    collector.wait_for(1, "engagement")
    _scroll(reading, 0)
    reading.clock.run_for(2_000)
    reading.evaluate(HIDE)
    assert _told(collector, reading) == [("/a", 3_000, 74), ("/b", 2_000, FIRST_SCREEN)]


@pytest.mark.parametrize("headers", [{}, {"Cache-Control": "no-store"}], ids=["to the browser's cache", "for good"])
def test_t11_leaving_by_a_link_tells_the_time(collector: Collector, website: Website, reading: Page) -> None:
    """The message arrives although the page is gone (keepalive)."""
    reading.clock.run_for(7_000)
    reading.goto(website.page("/b"))
    (sent,) = collector.wait_for(1, "engagement")
    assert (sent.path, sent.event["e"], sent.event["sd"]) == ("/a", 7_000, FIRST_SCREEN)


def test_t11_closing_the_tab_tells_the_time(collector: Collector, reading: Page) -> None:
    """The last page of a visit, too."""
    reading.clock.run_for(7_000)
    reading.close(run_before_unload=True)
    (sent,) = collector.wait_for(1, "engagement")
    assert (sent.path, sent.event["e"]) == ("/a", 7_000)


def test_t10_back_from_the_browsers_cache_time_begins_anew(collector: Collector, website: Website, reading: Page) -> None:
    """Seven seconds before; back again, two: the second message says two."""
    reading.clock.run_for(7_000)
    reading.goto(website.page("/b"))
    collector.wait_for(1)
    reading.go_back(wait_until="commit")
    collector.wait_for(2)
    reading.clock.run_for(2_000)
    reading.evaluate(HIDE)
    told = [(sent.path, sent.event["e"]) for sent in collector.wait_for(2, "engagement") if sent.path == "/a"]
    assert sorted(told) == [("/a", 2_000), ("/a", 7_000)]  # messages may overtake each other on the way
