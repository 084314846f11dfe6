"""The periods of a dashboard: their names, and the days they cover. Pure: ``day`` is passed in."""

import calendar
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial

from analytics.web.language import marked

DAY = timedelta(days=1)
PERIODS = {
    "day": marked("Today"),
    "1d": marked("Yesterday"),
    "24h": marked("Last 24 hours"),
    "7d": marked("Last 7 days"),
    "28d": marked("Last 28 days"),
    "30d": marked("Last 30 days"),
    "91d": marked("Last 91 days"),
    "week": marked("This week"),
    "month": marked("This month"),
    "1mo": marked("Last month"),
    "year": marked("This year"),
    "12mo": marked("Last 12 months"),
    "all": marked("All time"),
    "custom": marked("Custom dates"),
    "hours": marked("Custom hours"),
}
"""The periods by their words in the query language; ``week``, ``custom`` and ``hours`` are asked for as days or moments."""
MENU = {period: text for period, text in PERIODS.items() if period not in ("custom", "hours")}
"""Those that are chosen by their name alone."""
PAST = {
    "day": marked("One day"),
    "7d": marked("7 days"),
    "28d": marked("28 days"),
    "30d": marked("30 days"),
    "91d": marked("91 days"),
    "week": marked("One week"),
    "month": marked("One month"),
    "year": marked("One year"),
    "12mo": marked("12 months"),
}
"""What a period is called that is not the present one."""
DEFAULT_PERIOD = "day"
STEPPED_AS = {"1d": "day", "1mo": "month"}
"""Periods that are another period's last one: from yesterday one steps on to today, which does not end yesterday."""

INTERVALS = {
    "minute": marked("Minutes"),
    "hour": marked("Hours"),
    "day": marked("Days"),
    "week": marked("Weeks"),
    "month": marked("Months"),
}
"""How wide the buckets of the chart can be: the dimension ``time:<interval>``."""


def _month_ends(day: date, months: int = 0) -> tuple[date, date]:
    """The first and last day of the month ``months`` after that of ``day``."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1), date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def _several_days(length: int, day: date, anchored: bool) -> tuple[date, date]:
    """A period of several days, as in the query language: the current one ends yesterday, a past one on its day."""
    last = day if anchored else day - DAY
    return last - timedelta(days=length - 1), last


def _several_months(length: int, day: date, anchored: bool) -> tuple[date, date]:
    last = 0 if anchored else -1
    return _month_ends(day, last - length + 1)[0], _month_ends(day, last)[1]


def _week(day: date, first_weekday: int) -> tuple[date, date]:
    first = day - timedelta(days=(day.weekday() - first_weekday) % 7)
    return first, first + timedelta(days=6)


NAMED: Mapping[str, Callable[[date, int], tuple[date, date]]] = {
    "day": lambda day, _first_weekday: (day, day),
    "week": _week,
    "month": lambda day, _first_weekday: _month_ends(day),
    "year": lambda day, _first_weekday: (day.replace(month=1, day=1), day.replace(month=12, day=31)),
}
"""Periods of the calendar, the shorter first: the one that a day lies in, in weeks that begin on a day of the week."""
ROLLING: Mapping[str, Callable[[date, bool], tuple[date, date]]] = {
    **{f"{length}d": partial(_several_days, length) for length in (1, 7, 28, 30, 91)},
    **{f"{length}mo": partial(_several_months, length) for length in (1, 12)},
}
"""Runs of days and months: the present one, or the one that ends on a day."""
UNANCHORED = ("24h", "all", *STEPPED_AS)
"""Periods that there is only one of."""
_MONTHS_LONG = {"month": 1, "year": 12, "12mo": 12}


def shifted(period: str, days: tuple[date, date], steps: int) -> tuple[date, date]:
    """The first and last day of the period ``steps`` periods later, or earlier if negative."""
    first, last = days
    if months := _MONTHS_LONG.get(period, 0) * steps:
        return _month_ends(first, months)[0], _month_ends(last, months)[1]
    length = (last - first + DAY) * steps
    return first + length, last + length


def intervals(days: tuple[date, date], hours: float, today: date) -> list[str]:
    """The intervals that suit a stretch of so many days and hours: those that give between two and a few hundred buckets.
    Minutes are possible only today, since a past day keeps quarter-hours."""
    length = (days[1] - days[0]).days + 1
    fit = {
        "minute": hours <= _HOURS_IN_MINUTES and days == (today, today),
        "hour": hours > 1 and length <= _DAYS_IN_HOURS,
        "day": hours >= _HOURS_IN_DAYS and length <= _DAYS_IN_DAYS,
        "week": length >= _DAYS_IN_WEEKS,
        "month": length >= _DAYS_IN_MONTHS,
    }
    return [interval for interval in INTERVALS if fit[interval]]


_HOURS_IN_MINUTES, _DAYS_IN_HOURS, _DAYS_IN_DAYS = 6, 14, 400
"""The longest stretch that is shown in minutes, in hours and in days."""
_HOURS_IN_DAYS = 48
_DAYS_IN_WEEKS, _DAYS_IN_MONTHS = 14, 59
"""The shortest that is shown in weeks and in months."""
