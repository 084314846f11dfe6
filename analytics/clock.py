"""The time, as a value that is passed in. Everything that needs the time takes a ``Clock``; tests pass one that they move
by hand."""

import calendar
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

Clock = Callable[[], float]
"""Returns seconds since the epoch, UTC."""

system_clock: Clock = time.time


@lru_cache(maxsize=4096)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local_time(at: float, zone: str) -> datetime:
    """The local date and time in ``zone`` (an IANA name) at ``at`` (seconds since the epoch)."""
    return datetime.fromtimestamp(at, _zone(zone))


def local_day(at: float, zone: str) -> date:
    """The local calendar day in ``zone`` at ``at`` (seconds since the epoch)."""
    return _day(at // 1, zone)


@lru_cache(maxsize=4096)
def _day(second: float, zone: str) -> date:
    """Asked several times of each event: of many events a second, the answer is known. Days begin at whole seconds."""
    return local_time(second, zone).date()


@lru_cache(maxsize=4096)
def start_of_day(day: date, zone: str) -> float:
    """The first moment of ``day`` in ``zone``, in seconds since the epoch. If the clocks jump over midnight, the day begins
    at the jump."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=_zone(zone))
    return midnight.astimezone(UTC).timestamp()


def months_later(day: date, months: int) -> date:
    """The same day ``months`` months later, or the last day of that month if it is shorter."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


_LINKED_ABROAD = {"Africa/Asmera": "ER", "America/Coral_Harbour": "CA", "Pacific/Ponape": "FM", "Pacific/Truk": "FM"}
# Old names of zones that browsers still use and that tzdata links to a zone of another country.


def country_of_zone(zone: str) -> str:
    """The country (ISO 3166-1 alpha-2) in which most people of ``zone`` live; ``zone`` is an IANA name as browsers report
    it. Empty for zones without a country (``UTC``), for unknown zones, and for names without a slash, which link to one of
    several countries."""
    return _zone_countries().get(zone, "")


@cache
def _zone_countries() -> dict[str, str]:
    """By tzdata's own tables; old names by its links."""
    tables = files("tzdata") / "zoneinfo"
    rows = [line.split("\t") for line in (tables / "zone.tab").read_text("utf-8").splitlines() if not line.startswith("#")]
    countries = {row[2]: row[0] for row in rows}
    links = [line.split() for line in (tables / "tzdata.zi").read_text("utf-8").splitlines() if line.startswith("L ")]
    aliases = {alias: countries[target] for _, target, alias in links if "/" in alias and target in countries}
    return aliases | countries | _LINKED_ABROAD
