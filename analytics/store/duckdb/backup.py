"""Copies of a site's file, made and verified by separate processes.

If the process that has a live database file open read it itself, it would drop DuckDB's lock: closing any of its file
descriptors does.
"""

import subprocess
import sys
from pathlib import Path

from analytics.errors import StoreUnavailable


def copy(source: Path, target: Path) -> None:
    """Copies a database file, durably. Raises StoreUnavailable."""
    try:
        subprocess.run(["/bin/cp", "--reflink=auto", "--", str(source), str(target)], check=True)
        subprocess.run(["/bin/sync", "--", str(target)], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise StoreUnavailable(f"{source.name} cannot be copied to {target}: {error}") from error


def keep(fresh: Path, target: Path) -> None:
    """Makes a copy the new backup ``target``, once every value in it has been read (verify.py). Raises StoreUnavailable."""
    verified = subprocess.run([sys.executable, "-m", "analytics.store.duckdb.verify", str(fresh)], check=False)
    if verified.returncode:
        raise StoreUnavailable(f"the backup of {target.name} cannot be read back; the one before it is kept")
    fresh.replace(target)
