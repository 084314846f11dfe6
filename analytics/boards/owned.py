"""The folder with the owner's dashboards: a file is replaced as a whole, and by nobody who has not seen what it holds."""

import hashlib
from pathlib import Path
from threading import Lock

from analytics.durability import replace_file
from analytics.errors import FootfallError, InvalidInput
from analytics.panels import NAME

_writing = Lock()
"""Between looking whether a file is still the one that was seen, and replacing it, no other request does."""


class ChangedMeanwhile(FootfallError):
    """The file is not the one that the change was made for: somebody else was faster."""


class OwnDashboards:
    """The files ``<name>.toml`` of one folder, which is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def text(self, name: str) -> bytes | None:
        """What the file holds; None: there is none."""
        try:
            return self._file(name).read_bytes()
        except FileNotFoundError:
            return None

    def seen(self, name: str) -> str:
        """Stands for what the file holds now; empty: there is none."""
        return digest(self.text(name))

    def put(self, name: str, text: str, seen: str, *, keep: bool = False) -> None:
        """Makes or replaces the file as a whole, durably, for its owner's eyes only. ``seen`` stands for what was there
        when the change was made; with ``keep`` that can be taken back. Raises ChangedMeanwhile."""
        with _writing:
            self._expect(name, seen)
            self.folder.mkdir(mode=0o700, exist_ok=True)
            if keep:
                replace_file(self._kept(name), self.text(name) or b"")
            replace_file(self._file(name), text.encode())

    def remove(self, name: str, seen: str) -> None:
        """Takes the file away; that can be taken back. Raises ChangedMeanwhile."""
        with _writing:
            self._expect(name, seen)
            if text := self.text(name):
                replace_file(self._kept(name), text)
            self._file(name).unlink(missing_ok=True)

    def before(self, name: str) -> bytes | None:
        """What the file held before the last change that can be taken back, empty: there was none; None: no such change."""
        try:
            return self._kept(name).read_bytes()
        except FileNotFoundError:
            return None

    def undo(self, name: str, seen: str) -> None:
        """Takes the last change back. Raises ChangedMeanwhile where the file is not what that made of it."""
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
        """Gives the file another name. Raises ChangedMeanwhile, InvalidInput for ``name`` where that one is taken."""
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
    """Stands for what a file holds; empty: there is none."""
    return "" if text is None else hashlib.blake2b(text, digest_size=12).hexdigest()
