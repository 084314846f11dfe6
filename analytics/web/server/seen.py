"""“What I see about you”: how a request reaches us, for setting up a proxy (D3).

Shows owners what the door found in their own request and how it was used. Nothing of it is logged, kept or cached.
"""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from analytics.web.language import _, marked
from analytics.web.services import services

blueprint = Blueprint("seen", __name__)

ROWS = (marked("Connection from"), marked("Your address"), marked("Your location"), marked("Your browser"))
"""What the door says of a request besides its headers."""
MADE = {
    "trusted": marked("in trusted_proxies"),
    "not trusted": marked("not in trusted_proxies"),
    "not asked": marked("not read; if your proxy sets this header, name it in forwarded_header"),
    "not used": marked("not used"),
    "used": marked("used: the first address from the right that is not a trusted proxy"),
    "forged": marked("ignored: not from a trusted proxy, so anyone could have set it"),
    "coarse": marked("all that is stored of the User-Agent"),
}
"""What the door made of it -> in words."""


@blueprint.get("/seen")
def page() -> ResponseReturnValue:
    """The rows of ``Door.explain`` for this request."""
    knock = request.environ.get("footfall.knock")
    found = services().door.explain(knock) if knock is not None else []
    rows = [(_(what), value.removesuffix("unknown"), _made(what, made)) for what, value, made in found]
    return render_template("seen/page.html", rows=rows), 200, {"Cache-Control": "no-store"}


def _made(what: str, made: str) -> str:
    if what == "Your address":
        source = _("the connection") if made == "the connection" else made
        return _("taken from %(source)s; forgotten after this response", source=source)
    if what == "Your location":
        found = _("from the location database of %(source)s", source=made)
        return found if made else _("there is no location database")
    return _(MADE[made])
