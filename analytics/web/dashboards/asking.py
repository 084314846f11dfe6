"""The steps that every page of figures shares: finding the site's dashboards, restricting the selection to what the viewer
may see, asking against one state of the rows, and marking the response as current."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response, make_response
from msgspec.structs import replace

from analytics.boards.reading import Dashboard, dashboards
from analytics.resources import folder
from analytics.site import Site
from analytics.web.accounts.viewer import Viewer
from analytics.web.dashboards.board import AT_ONCE
from analytics.web.question.asker import Asker
from analytics.web.question.limits import within
from analytics.web.question.selection import Selection
from analytics.web.services import current_day, services


def shelf(site: Site) -> list[Dashboard]:
    """The site's dashboards, the main one first."""
    return dashboards(folder("dashboards"), services().config.data / "dashboards", site.domain)


def limited(site: Site, selection: Selection, viewer: Viewer) -> tuple[Selection, list[str]]:
    """The selection restricted to what this viewer may see of the site, and messages about what was removed."""
    return within(replace(selection, first_weekday=site.settings.first_weekday), viewer, current_day(site))


@contextmanager
def asking(site: Site, selection: Selection, viewer: Viewer) -> Iterator[Asker]:
    """A context whose asker answers all questions of a page from one state of the rows, within what the viewer may see."""
    parts = services()
    with parts.answers.sitting(
        site, audience=viewer.audience, at_once=AT_ONCE, bounds=viewer.bounds, within=viewer.filters
    ) as sitting:
        yield Asker(parts.answers, sitting, site, selection, parts.clock, viewer, parts.control)


def fresh(written: str) -> Response:
    """A response that no cache may keep."""
    response = make_response(written)
    response.headers["Cache-Control"] = "no-store"
    return response
