"""Which part of a question's range is answered from what: from roll-ups, from marked rows, or from rows as they lie.

    months   roll-ups of whole months
    days     roll-ups of days
    marked   the marked rows of sealed days
    the rest  any rows: open days, days that the range cuts, and visitors who are not settled (visits over midnight)

Pure. The parts share no visitor and no visit, so what is counted in each adds up (``measures.py``).
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
"""Stretches of uncovered days; a range with more is read row by row."""


class Kept(Struct, frozen=True):
    """What there is of a site: its days, in order, and the months that are closed."""

    zone: str = ""
    """That the site is in now: a day of another began at another moment."""
    days: Sequence[KeptDay] = ()
    months: Sequence[tuple[date, str]] = ()
    """First day -> digest of the rules."""
    rows_from: date | None = None
    """The first day that rows are kept of; of earlier ones there are totals alone. None: none have gone."""

    def covered(self, first: date, last: date) -> dict[date, KeptDay]:
        """The days from ``first`` to ``last`` whose rows are all marked, and the quiet ones in the same months."""
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
        """When the days of a range were sealed: what was counted of their rows holds as long as this is the same."""
        return tuple((one.day, one.sealed_at) for one in self.days if found.first_day <= one.day <= found.last_day)

    def standing(self, found: Range) -> bytes | None:
        """What every answer about this range depends on, where all of it is sealed: an answer holds, whatever comes in, as
        long as this is the same. None: a part of the range is open."""
        past, rest = parted(found, self)
        if past is None or rest is not None:
            return None
        days = [one for one in self.days if found.first_day <= one.day <= found.last_day]
        return json.encode((days, self.months, self.rows_from))

    def places_hold(self, days: Iterable[date], rules: str) -> bool:
        """Whether the places on the rows of these sealed days were noted by the rules with this digest (``places.py``)."""
        wanted = set(days)
        return all(one.rules == rules for one in self.days if one.day in wanted)

    def _quiet(self, day: date, known: Mapping[date, KeptDay]) -> KeptDay:
        """A day without events: whatever is asked of it has been worked out. Beside a day of another zone, or one that is
        open, it may have some that are kept under that one."""
        beside = (known.get(day + timedelta(days=number)) for number in (-2, -1, 1, 2))
        alien = any(one and one.zone != self.zone for one in beside)
        return KeptDay(day, True, "" if alien else self.zone, rules="", fine=True, crossing=False, outside=False)

    def keeps(self, dimension: Rolled, day: date) -> bool:
        """Whether roll-ups that were made of this day are kept still: those of several dimensions go with the rows."""
        return not dimension.together or self.rows_from is None or day >= self.rows_from

    def lacks_rows(self, found: Range, made: "Cover") -> bool:
        """Whether the range has days without rows that ``made`` would need to read."""
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
    """The days of the months that have visits over midnight which their roll-ups do without."""
    crossing: tuple[date, ...] = ()
    """The days covered one by one that have visits over midnight."""

    def spans(self) -> list[Span]:
        """All covered days, in runs."""
        return runs([*self._of_months(), *self.days, *self.marked])

    def outside_spans(self) -> list[Span]:
        """Where such visits are in the months."""
        return _few(self.outside, self._of_months())

    def crossing_spans(self) -> list[Span]:
        """Where they are in the other days."""
        return _few(self.crossing, [*self.days, *self.marked])

    def over_midnight(self) -> list[Span]:
        """Where rows of visits over midnight are read."""
        return [*self.outside_spans(), *self.crossing_spans()]

    def _of_months(self) -> list[date]:
        return [day for month in self.months for day in days_of(month)]


def covers(found: Range, scope: Scope, buckets: Buckets | None, kept: Kept, rules: str) -> list[tuple[Scope, Cover]]:
    """The scope with its parts; or in two, each with its own: averages by themselves, where roll-ups have all the rest (of
    a single section or page they have all but averages)."""
    rest = replace(scope, measures=tuple(one for one in scope.measures if one.kind is not Kind.AVERAGE))
    averages = replace(scope, measures=tuple(scope.of(Kind.AVERAGE)), prefix=f"{scope.prefix}averages_")
    if averages.measures and rest.measures and rollups.dimension_for(scope) is None:
        made = cover(found, rest, buckets, kept, rules)
        if made.months or made.days:
            return [(rest, made), (averages, cover(found, averages, buckets, kept, rules))]
    return [(scope, cover(found, scope, buckets, kept, rules))]


def cover(found: Range, scope: Scope, buckets: Buckets | None, kept: Kept, rules: str) -> Cover:
    """The parts for this scope; ``rules`` is the digest of the site's section rules now."""
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
    """The days in runs; where those are many, all days that they are among."""
    found = runs(days)
    return found if len(found) <= MOST_HOLES else runs(among)


def parted(found: Range, kept: Kept) -> tuple[Range | None, Range | None]:
    """The whole days at the beginning of a range whose rows are all marked, and what is left of it."""
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
    """The first day that lies wholly in the range."""
    day = found.first_day
    return day if start_of_day(day, found.zone) >= found.start.timestamp() else day + timedelta(days=1)


def _last_whole(found: Range) -> date:
    day = found.last_day
    return day if start_of_day(day + timedelta(days=1), found.zone) <= found.end.timestamp() else day - timedelta(days=1)


@lru_cache(maxsize=256)
def days_of(month: date) -> tuple[date, ...]:
    """Every day of a month (its first day). Remembered: a page of a year asks for them some seven hundred times."""
    return tuple(month + timedelta(days=number) for number in range((months_later(month, 1) - month).days))


def _month_end(day: date) -> date:
    return months_later(day.replace(day=1), 1) - timedelta(days=1)


def runs(days: Iterable[date]) -> list[Span]:
    """The days, in order, as runs without a gap."""
    ordered = sorted(days)
    grouped = groupby(enumerate(ordered), key=lambda pair: pair[1].toordinal() - pair[0])
    found = ([day for _, day in group] for _, group in grouped)
    return [(group[0], group[-1]) for group in found]


def holes(spans: Sequence[Span], found: Range) -> list[tuple[float, float]]:
    """What of the range no span covers: stretches of time, in seconds since the epoch, half open."""
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
    """For each of these days of the zone the key of the bucket that it begins in."""
    edges = [edge.timestamp() for edge in buckets.starts]
    return [buckets.keys[max(bisect_right(edges, start_of_day(day, zone)) - 1, 0)] for day in days]
