"""Finds one entry of a list by its id."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from analytics.errors import NotFound


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


Entry = TypeVar("Entry", bound=_Numbered)


def by_id(entries: Iterable[Entry], entry_id: int, missing: NotFound) -> Entry:
    """The entry with this id. Raises ``missing`` if there is none."""
    for entry in entries:
        if entry.id == entry_id:
            return entry
    raise missing
