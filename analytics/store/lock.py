"""Lets one process at a time own a data directory. DuckDB files cannot be shared, and DuckDB's own lock is not enough: it
is dropped as soon as its owner opens or copies the file itself."""

import fcntl
import os
import time
from pathlib import Path

from analytics.errors import ConfigError, DataLocked


class DataLock:
    """A ``flock`` on ``<data>/lock``; the kernel releases it when its process ends, in whatever way."""

    def __init__(self, data: Path) -> None:
        self._path = data / "lock"
        self._fd: int | None = None

    def acquire(self, patience: float = 0.0) -> None:
        """Takes the lock, waiting up to ``patience`` seconds; creates the folder if it does not exist. Raises DataLocked
        naming the holder, or ConfigError naming ``data`` for a folder that this user may not use."""
        fd = self._opened()
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
                        f"{self._path.parent} is in use by process {holder}. Only one process can use a data folder; "
                        "stop that one first, or choose another folder (setting data)."
                    ) from None
                time.sleep(0.05)
        os.ftruncate(fd, os.pwrite(fd, f"{os.getpid()}\n".encode(), 0))
        self._fd = fd

    def _opened(self) -> int:
        """Opens the lock's file. Refuses one of another user: files made in that user's folder, mostly by root, would lock
        the user out."""
        folder = self._path.parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            problem = (
                f"{error.strerror}: user {os.geteuid()} must be able to write there; "
                "change the permissions, or choose another folder"
            )
            raise ConfigError("data", str(folder), problem) from None
        owner = os.fstat(fd).st_uid
        if owner != os.geteuid():
            os.close(fd)
            problem = (
                f"belongs to user {owner}; run this as that user, "
                f"or make user {os.geteuid()} the owner of the folder and its contents"
            )
            raise ConfigError("data", str(folder), problem)
        return fd

    def release(self) -> None:
        """Releases the lock. May be called twice."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)
