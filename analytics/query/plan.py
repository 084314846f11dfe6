"""A question with everything resolved for one site at one moment: which days, which buckets, compared with what, in which
order.

Pure: it takes the question, the site's zone and the time, and returns a value that ``compile.py`` turns into SQL.
"""

from collections.abc import Callable, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from analytics.query import buckets as bucketing
from analytics.query import period, revenue
from analytics.query.buckets import Buckets
from analytics.query.cells import Folding
from analytics.query.dimensions import Asked, find
from analytics.query.dimensions import Kind as DimensionKind
from analytics.query.filters import Condition, Filter, check_goals
from analytics.query.period import UNBOUND, Bounds, Now, Range
from analytics.query.query import Direction, Order, Question
from analytics.query.revenue import Revenue
from analytics.site import Goal

_JOURNEY_HOSTS = {
    "visit:entry_page": "visit:entry_page_hostname",
    "visit:exit_page": "visit:exit_page_hostname",
}


class Plan(Struct, frozen=True):
    """A question with everything resolved."""

    question: Question
    """With ``time`` replaced by its unit, and a complete order."""
    range: Range
    buckets: Buckets | None
    goals: tuple[Goal, ...] = ()
    """The site's."""
    revenue: Revenue | None = None
    comparison: "Plan | None" = None
    """The same question over the compared range."""
    so_far: "Plan | None" = None
    """The same question over that part of the range that is compared; None: all of it."""
    folding: Folding | None = None
    """What its audience may not tell apart (``cells.py``)."""


def resolved(
    question: Question,
    now: Now,
    first_day: Callable[[], date | None],
    goals: Sequence[Goal] = (),
    bounds: Bounds = UNBOUND,
) -> Plan:
    """The plan for ``question`` at ``now``. ``first_day`` returns the day of the site's first event; ``goals`` are the
    site's. Of the range only what lies within ``bounds`` is reported, and it is not compared with anything outside. Raises
    QueryError for an unknown goal, and for an impossible range or bucket."""
    check_goals(question.filters, goals)
    money = revenue.definite(question, goals)
    found = period.resolved(question.date_range, now, first_day)
    if question.include.trim_relative_date_range and isinstance(question.date_range, str):
        found = period.trimmed(found, now)
    found = bounds.clipped(found, now)
    question = _definite(question, found)
    plan = Plan(question, found, _buckets(question, found, now), tuple(goals), money)
    other = period.compared(found, now, question.include, first_day)
    if other is None or not bounds.hold(other):
        return plan
    compared, so_far = (
        replace(plan, range=one, buckets=_buckets(question, one, now)) for one in (other, period.passed(found, now))
    )
    return replace(plan, comparison=compared, so_far=so_far if so_far.range != found else None)


def _definite(question: Question, found: Range) -> Question:
    unit = bucketing.unit_for(found)
    dimensions = tuple(find(unit) or asked if asked.name == "time" else asked for asked in question.dimensions)
    orders = tuple(replace(order, name=unit) if order.name == "time" else order for order in question.order_by)
    question = replace(question, dimensions=dimensions, filters=question.filters + _hosts_of_journeys(question))
    return replace(question, order_by=orders or default_order(question))


def _hosts_of_journeys(question: Question) -> tuple[Filter, ...]:
    """Applies a filter by hostname also to the hosts of the entry and exit pages that are grouped by."""
    return tuple(
        replace(condition, dimension=Asked(name, found.dimension))
        for asked in question.dimensions
        if asked.name in _JOURNEY_HOSTS
        for name in (_JOURNEY_HOSTS[asked.name],)
        if (found := find(name))
        for condition in question.filters
        if isinstance(condition, Condition) and condition.dimension.name == "event:hostname"
    )


def default_order(question: Question) -> tuple[Order, ...]:
    """Time ascending; then the first metric, descending."""
    times = (Order(one.name, "asc") for one in question.dimensions if one.dimension.kind is DimensionKind.TIME)
    return (*times, Order(question.metrics[0].name, "desc"))


def _buckets(question: Question, found: Range, now: Now) -> Buckets | None:
    for number, asked in enumerate(question.dimensions):
        if asked.dimension.kind is DimensionKind.TIME:
            return bucketing.made(asked.name, found, now, f"#/dimensions/{number}")
    return None


def full_order(question: Question) -> list[tuple[str, Direction]]:
    """The requested order, then every dimension, so that rows with equal values have a fixed order and pages do not
    overlap. A total needs none."""
    if not question.dimensions:
        return []
    asked: list[tuple[str, Direction]] = [(order.name, order.direction) for order in question.order_by]
    named = {name for name, _ in asked}
    return asked + [(one.name, "asc") for one in question.dimensions if one.name not in named]
