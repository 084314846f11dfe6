"""The script and the style sheet of our own pages, each a single file made by the build."""

from flask import Blueprint, Response, request, url_for

from analytics.web.collector import script_file
from analytics.web.collector.scripts import FOR_GOOD, in_smallest_form

PARTS = {"dashboard.js": "text/javascript; charset=utf-8", "footfall.css": "text/css; charset=utf-8"}
"""File -> its type."""

blueprint = Blueprint("page_parts", __name__)


@blueprint.get(f"/static/built/<any({', '.join(PARTS)}):name>")
def part(name: str) -> Response:
    """One of the files. With its version in the address (``?v=``) it may be cached forever: another file has another
    address."""
    file = script_file.built(name)
    response = in_smallest_form(file)
    response.headers["Content-Type"] = PARTS[name]
    response.headers["Cache-Control"] = FOR_GOOD if request.args.get("v") == file.version else "no-cache"
    return response


@blueprint.app_template_global()
def page_part(name: str) -> str:
    """The address of a file in its present version, for templates."""
    return url_for("page_parts.part", name=name, v=script_file.built(name).version)
