"""Which of the machine's resources DuckDB may use: folders, memory, time."""

from pathlib import Path

from msgspec import Struct


class Limits(Struct, frozen=True):
    """What DuckDB may take of the machine."""

    memory: int
    """Bytes, per open site. Not a wall: peaks of 2.3 times were measured."""
    threads: int
    seconds: int
    """A query that takes longer is cancelled."""
    reserve: int
    """Bytes of free disk below which nothing is loaded."""


class Folders(Struct, frozen=True):
    """Where the engine keeps its files; created when missing, with mode 0700."""

    sites: Path
    quarantine: Path
    """Damaged files, each with a note about what is wrong; the service never deletes anything here."""
    work: Path
    """Rows being loaded, and temporary data of large queries."""
    backups: Path
