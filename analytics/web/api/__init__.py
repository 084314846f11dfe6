"""The API as a whole: every route there is, and its description at ``/api/openapi.json``."""

from flask import Blueprint, Response

from analytics.web.api import goals, notes, openapi, segments, shared_links, sites, stats
from analytics.web.api.route import add, as_json, with_headers
from analytics.web.services import services

ROUTES = (
    *stats.ROUTES,
    *sites.ROUTES,
    *goals.ROUTES,
    *segments.ROUTES,
    *notes.ROUTES,
    *shared_links.ROUTES,
)

blueprint = Blueprint("api", __name__, url_prefix="/api")
for _route in ROUTES:
    add(blueprint, _route)
blueprint.after_request(with_headers)


@blueprint.get("/openapi.json")
def description() -> Response:
    """The description of the interface, for everybody: it says nothing of anybody's data."""
    return as_json(openapi.document(ROUTES, services().config.base_url))
