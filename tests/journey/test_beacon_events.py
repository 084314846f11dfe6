"""The site's own events: ``footfall('name', {…})``."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journey.conftest import Complaints
from tests.journey.website import Collector, Website

STUB = "<script>window.footfall = window.footfall || function () { (footfall.q = footfall.q || []).push(arguments) }</script>"
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "a name": ("footfall('Signup')", {"n": "Signup"}),
    "properties": ("footfall('Signup', { plan: 'large' })", {"n": "Signup", "props": {"plan": "large"}}),
    "options": (
        "footfall('Order', { plan: 'large' }, { interactive: false, revenue: { amount: 9.9, currency: 'EUR' } })",
        {"n": "Order", "props": {"plan": "large"}, "interactive": False, "revenue": {"amount": 9.9, "currency": "EUR"}},
    ),
    "options alone": ("footfall('Seen', null, { interactive: false })", {"n": "Seen", "props": None, "interactive": False}),
    "as other trackers write it": (
        "footfall('Order', { props: { plan: 'large' }, interactive: false })",
        {"n": "Order", "props": {"plan": "large"}, "interactive": False},
    ),
}
"""What a page calls -> the keys of the message that a page view does not have, or has otherwise."""


@pytest.mark.parametrize("name", CALLS)
def test_an_event_says_what_it_was_given(collector: Collector, website: Website, page: Page, name: str) -> None:
    """The rest of the message is that of the page view that is on; the page itself is what came before."""
    call, keys = CALLS[name]
    page.goto(website.page("/a"))
    (view,) = collector.wait_for(1)
    page.evaluate(call)
    (sent,) = collector.wait_for(1, keys["n"])
    assert sent.event == {**view.event, "r": view.event["u"], **keys}


def test_events_called_before_the_beacon_is_there_are_sent_after_the_view(
    collector: Collector, website: Website, page: Page
) -> None:
    """In the order of their calls, each once."""
    early = STUB + "<script>footfall('one'); footfall('two', { of: 'three' })</script>"
    page.goto(website.page("/a", tag=early + website.tag()))
    (one,), (two,) = collector.wait_for(1, "one"), collector.wait_for(1, "two")
    assert (one.event.get("props"), two.event["props"]) == (None, {"of": "three"})
    assert sorted(sent.name for sent in collector.after(page)) == ["one", "pageview", "two"]


def test_the_stub_alone_does_not_look_like_the_beacon(collector: Collector, website: Website, page: Page) -> None:
    """With the stub and no call before: the beacon works, and takes the calls."""
    page.goto(website.page("/a", tag=STUB + website.tag()))
    page.evaluate("footfall('later')")
    collector.wait_for(1, "later")
    assert sorted(sent.name for sent in collector.after(page)) == ["later", "pageview"]


@pytest.mark.parametrize("value", ["1n", "(() => { const own = {}; own.self = own; return own })()"])
def test_t12_what_is_no_json_is_dropped_in_silence(
    collector: Collector, website: Website, page: Page, complaints: Complaints, value: str
) -> None:
    """The page goes on, its console stays clean, and the next event is sent."""
    page.goto(website.page("/a"))
    page.evaluate(f"() => {{ footfall('broken', {{ value: {value} }}); footfall('whole') }}")
    collector.wait_for(1, "whole")
    assert sorted(sent.name for sent in collector.after(page)) == ["pageview", "whole"]
    assert complaints == ([], [])
