"""What strangers are shown of a site, in a real browser: behind a password, inside other pages, and on paper."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journey.conftest import NewContext
from tests.journey.product import ARTEFACTS, at, headline, running
from tests.journey.test_pages import Watch, _inspect
from tests.journey.website import Answer, Loopback
from tests.service import Service

SITE = "shop.example"
PASSWORD = "four words walk home"


class Press(Loopback):
    """Another site, whose pages hold a frame. It can be called by two names, which to browsers are two hosts."""

    def __init__(self) -> None:
        self.frame = ""
        super().__init__()

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """A page with the frame."""
        page = f'<!doctype html><title>News</title><h1>News</h1><iframe title="Figures" width="640" height="470" src="{self.frame}">'
        return Answer(page.encode(), 200, {"Content-Type": "text/html"})

    @property
    def listed(self) -> str:
        """The name that the link lists."""
        return self.url.replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A site that some read today."""
    with running(tmp_path_factory.mktemp("sharing")) as service:
        service.command("site", "add", SITE)
        key = service.command("key", "add")
        now = datetime.now(UTC).isoformat()
        events = [
            {"n": "pageview", "u": f"https://{SITE}{path}", "d": SITE, "visitor": f"{number}", "timestamp": now, "country": "DE"}
            for number in range(12)
            for path in ("/", "/shop/shoes")
        ]
        body = json.dumps({"idempotency_key": "visits", "events": events}).encode()
        assert service.request("POST", "/api/events", body, {"authorization": f"Bearer {key}"}).status == 202
        yield service


def shared(service: Service, **fields: Any) -> str:
    """Makes a link by the API; returns its token."""
    body = json.dumps({"site_id": SITE, **fields}).encode()
    headers = {"authorization": f"Bearer {service.command('key', 'add')}", "content-type": "application/json"}
    answer = service.request("PUT", "/api/v1/sites/shared-links", body, headers)
    assert answer.status == 200
    token: str = answer.json["url"].rpartition("/")[2]
    return token


@pytest.mark.parametrize("script", [True, False])
def test_a_password_opens_a_view_for_one_browser(service: Service, new_context: NewContext, script: bool) -> None:
    """D51: with JavaScript and without; the cookie goes to that view alone."""
    token = shared(service, name="Partners", kind="password", password=PASSWORD)
    context = new_context(java_script_enabled=script)
    page = context.new_page()
    page.goto(at(service, f"/share/{token}"))
    page.get_by_label("Password").fill("four words run home")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_text("Wrong password")).to_be_visible()
    if script:
        _inspect(page, "password of a view, refused")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name=SITE)).to_be_visible()
    assert headline(page)["visitors"] == "12"
    assert [(cookie["name"], cookie["path"]) for cookie in context.cookies()] == [("footfall-view", f"/share/{token}")]


def test_a_panel_stands_in_a_listed_page_and_in_no_other(service: Service, new_context: NewContext) -> None:
    """D52: without a cookie and a script; a host that is not listed gets an empty frame."""
    with closing(Press()) as press:
        token = shared(service, name="Press", hosts=[press.listed.removeprefix("http://")])
        press.frame = at(service, f"/embed/{token}?panel=pages&theme=dark&accent=violet")
        context = new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(press.listed)
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", name="Pages")).to_be_visible()
        expect(frame.locator("bdi", has_text="/shop/shoes")).to_be_visible()
        page.screenshot(path=ARTEFACTS / "pages" / "embedded-panel.png")
        with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
            page.goto(press.url)
        expect(page.frame_locator("iframe").get_by_text("/shop/shoes")).to_have_count(0)
        assert context.cookies() == []


def test_an_embedded_view_is_readable_by_everybody(service: Service, new_context: NewContext) -> None:
    """Each colour in both schemes: contrast, names, no sideways scrolling."""
    token = shared(service, name="Blog", hosts=["example.com"])
    page = new_context().new_page()
    watch = Watch(page)
    page.goto(at(service, f"/embed/{token}?panel=headline&accent=orange"))
    _inspect(page, "embedded headline")
    page.goto(at(service, f"/embed/{token}?accent=blue&background=page"))
    _inspect(page, "embedded view")
    assert watch.said == []
    assert watch.asked == {f"localhost:{service.port}"}


def test_a_dashboard_is_printed(service: Service, new_context: NewContext, tmp_path: Path) -> None:
    """Nothing that can only be pressed is on paper; the title, the days and the chart's table are, and what is not there."""
    token = shared(service, name="Paper")
    page = new_context().new_page()
    page.goto(at(service, f"/share/{token}"))
    assert page.locator(".paper").evaluate_all("all => all.filter(e => e.checkVisibility()).length") == 0
    page.emulate_media(media="print")
    page.pdf(path=ARTEFACTS / "pages" / "printed.pdf", format="A4")
    assert (ARTEFACTS / "pages" / "printed.pdf").read_bytes().startswith(b"%PDF-")
    expect(page.get_by_role("heading", name=SITE)).to_be_visible()
    expect(page.locator(".when strong")).to_be_visible()
    expect(page.locator("#panel-chart table")).to_be_visible()
    expect(page.locator("#panel-pages .tabs li:visible")).to_have_text(["Pages"])
    expect(page.locator("#panel-pages .paper")).to_have_text("Not printed, in other tabs: Entry pages, Exit pages")
    expect(page.locator(".when .paper")).to_contain_text("as of")
    expect(page.get_by_text("This print shows the first rows of the panels that were open.")).to_be_visible()
    assert _pressed(page) == []


def _pressed(page: Page) -> list[str]:
    """Buttons, menus and fields that are on the paper."""
    found = page.locator("button, summary, input, select, .controls a, .tools a, .card > footer a")
    return [each for each in found.evaluate_all("all => all.map(e => e.checkVisibility() ? e.outerHTML.slice(0, 90) : '')") if each]
