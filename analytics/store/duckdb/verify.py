"""Reads every value of a database file: ``python -m analytics.store.duckdb.verify FILE`` exits with 0 if that succeeds.

It is a separate process, because a copy must not be opened by the process that owns the original. It reads every value,
because a damaged block is noticed only then (a count comes from metadata).
"""

import sys

import duckdb


def main(path: str) -> int:
    """Returns 0 if everything can be read; else 1, with the reason on the error output."""
    try:
        with duckdb.connect(path, read_only=True, config={"threads": "1", "memory_limit": "256MiB"}) as database:
            for (table,) in database.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                database.table(table).aggregate("bit_xor(hash(COLUMNS(*)))").fetchall()
    except duckdb.Error as error:
        sys.stderr.write(f"{path}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
