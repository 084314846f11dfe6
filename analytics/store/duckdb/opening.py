"""Opens a site's file: sets limits, locks doors, migrates the tables. A damaged file is set aside, never deleted."""

import logging
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from analytics.errors import StoreUnavailable
from analytics.store.duckdb.backup import copy
from analytics.store.duckdb.limits import Folders, Limits
from analytics.store.migrations import MigrationFailed, migrate

_log = logging.getLogger(__name__)
_SCHEMA = Path(__file__).parent / "schema"

STORAGE_VERSION = "v2.0.0"
"""The oldest DuckDB that can read our files. Pinned: a newer library must not make a file unreadable for
the version an owner may want to go back to."""
_NO_DAMAGE = re.compile(r"lock on file|Permission denied|No space left|Too many open files|Read-only file system")


def opened(path: Path, folders: Folders, limits: Limits) -> duckdb.DuckDBPyConnection:
    """Opens the file. A damaged one is set aside, and the spool refills its replacement. Raises StoreUnavailable.

    First only the write-ahead log is set aside, which leaves the file in an older state; then the file, which is replaced
    by the newest backup or by an empty file.
    """
    log = log_of(path)
    backup = folders.backups / path.name
    if backup.exists() and not path.exists():
        copy(backup, path)
    for damaged in ((log,), (path, log), ()):
        try:
            return _connected(path, folders, limits)
        except MigrationFailed as error:
            raise StoreUnavailable(f"{path.name}: {error}") from error
        except duckdb.Error as error:
            if not damaged or not _is_damage(error):
                raise StoreUnavailable(f"{path.name} cannot be opened: {error}") from error
            for each in damaged:
                _set_aside(each, folders.quarantine, str(error))
        if path in damaged and backup.exists():
            copy(backup, path)
    raise StoreUnavailable(f"{path.name} cannot be opened")  # pragma: no cover


def log_of(path: Path) -> Path:
    """The path of a database file's write-ahead log, which need not exist."""
    return path.with_name(f"{path.name}.wal")


def _connected(path: Path, folders: Folders, limits: Limits) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        path,
        config={
            "storage_compatibility_version": STORAGE_VERSION,
            "memory_limit": f"{limits.memory // 1024**2}MiB",
            "threads": str(limits.threads),
            "async_threads": "1",  # not 8, which each open site would have
            "temp_directory": str(folders.work / f"{path.stem}.tmp"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
        },
    )
    try:
        path.chmod(0o600)
        connection.execute("SET allowed_directories = [$work]", {"work": str(folders.work)})
        connection.execute("SET enable_external_access = false")
        connection.execute("SET GLOBAL max_execution_time = $limit", {"limit": limits.seconds * 1000})
        _migrate(connection, path, folders.backups)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: duckdb.DuckDBPyConnection, path: Path, backups: Path) -> None:
    """Migrates the tables. A changed schema is checkpointed at once: replaying schema changes from a write-ahead log has
    lost databases."""
    if migrate(_MigrationTarget(connection, path, backups), _SCHEMA):
        connection.execute("CHECKPOINT")


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
        copy(self._path, self._backups / f"{self._path.stem}.{name}.duckdb")


def _is_damage(error: duckdb.Error) -> bool:
    """Whether a failed open means that the file's content is damaged, not just that it is unavailable now."""
    return not isinstance(error, duckdb.OutOfMemoryException) and not _NO_DAMAGE.search(str(error))


def _set_aside(path: Path, quarantine: Path, why: str) -> None:
    """Moves a damaged file to the quarantine, with a note beside it, and logs an error."""
    if not path.exists():
        return
    kept = quarantine / f"{path.name}.{time.time_ns()}"
    path.rename(kept)
    with suppress(OSError):  # on a full disk there may be room for the rename, not for the note
        kept.with_name(kept.name + ".why").write_text(why + "\n", encoding="utf-8")
    _log.error("%s is damaged and was set aside as %s; its rows are read again from the spool", path.name, kept)
