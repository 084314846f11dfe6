"""Closes past days, then past months, and recomputes what was derived under other section rules.

``_STEPS`` is the order of the work on one site. Every step leaves the site consistent, so it may stop after any of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Protocol

from analytics.clock import Clock, local_day, months_later
from analytics.site import Site
from analytics.store.base import Derived, KeptDay, Store

SEAL_DELAY = 35 * 60
"""Seconds after local midnight before a day is closed: visits may cross midnight by 30 minutes."""
KEYS_LIVE = 2 * 60 * 60
"""Seconds after a day was last sealed for which a row may still come for one of its visits, with time to spare: the key of a
day is kept for 30 minutes after it, or after its last batch (``privacy/keys.py``)."""
MOST_SLACK = 0.25
"""Share of a file that may hold nothing after months were closed. Rewriting rows leaves 0.3 (measured, DuckDB 2.0)."""
LEAST_COMPACTED = 16 * 2**20
"""Bytes of slack that are not worth a copy of the file."""
FINE_MONTHS = 2
"""Closed months that keep roll-ups by day of dimensions with many values: enough for the last 30 days and the 30 before."""


class Derivation(Protocol):
    """How roll-ups are computed under the present rules."""

    many: Sequence[str]
    """The dimensions with many values."""

    def days(self, site: Site, first: date, last: date, /) -> Derived:
        """The roll-ups of the days from ``first`` to ``last``."""

    def month(self, site: Site, month: date, /) -> Derived:
        """What the roll-ups of a month, given as its first day, hold in addition to the sum of its days."""


class Sealer:
    """Seals a site's past. ``pause`` is called between two steps and returns whether to stop: queries must not wait until a
    whole year is done."""

    def __init__(self, store: Store, clock: Clock, derivation: Derivation, pause: Callable[[], bool]) -> None:
        self._store = store
        self._clock = clock
        self._derivation = derivation
        self._pause = pause

    def seal(self, site: Site) -> None:
        """Does everything that is due. Raises StoreUnavailable; what was done until then stays done."""
        for step in _STEPS:
            step(self, site)

    def rebuild(self, site: Site) -> None:
        """Recomputes all derived data from the events, a month at a time. Days after the last sealed one stay open."""
        was_closed, days = dict(self._store.months(site)), self._store.days(site)
        last_sealed, rows = max((day.day for day in days if day.sealed), default=date.min), self._store.rows(site)
        for month, its_days in _by_month(day for day in days if day.day <= last_sealed):
            self._again(site, month, self._runs(its_days, rows), closed=month in was_closed)
        self.seal(site)

    def _again(self, site: Site, month: date, runs: Sequence[tuple[date, date]], *, closed: bool) -> None:
        """Seals these days of a month again, and closes it if it was closed."""
        for first, last in runs:
            self._store.seal(site, first, last, self._derivation.days(site, first, last))
        if closed:
            self._store.close_month(site, month, self._derivation.month(site, month), ordered=len(runs) == 1)

    def _days(self, site: Site) -> None:
        """Seals past days, several in one transaction if an import left many open."""
        today = today_of(site, self._clock())
        past = [day for day in self._store.days(site) if day.day < today]
        rows = {} if all(day.sealed for day in past) else self._store.rows(site)
        for _, days in _by_month(past):
            for sealed, neighbours in groupby(days, key=lambda day: day.sealed):
                for first, last in [] if sealed else self._runs(neighbours, rows):
                    if not self._pause():
                        self._store.seal(site, first, last, self._derivation.days(site, first, last))

    def _runs(self, days: Iterable[KeptDay], rows: Mapping[date, int]) -> list[tuple[date, date]]:
        """Runs of neighbouring days within a month, as first and last day, each with no more rows than one transaction may
        rewrite. A day is never split."""
        runs, held = list[tuple[date, date]](), 0
        for day in (one.day for one in days):
            more = rows.get(day, 0)
            if runs and held + more <= self._store.rows_at_once:
                runs[-1], held = (runs[-1][0], day), held + more
            else:
                runs.append((day, day))
                held = more
        return runs

    def _months(self, site: Site) -> None:
        """Closes months that are over and whose days are all sealed with roll-ups made under the present rules."""
        closed, today = dict(self._store.months(site)), today_of(site, self._clock())
        for month, days in _by_month(self._store.days(site)):
            if not all(day.sealed for day in days) or self._pause():
                continue
            derived = self._derivation.days(site, days[0].day, days[-1].day)
            over = months_later(month, 1) <= today
            changed = any(day.rules != derived.rules for day in days)
            if changed or (over and month not in closed and not all(day.fine for day in days)):
                self._store.roll_up(site, days[0].day, days[-1].day, derived)
            if over and (changed or month not in closed):
                self._store.close_month(site, month, self._derivation.month(site, month))

    def _apart(self, site: Site) -> None:
        self._store.seal_apart(site, today_of(site, self._clock()))

    def _gather(self, site: Site) -> None:
        """Seals the months again that an earlier version has closed with every engagement event on a row of its own."""
        if scattered := self._store.scattered(site):
            rows = self._store.rows(site)
            for month, days in _by_month(self._store.days(site)):
                if month in scattered and not self._pause():
                    self._again(site, month, self._runs(days, rows), closed=True)

    def _number(self, site: Site) -> None:
        """Numbers the visits of closed months once nothing can come for them any more."""
        numbered = False
        for month in self._store.unnumbered(site, datetime.fromtimestamp(self._clock() - KEYS_LIVE, UTC)):
            if not self._pause():
                self._store.number(site, month)
                numbered = True
        if numbered:
            self._compact(site)

    def _coarse(self, site: Site) -> None:
        before = months_later(today_of(site, self._clock()).replace(day=1), -FINE_MONTHS)
        if any(day.fine and day.day < before for day in self._store.days(site)):
            self._store.coarsen(site, before, self._derivation.many)

    def _order(self, site: Site) -> None:
        if not self._pause() and self._store.order_rollups(site):
            self._compact(site)

    def _compact(self, site: Site) -> None:
        """Compacts the file if it is worth it: closing a month rewrites its rows and leaves the old ones as free blocks."""
        slack = self._store.slack(site)
        if slack > max(LEAST_COMPACTED, MOST_SLACK * self._store.size(site)):
            self._store.compact(site)


def today_of(site: Site, at: float) -> date:
    """The earliest day that may not be closed yet at ``at`` (seconds since the epoch), ``SEAL_DELAY`` included."""
    return local_day(at - SEAL_DELAY, site.timezone)


def _by_month(days: Iterable[KeptDay]) -> list[tuple[date, list[KeptDay]]]:
    return [(month, list(group)) for month, group in groupby(days, key=lambda one: one.day.replace(day=1))]


_STEPS = (Sealer._days, Sealer._apart, Sealer._months, Sealer._gather, Sealer._number, Sealer._coarse, Sealer._order)
