"""The headline figures, and what they are while the reader looks at a goal or an event (D48, D36)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from analytics.site import Goal, Site
from analytics.web.services import Services
from tests.web.page import Page
from tests.web.visits import TODAY, Visits

Browse = Callable[..., Page]
SIGNUP = Goal(id=0, name="Sign-up", kind="event", event_name="Signup")
READ = Goal(id=0, name="Read about us", kind="scroll", page_path="/about", scroll_threshold=50)
USUAL = ["visitors", "visits", "pageviews", "views_per_visit", "bounce_rate", "visit_duration"]
CONVERTED = ["visitors", "events", "conversion_rate"]


@pytest.fixture(autouse=True)
def site_with_goals(services: Services, site: Site) -> None:
    """Ten visitors today, of whom two sign up, one of them twice; the day before one of four."""
    for goal in (SIGNUP, READ):
        services.control.goals.add(site, goal, by="owner@example.org")
    visits = Visits(services, site)
    visits.add("/", times=8, source="Google")
    visits.add("/join", name="Signup", source="Google")
    visits.add("/join", "/join", name="Signup", source="Bing")
    visits.add("/", times=3, day=TODAY - timedelta(days=1))
    visits.add("/join", name="Signup", day=TODAY - timedelta(days=1))


def metrics(page: Page) -> list[str]:
    """What the headline shows, in order."""
    return [found["data-metric"] for _tag, found in page.elements if "data-metric" in found]


def days(page: Page) -> list[list[str]]:
    """The rows that begin with a day, the chart's before others, without notes."""
    return [row[:-1] for row in page.rows if row[0].endswith("2026")]


def headline(page: Page) -> str:
    """Its words."""
    text = page.text
    return text[text.index("At a glance"):text.index("over time. The same figures")]  # fmt: skip


@pytest.mark.parametrize("which", ["is,event:goal,Sign-up", "contains,event:goal,Sign", "is,event:name,Signup"])
def test_under_a_goal_the_headline_says_who_how_often_and_what_share(browse: Browse, which: str) -> None:
    """Two of ten visitors, three times; the day before one of four. An event needs not be a goal for that."""
    page = browse(f"?f={which}")
    assert metrics(page) == CONVERTED
    told = headline(page)
    for label, figure, change, was in (
        ("Unique conversions", "2", "+100%", "was 1"), ("Total conversions", "3", "+200%", "was 1"),
        ("Conversion, all visitors", "20%", "-5 pp", "was 25%"),
    ):
        at = told.index(label)
        words = told[at:].replace("\N{MINUS SIGN}", "-")
        assert words.index(figure) < words.index(change) < words.index(was), (label, words)


def test_each_of_them_has_its_definition(browse: Browse) -> None:
    """D36: what is counted stands beside it, in words of conversions."""
    page = browse("?f=is,event:goal,Sign-up")
    assert "Visitors who did what the filter names" in page.text
    assert "How often visitors did what the filter names, including repeats." in page.text
    assert "Percentage of all visitors in the query who completed the goal." in page.text


@pytest.mark.parametrize(
    "query", ["", "?f=is_not,event:goal,Sign-up", "?f=has_done,event:goal,Sign-up", "?f=is,event:name,pageview", "?f=is,visit:source,Google"]
)
def test_without_a_goal_the_headline_is_the_usual_one(browse: Browse, query: str) -> None:
    """Who has not reached a goal, and visits in which somebody did, are looked at as visits."""
    assert metrics(browse(query)) == USUAL


def test_over_several_days_the_words_are_of_daily_visitors(browse: Browse) -> None:
    """D37: visitors of days that are added up."""
    told = headline(browse("?period=7d&f=is,event:goal,Sign-up"))
    assert "Daily unique conversions" in told
    assert "Conversion, all daily visitors" in told


def test_the_chart_draws_the_rate_of_each_day(browse: Browse) -> None:
    """Of the visitors of that day, not of all days; without a goal there is no rate, and visitors are drawn."""
    both = "period=custom&from=2026-09-20&to=2026-09-21&interval=day"
    page = browse(f"?{both}&f=is,event:goal,Sign-up&metric=conversion_rate")
    assert ["Sun 20 Sep 2026", "25%"] in [row[:2] for row in page.rows]
    assert ["Mon 21 Sep 2026", "20%"] in [row[:2] for row in page.rows]
    page = browse(f"?{both}&metric=conversion_rate")
    assert "cannot be used with this panel" not in page.text
    assert ["Sun 20 Sep 2026", "4"] in [row[:2] for row in page.rows]


def test_a_day_on_which_nobody_did_it_has_a_rate_of_nothing_and_one_without_visitors_none(
    browse: Browse, services: Services, site: Site
) -> None:
    """Of the time that is compared with, too."""
    Visits(services, site).add("/", day=TODAY - timedelta(days=2))
    rate = "f=is,event:goal,Sign-up&metric=conversion_rate&interval=day"
    page = browse(f"?period=custom&from=2026-09-18&to=2026-09-21&{rate}")
    assert days(page)[:4] == [
        ["Fri 18 Sep 2026", ""], ["Sat 19 Sep 2026", "0%"], ["Sun 20 Sep 2026", "25%"], ["Mon 21 Sep 2026", "20%"],
    ]  # fmt: skip
    page = browse(f"?period=custom&from=2026-09-20&to=2026-09-21&{rate}&compare=previous_period")
    assert days(page)[:2] == [["Sun 20 Sep 2026", "25%", ""], ["Mon 21 Sep 2026", "20%", "0%"]]
    later = "compare=custom&against_from=2026-09-20&against_to=2026-09-21"
    page = browse(f"?period=custom&from=2026-09-18&to=2026-09-19&{rate}&{later}")
    assert days(page)[:2] == [["Fri 18 Sep 2026", "", "25%"], ["Sat 19 Sep 2026", "0%", "20%"]]


def test_the_course_of_a_rate_falls_to_nothing_where_nobody_did_it(browse: Browse) -> None:
    """An hour without a conversion is no gap in it."""
    page = browse("?period=1d&f=is,event:goal,Sign-up")
    courses = [found["aria-label"] for tag, found in page.elements if tag == "svg" and found.get("class") == "course"]
    assert courses == ["Lowest 0, highest 1", "Lowest 0, highest 1", "Lowest 0%, highest 25%"]


def test_reading_is_no_event_to_be_counted(browse: Browse, services: Services, site: Site) -> None:
    """A goal of scrolling has visitors and a rate alone."""
    Visits(services, site).add("/about", name="engagement", engaged=9000, scroll=80)
    assert metrics(browse("?f=is,event:goal,Read about us")) == ["visitors", "conversion_rate"]


def test_the_hours_of_the_week_count_what_was_done(browse: Browse) -> None:
    """Page views of a goal's events would be none: three conversions on Monday at ten, in Berlin."""
    page = browse("?show=hours&f=is,event:goal,Sign-up")
    monday = next(row for row in page.rows if row[:1] == ["Mon"] and len(row) == 25)
    assert monday[1 + 10] == "3"
    assert "Total conversions by weekday and hour" in page.text


def test_lists_say_how_many_of_a_rows_visitors_did_it(browse: Browse) -> None:
    """D48: of a goal as of an event: bounces of whole visits say nothing of either."""
    for which in ("is,event:goal,Sign-up", "is,event:name,Signup"):
        page = browse(f"?panel=sources&f={which}")
        assert page.rows[0] == ["Source", "Unique conversions", "Conversion, visitors in the row"]
        assert {tuple(row[1:]) for row in page.rows[1:]} == {("1", "11%"), ("1", "100%")}
