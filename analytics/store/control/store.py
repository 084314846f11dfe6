"""What the owner decides, never what visitors do: people, sites, keys, goals and so on, in one SQLite file."""

import secrets
from pathlib import Path

from analytics.clock import Clock, system_clock
from analytics.store.control.audit import Audit
from analytics.store.control.corrections import Corrections
from analytics.store.control.database import Database
from analytics.store.control.funnels import Funnels
from analytics.store.control.goals import Goals
from analytics.store.control.keys import ApiKeys
from analytics.store.control.members import Members
from analytics.store.control.notes import Notes
from analytics.store.control.own_account import OwnAccount
from analytics.store.control.own_sources import OwnSources
from analytics.store.control.people import People
from analytics.store.control.sections import Sections
from analytics.store.control.segments import Segments
from analytics.store.control.shared_links import SharedLinks
from analytics.store.control.site_places import SitePlaces
from analytics.store.control.sites import Sites

_SECRET_BYTES = 32


class ControlStore:
    """One part for each kind of thing that is kept, all on the same database, and what concerns the file as a whole.

    Opens ``path``, which is created with mode 0600 if it does not exist, and migrates its schema. Every part takes ``by``,
    the person who acts, for the audit log: an e-mail address, or the command line. Safe to use from several threads.

    Raises StoreUnavailable and MigrationFailed.
    """

    def __init__(self, path: Path, clock: Clock = system_clock) -> None:
        self._database = Database(path, clock)
        self.audit = Audit(self._database, clock)
        self.people = People(self._database, self.audit, clock)
        self.members = Members(self._database, self.audit, clock, self.people)
        self.own_account = OwnAccount(self._database, self.audit, clock, self.people)
        self.api_keys = ApiKeys(self._database, self.audit, clock)
        self.sites = Sites(self._database, self.audit, clock)
        self.sections = Sections(self._database, self.audit)
        self.goals = Goals(self._database, self.audit)
        self.funnels = Funnels(self._database, self.audit)
        self.segments = Segments(self._database, self.audit)
        self.notes = Notes(self._database, self.audit)
        self.corrections = Corrections(self._database, self.audit, clock)
        self.own_sources = OwnSources(self._database, self.audit)
        self.site_places = SitePlaces(self._database)
        self.shared_links = SharedLinks(self._database, self.audit, clock)

    def secret_key(self) -> bytes:
        """The 256 random bits that cookies are signed with; generated once, then always the same."""
        with self._database.transaction():
            row = ("cookies", secrets.token_bytes(_SECRET_BYTES))
            self._database.execute("INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", row)
            found: bytes = self._database.execute("SELECT value FROM secrets WHERE name = 'cookies'")[0][0]
            return found

    def copy_to(self, path: Path) -> None:
        """Copies the database to the file ``path``, replacing an older copy. Raises StoreUnavailable."""
        self._database.copy_to(path)

    def close(self) -> None:
        """Closes the file. May be called twice."""
        self._database.close()
