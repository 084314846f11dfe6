"""The dashboard's time: periods, what they are compared with, the chart's buckets and the ways into them."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from itertools import product, takewhile

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace

from analytics.site import Site
from analytics.web.services import Services
from tests.web.conftest import Watch
from tests.web.page import TODAY, Page
from tests.web.visits import Visits

Browse = Callable[..., Page]


@pytest.fixture
def browse(signed_in_client: FlaskClient, site: Site) -> Browse:
    """Opens the dashboard with these parameters."""

    def browse(query: str = "", status: int = 200) -> Page:
        answer = signed_in_client.get(f"/{site.domain}{query}")
        assert answer.status_code == status, answer.text
        return Page(answer.text)

    return browse


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def course(page: Page) -> list[list[str]]:
    """The table beside the chart, without its head and the column of notes."""
    start = next(place for place, row in enumerate(page.rows) if row[:1] == ["Time"]) + 1
    return [row[:-1] for row in takewhile(lambda row: row[-1].endswith("+"), page.rows[start:])]


def headline(html: str) -> tuple[str, str]:
    """What the first figure says, and what it was before."""
    figure = html[html.index('data-metric="visitors"') :]
    now = re.search(r">([^<]*)</span>", figure)
    before = re.search(r"<span>was ([^<]*)</span>", figure[: figure.index("</li>")])
    return (now[1] if now else ""), (before[1] if before else "")


# --- periods ---------------------------------------------------------------------------------------------


def test_the_menu_has_every_period(browse: Browse) -> None:
    """Each by its word, which stays the present when the link is opened another day."""
    links = set(browse("?period=7d").links())
    for period in ("1d", "24h", "28d", "30d", "91d", "week", "month", "1mo", "year", "12mo", "all"):
        assert f"/example.org?period={period}" in links
    assert "/example.org?" in links


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("?period=1d", "Sun 20 Sep 2026"),
        ("?period=24h", "Sun 20 Sep 2026, 16:00 – Mon 21 Sep 2026, 16:13"),
        ("?period=week", "21 – 27 Sep 2026"),
        ("?period=1mo", "1 – 31 Aug 2026"),
        ("?period=year", "1 Jan – 31 Dec 2026"),
        ("?period=hours&from=2026-09-21T09:00&to=2026-09-21T12:00", "Mon 21 Sep 2026, 09:00 – 12:00"),
        ("?period=hours&from=2026-09-20T22:00&to=2026-09-21T02:00", "Sun 20 Sep 2026, 22:00 – Mon 21 Sep 2026, 02:00"),
    ],
)
def test_every_period_says_what_it_shows(browse: Browse, visits: Visits, query: str, title: str) -> None:
    visits.add("/", day=ago(400))
    assert title in browse(query).text


def test_d39_this_week_begins_on_the_day_the_site_has_chosen(browse: Browse, services: Services, site: Site) -> None:
    services.control.sites.change(replace(site, settings=replace(site.settings, week_start="sunday")))
    assert "20 – 26 Sep 2026" in browse("?period=week").text


def test_figures_of_some_hours_are_those_of_the_hours(browse: Browse, visits: Visits, signed_in_client: FlaskClient) -> None:
    """In Berlin, where it is two hours later."""
    visits.add("/early", at="06:59")
    visits.add("/", at="07:00", times=2)
    visits.add("/late", at="10:00")
    html = signed_in_client.get("/example.org?period=hours&from=2026-09-21T09:00&to=2026-09-21T12:00").text
    assert headline(html)[0] == "2"


# --- comparison ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "now", "before", "title"),
    [
        ("", "1", "2", "compared with Sun 20 Sep 2026, until 16:00"),
        ("?weekdays=match", "1", "4", "compared with Mon 14 Sep 2026, until 16:00"),
        ("?compare=year", "1", "8", "compared with Sun 21 Sep 2025, until 16:00"),
        ("?compare=year&weekdays=match", "1", "16", "compared with Mon 22 Sep 2025, until 16:00"),
        ("?compare=custom&against_from=2026-09-10", "1", "5", "compared with Thu 10 Sep 2026, until 16:00"),
        ("?compare=off", "1", "", "Mon 21 Sep 2026"),
        ("?period=week", "1", "4", "compared with Mon 14 Sep 2026, until 16:00"),
        ("?period=hours&from=2026-09-21T10:00&to=2026-09-21T12:00", "1", "2", "compared with Sun 20 Sep 2026, 10:00 – 12:00"),
    ],
)
def test_t18_switching_the_baseline_updates_every_number(
    signed_in_client: FlaskClient, browse: Browse, visits: Visits, query: str, now: str, before: str, title: str
) -> None:
    """D40: the headline, the chart's second line and the words follow the mode. Who came later in the day than it is now
    is no part of what today is compared with."""
    visits.add("/", at="08:00")
    with visits.together():
        for day, times in ((ago(1), 2), (ago(7), 4), (date(2025, 9, 21), 8), (date(2025, 9, 22), 16), (date(2026, 9, 10), 5)):
            visits.add("/", day=day, at="08:00", times=times)
            visits.add("/", day=day, at="20:00")
    html = signed_in_client.get(f"/example.org{query}").text
    page = Page(html)
    assert title in page.text
    assert headline(html) == (now, before)
    if before:
        assert sum(int(row[2] or 0) for row in course(page)) == int(before)
    else:
        assert all(len(row) == 2 for row in course(page))


@pytest.mark.parametrize("minutes", [7, 553, 973, 1439])
def test_t18_equal_days_show_no_change(signed_in_client: FlaskClient, visits: Visits, clock: Watch, minutes: int) -> None:
    """At any minute of the day, whatever it is compared with: yesterday, a week before, or the week before."""
    clock.now += 60 * (minutes - 973) - 20
    for back in (0, 1, 7):
        with visits.together():
            for at in range(180, minutes + 1 if back == 0 else 1440, 360):
                visits.add("/", day=ago(back), at=f"{(at - 120) // 60:02}:{at % 60:02}")  # Berlin is two hours ahead
    for query in ("", "?weekdays=match", "?period=week"):
        html = signed_in_client.get(f"/example.org{query}").text
        assert 'data-metric="visitors"' in html
        told = {("same", "±0%"), ("same", "±0 pp")} if minutes > 180 else set()  # until then nobody has come
        assert set(re.findall(r'class="change (\w+) \w+">([^<]*)', html)) == told, query


def test_t18_days_that_are_more_are_said_to_be_more(browse: Browse, visits: Visits) -> None:
    """They are compared as they were asked for."""
    visits.add("/")
    page = browse("?compare=custom&against_from=2026-09-09&against_to=2026-09-10")
    assert "compared with 9 – 10 Sep 2026" in page.text
    assert "different number of days" in page.text
    assert "different number of days" not in browse("?compare=custom&against_from=2026-09-09").text


def test_days_to_compare_with_are_chosen_in_a_form_without_javascript(browse: Browse) -> None:
    """It sends the page's other state along."""
    page = browse("?period=7d&metric=pageviews")
    fields = [attributes for tag, attributes in page.elements if tag == "input"]
    names = [each.get("name") for each in fields]
    assert {"against_from", "against_to"} <= set(names)
    hidden = [(each["name"], each["value"]) for each in fields if each.get("type") == "hidden" and each["name"] == "compare"]
    assert ("compare", "custom") in hidden


def test_comparing_with_nothing_known_is_told(browse: Browse) -> None:
    assert "Choose the first of the days to compare with." in browse("?compare=custom").text


# --- buckets ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [
        ("?period=7d", "Mon 14 Sep 2026", 7),
        ("?period=7d&interval=hour", "Mon 14 Sep 2026, 00:00", 168),
        ("?period=91d", "22 – 28 Jun 2026", 13),
        ("?period=91d&interval=day", "Mon 22 Jun 2026", 91),
        ("?period=91d&interval=month", "22 – 30 Jun 2026 (part of a month)", 4),
        ("?period=30d&interval=week", "22 – 23 Aug 2026 (part of a week)", 5),
        ("?period=24h&interval=day", "Sun 20 Sep 2026, 16:00", 25),
        (
            "?period=hours&from=2026-09-18T12:00&to=2026-09-20T18:00&interval=day",
            "Fri 18 Sep 2026 (part of a day)", 3,
        ),
        ("?period=7d&interval=minute", "Mon 14 Sep 2026", 7),
        ("?period=hours&from=2026-09-21T09:00&to=2026-09-21T10:00", "Mon 21 Sep 2026, 09:00", 60),
        ("?period=hours&from=2026-09-21T09:00&to=2026-09-21T12:00", "Mon 21 Sep 2026, 09:00", 3),
        ("?period=hours&from=2026-09-21T09:00&to=2026-09-21T12:00&interval=minute", "Mon 21 Sep 2026, 09:00", 180),
    ],
)  # fmt: skip
def test_the_interval_is_the_readers_where_it_makes_sense(browse: Browse, visits: Visits, query: str, first: str, count: int) -> None:
    """A cut day, week or month says so."""
    visits.add("/", day=ago(100))
    rows = course(browse(query))
    assert len(rows) == count
    assert rows[0][0] in (first, f"Week of {first}", "Week of Mon 22 Jun 2026")


@pytest.mark.parametrize("interval", ["hour", "day", "week", "month"])
def test_t14_t16_the_buckets_add_up_to_the_headline(
    signed_in_client: FlaskClient, visits: Visits, interval: str
) -> None:
    """Over the end of summer time, which has an hour twice: page views are counted once, whatever they are cut into."""
    with visits.together():
        for day, at in product((date(2025, 10, 25), date(2025, 10, 26), date(2025, 10, 27)), ("00:30", "01:30", "02:30", "21:59")):
            visits.add("/", day=day, at=at)
    first = "2025-10-20" if interval == "hour" else "2025-08-20"
    query = f"?period=custom&from={first}&to=2025-10-28&metric=pageviews&interval={interval}&compare=off"
    html = signed_in_client.get(f"/example.org{query}").text
    found = html[html.index('data-metric="pageviews"') :]
    assert found[found.index(">") + 1 :].startswith("12<")
    assert sum(int(row[1]) for row in course(Page(html))) == 12


def test_few_buckets_are_bars_and_many_a_line_unless_chosen(browse: Browse, visits: Visits) -> None:
    """As suits the number of buckets, or as the reader likes; the bucket that still rises is drawn apart."""
    visits.add("/", day=ago(1))
    visits.add("/")

    def classes(query: str) -> set[str]:
        return {attributes.get("class", "") for tag, attributes in browse(query).elements if tag in ("rect", "path")}

    assert {"bar", "bar running"} <= classes("?interval=hour") | classes("?period=week")
    assert "line" in classes("?draw=line&period=month")
    assert "line running" in classes("?draw=line&period=month")
    assert not any("bar" in name for name in classes("?draw=line"))
    assert "line" not in classes("?draw=bars&period=28d")


@pytest.mark.parametrize(
    ("query", "link"),
    [
        ("", "/example.org?period=hours&from=2026-09-21T10:00&to=2026-09-21T11:00"),
        ("?period=7d", "/example.org?date=2026-09-20"),
        ("?period=28d&metric=pageviews", "/example.org?date=2026-09-20&metric=pageviews"),
        ("?period=91d", "/example.org?period=week&date=2026-09-20"),
        ("?period=12mo&interval=month", "/example.org?period=month&date=2026-08-31"),
        ("?period=week", "/example.org?"),
    ],
)
def test_each_bucket_is_a_link_into_itself(browse: Browse, visits: Visits, query: str, link: str) -> None:
    """In the picture and in the table, so that nothing needs JavaScript."""
    visits.add("/")
    visits.add("/", day=ago(1))
    visits.add("/", day=date(2026, 8, 31))
    page = browse(query)
    bands = [attributes["href"] for tag, attributes in page.elements if tag == "a" and attributes.get("class") == "band"]
    assert link in bands
    assert list(page.links()).count(link) >= 2


def test_an_hour_that_comes_twice_has_two_links(browse: Browse, visits: Visits) -> None:
    """T14: the second two o'clock shows itself, not the first."""
    visits.add("/", day=date(2025, 10, 26), at="00:30")
    visits.add("/", day=date(2025, 10, 26), at="01:30", times=2)
    page = browse("?date=2025-10-26")
    links = [link for link in page.links() if "T02:00" in link and "from=2025-10-26T02" in link]
    assert len(set(links)) == 2
    counts = [len([row for row in course(browse(link.removeprefix("/example.org"))) if row[1] != "0"]) for link in sorted(set(links))]
    assert counts == [1, 1]


def test_hours_to_come_lead_nowhere(browse: Browse, visits: Visits) -> None:
    visits.add("/")
    assert not [link for link in browse().links() if "from=2026-09-21T17" in link]


def test_zooming_out_is_a_link(browse: Browse, visits: Visits) -> None:
    visits.add("/")
    assert "/example.org?period=month" in list(browse("?date=2026-09-20").links())


# --- figures ---------------------------------------------------------------------------------------------


def test_a_figure_has_its_course_and_says_it_in_words(signed_in_client: FlaskClient, visits: Visits) -> None:
    """Today's last hour, which still rises, is not in it."""
    for back, times in ((7, 3), (4, 1), (1, 5)):
        visits.add("/", day=ago(back), times=times)
    html = signed_in_client.get("/example.org?period=7d").text
    courses = re.findall(r'<svg class="course"[^>]*aria-label="([^"]*)"', html)
    assert unescape(courses[0]) == "Lowest 0, highest 5"
    assert len(courses) == 3, "what is known of three days apart from each other is no course"
