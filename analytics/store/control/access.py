"""Which sites a viewer may see, and whether all of a site or only some of its sections. Owners see everything and need no
row."""

from collections.abc import Mapping, Sequence

import msgspec

from analytics.errors import InvalidInput
from analytics.store.control.database import Database

MOST_SECTIONS = 50
"""Of one site, for one person: half of what a question may look for, so that the other half is left to its reader."""

Sections = tuple[str, ...] | None
"""Names of sections, or None: all of the site."""
Given = Mapping[str, Sections]
"""Site id -> what of it."""


class Access:
    """What viewers may see. A write joins the caller's transaction, which also writes the audit log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, person: int) -> dict[str, Sections]:
        """What one viewer may see."""
        rows = self._database.execute("SELECT site, sections FROM access WHERE person = ?", (person,))
        return {site: _read(sections) for site, sections in rows}

    def everybodys(self) -> dict[int, dict[str, Sections]]:
        """What every viewer may see, by their id."""
        found: dict[int, dict[str, Sections]] = {}
        for person, site, sections in self._database.execute("SELECT person, site, sections FROM access"):
            found.setdefault(person, {})[site] = _read(sections)
        return found

    def give(self, person: int, given: Given) -> None:
        """Replaces what a viewer may see; sites that no longer exist are left out. Raises InvalidInput naming ``access``."""
        self._database.execute("DELETE FROM access WHERE person = ?", (person,))
        for site, sections in given.items():
            self._database.execute(
                "INSERT INTO access (person, site, sections) SELECT ?, id, ? FROM sites WHERE id = ?",
                (person, _written(sections), site),
            )


def _read(sections: str | None) -> Sections:
    return None if sections is None else tuple(msgspec.json.decode(sections, type=list[str]))


def _written(sections: Sequence[str] | None) -> str | None:
    if sections is None:
        return None
    names = list(dict.fromkeys(name.rstrip("/") or "/" for name in sections if name.strip()))
    if not names:
        raise InvalidInput("access", "Choose at least one section, or the whole site")
    if len(names) > MOST_SECTIONS:
        raise InvalidInput(
            "access",
            "At most %(most)s sections of one site can be shared; choose the section above them instead",
            most=MOST_SECTIONS,
        )
    return msgspec.json.encode(names).decode()
