"""How a person arranges the list of all sites: which are pinned to its top, and which are hidden."""

from enum import StrEnum

from analytics.site import Site
from analytics.store.control.database import Database
from analytics.store.control.people import Person
from analytics.store.control.sites import require_site


class Place(StrEnum):
    """A person's choice for one site; without one, its figures decide where it stands."""

    PINNED = "pinned"
    HIDDEN = "hidden"


class SitePlaces:
    """The choices of all people. They are a matter of taste and not noted in the audit log. Safe to use from several
    threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, person: Person) -> dict[str, Place]:
        """Site id -> place, for the sites that this person has placed."""
        rows = self._database.execute("SELECT site, place FROM site_places WHERE person = ?", (person.id,))
        return {site: Place(place) for site, place in rows}

    def put(self, person: Person, site: Site, place: Place | None) -> None:
        """Sets or clears the place of a site. Raises NotFound if the site does not exist."""
        with self._database.transaction():
            require_site(self._database, site)
            self._database.execute("DELETE FROM site_places WHERE person = ? AND site = ?", (person.id, site.id))
            if place:
                row = (person.id, site.id, place.value)
                self._database.execute("INSERT INTO site_places (person, site, place) VALUES (?, ?, ?)", row)
