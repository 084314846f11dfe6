"""What the client writes to the application's log: each problem once, and nothing about a visitor."""

import logging

log = logging.getLogger("footfall")


class Notices:
    """Problems, by what they prevent and their cause. Safe to use from several threads: at worst something is logged
    twice."""

    def __init__(self) -> None:
        self._said: dict[str, set[str]] = {}

    def problem(self, kept: str, cause: str, text: str) -> None:
        """Logs a warning, unless the same cause was logged since ``kept`` last worked."""
        said = self._said.setdefault(kept, set())
        if cause not in said:
            said.add(cause)
            log.warning("%s", text)

    def failed(self, doing: str, error: Exception) -> None:
        """Logs an unexpected error by its type alone: its text, and the values around it, may reveal a visitor."""
        name = type(error).__name__
        self.problem(doing, name, f"{doing} failed with {name}; the application did not notice")

    def solved(self, kept: str, text: str) -> None:
        """Logs that it works again, if it did not."""
        if self._said.pop(kept, None):
            log.warning("%s", text)
