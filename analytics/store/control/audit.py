"""Who changed what, and when."""

from datetime import UTC, datetime

from msgspec import Struct

from analytics.clock import Clock
from analytics.store.control.database import Database

COMMAND_LINE = "command line"
"""Who acts when nobody is signed in: the one with access to the machine."""
KEPT = 400 * 86400
"""Seconds that a record is kept: it names people, of whom some have left."""


class Record(Struct, frozen=True):
    """One entry of the log."""

    at: datetime
    """UTC."""
    who: str
    what: str
    subject: str


class Audit:
    """The log of decisions. Entries are only ever appended, and those older than ``KEPT`` are dropped."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def note(self, who: str, what: str, subject: str = "") -> None:
        """Appends an entry. Call it inside the transaction that it describes, so that neither exists without the other."""
        now = int(self._clock())
        row = (now, who, what, subject)
        self._database.execute("DELETE FROM audit WHERE at < ?", (now - KEPT,))
        self._database.execute("INSERT INTO audit (at, who, what, subject) VALUES (?, ?, ?, ?)", row)

    def latest(self, how_many: int = 100) -> list[Record]:
        """The newest records, newest first."""
        rows = self._database.execute("SELECT at, who, what, subject FROM audit ORDER BY id DESC LIMIT ?", (how_many,))
        return [Record(datetime.fromtimestamp(at, UTC), who, what, subject) for at, who, what, subject in rows]
