"""What an address, a form or a command selects of the events kept apart."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import request, url_for

from analytics.checks import Checks
from analytics.errors import InvalidInput, NotFound
from analytics.ingest.apart import SUSPECTS, kept_from
from analytics.site import Site
from analytics.store.base import Chosen
from analytics.web.setup.typed import day as typed_day

FIELDS = ("reason", "category", "who", "path", "first", "last")
"""What the address may choose by. Without ``reason`` nothing is chosen; a name that is missing means any."""


def chosen(today: date, fields: Mapping[str, str]) -> Chosen | None:
    """The selection made by the ``FIELDS`` of an address, form or command; None if they select nothing. Raises InvalidInput
    naming the field."""
    reason = fields.get("reason")
    if not reason:
        return None
    if reason not in set(SUSPECTS):
        raise InvalidInput("reason", "No events are set aside for this reason; choose one from the list")
    with Checks() as check:
        first = check(typed_day, fields, "first") or kept_from(today)
        last = check(typed_day, fields, "last") or today
    if first > last:
        raise InvalidInput("last", "%(last)s is before %(first)s", last=last, first=first)
    category, who, path = (fields.get(name) for name in ("category", "who", "path"))
    return Chosen(reason=reason, category=category, who=who, path=path or None, first=first, last=last)


def typed() -> dict[str, str]:
    """What the address or form contains, as it was sent."""
    return {name: request.values[name] for name in FIELDS if name in request.values}


def address(site: Site, chosen: Mapping[str, str | None]) -> str:
    """The address of the page with this selection."""
    named: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    return url_for("dropped.page", domain=site.domain, **named)


def moment_of(text: str) -> datetime:
    """The moment of a restore, from the form in which ``Restored.at`` is written. Raises NotFound if it is not one."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise NotFound("Nothing was restored at this time") from None
