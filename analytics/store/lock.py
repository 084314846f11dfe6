"""One owner for a data directory: DuckDB files cannot be shared, and DuckDB's own lock is not enough (it is
dropped as soon as its owner opens or copies the file itself)."""

import fcntl
import os
import time
from pathlib import Path

from analytics.errors import DataLocked


class DataLock:
    """A ``flock`` on ``<data>/lock``; the kernel drops it when its process ends, however it ends."""

    def __init__(self, data: Path) -> None:
        self._path = data / "lock"
        self._fd: int | None = None

    def acquire(self, patience: float = 0.0) -> None:
        """Takes the lock, waiting up to ``patience`` seconds. Raises DataLocked naming the holder."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    holder = os.pread(fd, 20, 0).decode(errors="replace").partition("\n")[0] or "unknown"
                    os.close(fd)
                    raise DataLocked(
                        f"{self._path.parent} is in use by process {holder}. One process owns a data directory; stop that "
                        "one first, or give this one a directory of its own (setting data)."
                    ) from None
                time.sleep(0.05)
        os.ftruncate(fd, os.pwrite(fd, f"{os.getpid()}\n".encode(), 0))
        self._fd = fd

    def release(self) -> None:
        """May be called twice."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)
