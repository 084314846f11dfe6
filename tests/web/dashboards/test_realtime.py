"""Last 30 minutes, minute by minute."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from analytics.site import Site
from analytics.web.dashboards.realtime import half_hour
from analytics.web.question.selection import Selection
from tests.web.page import Page, Visit

ADDRESS = "/example.org/realtime"


def opened(client: FlaskClient, query: str = "") -> Page:
    answer = client.get(f"{ADDRESS}{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return Page(answer.text)


def terms(page: Page) -> list[str]:
    return [row[0] for row in page.rows]


def test_thirty_minutes_with_who_is_here(signed_in_client: FlaskClient, site: Site, visit: Visit) -> None:
    """It is 16:13 in Berlin, 14:13 UTC; rows are stored in UTC."""
    visit("/now", source="Google", country="DE", at="14:12")
    visit("/earlier", source="Bing", country="AT", at="13:44")
    visit("/before", at="13:43")
    page = opened(signed_in_client)
    minutes = {row[0]: row[1] for row in page.rows if len(row) == 2 and ":" in row[0]}
    assert (len(minutes), next(iter(minutes)), list(minutes)[-1]) == (30, "15:44", "16:13")
    assert {minute for minute, visitors in minutes.items() if visitors == "1"} == {"15:44", "16:12"}
    assert "Onthesitenow1" in page.text.replace(" ", "")
    rows = [row[0].split(" ")[0] for row in page.rows]
    assert {"/now", "/earlier", "Google", "Bing", "Germany", "Austria"} <= set(rows)
    assert "/before" not in rows


def test_events_that_come_in_are_listed(signed_in_client: FlaskClient, site: Site, visit: Visit) -> None:
    """Those that are no page views."""
    visit("/", at="14:10")
    visit("/", at="14:11", name="Signup")
    assert "Signup" in [row[0].split(" ")[0] for row in opened(signed_in_client).rows]


def test_filters_hold_and_rows_filter(signed_in_client: FlaskClient, site: Site, visit: Visit) -> None:
    """The page's address is its path and the filters; full lists are those of the dashboard."""
    visit("/a", source="Google", at="14:12")
    visit("/b", source="Bing", at="14:12")
    page = opened(signed_in_client, "?f=is,visit:source,Google")
    rows = [row[0].split(" ")[0] for row in page.rows]
    assert "/a" in rows
    assert "/b" not in rows
    assert "Source is Google" in page.text
    assert {ADDRESS, f"{ADDRESS}?f=is,visit:source,Google&f=is,event:page,/a"} <= set(page.links())
    assert "/example.org?f=is,visit:source,Google" in list(page.links())
    assert f"{ADDRESS}?f=is,visit:source,Google" in [each.get("hx-get") for _, each in page.elements]


def test_what_is_wrong_with_a_filter_is_told(signed_in_client: FlaskClient, site: Site) -> None:
    """And the page stands."""
    assert "is not used" in opened(signed_in_client, "?f=is,segment,9").text


def test_it_refreshes_itself_without_scripts_too(signed_in_client: FlaskClient, site: Site) -> None:
    """With scripts by them alone: they stop when nobody looks, and can be paused."""
    html = signed_in_client.get(ADDRESS).text
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in html
    assert html.count("http-equiv") == 1
    assert 'data-seconds="10"' in html


def test_the_dashboard_leads_there(browse: Callable[..., Page]) -> None:
    """With its filters, from who is here now."""
    assert f"{ADDRESS}?f=is,visit:source,Google" in list(browse("?period=7d&f=is,visit:source,Google").links())


@pytest.mark.parametrize("path", ['/"><img src=x onerror=alert(1)>', "/<script>alert(1)</script>", "javascript:alert(1)"])
def test_hostile_values_are_text(signed_in_client: FlaskClient, site: Site, visit: Visit, path: str) -> None:
    """T20: pages, sources, events."""
    visit(path, source=path, at="14:12", name=path[:60])
    page = opened(signed_in_client)
    assert path in page.text
    assert not any(each.get("onerror") for _, each in page.elements)


def test_nobody_else_sees_it(client: FlaskClient, site: Site) -> None:
    """Strangers are asked to sign in."""
    assert client.get(ADDRESS).status_code == 303


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-09-21T16:13:20+02:00", "2026-09-21T15:44", "2026-09-21T16:14"),
        ("2026-09-21T00:05:59+02:00", "2026-09-21T00:00", "2026-09-21T00:06"),
        ("2026-03-29T03:10:00+02:00", "2026-03-29T01:41", "2026-03-29T03:11"),
        ("2026-10-25T02:10:00+01:00", "2026-10-25T02:41:00+02:00", "2026-10-25T02:11:00+01:00"),
    ],
)
def test_the_half_hour_of_a_clock(now: str, start: str, end: str) -> None:
    """Today's minutes alone; where the clock jumps, half an hour all the same (T14)."""
    found = half_hour(Selection(), datetime.fromisoformat(now).astimezone(ZoneInfo("Europe/Berlin")))
    assert (found.start, found.end) == (datetime.fromisoformat(start), datetime.fromisoformat(end))
