"""The help sheet of the dashboard's keys."""

from collections.abc import Callable

from flask.testing import FlaskClient

from analytics.site import Site
from analytics.web.dashboards.shortcuts import SHORTCUTS
from tests.web.page import Page, Visit


def pressed(page: Page) -> set[str]:
    return {name for _, each in page.elements for name in each.get("data-shortcut", "").split()}


def test_the_sheet_has_a_row_for_each_key(browse: Callable[..., Page]) -> None:
    """As the table has them; no key twice, and all of them single ones without Shift but the question mark."""
    rows = [(each["data-keys"], each["data-press"]) for _, each in browse().elements if "data-keys" in each]
    assert rows == [(" ".join(each.keys), each.presses) for each in SHORTCUTS]
    keys = [key for each in SHORTCUTS for key in each.keys]
    assert len(keys) == len(set(keys))


def test_every_key_presses_something(browse: Callable[..., Page], visit: Visit) -> None:
    """On one of the dashboard's states; where there is nothing to press, nothing happens."""
    visit("/", source="Google")
    states = ("?date=2026-09-18", "?f=is,visit:source,Google&panel=pages", "?compare=off&f=is,visit:source,a&f=is,event:page,b")
    there = [pressed(browse(state)) for state in states]
    assert set.union(*there) >= {each.presses for each in SHORTCUTS}
    assert {"filter", "compare", "realtime", "help", "earlier"} <= set.intersection(*there)


def test_realtime_has_the_way_back(signed_in_client: FlaskClient, site: Site) -> None:
    """By the same key."""
    page = Page(signed_in_client.get(f"/{site.domain}/realtime").text)
    (link,) = [each["href"] for tag, each in page.elements if tag == "a" and each.get("data-shortcut") == "realtime"]
    assert link == "/example.org?"
