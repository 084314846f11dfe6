"""The sites of this instance."""

import secrets
import string
from collections.abc import Callable
from typing import Any

import msgspec

from analytics.checks import Checks
from analytics.clock import Clock
from analytics.domains import display, normalised
from analytics.errors import InvalidInput, NotFound
from analytics.site import FormerDomain, Site, SiteSettings
from analytics.store.control.audit import COMMAND_LINE, Audit
from analytics.store.control.database import Database
from analytics.store.control.settings import (
    check_shared,
    checked_settings,
    checked_timezone,
    checked_week_start,
    free_script,
)

Listener = Callable[[], object]
"""Is called after a site was added, changed or removed."""

RENAMED_FOR = 7 * 86_400
"""Seconds for which events for a site's former domain are accepted: a new tag goes live with the next release, and old pages
stay in caches and open tabs for some days."""

_ID_LETTERS = string.ascii_lowercase + string.digits
_ID_LENGTH = 12  # 62 bits: no new id will ever be one in use
_COLUMNS = """id, domain, timezone, settings,
    (SELECT json_group_array(json_object('domain', former.domain, 'until', until))
     FROM former_domains AS former WHERE site = sites.id)"""


class Sites:
    """All sites. Safe to use from several threads."""

    def __init__(self, database: Database, audit: Audit, clock: Clock) -> None:
        self._database, self._audit, self._clock = database, audit, clock
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        """Calls ``listener`` after every saved change, in the thread that made it."""
        self._listeners.append(listener)

    def all(self) -> list[Site]:
        """All sites, by domain."""
        return [_site(row) for row in self._database.execute(f"SELECT {_COLUMNS} FROM sites ORDER BY domain")]  # noqa: S608

    def find(self, domain: str) -> Site:
        """The site with this domain, in any spelling. Raises NotFound."""
        try:
            wanted = normalised(domain)
        except InvalidInput:
            wanted = ""
        rows = self._database.execute(f"SELECT {_COLUMNS} FROM sites WHERE domain = ?", (wanted,))  # noqa: S608
        if not rows:
            raise NotFound("There is no site %(domain)s", domain=display(wanted) or "of this name")
        return _site(rows[0])

    def add(self, domain: str, timezone: str, week_start: str = "monday", *, by: str = COMMAND_LINE) -> Site:
        """Adds a site with the default settings, except for the first day of its week and the address of its script, which
        no other site has. Raises InvalidInput naming ``domain``, ``timezone`` or ``week_start``."""
        with self._database.transaction():
            with Checks() as check:
                site = Site(
                    id=_new_id(),
                    domain=check(normalised, domain, instead=""),
                    timezone=check(checked_timezone, timezone, instead=""),
                )
                check(self._refuse_taken, site)
                day = checked_week_start(week_start)
            script = free_script(site.domain, {other.settings.script for other in self.all()})
            site = msgspec.structs.replace(site, settings=SiteSettings(script=script, week_start=day))
            row = (site.id, site.domain, site.timezone, _encoded(site.settings), int(self._clock()))
            self._take(site)
            self._database.execute(
                "INSERT INTO sites (id, domain, timezone, settings, created_at) VALUES (?, ?, ?, ?, ?)", row
            )
            self._audit.note(by, "site added", f"{site.domain}, {site.timezone}")
        self._tell()
        return site

    def change(self, site: Site, *, by: str = COMMAND_LINE) -> Site:
        """Replaces the domain, time zone and settings of the site with this id; returns it as saved. A replaced domain stays
        valid for events for ``RENAMED_FOR``. Raises NotFound, or InvalidInput naming the field."""
        with self._database.transaction():
            before = self._by_id(site.id)
            kept = self.checked(site)
            self._take(kept)
            if kept.domain != before.domain:
                former = (before.domain, kept.id, int(self._clock()) + RENAMED_FOR)
                self._database.execute("INSERT INTO former_domains VALUES (?, ?, ?)", former)
            row = (kept.domain, kept.timezone, _encoded(kept.settings), kept.id)
            self._database.execute("UPDATE sites SET domain = ?, timezone = ?, settings = ? WHERE id = ?", row)
            self._audit.note(by, "site changed", f"{before.domain}: {_difference(before, kept)}")
            kept = self._by_id(kept.id)
        self._tell()
        return kept

    def checked(self, site: Site) -> Site:
        """The site as ``change`` would save it. Raises InvalidInput naming every wrong field."""
        with Checks() as check:
            kept = msgspec.structs.replace(
                site,
                domain=check(normalised, site.domain, instead=""),
                timezone=check(checked_timezone, site.timezone, instead=""),
                settings=check(checked_settings, site.settings, instead=site.settings),
            )
            check(self._refuse_taken, kept)
            check(check_shared, kept, [other for other in self.all() if other.id != kept.id])
        return kept

    def remove(self, site: Site, *, by: str = COMMAND_LINE) -> None:
        """Removes the site with its keys and everything that was set up for it. Erasing its rows is up to the store. Raises
        NotFound."""
        with self._database.transaction():
            gone = self._by_id(site.id)
            self._database.execute("DELETE FROM sites WHERE id = ?", (site.id,))
            self._database.execute("INSERT INTO removed_sites VALUES (?, ?)", (site.id, int(self._clock())))
            self._audit.note(by, "site removed", gone.domain)
        self._tell()

    def removed(self) -> frozenset[str]:
        """The ids of all sites that were ever removed: rows that are still in the spool for them must not be stored."""
        return frozenset(site_id for (site_id,) in self._database.execute("SELECT id FROM removed_sites"))

    def _by_id(self, site_id: str) -> Site:
        rows = self._database.execute(f"SELECT {_COLUMNS} FROM sites WHERE id = ?", (site_id,))  # noqa: S608
        if not rows:
            raise NotFound("This site does not exist")
        return _site(rows[0])

    def _refuse_taken(self, site: Site) -> None:
        if self._database.execute("SELECT 1 FROM sites WHERE domain = ? AND id <> ?", (site.domain, site.id)):
            raise InvalidInput("domain", "%(domain)s has already been added", domain=display(site.domain))

    def _take(self, site: Site) -> None:
        """Makes the domain this site's alone; deletes former domains that are no longer valid."""
        over = (site.domain, int(self._clock()))
        self._database.execute("DELETE FROM former_domains WHERE domain = ? OR until <= ?", over)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()


def _new_id() -> str:
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))


def _site(row: tuple[Any, ...]) -> Site:
    site_id, domain, timezone, settings, former = row
    return Site(
        id=site_id,
        domain=domain,
        timezone=timezone,
        settings=msgspec.json.decode(settings, type=SiteSettings),
        former_domains=msgspec.json.decode(former, type=tuple[FormerDomain, ...]),
    )


def _encoded(settings: SiteSettings) -> str:
    return msgspec.json.encode(settings).decode()


def _difference(before: Site, after: Site) -> str:
    """What changed, for the audit log. Of lists it only says that they changed: the owner's networks do not belong in a
    log."""
    old = {**msgspec.structs.asdict(before), **msgspec.structs.asdict(before.settings)}
    new = {**msgspec.structs.asdict(after), **msgspec.structs.asdict(after.settings)}
    changed = [name for name in new if name not in ("settings", "former_domains") and new[name] != old[name]]
    return ", ".join(name if isinstance(new[name], tuple) else f"{name} = {new[name]}" for name in changed) or "nothing"


def require_site(database: Database, site: Site) -> None:
    """Raises NotFound if the site does not exist (any more)."""
    if not database.execute("SELECT 1 FROM sites WHERE id = ?", (site.id,)):
        raise NotFound("This site does not exist")
