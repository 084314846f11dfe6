"""Figures as people read them: thousands apart, durations in minutes, changes with a direction.

Pure: values in, text out. Nothing here knows where a figure comes from.
"""

from datetime import date, datetime
from typing import Any

from msgspec import Struct

from analytics.query.metrics import Metric

THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
NOTHING = "–"
"""Shown where there is no figure: an average over nothing is not zero."""


def number(value: Any) -> str:
    """``1234567`` as ``1 234 567`` with narrow no-break spaces, and at most two decimals."""
    if value is None:
        return NOTHING
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.2f}".rstrip("0").rstrip(".").replace(",", THIN_SPACE)
    return f"{int(value):,}".replace(",", THIN_SPACE)


def short(value: Any) -> str:
    """A figure for an axis: ``12.5k``, ``3M``; small ones as they are."""
    for size, letter in ((1_000_000_000, "G"), (1_000_000, "M"), (10_000, "k")):
        if value >= size:
            scaled = value / (1000 if letter == "k" else size)
            return f"{scaled:.1f}".removesuffix(".0") + letter
    return number(value)


def duration(seconds: Any) -> str:
    """``65`` as ``1m 05s``, ``3700`` as ``1h 01m``; seconds are rounded down."""
    if seconds is None:
        return NOTHING
    whole = int(seconds)
    if whole >= 3600:
        return f"{whole // 3600}h {whole % 3600 // 60:02}m"
    return f"{whole // 60}m {whole % 60:02}s" if whole >= 60 else f"{whole}s"


def percent(value: Any) -> str:
    """``41.0`` as ``41%``; one decimal below ten where there is one."""
    if value is None:
        return NOTHING
    if 0 < value < 10 and round(value, 1) != round(value):
        return f"{value:.1f}%"
    return f"{round(value)}%"


FORMATS = {"percent": percent, "seconds": duration}
"""Units that are not plain numbers."""


def figure(metric: Metric, value: Any) -> str:
    """The value of a metric as text."""
    return FORMATS.get(metric.unit, number)(value)


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
    if now is None or before is None or (not now and not before):
        return None
    difference = now - before
    direction = "up" if difference > 0 else "down" if difference < 0 else "same"
    verdict = "same" if direction == "same" else "better" if (direction == "down") == metric.falling_is_good else "worse"
    return Change(_amount(metric.unit, difference, before), direction, verdict)


def _amount(unit: str, difference: float, before: float) -> str:
    if unit == "percent":
        return _signed(difference, " pp") if round(difference) else "±0 pp"
    if not before:
        return "new"
    share = 100 * difference / before
    if not round(share):
        return "±0%"
    return _signed(share, "%") if share < 1000 else f"×{(difference + before) / before:.0f}"


def _signed(value: float, unit: str) -> str:
    return f"{value:+.0f}{unit}".replace("-", "\N{MINUS SIGN}")


def day(value: date) -> str:
    """``Sun 22 Nov 2026``; the month in letters, since 03/04 means two days."""
    return f"{value:%a} {value.day} {value:%b %Y}"


def days(first: date, last: date) -> str:
    """A run of days, saying each part once: ``15 – 21 Nov 2026``."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} – {last.day} {last:%b %Y}"
    if first.year == last.year:
        return f"{first.day} {first:%b} – {last.day} {last:%b %Y}"
    return f"{first.day} {first:%b %Y} – {last.day} {last:%b %Y}"


def bucket(start: datetime, unit: str) -> str:
    """A time bucket's short name, for under the chart; ``start`` on the site's clock."""
    forms = {"minute": f"{start:%H:%M}", "hour": f"{start:%H:%M}", "month": f"{start:%b %Y}"}
    return forms.get(unit, f"{start.day} {start:%b}")


def long_bucket(start: datetime, unit: str) -> str:
    """A time bucket's full name, for readout and table; ``start`` on the site's clock."""
    if unit in ("minute", "hour"):
        return f"{day(start.date())}, {start:%H:%M}"
    if unit == "month":
        return f"{start:%B %Y}"
    if unit == "week":
        return f"Week of {day(start.date())}"
    return day(start.date())
