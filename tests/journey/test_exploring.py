"""What a browser with JavaScript adds to working with the dashboard: dialogs, suggestions, keys, a page that keeps current."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.journey.conftest import NewContext
from tests.journey.product import at, running, until
from tests.service import Service

SITE = "shop.example"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("exploring")) as service:
        service.command("site", "add", SITE, "--timezone", "UTC")
        for path in ("/", "/shop/shoes", "/shop/bags", "/about"):
            service.pageview(f"https://{SITE}{path}")
        yield service


@pytest.fixture
def page(owner: StorageState, new_context: NewContext, service: Service) -> Iterator[Page]:
    """The dashboard, on which nothing goes wrong unnoticed."""
    page, wrong = new_context(storage_state=owner).new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(at(service, f"/{SITE}"))
    yield page
    page.close()
    assert wrong == []


def test_the_form_of_filters_opens_over_the_dashboard_and_knows_what_there_is(page: Page, service: Service) -> None:
    """D41: operations that go with what is chosen, values while they are typed; Escape leaves the page as it was."""
    opener = page.get_by_role("link", name="Filter", exact=True)
    opener.click()
    dialog = page.get_by_role("dialog", name="Add a filter")
    dialog.get_by_label("Value 1").fill("shop")
    values = dialog.locator("datalist option")
    expect(values).to_have_count(2)
    assert sorted(value.get_attribute("value") or "" for value in values.all()) == ["/shop/bags", "/shop/shoes"]
    dialog.get_by_label("What").select_option("visit:source")
    expect(dialog.locator("option[value=has_done]")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    dialog.get_by_label("Condition").select_option("contains")
    dialog.get_by_label("Value 1").fill("shoes")
    dialog.get_by_role("button", name="Add the filter").click()
    expect(page.get_by_text("Page contains shoes")).to_be_visible()
    expect(page).to_have_url(at(service, f"/{SITE}?f=contains,event:page,shoes"))


def test_the_question_behind_a_panel_can_be_copied(page: Page) -> None:
    """D36: in a dialog, with a button beside the text."""
    page.locator("#panel-pages .tools a").last.click()
    dialog = page.get_by_role("dialog", name="About “Pages”")
    expect(dialog.get_by_role("button", name="Copy").first).to_be_visible()
    assert '"event:page"' in (dialog.locator("pre").first.text_content() or "")
    dialog.get_by_role("link", name="Close").click()
    expect(dialog).to_be_hidden()
    assert page.url.endswith(f"/{SITE}")


def test_keys_do_what_their_sheet_says_and_can_be_switched_off(page: Page, service: Service) -> None:
    """D46, WCAG 2.1.4: not while something is typed, and not at all for those who do not want them."""
    period = page.locator(".when strong")
    today = period.inner_text()
    page.keyboard.press("w")
    page.wait_for_url("**period=7d")
    expect(period).not_to_have_text(today)
    page.keyboard.press("[")
    page.wait_for_url("**date=*")
    page.keyboard.press("t")
    page.wait_for_url(lambda url: url.rstrip("?").endswith(f"/{SITE}"))
    expect(period).to_have_text(today)
    page.keyboard.press("f")
    dialog = page.get_by_role("dialog", name="Add a filter")
    field = dialog.get_by_label("Value 1")
    field.press_sequentially("w?")
    expect(field).to_have_value("w?")
    dialog.get_by_text("Close", exact=True).click()  # Escape would first close the browser's list of suggestions
    expect(dialog).to_be_hidden()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    sheet.get_by_label("Turn on these shortcuts").uncheck()
    page.keyboard.press("Escape")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("w")
    page.keyboard.press("?")
    expect(sheet).to_be_hidden()
    page.reload()
    page.keyboard.press("w")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(sheet.get_by_label("Turn on these shortcuts")).not_to_be_checked()
    sheet.get_by_label("Turn on these shortcuts").check()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.wait_for_url(f"**/{SITE}/realtime")
    assert [url for url in asked if "period=" in url] == []
    assert page.evaluate("localStorage.length") == 0


def test_keys_go_on_where_they_were_and_what_is_shown_is_told(page: Page) -> None:
    """D46, WCAG 4.1.3: a row, a tab and a period, chosen with keys; the page is not loaded anew."""
    page.evaluate("document.body.dataset.loaded = 'once'")
    told = page.locator("#told[role=status]")
    page.locator("#panel-pages").get_by_role("link", name="/about", exact=True).press("Enter")
    expect(told).to_contain_text("Page is /about")
    expect(page.locator("#panel-pages").get_by_role("link", name="/about (filtered")).to_be_focused()
    page.get_by_role("link", name="Entry pages", exact=True).press("Enter")
    expect(page.locator("#panel-entry-pages")).to_be_visible()
    expect(page.get_by_role("link", name="Entry pages", exact=True)).to_be_focused()
    period = page.locator("summary", has_text="Period:")
    period.press("Enter")
    page.get_by_role("link", name="Last 7 days").press("Enter")
    expect(period).to_contain_text("Last 7 days")
    expect(period).to_be_focused()
    expect(told).to_contain_text("–")
    assert page.evaluate("document.body.dataset.loaded") == "once"


def test_the_last_half_hour_keeps_current_until_it_is_paused(page: Page, service: Service) -> None:
    """Time is the test's: ten seconds pass at once."""
    page.clock.install()
    page.goto(at(service, f"/{SITE}/realtime"))
    service.pageview(f"https://{SITE}/just-now")
    until(lambda: _ten_seconds_later(page).get_by_role("link", name="/just-now", exact=True).count(), "what has just come")
    page.get_by_role("button", name="Pause").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(60_000)
    assert asked == []
    page.get_by_role("button", name="Pause").click()
    with page.expect_request("**/realtime"):
        page.clock.run_for(1_000)


def _ten_seconds_later(page: Page) -> Page:
    """And answered; the answer may still be the one of a moment ago."""
    with page.expect_response("**/realtime"):
        page.clock.run_for(11_000)
    return page
