"""What a page can tell the beacon: in its tag, by footfall.init and by calls."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journey.conftest import Complaints
from tests.journey.website import Collector, Website

STUB = """<script>
    window.footfall = window.footfall || function () { (footfall.q = footfall.q || []).push(arguments) }
    footfall.init = footfall.init || function (options) { footfall.o = options }
</script>"""


@pytest.fixture
def collector(collector: Collector) -> Collector:
    """Serves the beacon with options."""
    collector.features = ("options",)
    return collector


# --- manual page views ---------------------------------------------------------------------------------


@pytest.mark.parametrize("attribute", [" data-manual", ' data-manual="true"'])
def test_manual_nothing_is_counted_by_itself(collector: Collector, website: Website, page: Page, attribute: str) -> None:
    """Not the load, not a step in the history; events of before the first page view wait for it."""
    page.goto(website.page("/a", tag=website.tag(attribute)))
    page.evaluate("() => { footfall('early'); history.pushState({}, '', '/b') }")
    assert collector.after(page) == []
    page.evaluate("footfall('pageview')")
    collector.wait_for(1, "early")
    collector.wait_for(1)
    assert collector.views == ["/b"]


def test_manual_a_page_view_by_hand_has_the_address_it_is_given(collector: Collector, website: Website, page: Page) -> None:
    """Relative to the page, with properties of its own; the next one comes from it."""
    page.goto(website.page("/a", tag=website.tag(" data-manual")))
    page.evaluate("footfall('pageview', { u: '/virtual/1?q=1', props: { kind: 'tour' } })")
    page.evaluate("footfall('pageview', { u: location.origin + '/virtual/2' })")
    first, second = sorted(collector.wait_for(2), key=lambda sent: sent.path)
    assert [sent.path for sent in (first, second)] == ["/virtual/1?q=1", "/virtual/2"]
    assert [sent.event["p"] for sent in (first, second)] == [{"kind": "tour"}, {}]


def test_manual_the_time_is_that_of_the_page_counted_by_hand(collector: Collector, website: Website, page: Page) -> None:
    """Four seconds on a page that has another name than its address, then two on the next."""
    page.clock.install(time=0)
    page.goto(website.page("/a", tag=website.tag(" data-manual")))
    page.clock.pause_at(60_000)
    page.evaluate("footfall('pageview', { u: '/one' })")
    page.clock.run_for(4_000)
    page.evaluate("footfall('pageview', { u: '/two' })")
    page.clock.run_for(2_000)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    told = [(sent.path, sent.event["e"]) for sent in collector.wait_for(2, "engagement")]
    assert sorted(told) == [("/one", 4_000), ("/two", 2_000)]


def test_manual_in_a_tab_that_nobody_sees_the_view_waits(collector: Collector, website: Website, page: Page) -> None:
    """Opened in the background: counted when it is looked at."""
    page.add_init_script("window.away = true; Object.defineProperty(document, 'hidden', { get: () => window.away })")
    page.goto(website.page("/a", tag=website.tag(" data-manual")))
    page.evaluate("footfall('pageview', { u: '/one' })")
    assert collector.after(page) == []
    page.evaluate("() => { away = false; document.dispatchEvent(new Event('visibilitychange', { bubbles: true })) }")
    collector.wait_for(1)
    assert collector.views == ["/one"]


# --- properties ----------------------------------------------------------------------------------------

PROPERTIES: dict[str, tuple[str, str, dict[str, str]]] = {
    "of our own attributes": (' data-prop-author="Ada L." data-prop-written-in="1843"', "", {"author": "Ada L.", "written-in": "1843"}),
    "of Plausible's attributes": (' event-author="Ada"', "", {"author": "Ada"}),
    "of init": ("", "footfall.init({ props: { author: 'Ada' } })", {"author": "Ada"}),
    "of a function, asked for each event": ("", "footfall.init({ props: name => ({ asked: name }) })", {"asked": "Read"}),
    "of both": (' data-prop-author="Ada"', "footfall.init({ props: { of: 'init' } })", {"author": "Ada", "of": "init"}),
}


@pytest.mark.parametrize("name", PROPERTIES)
def test_properties_of_a_page_go_with_each_of_its_events(collector: Collector, website: Website, page: Page, name: str) -> None:
    """With page views as well; what a call says itself comes on top."""
    attributes, script, props = PROPERTIES[name]
    page.goto(website.page("/a", tag=STUB + f"<script>{script}</script>" + website.tag(attributes)))
    (view,) = collector.wait_for(1)
    page.evaluate("footfall('Read', { plan: 'large' })")
    (sent,) = collector.wait_for(1, "Read")
    assert sent.event["p"] == {**props, "plan": "large"}
    assert view.event["p"] == {key: "pageview" if key == "asked" else value for key, value in props.items()}


def test_a_call_has_the_last_word_on_a_property(collector: Collector, website: Website, page: Page) -> None:
    page.goto(website.page("/a", tag=website.tag(' data-prop-plan="small"')))
    page.evaluate("footfall('Read', { props: { plan: 'large' } })")
    assert collector.wait_for(1, "Read")[0].event["p"] == {"plan": "large"}


# --- init ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after"])
def test_init_may_come_before_the_script_or_after_it(collector: Collector, website: Website, page: Page, when: str) -> None:
    """Before: also for the first page view. After: from then on."""
    early = STUB + "<script>footfall.init({ domain: 'shop.example.org' })</script>"
    page.goto(website.page("/a", tag=(early if when == "before" else "") + website.tag()))
    (view,) = collector.wait_for(1)
    if when == "after":
        page.evaluate("footfall.init({ domain: 'shop.example.org' })")
    page.evaluate("footfall('Read')")
    (sent,) = collector.wait_for(1, "Read")
    assert sent.event["d"] == "shop.example.org"
    assert view.event["d"] == ("shop.example.org" if when == "before" else "example.org")


def test_switches_of_init_are_true_or_false(collector: Collector, website: Website, page: Page) -> None:
    """init wins over the tag."""
    early = STUB + "<script>footfall.init({ hash: true, manual: false })</script>"
    page.goto(website.page("/", tag=early + website.tag(" data-manual")) + "#/a")
    (view,) = collector.wait_for(1)
    assert (view.path, view.event["h"]) == ("/#/a", 1)


def test_several_sites_and_another_endpoint(collector: Collector, website: Website, page: Page) -> None:
    """data-domain parts them by commas; data-api is an address of its own, here beside the usual one."""
    tag = website.tag(f' data-api="{collector.url}/elsewhere"').replace("example.org", "example.org,all.example.org")
    page.goto(website.page("/a", tag=tag))
    (view,) = collector.wait_for(1)
    assert (view.event["d"], view.at) == ("example.org,all.example.org", "/elsewhere")


# --- transformRequest, callback ------------------------------------------------------------------------


def test_a_request_can_be_changed(collector: Collector, website: Website, page: Page) -> None:
    """Every message, the time included, so that it lands on the page that was counted."""
    change = "footfall.init({ transformRequest: event => ({ ...event, u: event.u.replace('/users/7', '/users/id') }) })"
    page.clock.install(time=0)
    page.goto(website.page("/users/7", tag=STUB + f"<script>{change}</script>" + website.tag()))
    collector.wait_for(1)
    page.evaluate("footfall('Read')")
    page.clock.run_for(3_000)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    collector.wait_for(1, "engagement")
    collector.wait_for(1, "Read")
    assert {sent.path for sent in collector.after(page)} == {"/users/id"}


def test_a_request_can_be_cancelled(collector: Collector, website: Website, page: Page) -> None:
    """By returning nothing; others are sent."""
    change = "footfall.init({ transformRequest: event => event.u.includes('/secret') ? null : event })"
    page.goto(website.page("/secret", tag=STUB + f"<script>{change}</script>" + website.tag()))
    page.evaluate("history.pushState({}, '', '/open')")
    collector.wait_for(1)
    collector.after(page)
    assert collector.views == ["/open"]


@pytest.mark.parametrize(("trouble", "outcome"), [
    ("", {"status": 202}),
    ("500", {"status": 500}),
    ("gone", {"error": True}),
    ("opted out", None),
    ("cancelled", None),
])  # fmt: skip
def test_a_callback_hears_what_became_of_it(
    collector: Collector, website: Website, page: Page, complaints: Complaints, trouble: str, outcome: dict[str, Any] | None
) -> None:
    """The status; or the error; or nothing, when nothing was sent. It is always called: a page may wait for it."""
    page.goto(website.page("/a", tag=website.tag()))
    collector.wait_for(1)
    if trouble == "500":
        collector.status = 500
    if trouble == "gone":
        page.route("**/api/event", lambda route: route.abort())
    page.evaluate({"opted out": "footfall.optOut(true)", "cancelled": "footfall.init({ transformRequest: () => null })"}.get(trouble, "0"))
    heard = page.evaluate("""new Promise(done => footfall('Read', { a: 1 }, { callback: result => done(
        result && { ...(result.status && { status: result.status }), ...(result.error && { error: true }) } || null) }))""")
    assert heard == outcome
    assert complaints.errors == []


def test_without_the_feature_the_page_works_all_the_same(
    collector: Collector, website: Website, page: Page, complaints: Complaints
) -> None:
    """Attributes are not read; calls with options are sent as they are."""
    collector.features = ()
    page.goto(website.page("/a", tag=website.tag(' data-manual data-prop-author="Ada"')))
    (view,) = collector.wait_for(1)
    page.evaluate("footfall('Order', { plan: 'large' }, { revenue: { amount: 5, currency: 'EUR' }, callback: () => {} })")
    (sent,) = collector.wait_for(1, "Order")
    assert "author" not in str(view.event)
    assert (sent.event["props"], sent.event["revenue"]) == ({"plan": "large"}, {"amount": 5, "currency": "EUR"})
    assert complaints == ([], [])
