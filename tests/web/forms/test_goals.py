"""The panels about what visitors do (D48): goals, properties, revenue, Core Web Vitals, and what stands in their places where
there is nothing to show yet."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from analytics.boards.reading import Dashboard
from analytics.needs import NEEDS
from analytics.panels import Panel
from analytics.site import Funnel, Goal, Site
from analytics.web.accounts.viewer import OWNER, Viewer
from analytics.web.dashboards.asking import asking, shelf
from analytics.web.dashboards.board import made
from analytics.web.dashboards.readiness import OFFERS, Readiness
from analytics.web.forms.revenue import BY
from analytics.web.forms.vitals import ALL, percentile, rated
from analytics.web.question.selection import Selection
from analytics.web.services import Services
from tests.web.page import Page
from tests.web.visits import TODAY, Visits

Browse = Callable[..., Page]
SALES = Goal(id=0, name="Sales", kind="event", event_name="Order", currency="EUR")
SIGNUP = Goal(id=0, name="Sign-up", kind="event", event_name="Signup")


@pytest.fixture
def visits(services: Services, site: Site) -> Visits:
    return Visits(services, site)


@pytest.fixture(autouse=True)
def in_a_request(app: Flask) -> Iterator[None]:
    """``asking`` finds the services of the app that handles the request."""
    with app.test_request_context():
        yield


def told(page: Page, head: str, then: str = "") -> list[list[str]]:
    """The rows of the last table whose columns are called so, without the links behind each value."""
    start = max(number for number, row in enumerate(page.rows) if row[:1] == [head] and then in ("", *row)) + 1
    rest, heads = page.rows[start:], {"Visitors", "Unique conversions", "Events", "Dropped"}
    end = next((number for number, row in enumerate(rest) if len(row) != len(page.rows[start - 1]) or heads & {*row}), len(rest))
    plain = [[cell.replace("\N{NARROW NO-BREAK SPACE}", " ") for cell in row] for row in rest[:end]]
    return [[re.sub(r" ?(open|exclude) .*", "", row[0]), *row[1:]] for row in plain]


# --- what is not there yet -------------------------------------------------------------------------------


def test_every_need_has_an_offer_of_its_own() -> None:
    assert set(OFFERS) == set(NEEDS)
    assert len({offer.text for offer in OFFERS.values()}) == len(OFFERS)


def test_an_owner_is_told_what_a_panel_would_show_and_where_it_is_set_up(browse: Browse) -> None:
    """In one sentence, in each tab."""
    for name, (words, link) in {
        "goals": ("how many did it, and what share of all visitors that is", "/sites/example.org/goals"),
        "revenue": ("Revenue over time", "/sites/example.org/goals"),
        "properties": ("Details that your events carry", "/sites/example.org/properties"),
        "outbound": ("The links to other sites that visitors follow", "/sites/example.org/settings#beacon"),
        "missing": ("where the broken links are", "/sites/example.org/settings#beacon"),
        "vitals": ("How fast your pages are", "/sites/example.org/settings#beacon"),
    }.items():
        page = browse(f"?show={name}")
        assert words in page.text, name
        assert link in list(page.links()), name


@pytest.mark.parametrize(
    ("need", "before", "after"),
    [
        ("goals", None, SIGNUP),
        ("revenue", SIGNUP, SALES),
        ("funnels", None, Funnel(name="Way", steps=(["is", "event:page", ["/"]],) * 2)),
    ],
)
def test_what_is_set_up_meets_a_need(
    services: Services, site: Site, need: str, before: Goal | None, after: Goal | Funnel
) -> None:
    panel = Panel(name="a", title="A", form="goals", needs=need)
    if before:
        services.control.goals.add(site, before)
    with asking(site, Selection(), OWNER) as asker:
        assert not Readiness(asker).met(panel)
        services.control.goals.add(site, after) if isinstance(after, Goal) else services.control.funnels.put(site, after)
        assert Readiness(asker).met(panel)


@pytest.mark.parametrize(
    ("form", "need"), [*((each, each) for each in ("goals", "revenue", "properties", "vitals")), ("funnel", "funnels")]
)
def test_a_form_needs_what_it_is_called_after(services: Services, site: Site, form: str, need: str) -> None:
    """On a dashboard of the owner's own, which need not say so; and a funnel that the panel does not describe is one of the
    site's."""
    panel = Panel(name="a", title="A", form=form)
    with asking(site, Selection(), OWNER) as asker:
        (card,) = made([Dashboard(name="own", title="Own", entries=(panel,))], asker).cards
    assert (card.offer, card.content) == (OFFERS[need], None)


@pytest.mark.parametrize("need", [name for name, need in NEEDS.items() if need.features])
def test_a_feature_that_is_on_or_an_event_that_was_ever_counted_meets_a_need(
    services: Services, site: Site, visits: Visits, need: str
) -> None:
    """Whoever sent it: a server counts downloads and missing pages without the script."""
    panel, found = Panel(name="a", title="A", form="bars", needs=need), NEEDS[need]
    on = structs.replace(site, settings=structs.replace(site.settings, features=(found.features[0],)))
    visits.add("/")
    for place, met in ((site, False), (on, True)):
        with asking(place, Selection(), OWNER) as asker:
            assert Readiness(asker).met(panel) is met
    visits.add("/", name=found.events[0].replace("*", "Own"), day=TODAY - timedelta(days=300))
    with asking(site, Selection(), OWNER) as asker:
        assert Readiness(asker).met(panel)


def test_who_cannot_set_anything_up_is_not_shown_what_is_not_set_up(services: Services, site: Site, visits: Visits) -> None:
    """Neither the offer nor the tab; and a panel that has something to show is there."""
    visits.add("/", name="File Download", props={"url": "https://example.org/a.pdf"})
    with asking(site, Selection(), Viewer(may_change=False)) as asker:
        board = made(shelf(site), asker)
    tabs = [tab.title for card in board.cards for tab in card.tabs]
    assert "Downloads" in tabs
    assert not {"Goals", "Revenue", "Outbound links", "Not found"} & {*tabs, *(card.title for card in board.cards)}
    assert not any(card.offer for card in board.cards)


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


# --- Core Web Vitals -------------------------------------------------------------------------------------


def test_vitals_say_percentile_and_shares(browse: Browse, visits: Visits) -> None:
    """Of what was measured; what no browser measures is not counted. Pages by the one that was chosen."""
    for number, (lcp, page) in enumerate([(1000, "/"), (2000, "/"), (2600, "/shop"), (9000, "/shop")]):
        rating = rated(ALL[0], lcp)
        visits.add(page, name="Web Vitals", at=f"0{number}:00", props={"lcp": f"{lcp}", "lcp_rating": rating, "cls": "0.07"})
    visits.add("/", name="Web Vitals", props={"lcp": "<script>", "lcp_rating": "<b>"})
    page = browse("?show=vitals")
    rows = told(page, "Measure")
    assert rows[0][1:] == ["2 600 ms needs improvement", "", "50%", "25%", "25%", "4"]
    assert rows[2][1:] == ["0.07 good", "", "100%", "0%", "0%", "4"]
    assert rows[1][1] == "–"
    assert [row[2:] for row in told(page, "Page")[-2:]] == [["100%", "0%", "0%", "2"], ["0%", "50%", "50%", "2"]]


def test_pages_by_a_vital_are_searched_and_sorted_when_shown_alone(browse: Browse, visits: Visits) -> None:
    """D43: all of them, not only the few of the card; by name, by either share, by how often they were measured."""
    for page, lcp, times in (("/a", 1000, 3), ("/b", 9000, 2), ("/shop/c", 3000, 1)):
        visits.add(page, name="Web Vitals", times=times, props={"lcp": f"{lcp}", "lcp_rating": rated(ALL[0], lcp)})
    for number in range(9):
        visits.add(f"/much/{number}", name="Web Vitals", times=4, props={"lcp": "1000", "lcp_rating": "good"})

    def pages(query: str) -> list[str]:
        return [row[0] for row in told(browse(f"?panel=vitals{query}"), "Page")]

    card = browse("?show=vitals")
    assert "/example.org?show=vitals&panel=vitals" in list(card.links())
    assert [row[0] for row in told(card, "Page")][-1] == "/much/8"
    assert pages("")[-3:] == ["/a", "/b", "/shop/c"]
    assert pages("&search=SHOP") == ["/shop/c"]
    assert pages("&sort=poor")[0] == "/b"
    assert pages("&sort=needs-improvement")[0] == "/shop/c"
    assert pages("&sort=events,asc")[:3] == ["/shop/c", "/b", "/a"]
    assert pages("&sort=event:page")[0] == "/shop/c"
    page = browse("?panel=vitals&sort=event:page,asc")
    assert "1 – 12 of 12" in page.text
    assert [each["aria-sort"] for tag, each in page.elements if tag == "th" and "aria-sort" in each] == ["ascending"]
    assert "No rows contain “nothing” in this period." in browse("?panel=vitals&search=nothing").text


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60))
def test_the_percentile_is_the_nearest_rank(values: list[int]) -> None:
    """At least three quarters are not above it, and it is the smallest such value."""
    found = percentile({value: values.count(value) for value in values})
    assert found in values
    assert 4 * sum(value <= found for value in values) >= 3 * len(values)
    assert 4 * sum(value < found for value in values) < 3 * len(values)


def test_of_nothing_there_is_no_percentile() -> None:
    assert percentile({}) is None


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
