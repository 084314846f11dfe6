"""The keys of the day: made at random, kept in memory alone, overwritten when their day is over.

A visitor's tag means something only to the key it was made with. So when a key is gone, nobody can tell
any more who of yesterday came back today: not we, not whoever copies the disk, not by order of a court.
Keys are never derived from anything, so nothing that is kept can make them again.
"""

import os
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from threading import Lock
from typing import Any

from analytics.clock import local_day, start_of_day
from analytics.model import Site

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
    """One key per site and local day, and one per site and past day while batches of that day come in.

    ``random`` returns as many random bytes as it is asked for. The keys handed out are the ones kept here,
    not copies: use them at once and keep none, so that they are gone everywhere when they are overwritten.
    """

    def __init__(self, random: Callable[[int], bytes] = os.urandom) -> None:
        self._random = random
        self._keys: dict[_Name, tuple[bytearray, float]] = {}
        self._lock = Lock()

    def current(self, site: Site, at: float) -> tuple[bytearray, bytearray | None]:
        """The key of the site's day at ``at`` (seconds since the epoch), and the key of the day before.

        The second is None from 30 minutes after local midnight on, or if that day had no key. Both follow from
        ``at`` alone, so it does not matter whether anybody was awake at midnight.
        """
        return self._pair(site, at, past=False, now=at)

    def backdated(self, site: Site, at: float, now: float) -> tuple[bytearray, bytearray | None]:
        """The same two for an event of a past day that is sent in a batch. ``now`` is the real time.

        While that day's live keys are kept it is those: what was on its way at midnight comes from people who are known
        (T15). Later, never: the day has then a key of its own, which lives until nobody has asked for it for 30 minutes.
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

        To be called every minute or so. Returns the (site id, day) for which no key is left; what was
        remembered about the tags of these days can never be asked for again.
        """
        zones = {site.id: site.timezone for site in sites}
        with self._lock:
            over = [name for name, (_, used) in self._keys.items() if not _lives(name, used, zones, now)]
            for name in over:
                key, _ = self._keys.pop(name)
                key[:] = bytes(len(key))
            return sorted({name[:2] for name in over} - {name[:2] for name in self._keys})

    def dump(self) -> dict[str, Any]:
        """Everything, ready for JSON, to be handed to the next process through memory. Never to a disk."""
        with self._lock:
            return {"keys": [[name[0], str(name[1]), name[2], key.hex(), used] for name, (key, used) in self._keys.items()]}

    def restore(self, state: dict[str, Any]) -> None:
        """Takes over what ``dump`` gave. What is too old by now goes with the next ``forget``."""
        with self._lock:
            for site, day, past, key, used in state["keys"]:
                self._keys[site, date.fromisoformat(day), past] = (bytearray.fromhex(key), used)

    def _used(self, name: _Name, now: float) -> bytearray:
        key = self._keys[name][0] if name in self._keys else bytearray(self._random(KEY_BYTES))
        self._keys[name] = (key, now)
        return key


def _lives(name: _Name, used: float, zones: dict[str, str], now: float) -> bool:
    """Whether a live key's day, in the zone its site has now, is today or nearly, or a past day's key is in use."""
    site, day, past = name
    if site not in zones or past:
        return site in zones and abs(now - used) < IDLE
    return start_of_day(day, zones[site]) - GRACE <= now < start_of_day(day + timedelta(days=1), zones[site]) + GRACE
