"""Answers: a question goes in as JSON, the answer comes out. The one way to any number, for pages, API and commands."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from analytics.clock import Clock
from analytics.model import Site
from analytics.query import cells, segments
from analytics.query import compile as compiling
from analytics.query import flow as flows
from analytics.query import funnel as funnels
from analytics.query import plan as planning
from analytics.query.buckets import Buckets
from analytics.query.cells import Audience
from analytics.query.compile import Ground
from analytics.query.cover import Kept
from analytics.query.dimensions import GOAL, Asked
from analytics.query.dimensions import Kind as DimensionKind
from analytics.query.filters import Filter, as_json, check_goals, check_patterns, conditions_of
from analytics.query.flow import FlowResult
from analytics.query.funnel import FunnelResult
from analytics.query.memory import Memory
from analytics.query.metrics import METRICS, OTHER_SALES, Metric, change
from analytics.query.period import Now
from analytics.query.plan import Plan, default_order
from analytics.query.query import MOST_ROWS, Question, parse, with_segments
from analytics.query.revenue import Revenue, money
from analytics.store.base import Control, Dialect, KeptDay, Read, Statement, Store, Trial

CURRENT = timedelta(minutes=5)
"""A visitor is current who did something within this time."""

_Cells = tuple[Any, ...]


class Result(Struct, frozen=True):
    """An answer. The first three fields, in this order, are the JSON of the stats API."""

    results: list[dict[str, Any]]
    """``{"dimensions": [...], "metrics": [...]}`` each, and ``comparison`` where one was asked for."""
    meta: dict[str, Any]
    query: dict[str, Any]
    """The question as it was understood."""
    revenue: Revenue | None = None
    """What the money in ``results`` is in; None: there is none."""

    def as_json(self) -> bytes:
        """The answer as the API sends it: the same with amounts of money written out."""
        results = [self._written(row) for row in self.results] if self.revenue else self.results
        return msgspec.json.encode({"results": results, "meta": self.meta, "query": self.query})

    def _written(self, row: dict[str, Any]) -> dict[str, Any]:
        written = {**row, "metrics": self._amounts(row["dimensions"], row["metrics"])}
        if "comparison" in row:
            other = row["comparison"]
            written["comparison"] = {**other, "metrics": self._amounts(row["dimensions"], other["metrics"])}
        return written

    def _amounts(self, dimensions: list[Any], cells: list[Any]) -> list[Any]:
        currency = self.revenue.currency(dimensions) if self.revenue else ""
        metrics = zip(self.query["metrics"], cells, strict=True)
        return [money(cell, currency) if METRICS[name].unit == "money" else cell for name, cell in metrics]


class LedgerDay(Struct, frozen=True):
    """received = counted + dropped, on one day of the site."""

    day: date
    counted: int
    dropped: dict[str, int]
    """Reason (``model.Reason``) -> how many."""
    restarted: bool = False
    """A crash lost the visitor map: who came before and after it is counted twice."""

    @property
    def received(self) -> int:
        """Everything that reached the site that day."""
        return self.counted + sum(self.dropped.values())


class Answers:
    """Answers questions about one site at a time; safe to use from several threads.

    ``freshen`` is called with the site before its rows are read: it loads what still waits in the spool.
    """

    def __init__(
        self,
        store: Store,
        control: Control,
        clock: Clock,
        freshen: Callable[[Site], None],
        dialect: Dialect,
    ) -> None:
        self._store = store
        self._control = control
        self._clock = clock
        self._freshen = freshen
        self._dialect = dialect
        self._censuses = Memory()

    def answer(
        self,
        site: Site,
        question: Mapping[str, Any],
        trial: Trial | None = None,
        *,
        audience: Audience = Audience.SIGNED_IN,
        explain: bool = False,
    ) -> Result:
        """The answer to ``question``, the JSON of the stats API without ``site_id``, as ``audience`` may know it; in a
        ``trial``, what it would be. ``explain``: ``meta.explain`` says how it was found.

        Raises QueryError for a question that cannot be answered, StoreUnavailable when the rows cannot be read.
        """
        asked = self._expanded(site, parse(question))
        with self._asked(site, asked, trial=trial, audience=audience) as (plan, ground, read):
            answer = _Answering(plan, ground, read).result(asked, site.domain)
            if explain:
                answer.meta["explain"] = compiling.explained(plan, ground)
            return answer

    def funnel(self, site: Site, question: Mapping[str, Any]) -> FunnelResult:
        """How far visits came on a way of several steps; ``question`` as in docs/api.md, without ``site_id``. Raises as
        ``answer`` does."""
        asked = funnels.parse(question)
        asked = replace(asked, question=self._expanded(site, asked.question))
        with self._asked(site, asked.question, asked.steps) as (plan, ground, read):
            plans = [plan, plan.comparison] if plan.comparison else [plan]
            counted = [read(funnels.statement(asked, each, ground.rules, ground.dialect)) for each in plans]
            return funnels.result(asked, plan, counted, site.domain)

    def flow(self, site: Site, question: Mapping[str, Any]) -> FlowResult:
        """Where visits came from and went on to; ``question`` as in docs/api.md, without ``site_id``. Raises as ``answer``
        does."""
        asked = flows.parse(question)
        asked = replace(asked, question=self._expanded(site, asked.question))
        with self._asked(site, asked.question, [asked.around]) as (plan, ground, read):
            made = flows.statement(asked, plan, ground.rules, site.settings.small_cells, ground.dialect)
            return flows.result(asked, plan, read(made), site.domain)

    def _expanded(self, site: Site, asked: Question) -> Question:
        """The question with the site's segments in their places."""
        return with_segments(asked, self._control.segments(site)) if segments.named(asked.filters) else asked

    @contextmanager
    def _asked(
        self,
        site: Site,
        asked: Question,
        more: Sequence[Filter] = (),
        *,
        trial: Trial | None = None,
        audience: Audience = Audience.SIGNED_IN,
    ) -> Iterator[tuple[Plan, Ground, Read]]:
        """The plan, what it is answered on, and one state of the rows; ``more`` are filters beside the question's own."""
        check_patterns([*asked.filters, *more], self._dialect.pattern_problem)
        goals = self._control.goals(site) if _about(GOAL, asked, more) else []
        check_goals(more, goals)
        if trial is None:
            self._freshen(site)
        rules = self._control.sections(site)
        version = self._store.version(site) if trial is None else None
        with self._store.snapshot(site) if trial is None else nullcontext(trial.read) as read:
            now = Now(self._clock(), site.timezone)
            plan = planning.resolved(asked, now, lambda: self._first_day(read), goals)
            ground = Ground(rules, self._kept(site, read), self._dialect)
            yield self._folded(site, version, plan, audience, ground, read), ground, read

    def _folded(self, site: Site, version: int | None, plan: Plan, audience: Audience, ground: Ground, read: Read) -> Plan:
        """The plan with what its audience may not tell apart made one (``cells.py``)."""
        other, so_far = (
            one and self._folded(site, version, one, audience, ground, read) for one in (plan.comparison, plan.so_far)
        )
        folding = cells.folding(plan.question, audience, site.settings.small_cells)
        plan = replace(plan, comparison=other, so_far=so_far)
        if folding is None or plan.range.start >= plan.range.end:
            return plan

        def census(attributes: Sequence[Asked]) -> list[tuple[cells.Cell, int]]:
            question = Question((METRICS["visitors"],), plan.question.date_range, tuple(attributes))
            made = compiling.statement(Plan(question, plan.range, None), ground, paged=False)
            return [(tuple(values), visitors) for *values, visitors in read(made)]

        def remembered(attributes: Sequence[Asked]) -> list[tuple[cells.Cell, int]]:
            """The panels of a page ask for the same."""
            if version is None or any(asked.dimension.recoded for asked in attributes):
                return census(attributes)
            key = (site.id, version, plan.range, tuple(asked.name for asked in attributes))
            return self._censuses.found(key, lambda: census(attributes))

        question, folding = cells.seen(plan.question, folding, remembered)
        return replace(plan, question=question, folding=folding)

    def current_visitors(self, site: Site) -> int:
        """How many visitors did something in the last five minutes."""
        self._freshen(site)
        since = datetime.fromtimestamp(int(self._clock()), UTC).replace(tzinfo=None) - CURRENT
        found = self._store.query(site, self._dialect.report("current_visitors"), {"since": since})
        return int(found[0][0])

    def ledger(self, site: Site, first_day: date, last_day: date) -> list[LedgerDay]:
        """What was received on each of these days of the site, one row a day, quiet days too."""
        self._freshen(site)
        within = {"first": first_day, "last": last_day}
        found = self._store.query(site, self._dialect.report("ledger"), within)
        restarted = {day for (day,) in self._store.query(site, self._dialect.report("restarts"), within)}
        counts: dict[date, dict[str | None, int]] = {}
        for day, reason, events in found:
            counts.setdefault(day, {})[reason] = int(events)
        days = [first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1)]
        return [_ledger_day(day, counts.get(day, {}), day in restarted) for day in days]

    def _first_day(self, read: Read) -> date | None:
        found: date | None = read(Statement(self._dialect.report("first_day"), {}))[0][0]
        return found

    def _kept(self, site: Site, read: Read) -> Kept:
        days = read(Statement(self._dialect.report("days"), {}))
        months = read(Statement(self._dialect.report("months"), {}))
        ((rows_from,),) = read(Statement(self._dialect.report("rows_from"), {}))
        return Kept(site.timezone, [KeptDay(*day) for day in days], [(month, rules) for month, rules in months], rows_from)


def _ledger_day(day: date, counts: Mapping[str | None, int], restarted: bool) -> LedgerDay:
    dropped = {reason: number for reason, number in counts.items() if reason is not None}
    return LedgerDay(day, counts.get(None, 0), dropped, restarted)


def _about(dimension: str, question: Question, more: Sequence[Filter] = ()) -> bool:
    """Whether the question asks by a dimension of this family, or filters by one; ``more`` are filters beside its own."""
    asked = [*question.dimensions, *(condition.dimension for condition in conditions_of([*question.filters, *more]))]
    return any(one.name.startswith(dimension) for one in asked)


class _Answering:
    """One plan on its way to one answer: asks the store, and shapes what comes back."""

    def __init__(self, plan: Plan, ground: Ground, run: Read) -> None:
        self._plan = plan
        self._ground = ground
        self._run = run
        self._width = len(plan.question.dimensions)
        kinds = [asked.dimension.kind for asked in plan.question.dimensions]
        self._time = kinds.index(DimensionKind.TIME) if DimensionKind.TIME in kinds else None

    def result(self, asked: Question, domain: str) -> Result:
        rows = self._run(compiling.statement(self._plan, self._ground))
        results = [self._row(row) for row in rows]
        if self._plan.comparison:
            results = self._with_comparison(rows, results, self._plan.comparison)
        return Result(results, self._meta(), {"site_id": domain, **self._echo(asked)}, self._plan.revenue)

    def _row(self, row: _Cells) -> dict[str, Any]:
        return {"dimensions": self._labelled(row, self._plan), "metrics": self._metrics(row)}

    def _metrics(self, row: _Cells) -> list[Any]:
        """The row's metrics; a goal without a currency has no revenue, which is not a revenue of 0."""
        revenue, cells = self._plan.revenue, list(row[self._width :])
        if revenue is None or revenue.currency(row[: self._width]):
            return cells
        metrics = self._plan.question.metrics
        return [None if metric.unit == "money" else cell for metric, cell in zip(metrics, cells, strict=True)]

    def _labelled(self, row: _Cells, plan: Plan) -> list[Any]:
        """The row's dimensions as people read them: a bucket by its label."""
        cells = list(row[: self._width])
        if self._time is not None and plan.buckets:
            cells[self._time] = plan.buckets.labels[cells[self._time]]
        return cells

    # --- comparison ---------------------------------------------------------------------------------------

    def _with_comparison(self, rows: list[_Cells], results: list[dict[str, Any]], other: Plan) -> list[dict[str, Any]]:
        """Each row with its counterpart; over time also the rows that only the other range has."""
        found = {self._mark(row, other): row for row in self._rows_of(rows, other)}
        marks = [self._mark(row, self._plan) for row in rows]
        compared = dict(zip(marks, rows, strict=True))
        if self._plan.so_far:
            compared = {self._mark(row, self._plan.so_far): row for row in self._rows_of(rows, self._plan.so_far)}
        for mark, result in zip(marks, results, strict=True):
            result["comparison"] = self._compared(result, compared.get(mark), found.get(mark), other)
        if self._is_chart() and self._plan.buckets:
            results = self._with_missing(self._plan.buckets, dict(zip(marks, results, strict=True)), found, other)
        return results

    def _is_chart(self) -> bool:
        """Whether the rows are a whole course of time, in its order."""
        question = self._plan.question
        return self._width == 1 and question.order_by == default_order(question) and not question.offset

    def _with_missing(
        self, buckets: Buckets, shown: dict[Hashable, dict[str, Any]], found: dict[Hashable, _Cells], other: Plan
    ) -> list[dict[str, Any]]:
        """The rows, and a row of nothing for each bucket that is empty in this range alone."""
        results = []
        for label, mark in zip(buckets.labels, buckets.marks, strict=True):
            if (mark,) in shown:
                results.append(shown[(mark,)])
            elif (mark,) in found:
                result = {"dimensions": [label], "metrics": [_nothing(metric) for metric in self._plan.question.metrics]}
                results.append({**result, "comparison": self._compared(result, None, found[(mark,)], other)})
        return results[: self._plan.question.limit]

    def _rows_of(self, rows: list[_Cells], other: Plan) -> list[_Cells]:
        """The rows of another range, of the groups that ``rows`` shows."""
        if other.range.start >= other.range.end:
            return []
        only = None
        if self._width and self._time != 0:
            only = sorted({row[0] for row in rows})
        return self._run(compiling.statement(other, self._ground, only=only, paged=False))

    def _mark(self, row: _Cells, plan: Plan) -> Hashable:
        """What a row has in common with its counterpart in the other range."""
        cells: list[Hashable] = list(row[: self._width])
        if self._time is not None and plan.buckets:
            cells[self._time] = plan.buckets.marks[row[self._time]]
        return tuple(cells)

    def _compared(self, result: dict[str, Any], so_far: _Cells | None, row: _Cells | None, other: Plan) -> dict[str, Any]:
        """What stands beside a result: its counterpart ``row``, and the change from that to what there is ``so_far``."""
        metrics = self._plan.question.metrics
        now, before = (
            self._metrics(cells) if cells else [self._missing(metric, plan) for metric in metrics]
            for cells, plan in ((so_far, self._plan.so_far or self._plan), (row, other))
        )
        dimensions = self._labelled(row, other) if row else result["dimensions"]
        changes = [change(metric.unit, was, is_) for metric, was, is_ in zip(metrics, before, now, strict=True)]
        return {"dimensions": dimensions, "metrics": before, "change": changes}

    def _missing(self, metric: Metric, other: Plan) -> int | None:
        """What a row counts that the other range does not have: nothing, or it is folded there."""
        return None if other.folding and other.folding.of_rows else _nothing(metric)

    # --- beside the rows ----------------------------------------------------------------------------------

    def _meta(self) -> dict[str, Any]:
        include = self._plan.question.include
        meta: dict[str, Any] = {}
        if include.imports:
            meta["imports_included"] = False
        if include.time_labels and self._plan.buckets:
            meta["time_labels"] = list(self._plan.buckets.labels)
        if self._plan.folding:
            meta |= self._plan.folding.note
        if include.total_rows:
            meta["total_rows"] = self._run(compiling.count(self._plan, self._ground))[0][0]
        if compiling.lacks_rows(self._plan, self._ground):
            meta["rows_from"] = self._ground.kept.rows_from
        if self._plan.revenue and (left_out := self._other_sales(self._plan.revenue)):
            metrics = [metric.name for metric in self._plan.question.metrics if metric.unit == "money"]
            meta["metric_warnings"] = dict.fromkeys(metrics, _left_out(left_out))
        return meta

    def _other_sales(self, revenue: Revenue) -> int:
        """How many events earned something in another currency than the goal's."""
        question = self._plan.question
        dimensions = () if revenue.goal is None else (question.dimensions[revenue.goal],)
        alone = replace(question, metrics=(OTHER_SALES,), dimensions=dimensions, order_by=(), limit=MOST_ROWS, offset=0)
        moved = replace(revenue, goal=None if revenue.goal is None else 0)
        plan = replace(self._plan, question=alone, revenue=moved, comparison=None)
        return sum(row[-1] for row in self._run(compiling.statement(plan, self._ground)))

    def _echo(self, asked: Question) -> dict[str, Any]:
        question = self._plan.question
        echo: dict[str, Any] = {
            "metrics": [metric.name for metric in question.metrics],
            "date_range": self._plan.range.as_json(),
            "filters": [as_json(part) for part in asked.filters],
            "dimensions": [one.name for one in question.dimensions],
            "order_by": [[order.name, order.direction] for order in question.order_by],
            "include": {name: value for name, value in msgspec.to_builtins(question.include).items() if value},
            "pagination": {"limit": question.limit, "offset": question.offset},
        }
        if self._plan.comparison:
            echo["comparison_date_range"] = self._plan.comparison.range.as_json()
        return echo


def _left_out(events: int) -> dict[str, str]:
    """As ``meta.metric_warnings`` tells it."""
    told = "1 event is" if events == 1 else f"{events} events are"
    return {"code": "other_currencies", "warning": f"{told} left out: in another currency than the goal's."}


def _nothing(metric: Metric) -> int | None:
    return 0 if metric.counted else None
