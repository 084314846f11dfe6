"""The latest arrivals of each site, so that its owner sees during setup what arrived and why it was refused.

In memory only, and scrubbed: a name, a host, a path and a reason; nothing about the visitor.
"""

from collections import deque
from itertools import islice

from msgspec import Struct

from analytics.model import Reason

MOST_PER_SITE = 50
MOST_UNKNOWN = 200
"""Events for no site here are a crowd of their own; the list of one owner's mistakes must not drown in it."""
LONGEST = 300
"""Characters kept of a text that strangers chose."""

UNKNOWN = ""
"""The site id under which events for no known site are noted."""


class Arrival(Struct, frozen=True):
    """One event as the set-up page shows it."""

    at: float
    """Seconds since the epoch."""
    name: str
    hostname: str
    """The page's host; for an unknown site the domain that was named."""
    path: str
    reason: Reason | None
    """None: it was counted."""
    detail: str = ""
    """Of an invalid event: the field and what is wrong with it; of a robot: its name and group."""


class Arrivals:
    """The latest arrivals by site id, in ring buffers. Safe to use from several threads."""

    def __init__(self) -> None:
        self._rings: dict[str, deque[Arrival]] = {UNKNOWN: deque(maxlen=MOST_UNKNOWN)}

    def note(self, site_id: str, arrival: Arrival) -> None:
        """Remembers ``arrival``; beyond the limit the site's oldest is forgotten. ``site_id`` belongs to a known site, or
        is ``UNKNOWN``."""
        ring = self._rings.get(site_id)
        if ring is None:
            ring = self._rings.setdefault(site_id, deque(maxlen=MOST_PER_SITE))
        if len(arrival.path) > LONGEST or len(arrival.hostname) > LONGEST or len(arrival.name) > LONGEST:
            arrival = _shortened(arrival)
        ring.append(arrival)

    def latest(self, site_id: str) -> list[Arrival]:
        """A site's latest arrivals, newest first."""
        ring = self._rings.get(site_id)
        return [] if ring is None else list(islice(reversed(ring.copy()), MOST_UNKNOWN))


def _shortened(of: Arrival) -> Arrival:
    return Arrival(of.at, of.name[:LONGEST], of.hostname[:LONGEST], of.path[:LONGEST], of.reason, of.detail)
