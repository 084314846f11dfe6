"""What the client tells the owner's log: each problem once, and nothing of a visitor."""

import logging

log = logging.getLogger("footfall")


class Notices:
    """Problems by what they keep from working, and their cause. Safe to use from several threads: at worst something is
    said twice."""

    def __init__(self) -> None:
        self._said: dict[str, set[str]] = {}

    def problem(self, kept: str, cause: str, text: str) -> None:
        """Warns, if this cause was not named since ``kept`` worked the last time."""
        said = self._said.setdefault(kept, set())
        if cause not in said:
            said.add(cause)
            log.warning("%s", text)

    def failed(self, doing: str, error: Exception) -> None:
        """Warns of what nobody foresaw, by its kind alone: its text, and the values around it, may tell of a visitor."""
        name = type(error).__name__
        self.problem(doing, name, f"{doing} failed with {name}; the application did not notice")

    def solved(self, kept: str, text: str) -> None:
        """Says that it works again, if it did not."""
        if self._said.pop(kept, None):
            log.warning("%s", text)
