"""The form ``goals``: how many reached each of the site's goals, what share of all visitors that is, and what it earned."""

from msgspec.structs import replace

from analytics.panels import Panel
from analytics.query.dimensions import GOAL
from analytics.web.asker import Asker
from analytics.web.forms.bars import Table, bars

REACHED = ("visitors", "events", "conversion_rate")
EARNED = ("total_revenue", "average_revenue")
"""Shown as soon as one of the goals has a currency."""


def goals(asker: Asker, panel: Panel) -> Table:
    """One row a goal that was reached, the most visitors first."""
    money = any(goal.currency for goal in asker.control.goals(asker.site))
    metrics = (*REACHED, *EARNED) if money else REACHED
    return bars(asker, replace(panel, query=replace(panel.query, metrics=metrics, dimensions=(GOAL,))))
