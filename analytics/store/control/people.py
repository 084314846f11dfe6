"""The people who may see the numbers: how they come in, and how long they stay signed in."""

import re
from typing import Any

from msgspec import Struct

from analytics.clock import Clock
from analytics.errors import InvalidInput, NotFound
from analytics.languages import LANGUAGES
from analytics.store.control import passwords, tokens
from analytics.store.control.audit import COMMAND_LINE, Audit
from analytics.store.control.database import Database
from analytics.store.control.throttle import Throttle

IDLE = 12 * 3600
"""Seconds after which a sign-in nobody used ends. A dashboard is looked at through a working day; what it
shows is sums without persons in them."""
ABSOLUTE = 7 * 86400
"""Seconds after which every sign-in ends."""
SETUP_VALID = 86400
PASSWORD_VALID = 3600

_TOUCH = 60  # seconds between two notes that somebody is still there: each is a write to disk
_EMAIL = re.compile(r"[^\s@<>\"',;]{1,64}@[^\s@<>\"',;]{1,190}")
_LONGEST_NAME = 100
_SETUP_SPENT = "This link was used, is too old, or is not the one printed last; start the service anew to get one"
_RESET_SPENT = "This link was used or is too old; make a new one with: footfall person reset-password"


class Person(Struct, frozen=True):
    """Somebody with an account."""

    id: int
    email: str
    name: str


class People:
    """Accounts, their one-time links and sign-ins. Safe to use from several threads."""

    def __init__(self, database: Database, audit: Audit, clock: Clock) -> None:
        self._database, self._audit, self._clock = database, audit, clock
        self._known, self._unknown = Throttle(clock), Throttle(clock)

    def anyone(self) -> bool:
        """Whether there is an account at all; if not, the first visit makes the owner's."""
        return bool(self._database.execute("SELECT 1 FROM people LIMIT 1"))

    def setup_token(self) -> str | None:
        """A new token to make the owner's account with, valid once and for a day; None when there is an
        account. One that was made before stops working."""
        with self._database.transaction():
            if self.anyone():
                return None
            self._database.execute("DELETE FROM tokens WHERE purpose = 'setup'")
            return self._new_token("setup", None, SETUP_VALID)

    def may_set_up(self, token: str) -> bool:
        """Whether this token would do now."""
        return not self.anyone() and self._token("setup", token) is not None

    def create_owner(self, token: str, email: str, name: str, password: str, context: tuple[str, ...] = ()) -> Person:
        """Makes the first account and uses the token up. Raises InvalidInput naming ``token``, ``email``, ``name``
        or ``password``; the token stays good then."""
        if not self.may_set_up(token):
            raise InvalidInput("token", _SETUP_SPENT)
        email, name = _checked_email(email), _checked_name(name)
        kept = passwords.hashed(passwords.checked(password, (email, name, *context)))
        with self._database.transaction():
            if not self.may_set_up(token):
                raise InvalidInput("token", _SETUP_SPENT)
            self._database.execute("DELETE FROM tokens WHERE purpose = 'setup'")
            row = (email, name, kept, int(self._clock()))
            self._database.execute("INSERT INTO people (email, name, password, created_at) VALUES (?, ?, ?, ?)", row)
            self._audit.note(email, "owner created")
        return self.find(email)

    def find(self, email: str) -> Person:
        """The person with this address, in any case of letters; raises NotFound."""
        rows = self._database.execute("SELECT id, email, name FROM people WHERE email = ?", (_plain(email),))
        if not rows:
            raise NotFound("There is no account with this e-mail address")
        return Person(*rows[0])

    def authenticate(self, email: str, password: str) -> Person | None:
        """The person, when the password is right; the same time and the same answer for a wrong address and
        a wrong password. Raises TooManyAttempts, for addresses nobody has as well."""
        email = _plain(email)
        rows = self._database.execute("SELECT id, email, name, password FROM people WHERE email = ?", (email,))
        throttle = self._known if rows else self._unknown  # guessing addresses must not push real ones out of memory
        throttle.attempt(email)
        kept = rows[0][3] if rows else None
        if not passwords.matches(kept, password):
            return None
        throttle.forget(email)
        if passwords.is_outdated(rows[0][3]):
            self._database.execute("UPDATE people SET password = ? WHERE id = ?", (passwords.hashed(password), rows[0][0]))
        return Person(*rows[0][:3])

    def sign_in(self, person: Person) -> str:
        """Begins a sign-in; returns the token for the cookie, of which only a hash is kept."""
        token, now = tokens.new(), int(self._clock())
        with self._database.transaction():
            ended = (now - IDLE, now - ABSOLUTE)
            self._database.execute("DELETE FROM sign_ins WHERE seen_at <= ? OR created_at <= ?", ended)
            row = (tokens.digest(token), person.id, now, now)
            self._database.execute("INSERT INTO sign_ins (digest, person, created_at, seen_at) VALUES (?, ?, ?, ?)", row)
            self._audit.note(person.email, "signed in")
        return token

    def signed_in(self, token: str) -> Person | None:
        """Whose sign-in this is, or None when there is none or it has ended."""
        kept, now = tokens.digest(token), int(self._clock())
        rows = self._database.execute(
            "SELECT p.id, p.email, p.name, s.digest, s.seen_at FROM sign_ins s JOIN people p ON p.id = s.person "
            "WHERE s.digest = ? AND s.seen_at > ? AND s.created_at > ?",
            (kept, now - IDLE, now - ABSOLUTE),
        )
        if not tokens.matches(rows[0][3] if rows else None, token):
            return None
        if now - rows[0][4] >= _TOUCH:
            self._database.execute("UPDATE sign_ins SET seen_at = ? WHERE digest = ?", (now, kept))
        return Person(*rows[0][:3])

    def sign_out(self, token: str) -> None:
        """Ends this sign-in; nothing happens when it has ended already."""
        self._database.execute("DELETE FROM sign_ins WHERE digest = ?", (tokens.digest(token),))

    def password_token(self, email: str, *, by: str = COMMAND_LINE) -> str:
        """A token to choose a new password with, valid once and for an hour. Raises NotFound."""
        person = self.find(email)
        with self._database.transaction():
            self._database.execute("DELETE FROM tokens WHERE person = ?", (person.id,))
            self._audit.note(by, "password link made", person.email)
            return self._new_token("password", person.id, PASSWORD_VALID)

    def may_reset(self, token: str) -> bool:
        """Whether this token would do now."""
        return self._token("password", token) is not None

    def reset_password(self, token: str, password: str, context: tuple[str, ...] = ()) -> Person:
        """Sets a new password, uses the token up and ends every sign-in of this person. Raises InvalidInput
        naming ``token`` or ``password``."""
        person = self._person_of(token)
        kept = passwords.hashed(passwords.checked(password, (person.email, person.name, *context)))
        with self._database.transaction():
            self._person_of(token)
            self._database.execute("UPDATE people SET password = ? WHERE id = ?", (kept, person.id))
            self._database.execute("DELETE FROM tokens WHERE person = ?", (person.id,))
            self._database.execute("DELETE FROM sign_ins WHERE person = ?", (person.id,))
            self._audit.note(person.email, "password changed")
        self._known.forget(person.email)
        return person

    def language(self, person: Person) -> str:
        """The language that the person has chosen for pages (``languages.LANGUAGES``), or an empty string."""
        rows = self._database.execute("SELECT language FROM people WHERE id = ?", (person.id,))
        return str(rows[0][0]) if rows else ""

    def set_language(self, person: Person, language: str) -> None:
        """Chooses one; an empty string: as the browser asks. Raises InvalidInput naming ``language``."""
        if language and language not in LANGUAGES:
            raise InvalidInput("language", f"Choose one of {', '.join(LANGUAGES.values())}")
        self._database.execute("UPDATE people SET language = ? WHERE id = ?", (language, person.id))

    def _person_of(self, token: str) -> Person:
        found = self._token("password", token)
        if found is None:
            raise InvalidInput("token", _RESET_SPENT)
        return Person(*self._database.execute("SELECT id, email, name FROM people WHERE id = ?", (found[1],))[0])

    def _new_token(self, purpose: str, person: int | None, valid: int) -> str:
        token = tokens.new()
        row = (tokens.digest(token), purpose, person, int(self._clock()) + valid)
        self._database.execute("INSERT INTO tokens (digest, purpose, person, expires_at) VALUES (?, ?, ?, ?)", row)
        return token

    def _token(self, purpose: str, token: str) -> tuple[Any, ...] | None:
        rows = self._database.execute(
            "SELECT digest, person FROM tokens WHERE digest = ? AND purpose = ? AND expires_at > ?",
            (tokens.digest(token), purpose, int(self._clock())),
        )
        return rows[0] if tokens.matches(rows[0][0] if rows else None, token) else None


def _plain(email: str) -> str:
    return email.encode("utf-8", "replace").decode().strip().lower()


def _checked_email(email: str) -> str:
    if not _EMAIL.fullmatch(email.strip()) or not email.strip().isprintable():
        raise InvalidInput("email", "Write your e-mail address, such as ada@example.org; nothing is sent to it")
    return _plain(email)


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput("name", f"Write your name, at most {_LONGEST_NAME} characters")
    return name
