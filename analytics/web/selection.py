"""What the reader of a dashboard has chosen, and the address that says so.

All state is in the URL, so a dashboard can be linked, bookmarked and reloaded; every link on the page is this
value with one thing changed. Pure: no request, no clock; ``today`` is handed in.

========== ==============================================================================================
parameter  meaning
========== ==============================================================================================
period     ``day 7d 28d month 12mo all custom``; without it: ``day``
date       a day in the period, for periods in the past: ``2026-11-21``
from, to   first and last day of ``custom``
f          a filter, may be repeated (all must hold): ``is,visit:country,DE,AT`` (any of the values), ``is,segment,3``.
           A comma or backslash inside a value has a backslash before it.
compare    ``off``: no previous period
metric     what the chart shows
show       a panel opened in its card's tabs, may be repeated
panel      one panel alone, as a full list
search     of that list: only values that contain this text
sort       of that list: by this column, the most first; ``pageviews,asc``: the least first
size       rows on one page of that list: ``25 100 500``; without it: 100
page       the page of that list
open       what lies over the dashboard: ``filter values question``
about      what that is about: a filter to be changed, a dimension and typed text, a panel
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

from analytics.query.metrics import METRICS
from analytics.web.filters import Filter, operations_of, read

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
SIZES = (25, 100, 500)
DEFAULT_SIZE = 100
"""Rows on one page of a panel shown alone."""
OPENED = ("filter", "values", "question")
"""What can lie over the dashboard."""


Arguments = Mapping[str, Sequence[str]]
"""Query parameters, some repeated."""


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
    search: str = ""
    sort: str = ""
    """Metric or dimension; empty: as the panel sorts."""
    ascending: bool = False
    size: int = DEFAULT_SIZE
    page: int = 1
    open: str = ""
    about: str = ""

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
            *(self._list_parameters() if self.panel else ()),
            *_given("open", self.open, ""),
            *_given("about", self.about if self.open else "", ""),
        ]

    def _list_parameters(self) -> list[tuple[str, str]]:
        return [
            *_given("search", self.search, ""),
            *_given("sort", f"{self.sort},asc" if self.sort and self.ascending else self.sort, ""),
            *_given("size", self.size, DEFAULT_SIZE),
            *_given("page", self.page, 1),
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
        """One panel alone; empty for all of them. Another one begins unsearched and sorted in its own way."""
        if panel != self.panel:
            return replace(self, panel=panel, page=page, search="", sort="", ascending=False)
        return replace(self, page=page)

    def with_size(self, size: int) -> "Selection":
        """As many rows on a page of it."""
        return replace(self, size=size, page=1)

    def searched(self, text: str) -> "Selection":
        """Only its rows whose value contains the text; empty: all of them."""
        return replace(self, search=text, page=1)

    def sorted_by(self, column: str, *, ascending: bool = False) -> "Selection":
        """Its rows by this metric or dimension."""
        return replace(self, sort=column, ascending=ascending, page=1)

    def opened(self, what: str, about: str = "") -> "Selection":
        """With something over the dashboard (``OPENED``); empty: nothing."""
        return replace(self, open=what, about=about if what else "")

    def with_tab(self, panel: str, group: Collection[str]) -> "Selection":
        """``panel`` open in the tabs of its group (the names of all panels in that card)."""
        others = tuple(name for name in self.show if name not in group)
        return replace(self, show=(*others, panel))

    def narrowed(self, dimension: str, value: str) -> "Selection":
        """Only what has this value; a filter for other values of the dimension gives way."""
        kept = tuple(each for each in self.filters if (each.operation, each.dimension) != ("is", dimension))
        return replace(self, filters=(*kept, Filter("is", dimension, (value,))), search="", page=1)

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
        return self.exchanged(turned, Filter(turned.opposite, turned.dimension, turned.values))

    def exchanged(self, old: Filter | None, new: Filter) -> "Selection":
        """With ``new`` where ``old`` stands; behind all others where that is not among the filters."""
        kept = self.filters if old in self.filters else (*self.filters, new)
        return replace(self, filters=tuple(dict.fromkeys(new if each == old else each for each in kept)), page=1)

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
    filters = [found for text in arguments.get("f", ()) if (found := read(text, problems))]
    sort, _, order = _one(arguments, "sort").partition(",")
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
        search=_one(arguments, "search").strip(),
        sort=sort,
        ascending=bool(sort) and order == "asc",
        size=_size(_one(arguments, "size")),
        page=_page(_one(arguments, "page")),
        open=_one(arguments, "open") if _one(arguments, "open") in OPENED else "",
        about=_one(arguments, "about") if _one(arguments, "open") in OPENED else "",
    )
    return selection, problems


def _one(arguments: Arguments, name: str) -> str:
    return next(iter(arguments.get(name, ())), "")


def added(selection: Selection, arguments: Arguments) -> Selection:
    """The selection with the filter of the filter form: ``dimension``, ``operation`` and ``value``, which may be repeated.
    Takes the place of the filter ``edit``."""
    operation, dimension = _one(arguments, "operation") or "is", _one(arguments, "dimension")
    wanted = Filter(operation, dimension, tuple(value for value in arguments.get("value", ()) if value))
    if operation not in operations_of(dimension) or not wanted.values:
        return selection
    edited = next((each for each in selection.filters if each.text == _one(arguments, "edit")), None)
    return selection.exchanged(edited, wanted)


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


def _size(text: str) -> int:
    return int(text) if text in map(str, SIZES) else DEFAULT_SIZE


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
