"""Loads rows into a site's file: reads them from where they are handed over, corrects them, counts them, and records the
position.

All of it happens in a transaction that the caller began. Rows that the engine refuses are found by halving.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import duckdb
from msgspec import structs

from analytics.model import Reason
from analytics.store.base import Change, Load, day_of
from analytics.store.duckdb.apart_rows import ApartRows
from analytics.store.duckdb.corrector import Corrector
from analytics.store.duckdb.statements import runner, script

_LOAD = script("load")
POISON = (duckdb.DataError, duckdb.InvalidInputException, duckdb.ConstraintException)
"""What DuckDB raises when a row's content cannot be stored (seen: lone surrogates, numbers out of range)."""


class Refused(NamedTuple):
    """Rows that the engine cannot store."""

    rows: list[bytes]
    apart: list[bytes]


class Loading:
    """Loads through ``writer``. ``incoming`` is the file in which rows are handed over, which exists while they are read."""

    def __init__(self, writer: duckdb.DuckDBPyConnection, incoming: Path, changes: Callable[[], Sequence[Change]]) -> None:
        self._writer = writer
        self._run = runner(writer)
        self._incoming = incoming
        self._changes = changes

    def insert(self, load: Load) -> None:
        """Stores everything in ``load``, in a transaction that the caller began. Raises OSError and duckdb.Error;
        ``POISON`` lists the errors that mean that some rows have to be refused."""
        changes, corrector = self._changes(), Corrector(self._run)
        corrector.follow(changes)
        if load.rows:
            self._read_rows(load.rows)
            corrector.admit(changes)
        if load.apart:
            self._read_apart(load.apart)
        self._note(load)

    def refused(self, load: Load) -> Refused:
        """The rows of ``load`` that cannot be stored; outside any transaction. Raises duckdb.Error and OSError."""
        return Refused(self._guilty(load.rows, self._read_rows), self._guilty(load.apart, self._read_apart))

    def clear(self) -> None:
        """Removes the file of handed-over rows."""
        with suppress(FileNotFoundError):
            self._incoming.unlink()

    def _note(self, load: Load) -> None:
        """Stores what the load contains besides rows, and how far the spool was read."""
        run = self._writer.execute
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
            run("INSERT INTO positions VALUES ($segment, $offset)", {"segment": position.segment, "offset": position.offset})

    def _read_rows(self, rows: Sequence[bytes]) -> None:
        self._incoming.write_bytes(b"\n".join(rows))
        self._run(_LOAD, {"file": str(self._incoming)})

    def _read_apart(self, rows: Sequence[bytes]) -> None:
        self._incoming.write_bytes(b"\n".join(rows))
        ApartRows(self._run).load(str(self._incoming))

    def _guilty(self, rows: Sequence[bytes], read: Callable[[Sequence[bytes]], None]) -> list[bytes]:
        """The rows that the engine refuses to ``read``, found by halving."""
        if not rows or self._readable(rows, read):
            return []
        if len(rows) == 1:
            return list(rows)
        half = len(rows) // 2
        return self._guilty(rows[:half], read) + self._guilty(rows[half:], read)

    def _readable(self, rows: Sequence[bytes], read: Callable[[Sequence[bytes]], None]) -> bool:
        self._writer.execute("BEGIN")
        try:
            read(rows)
        except POISON:
            return False
        finally:
            self._writer.execute("ROLLBACK")
        return True


def without(load: Load, refused: Refused) -> Load:
    """``load`` without the refused rows, which are counted in the ledger instead; rows kept apart are in the ledger
    already."""
    dropped = dict(load.dropped)
    for row in refused.rows:
        key = (day_of(row).isoformat(), Reason.UNREADABLE.value)
        dropped[key] = dropped.get(key, 0) + 1
    rows, apart = set(refused.rows), set(refused.apart)
    return structs.replace(
        load,
        rows=[row for row in load.rows if row not in rows],
        apart=[row for row in load.apart if row not in apart],
        dropped=dropped,
    )
