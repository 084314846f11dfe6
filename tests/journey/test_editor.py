"""Changing dashboards in a real browser: by hand, by keys, with a look at the figures, by two at once, without JavaScript."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, StorageState, expect

from tests.journey.conftest import NewContext
from tests.journey.product import at, running
from tests.service import Service

SITE = "shop.example"
MINE = f"/sites/{SITE}/dashboards/mine"
FILE = """
title = "Mine"

[[panel]]
name = "now"
title = "Now"
form = "live"

[[panel]]
name = "pages"
title = "Pages"
form = "bars"
query.metrics = ["visitors"]
query.dimensions = ["event:page"]

[[panel]]
name = "sources"
title = "Sources"
form = "bars"
query.metrics = ["visitors"]
query.dimensions = ["visit:source"]

[[panel]]
name = "ledger"
title = "Ledger"
form = "ledger"
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("editor")) as service:
        service.command("site", "add", SITE, "--timezone", "Europe/Berlin")
        service.pageview(f"https://{SITE}/shoes")
        yield service


@pytest.fixture
def file(service: Service) -> Path:
    """The dashboard that is changed, as its owner wrote it."""
    folder = service.data / "dashboards"
    folder.mkdir(exist_ok=True)
    file = folder / "mine.toml"
    file.write_text(FILE)
    return file


@pytest.fixture
def page(new_context: NewContext, service: Service, owner: StorageState, file: Path) -> Page:
    page = new_context(storage_state=owner).new_page()
    page.goto(at(service, MINE))
    return page


def names(page: Page) -> list[str]:
    """The panels in the order of the list."""
    return page.locator("input[name=order]").evaluate_all("all => all.map((each) => each.value)")


def test_a_panel_is_moved_by_hand(page: Page, file: Path) -> None:
    """Dragged to its place and let go, it is saved there."""
    grip, last = page.get_by_role("button", name="Move Now", exact=True), page.locator("#row-ledger")
    start, end = grip.bounding_box(), last.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 8, end["y"] + end["height"] - 4, steps=6)
    with page.expect_navigation():
        page.mouse.up()
    assert names(page) == ["pages", "sources", "ledger", "now"]
    assert file.read_text().index('"ledger"') < file.read_text().index('"now"')


def test_a_panel_is_moved_by_keys(page: Page) -> None:
    """Space takes hold, arrows move, each step is said; Escape puts back, leaving does, too; Space lets go and saves."""
    grip = page.get_by_role("button", name="Move Sources", exact=True)
    grip.press(" ")
    grip.press("ArrowUp")
    expect(page.locator("[data-arranged]")).to_have_text("Sources: place 2 of 4")
    expect(grip).to_be_focused()
    grip.press("Escape")
    assert names(page) == ["now", "pages", "sources", "ledger"]
    grip.press(" ")
    grip.press("ArrowDown")
    page.get_by_role("link", name="Pages", exact=True).focus()
    expect(grip).to_have_attribute("aria-pressed", "false")
    assert names(page) == ["now", "pages", "sources", "ledger"]
    grip.press("Enter")
    grip.press("ArrowUp")
    grip.press("ArrowUp")
    with page.expect_navigation():
        grip.press("Enter")
    assert names(page) == ["sources", "now", "pages", "ledger"]


def test_the_look_follows_the_form(page: Page) -> None:
    """What is chosen is drawn at once with the site's own figures, what is typed stays, and nothing is saved before it is
    asked for. A form that cannot be read by a screen reader would fail here as well."""
    page.locator("#add").get_by_role("link", name="Bars").click()
    page.get_by_label("Title").fill("Where from")
    page.get_by_label("What").first.select_option("visit:country_name")
    preview = page.locator(".preview")
    expect(preview.get_by_role("heading", name="Where from")).to_be_visible()
    expect(preview.get_by_role("columnheader", name="Country")).to_be_visible()
    page.get_by_label("Metrics, 2", exact=True).select_option("pageviews")
    expect(preview.get_by_role("columnheader", name="Page views")).to_be_visible()
    page.get_by_label("Form", exact=True).select_option("number")
    expect(page.get_by_label("One row per, 1")).to_have_count(0)
    expect(page.get_by_label("Title")).to_have_value("Where from")
    page.get_by_text("Layout and details").click()
    assert Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).response["violations"] == []
    page.get_by_role("button", name="Save the panel").click()
    expect(page.locator("#row-where-from")).to_contain_text("Metrics")


def test_the_second_of_two_people_loses_nothing(page: Page, new_context: NewContext, owner: StorageState, file: Path) -> None:
    """What the first one saved stays; what the second typed goes in when it is saved again."""
    page.goto(page.url + "/panels/pages")
    page.get_by_label("Title").fill("Articles")
    other = new_context(storage_state=owner).new_page()
    other.goto(page.url.removesuffix("/panels/pages"))
    other.locator("#row-now").get_by_text("Remove", exact=True).click()
    other.get_by_role("button", name="Remove Now permanently").click()
    expect(other.locator("#row-now")).to_have_count(0)
    expect(other.get_by_role("button", name="Undo")).to_be_visible()
    assert Axe().run(other, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).response["violations"] == []
    page.get_by_role("button", name="Save the panel").click()
    expect(page.get_by_role("alert")).to_contain_text("Someone else has changed this dashboard")
    page.get_by_role("button", name="Save the panel").click()
    expect(page.locator("#row-pages")).to_contain_text("Articles")
    assert ('"Articles"' in file.read_text(), '"now"' in file.read_text()) == (True, False)


def test_all_but_dragging_works_without_javascript(
    new_context: NewContext, service: Service, owner: StorageState, file: Path
) -> None:
    """Buttons move, the look is asked for, the text is a text; a handle that would do nothing is not there."""
    page = new_context(java_script_enabled=False, storage_state=owner).new_page()
    page.goto(at(service, MINE))
    assert page.locator(".handle").count() == 0
    page.get_by_role("button", name="Move Sources up").click()
    expect(page.locator("#row-sources + #row-pages")).to_have_count(1)
    page.locator("#add").get_by_role("link", name="Text", exact=True).click()
    page.get_by_label("Title").fill("Words")
    page.get_by_label("Text", exact=True).fill("One.\n\nTwo.")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".preview")).to_contain_text("Two.")
    page.get_by_role("button", name="Save the panel").click()
    expect(page.locator("#row-words")).to_be_visible()
    page.locator("summary", has_text="The file").click()
    page.get_by_label("Edit as text").fill('title = "Less"\n')
    page.get_by_role("button", name="Save the text").click()
    expect(page.get_by_role("heading", name="Less")).to_be_visible()
    assert file.read_text() == 'title = "Less"\n'
