"""Limits how often somebody may try to sign in. Attempts are counted per account, in memory, never per address."""

import math
from collections import deque
from threading import Lock

from analytics.clock import Clock
from analytics.errors import FootfallError

ATTEMPTS = 10
"""In ``WINDOW`` seconds; Cyber Essentials v3.3: at most 10 guesses in 5 minutes."""
WINDOW = 300


class TooManyAttempts(FootfallError):
    """An account was tried too often; ``seconds`` until it may be tried again."""

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many attempts to sign in. Try again in %(minutes)s minutes", minutes=math.ceil(seconds / 60))
        self.seconds = seconds


class Throttle:
    """Counts attempts per account. Holds at most ``size`` accounts and forgets those tried longest ago."""

    def __init__(self, clock: Clock, size: int = 10_000) -> None:
        self._clock, self._size = clock, size
        self._lock = Lock()
        self._attempts: dict[str, deque[float]] = {}

    def attempt(self, account: str) -> None:
        """Counts one attempt. Call it before the outcome is known, so that parallel attempts are counted too. Raises
        TooManyAttempts, which is not counted itself: whoever waits long enough may try again, whatever others do
        meanwhile."""
        now = self._clock()
        with self._lock:
            times = self._attempts.pop(account, deque(maxlen=ATTEMPTS))
            self._attempts[account] = times  # the dict's order is the order of the last attempt
            while times and times[0] <= now - WINDOW:
                times.popleft()
            if len(times) == ATTEMPTS:
                raise TooManyAttempts(math.ceil(times[0] + WINDOW - now))
            times.append(now)
            while len(self._attempts) > self._size:
                del self._attempts[next(iter(self._attempts))]

    def forget(self, account: str) -> None:
        """Clears the account's attempts after a successful one."""
        with self._lock:
            self._attempts.pop(account, None)
