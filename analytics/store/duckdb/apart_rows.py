"""Rows kept apart in one site's file: stored, restored, put back, always inside the caller's transaction.

A restored row arrives like a new one (`admit.sql`, the corrector). Which rows were restored together is stored as long as
rows are kept apart, so that they can be recognised and put back.
"""

from datetime import datetime

from msgspec.structs import asdict

from analytics.store.base import Chosen, Statement
from analytics.store.duckdb.statements import Run, script

_LOAD, _RESTORE, _WITHDRAW, SEAL, FINE = (
    script(f"apart/{name}") for name in ("load", "restore", "withdraw", "seal", "fine")
)
_COLUMNS = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'apart' AND NOT internal"


class ApartRows:
    """Works through ``run``."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def load(self, file: str) -> None:
        """Stores a file of rows, JSON objects with the table's columns."""
        self._run(_LOAD, {"file": file, "columns": dict(self._run(_COLUMNS, {}))})

    def restore(self, chosen: Chosen, at: datetime) -> int:
        """Moves rows to ``incoming``; returns how many."""
        self._run(_RESTORE, {**asdict(chosen), "at": at})
        return self._incoming()

    def restored(self, at: datetime) -> Statement:
        """Day, visit and seq of the rows that were restored at that moment."""
        return Statement("SELECT day, visit, seq FROM restored WHERE restored_at = $at", {"at": at})

    def withdraw(self, at: datetime) -> int:
        """Puts the rows in ``incoming`` back; returns how many."""
        rows = self._incoming()
        self._run(_WITHDRAW, {"at": at})
        return rows

    def _incoming(self) -> int:
        ((rows,),) = self._run("SELECT count(*) FROM incoming", {})
        return int(rows)
