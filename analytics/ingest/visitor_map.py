"""The visitors of a site's day: their tags, and the visits they are in. In memory only, like the keys that the tags were
made with, and dropped together with them.

``VisitorMap`` is the port: a map on a server, shared by many processes, would be a second implementation.
"""

from collections.abc import Iterable, MutableMapping
from datetime import date
from itertools import islice
from typing import Protocol

from msgspec import Struct

from analytics.model import Attributes

MOST_A_DAY = 500_000
"""Visitors of one site's day who are remembered, at about 850 bytes each. A site of 100 million events a year has a fifth of
that; more come from floods under ever new names (T20), which must not take the machine's memory."""


class VisitState(Struct, gc=False):
    """The latest visit of one visitor on one day."""

    visitor: int
    visit: int
    last: float
    """When its latest event was, seconds since the epoch."""
    seq: int
    """The number the next row of the visit gets."""
    attributes: Attributes


class DayOfVisitors(Struct, frozen=True):
    """One site's day, as it is handed over at a planned restart."""

    site_id: str
    day: date
    visitors: dict[int, VisitState]


class VisitorMap(Protocol):
    """Tag -> VisitState, per site and day. Never on a disk (docs/privacy.md)."""

    def day(self, site_id: str, day: date) -> MutableMapping[int, VisitState]:
        """The visitors of a site's day; an unknown day is empty. Callers store a changed state back into the mapping."""

    def forget(self, site_id: str, day: date) -> None:
        """Drops a day, whose tags mean nothing any more because their key is gone."""


class MemoryVisitorMap:
    """``VisitorMap`` in this process's memory. If a site's day has more than ``most`` visitors, the earliest tenth is
    forgotten; those of them who return are counted again."""

    def __init__(self, most: int = MOST_A_DAY) -> None:
        self._most = most
        self._days: dict[tuple[str, date], dict[int, VisitState]] = {}
        self._thinned: set[tuple[str, date]] = set()

    def day(self, site_id: str, day: date) -> dict[int, VisitState]:
        """See VisitorMap."""
        visitors = self._days.get((site_id, day))
        if visitors is None:
            visitors = self._days[site_id, day] = {}
        elif len(visitors) > self._most:
            for tag in list(islice(visitors, max(1, self._most // 10))):
                del visitors[tag]
            self._thinned.add((site_id, day))
        return visitors

    def take_thinned(self) -> set[tuple[str, date]]:
        """The (site id, day) pairs of which visitors were forgotten since the last call."""
        taken, self._thinned = self._thinned, set()
        return taken

    def forget(self, site_id: str, day: date) -> None:
        """See VisitorMap."""
        self._days.pop((site_id, day), None)

    def __len__(self) -> int:
        """How many visitors are known, over all sites and days."""
        return sum(map(len, self._days.values()))

    def dump(self) -> list[DayOfVisitors]:
        """Everything, to be handed over at a planned restart."""
        return [DayOfVisitors(site_id, day, visitors) for (site_id, day), visitors in self._days.items()]

    def restore(self, days: Iterable[DayOfVisitors]) -> None:
        """Takes over what ``dump`` returned."""
        self._days.update({(known.site_id, known.day): known.visitors for known in days})
