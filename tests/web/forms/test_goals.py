"""The panels about what visitors do (D48): goals, properties, revenue, and what the script counts when it is told to."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from analytics.site import Goal, Site
from analytics.web.forms.revenue import BY
from analytics.web.services import Services
from tests.web.page import Page, told
from tests.web.visits import TODAY, Visits

Browse = Callable[..., Page]
SALES = Goal(id=0, name="Sales", kind="event", event_name="Order", currency="EUR")
SIGNUP = Goal(id=0, name="Sign-up", kind="event", event_name="Signup")


# --- goals -----------------------------------------------------------------------------------------------


def test_goals_say_visitors_events_conversion_and_money(browse: Browse, services: Services, site: Site, visits: Visits) -> None:
    """For history at once; a goal without a currency has no revenue, which is not a revenue of nothing."""
    visits.add("/", times=2)
    visits.add("/", name="Signup")
    visits.add("/", name="Order", revenue="10", currency="EUR", times=2)
    visits.add("/", name="Order", revenue="1.5", currency="EUR")
    services.control.goals.add(site, SIGNUP)
    assert told(browse(), "Goal") == [["Sign-up", "1", "1", "17%"]]
    services.control.goals.add(site, SALES)
    assert told(browse(), "Goal") == [["Sales", "3", "3", "50%", "€21.50", "€7.17"], ["Sign-up", "1", "1", "17%", "–", "–"]]


def test_a_filter_by_a_goal_turns_tables_into_conversion_rates(browse: Browse, services: Services, site: Site, visits: Visits) -> None:
    """Of the visitors in the same row; a click on the goal is that filter. Tables of events stay as they are."""
    services.control.goals.add(site, SIGNUP)
    visits.add("/", name="Signup", source="Google")
    visits.add("/", source="Google", times=3)
    visits.add("/", source="Bing")
    assert "/example.org?f=is,event:goal,Sign-up" in list(browse().links())
    page = browse("?f=is,event:goal,Sign-up")
    assert ["Source", "Unique conversions", "Conversion, visitors in the row"] in page.rows
    assert told(page, "Section")[0] == ["/", "1", "20%"]
    assert told(page, "Source")[0] == ["Google", "1", "25%"]
    assert told(page, "Event")[0] == ["Signup", "1", "1"]


# --- properties ------------------------------------------------------------------------------------------


def test_properties_lists_names_and_the_values_of_the_chosen_one(browse: Browse, visits: Visits) -> None:
    """The name that most events carry first; the choice is in the address."""
    visits.add("/", name="Signup", props={"plan": "pro", "method": "mail"})
    visits.add("/", name="Signup", props={"plan": "free"}, times=2)
    visits.add("/", name="404", props={"from": "https://other.example/"})
    page = browse("?show=properties")
    assert told(page, "plan") == [["free", "2", "2"], ["pro", "1", "1"]]
    assert "/example.org?show=properties&choose=properties,method" in list(page.links())
    assert "/example.org?show=properties&choose=properties,from" not in list(page.links())
    assert told(browse("?show=properties&choose=properties,method"), "method") == [["mail", "1", "1"]]
    assert "/example.org?f=is,event:props:plan,pro&show=properties" in list(page.links())


# --- revenue ---------------------------------------------------------------------------------------------


def test_revenue_over_time_and_by_what_was_chosen(browse: Browse, services: Services, site: Site, visits: Visits) -> None:
    """What was paid in another currency than the goal's is left out, and that is said."""
    services.control.goals.add(site, SALES)
    visits.add("/", name="Order", revenue="10", currency="EUR", source="Google")
    visits.add("/", name="Order", revenue="20", currency="EUR", source="Bing", day=TODAY - timedelta(days=1))
    visits.add("/", name="Order", revenue="99", currency="USD", source="Bing")
    page = browse("?period=month&show=revenue")
    assert told(page, "Day", "Revenue") == [["Mon 21 Sep 2026", "€10.00", "€10.00", "2"], ["Sun 20 Sep 2026", "€20.00", "€20.00", "1"]]
    assert "1 event is not included, because its currency differs from the goal’s." in page.text
    assert "€30.00" in page.text
    by_source = told(browse("?period=month&show=revenue&choose=revenue,visit:source"), "Source")
    assert ["Bing", "€20.00", "€20.00", "2"] in by_source


@pytest.mark.parametrize("by", BY)
def test_revenue_is_answered_by_all_that_is_offered(browse: Browse, services: Services, site: Site, visits: Visits, by: str) -> None:
    services.control.goals.add(site, SALES)
    visits.add("/", name="Order", revenue="10", currency="EUR")
    page = browse(f"?period=28d&date=2026-09-21&show=revenue&choose=revenue,{by}")
    assert "cannot be used" not in page.text
    assert ["€10.00", "€10.00", "1"] in [row[1:] for row in page.rows]


def test_each_currency_by_itself(browse: Browse, services: Services, site: Site, visits: Visits) -> None:
    """There are no rates of exchange here; an unknown choice is the first."""
    services.control.goals.add(site, SALES)
    services.control.goals.add(site, Goal(id=0, name="Fees", kind="event", event_name="Fee", currency="USD"))
    visits.add("/", name="Order", revenue="10", currency="EUR")
    visits.add("/", name="Fee", revenue="7", currency="USD")
    assert told(browse("?show=revenue&choose=revenue,event:goal&choose=currency,QQQ"), "Goal")[-1][:2] == ["Sales", "€10.00"]
    assert told(browse("?show=revenue&choose=revenue,event:goal&choose=currency,USD"), "Goal")[-1][:2] == ["Fees", "$7.00"]


# --- what the script counts when it is told to -----------------------------------------------------------


def test_links_files_forms_and_missing_pages_have_their_panels(browse: Browse, visits: Visits) -> None:
    """Whole addresses are links of their own; no other kind is."""
    visits.add("/", name="Outbound Link: Click", props={"url": "https://other.example/a?b=c"})
    visits.add("/", name="Outbound Link: Click", props={"url": "javascript:alert(1)"})
    visits.add("/", name="File Download", props={"url": "https://example.org/chart.pdf"})
    visits.add("/contact", name="Form: Submission", props={"path": "/contact"})
    visits.add("/gone", name="404", props={"path": "/gone", "from": "https://other.example/list"})
    visits.add("/", click_id="gclid")
    links = list(browse("?show=outbound").links())
    assert "https://other.example/a?b=c" in links
    assert not any(link.startswith("javascript") for link in links)
    assert told(browse("?show=downloads"), "url")[0] == ["https://example.org/chart.pdf", "1", "1"]
    assert told(browse("?show=forms"), "Page")[0] == ["/contact", "1", "1"]
    assert any(row[0].startswith("/gone") and row[2:] == ["1", "1"] for row in browse("?show=missing").rows if row)
    assert told(browse("?show=click-ids"), "Click ID") == [["gclid", "1", "100%"]]
