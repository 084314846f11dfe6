"""One event as it is sent to the collector, with the keys of ``POST /api/events`` (docs/api.md)."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote

from analytics.client.request import Request

Amount = Decimal | int | float | str
Person = Mapping[str, str]
"""``ip`` and ``user_agent``, or ``visitor``; ``language`` if it is known."""

LONGEST_URL = 2_000
"""Bytes; the collector refuses a longer one."""
LONGEST_REFERRER = 2_000
LONGEST_AGENT = 2_000

_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?![A-Za-z0-9])")
"""The first primary subtag of Accept-Language (RFC 9110, 12.5.4)."""
_IN_PATHS = "/:@!$&'()*+,;=~"
_IN_QUERIES = _IN_PATHS + "?%"

_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class Event:
    """An event to be sent. It holds who the visitor was and prints nothing, because it may appear in a traceback."""

    __slots__ = ("at", "body")

    def __init__(self, at: float, body: bytes) -> None:
        self.at = at
        """Seconds since the epoch."""
        self.body = body
        """The JSON that is sent."""


def compose(
    at: float, name: str, url: str, person: Person, site: str = "", referrer: str = "",
    props: Mapping[str, object] | None = None, revenue: tuple[Amount, str] | None = None, interactive: bool = True,
) -> Event:  # fmt: skip
    """An event at ``at`` (seconds since the epoch). With ``site`` '' the site is the host of ``url``."""
    keys: dict[str, object] = {"n": str(name), "u": url, "timestamp": datetime.fromtimestamp(at, UTC).isoformat(), **person}
    if site:
        keys["d"] = site
    if referrer:
        keys["r"] = referrer
    if props:
        keys["p"] = {str(key): _plain(value) for key, value in props.items() if value is not None}
    if revenue:
        keys["$"] = {"amount": str(revenue[0]), "currency": revenue[1]}
    if not interactive:
        keys["i"] = False
    return Event(at, _json(keys).encode("utf-8", "replace"))


def _plain(value: object) -> object:
    """The value as JSON has it; other values (a Decimal, a model instance) as text."""
    return value if isinstance(value, str | int | float) else str(value)


def path_of(request: Request) -> str:
    """The path, percent-encoded as in a browser's address bar."""
    return quote(request.path, safe=_IN_PATHS, errors="replace")


def url_of(request: Request, *, query: bool = True) -> str:
    """The page's address, percent-encoded. The query, which holds campaign tags, is left out if the address would be too
    long."""
    page = f"{request.scheme}://{request.host}{path_of(request)}"
    if not query or not request.query:
        return page
    whole = f"{page}?{quote(request.query, safe=_IN_QUERIES, encoding='latin-1', errors='replace')}"
    return whole if len(whole) <= LONGEST_URL else page


def referrer_of(request: Request) -> str:
    """The referrer without query and fragment, which identify no source and often hold personal data."""
    return request.header("referer").partition("?")[0].partition("#")[0][:LONGEST_REFERRER]


def person_of(request: Request, address: str) -> Person:
    """The sender of a request; empty if it cannot be told: every browser sends a User-Agent."""
    agent = request.header("user-agent")[:LONGEST_AGENT].strip()
    if not address or not agent:
        return {}
    language = _LANGUAGE.match(request.header("accept-language"))
    known = {"ip": address, "user_agent": agent}
    return known | {"language": language[1].lower()} if language else known
