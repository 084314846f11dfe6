"""SQL scripts: read from their files, and run with the parameters that each statement names."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from analytics.store.base import Statement

Run = Callable[[str, Mapping[str, Any]], list[tuple[Any, ...]]]
"""Executes a script of one statement or several, each with the parameters it names; returns the rows of the last."""


def script(name: str) -> str:
    """The text of ``<name>.sql`` in this folder; ``name`` may contain a subfolder."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def runner(writer: duckdb.DuckDBPyConnection) -> Run:
    """A function that runs statements on ``writer``. It raises duckdb.Error."""

    def run(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        for statement in writer.extract_statements(sql):
            named = {name: parameters[name] for name in statement.named_parameters}
            rows = writer.execute(statement, named).fetchall()
        return rows

    return run


def run_all(writer: duckdb.DuckDBPyConnection, statements: Sequence[Statement]) -> None:
    """Runs the statements in order on ``writer``, which may be in a transaction. Raises duckdb.Error."""
    run = runner(writer)
    for each in statements:
        run(each.sql, each.parameters)
