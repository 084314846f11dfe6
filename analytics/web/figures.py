"""Formats figures, dates and times for people, in the current language: grouped thousands, durations in minutes, changes
with a direction.

Values in, text out. Formats are those of the Unicode CLDR (from Babel), except in English: that is written for readers in
all countries, with a space between thousands (ISO 80000-1) and the day before the month.
"""

from collections.abc import Callable
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from babel.dates import DateTimePattern, parse_pattern
from babel.numbers import format_compact_decimal, format_currency, get_decimal_symbol, get_group_symbol
from msgspec import Struct

from analytics.languages import ENGLISH
from analytics.query.metrics import Metric
from analytics.web.language import _, locale, locale_of, spoken

THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
NOTHING = "–"
"""Shown where there is no figure: an average over nothing is not zero."""
_COMPACT_FROM = 10_000

_DAY = "yMMMEd"
_OWN_PATTERNS = {(ENGLISH, _DAY): "EEE d MMM y", (ENGLISH, "yMMMd"): "d MMM y", (ENGLISH, "MMMd"): "d MMM"}
_OWN_RUNS = {ENGLISH: {"d": ("d – ", "d MMM y"), "M": ("d MMM – ", "d MMM y"), "y": ("d MMM y – ", "d MMM y")}}
"""Patterns that we write otherwise than the CLDR (UTS 35, part 4)."""


# --- numbers ---------------------------------------------------------------------------------------------


def number(value: Any) -> str:
    """``1234567`` as ``1 234 567``, with at most two decimals."""
    if value is None:
        return NOTHING
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.2f}".rstrip("0").rstrip(".").translate(_signs(spoken()))
    return f"{int(value):,}".translate(_signs(spoken()))


def short(value: Any) -> str:
    """A figure for an axis: ``12.5K``, ``3M``; small ones unchanged."""
    return number(value) if value < _COMPACT_FROM else _compact(spoken(), value)


def duration(seconds: Any) -> str:
    """``65`` as ``1m 05s``, ``3700`` as ``1h 01m``; seconds are rounded down."""
    if seconds is None:
        return NOTHING
    whole = int(seconds)
    if whole >= 3600:
        return _("%(hours)sh %(minutes)sm", hours=number(whole // 3600), minutes=f"{whole % 3600 // 60:02}")
    if whole >= 60:
        return _("%(minutes)sm %(seconds)ss", minutes=whole // 60, seconds=f"{whole % 60:02}")
    return _("%(seconds)ss", seconds=whole)


def percent(value: Any) -> str:
    """``41.0`` as ``41%``; values below ten keep one decimal unless it is zero."""
    if value is None:
        return NOTHING
    fine = 0 < value < 10 and round(value, 1) != round(value)
    return _percentage(f"{value:.1f}" if fine else f"{round(value)}")


def megabytes(count: int) -> str:
    """A number of bytes as ``3.4 MB``, a megabyte being a million bytes."""
    return _("%(number)s MB", number=f"{count / 1_000_000:,.1f}".translate(_signs(spoken())))


def money(value: Any) -> str:
    """An amount from the stats API (``{"value": 12.5, "currency": "EUR", ...}``) in the current language."""
    return NOTHING if value is None else format_currency(value["value"], value["currency"], locale=locale())


def amount(value: Any) -> Any:
    """The figure as a number, to be drawn or compared; of money the value without its currency."""
    return value["value"] if isinstance(value, dict) else value


FORMATS: dict[str, Callable[[Any], str]] = {"percent": percent, "seconds": duration, "money": money}
"""Units that are not plain numbers."""


def figure(metric: Metric, value: Any) -> str:
    """The value of a metric as text."""
    return FORMATS.get(metric.unit, number)(value)


def _percentage(text: str) -> str:
    return _percent_form(spoken()).format(text.translate(_signs(spoken())))


@lru_cache(maxsize=64)
def _signs(code: str) -> dict[int, str]:
    """The separators of thousands and of decimals."""
    known = locale_of(code)
    group = THIN_SPACE if code == ENGLISH else get_group_symbol(known)
    return str.maketrans({",": group, ".": get_decimal_symbol(known)})


@lru_cache(maxsize=64)
def _percent_form(code: str) -> str:
    return str(locale_of(code).percent_formats[None].pattern).replace("#,##0", "{}")


@lru_cache(maxsize=4096)
def _compact(code: str, value: float) -> str:
    """The number in compact form; in languages without a short word for thousands, in full."""
    written = format_compact_decimal(value, locale=locale_of(code), fraction_digits=1)
    return number(value) if written.isdigit() else written


# --- changes ---------------------------------------------------------------------------------------------


class Change(Struct, frozen=True):
    """How a figure moved compared with an earlier period."""

    text: str
    """``+12%``, or what can be said where no percentage makes sense."""
    direction: str
    """``up``, ``down`` or ``same``."""
    verdict: str
    """``better``, ``worse`` or ``same``: fewer bounces are better."""


def change(metric: Metric, now: Any, before: Any) -> Change | None:
    """How ``now`` compares with ``before``; None if either is unknown or both are zero. From zero there is no percentage,
    so the change is "new". Shares are compared in percentage points, since a percentage of a percentage misleads."""
    if now is None or before is None:
        return None
    difference = now - before
    share = difference if metric.unit == "percent" else 100 * difference / before if before else None if now else 0
    return moved(metric, share, before)


def moved(metric: Metric, by: float | None, before: Any) -> Change | None:
    """The same from a known change, in per cent or points (with one decimal below ten, as in ``percent``):
    ``comparison.change`` of an answer, which compares periods of equal length. None if the answer has none."""
    if before is None or (by is None and before) or (not by and not before and by is not None):
        return None
    if by is None:
        return Change(_("new"), "up", _verdict(metric, "up"))
    by = round(by, 1) if metric.unit == "percent" and abs(by) < 10 else round(by)
    direction = "up" if by > 0 else "down" if by < 0 else "same"
    return Change(_amount(metric.unit, by), direction, _verdict(metric, direction))


def _verdict(metric: Metric, direction: str) -> str:
    return "same" if direction == "same" else "better" if (direction == "down") == metric.falling_is_good else "worse"


def _amount(unit: str, by: float) -> str:
    if unit == "percent":
        return _("%(points)s pp", points=_signed(by))
    return _percentage(_signed(by)) if by < 1000 else f"×{by / 100 + 1:.0f}"


def _signed(value: float) -> str:
    return f"{value:+g}".replace("-", "\N{MINUS SIGN}").translate(_signs(spoken())) if value else "±0"


# --- days and times --------------------------------------------------------------------------------------


def day(value: date) -> str:
    """``Sun 22 Nov 2026``; the month in letters, since 03/04 is ambiguous."""
    return _written(spoken(), _DAY, value)


def short_day(value: date) -> str:
    """``22 Nov 2026``."""
    return _written(spoken(), "yMMMd", value)


def days(first: date, last: date) -> str:
    """A range of days without repetitions: ``15 – 21 Nov 2026``."""
    return day(first) if first == last else _run(spoken(), first, last)


def month(value: date) -> str:
    """``November 2026``."""
    return _written(spoken(), "yMMMM", value)


def weekday(value: int) -> str:
    """``Mon`` for 0, counted as ``date.weekday`` does."""
    return str(locale_of(spoken()).days["stand-alone"]["abbreviated"][value])


def clock_time(value: time | datetime) -> str:
    """``14:05``."""
    return _written(spoken(), "Hm", time(value.hour, value.minute))


def clock_seconds(value: time | datetime) -> str:
    """``14:05:09``."""
    return _written(spoken(), "Hms", time(value.hour, value.minute, value.second))


def moment(value: datetime) -> str:
    """``22 Nov 2026, 14:05``, in the time zone of ``value``."""
    return _joined(short_day(value.date()), clock_time(value))


def bucket(start: datetime, unit: str) -> str:
    """The short name of a time bucket, for the axis of a chart; ``start`` is in the site's zone."""
    if unit in ("minute", "hour"):
        return clock_time(start)
    return _written(spoken(), "yMMM" if unit == "month" else "MMMd", start.date())


def long_bucket(start: datetime, unit: str) -> str:
    """The full name of a time bucket, for readout and table; ``start`` is in the site's zone."""
    if unit in ("minute", "hour"):
        return _joined(day(start.date()), clock_time(start))
    if unit == "month":
        return month(start.date())
    return _("Week of %(day)s", day=day(start.date())) if unit == "week" else day(start.date())


def _joined(day_text: str, time_text: str) -> str:
    joined: str = locale_of(spoken()).datetime_formats["medium"]
    return joined.replace("{1}", day_text).replace("{0}", time_text)


@lru_cache(maxsize=16_384)
def _written(code: str, skeleton: str, value: date | time) -> str:
    """Cached, because the same days appear on every page and formatting one takes 15 µs."""
    return _pattern(code, skeleton).apply(value, locale_of(code))


@lru_cache(maxsize=256)
def _pattern(code: str, skeleton: str) -> DateTimePattern:
    return parse_pattern(_OWN_PATTERNS.get((code, skeleton)) or locale_of(code).datetime_skeletons[skeleton])


@lru_cache(maxsize=4096)
def _run(code: str, first: date, last: date) -> str:
    part = "y" if first.year != last.year else "M" if first.month != last.month else "d"
    halves = (_OWN_RUNS.get(code) or locale_of(code).interval_formats["yMMMd"])[part]
    return "".join(
        parse_pattern(half).apply(each, locale_of(code)) for half, each in zip(halves, (first, last), strict=True)
    )
