"""The SQLite file that holds what the owner decides: opened, locked down, brought up to date."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from analytics.clock import Clock
from analytics.durability import sync_folder
from analytics.errors import StoreUnavailable
from analytics.store.migrations import migrate

_SCHEMA = Path(__file__).parent / "schema"
_SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was answered with "saved" survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # a removed e-mail address or hash is overwritten
    "PRAGMA trusted_schema = OFF",
    "PRAGMA busy_timeout = 5000",
)


class Database:
    """The SQLite database behind the control store: one connection behind one lock. Safe to use from several threads, and
    beside another process.

    ``path`` is created with mode 0600 if it does not exist. Raises StoreUnavailable if the file cannot be used,
    MigrationFailed if its schema cannot be migrated.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = _opened(path)
        try:
            with self._lock:
                migrate(self, _SCHEMA, clock)
        except BaseException:
            self.close()
            raise

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Runs one statement and returns its rows. Outside ``transaction`` it is a transaction of its own."""
        with self._lock, _translated(self._path):
            return self._open.execute(sql, parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A block whose statements are committed together or not at all. Other threads wait; nested blocks join the outer
        one."""
        with self._lock:
            if self._open.in_transaction:
                yield
                return
            self.begin()
            try:
                yield
                self.commit()
            except BaseException:
                self.rollback()
                raise

    def begin(self) -> None:
        """See migrations.Target."""
        self.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """See migrations.Target."""
        self.execute("COMMIT")

    def rollback(self) -> None:
        """See migrations.Target."""
        with self._lock:
            self._open.rollback()

    def snapshot(self, name: str) -> None:
        """A copy beside the file, ``control.sqlite.<name>``; it replaces an older one of the same name."""
        self._copy(self._path.with_name(f"{self._path.name}.{name}"))

    def copy_to(self, path: Path) -> None:
        """Copies the database to the file ``path``, which is replaced only once the copy has been read back. Raises
        StoreUnavailable."""
        fresh = path.with_name(f".{path.name}.new")
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log has pages as they were before something was removed
        with _translated(path):
            self._copy(fresh)
            fresh.replace(path)
            sync_folder(path.parent)

    def _copy(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        _touch(path)
        with closing(sqlite3.connect(path)) as target:
            with self._lock:
                self._open.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
            if target.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise StoreUnavailable(f"the copy {path} cannot be read back")

    def close(self) -> None:
        """Closes the file. May be called twice."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @property
    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreUnavailable(f"{self._path} is closed: the service is stopping")
        return self._connection


def _opened(path: Path) -> sqlite3.Connection:
    with _translated(path):
        _touch(path)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            for setting in _SETTINGS:
                connection.execute(setting)
        except BaseException:
            connection.close()
            raise
        return connection


def _touch(path: Path) -> None:
    """Creates the file with the right mode before SQLite does, so that nobody else can ever read it; SQLite gives its -wal
    and -shm files the same mode."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"{path} cannot be used now: {error}") from error
