"""What stands in a panel's place where there is nothing to show yet."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from msgspec import structs

from analytics.boards.reading import Dashboard
from analytics.needs import NEEDS
from analytics.panels import Panel
from analytics.site import Funnel, Goal, Site
from analytics.web.accounts.viewer import OWNER, Viewer
from analytics.web.dashboards.asking import asking, shelf
from analytics.web.dashboards.board import made
from analytics.web.dashboards.readiness import OFFERS, Readiness
from analytics.web.question.selection import Selection
from analytics.web.services import Services
from tests.web.page import Page
from tests.web.visits import TODAY, Visits

Browse = Callable[..., Page]
SALES = Goal(id=0, name="Sales", kind="event", event_name="Order", currency="EUR")
SIGNUP = Goal(id=0, name="Sign-up", kind="event", event_name="Signup")


@pytest.fixture(autouse=True)
def in_a_request(app: Flask) -> Iterator[None]:
    """``asking`` finds the services of the app that handles the request."""
    with app.test_request_context():
        yield


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
