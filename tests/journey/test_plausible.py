"""Coming from Plausible: its published trackers, unmodified, deliver into our dashboard when their host is changed."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journey.bundle import bundle
from tests.journey.product import Line, account, at, everything_on, headline, rows, running
from tests.journey.test_plausible_init import STUB
from tests.journey.website import Website
from tests.service import Service

LINKS = """
<a id="out" href="ELSEWHERE" target="_blank">out</a> <a id="file" href="/price-list.pdf" target="_blank">file</a>
<form action="/price-list.pdf" target="_blank"><input name="email" value="jane@example.org"><button id="send">send</button></form>
"""
TRACKER = """
import { init, track } from "@plausible-analytics/tracker"
init({
    domain: "%(site)s", endpoint: "%(line)s/api/event", captureOnLocalhost: true,
    outboundLinks: true, fileDownloads: true, formSubmissions: true, customProperties: { author: "Ada" },
})
addEventListener("order", () => {
    track("Signup", { props: { plan: "large" }, interactive: false, callback: ({ status }) => { document.title = status } })
    track("Order", { props: { size: "L", user_id: "jane" }, revenue: { amount: "9.90", currency: "EUR" } })
})
"""
"""``captureOnLocalhost`` is what their own tests need, too."""
OLD_TRACKER = """
import Plausible from "plausible-tracker"
const { enableAutoPageviews, enableAutoOutboundTracking, trackEvent, trackPageview } = Plausible({
    domain: "%(site)s", apiHost: "%(line)s", trackLocalhost: true,
})
enableAutoPageviews()
enableAutoOutboundTracking()
addEventListener("order", () => {
    trackEvent("Signup", { props: { plan: "large" }, callback: () => { document.title = "called" } })
    trackPageview({ url: "https://%(site)s/by/hand" })
})
"""
"""It knows neither engagement nor revenue."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One for all tests here; each has a site of its own."""
    with running(tmp_path_factory.mktemp("plausible")) as service:
        yield service


@pytest.fixture
def line(service: Service) -> Iterator[Line]:
    with closing(Line(service)) as line:
        yield line


def test_the_tracker_of_today_delivers_all_it_knows(service: Service, line: Line, owners_page: Page, website: Website, page: Page) -> None:
    """@plausible-analytics/tracker: page views (a load and a pushState), events with properties and revenue, outbound links,
    downloads, a form, engagement. One property identifies and is left out (D33)."""
    site = "today.example"
    service.command("site", "add", site)
    tag = f"<script>{bundle(TRACKER % {'site': site, 'line': line.url})}</script>"
    website.page("/price-list.pdf", tag="")
    elsewhere = _named(website.page("/elsewhere", tag=""), "elsewhere")
    page.goto(_named(website.page("/a", LINKS.replace("ELSEWHERE", elsewhere), tag=tag), "shop"))
    line.wait_for(1)
    page.evaluate("dispatchEvent(new Event('order'))")
    page.wait_for_function("document.title == 202")
    line.wait_for(1, "Order")
    page.evaluate("new Promise(done => { addEventListener('scroll', done, { once: true }); scrollTo(0, 1500) })")
    for link, name in (("#file", "File Download"), ("#out", "Outbound Link: Click"), ("#send", "Form: Submission")):
        page.click(link)
        line.wait_for(1, name)
    page.evaluate("history.pushState({}, '', '/b')")
    line.wait_for(2)
    line.wait_for(1, "engagement")

    _all_counted(line, owners_page, service, site)
    assert rows(owners_page, "pages") == {"/a": ("1", "1"), "/b": ("1", "1")}
    assert "1 parameter that identifies a person" in owners_page.locator("#panel-ledger").inner_text()
    assert _events(service, site) == {
        "pageview": 2, "Signup": 1, "Order": 1, "File Download": 1, "Outbound Link: Click": 1, "Form: Submission": 1,
    }  # fmt: skip
    assert _properties(service, site, "Signup", "plan", "author") == [["large", "Ada"]]
    assert _properties(service, site, "Order", "size", "user_id") == [["L", "(none)"]]
    assert _properties(service, site, "Outbound Link: Click", "url") == [[elsewhere]]
    assert _properties(service, site, "File Download", "url") == [[_named(f"{website.url}/price-list.pdf", "shop")]]
    assert _revenue(service, site) == {"currency": "EUR", "value": 9.9, "short": "EUR 9.9", "long": "EUR 9.90"}
    assert service.query(site, "scroll_depth", dimensions=["event:page"], filters=[["is", "event:page", ["/a"]]]) == [
        {"dimensions": ["/a"], "metrics": [74]}
    ]


def test_the_tracker_of_yesterday_delivers_all_it_knows(service: Service, line: Line, owners_page: Page, website: Website, page: Page) -> None:
    """plausible-tracker: page views (a load, a pushState, and one by hand for another address), an event with properties as
    JSON in JSON, outbound links."""
    site = "yesterday.example"
    service.command("site", "add", site)
    tag = f"<script>{bundle(OLD_TRACKER % {'site': site, 'line': line.url})}</script>"
    elsewhere = _named(website.page("/elsewhere", tag=""), "elsewhere")
    page.goto(_named(website.page("/a", LINKS.replace("ELSEWHERE", elsewhere), tag=tag), "shop"))
    line.wait_for(1)
    page.evaluate("dispatchEvent(new Event('order'))")
    page.wait_for_function("document.title == 'called'")
    line.wait_for(2)
    page.evaluate("history.pushState({}, '', '/b?c=d')")
    line.wait_for(3)
    page.click("#out")
    page.wait_for_url(elsewhere)
    line.wait_for(1, "Outbound Link: Click")

    _all_counted(line, owners_page, service, site)
    assert rows(owners_page, "pages") == {"/a": ("1", "1"), "/b": ("1", "1"), "/by/hand": ("1", "1")}
    assert _events(service, site) == {"pageview": 3, "Signup": 1, "Outbound Link: Click": 1}
    assert _properties(service, site, "Signup", "plan") == [["large"]]
    assert _properties(service, site, "Outbound Link: Click", "url") == [[elsewhere]]


def _named(url: str, host: str) -> str:
    """The address at a host of a name, which browsers find on this machine: the scrubber takes numbers for somebody's."""
    return url.replace("127.0.0.1", f"{host}.localhost")


def _all_counted(line: Line, owner: Page, service: Service, site: str) -> None:
    """Whatever was sent was accepted, and stands in the dashboard of one visitor with one visit."""
    owner.goto(at(service, f"/{site}"))
    messages = everything_on(owner, line)
    assert {(message.status, message.dropped) for message in messages} == {(202, "")}
    assert account(owner) == (len(messages), len(messages), 0)
    found = headline(owner)
    assert (found["visitors"], found["visits"], found["pageviews"]) == ("1", "1", str(len(line.views)))


def _events(service: Service, site: str) -> dict[str, int]:
    found = service.query(site, "events", dimensions=["event:name"])
    return {row["dimensions"][0]: row["metrics"][0] for row in found if row["dimensions"][0] != "engagement"}


def _properties(service: Service, site: str, name: str, *keys: str) -> list[list[str]]:
    """The values of these properties, of the events of this name."""
    dimensions = [f"event:props:{key}" for key in keys]
    found = service.query(site, "events", dimensions=dimensions, filters=[["is", "event:name", [name]]])
    return [row["dimensions"] for row in found]


def _revenue(service: Service, site: str) -> Any:
    """Of a goal made afterwards."""
    key = service.command("key", "add", "--site", site)
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    body = b'{"site_id": "%s", "goal_type": "event", "event_name": "Order", "currency": "EUR"}' % site.encode()
    assert service.request("PUT", "/api/v1/sites/goals", body, headers).status == 200
    [row] = service.query(site, "total_revenue", dimensions=["event:goal"], filters=[["is", "event:goal", ["Order"]]])
    return row["metrics"][0]


ADDRESSES: dict[str, tuple[str, str, dict[str, int]]] = {
    "script.outbound-links.file-downloads.tagged-events.pageview-props.revenue.js": (
        "add-file-types='epub' event-author='Ada'",
        "plausible('Early', { props: { plan: 'large' } })",
        {"pageview": 2, "Early": 1, "Tagged": 1, "File Download": 2, "Outbound Link: Click": 1, "Late": 1},
    ),
    "plausible.manual.js": ("", "plausible('pageview', { u: 'https://SITE/by/hand' })", {"pageview": 1, "Late": 1}),
    "pa-A1b2C3.js": ("async", "plausible.init({ customProperties: { author: 'Ada' } }); plausible('Early')", {
        "pageview": 2, "Early": 1, "Tagged": 1, "File Download": 1, "Outbound Link: Click": 1, "Form: Submission": 1, "Late": 1,
    }),
}  # fmt: skip
"""Plausible's address -> attributes of the tag, what the page calls in its head, and the events that come."""
MORE_LINKS = '<a id="book" href="/book.epub" target="_blank">book</a> <button id="tag" class="plausible-event-name=Tagged">tag</button>'


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_changes_nothing_but_the_host_of_the_script(
    service: Service, line: Line, owners_page: Page, website: Website, page: Page, address: str
) -> None:
    """What the names between the dots promise is counted, and nothing else."""
    attributes, calls, events = ADDRESSES[address]
    site = f"{address.partition('.')[0].lower()}.example"
    service.command("site", "add", site)
    head = f"<script>{STUB}{calls.replace('SITE', site)}</script>"
    tag = f"<script defer data-domain='{site}' {attributes} src='{line.url}/js/{address}'></script>{head}"
    elsewhere = _named(website.page("/elsewhere", tag=""), "elsewhere")
    website.page("/price-list.pdf", tag="")
    website.page("/book.epub", tag="")
    page.goto(_named(website.page("/a", LINKS.replace("ELSEWHERE", elsewhere) + MORE_LINKS, tag=tag), "shop"))
    line.wait_for(1)
    page.wait_for_load_state()
    for element in ("#tag", "#file", "#book", "#out", "#send"):
        page.click(element)
        page.bring_to_front()
    page.evaluate("history.pushState({}, '', '/b')")
    page.evaluate("plausible('Late')")
    for name, count in events.items():
        line.wait_for(count, name)
    _all_counted(line, owners_page, service, site)
    assert _events(service, site) == events
    views = {"/by/hand": ("1", "1")} if "manual" in address else {"/a": ("1", "1"), "/b": ("1", "1")}
    assert rows(owners_page, "pages") == views
    author = "(none)" if "manual" in address else "Ada"
    assert _properties(service, site, "Late", "author") == [[author]]


@pytest.mark.parametrize("early", [True, False])
def test_the_newer_script_waits_for_init(service: Service, line: Line, website: Website, page: Page, early: bool) -> None:
    """Whether the page calls it before the script is there, or long after; and the page view is of the address with #."""
    start = f"{STUB}plausible.init({{ hashBasedRouting: true }})"
    tag = f"<script {'defer' if early else ''} src='{line.url}/js/pa-A1b2C3.js'></script>"
    page.goto(website.page("/a", tag=tag + (f"<script>{start}</script>" if early else "")) + "#/part")
    if not early:
        page.evaluate("history.pushState({}, '', '#/other')")
        page.evaluate("Promise.all(underWay)")
        assert line.messages == []
        page.evaluate(start)
    (view,) = line.wait_for(1)
    assert (view.event["u"].partition("#")[2], view.event["h"]) == ("/part" if early else "/other", 1)
