"""One site's open file: who may write and read it when, transactions, and DuckDB's errors translated to the store's.

What must never happen here, each learnt the hard way (docs/decisions): sharing a connection between threads without
``cursor()``, retrying after a failed commit, opening or copying a live database file in this process.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from datetime import datetime
from functools import partial
from itertools import count
from queue import SimpleQueue
from threading import Lock, RLock
from typing import Any, NamedTuple

import duckdb

from analytics.errors import QuestionTooLarge, StoreBusy, StoreUnavailable
from analytics.store.base import Change, Changes, Chosen, InDoubt, Load, Read, Statement, Trial
from analytics.store.duckdb.apart_rows import ApartRows
from analytics.store.duckdb.backup import copy, keep
from analytics.store.duckdb.corrector import Corrector
from analytics.store.duckdb.erasure import Gate, take_place, write_copy
from analytics.store.duckdb.limits import Folders, Limits
from analytics.store.duckdb.loading import POISON, Loading, without
from analytics.store.duckdb.opening import STORAGE_VERSION, log_of, opened
from analytics.store.duckdb.statements import run_all, runner, script

_FORGET_PLACES = script("forget_places")
_POSITIONS = 'SELECT segment, "offset" FROM positions ORDER BY segment'
BYTES_OPEN = 6 * 2**20
"""What an open file takes before anything is read. Measured (DuckDB 2.0): 200 of them made a process larger by 1.2 GB."""
THREADS_BESIDE = 2
"""At least, while many days are rewritten: 7.7 million events sealed anew, on two cores, took 143 s with one."""
SOON = 0.25
"""Seconds that a load or a backup waits for its turn."""
_SMALLER = "ask for fewer days, fewer dimensions or simpler filters"
_versions = count()


class _Cursors(NamedTuple):
    """The cursors of an open file."""

    connection: duckdb.DuckDBPyConnection
    """For queries, each of which has its own cursor of it."""
    writer: duckdb.DuckDBPyConnection
    """For loading."""
    keeper: duckdb.DuckDBPyConnection
    """For upkeep."""


class SiteFile:
    """One database: a cursor for loading and one for upkeep, each behind a lock, and a new one for every query. It may be
    closed while nobody needs it; whoever needs it opens it again."""

    def __init__(self, site_id: str, folders: Folders, limits: Limits, in_doubt: InDoubt, changes: Changes) -> None:
        self.version = next(_versions)
        self.path = folders.sites / f"{site_id}.duckdb"
        self._changes = partial(changes, site_id)
        self._folders = folders
        self._limits = limits
        self._in_doubt = in_doubt
        self._ending, self._commit = Lock(), Lock()
        """``_commit`` is held while a transaction ends, and while others begin. DuckDB 2.0 shows new rows beside the
        old ones to who begins meanwhile; and where many rows are new, to whoever begins to read a table then (seen: a month
        twice, while months were sealed again). So nobody reads while these end; ``_ending`` is for one at a time."""
        self._writing, self._keeping = RLock(), RLock()
        """``_keeping`` is held by what rewrites many rows; it is taken before ``_writing``."""
        self._gate = Gate()
        self._looking_up = Lock()
        """Held by a question that looks values up, if the file is larger than memory. Two of them need more beside the cache
        of the file than DuckDB gives: each would go over its rows on disk then, and take three times as long (two filtered
        by a page, 79 million events, 512 MB: 3.4 and 2.7 s instead of 1.1 and 0.9)."""
        self.used = time.monotonic()
        """When somebody last asked or loaded."""
        self._closed = False
        self._cursors: _Cursors | None = None
        self._left: list[tuple[Any, ...]] | None = None
        """How far the spool was read when it was let go of."""
        self._opening = Lock()
        self.correct(self._changes(), lambda: None)

    @property
    def is_open(self) -> bool:
        """Whether it occupies memory, two files and a thread or two."""
        return self._cursors is not None

    def _open(self) -> _Cursors:
        """Opens the file if it is closed. The caller must hold one of the locks or be inside the gate. Raises
        StoreUnavailable."""
        with self._opening:
            if self._closed:
                raise StoreUnavailable(f"{self.path.name} was closed")
            if self._cursors is None:
                connection = opened(self.path, self._folders, self._limits)
                self._cursors = _Cursors(connection, _patient(connection), _patient(connection))
                connection.execute("SET allowed_configs = ['threads']")
                connection.execute("SET lock_configuration = true")
                if self._left not in (None, connection.execute(_POSITIONS).fetchall()):
                    self._in_doubt(f"{self.path.name} is not what it was when it was closed")
            return self._cursors

    @property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        return self._open().connection

    @property
    def _writer(self) -> duckdb.DuckDBPyConnection:
        return self._open().writer

    def _end(self) -> None:
        """Closes the file. The caller must hold both locks and have closed the gate."""
        cursors, self._cursors = self._cursors, None
        for cursor in reversed(cursors or ()):
            cursor.close()

    def memory(self) -> int:
        """The bytes of memory that the open file occupies, mostly cached blocks."""
        with self._gate.passed():
            if not self.is_open:
                return 0
            with self._cursor() as cursor:
                ((held,),) = cursor.execute("SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()").fetchall()
            return BYTES_OPEN + int(held)

    def let_go(self) -> bool:
        """Closes the file unless it is in use; returns whether it is closed. Opening it again takes 15 ms."""
        with ExitStack() as held:
            for lock in (self._keeping, self._writing):
                if not lock.acquire(blocking=False):
                    return False
                held.callback(lock.release)
            alone = held.enter_context(self._gate.closed(patience=0))
            if alone and self._cursors:
                self._left = self._cursors.connection.execute(_POSITIONS).fetchall()
                self._end()
            return alone

    def load(self, load: Load) -> Sequence[bytes]:
        """Loads in one transaction; if rows are refused, once more without them. Returns the refused rows."""
        with self._soon():
            self.used = time.monotonic()
            loading = Loading(self._writer, self._folders.work / f"{self.path.stem}.ndjson", self._changes)
            try:
                self._transaction(lambda: loading.insert(load), self._writer, few=True)
            except POISON:
                refused = loading.refused(load)
                if not any(refused):
                    raise
                self._transaction(lambda: loading.insert(without(load, refused)), self._writer, few=True)
                return refused.rows + refused.apart
            finally:
                loading.clear()
        return ()

    @contextmanager
    def _soon(self) -> Iterator[None]:
        """The turn to write, if it comes soon: queries wait for a load, and must not wait for an erasure."""
        if not self._writing.acquire(timeout=SOON):
            raise StoreBusy(f"{self.path.name} is being corrected or erased; rows wait in the spool")
        try:
            yield
        finally:
            self._writing.release()

    def write(self, *transactions: Sequence[Statement], beside: bool = False) -> None:
        """Runs statements (or scripts of several), each with the parameters that it names. Of several transactions each is
        finished before the next, and nobody writes in between. ``beside`` uses a separate cursor while others continue to
        load; it raises StoreBusy if both change the same rows, and nothing is changed then."""
        with self._keeping if beside else self._writing:
            writer = self._open().keeper if beside else self._writer
            with self._more_threads(writer) if beside else nullcontext():
                for statements in transactions:
                    self._transaction(partial(run_all, writer, statements), writer)

    @contextmanager
    def _more_threads(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Questions have them, too, meanwhile: DuckDB counts its threads by file."""
        few = self._limits.threads
        cursor.execute("SET threads = $threads", {"threads": max(THREADS_BESIDE, few)})
        try:
            yield
        finally:
            cursor.execute("SET threads = $threads", {"threads": few})

    def correct(self, changes: Sequence[Change], then: Callable[[], None]) -> None:
        """Makes the rows follow these corrections; ``then`` is called before anybody else may write. Raises
        StoreUnavailable, and nothing is changed then."""
        with self._keeping, self._writing:
            try:
                self._transaction(lambda: Corrector(runner(self._writer)).follow(changes), self._writer)
            except POISON as error:
                raise StoreUnavailable(f"{self.path.name} cannot be corrected so: {error}") from error
            then()

    def restore(self, chosen: Chosen, at: datetime, then: Callable[[int], None]) -> int:
        """Counts rows that were kept apart; the moment ``at`` identifies the restore. ``then`` is called with their
        number."""

        def work(apart: ApartRows, corrector: Corrector) -> int:
            rows = apart.restore(chosen, at)
            corrector.admit(self._changes())
            return rows

        return self._moved(work, then)

    def withdraw(self, at: datetime, then: Callable[[int], None]) -> int:
        """Undoes the restore of that moment; ``then`` is called with the number of rows."""

        def work(apart: ApartRows, corrector: Corrector) -> int:
            return corrector.take_back(apart.restored(at), lambda: apart.withdraw(at))

        return self._moved(work, then)

    def _moved(self, work: Callable[[ApartRows, Corrector], int], then: Callable[[int], None]) -> int:
        """Moves rows between those that count and those kept apart; returns how many."""
        moved = 0

        def move() -> None:
            nonlocal moved
            run = runner(self._writer)
            corrector = Corrector(run)
            corrector.follow(self._changes())
            moved = work(ApartRows(run), corrector)

        with self._keeping, self._writing:
            try:
                self._transaction(move, self._writer)
            except POISON as error:
                raise StoreUnavailable(f"{self.path.name}: the rows cannot be moved: {error}") from error
            then(moved)
        return moved

    @contextmanager
    def trial(self) -> Iterator[Trial]:
        """Runs on a separate cursor, whose statements may take as long as a query's."""
        with self._keeping, self._writing, self._cursor() as cursor:
            self._begin(cursor)
            try:
                yield _Trial(cursor)
            finally:
                with suppress(duckdb.Error):  # what failed has ended the transaction already
                    cursor.execute("ROLLBACK")

    def compact(self) -> None:
        """Replaces the file by a copy of its content (erasure.py). Raises StoreUnavailable; the file is then as before."""
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
                take_place(fresh, self.path)

    def size(self) -> int:
        """Bytes on disk, including the write-ahead log."""
        return sum(path.stat().st_size for path in (self.path, log_of(self.path)) if path.exists())

    def _transaction(self, work: Callable[[], object], writer: duckdb.DuckDBPyConnection, *, few: bool = False) -> None:
        """Begin, work, commit. A failure before the commit is rolled back and did not happen; a failure in the commit is in
        doubt (seen: "COMMIT succeeded and is durable, but the autocheckpoint failed"). ``few``: it adds a few rows."""
        try:
            self._begin(writer)
            try:
                work()
            except (duckdb.Error, OSError):
                writer.execute("ROLLBACK")
                raise
        except POISON:
            raise
        except (duckdb.FatalException, duckdb.InternalException) as error:
            self._in_doubt(f"{self.path.name}: {error}")
        except (duckdb.Error, OSError) as error:
            if isinstance(error, duckdb.TransactionException) and "onflict" in str(error):
                raise StoreBusy(f"{self.path.name} is being changed in the same place; try again in a moment") from error
            raise StoreUnavailable(f"{self.path.name}: {error}") from error
        with nullcontext() if few else self._alone(), self._commit:
            try:
                writer.execute("COMMIT")
            except duckdb.Error as error:
                self._in_doubt(f"{self.path.name}: {error}")
            self.version = next(_versions)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody reads meanwhile. Waits for those who do."""
        with self._ending, self._gate.closed():
            yield

    def _begin(self, *cursors: duckdb.DuckDBPyConnection) -> None:
        """Begins a transaction on each, all of which see the same state: DuckDB's begins with the first look at the file."""
        with self._commit:
            for cursor in cursors:
                cursor.execute("BEGIN")
                cursor.execute("SELECT day FROM days LIMIT 0")

    def read(self, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """One SELECT, in a state of its own."""
        with self.reading() as read:
            return read(Statement(sql, parameters))

    @contextmanager
    def reading(self, at_once: int = 1) -> Iterator[Read]:
        """One state, for that many threads at once."""
        with self._gate.passed(), ExitStack() as held:
            self.used = time.monotonic()
            free: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
            cursors = [held.enter_context(self._cursor()) for _ in range(at_once)]
            self._begin(*cursors)
            for cursor in cursors:
                free.put(cursor)

            def read(asked: Statement) -> list[tuple[Any, ...]]:
                with self._looking_up if asked.looks_up and self.size() > self._limits.memory else nullcontext():
                    cursor = free.get()
                    try:
                        with self._telling():
                            return cursor.execute(asked.sql, dict(asked.parameters)).fetchall()
                    finally:
                        free.put(cursor)

            yield read

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A separate cursor: threads that share a connection get each other's answers."""
        cursor = self._connection.cursor()
        try:
            with self._telling():
                yield cursor
        finally:
            cursor.close()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Translates DuckDB's errors into the store's."""
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
        """Copies the file while nobody writes, verifies the copy, and only then lets it replace the previous one."""
        target = self._folders.backups / self.path.name
        fresh = target.with_suffix(".new")
        with self._soon():
            try:
                self._writer.execute("CHECKPOINT")
            except duckdb.Error as error:
                self._in_doubt(f"{self.path.name}: {error}")
            positions = dict(self.read(_POSITIONS, {}))
            copy(self.path, fresh)
        keep(fresh, target)
        return positions

    def close(self) -> None:
        """Checkpoints and closes the file."""
        with self._keeping, self._writing, self._gate.closed():
            self._closed = True
            self._end()


def _patient(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A cursor whose statements have no time limit."""
    cursor = connection.cursor()
    cursor.execute("SET max_execution_time = 0")
    return cursor


class _Trial:
    """``Trial`` on one cursor."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def read(self, statement: Statement) -> list[tuple[Any, ...]]:
        return self._cursor.execute(statement.sql, dict(statement.parameters)).fetchall()

    def correct(self, changes: Sequence[Change]) -> None:
        Corrector(runner(self._cursor)).follow(changes)
