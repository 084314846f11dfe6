"""The keys of the day: generated at random, kept only in memory, overwritten when their day is over.

A visitor's tag is meaningful only under the key it was made with. Once a key is gone, nobody can tell which of yesterday's
visitors came back today: not we, not whoever copies the disk, not by order of a court. Keys are never derived from
anything, so they cannot be made again from anything that is kept.
"""

import os
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from threading import Lock
from typing import Any

from analytics.clock import local_day, start_of_day
from analytics.site import Site

KEY_BYTES = 32

GRACE = 30 * 60.0
"""Seconds around its day for which a key is kept. After it: a visit ends with a pause of 30 minutes, so one
that began before midnight can go on for that long (T15). Before it: a clock that runs back over midnight, or an
event dated a minute ahead, must not find another key than the day itself will use."""

IDLE = 30 * 60.0
"""Seconds of real time for which the key of a past day waits for the next batch of a stream of batches."""

_Name = tuple[str, date, bool]
"""Site id, day, and whether it is the key of a past day."""


class Keys:
    """One key per site and local day, and one per site and past day while batches of that day arrive.

    ``random`` returns the requested number of random bytes. Callers get the keys themselves, not copies: they must use them
    at once and keep none, so that overwriting a key removes it everywhere.
    """

    def __init__(self, random: Callable[[int], bytes] = os.urandom) -> None:
        self._random = random
        self._keys: dict[_Name, tuple[bytearray, float]] = {}
        self._lock = Lock()

    def current(self, site: Site, at: float) -> tuple[bytearray, bytearray | None]:
        """The key of the site's day at ``at`` (seconds since the epoch), and the key of the day before.

        The second is None from 30 minutes after local midnight on, or if that day had no key. Both depend on ``at`` alone,
        so nothing has to happen at midnight itself.
        """
        return self._pair(site, at, past=False, now=at)

    def backdated(self, site: Site, at: float, now: float) -> tuple[bytearray, bytearray | None]:
        """The same two keys for an event of a past day that arrives in a batch. ``now`` is the real time.

        While that day's live keys exist, they are returned: events that were on their way at midnight come from people who
        are known (T15). Later the day gets a separate key, which lives until it has not been used for 30 minutes.
        """
        live = _lives((site.id, local_day(at, site.timezone), False), at, {site.id: site.timezone}, now)
        return self._pair(site, at, past=not live, now=now)

    def _pair(self, site: Site, at: float, past: bool, now: float) -> tuple[bytearray, bytearray | None]:
        day = local_day(at, site.timezone)
        midnight = start_of_day(day, site.timezone)
        with self._lock:
            key = self._used((site.id, day, past), now)
            if at >= midnight + GRACE:
                return key, None
            return key, self._keys.get((site.id, local_day(midnight - 1, site.timezone), past), (None,))[0]

    def forget(self, now: float, sites: Iterable[Site]) -> list[tuple[str, date]]:
        """Overwrites every key whose time is over, and those of sites that are not among ``sites``.

        Call it every minute or so. Returns the (site id, day) pairs for which no key is left; what was remembered about
        their tags can never be looked up again.
        """
        zones = {site.id: site.timezone for site in sites}
        with self._lock:
            over = [name for name, (_, used) in self._keys.items() if not _lives(name, used, zones, now)]
            for name in over:
                key, _ = self._keys.pop(name)
                key[:] = bytes(len(key))
            return sorted({name[:2] for name in over} - {name[:2] for name in self._keys})

    def dump(self) -> dict[str, Any]:
        """All keys as JSON values, to be handed to the next process through memory, never through a disk."""
        with self._lock:
            return {"keys": [[name[0], str(name[1]), name[2], key.hex(), used] for name, (key, used) in self._keys.items()]}

    def restore(self, state: dict[str, Any]) -> None:
        """Takes over what ``dump`` returned. Expired keys are removed by the next ``forget``."""
        with self._lock:
            for site, day, past, key, used in state["keys"]:
                self._keys[site, date.fromisoformat(day), past] = (bytearray.fromhex(key), used)

    def _used(self, name: _Name, now: float) -> bytearray:
        key = self._keys[name][0] if name in self._keys else bytearray(self._random(KEY_BYTES))
        self._keys[name] = (key, now)
        return key


def _lives(name: _Name, used: float, zones: dict[str, str], now: float) -> bool:
    """Whether a live key's day is today in the site's present zone, give or take the grace period, or a past day's key was
    used recently."""
    site, day, past = name
    if site not in zones or past:
        return site in zones and abs(now - used) < IDLE
    return start_of_day(day, zones[site]) - GRACE <= now < start_of_day(day + timedelta(days=1), zones[site]) + GRACE
