"""A plan as one SELECT. One compiler for every question, so that every panel and answer counts alike.

The statement counts measures (``measures.py``), part by part, adds them up, and makes metrics of the sums::

    ...      what the parts need, each table made from those before (``general.py``)
    counted  one row a part and group: its measures
    totals   one row a group: the sums
    whole    one row: the same without dimensions                      (only where a share is asked for)

Every value is a parameter; identifiers come from the registries and from these files alone.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from analytics.model import SectionRule
from analytics.query import general
from analytics.query.measures import MEASURES
from analytics.query.metrics import Metric, measures_of
from analytics.query.plan import Plan, full_order
from analytics.query.query import Question
from analytics.query.statement import Counts, Draft, Scope, select, where
from analytics.store.base import Dialect


class Statement(Struct, frozen=True):
    """What the store is asked: the columns are the question's dimensions, then its metrics. A time dimension is
    the number of a bucket's label."""

    sql: str
    parameters: dict[str, Any]


def statement(
    plan: Plan, rules: Sequence[SectionRule], dialect: Dialect, *, only: Sequence[Any] | None = None, paged: bool = True
) -> Statement:
    """The SELECT that answers ``plan``; ``rules`` are the site's named sections.

    ``only``: just the rows whose first dimension is one of these. ``paged``: False leaves the order and the
    question's limit away.
    """
    draft, question = Draft(dialect, rules), plan.question
    scope = Scope(question.dimensions, question.filters, measures_of(question.metrics))
    source = _totals(draft, plan, scope)
    wholes = tuple(dict.fromkeys(name for metric in question.metrics for name in metric.whole))
    if wholes:
        source += " CROSS JOIN " + _whole(draft, plan, scope, wholes)
    chosen = [*scope.keys, *(_formula(metric) for metric in question.metrics)]
    shown = where(dialect.one_of(scope.keys[0], draft.bind(list(only)))) if only is not None else ""
    last = select(chosen, source, shown, *(_order_and_page(draft, question, scope) if paged else ()))
    return Statement(draft.whole(last), draft.parameters)


def count(plan: Plan, rules: Sequence[SectionRule], dialect: Dialect) -> Statement:
    """The SELECT that counts the rows of the answer before they are cut into pages."""
    whole = statement(plan, rules, dialect, paged=False)
    return Statement(select(["count(*)"], f"({whole.sql})"), whole.parameters)


def _totals(draft: Draft, plan: Plan, scope: Scope) -> str:
    """Counts the scope's measures and adds them up; returns the name of the table of sums."""
    counted = draft.table(
        f"{scope.prefix}counted", "\nUNION ALL\n".join(counts.sql(scope) for counts in _parts(draft, plan, scope))
    )
    sums = [f"CAST(coalesce(sum({one.name}), 0) AS {one.type}) AS {one.name}" for one in scope.measures]
    groups = f"GROUP BY {', '.join(scope.keys)} HAVING sum(here) > 0" if scope.keys else ""
    return draft.table(f"{scope.prefix}totals", select([*scope.keys, *sums] or ["count(*)"], counted, groups))


def _parts(draft: Draft, plan: Plan, scope: Scope) -> list[Counts]:
    start, end = plan.range.start.replace(tzinfo=None), plan.range.end.replace(tzinfo=None)
    return general.counts(draft, plan, scope, [f"time >= {draft.bind(start)} AND time < {draft.bind(end)}"])


def _whole(draft: Draft, plan: Plan, scope: Scope, names: Sequence[str]) -> str:
    """The sums of these measures without dimensions, in columns ``whole_<measure>``; the table's name."""
    alone = replace(scope, dimensions=(), measures=tuple(MEASURES[name] for name in names), prefix="whole_")
    totals = _totals(draft, plan, alone)
    return draft.table("whole", select([f"{name} AS whole_{name}" for name in names], totals))


def _formula(metric: Metric) -> str:
    return f"coalesce({metric.formula}, 0) AS {metric.name}" if metric.counted else f"{metric.formula} AS {metric.name}"


def _order_and_page(draft: Draft, question: Question, scope: Scope) -> list[str]:
    names = {asked.name: key for key, asked in zip(scope.keys, scope.dimensions, strict=True)}
    order = [f"{names.get(name, name)} {direction.upper()} NULLS LAST" for name, direction in full_order(question)]
    page = f"LIMIT {draft.bind(question.limit)} OFFSET {draft.bind(question.offset)}"
    return ["ORDER BY " + ", ".join(order) if order else "", page]
