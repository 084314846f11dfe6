"""Reads values that were typed into forms. An invalid one is reported at its field."""

from collections.abc import Mapping
from datetime import date

from analytics.errors import InvalidInput


def day(fields: Mapping[str, str], name: str) -> date | None:
    """The day in this field, or None if it is empty. Raises InvalidInput."""
    text = fields.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(name, "“%(day)s” is not a date; enter it as 2026-11-22", day=text[:40]) from None
