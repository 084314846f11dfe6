"""One-time addresses for a phone: whoever opens one sees the opt-out links of a browser. Valid for a quarter of an hour."""

from collections import deque
from threading import Lock

from analytics.clock import Clock
from analytics.store.control import tokens

VALID = 15 * 60
"""Seconds from making a link to its end: enough to find the phone."""
MOST = 64
"""Links that are known at once; the oldest goes."""


class PhoneLinks:
    """Knows which links were given out, only by their digests and in memory. Safe to use from several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._given: deque[tuple[bytes, float]] = deque(maxlen=MOST)

    def new(self) -> str:
        """A new token, valid from now on."""
        token = tokens.new()
        with self._lock:
            self._given.append((tokens.digest(token), self._clock() + VALID))
        return token

    def valid(self, token: str) -> bool:
        """Whether this token was given out and has not expired. Takes the same time for every token."""
        now = self._clock()
        with self._lock:
            given = list(self._given)
        return any([tokens.matches(digest, token) and now < until for digest, until in given])  # noqa: C419 - all of them
