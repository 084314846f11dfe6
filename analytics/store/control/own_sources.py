"""The owner's own rows in the table of sources: names for hosts and campaign tags, and what kind of source each is.

They apply to all sites of the instance: a host is the same source, whichever site it links to.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import structs

from analytics.checks import Checks
from analytics.domains import normalised
from analytics.errors import InvalidInput, NotFound
from analytics.site import OwnSource, SourceKind
from analytics.store.control.audit import COMMAND_LINE, Audit
from analytics.store.control.database import Database
from analytics.store.control.lookup import by_id
from analytics.store.control.texts import plain_text, shown

_MOST_ROWS = 1000
_MOST_ENTRIES = 100
_LONGEST_NAME = 100
_LONGEST_TAG = 200
_ANY_SUFFIX = ".*"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_ADD = "INSERT INTO own_sources (name, kind, hosts, tags) VALUES (?, ?, ?, ?) RETURNING id"
_CHANGE = "UPDATE own_sources SET name = ?, kind = ?, hosts = ?, tags = ? WHERE id = ?"

Listener = Callable[[], object]
"""Is called after a row was added, changed or removed."""


class OwnSources:
    """The owner's rows. Safe to use from several threads."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database, self._audit = database, audit
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        """Calls ``listener`` after every saved change, in the thread that made it."""
        self._listeners.append(listener)

    def all(self) -> list[OwnSource]:
        """Every row, by name."""
        rows = self._database.execute("SELECT id, name, kind, hosts, tags FROM own_sources ORDER BY lower(name), id")
        return [_source(row) for row in rows]

    def find(self, row_id: int) -> OwnSource:
        """The row with this id. Raises NotFound."""
        return by_id(self.all(), row_id, NotFound("This custom source does not exist; it may have been removed"))

    def put(self, row: OwnSource, *, by: str = COMMAND_LINE) -> OwnSource:
        """Adds a row (``id`` 0) or changes the one with this id; returns it as saved. Raises NotFound, or InvalidInput
        naming ``name``, ``kind``, ``hosts`` or ``tags``."""
        with self._database.transaction():
            kept = self.checked(row)
            values = (kept.name, kept.kind.value, _json(kept.hosts), _json(kept.tags))
            if kept.id:
                self.find(kept.id)
                self._database.execute(_CHANGE, (*values, kept.id))
            else:
                kept = structs.replace(kept, id=self._database.execute(_ADD, values)[0][0])
            self._audit.note(by, "source changed" if row.id else "source added", f"{kept.name} ({kept.kind})")
        self._tell()
        return kept

    def checked(self, row: OwnSource) -> OwnSource:
        """The row as ``put`` would save it. Raises InvalidInput naming every wrong field."""
        with Checks() as check:
            kept = check(checked, row, instead=row)
            check(self._refuse_taken, kept)
        return kept

    def remove(self, row_id: int, *, by: str = COMMAND_LINE) -> None:
        """Removes a row, so that the built-in table applies again. Raises NotFound."""
        with self._database.transaction():
            gone = self.find(row_id)
            self._database.execute("DELETE FROM own_sources WHERE id = ?", (row_id,))
            self._audit.note(by, "source removed", gone.name)
        self._tell()

    def _refuse_taken(self, row: OwnSource) -> None:
        """Refuses an entry that another row already has, since the answer would depend on the order of the rows, and a name
        that another row has."""
        others = [other for other in self.all() if other.id != row.id]
        if len(others) >= _MOST_ROWS:
            raise InvalidInput("name", "You can have at most %(most)s custom sources; remove one first", most=_MOST_ROWS)
        with Checks() as check:
            for other in others:
                check(_refuse_shared, row, other, "hosts")
                check(_refuse_shared, row, other, "tags")
                check(_refuse_namesake, row, other)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()


def checked(row: OwnSource) -> OwnSource:
    """The row in canonical form. Raises InvalidInput naming every wrong field."""
    with Checks() as check:
        kept = structs.replace(
            row,
            name=check(_name, row.name, instead=""),
            hosts=check(_each, "hosts", row.hosts, _host, instead=()),
            tags=check(_each, "tags", row.tags, _tag, instead=()),
        )
        check(_check_kind, row.kind)
        if not any(entry.strip() for entry in (*row.hosts, *row.tags)):
            raise InvalidInput("hosts", "Enter at least one host or campaign tag")
    return kept


def _refuse_shared(row: OwnSource, other: OwnSource, field: str) -> None:
    both = sorted({*getattr(row, field)} & {*getattr(other, field)})
    if both:
        raise InvalidInput(field, "%(entry)s already belongs to your source %(name)s", entry=shown(both[0]), name=other.name)


def _refuse_namesake(row: OwnSource, other: OwnSource) -> None:
    if other.name.lower() == row.name.lower():
        raise InvalidInput("name", "You already have a source called %(name)s; add to that one", name=other.name)


def _name(typed: str) -> str:
    name = plain_text("name", " ".join(typed.split()))
    if not 0 < len(name) <= _LONGEST_NAME:
        raise InvalidInput(
            "name", "Enter a name of at most %(longest)s characters, such as Walking club", longest=_LONGEST_NAME
        )
    return name


def _check_kind(kind: SourceKind) -> None:
    if kind not in list(SourceKind):
        raise InvalidInput("kind", "Choose the type of source")


def _each(field: str, entries: Iterable[str], check: Callable[[str], str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(check(entry.strip()) for entry in entries if entry.strip()))
    if len(found) > _MOST_ENTRIES:
        raise InvalidInput(field, "Enter at most %(most)s entries", most=_MOST_ENTRIES)
    return found


def _host(text: str) -> str:
    """The host as a referrer carries it, also from a whole address that was pasted, including an app's
    (``android-app://...``)."""
    bare = re.split(r"[/?#]", _SCHEME.sub("", text, count=1), maxsplit=1)[0].lower()
    suffix = _ANY_SUFFIX if bare.endswith(_ANY_SUFFIX) else ""
    try:
        host = re.sub(r":[0-9]+$", "", normalised(bare.removesuffix(suffix)))
    except InvalidInput as problem:
        raise InvalidInput("hosts", "“%(text)s”: %(problem)s", text=shown(text), problem=problem) from None
    return host + suffix


def _tag(text: str) -> str:
    if len(text) > _LONGEST_TAG:
        raise InvalidInput("tags", "A campaign tag can have at most %(longest)s characters", longest=_LONGEST_TAG)
    return plain_text("tags", text.lower())


def _json(texts: tuple[str, ...]) -> str:
    return msgspec.json.encode(texts).decode()


def _source(row: tuple[Any, ...]) -> OwnSource:
    row_id, name, kind, hosts, tags = row
    return OwnSource(id=row_id, name=name, kind=SourceKind(kind), hosts=_texts(hosts), tags=_texts(tags))


def _texts(json: str) -> tuple[str, ...]:
    return msgspec.json.decode(json, type=tuple[str, ...])
