"""Pages that were written for Google's gtag.js: what each call becomes, call by call."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page

from analytics.resources import folder
from tests.journey.conftest import Complaints
from tests.journey.website import Collector, Website

HEAD = "window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments) } gtag('js', new Date())"
BASKET = (
    '[{ item_id: "S1", item_name: "Shoes", item_category: "Walking", price: 40, quantity: 2 },'
    ' { item_id: "S2", item_name: "Socks", item_category: "Walking", price: 5 }]'
)

DOCUMENTED = [
    [cell.strip().strip("`") for cell in line.split(" | ")]
    for line in (folder("static").parent / "docs/from-google-analytics.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| `(gtag\('event|dataLayer)[^|]+ \| `", line)
]
EVENTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    **{
        call.removeprefix("| `"): (call.removeprefix("| `"), name, {"p": json.loads(props), **json.loads(more.strip("| `") or "{}")})
        for call, name, props, more in DOCUMENTED
    },
    "several things": (
        f"gtag('event', 'view_cart', {{ items: {BASKET} }})",
        "view_cart",
        {"p": {"items": 3, "item_id": "S1, S2", "item_name": "Shoes, Socks", "item_category": "Walking"}},
    ),
    "long and odd values": (
        "gtag('event', 'odd', { text: 'ü'.repeat(3000), list: [1], object: {}, nothing: null, off: false })",
        "odd",
        {"p": {"text": "ü" * 500, "off": "false"}},
    ),
    "money that is none": ("gtag('event', 'gift', { currency: 'EUR', value: '' })", "gift", {"p": {"currency": "EUR", "value": ""}}),
    "a name that means something here": ("gtag('event', 'engagement')", "Engagement", {"p": {}}),
    "identifiers in every spelling": (
        "gtag('event', 'secretive', { user_id: 7, 'client-id': 'a', Email: 'jane@example.org', user_data: { phone: 1, address: 2 },"
        " user_properties: {}, ok: 'yes' })",
        "secretive",
        {"p": {"ok": "yes"}, "x": 5},
    ),
    "the tag manager's object": (
        "dataLayer.push({ ecommerce: null });"
        " dataLayer.push({ event: 'tagged', 'gtm.uniqueEventId': 9, user_id: 7, plan: 'large', ecommerce: { value: 85, currency: 'EUR' } })",
        "tagged",
        {"p": {"plan": "large"}, "revenue": {"amount": 85, "currency": "EUR"}, "x": 1},
    ),
}
"""What the page calls, the event that comes, and the keys of its message that a page view does not have, or has otherwise:
the table of docs/from-google-analytics.md, and what is too odd for it."""
NO_EVENTS = {
    "advertising": "gtag('event', 'conversion', { send_to: 'AW-123/abc', value: 1, currency: 'EUR', transaction_id: 'T_9' })",
    "advertising's set-up": "gtag('config', 'AW-123', { page_path: '/never' })",
    "the tag manager's own": "dataLayer.push({ event: 'gtm.dom' }); dataLayer.push({ user_id: 7 })",
    "not a call": "dataLayer.push(null, undefined, 7, 'event', [], () => {}, { event: {} })",
    "a command there is not": "gtag('toString'); gtag('unheard', 'of')",
    "the same order again": "for (const _ of '12') gtag('event', 'purchase', { transaction_id: 'T_2', value: 1, currency: 'EUR' })",
}


@pytest.fixture
def tag(collector: Collector) -> str:
    """Google's two elements, the host of the first changed."""
    source = f"{collector.url}/gtag/js?id=G-ABCDEF1234"
    return f"<script async src='{source}'></script><script>{HEAD}; gtag('config', 'G-ABCDEF1234')</script>"


def head(collector: Collector, *calls: str) -> str:
    """The same with other calls than ``config``."""
    return f"<script async src='{collector.url}/gtag/js?id=G-ABCDEF1234'></script><script>{HEAD}; {';'.join(calls)}</script>"


def test_the_table_of_the_documentation_is_read() -> None:
    assert len(DOCUMENTED) == 16


@pytest.mark.parametrize("what", EVENTS)
def test_what_an_event_becomes(collector: Collector, website: Website, page: Page, tag: str, what: str, complaints: Complaints) -> None:
    """The name stays; money, things in the basket and properties are told; what identifies is counted and stays in the page."""
    call, name, keys = EVENTS[what]
    page.goto(website.page("/a", tag=tag))
    (view,) = collector.wait_for(1)
    page.evaluate(f"() => {{ {call} }}")
    (sent,) = collector.wait_for(1, name)
    assert sent.event == {**view.event, "r": view.event["u"], "n": name, **keys}
    assert complaints == ([], [])


@pytest.mark.parametrize("name", NO_EVENTS)
def test_what_is_no_event_of_a_visitor(collector: Collector, website: Website, page: Page, tag: str, name: str, complaints: Complaints) -> None:
    """T12: nothing is sent that is none, and the page goes on."""
    page.goto(website.page("/a", tag=tag))
    collector.wait_for(1)
    page.evaluate(f"() => {{ {NO_EVENTS[name]}; gtag('event', 'after') }}")
    collector.wait_for(1, "after")
    assert [sent.name for sent in collector.after(page) if sent.name != "purchase"] == ["pageview", "after"]
    assert len(collector.named("purchase")) == NO_EVENTS[name].count("'purchase'")
    assert complaints == ([], [])


def test_calls_before_the_script_is_there_are_taken_in_their_order(collector: Collector, website: Website, page: Page) -> None:
    """And calls before config wait for its page view."""
    calls = ("gtag('event', 'one')", "gtag('config', 'G-A')", "gtag('event', 'two')")
    page.goto(website.page("/a", tag=head(collector, *calls)))
    collector.wait_for(1, "two")
    assert sorted(sent.name for sent in collector.after(page)) == ["one", "pageview", "two"]


def test_what_config_and_set_say_goes_with_every_event(collector: Collector, website: Website, page: Page) -> None:
    """An event's own word stands before theirs; what identifies is counted each time."""
    calls = (
        "gtag('set', { country: 'AT', plan: 'small' })", "gtag('set', 'user_properties', { member: 'gold' })",
        "gtag('config', 'G-A', { content_group: 'News', user_id: 7, cookie_flags: 'x', page_title: 'Title' })",
        "gtag('event', 'read', { plan: 'large' })",
    )  # fmt: skip
    page.goto(website.page("/a", tag=head(collector, *calls)))
    (view,), (read,) = collector.wait_for(1), collector.wait_for(1, "read")
    given = {"country": "AT", "plan": "small", "content_group": "News", "page_title": "Title"}
    assert (view.event["p"], view.event["x"]) == (given, 2)
    assert (read.event["p"], read.event["x"]) == ({**given, "plan": "large"}, 2)


PAGE_VIEWS: dict[str, tuple[list[str], list[str], list[str]]] = {
    "config counts one": (["gtag('config', 'G-A')"], [], ["/a"]),
    "none without config": (["gtag('event', 'one')"], [], []),
    "two properties are one page": (["gtag('config', 'G-A')", "gtag('config', 'G-B')"], [], ["/a"]),
    "then the address is followed": (["gtag('config', 'G-A')"], ["history.pushState({}, '', '/b')"], ["/a", "/b"]),
    "not without page views by config": (
        ["gtag('config', 'G-A', { send_page_view: false })"], ["history.pushState({}, '', '/b')"], [],
    ),
    "by hand": (
        ["gtag('config', 'G-A', { send_page_view: false })"],
        ["gtag('event', 'page_view', { page_path: '/x' })", "history.pushState({}, '', '/b')", "gtag('event', 'page_view')"],
        ["/x", "/b"],
    ),
    "by hand for another address": (["gtag('config', 'G-A', { page_path: '/virtual?a=1' })"], [], ["/virtual?a=1"]),
    "by hand what is counted already": (
        ["gtag('config', 'G-A')"],
        ["gtag('event', 'page_view')", "history.pushState({}, '', '/b')", "gtag('config', 'G-A', { page_path: '/b' })"],
        ["/a", "/b"],
    ),
    "steps without an address of their own": (
        ["gtag('config', 'G-A')"],
        [*(f"gtag('event', 'page_view', {{ page_location: location.origin + '/step/{step}' }})" for step in (1, 2, 2)),
         "gtag('event', 'page_view')", "history.pushState({}, '', '/b')"],
        ["/a", "/step/1", "/step/2", "/a", "/b"],
    ),
    "set": (
        ["gtag('config', 'G-A', { send_page_view: false })"],
        ["gtag('set', 'page_path', '/x')", "gtag('event', 'page_view')", "gtag('set', { page_path: '/y' })", "gtag('event', 'page_view')"],
        ["/x", "/y"],
    ),
}  # fmt: skip
"""What happens -> calls in the head, what the page does later, and the page views that come."""


@pytest.mark.parametrize("name", PAGE_VIEWS)
def test_which_page_views_are_counted(collector: Collector, website: Website, page: Page, name: str) -> None:
    """D15: each page once, whether the page counts by hand, Google's way, or not at all."""
    calls, later, views = PAGE_VIEWS[name]
    page.goto(website.page("/a", tag=head(collector, *calls)), wait_until="load")
    for step in later:
        page.evaluate(f"() => {{ {step} }}")
    collector.wait_for(len(views))
    page.evaluate("gtag('event', 'end')")
    collector.after(page)
    assert sorted(collector.views) == sorted(views)


def test_who_denies_is_not_counted_until_allowing_it(collector: Collector, website: Website, page: Page) -> None:
    """Google's consent mode: what is called while analytics_storage is denied waits in the page, and goes nowhere else."""
    calls = ("gtag('consent', 'default', { analytics_storage: 'denied' })", "gtag('config', 'G-A')", "gtag('event', 'one')")
    page.goto(website.page("/a", tag=head(collector, *calls)), wait_until="load")
    page.evaluate("gtag('consent', 'update', { ad_storage: 'granted' })")
    assert collector.after(page) == []
    page.evaluate("gtag('consent', 'update', { analytics_storage: 'granted' })")
    collector.wait_for(1, "one")
    page.evaluate("() => { gtag('consent', 'update', { analytics_storage: 'denied' }); gtag('event', 'two') }")
    assert sorted(sent.name for sent in collector.after(page)) == ["one", "pageview"]


def test_who_waits_for_a_call_goes_on_at_once(collector: Collector, website: Website, page: Page, tag: str) -> None:
    """Whatever the collector does, and also when nothing is sent: pages leave in such callbacks."""
    page.goto(website.page("/a", tag=tag))
    collector.wait_for(1)
    collector.answering.clear()
    called = page.evaluate("""async () => {
        const heard = []
        const wait = (start) => new Promise(start)
        await wait(done => gtag('event', 'leave', { event_callback: done, event_timeout: 2000 }))
        await wait(done => dataLayer.push({ event: 'leave', eventCallback: done }))
        heard.push(await wait(done => gtag('get', 'G-A', 'client_id', done)) ?? 'nobody')
        gtag('consent', 'update', { analytics_storage: 'denied' })
        await wait(done => gtag('event', 'denied', { event_callback: done }))
        return heard
    }""")
    assert called == ["nobody"]


def test_a_data_layer_of_another_name(collector: Collector, website: Website, page: Page) -> None:
    """Google's parameter l."""
    source = f"{collector.url}/gtag/js?id=G-A&l=things"
    calls = "window.things = []; function gtag() { things.push(arguments) } gtag('config', 'G-A')"
    page.goto(website.page("/a", tag=f"<script async src='{source}'></script><script>{calls}</script>"))
    assert [sent.path for sent in collector.wait_for(1)] == ["/a"]


def test_the_script_twice_counts_once(collector: Collector, website: Website, page: Page, tag: str) -> None:
    """T9: in the template and in the page."""
    page.goto(website.page("/a", tag=tag + tag))
    collector.wait_for(1)
    page.evaluate("gtag('event', 'one')")
    collector.wait_for(1, "one")
    assert sorted(sent.name for sent in collector.after(page)) == ["one", "pageview"]


def test_nothing_that_identifies_is_in_any_message(collector: Collector, website: Website, page: Page) -> None:
    """D33: not by config, set, event or data layer, however deep."""
    calls = (
        "gtag('set', { user_id: 'SECRET' })", "gtag('config', 'G-A', { client_id: 'SECRET', session_id: 'SECRET' })",
        "gtag('set', 'user_data', { email: 'SECRET', address: { first_name: 'SECRET' } })",
        "gtag('event', 'one', { transaction_id: 'SECRET', gclid: 'SECRET', items: [{ user_id: 'SECRET', item_name: 'Shoes' }] })",
        "dataLayer.push({ event: 'two', visitorId: 'SECRET', ecommerce: { transaction_id: 'SECRET2', value: 1, currency: 'EUR' } })",
    )  # fmt: skip
    page.goto(website.page("/a", tag=head(collector, *calls)))
    collector.wait_for(1, "two")
    sent = collector.after(page)
    assert len(sent) == 3
    assert "SECRET" not in json.dumps([each.event for each in sent])
    assert {each.name: each.event["x"] for each in sent} == {"pageview": 3, "one": 7, "two": 7}
