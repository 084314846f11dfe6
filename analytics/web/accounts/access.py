"""Who may call which route, and what they may see of a site.

Every route is for owners only unless one of the three tables here lists it. ``viewer_of`` returns what a person may see of
a site; every view that shows a site's figures asks it.
"""

from urllib.parse import urlsplit

from flask import Flask, g, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest, Forbidden, Unauthorized
from werkzeug.wrappers import Response

from analytics.domains import display
from analytics.errors import NotFound
from analytics.site import Site
from analytics.store.control.people import ABSOLUTE, Person
from analytics.web.accounts.viewer import OWNER, Viewer
from analytics.web.language import _
from analytics.web.services import services

SHARED = {
    **dict.fromkeys(
        ("shared.show", "shared.unlock", "shared.live", "shared.take"),
        "the random token in the address is the key, and some ask for a password",
    ),
    **dict.fromkeys(
        ("shared.public", "shared.public_live", "shared.public_take"),
        "what the owner has made public of a site, and no more",
    ),
    "embeds.show": "the random token in the address is the key; only in pages of hosts that the owner names",
}
"""Pages for people who are not asked who they are, even if they are signed in, and why."""

MACHINES = {
    "static": "style sheets and pictures of our own pages",
    "page_parts.part": "the script and the style sheet of our own pages",
    "scripts.beacon": "the beacon, which other sites' pages load",
    "scripts.vitals": "the same for its second script",
    **dict.fromkeys(("dropins.gtag", "dropins.plausible", "dropins.newer_plausible"), "the beacon, at addresses pages know"),
    "collect.collect": "events, from anybody's browser; a rehearsal asks for a sign-in or a key itself",
    **dict.fromkeys(("counter.figures", "counter.badge"), "one number that the owner has made public, in any site's page"),
    "api.description": "says what the API is, and nothing of anybody's data",
    **dict.fromkeys(
        (
            *("api.query", "api.funnel", "api.flow"),
            *("api.realtime_visitors", "api.aggregate", "api.timeseries", "api.breakdown"),
            *("api.list_sites", "api.add_site", "api.show_site", "api.change_site", "api.remove_site"),
            *("api.list_goals", "api.put_goal", "api.delete_goal"),
            *("api.list_segments", "api.add_segment", "api.change_segment", "api.delete_segment"),
            *("api.list_notes", "api.put_note", "api.change_note", "api.delete_note"),
            *("api.list_shared_links", "api.put_shared_link", "api.add_shared_link", "api.delete_shared_link"),
        ),
        "asks for a bearer key itself",
    ),
    **SHARED,
    "health.live": "for the supervisor of the process",
    "health.ready": "for the supervisor of the process",
}
"""Routes without cookies, sign-in or CSRF token, and why."""

ANYONE = {
    "auth.setup": "its one-time token is the key",
    "auth.sign_in": "this is where people come in",
    "auth.new_password": "its one-time token is the key",
    "auth.join": "its one-time token is the key",
    "own_visits.phone": "its short-lived token is the key; it shows the sites' domains",
}
"""Pages for people who are not signed in, and why."""

VIEWERS = {
    "pages.home": "lists the sites that were given to them",
    "pages.show": "a site's dashboard",
    "pages.live": "its line of who is here now",
    "pages.realtime": "its last half hour",
    "pages.take": "the figures of the dashboard as files",
    "pages.place": "where a site stands in their own list",
    "reader.language": "the language that they read in",
    "seen.page": "what this service sees of them",
    "auth.sign_out": "they may leave",
    **dict.fromkeys(("account.page", "account.password", "account.elsewhere"), "their own account"),
}
"""Pages for viewers, too: whoever is signed in and is no owner. Each that is about a site asks ``viewer_of``."""

SIGN_IN = "sign_in"
"""The cookie's entry that holds the token of the sign-in; the server keeps its hash and decides how long it lasts."""

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_csrf = CSRFProtect()


def set_up(app: Flask) -> None:
    """Protects every route of ``app`` that is not listed, and configures its only cookie."""
    config = app.extensions["footfall"].config
    https, path = config.base_url.startswith("https://"), config.base_path
    app.config.update(
        # __Host-: the browser takes it over https alone, never from a sub-domain, and for no path but / (RFC 6265bis,
        # 4.1.3.2); below the path of another site its pages are not to get it, hence __Secure- and that path
        SESSION_COOKIE_NAME=("__Secure-" if path else "__Host-") * https + "footfall",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH=path or "/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=ABSOLUTE,
        WTF_CSRF_CHECK_DEFAULT=False,  # _guard asks, so that the table above is the only list of exemptions
        WTF_CSRF_TIME_LIMIT=None,  # as long as the sign-in
        WTF_CSRF_SSL_STRICT=False,  # wants a Referer header, which the door takes away; _guard reads Origin instead
    )
    _csrf.init_app(app)
    app.before_request(_guard)
    app.context_processor(lambda: {"signed_in": signed_in})


def signed_in() -> Person | None:
    """The person who makes the request, or None; looked up once per request."""
    if "person" not in g:
        token = session.get(SIGN_IN)
        g.person = services().control.people.signed_in(token) if isinstance(token, str) else None
    person: Person | None = g.person
    return person


def person() -> Person:
    """The person who makes the request. Raises Unauthorized if nobody is signed in."""
    found = signed_in()
    if found is None:
        raise Unauthorized
    return found


def viewer_of(site: Site) -> Viewer:
    """What the signed-in person may see of the site. If they may see nothing, raises NotFound as for a site that does not
    exist, so that they do not learn that it does."""
    found = person()
    if found.decides:
        return OWNER
    given = services().control.people.access.of(found.id)
    if site.id not in given:
        raise NotFound("There is no site %(domain)s", domain=display(site.domain))
    sections = given[site.id]
    return Viewer(filters=() if sections is None else (["is", "event:section", list(sections)],), may_change=False)


def sites_seen() -> list[Site]:
    """The sites that the signed-in person may see, by domain."""
    found = person()
    given = services().control.people.access.of(found.id)
    return [site for site in services().control.sites.all() if found.decides or site.id in given]


def inside(target: str | None) -> str | None:
    r"""``target`` if it is a path on this service, else None. Browsers drop tabs and line breaks and read ``\`` as ``/``:
    ``/\t/evil.example`` is another host."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    if "\\" in target or any(character <= " " or character == "\x7f" for character in target):
        return None
    return target


def _guard() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint is None or endpoint in MACHINES:  # None: no such page, which everybody may be told
        return None
    if request.method in _UNSAFE:
        _refuse_other_origins()
        _csrf.protect()
    if endpoint in ANYONE:
        return None
    who = signed_in()
    if who is None:
        return _ask_to_sign_in()
    if not who.decides and endpoint not in VIEWERS:
        raise Forbidden
    return None


def _refuse_other_origins() -> None:
    origin = request.headers.get("Origin")
    if origin is None:
        return
    ours = {urlsplit(services().config.base_url).netloc, request.host}
    if urlsplit(origin).netloc not in ours:
        raise BadRequest(_("This form was sent from another site, so nothing was changed."))


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html") == "application/json":
        return jsonify(error="sign in first"), 401
    where = _way_in()
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": where})
    return redirect(where, 303)


def _way_in() -> str:
    if not services().control.people.anyone():
        return url_for("auth.setup")
    is_page = request.method == "GET" and "HX-Request" not in request.headers
    return url_for("auth.sign_in", next=request.script_root + request.full_path.removesuffix("?") if is_page else None)
