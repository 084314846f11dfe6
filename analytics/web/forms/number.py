"""The form ``number``: headline figures with their change against the days they are compared with."""

from typing import Any

from msgspec import Struct

from analytics.panels import Panel
from analytics.query.metrics import Metric
from analytics.web.asker import Asker
from analytics.web.figures import Change, change, figure
from analytics.web.selection import Selection


class Number(Struct, frozen=True, kw_only=True):
    """One headline figure."""

    metric: Metric
    text: str
    before: str
    change: Change | None
    chosen: bool
    choose: Selection


class Numbers(Struct, frozen=True):
    """The headline figures."""

    numbers: list[Number]


def numbers(asker: Asker, panel: Panel) -> Numbers:
    """The headline figures with their change."""
    row = asker.ask(panel, compare=True).results[0]
    before = row.get("comparison", {}).get("metrics") or [None] * len(panel.query.metrics)
    return Numbers(
        [
            _number(asker, asker.metric(name), now, then)
            for name, now, then in zip(panel.query.metrics, row["metrics"], before, strict=True)
        ]
    )


def _number(asker: Asker, metric: Metric, now: Any, then: Any) -> Number:
    return Number(
        metric=metric,
        text=figure(metric, now),
        before=figure(metric, then) if then is not None else "",
        change=change(metric, now, then),
        chosen=metric.name == asker.selection.metric,
        choose=asker.selection.with_metric(metric.name),
    )
