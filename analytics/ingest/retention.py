"""Removes what a site no longer keeps: rows that are too old, and rows that corrections removed and that can no longer be
restored.

Once a day for every site, in a thread of its own: old corrections become final, months older than the owner wants are
retired (their totals stay, as roll-ups), and if anything was removed, its bytes are erased from the file, then from the
backup, and with it from the spool. Every step leaves the site consistent; what a crash interrupts is done next time.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime

from msgspec import Struct

from analytics.clock import Clock, local_day, months_later
from analytics.errors import StoreUnavailable, fault
from analytics.ingest.apart import kept_from
from analytics.ingest.worker import Worker, all_of
from analytics.site import Site
from analytics.store.base import Retired, Statement, Store

_log = logging.getLogger(__name__)

EVERY = 24 * 3600
"""Seconds between two prunings of a site."""
_LOOK = 600.0
"""Seconds between two looks at what is due."""

Rest = Callable[[Site, date, date], list[Statement]]
"""How the roll-ups of these days of a site take in the visits over midnight, which they leave out as long as the rows
exist."""


class Due(Struct, frozen=True):
    """What pruning a site would remove now."""

    rows_before: date | None
    """Rows of the days before this one go; None: none do."""
    rows: int
    totals_before: date | None
    """Totals of the days before this one go; None: none do."""
    apart: int = 0
    """Rows go that are kept apart for longer than they can be restored."""


class Upkeep(Struct, frozen=True):
    """What an owner is told about a site's data."""

    size: int
    """Bytes on disk, without backups."""
    last: datetime | None
    """UTC; None: never yet."""
    due: Due


class Retention(Worker):
    """Prunes sites. ``settle`` makes a site's old corrections final; ``back_up`` replaces a site's backup and deletes the
    segments that backups cover. Safe to use from several threads."""

    def __init__(
        self,
        *,
        store: Store,
        sites: Callable[[], Iterable[Site]],
        clock: Clock,
        settle: Callable[[Site], bool],
        rest: Rest,
        back_up: Callable[[Site], None],
    ) -> None:
        super().__init__("retention")
        self._store, self._sites, self._clock = store, sites, clock
        self._settle, self._rest, self._back_up = settle, rest, back_up

    def upkeep(self, site: Site) -> Upkeep:
        """The state of a site's data. Raises StoreUnavailable."""
        return Upkeep(self._store.size(site), self._store.holdings(site).pruned_at, self.due(site))

    def due(self, site: Site) -> Due:
        """What ``prune`` would remove; only whole, closed months."""
        today = local_day(self._clock(), site.timezone)
        before = self._closed_before(site, oldest_kept(today, site.settings.keep_rows_months))
        rows = self._store.holdings(site, before).rows_before if before else 0
        months = site.settings.keep_totals_months
        apart = self._store.holdings(site, apart_before=kept_from(today)).apart_before
        return Due(before if rows else None, rows, oldest_kept(today, months) if months else None, apart)

    def prune(self, site: Site) -> Due:
        """Removes what is due and erases its bytes; returns what was removed. Raises StoreUnavailable."""
        gone = self.due(site)
        self._settle(site)
        first = self._store.holdings(site).first_row
        rest = self._rest(site, first, gone.rows_before) if first and gone.rows_before else []
        at = datetime.fromtimestamp(int(self._clock()), UTC).replace(tzinfo=None)
        apart_before = kept_from(local_day(self._clock(), site.timezone))
        self._store.retire(site, Retired(at, gone.rows_before, gone.totals_before, rest, apart_before))
        if self._store.holdings(site).unerased:
            self._store.compact(site)
            self._back_up(site)
            self._store.erased(site)
        return gone

    def _closed_before(self, site: Site, limit: date) -> date | None:
        """``limit``, or the end of the unbroken run of closed months before it; None if the oldest month is not closed."""
        closed = {month for month, _ in self._store.months(site)}
        months = sorted({one.day.replace(day=1) for one in self._store.days(site) if one.day < limit})
        waiting = next((month for month in months if month not in closed), limit)
        return waiting if months and months[0] < waiting else None

    def prune_due(self) -> None:
        """Prunes every site that was not pruned for a day, or that has deleted data left to erase."""
        all_of(self._sites(), self._prune_due)

    def _prune_due(self, site: Site) -> None:
        held = self._store.holdings(site)
        due = held.pruned_at is None or held.pruned_at.timestamp() + EVERY <= self._clock()
        if not self._stop.is_set() and (due or held.unerased):
            self.prune(site)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK):
            try:
                self.prune_due()
            except (StoreUnavailable, OSError) as problem:
                _log.warning("pruning failed and will be tried again: %s", problem)
            except Exception as bug:  # if the thread ended, rows would be kept for ever
                _log.error("pruning failed and will be tried again: %s", fault(bug))


def oldest_kept(today: date, months: int) -> date:
    """The first day kept if ``months`` whole months are kept besides the month of ``today``."""
    return months_later(today.replace(day=1), -months)
