"""The API as a whole: every route there is, and its description at ``/api/openapi.json``."""

import re

from flask import Blueprint, Response
from werkzeug.routing import BaseConverter

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

_LISTS = {found[1] for route in ROUTES if (found := re.match("/v1/sites/([a-z-]+)", route.path))}


class _Domain(BaseConverter):
    """A site's domain in a path; the name of a list beside it is none, whatever the method."""

    regex = rf"(?!(?:{'|'.join(sorted(_LISTS))})\Z)[^/]+"
    part_isolating = True


blueprint = Blueprint("api", __name__, url_prefix="/api")
blueprint.record_once(lambda state: state.app.url_map.converters.update(domain=_Domain))
for _route in ROUTES:
    add(blueprint, _route)
blueprint.after_request(with_headers)


@blueprint.get("/openapi.json")
def description() -> Response:
    """The description of the interface, for everybody: it says nothing of anybody's data."""
    return as_json(openapi.document(ROUTES, services().config.base_url))
