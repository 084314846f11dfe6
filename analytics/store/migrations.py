"""Numbered SQL files, each run once and recorded: how a schema gets from any released version to this one.

Knows no engine: it asks a ``Target`` for what it needs. A schema folder holds ``0001_name.sql``, ``0002_name.sql`` and so
on. A released file is never changed again; every change is a new file.
"""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from analytics.clock import Clock, system_clock
from analytics.errors import FootfallError

_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_RECORD = "CREATE TABLE IF NOT EXISTS migrations (number INTEGER NOT NULL, name VARCHAR NOT NULL, applied_at BIGINT)"


class Target(Protocol):
    """A database that is to be migrated, by one thread at a time."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Runs one statement; parameters stand for ``?``. Returns its rows, an empty list if it has none."""

    def begin(self) -> None:
        """Begins a transaction that also covers changes of the schema."""

    def commit(self) -> None:
        """Makes everything since ``begin`` permanent."""

    def rollback(self) -> None:
        """Undoes everything since ``begin``; an engine that cannot do so restores the snapshot."""

    def snapshot(self, name: str) -> None:
        """Keeps a copy of the present data, called ``name``. Never called while the database is empty."""


class MigrationFailed(FootfallError):
    """A schema could not be brought up to date; nothing was changed."""


class Migration(NamedTuple):
    """One numbered file."""

    number: int
    name: str
    path: Path


def migrate(target: Target, folder: Path, clock: Clock = system_clock) -> list[str]:
    """Runs the migrations that have not run yet, in order, each in a transaction of its own; returns the names of those
    that ran.

    Before the first of them changes an existing database, a snapshot ``before-0002`` (its number) is taken. A migration
    that fails is rolled back and raises MigrationFailed; those before it stay. Also raises MigrationFailed if the data was
    written by a newer version.
    """
    applied = _applied(target)
    known = migrations(folder)
    _refuse_newer(applied, known)
    waiting = [migration for migration in known if migration.number not in applied]
    if waiting and applied:
        target.snapshot(f"before-{waiting[0].number:04}")
    for migration in waiting:
        _run(target, migration, clock)
    return [migration.name for migration in waiting]


def migrations(folder: Path) -> list[Migration]:
    """The migrations of a folder, in order. Raises MigrationFailed for an invalid name or a gap in the numbers."""
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if not match or int(match[1]) != len(found) + 1:
            expected = f"{len(found) + 1:04}_what_it_does.sql"
            raise MigrationFailed(f"{path}: a migration is named {expected}, numbered without gaps")
        found.append(Migration(int(match[1]), path.stem, path))
    return found


def statements(script: str) -> Iterator[str]:
    """Splits a script into its statements. Understands comments, quotes and triggers."""
    rest = ""
    for piece in re.split(r"(?<=;)", script):
        rest += piece
        if sqlite3.complete_statement(rest):
            yield rest.strip()
            rest = ""
    if _has_code(rest):
        yield rest.strip()


def _has_code(text: str) -> bool:
    return bool(re.sub(r"--[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL).strip())


def _applied(target: Target) -> dict[int, str]:
    target.execute(_RECORD)
    return {row[0]: row[1] for row in target.execute("SELECT number, name FROM migrations")}


def _refuse_newer(applied: dict[int, str], known: list[Migration]) -> None:
    unknown = sorted(applied.keys() - {migration.number for migration in known})
    if unknown:
        raise MigrationFailed(
            f"the data was written by a newer version of Footfall (it has {applied[unknown[-1]]}, this version ends at "
            f"{len(known):04}); start that version again, or restore a backup from before the upgrade"
        )


def _run(target: Target, migration: Migration, clock: Clock) -> None:
    target.begin()
    try:
        if target.execute("SELECT 1 FROM migrations WHERE number = ?", (migration.number,)):
            return target.rollback()  # another process did it while we waited for the transaction
        for statement in statements(migration.path.read_text(encoding="utf-8")):
            target.execute(statement)
        record = (migration.number, migration.name, int(clock()))
        target.execute("INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)", record)
        target.commit()
    except Exception as error:
        target.rollback()
        raise MigrationFailed(f"{migration.name}: {error}; it was undone, the data is as before") from error
