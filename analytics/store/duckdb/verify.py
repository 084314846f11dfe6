"""Reads every value of a database file: ``python -m analytics.store.duckdb.verify FILE`` ends with 0 if it can.

A process of its own, because a copy must not be opened by the process that owns the original; and every
value, because a damaged block is noticed only when it is read (a count comes from the metadata).
"""

import sys

import duckdb


def main(path: str) -> int:
    """0: everything can be read; 1: not, with the reason on the error output."""
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
