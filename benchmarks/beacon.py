"""What the beacon costs: its size on the wire, and what a click waits longer because of it.

    python benchmarks/beacon.py [clicks]

A page with and without the beacon, with all features, is left by a click on a link within the site and on one to another
site, in turn, in real Chromium; measured is the time from the click until the next page is asked for. The collector
answers, never answers, fails, is forbidden by the page's policy, or is not there. What counts is the difference to the
page without the beacon: at most 10 ms.
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
from analytics.web.collector.script_file import File, beacon, built, speaking
from tests.journey.conftest import PLAYWRIGHT_WITHOUT, QUIET, find_chromium
from tests.journey.website import Answer, Collector, Website

NOTE_THE_CLICK = """addEventListener("click", event => {
    window.name = performance.timeOrigin + event.timeStamp
})"""
"""A window keeps its name from page to page."""
WITHOUT, ANSWERS, SILENT, FAILS, FORBIDDEN, GONE = (
    "without the beacon", "collector answers", "never answers", "answers 500", "forbidden by CSP", "is gone",
)  # fmt: skip
CONDITIONS = (WITHOUT, ANSWERS, SILENT, FAILS, FORBIDDEN)
"""In turn; after them comes the collector that is gone, in turn with the page without the beacon."""
LINKS = ("within the site", "to another site")
MOST = 10.0
"""Milliseconds a click may wait longer."""
WAY = "../api/event"
EVERY = tuple(feature.name for feature in FEATURES)
FILES: tuple[tuple[str, Callable[[], File]], ...] = (
    ("alone", partial(beacon, (), WAY)),
    *((f"with {name}", partial(beacon, (name,), WAY)) for name in EVERY),
    ("with everything", partial(beacon, EVERY, WAY)),
    ("as gtag.js", partial(speaking, "gtag.js", ("options",), WAY)),
    ("as Plausible's", partial(speaking, "plausible.js", ("plausible",), WAY)),
    ("Core Web Vitals", partial(built, "vitals.js")),
)
"""The beacon alone, with each feature by itself, with all; files for pages written for other makers; the second script."""


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
    """Bytes on the wire."""
    for label, file in FILES:
        forms = file().forms
        print(f"{label:16} {len(forms['br']):5} bytes brotli {len(forms['gzip']):5} gzip {len(forms['identity']):5} plain")


class Race:
    """Two web sites, a collector, and a browser that goes from one to the other."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.collector = Collector()
        self.collector.features = EVERY
        self.here, self.there = Stopwatch(self.collector), Stopwatch(self.collector)
        links = zip(LINKS, (self.here, self.there), (1, 5), strict=True)
        place = '<a style="position: fixed; left: {}em" title="{}" href="{}/next">on</a>'
        body = "".join(place.format(left, link, to.url) for link, to, left in links)
        policy = {"Content-Security-Policy": f"connect-src {self.here.url}"}
        self.here.page("/plain", body, tag="")
        self.here.page("/counted", body)
        self.here.page("/forbidden", body, headers=policy)
        for site in (self.here, self.there):
            site.page("/next", tag="")

    def click(self, link: str, condition: str) -> float:
        """Milliseconds from the click, by the page's clock, to the next page's request."""
        self.collector.answering.set()
        self.collector.status = 500 if condition == FAILS else 202
        name = {WITHOUT: "plain", FORBIDDEN: "forbidden"}.get(condition, "counted")
        self.page.goto(f"{self.here.url}/{name}")
        self.page.mouse.wheel(0, 900)  # so that there is something to tell when the page is left
        if condition == SILENT:
            self.collector.answering.clear()
        self.page.evaluate(NOTE_THE_CLICK)
        site = self.here if link == LINKS[0] else self.there
        self.page.click(f'a[title="{link}"]')
        self.page.wait_for_url(f"{site.url}/next")
        return site.asked - float(self.page.evaluate("window.name"))

    def close_collector(self) -> None:
        """From here on nobody is there; the script stays in the browser's cache."""
        self.page.goto(f"{self.here.url}/counted")
        self.collector.answering.set()
        self.collector.close()


def main(clicks: int) -> None:
    """Prints the tables."""
    sizes()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(playwright), args=[*QUIET], ignore_default_args=[*PLAYWRIGHT_WITHOUT]
        )
        race = Race(browser.new_page())
        waited: dict[tuple[str, str], list[float]] = {}
        for condition in [*CONDITIONS * clicks, *(WITHOUT, GONE) * clicks]:
            if condition == GONE and (LINKS[0], GONE) not in waited:
                race.close_collector()
            for link in LINKS:
                waited.setdefault((link, condition), []).append(race.click(link, condition))
        browser.close()
    report(waited)


def report(waited: Mapping[tuple[str, str], list[float]]) -> None:
    """Medians, and the difference that the beacon makes."""
    for (link, condition), times in sorted(waited.items(), key=lambda row: LINKS.index(row[0][0])):
        median, base = statistics.median(times), statistics.median(waited[link, WITHOUT])
        print(f"{link:16} {condition:20} median {median:6.1f} ms  {median - base:+6.1f} ms  (at most {MOST:+.0f})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
