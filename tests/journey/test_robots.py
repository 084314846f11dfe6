"""D18, T20: what a real browser sends is what a person's is known by, and a steered one says so and is refused."""

from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, Playwright

from analytics.ingest.fetch_metadata import FetchMetadata
from analytics.model import Visitor
from tests.journey.conftest import PLAYWRIGHT_WITHOUT, QUIET
from tests.journey.product import Line, running
from tests.journey.website import Collector, Website
from tests.service import CHROME

ABOUT_AUTOMATION = "--disable-blink-features=AutomationControlled"
PERSON = Visitor(tag=1, browser="Chrome", browser_version="140", os="Linux", device="Desktop")


def test_t20_every_event_of_a_real_browser_carries_the_headers_it_is_known_by(
    collector: Collector, website: Website, page: Page
) -> None:
    """A page view, an event of the page's own, and the reading time that is told while the page goes."""
    page.goto(website.page("/a"))
    page.evaluate("footfall('Signup')")
    page.wait_for_function("performance.now() > 1300")
    page.goto(website.page("/b", tag=""))
    for name in ("pageview", "Signup", "engagement"):
        headers = collector.wait_for(1, name)[0].headers
        assert (headers["sec-fetch-mode"], headers["sec-fetch-dest"]) == ("cors", "empty"), name
        assert headers["sec-fetch-site"] in ("same-site", "cross-site"), name
        secure = {**headers, "origin": headers["origin"].replace("http://", "https://")}
        assert FetchMetadata().contradiction("s", PERSON, secure, 0.0) == ""


def test_d18_a_steered_browser_says_so_and_is_no_visitor(
    playwright: Playwright, chromium: str, tmp_path: Path, website: Website
) -> None:
    """Chromium as automation starts it, under a person's User-Agent; beside it, the same without that mark."""
    with running(tmp_path) as service, closing(Line(service)) as line:
        service.command("site", "add", "example.org")
        tag = f'<script defer src="{line.url}/js/footfall.js" data-domain="example.org"></script>'
        address = website.page("/steered", tag=tag)
        steered = [option for option in QUIET if option != ABOUT_AUTOMATION]
        for views, options in enumerate((steered, QUIET), start=1):
            browser = playwright.chromium.launch(
                executable_path=chromium, args=[*options, f"--user-agent={CHROME}"], ignore_default_args=[*PLAYWRIGHT_WITHOUT]
            )
            browser.new_page().goto(address)
            line.wait_for(views)
            browser.close()
        said = [(view.event["b"], view.status, view.dropped) for view in line.wait_for(2)]
        assert said == [(1, 202, "bot"), (0, 202, "")]
