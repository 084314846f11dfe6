"""The last half hour, minute by minute: who is here, on which pages, from where, and which events arrive.

It covers only today: past days keep quarter-hours, so just after midnight the half hour is shorter.
"""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from msgspec import Struct

from analytics.boards.reading import dashboards
from analytics.panels import Panel, Question
from analytics.query.metrics import METRICS
from analytics.resources import folder
from analytics.web.figures import clock_time, figure, number
from analytics.web.forms.bars import Table, bars
from analytics.web.forms.chart import Chart, Point, drawn
from analytics.web.language import _
from analytics.web.question.asker import Asker
from analytics.web.question.limits import shown_to
from analytics.web.question.selection import Selection

MINUTES = 30
SECONDS = 10
"""Between two looks, while the page is in view."""
_OF_MINUTES = Panel(name="minutes", title="", form="bars", query=Question(("visitors",), ("time:minute",)))
_OF_ALL = Panel(name="all", title="", form="number", query=Question(("visitors", "pageviews", "events")))


class Minute(Struct, frozen=True):
    """A minute as a row of the table, and as text to be read out."""

    name: str
    text: str
    readout: str


class List(Struct, frozen=True):
    """One of the lists."""

    name: str
    title: str
    note: str
    table: Table


class Realtime(Struct, frozen=True, kw_only=True):
    """The page, ready to be rendered."""

    selection: Selection
    """The reader's, with the filters alone."""
    figures: list[tuple[str, str]]
    """Label and figure of the half hour."""
    chart: Chart
    minutes: list[Minute]
    lists: list[List]


def half_hour(selection: Selection, now: datetime) -> Selection:
    """The selection of these minutes, up to the current one; ``now`` is in the site's zone."""
    running = now.replace(second=0, microsecond=0)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = (running.astimezone(UTC) - timedelta(minutes=MINUTES - 1)).astimezone(now.tzinfo)
    start, end = max(wanted, midnight), (running.astimezone(UTC) + timedelta(minutes=1)).astimezone(now.tzinfo)
    return selection.within(_shown(start), _shown(end))


def _shown(moment: datetime) -> datetime:
    """The time on the site's clock, with the offset when the clock shows it twice."""
    offset = moment.utcoffset()
    twice = moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()
    return moment.replace(tzinfo=timezone(offset)) if twice and offset is not None else moment.replace(tzinfo=None)


def made(asker: Asker) -> Realtime:
    """The page of the selection, which comes from ``half_hour``."""
    points = _points(asker)
    return Realtime(
        selection=Selection(filters=asker.selection.filters),
        figures=_figures(asker),
        chart=drawn(points, "bars"),
        minutes=[_minute(point) for point in points],
        lists=[_list(asker, panel) for panel in _panels() if shown_to(panel, asker.viewer)],
    )


def _panels() -> list[Panel]:
    return [panel for each in dashboards(folder("dashboards") / "realtime") for panel in each.panels]


def _points(asker: Asker) -> list[Point]:
    found = asker.ask(_OF_MINUTES, include={"time_labels": True})
    values: dict[str, Any] = {row["dimensions"][0]: row["metrics"][0] for row in found.results}
    labels = found.meta["time_labels"]
    names = [clock_time(datetime.fromisoformat(label)) for label in labels]
    return [
        Point(label=name, name=name, value=values.get(label, 0), running=label == labels[-1])
        for label, name in zip(labels, names, strict=True)
    ]


def _minute(point: Point) -> Minute:
    said = number(point.value)
    return Minute(point.name, said, _("%(minute)s: %(visitors)s visitors", minute=point.name, visitors=said))


def _figures(asker: Asker) -> list[tuple[str, str]]:
    row = asker.ask(_OF_ALL).results[0]
    metrics = [METRICS[name] for name in _OF_ALL.query.metrics]
    return [(_(metric.label), figure(metric, cell)) for metric, cell in zip(metrics, row["metrics"], strict=True)]


def _list(asker: Asker, panel: Panel) -> List:
    return List(panel.name, panel.title, panel.note, bars(asker, panel))
