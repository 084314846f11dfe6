"""Paged lists of what was set up for a site, for programs; and which site a request is about."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct

from analytics.errors import QueryError
from analytics.site import Site
from analytics.web.api.route import Caller, Parameter, body, parameters, raw_body, site_of

MOST = 1000
_USUAL = 100
OF_SITE = {"site_id": Parameter("the site's domain", required=True)}
PAGES = {
    "limit": Parameter(f"entries, 1 to {MOST}, {_USUAL} where it is left out"),
    "after": Parameter("`meta.after` of the answer before: the entries after those"),
    "before": Parameter("`meta.before` of the answer before: the entries before those"),
}
"""What ``page`` reads."""
Entry = TypeVar("Entry")


class SiteOf(Struct):
    """Which site something is of."""

    site_id: str


class Page(Struct):
    """Where in a list an answer lies."""

    after: str | None
    before: str | None
    limit: int


class Deleted(Struct):
    """It is gone."""

    deleted: bool = True


def listed(caller: Caller, entries: Callable[[Site], Sequence[Entry]]) -> tuple[Site, Sequence[Entry], Page]:
    """The site that the request is about, the requested page of its ``entries``, and the position of that page. Raises as
    ``Caller.site`` and ``page`` do."""
    given = parameters()
    site = caller.site(site_of(given))
    return site, *page(entries(site), given)


def page(entries: Sequence[Entry], given: dict[str, str]) -> tuple[Sequence[Entry], Page]:
    """The requested part of a list, and how to get what precedes and follows it. Raises QueryError."""
    limit = _number(given, "limit", MOST) or _USUAL
    after, before = _number(given, "after"), _number(given, "before")
    end = len(entries) if before is None else min(before, len(entries))
    start = min(after or 0, end) if before is None else max(0, end - limit)
    shown = entries[start:end][:limit]
    last = start + len(shown)
    meta = Page(after=str(last) if last < len(entries) else None, before=str(start) if start else None, limit=limit)
    return shown, meta


def _number(given: dict[str, str], name: str, most: int = 10**9) -> int | None:
    text = given.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:20]) <= most:
        raise QueryError(name, f'Expected a whole number from 1 to {most}, not "{text[:100]}"')
    return int(text)


def site_id() -> str:
    """The requested site's domain. Plausible's clients send it in the body of a DELETE, others in the address. Raises
    QueryError."""
    given = parameters()
    return body(SiteOf).site_id if raw_body() and not given.get("site_id") else site_of(given)
