"""The form ``goals``: how many visitors reached each of the site's goals, their share of all visitors, and the revenue."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from msgspec.structs import replace

from analytics.panels import Panel
from analytics.query.dimensions import GOAL
from analytics.site import Goal
from analytics.web.figures import NOTHING
from analytics.web.forms.bars import Table, bars
from analytics.web.forms.conversion import goals_left
from analytics.web.question.asker import Asker

REACHED = ("visitors", "events", "conversion_rate")
EARNED = ("total_revenue", "average_revenue")
"""Shown as soon as one of the goals shown has a currency."""


def goals(asker: Asker, panel: Panel) -> Table:
    """One row per goal that was reached, the most visitors first."""
    known = {goal.name: goal for goal in asker.control.goals.all(asker.site)}
    metrics = (*REACHED, *EARNED) if _earning(asker, panel) else REACHED
    found = bars(asker, replace(panel, query=replace(panel.query, metrics=metrics, dimensions=(GOAL,))))
    entries = [replace(entry, cells=without_events(known.get(entry.value), entry.cells, NOTHING)) for entry in found.entries]
    return replace(found, entries=entries)


def _earning(asker: Asker, panel: Panel) -> bool:
    """Whether one of the shown goals has a currency; if not, revenue is not queried."""
    searched = asker.selection.search.casefold() if asker.selection.panel == panel.name else ""
    return any(goal.currency for goal in goals_left(asker) if searched in goal.name.casefold())


def without_events(goal: Goal | None, figures: Sequence[Any], nothing: str | None = None) -> list[Any]:
    """The figures of ``REACHED`` that apply to a goal: a scroll goal is reached by reading time, which is not an event to
    count."""
    if goal is None or goal.kind != "scroll":
        return list(figures)
    return [nothing if name == "events" else figure for name, figure in zip_longest(REACHED, figures)]
