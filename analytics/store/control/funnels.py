"""A site's funnels: sequences of steps whose completion the owner follows."""

from typing import Any

import msgspec

from analytics.checks import Checks
from analytics.errors import InvalidInput, NotFound
from analytics.site import FUNNEL_STEPS, Funnel, Site
from analytics.store.control.audit import COMMAND_LINE, Audit
from analytics.store.control.database import Database
from analytics.store.control.lookup import by_id
from analytics.store.control.sites import require_site
from analytics.store.control.texts import checked_name

_MOST_FUNNELS = 100
_LONGEST = 64 * 1024
"""Bytes of one funnel's steps."""
_ADD = "INSERT INTO funnels (name, steps, strict, site) VALUES (?, ?, ?, ?)"
_CHANGE = "UPDATE funnels SET name = ?, steps = ?, strict = ? WHERE site = ? AND id = ?"
_ALL = "SELECT id, name, steps, strict FROM funnels WHERE site = ? ORDER BY id"


class Funnels:
    """The funnels of all sites. The caller must make sure that their steps are valid filters; the query language is not
    known here. Safe to use from several threads."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database, self._audit = database, audit

    def all(self, site: Site) -> list[Funnel]:
        """The site's funnels, by id."""
        return [_funnel(row) for row in self._database.execute(_ALL, (site.id,))]

    def find(self, site: Site, funnel_id: int) -> Funnel:
        """The funnel with this id. Raises NotFound."""
        return by_id(self.all(site), funnel_id, NotFound("This funnel does not exist; it may have been removed"))

    def put(self, site: Site, funnel: Funnel, *, by: str = COMMAND_LINE) -> Funnel:
        """Saves a funnel and returns it as saved: as a new one if its ``id`` is 0, else in place of the one with that id.

        Raises InvalidInput naming ``name`` or ``steps``; NotFound if the site or the funnel does not exist.
        """
        with self._database.transaction():
            require_site(self._database, site)
            name = self.checked(site, funnel).name
            row = (name, _encoded(funnel.steps), int(funnel.strict), site.id)
            if funnel.id:
                self._database.execute(_CHANGE, (*row, self.find(site, funnel.id).id))
            else:
                self._database.execute(_ADD, row)
            self._audit.note(by, "funnel changed" if funnel.id else "funnel added", f"{site.domain}: {name}")
            return self.find(site, funnel.id) if funnel.id else self.all(site)[-1]

    def checked(self, site: Site, funnel: Funnel) -> Funnel:
        """The funnel as ``put`` would save it. Raises InvalidInput naming ``name``, ``steps`` or both."""
        with Checks() as check:
            check(_encoded, funnel.steps)
            name = self._name(site, funnel)
        return msgspec.structs.replace(funnel, name=name)

    def _name(self, site: Site, funnel: Funnel) -> str:
        others = [each for each in self.all(site) if each.id != funnel.id]
        if len(others) >= _MOST_FUNNELS:
            raise InvalidInput("name", "A site can have at most %(most)s funnels; remove one first", most=_MOST_FUNNELS)
        return checked_name(funnel.name, [other.name for other in others], "funnel", "Checkout")

    def remove(self, site: Site, funnel_id: int, *, by: str = COMMAND_LINE) -> None:
        """Removes a funnel; no event is lost. Raises NotFound."""
        with self._database.transaction():
            gone = self.find(site, funnel_id)
            self._database.execute("DELETE FROM funnels WHERE id = ?", (funnel_id,))
            self._audit.note(by, "funnel removed", f"{site.domain}: {gone.name}")


def _encoded(steps: tuple[Any, ...]) -> str:
    if len(steps) not in FUNNEL_STEPS:
        raise InvalidInput(
            "steps", "A funnel must have %(least)s to %(most)s steps", least=FUNNEL_STEPS[0], most=FUNNEL_STEPS[-1]
        )
    encoded = msgspec.json.encode(steps)
    if len(encoded) > _LONGEST:
        raise InvalidInput("steps", "The steps are too long: at most %(longest)s KiB can be saved", longest=_LONGEST // 1024)
    return encoded.decode()


def _funnel(row: tuple[Any, ...]) -> Funnel:
    number, name, steps, strict = row
    return Funnel(id=number, name=name, steps=tuple(msgspec.json.decode(steps)), strict=bool(strict))
