"""What is answered when something goes wrong, and the headers that all our responses carry.

A page or a JSON body says what to do. A log line says what kind of error happened at which place in our code, and never
what the request contained.
"""

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from flask import Flask, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from analytics.errors import (
    DataLocked,
    FootfallError,
    InvalidInput,
    KeyRefused,
    NotFound,
    QueryError,
    QuestionTooLarge,
    StoreUnavailable,
    TooManyRequests,
    fault,
)
from analytics.web.accounts.access import MACHINES
from analytics.web.language import _, marked
from analytics.web.language import told as said
from analytics.web.services import services

_log = logging.getLogger(__name__)

_RETRY_AFTER = "5"


class Told(NamedTuple):
    """What an answer says."""

    title: str
    text: str
    for_programs: str = ""
    """The text in JSON, if it differs."""


PAGES = {
    400: Told(
        marked("Something went wrong"), marked("The request was not valid. Go back, check what you entered and try again.")
    ),
    401: Told(marked("Please sign in"), marked("You need an account to see this page.")),
    403: Told(
        marked("No access"), marked("Only owners of this service can see this page. Ask one of them if you need access.")
    ),
    404: Told(marked("Page not found"), marked("It may have moved, or there is a mistake in the address.")),
    405: Told(
        marked("That is not possible here"), marked("This address exists, but it does not accept this kind of request.")
    ),
    413: Told(marked("Too large"), marked("You can send at most one megabyte at a time.")),
    422: Told(
        marked("This query takes too long"),
        marked("It was stopped; nothing has changed. Choose fewer days or fewer filters."),
    ),
    429: Told(marked("Too many requests"), marked("Wait a moment and try again.")),
    500: Told(
        marked("Server error"),
        marked("The error is in the log, without anything you sent. If it keeps happening, ask whoever runs this service."),
    ),
    503: Told(
        marked("Temporarily unavailable"),
        marked("The data are not available at the moment. Try again soon; /health/ready shows what is wrong."),
    ),
}
"""The texts by HTTP status."""

STATUS: dict[type[FootfallError], int] = {
    NotFound: 404,
    InvalidInput: 400,
    QueryError: 400,
    KeyRefused: 401,
    TooManyRequests: 429,
    QuestionTooLarge: 422,
    StoreUnavailable: 503,
    DataLocked: 503,
}
"""The HTTP status of each of our errors; all others are 500."""

_EXPIRED = Told(
    marked("The form has expired"),
    marked(
        "Go back, reload the page and send the form again. If that does not help, open this service at %(base_url)s: "
        "that is the address in its settings (public_url), and its cookie works only there."
    ),
)

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
"""On every page. No inline script and no inline style will run."""


def set_up(app: Flask) -> None:
    """Registers the error handlers and the headers."""
    app.register_error_handler(FootfallError, _ours)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug)
    app.after_request(_with_headers)


def _ours(error: FootfallError) -> ResponseReturnValue:
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
    if status >= 500:
        _log.error("%s", fault(error))
        return _answer(status, PAGES[status])
    # As a string an error names its place in the question, which only programs can make use of.
    return _answer(status, Told(PAGES[status].title, said(error), for_programs=str(error)), _headers_of(error))


def _headers_of(error: FootfallError) -> dict[str, str]:
    if isinstance(error, KeyRefused):
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": str(error.seconds)} if isinstance(error, TooManyRequests) else {}


def _expired(_error: CSRFError) -> ResponseReturnValue:
    return _answer(400, Told(_EXPIRED.title, _(_EXPIRED.text, base_url=services().config.base_url)))


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    told = PAGES.get(status, Told(error.name, error.description or ""))
    if status == 400 and type(error).description != error.description:
        told = Told(told.title, error.description or told.text)
    answer = make_response(_answer(status, told))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            answer.headers[name] = value
    return answer


def _bug(error: Exception) -> ResponseReturnValue:
    _log.error("%s", fault(error))
    return _answer(500, PAGES[500])


def _answer(status: int, told: Told, more: Mapping[str, str] = MappingProxyType({})) -> ResponseReturnValue:
    headers = {"Cache-Control": "no-store", **more}
    if status == 503:
        headers["Retry-After"] = _RETRY_AFTER
    if _wants_json():
        return jsonify(error=_(told.for_programs or told.text)), status, headers
    return render_template("errors/page.html", status=status, told=told), status, headers


def _wants_json() -> bool:
    if request.path.startswith(("/api/", "/health/")):
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html") == "application/json"


def _headers() -> dict[str, str]:
    """The headers, extended by the hosts whose pages may show this one in a frame (``web/sharing/embeds.py``)."""
    hosts = g.get("framed_by")
    if not hosts:
        return HEADERS
    policy = HEADERS["Content-Security-Policy"].replace("frame-ancestors 'none'", f"frame-ancestors {hosts}")
    others = {name: value for name, value in HEADERS.items() if name != "X-Frame-Options"}
    return {**others, "Content-Security-Policy": policy}


def _with_headers(answer: Response) -> Response:
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    if services().config.base_url.startswith("https://"):
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint in MACHINES and answer.mimetype != "text/html":
        return answer
    for name, value in _headers().items():
        answer.headers.setdefault(name, value)
    if g.get("person"):
        answer.headers["Cache-Control"] = "no-store"
    return answer
