"""The dashboard and the list of sites for people who are signed in: HTML that works without JavaScript, with all state in
the address."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from msgspec import structs
from werkzeug.wrappers import Response as AnyResponse

from analytics.errors import InvalidInput
from analytics.query.metrics import METRICS
from analytics.site import Site
from analytics.store.control.site_places import Place
from analytics.web.accounts.access import inside, person, sites_seen, viewer_of
from analytics.web.accounts.viewer import Viewer
from analytics.web.dashboards import dashboard, exports, live_line
from analytics.web.dashboards.addresses import Addresses
from analytics.web.dashboards.asking import asking, fresh
from analytics.web.dashboards.overview import Wish, made, wished
from analytics.web.language import _
from analytics.web.question.arguments import parsed
from analytics.web.question.asker import Asker
from analytics.web.question.names import breakable, isolated
from analytics.web.question.periods import PERIODS
from analytics.web.question.selection import DEFAULT_METRIC, Selection
from analytics.web.services import services

blueprint = Blueprint("pages", __name__)
blueprint.add_app_template_filter(breakable, "breakable")
blueprint.add_app_template_filter(isolated, "isolated")

DRAWABLE = ("visitors", "visits", "pageviews", "bounce_rate", "visit_duration")
"""Metrics of the courses in the list of sites."""


@blueprint.get("/")
def home() -> AnyResponse:
    """The list of the person's sites; with a single site its dashboard, with none the page that adds one."""
    sites = sites_seen()
    if not sites and person().decides:
        return redirect(url_for("admin.add_site"))
    if len(sites) == 1 and not request.args:
        return redirect(url_for("pages.show", domain=sites[0].domain))
    wish, problems = wished(_arguments())
    found = made(wish, sites, services().control.site_places.of(person()), _opened, problems)
    return fresh(
        render_template(
            "dashboard/sites.html",
            overview=found,
            address=_list_address,
            site_address=partial(_days_of, wish),
            periods=[(text, wish.selecting(wish.selection.with_period(name)), name) for name, text in PERIODS.items()],
            metrics=[METRICS[name] for name in DRAWABLE],
        )
    )


@blueprint.post("/<domain>/place")
def place(domain: str) -> AnyResponse:
    """Pins a site to the top of the list, hides it, or lets its figures decide where it stands; then returns to the list."""
    wanted = request.form.get("place", "")
    if wanted not in ("", *Place):
        raise InvalidInput(
            "place", _("Choose “%(pinned)s”, “%(hidden)s” or nothing", pinned=Place.PINNED, hidden=Place.HIDDEN)
        )
    services().control.site_places.put(person(), _site(domain)[0], Place(wanted) if wanted else None)
    return redirect(inside(request.form.get("next")) or url_for("pages.home"), 303)


@contextmanager
def _opened(site: Site, selection: Selection) -> Iterator[Asker]:
    with asking(site, selection, viewer_of(site)) as asker:
        yield asker


def _days_of(wish: Wish, site: Site) -> str:
    """The site's dashboard for the same days."""
    state = structs.replace(wish.selection, metric=DEFAULT_METRIC).query_string().removesuffix("?")
    return url_for("pages.show", domain=site.domain) + state


def _list_address(wish: Wish | None = None) -> str:
    return url_for("pages.home") + (wish.query_string() if wish else "")


@blueprint.get("/<domain>")
def show(domain: str) -> AnyResponse:
    """One site's dashboard, as the address describes it."""
    site, viewer = _site(domain)
    selection, problems = parsed(_arguments())
    if "format" in request.args:
        return exports.one(site, selection, viewer, request.args["format"], problems)
    return dashboard.page(site, selection, viewer, _addresses(site), problems)


@blueprint.get("/<domain>/export.zip")
def take(domain: str) -> Response:
    """All panels as files, with the definitions of their figures."""
    site, viewer = _site(domain)
    selection, problems = parsed(_arguments())
    return exports.everything(site, selection, viewer, problems)


@blueprint.get("/<domain>/live")
def live(domain: str) -> Response:
    """The line that says who is here now; sends the page an event when its panels are out of date."""
    site, viewer = _site(domain)
    selection, _ = parsed(_arguments())
    return live_line.answer(site, selection, viewer, _addresses(site), request.args.get("seen"))


@blueprint.get("/<domain>/realtime")
def realtime(domain: str) -> Response:
    """The last half hour, minute by minute."""
    site, viewer = _site(domain)
    selection, problems = parsed(_arguments())
    return dashboard.realtime_page(site, selection, viewer, _addresses(site), problems)


def _site(domain: str) -> tuple[Site, Viewer]:
    """The site, and what the signed-in person may see of it. Raises NotFound."""
    site = services().control.sites.find(domain)
    return site, viewer_of(site)


def _arguments() -> dict[str, list[str]]:
    return request.args.to_dict(flat=False)


def _addresses(site: Site) -> Addresses:
    """Builds the paths only once, because a dashboard has some 280 links to its own states."""
    path, live_path, half_hour_path = (url_for(f"pages.{name}", domain=site.domain) for name in ("show", "live", "realtime"))

    def page(selection: Selection | None) -> str:
        return path + (selection.query_string() if selection else "")

    def live_line(selection: Selection, seen: str) -> str:
        return f"{live_path}?{urlencode([('seen', seen), *selection.parameters()])}"

    def half_hour(selection: Selection) -> str:
        return (half_hour_path + Selection(filters=selection.filters).query_string()).removesuffix("?")

    return Addresses(page=page, live=live_line, realtime=half_hour)
