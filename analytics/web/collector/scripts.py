"""The beacon, as browsers load it: ``/<the site's address>.js``, the same bytes for everybody; and the files beside it.

**Caching.** A browser may keep the file for a day: long enough that a visit loads it once, short enough that a correction
reaches everybody by tomorrow. There is no ETag and no Last-Modified, on purpose: a browser sends them back when it asks
again, so a server that gives each visitor a different one has a cookie by another name (EDPB Guidelines 2/2023, §50).
Without them nothing comes back, and nobody has to trust us on it. The price is 700 bytes a day per visitor.

**Pinned.** ``/<the site's address>.<version>.js`` names the bytes and may be kept for a year: a page that asks for it with
``integrity`` gets those bytes or none. A version from before an update, or from before the site's features were changed, is
answered with today's script, to be kept for a day: a page without ``integrity`` continues to count, and one with it refuses
the script, as its owner wished.
"""

import re

from flask import Blueprint, Response, abort, make_response, request
from flask.typing import ResponseReturnValue

from analytics.features import VITALS
from analytics.site import SiteSettings
from analytics.web.collector import script_file
from analytics.web.collector.script_file import File
from analytics.web.services import services

blueprint = Blueprint("scripts", __name__)

_VERSION = re.compile("[0-9a-f]{12}")
A_DAY = "public, max-age=86400"
FOR_GOOD = "public, max-age=31536000, immutable"
HEADERS = {
    "Content-Type": "text/javascript; charset=utf-8",
    "Cache-Control": A_DAY,
    # Every site may load it, with the crossorigin attribute and from behind Cross-Origin-Embedder-Policy, too.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


@blueprint.get("/<path:address>.js")
def beacon(address: str) -> ResponseReturnValue:
    """The script at the address that a site chose in its settings, pinned or not; at the usual address also the plain
    beacon. 404 for any other address."""
    script, _, version = address.partition(".")
    if version and not _VERSION.fullmatch(version):
        abort(404)
    settings = next((site.settings for site in services().directory.all() if site.settings.script == script), SiteSettings())
    if settings.script != script:
        abort(404)
    file = script_file.of_site(settings)
    response = served(file)
    if version == file.version:
        response.headers["Cache-Control"] = FOR_GOOD
    return response


@blueprint.get("/<path:address>-vitals.js")
def vitals(address: str) -> ResponseReturnValue:
    """Core Web Vitals, beside the script of a site that switched them on; 404 for any other."""
    for site in services().directory.all():
        if site.settings.script == address and VITALS.name in site.settings.features:
            return served(script_file.built("vitals.js"))
    return beacon(f"{address}-vitals")  # which a site may have called its script


def served(file: File) -> Response:
    """The response with a site's script, to be cached for a day."""
    response = in_smallest_form(file)
    response.headers.update(HEADERS)
    return response


def in_smallest_form(file: File) -> Response:
    """The file in the smallest form that this browser can read."""
    accepted = request.accept_encodings
    encoding = next((form for form in file.forms if accepted.quality(form) > 0), "identity")
    response = make_response(file.forms[encoding])
    response.headers["Vary"] = "Accept-Encoding"
    if encoding != "identity":
        response.headers["Content-Encoding"] = encoding
    return response
