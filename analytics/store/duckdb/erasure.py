"""Erasing: a new file with what remains replaces the old one.

DELETE, VACUUM and DROP leave the bytes of what they remove in the file (measured, DuckDB 2.0). So rows to be erased are
deleted, then everything that is left is copied to a new file, which takes the name of the old one.

Queries are answered from the old file while the copy is made, and wait only during the swap. A crash at any moment leaves
either the old file or the new one complete: the swap is a single rename.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition

import duckdb

from analytics.errors import StoreUnavailable

_TABLES = "SELECT table_name FROM duckdb_tables() WHERE database_name = $name ORDER BY table_name"


class Gate:
    """Many may be inside at once. Whoever closes the gate waits until they have left, and is alone until it opens again."""

    def __init__(self) -> None:
        self._turn = Condition()
        self._inside = 0
        self._closed = False

    @contextmanager
    def passed(self) -> Iterator[None]:
        """A context inside the gate. Waits while it is closed."""
        with self._turn:
            self._turn.wait_for(lambda: not self._closed)
            self._inside += 1
        try:
            yield
        finally:
            with self._turn:
                self._inside -= 1
                self._turn.notify_all()

    @contextmanager
    def closed(self, patience: float | None = None) -> Iterator[bool]:
        """A context in which nobody else is inside, and nobody can come in until it ends. Yields False if somebody stays
        inside for more than ``patience`` seconds (None: waits as long as it takes). Only one at a time; not from inside."""
        with self._turn:
            self._closed = True
            alone = self._turn.wait_for(lambda: self._inside == 0, patience)
        try:
            yield alone
        finally:
            with self._turn:
                self._closed = False
                self._turn.notify_all()


def write_copy(writer: duckdb.DuckDBPyConnection, site_id: str, target: Path, version: str) -> None:
    """Copies the tables of ``writer``'s database, which is called ``site_id``, to the new file ``target``, durably. Nobody
    else may write meanwhile. Raises duckdb.Error and OSError; StoreUnavailable if the copy is not complete."""
    _remove(target)
    writer.execute("ATTACH $path AS fresh (STORAGE_VERSION $version)", {"path": str(target), "version": version})
    try:
        writer.execute(f'COPY FROM DATABASE "{site_id}" TO fresh')
        if _sizes(writer, site_id) != _sizes(writer, "fresh"):
            raise StoreUnavailable(f"the copy of {site_id} is not complete; the file stays as it is")
        writer.execute("CHECKPOINT fresh")
    finally:
        writer.execute("DETACH fresh")
    target.chmod(0o600)
    _sync(target)


def take_place(fresh: Path, path: Path) -> None:
    """Renames ``fresh`` to ``path``. Nobody may have either open. There must be no write-ahead log of the old file, since
    it would be replayed on the new one. Raises StoreUnavailable; nothing has changed then."""
    if path.with_name(f"{path.name}.wal").exists():
        raise StoreUnavailable(f"{path.name} could not be closed with everything in it; it stays as it is")
    fresh.replace(path)
    _sync(path.parent)


def _sizes(writer: duckdb.DuckDBPyConnection, database: str) -> dict[str, int]:
    """The number of rows of every table."""
    tables = [name for (name,) in writer.execute(_TABLES, {"name": database}).fetchall()]
    counted = {name: writer.table(f'"{database}".{name}').aggregate("count(*)").fetchall() for name in tables}
    return {name: rows for name, ((rows,),) in counted.items()}


def _remove(target: Path) -> None:
    """Removes what an interrupted process has left."""
    for path in (target, target.with_name(f"{target.name}.wal")):
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
