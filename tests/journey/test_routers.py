"""T9, D15: what five client routers do with the history, and what the beacon makes of it.

The script is in each page twice, in its head and in its body, where routers that exchange the body come upon it again
and again.
"""

from contextlib import closing

import pytest
from playwright.sync_api import Page

from tests.journey.applications import ENGAGED, PREPARED, ROUTERS, VIEWS, Application, engaged, travel, viewed
from tests.journey.conftest import Complaints
from tests.journey.website import Collector, Website

SKIPPED = "Transition was skipped"
"""What Astro leaves uncaught when a link is clicked while the page before it is still fading."""


@pytest.mark.parametrize("name", ROUTERS)
def test_t9_with_a_router_each_page_counts_once(
    collector: Collector, website: Website, page: Page, complaints: Complaints, name: str
) -> None:
    """Push, replace, back, forward, redirect, view transition and reload are views; a query, the same path again and a
    place on the page are none. The time on them goes to the page they are on."""
    page.add_init_script(PREPARED)
    with closing(Application(ROUTERS[name], website.tag(), website.tag())) as application:
        page.goto(application.url)
        travel(page, collector)
    assert sorted(viewed(collector, application)) == sorted(ROUTERS[name].views)
    assert engaged(collector, len(VIEWS)) == ENGAGED
    assert [error for error in complaints.errors if not error.startswith(SKIPPED)] == []
    assert complaints.console == []


def test_t9_an_address_that_only_redirects_can_be_left_out(collector: Collector, website: Website, page: Page) -> None:
    """Turbo shows it for a moment; where the tag leaves it out, the journey comes to the same views as with the others."""
    collector.features = ("exclusions",)
    page.add_init_script(PREPARED)
    tag = website.tag(' data-exclude="/old"')
    with closing(Application(ROUTERS["Turbo"], tag, tag)) as application:
        page.goto(application.url)
        travel(page, collector)
    assert sorted(collector.views) == sorted(path for path, _ in VIEWS)
