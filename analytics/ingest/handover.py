"""Hands the visitor map and the keys from one process to the next at a planned restart.

They travel through a file in memory, never on a disk: mode 0600, unlinked as it is read. If there is no such place, or
memory may be swapped out to a disk, nothing is handed over, and visitors of the day may be counted again, as after a crash.
"""

import os
import stat
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from msgspec import MsgspecError, Struct, msgpack

from analytics.ingest.visitor_map import DayOfVisitors

RAM_FOLDERS = ("/run", "/dev/shm")  # noqa: S108  # chosen because they are memory; checked below
_RAM_FILE_SYSTEMS = {"tmpfs", "ramfs"}


class State(Struct):
    """What the next process needs to go on counting the same people and visits."""

    keys: dict[str, Any]
    visitors: list[DayOfVisitors]


class Handover:
    """The place where the state of one data directory is left and found."""

    def __init__(self, data: Path, folders: tuple[str, ...] = RAM_FOLDERS, swaps: Path = Path("/proc/swaps")) -> None:
        name = f"footfall-{os.getuid()}-{blake2b(bytes(data), digest_size=8).hexdigest()}"
        folder = None if _may_reach_a_disk(swaps) else next(filter(_is_memory, folders), None)
        self._path = Path(folder, name) if folder else None

    def leave(self, state: State) -> bool:
        """Leaves the state for the next process; False if there is no safe place."""
        if self._path is None:
            return False
        with suppress(OSError):
            self._path.unlink()
        try:
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except OSError:
            return False
        with os.fdopen(fd, "wb") as file:
            file.write(msgpack.encode(state))
        return True

    def take(self) -> State | None:
        """Takes the state that was left, which then is gone; None if there is none or the file is not ours."""
        if self._path is None:
            return None
        try:
            fd = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return None
        with os.fdopen(fd, "rb") as file:
            self._path.unlink(missing_ok=True)
            status = os.fstat(fd)
            if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) != 0o600:
                return None
            try:
                return msgpack.decode(file.read(), type=State)
            except MsgspecError:
                return None


def _is_memory(folder: str) -> bool:
    """Whether ``folder`` is a file system in memory that this process may write to."""
    with Path("/proc/mounts").open(encoding="utf-8") as mounts:
        kinds = {fields[1]: fields[2] for fields in map(str.split, mounts)}
    return kinds.get(folder) in _RAM_FILE_SYSTEMS and os.access(folder, os.W_OK)


def _may_reach_a_disk(swaps: Path) -> bool:
    """Whether memory may be swapped to anything but compressed memory (zram). Encrypted swap cannot be recognised here, so
    it counts as a disk."""
    try:
        lines = swaps.read_text(encoding="utf-8").splitlines()[1:]
    except OSError:
        return True
    return any(not line.startswith("/dev/zram") for line in lines)
