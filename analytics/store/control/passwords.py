"""Passwords: which are accepted, and how they are stored."""

import re
import unicodedata
from collections.abc import Iterable
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import Type

from analytics.errors import InvalidInput

SHORTEST = 12
"""Characters; OWASP ASVS 5.0, 6.2.1 with the advice of Cyber Essentials v3.3."""
LONGEST = 1024
"""Only so that nobody sends megabytes to be hashed."""

_ENOUGH_OF_ITS_OWN = 6
_COMMON = (
    *("footfall", "analytics", "statistics", "password", "passwort", "letmein", "welcome", "admin", "owner", "secret"),
    *("qwertyuiop", "qwertzuiop", "asdfghjkl", "abcdefghijkl", "1234567890", "0123456789", "0987654321"),
    *("iloveyou", "changeme"),
)
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
"""Argon2id with 19 MiB: OWASP Password Storage Cheat Sheet, the first row that fits a small machine."""
_AT_ONCE = BoundedSemaphore(2)
"""Hashing takes memory: a flood of sign-ins waits here instead of filling the machine."""


def checked(password: str, context: Iterable[str]) -> str:
    """Returns the password if it is long enough and not made of words that an attacker tries first. ``context`` holds such
    words: the person's name and e-mail address, the service's host. Any characters are allowed; none are required.

    Raises InvalidInput naming ``password``.
    """
    if len(_one_form(password)) < SHORTEST:
        raise InvalidInput(
            "password", "Use at least %(shortest)s characters; a few words in a row work well", shortest=SHORTEST
        )
    if len(password) > LONGEST:
        raise InvalidInput("password", "Use at most %(longest)s characters", longest=LONGEST)
    rest = _without(_words(context), _one_form(password).casefold())
    if len(rest) < _ENOUGH_OF_ITS_OWN or len(set(rest)) < _ENOUGH_OF_ITS_OWN - 1:
        raise InvalidInput("password", "This password is easy to guess; use a few words of your own")
    return password


def hashed(password: str) -> str:
    """The hash to store: Argon2id with its parameters and salt, ``$argon2id$v=19$m=19456,t=2,p=1$...``."""
    with _AT_ONCE:
        return _HASHER.hash(_one_form(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether ``password`` belongs to the stored hash. Takes the same time if there is no hash (``None``)."""
    given = _one_form(password[: LONGEST + 1])
    with _AT_ONCE:
        if kept is None:
            _HASHER.hash(given)
            return False
        try:
            return _HASHER.verify(kept, given)
        except (Argon2Error, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than the current ones."""
    return _HASHER.check_needs_rehash(kept)


def _one_form(password: str) -> str:
    """The password in one Unicode form: Unicode can write some characters in several ways, and keyboards differ (NIST SP
    800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())


def _words(context: Iterable[str]) -> list[str]:
    own = [word.casefold() for text in context for word in re.split(r"[\W_]+", text) if len(word) > 2]
    return sorted({*own, *_COMMON}, key=len, reverse=True)


def _without(words: Iterable[str], password: str) -> str:
    for word in words:
        password = password.replace(word, "")
    return password
