"""What the reader of a dashboard has chosen, and the address that says so.

All state is in the URL, so a dashboard can be linked, bookmarked and reloaded; every link on the page is this
value with one thing changed. Pure: no request, no clock; ``today`` is handed in.

========== ==============================================================================================
parameter  meaning
========== ==============================================================================================
period     ``day 7d 28d month 12mo all custom``; without it: ``day``
date       a day in the period, for periods in the past: ``2026-11-21``
from, to   first and last day of ``custom``
f          a filter, may be repeated (all must hold): ``is,visit:country,DE,AT`` (any of the values).
           A comma or backslash inside a value has a backslash before it.
compare    ``off``: no previous period
metric     what the chart shows
show       a panel opened in its card's tabs, may be repeated
panel      one panel alone, as a full list
page       the page of that list
========== ==============================================================================================
"""

import calendar
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct
from msgspec.structs import replace

from analytics.query.dimensions import GOAL, find
from analytics.query.metrics import METRICS

OPERATIONS = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "contains_not": "does not contain",
}
"""The filter operations a reader can choose, in words."""

REFUSED_OF_GOALS = ("is_not", "contains_not")
"""Operations that the query language has not for goals (query/filter_json.py)."""
OPPOSITES = {"is": "is_not", "is_not": "is", "contains": "contains_not", "contains_not": "contains"}

PERIODS = {
    "day": "Today",
    "7d": "Last 7 days",
    "28d": "Last 28 days",
    "month": "This month",
    "12mo": "Last 12 months",
    "all": "All time",
    "custom": "Chosen days",
}
DEFAULT_PERIOD = "day"
_EARLIEST, _LATEST = date(1990, 1, 1), date(2199, 12, 31)
"""Days outside are typing mistakes, and would run over the calendar's ends when one steps from them."""
DEFAULT_METRIC = "visitors"


Arguments = Mapping[str, Sequence[str]]
"""Query parameters, some repeated."""


class Filter(Struct, frozen=True):
    """One condition: the dimension's value is (or is not, or contains) one of the values."""

    operation: str
    dimension: str
    values: tuple[str, ...]

    @property
    def text(self) -> str:
        """As it stands in the URL."""
        return ",".join((self.operation, self.dimension, *map(_escaped, self.values)))

    @property
    def question(self) -> list[Any]:
        """In the query language. Who is not of a goal is of the visits that have not reached it: an event that is none
        says nothing of its visit."""
        if self.dimension == GOAL and self.operation in REFUSED_OF_GOALS:
            return ["has_not_done", [OPPOSITES[self.operation], self.dimension, list(self.values)]]
        return [self.operation, self.dimension, list(self.values)]


class Selection(Struct, frozen=True, kw_only=True):
    """One state of the dashboard."""

    period: str = DEFAULT_PERIOD
    day: date | None = None
    """A day in the period, for periods in the past: ``date`` in the URL."""
    first: date | None = None
    last: date | None = None
    filters: tuple[Filter, ...] = ()
    compare: bool = True
    metric: str = DEFAULT_METRIC
    show: tuple[str, ...] = ()
    panel: str = ""
    page: int = 1

    def parameters(self) -> list[tuple[str, str]]:
        """Name and value of everything that is not as by default, in a fixed order: equal states, equal URLs."""
        return [
            *_given("period", self.period, DEFAULT_PERIOD),
            *_given("date", self.day and self.day.isoformat(), None),
            *_given("from", self.first and self.first.isoformat(), None),
            *_given("to", self.last and self.last.isoformat(), None),
            *(("f", each.text) for each in self.filters),
            *_given("compare", None if self.compare else "off", None),
            *_given("metric", self.metric, DEFAULT_METRIC),
            *(("show", name) for name in self.show),
            *_given("panel", self.panel, ""),
            *_given("page", self.page if self.panel else 1, 1),
        ]

    def query_string(self) -> str:
        """``?...``, or nothing when all is as by default."""
        found = self.parameters()
        return "?" + urlencode(found, quote_via=quote, safe=":,/") if found else "?"

    def with_period(self, period: str, day: date | None = None) -> "Selection":
        """Another period; ``day`` chooses one in the past."""
        return replace(self, period=period, day=day, first=None, last=None, page=1)

    def with_metric(self, metric: str) -> "Selection":
        """Another metric in the chart."""
        return replace(self, metric=metric)

    def with_comparison(self, wanted: bool) -> "Selection":
        """With or without the previous period."""
        return replace(self, compare=wanted)

    def with_panel(self, panel: str, page: int = 1) -> "Selection":
        """One panel alone; empty for all of them."""
        return replace(self, panel=panel, page=page)

    def with_tab(self, panel: str, group: Collection[str]) -> "Selection":
        """``panel`` open in the tabs of its group (the names of all panels in that card)."""
        others = tuple(name for name in self.show if name not in group)
        return replace(self, show=(*others, panel))

    def narrowed(self, dimension: str, value: str) -> "Selection":
        """Only what has this value; a filter for other values of the dimension gives way."""
        kept = tuple(each for each in self.filters if (each.operation, each.dimension) != ("is", dimension))
        return replace(self, filters=(*kept, Filter("is", dimension, (value,))), page=1)

    def without(self, dimension: str, value: str) -> "Selection":
        """All but this value; joins an exclusion of other values of the dimension."""
        joined: tuple[str, ...] = ()
        kept = []
        for each in self.filters:
            if (each.operation, each.dimension) == ("is_not", dimension):
                joined += each.values
            else:
                kept.append(each)
        values = tuple(dict.fromkeys((*joined, value)))
        return replace(self, filters=(*kept, Filter("is_not", dimension, values)), page=1)

    def removed(self, unwanted: Filter) -> "Selection":
        """Without this filter."""
        return replace(self, filters=tuple(each for each in self.filters if each != unwanted), page=1)

    def turned(self, turned: Filter) -> "Selection":
        """With this filter as its opposite: ``is`` for ``is_not`` and so on."""
        new = Filter(OPPOSITES[turned.operation], turned.dimension, turned.values)
        return replace(self, filters=tuple(new if each == turned else each for each in self.filters), page=1)

    def unfiltered(self) -> "Selection":
        """Without any filter."""
        return replace(self, filters=(), page=1)

    def is_only(self, dimension: str, value: str) -> Filter | None:
        """The filter that leaves exactly this value, if there is one."""
        wanted = Filter("is", dimension, (value,))
        return wanted if wanted in self.filters else None

    def days(self, today: date) -> tuple[date, date] | None:
        """First and last day of the period, ``today`` being the site's; None for ``all``."""
        if self.period == "custom":
            return self.first or today, self.last or today
        return _RUNS[self.period](self.day or today, self.day is not None) if self.period in _RUNS else None

    def date_range(self, today: date) -> str | list[str]:
        """The period in the query language: its word for the present one, else the days."""
        days = self.days(today)
        if days is None or (self.period != "custom" and self.day is None):
            return self.period
        return [day.isoformat() for day in days]

    def includes(self, today: date) -> bool:
        """Whether what happens now changes what is shown."""
        days = self.days(today)
        return days is None or days[0] <= today <= days[1]

    def stepped(self, steps: int, today: date) -> "Selection | None":
        """The period as many periods later (earlier if negative); None where nothing can be yet."""
        days = self.days(today)
        if days is None:
            return None
        first, last = _step(self.period, days, steps)
        if first > today:
            return None
        if self.period == "custom":
            return replace(self, first=first, last=last, page=1)
        present = replace(self, day=None).days(today)
        anchored = replace(self, day=None if (first, last) == present else last, page=1)
        return anchored if steps < 0 or present is None or first <= present[0] else None


def parsed(arguments: Arguments) -> tuple[Selection, list[str]]:
    """The selection that a URL asks for, and what could not be understood in it, in words.

    A part that makes no sense is left out rather than refused: an old link still shows a dashboard.
    """
    problems: list[str] = []
    period = _one(arguments, "period") or DEFAULT_PERIOD
    if period not in PERIODS:
        problems.append(f"There is no period “{period}”.")
        period = DEFAULT_PERIOD
    first, last = (_day(_one(arguments, name), problems) for name in ("from", "to"))
    filters = [found for text in arguments.get("f", ()) if (found := _filter(text, problems))]
    selection = Selection(
        period=period,
        day=_day(_one(arguments, "date"), problems) if period != "custom" else None,
        first=min(filter(None, (first, last)), default=None) if period == "custom" else None,
        last=max(filter(None, (first, last)), default=None) if period == "custom" else None,
        filters=tuple(dict.fromkeys(filters)),
        compare=_one(arguments, "compare") != "off",
        metric=_metric(_one(arguments, "metric"), problems),
        show=tuple(arguments.get("show", ())),
        panel=_one(arguments, "panel"),
        page=_page(_one(arguments, "page")),
    )
    return selection, problems


def _one(arguments: Arguments, name: str) -> str:
    return next(iter(arguments.get(name, ())), "")


def added(selection: Selection, arguments: Arguments) -> Selection:
    """The selection with the filter of the filter form: ``dimension``, ``operation`` and ``value``."""
    wanted = Filter(_one(arguments, "operation") or "is", _one(arguments, "dimension"), (_one(arguments, "value"),))
    known = wanted.operation in OPERATIONS and wanted.dimension and wanted.values[0] and wanted not in selection.filters
    return replace(selection, filters=(*selection.filters, wanted), page=1) if known else selection


def split(text: str) -> list[str]:
    """The parts between commas; a backslash takes the next character as it is."""
    parts = re.findall(r"(?:\\.|[^,\\])*,", text + ",", re.DOTALL)
    return [re.sub(r"\\(.)", r"\1", part[:-1], flags=re.DOTALL) for part in parts]


def _escaped(value: str) -> str:
    return re.sub(r"([\\,])", r"\\\1", value)


def _filter(text: str, problems: list[str]) -> Filter | None:
    parts = split(text)
    if len(parts) < 3 or parts[0] not in OPERATIONS:
        problems.append(f"The filter “{text}” is not one.")
        return None
    if find(parts[1]) is None:
        problems.append(f"There is nothing called “{parts[1]}” to filter by.")
        return None
    return Filter(parts[0], parts[1], tuple(parts[2:]))


def _metric(name: str, problems: list[str]) -> str:
    if not name or name in METRICS:
        return name or DEFAULT_METRIC
    problems.append(f"There is no figure called “{name}”.")
    return DEFAULT_METRIC


def _day(text: str, problems: list[str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        if _EARLIEST <= day <= _LATEST:
            return day
    except ValueError:
        pass
    problems.append(f"“{text}” is not a day; write it as 2026-11-22.")
    return None


def _page(text: str) -> int:
    return int(text) if text and re.fullmatch(r"[1-9]\d{0,5}", text) else 1


def _given(name: str, value: Any, default: Any) -> list[tuple[str, str]]:
    return [] if value is None or value == default else [(name, str(value))]


def _month_ends(day: date, months: int = 0) -> tuple[date, date]:
    """First and last day of the month ``months`` after that of ``day``."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1), date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def _several_days(length: int, day: date, anchored: bool) -> tuple[date, date]:
    """As the query language has it: the present run of days ends yesterday. An anchored one ends on its day."""
    last = day if anchored else day - timedelta(days=1)
    return last - timedelta(days=length - 1), last


def _year(day: date, anchored: bool) -> tuple[date, date]:
    last = 0 if anchored else -1
    return _month_ends(day, last - 11)[0], _month_ends(day, last)[1]


_RUNS: Mapping[str, Any] = {
    "day": lambda day, _: (day, day),
    "7d": lambda day, anchored: _several_days(7, day, anchored),
    "28d": lambda day, anchored: _several_days(28, day, anchored),
    "month": lambda day, _: _month_ends(day),
    "12mo": _year,
}


def _step(period: str, days: tuple[date, date], steps: int) -> tuple[date, date]:
    first, last = days
    if period == "month":
        return _month_ends(first, steps)
    if period == "12mo":
        return _month_ends(first, 12 * steps)[0], _month_ends(last, 12 * steps)[1]
    length = (last - first + timedelta(days=1)) * steps
    return first + length, last + length
