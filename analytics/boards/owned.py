"""The folder with the owner's dashboards. A file is replaced as a whole, and only by somebody who has seen its present
content."""

import hashlib
from pathlib import Path
from threading import Lock

from analytics.durability import replace_file
from analytics.errors import FootfallError, InvalidInput
from analytics.panels import NAME

_writing = Lock()
"""Between looking whether a file is still the one that was seen, and replacing it, no other request does."""


class ChangedMeanwhile(FootfallError):
    """The file is not the one that the change was made for: somebody else changed it first."""


class OwnDashboards:
    """The files ``<name>.toml`` of one folder, which is created when it is needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def text(self, name: str) -> bytes | None:
        """The content of the file, or None if there is none."""
        try:
            return self._file(name).read_bytes()
        except FileNotFoundError:
            return None

    def seen(self, name: str) -> str:
        """The digest of the file's present content, empty if there is no file."""
        return digest(self.text(name))

    def put(self, name: str, text: str, seen: str, *, keep: bool = False) -> None:
        """Creates or replaces the file atomically and durably, with mode 0600. ``seen`` is the digest of the content that
        the change was made for; with ``keep`` the change can be undone. Raises ChangedMeanwhile."""
        with _writing:
            self._expect(name, seen)
            self.folder.mkdir(mode=0o700, exist_ok=True)
            if keep:
                replace_file(self._kept(name), self.text(name) or b"")
            replace_file(self._file(name), text.encode())

    def remove(self, name: str, seen: str) -> None:
        """Removes the file, which can be undone. Raises ChangedMeanwhile."""
        with _writing:
            self._expect(name, seen)
            if text := self.text(name):
                replace_file(self._kept(name), text)
            self._file(name).unlink(missing_ok=True)

    def before(self, name: str) -> bytes | None:
        """The content before the last change that can be undone, empty if there was no file; None if there is no such
        change."""
        try:
            return self._kept(name).read_bytes()
        except FileNotFoundError:
            return None

    def undo(self, name: str, seen: str) -> None:
        """Undoes the last change. Raises ChangedMeanwhile if the file was changed since."""
        with _writing:
            self._expect(name, seen)
            text = self.before(name)
            if text is None:
                raise ChangedMeanwhile("There is nothing to be taken back")
            if text:
                replace_file(self._file(name), text)
            else:
                self._file(name).unlink(missing_ok=True)
            self._kept(name).unlink()

    def rename(self, name: str, new: str, seen: str) -> None:
        """Renames the file. Raises ChangedMeanwhile, or InvalidInput for ``name`` if that name is taken."""
        with _writing:
            self._expect(name, seen)
            if self._file(new).exists():
                raise InvalidInput("name", "Another dashboard has this name")
            self._file(name).rename(self._file(new))
            self._kept(name).unlink(missing_ok=True)

    def _expect(self, name: str, seen: str) -> None:
        if digest(self.text(name)) != seen:
            raise ChangedMeanwhile("Somebody else has changed this dashboard since you opened it")

    def _file(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise InvalidInput("name", "Lower-case letters, digits and dashes only, at most 60")
        return self.folder / f"{name}.toml"

    def _kept(self, name: str) -> Path:
        return self._file(name).with_name(f".{name}.before")


def digest(text: bytes | None) -> str:
    """A digest of a file's content; empty if there is no file."""
    return "" if text is None else hashlib.blake2b(text, digest_size=12).hexdigest()
