"""The dashboard and the list of sites of people who are signed in: HTML that works without JavaScript, all state in the
address."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from analytics.model import Site
from analytics.web import dashboard
from analytics.web.dashboard import Addresses, fresh
from analytics.web.figures import number
from analytics.web.selection import Selection, added, parsed
from analytics.web.services import services
from analytics.web.viewer import OWNER

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> AnyResponse:
    """All sites; with a single one its dashboard, with none the page that adds one."""
    sites = services().control.sites()
    if not sites:
        return redirect(url_for("admin.add_site"))
    if len(sites) == 1:
        return redirect(url_for("pages.show", domain=sites[0].domain))
    return fresh(render_template("dashboard/sites.html", rows=[_today(site) for site in sites]))


@blueprint.get("/<domain>")
def show(domain: str) -> AnyResponse:
    """One site's dashboard, as the address asks for it."""
    site = services().control.site(domain)
    selection, problems = parsed(_arguments())
    if "dimension" in request.args:
        return redirect(_address(site, added(selection, _arguments())))
    return dashboard.page(site, selection, OWNER, _addresses(site), problems)


@blueprint.get("/<domain>/live")
def live(domain: str) -> Response:
    """The line that says who is here now; tells the page by an event when its panels have become old."""
    site = services().control.site(domain)
    selection, _ = parsed(_arguments())
    return dashboard.live(site, selection, OWNER, _addresses(site), request.args.get("seen"))


def _arguments() -> dict[str, list[str]]:
    return request.args.to_dict(flat=False)


def _addresses(site: Site) -> Addresses:
    def live_line(selection: Selection, seen: str) -> str:
        return f"{url_for('pages.live', domain=site.domain)}?{urlencode([('seen', seen), *selection.parameters()])}"

    return Addresses(page=lambda selection: _address(site, selection), live=live_line)


def _address(site: Site, selection: Selection | None = None) -> str:
    """Path and query of a dashboard; without a selection the path alone, for forms."""
    path = url_for("pages.show", domain=site.domain)
    return path + selection.query_string() if selection else path


def _today(site: Site) -> dict[str, Any]:
    """One entry of the list of sites."""
    visitors, pageviews = dashboard.todays(site, OWNER, ("visitors", "pageviews"))
    return {
        "site": site,
        "address": _address(site),
        "current": services().answers.current_visitors(site),
        "visitors": number(visitors),
        "pageviews": number(pageviews),
    }
