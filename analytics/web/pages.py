"""The dashboard and the list of sites: HTML that works without JavaScript, all state in the address."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from analytics.clock import local_day
from analytics.model import Site
from analytics.panels import dashboard
from analytics.query.dimensions import DIMENSIONS, Kind
from analytics.resources import folder
from analytics.web.asker import Asker
from analytics.web.board import AT_ONCE, made
from analytics.web.figures import number
from analytics.web.selection import OPERATIONS, Selection, added, parsed
from analytics.web.services import services

blueprint = Blueprint("pages", __name__)

QUICK, CALM = 1, 10
"""Seconds between looks at what is new: while today is shown, and otherwise."""
WATCHED = ("events", "visitors", "visit_duration")
"""Figures of today that tell whether anything was counted since; reading time moves the last one only."""
CHOOSABLE = [
    (row.name, row.label)
    for row in DIMENSIONS.values()
    if row.kind is not Kind.TIME and not row.argument and row.name not in {"visit:country", "visit:region", "visit:city"}
]
"""Dimensions in the filter's menu; each kind of place once."""


@blueprint.get("/")
def home() -> AnyResponse:
    """All sites; with a single one its dashboard, with none the page that adds one."""
    sites = services().control.sites()
    if not sites:
        return redirect(url_for("admin.add_site"))
    if len(sites) == 1:
        return redirect(url_for("pages.show", domain=sites[0].domain))
    return _fresh(render_template("dashboard/sites.html", rows=[_today(site) for site in sites]))


@blueprint.get("/<domain>")
def show(domain: str) -> AnyResponse:
    """One site's dashboard, as the address asks for it."""
    site = services().control.site(domain)
    selection, problems = parsed(_arguments())
    if "dimension" in request.args:
        return redirect(_address(site, added(selection, _arguments())))
    panels = dashboard((folder("dashboards"), services().config.data / "dashboards"))
    with _asker(site, selection) as asker:
        board = made(panels, asker, problems)
    return _fresh(
        render_template(
            "dashboard/page.html",
            board=board,
            address=partial(_address, site),
            sites=services().control.sites(),
            dimensions=CHOOSABLE,
            operations=OPERATIONS,
            **_live(site, selection),
        )
    )


@blueprint.get("/<domain>/live")
def live(domain: str) -> Response:
    """The line that says who is here now; tells the page by an event when its panels have become old."""
    site = services().control.site(domain)
    selection, _ = parsed(_arguments())
    words = _live(site, selection)
    response = _fresh(render_template("dashboard/live.html", **words))
    if words["watched"] and request.args.get("seen") != words["seen"]:
        response.headers["HX-Trigger"] = "footfall:news"
    return response


def _arguments() -> dict[str, list[str]]:
    return request.args.to_dict(flat=False)


@contextmanager
def _asker(site: Site, selection: Selection) -> Iterator[Asker]:
    """Puts all questions of one page to one state of the rows."""
    with services().answers.sitting(site, at_once=AT_ONCE) as sitting:
        yield Asker(services().answers, sitting, site, selection, services().clock)


def _figures(site: Site, metrics: Sequence[str]) -> tuple[Any, ...]:
    """Today's."""
    with _asker(site, Selection()) as asker:
        return asker.figures(metrics)


def _address(site: Site, selection: Selection | None = None) -> str:
    """Path and query of a dashboard; without a selection the path alone, for forms."""
    path = url_for("pages.show", domain=site.domain)
    return path + selection.query_string() if selection else path


def _live(site: Site, selection: Selection) -> dict[str, Any]:
    """What the live line is written from. ``seen`` changes whenever an event of today was counted."""
    today = local_day(services().clock(), site.timezone)
    watched = selection.includes(today)
    seen = _figures(site, WATCHED) if watched else ()
    token = "-".join(str(figure) for figure in seen)
    parameters = urlencode([("seen", token), *selection.parameters()])
    return {
        "current": number(services().answers.current_visitors(site)),
        "watched": watched,
        "seen": token,
        "seconds": QUICK if watched else CALM,
        "live_address": f"{url_for('pages.live', domain=site.domain)}?{parameters}",
    }


def _today(site: Site) -> dict[str, Any]:
    """One entry of the list of sites."""
    visitors, pageviews = _figures(site, ("visitors", "pageviews"))
    return {
        "site": site,
        "address": _address(site),
        "current": services().answers.current_visitors(site),
        "visitors": number(visitors),
        "pageviews": number(pageviews),
    }


def _fresh(page: str) -> Response:
    """Figures are of this moment, and of nobody else's cache."""
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
