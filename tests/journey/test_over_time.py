"""The chart with a pointer, with keys and without JavaScript; notes that are written on it."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, StorageState, expect

from tests.journey.conftest import NewContext
from tests.journey.product import at, chart, headline, running
from tests.service import Service

SITE = "shop.example"
WEEK = f"/{SITE}?period=custom&from=2026-03-02&to=2026-03-08"
VISITORS = {"2026-03-02": 1, "2026-03-03": 2, "2026-03-04": 3, "2026-03-05": 4, "2026-03-07": 5}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A week in March with a few visitors a day."""
    with running(tmp_path_factory.mktemp("time")) as service:
        service.command("site", "add", SITE, "--timezone", "UTC")
        key = service.command("key", "add", "--name", "for the history")
        events = [
            {"n": "pageview", "u": f"https://{SITE}/", "timestamp": f"{day}T{8 + number:02}:10:00Z", "visitor": f"{day} {number}"}
            for day, count in VISITORS.items()
            for number in range(count)
        ]
        body = json.dumps({"idempotency_key": "week", "events": events}).encode()
        assert service.request("POST", "/api/events", body, {"authorization": f"Bearer {key}"}).status == 202
        yield service


@pytest.fixture
def page(service: Service, owner: StorageState, new_context: NewContext) -> Page:
    page = new_context(storage_state=owner).new_page()
    page.goto(at(service, WEEK))
    return page


@pytest.fixture
def plain(owner: StorageState, new_context: NewContext) -> BrowserContext:
    return new_context(storage_state=owner, java_script_enabled=False)


def parameters(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def middle(page: Page, band: int) -> tuple[float, float]:
    box = page.locator(".plot .band").nth(band).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_stretch_that_is_drawn_over_is_what_is_shown(page: Page) -> None:
    """From Tuesday to Thursday, and within Thursday from nine to eleven; the way out is a link."""
    page.mouse.move(*middle(page, 1))
    expect(page.locator(".readout")).to_contain_text("Tue 3 Mar 2026: 2")
    page.mouse.down()
    page.mouse.move(*middle(page, 2))
    page.mouse.move(*middle(page, 3))
    expect(page.locator(".readout")).to_have_text("Tue 3 Mar 2026 – Thu 5 Mar 2026")
    page.mouse.up()
    expect(page.locator(".when strong")).to_have_text("3 – 5 Mar 2026")
    assert headline(page)["visitors"] == "9"
    page.locator(".plot a.band").nth(2).click()
    expect(page.locator(".when strong")).to_have_text("Thu 5 Mar 2026")
    page.mouse.move(*middle(page, 11))
    page.mouse.down()
    page.mouse.move(*middle(page, 9))
    page.mouse.up()
    expect(page.locator(".when strong")).to_have_text("Thu 5 Mar 2026, 09:00 – 12:00")
    assert headline(page)["visitors"] == "3"
    page.get_by_role("link", name="Zoom out").click()
    expect(page.locator(".when strong")).to_have_text("Thu 5 Mar 2026")


def test_a_stretch_is_marked_with_keys(page: Page) -> None:
    """D46: the arrows read, with Shift they mark, Enter shows what is marked; Escape leaves one bucket of it."""
    page.locator(".plot").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".readout")).to_contain_text("Mon 2 Mar 2026: 1")
    page.keyboard.press("Shift+End")
    expect(page.locator(".readout")).to_have_text("Mon 2 Mar 2026 – Sun 8 Mar 2026")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator(".readout")).to_have_text("Fri 6 Mar 2026 – Sat 7 Mar 2026")
    page.keyboard.press("Enter")
    expect(page.locator(".when strong")).to_have_text("6 – 7 Mar 2026")
    page.wait_for_url(lambda url: parameters(url) == {"period": "custom", "from": "2026-03-06", "to": "2026-03-07"})


def test_a_touch_reads_and_the_next_one_goes_and_one_leaves_a_value_out(service: Service, owner: StorageState, new_context: NewContext) -> None:
    """On a phone nothing hovers."""
    page = new_context(storage_state=owner, has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740}).new_page()
    page.goto(at(service, WEEK))
    page.locator(".plot").scroll_into_view_if_needed()
    page.touchscreen.tap(*middle(page, 1))
    expect(page.locator(".readout")).to_contain_text("Tue 3 Mar 2026: 2")
    expect(page.locator(".when strong")).to_have_text("2 – 8 Mar 2026")
    page.touchscreen.tap(*middle(page, 1))
    expect(page.locator(".when strong")).to_have_text("Tue 3 Mar 2026")
    page.locator("#panel-pages .without").first.tap()
    expect(page.locator(".chip")).to_contain_text("is not")


def test_without_javascript_every_bucket_is_a_link(service: Service, plain: BrowserContext) -> None:
    """From the week to a day to an hour, in the table and in the picture."""
    page = plain.new_page()
    page.goto(at(service, WEEK))
    page.get_by_text("As a table").click()
    page.get_by_role("link", name="Sat 7 Mar 2026", exact=True).click()
    expect(page.locator(".when strong")).to_have_text("Sat 7 Mar 2026")
    assert chart(page)["Sat 7 Mar 2026, 12:00"][0] == "1"
    page.locator(".plot a.band").nth(12).click()
    expect(page.locator(".when strong")).to_have_text("Sat 7 Mar 2026, 12:00 – 13:00")
    assert headline(page)["visitors"] == "1"


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_d50_a_day_is_given_a_note_from_the_chart(
    service: Service, page: Page, plain: BrowserContext, script: bool
) -> None:
    """By the key n on the bucket, or by its row in the table; it stands on the chart, below it and in the table."""
    text = "<b>Sale</b> & more" if script else "Newsletter"
    if script:
        page.locator(".plot").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("n")
    else:
        page = plain.new_page()
        page.goto(at(service, WEEK))
        page.get_by_text("As a table").click()
        page.get_by_role("link", name="Add a note at Mon 2 Mar 2026").click()
    expect(page.get_by_label("Day", exact=True)).to_have_value("2026-03-02")
    page.get_by_label("What happened").fill(text)
    page.get_by_role("button", name="Add the note").click()
    expect(page.get_by_text("Note saved.")).to_be_visible()
    page.goto(at(service, WEEK))
    expect(page.locator(".remarks li", has_text=text)).to_contain_text("Mon 2 Mar 2026")
    expect(page.locator(".plot .remark")).to_have_count(1)
    page.get_by_role("link", name=f"Edit {text}").click()
    page.get_by_role("button", name="Remove this note").click()
    expect(page.get_by_text("Note removed.")).to_be_visible()
    page.goto(at(service, WEEK))
    expect(page.locator(".remarks")).to_have_count(0)
