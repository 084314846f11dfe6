"""Figures, dates and times as people read them, in the language that is spoken: thousands apart, durations in minutes,
changes with a direction.

Values in, text out. Forms are those of the Unicode CLDR (Babel carries it), but for English: that is written for readers of
all countries, with thousands apart by a space (ISO 80000-1) and the day before the month.
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
    """A figure for an axis: ``12.5K``, ``3M``; small ones as they are."""
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
    """``41.0`` as ``41%``; one decimal below ten where there is one."""
    if value is None:
        return NOTHING
    fine = 0 < value < 10 and round(value, 1) != round(value)
    return _percentage(f"{value:.1f}" if fine else f"{round(value)}")


def megabytes(count: int) -> str:
    """Bytes as ``3.4 MB``, of a million each."""
    return _("%(number)s MB", number=f"{count / 1_000_000:,.1f}".translate(_signs(spoken())))


def money(value: Any) -> str:
    """An amount as the stats API writes it (``{"value": 12.5, "currency": "EUR", ...}``) in the language spoken."""
    return NOTHING if value is None else format_currency(value["value"], value["currency"], locale=locale())


def amount(value: Any) -> Any:
    """The figure as a number, to be drawn or compared; that of money without its currency."""
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
    """What stands between thousands and before decimals."""
    known = locale_of(code)
    group = THIN_SPACE if code == ENGLISH else get_group_symbol(known)
    return str.maketrans({",": group, ".": get_decimal_symbol(known)})


@lru_cache(maxsize=64)
def _percent_form(code: str) -> str:
    return str(locale_of(code).percent_formats[None].pattern).replace("#,##0", "{}")


@lru_cache(maxsize=4096)
def _compact(code: str, value: float) -> str:
    """Languages without a short word for thousands have the number."""
    written = format_compact_decimal(value, locale=locale_of(code), fraction_digits=1)
    return number(value) if written.isdigit() else written


# --- changes ---------------------------------------------------------------------------------------------


class Change(Struct, frozen=True):
    """How a figure moved against the period before."""

    text: str
    """``+12%``, or what can be said where no percentage makes sense."""
    direction: str
    """``up``, ``down`` or ``same``."""
    verdict: str
    """``better``, ``worse`` or ``same``: fewer bounces are better."""


def change(metric: Metric, now: Any, before: Any) -> Change | None:
    """How ``now`` compares with ``before``; None when either is unknown or both are nothing.

    A percentage of zero does not exist: from nothing to something is "new". Shares differ in percentage points,
    since a percentage of a percentage misleads.
    """
    if now is None or before is None:
        return None
    difference = now - before
    share = difference if metric.unit == "percent" else 100 * difference / before if before else None if now else 0
    return moved(metric, share, before)


def moved(metric: Metric, by: float | None, before: Any) -> Change | None:
    """The same where it is known by how many per cent, or points (one decimal below ten, as ``percent``), it moved
    (``comparison.change`` of an answer, which is about equal times): None where that has no answer."""
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
    """``Sun 22 Nov 2026``; the month in letters, since 03/04 means two days."""
    return _written(spoken(), _DAY, value)


def short_day(value: date) -> str:
    """``22 Nov 2026``."""
    return _written(spoken(), "yMMMd", value)


def days(first: date, last: date) -> str:
    """A run of days, saying each part once: ``15 – 21 Nov 2026``."""
    return day(first) if first == last else _run(spoken(), first, last)


def month(value: date) -> str:
    """``November 2026``."""
    return _written(spoken(), "yMMMM", value)


def weekday(value: int) -> str:
    """``Mon`` for 0, as ``date.weekday`` counts."""
    return str(locale_of(spoken()).days["stand-alone"]["abbreviated"][value])


def clock_time(value: time | datetime) -> str:
    """``14:05``."""
    return _written(spoken(), "Hm", time(value.hour, value.minute))


def clock_seconds(value: time | datetime) -> str:
    """``14:05:09``."""
    return _written(spoken(), "Hms", time(value.hour, value.minute, value.second))


def moment(value: datetime) -> str:
    """``22 Nov 2026, 14:05``, on the clock that ``value`` is of."""
    return _joined(short_day(value.date()), clock_time(value))


def bucket(start: datetime, unit: str) -> str:
    """A time bucket's short name, for under the chart; ``start`` on the site's clock."""
    if unit in ("minute", "hour"):
        return clock_time(start)
    return _written(spoken(), "yMMM" if unit == "month" else "MMMd", start.date())


def long_bucket(start: datetime, unit: str) -> str:
    """A time bucket's full name, for readout and table; ``start`` on the site's clock."""
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
    """The same days stand on every page, and one takes 15 µs to write."""
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
