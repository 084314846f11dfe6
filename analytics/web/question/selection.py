"""What the reader of a dashboard has chosen, and the address that says so.

All state is in the URL, so a dashboard can be linked, bookmarked and reloaded; every link on the page is this
value with one thing changed. Pure: no request, no clock; ``today`` is handed in.

============ ============================================================================================
parameter    meaning
============ ============================================================================================
dashboard    the name of a dashboard; without it: ``main``
period       a key of ``PERIODS``; without it: ``day``
date         a day in the period, for periods in the past: ``2026-11-21``
from, to     first and last day of ``custom``; of ``hours`` the first moment and the one after the last, on the
             site's clock: ``2026-11-22T09:00``
f            a filter, may be repeated (all must hold): ``is,visit:country,DE,AT`` (any of the values), ``is,segment,3``.
             A comma or backslash inside a value has a backslash before it.
compare      a key of ``COMPARISONS``; without it: ``before``
against_from first and last day that ``compare=custom`` compares with
against_to
weekdays     ``match``: Mondays are compared with Mondays
metric       what the chart shows
interval     how wide the chart's buckets are; without it, and where it makes no sense: as suits the period
draw         ``line`` or ``bars``; without it: as suits the number of buckets
show         a panel opened in its card's tabs, may be repeated
panel        one panel alone, as a full list
search       of that list: only values that contain this text
sort         of that list: by this column, the most first; ``pageviews,asc``: the least first
size         rows on one page of that list: ``25 100 500``; without it: 100
page         the page of that list
open         what lies over the dashboard: ``filter values question``
about        what that is about: a filter to be changed, a dimension and typed text, a panel
choose       a panel and what was chosen in it, such as a property: ``properties,plan``; may be repeated
language     a key of ``LANGUAGES``; without it: as its reader wants it
============ ============================================================================================
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct
from msgspec.structs import replace

from analytics.boards.reading import MAIN
from analytics.web.language import marked
from analytics.web.question.filters import Filter, escaped
from analytics.web.question.periods import DAY, DEFAULT_PERIOD, NAMED, ROLLING, STEPPED_AS, shifted

COMPARISONS = {
    "before": marked("Previous period"),
    "year": marked("Same period last year"),
    "custom": marked("Custom dates"),
    "off": marked("Do not compare"),
}
"""What the figures can be compared with."""
DEFAULT_COMPARISON = "before"
DRAWN = {"line": marked("Line"), "bars": marked("Bars")}
_SECOND = timedelta(seconds=1)
DEFAULT_METRIC = "visitors"
SIZES = (25, 100, 500)
DEFAULT_SIZE = 100
"""Rows on one page of a panel shown alone."""
OPENED = ("filter", "values", "question")
"""What can be open over the dashboard."""


class Selection(Struct, frozen=True, kw_only=True):
    """One state of the dashboard. Methods named ``with_...`` and the like return a changed copy."""

    dashboard: str = MAIN
    """Its name (``boards/reading.py``)."""
    period: str = DEFAULT_PERIOD
    day: date | None = None
    """A day in a past period; ``date`` in the URL."""
    first: date | None = None
    """First day of ``custom``."""
    last: date | None = None
    start: datetime | None = None
    """The first moment of ``hours``, on the site's clock; with an offset where that clock shows it twice."""
    end: datetime | None = None
    """The moment after the last one of ``hours``."""
    filters: tuple[Filter, ...] = ()
    compare: str = DEFAULT_COMPARISON
    """A key of ``COMPARISONS``."""
    against_first: date | None = None
    """The first day that ``custom`` compares with."""
    against_last: date | None = None
    weekdays: bool = False
    """Whether the comparison is shifted to the same days of the week."""
    metric: str = DEFAULT_METRIC
    interval: str = ""
    """A key of ``INTERVALS``, or empty: as suits the period."""
    draw: str = ""
    """A key of ``DRAWN``, or empty: as suits the number of buckets."""
    show: tuple[str, ...] = ()
    panel: str = ""
    search: str = ""
    sort: str = ""
    """Metric or dimension; empty: as the panel sorts."""
    ascending: bool = False
    size: int = DEFAULT_SIZE
    page: int = 1
    choices: tuple[tuple[str, str], ...] = ()
    """Pairs of a panel's name and what was chosen in it."""
    open: str = ""
    about: str = ""
    language: str = ""
    """A key of ``LANGUAGES`` in which the page is written for every reader, or empty: each reader's own."""
    first_weekday: int = 0
    """The site's first day of the week, as in ``date.weekday``; not part of the address."""

    def parameters(self) -> list[tuple[str, str]]:
        """Name and value of every parameter that differs from its default, in a fixed order: equal states have equal
        URLs."""
        return [
            *_given("dashboard", self.dashboard, MAIN),
            *_given("period", self.period, DEFAULT_PERIOD),
            *_given("date", written(self.day), None),
            *_given("from", written(self.first or self.start), None),
            *_given("to", written(self.last or self.end), None),
            *(("f", each.text) for each in self.filters),
            *_given("compare", self.compare, DEFAULT_COMPARISON),
            *_given("against_from", written(self.against_first), None),
            *_given("against_to", written(self.against_last), None),
            *_given("weekdays", "match" if self.weekdays else None, None),
            *_given("metric", self.metric, DEFAULT_METRIC),
            *_given("interval", self.interval, ""),
            *_given("draw", self.draw, ""),
            *(("show", name) for name in self.show),
            *_given("panel", self.panel, ""),
            *(self._list_parameters() if self.panel else ()),
            *(("choose", ",".join(map(escaped, choice))) for choice in self.choices),
            *_given("open", self.open, ""),
            *_given("about", self.about if self.open else "", ""),
            *_given("language", self.language, ""),
        ]

    def _list_parameters(self) -> list[tuple[str, str]]:
        return [
            *_given("search", self.search, ""),
            *_given("sort", f"{self.sort},asc" if self.sort and self.ascending else self.sort, ""),
            *_given("size", self.size, DEFAULT_SIZE),
            *_given("page", self.page, 1),
        ]

    def query_string(self) -> str:
        """``?...``, or nothing if every parameter has its default."""
        found = self.parameters()
        return "?" + urlencode(found, quote_via=quote, safe=":,/") if found else "?"

    def with_dashboard(self, name: str) -> "Selection":
        """With another dashboard, which has panels of its own."""
        return replace(self.with_panel(""), dashboard=name, show=(), open="", about="")

    def with_period(self, period: str, day: date | None = None) -> "Selection":
        """With another period; ``day`` selects one in the past."""
        return replace(self, period=period, day=day, first=None, last=None, start=None, end=None, page=1)

    def spanning(self, first: date, last: date, today: date) -> "Selection":
        """With the days from ``first`` to ``last``, under a period's own name if they are one, such as a whole month."""
        for period, make in NAMED.items():
            if make(first, self.first_weekday) == (first, last):
                here = self.with_period(period)
                return here if here.days(today) == (first, last) else self.with_period(period, last)
        return replace(self.with_period("custom"), first=first, last=last)

    def within(self, start: datetime, end: datetime) -> "Selection":
        """With the time from ``start`` until ``end``, exclusive, on the site's clock."""
        return replace(self.with_period("hours"), start=start, end=end)

    def wider(self, today: date) -> "Selection | None":
        """With the next longer period around the present one: the day of some hours, the month of a day, the year of a
        month."""
        days = self.days(today)
        if days is None:
            return None
        for period, make in NAMED.items():
            first, last = make(days[0], self.first_weekday)
            inside = first <= days[0] and days[1] <= last
            if inside and period != "week" and (self.period == "hours" or (first, last) != days):
                return self.spanning(first, last, today)
        return None

    def with_metric(self, metric: str) -> "Selection":
        """With another metric in the chart."""
        return replace(self, metric=metric)

    def with_comparison(self, compare: str) -> "Selection":
        """With another comparison, a key of ``COMPARISONS``."""
        return replace(self, compare=compare, against_first=None, against_last=None)

    def with_weekdays(self, matched: bool) -> "Selection":
        """With or without the same days of the week in both periods."""
        return replace(self, weekdays=matched)

    def with_interval(self, interval: str) -> "Selection":
        """With other buckets in the chart; empty for those that suit the period."""
        return replace(self, interval=interval)

    def drawn(self, draw: str) -> "Selection":
        """With the chart as ``line`` or ``bars``; empty for what suits it."""
        return replace(self, draw=draw)

    def with_panel(self, panel: str, page: int = 1) -> "Selection":
        """With one panel alone, or all if empty. A panel opened this way starts without search, sorted in its own order."""
        if panel != self.panel:
            return replace(self, panel=panel, page=page, search="", sort="", ascending=False)
        return replace(self, page=page)

    def with_size(self, size: int) -> "Selection":
        """With so many rows on a page of the panel."""
        return replace(self, size=size, page=1)

    def searched(self, text: str) -> "Selection":
        """With only those rows of the panel whose value contains the text; all if empty."""
        return replace(self, search=text, page=1)

    def sorted_by(self, column: str, *, ascending: bool = False) -> "Selection":
        """With the panel's rows sorted by this metric or dimension."""
        return replace(self, sort=column, ascending=ascending, page=1)

    def opened(self, what: str, about: str = "") -> "Selection":
        """With one of ``OPENED`` over the dashboard; empty: nothing."""
        return replace(self, open=what, about=about if what else "")

    def with_tab(self, panel: str, group: Collection[str]) -> "Selection":
        """With ``panel`` shown in the tabs of its group, which are the names of all panels in that card."""
        others = tuple(name for name in self.show if name not in group)
        return replace(self, show=(*others, panel))

    def chosen(self, panel: str) -> str:
        """What the reader chose in this panel; empty: nothing."""
        return dict(self.choices).get(panel, "")

    def choosing(self, panel: str, value: str) -> "Selection":
        """With another choice in this panel; empty for the panel's own."""
        others = tuple(choice for choice in self.choices if choice[0] != panel)
        return replace(self, choices=(*others, (panel, value)) if value else others, page=1)

    def narrowed(self, dimension: str, value: str) -> "Selection":
        """With a filter for this value. It replaces a filter for other values of the dimension."""
        kept = tuple(each for each in self.filters if (each.operation, each.dimension) != ("is", dimension))
        return replace(self, filters=(*kept, Filter("is", dimension, (value,)))).with_panel("")._beginning(self)

    def adding(self, wanted: Filter) -> "Selection":
        """With one filter more, beside those that are there."""
        return self.exchanged(None, wanted).with_panel("")

    def without(self, dimension: str, value: str) -> "Selection":
        """With this value excluded. It joins an exclusion of other values of the dimension."""
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
        """With this filter reversed: ``is`` becomes ``is_not`` and so on."""
        return self.exchanged(turned, Filter(turned.opposite, turned.dimension, turned.values))

    def exchanged(self, old: Filter | None, new: Filter) -> "Selection":
        """With ``new`` in place of ``old``, or added at the end if ``old`` is not among the filters."""
        kept = self.filters if old in self.filters else (*self.filters, new)
        found = replace(self, filters=tuple(dict.fromkeys(new if each == old else each for each in kept)), page=1)
        return found._beginning(self)

    def _beginning(self, before: "Selection") -> "Selection":
        """When filters by what visitors did are added, the chart starts with the default metric: a goal's events have no
        page views."""
        return replace(self, metric=DEFAULT_METRIC) if self.converts and not before.converts else self

    def unfiltered(self) -> "Selection":
        """Without any filter."""
        return replace(self, filters=(), page=1)

    def unconverted(self) -> "Selection":
        """Without the filters about what visitors did: about all visitors."""
        return replace(self, filters=tuple(each for each in self.filters if not each.of_conversions), page=1)

    def is_only(self, dimension: str, value: str) -> Filter | None:
        """The filter that keeps exactly this value, if there is one."""
        wanted = Filter("is", dimension, (value,))
        return wanted if wanted in self.filters else None

    @property
    def converts(self) -> bool:
        """Whether the reader filters by something that visitors did: a goal that they reached, or an event other than a
        page view."""
        return any(each.of_conversions for each in self.filters)

    def days(self, today: date) -> tuple[date, date] | None:
        """The first and last day of the period; ``today`` is the site's. None for ``all``."""
        if self.period == "custom":
            return self.first or today, self.last or today
        if self.start and self.end:
            return self.start.date(), (clock(self.end) - _SECOND).date()
        if self.period == "24h":
            return today - DAY, today
        if self.period in ROLLING:
            return ROLLING[self.period](self.day or today, self.day is not None)
        return NAMED[self.period](self.day or today, self.first_weekday) if self.period in NAMED else None

    def date_range(self, today: date) -> str | list[str]:
        """The period in the query language: its keyword for the current one, else days or moments."""
        if self.start and self.end:
            return [_moment(self.start), _moment(self.end - _SECOND)]
        days = self.days(today)
        if days is None or (self.period not in ("custom", "week") and self.day is None):
            return self.period
        return [day.isoformat() for day in days]

    def comparison(self) -> dict[str, Any]:
        """The comparison, as in ``include`` of a question; empty: none."""
        if self.compare == "off" or self.period == "all":
            return {}
        if self.compare == "custom":
            return {"comparison": [written(self.against_first), written(self.against_last)]}
        if self.compare == "before" and self.start and self.end:
            return {"comparison": self._same_hours(self.start, self.end)}
        words = "year_over_year" if self.compare == "year" else "previous_period"
        return {"comparison": words} | ({"match_day_of_week": True} if self.weekdays else {})

    def _same_hours(self, start: datetime, end: datetime) -> list[str]:
        """The same hours of the day before, or of the week before."""
        days = ((clock(end) - _SECOND).date() - start.date()).days + 1
        back = timedelta(days=-(-days // 7) * 7 if self.weekdays else days)
        return [_moment(clock(moment) - back) for moment in (start, end - _SECOND)]

    def hours(self, today: date) -> float:
        """How many hours of the clock it covers; 24 for ``all``, which is measured in days."""
        if self.start and self.end:
            return (clock(self.end) - clock(self.start)) / timedelta(hours=1)
        days = self.days(today) or (today, today)
        return 24 if self.period == "24h" else 24 * ((days[1] - days[0]).days + 1)

    def includes(self, today: date) -> bool:
        """Whether what happens now affects what is shown."""
        days = self.days(today)
        return days is None or days[0] <= today <= days[1]

    def stepped(self, steps: int, today: date) -> "Selection | None":
        """The period ``steps`` periods later, or earlier if negative; None if that lies in the future."""
        if self.start and self.end:
            length = (clock(self.end) - clock(self.start)) * steps
            moved = self.within(clock(self.start) + length, clock(self.end) + length)
            return moved if moved.start and moved.start.date() <= today else None
        days = self.days(today)
        if days is None or self.period == "24h":
            return None
        if self.period in STEPPED_AS:
            return self.with_period(STEPPED_AS[self.period], days[1]).stepped(steps, today)
        first, last = shifted(self.period, days, steps)
        if first > today:
            return None
        if self.period == "custom":
            return replace(self, first=first, last=last, page=1)
        present = replace(self, day=None).days(today)
        anchored = replace(self, day=None if (first, last) == present else last, page=1)
        return anchored if steps < 0 or present is None or first <= present[0] else None


def _given(name: str, value: Any, default: Any) -> list[tuple[str, str]]:
    return [] if value is None or value == default else [(name, str(value))]


def written(when: date | datetime | None) -> str | None:
    """A day or moment as it is written in the address, moments to the minute."""
    if when is None:
        return None
    return when.isoformat(timespec="minutes") if isinstance(when, datetime) else when.isoformat()


def _moment(when: datetime) -> str:
    return when.isoformat(timespec="seconds")


def clock(when: datetime) -> datetime:
    """The time that the clock shows, without its offset."""
    return when.replace(tzinfo=None)
