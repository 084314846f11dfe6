"""The people who may see the figures: how they get an account, and how long they stay signed in."""

import re
from typing import Any

from msgspec import Struct

from analytics.checks import Checks
from analytics.clock import Clock
from analytics.errors import InvalidInput, NotFound
from analytics.languages import LANGUAGES
from analytics.store.control import passwords, tokens
from analytics.store.control.access import Access, Given
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
INVITATION_VALID = 7 * 86400

_TOUCH = 60  # seconds between two updates of when somebody was last seen: each is a write to disk
_EMAIL = re.compile(r"[^\s@<>\"',;]{1,64}@[^\s@<>\"',;]{1,190}")
_LONGEST_NAME = 100
_SETUP_SPENT = "This link was used, is too old, or is not the one printed last; start the service anew to get one"
_RESET_SPENT = "This link was used or is too old; make a new one with: footfall person reset-password"


OWNER, VIEWER = "owner", "viewer"
"""Roles: who decides, and who looks at what is given to them (``access.py``)."""
_INVITATION_SPENT = "This invitation was used, is too old, or was replaced; ask whoever sent it for a new one"
_COLUMNS = "id, email, name, role"


class Person(Struct, frozen=True):
    """Somebody with an account."""

    id: int
    email: str
    name: str
    role: str = OWNER

    @property
    def decides(self) -> bool:
        """Whether they may see and change everything."""
        return self.role == OWNER


class People:
    """Accounts, their one-time links and their sign-ins. Safe to use from several threads."""

    def __init__(self, database: Database, audit: Audit, clock: Clock) -> None:
        self._database, self._audit, self._clock = database, audit, clock
        self.access = Access(database)
        self._known, self._unknown = Throttle(clock), Throttle(clock)

    def anyone(self) -> bool:
        """Whether there is an account; invitations do not count. If there is none, the first visit creates the owner's."""
        return bool(self._database.execute("SELECT 1 FROM people WHERE password <> '' LIMIT 1"))

    def setup_token(self) -> str | None:
        """A new one-time token to create the owner's account with, valid for a day; None if there is an account. Earlier
        tokens stop working."""
        with self._database.transaction():
            if self.anyone():
                return None
            self._database.execute("DELETE FROM tokens WHERE purpose = 'setup'")
            return self._new_token("setup", None, SETUP_VALID)

    def may_set_up(self, token: str) -> bool:
        """Whether this setup token is valid now."""
        return not self.anyone() and self._token("setup", token) is not None

    def create_owner(self, token: str, email: str, name: str, password: str, context: tuple[str, ...] = ()) -> Person:
        """Creates the first account and uses the token up. Raises InvalidInput naming ``token``, ``email``, ``name`` or
        ``password``; the token then stays valid."""
        with Checks() as check:
            check(self._check_setup, token)
            email = check(checked_email, email, instead=email)
            name = check(checked_name, name, instead=name)
            passwords.checked(password, (email, name, *context))
        kept = passwords.hashed(password)
        with self._database.transaction():
            self._check_setup(token)
            self._database.execute("DELETE FROM tokens WHERE purpose = 'setup'")
            self._database.execute("DELETE FROM people WHERE email = ?", (email,))  # an invitation by a command, if any
            row = (email, name, kept, int(self._clock()))
            self._database.execute("INSERT INTO people (email, name, password, created_at) VALUES (?, ?, ?, ?)", row)
            self._audit.note(email, "owner created")
        return self.find(email)

    def find(self, email: str) -> Person:
        """The person with this e-mail address, in upper or lower case. Raises NotFound."""
        rows = self._database.execute(f"SELECT {_COLUMNS} FROM people WHERE email = ?", (_plain(email),))  # noqa: S608
        if not rows:
            raise NotFound("There is no account with this email address")
        return Person(*rows[0])

    def by_id(self, number: int) -> Person:
        """The person with this number. Raises NotFound."""
        rows = self._database.execute(f"SELECT {_COLUMNS} FROM people WHERE id = ?", (number,))  # noqa: S608
        if not rows:
            raise NotFound("This person does not exist; they may have been removed")
        return Person(*rows[0])

    def authenticate(self, email: str, password: str) -> Person | None:
        """The person if the password is right, else None. Takes the same time for an unknown address as for a wrong
        password. Raises TooManyAttempts, also for unknown addresses."""
        email = _plain(email)
        rows = self._database.execute(f"SELECT {_COLUMNS}, password FROM people WHERE email = ?", (email,))  # noqa: S608
        throttle = self._known if rows else self._unknown  # guessing addresses must not push real ones out of memory
        throttle.attempt(email)
        kept = (rows[0][4] or None) if rows else None  # empty: invited, but not joined yet
        if not passwords.matches(kept, password):
            return None
        throttle.forget(email)
        if passwords.is_outdated(rows[0][4]):
            self._database.execute("UPDATE people SET password = ? WHERE id = ?", (passwords.hashed(password), rows[0][0]))
        return Person(*rows[0][:4])

    def sign_in(self, person: Person) -> str:
        """Starts a sign-in; returns the token for the cookie, of which only a hash is stored."""
        token, now = tokens.new(), int(self._clock())
        with self._database.transaction():
            ended = (now - IDLE, now - ABSOLUTE)
            self._database.execute("DELETE FROM sign_ins WHERE seen_at <= ? OR created_at <= ?", ended)
            row = (tokens.digest(token), person.id, now, now)
            self._database.execute("INSERT INTO sign_ins (digest, person, created_at, seen_at) VALUES (?, ?, ?, ?)", row)
            self._audit.note(person.email, "signed in")
        return token

    def signed_in(self, token: str) -> Person | None:
        """The person signed in with this token; None if there is no such sign-in or it has ended."""
        kept, now = tokens.digest(token), int(self._clock())
        rows = self._database.execute(
            "SELECT p.id, p.email, p.name, p.role, s.digest, s.seen_at FROM sign_ins s JOIN people p ON p.id = s.person "
            "WHERE s.digest = ? AND s.seen_at > ? AND s.created_at > ?",
            (kept, now - IDLE, now - ABSOLUTE),
        )
        if not tokens.matches(rows[0][4] if rows else None, token):
            return None
        if now - rows[0][5] >= _TOUCH:
            self._database.execute("UPDATE sign_ins SET seen_at = ? WHERE digest = ?", (now, kept))
        return Person(*rows[0][:4])

    def sign_out(self, token: str) -> None:
        """Ends a sign-in; does nothing if it has ended already."""
        self._database.execute("DELETE FROM sign_ins WHERE digest = ?", (tokens.digest(token),))

    def password_token(self, email: str, *, by: str = COMMAND_LINE) -> str:
        """A one-time token to choose a new password with, valid for an hour. Raises NotFound."""
        person = self.find(email)
        with self._database.transaction():
            self._database.execute("DELETE FROM tokens WHERE person = ?", (person.id,))
            self._audit.note(by, "password link made", person.email)
            return self._new_token("password", person.id, PASSWORD_VALID)

    def may_reset(self, token: str) -> bool:
        """Whether this password token is valid now."""
        return self._token("password", token) is not None

    def reset_password(self, token: str, password: str, context: tuple[str, ...] = ()) -> Person:
        """Sets a new password, uses the token up and ends every sign-in of the person. Raises InvalidInput naming ``token``
        or ``password``."""
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
        """The language that the person chose for pages (a key of ``languages.LANGUAGES``), or an empty string."""
        rows = self._database.execute("SELECT language FROM people WHERE id = ?", (person.id,))
        return str(rows[0][0]) if rows else ""

    def set_language(self, person: Person, language: str) -> None:
        """Sets the person's language; an empty string means what the browser asks for. Raises InvalidInput naming
        ``language``."""
        if language and language not in LANGUAGES:
            raise InvalidInput("language", "Choose one of %(languages)s", languages=", ".join(LANGUAGES.values()))
        self._database.execute("UPDATE people SET language = ? WHERE id = ?", (language, person.id))

    # --- invitations --------------------------------------------------------------------------------------

    def invite(self, email: str, role: str, given: Given, *, by: str = COMMAND_LINE) -> tuple[Person, str]:
        """Adds a person who has yet to choose a name and a password; returns the one-time token to do so, valid for seven
        days. ``given`` is what a viewer may see. Raises InvalidInput naming ``email``, ``role`` or ``access``."""
        with self._database.transaction():
            with Checks() as check:
                check(checked_role, role)
                row = (self.new_email(email), role, int(self._clock()))
            self._database.execute(
                "INSERT INTO people (email, name, password, role, created_at) VALUES (?, '', '', ?, ?)", row
            )
            person = self.find(row[0])
            self.access.give(person.id, {} if person.decides else given)
            self._audit.note(by, "person invited", f"{person.email}, {person.role}")
            return person, self._new_token("invitation", person.id, INVITATION_VALID)

    def invitation(self, number: int, *, by: str = COMMAND_LINE) -> str:
        """A new invitation token for a person who has not joined yet; the previous one stops working. Raises NotFound."""
        person = self.by_id(number)
        with self._database.transaction():
            self._database.execute("DELETE FROM tokens WHERE person = ?", (number,))
            self._audit.note(by, "invitation made anew", person.email)
            return self._new_token("invitation", number, INVITATION_VALID)

    def invited(self, token: str) -> Person | None:
        """The person whose invitation this is; None if it was used, has expired, or never existed."""
        found = self._token("invitation", token)
        return self.by_id(found[1]) if found else None

    def join(self, token: str, name: str, password: str, context: tuple[str, ...] = ()) -> Person:
        """Completes an invitation with a name and a password; the token is used up. Raises InvalidInput naming ``token``,
        ``name`` or ``password``."""
        person = self.invited(token)
        if person is None:
            raise InvalidInput("token", _INVITATION_SPENT)
        with Checks() as check:
            name = check(checked_name, name, instead=name)
            passwords.checked(password, (person.email, name, *context))
        kept = passwords.hashed(password)
        with self._database.transaction():
            if self.invited(token) is None:
                raise InvalidInput("token", _INVITATION_SPENT)
            self._database.execute("UPDATE people SET name = ?, password = ? WHERE id = ?", (name, kept, person.id))
            self._database.execute("DELETE FROM tokens WHERE person = ?", (person.id,))
            self._audit.note(person.email, "invitation accepted")
        return self.by_id(person.id)

    def new_email(self, email: str, of: int = 0) -> str:
        """The address in canonical form, if it is nobody's yet, or that of the person ``of``. Raises InvalidInput naming
        ``email``."""
        kept = checked_email(email)
        if self._database.execute("SELECT 1 FROM people WHERE email = ? AND id <> ?", (kept, of)):
            raise InvalidInput("email", "There is already an account with this email address")
        return kept

    def _check_setup(self, token: str) -> None:
        if not self.may_set_up(token):
            raise InvalidInput("token", _SETUP_SPENT)

    def _person_of(self, token: str) -> Person:
        found = self._token("password", token)
        if found is None:
            raise InvalidInput("token", _RESET_SPENT)
        return self.by_id(found[1])

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


def checked_email(email: str) -> str:
    """The address in canonical form. Raises InvalidInput naming ``email``."""
    if not _EMAIL.fullmatch(email.strip()) or not email.strip().isprintable():
        raise InvalidInput("email", "Enter an email address, such as ada@example.org; nothing is sent to it")
    return _plain(email)


def checked_name(name: str) -> str:
    """The name without surrounding space. Raises InvalidInput naming ``name``."""
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput("name", "Enter your name, at most %(longest)s characters", longest=_LONGEST_NAME)
    return name


def checked_role(role: str) -> str:
    """The role, if it is one of ours. Raises InvalidInput naming ``role``."""
    if role not in (OWNER, VIEWER):
        raise InvalidInput("role", "Choose a role: owner or viewer")
    return role
