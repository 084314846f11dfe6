"""Writing files so that they survive a power cut."""

import os
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Creates or replaces a file atomically and durably, with mode 0600."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)  # left behind by a crash
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(fd)
    new.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable: a new file survives a power cut only after this."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
