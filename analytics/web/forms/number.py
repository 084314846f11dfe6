"""The form ``number``: headline figures with their change against the comparison, and a sparkline each."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from analytics.panels import Panel
from analytics.query.answering import Result
from analytics.query.metrics import Metric
from analytics.web.figures import Change, figure, moved
from analytics.web.forms.conversion import RATE_OF_ROW, converting, over_time, uncounted
from analytics.web.forms.lines import spark
from analytics.web.language import _
from analytics.web.question.asker import Asker
from analytics.web.question.selection import Selection


class Number(Struct, frozen=True, kw_only=True):
    """One headline figure."""

    metric: Metric
    text: str
    before: str
    change: Change | None
    chosen: bool
    choose: Selection
    course: str
    """SVG path of what it was over the time shown; empty where that is too short to have one."""
    told: str
    """The same in words."""


class Numbers(Struct, frozen=True):
    """The headline figures."""

    numbers: list[Number]


def numbers(asker: Asker, panel: Panel) -> Numbers:
    """The headline figures with their change."""
    panel = converting(asker.selection, panel)
    row = asker.ask(panel, compare=True).results[0]
    nothing = [None] * len(panel.query.metrics)
    compared = row.get("comparison", {"metrics": nothing, "change": nothing})
    courses = _courses(asker, panel)
    figures = zip(panel.query.metrics, row["metrics"], compared["metrics"], compared["change"], courses, strict=True)
    left_out = uncounted(asker)
    return Numbers([_number(asker, asker.metric(name), *known) for name, *known in figures if name not in left_out])


def _number(asker: Asker, metric: Metric, now: Any, then: Any, by: Any, course: Sequence[Any]) -> Number:
    known = [value for value in course if value is not None]
    drawn = spark(course)
    return Number(
        metric=metric,
        text=figure(metric, now),
        before=figure(metric, then) if then is not None else "",
        change=moved(metric, by, then),
        chosen=metric.name == asker.selection.metric,
        choose=asker.selection.with_metric(metric.name),
        course=drawn,
        told=_("Lowest %(least)s, highest %(most)s", least=figure(metric, min(known)), most=figure(metric, max(known)))
        if drawn
        else "",
    )


def _courses(asker: Asker, panel: Panel) -> list[list[Any]]:
    """Metric -> its value in each completed bucket. One question covers all metrics."""
    metrics = [over_time(name) for name in panel.query.metrics]
    found = asker.ask(panel, metrics=metrics, dimensions=["time"], include={"time_labels": True})
    rows = {row["dimensions"][0]: row["metrics"] for row in found.results}
    labels = _over(found, asker)
    nothing = [0 if name == RATE_OF_ROW else asker.metric(name).nothing for name in metrics]  # nobody converted then
    return [list(course) for course in zip(*(rows.get(label, nothing) for label in labels), strict=True)] or [
        [] for _name in metrics
    ]


def _over(found: Result, asker: Asker) -> list[str]:
    """The labels of the buckets that have ended: one that is still rising would look like a fall."""
    labels: list[str] = found.meta["time_labels"]
    ends = [*labels[1:], found.query["date_range"][1].replace("T", " ")]
    return [label for label, end in zip(labels, ends, strict=True) if end[:19] <= asker.now.isoformat(" ")]
