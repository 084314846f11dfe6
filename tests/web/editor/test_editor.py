"""The pages on which an owner changes dashboards: what a browser without JavaScript can do on them."""

import io
import re
import stat
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analytics.boards.reading import dashboards
from analytics.config import Config
from analytics.resources import folder
from analytics.site import Funnel, Site
from analytics.store.control.store import ControlStore
from tests.web.conftest import send

SHELF = "/sites/example.org/dashboards"
MAIN = f"{SHELF}/main"
BUILT_IN = [panel.name for panel in dashboards(folder("dashboards"))[0].panels]
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script>=1+1'

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture
def browser(signed_in_client: FlaskClient) -> FlaskClient:
    return signed_in_client


@pytest.fixture
def own(config: Config) -> Path:
    """The folder of the owner's files."""
    return config.data / "dashboards"


@pytest.fixture
def press(browser: FlaskClient) -> Callable[..., TestResponse]:
    """Sends a form of a dashboard's page with the state that the page shows."""

    def pressed(page: str, path: str = "", /, **fields: object) -> TestResponse:
        shown = browser.get(page).text
        token, seen = (re.search(rf'name="{name}" value="([^"]*)"', shown) for name in ("csrf_token", "seen"))
        assert token
        values = {"csrf_token": token[1], "seen": seen[1] if seen else "", **fields}
        return browser.post(path or page, data=values)

    return pressed


def order(page: str) -> list[str]:
    """The panels in the list, from the page's own fields."""
    return re.findall(r'name="order" value="([^"]+)"', page)


def said(page: TestResponse) -> str:
    return unescape(re.sub(r"<[^>]+>", "", page.text))


def audit(control: ControlStore) -> list[tuple[str, str]]:
    return [(each.what, each.subject) for each in control.audit.latest() if each.what.startswith("dashboard")]


# --- the list ------------------------------------------------------------------------------------------------------------


def test_the_list_begins_with_what_is_built_in(browser: FlaskClient) -> None:
    """With a way to it and one to open it."""
    page = browser.get(SHELF)
    assert "Overview" in page.text
    assert "Built in" in page.text
    assert f'href="{MAIN}"' in page.text
    assert 'href="/example.org"' in page.text


def test_a_dashboard_is_made_from_a_built_in_one(press: Callable[..., TestResponse], own: Path, control: ControlStore) -> None:
    """It keeps up with that one, is for this site, and is a file that only the service may read."""
    answer = press(SHELF, title="Our Team’s", start="main", here="yes")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{SHELF}/our-teams")
    file = own / "our-teams.toml"
    assert file.read_text() == 'title = "Our Team’s"\nsites = ["example.org"]\nextends = "main"\n'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert audit(control) == [("dashboard added", "our-teams")]


def test_an_empty_dashboard_and_a_copy(press: Callable[..., TestResponse], browser: FlaskClient, own: Path) -> None:
    """A copy of one's own goes its own way; names do not collide."""
    press(SHELF, title="Mine", start="empty")
    assert (own / "mine.toml").read_text() == 'title = "Mine"\n'
    press(f"{SHELF}/mine", do="add pages")
    answer = press(SHELF, title="Mine", start="mine")
    assert answer.headers["Location"] == f"{SHELF}/mine-2"
    assert order(browser.get(f"{SHELF}/mine-2").text) == ["pages"]
    assert press(f"{SHELF}/mine-2", f"{SHELF}/mine-2/copy").headers["Location"] == f"{SHELF}/mine-copy"
    assert (own / "mine-copy.toml").read_text().startswith('title = "Mine, copy"\n')


def test_a_dashboard_needs_a_title(press: Callable[..., TestResponse], own: Path) -> None:
    """Told at the field; what was chosen stays."""
    answer = press(SHELF, title=" ", start="empty", here="yes")
    assert answer.status_code == 422
    assert "Enter a title" in answer.text
    assert '<option value="empty" selected>' in answer.text
    assert 'name="here" value="yes" checked' in answer.text
    assert not own.exists()


def test_a_file_is_uploaded_under_its_name(press: Callable[..., TestResponse], own: Path) -> None:
    """As it is, comments and all, but for the byte order mark that some editors begin with."""
    text = '# ours\ntitle = "Team"\n'
    answer = press(SHELF, do="upload", file=(io.BytesIO(text.encode("utf-8-sig")), "Our Team.toml"))
    assert answer.headers["Location"] == f"{SHELF}/our-team"
    assert (own / "our-team.toml").read_text() == text


@pytest.mark.parametrize(
    ("content", "name", "problem"),
    [
        (b"title = 3", "x.toml", "x.toml, line 1, field title: Expected `str`, got `int`"),
        (b"\xff", "x.toml", "This file is not UTF-8 text; save it as UTF-8 and upload it again"),
        (b"", "", "Choose a file"),
        (b" \r\n", "x.toml", "This file is empty; choose another"),
        (b"#" * 300_000, "x.toml", "The file can be at most 256 kB"),
    ],
)
def test_a_file_that_is_no_dashboard_is_refused(
    press: Callable[..., TestResponse], own: Path, content: bytes, name: str, problem: str
) -> None:
    """At the field, with the line."""
    answer = press(SHELF, do="upload", file=(io.BytesIO(content), name))
    assert answer.status_code == 422
    assert problem in said(answer)
    assert not own.exists()


# --- one dashboard -------------------------------------------------------------------------------------------------------


def test_its_panels_are_listed_in_order(browser: FlaskClient) -> None:
    """With what they are."""
    page = browser.get(MAIN)
    assert order(page.text) == BUILT_IN
    assert "Bars · Half · in the tabs of “pages”" in said(page)


def test_moving_a_panel_says_no_more_than_the_order(
    press: Callable[..., TestResponse], browser: FlaskClient, own: Path, control: ControlStore
) -> None:
    """And back again there is no file: what is built in is what is shown."""
    answer = press(MAIN, do="up headline")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{MAIN}#row-headline")
    moved = ["headline", "now", *BUILT_IN[2:]]
    assert order(browser.get(MAIN).text) == moved
    assert re.sub(r"\[.*\]", "[]", (own / "main.toml").read_text()) == 'extends = "main"\norder = []\n'
    press(MAIN, do="down headline")
    assert order(browser.get(MAIN).text) == BUILT_IN
    assert list(own.glob("*.toml")) == []
    assert audit(control) == [("dashboard changed", "main: headline moved")] * 2


def test_dragging_sends_the_whole_order(press: Callable[..., TestResponse], browser: FlaskClient) -> None:
    """Which may name what is no longer there; the first and the last stay where they are when moved further."""
    wanted = [BUILT_IN[-1], *BUILT_IN[:-1]]
    press(MAIN, do="arrange ledger", order=[*wanted, "gone"])
    assert order(browser.get(MAIN).text) == wanted
    press(MAIN, do="up ledger")
    assert order(browser.get(MAIN).text) == wanted


def test_a_panel_is_removed_and_added_again(press: Callable[..., TestResponse], browser: FlaskClient, own: Path) -> None:
    """From the catalogue; the dashboard itself follows."""
    press(MAIN, do="remove chart")
    assert (own / "main.toml").read_text() == 'extends = "main"\nhide = ["chart"]\n'
    assert 'id="panel-chart"' not in browser.get("/example.org").text
    page = browser.get(MAIN).text
    assert "chart" not in order(page)
    assert 'value="add chart"' in page
    press(MAIN, do="add chart")
    assert order(browser.get(MAIN).text) == BUILT_IN


def test_what_is_nowhere_else_is_asked_for_twice(press: Callable[..., TestResponse], browser: FlaskClient) -> None:
    """A panel of one's own goes for good; a built-in one can be added again."""
    press(f"{MAIN}/add", do="save", **PHONES)
    page = browser.get(MAIN).text
    assert re.findall(r'aria-label="(Remove [^"]+ permanently)"', page) == ["Remove On phones permanently"]


def test_title_and_sites_are_saved_as_people_write_them(press: Callable[..., TestResponse], browser: FlaskClient, own: Path) -> None:
    """Domains as people write them; one that is no site is kept and shown as such."""
    press(SHELF, title="Mine", start="empty")
    mine = f"{SHELF}/mine"
    assert press(mine, do="head", title="Ours", sites="https://Example.org/\r\nbücher.example\r\n").status_code == 303
    assert (own / "mine.toml").read_text() == 'title = "Ours"\nsites = ["example.org", "xn--bcher-kva.example"]\n'
    assert "bücher.example (no site)" in said(browser.get(SHELF))
    answer = press(mine, do="head", title="", sites="x y")
    assert answer.status_code == 422
    assert "Enter a title" in answer.text
    assert ">\nx y</textarea>" in answer.text
    answer = press(mine, do="head", title="Ours", sites="x y")
    assert answer.status_code == 422
    assert "sites-problem" in answer.text


def test_the_sites_of_a_dashboard_may_be_removed(
    press: Callable[..., TestResponse], browser: FlaskClient, control: ControlStore, site: Site
) -> None:
    """It is listed on the other sites' pages, and can be changed and deleted there."""
    press(SHELF, title="Mine", start="main", here="yes")
    control.sites.add("other.example", "UTC")
    control.sites.remove(site)
    page = browser.get("/sites/other.example/dashboards")
    assert "example.org (no site)" in said(page)
    assert browser.get("/other.example").status_code == 200
    there = "/sites/other.example/dashboards/mine"
    assert press(there, f"{there}/remove").status_code == 303
    assert "Mine" not in browser.get("/sites/other.example/dashboards").text


def test_a_dashboard_is_renamed_deleted_and_reset(
    press: Callable[..., TestResponse], browser: FlaskClient, own: Path, control: ControlStore
) -> None:
    """Its name is that of the file; a built-in one comes back."""
    press(SHELF, title="Mine", start="empty")
    mine, ours = f"{SHELF}/mine", f"{SHELF}/ours"
    for name, problem in [("main", "A built-in dashboard has this name; choose another"), ("A b", "Lower-case letters, digits and dashes only")]:
        answer = press(mine, f"{mine}/rename", name=name)
        assert answer.status_code == 422
        assert problem in answer.text
        assert f'value="{name}"' in answer.text
    assert press(mine, f"{mine}/rename", name="ours").headers["Location"] == ours
    assert browser.get(mine).status_code == 404
    press(ours, f"{ours}/remove")
    press(MAIN, do="remove chart")
    assert "Reset to the built-in version" in browser.get(MAIN).text
    press(MAIN, f"{MAIN}/remove")
    assert order(browser.get(MAIN).text) == BUILT_IN
    assert list(own.glob("*.toml")) == []
    assert audit(control)[0] == ("dashboard removed", "main")


# --- the way back --------------------------------------------------------------------------------------------------------

OURS = """# Ours: "a" & <b>
extends = "main"

[[panel]]
name = "words"
title = "</textarea><script>"
form = "text"
text = '''
One.

Two.'''
"""


def shown(browser: FlaskClient, answer: TestResponse) -> TestResponse:
    """The page that an answer leads to; loaded again it says the same."""
    assert answer.status_code == 303
    first, again = (browser.get(answer.headers["Location"]) for _time in range(2))
    assert first.text == again.text
    return again


def undone(browser: FlaskClient, answer: TestResponse) -> TestResponse:
    """Presses "Undo" on this page."""
    form = re.search(r'<form method="post" action="([^"]+)" class="flash undo">(.*?)</form>', answer.text, re.DOTALL)
    assert form, said(answer)
    fields = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[2])}
    return browser.post(form[1], data=fields)


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ("remove words", "Panel “</textarea><script>” removed."),
        ("remove chart", "Panel “Over time” removed."),
        ("", "Dashboard reset to the built-in version."),
    ],
)
def test_one_press_takes_it_back(
    press: Callable[..., TestResponse], browser: FlaskClient, own: Path, control: ControlStore, button: str, words: str
) -> None:
    """A panel that was removed, a dashboard that was reset: the file is what it was, with its comments."""
    own.mkdir()
    (own / "main.toml").write_text(OURS)
    answer = shown(browser, press(MAIN, do=button) if button else press(MAIN, f"{MAIN}/remove"))
    assert words in said(answer)
    assert "<script>" not in answer.text
    assert not (own / "main.toml").exists() or (own / "main.toml").read_text() != OURS
    back = undone(browser, answer)
    assert (back.status_code, back.headers["Location"]) == (303, MAIN)
    assert (own / "main.toml").read_text() == OURS
    assert "The change has been undone." in browser.get(MAIN).text
    assert audit(control)[0] == ("dashboard changed", "main: undone")


def test_a_dashboard_that_was_deleted_comes_back(press: Callable[..., TestResponse], browser: FlaskClient, own: Path) -> None:
    """Under its name; one that was made of it meanwhile is not overwritten."""
    press(SHELF, title="Mine", start="empty")
    saved = (own / "mine.toml").read_text()
    answer = shown(browser, press(f"{SHELF}/mine", f"{SHELF}/mine/remove"))
    assert "Dashboard deleted." in said(answer)
    assert undone(browser, answer).headers["Location"] == f"{SHELF}/mine"
    assert (own / "mine.toml").read_text() == saved
    again = undone(browser, answer)
    assert again.status_code == 409
    assert "Someone else has changed this dashboard" in again.text


def test_the_first_change_of_a_built_in_dashboard_is_taken_back_without_a_file(
    press: Callable[..., TestResponse], browser: FlaskClient, own: Path
) -> None:
    undone(browser, shown(browser, press(MAIN, do="remove chart")))
    assert list(own.glob("*.toml")) == []
    assert order(browser.get(MAIN).text) == BUILT_IN


def test_a_panel_that_was_made_as_built_in_again_is_taken_back(
    press: Callable[..., TestResponse], browser: FlaskClient, own: Path
) -> None:
    press(f"{MAIN}/panels/pages", do="save", title="Sites", kind="bars", metrics="visitors", dimensions="event:page")
    changed = (own / "main.toml").read_text()
    answer = shown(browser, press(MAIN, do="restore pages"))
    assert "Panel “Sites” reset to the built-in version." in said(answer)
    undone(browser, answer)
    assert (own / "main.toml").read_text() == changed


def test_what_is_no_text_comes_back_as_it_was(press: Callable[..., TestResponse], browser: FlaskClient, own: Path) -> None:
    own.mkdir()
    (own / "main.toml").write_bytes(b"\xff")
    undone(browser, shown(browser, press(MAIN, f"{MAIN}/remove")))
    assert (own / "main.toml").read_bytes() == b"\xff"


def test_after_another_change_there_is_no_way_back(press: Callable[..., TestResponse], browser: FlaskClient) -> None:
    """It would take that back, too. An address that somebody made up offers none."""
    removed = press(MAIN, do="remove chart").headers["Location"]
    assert "Undo" in browser.get(removed).text
    press(MAIN, do="down pages")
    hostile = "/../x"
    for address in (removed, f"{MAIN}?done=remove+chart&undo=", f"{SHELF}?undo=main", f"{SHELF}?undo={hostile}", f"{SHELF}?undo=none"):
        assert "Undo" not in browser.get(address).text


# --- the text ------------------------------------------------------------------------------------------------------------


def test_the_text_is_saved_as_it_is_written(press: Callable[..., TestResponse], browser: FlaskClient, own: Path) -> None:
    """Line ends as files have them; the page then warns that its comments would be lost, and downloads what it holds."""
    text = '# Ours.\r\nextends = "main"\r\nhide = ["chart"]\r\n'
    assert press(MAIN, f"{MAIN}/text", text=text).status_code == 303
    stored = text.replace("\r\n", "\n")
    assert (own / "main.toml").read_text() == stored
    assert "This file has comments. They are lost" in browser.get(MAIN).text
    answer = browser.get(f"{MAIN}/file")
    assert (answer.text, answer.mimetype) == (stored, "application/toml")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="main.toml"'


def test_what_is_built_in_can_be_downloaded(browser: FlaskClient) -> None:
    """To begin with, or to be read: its comments are no reason to warn."""
    assert browser.get(f"{MAIN}/file").data == (folder("dashboards") / "main.toml").read_bytes()
    assert "This file has comments" not in browser.get(MAIN).text


def test_a_text_that_cannot_be_used_is_shown_again(press: Callable[..., TestResponse], own: Path) -> None:
    """With every problem, and nothing is saved."""
    text = '[[panel]]\nname = "a"\ntitle = "A"\nform = "pie"\n[[panel]]\nname = "b"\ntitle = "B"\nform = "live"\nsize = "x"\n</textarea><b>'
    answer = press(MAIN, f"{MAIN}/text", text=text)
    assert answer.status_code == 422
    assert "main.toml, line 10: not a TOML file" in said(answer)
    assert "&lt;/textarea&gt;&lt;b&gt;" in answer.text
    answer = press(MAIN, f"{MAIN}/text", text=text.replace("</textarea><b>", ""))
    assert "main.toml, line 4, panel “a”, field form: there is no form “pie”" in said(answer)
    assert "main.toml, line 9, panel “b”, field size: Invalid enum value 'x'" in said(answer)
    assert not own.exists()


def test_an_uploaded_file_takes_the_place_of_the_text(press: Callable[..., TestResponse], own: Path) -> None:
    """Where one is chosen."""
    press(MAIN, f"{MAIN}/text", text="x", file=(io.BytesIO(b'extends = "main"\n'), "main.toml"))
    assert (own / "main.toml").read_text() == 'extends = "main"\n'


def test_a_broken_file_can_be_mended_or_removed(press: Callable[..., TestResponse], browser: FlaskClient, own: Path) -> None:
    """Its text is all there is; no button that would need to understand it."""
    own.mkdir()
    (own / "main.toml").write_text("title = [\n<script>")
    page = browser.get(MAIN)
    assert "main.toml, line 2: not a TOML file" in said(page)
    assert "&lt;script&gt;</textarea>" in page.text
    assert order(page.text) == []
    assert "The file has errors" in browser.get(SHELF).text
    assert press(MAIN, do="remove chart").status_code == 422
    assert browser.get(f"{MAIN}/add").status_code == 303
    assert press(MAIN, f"{MAIN}/remove").status_code == 303
    assert order(browser.get(MAIN).text) == BUILT_IN


# --- two people at once --------------------------------------------------------------------------------------------------


def test_the_second_of_two_people_is_told(press: Callable[..., TestResponse], own: Path) -> None:
    """D4: whatever they send, the first one's work stays; and what the second typed is before them again."""
    press(MAIN, do="remove chart")
    saved = (own / "main.toml").read_text()
    for path, fields in [
        (MAIN, {"do": "up headline"}),
        (f"{MAIN}/text", {"text": 'extends = "main"\nhide = ["ledger"]'}),
        (f"{MAIN}/remove", {}),
        (f"{MAIN}/add", {"do": "save", "title": "Phones", "kind": "bars", "metrics": "visitors", "dimensions": "visit:device"}),
    ]:
        answer = press(MAIN, path, **{**fields, "seen": ""})
        assert answer.status_code == 409
        assert "Someone else has changed this dashboard since you opened it" in answer.text
        assert (own / "main.toml").read_text() == saved
    assert 'value="Phones"' in answer.text
    seen = re.search(r'name="seen" value="([^"]+)"', answer.text)
    assert seen  # of the present state: saved again, it goes in


# --- one panel -----------------------------------------------------------------------------------------------------------

PHONES = {
    "title": "On phones", "kind": "table", "size": "full", "group": "places", "note": "Why not.",
    "metrics": ["visitors", "bounce_rate", ""], "dimensions": ["visit:country_name", "event:section:*", ""],
    "dimensions-argument": ["", "2", ""],
    "filters-dimension": ["visit:device", ""], "filters-argument": ["", ""], "filters-operation": ["is_not", "is"],
    "filters-values": ["Desktop,a\\,b", ""],
    "order_by": "bounce_rate", "direction": "asc", "limit": "20", "details_metrics": ["visits", ""],
    "details_dimensions": ["event:page", "event:props:*", ""], "details_dimensions-argument": ["", "plan", ""],
}  # fmt: skip


def test_a_panel_is_made(press: Callable[..., TestResponse], own: Path, control: ControlStore) -> None:
    """Everything that its form can say, as a block."""
    answer = press(f"{MAIN}/add", do="save", **PHONES)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{MAIN}#row-on-phones")
    assert (own / "main.toml").read_text() == (
        'extends = "main"\n\n[[panel]]\nname = "on-phones"\ntitle = "On phones"\nform = "table"\nsize = "full"\n'
        'group = "places"\nnote = "Why not."\nquery.metrics = ["visitors", "bounce_rate"]\n'
        'query.dimensions = ["visit:country_name", "event:section:2"]\n'
        'query.filters = [["is_not", "visit:device", ["Desktop", "a,b"]]]\n'
        'query.order_by = [["bounce_rate", "asc"]]\nquery.limit = 20\ndetails.metrics = ["visits"]\n'
        'details.dimensions = ["event:page", "event:props:plan"]\n'
    )
    assert audit(control) == [("dashboard changed", "main: panel on-phones")]


def test_a_panel_is_shown_as_it_is(press: Callable[..., TestResponse], browser: FlaskClient, own: Path) -> None:
    """What is saved unchanged is unchanged."""
    press(f"{MAIN}/add", do="save", **PHONES)
    saved = (own / "main.toml").read_text()
    page = browser.get(f"{MAIN}/panels/on-phones").text
    assert 'name="filters-values" value="Desktop,a\\,b"' in page
    assert '<option value="event:section:*" selected class="open">' in page
    assert 'name="dimensions-argument" class="argument" value="2"' in page
    assert 'value="20"' in page
    press(f"{MAIN}/panels/on-phones", do="save", **PHONES)
    assert (own / "main.toml").read_text() == saved


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_panel_can_be_opened_and_saved(browser: FlaskClient, own: Path, name: str) -> None:
    """As a browser sends its form; unchanged, there is nothing to keep."""
    page = browser.get(f"{MAIN}/panels/{name}").text
    answer = browser.post(f"{MAIN}/panels/{name}", data={**filled_in(page), "do": "save"})
    assert answer.status_code == 303, said(answer)
    assert not own.exists() or list(own.glob("*.toml")) == []


def filled_in(page: str) -> dict[str, list[str]]:
    """The fields of the panel's form as they stand on its page."""
    form = page[page.index('<div id="editor"'):page.index('<section class="preview"')]
    found: dict[str, list[str]] = {}
    form = re.sub(r'<input type="checkbox"(?![^>]* checked)[^>]*>', "", form)
    for name, value in re.findall(r'<input[^>]* name="([^"]+)"[^>]*? value="([^"]*)"', form):
        found.setdefault(name, []).append(unescape(value))
    for name, options in re.findall(r'<select[^>]* ?name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options) or re.search(r'<option value="([^"]*)"', options)
        found.setdefault(name, []).append(unescape(chosen[1]) if chosen else "")
    for name, value in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        found.setdefault(name, []).append(unescape(value))
    return found


def test_looking_saves_nothing(press: Callable[..., TestResponse], own: Path) -> None:
    """The panel stands beside its form, drawn as on the dashboard, and a row more is offered."""
    answer = press(f"{MAIN}/add", **PHONES)
    assert answer.status_code == 200
    assert 'id="panel-preview"' in answer.text
    assert answer.text.count('name="filters-dimension"') == 2
    assert not own.exists()


def test_another_form_brings_what_it_needs(press: Callable[..., TestResponse]) -> None:
    """A chart over time is of time, whatever was chosen before."""
    answer = press(f"{MAIN}/add", **{**PHONES, "kind": "timeseries", "order_by": ""})
    assert '<option value="time" selected>' in answer.text
    assert "Not saved" not in answer.text
    assert 'name="metrics"' not in answer.text


@pytest.mark.parametrize(
    ("field", "value", "marked", "problem"),
    [
        ("title", "", "title", "Enter a title"),
        ("kind", "pie", "kind", "There is no form “pie”"),
        ("size", "huge", "size", "Invalid enum value 'huge'"),
        ("metrics", ["clicks"], "metrics", "There is no metric “clicks”"),
        ("metrics", [""], "metrics", "Form “table” takes 1 to 6, not 0"),
        ("dimensions", ["visit:sauce"], "dimensions", "There is no dimension “visit:sauce”"),
        ("dimensions-argument", ["", "", ""], "dimensions", "There is no dimension “event:section:”"),
        ("filters-values", [""], "filters", "Enter a value"),
        ("filters-dimension", [""], "filters", "Choose what the value “Desktop” belongs to"),
        ("filters-operation", ["has_done"], "filters", "“has_done” cannot be used with “visit:device”"),
        ("filters-written", "[[", "filters", "Enter a list of filters in JSON"),
        ("filters-written", "{}", "filters", "Enter a list of filters in JSON"),
        ("filters-written", '[["is", "visit:sauce", ["x"]]]', "filters", ""),
        ("order_by", "visits", "order_by", ""),
        ("limit", "many", "limit", "Enter a whole number"),
        ("limit", "5000", "limit", "Between 1 and 1000"),
        ("details_metrics", ["clicks"], "details_metrics", "There is no metric “clicks”"),
        ("details_metrics", ["pageviews", "bounce_rate"], "details_metrics", '"bounce_rate" cannot be grouped by "event:props:plan"'),
        ("details_dimensions", ["visit:sauce"], "details_dimensions", "There is no dimension “visit:sauce”"),
    ],
)
def test_what_cannot_be_saved_is_told_at_its_field(
    press: Callable[..., TestResponse], own: Path, field: str, value: object, marked: str, problem: str
) -> None:
    """422, and everything else stays as it was typed."""
    fields = {**PHONES, "filters-values": ["Desktop"], field: value}
    answer = press(f"{MAIN}/add", do="save", **fields)
    assert answer.status_code == 422
    found = re.search(rf'id="{marked}-problem">(.*?)</span>', answer.text)
    assert found, said(answer)
    assert problem in unescape(found[1])
    assert 'value="Why not."' in answer.text
    assert not own.exists()


def test_the_forms_with_fields_of_their_own(
    press: Callable[..., TestResponse], own: Path, control: ControlStore, site: Site
) -> None:
    """A text, a funnel that is saved or has its own steps, a flow around a page."""
    control.funnels.put(site, Funnel(name="Sale", steps=(["is", "event:page", ["/cart"]], ["is", "event:page", ["/paid"]])))
    steps = {
        "steps-dimension": ["event:page", "event:goal"], "steps-argument": ["", ""], "steps-operation": ["is", "is"],
        "steps-values": ["/cart", "Sale"], "strict": "yes",
    }  # fmt: skip
    around = {
        "around-dimension": "event:page", "around-argument": "", "around-operation": "contains", "around-values": "/shop",
        "by": "event:section", "before": "2", "after": "2", "limit": "5",
    }  # fmt: skip
    for fields in (
        {"title": "Words", "kind": "text", "text": "One.\r\n\r\nTwo."},
        {"title": "Saved", "kind": "funnel", "funnel": "Sale"},
        {"title": "Steps", "kind": "funnel", **steps},
        {"title": "Around", "kind": "flow", **around},
        {"title": "Sums", "kind": "number", "metrics": ["visits", ""], "goal_metrics": ["visitors", "conversion_rate", ""]},
        {"title": "Course", "kind": "timeseries", "dimensions": "time", "dimensions-argument": ""},
    ):
        answer = press(f"{MAIN}/add", do="save", **fields)
        assert answer.status_code == 303, said(answer)
    assert (own / "main.toml").read_text().partition("\n\n")[2] == (
        '[[panel]]\nname = "words"\ntitle = "Words"\nform = "text"\ntext = """\nOne.\n\nTwo."""\n\n'
        '[[panel]]\nname = "saved"\ntitle = "Saved"\nform = "funnel"\nquery.funnel = "Sale"\n\n'
        '[[panel]]\nname = "steps"\ntitle = "Steps"\nform = "funnel"\n'
        'query.steps = [["is", "event:page", ["/cart"]], ["is", "event:goal", ["Sale"]]]\nquery.strict = true\n\n'
        '[[panel]]\nname = "around"\ntitle = "Around"\nform = "flow"\nquery.limit = 5\n'
        'query.around = ["contains", "event:page", ["/shop"]]\nquery.by = "event:section"\nquery.before = 2\nquery.after = 2\n\n'
        '[[panel]]\nname = "sums"\ntitle = "Sums"\nform = "number"\nquery.metrics = ["visits"]\n'
        'goal.metrics = ["visitors", "conversion_rate"]\n\n'
        '[[panel]]\nname = "course"\ntitle = "Course"\nform = "timeseries"\nquery.dimensions = ["time"]\n'
    )


def test_filters_that_have_no_row_are_kept(press: Callable[..., TestResponse], browser: FlaskClient, own: Path) -> None:
    """Nested ones, as they are written."""
    nested = '["or", [["is", "event:page", ["/a"]], ["is", "visit:source", ["Google"]]]]'
    text = f'[[panel]]\nname = "x"\ntitle = "X"\nform = "number"\nquery.metrics = ["visitors"]\nquery.filters = [{nested}]\n'
    own.mkdir()
    (own / "mine.toml").write_text(text)
    page = browser.get(f"{SHELF}/mine/panels/x").text
    assert unescape(page).count(f"[{nested}]".replace(" ", "")) == 1
    browser.post(f"{SHELF}/mine/panels/x", data={**filled_in(page), "title": "Y", "do": "save"})
    assert (own / "mine.toml").read_text() == text.replace('"X"', '"Y"')


def test_a_built_in_panel_is_changed_and_given_back(press: Callable[..., TestResponse], browser: FlaskClient, own: Path) -> None:
    """The block takes its place until it is removed."""
    page = browser.get(f"{MAIN}/panels/countries").text
    browser.post(f"{MAIN}/panels/countries", data={**filled_in(page), "title": "Lands", "do": "save"})
    assert 'title = "Lands"' in (own / "main.toml").read_text()
    assert order(browser.get(MAIN).text) == BUILT_IN
    press(MAIN, do="restore countries")
    assert list(own.glob("*.toml")) == []


def test_a_panel_of_the_catalogue_can_be_adjusted_first(browser: FlaskClient) -> None:
    """The form begins with what it says."""
    page = browser.get(f"{MAIN}/add?like=browsers").text
    assert 'value="Browsers"' in page
    assert '<option value="visit:browser" selected>' in page


def test_what_the_form_does_not_ask_for_is_kept(browser: FlaskClient, own: Path) -> None:
    """Also of the panel that a new one begins with."""
    page = browser.get(f"{MAIN}/add?like=goals").text
    browser.post(f"{MAIN}/add?like=goals", data={**filled_in(page), "title": "Ours", "do": "save"})
    assert (own / "main.toml").read_text() == (
        'extends = "main"\n\n[[panel]]\nname = "ours"\ntitle = "Ours"\nform = "goals"\nsize = "full"\ngroup = "goals"\nneeds = "goals"\n'
    )


def test_hostile_text_is_text(press: Callable[..., TestResponse], browser: FlaskClient) -> None:
    """In every field that is shown, on every page that shows it."""
    press(SHELF, title=HOSTILE, start="empty")
    (mine,) = re.findall(rf'href="({SHELF}/[^"]+)"', browser.get(SHELF).text.replace(f'href="{MAIN}"', ""))[:1]
    fields = {**PHONES, "title": HOSTILE, "group": HOSTILE, "note": HOSTILE, "filters-values": [f"\N{RIGHT-TO-LEFT OVERRIDE}{HOSTILE}", ""]}
    assert press(f"{mine}/add", do="save", **fields).status_code == 303
    (name,) = order(browser.get(mine).text)
    for path in (SHELF, mine, f"{mine}/panels/{name}", f"/example.org?dashboard={mine.rpartition('/')[2]}"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "<img src=x" not in page.text
        assert "<script>alert" not in page.text
        assert HOSTILE in unescape(page.text), path


@pytest.mark.parametrize("path", [f"{SHELF}/gone", f"{SHELF}/..%2fcontrol", f"{SHELF}/A", f"{MAIN}/panels/gone", "/sites/no.example/dashboards"])
def test_what_is_not_there_is_not_found(browser: FlaskClient, path: str) -> None:
    """Whatever the name tries."""
    assert browser.get(path).status_code == 404


def test_only_owners_come_here(client: FlaskClient, own: Path) -> None:
    """Nobody else sees or changes anything."""
    for path in (SHELF, MAIN, f"{MAIN}/add", f"{MAIN}/file"):
        assert client.get(path).status_code == 303
    assert not own.exists()


def test_the_dashboards_menu_leads_here(browser: FlaskClient, own: Path) -> None:
    """From the dashboard that is open."""
    own.mkdir()
    (own / "mine.toml").write_text('title = "Mine"\n')
    assert f'href="{SHELF}/mine"' in browser.get("/example.org?dashboard=mine").text


def test_sending_twice_does_no_harm(browser: FlaskClient) -> None:
    """A button that is none any more changes nothing."""
    assert send(browser, MAIN, do="remove nothing", seen="").status_code == 303
    assert order(browser.get(MAIN).text) == BUILT_IN
