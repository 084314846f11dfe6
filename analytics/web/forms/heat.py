"""The form ``heat``: the hours of the week on the site's clock, darker where there is more.

A range rarely contains each weekday equally often, and daylight saving removes an hour or repeats one. So the colour shows
the mean over the hours of that kind that really occurred; an hour that did not occur is not a zero. Shares and means (a
bounce rate) are not divided.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from analytics.panels import Panel
from analytics.query.metrics import Metric
from analytics.web.figures import NOTHING, figure
from analytics.web.forms.conversion import converting
from analytics.web.forms.legend import Key, legend
from analytics.web.forms.scale import Value, by_size
from analytics.web.language import locale
from analytics.web.question.asker import Asker

HOURS = range(24)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""As the query language has them."""
Hour = tuple[int, int]
"""Weekday (0 is Monday) and hour."""
_HOUR = timedelta(hours=1)


class Cell(Struct, frozen=True, kw_only=True):
    """An hour of the week."""

    level: int
    """Its class (``scale.py``)."""
    text: str
    """Its mean; of a metric that is no count: its value."""
    total: str
    times: int
    """So many such hours there were."""


class Weekday(Struct, frozen=True):
    """One row."""

    name: str
    short: str
    cells: list[Cell]


class Heat(Struct, frozen=True, kw_only=True):
    """The hours of the week."""

    metric: Metric
    hours: list[str]
    days: list[Weekday]
    """From the day that weeks begin on."""
    legend: list[Key]
    averaged: bool
    """What is shown is a mean of several such hours."""
    empty: bool


def heat(asker: Asker, panel: Panel) -> Heat:
    """The panel's metric by weekday and hour."""
    panel = converting(asker.selection, panel)
    metric = asker.metric(panel.query.metrics[0])
    found = asker.ask(panel, dimensions=["time:hour_of_week"])
    totals = {_hour(row["dimensions"][0]): row["metrics"][0] for row in found.results}
    start, end = map(datetime.fromisoformat, found.query["date_range"])
    times = happened(asker.site.timezone, start, min(end, asker.moment))
    known = {hour: totals.get(hour, metric.nothing) for hour in (*times, *totals)}
    means = {hour: _mean(metric, total, times.get(hour, 1)) for hour, total in known.items()}
    scale = by_size(means.values())
    first = asker.site.settings.first_weekday

    def cell(hour: Hour) -> Cell:
        mean = means.get(hour)
        return Cell(
            level=scale.level(mean),
            text=NOTHING if mean is None else figure(metric, _rounded(mean)),
            total=figure(metric, known.get(hour)),
            times=times.get(hour, 0),
        )

    names, shorts = (locale().days["format"][width] for width in ("wide", "abbreviated"))
    return Heat(
        metric=metric,
        hours=[f"{hour:02}" for hour in HOURS],
        days=[
            Weekday(names[day], shorts[day], [cell((day, hour)) for hour in HOURS])
            for day in ((first + place) % 7 for place in range(7))
        ],
        legend=legend(metric, scale, _rounded),
        averaged=metric.counted and max(times.values(), default=0) > 1,
        empty=not any(totals.values()),
    )


def _hour(label: str) -> Hour:
    day, _, clock = label.partition(" ")
    return _WEEKDAYS.index(day), int(clock[:2])


def _mean(metric: Metric, total: Value, times: int) -> Value:
    return total if total is None or not metric.counted else total / times


def _rounded(mean: float) -> float:
    """Rounded to one decimal below ten, where means of small counts differ."""
    return round(mean, 1) if mean < 10 else round(mean)


def happened(zone: str, start: datetime, end: datetime) -> Mapping[Hour, int]:
    """How many of each hour of the week began between two moments, on the clocks of a zone."""
    return _happened(zone, start.astimezone(UTC), max(0, -((start - end) // _HOUR)))


@lru_cache(maxsize=64)
def _happened(zone: str, start: datetime, hours: int) -> Mapping[Hour, int]:
    begun = ((start + _HOUR * number).astimezone(ZoneInfo(zone)) for number in range(hours))
    return Counter((local.weekday(), local.hour) for local in begun)
