"""What people change about themselves: name, e-mail address, password, and where they are signed in."""

from datetime import UTC, datetime

from msgspec import Struct

from analytics.checks import Checks
from analytics.clock import Clock
from analytics.errors import InvalidInput
from analytics.store.control import passwords, tokens
from analytics.store.control.audit import Audit
from analytics.store.control.database import Database
from analytics.store.control.people import ABSOLUTE, IDLE, People, Person, checked_name

_WRONG = "This is not your password"


class SignIn(Struct, frozen=True):
    """A browser that somebody is signed in with. Which browser it is is not kept, only when it signed in and was last
    used."""

    begun: datetime
    """UTC."""
    seen: datetime
    """UTC, to the minute."""
    here: bool
    """It is the one that asks."""


class OwnAccount:
    """A person's own account. Safe to use from several threads."""

    def __init__(self, database: Database, audit: Audit, clock: Clock, people: People) -> None:
        self._database, self._audit, self._clock, self._people = database, audit, clock, people

    def rename(self, person: Person, name: str, email: str, password: str) -> Person:
        """Changes a person's name and e-mail address; changing the address takes their password. Raises InvalidInput naming
        ``name``, ``email`` or ``current``, and TooManyAttempts."""
        with Checks() as check:
            name = check(checked_name, name, instead=name)
            email = check(self._people.new_email, email, person.id, instead=email)
            if email != person.email:
                self._check(person, password, "current")
        with self._database.transaction():
            self._people.new_email(email, person.id)
            self._database.execute("UPDATE people SET name = ?, email = ? WHERE id = ?", (name, email, person.id))
            if email != person.email:
                self._audit.note(person.email, "e-mail address changed", email)
        return self._people.by_id(person.id)

    def change_password(self, person: Person, old: str, new: str, here: str, context: tuple[str, ...] = ()) -> None:
        """Changes the password and ends every sign-in except the one with the token ``here``. Raises InvalidInput naming
        ``old`` or ``password``, and TooManyAttempts."""
        with Checks() as check:
            check(self._check, person, old, "old")
            passwords.checked(new, (person.email, person.name, *context))
        kept = passwords.hashed(new)
        with self._database.transaction():
            self._database.execute("UPDATE people SET password = ? WHERE id = ?", (kept, person.id))
            self._database.execute("DELETE FROM tokens WHERE person = ?", (person.id,))
            self.sign_out_elsewhere(person, here)
            self._audit.note(person.email, "password changed")

    def sign_ins(self, person: Person, here: str) -> list[SignIn]:
        """Where a person is signed in, the latest first; ``here`` is the token of the current sign-in."""
        now, kept = int(self._clock()), tokens.digest(here)
        rows = self._database.execute(
            "SELECT created_at, seen_at, digest FROM sign_ins WHERE person = ? AND seen_at > ? AND created_at > ? "
            "ORDER BY seen_at DESC, created_at DESC",
            (person.id, now - IDLE, now - ABSOLUTE),
        )
        return [
            SignIn(datetime.fromtimestamp(begun, UTC), datetime.fromtimestamp(seen, UTC), digest == kept)
            for begun, seen, digest in rows
        ]

    def sign_out_elsewhere(self, person: Person, here: str) -> None:
        """Ends every sign-in of a person except the one with the token ``here``."""
        row = (person.id, tokens.digest(here))
        self._database.execute("DELETE FROM sign_ins WHERE person = ? AND digest <> ?", row)

    def _check(self, person: Person, password: str, field: str) -> None:
        if self._people.authenticate(person.email, password) is None:
            raise InvalidInput(field, _WRONG)
