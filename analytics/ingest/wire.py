"""The format that clients send: decodes bytes into its keys, without judging their values.

It is that of docs/api.md: Plausible's Events API, so that its many trackers work with us, plus a few keys of our own. What
is not JSON of that form is refused; ``beacon.py`` decides what the keys mean and whether they are valid.
"""

import json
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from analytics.errors import InvalidInput
from analytics.model import PAGEVIEW

MAX_EVENTS = 1_000
MAX_IDEMPOTENCY_KEY = 128
MAX_QUERY_FIELDS = 100
"""Parameters of a picture's address; it has two or three."""

Read = TypeVar("Read")


class Wire(Struct, rename={"hash_mode": "hashMode", "money": "$"}):
    """The keys of the format, short and long forms alike, of any type."""

    n: Any = None
    name: Any = None
    u: Any = None
    url: Any = None
    d: Any = None
    domain: Any = None
    r: Any = None
    referrer: Any = None
    p: Any = None
    props: Any = None
    m: Any = None
    meta: Any = None
    h: Any = None
    hash_mode: Any = None
    i: Any = None
    interactive: Any = None
    money: Any = None
    revenue: Any = None
    sd: Any = None
    e: Any = None
    w: Any = None
    tz: Any = None
    x: Any = None
    b: Any = None

    def __repr__(self) -> str:
        """Without what was sent."""
        return "Wire(...)"


class TimedWire(Wire):
    """The keys of one event in a batch."""

    timestamp: Any = None
    ip: Any = None
    user_agent: Any = None
    visitor: Any = None
    country: Any = None
    region: Any = None
    city: Any = None
    browser: Any = None
    browser_version: Any = None
    os: Any = None
    os_version: Any = None
    device: Any = None
    language: Any = None
    screen: Any = None
    source: Any = None
    channel: Any = None
    utm_source: Any = None
    utm_medium: Any = None
    utm_campaign: Any = None
    utm_content: Any = None
    utm_term: Any = None


class BatchWire(Struct):
    """A batch whose events are still JSON, so that each can be refused by its index."""

    idempotency_key: Any = None
    events: Any = None


class _Events(Struct):
    events: list[msgspec.Raw]


_decode_wire = msgspec.json.Decoder(Wire).decode
_decode_timed_wire = msgspec.json.Decoder(TimedWire).decode
_decode_batch = msgspec.json.Decoder(BatchWire).decode
_decode_events = msgspec.json.Decoder(_Events).decode
_decode_any = msgspec.json.Decoder().decode

_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding raises: malformed, not UTF-8 or out of range (ValueError), nested too deeply (RecursionError)."""


def decode(body: bytes) -> Wire:
    """The keys of one event. Raises InvalidInput for ``request`` if it is not a JSON object."""
    try:
        return _decode_wire(body)
    except _UNREADABLE:
        return _once_more(_decode_wire, body)


def from_query(query: str, page: str) -> Wire:
    """The keys of one event from the query of the pixel's address; by default it is a view of ``page``, the page that
    embeds the pixel. Raises InvalidInput for ``request``."""
    try:
        pairs = parse_qsl(query, max_num_fields=MAX_QUERY_FIELDS, errors="replace")
    except ValueError:
        raise InvalidInput("request", f"has at most {MAX_QUERY_FIELDS} parameters") from None
    given: dict[str, Any] = dict(reversed(pairs))
    if not given.keys() & {"n", "name"}:
        given["n"] = PAGEVIEW
    if not given.keys() & {"u", "url"}:
        given["u"] = page
    return msgspec.convert(given, Wire)


def decode_timed(body: bytes) -> TimedWire:
    """The keys of one event of a batch. Raises InvalidInput for ``request`` if it is not a JSON object."""
    try:
        return _decode_timed_wire(body)
    except _UNREADABLE:
        return _once_more(_decode_timed_wire, body)


def decode_batch(body: bytes) -> tuple[str, list[bytes]]:
    """The idempotency key and the events, each still JSON.

    Raises InvalidInput for ``request``, ``idempotency_key`` or ``events``.
    """
    try:
        key = _decode_batch(body).idempotency_key
    except _UNREADABLE:
        body = _repaired(body)
        key = _once_more(_decode_batch, body).idempotency_key
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_IDEMPOTENCY_KEY:
        raise InvalidInput("idempotency_key", f"must be a text of 1 to {MAX_IDEMPOTENCY_KEY} characters")
    try:
        events = [bytes(event) for event in _decode_events(body).events]
    except _UNREADABLE:
        events = []
    if not 1 <= len(events) <= MAX_EVENTS:
        raise InvalidInput("events", f"must be a list of 1 to {MAX_EVENTS} events")
    return key, events


def embedded(text: str) -> Any:
    """The value of JSON inside a text; None if the text is not JSON."""
    try:
        return _decode_any(text)
    except _UNREADABLE:
        return None


def _once_more(decoder: Callable[[bytes], Read], body: bytes) -> Read:
    try:
        return decoder(_repaired(body))
    except _UNREADABLE:
        raise InvalidInput("request", "must be a JSON object") from None


def _repaired(body: bytes) -> bytes:
    """Repairs what careless clients send: a byte order mark is removed; bytes that are not UTF-8, and surrogates without a
    partner, which JavaScript's JSON.stringify writes, become replacement characters."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return b""
