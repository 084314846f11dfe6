"""Checks what a client sent: takes the keys of the format and returns a ``Beacon``.

Whatever arrives, the outcome is a value or ``InvalidInput``, which names the field (url, domain, event_name, props,
request; in a batch also the fact's own name) and repeats nothing of what was sent.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from analytics.errors import InvalidInput
from analytics.ingest import facts
from analytics.ingest.wire import TimedWire, Wire, decode, embedded
from analytics.model import ENGAGEMENT

MAX_NAME = 120
MAX_URL = 2_000
"""Bytes."""
MAX_REFERRER = 2_001
"""Characters handed on: one more than are kept, so that the scrubber sees a cut and drops the piece it goes through;
half an e-mail address matches no pattern."""
MAX_PROPS = 30
MAX_PROP_KEY = 300
"""Bytes."""
MAX_PROP_VALUE = 2_000
"""Bytes."""
MAX_SITES = 10
"""How many sites one event may name: enough for a roll-up, too few to be a lever."""
MAX_FACT = 200
MAX_LABEL = 200
MAX_USER_AGENT = 2_000
MAX_LEFT_OUT = 1_000
"""Parameters: more than one event of Google's can have. What claims more is cut to it."""
MAX_ENGAGED = 86_400_000
"""Milliseconds: a day. What claims more is cut to it."""
MAX_TEXT_NUMBER = 64
"""A number longer than this, as text, is no amount of money."""

_EARLIEST = 86_400.0
"""2 January 1970: the first moment that lies on a positive day in every zone."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SPELT_OUT = frozenset(("true", "1"))
_THOUSANDTH = Decimal("0.001")
_MOST_MONEY = Decimal(10) ** 15
"""Revenue is stored as DECIMAL(18, 3)."""


class Beacon(Struct, frozen=True, kw_only=True, gc=False):
    """One event as it was sent, with its form checked. It still holds raw text; the scrubber is the next to see it."""

    name: str
    url: str
    domains: tuple[str, ...]
    """The sites it is for, as written by the client."""
    named: bool
    """False: the client named no site, and ``domains`` is the host (and port) of ``url``."""
    referrer: str = ""
    props: Mapping[str, str] = {}
    hash_mode: bool = False
    interactive: bool = True
    left_out: int = 0
    """Identifying parameters that the client kept to itself."""
    revenue: str | None = None
    currency: str = ""
    scroll: int = 0
    engaged: int = 0
    """Milliseconds."""
    width: int = 0
    """Of the window, in CSS pixels; 0 is unknown."""
    automated: bool = False
    """The browser says that a program steers it (``navigator.webdriver``)."""
    timezone: str = ""
    """The browser's IANA zone: a country for the door when it has no database; never kept."""


class TimedBeacon(Struct, frozen=True, kw_only=True):
    """One event of a batch: a beacon, its time, the person, and the facts that the sender knows already."""

    beacon: Beacon
    at: float
    """Seconds since the epoch."""
    ip: str | None
    user_agent: str | None
    visitor: str | None
    facts: Mapping[str, str]

    def __repr__(self) -> str:
        """Without the person, because it may appear in a traceback."""
        return "TimedBeacon(...)"


def read(body: bytes) -> Beacon:
    """Decodes and checks one event. Raises InvalidInput naming the field."""
    return beacon(decode(body))


def beacon(wire: Wire) -> Beacon:
    """Checks one decoded event. Raises InvalidInput naming the field."""
    name = _name(wire)
    url = _url(wire)
    named = domains(wire)
    props = _first(wire.p, wire.props, wire.m, wire.meta)
    money = _first(wire.money, wire.revenue)
    engagement = name == ENGAGEMENT
    revenue, currency = _revenue(money) if money is not None and not engagement else (None, "")
    referrer = _first(wire.r, wire.referrer)
    if engagement and _number(wire.sd) is None and _number(wire.e) is None:
        raise InvalidInput("request", "an engagement event needs sd (deepest scroll) or e (engaged milliseconds)")
    return Beacon(
        name=name,
        url=url,
        domains=named or (_host(url),),
        named=bool(named),
        referrer=_clean(referrer[:MAX_REFERRER]) if isinstance(referrer, str) else "",
        props=_props(props) if props else {},
        left_out=_bounded(wire.x, MAX_LEFT_OUT),
        hash_mode=_yes(_first(wire.h, wire.hash_mode)),
        interactive=not engagement and not _no(_first(wire.i, wire.interactive)),
        revenue=revenue,
        currency=currency,
        scroll=_bounded(wire.sd, 100) if engagement else 0,
        engaged=_bounded(wire.e, MAX_ENGAGED) if engagement else 0,
        automated=wire.b is not None and _yes(wire.b),
        width=max(0, _number(wire.w) or 0),
        timezone=wire.tz if isinstance(wire.tz, str) and len(wire.tz) <= 64 else "",
    )


def timed(wire: TimedWire, now: float) -> TimedBeacon:
    """Checks one decoded event of a batch; ``now`` is in seconds since the epoch. Raises InvalidInput naming the field."""
    ip = _short(wire.ip, "ip", MAX_LABEL)
    user_agent = _short(wire.user_agent, "user_agent", MAX_USER_AGENT)
    visitor = _short(wire.visitor, "visitor", MAX_LABEL)
    if visitor is None and (ip is None or user_agent is None):
        raise InvalidInput("visitor", "say who it was: ip and user_agent, or visitor")
    return TimedBeacon(
        beacon=beacon(wire),
        at=_moment(wire.timestamp, now),
        ip=ip,
        user_agent=user_agent,
        visitor=visitor,
        facts={
            name: fact for name in facts.NAMES if (given := getattr(wire, name)) is not None and (fact := _fact(name, given))
        },
    )


def domains(wire: Wire) -> tuple[str, ...]:
    """The domains that the client named, in its order, without repetitions; empty if it named none.

    Raises InvalidInput for ``domain``.
    """
    named = _first(wire.d, wire.domain)
    if named is None or named == "":
        return ()
    if not isinstance(named, str):
        raise InvalidInput("domain", "must be text")
    if "," not in named:
        return (named.strip(),)
    found = tuple(dict.fromkeys(part.strip() for part in named.split(",", MAX_SITES) if part.strip()))
    if len(found) > MAX_SITES or named.count(",") > MAX_SITES:
        raise InvalidInput("domain", f"names more than {MAX_SITES} sites")
    return found


def _first(*values: Any) -> Any:
    for value in values:
        if value is not None:
            return value
    return None


def _clean(text: str) -> str:
    """The text without control characters: they break lines, terminals and databases, and nobody means them."""
    return text if text.isprintable() else _CONTROL.sub("", text)


def _too_long(text: str, most: int) -> bool:
    return len(text) > most or (not text.isascii() and len(text.encode("utf-8", "replace")) > most)


def _name(wire: Wire) -> str:
    name = _first(wire.n, wire.name)
    if isinstance(name, int) and not isinstance(name, bool):
        name = _decimal(name)
    if not isinstance(name, str) or not (name := _clean(name).strip()):
        raise InvalidInput("event_name", "is required")
    if len(name) > MAX_NAME:
        raise InvalidInput("event_name", f"has at most {MAX_NAME} characters")
    return name


def _url(wire: Wire) -> str:
    url = _first(wire.u, wire.url)
    if not isinstance(url, str) or not (url := _clean(url).strip()):
        raise InvalidInput("url", "is required")
    if _too_long(url, MAX_URL):
        raise InvalidInput("url", f"has at most {MAX_URL:,} bytes")
    return url


def _host(url: str) -> str:
    """The host and port of a URL, as written. Without a host the event could not be assigned to a site."""
    _, found, rest = url.partition("://")
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0].rpartition("@")[2]
    if not found or not authority:
        raise InvalidInput("domain", "is required when the url has no host")
    return authority


def _props(given: Any) -> dict[str, str]:
    """The first 30 usable properties; none if the value is not an object, since a WordPress site that sends ``[]`` for an
    empty one should still be counted."""
    if isinstance(given, str):
        given = embedded(given)
    if not isinstance(given, dict):
        return {}
    kept: dict[str, str] = {}
    for key, value in given.items():
        text = _text(value)
        if not text or not (key := _clean(key).strip()):
            continue
        if _too_long(key, MAX_PROP_KEY):
            raise InvalidInput("props", f"a key has at most {MAX_PROP_KEY} bytes")
        if _too_long(text, MAX_PROP_VALUE):
            raise InvalidInput("props", f"a value has at most {MAX_PROP_VALUE:,} bytes")
        kept[key] = text
        if len(kept) == MAX_PROPS:
            break
    return kept


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _clean(value).strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _decimal(value)
    return str(value) if isinstance(value, float) else ""


def _decimal(number: int) -> str:
    """The number as text. Python refuses to convert integers of more than 4,300 digits; such a number exceeds every limit
    here."""
    try:
        return str(number)
    except ValueError:
        return "9" * (MAX_PROP_VALUE + 1)


def _revenue(given: Any) -> tuple[str | None, str]:
    """The amount with three decimals, and its currency; (None, '') if the value is not an amount of money."""
    if isinstance(given, str):
        given = embedded(given)
    if not isinstance(given, dict):
        return None, ""
    amount, currency = given.get("amount"), given.get("currency")
    if isinstance(amount, bool) or not isinstance(amount, int | float | str) or not isinstance(currency, str):
        return None, ""
    text = _decimal(amount) if isinstance(amount, int) else str(amount)
    if len(text) > MAX_TEXT_NUMBER or not re.fullmatch(r"[A-Za-z]{3}", currency):
        return None, ""
    try:
        value = Decimal(text.strip())
        if not value.is_finite() or abs(value) >= _MOST_MONEY:
            return None, ""
        return f"{value.quantize(_THOUSANDTH):f}", currency.upper()
    except InvalidOperation:
        return None, ""


def _number(value: Any) -> int | None:
    """The value as a whole number if it is a number or a string of digits, else None."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return round(value)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value):
        return int(value)
    return None


def _bounded(value: Any, most: int) -> int:
    """The value as a whole number from 0 to ``most``; 0 if it is no number."""
    return min(most, max(0, _number(value) or 0))


def _yes(value: Any) -> bool:
    return value is True or value == 1 or (isinstance(value, str) and value.lower() in _SPELT_OUT)


def _no(value: Any) -> bool:
    return value is False or (isinstance(value, str) and value.lower() == "false")


def _short(value: Any, field: str, most: int) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > most:
        raise InvalidInput(field, f"must be a text of at most {most:,} characters")
    return value


def _fact(name: str, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = _decimal(value)
    return facts.checked(name, _clean(_short(value, name, MAX_FACT) or "").strip())


def _moment(value: Any, now: float) -> float:
    if not isinstance(value, str) or len(value) > 40:
        raise InvalidInput("timestamp", "is required: ISO 8601 with an offset, such as 2026-03-01T12:00:00+01:00")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise InvalidInput("timestamp", "must be ISO 8601, such as 2026-03-01T12:00:00+01:00") from None
    if moment.tzinfo is None:
        raise InvalidInput("timestamp", "needs an offset from UTC, such as Z or +01:00")
    at = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    if at < _EARLIEST:
        raise InvalidInput("timestamp", "must not lie before 1970-01-02")
    if at > now + 60:
        raise InvalidInput("timestamp", "lies in the future")
    return at
