"""The beacon, as browsers load it: ``/<the site's address>.js``, the same bytes for everybody; and what lies beside it.

**Caching.** A browser may keep the file for a day: long enough that a visit loads it once, short enough that a
correction reaches everybody by tomorrow. There is no ETag and no Last-Modified, on purpose: a browser sends
them back when it asks again, so a server that gives each visitor another one has a cookie by another name
(EDPB Guidelines 2/2023, §50). Without them nothing comes back, and nobody has to trust us on it. What it
costs is 700 bytes a day and visitor.
"""

from functools import cache

from flask import Blueprint, Response, abort, make_response, request
from flask.typing import ResponseReturnValue

from analytics.features import VITALS
from analytics.model import SiteSettings
from analytics.resources import folder
from analytics.web.services import services

blueprint = Blueprint("scripts", __name__)

ENCODINGS = {"br": ".br", "gzip": ".gz", "identity": ""}
"""Content-Encoding -> ending of the file that the build made, smallest first."""

HEADERS = {
    "Content-Type": "text/javascript; charset=utf-8",
    "Cache-Control": "public, max-age=86400",
    "Vary": "Accept-Encoding",
    # Every site may load it, with the crossorigin attribute and from behind Cross-Origin-Embedder-Policy, too.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


@blueprint.get("/<path:address>.js")
def beacon(address: str) -> ResponseReturnValue:
    """The beacon at the address that a site gave it in its settings, or at the usual one; 404 for any other."""
    addresses = {site.settings.script for site in services().directory.all()} | {SiteSettings().script}
    if address not in addresses:
        abort(404)
    return served("beacon.js")


@blueprint.get("/<path:address>-vitals.js")
def vitals(address: str) -> ResponseReturnValue:
    """Core Web Vitals beside the script of a site that switched them on; 404 for any other."""
    for site in services().directory.all():
        if site.settings.script == address and VITALS.name in site.settings.features:
            return served("vitals.js")
    return beacon(f"{address}-vitals")  # which a site may have called its script


def served(name: str) -> Response:
    """The answer with a file that the build made, in the smallest form that this browser can read."""
    encoding = _encoding()
    response = make_response(_file(name + ENCODINGS[encoding]))
    response.headers.update(HEADERS)
    if encoding != "identity":
        response.headers["Content-Encoding"] = encoding
    return response


def _encoding() -> str:
    return next((encoding for encoding in ENCODINGS if request.accept_encodings.quality(encoding) > 0), "identity")


@cache
def _file(name: str) -> bytes:
    return (folder("built") / name).read_bytes()
