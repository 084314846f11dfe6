"""Carries rows from the spool into the store, and closes days.

It reads each segment once, collects its contents by site, and loads a site when 10,000 of its rows are waiting, after 30
seconds, or when somebody queries it. A small load costs 14 ms per file, so loading every site every second would not scale.
Each load also records, in its own transaction, how far the spool was read; so a crash at any moment neither stores anything
twice nor loses anything.

A segment that was read to its end and loaded is finished (finished.py). It is kept until backups contain what is in it: if
a site's file comes back older than it was, it is read again.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import RLock

from msgspec import Struct

from analytics.clock import Clock, local_day
from analytics.errors import StoreBusy, StoreUnavailable, fault
from analytics.ingest.finished import FinishedSegments
from analytics.ingest.sealer import Derivation, Sealer, today_of
from analytics.ingest.spool import RawEntry, RawPart, Record, Spool, read, segments
from analytics.ingest.worker import Worker, all_of
from analytics.model import Reason
from analytics.site import NOWHERE, Site
from analytics.store.base import Batch, Load, Position, Store, day_of

_log = logging.getLogger(__name__)

FULL = 10_000
"""Rows of one site that are loaded at once. Measured: 80 ms, the same on an empty table and on 10 M rows."""
PATIENCE = 30.0
"""Seconds the rows of a site that nobody looks at may wait in the spool."""
FRESH = 0.5
"""Seconds for which an answer is new enough, so that the panels of one page share one load."""
QUIET = 60.0
"""Seconds without new rows of past days before a site's past days are sealed, so that an import seals each day once."""
BACKUP = 24 * 3600.0
"""Age in seconds at which a segment makes backups of its sites due. Segments covered by verified backups are deleted: they
contain times to the second, which sealed days do not."""
_TICK = 1.0
_BREATH = 0.05
"""Seconds of pause between two days that are sealed, and two sites that are backed up: locks are not fair, and queries must
not wait for a whole year, or for all sites."""


class _Chunk(Struct, frozen=True):
    """What one record of the spool holds for one site."""

    segment: str
    end: int
    part: RawPart
    batch: Batch | None


class _Waiting:
    """What was read for one site and is not loaded yet."""

    def __init__(self) -> None:
        self.chunks: list[_Chunk] = []
        self.rows = 0
        self.since = time.monotonic()

    def add(self, chunk: _Chunk) -> None:
        if not self.chunks:
            self.since = time.monotonic()
        self.chunks.append(chunk)
        self.rows += len(chunk.part.rows) + len(chunk.part.apart)


class Writer(Worker):
    """Owns the path from the spool to the store. ``freshen`` may be called from any thread. When closed, it first loads
    what is waiting, as far as possible."""

    def __init__(
        self,
        *,
        folder: Path,
        quarantine: Path,
        spool: Spool,
        store: Store,
        sites: Callable[[], Iterable[Site]],
        clock: Clock,
        derivation: Derivation,
        removed: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        """``removed`` returns the ids of the sites whose rows must not be stored any more."""
        super().__init__("writer")
        self._folder, self._quarantine = folder, quarantine
        self._removed = removed
        self._spool, self._store, self._sites, self._clock = spool, store, sites, clock
        self._turn = RLock()
        self._sealer = Sealer(store, clock, derivation, lambda: self._stop.wait(_BREATH))
        self._waiting: defaultdict[str, _Waiting] = defaultdict(_Waiting)
        self._stored: dict[str, dict[str, int]] = {}
        self._read_to: dict[str, int] = {}
        self._read_whole: set[str] = set()
        self._sites_in: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._finished = FinishedSegments(folder)
        self._fresh: dict[str, float] = {}
        self._late_at: dict[str, float] = {}
        self._clearing = False
        self.failing = ""
        """Why rows cannot be loaded at the moment, or empty; they wait in the spool meanwhile."""
        self.behind = ""
        """Why days cannot be closed or sites be backed up at the moment, or empty; rows are loaded all the same."""

    # --- for others ----------------------------------------------------------------------------------

    def freshen(self, site: Site) -> None:
        """Loads what is waiting for ``site``, so that an answer is at most ``FRESH`` seconds old. While the site is being
        corrected or erased, nothing is loaded.

        Raises StoreUnavailable if loading is not possible now.
        """
        with self._turn:
            if time.monotonic() - self._fresh.get(site.id, 0.0) < FRESH:
                return
            with suppress(StoreBusy):
                self.catch_up(site)
            self._fresh[site.id] = time.monotonic()

    def catch_up(self, site: Site) -> None:
        """Loads everything acknowledged for ``site`` until now. Raises StoreUnavailable if that is not possible now, and
        StoreBusy while the same rows are being sealed, corrected or erased."""
        with self._turn:
            self._stored_of(site.id)
            self._read_on()
            self._load(site.id)

    def lag(self) -> float:
        """How many seconds the oldest row that was read has been waiting to be loaded."""
        now = time.monotonic()
        return max((now - waiting.since for waiting in list(self._waiting.values()) if waiting.chunks), default=0.0)

    def advance(self, *, everything: bool = False) -> None:
        """One round of the work, in order. ``everything`` also loads what is not due yet."""
        with self._turn:
            self._forget_removed()
            self._read_on()
            self._load_due(everything)
            self._finish_segments()

    def seal_due(self) -> None:
        """Seals every site whose past days have not changed for a while. Raises StoreUnavailable if a site cannot be
        sealed."""
        quiet = [site for site in self._sites() if time.monotonic() - self._late_at.get(site.id, -QUIET) >= QUIET]
        all_of(quiet, self._sealer.seal)

    def rebuild(self, site: Site) -> None:
        """Recomputes all derived data of the site from its events; queries are answered meanwhile."""
        self._sealer.rebuild(site)

    def back_up(self) -> None:
        """Backs up every site that has data its backup lacks, and deletes the segments that all backups cover: until then a
        broken file is refilled from them. Raises StoreUnavailable if a site could not be backed up."""
        try:
            all_of(self._finished.sites(), self._back_up)
        finally:
            self._finished.delete_covered()

    def _back_up(self, site_id: str) -> None:
        """Backs up one site, unless its backup already contains everything from finished segments."""
        if self._finished.lacks_backup(site_id):
            with self._turn:
                self._finished.backed_up(site_id, self._store.backup(self._site(site_id)))
            self._stop.wait(_BREATH)

    def back_up_anew(self, site: Site) -> None:
        """Replaces the site's backup, which may still contain what was erased, and clears everything acknowledged until now
        from the spool."""
        with self._turn:
            self._stored_of(site.id)
            self._finished.backed_up(site.id, self._store.backup(site))
        self._clear()

    def clear_soon(self) -> None:
        """Asks the thread to clear everything acknowledged until now from the spool: a removed site's rows are in there
        among those of others."""
        self._clearing = True

    def back_up_due(self) -> None:
        """Makes backups once the oldest finished segment is a day old, however often the process was restarted."""
        oldest = self._finished.oldest()
        if self._clearing:
            self._clear()
        elif oldest is not None and oldest < self._clock() - BACKUP:
            self.back_up()

    def _clear(self) -> None:
        """Loads and backs up everything, so that all segments written until now can be deleted."""
        self._clearing = False
        try:
            self._spool.cut()
            self.advance(everything=True)
            self.back_up()
        except BaseException:
            self._clearing = True
            raise

    # --- the thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        looked = time.monotonic()
        self._attempt(self._check_all)
        while not self._stop.wait(_TICK):
            worked = self._attempt(self.advance)
            if worked and time.monotonic() - looked >= QUIET:
                looked = time.monotonic()
                self.behind = "; ".join(filter(None, map(self._refusal, (self.seal_due, self.back_up_due))))
        self._attempt(lambda: self.advance(everything=True))

    def _attempt(self, work: Callable[[], None]) -> bool:
        """Calls ``work``, which handles rows; a failure is reported in ``failing`` and tried again. Whether it succeeded."""
        refusal = self._refusal(work)
        if refusal is not None:
            self.failing = refusal
        return refusal == ""

    def _refusal(self, work: Callable[[], None]) -> str | None:
        """Calls ``work``; returns the problem with the disk or a file, empty if there was none, or None if the site is
        busy. A bug is reported like a problem: if the thread ended, rows would wait forever and the health check would not
        notice."""
        try:
            work()
        except StoreBusy:
            return None
        except (StoreUnavailable, OSError) as problem:
            return str(problem)
        except Exception as bug:
            _log.error("the writer failed and will try again: %s", fault(bug))
            return f"{type(bug).__name__} in the writer; it tries again"
        return ""

    def _check_all(self) -> None:
        """Opens every site's file once, so that one that came back older is noticed and refilled."""
        for site in (NOWHERE, *self._sites()):
            with self._turn:
                self._stored_of(site.id)

    # --- reading -------------------------------------------------------------------------------------

    def _read_on(self) -> None:
        """Reads every segment from where reading stopped to where it is durable."""
        for name in segments(self._folder):
            if name in self._finished or name in self._read_whole:
                continue
            extent = self._spool.extent(name)
            start = self._read_to.get(name, 0)
            if extent.size is None or extent.size > start:
                for record in read(self._folder / name, start, extent.size):
                    self._take(name, record)
            if extent.closed:
                self._read_whole.add(name)

    def _take(self, segment: str, record: Record) -> None:
        """Adds one record to what is waiting for its sites."""
        entry = record.entry or self._damaged(segment, record.line)
        for part in entry.parts:
            if part.site in self._removed():
                continue
            self._sites_in[segment][part.site] = record.end
            self._waiting[part.site].add(_Chunk(segment, record.end, part, entry.batch))
        self._read_to[segment] = record.end
        for part in entry.parts:
            if part.site in self._waiting and self._waiting[part.site].rows >= FULL:
                self._load(part.site)

    def _forget_removed(self) -> None:
        """Drops what is waiting, or still to be backed up, for sites that were removed."""
        for site_id in self._removed():
            self._waiting.pop(site_id, None)
            self._finished.forget_site(site_id)
            for ends in self._sites_in.values():
                ends.pop(site_id, None)

    def _damaged(self, segment: str, line: bytes) -> RawEntry:
        """Moves a damaged line to the quarantine; which site it was for is unknown."""
        with (self._quarantine / f"{segment}.lines").open("ab") as aside:
            aside.write(line)
        day = local_day(self._clock(), NOWHERE.timezone).isoformat()
        return RawEntry([RawPart(NOWHERE.id, [], {day: {Reason.UNREADABLE.value: 1}})])

    def _stored_of(self, site_id: str) -> dict[str, int]:
        """Segment -> offset stored in the site's file. Finished segments whose rows the file no longer has are read
        again."""
        stored = self._stored.get(site_id)
        if stored is None:
            stored = self._stored[site_id] = self._store.positions(self._site(site_id))
            self._finished.reopen(site_id, stored)
        return stored

    # --- loading -------------------------------------------------------------------------------------

    def _load_due(self, everything: bool) -> None:
        """Loads the sites that have waited long enough. One that cannot be loaded does not hold up the others."""
        now = time.monotonic()
        waiting = [(site_id, its) for site_id, its in self._waiting.items() if its.chunks]
        all_of([site_id for site_id, its in waiting if everything or now - its.since >= PATIENCE], self._load)

    def _load(self, site_id: str) -> None:
        """Loads what is waiting for one site; on failure it keeps waiting."""
        waiting = self._waiting[site_id]
        if not waiting.chunks:
            return
        load = self._load_of(site_id, waiting.chunks)
        refused = self._store.load(self._site(site_id), load)
        if refused:
            with (self._quarantine / f"{site_id}.rows").open("ab") as aside:
                aside.writelines(row + b"\n" for row in refused)
        self._stored[site_id].update((position.segment, position.offset) for position in load.positions)
        if any(day_of(row) < self._today(site_id) for row in load.rows):
            self._late_at[site_id] = time.monotonic()
        del self._waiting[site_id]

    def _load_of(self, site_id: str, chunks: Iterable[_Chunk]) -> Load:
        """One load of the chunks that the site's file does not have yet."""
        stored = self._stored_of(site_id)
        new = [chunk for chunk in chunks if chunk.end > stored.get(chunk.segment, 0)]
        parts, batches = self._parts_of(site_id, new)
        dropped: Counter[tuple[str, str]] = Counter()
        left_out: Counter[str] = Counter()
        for part in parts:
            left_out.update(part.left_out)
            for day, reasons in part.dropped.items():
                dropped.update({(day, reason): events for reason, events in reasons.items()})
        return Load(
            rows=[bytes(row) for part in parts for row in part.rows],
            dropped=dropped,
            batches=batches,
            positions=[Position(segment, end) for segment, end in {chunk.segment: chunk.end for chunk in new}.items()],
            restarted=[part.restarted for part in parts if part.restarted],
            left_out=left_out,
            apart=[bytes(row) for part in parts for row in part.apart],
        )

    def _parts_of(self, site_id: str, chunks: Iterable[_Chunk]) -> tuple[list[RawPart], list[Batch]]:
        """The parts of the chunks, and their batches, each batch once: its first write may have reached the disk although
        the sender was told that it had not."""
        parts: list[RawPart] = []
        batches: dict[str, Batch] = {}
        for chunk in chunks:
            if chunk.batch:
                if chunk.batch.key in batches or self._store.batch_answer(self._site(site_id), chunk.batch.key) is not None:
                    continue
                batches[chunk.batch.key] = chunk.batch
            parts.append(chunk.part)
        return parts, list(batches.values())

    def _today(self, site_id: str) -> date:
        return today_of(self._site(site_id), self._clock())

    def _finish_segments(self) -> None:
        """Notes the segments that are closed, read to the end and loaded for every site in them."""
        for name in sorted(self._read_whole):
            ends = self._sites_in.get(name, {})
            if all(self._stored_of(site_id).get(name, 0) >= end for site_id, end in ends.items()):
                self._finished.add(name, ends)
                self._read_whole.discard(name)

    def _site(self, site_id: str) -> Site:
        """The site with this id. A removed site keeps its file until that is erased."""
        if site_id == NOWHERE.id:
            return NOWHERE
        return next((site for site in self._sites() if site.id == site_id), Site(id=site_id, domain=""))
