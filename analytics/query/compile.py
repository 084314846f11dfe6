"""A plan as one SELECT. One compiler for every question, so that every panel and answer counts alike.

The statement counts measures (``measures.py``), part by part, adds them up, and makes metrics of the sums::

    ...      what the parts need, each table made from those before (``general.py``)
    counted  one row a part and group: its measures
    totals   one row a group: the sums
    whole    one row: the same without dimensions                      (only where a share is asked for)
    everyone one row: the same without dimensions and goals            (only where conversions are asked for)
    peers    one row a group: the same without goals                   (only where conversions are asked for)

Every value is a parameter; identifiers come from the registries and from these files alone.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from analytics.model import SectionRule
from analytics.query import general
from analytics.query.filters import about_conversions, without_goals
from analytics.query.measures import MEASURES, Measure
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
    source += "".join(join(draft, plan, scope) for join in (_whole, _everyone, _peers))
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


def _whole(draft: Draft, plan: Plan, scope: Scope) -> str:
    """The question without its dimensions: columns ``whole_<measure>``."""
    found = replace(
        scope, dimensions=(), measures=_measures(metric.whole for metric in plan.question.metrics), prefix="whole_"
    )
    return _beside(draft, plan, found, "CROSS JOIN {}")


def _everyone(draft: Draft, plan: Plan, scope: Scope) -> str:
    """The question without its dimensions and goals: columns ``everyone_<measure>``."""
    measures = _measures(metric.everyone for metric in plan.question.metrics)
    found = replace(scope, dimensions=(), filters=without_goals(scope.filters), measures=measures, prefix="everyone_")
    return _beside(draft, plan, found, "CROSS JOIN {}")


def _peers(draft: Draft, plan: Plan, scope: Scope) -> str:
    """The question without its goals, by its other dimensions: columns ``peers_<measure>``."""
    measures = _measures(metric.peers for metric in plan.question.metrics)
    kept = [number for number, asked in enumerate(scope.dimensions) if not about_conversions(asked)]
    dimensions = tuple(scope.dimensions[number] for number in kept)
    found = replace(scope, dimensions=dimensions, filters=without_goals(scope.filters), measures=measures, prefix="peers_")
    same = [f"peers.peers_{key} = totals.{scope.keys[number]}" for key, number in zip(found.keys, kept, strict=True)]
    return _beside(draft, plan, found, f"LEFT JOIN {{}} ON {' AND '.join(same) or 'true'}")


def _beside(draft: Draft, plan: Plan, scope: Scope, join: str) -> str:
    """Joins the sums of another scope to the answer's, under its prefix; nothing where none are needed."""
    if not scope.measures:
        return ""
    names = [*scope.keys, *(measure.name for measure in scope.measures)]
    totals = _totals(draft, plan, scope)
    name = draft.table(scope.prefix.rstrip("_"), select([f"{name} AS {scope.prefix}{name}" for name in names], totals))
    return " " + join.format(name)


def _measures(named: Iterable[tuple[str, ...]]) -> tuple[Measure, ...]:
    return tuple(MEASURES[name] for name in dict.fromkeys(name for names in named for name in names))


def _formula(metric: Metric) -> str:
    return f"coalesce({metric.formula}, 0) AS {metric.name}" if metric.counted else f"{metric.formula} AS {metric.name}"


def _order_and_page(draft: Draft, question: Question, scope: Scope) -> list[str]:
    names = {asked.name: key for key, asked in zip(scope.keys, scope.dimensions, strict=True)}
    order = [f"{names.get(name, name)} {direction.upper()} NULLS LAST" for name, direction in full_order(question)]
    page = f"LIMIT {draft.bind(question.limit)} OFFSET {draft.bind(question.offset)}"
    return ["ORDER BY " + ", ".join(order) if order else "", page]
