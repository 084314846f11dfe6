"""A site's corrections: what was decided, when, by whom, and how long it can still be undone.

Only the decision is kept here. The site's own file knows whether its rows follow it; if the two differ (after a crash
between them, or when an older file was restored), the rows are made to follow.
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from analytics.clock import Clock
from analytics.errors import InvalidInput, NotFound
from analytics.site import Correction, Site
from analytics.store.control.audit import Audit
from analytics.store.control.database import Database
from analytics.store.control.lookup import by_id
from analytics.store.control.sites import require_site

MOST = 200
"""Corrections of a site that hold for what comes, or can be undone."""
_NEVER = 0
"""The ``until`` of a correction that holds for no event: there are none from before 1970."""
_COLUMNS = "id, rule, made_at, until, undone_at, settled_at"


class Corrections:
    """The corrections of all sites. The caller must make sure that a correction can be carried out. Safe to use from
    several threads."""

    def __init__(self, database: Database, audit: Audit, clock: Clock) -> None:
        self._database, self._audit, self._clock = database, audit, clock

    def all(self, site: Site) -> list[Correction]:
        """The site's corrections that were carried out, including undone ones, in the order they were made."""
        return self._carried_out(site.id)

    def standing(self, site_id: str) -> list[Correction]:
        """Those of ``all`` that were not undone."""
        return [each for each in self._carried_out(site_id) if each.undone_at is None]

    def find(self, site: Site, number: int) -> Correction:
        """The standing correction with this number. Raises NotFound."""
        return by_id(self.standing(site.id), number, NotFound("This correction does not exist; it may have been undone"))

    def propose(self, site: Site, correction: Correction) -> Correction:
        """Assigns a number and a time to a correction and returns it; it takes effect once it is ``carried_out``. Raises
        InvalidInput naming ``filters`` if there are too many, NotFound if the site does not exist."""
        with self._database.transaction():
            require_site(self._database, site)
            if sum(each.settled_at is None or each.until is None for each in self.standing(site.id)) >= MOST:
                raise InvalidInput(
                    "filters", "A site can have at most %(most)s corrections; undo or end one first", most=MOST
                )
            made_at = int(self._clock())
            row = (site.id, _encoded(correction), made_at, correction.until)
            sql = "INSERT INTO corrections (site, rule, made_at, until) VALUES (?, ?, ?, ?) RETURNING id"
            ((number,),) = self._database.execute(sql, row)
            return replace(correction, id=number, made_at=made_at)

    def carried_out(self, site: Site, correction: Correction, *, by: str) -> None:
        """Puts the correction into effect. The audit log notes only its kind, since its filters may name the very data that
        had to go."""
        with self._database.transaction():
            self._database.execute("UPDATE corrections SET carried_out = 1 WHERE id = ?", (correction.id,))
            self._audit.note(by, "correction made", f"{site.domain}: {correction.id}, {correction.kind}")

    def undone(self, site: Site, number: int, *, by: str) -> None:
        """Notes that the correction was undone. Raises NotFound."""
        with self._database.transaction():
            self.find(site, number)
            self._database.execute("UPDATE corrections SET undone_at = ? WHERE id = ?", (int(self._clock()), number))
            self._audit.note(by, "correction undone", f"{site.domain}: {number}")

    def ended(self, site: Site, number: int, until: int, *, by: str) -> None:
        """Limits the correction to events before ``until`` (seconds since the epoch). Raises NotFound."""
        with self._database.transaction():
            self.find(site, number)
            self._database.execute("UPDATE corrections SET until = ? WHERE id = ?", (until, number))
            self._audit.note(by, "correction ended", f"{site.domain}: {number}")

    def erased(self, site: Site, number: int, *, by: str) -> None:
        """Notes that the correction can no longer be undone. Of a deletion nothing is kept but the fact that there was one.
        Raises NotFound."""
        with self._database.transaction():
            found = self.find(site, number)
            self._database.execute("UPDATE corrections SET settled_at = ? WHERE id = ?", (int(self._clock()), number))
            if found.kind == "delete":
                forgotten = (_encoded(Correction(kind="delete")), _NEVER, number)
                self._database.execute("UPDATE corrections SET rule = ?, until = ? WHERE id = ?", forgotten)
            self._audit.note(by, "correction erased", f"{site.domain}: {number}")

    def settle(self, site_id: str, made_before: int) -> list[int]:
        """Makes standing corrections made before ``made_before`` (seconds since the epoch) final; returns their numbers."""
        sql = (
            "UPDATE corrections SET settled_at = ? WHERE site = ? AND made_at < ? AND carried_out AND undone_at IS NULL "
            "AND settled_at IS NULL RETURNING id"
        )
        return [number for (number,) in self._database.execute(sql, (int(self._clock()), site_id, made_before))]

    def _carried_out(self, site_id: str) -> list[Correction]:
        sql = f"SELECT {_COLUMNS} FROM corrections WHERE site = ? AND carried_out ORDER BY id"  # noqa: S608
        return [_correction(row) for row in self._database.execute(sql, (site_id,))]


def _encoded(correction: Correction) -> str:
    """The decision as JSON; its times are in columns of their own."""
    rule = msgspec.to_builtins(replace(correction, id=0, made_at=0, until=None))
    return msgspec.json.encode(rule).decode()


def _correction(row: tuple[Any, ...]) -> Correction:
    number, rule, made_at, until, undone_at, settled_at = row
    decided = msgspec.json.decode(rule, type=Correction)
    return replace(decided, id=number, made_at=made_at, until=until, undone_at=undone_at, settled_at=settled_at)
