"""A shared view inside another site's page: ``/embed/<token>``, all of it or one panel (D52).

Nothing is stored in the reader's browser and no script runs, so it works where third-party cookies are blocked. The link's
own list says which pages may frame it, sent as ``frame-ancestors`` (CSP level 3); no other page of ours may be framed.
"""

from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, g, request, url_for
from msgspec.structs import replace
from werkzeug.wrappers import Response

from analytics.errors import NotFound
from analytics.panels import Panel
from analytics.site import SharedLink, Site
from analytics.web.accounts.reader import PARAMETER
from analytics.web.accounts.viewer import Viewer
from analytics.web.dashboards import dashboard
from analytics.web.dashboards.asking import shelf
from analytics.web.dashboards.dashboard import Frame
from analytics.web.language import _, marked
from analytics.web.question.limits import shown_to
from analytics.web.question.selection import Selection
from analytics.web.services import current_day
from analytics.web.sharing.shared_links import GONE, addresses_at, asked, found, viewer_of, words

blueprint = Blueprint("embeds", __name__)

LOOKS: dict[str, dict[str, str]] = {
    "theme": {"auto": marked("Same as the visitor's device"), "light": marked("Light"), "dark": marked("Dark")},
    "accent": {
        "green": marked("Green"), "blue": marked("Blue"), "violet": marked("Violet"), "orange": marked("Orange"),
        "grey": marked("Grey"),
    },
    "background": {"card": marked("Card"), "page": marked("Same as Footfall"), "none": marked("None")},
}  # fmt: skip
"""What can be chosen of its look, by parameter; the first of each holds where nothing is said. Each is a class of the
style sheet: no colour of an address gets into the page."""
WHOLE = "whole"
"""Parameter of links on an embedded dashboard: ``panel`` then opens a panel in it rather than embeds that alone."""
HEIGHTS = {
    "number": 440, "timeseries": 370, "bars": 470, "tree": 560, "table": 520, "map": 520, "regions": 520, "heat": 380,
    "funnel": 460, "flow": 560, "text": 220, "live": 90,
}  # fmt: skip
"""Form of a panel -> pixels that it needs, in a column of usual width: a frame cannot grow without a script."""
DASHBOARD_HEIGHT = 1800
"""The same for all of them."""
_OTHER_HEIGHT = 480


@blueprint.get("/embed/<token>")
def show(token: str) -> Response:
    """The view or, with ``?panel=``, one panel of it. Raises NotFound if no page may frame the link."""
    site, link = found(token)
    if not link.hosts:
        raise NotFound(_(GONE))
    today = current_day(site)
    selection, problems = asked(link, today)
    viewer = replace(viewer_of(link, today), exports=False)
    alone = request.args.get("panel", "") if WHOLE not in request.args else ""
    if alone:
        selection, viewer = _one(site, selection, viewer, alone)
    addresses = addresses_at(url_for("embeds.show", token=token), "", _kept(alone))
    classes = " ".join(f"{name}-{chosen}" for name, chosen in _look().items())
    told = {**words(site, link), "look": classes, "alone": alone, "token": token}
    written = "shared/panel.html" if alone else "dashboard/page.html"
    answer = dashboard.page(site, selection, viewer, addresses, problems, Frame("shared/embed.html", told, written))
    g.framed_by = sources(link)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _one(site: Site, selection: Selection, viewer: Viewer, name: str) -> tuple[Selection, Viewer]:
    """The selection and the viewer of one panel. Raises NotFound for a panel that the link does not show."""
    given = [panel for each in shelf(site) if each.name == selection.dashboard for panel in each.panels]
    if not any(panel.name == name and shown_to(panel, viewer) for panel in given):
        raise NotFound(_(GONE))
    return replace(selection, panel="", show=(name,), open="", about=""), replace(viewer, panels=frozenset({name}))


def _kept(alone: str) -> tuple[tuple[str, str], ...]:
    """Parameters that every address in the frame carries."""
    given = [(name, request.args[name]) for name in (*LOOKS, PARAMETER) if name in request.args]
    return (("panel", alone) if alone else (WHOLE, "1"), *given)


def _look() -> dict[str, str]:
    """The chosen value of each option; unknown values are ignored."""
    return {
        name: wanted if (wanted := request.args.get(name, "")) in choices else next(iter(choices))
        for name, choices in LOOKS.items()
    }


def sources(link: SharedLink) -> str:
    """The hosts as a content security policy writes them; a site's ``www`` is included."""
    named = [name for host in link.hosts for name in ((host,) if host.startswith("*.") else (host, f"www.{host}"))]
    return " ".join(named)


class Snippet(NamedTuple):
    """What an owner puts into a page."""

    address: str
    title: str
    height: int


def snippet(site: Site, link: SharedLink, panel: Panel | None, chosen: dict[str, str]) -> Snippet:
    """The frame for one panel or all; ``chosen`` are parameters of its address."""
    height = HEIGHTS.get(panel.form, _OTHER_HEIGHT) if panel else DASHBOARD_HEIGHT
    what = _(panel.title) if panel else _("Visitors")
    parameters = {**({"panel": panel.name} if panel else {}), **chosen}
    address = url_for("embeds.show", token=link.token) + (f"?{urlencode(parameters)}" if parameters else "")
    return Snippet(address, f"{what}: {site.domain}", height)
