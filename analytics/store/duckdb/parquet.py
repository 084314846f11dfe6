"""Writes columns as a Parquet file, in a separate database in memory: none of a site's files is open in it."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from analytics.errors import StoreUnavailable

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "1",
}


def written(columns: Mapping[str, Sequence[Any]], work: Path) -> bytes:
    """The file's bytes; ``work`` is the folder in which it is written before they are read. Raises StoreUnavailable."""
    try:
        with tempfile.TemporaryDirectory(dir=work) as folder, duckdb.connect(":memory:", config=_SETTINGS) as database:
            target = Path(folder) / "export.parquet"
            parts = [f'unnest(CAST(? AS {_type(values)}[])) AS "{name}"' for name, values in _quoted(columns)]
            database.execute(f"CREATE TABLE export AS SELECT {', '.join(parts)}", [list(each) for each in columns.values()])
            database.execute(f"COPY export TO '{str(target).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)")
            return target.read_bytes()
    except (duckdb.Error, OSError) as error:
        raise StoreUnavailable(f"the Parquet file cannot be written: {error}") from error


def _quoted(columns: Mapping[str, Sequence[Any]]) -> list[tuple[str, Sequence[Any]]]:
    """An identifier cannot be bound like a value, so quotes in it are doubled."""
    return [(name.replace('"', '""'), values) for name, values in columns.items()]


def _type(values: Sequence[Any]) -> str:
    known = [value for value in values if value is not None]
    if any(isinstance(value, str) for value in known):
        return "VARCHAR"
    return "DOUBLE" if any(isinstance(value, float) for value in known) or not known else "BIGINT"
