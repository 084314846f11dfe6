"""What the beacon costs: its size on the wire, and what a click waits longer because of it.

    python benchmarks/beacon.py [clicks]

A page with and without the beacon is left by a click, in turn, in real Chromium; measured is the time from the click
until the web site's server is asked for the next page. The collector answers, never answers, or is not there. What
counts is the difference to the page without the beacon: at most 10 ms.
"""

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from analytics.features import FEATURES
from analytics.web.script_file import File, beacon, built, speaking
from tests.journey.conftest import PLAYWRIGHT_WITHOUT, QUIET, find_chromium
from tests.journey.website import Answer, Collector, Website

WAY = "../api/event"
NOTE_THE_CLICK = """addEventListener("click", event => {
    document.cookie = "clicked=" + (performance.timeOrigin + event.timeStamp)
})"""
CONDITIONS = ("without the beacon", "collector answers", "collector never answers", "collector is gone")
OTHERS: tuple[tuple[str, Callable[[], File]], ...] = (
    ("as gtag.js", partial(speaking, "gtag.js", ("options",), WAY)),
    ("as Plausible's", partial(speaking, "plausible.js", ("plausible",), WAY)),
    ("Core Web Vitals", partial(built, "vitals.js")),
)
"""Files for pages written for other makers, and the second script."""
MOST = 10.0
"""Milliseconds a click may wait longer."""


class Stopwatch(Website):
    """A web site that notes when /next was asked for."""

    def __init__(self, collector: Collector) -> None:
        self.asked = 0.0
        super().__init__(collector)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """As ever, and the time of it."""
        if path == "/next":
            self.asked = time.time() * 1000
        return super().answer(method, path, headers, body)


def sizes() -> None:
    """Bytes on the wire: the beacon alone, with each feature by itself, and with all of them."""
    every = [feature.name for feature in FEATURES]
    for label, features in [("alone", []), *((f"with {name}", [name]) for name in every), ("with everything", every)]:
        forms = beacon(features, WAY).forms
        print(f"{label:16} {len(forms['br']):5} bytes brotli {len(forms['gzip']):5} gzip {len(forms['identity']):5} plain")

    for label, file in OTHERS:
        forms = file().forms
        print(f"{label:16} {len(forms['br']):5} bytes brotli {len(forms['gzip']):5} gzip {len(forms['identity']):5} plain")


def click(page: Page, website: Stopwatch, collector: Collector, condition: str) -> float:
    """Milliseconds from the click, by the page's clock, to the next page's request."""
    collector.answering.set()
    page.goto(f"{website.url}/{'plain' if condition == CONDITIONS[0] else 'counted'}")
    page.mouse.wheel(0, 900)  # so that there is something to tell when the page is left
    if condition == "collector never answers":
        collector.answering.clear()
    page.evaluate(NOTE_THE_CLICK)
    page.click("a")
    page.wait_for_url(f"{website.url}/next")
    return website.asked - float(page.evaluate("document.cookie.split('clicked=')[1]"))


def main(clicks: int) -> None:
    """Prints the table."""
    sizes()
    collector = Collector()
    website = Stopwatch(collector)
    link = '<a style="position: fixed" href="/next">on</a>'
    website.page("/plain", link, tag="")
    website.page("/counted", link)
    website.page("/next", tag="")
    waited: dict[str, list[float]] = {condition: [] for condition in CONDITIONS}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(playwright), args=[*QUIET], ignore_default_args=[*PLAYWRIGHT_WITHOUT]
        )
        page = browser.new_page()
        for _ in range(clicks):
            for condition in CONDITIONS[:3]:
                waited[condition].append(click(page, website, collector, condition))
        page.goto(f"{website.url}/counted")  # the script is in the browser's cache from here on
        collector.answering.set()
        collector.close()
        for _ in range(clicks):
            waited[CONDITIONS[3]].append(click(page, website, collector, CONDITIONS[3]))
        browser.close()
    report(waited)


def report(waited: dict[str, list[float]]) -> None:
    """Medians, and the difference that the beacon makes."""
    base = statistics.median(waited[CONDITIONS[0]])
    for condition, times in waited.items():
        median = statistics.median(times)
        print(f"{condition:24} median {median:6.1f} ms  {median - base:+6.1f} ms  (at most {MOST:+.0f})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
