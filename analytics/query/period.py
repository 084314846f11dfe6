"""Periods: what "28d", "month" or two dates mean for a site at a given moment. Pure: zone and time are passed in.

A day is a day of the site's zone. A range is half open: it includes its first moment and excludes its end.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from analytics.clock import local_day, local_time, months_later, start_of_day
from analytics.errors import QueryError
from analytics.languages import marked
from analytics.query.query import Include, Period

_EARLIEST, _LATEST = date(1980, 1, 1), date(2199, 12, 31)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
"""Python reads weeks and days without dashes, too, and nobody who writes those means a moment."""


class Range(Struct, frozen=True):
    """A stretch of time of a site. Its moments are in UTC, because Python compares two moments of one zone by their clocks,
    which is wrong in the hour that the clocks repeat."""

    start: datetime
    """The first moment."""
    end: datetime
    """The first moment after the range."""
    zone: str
    months: int = 0
    """How many whole calendar months it was requested as; 0: it was requested in days or moments."""
    whole_days: bool = True
    rolling: bool = False
    """Whether it is the last 24 hours, which are compared with the same hours of the day before."""

    @property
    def local_start(self) -> datetime:
        """The first moment, in the zone."""
        return self.start.astimezone(ZoneInfo(self.zone))

    @property
    def local_end(self) -> datetime:
        """The first moment after the range, in the zone."""
        return self.end.astimezone(ZoneInfo(self.zone))

    @property
    def first_day(self) -> date:
        """The day of the first moment."""
        return self.local_start.date()

    @property
    def last_day(self) -> date:
        """The day of the last moment; of the first if the range is empty."""
        return max(self.start, self.end - timedelta(microseconds=1)).astimezone(ZoneInfo(self.zone)).date()

    @property
    def shape(self) -> tuple[time, timedelta]:
        """The time of day at which it begins, and its length on the clock, regardless of hours that are skipped or
        repeated."""
        start, end = (moment.replace(tzinfo=None) for moment in (self.local_start, self.local_end))
        return start.time(), end - start

    @property
    def days(self) -> int:
        """How many days it touches."""
        return (self.last_day - self.first_day).days + 1

    def as_json(self) -> list[str]:
        """Its first and last second, ISO 8601 with offset."""
        last = max(self.start, self.end - timedelta(seconds=1)).astimezone(ZoneInfo(self.zone))
        return [moment.isoformat(timespec="seconds") for moment in (self.local_start, last)]


class Bounds(Struct, frozen=True):
    """The days of the site's zone outside which nothing is reported."""

    first: date | None = None
    """None: no limit."""
    last: date | None = None

    def clipped(self, found: Range, now: "Now") -> Range:
        """The part of the range within these days. Raises QueryError if there is none."""
        start = max(found.start, now.midnight(self.first)) if self.first else found.start
        end = min(found.end, now.midnight(self.last + timedelta(days=1))) if self.last else found.end
        if (start, end) == (found.start, found.end):
            return found
        if start >= end:
            raise QueryError("#/date_range", marked("None of these days can be seen here"))
        return replace(found, start=start, end=end, months=0, rolling=False)

    def hold(self, found: Range) -> bool:
        """Whether all of the range lies within these days."""
        return (self.first is None or self.first <= found.first_day) and (self.last is None or found.last_day <= self.last)


UNBOUND = Bounds()


class Now(Struct, frozen=True):
    """When and where a question is asked."""

    at: float
    """Seconds since the epoch."""
    zone: str
    first_weekday: int = 0
    """The day that weeks begin on, as ``date.weekday`` counts them."""

    @property
    def today(self) -> date:
        """The current day of the zone."""
        return local_day(self.at, self.zone)

    @property
    def end(self) -> datetime:
        """The end of the current second: what happened in it is before."""
        return _utc(int(self.at) + 1)

    @property
    def next_hour(self) -> datetime:
        """The end of the current hour on the zone's clocks."""
        local = local_time(self.at, self.zone)
        return _utc(int(self.at) + 3600 - local.minute * 60 - local.second)

    @property
    def quarter(self) -> datetime:
        """The start of the current quarter-hour."""
        return _utc(int(self.at) // 900 * 900)

    def week_of(self, day: date) -> date:
        """The first day of the week that contains the day."""
        return day - timedelta(days=(day.weekday() - self.first_weekday) % 7)

    def midnight(self, day: date) -> datetime:
        """The first moment of the day."""
        return _utc(start_of_day(day, self.zone))

    def days(self, first: date, last: date, months: int = 0) -> Range:
        """The range from the first moment of ``first`` to the end of ``last``."""
        return Range(self.midnight(first), self.midnight(last + timedelta(days=1)), self.zone, months)

    def moments(self, start: datetime, end: datetime) -> Range:
        """The range between two moments."""
        return Range(start, end, self.zone, whole_days=False)


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


# --- named periods ---------------------------------------------------------------------------------------


def _last_days(now: Now, count: int) -> Range:
    """``count`` days that end yesterday: today is not over, and would make the last column always look like a fall."""
    return now.days(now.today - timedelta(days=count), now.today - timedelta(days=1))


def _last_months(now: Now, count: int) -> Range:
    this_month = now.today.replace(day=1)
    return now.days(months_later(this_month, -count), this_month - timedelta(days=1), count)


def _last_24_hours(now: Now) -> Range:
    """From the same clock time yesterday, rounded down to the quarter-hour: a sealed yesterday stores no finer times."""
    local = local_time(now.at, now.zone)
    quarter = local.replace(minute=local.minute // 15 * 15, second=0, microsecond=0)
    return replace(now.moments(_on_the_clock(quarter, timedelta(days=1), now), now.end), rolling=True)


def _this_month(now: Now) -> Range:
    first = now.today.replace(day=1)
    return now.days(first, months_later(first, 1) - timedelta(days=1), 1)


def _this_year(now: Now) -> Range:
    first = now.today.replace(month=1, day=1)
    return now.days(first, first.replace(month=12, day=31), 12)


NAMED: dict[str, Callable[[Now], Range]] = {
    "day": lambda now: now.days(now.today, now.today),
    "24h": _last_24_hours,
    "month": _this_month,
    "year": _this_year,
}
COUNTED: tuple[tuple[re.Pattern[str], int, Callable[[Now, int], Range]], ...] = (
    (re.compile(r"([1-9]\d{0,3})d"), 5000, _last_days),
    (re.compile(r"([1-9]\d{0,2})mo"), 100, _last_months),
)


def resolved(period: Period, now: Now, first_day: Callable[[], date | None], place: str = "#/date_range") -> Range:
    """The range that ``period`` means now. ``first_day`` returns the day of the site's first event, for ``all``. Raises
    QueryError at ``place``."""
    if not isinstance(period, str):
        return _between(period, now, place)
    if period in NAMED:
        return NAMED[period](now)
    if period == "all":
        return now.days(min(first_day() or now.today, now.today), now.today)
    for pattern, most, make in COUNTED:
        match = pattern.fullmatch(period)
        if match and int(match[1]) <= most:
            return make(now, int(match[1]))
    raise QueryError(place, f'Invalid date range "{period}"')


def _between(period: tuple[str, str], now: Now, place: str) -> Range:
    first, last = (_day_or_moment(text, now, f"{place}/{number}") for number, text in enumerate(period))
    if isinstance(first, datetime) and isinstance(last, datetime):
        found = now.moments(first, last + timedelta(seconds=1))
    elif isinstance(first, datetime) or isinstance(last, datetime):
        raise QueryError(place, "Expected two dates or two moments, not one of each")
    else:
        found = now.days(first, last)
    if found.start >= found.end:
        raise QueryError(place, f'Invalid date range: "{period[0]}" is after "{period[1]}"')
    return found


def _day_or_moment(text: str, now: Now, place: str) -> date | datetime:
    """Reads a day or a moment. A moment without an offset is in the site's zone; fractions of a second are dropped."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = date.fromisoformat(text)
            moment: date | datetime = day
        else:
            if not _MOMENT.fullmatch(text):
                raise ValueError(text)
            read = datetime.fromisoformat(text).replace(microsecond=0)
            moment = (read if read.tzinfo else read.replace(tzinfo=ZoneInfo(now.zone))).astimezone(UTC)
            day = moment.date()
    except (ValueError, OverflowError):
        raise QueryError(place, f'Invalid date "{text}": expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS+HH:MM') from None
    if not _EARLIEST <= day <= _LATEST:
        raise QueryError(place, f'Invalid date "{text}": expected a year from {_EARLIEST.year} to {_LATEST.year}')
    return moment


def trimmed(found: Range, now: Now) -> Range:
    """The range without days that have not begun; if it is today alone, without hours that have not begun."""
    begun = now.next_hour if found.days == 1 else now.midnight(now.today + timedelta(days=1))
    if found.start >= begun or found.end <= begun:
        return found
    return replace(found, end=begun)


# --- the range to compare with ---------------------------------------------------------------------------


def compared(current: Range, now: Now, include: Include, first_day: Callable[[], date | None]) -> Range | None:
    """The range that ``current`` is compared with, or None.

    Only what has passed is compared: today until now with yesterday until the same time of day (T18), to the quarter-hour,
    because past days store no finer times (``passed``). A range given by dates is cut the same way if it is equally long.
    """
    wanted = include.comparison
    if wanted is None:
        return None
    so_far = passed(current, now)
    if not isinstance(wanted, str):
        named = resolved(wanted, now, first_day, "#/include/comparison")
        running = so_far.end != current.end
        return _same_stretch(so_far, named.first_day, now) if running and named.shape == current.shape else named
    if not current.whole_days and not current.rolling and wanted == "previous_period" and not include.match_day_of_week:
        length = so_far.end - so_far.start
        return now.moments(so_far.start - length, so_far.start)
    start = _shifted_start(current, so_far, wanted)
    if include.match_day_of_week:
        start = _same_weekday(so_far.first_day, start, so_far.days)
    return _same_stretch(so_far, start, now)


def passed(current: Range, now: Now) -> Range:
    """The part of the range that has passed, in full quarter-hours; the range itself if it is over or has not begun."""
    if current.start < now.end <= current.end:
        return replace(current, end=max(current.start, now.quarter))
    return current


def _shifted_start(current: Range, so_far: Range, wanted: str) -> date:
    """Where the compared range begins. A year earlier is a calendar year; the previous period is as many months earlier if
    the range was given in months, else as many days. For a week that is not over it is the week before."""
    if wanted == "year_over_year":
        return months_later(so_far.first_day, -12)
    if current.months:
        start = months_later(so_far.first_day, -current.months)
        if so_far.end == current.end or start + timedelta(days=so_far.days) <= so_far.first_day:
            return start
        return so_far.first_day - timedelta(days=so_far.days)
    return so_far.first_day - timedelta(days=1 if current.rolling else current.days)


def _same_weekday(day: date, start: date, days: int) -> date:
    """The day nearest to ``start`` that has the weekday of ``day``, at least ``days`` days before it."""
    weeks = round((day - start).days / 7)
    return day - timedelta(days=7 * max(weeks, -(-days // 7)))


def _same_stretch(so_far: Range, start: date, now: Now) -> Range:
    """As many days from ``start``, cut at the same time of day; whole months stay whole months."""
    complete = so_far.end == now.midnight(so_far.last_day + timedelta(days=1)) and so_far.end <= now.end
    if so_far.months and complete and start.day == so_far.first_day.day:
        return now.days(start, months_later(start, so_far.months) - timedelta(days=1), so_far.months)
    shift = so_far.first_day - start
    begin, end = (_on_the_clock(moment, shift, now) for moment in (so_far.local_start, so_far.local_end))
    return Range(begin, end, now.zone, whole_days=so_far.whole_days)


def _on_the_clock(moment: datetime, shift: timedelta, now: Now) -> datetime:
    """The same time of day ``shift`` (whole days) earlier."""
    if moment.time() == time.min:
        return now.midnight(moment.date() - shift)
    return (moment.replace(tzinfo=None) - shift).replace(tzinfo=ZoneInfo(now.zone), fold=moment.fold).astimezone(UTC)
