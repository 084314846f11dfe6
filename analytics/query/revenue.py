"""Revenue: which currency the money of a question is in.

There is no rate of exchange here, so money is added up in one currency alone: the one of the goals that are asked
for. By goal, each row has its goal's own. What was earned in another currency is left out, and the answer says how
many events that were.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from analytics.errors import QueryError
from analytics.model import Goal
from analytics.query.dimensions import GOAL
from analytics.query.filters import shown_goals
from analytics.query.query import Question


class Revenue(Struct, frozen=True):
    """The currency of each row of an answer."""

    currencies: Mapping[str, str]
    """Goal -> its currency, empty for none; of the goals that are asked for."""
    goal: int | None
    """Position of the dimension that names the goal; None: all rows have one currency."""

    def currency(self, dimensions: Sequence[Any]) -> str:
        """The currency of the row with these dimensions; empty where its goal has none."""
        if self.goal is not None:
            return self.currencies.get(dimensions[self.goal], "")
        return next(filter(None, self.currencies.values()))


def definite(question: Question, goals: Sequence[Goal]) -> Revenue | None:
    """What the money of a question is in, None where it asks for none; ``goals`` are the site's.

    Raises QueryError where the goals asked for have no currency, or several that would be added up.
    """
    metric = next((number for number, metric in enumerate(question.metrics) if metric.unit == "money"), None)
    if metric is None:
        return None
    currencies = {goal.name: goal.currency for goal in shown_goals(question.filters, goals)}
    known = sorted(set(filter(None, currencies.values())))
    column = next((number for number, asked in enumerate(question.dimensions) if asked.name == GOAL), None)
    if not known:
        raise QueryError(f"#/metrics/{metric}", "None of the goals that are asked for has a currency")
    if len(known) > 1 and column is None:
        problem = f'The goals have several currencies ({", ".join(known)}): ask by "{GOAL}", or for those of one'
        raise QueryError(f"#/metrics/{metric}", problem)
    return Revenue(currencies, column)


def money(amount: float | None, currency: str) -> dict[str, Any] | None:
    """An amount as the API writes it."""
    if amount is None:
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
