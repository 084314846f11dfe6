"""The visits that a funnel or a flow is about, and their events in order.

The unit is the visit, so filters select visits: those with an event, within the range, for which all filters hold. Of a
selected visit every event within the range is used. A visit over midnight has rows on both days, under two visitor numbers
and one visit number; ``seq`` orders all of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from analytics.errors import FootfallError, QueryError
from analytics.languages import marked
from analytics.model import ENGAGEMENT, PAGEVIEW
from analytics.query import general
from analytics.query.dimensions import Asked, Dimension, Kind, Value
from analytics.query.filters import Condition, Filter, as_json, conditions_of, of_more_than_a_row, sql
from analytics.query.plan import Plan
from analytics.query.query import Question, check_keys, parse
from analytics.query.statement import Draft, Scope, select, where

IN_ORDER = "(PARTITION BY visit ORDER BY seq)"
"""The window over a visit's rows in the order in which they happened."""
NAME = "event:name"
_SHARED = ("date_range", "filters", "include")


# --- the question ----------------------------------------------------------------------------------------


def parsed(source: Mapping[str, Any], own: Mapping[str, bool], include: Sequence[str]) -> Question:
    """The keys that questions about visits share with all others: days, filters, and parts of ``include``. ``own`` are the
    question's additional keys, and whether each is required. Raises QueryError naming the place."""
    shared = [key for key in _SHARED if include or key != "include"]
    required = [key for key, needed in own.items() if needed]
    check_keys(source, (*own, *shared), (*required, "date_range"))
    wanted = source.get("include")
    for key in wanted if isinstance(wanted, dict) else ():
        if key not in include:
            raise QueryError(f"#/include/{str(key)[:100]}", f"Unknown key; known are {', '.join(include)}")
    return parse({"metrics": ["visits"], **{key: source[key] for key in shared if key in source}})


def check_about_events(part: Filter, refused: Sequence[str], why: str) -> None:
    """Raises QueryError if a filter needs more than the one event that it is to find; ``why`` is a marked text."""
    for found in of_more_than_a_row([part]):
        raise QueryError(found.place, marked("This cannot be used here: %(why)s"), why=FootfallError(why))
    for condition in conditions_of([part]):
        asked = condition.dimension
        if asked.dimension.kind not in (Kind.PAGE, Kind.EVENT) or asked.name in refused:
            problem = marked('"%(name)s" cannot be used here: %(why)s')
            raise QueryError(f"{condition.place}/1", problem, name=asked.name, why=FootfallError(why))


def echo(plan: Plan, asked: Question, own: Mapping[str, Any]) -> dict[str, Any]:
    """The question as it was understood: its own keys, then the shared ones."""
    found = {**own, "date_range": plan.range.as_json(), "filters": [as_json(part) for part in asked.filters]}
    if plan.comparison:
        found["comparison_date_range"] = plan.comparison.range.as_json()
    return found


def noted(plan: Plan) -> dict[str, Any]:
    """What an answer says in addition: that its filters name values that are not told apart."""
    return plan.folding.note if plan.folding else {}


# --- its events ------------------------------------------------------------------------------------------


def column(name: str) -> Value:
    """The value of this column of an event."""
    return lambda columns, _argument: columns.column(name)


def holds(part: Filter) -> Value:
    """Whether the filter holds for an event; NULL if the event has no such value."""
    return lambda columns, _argument: sql(part, columns)


def _unlisted(name: str, value: Value) -> Asked:
    """A dimension that no question can name."""
    return Asked(name, Dimension(name=name, label=name, kind=Kind.EVENT, value=value, definition=""))


_NAME_AS_STORED = _unlisted("name", column("name"))
PAGE_VIEW = Condition("is", _NAME_AS_STORED, (PAGEVIEW,))
"""Holds for page views."""
ACT = Condition("is_not", _NAME_AS_STORED, (ENGAGEMENT,))
"""Holds for everything that a visitor does: page views and the owner's events, not reading time."""


class Visits:
    """Names tables of events of the visits that ``plan`` is about, in the statement ``draft``."""

    def __init__(self, draft: Draft, plan: Plan) -> None:
        self._draft = draft
        self._plan = plan
        start, end = (moment.replace(tzinfo=None) for moment in (plan.range.start, plan.range.end))
        self._within = f"time >= {draft.bind(start)} AND time < {draft.bind(end)}"
        filters = plan.question.filters
        self._of_visits = filters if all(_same_on_every_row(part) for part in filters) else ()
        if len(self._of_visits) < len(filters):
            events = general.events(draft, plan, Scope((), filters, (), prefix="chosen_"), [f"events {where(self._within)}"])
            chosen = draft.table("chosen", select(["DISTINCT visit"], events), kept=True)
            self._within += f" AND visit IN {among(chosen)}"

    def events(
        self, name: str, columns: Mapping[str, Value], test: Filter, of: str = "", *, kept: bool | None = None
    ) -> str:
        """Names a table of the events for which ``test`` holds, with visit, visitor, seq and these columns; returns its
        name. ``of`` limits it to the visits in that table. ``kept`` as in ``Draft.table``."""
        columns = {"seq": column("seq"), **columns}
        asked = tuple(_unlisted(key, value) for key, value in columns.items())
        scope = Scope(asked, (*self._of_visits, test), (), prefix=f"{name}_")
        within = where(self._within, f"visit IN {among(of)}" if of else "")
        found = general.events(self._draft, self._plan, scope, [f"events {within}"])
        named = [f"{key} AS {column}" for key, column in zip(scope.keys, columns, strict=True)]
        return self._draft.table(name, select(["visit", "visitor", *named], found), kept=kept)


def among(table: str) -> str:
    """The visits of this table, as a SQL list."""
    return "(" + select(["visit"], table) + ")"


def _same_on_every_row(part: Filter) -> bool:
    """Whether the filter has the same value on every event of a visit, so that any event tells whether the visit is
    selected."""
    return all(one.dimension.dimension.kind in (Kind.VISIT, Kind.JOURNEY) for one in conditions_of([part], of_visits=False))
