"""Buckets: a range divided into minutes, hours, days, weeks or months of the site's clocks.

They are computed here and passed to the engine as lists, so that it does not matter how an engine treats time zones. They
tile the range: each begins where the previous one ends, whatever the clocks do. An hour that the clocks repeat is two
buckets, told apart by their offsets; an hour that they skip is none.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from analytics.clock import months_later
from analytics.errors import QueryError
from analytics.languages import marked
from analytics.query.period import Now, Range

MOST_BUCKETS = 10_000
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Buckets(Struct, frozen=True):
    """The time buckets of an answer."""

    unit: str
    """The dimension, such as ``time:day``."""
    starts: tuple[datetime, ...]
    """Ascending, in UTC; the first is the start of the range."""
    keys: tuple[int, ...]
    """For each start, the index of its label; several may share one (hours of the week)."""
    labels: tuple[str, ...]
    marks: tuple[Hashable, ...]
    """For each label, what identifies the bucket of another range that it is compared with."""

    @property
    def length(self) -> timedelta | None:
        """The distance from each start to the next if it is always the same, else None. The last bucket may be longer: a
        month after one of 30 days, the day on which the clocks are set back."""
        lengths = {after - before for before, after in pairwise(self.starts)}
        return lengths.pop() if len(lengths) == 1 else None

    @property
    def smears(self) -> bool:
        """Whether a visit may span several buckets: its visitor is then counted in every bucket in which it was active."""
        return self.unit in ("time:minute", "time:hour", "time:hour_of_week")


def unit_for(found: Range) -> str:
    """The unit for the dimension ``time``: hours up to two days, days up to 40, weeks up to 52, else months."""
    length = found.local_end.replace(tzinfo=None) - found.local_start.replace(tzinfo=None)
    for longest, unit in _CHOICES:
        if length <= longest:
            return unit
    return "time:month"


def made(unit: str, found: Range, now: Now, place: str) -> Buckets:
    """The range divided into ``unit`` (a time dimension). Raises QueryError if that gives too many buckets."""
    kind = _UNITS[unit]
    zone = ZoneInfo(found.zone)
    too_long = found.end - found.start > MOST_BUCKETS * kind.longest
    locals_ = [] if too_long else [start.astimezone(zone) for start in _edges(kind, found, now)]
    if too_long or len(locals_) > MOST_BUCKETS:
        raise QueryError(
            place,
            marked('"%(unit)s" divides this range into more than %(most)s intervals: choose a shorter one'),
            unit=unit,
            most=MOST_BUCKETS,
        )
    starts = tuple(start.astimezone(UTC) for start in locals_)
    if unit == "time:hour_of_week":
        keys = tuple((start.weekday() - now.first_weekday) % 7 * 24 + start.hour for start in locals_)
        return Buckets(unit, starts, keys, _hours_of_week(now.first_weekday), tuple(range(168)))
    labels = tuple(_told_apart([kind.label(start) for start in locals_], locals_))
    marks = tuple(kind.mark(number, start, found) for number, start in enumerate(locals_))
    return Buckets(unit, starts, tuple(range(len(starts))), labels, marks)


def _hours_of_week(first: int) -> tuple[str, ...]:
    days = _WEEKDAYS[first:] + _WEEKDAYS[:first]
    return tuple(f"{day} {hour:02}:00" for day in days for hour in range(24))


def _edges(unit: "_Unit", found: Range, now: Now) -> Iterator[datetime]:
    zone, edge = ZoneInfo(found.zone), found.start
    while edge < found.end:
        yield edge
        edge = unit.next_edge(edge, edge.astimezone(zone), now)


def _told_apart(labels: list[str], starts: list[datetime]) -> Iterator[str]:
    """The labels, with offsets added to those that occur twice."""
    counts = Counter(labels)
    for label, start in zip(labels, starts, strict=True):
        yield label + start.isoformat()[-6:] if counts[label] > 1 else label


def _next_minute(edge: datetime, local: datetime, _now: Now) -> datetime:
    return edge + timedelta(seconds=60 - local.second)


def _next_hour(edge: datetime, local: datetime, _now: Now) -> datetime:
    return edge + timedelta(seconds=3600 - local.minute * 60 - local.second)


def _next_day(edge: datetime, local: datetime, now: Now) -> datetime:
    return _first_moment_after(edge, local.date() + timedelta(days=1), now)


def _next_week(edge: datetime, local: datetime, now: Now) -> datetime:
    return _first_moment_after(edge, now.week_of(local.date()) + timedelta(days=7), now)


def _next_month(edge: datetime, local: datetime, now: Now) -> datetime:
    return _first_moment_after(edge, months_later(local.date().replace(day=1), 1), now)


def _first_moment_after(edge: datetime, day: date, now: Now) -> datetime:
    """The first moment of ``day``, or of the first later day that begins after ``edge``: Samoa had no 30 December 2011."""
    while (moment := now.midnight(day)) <= edge:
        day += timedelta(days=1)
    return moment


def _by_clock(_number: int, start: datetime, found: Range) -> Hashable:
    return start.replace(tzinfo=None, fold=0) - found.local_start.replace(tzinfo=None), start.fold


def _by_number(number: int, _start: datetime, _found: Range) -> Hashable:
    return number


class _Unit(NamedTuple):
    longest: timedelta
    """An upper limit for the length of a bucket, whatever clocks and calendars do: Samoa's longest day would have been two
    days."""
    next_edge: Callable[[datetime, datetime, Now], datetime]
    """Takes a bucket's start, the same on the clock, and the current moment; returns the next start."""
    label: Callable[[datetime], str]
    mark: Callable[[int, datetime, Range], Hashable] = _by_number


_UNITS: dict[str, _Unit] = {
    "time:minute": _Unit(timedelta(minutes=1), _next_minute, lambda start: start.strftime("%Y-%m-%d %H:%M:00"), _by_clock),
    "time:hour": _Unit(timedelta(hours=1), _next_hour, lambda start: start.strftime("%Y-%m-%d %H:00:00"), _by_clock),
    "time:hour_of_week": _Unit(timedelta(hours=1), _next_hour, lambda start: f"{_WEEKDAYS[start.weekday()]} {start:%H}:00"),
    "time:day": _Unit(timedelta(days=2), _next_day, lambda start: start.date().isoformat()),
    "time:week": _Unit(timedelta(days=8), _next_week, lambda start: start.date().isoformat()),
    "time:month": _Unit(timedelta(days=32), _next_month, lambda start: start.date().replace(day=1).isoformat()),
}
"""Time dimension -> where its next bucket begins and what a bucket is called. A week is called by its first day
in the range, a month by its first."""
_CHOICES = ((timedelta(days=2), "time:hour"), (timedelta(days=40), "time:day"), (timedelta(weeks=52), "time:week"))
