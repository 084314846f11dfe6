"""Pages with Plausible code: its function, its queue, its ways of calling."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journey.conftest import Complaints
from tests.journey.website import Collector, Website

STUB = "<script>window.plausible = window.plausible || function () { (window.plausible.q = window.plausible.q || []).push(arguments) }</script>"
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "a name": ("plausible('Signup')", {}),
    "properties": ("plausible('Signup', { props: { plan: 'large' } })", {"props": {"plan": "large"}}),
    "revenue": (
        "plausible('Signup', { revenue: { amount: '9.90', currency: 'EUR' } })", {"revenue": {"amount": "9.90", "currency": "EUR"}},
    ),
    "no interest": ("plausible('Signup', { interactive: false })", {"interactive": False}),
    "another address": ("plausible('Signup', { u: 'https://example.org/other' })", {"u": "https://example.org/other"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("when", ["before the script", "after it"])
def test_calls_are_taken_as_they_are(
    collector: Collector, website: Website, page: Page, complaints: Complaints, name: str, when: str
) -> None:
    """Each once, with what it said; properties of other names than `props` are no properties."""
    collector.features = ("plausible",)
    call, keys = CALLS[name]
    early = f"<script>{call}</script>" if when == "before the script" else ""
    page.goto(website.page("/a", tag=STUB + early + website.tag()))
    (view,) = collector.wait_for(1)
    if not early:
        page.evaluate(f"() => {{ {call} }}")
    (sent,) = collector.wait_for(1, "Signup")
    said = {key: value for key, value in sent.event.items() if view.event.get(key) != value}
    assert {**said, "props": said["props"] or {}} == {"n": "Signup", "props": {}, **({} if early else {"r": view.event["u"]}), **keys}
    assert sorted(message.name for message in collector.after(page)) == ["Signup", "pageview"]
    assert complaints == ([], [])


def test_a_callback_is_called(collector: Collector, website: Website, page: Page) -> None:
    """With the options, too: links of pages that wait for it before they go on."""
    collector.features = ("plausible", "options")
    page.goto(website.page("/a", tag=STUB + website.tag()))
    collector.wait_for(1)
    status = page.evaluate("new Promise(done => plausible('Signup', { callback: result => done(result.status) }))")
    assert status == 202


def test_off_the_pages_function_is_left_alone(collector: Collector, website: Website, page: Page) -> None:
    """A site that tries us beside Plausible keeps its own."""
    page.goto(website.page("/a", tag=STUB + "<script>plausible('Signup')</script>" + website.tag()))
    collector.wait_for(1)
    assert page.evaluate("plausible.q.length") == 1
    assert [sent.name for sent in collector.after(page)] == ["pageview"]
