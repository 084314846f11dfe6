"""Plausible's newer script: what each option of plausible.init does here, as docs/from-plausible.md says."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from analytics.resources import folder
from tests.journey.website import Collector, Website

STUB = (
    "window.plausible=window.plausible||function(){(plausible.q=plausible.q||[]).push(arguments)},"
    "plausible.init=plausible.init||function(i){plausible.o=i||{}};"
)
OPTIONS: dict[str, tuple[str, list[tuple[str, dict[str, Any]]]]] = {
    "none": ("", [("pageview", {}), ("end", {})]),
    "autoCapturePageviews": ("autoCapturePageviews: false", [("end", {})]),
    "hashBasedRouting": ("hashBasedRouting: true", [("pageview", {"h": 1}), ("end", {"h": 1})]),
    "customProperties": (
        "customProperties: { author: 'Ada' }", [("pageview", {"p": {"author": "Ada"}}), ("end", {"p": {"author": "Ada"}})],
    ),
    "customProperties, a function": (
        "customProperties: (name) => ({ of: name })", [("pageview", {"p": {"of": "pageview"}}), ("end", {"p": {"of": "end"}})],
    ),
    "transformRequest": (
        "transformRequest: (sent) => sent.n == 'end' ? { ...sent, n: 'END' } : null", [("END", {})],
    ),
    "endpoint": ("endpoint: 'COLLECTOR/own/way'", [("pageview", {}), ("end", {})]),
    "endpoint, Plausible's own": ("endpoint: 'https://plausible.io/api/event'", [("pageview", {}), ("end", {})]),
    "fileDownloads": ("fileDownloads: { fileExtensions: ['epub'] }", [("pageview", {}), ("File Download", {}), ("end", {})]),
    "fileDownloads: false": ("fileDownloads: false, outboundLinks: false, logging: true", [("pageview", {}), ("end", {})]),
}  # fmt: skip
"""Option -> what the page says, and the events that come with keys of theirs."""


@pytest.mark.parametrize("name", OPTIONS)
def test_what_an_option_does(collector: Collector, website: Website, page: Page, name: str) -> None:
    """The page's events of one visit: its page view, a click on an e-book, and one more."""
    said, events = OPTIONS[name]
    website.page("/book.epub", tag="")
    start = f"<script>{STUB}plausible.init({{ {said.replace('COLLECTOR', collector.url)} }})</script>"
    tag = f"<script async src='{collector.url}/js/pa-A1b2C3.js'></script>{start}"
    page.goto(website.page("/a", '<a href="/book.epub" target="_blank">book</a>', tag=tag), wait_until="load")
    if events[0][0] == "pageview":
        collector.wait_for(1)
    elif name == "autoCapturePageviews":
        page.evaluate("plausible('pageview')")
        collector.wait_for(1)
    page.click("a")
    page.bring_to_front()
    page.evaluate("plausible('end')")
    collector.wait_for(1, events[-1][0])
    sent = [each for each in collector.after(page) if each.name != "engagement"]
    expected = [("pageview", {}), *events] if name == "autoCapturePageviews" else events
    assert sorted(each.name for each in sent) == sorted(each for each, _ in expected)
    for each, keys in expected:
        (found,) = [one.event for one in sent if one.name == each]
        assert {key: found[key] for key in keys} == keys
    assert {each.at for each in sent} == {"/own/way" if name == "endpoint" else "/api/event"}


def test_the_page_for_people_names_every_option() -> None:
    """Those that the script reads, and those that change nothing."""
    page = (folder("static").parent / "docs/from-plausible.md").read_text(encoding="utf-8")
    script = (folder("static") / "js/plausible.js").read_text(encoding="utf-8")
    read = re.search(r"let \{ (.+) \} = options", script)
    assert read
    table = page.partition("| option | in Footfall |")[2].partition("\n\n")[0]
    assert [option for option in read[1].split(", ") if f"`{option}" not in table] == []
