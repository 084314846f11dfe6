"""The replies of the collector, most of them built once.

Every reply, refusals and errors included, carries the CORS headers: without them a browser shows a script nothing of it,
and a tracker reports a network error instead of what is wrong. There is no cookie, no ETag and nothing to cache: a reply
that differs from browser to browser would store something on the visitor's device.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, json

from analytics.errors import InvalidInput
from analytics.ingest.spool import Entry
from analytics.model import Reason

Headers = list[tuple[str, str]]

PLAUSIBLE_DROPPED = "x-plausible-dropped"
FOOTFALL_DROPPED = "x-footfall-dropped"


class Reply(Struct, gc=False):
    """One reply. It may be sent only once ``entry`` is on disk; if that fails, ``UNAVAILABLE`` is sent instead."""

    status: int
    headers: Headers
    """Shared between answers: not to be changed."""
    body: bytes = b""
    entry: Entry | None = None
    batch: str = ""
    """The digest of an idempotency key that waits for ``Collector.settle``."""


CORS: Headers = [
    ("access-control-allow-origin", "*"),
    ("access-control-expose-headers", f"{PLAUSIBLE_DROPPED}, {FOOTFALL_DROPPED}"),
    ("cross-origin-resource-policy", "cross-origin"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
]
_TEXT: Headers = [*CORS, ("content-type", "text/plain; charset=utf-8")]
_JSON: Headers = [*CORS, ("content-type", "application/json")]

OK_BODY = b"ok"
OK_HEADERS: Headers = [*_TEXT, ("content-length", "2")]
GIF = b"GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
"""One transparent pixel: 43 bytes, the smallest that every browser shows."""
_PICTURE: Headers = [*CORS, ("content-type", "image/gif"), ("content-length", str(len(GIF)))]


def preflight(methods: str) -> Reply:
    """Allows a browser to send a request that a plain form could not."""
    return Reply(
        204,
        [
            *CORS,
            ("access-control-allow-methods", methods),
            ("access-control-allow-headers", "content-type, authorization, *"),
            ("access-control-max-age", "86400"),
        ],
    )


def _errors(status: int, errors: Any, *extra: tuple[str, str]) -> Reply:
    body = json.encode({"errors": errors})
    return Reply(status, [*_JSON, ("content-length", str(len(body))), *extra], body)


NOT_FOUND = _errors(404, {"request": ["there is no such address"]})
ENCODED = _errors(415, {"request": ["send the body as it is, without Content-Encoding"]}, ("accept-encoding", "identity"))
TOO_LARGE = _errors(413, {"request": ["the body is too large"]})
NOT_ALLOWED = _errors(
    401,
    {"request": ["send the header Authorization: Bearer <key>, with a key that has the scope events"]},
    ("www-authenticate", "Bearer"),
)
UNREADABLE = _errors(400, {"request": ["the event cannot be used"]})
UNAVAILABLE = _errors(503, {"request": ["the event could not be stored; send it again"]}, ("retry-after", "5"))


def wrong_method(methods: str) -> Reply:
    """``405``, naming the allowed methods."""
    return _errors(405, {"request": [f"use {methods.partition(',')[0]}"]}, ("allow", methods))


def accepted(entry: Entry) -> Reply:
    """``202 ok``: counted on every site that was named."""
    return Reply(202, OK_HEADERS, OK_BODY, entry)


def refused(reasons: Sequence[Reason], entry: Entry | None = None) -> Reply:
    """``202 ok``, with the number of sites that refused the event and their reasons."""
    return Reply(202, [*OK_HEADERS, *_dropped(reasons)], OK_BODY, entry)


def picture(reasons: Sequence[Reason] = (), entry: Entry | None = None) -> Reply:
    """``200`` and the pixel, whatever happened to the event: we must not cause a broken picture on a page."""
    return Reply(200, [*_PICTURE, *_dropped(reasons)] if reasons else _PICTURE, GIF, entry)


def _dropped(reasons: Sequence[Reason]) -> Headers:
    named = ", ".join(dict.fromkeys(reason.value for reason in reasons))
    return [(PLAUSIBLE_DROPPED, str(len(reasons))), (FOOTFALL_DROPPED, named)]


def rehearsed(told: bytes) -> Reply:
    """``200`` with the explanation of what would happen to an event."""
    return Reply(200, [*_JSON, ("content-length", str(len(told)))], told)


def invalid(error: InvalidInput) -> Reply:
    """``400``, naming the invalid field."""
    return _errors(400, {error.field: [str(error)]})


def invalid_batch(errors: Sequence[tuple[int | None, InvalidInput]]) -> Reply:
    """``400``, naming each invalid event by its index from 0; None stands for the batch itself."""
    return _errors(400, [{"index": index, "field": error.field, "message": str(error)} for index, error in errors])


def batch_accepted(answer: bytes, entry: Entry | None = None, batch: str = "") -> Reply:
    """``202`` with the sums of the batch."""
    return Reply(202, [*_JSON, ("content-length", str(len(answer)))], answer, entry, batch)


def sums(counted: int, dropped: Mapping[str, int]) -> bytes:
    """The body that says how many events of a batch were counted and how many were dropped, by reason."""
    return json.encode({"accepted": counted, "dropped": dict(sorted(dropped.items()))})
