"""The chart over time: two answers lined up, bucket by bucket."""

from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from analytics.panels import Panel
from analytics.query.answering import Result
from analytics.query.metrics import Metric
from analytics.web.asker import Asker
from analytics.web.figures import NOTHING, bucket, figure, long_bucket, short
from analytics.web.forms.chart import Chart, Point, drawn


class Series(Struct, frozen=True, kw_only=True):
    """The chart and its table."""

    metric: Metric
    chart: Chart
    ups: list[str]
    """What the marks of the axis say."""
    texts: list[tuple[str, str]]
    """Per bucket: the figure, and that of the period before."""
    readouts: list[str]
    """Per bucket: all of it in words."""
    compared: bool
    empty: bool


def series(asker: Asker, panel: Panel) -> Series:
    """The chosen metric over time, with the period before as a second line."""
    metric = asker.metric(asker.selection.metric)
    wanted: dict[str, Any] = {"metrics": [metric.name], "include": {"time_labels": True}}
    found = asker.ask(panel, compare=asker.compared is None, **wanted)
    earlier = None
    if asker.compared:
        # Asked for apart, since an answer with its comparison leaves out the buckets that are empty now.
        earlier = asker.ask(panel, **wanted, dimensions=found.query["dimensions"], date_range=asker.compared)
    points = _points(found, earlier, metric, asker.now)
    chart = drawn(points)
    texts = [(_known(metric, each.value), _known(metric, each.before)) for each in points]
    return Series(
        metric=metric,
        chart=chart,
        ups=[figure(metric, tick.value) if metric.unit == "seconds" else short(tick.value) for tick in chart.up],
        texts=texts,
        readouts=[_readout(point, *text) for point, text in zip(points, texts, strict=True)],
        compared=any(each.before is not None for each in points),
        empty=not any(each.value for each in points),
    )


def _points(found: Result, earlier: Result | None, metric: Metric, now: datetime) -> list[Point]:
    unit = found.query["dimensions"][0].partition(":")[2]
    values = _by_label(found)
    before = _lined_up(earlier, unit) if earlier else {}
    labels = found.meta["time_labels"]
    starts = [_start(label) for label in labels]
    ends = [*starts[1:], _start(found.query["date_range"][1])]
    points = []
    for label, start, end, place in zip(labels, starts, ends, _places(labels, unit), strict=True):
        begun = start <= now
        name, then = before.get(place, ("", None))
        points.append(
            Point(
                label=bucket(start, unit),
                name=long_bucket(start, unit),
                value=values.get(label, _nothing(metric)) if begun else None,
                before=then if then is not None or not name else _nothing(metric),
                before_name=name,
                running=begun and now < end,
            )
        )
    return points


def _by_label(found: Result) -> dict[str, Any]:
    return {row["dimensions"][0]: row["metrics"][0] for row in found.results}


def _lined_up(earlier: Result, unit: str) -> dict[Hashable, tuple[str, Any]]:
    """Name and value of each bucket of the period before, by its place in the period."""
    values, labels = _by_label(earlier), earlier.meta["time_labels"]
    return {
        place: (long_bucket(_start(label), unit), values.get(label))
        for label, place in zip(labels, _places(labels, unit), strict=True)
    }


def _places(labels: Sequence[str], unit: str) -> list[Hashable]:
    """Where in its period each bucket lies. Hours go by the clock: a day may have 23 or 25 of them."""
    if unit != "hour" or not labels:
        return list(range(len(labels)))
    first, starts = _start(labels[0]).date(), [_start(label) for label in labels]
    return [((start.date() - first).days, start.hour, starts[:at].count(start)) for at, start in enumerate(starts)]


def _start(label: str) -> datetime:
    """A bucket's label is its first moment on the site's clock; an hour that comes twice has its offset behind it."""
    return datetime.fromisoformat(label).replace(tzinfo=None)


def _nothing(metric: Metric) -> int | None:
    return 0 if metric.counted else None


def _known(metric: Metric, value: Any) -> str:
    return "" if value is None else figure(metric, value)


def _readout(point: Point, now: str, then: str) -> str:
    said = f"{point.name}: {now or NOTHING}" + (" so far" if point.running else "")
    return f"{said}\n{point.before_name}: {then or NOTHING}" if point.before_name else said
