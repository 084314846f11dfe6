"""DuckDB as the store: one file a site, each with an instance, a writer and a lock of its own.

What this file must never do, each learnt the hard way (docs/decisions): open a database before a fork,
open or copy a live database file in this process (any close drops DuckDB's lock), share a connection
between threads without ``cursor()``, retry after a failed commit.
"""

import logging
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from threading import RLock
from typing import Any

import duckdb
from msgspec import Struct, structs

from analytics.clock import start_of_day
from analytics.errors import QuestionTooLarge, StoreBusy, StoreUnavailable
from analytics.model import Reason, Site
from analytics.store.base import (
    Change,
    Changes,
    Chosen,
    Derived,
    Holdings,
    InDoubt,
    KeptDay,
    Load,
    Read,
    Retired,
    Statement,
    Trial,
    day_of,
)
from analytics.store.duckdb import apart_rows
from analytics.store.duckdb.apart_rows import ApartRows
from analytics.store.duckdb.corrector import SEAL as _SEAL_SET_ASIDE
from analytics.store.duckdb.corrector import Corrector, Run
from analytics.store.duckdb.erasure import Gate, take_place, write_copy
from analytics.store.duckdb.parquet import written
from analytics.store.migrations import migrate

_log = logging.getLogger(__name__)
_HERE = Path(__file__).parent


def _script(name: str) -> str:
    return (_HERE / f"{name}.sql").read_text(encoding="utf-8")


_LOAD, _ADMIT, _REOPEN, _SEAL, _UNROLL = map(_script, ("load", "admit", "reopen", "seal", "unroll"))
_OUTSIDE, _ORDER_MONTH, _MARK_MONTH = map(_script, ("outside", "order_month", "mark_month"))
_FORGET_MONTH, _CLOSE_MONTH, _COARSEN = map(_script, ("forget_month", "close_month", "coarsen"))
_DAYS, _MONTHS, _HOLDINGS = map(_script, ("reports/days", "reports/months", "reports/holdings"))
_RETIRE, _FORGET_PLACES = map(_script, ("retire", "forget_places"))

STORAGE_VERSION = "v2.0.0"
"""The oldest DuckDB that can read our files. Pinned: a newer library must not make a file unreadable for
the version an owner may want to go back to."""
BYTES_PER_ROW = 512
"""Of memory while rows are sealed. Measured (DuckDB 2.0): 1.5 million fit into 256 MB, 0.65 into 192, 0.2 not into 128."""
_POISON = (duckdb.DataError, duckdb.InvalidInputException, duckdb.ConstraintException)
"""What DuckDB raises when a row's content cannot be stored (seen: lone surrogates, numbers out of range)."""
SOON = 0.25
"""Seconds that a load or a backup waits for its turn."""
_SMALLER = "ask for fewer days, fewer dimensions or simpler filters"
_versions = count()
_FILE_NAME = re.compile(r"[a-z0-9]+")


class Limits(Struct, frozen=True):
    """What DuckDB may take of the machine."""

    memory: int
    """Bytes, per open site. Not a wall: peaks of 2.3 times were measured."""
    threads: int
    seconds: int
    """A question that takes longer is cancelled."""
    reserve: int
    """Bytes of free disk below which nothing is loaded."""


class Folders(Struct, frozen=True):
    """Where the engine keeps its files; made when they are missing, mode 0700."""

    sites: Path
    quarantine: Path
    """Damaged files, each with a note of what was wrong; nothing here is ever deleted by us."""
    work: Path
    """Rows on their way in, and what a large question spills."""
    backups: Path


class DuckDBStore:
    """``Store`` (store/base.py) on one DuckDB file a site."""

    def __init__(
        self, folders: "Folders", limits: Limits, in_doubt: InDoubt, changes: Changes = lambda _site_id: ()
    ) -> None:
        """``changes``: what is asked before each load for the corrections that stand."""
        for made in structs.astuple(folders):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        _unlink_all(folders.work.iterdir())  # what a process that was killed has left: rows, and half of a copy
        self._folders = folders
        self._in_doubt = in_doubt
        self._limits = limits
        self._changes = changes
        self._files: dict[str, _SiteFile] = {}
        self._erased: set[str] = set()
        self._lock = RLock()
        self._owner = os.getpid()

    def load(self, site: Site, load: Load) -> Sequence[bytes]:
        """See Store."""
        self._check_space()
        return self._file(site).load(load)

    def positions(self, site: Site) -> dict[str, int]:
        """See Store."""
        return dict(self._file(site).read('SELECT segment, "offset" FROM positions', {}))

    def batch_answer(self, site: Site, key: str) -> str | None:
        """See Store."""
        found = self._file(site).read("SELECT answer FROM batches WHERE key = $key", {"key": key})
        return found[0][0] if found else None

    def query(self, site: Site, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """See Store."""
        return self._file(site).read(sql, parameters)

    def days(self, site: Site) -> list[KeptDay]:
        """See Store."""
        gone = {day for (day,) in self._file(site).read("SELECT day FROM retired", {})}
        return [KeptDay(*row) for row in self._file(site).read(_DAYS, {}) if row[0] not in gone]

    @property
    def rows_at_once(self) -> int:
        """See Store."""
        return self._limits.memory // BYTES_PER_ROW

    def rows(self, site: Site) -> dict[date, int]:
        """See Store."""
        return dict(self._file(site).read("SELECT day, count(*) FROM events GROUP BY day", {}))

    def months(self, site: Site) -> list[tuple[date, str]]:
        """See Store."""
        return [(month, rules) for month, rules in self._file(site).read(_MONTHS, {})]

    def version(self, site: Site) -> int:
        """See Store."""
        return self._file(site).version

    @contextmanager
    def snapshot(self, site: Site, at_once: int = 1) -> Iterator[Read]:
        """See Store."""
        with self._file(site).reading(at_once) as read:
            yield read

    def seal(self, site: Site, first: date, last: date, derived: Derived) -> None:
        """See Store."""
        named = {"first": first, "last": last, "sealed_at": _now(), "zone": derived.zone, "rules": derived.rules}
        named |= spans(first, last, derived.zone)
        self._file(site).write([Statement(_SEAL + _SEAL_SET_ASIDE, named), *derived.statements], beside=first != last)

    def reopen(self, site: Site, days: Sequence[date]) -> None:
        """See Store."""
        changed = "CREATE OR REPLACE TEMP TABLE changed AS SELECT unnest($days) AS day"
        self._file(site).write([Statement(changed, {"days": list(days)}), Statement(_REOPEN, {})])

    def roll_up(self, site: Site, first: date, last: date, derived: Derived) -> None:
        """See Store."""
        span = {"first": first, "last": last, "rules": derived.rules}
        self._file(site).write([Statement(_UNROLL, span), *derived.statements], beside=True)

    def close_month(self, site: Site, month: date, derived: Derived, *, ordered: bool = False) -> None:
        """See Store."""
        named = {"month": month, "rules": derived.rules}
        first, then = (Statement(script, named) for script in (_OUTSIDE, _MARK_MONTH if ordered else _ORDER_MONTH))
        self._file(site).write([first, then, Statement(_FORGET_MONTH, named)], beside=True)
        self._file(site).write([*derived.statements, Statement(_CLOSE_MONTH, named)], beside=True)

    def coarsen(self, site: Site, before: date, dimensions: Sequence[str]) -> None:
        """See Store."""
        self._file(site).write([Statement(_COARSEN, {"before": before, "many": list(dimensions)})])

    def correct(self, site: Site, changes: Sequence[Change], then: Callable[[], None] = lambda: None) -> None:
        """See Store."""
        self._check_space()
        self._file(site).correct(changes, then)

    @contextmanager
    def trial(self, site: Site) -> Iterator[Trial]:
        """See Store."""
        with self._file(site).trial() as trial:
            yield trial

    def restore(self, site: Site, chosen: Chosen, at: datetime, then: Callable[[int], None] = lambda _: None) -> int:
        """See Store."""
        self._check_space()
        return self._file(site).restore(chosen, at, then)

    def withdraw(self, site: Site, at: datetime, then: Callable[[int], None] = lambda _: None) -> int:
        """See Store."""
        self._check_space()
        return self._file(site).withdraw(at, then)

    def seal_apart(self, site: Site, before: date) -> None:
        """See Store."""
        ((fine,),) = self._file(site).read(apart_rows.FINE, {"before": before})
        if fine:
            self._file(site).write([Statement(apart_rows.SEAL, {"before": before})])

    def holdings(self, site: Site, before: date | None = None, apart_before: date | None = None) -> Holdings:
        """See Store."""
        asked = {"before": before, "apart_before": apart_before}
        ((first, rows, pruned_at, unerased, apart),) = self._file(site).read(_HOLDINGS, asked)
        return Holdings(first, rows, pruned_at and pruned_at.replace(tzinfo=UTC), unerased, apart)

    def retire(self, site: Site, retired: Retired) -> None:
        """See Store."""
        named = structs.asdict(retired)
        script = Statement(_RETIRE, {**named, "corrected": Reason.CORRECTED.value})
        self._file(site).write([*retired.rest, script], beside=True)

    def compact(self, site: Site) -> None:
        """See Store."""
        self._check_space()
        self._file(site).compact()

    def erased(self, site: Site) -> None:
        """See Store."""
        self._file(site).write([Statement("DELETE FROM unerased", {})])

    def size(self, site: Site) -> int:
        """See Store."""
        return self._file(site).size()

    def slack(self, site: Site) -> int:
        """See Store."""
        ((slack,),) = self._file(site).read("SELECT free_blocks * block_size FROM pragma_database_size()", {})
        return int(slack)

    def backup(self, site: Site) -> dict[str, int]:
        """See Store."""
        return self._file(site).backup()

    def parquet(self, columns: Mapping[str, Sequence[Any]]) -> bytes:
        """See Store."""
        return written(columns, self._folders.work)

    def erase(self, site: Site) -> None:
        """See Store. A question that is being answered at this moment fails."""
        with self._lock:
            self._erased.add(site.id)
            file = self._files.pop(site.id, None)
        if file:
            file.close()
        for folder in structs.astuple(self._folders):
            _unlink_all(folder.glob(f"{site.id}.*"))

    def ease(self, idle: float = 60.0) -> None:
        """See Store."""
        with self._lock:
            files = sorted(self._files.values(), key=lambda file: file.used)
        held = {file: file.memory() for file in files}
        excess = sum(held.values()) - self._limits.memory
        for file in files:
            if excess > 0 and time.monotonic() - file.used >= idle and self._eased(file):
                excess -= held[file]

    def _eased(self, file: "_SiteFile") -> bool:
        try:
            return file.open_anew()
        except StoreUnavailable as problem:
            _log.error("%s; it is opened again when somebody asks", problem)
            with self._lock:
                self._files.pop(file.path.stem, None)
            return True

    def close(self) -> None:
        """See Store."""
        with self._lock:
            files, self._files = self._files, {}
        for file in files.values():
            file.close()

    def _check_space(self) -> None:
        """Refuses what would write to a full disk: DuckDB that runs out of it half-way cannot be asked any more."""
        if shutil.disk_usage(self._folders.sites).free < self._limits.reserve:
            raise StoreUnavailable("the disk is full (setting disk_reserve); rows wait in the spool")

    def _file(self, site: Site) -> "_SiteFile":
        if os.getpid() != self._owner:
            raise RuntimeError("a DuckDB file must not cross a fork")
        with self._lock:
            file = self._files.get(site.id)
            if file is None:
                if site.id in self._erased:
                    raise StoreUnavailable(f"the site {site.id} was removed")
                if not _FILE_NAME.fullmatch(site.id):
                    raise ValueError("a site id is letters and digits")
                if not (self._folders.sites / f"{site.id}.duckdb").exists():
                    self._check_space()
                try:
                    file = _SiteFile(site.id, self._folders, self._limits, self._in_doubt, self._changes)
                except OSError as error:
                    raise StoreUnavailable(f"the file of site {site.id} cannot be opened: {error}") from error
                self._files[site.id] = file
            return file


class _SiteFile:
    """One open database: a cursor for loading and one for upkeep, each behind a lock, and a fresh one for every question."""

    def __init__(self, site_id: str, folders: Folders, limits: Limits, in_doubt: InDoubt, changes: Changes) -> None:
        self.version = next(_versions)
        self.path = folders.sites / f"{site_id}.duckdb"
        self._changes = partial(changes, site_id)
        self._folders = folders
        self._incoming = folders.work / f"{site_id}.ndjson"
        self._limits = limits
        self._in_doubt = in_doubt
        self._committing: set[int] = set()
        """Cursors whose transaction ends at this moment: whether its rows are seen cannot be told."""
        self._writing, self._keeping = RLock(), RLock()
        """``_keeping`` is held by what rewrites many rows; it is taken before ``_writing``."""
        self._gate = Gate()
        self.used = time.monotonic()
        """When somebody last asked or loaded."""
        self._begin()
        self.correct(self._changes(), lambda: None)

    def _begin(self) -> None:
        self._connection = self._open_or_repair()
        self._writer, self._keeper = self._patient(), self._patient()
        self._connection.execute("SET lock_configuration = true")

    def _end(self) -> None:
        for cursor in (self._keeper, self._writer, self._connection):
            cursor.close()

    def memory(self) -> int:
        """Bytes that DuckDB holds for this file: blocks that were read, mostly, so that they need not be read again."""
        with self._gate.passed(), self._cursor() as cursor:
            ((held,),) = cursor.execute("SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()").fetchall()
        return int(held)

    def open_anew(self) -> bool:
        """Lets go of its memory unless somebody rewrites rows; returns whether it did. Who comes meanwhile waits 15 ms."""
        if not self._keeping.acquire(blocking=False):
            return False
        try:
            with self._writing, self._gate.closed():
                self._end()
                self._begin()
            return True
        finally:
            self._keeping.release()

    def load(self, load: Load) -> Sequence[bytes]:
        with self._soon():
            return self._load(load)

    @contextmanager
    def _soon(self) -> Iterator[None]:
        """The turn to write, if it comes soon: those who ask wait for a load, and must not wait for an erasure."""
        if not self._writing.acquire(timeout=SOON):
            raise StoreBusy(f"{self.path.name} is being corrected or erased; rows wait in the spool")
        try:
            yield
        finally:
            self._writing.release()

    def _load(self, load: Load) -> Sequence[bytes]:
        """One transaction; when rows are refused, once more without them."""
        self.used = time.monotonic()
        try:
            self._transaction(lambda: self._insert(load), self._writer)
        except _POISON:
            guilty = self._guilty(load.rows, self._read_rows)
            guilty_apart = self._guilty(load.apart, self._read_apart)
            if not guilty and not guilty_apart:
                raise
            self._transaction(lambda: self._insert(_without(load, guilty, guilty_apart)), self._writer)
            return guilty + guilty_apart
        finally:
            with suppress(FileNotFoundError):
                self._incoming.unlink()
        return ()

    def _insert(self, load: Load) -> None:
        run = self._writer.execute
        corrector, changes = Corrector(_runner(self._writer)), self._changes()
        corrector.follow(changes)
        if load.rows:
            self._read_rows(load.rows)
            _run(self._writer, [Statement(_ADMIT, {})])
            corrector.admit(changes)
            _run(self._writer, [Statement(_REOPEN, {})])
        if load.apart:
            self._read_apart(load.apart)
        for (day, reason), events in load.dropped.items():
            run("INSERT INTO dropped VALUES ($day, $reason, $events)", {"day": day, "reason": reason, "events": events})
        for day, parameters in load.left_out.items():
            run("INSERT INTO left_out VALUES ($day, $parameters)", {"day": day, "parameters": parameters})
        for batch in load.batches:
            run("INSERT INTO batches VALUES ($key, $answer)", {"key": batch.key, "answer": batch.answer})
        for day in load.restarted:
            run("INSERT INTO restarts VALUES ($day)", {"day": day})
        for position in load.positions:
            run("DELETE FROM positions WHERE segment = $segment", {"segment": position.segment})
            run(
                "INSERT INTO positions VALUES ($segment, $offset)",
                {"segment": position.segment, "offset": position.offset},
            )

    def _read_rows(self, rows: Sequence[bytes]) -> None:
        self._incoming.write_bytes(b"\n".join(rows))
        _run(self._writer, [Statement(_LOAD, {"file": str(self._incoming)})])

    def _read_apart(self, rows: Sequence[bytes]) -> None:
        self._incoming.write_bytes(b"\n".join(rows))
        ApartRows(_runner(self._writer)).load(str(self._incoming))

    def _guilty(self, rows: Sequence[bytes], read: Callable[[Sequence[bytes]], None]) -> list[bytes]:
        """The rows that the engine refuses to ``read``, found by halving."""
        if not rows:
            return []
        self._writer.execute("BEGIN")
        try:
            read(rows)
        except _POISON:
            refused = True
        else:
            refused = False
        finally:
            self._writer.execute("ROLLBACK")
        if not refused:
            return []
        if len(rows) == 1:
            return list(rows)
        half = len(rows) // 2
        return self._guilty(rows[:half], read) + self._guilty(rows[half:], read)

    def write(self, statements: Sequence[Statement], *, beside: bool = False) -> None:
        """Statements (or scripts of several) in one transaction; each is given the parameters it names.

        ``beside``: on a cursor of its own, while others go on loading; raises StoreUnavailable where both change the
        same rows, and nothing is changed then.
        """
        lock, writer = (self._keeping, self._keeper) if beside else (self._writing, self._writer)
        with lock:
            self._transaction(lambda: _run(writer, statements), writer)

    def correct(self, changes: Sequence[Change], then: Callable[[], None]) -> None:
        with self._keeping, self._writing:
            try:
                self._transaction(lambda: _follow(self._writer, changes), self._writer)
            except _POISON as error:
                raise StoreUnavailable(f"{self.path.name} cannot be corrected so: {error}") from error
            then()

    def restore(self, chosen: Chosen, at: datetime, then: Callable[[int], None]) -> int:
        def work(apart: ApartRows, corrector: Corrector) -> int:
            rows = apart.restore(chosen, at)
            _run(self._writer, [Statement(_ADMIT, {})])
            corrector.admit(self._changes())
            _run(self._writer, [Statement(_REOPEN, {})])
            return rows

        return self._moved(work, then)

    def withdraw(self, at: datetime, then: Callable[[int], None]) -> int:
        def work(apart: ApartRows, corrector: Corrector) -> int:
            return corrector.take_back(apart.restored(at), lambda: apart.withdraw(at))

        return self._moved(work, then)

    def _moved(self, work: Callable[[ApartRows, Corrector], int], then: Callable[[int], None]) -> int:
        """Moves rows between what counts and what is kept apart; returns how many."""
        moved = [0]

        def move() -> None:
            run = _runner(self._writer)
            corrector = Corrector(run)
            corrector.follow(self._changes())
            moved[0] = work(ApartRows(run), corrector)

        with self._keeping, self._writing:
            try:
                self._transaction(move, self._writer)
            except _POISON as error:
                raise StoreUnavailable(f"{self.path.name}: the rows cannot be moved: {error}") from error
            then(moved[0])
        return moved[0]

    @contextmanager
    def trial(self) -> Iterator[Trial]:
        """On a cursor of its own, whose statements may take as long as a question's."""
        with self._keeping, self._writing, self._cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield _Trial(cursor)
            finally:
                with suppress(duckdb.Error):  # what failed has ended the transaction already
                    cursor.execute("ROLLBACK")

    def compact(self) -> None:
        """Replaces the file by a copy of what is in it (erasure.py)."""
        fresh = self._folders.work / f"{self.path.stem}.fresh"
        with self._keeping, self._writing:
            self.write([Statement(_FORGET_PLACES, {})])
            try:
                self._writer.execute("CHECKPOINT")
                write_copy(self._writer, self.path.stem, fresh, STORAGE_VERSION)
            except (duckdb.Error, OSError) as error:
                raise StoreUnavailable(f"{self.path.name} cannot be copied: {error}") from error
            with self._gate.closed():
                self._end()
                try:
                    take_place(fresh, self.path)
                finally:
                    self._begin()

    def size(self) -> int:
        log = self.path.with_name(f"{self.path.name}.wal")
        return sum(path.stat().st_size for path in (self.path, log) if path.exists())

    def _transaction(self, work: Callable[[], None], writer: duckdb.DuckDBPyConnection) -> None:
        """Begin, work, commit. What fails before the commit is rolled back and did not happen; what fails
        in the commit is in doubt (seen: "COMMIT succeeded and is durable, but the autocheckpoint failed")."""
        try:
            writer.execute("BEGIN")
            try:
                work()
            except (duckdb.Error, OSError):
                writer.execute("ROLLBACK")
                raise
        except _POISON:
            raise
        except (duckdb.FatalException, duckdb.InternalException) as error:
            self._in_doubt(f"{self.path.name}: {error}")
        except (duckdb.Error, OSError) as error:
            raise StoreUnavailable(f"{self.path.name}: {error}") from error
        self._committing.add(id(writer))
        try:
            writer.execute("COMMIT")
        except duckdb.Error as error:
            self._in_doubt(f"{self.path.name}: {error}")
        self.version = next(_versions)
        self._committing.discard(id(writer))

    def read(self, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """One SELECT, in a state of its own."""
        with self.reading() as read:
            return read(Statement(sql, parameters))

    @contextmanager
    def reading(self, at_once: int = 1) -> Iterator[Read]:
        """One state, for so many threads at once."""
        with self._gate.passed(), ExitStack() as held:
            self.used = time.monotonic()
            free: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
            for cursor in self._of_one_state(held, at_once):
                free.put(cursor)

            def read(asked: Statement) -> list[tuple[Any, ...]]:
                cursor = free.get()
                try:
                    with self._telling():
                        return cursor.execute(asked.sql, dict(asked.parameters)).fetchall()
                finally:
                    free.put(cursor)

            yield read

    def _of_one_state(self, held: ExitStack, number: int) -> list[duckdb.DuckDBPyConnection]:
        """Cursors that see the same state: as many as are asked for, or one alone when a load came between two of them.
        A cursor sees what was committed when it first looked at the file."""
        before, cursors = self.version, []
        for _ in range(number):
            cursor = held.enter_context(self._cursor())
            cursor.execute("BEGIN")
            cursor.execute("SELECT day FROM days LIMIT 0")
            cursors.append(cursor)
        return cursors if self.version == before and not self._committing else cursors[:1]

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of its own: a connection shared by threads mixes up their answers."""
        cursor = self._connection.cursor()
        try:
            with self._telling():
                yield cursor
        finally:
            cursor.close()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """What DuckDB raises, as ``Store`` says it."""
        try:
            yield
        except duckdb.FatalException as error:
            self._in_doubt(f"{self.path.name}: {error}")
        except duckdb.InterruptException as error:
            raise QuestionTooLarge(f"stopped after {self._limits.seconds} s (setting query_seconds); {_SMALLER}") from error
        except duckdb.OutOfMemoryException as error:
            size = self._limits.memory // 1024**2
            raise QuestionTooLarge(f"stopped: it takes more than {size} MB (setting memory_limit); {_SMALLER}") from error
        except (duckdb.IOException, duckdb.TransactionException) as error:
            raise StoreUnavailable(f"{self.path.name}: {error}") from error

    def backup(self) -> dict[str, int]:
        """Copies the file while nobody writes, verifies the copy, and only then lets it replace the one before."""
        target = self._folders.backups / self.path.name
        fresh = target.with_suffix(".new")
        with self._soon():
            try:
                self._writer.execute("CHECKPOINT")
            except duckdb.Error as error:
                self._in_doubt(f"{self.path.name}: {error}")
            positions = dict(self.read('SELECT segment, "offset" FROM positions', {}))
            _copy(self.path, fresh)
        verified = subprocess.run([sys.executable, "-m", "analytics.store.duckdb.verify", str(fresh)], check=False)
        if verified.returncode:
            raise StoreUnavailable(f"the backup of {self.path.name} cannot be read back; the one before it is kept")
        fresh.replace(target)
        return positions

    def close(self) -> None:
        """Checkpoints and lets go of the file."""
        with self._keeping, self._writing, self._gate.closed():
            self._end()

    def _patient(self) -> duckdb.DuckDBPyConnection:
        """A cursor whose statements may take as long as they need."""
        cursor = self._connection.cursor()
        cursor.execute("SET max_execution_time = 0")
        return cursor

    # --- opening -------------------------------------------------------------------------------------

    def _open_or_repair(self) -> duckdb.DuckDBPyConnection:
        """Opens the file; a damaged one is set aside, and the spool refills what takes its place.

        First the write-ahead log alone is set aside (the file then is an older state of itself), then the
        file too (then the newest backup takes its place, or an empty file). Nothing is ever deleted.
        """
        log = self.path.with_name(self.path.name + ".wal")
        backup = self._folders.backups / self.path.name
        if backup.exists() and not self.path.exists():
            _copy(backup, self.path)
        for damaged in ((log,), (self.path, log), ()):
            try:
                return self._open()
            except duckdb.Error as error:
                if not damaged or not _is_damage(error):
                    raise StoreUnavailable(f"{self.path.name} cannot be opened: {error}") from error
                for path in damaged:
                    _set_aside(path, self._folders.quarantine, str(error))
            if self.path in damaged and backup.exists():
                _copy(backup, self.path)
        raise StoreUnavailable(f"{self.path.name} cannot be opened")  # pragma: no cover

    def _open(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(
            self.path,
            config={
                "storage_compatibility_version": STORAGE_VERSION,
                "memory_limit": f"{self._limits.memory // 1024**2}MiB",
                "threads": str(self._limits.threads),
                "temp_directory": str(self._folders.work / f"{self.path.stem}.tmp"),
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "python_enable_replacements": "false",
            },
        )
        try:
            self.path.chmod(0o600)
            connection.execute("SET allowed_directories = [$work]", {"work": str(self._folders.work)})
            connection.execute("SET enable_external_access = false")
            connection.execute("SET GLOBAL max_execution_time = $limit", {"limit": self._limits.seconds * 1000})
            self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Brings the tables up to date. A change of the schema is checkpointed at once: reading it back from
        a write-ahead log is where databases were lost."""
        if migrate(_MigrationTarget(connection, self.path, self._folders.backups), _HERE / "schema"):
            connection.execute("CHECKPOINT")


class _Trial:
    """``Trial`` on one cursor."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def read(self, statement: Statement) -> list[tuple[Any, ...]]:
        return self._cursor.execute(statement.sql, dict(statement.parameters)).fetchall()

    def correct(self, changes: Sequence[Change]) -> None:
        _follow(self._cursor, changes)


class _MigrationTarget:
    """``migrations.Target`` on one file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path, backups: Path) -> None:
        self._connection, self._path, self._backups = connection, path, backups

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, list(parameters)).fetchall()

    def begin(self) -> None:
        self._connection.execute("BEGIN")

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def rollback(self) -> None:
        self._connection.execute("ROLLBACK")

    def snapshot(self, name: str) -> None:
        self._connection.execute("CHECKPOINT")
        _copy(self._path, self._backups / f"{self._path.stem}.{name}.duckdb")


def _run(writer: duckdb.DuckDBPyConnection, statements: Sequence[Statement]) -> None:
    run = _runner(writer)
    for script in statements:
        run(script.sql, script.parameters)


def _runner(writer: duckdb.DuckDBPyConnection) -> Run:
    """Runs a script of one statement or several, each with the parameters that it names; returns the last one's rows."""

    def run(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        for statement in writer.extract_statements(sql):
            named = {name: parameters[name] for name in statement.named_parameters}
            rows = writer.execute(statement, named).fetchall()
        return rows

    return run


def _follow(writer: duckdb.DuckDBPyConnection, changes: Sequence[Change]) -> None:
    Corrector(_runner(writer)).follow(changes)


def _copy(source: Path, target: Path) -> None:
    """Copies a database file in a process of its own: reading it in this one would drop DuckDB's lock."""
    try:
        subprocess.run(["/bin/cp", "--reflink=auto", "--", str(source), str(target)], check=True)
        subprocess.run(["/bin/sync", "--", str(target)], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise StoreUnavailable(f"{source.name} cannot be copied to {target}: {error}") from error


def _unlink_all(paths: Iterable[Path]) -> None:
    try:
        for path in paths:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"{error.filename} cannot be erased: {error}") from error


def _without(load: Load, guilty: Sequence[bytes], guilty_apart: Sequence[bytes]) -> Load:
    """``load`` without the refused rows, which become a line of the ledger; those that are kept apart have theirs."""
    refused = set(guilty)
    dropped = dict(load.dropped)
    for row in guilty:
        key = (day_of(row).isoformat(), Reason.UNREADABLE.value)
        dropped[key] = dropped.get(key, 0) + 1
    rows = [row for row in load.rows if row not in refused]
    refused_apart = set(guilty_apart)
    apart = [row for row in load.apart if row not in refused_apart]
    return structs.replace(load, rows=rows, dropped=dropped, apart=apart)


def spans(first: date, last: date, zone: str) -> dict[str, list[Any]]:
    """These days, and the first moment of each and after it, UTC without a zone, as ``seal.sql`` takes them."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 2)]
    edges = [datetime.fromtimestamp(start_of_day(day, zone), UTC).replace(tzinfo=None) for day in days]
    return {"days": days[:-1], "starts": edges[:-1], "ends": edges[1:]}


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _is_damage(error: duckdb.Error) -> bool:
    """Whether a failed open means that the file's bytes are wrong, rather than that it cannot be had now."""
    text = str(error)
    return not isinstance(error, duckdb.OutOfMemoryException) and not re.search(
        r"lock on file|Permission denied|No space left|Too many open files|Read-only file system", text
    )


def _set_aside(path: Path, quarantine: Path, why: str) -> None:
    """Moves a damaged file out of the way, with a note beside it, and says so on the error log."""
    if not path.exists():
        return
    kept = quarantine / f"{path.name}.{time.time_ns()}"
    path.rename(kept)
    with suppress(OSError):  # a full disk takes the note, not the file
        kept.with_name(kept.name + ".why").write_text(why + "\n", encoding="utf-8")
    _log.error("%s is damaged and was set aside as %s; its rows are read again from the spool", path.name, kept)
