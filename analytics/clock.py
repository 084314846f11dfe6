"""The time, as something that can be handed in.

Everything that needs the time takes a ``Clock``; tests hand in one that they move by hand.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

Clock = Callable[[], float]
"""Returns seconds since the epoch, UTC."""

system_clock: Clock = time.time


@lru_cache(maxsize=4096)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local_time(at: float, zone: str) -> datetime:
    """The wall clock in ``zone`` (an IANA name) at ``at`` (seconds since the epoch)."""
    return datetime.fromtimestamp(at, _zone(zone))


def local_day(at: float, zone: str) -> date:
    """The calendar day in ``zone`` at ``at``."""
    return local_time(at, zone).date()


def start_of_day(day: date, zone: str) -> float:
    """The first moment of ``day`` in ``zone``, seconds since the epoch.

    Where the clocks jump over midnight the day begins at the jump.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=_zone(zone))
    return midnight.astimezone(UTC).timestamp()
