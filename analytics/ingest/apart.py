"""Events that were dropped on suspicion are kept apart for a while, as keyless rows, so that a wrong suspicion costs
nothing.

A suspicion is a verdict that may be wrong about a person: robot, spam, an unlisted host. Events that the owner or the
visitor wants left out, and invalid events, are only counted.

The rows get visitors and visits of their own, so that robots neither crowd out people nor join their visits. Everything is
bounded: beyond the limits an event is still counted as dropped, but not kept.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple

from analytics.clock import local_day
from analytics.ingest.hit import Hit
from analytics.ingest.sessioniser import Sessioniser
from analytics.ingest.steps.hostname import NAMELESS, unlisted
from analytics.ingest.steps.spam import spam_host
from analytics.ingest.visitor_map import MemoryVisitorMap
from analytics.model import ApartRow, Dropped, Reason, Visitor
from analytics.site import Site

KEPT_DAYS = 30
"""Days for which what is kept apart can be restored."""
MOST_A_DAY = 100_000
"""Rows per site and day: with 30 bytes per row on disk, 90 MB in a month."""
MOST_OF_ONE = 20_000
"""Rows per day of one robot, spam host or host, so that one flood does not crowd out the others."""
MOST_NAMES = 1_000
"""Names per day that are counted separately; all further ones share one count, since strangers can make up hosts."""
MOST_REMEMBERED = 20_000
"""Rows after which the visitors are forgotten; a robot that returns is then another visitor."""

SUSPECTS: dict[Reason, Callable[[Hit], tuple[str, str]]] = {
    Reason.BOT: lambda hit: (hit.visitor.bot_group, hit.visitor.bot),
    Reason.BURST: lambda _hit: ("", "one network"),
    Reason.HOSTNAME: lambda hit: ("", unlisted(hit) or NAMELESS),
    Reason.SPAM_REFERRER: lambda hit: ("", spam_host(hit)),
}
"""The reasons that are suspicions, and how each names its suspect: category and who, as in ``model.Apart``."""


def kept_from(today: date) -> date:
    """The first day of which rows are kept apart. It moves on by whole weeks: erasing rewrites a site's file, and that
    should not happen every day."""
    oldest = today - timedelta(days=KEPT_DAYS)
    return oldest - timedelta(days=oldest.weekday())


def kept_until(day: date) -> date:
    """The day on which the rows kept apart of ``day`` are deleted."""
    return day + timedelta(days=KEPT_DAYS + 7 - day.weekday())


_LATER_NAMES = ("", "", "")


class _Taken(Struct):
    """How many rows a site has kept apart today."""

    day: date
    by: Counter[tuple[str, str, str]]
    rows: int = 0


class Keeper:
    """Makes the rows that are kept apart. Not thread-safe: the caller must hold a lock."""

    def __init__(self, random: Callable[[], int] | None = None) -> None:
        """``random`` as in ``Sessioniser``."""
        self._random = random
        self._taken: dict[str, _Taken] = {}
        self._forget_all()

    def row(self, site: Site, visitor: Visitor, dropped: Dropped, now: float) -> ApartRow | None:
        """The row to keep for an event that was dropped at ``now`` (seconds since the epoch); None if it is only to be
        counted."""
        apart = dropped.apart
        today = local_day(now, site.timezone)
        if apart is None or (today - local_day(apart.event.time, site.timezone)).days > KEPT_DAYS:
            return None
        if dropped.reason is Reason.HOSTNAME and apart.who in site.settings.ignored_hosts:
            return None
        suspicion = (dropped.reason.value, apart.category, apart.who)
        if not self._has_room(site.id, today, suspicion):
            return None
        row = self._sessioniser.row(site, visitor, apart.event)
        if isinstance(row, Dropped):
            return None
        self._remembered += 1
        if self._remembered >= MOST_REMEMBERED:
            self._forget_all()
        fields: tuple[Any, ...] = (*astuple(row), *suspicion)
        return ApartRow(*fields)

    def forget(self, site_id: str, day: date) -> None:
        """Forgets the tags of a site's day, because their key is gone."""
        self._sessioniser.visitors.forget(site_id, day)

    def _has_room(self, site_id: str, today: date, of: tuple[str, str, str]) -> bool:
        taken = self._taken.get(site_id)
        if taken is None or taken.day != today:
            taken = self._taken[site_id] = _Taken(today, Counter())
        if of not in taken.by and len(taken.by) >= MOST_NAMES:
            of = _LATER_NAMES
        if taken.rows >= MOST_A_DAY or taken.by[of] >= MOST_OF_ONE:
            return False
        taken.rows += 1
        taken.by[of] += 1
        return True

    def _forget_all(self) -> None:
        self._sessioniser = Sessioniser(MemoryVisitorMap(), self._random)
        self._remembered = 0
