"""What a panel shows while the reader filters by a goal or an event: who did that, how often, and what share of all.

Figures of whole visits, such as the bounce rate, say nothing of that. A panel says in ``goal.metrics`` what it shows
instead; lists of visitors do not need to.
"""

import operator
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from analytics.model import Goal
from analytics.panels import Panel
from analytics.query.dimensions import EVENT_NAME, GOAL
from analytics.query.metrics import Metric
from analytics.web.question.asker import Asker
from analytics.web.question.selection import DEFAULT_METRIC, Selection

RATE, RATE_OF_ROW = "conversion_rate", "group_conversion_rate"
LISTED = ("visitors", RATE_OF_ROW)
"""Columns of a list that begins with visitors and says nothing else."""


def converting(selection: Selection, panel: Panel) -> Panel:
    """The panel as it is shown where the reader filters by a goal."""
    metrics = panel.goal.metrics or _listed(panel)
    if not metrics or not selection.converts:
        return panel
    return replace(panel, query=replace(panel.query, metrics=metrics, order_by=()))


def _listed(panel: Panel) -> tuple[str, ...]:
    """Where rows are events, there is no share of the row's visitors who did something else."""
    dimensions, metrics = panel.query.dimensions, panel.query.metrics
    if not dimensions or metrics[:1] != ("visitors",):
        return ()
    of_events = dimensions[0] in (GOAL, EVENT_NAME) or dimensions[0].startswith("event:props")
    return () if of_events else LISTED


def over_time(metric: str) -> str:
    """The metric as it is asked for by time: a conversion rate is of the visitors of each day, not of all days."""
    return RATE_OF_ROW if metric == RATE else metric


def charted(asker: Asker) -> Metric:
    """The metric that the reader chose for the chart. Without a goal there is no conversion rate to be drawn."""
    selection = asker.selection
    chosen = selection.metric if selection.converts or selection.metric != RATE else DEFAULT_METRIC
    return replace(asker.metric(over_time(chosen)), label=asker.metric(chosen).label)


def nobody_did(asker: Asker, panel: Panel, metric: Metric, wanted: Mapping[str, Any]) -> dict[str, int]:
    """Buckets of time in which somebody was there: in those that an answer about a rate leaves out nobody did it, and the
    rate is 0. Where nobody was there, there is none. ``wanted``: what the chart is asked with."""
    if metric.name != RATE_OF_ROW:
        return {}
    everybody = asker.ask(panel, of=asker.selection.unconverted(), **{**wanted, "metrics": ["visitors"]})
    return {row["dimensions"][0]: 0 for row in everybody.results}


def goals_left(asker: Asker) -> list[Goal]:
    """The site's goals that the reader's filters leave: all of them, where none is about goals."""
    found = asker.control.goals.all(asker.site)
    for each in asker.selection.filters:
        if each.dimension == GOAL and each.of_conversions:
            fits = operator.eq if each.operation == "is" else operator.contains
            found = [goal for goal in found if any(fits(goal.name, value) for value in each.values)]
    return found


def uncounted(asker: Asker) -> frozenset[str]:
    """Metrics that say nothing of the goals filtered by: a goal of scrolling is reached by reading time, which is no event
    to be counted."""
    by_goals = any(each.dimension == GOAL for each in asker.selection.filters if each.of_conversions)
    return frozenset({"events"} if by_goals and all(goal.kind == "scroll" for goal in goals_left(asker)) else ())
