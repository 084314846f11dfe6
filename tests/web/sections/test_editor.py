"""The editor of sections: the tree with visitors, rows and their buttons, what would move, and what decides nothing."""

import re
from datetime import date, timedelta
from html import unescape

import msgspec
import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from analytics.model import Row as Event
from analytics.site import SectionRule, SharedLink, Site, SiteSettings
from analytics.store.base import Load
from analytics.store.control.people import VIEWER
from analytics.store.control.store import ControlStore
from analytics.web.sections.rows import Row, edited, of_rules, rules
from analytics.web.services import Services
from tests.web.page import Page

SECTIONS = "/sites/example.org/sections"
SALE, SHOP = ("Shop/Sale", "/shop/sale/**"), ("Shop", "/shop/**")
TODAY = date(2026, 9, 21)
HOSTILE = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>"


@pytest.fixture
def visited(services: Services, site: Site) -> None:
    """Each path by one visitor of today, /shop/a by two; /old was visited ten months ago."""
    paths = ["/shop/a", "/shop/a", "/shop/sale/x", "/blog/2026/may", "/", "/old"]
    events = []
    for number, path in enumerate(paths, 1):
        day = TODAY - timedelta(days=300 if path == "/old" else 0)
        events.append(Event(
            day=day, time=f"{day}T08:00:00", seq=0, gap=0, visitor=number, visit=number, name="pageview", hostname="example.org",
            path=path, interactive=True, engaged=0, scroll=0, revenue=None, currency="", props={},
            **dict.fromkeys(Event.__struct_fields__[15:], ""),
        ))  # fmt: skip
    services.store.load(site, Load([msgspec.json.encode(event) for event in events], {}, [], []))


def press(client: FlaskClient, button: str, *rows: tuple[str, str], parts: tuple[str, ...] = (), told: tuple[str, ...] = ()) -> TestResponse:
    """Presses one of the form's buttons with these rows in it, and these parts of the tree ticked."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(SECTIONS).text)
    assert token
    fields = [("csrf_token", token[1]), ("do", button), *(("part", part) for part in parts), *(("told", each) for each in told)]
    return client.post(SECTIONS, data=MultiDict([*fields, *[f for n, p in rows for f in (("name", n), ("pattern", p))]]))


def rows_in(answer: TestResponse) -> list[tuple[str, str]]:
    names = map(unescape, re.findall(r'name="name" value="([^"]*)"', answer.text))
    patterns = map(unescape, re.findall(r'name="pattern"[^>]*>\n([^<]*)</textarea>', answer.text))
    return list(zip(names, patterns, strict=True))


def text_of(answer: TestResponse) -> str:
    return Page(answer.text).text


# --- rows and buttons ----------------------------------------------------------------------------------


def test_sections_are_saved_in_their_order_and_empty_rows_are_none(
    signed_in_client: FlaskClient, control: ControlStore, site: Site
) -> None:
    answer = press(signed_in_client, "save", SALE, SHOP, ("", ""))
    assert (answer.status_code, answer.headers["Location"]) == (303, SECTIONS)
    assert control.sections.all(site) == [
        SectionRule(name="Shop/Sale", pattern="/shop/sale/**", position=0),
        SectionRule(name="Shop", pattern="/shop/**", position=1),
    ]
    page = signed_in_client.get(SECTIONS)
    assert rows_in(page) == [SALE, SHOP, ("", "")]
    assert "They apply to past visits as well" in text_of(page)


def test_a_section_may_have_several_patterns_a_line_each(signed_in_client: FlaskClient, control: ControlStore, site: Site) -> None:
    both = ("Shop", "/shop/**\n/store/**")
    assert press(signed_in_client, "save", both).status_code == 303
    assert [(rule.name, rule.pattern) for rule in control.sections.all(site)] == [("Shop", "/shop/**"), ("Shop", "/store/**")]
    assert rows_in(signed_in_client.get(SECTIONS)) == [both, ("", "")]


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("up-1", [SHOP, SALE, ("", "")]),
        ("down-0", [SHOP, SALE, ("", "")]),
        ("move-1-0", [SHOP, SALE, ("", "")]),
        ("remove-0", [SHOP, ("", "")]),
        *((nonsense, [SALE, SHOP, ("", "")]) for nonsense in (
            "preview", "up-0", "down-1", "remove-99", "up-²", "remove--1", "move-1", "move-0-7", "put-0", "make", "up", "nonsense",
        )),
    ],
)  # fmt: skip
def test_rows_are_moved_and_removed_without_javascript_and_saved_only_by_save(
    signed_in_client: FlaskClient, control: ControlStore, site: Site, button: str, expected: list[tuple[str, str]]
) -> None:
    answer = press(signed_in_client, button, SALE, SHOP)
    assert (answer.status_code, rows_in(answer)) == (200, expected)
    assert control.sections.all(site) == []


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("button", "parts", "focus"),
    [
        ("up-2", (), "up-1"), ("up-1", (), "down-0"), ("down-0", (), "down-1"), ("down-1", (), "up-2"),
        ("remove-1", (), "name-1"), ("remove-2", (), "name-2"), ("put-1", ("/blog",), "put-1"), ("put-1", (), "preview"),
        ("make", ("/blog",), "name-3"), ("make:/shop/sale/new", (), "name-0"), ("make", (), "preview"), ("preview", (), "preview"),
        ("up-0", (), "preview"), ("nonsense", (), "preview"),
    ],
)  # fmt: skip
def test_keys_go_on_where_they_were(signed_in_client: FlaskClient, button: str, parts: tuple[str, ...], focus: str) -> None:
    """A section is moved by pressing the same key again; what would move is said with it, and in the title."""
    answer = press(signed_in_client, button, SALE, SHOP, ("Old", "/old"), parts=parts)
    (found,) = [attributes for _tag, attributes in Page(answer.text).elements if "autofocus" in attributes]
    assert focus in (found.get("id"), found.get("value"))
    assert found.get("aria-describedby") == (None if focus == "preview" else "preview")
    assert "<title>No page would move · Sections of example.org" in answer.text


@pytest.mark.usefixtures("site")
def test_keys_go_on_at_what_is_wrong(signed_in_client: FlaskClient) -> None:
    answer = press(signed_in_client, "down-0", SALE, ("Shop", "shop"))
    (found,) = [attributes for _tag, attributes in Page(answer.text).elements if "autofocus" in attributes]
    assert (found["id"], found["aria-describedby"]) == ("pattern-0", "pattern-0-problem")


@pytest.mark.parametrize(
    ("row", "problem", "field"),
    [
        (("Shop", "shop"), "“shop” is not a path", "pattern"),
        (("Shop", ""), "Enter a page", "pattern"),
        (("Shop", "/fine\nnot"), "“not” is not a path", "pattern"),
        (("", "/shop"), "Enter a name for the section", "name"),
        (("a//b", "/shop"), "Enter a name for the section", "name"),
        (("\u202eShop", "/shop"), "invisible", "name"),
        ((HOSTILE, "<script>alert(1)</script>"), "is not a path", "pattern"),
    ],
)
@pytest.mark.parametrize("button", ["save", "preview"])
def test_a_rule_that_cannot_be_is_marked_and_every_row_stays(
    signed_in_client: FlaskClient, control: ControlStore, site: Site, row: tuple[str, str], problem: str, field: str, button: str
) -> None:
    answer = press(signed_in_client, button, ("Both", "/a\n/b"), row)
    assert answer.status_code == 422
    assert problem in text_of(answer)
    assert rows_in(answer) == [("Both", "/a\n/b"), row, ("", "")]
    assert f'aria-invalid="true" aria-describedby="{field}-1-problem"' in answer.text
    assert answer.text.count("aria-invalid") == 1
    assert "<script>alert" not in answer.text
    assert control.sections.all(site) == []


def test_the_enter_key_saves(signed_in_client: FlaskClient, site: Site) -> None:
    """Browsers press a form's first button when somebody presses Enter in a field."""
    first = re.search(r'<button name="do" value="([^"]+)"', signed_in_client.get(SECTIONS).text)
    assert first
    assert first[1] == "save"


@pytest.mark.parametrize(
    ("before", "button", "parts", "after"),
    [
        ([], "make", ["/trail-shoes"], [Row("Trail shoes", ("/trail-shoes/**",))]),
        ([], "make", ["/"], [Row("Front page", ("/",))]),
        ([], "make", ["/a/b", "/c"], [Row("B", ("/a/b/**", "/c/**"))]),
        ([Row("Shop", ("/shop/**",))], "make", ["/shop/sale"], [Row("Sale", ("/shop/sale/**",)), Row("Shop", ("/shop/**",))]),
        ([Row("Shop", ("/shop/**",))], "make", ["/blog"], [Row("Shop", ("/shop/**",)), Row("Blog", ("/blog/**",))]),
        ([Row("Shop", ("/shop/**",))], "make", ["Shop"], [Row("Shop", ("/shop/**",))]),
        ([Row("Shop", ("/shop/**",))], "put-0", ["/store", "/shop"], [Row("Shop", ("/shop/**", "/store/**"))]),
        (
            [Row("Shop", ("/shop/**",)), Row("Sale", ("/s",)), Row("Sale/Old", ("/o",)), Row("Saleroom", ("/r",))],
            "put-0", ["Sale"],
            [Row("Shop", ("/shop/**",)), Row("Shop/Sale", ("/s",)), Row("Shop/Sale/Old", ("/o",)), Row("Saleroom", ("/r",))],
        ),
        ([Row("Shop/Sale", ("/s",))], "put-0", ["Shop", "Shop/Sale"], [Row("Shop/Sale", ("/s",))]),
    ],
)  # fmt: skip
def test_what_ticked_parts_become(before: list[Row], button: str, parts: list[str], after: list[Row]) -> None:
    """Folders become patterns; a named section goes into another with all its levels, and never into itself."""
    assert edited(before, button, parts) == after


def test_rows_stand_for_the_rules_that_are_kept() -> None:
    kept = [SectionRule(name="A", pattern="/a"), SectionRule(name="A", pattern="/b"), SectionRule(name="B", pattern="/c"), SectionRule(name="A", pattern="/d")]
    rows = of_rules(kept)
    assert rows == [Row("A", ("/a", "/b")), Row("B", ("/c",)), Row("A", ("/d",))]
    assert [(rule.name, rule.pattern) for rule in rules(rows, SiteSettings())] == [(rule.name, rule.pattern) for rule in kept]


def test_one_press_names_a_part_whatever_is_ticked(signed_in_client: FlaskClient, site: Site) -> None:
    answer = press(signed_in_client, "make:/shop/sale", SHOP, parts=("/blog",))
    assert rows_in(answer) == [("Sale", "/shop/sale/**"), SHOP, ("", "")]


# --- the tree, and what would move ----------------------------------------------------------------------


def nodes_in(answer: TestResponse) -> list[tuple[str, str]]:
    return re.findall(r'<li class="depth-\d" data-part="([^"]+)">.*?count">([^<]+)<', answer.text)


def test_every_part_has_its_true_visitors_beside_it(signed_in_client: FlaskClient, site: Site, visited: None) -> None:
    assert nodes_in(signed_in_client.get(SECTIONS)) == [
        ("/shop", "3"), ("/shop/a", "2"), ("/shop/sale", "1"), ("/shop/sale/x", "1"),
        ("/", "1"), ("/blog", "1"), ("/blog/2026", "1"), ("/blog/2026/may", "1"),
    ]  # fmt: skip


def test_what_would_move_is_shown_and_nothing_is_kept(
    signed_in_client: FlaskClient, control: ControlStore, site: Site, visited: None
) -> None:
    answer = press(signed_in_client, "preview", SALE, SHOP)
    page = Page(answer.text)
    assert "2 pages would move" in page.text
    assert ["Shop", "0", "3"] in page.rows
    assert ["/shop", "3", "0"] in page.rows
    assert ["Shop/Sale", "0", "1"] in page.rows
    assert ["/shop/a", "/shop/a", "Shop", "2"] in page.rows
    assert ["/shop/sale/x", "/shop/sale/x", "Shop/Sale", "1"] in page.rows
    assert control.sections.all(site) == []
    assert nodes_in(signed_in_client.get(SECTIONS))[0] == ("/shop", "3")


def test_history_follows_what_is_saved_at_once(signed_in_client: FlaskClient, site: Site, visited: None) -> None:
    press(signed_in_client, "save", SALE, SHOP)
    assert nodes_in(signed_in_client.get(SECTIONS))[:2] == [("Shop", "3"), ("Shop/Sale", "1")]


def test_pressing_save_twice_moves_nothing(signed_in_client: FlaskClient, site: Site, visited: None) -> None:
    press(signed_in_client, "save", SHOP)
    assert "No page would move" in text_of(press(signed_in_client, "preview", SHOP))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([SHOP, SALE], "“/shop/sale/**” has no effect, because “Shop” comes first. Move it up."),
        ([("Wiki", "/wiki/**")], "“/wiki/**” matched no page in the last 12 months."),
        ([SHOP, ("Store", "/shop/**")], "“/shop/**” is already listed under “Shop”, which comes first."),
        ([SALE, SHOP, ("Old", "/old")], ""),
    ],
)
def test_a_rule_that_decides_nothing_says_why(
    signed_in_client: FlaskClient, site: Site, visited: None, rows: list[tuple[str, str]], said: str
) -> None:
    """After saving as well: what never matches stays marked."""
    before = press(signed_in_client, "preview", *rows)
    press(signed_in_client, "save", *rows)
    for answer in (before, signed_in_client.get(SECTIONS)):
        notes = re.findall(r'<span class="hint warn">([^<]*)<', answer.text)
        assert notes == ([said] if said else [])


# --- people --------------------------------------------------------------------------------------------


def test_nobodys_part_goes_or_grows_without_being_told_first(
    signed_in_client: FlaskClient, control: ControlStore, site: Site, visited: None
) -> None:
    """Access names a section: renamed, it shows nothing, and Save asks once more with that said; never does it widen."""
    press(signed_in_client, "save", SHOP)
    control.people.invite("grace@example.org", VIEWER, {site.id: ("Shop",)})
    gone = "grace@example.org would no longer see anything of: Shop."
    answer = press(signed_in_client, "save", ("Store", "/shop/**"))
    assert (answer.status_code, gone in text_of(answer), "Save anyway" in text_of(answer)) == (200, True, True)
    assert [rule.name for rule in control.sections.all(site)] == ["Shop"]
    more = press(signed_in_client, "save", ("Shop", "/shop/**\n/blog/**"), told=(gone,))
    assert "grace@example.org would see 1 more page." in text_of(more)
    assert press(signed_in_client, "save", ("Store", "/shop/**"), told=(gone,)).status_code == 303
    assert [rule.name for rule in control.sections.all(site)] == ["Store"]


def test_a_shared_link_of_a_section_is_told_of_as_well(
    signed_in_client: FlaskClient, control: ControlStore, site: Site, visited: None
) -> None:
    control.shared_links.put(site, SharedLink(name="Agency", sections=("/shop",)), by="ada@example.org")
    page = text_of(press(signed_in_client, "preview", SALE))
    assert "The shared link “Agency” would see 1 page fewer." in page
