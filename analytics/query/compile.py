"""A plan as one SELECT. One compiler for every question, so that every panel and answer counts alike.

The statement counts measures (``measures.py``), part by part, adds them up, and makes metrics of the sums::

    ...      what the parts need, each table made from those before (``rollups.py``, ``marks.py``, ``general.py``)
    counted  one row a part and group: its measures
    totals   one row a group: the sums
    whole    one row: the same without dimensions                      (only where a share is asked for)
    everyone one row: the same without dimensions and goals            (only where conversions are asked for)
    peers    one row a group: the same without goals                   (only where conversions are asked for)

Every value is a parameter; identifiers come from the registries and from these files alone.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from analytics.query import cover as covering
from analytics.query import folding, general, marks, midnights, rollups
from analytics.query.cells import Folding
from analytics.query.cover import Cover, Kept
from analytics.query.filters import about_conversions, without_goals
from analytics.query.marks import Extent
from analytics.query.measures import MEASURES, Measure
from analytics.query.metrics import Metric, measures_of
from analytics.query.plan import Plan, full_order
from analytics.query.query import Question
from analytics.query.statement import Counts, Draft, Scope, select, where
from analytics.site import SectionRule
from analytics.store.base import Dialect, Statement


class Ground(Struct, frozen=True):
    """What a plan is answered on: the site's named sections, the state of its days, and its engine's dialect."""

    rules: Sequence[SectionRule]
    kept: Kept
    dialect: Dialect


def statement(plan: Plan, ground: Ground, *, only: Sequence[Any] | None = None, paged: bool = True) -> Statement:
    """The SELECT that answers ``plan``: its columns are the question's dimensions, then its metrics.

    A time dimension is the number of a bucket's label. ``only`` limits it to rows whose first dimension is one of these.
    ``paged`` False omits the order and the question's limit.
    """
    writing, question = _Writing(plan, ground), plan.question
    scope = Scope(question.dimensions, question.filters, _counted(plan))
    source = writing.folded(scope, plan.folding) if plan.folding else writing.totals(scope)
    source += writing.whole(scope) + writing.everyone(scope) + ("" if plan.folding else writing.peers(scope))
    draft = writing.draft
    chosen = [*scope.keys, *(_formula(metric, writing.withheld(scope, metric)) for metric in question.metrics)]
    shown = where(draft.dialect.one_of(scope.keys[0], draft.bind(list(only)))) if only is not None else ""
    last = select(chosen, source, shown, *(_order_and_page(draft, question, scope) if paged else ()))
    return draft.statement(last)


def count(plan: Plan, ground: Ground) -> Statement:
    """The SELECT that counts the answer's rows before they are divided into pages."""
    whole = statement(plan, ground, paged=False)
    return replace(whole, sql=select(["count(*)"], f"({whole.sql})"))


def lacks_rows(plan: Plan, ground: Ground) -> bool:
    """Whether the answer leaves out days whose rows are deleted and whose totals cannot answer this question."""
    if ground.kept.rows_from is None:
        return False
    scope = Scope(plan.question.dimensions, plan.question.filters, measures_of(plan.question.metrics))
    return any(ground.kept.lacks_rows(plan.range, made) for _, made in _covers(plan, ground, scope))


def _covers(plan: Plan, ground: Ground, scope: Scope) -> list[tuple[Scope, Cover]]:
    return covering.covers(plan.range, scope, plan.buckets, ground.kept, rollups.digest(ground.rules))


def explained(plan: Plan, ground: Ground) -> dict[str, Any]:
    """How the plan is answered, as JSON: what is read for which days, and the statement with its parameters."""
    scope = Scope(plan.question.dimensions, plan.question.filters, _counted(plan))
    made = [cover for _, cover in _covers(plan, ground, scope)]
    rest = {hole for each in made for hole in covering.holes(each.spans(), plan.range)}
    asked = statement(plan, ground)
    return {
        "rollups_by_month": sorted({month.isoformat() for each in made for month in each.months}),
        "rollups_by_day": covering.runs({day for each in made for day in each.days}),
        "marked_rows_of_days": covering.runs({day for each in made for day in each.marked}),
        "rows_of_times": [[_clock(start).isoformat(), _clock(end).isoformat()] for start, end in sorted(rest)],
        "rows_of_visits_over_midnight": sorted({span for each in made for span in each.over_midnight()}),
        "sql": asked.sql.splitlines(),
        "parameters": {name: str(value)[:200] for name, value in asked.parameters.items()},
    }


class _Writing:
    """One statement being written: every scope is counted part by part, and the parts are added up."""

    def __init__(self, plan: Plan, ground: Ground) -> None:
        self.draft = Draft(ground.dialect, ground.rules)
        self._plan = plan
        self._ground = ground

    def totals(self, scope: Scope) -> str:
        """Counts the scope's measures and adds the parts up; returns the name of the table of sums."""
        parts = "\nUNION ALL\n".join(counts.sql(scope) for counts in self._parts(scope))
        counted = self.draft.table(f"{scope.prefix}counted", parts)
        sums = [f"CAST(coalesce(sum({one.name}), 0) AS {one.type}) AS {one.name}" for one in scope.measures]
        groups = f"GROUP BY {', '.join(scope.keys)} HAVING sum(here) > 0" if scope.keys else ""
        return self.draft.table(f"{scope.prefix}totals", select([*scope.keys, *sums] or ["count(*)"], counted, groups))

    def folded(self, scope: Scope, found: Folding) -> str:
        """The sums with small rows folded into one; the counts of ``peers`` follow their rows."""
        sums = {measure.name: measure.type for measure in scope.measures}
        totals, beside = self.totals(scope), self.peers(scope)
        if beside:
            peers = _measures(metric.peers for metric in self._plan.question.metrics)
            sums |= {f"peers_{measure.name}": measure.type for measure in peers}
            totals = self.draft.table("beside", select([*scope.keys, *sums], totals + beside))
        return folding.folded(self.draft, scope, found, totals, sums)

    def withheld(self, scope: Scope, metric: Metric) -> str:
        """A SQL condition for rows whose numbers are not reported; empty if there are none."""
        found = self._plan.folding
        return folding.withheld(self.draft, scope, found, metric) if found else ""

    def whole(self, scope: Scope) -> str:
        """Counts the question without its dimensions: columns ``whole_<measure>``."""
        measures = _measures(metric.whole for metric in self._plan.question.metrics)
        return self._beside(replace(scope, dimensions=(), measures=measures, prefix="whole_"), "CROSS JOIN {}")

    def everyone(self, scope: Scope) -> str:
        """Counts the question without its dimensions and goals: columns ``everyone_<measure>``."""
        measures = _measures(metric.everyone for metric in self._plan.question.metrics)
        found = replace(scope, dimensions=(), filters=without_goals(scope.filters), measures=measures, prefix="everyone_")
        return self._beside(found, "CROSS JOIN {}")

    def peers(self, scope: Scope) -> str:
        """Counts the question without its goals, by its other dimensions: columns ``peers_<measure>``."""
        measures = _measures(metric.peers for metric in self._plan.question.metrics)
        kept = [number for number, asked in enumerate(scope.dimensions) if not about_conversions(asked)]
        dimensions = tuple(scope.dimensions[number] for number in kept)
        filters = without_goals(scope.filters)
        found = replace(scope, dimensions=dimensions, filters=filters, measures=measures, prefix="peers_")
        same = [f"peers.peers_{key} = totals.{scope.keys[number]}" for key, number in zip(found.keys, kept, strict=True)]
        return self._beside(found, f"LEFT JOIN {{}} ON {' AND '.join(same) or 'true'}")

    def _beside(self, scope: Scope, join: str) -> str:
        """Joins the sums of another scope to the answer's, with its prefix; nothing if none are needed."""
        if not scope.measures:
            return ""
        names = [*scope.keys, *(measure.name for measure in scope.measures)]
        sums = select([f"{name} AS {scope.prefix}{name}" for name in names], self.totals(scope))
        return " " + join.format(self.draft.table(scope.prefix.rstrip("_"), sums))

    def _parts(self, scope: Scope) -> list[Counts]:
        """Counts every part of the range in the fastest way (``cover.py``)."""
        ways = (self._rolled, self._marked, self._rest)
        return [
            counts for part, made in _covers(self._plan, self._ground, scope) for way in ways for counts in way(part, made)
        ]

    def _rolled(self, scope: Scope, made: Cover) -> list[Counts]:
        rolled, found = rollups.dimension_for(scope), []
        for table, period, days in (("rollup_months", "month", made.months), ("rollup_days", "day", made.days)):
            if rolled and days:
                calendar = self._calendar(scope, period, days)
                found.append(rollups.counts(self.draft, scope, rolled, table, calendar, period))
        return found

    def _marked(self, scope: Scope, made: Cover) -> list[Counts]:
        if not made.marked:
            return []
        closed = {month for month, _ in self._ground.kept.months}
        unlisted = [day for day in made.marked if day.replace(day=1) not in closed]
        placed = self._ground.kept.places_hold(made.marked, rollups.digest(self._ground.rules))
        extent = Extent(covering.runs(made.marked), covering.runs(unlisted), placed)
        calendar = self._calendar(scope, "marked_day", made.marked) if scope.time else ""
        return marks.counts(self.draft, scope, extent, "calendar.bucket", calendar, self._plan.goals)

    def _rest(self, scope: Scope, made: Cover) -> list[Counts]:
        """Any rows: visits over midnight, and what no sealed day covers. A quiet site has neither."""
        bind, spans = self.draft.bind, made.spans()
        parts = []
        if days := made.outside_spans():
            parts.append(f"month_ends {where(self.draft.within('day', days))}")
        if days := made.crossing_spans():
            parts.append(f"events {where(midnights.OF_DAYS, self.draft.within('day', days))}")
        for start, end in covering.holes(spans, self._plan.range):
            parts.append("events " + where(f"time >= {bind(_clock(start))}", f"time < {bind(_clock(end))}"))
        return general.counts(self.draft, self._plan, scope, parts, few=bool(spans)) if parts else []

    def _calendar(self, scope: Scope, period: str, days: Sequence[date]) -> str:
        """Names a table of these days and the bucket of each; returns its name."""
        lists = {period.removeprefix("marked_"): self.draft.bind(list(days))}
        if scope.time and self._plan.buckets:
            keys = covering.buckets_of(days, self._plan.buckets, self._plan.range.zone)
            lists["bucket"] = self.draft.bind(keys)
        return self.draft.table(f"{scope.prefix}{period}s", self.draft.dialect.unnested(lists))


def _clock(at: float) -> datetime:
    """A moment in the form in which the table stores it."""
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None)


def _measures(named: Iterable[tuple[str, ...]]) -> tuple[Measure, ...]:
    return tuple(MEASURES[name] for name in dict.fromkeys(name for names in named for name in names))


def _counted(plan: Plan) -> tuple[Measure, ...]:
    """The measures that the metrics need, and visitors if their number decides what is told apart."""
    found = measures_of(plan.question.metrics)
    return tuple(dict.fromkeys((*found, MEASURES["visitors"]))) if plan.folding else found


def _formula(metric: Metric, withheld: str) -> str:
    value = f"coalesce({metric.formula}, 0)" if metric.counted else metric.formula
    return f"{f'CASE WHEN {withheld} THEN NULL ELSE {value} END' if withheld else value} AS {metric.name}"


def _order_and_page(draft: Draft, question: Question, scope: Scope) -> list[str]:
    names = {asked.name: key for key, asked in zip(scope.keys, scope.dimensions, strict=True)}
    order = [f"{names.get(name, name)} {direction.upper()} NULLS LAST" for name, direction in full_order(question)]
    page = f"LIMIT {draft.bind(question.limit)} OFFSET {draft.bind(question.offset)}"
    return ["ORDER BY " + ", ".join(order) if order else "", page]
