"""Views of a site for people without an account: ``/share/<token>``, and ``/public/<domain>`` if the owner wants one.

No sign-in is read and no visit is recorded. Tokens that are wrong, revoked or expired get the same answer, before anything
else is done.
"""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from msgspec.structs import replace
from werkzeug.wrappers import Response as AnyResponse

from analytics.errors import InvalidInput, NotFound
from analytics.query.cells import Audience, least
from analytics.site import SharedLink, Site
from analytics.store.control.throttle import TooManyAttempts
from analytics.web.accounts.reader import PARAMETER
from analytics.web.accounts.viewer import Viewer
from analytics.web.dashboards import dashboard, exports, live_line
from analytics.web.dashboards.addresses import Addresses
from analytics.web.dashboards.asking import fresh
from analytics.web.dashboards.dashboard import Frame
from analytics.web.language import _, marked, told
from analytics.web.question.arguments import parsed
from analytics.web.question.selection import Selection
from analytics.web.services import current_day, services

blueprint = Blueprint("shared", __name__)

COOKIE = "footfall-view"
"""Says that a link's password was given; the browser sends it to that link alone."""
UNLOCKED = 4 * 3600
"""Seconds until the password is asked for again."""
GONE = marked("There is nothing at this address. The link may have expired or been revoked.")
"""The one answer to every address that does not work."""


@blueprint.get("/share/<token>")
def show(token: str) -> AnyResponse:
    """The view of the link, or the question for its password."""
    site, link = found(token)
    return _written(site, link, _addresses(token)) if unlocked(link) else _ask(site, token)


@blueprint.post("/share/<token>")
def unlock(token: str) -> AnyResponse:
    """Checks the link's password, then returns to the view with a cookie for it alone."""
    site, link = found(token)
    if link.kind != "password":
        return redirect(url_for("shared.show", token=token), 303)
    try:
        if not services().control.shared_links.opens(link, request.form.get("password", "")):
            return _ask(site, token, _("Wrong password"), 401)
    except TooManyAttempts as problem:
        answer = _ask(site, token, told(problem), 429)
        answer.headers["Retry-After"] = str(problem.seconds)
        return answer
    answer = make_response(redirect(url_for("shared.show", token=token), 303))
    https = services().config.base_url.startswith("https://")
    path = url_for("shared.show", token=token)
    answer.set_cookie(COOKIE, _sealed(link), max_age=UNLOCKED, path=path, secure=https, httponly=True, samesite="Lax")
    return answer


@blueprint.get("/share/<token>/live")
def live(token: str) -> AnyResponse:
    """The line that says who is here now."""
    site, link = found(token)
    require_unlocked(link)
    return _live(site, link, _addresses(token))


@blueprint.get("/public/<domain>")
def public(domain: str) -> AnyResponse:
    """The site's public view, if there is one."""
    site, link = _public(domain)
    return _written(site, link, _public_addresses(site))


@blueprint.get("/public/<domain>/live")
def public_live(domain: str) -> AnyResponse:
    """As ``live``."""
    site, link = _public(domain)
    return _live(site, link, _public_addresses(site))


@blueprint.get("/share/<token>/export.zip")
def take(token: str) -> Response:
    """Everything that the link shows as files, if it allows that."""
    site, link = found(token)
    require_unlocked(link)
    return _files(site, link)


@blueprint.get("/public/<domain>/export.zip")
def public_take(domain: str) -> Response:
    """As ``take``."""
    return _files(*_public(domain))


# --- which link ------------------------------------------------------------------------------------------


def found(token: str) -> tuple[Site, SharedLink]:
    """The link with this token and its site. Raises NotFound if it does not work, for whatever reason."""
    known = services().control.shared_links.find(token)
    sites = {site.id: site for site in services().control.sites.all()}
    if known is None or known[0] not in sites or expired(known[1], sites[known[0]]):
        raise NotFound(_(GONE))
    return sites[known[0]], known[1]


def _public(domain: str) -> tuple[Site, SharedLink]:
    """The site's public link. Raises the same NotFound for a site without one and for one that does not exist."""
    try:
        site = services().control.sites.find(domain)
    except (NotFound, InvalidInput):
        raise NotFound(_(GONE)) from None
    links = services().control.shared_links.all(site)
    link = next((each for each in links if each.kind == "public" and not expired(each, site)), None)
    if link is None:
        raise NotFound(_(GONE))
    return site, link


def expired(link: SharedLink, site: Site) -> bool:
    """Whether the link's last day is over in the site's zone."""
    return link.expires is not None and link.expires < current_day(site)


def viewer_of(link: SharedLink, today: date) -> Viewer:
    """What a reader of the link may see. Its ``days`` are whole ones, plus the current one."""
    parts = [["is", "event:section", list(link.sections)]] if link.sections else []
    first = today - timedelta(days=link.days) if link.days else link.first
    return Viewer(
        audience=Audience.PUBLIC,
        filters=(*parts, *link.filters),
        dashboards=frozenset({link.dashboard}),
        panels=frozenset(link.panels) if link.panels else None,
        first=first,
        last=link.last,
        now=(first is None or first <= today) and (link.last is None or today <= link.last),
        may_change=False,
        exports=link.exports,
    )


def asked(link: SharedLink, today: date) -> tuple[Selection, list[str]]:
    """What the address asks for. If nothing is selected and today lies outside the link's days, all of its days."""
    selection, problems = parsed(request.args.to_dict(flat=False))
    selection = replace(selection, dashboard=link.dashboard)
    if "period" not in request.args and link.first and link.last and not link.first <= today <= link.last:
        selection = replace(selection.with_period("custom"), first=link.first, last=link.last)
    return selection, problems


# --- the password ----------------------------------------------------------------------------------------


def unlocked(link: SharedLink) -> bool:
    """Whether the link needs no password, or the browser shows that it was entered not too long ago."""
    if link.kind != "password":
        return True
    try:
        told = _seal().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return False
    lock = services().control.shared_links.lock(link).hex()
    return bool(told[:2] == [link.id, lock] and services().clock() < told[2])


def require_unlocked(link: SharedLink) -> None:
    """Raises NotFound unless the password was entered: parts of a view do not ask for it."""
    if not unlocked(link):
        raise NotFound(_(GONE))


def _sealed(link: SharedLink) -> str:
    lock = services().control.shared_links.lock(link).hex()
    sealed: str = _seal().dumps([link.id, lock, int(services().clock()) + UNLOCKED])
    return sealed


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or b"", salt="shared link")


def _ask(site: Site, token: str, problem: str = "", status: int = 200) -> Response:
    written = render_template("shared/password.html", site=site, token=token, problem=problem)
    answer = fresh(written)
    answer.status_code = status
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


# --- what is shown ---------------------------------------------------------------------------------------


def _written(site: Site, link: SharedLink, addresses: Addresses) -> AnyResponse:
    today = current_day(site)
    selection, problems = asked(link, today)
    if "format" in request.args:
        return exports.one(site, selection, viewer_of(link, today), request.args["format"], problems)
    frame = Frame("shared/frame.html", words(site, link))
    answer = dashboard.page(site, selection, viewer_of(link, today), addresses, problems, frame)
    if link.kind != "public":
        answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _files(site: Site, link: SharedLink) -> Response:
    today = current_day(site)
    selection, problems = asked(link, today)
    return exports.everything(site, selection, viewer_of(link, today), problems)


def words(site: Site, link: SharedLink) -> dict[str, Any]:
    """The texts that a view shows about itself."""
    return {"link": link, "few": least(Audience.PUBLIC, site.settings.small_cells)}


def _live(site: Site, link: SharedLink, addresses: Addresses) -> Response:
    selection, _problems = asked(link, current_day(site))
    return live_line.answer(site, selection, viewer_of(link, current_day(site)), addresses, request.args.get("seen"))


def _addresses(token: str) -> Addresses:
    return addresses_at(url_for("shared.show", token=token), url_for("shared.live", token=token), _language())


def _public_addresses(site: Site) -> Addresses:
    page, line = (url_for(f"shared.{name}", domain=site.domain) for name in ("public", "public_live"))
    return addresses_at(page, line, _language())


def _language() -> tuple[tuple[str, str], ...]:
    """The language that the address names, to be kept in links: there is no account that could remember it."""
    return ((PARAMETER, request.args[PARAMETER]),) if PARAMETER in request.args else ()


def addresses_at(page: str, line: str, more: tuple[tuple[str, str], ...] = ()) -> Addresses:
    """The addresses of a view whose page is at this path, and of its live line; every address carries ``more``
    parameters."""

    def of_page(selection: Selection | None) -> str:
        if selection is None:
            return page
        query = selection.query_string()
        return page + (f"{query}{'' if query == '?' else '&'}{urlencode(more)}" if more else query)

    def of_line(selection: Selection, seen: str) -> str:
        return f"{line}?{urlencode([('seen', seen), *more, *selection.parameters()])}"

    return Addresses(page=of_page, live=of_line)
