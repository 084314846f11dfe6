"""Which sites a person wants at the head of the list of all sites, and which not in it."""

from enum import StrEnum

from analytics.model import Site
from analytics.store.control.database import Database
from analytics.store.control.people import Person
from analytics.store.control.sites import require_site


class Place(StrEnum):
    """Where in the list a site stands; without one it stands where its figures put it."""

    PINNED = "pinned"
    HIDDEN = "hidden"


class SitePlaces:
    """The places of all people. A matter of taste, of which the audit log says nothing. Safe to use from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, person: Person) -> dict[str, Place]:
        """Id of a site -> its place, for those that have one."""
        rows = self._database.execute("SELECT site, place FROM site_places WHERE person = ?", (person.id,))
        return {site: Place(place) for site, place in rows}

    def put(self, person: Person, site: Site, place: Place | None) -> None:
        """Gives the site a place, or none. Raises NotFound without such a site."""
        with self._database.transaction():
            require_site(self._database, site)
            self._database.execute("DELETE FROM site_places WHERE person = ? AND site = ?", (person.id, site.id))
            if place:
                row = (person.id, site.id, place.value)
                self._database.execute("INSERT INTO site_places (person, site, place) VALUES (?, ?, ?)", row)
