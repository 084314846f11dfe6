"""A site's segments: filters that the owner saved under a name."""

from typing import Any

import msgspec

from analytics.checks import Checks
from analytics.errors import InvalidInput, NotFound
from analytics.site import Segment, Site
from analytics.store.control.audit import COMMAND_LINE, Audit
from analytics.store.control.database import Database
from analytics.store.control.lookup import by_id
from analytics.store.control.sites import require_site
from analytics.store.control.texts import checked_name

_MOST_SEGMENTS = 500
_LONGEST = 256 * 1024
"""Bytes of one segment's filters."""


class Segments:
    """The segments of all sites. The caller must make sure that their filters are valid; the query language is not known
    here. Safe to use from several threads."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database, self._audit = database, audit

    def all(self, site: Site) -> list[Segment]:
        """The site's segments, by id."""
        rows = self._database.execute("SELECT id, name, filters FROM segments WHERE site = ? ORDER BY id", (site.id,))
        return [Segment(id=number, name=name, filters=msgspec.json.decode(filters)) for number, name, filters in rows]

    def find(self, site: Site, segment_id: int) -> Segment:
        """The segment with this id. Raises NotFound."""
        return by_id(self.all(site), segment_id, NotFound("This segment does not exist; it may have been removed"))

    def add(self, site: Site, name: str, filters: list[Any], *, by: str = COMMAND_LINE) -> Segment:
        """Saves filters under a name and returns the segment. Raises InvalidInput naming ``name`` or ``filters``; NotFound
        if the site does not exist."""
        with self._database.transaction():
            require_site(self._database, site)
            there = self.all(site)
            if len(there) >= _MOST_SEGMENTS:
                raise InvalidInput(
                    "name", "A site can have at most %(most)s segments; remove one first", most=_MOST_SEGMENTS
                )
            kept = self.checked(site, Segment(id=0, name=name, filters=filters))
            row = (site.id, kept.name, _encoded(filters))
            self._database.execute("INSERT INTO segments (site, name, filters) VALUES (?, ?, ?)", row)
            self._audit.note(by, "segment added", f"{site.domain}: {row[1]}")
            return self.all(site)[-1]

    def change(self, site: Site, segment: Segment, *, by: str = COMMAND_LINE) -> Segment:
        """Replaces name and filters of the segment with this id; returns it as saved. Raises as ``add`` does, and
        NotFound."""
        with self._database.transaction():
            self.find(site, segment.id)
            name = self.checked(site, segment).name
            self._database.execute(
                "UPDATE segments SET name = ?, filters = ? WHERE id = ?", (name, _encoded(segment.filters), segment.id)
            )
            self._audit.note(by, "segment changed", f"{site.domain}: {name}")
            return self.find(site, segment.id)

    def checked(self, site: Site, segment: Segment) -> Segment:
        """The segment as ``add``, for an ``id`` of 0, or ``change`` would save it. Raises InvalidInput naming ``name``,
        ``filters`` or both."""
        others = [each for each in self.all(site) if each.id != segment.id]
        with Checks() as check:
            check(_encoded, segment.filters)
            name = _name(segment.name, others)
        return msgspec.structs.replace(segment, name=name)

    def remove(self, site: Site, segment_id: int, *, by: str = COMMAND_LINE) -> None:
        """Removes a segment; queries that name it are refused from now on. Raises NotFound."""
        with self._database.transaction():
            gone = self.find(site, segment_id)
            self._database.execute("DELETE FROM segments WHERE id = ?", (segment_id,))
            self._audit.note(by, "segment removed", f"{site.domain}: {gone.name}")


def _name(name: str, others: list[Segment]) -> str:
    return checked_name(name, [other.name for other in others], "segment", "Readers from Austria")


def _encoded(filters: list[Any]) -> str:
    encoded = msgspec.json.encode(filters)
    if len(encoded) > _LONGEST:
        raise InvalidInput(
            "filters", "The filters are too long: at most %(longest)s KiB can be saved", longest=_LONGEST // 1024
        )
    return encoded.decode()
