"""Count a real visit, end to end: somebody looks around the demo shop in a real browser, the service counts, and the
dashboard, which is open all the while, says every number of it."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, Playwright

from analytics.demo.shop import Shop
from analytics.snippet import tag
from tests.conftest import StartService
from tests.journey.conftest import PLAYWRIGHT_WITHOUT, QUIET, NewContext
from tests.journey.product import (
    Line,
    account,
    at,
    become_owner,
    before,
    calm_zone,
    chart,
    everything_on,
    headline,
    reasons,
    rows,
    until,
)
from tests.journey.website import PATIENCE, Website
from tests.service import CHROME, Service

SITE = "shop.example"
VISIBLE_WITHIN = 2.0
"""Seconds from a page view to the dashboard that shows it."""
AHEAD = """<script>
    if (location.search == "?ahead") {
        const rules = document.createElement("script")
        rules.type = "speculationrules"
        rules.textContent = '{"prerender": [{"source": "list", "urls": ["/shop/?unseen"], "eagerness": "immediate"}]}'
        document.head.append(rules)
    }
    if (document.prerendering) addEventListener("load", () => fetch("WEBSITE/tell/prepared", {mode: "no-cors"}))
</script>"""
"""/about?ahead asks the browser to prepare /shop/, and what is prepared tells the test. Beacons run before ``load``."""
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

VIEWS = [
    "/",
    "/shop/",
    "/shop/shoes/trail-runner",
    "/blog/breaking-in-new-shoes",
    "/lookbook/",
    "/lookbook/spring",  # by history.pushState
    "/about",
    "/lookbook/spring",  # back, from the browser's cache
    "/lookbook/spring",  # reloaded
    "/shop/",  # in a second tab
    "/about",  # in a window that prepares /shop/ and never shows it
]
"""What the visitor sees, in order: what has to be counted."""

PAGES = {
    "/lookbook/spring": 3, "/shop/": 2, "/about": 2,
    "/": 1, "/shop/shoes/trail-runner": 1, "/blog/breaking-in-new-shoes": 1, "/lookbook/": 1,
}  # fmt: skip
SECTIONS = {
    "/": 1, "/about": 2, "/blog": 1, "/lookbook": 4, "/shop": 3,
    "/blog/breaking-in-new-shoes": 1, "/lookbook/spring": 3, "/shop/shoes": 1,
}  # fmt: skip
"""One level and those inside it. All of it was the same one visitor."""
FEW = "(fewer than 5)"
"""One person's language, screen and version are not shown."""
TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "sections": {name: ("1", str(views)) for name, views in SECTIONS.items()},
    "pages": {path: ("1", str(views)) for path, views in PAGES.items()},
    "entry-pages": {"/": ("1", "1")},
    "exit-pages": {"/about": ("1", "1")},
    "sources": {"Google": ("1", "0%")},
    "channels": {"Organic Search": ("1", "0%")},
    "referrers": {"google.com": ("1", "0%")},
    "campaigns": {"(not set)": ("1", "0%")},
    "countries": {"Germany": ("1",)},
    "languages": {FEW: ("1",)},
    "devices": {"Desktop": ("1",)},
    "screens": {FEW: ("1",)},
    "browsers": {"Chrome": ("1",)},
    "systems": {"Linux": ("1",)},
}
"""Panel -> value -> its figures. Germany is the browser's time zone, since a loopback lies in no country."""
DIMENSIONS = {
    "event:page": {path: [1, views] for path, views in PAGES.items()},
    "event:section": {name: [1, views] for name, views in SECTIONS.items() if name.count("/") == 1},
    "visit:source": {"Google": [1, 11]},
    "visit:country": {"DE": [1, 11]},
    "visit:language": {"en": [1, 11]},
    "visit:device": {"Desktop": [1, 11]},
    "visit:screen": {"Laptop": [1, 11]},
    "visit:browser": {"Chrome": [1, 11]},
    "visit:browser_version": {"140": [1, 11]},
    "visit:os": {"Linux": [1, 11]},
    "event:hostname": {"localhost": [1, 11]},
    "event:name": {"pageview": [1, 11]},
}
"""The same by API: visitors and page views."""
FINE = ("visit:language", "visit:screen", "visit:browser_version")
"""What is told apart only where the owner says so."""


@pytest.fixture
def person(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """The visitor's browser. Its name is given at start: what a page sends as it goes has a context's name no more."""
    arguments = [*QUIET, f"--user-agent={CHROME}"]
    browser = playwright.chromium.launch(
        executable_path=chromium, args=arguments, ignore_default_args=[*PLAYWRIGHT_WITHOUT]
    )
    yield browser
    browser.close()


@pytest.fixture
def window(chromium: str, tmp_path: Path) -> Callable[[str], AbstractContextManager[None]]:
    """A window of the same person's that nothing drives: automation switches prerendering off."""
    options = [*QUIET, "--headless=new", f"--user-agent={CHROME}", f"--user-data-dir={tmp_path / 'profile'}"]

    @contextmanager
    def open_window(url: str) -> Iterator[None]:
        silent = subprocess.DEVNULL
        process = subprocess.Popen([chromium, *options, url], stdout=silent, stderr=silent, start_new_session=True)
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    return open_window


class Watched:
    """A line whose page views are waited for one by one, until they stand on a dashboard that is open."""

    def __init__(self, line: Line, dashboard: Page) -> None:
        self._line = line
        self._dashboard = dashboard
        self._seen = 0
        self.delays: list[float] = []
        """Seconds from the answer to each page view until the dashboard said so. A view follows as soon as the one
        before it is shown, just after the dashboard has looked, so each of them waits about as long as one can; the
        shortest is the one that the rest of the machine held up least."""

    def see(self) -> None:
        """One more page view, and nothing but."""
        self._seen += 1
        sent = self._line.wait_for_views(self._seen)
        until(lambda: headline(self._dashboard)["pageviews"] == str(self._seen), f"view {self._seen} on the dashboard")
        self.delays.append(time.monotonic() - sent.at)


def test_a_real_visit_is_counted_end_to_end(
    start_service: StartService,
    person: Browser,
    new_context: NewContext,
    website: Website,
    window: Callable[[str], AbstractContextManager[None]],
) -> None:
    """T9, T10, T16, T17, D15, D16, D36: every number of the dashboard, and the same ones by API and command."""
    zone = calm_zone()
    service = start_service()
    service.command("site", "add", SITE, "--timezone", zone)
    dashboard = new_context().new_page()
    become_owner(dashboard, service)
    dashboard.goto(at(service, f"/{SITE}"))
    with closing(Line(service)) as line:
        watched = Watched(line, dashboard)
        with Shop("127.0.0.1:0", tag(SITE, line.url) + AHEAD.replace("WEBSITE", website.url)) as shop:
            _look_around(shop.url, person, watched)
            with window(f"{shop.url}/about?ahead"):
                watched.see()
                assert website.event("prepared").wait(PATIENCE), "nothing was prerendered"
            person.close()
    robot = service.pageview(f"https://{SITE}/", {"user-agent": ROBOT})
    messages = everything_on(dashboard, line, besides=1)

    paths = [urlsplit(message.event["u"]).path for message in line.views]
    assert paths == VIEWS
    assert {(message.status, message.dropped) for message in messages} == {(202, "")}
    assert (robot.status, robot.headers["x-footfall-dropped"]) == (202, "bot")
    assert min(watched.delays) <= VISIBLE_WITHIN, watched.delays
    seconds = int(headline(dashboard)["visit_duration"].removesuffix("s"))
    assert abs(seconds - (messages[-1].at - messages[0].at)) <= 1
    assert headline(dashboard) == {
        "visitors": "1", "visits": "1", "pageviews": "11", "views_per_visit": "11", "bounce_rate": "0%",
        "visit_duration": f"{seconds}s",
    }  # fmt: skip
    # "new" as soon as the quarter-hour of the visit is over: until then equal times are empty (T18)
    assert [text.removeprefix("new ") for text in before(dashboard)] == ["was 0"] * 3 + [""] * 3
    hour = datetime.now(ZoneInfo(zone)).hour
    assert list(chart(dashboard).values()) == ["0"] * hour + ["1"] + [""] * (23 - hour)
    assert {panel: _table(dashboard, panel) for panel in TABLES} == TABLES
    assert account(dashboard) == (len(messages) + 1, len(messages), 1)
    assert reasons(dashboard) == {"bot": 1}
    _same_by_api_and_command(service, seconds)


def _look_around(shop: str, person: Browser, watched: Watched) -> None:
    """All of ``VIEWS`` but the last."""
    context = person.new_context(locale="en-GB", timezone_id="Europe/Berlin")
    page = context.new_page()
    page.goto(f"{shop}/", referer="https://www.google.com/")
    watched.see()
    for link in ("To the shop", "Trail runner", "Blog", "Look-book"):
        page.get_by_role("link", name=link).first.click()
        watched.see()
    page.get_by_role("button", name="Spring").click()
    watched.see()
    page.evaluate("window.kept = true")
    page.get_by_role("link", name="About").click()
    watched.see()
    page.go_back(wait_until="commit")
    watched.see()
    assert page.evaluate("window.kept"), "the browser did not keep the page"
    page.reload()
    watched.see()
    assert page.evaluate("window.kept") is None, "the page was not reloaded"
    context.new_page().goto(f"{shop}/shop/")
    watched.see()


def _table(dashboard: Page, panel: str) -> dict[str, tuple[str, ...]]:
    """The rows of a panel, after a click on its tab if it is not open."""
    if not dashboard.locator(f"#panel-{panel}").count():
        title = panel.replace("-", " ").capitalize()
        dashboard.locator(".tabs").get_by_role("link", name=title, exact=True).click()
        dashboard.locator(f"#panel-{panel}").wait_for()
    return rows(dashboard, panel)


def _same_by_api_and_command(service: Service, seconds: int) -> None:
    """The same questions over HTTP with a key, and on the machine by command."""
    key = service.command("key", "add", "--site", SITE)
    metrics = ["visitors", "visits", "pageviews", "views_per_visit", "bounce_rate", "visit_duration", "events"]
    question = {"site_id": SITE, "date_range": "day", "metrics": metrics}
    figures = [{"dimensions": [], "metrics": [1, 1, 11, 11.0, 0, seconds, 11]}]
    assert _by_api(service, key, question) == figures
    assert json.loads(service.command("query", json.dumps(question)))["results"] == figures
    asked = question | {"metrics": ["visitors", "pageviews"]}
    assert _values(service, key, asked) == DIMENSIONS | {name: {FEW: [1, 11]} for name in FINE}
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    assert service.request("PUT", f"/api/v1/sites/{SITE}", b'{"small_cells": 1}', headers).status == 200
    assert _values(service, key, asked) == DIMENSIONS


def _values(service: Service, key: str, question: dict[str, Any]) -> dict[str, dict[str, Any]]:
    answers = {name: _by_api(service, key, question | {"dimensions": [name]}) for name in DIMENSIONS}
    return {name: {row["dimensions"][0]: row["metrics"] for row in rows} for name, rows in answers.items()}


def _by_api(service: Service, key: str, question: Mapping[str, object]) -> list[dict[str, Any]]:
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    answer = service.request("POST", "/api/v2/query", json.dumps(question).encode(), headers)
    assert answer.status == 200, answer.body
    results: list[dict[str, Any]] = answer.json["results"]
    return results
