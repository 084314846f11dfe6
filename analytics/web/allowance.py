"""How many requests an API key may make: a bucket of them per key, filled again as time passes, in memory."""

import math
from threading import Lock

from analytics.clock import Clock
from analytics.errors import TooManyRequests


class Allowance:
    """``per_minute`` requests a key at once, and as many again in each minute. Safe to use from several threads.

    There are as many buckets as keys were used since the start: keys are made by the owner, not by callers.
    """

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._most, self._clock = per_minute, clock
        self._lock = Lock()
        self._buckets: dict[int, tuple[float, float]] = {}

    def take(self, key_id: int) -> None:
        """Takes one request out of the key's bucket; raises TooManyRequests when there is none left."""
        now = self._clock()
        with self._lock:
            left = self._filled(key_id, now)
            taken = left >= 1
            self._buckets[key_id] = (left - taken, now)
        if not taken:
            raise TooManyRequests(math.ceil((1 - left) * 60 / self._most))

    def left(self, key_id: int) -> dict[str, str]:
        """What the key may still ask, as headers: how many requests at once, of how many, and seconds until it is all of
        them again (the names of draft-ietf-httpapi-ratelimit-headers-06, which clients know)."""
        with self._lock:
            left = self._filled(key_id, self._clock())
        return {
            "RateLimit-Limit": str(self._most),
            "RateLimit-Remaining": str(math.floor(left)),
            "RateLimit-Reset": str(math.ceil((self._most - left) * 60 / self._most)),
        }

    def _filled(self, key_id: int, now: float) -> float:
        left, since = self._buckets.get(key_id, (float(self._most), now))
        return min(float(self._most), left + max(0.0, now - since) * self._most / 60)
