"""A public counter (D55): page views of a site or of one page, as a number or a picture, for use in any page.

Other sites' pages request it without a cookie, so any of them may read it (CORS), and caches may keep it for five minutes.
Small numbers are reported only as a bound, and a page that the link does not show counts as never seen.
"""

from functools import partial
from typing import Any

import msgspec
from flask import Blueprint, Response, current_app, render_template, request

from analytics import paths
from analytics.errors import NotFound, QueryError
from analytics.query.cache import Cache
from analytics.query.cells import Audience, least
from analytics.site import SharedLink, Site
from analytics.web.figures import number
from analytics.web.language import _, marked, speak
from analytics.web.services import current_day, services
from analytics.web.sharing.shared_links import GONE, found, viewer_of

blueprint = Blueprint("counter", __name__)

KEPT = 300
"""Seconds that an answer holds, here and on its way."""
PERIODS = {
    "total": "all",
    "day": "day",
    "7d": "7d",
    "28d": "28d",
    "30d": "30d",
    "month": "month",
    "year": "year",
    "12mo": "12mo",
}
"""As the address calls them -> in the query language."""
COUNTED = {"pageviews": marked("page views"), "visitors": marked("visitors"), "visits": marked("visits")}
"""What is counted, in the picture's words."""
THEMES = {
    "light": ("#f6f5f1", "#586265", "#ffffff", "#1d2528"),
    "dark": ("#14181a", "#a4afb2", "#262e32", "#e9ecea"),
    "green": ("#1d2528", "#ffffff", "#1a6855", "#ffffff"),
    "blue": ("#1d2528", "#ffffff", "#1f5c99", "#ffffff"),
    "grey": ("#3c474b", "#ffffff", "#586265", "#ffffff"),
}
"""Background and text of the label, then of the figure; each pair has a contrast of 4.5 to 1 or more."""
LONGEST_LABEL = 40
_LETTER, _PADDING = 7, 9
"""Pixels: a letter of 11 px is rarely wider than the first."""
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Robots-Tag": "noindex",
}


@blueprint.get("/counter/<token>.json")
def figures(token: str) -> Response:
    """``{"count": 1234, "fewer_than": null, "text": "1 234", ...}``; ``count`` is null if it is below ten."""
    return _answer(msgspec.json.encode(_counted(token)), "application/json")


@blueprint.get("/counter/<token>.svg")
def badge(token: str) -> Response:
    """The same as a picture."""
    counted = _counted(token)
    label = "".join(filter(str.isprintable, request.args.get("label", "")))[:LONGEST_LABEL] or _(COUNTED[counted["metric"]])
    widths = [len(text) * _LETTER + 2 * _PADDING for text in (label, counted["text"])]
    theme = THEMES.get(request.args.get("theme", ""), THEMES["light"])
    written = render_template("shared/counter.svg", label=label, counted=counted, widths=widths, theme=theme)
    return _answer(written.encode(), "image/svg+xml")


def _counted(token: str) -> dict[str, Any]:
    """The requested count. Raises NotFound, and QueryError for an unknown parameter."""
    site, link = found(token)
    if not link.counter:
        raise NotFound(GONE)
    speak(request.args.get("language", ""))
    metric, period = _one_of("metric", COUNTED, "pageviews"), _one_of("period", PERIODS, "total")
    path = _path(site)
    few = least(Audience.PUBLIC, site.settings.small_cells)
    count = _remembered(site, link, metric, PERIODS[period], path)
    shown = count if count is not None and count >= few else None
    return {
        "count": shown,
        "fewer_than": few if shown is None else None,
        "text": _("fewer than %(few)s", few=number(few)) if shown is None else number(shown),
        "metric": metric,
        "period": period,
        "path": path,
    }


def _one_of(name: str, choices: dict[str, str], usual: str) -> str:
    wanted = request.args.get(name, usual)
    if wanted not in choices:
        raise QueryError(name, f"choose from {', '.join(choices)}")
    return wanted


def _path(site: Site) -> str | None:
    """The requested page as it is stored; None: all pages."""
    wanted = request.args.get("path")
    if not wanted:
        return None
    spelt = paths.spelt(wanted)
    if spelt is None or not spelt.startswith("/"):
        raise QueryError("path", "write a page's path, such as /blog/first-post")
    return paths.by_rules(spelt, site.settings)


def _remembered(site: Site, link: SharedLink, metric: str, period: str, path: str | None) -> int | None:
    """The count, queried at most once in ``KEPT`` seconds, since every reader of a page requests it."""
    cache: Cache = current_app.extensions.setdefault("footfall counters", Cache())
    key = (msgspec.json.encode(link), site.id, metric, period, path, int(services().clock() // KEPT))
    return cache.found(key, partial(_asked, site, link, metric, period, path))


def _asked(site: Site, link: SharedLink, metric: str, period: str, path: str | None) -> int | None:
    viewer = viewer_of(link, current_day(site))
    pages = [["is", "event:page", [path]]] if path else []
    question = {"metrics": [metric], "date_range": period, "filters": [*viewer.filters, *pages]}
    try:
        with services().answers.sitting(site, audience=viewer.audience, bounds=viewer.bounds) as sitting:
            count: int | None = sitting.answer(question).results[0]["metrics"][0]
    except QueryError:
        return 0  # none of these days is shown
    return count


def _answer(content: bytes, kind: str) -> Response:
    headers = {**_HEADERS, "Cache-Control": f"public, max-age={KEPT}"}
    return Response(content, content_type=f"{kind}; charset=utf-8" if "svg" in kind else kind, headers=headers)


@blueprint.errorhandler(NotFound)
@blueprint.errorhandler(QueryError)
def refused(problem: NotFound | QueryError) -> Response:
    """The one error for every reason why a link does not work, readable by any site's page."""
    content = msgspec.json.encode({"error": str(problem)})
    status = 404 if isinstance(problem, NotFound) else 400
    return Response(content, status, {**_HEADERS, "Cache-Control": "no-store"}, content_type="application/json")
