"""“What I see about you”: how a request reaches us, for setting up a proxy (D3).

Shows the owner what the door found in the owner's own request, and what it made of it. Nothing of it is
logged, kept or cached.
"""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from analytics.privacy.door import UNKNOWN
from analytics.web.language import _
from analytics.web.services import services

blueprint = Blueprint("seen", __name__)


@blueprint.get("/seen")
def page() -> ResponseReturnValue:
    """The rows of ``Door.explain`` for this very request."""
    knock = request.environ.get("footfall.knock")
    facts = services().door.explain(knock) if knock is not None else []
    rows = [
        (_(fact.what), fact.value if fact.value != UNKNOWN else "", _(fact.made, source=_(fact.source))) for fact in facts
    ]
    return render_template("seen/page.html", rows=rows), 200, {"Cache-Control": "no-store"}
