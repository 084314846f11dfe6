"""What a panel shows while the reader filters by a goal or an event: who did that, how often, and their share of all
visitors.

Figures of whole visits, such as the bounce rate, say nothing about that. A panel lists in ``goal.metrics`` what it shows
instead; lists of visitors need not.
"""

import operator
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from analytics.panels import Panel
from analytics.query.dimensions import EVENT_NAME, GOAL
from analytics.query.metrics import Metric
from analytics.site import Goal
from analytics.web.question.asker import Asker
from analytics.web.question.selection import DEFAULT_METRIC, Selection

RATE, RATE_OF_ROW = "conversion_rate", "group_conversion_rate"
LISTED = ("visitors", RATE_OF_ROW)
"""Columns of a list that begins with visitors and says nothing else."""


def converting(selection: Selection, panel: Panel) -> Panel:
    """The panel as it is shown while the reader filters by a goal."""
    metrics = panel.goal.metrics or _listed(panel)
    if not metrics or not selection.converts:
        return panel
    return replace(panel, query=replace(panel.query, metrics=metrics, order_by=()))


def _listed(panel: Panel) -> tuple[str, ...]:
    """The metrics of a list. Where rows are events, the share of a row's visitors who did something else does not exist."""
    dimensions, metrics = panel.query.dimensions, panel.query.metrics
    if not dimensions or metrics[:1] != ("visitors",):
        return ()
    of_events = dimensions[0] in (GOAL, EVENT_NAME) or dimensions[0].startswith("event:props")
    return () if of_events else LISTED


def over_time(metric: str) -> str:
    """The metric to ask for by time: a conversion rate in a chart refers to the visitors of each bucket, not of all days."""
    return RATE_OF_ROW if metric == RATE else metric


def charted(asker: Asker) -> Metric:
    """The metric that the reader chose for the chart, without a conversion rate if there is no goal."""
    selection = asker.selection
    chosen = selection.metric if selection.converts or selection.metric != RATE else DEFAULT_METRIC
    return replace(asker.metric(over_time(chosen)), label=asker.metric(chosen).label)


def nobody_did(asker: Asker, panel: Panel, metric: Metric, wanted: Mapping[str, Any]) -> dict[str, int]:
    """Label -> 0, for each bucket that had visitors. An answer about a rate leaves out buckets in which nobody converted:
    if they had visitors the rate is 0, else it is unknown. ``wanted`` are the chart's parts of the question."""
    if metric.name != RATE_OF_ROW:
        return {}
    everybody = asker.ask(panel, of=asker.selection.unconverted(), **{**wanted, "metrics": ["visitors"]})
    return {row["dimensions"][0]: 0 for row in everybody.results}


def goals_left(asker: Asker) -> list[Goal]:
    """The site's goals that the reader's filters keep; all of them if no filter is about goals."""
    found = asker.control.goals.all(asker.site)
    for each in asker.selection.filters:
        if each.dimension == GOAL and each.of_conversions:
            fits = operator.eq if each.operation == "is" else operator.contains
            found = [goal for goal in found if any(fits(goal.name, value) for value in each.values)]
    return found


def uncounted(asker: Asker) -> frozenset[str]:
    """Metrics that do not apply to the goals filtered by: a scroll goal is reached by reading time, which is not an event
    to count."""
    by_goals = any(each.dimension == GOAL for each in asker.selection.filters if each.of_conversions)
    return frozenset({"events"} if by_goals and all(goal.kind == "scroll" for goal in goals_left(asker)) else ())
