"""received = counted + dropped, by reason.

Counted events need no counter: each is a row. Refused ones are added up here and written with the spool's next group,
within a second, so that the sums survive a crash as the rows do. Rows that are kept apart travel in the same entry, so each
of them is also among those counted as dropped.
"""

from collections import Counter, defaultdict
from threading import Lock

from analytics.clock import local_day
from analytics.ingest.spool import Part
from analytics.model import ApartRow, Reason
from analytics.site import NOWHERE, Site

MOST_WAITING = 5_000
"""Rows apart that wait for the disk, about 5 MB; of more only the sums are kept."""


class Ledger:
    """Refusals since the last ``take``. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._dropped: Counter[tuple[str, str, str]] = Counter()
        self._apart: defaultdict[str, list[ApartRow]] = defaultdict(list)
        self._waiting = 0

    def drop(self, site: Site | None, at: float, reason: Reason, row: ApartRow | None = None) -> None:
        """Counts one refused event on the local day of its site; ``None`` stands for an event for no site here. ``row`` is
        the row to keep apart, if any."""
        site = site or NOWHERE
        day = local_day(at, site.timezone).isoformat()
        with self._lock:
            self._dropped[site.id, day, reason.value] += 1
            if row is not None:
                self._put(site.id, [row])

    def take(self) -> list[Part]:
        """Returns what was counted since the last call, one part per site. The caller makes it durable."""
        with self._lock:
            taken, self._dropped = self._dropped, Counter()
            apart, self._apart, self._waiting = self._apart, defaultdict(list), 0
        parts: dict[str, Part] = {}
        for (site_id, day, reason), events in taken.items():
            part = parts.setdefault(site_id, Part(site=site_id, apart=apart.get(site_id, [])))
            part.dropped.setdefault(day, {})[reason] = events
        return list(parts.values())

    def put_back(self, parts: list[Part]) -> None:
        """Takes back what could not be made durable."""
        with self._lock:
            for part in parts:
                for day, reasons in part.dropped.items():
                    for reason, events in reasons.items():
                        self._dropped[part.site, day, reason] += events
                self._put(part.site, part.apart)

    def _put(self, site_id: str, rows: list[ApartRow]) -> None:
        taken = rows[: MOST_WAITING - self._waiting]
        if taken:
            self._apart[site_id] += taken
            self._waiting += len(taken)
