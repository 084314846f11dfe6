"""Clicks and forms: links to other sites, downloads, forms, and what the owner tagged (D28, D29, T12)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.journey.conftest import Complaints
from tests.journey.website import Collector, Sent, Website

OWN = {"pageview", "engagement"}
STAY = """<script>
    const stay = event => event.type != "submit" && !event.composedPath()[0].closest("a, area") || event.preventDefault()
    for (const type of ["click", "auxclick", "submit"]) addEventListener(type, stay, true)
</script>"""
"""Links are not followed and forms not sent, so that a test can go on on its page."""


@pytest.fixture
def elsewhere(collector: Collector) -> Iterator[Website]:
    """Another web site, which everything leads to."""
    elsewhere = Website(collector)
    elsewhere.page("/there", tag="")
    yield elsewhere
    elsewhere.close()


@pytest.fixture
def features() -> tuple[str, ...]:
    return ("outbound", "downloads", "forms", "tagged")


@pytest.fixture
def visit(collector: Collector, website: Website, page: Page, features: tuple[str, ...]) -> Any:
    """Opens a page with this body and counts its view; nothing that is clicked leaves the page."""

    def open_page(body: str, attributes: str = "") -> Page:
        collector.features = features
        page.goto(website.page("/a", body + STAY, tag=website.tag(attributes)))
        collector.wait_for(1)
        return page

    return open_page


def told(collector: Collector, page: Page) -> list[Sent]:
    """What was sent besides the page view and the time."""
    return [sent for sent in collector.after(page) if sent.name not in OWN]


def outcome(collector: Collector, page: Page) -> list[tuple[str, dict[str, Any]]]:
    """The same as name and properties."""
    return sorted(((sent.name, sent.event["props"]) for sent in told(collector, page)), key=str)


COMPONENT = """<div id="host"></div><script>
    host.attachShadow({ mode: "open" }).innerHTML = '<a id="in" href="{there}"><b>on</b></a>'
    Object.defineProperty(window, "x", { value: host.shadowRoot.querySelector("b") })
</script>""".replace("{ ", "{{ ").replace(" }", " }}")
LINKS: dict[str, tuple[str, list[tuple[str, dict[str, str]]]]] = {
    "to another site": ('<a id="x" href="{there}?q=1#part">on</a>', [("Outbound Link: Click", {"url": "{there}?q=1#part"})]),
    "what is inside a link": (
        '<a href="{there}"><b><i id="x">on</i></b></a>', [("Outbound Link: Click", {"url": "{there}"})],
    ),
    "a link in a picture": (
        '<svg width="90" height="90"><a href="{there}"><rect id="x" width="80" height="80"></rect></a></svg>',
        [("Outbound Link: Click", {"url": "{there}"})],
    ),
    "a link in a web component": (COMPONENT, [("Outbound Link: Click", {"url": "{there}"})]),
    "an area of an image map": (
        '<map name="m"><area id="x" shape="rect" coords="0,0,80,80" href="{there}"></map>'
        '<img usemap="#m" width="90" height="90" src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==">',
        [("Outbound Link: Click", {"url": "{there}"})],
    ),
    "within the site": ('<a id="x" href="/b">on</a>', []),
    "mail": ('<a id="x" href="mailto:a@example.org">on</a>', []),
    "telephone": ('<a id="x" href="tel:+441">on</a>', []),
    "a script": ('<a id="x" href="javascript:void 0">on</a>', []),
    "an address that is none": ('<a id="x" href="http://[">on</a>', []),
    "an anchor": ('<a id="x" name="here">on</a>', []),
    "no link at all": ('<button id="x">on</button>', []),
    "a file": ('<a id="x" href="/files/Report.PDF?token=1#page=2">on</a>', [("File Download", {"url": "{here}/files/Report.PDF"})]),
    "a file of a path with dots": ('<a id="x" href="/v1.2/b.tar.gz">on</a>', [("File Download", {"url": "{here}/v1.2/b.tar.gz"})]),
    "a page with the name of a file in its query": ('<a id="x" href="/b?file=a.pdf">on</a>', []),
    "a page whose name ends like a kind of file": ('<a id="x" href="/apdf">on</a>', []),
    "a page with an ending": ('<a id="x" href="/a.html">on</a>', []),
    "a file on another site, once": ('<a id="x" href="{there}.zip">on</a>', [("Outbound Link: Click", {"url": "{there}.zip"})]),
}  # fmt: skip


@pytest.mark.parametrize("name", LINKS)
def test_d28_a_click_on_a_link(collector: Collector, website: Website, elsewhere: Website, visit: Any, complaints: Complaints, name: str) -> None:
    """What is clicked -> the events that it makes. What is both a file and on another site is a link, as at Plausible's."""
    body, events = LINKS[name]
    names = {"there": f"{elsewhere.url}/there", "here": website.url}
    page = visit(body.format(**names))
    page.evaluate("x.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, composed: true }))")
    assert outcome(collector, page) == [(event, {key: value.format(**names) for key, value in props.items()}) for event, props in events]
    assert complaints.errors == []


FOLLOWED: dict[str, tuple[Callable[[Page], object], int]] = {
    "by mouse": (lambda page: page.click("#x"), 1),
    "by the middle button": (lambda page: page.click("#x", button="middle"), 1),
    "with Ctrl": (lambda page: page.click("#x", modifiers=["ControlOrMeta"]), 1),
    "by the right button": (lambda page: page.click("#x", button="right"), 0),
    "by keyboard": (lambda page: page.press("#x", "Enter"), 1),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_d28_a_link_is_followed_in_many_ways(collector: Collector, elsewhere: Website, visit: Any, name: str) -> None:
    """By mouse, in a new tab, by keyboard; the menu of the right button is no visit. Also where a page stops the event."""
    page = visit(f'<div onclick="event.stopPropagation()"><a id="x" href="{elsewhere.url}/there">on</a></div>')
    follow, counted = FOLLOWED[name]
    follow(page)
    assert len(told(collector, page)) == counted


def test_d28_own_kinds_of_files(collector: Collector, website: Website, visit: Any) -> None:
    """data-files names them; no others are counted then."""
    page = visit('<a href="/a.step">1</a> <a href="/b.EPUB">2</a> <a href="/c.pdf">3</a>', ' data-files="epub, step"')
    for link in page.locator("a").all():
        link.click()
    assert outcome(collector, page) == [("File Download", {"url": f"{website.url}/a.step"}), ("File Download", {"url": f"{website.url}/b.EPUB"})]


FORMS = {
    "sent by its button": ('<form><input name="a" value="secret"><button id="x">send</button></form>', 1),
    "sent by the keyboard": ('<form><input id="x" name="a" value="secret"></form>', 1),
    "with something missing": ('<form><input name="a" required><button id="x">send</button></form>', 0),
    "that checks itself": ('<form novalidate><input name="a" required><button id="x">send</button></form>', 1),
    "within a page that stops the event": ('<form onsubmit="event.stopPropagation()"><button id="x">send</button></form>', 1),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_sent_form_is_an_event_without_what_was_typed(collector: Collector, visit: Any, name: str) -> None:
    """An event with the page's path, and nothing of what was typed."""
    body, counted = FORMS[name]
    page = visit(body)
    page.focus("#x")
    page.keyboard.press("Enter")
    assert outcome(collector, page) == [("Form: Submission", {"path": "/a"})] * counted
    assert "secret" not in str([sent.event for sent in collector.sent])


def test_an_invalid_form_that_a_program_sends_is_not_counted(collector: Collector, visit: Any) -> None:
    """Frameworks send events of their own; the form's own fields are not disturbed by our asking."""
    page = visit('<form id="x"><input required oninvalid="window.disturbed = 1"></form>')
    page.evaluate("x.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))")
    assert told(collector, page) == []
    assert page.evaluate("window.disturbed") is None


TAGS: dict[str, tuple[str, dict[str, Any]]] = {
    "attributes": (
        '<button id="x" data-footfall-event="Sign up" data-footfall-event-plan="very large">go</button>',
        {"n": "Sign up", "props": {"plan": "very large"}},
    ),
    "attributes with money": (
        '<button id="x" data-footfall-event="Order" data-footfall-revenue-amount="9.90" data-footfall-revenue-currency="EUR">go</button>',
        {"n": "Order", "props": {}, "revenue": {"amount": "9.90", "currency": "EUR"}},
    ),
    "Plausible's classes": (
        '<button id="x" class="wide plausible-event-name=Sign+up plausible-event-plan=large">go</button>',
        {"n": "Sign up", "props": {"plan": "large"}},
    ),
    "Plausible's classes where = is not allowed": (
        '<button id="x" class="plausible-event-name--Sign+up plausible-event-plan--large plausible-revenue-amount--5 plausible-revenue-currency--EUR">go</button>',
        {"n": "Sign up", "props": {"plan": "large"}, "revenue": {"amount": "5", "currency": "EUR"}},
    ),
    "what is inside": ('<div data-footfall-event="Card"><p><b id="x">go</b></p></div>', {"n": "Card", "props": {}}),
    "a link, which says where to, and is no other event": (
        '<a id="x" href="https://example.net/" data-footfall-event="Partner">go</a>', {"n": "Partner", "props": {"url": "https://example.net/"}},
    ),
    "within a link": (
        '<a href="https://example.net/"><b id="x" class="plausible-event-name=Partner">go</b></a>',
        {"n": "Partner", "props": {"url": "https://example.net/"}},
    ),
    "a form": (
        '<form data-footfall-event="Contact" data-footfall-event-of="sales"><button id="x">go</button></form>',
        {"n": "Contact", "props": {"of": "sales"}},
    ),
    "a form by class": ('<form class="plausible-event-name=Contact"><button id="x">go</button></form>', {"n": "Contact", "props": {}}),
}  # fmt: skip


@pytest.mark.parametrize("name", TAGS)
def test_d29_what_is_tagged(collector: Collector, visit: Any, complaints: Complaints, name: str) -> None:
    """One event each, under the name in the page: as our own attributes or Plausible's classes say it."""
    body, keys = TAGS[name]
    page = visit(body)
    page.click("#x")
    (sent,) = told(collector, page)
    assert {key: sent.event[key] for key in ("n", "props")} == {"n": keys["n"], "props": keys["props"]}
    assert sent.event["revenue"] == keys.get("revenue", {})
    assert complaints == ([], [])


def test_a_click_within_a_tagged_form_is_not_its_sending(collector: Collector, visit: Any) -> None:
    page = visit('<form data-footfall-event="Contact"><label id="x">Name <input></label></form>')
    page.click("#x")
    assert told(collector, page) == []


@pytest.mark.parametrize("features", [(), ("options",), ("missing", "ignore")])
def test_what_is_off_is_not_counted(collector: Collector, visit: Any) -> None:
    page = visit('<a href="https://example.net/a.pdf">1</a> <form><button data-footfall-event="x">2</button></form>')
    page.click("a")
    page.click("button")
    assert told(collector, page) == []


@pytest.mark.parametrize("features", [("outbound",), ("downloads",), ("forms",), ("tagged",)])
def test_each_feature_works_by_itself(collector: Collector, visit: Any, features: tuple[str, ...]) -> None:
    """Four things are done; the one that is switched on is counted."""
    page = visit('<a href="https://example.net/">1</a> <a href="/a.pdf">2</a> <form><button>3</button></form> <b data-footfall-event="Tag">4</b>')
    for each in page.locator("a, button, b").all():
        each.click()
    names = {"outbound": "Outbound Link: Click", "downloads": "File Download", "forms": "Form: Submission", "tagged": "Tag"}
    assert [sent.name for sent in told(collector, page)] == [names[features[0]]]


@pytest.mark.parametrize("trouble", ["answers", "never answers", "500", "gone", "CSP"])
def test_t12_whatever_the_collector_does_the_link_is_followed(
    collector: Collector, website: Website, elsewhere: Website, page: Page, complaints: Complaints, features: tuple[str, ...], trouble: str
) -> None:
    """No event is prevented, and nothing is waited for; a Ctrl-click, a download and a form go where they would."""
    collector.features = features
    page.add_init_script("Event.prototype.preventDefault = () => { throw new Error('prevented') }")
    policy = f"script-src * 'unsafe-inline' 'unsafe-eval'; connect-src {website.url}"
    body = f'<a href="{elsewhere.url}/there">on</a>'
    page.goto(website.page("/a", body, headers={"Content-Security-Policy": policy} if trouble == "CSP" else {}))
    if trouble != "CSP":
        collector.wait_for(1)
    if trouble == "never answers":
        collector.answering.clear()
    if trouble == "500":
        collector.status, collector.cors = 500, False
    if trouble == "gone":
        collector.close()
    page.click("a")
    page.wait_for_url(f"{elsewhere.url}/there")
    assert complaints.errors == []
    if trouble == "answers":
        assert [sent.event["props"] for sent in collector.wait_for(1, "Outbound Link: Click")] == [{"url": f"{elsewhere.url}/there"}]


def test_t12_a_link_in_a_new_tab_is_counted_and_opens(
    collector: Collector, website: Website, elsewhere: Website, page: Page, context: BrowserContext, features: tuple[str, ...]
) -> None:
    """This page stays; the event is on its way although the collector does not answer."""
    collector.features = features
    url = website.page("/a", f'<a target="_blank" href="{elsewhere.url}/there">on</a>')
    page.goto(url)
    collector.wait_for(1)
    collector.answering.clear()
    with context.expect_page() as opened:
        page.click("a")
    opened.value.wait_for_url(f"{elsewhere.url}/there")
    collector.wait_for(1, "Outbound Link: Click")
    assert page.url == url
