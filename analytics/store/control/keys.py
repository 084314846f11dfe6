"""API keys: created, recognised, revoked."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from analytics.checks import Checks
from analytics.clock import Clock
from analytics.errors import InvalidInput, NotFound
from analytics.site import Site
from analytics.store.control import tokens
from analytics.store.control.audit import COMMAND_LINE, Audit
from analytics.store.control.database import Database
from analytics.store.control.sites import require_site
from analytics.store.control.texts import plain_text

SCOPES = {
    "stats": "Read figures",
    "events": "Send events with their own timestamps",
    "sites": "Add, change and remove sites, goals and segments",
}
"""What a key may be allowed to do."""

_PREFIX = "ff_"  # so that secret scanners, and people, know one when they see it
_LONGEST_NAME = 100
_COLUMNS = "id, name, scopes, site, created_at, digest"


class Key(Struct, frozen=True, kw_only=True):
    """An API key as it is known after its creation, without its text."""

    id: int
    name: str
    scopes: frozenset[str]
    site_ids: frozenset[str] | None
    """None: all of the owner's sites."""


class KeyEntry(Struct, frozen=True):
    """A key as the owner sees it in the list."""

    key: Key
    created_at: datetime
    """UTC."""


class ApiKeys:
    """The keys of this instance."""

    def __init__(self, database: Database, audit: Audit, clock: Clock) -> None:
        self._database, self._audit, self._clock = database, audit, clock

    def add(self, site: Site | None, scopes: Iterable[str], name: str = "", *, by: str = COMMAND_LINE) -> str:
        """Creates a key and returns its text, which is not kept and cannot be shown again. Without scopes it has all of
        them. Raises InvalidInput naming ``scopes`` or ``name``; NotFound if the site does not exist."""
        with Checks() as check:
            check(check_name, name)
            wanted = _checked_scopes(scopes)
        text = tokens.new(_PREFIX)
        row = (tokens.digest(text), name.strip(), " ".join(sorted(wanted)), site and site.id, int(self._clock()))
        with self._database.transaction():
            if site:
                require_site(self._database, site)
            self._database.execute("INSERT INTO keys (digest, name, scopes, site, created_at) VALUES (?, ?, ?, ?, ?)", row)
            self._audit.note(by, "key added", f"{name.strip() or 'unnamed'}, {row[2]}, {site.domain if site else 'all'}")
        return text

    def find(self, text: str) -> Key | None:
        """The key with this text, or None; takes the same time either way."""
        rows = self._database.execute(f"SELECT {_COLUMNS} FROM keys WHERE digest = ?", (tokens.digest(text),))  # noqa: S608
        found = tokens.matches(rows[0][5] if rows else None, text)
        return _entry(rows[0]).key if found else None

    def all(self) -> list[KeyEntry]:
        """Every key, the newest first."""
        return [_entry(row) for row in self._database.execute(f"SELECT {_COLUMNS} FROM keys ORDER BY id DESC")]  # noqa: S608

    def revoke(self, key_id: int, *, by: str = COMMAND_LINE) -> None:
        """Revokes a key, which stops working at once. Raises NotFound."""
        with self._database.transaction():
            gone = self._database.execute("SELECT name, scopes FROM keys WHERE id = ?", (key_id,))
            if not gone:
                raise NotFound("This key does not exist; it may have been revoked")
            self._database.execute("DELETE FROM keys WHERE id = ?", (key_id,))
            self._audit.note(by, "key revoked", f"{gone[0][0] or 'unnamed'}, {gone[0][1]}")


def check_name(name: str) -> None:
    """Raises InvalidInput naming ``name`` if a key cannot be called so."""
    if len(name.strip()) > _LONGEST_NAME:
        raise InvalidInput("name", "A key's name can have at most %(longest)s characters", longest=_LONGEST_NAME)
    plain_text("name", name.strip())


def _checked_scopes(scopes: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(scopes) or frozenset(SCOPES)
    unknown = sorted(wanted - SCOPES.keys())
    if unknown:
        raise InvalidInput(
            "scopes",
            "“%(name)s” is not a permission; choose from %(scopes)s",
            name=unknown[0],
            scopes=", ".join(SCOPES),
        )
    return wanted


def _entry(row: tuple[Any, ...]) -> KeyEntry:
    key_id, name, scopes, site, created_at, _ = row
    key = Key(id=key_id, name=name, scopes=frozenset(scopes.split()), site_ids=frozenset({site}) if site else None)
    return KeyEntry(key, datetime.fromtimestamp(created_at, UTC))
