"""D31: visitors whose browser runs no scripts, counted by the line that the snippet page gives, in the real service."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext

from analytics.snippet import picture
from tests.journey.conftest import NewContext
from tests.journey.product import calm_zone, running
from tests.journey.website import Answer, Loopback
from tests.service import CHROME, Service

SITE = "plain.example"
PAGE = "/论文"


class Plain(Loopback):
    """A web site that is nothing but pages, all with the same line in them."""

    def __init__(self, line: str) -> None:
        self.html = f"<!doctype html><html lang=en><title>Plain</title><body><h1>Plain</h1>{line}</body></html>"
        super().__init__()

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The same page everywhere."""
        return Answer(self.html.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path) as service:
        service.command("site", "add", SITE, "--timezone", calm_zone())
        yield service


@pytest.fixture
def website(service: Service) -> Iterator[Plain]:
    website = Plain(picture(SITE, f"http://127.0.0.1:{service.port}"))
    yield website
    website.close()


def look_at_pages(context: BrowserContext, website: Plain) -> None:
    """One page by a campaign's link, then the front page twice."""
    page = context.new_page()
    for path in (f"{quote(PAGE)}?utm_source=News&token=secret", "/", "/"):
        page.goto(website.url + path)
    context.close()


def test_pages_are_counted_without_javascript(service: Service, website: Plain, new_context: NewContext) -> None:
    """Each view, also of the same page again; the visit has its source. Who runs scripts is not counted by it, and a robot
    is none."""
    look_at_pages(new_context(), website)
    look_at_pages(new_context(java_script_enabled=False, user_agent=CHROME.replace("Chrome/", "HeadlessChrome/")), website)
    look_at_pages(new_context(java_script_enabled=False), website)
    assert service.query(SITE, "visitors", "visits", "pageviews")[0]["metrics"] == [1, 1, 3]
    pages = {row["dimensions"][0]: row["metrics"] for row in service.query(SITE, "pageviews", dimensions=["event:page"])}
    assert pages == {"/": [2], PAGE: [1]}
    assert service.query(SITE, "visits", dimensions=["visit:source"]) == [{"dimensions": ["News"], "metrics": [1]}]
