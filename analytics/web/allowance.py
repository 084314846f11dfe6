"""Limits how many requests an API key may make: one token bucket per key, refilled over time, in memory."""

import math
from threading import Lock

from analytics.clock import Clock
from analytics.errors import TooManyRequests


class Allowance:
    """Allows ``per_minute`` requests per key at once, and as many again in each minute. Safe to use from several threads.

    There are as many buckets as keys were used since the start. They are bounded because owners create the keys, not
    callers.
    """

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._most, self._clock = per_minute, clock
        self._lock = Lock()
        self._buckets: dict[int, tuple[float, float]] = {}

    def take(self, key_id: int) -> None:
        """Takes one request from the key's bucket; raises TooManyRequests if it is empty."""
        now = self._clock()
        with self._lock:
            left = self._filled(key_id, now)
            taken = left >= 1
            self._buckets[key_id] = (left - taken, now)
        if not taken:
            raise TooManyRequests(math.ceil((1 - left) * 60 / self._most))

    def left(self, key_id: int) -> dict[str, str]:
        """The key's remaining allowance as headers: how many requests are left, of how many, and the seconds until the
        bucket is full (named as in draft-ietf-httpapi-ratelimit-headers-06, which clients know)."""
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
