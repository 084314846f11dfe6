"""The line on a dashboard that says who is here now. It refreshes itself, and tells the page when its panels are out of
date."""

from typing import Any

from flask import Response, render_template

from analytics.errors import NotFound
from analytics.query.cells import least
from analytics.site import Site
from analytics.web.accounts.viewer import Viewer
from analytics.web.dashboards.addresses import Addresses
from analytics.web.dashboards.asking import asking, fresh, limited, shelf
from analytics.web.figures import number
from analytics.web.language import _
from analytics.web.question.limits import shown_to
from analytics.web.question.selection import Selection
from analytics.web.services import current_day, services

QUICK, CALM = 1, 10
"""Seconds between looks at what is new: while today is shown, and otherwise."""
WATCHED = ("events", "visitors", "visit_duration")
"""Figures of today that tell whether anything was counted since; reading time moves the last one only."""


def answer(site: Site, selection: Selection, viewer: Viewer, addresses: Addresses, seen: str | None) -> Response:
    """Renders the line; sends the page an event if its panels have become out of date since ``seen``. Raises NotFound for a
    viewer who may not see it."""
    given = [each for each in shelf(site) if viewer.given(each.name)]
    if not any(panel.form == "live" and shown_to(panel, viewer) for each in given for panel in each.panels):
        raise NotFound(_("Current visitors are not part of this view."))
    selection, _told = limited(site, selection, viewer)
    written = words(site, selection, viewer, addresses)
    response = fresh(render_template("dashboard/live.html", **written))
    if written["watched"] and seen != written["seen"]:
        response.headers["HX-Trigger"] = "footfall:news"
    return response


def words(site: Site, selection: Selection, viewer: Viewer, addresses: Addresses) -> dict[str, Any]:
    """The values that the line is rendered from. ``seen`` changes whenever an event of today is counted. Strangers are not
    told when that was, as it might reveal a single person (docs/decisions/0034)."""
    watched = viewer.signed_in and selection.includes(current_day(site))
    figures = _figures(site, viewer) if watched else ()
    seen = "-".join(str(figure) for figure in figures)
    return {
        "current": here(site, viewer),
        "watched": watched,
        "seen": seen,
        "seconds": QUICK if watched else CALM,
        "live_address": addresses.live(selection, seen),
        "realtime_address": addresses.realtime(selection) if addresses.realtime else "",
    }


def here(site: Site, viewer: Viewer) -> str:
    """How many people are here now, in the part that the viewer may see. To the public a small number is reported only as a
    bound."""
    found = services().answers.current_visitors(site, viewer.filters)
    few = 1 if viewer.signed_in else least(viewer.audience, site.settings.small_cells)
    return _("fewer than %(few)s", few=number(few)) if found < few > 1 else number(found)


def _figures(site: Site, viewer: Viewer) -> tuple[Any, ...]:
    with asking(site, Selection(), viewer) as asker:
        return asker.figures(WATCHED)
