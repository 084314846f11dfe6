"""Revenue: the currency of a question's amounts.

There are no exchange rates here, so amounts are added up in one currency: that of the goals in the question. Grouped by
goal, each row has its goal's currency. Amounts in other currencies are left out, and the answer says how many events they
were. If the goals have no currency, or several, no amount is reported, and the answer says why.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from analytics.query.dimensions import GOAL
from analytics.query.filters import shown_goals
from analytics.query.query import Question, by_goals
from analytics.site import Goal

_UNTOLD = {
    "no_revenue_goals_matching": "Revenue is null: none of the goals that are asked for has a currency.",
    "no_single_revenue_currency": "Revenue is null: the goals that are asked for have several currencies.",
}
"""Why no amount is reported, in the codes of Plausible's answers."""


class Revenue(Struct, frozen=True):
    """The currency of each row of an answer."""

    currencies: Mapping[str, str]
    """Goal -> its currency, empty for none; of the goals that are asked for, and none where no goals are."""
    goal: int | None
    """Position of the dimension that names the goal; None: all rows have the same currency."""
    common: str
    """The currency that all these goals share; empty if they have none, or several."""
    untold: dict[str, Any] | None
    """Why all amounts are ``null``, as in ``meta.metric_warnings``; None: they are not."""

    def currency(self, dimensions: Sequence[Any]) -> str:
        """The currency of the row with these dimensions; empty if its goal has none."""
        return self.common if self.goal is None else self.currencies.get(dimensions[self.goal], "")


def definite(question: Question, goals: Sequence[Goal]) -> Revenue | None:
    """The currency of the question's amounts; None if it asks for none. ``goals`` are the site's."""
    if all(metric.unit != "money" for metric in question.metrics):
        return None
    column = next((number for number, asked in enumerate(question.dimensions) if asked.name == GOAL), None)
    named = shown_goals(question.filters, goals) if by_goals(question) else []
    known = sorted({goal.currency for goal in named if goal.currency})
    common = known[0] if len(known) == 1 else ""
    return Revenue({goal.name: goal.currency for goal in named}, column, common, _untold(known, column))


def _untold(known: Sequence[str], column: int | None) -> dict[str, Any] | None:
    if known and (len(known) == 1 or column is not None):
        return None
    code = "no_single_revenue_currency" if known else "no_revenue_goals_matching"
    return {"code": code, "warning": _UNTOLD[code]}


def money(amount: float | None, currency: str) -> dict[str, Any] | None:
    """An amount as the API writes it; None if it has no currency."""
    if amount is None or not currency:
        return None
    return {
        "value": amount,
        "currency": currency,
        "short": f"{currency} {_short(amount)}",
        "long": f"{currency} {amount:,.2f}",
    }


def _short(amount: float) -> str:
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(amount) >= size:
            return f"{amount / size:.1f}{letter}"
    return f"{amount:.1f}"
