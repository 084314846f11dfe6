"""``Control`` (store/base.py) on SQLite: what the owner decides, in one file."""

import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from analytics.clock import Clock, system_clock
from analytics.model import Correction, Funnel, Goal, Note, SectionRule, Segment, Site
from analytics.store.base import Key
from analytics.store.control.audit import COMMAND_LINE, Audit
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
from analytics.store.control.segments import Segments
from analytics.store.control.shared_links import SharedLinks
from analytics.store.control.site_places import SitePlaces
from analytics.store.control.sites import Listener, Sites

_SECRET_BYTES = 32


class ControlStore:
    """Opens ``path`` (made with mode 0600 when it is not there) and brings it up to date.

    ``by`` is who acts, for the audit log: a person's e-mail address, or the command line. Safe to use from
    several threads. Raises StoreUnavailable and MigrationFailed.
    """

    def __init__(self, path: Path, clock: Clock = system_clock) -> None:
        self._database = Database(path, clock)
        self.audit = Audit(self._database, clock)
        self.people = People(self._database, self.audit, clock)
        self.members = Members(self._database, self.audit, clock, self.people)
        self.own_account = OwnAccount(self._database, self.audit, clock, self.people)
        self.api_keys = ApiKeys(self._database, self.audit, clock)
        self._sites = Sites(self._database, self.audit, clock)
        self.corrections_made = Corrections(self._database, self.audit, clock)
        self._goals = Goals(self._database, self.audit)
        self._funnels = Funnels(self._database, self.audit)
        self._segments = Segments(self._database, self.audit)
        self._notes = Notes(self._database, self.audit)
        self.own_sources = OwnSources(self._database, self.audit)
        self.site_places = SitePlaces(self._database)
        self.shared_links = SharedLinks(self._database, self.audit, clock)

    def copy_to(self, path: Path) -> None:
        """All that is in it now as one other file, in the place of an older one. Raises StoreUnavailable."""
        self._database.copy_to(path)

    def subscribe(self, listener: Listener) -> None:
        """Calls ``listener`` after a site was added, changed or removed, in the thread that did it."""
        self._sites.subscribe(listener)

    def sites(self) -> list[Site]:
        """See Control."""
        return self._sites.all()

    def site(self, domain: str) -> Site:
        """See Control."""
        return self._sites.find(domain)

    def add_site(self, domain: str, timezone: str, week_start: str = "monday", *, by: str = COMMAND_LINE) -> Site:
        """See Control. Raises InvalidInput naming ``week_start`` as well, the day that its weeks begin on."""
        return self._sites.add(domain, timezone, week_start, by=by)

    def change_site(self, site: Site, *, by: str = COMMAND_LINE) -> Site:
        """See Control. Raises InvalidInput naming the field, too."""
        return self._sites.change(site, by=by)

    def remove_site(self, site: Site, *, by: str = COMMAND_LINE) -> None:
        """See Control."""
        self._sites.remove(site, by=by)

    def removed_sites(self) -> frozenset[str]:
        """See Control."""
        return self._sites.removed()

    def sections(self, site: Site) -> list[SectionRule]:
        """See Control."""
        return self._sites.sections(site)

    def set_sections(self, site: Site, rules: Sequence[SectionRule], *, by: str = COMMAND_LINE) -> None:
        """See Control. The order given is the order tried; raises InvalidInput naming the row."""
        self._sites.set_sections(site, rules, by=by)

    def goals(self, site: Site) -> list[Goal]:
        """See Control."""
        return self._goals.all(site)

    def goal(self, site: Site, goal_id: int) -> Goal:
        """See Goals."""
        return self._goals.find(site, goal_id)

    def add_goal(self, site: Site, goal: Goal, *, by: str = COMMAND_LINE) -> Goal:
        """See Control."""
        return self._goals.add(site, goal, by=by)

    def remove_goal(self, site: Site, goal_id: int, *, by: str = COMMAND_LINE) -> None:
        """See Control."""
        self._goals.remove(site, goal_id, by=by)

    def change_goal(self, site: Site, goal: Goal, *, by: str = COMMAND_LINE) -> Goal:
        """See Control."""
        return self._goals.change(site, goal, by=by)

    def funnels(self, site: Site) -> list[Funnel]:
        """See Control."""
        return self._funnels.all(site)

    def funnel(self, site: Site, funnel_id: int) -> Funnel:
        """See Funnels."""
        return self._funnels.find(site, funnel_id)

    def put_funnel(self, site: Site, funnel: Funnel, *, by: str = COMMAND_LINE) -> Funnel:
        """See Control."""
        return self._funnels.put(site, funnel, by=by)

    def delete_funnel(self, site: Site, funnel_id: int, *, by: str = COMMAND_LINE) -> None:
        """See Control."""
        self._funnels.delete(site, funnel_id, by=by)

    def segments(self, site: Site) -> list[Segment]:
        """See Control."""
        return self._segments.all(site)

    def segment(self, site: Site, segment_id: int) -> Segment:
        """See Segments."""
        return self._segments.find(site, segment_id)

    def add_segment(self, site: Site, name: str, filters: list[Any], *, by: str = COMMAND_LINE) -> Segment:
        """See Control."""
        return self._segments.add(site, name, filters, by=by)

    def change_segment(self, site: Site, segment: Segment, *, by: str = COMMAND_LINE) -> Segment:
        """See Control."""
        return self._segments.change(site, segment, by=by)

    def remove_segment(self, site: Site, segment_id: int, *, by: str = COMMAND_LINE) -> None:
        """See Control."""
        self._segments.remove(site, segment_id, by=by)

    def notes(self, site: Site) -> list[Note]:
        """See Control."""
        return self._notes.all(site)

    def note(self, site: Site, note_id: int) -> Note:
        """See Notes."""
        return self._notes.find(site, note_id)

    def put_note(self, site: Site, note: Note, *, by: str = COMMAND_LINE) -> Note:
        """See Control."""
        return self._notes.put(site, note, by=by)

    def remove_note(self, site: Site, note_id: int, *, by: str = COMMAND_LINE) -> None:
        """See Control."""
        self._notes.remove(site, note_id, by=by)

    def corrections(self, site: Site) -> list[Correction]:
        """See Control."""
        return self.corrections_made.all(site.id)

    def add_key(self, site: Site | None, scopes: Iterable[str], name: str = "", *, by: str = COMMAND_LINE) -> str:
        """See Control. No scopes: all; raises InvalidInput naming ``scopes``."""
        return self.api_keys.add(site, scopes, name, by=by)

    def key(self, text: str) -> Key | None:
        """See Control."""
        return self.api_keys.find(text)

    def setup_token(self) -> str | None:
        """See People."""
        return self.people.setup_token()

    def secret_key(self) -> bytes:
        """256 random bits, made at the first call and the same ever after: what cookies are signed with."""
        with self._database.transaction():
            row = ("cookies", secrets.token_bytes(_SECRET_BYTES))
            self._database.execute("INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", row)
            found: bytes = self._database.execute("SELECT value FROM secrets WHERE name = 'cookies'")[0][0]
            return found

    def close(self) -> None:
        """See Control."""
        self._database.close()
