"""The members of this instance, as owners manage them: the list, roles, access, removal. The last owner cannot be
removed."""

from datetime import UTC, datetime

from msgspec import Struct

from analytics.clock import Clock
from analytics.errors import InvalidInput
from analytics.store.control.access import Given, Sections
from analytics.store.control.audit import COMMAND_LINE, Audit
from analytics.store.control.database import Database
from analytics.store.control.people import OWNER, People, Person, checked_role

_LAST = "This is the only owner who can sign in; make somebody else an owner first"


class Member(Struct, frozen=True):
    """One member in the list."""

    person: Person
    joined: bool
    """False: invited, and not come in yet."""
    invited_until: datetime | None
    """UTC; when the invitation ends that was made last. None: there is none that works."""
    seen: datetime | None
    """UTC, to the minute; None: not signed in anywhere."""
    given: dict[str, Sections]
    """Of a viewer: site id -> what of it."""


class Members:
    """Everybody with an account or an invitation. Safe to use from several threads."""

    def __init__(self, database: Database, audit: Audit, clock: Clock, people: People) -> None:
        self._database, self._audit, self._clock, self._people = database, audit, clock, people

    def all(self) -> list[Member]:
        """Everybody, owners first, then by name or e-mail address."""
        rows = self._database.execute(
            "SELECT p.id, p.email, p.name, p.role, p.password <> '', "
            "(SELECT max(expires_at) FROM tokens t WHERE t.person = p.id AND purpose = 'invitation' AND expires_at > ?), "
            "(SELECT max(seen_at) FROM sign_ins s WHERE s.person = p.id) "
            "FROM people p ORDER BY p.role, coalesce(nullif(lower(p.name), ''), p.email)",
            (int(self._clock()),),
        )
        given = self._people.access.everybodys()
        return [
            Member(Person(*row[:4]), bool(row[4]), _moment(row[5]), _moment(row[6]), given.get(row[0], {})) for row in rows
        ]

    def member(self, number: int) -> Member:
        """The member with this number. Raises NotFound."""
        person = self._people.by_id(number)
        return next(member for member in self.all() if member.person.id == person.id)

    def change(self, number: int, role: str, given: Given, *, by: str = COMMAND_LINE) -> None:
        """Changes a member's role and what a viewer may see. Raises NotFound, or InvalidInput naming ``role`` or
        ``access``."""
        with self._database.transaction():
            person = self._people.by_id(number)
            self.check_role(person, role)
            self._database.execute("UPDATE people SET role = ? WHERE id = ?", (role, number))
            self._people.access.give(number, {} if role == OWNER else given)
            self._audit.note(by, "person changed", f"{person.email}, {role}, {_said(role, given)}")

    def check_role(self, person: Person, role: str) -> None:
        """Raises InvalidInput naming ``role`` if the person cannot have it."""
        if checked_role(role) != OWNER:
            self._refuse_last(person, "role")

    def remove(self, number: int, *, by: str = COMMAND_LINE) -> Person:
        """Removes a member and returns who it was; all their sign-ins and links end. Raises NotFound, or InvalidInput
        naming ``person`` for the last owner."""
        with self._database.transaction():
            person = self._people.by_id(number)
            self._refuse_last(person, "person")
            self._database.execute("DELETE FROM people WHERE id = ?", (number,))
            self._audit.note(by, "person removed", person.email)
        return person

    def _refuse_last(self, person: Person, field: str) -> None:
        others = "SELECT 1 FROM people WHERE role = ? AND password <> '' AND id <> ?"
        if person.decides and not self._database.execute(others, (OWNER, person.id)):
            raise InvalidInput(field, _LAST)


def _moment(at: int | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)


def _said(role: str, given: Given) -> str:
    """How much a member may see, as text for the audit log."""
    if role == OWNER:
        return "everything"
    parts = sum(sections is not None for sections in given.values())
    return f"{len(given)} sites, {parts} of them in part"
