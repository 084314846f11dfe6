"""Decides which part of a question's range is answered from what: roll-ups, marked rows, or any rows.

    months   roll-ups of whole months
    days     roll-ups of days
    marked   the marked rows of sealed days
    the rest any rows: open days, days that the range cuts, and visitors who are not settled (visits over midnight)

Pure. No visitor and no visit belongs to two parts, so their counts add up (``measures.py``).
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import groupby

from msgspec import Struct, json
from msgspec.structs import replace

from analytics.clock import months_later, start_of_day
from analytics.query import marks, rollups
from analytics.query.buckets import Buckets
from analytics.query.measures import Kind
from analytics.query.period import Range
from analytics.query.rollups import Rolled
from analytics.query.statement import Scope, Span
from analytics.store.base import KeptDay

MOST_HOLES = 16
"""The most uncovered stretches of days; a range with more is read row by row."""


class Kept(Struct, frozen=True):
    """The state of a site: its days, in order, and its closed months."""

    zone: str = ""
    """The site's present time zone; days sealed in another one began at other moments."""
    days: Sequence[KeptDay] = ()
    months: Sequence[tuple[date, str]] = ()
    """First day -> digest of the rules."""
    rows_from: date | None = None
    """The first day of which rows are kept; of earlier days there are only totals. None: all rows are kept."""

    def covered(self, first: date, last: date) -> dict[date, KeptDay]:
        """The days from ``first`` to ``last`` whose rows are all marked, and the days without events in the same months."""
        if not self.days:
            return {}
        known = {one.day: one for one in self.days}
        first, last = max(first, self.days[0].day.replace(day=1)), min(last, _month_end(self.days[-1].day))
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return {
            day: found
            for day in days
            if (found := known.get(day) or self._quiet(day, known)).sealed and found.zone == self.zone
        }

    def seals(self, found: Range) -> tuple[tuple[date, datetime | None], ...]:
        """When each day of a range was sealed. Counts of their rows are valid as long as this stays the same."""
        return tuple((one.day, one.sealed_at) for one in self.days if found.first_day <= one.day <= found.last_day)

    def standing(self, found: Range) -> bytes | None:
        """Everything that answers about this range depend on, encoded, if all of it is sealed: they stay valid as long as
        it is the same, whatever arrives. None if part of the range is open."""
        past, rest = parted(found, self)
        if past is None or rest is not None:
            return None
        days = [one for one in self.days if found.first_day <= one.day <= found.last_day]
        return json.encode((days, self.months, self.rows_from))

    def places_hold(self, days: Iterable[date], rules: str) -> bool:
        """Whether the places on these sealed days' rows were computed under the rules with this digest (``places.py``)."""
        wanted = set(days)
        return all(one.rules == rules for one in self.days if one.day in wanted)

    def _quiet(self, day: date, known: Mapping[date, KeptDay]) -> KeptDay:
        """A day without events, for which there is nothing to compute. Next to a day of another time zone, or an open one,
        it may have events that are stored under that day."""
        beside = (known.get(day + timedelta(days=number)) for number in (-2, -1, 1, 2))
        alien = any(one and one.zone != self.zone for one in beside)
        return KeptDay(day, True, "" if alien else self.zone, rules="", fine=True, crossing=False, outside=False)

    def keeps(self, dimension: Rolled, day: date) -> bool:
        """Whether this dimension's roll-ups of the day still exist: those of several dimensions together are deleted with
        the rows."""
        return not dimension.together or self.rows_from is None or day >= self.rows_from

    def lacks_rows(self, found: Range, made: "Cover") -> bool:
        """Whether the range contains days without rows that ``made`` would have to read."""
        if self.rows_from is None:
            return False
        rolled = {*made.days, *made._of_months()}
        gone = (one.day for one in self.days if found.first_day <= one.day <= found.last_day and one.day < self.rows_from)
        return any(day not in rolled for day in gone)


class Cover(Struct, frozen=True):
    """The parts of one range."""

    months: tuple[date, ...] = ()
    days: tuple[date, ...] = ()
    marked: tuple[date, ...] = ()
    outside: tuple[date, ...] = ()
    """The days of those months that have visits over midnight which the months' roll-ups leave out."""
    crossing: tuple[date, ...] = ()
    """The other covered days that have visits over midnight."""

    def spans(self) -> list[Span]:
        """All covered days, as runs."""
        return runs([*self._of_months(), *self.days, *self.marked])

    def outside_spans(self) -> list[Span]:
        """Where such visits may be within the months."""
        return _few(self.outside, self._of_months())

    def crossing_spans(self) -> list[Span]:
        """Where such visits may be within the other days."""
        return _few(self.crossing, [*self.days, *self.marked])

    def over_midnight(self) -> list[Span]:
        """Where rows of visits over midnight must be read."""
        return [*self.outside_spans(), *self.crossing_spans()]

    def _of_months(self) -> list[date]:
        return [day for month in self.months for day in days_of(month)]


def covers(found: Range, scope: Scope, buckets: Buckets | None, kept: Kept, rules: str) -> list[tuple[Scope, Cover]]:
    """The scope with its parts. If roll-ups have everything but averages (as for a single section or page), the scope is
    split in two, and averages get parts of their own."""
    rest = replace(scope, measures=tuple(one for one in scope.measures if one.kind is not Kind.AVERAGE))
    averages = replace(scope, measures=tuple(scope.of(Kind.AVERAGE)), prefix=f"{scope.prefix}averages_")
    if averages.measures and rest.measures and rollups.dimension_for(scope) is None:
        made = cover(found, rest, buckets, kept, rules)
        if made.months or made.days:
            return [(rest, made), (averages, cover(found, averages, buckets, kept, rules))]
    return [(scope, cover(found, scope, buckets, kept, rules))]


def cover(found: Range, scope: Scope, buckets: Buckets | None, kept: Kept, rules: str) -> Cover:
    """The parts of the range for this scope; ``rules`` is the digest of the site's present section rules."""
    if not marks.covers(scope, buckets):
        return Cover()
    days = kept.covered(_first_whole(found), _last_whole(found))
    dimension = rollups.dimension_for(scope)
    if dimension is None:
        return _checked(Cover(marked=tuple(days), crossing=_crossing(days.values())), found)
    months: tuple[date, ...] = ()
    if not scope.time or (buckets and buckets.unit == "time:month"):
        known = (month for month, made_with in kept.months if rollups.holds(dimension, made_with, rules))
        months = tuple(sorted(month for month in known if kept.keeps(dimension, month) and days.keys() >= {*days_of(month)}))
    inside = {day for month in months for day in days_of(month)}
    left = [one for day, one in days.items() if day not in inside]
    rolled = {one.day for one in left if _is_rolled(one, dimension, rules) and kept.keeps(dimension, one.day)}
    marked = tuple(one.day for one in left if one.day not in rolled)
    outside = tuple(sorted(day for day in inside if days[day].outside))
    return _checked(Cover(months, tuple(sorted(rolled)), marked, outside, _crossing(left)), found)


def _crossing(days: Iterable[KeptDay]) -> tuple[date, ...]:
    return tuple(one.day for one in days if one.crossing)


def _few(days: Sequence[date], among: Sequence[date]) -> list[Span]:
    """The days as runs, or, if there are too many runs, all the days that they are among."""
    found = runs(days)
    return found if len(found) <= MOST_HOLES else runs(among)


def parted(found: Range, kept: Kept) -> tuple[Range | None, Range | None]:
    """The leading whole days of a range whose rows are all marked, and the rest of the range."""
    days = kept.covered(_first_whole(found), _last_whole(found))
    first = day = max(found.first_day, kept.days[0].day) if days else found.first_day
    while day in days:
        day += timedelta(days=1)
    if day == first or first < _first_whole(found):
        return None, found
    end = datetime.fromtimestamp(start_of_day(day, found.zone), UTC)
    return replace(found, end=end, months=0), replace(found, start=end, months=0) if end < found.end else None


def _is_rolled(one: KeptDay, dimension: Rolled, rules: str) -> bool:
    quiet = not one.rules and one.fine
    return quiet or (rollups.holds(dimension, one.rules, rules) and (one.fine or not dimension.many))


def _checked(made: Cover, found: Range) -> Cover:
    return made if len(holes(made.spans(), found)) <= MOST_HOLES else Cover()


def _first_whole(found: Range) -> date:
    """The first day that lies completely in the range."""
    day = found.first_day
    return day if start_of_day(day, found.zone) >= found.start.timestamp() else day + timedelta(days=1)


def _last_whole(found: Range) -> date:
    day = found.last_day
    return day if start_of_day(day + timedelta(days=1), found.zone) <= found.end.timestamp() else day - timedelta(days=1)


@lru_cache(maxsize=256)
def days_of(month: date) -> tuple[date, ...]:
    """Every day of a month, given as its first day. Cached: a page about a year calls this some seven hundred times."""
    return tuple(month + timedelta(days=number) for number in range((months_later(month, 1) - month).days))


def _month_end(day: date) -> date:
    return months_later(day.replace(day=1), 1) - timedelta(days=1)


def runs(days: Iterable[date]) -> list[Span]:
    """The days as runs without gaps, in order."""
    ordered = sorted(days)
    grouped = groupby(enumerate(ordered), key=lambda pair: pair[1].toordinal() - pair[0])
    found = ([day for _, day in group] for _, group in grouped)
    return [(group[0], group[-1]) for group in found]


def holes(spans: Sequence[Span], found: Range) -> list[tuple[float, float]]:
    """The stretches of the range that no span covers, as half-open intervals in seconds since the epoch."""
    edges = [(start_of_day(first, found.zone), start_of_day(last + timedelta(days=1), found.zone)) for first, last in spans]
    left, begin = [], found.start.timestamp()
    for start, end in edges:
        if begin < start:
            left.append((begin, start))
        begin = end
    if begin < found.end.timestamp():
        left.append((begin, found.end.timestamp()))
    return left


def buckets_of(days: Sequence[date], buckets: Buckets, zone: str) -> list[int]:
    """For each of these days of the zone, the key of the bucket in which it begins."""
    edges = [edge.timestamp() for edge in buckets.starts]
    return [buckets.keys[max(bisect_right(edges, start_of_day(day, zone)) - 1, 0)] for day in days]
