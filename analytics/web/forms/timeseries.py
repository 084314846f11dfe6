"""The form ``timeseries``: two answers lined up bucket by bucket, with links into each bucket and the notes of its time."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from analytics.panels import Panel
from analytics.query.answering import Result
from analytics.query.metrics import Metric
from analytics.site import Note
from analytics.web.figures import NOTHING, bucket, clock_time, day, days, figure, long_bucket, short
from analytics.web.forms.chart import Chart, Mark, Point, drawn
from analytics.web.forms.conversion import charted, nobody_did
from analytics.web.language import _
from analytics.web.question.asker import Asker
from analytics.web.question.periods import INTERVALS, intervals
from analytics.web.question.selection import DRAWN, Selection, clock

_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)
_DAYS_OF_WEEK, _SHORTEST_DAY = 7, timedelta(hours=20)
_OF_MOMENTS = ("minute", "hour")
"""Units whose buckets are no whole days."""
_HOURS_IN_MINUTES = 2
"""Up to so many hours of today are shown in minutes, unless the reader wants hours."""


class Option(Struct, frozen=True):
    """One way to show the chart."""

    text: str
    chosen: bool
    choose: Selection


class Remark(Struct, frozen=True, kw_only=True):
    """A note as text."""

    id: int
    when: str
    text: str
    public: bool


class Bucket(Struct, frozen=True, kw_only=True):
    """One bucket, as drawn and as a row of the table."""

    mark: Mark
    text: str
    before: str
    readout: str
    """All of it in words; lines."""
    since: str
    """Its first day, or its first moment on the site's clock, as ``from`` in an address has it."""
    until: str
    """Its last day, or the moment after its last, as ``to`` in an address has it."""
    zoom: Selection | None
    """The dashboard of this time alone; None: nothing to see there, or nothing finer."""
    remarks: list[Remark]
    moment: dict[str, str]
    """Its day, and its time where it is shorter, as the address of a new note has them."""


class Series(Struct, frozen=True, kw_only=True):
    """The chart and its table."""

    metric: Metric
    chart: Chart
    ups: list[str]
    """What the marks of the axis say."""
    buckets: list[Bucket]
    unit: str
    """A key of ``INTERVALS``."""
    intervals: list[Option]
    """What the buckets can be; the one in effect among them."""
    ways: list[Option]
    """How they can be drawn."""
    wider: Selection | None
    remarks: list[Remark]
    note_day: date
    """The day that a new note is of, unless another is chosen."""
    compared: bool
    empty: bool


def series(asker: Asker, panel: Panel) -> Series:
    """The chosen metric over time, with the comparison as a second line."""
    if asker.days is None:
        asker.figures(("visitors",))  # determines the days of “all time”
    metric = charted(asker)
    first, last = asker.days or (asker.today, asker.today)
    fit = intervals((first, last), asker.selection.hours(asker.today), asker.today)
    found, values, before = _answered(asker, panel, metric, _dimension(asker, panel, fit))
    unit = _unit(found)
    spans = _spans(found)
    points = _points(found.meta["time_labels"], spans, values, before, metric, unit, asker.now)
    chart = drawn(points, asker.selection.draw)
    buckets = _buckets(asker, metric, unit, spans, chart.marks)
    return Series(
        metric=metric,
        chart=chart,
        ups=_ups(metric, chart),
        buckets=buckets,
        unit=unit,
        intervals=_intervals(asker.selection, fit, unit) if panel.query.dimensions == ("time",) else [],
        ways=_ways(asker.selection, chart),
        wider=asker.selection.wider(asker.today),
        remarks=[remark for each in buckets for remark in each.remarks],
        note_day=max(first, min(last, asker.today)),
        compared=any(each.before is not None for each in points),
        empty=not any(each.value for each in points),
    )


def _answered(
    asker: Asker, panel: Panel, metric: Metric, dimension: str
) -> tuple[Result, dict[str, Any], dict[Hashable, tuple[str, Any]]]:
    """The answer, its values by label, and the name and value of each bucket of the compared period by its position."""
    wanted: dict[str, Any] = {"metrics": [metric.name], "dimensions": [dimension], "include": {"time_labels": True}}
    found = asker.ask(panel, compare=asker.compared is None, **wanted)
    wanted["dimensions"] = found.query["dimensions"]
    values = nobody_did(asker, panel, metric, wanted) | _by_label(found)
    if not asker.compared:
        return found, values, {}
    # Asked for separately, since an answer with a comparison leaves out buckets that are empty now.
    wanted["date_range"] = asker.compared
    earlier = asker.ask(panel, **wanted)
    return found, values, _lined_up(earlier, nobody_did(asker, panel, metric, wanted) | _by_label(earlier), _unit(found))


def _unit(found: Result) -> str:
    """The ``hour`` of ``time:hour``."""
    unit: str = found.query["dimensions"][0].partition(":")[2]
    return unit


def _ups(metric: Metric, chart: Chart) -> list[str]:
    written = metric.unit in ("seconds", "percent")
    return [figure(metric, tick.value) if written else short(tick.value) for tick in chart.up]


# --- which buckets ----------------------------------------------------------------------------------------


def _dimension(asker: Asker, panel: Panel, fit: Sequence[str]) -> str:
    """The interval that the reader chose, if it suits the period; else the panel's own, or the one that suits best."""
    own = panel.query.dimensions[0]
    if own != "time":
        return own
    if asker.selection.interval in fit:
        return f"time:{asker.selection.interval}"
    return "time:minute" if "minute" in fit and asker.selection.hours(asker.today) <= _HOURS_IN_MINUTES else "time"


def _intervals(selection: Selection, fit: Sequence[str], unit: str) -> list[Option]:
    shown = [interval for interval in INTERVALS if interval in fit or interval == unit]
    return (
        [Option(_(INTERVALS[each]), each == unit, selection.with_interval(each)) for each in shown] if len(shown) > 1 else []
    )


def _ways(selection: Selection, chart: Chart) -> list[Option]:
    now = "bars" if chart.bars else "line"
    return [Option(_(text), way == now, selection.drawn(way)) for way, text in DRAWN.items()]


def _spans(found: Result) -> list[tuple[datetime, datetime]]:
    """Where each bucket begins and ends on the site's clock: limited to the range, and with the offset for an hour that
    comes twice."""
    first, last = (datetime.fromisoformat(moment).replace(tzinfo=None) for moment in found.query["date_range"])
    starts = [datetime.fromisoformat(label) for label in found.meta["time_labels"]]
    starts = [start if start.tzinfo else max(start, first) for start in starts]
    ends = [*starts[1:], last + _SECOND]
    return [
        (start, start + timedelta(hours=1) if start.tzinfo else end.replace(tzinfo=None))
        for start, end in zip(starts, ends, strict=True)
    ]


def _points(
    labels: Sequence[str], spans: Sequence[tuple[datetime, datetime]], values: Mapping[str, Any],
    earlier: Mapping[Hashable, tuple[str, Any]], metric: Metric, unit: str, now: datetime,
) -> list[Point]:  # fmt: skip
    points = []
    for label, (start, end), place in zip(labels, spans, _places(labels, unit), strict=True):
        begun = clock(start) <= now
        name, then = earlier.get(place, ("", None))
        points.append(
            Point(
                label=bucket(clock(start), unit),
                name=_name(start, end, unit),
                value=values.get(label, metric.nothing) if begun else None,
                before=then if then is not None or not name else metric.nothing,
                before_name=name,
                running=begun and now < clock(end),
            )
        )
    return points


def _name(start: datetime, end: datetime, unit: str) -> str:
    """The name of a bucket; a day, week or month that the range cuts says so."""
    first, last = start.date(), (end - _SECOND).date()
    if unit == "day" and end - start < _SHORTEST_DAY:
        return _("%(day)s (part of a day)", day=day(first))
    if unit == "week" and (last - first).days + 1 < _DAYS_OF_WEEK:
        return _("%(days)s (part of a week)", days=days(first, last))
    if unit == "month" and (first.day, end.day) != (1, 1):
        return _("%(days)s (part of a month)", days=days(first, last))
    return long_bucket(clock(start), unit)


def _by_label(found: Result) -> dict[str, Any]:
    """The known values by label. An answer with a comparison also has rows that exist only in the compared period."""
    return {row["dimensions"][0]: row["metrics"][0] for row in found.results if row["metrics"][0] is not None}


def _lined_up(earlier: Result, values: Mapping[str, Any], unit: str) -> dict[Hashable, tuple[str, Any]]:
    """The name and value of each bucket of the compared period, by its position."""
    labels = earlier.meta["time_labels"]
    named = [_name(start, end, unit) for start, end in _spans(earlier)]
    places = _places(labels, unit)
    return {place: (name, values.get(label)) for place, name, label in zip(places, named, labels, strict=True)}


def _places(labels: Sequence[str], unit: str) -> list[Hashable]:
    """The position of each bucket within its period. Hours follow the clock: a day may have 23 or 25 of them."""
    if unit != "hour" or not labels:
        return list(range(len(labels)))
    starts = [clock(datetime.fromisoformat(label)) for label in labels]
    first = starts[0].date()
    return [((start.date() - first).days, start.hour, starts[:at].count(start)) for at, start in enumerate(starts)]


# --- what is said of each ---------------------------------------------------------------------------------


def _buckets(
    asker: Asker, metric: Metric, unit: str, spans: Sequence[tuple[datetime, datetime]], marks: Sequence[Mark]
) -> list[Bucket]:
    remarks = _remarks(_readable(asker), spans)
    found = []
    for place, ((start, end), mark) in enumerate(zip(spans, marks, strict=True)):
        text, before = (_known(metric, value) for value in (mark.point.value, mark.point.before))
        found.append(
            Bucket(
                mark=mark,
                text=text,
                before=before,
                readout=_readout(mark.point, text, before, remarks[place]),
                since=_first(unit, start),
                until=_last(unit, end),
                zoom=_zoom(asker, unit, start, end) if mark.point.value is not None and len(spans) > 1 else None,
                remarks=remarks[place],
                moment=_moment(unit, start),
            )
        )
    return found


def _zoom(asker: Asker, unit: str, start: datetime, end: datetime) -> Selection | None:
    """The dashboard for one bucket alone, with buckets that suit it."""
    inside = replace(asker.selection, interval="", draw="")
    if unit == "minute":
        return None
    if unit == "hour":
        return inside.within(start, end)
    return inside.spanning(start.date(), (end - _SECOND).date(), asker.today)


def _first(unit: str, start: datetime) -> str:
    return start.isoformat(timespec="minutes") if unit in _OF_MOMENTS else start.date().isoformat()


def _last(unit: str, end: datetime) -> str:
    return end.isoformat(timespec="minutes") if unit in _OF_MOMENTS else (end - _SECOND).date().isoformat()


def _moment(unit: str, start: datetime) -> dict[str, str]:
    return {"day": start.date().isoformat()} | ({"time": f"{start:%H:%M}"} if unit in _OF_MOMENTS else {})


def _readable(asker: Asker) -> list[Note]:
    """The site's notes that this viewer may read: without access to the whole site, only those marked as public."""
    notes = asker.control.notes.all(asker.site)
    return notes if asker.viewer.sees_everything else [note for note in notes if note.public]


def _remarks(notes: Sequence[Note], spans: Sequence[tuple[datetime, datetime]]) -> list[list[Remark]]:
    """The notes of each bucket. A note about a whole day belongs to the first bucket that overlaps that day."""
    found: list[list[Remark]] = [[] for _span in spans]
    for note in notes:
        begin = datetime.combine(note.day, time.fromisoformat(note.time or "00:00"))
        over = begin + (timedelta(minutes=1) if note.time else _DAY)
        place = next((at for at, (start, end) in enumerate(spans) if clock(start) < over and begin < clock(end)), None)
        if place is not None:
            found[place].append(Remark(id=note.id, when=said(note.day, note.time), text=note.text, public=note.public))
    return found


def said(on: date, at: str) -> str:
    """The time of a note, in words."""
    return _("%(day)s, %(time)s", day=day(on), time=clock_time(time.fromisoformat(at))) if at else day(on)


def _known(metric: Metric, value: Any) -> str:
    return "" if value is None else figure(metric, value)


def _readout(point: Point, now: str, then: str, remarks: Sequence[Remark]) -> str:
    known = {"bucket": point.name, "figure": now or NOTHING}
    lines = [_("%(bucket)s: %(figure)s so far", **known) if point.running else _("%(bucket)s: %(figure)s", **known)]
    if point.before_name:
        lines.append(_("%(bucket)s: %(figure)s", bucket=point.before_name, figure=then or NOTHING))
    return "\n".join([*lines, *(remark.text for remark in remarks)])
