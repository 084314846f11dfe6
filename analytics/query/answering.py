"""Turns one plan into one answer: queries the store and shapes the rows that come back."""

from collections.abc import Hashable
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from analytics.query import compile as compiling
from analytics.query.buckets import Buckets
from analytics.query.compile import Ground
from analytics.query.dimensions import Kind as DimensionKind
from analytics.query.filters import as_json
from analytics.query.metrics import METRICS, OTHER_SALES, Metric, change
from analytics.query.plan import Plan, default_order
from analytics.query.query import MOST_ROWS, Question
from analytics.query.revenue import Revenue, money
from analytics.store.base import Read

_Cells = tuple[Any, ...]


class Result(Struct, frozen=True):
    """An answer. The first three fields, in this order, are the JSON of the stats API."""

    results: list[dict[str, Any]]
    """Rows: ``{"dimensions": [...], "metrics": [...]}``, with ``comparison`` if one was requested."""
    meta: dict[str, Any]
    query: dict[str, Any]
    """The question as it was understood."""
    revenue: Revenue | None = None
    """The currency of the amounts in ``results``; None if there are none."""

    def as_json(self) -> bytes:
        """The answer as the API sends it, with amounts of money written out."""
        return msgspec.json.encode({"results": self.written(), "meta": self.meta, "query": self.query})

    def written(self) -> list[dict[str, Any]]:
        """The results, each amount of money with its currency (``revenue.money``)."""
        return [self._written(row) for row in self.results] if self.revenue else self.results

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


class Answering:
    """Answers one plan on its ground."""

    def __init__(self, plan: Plan, ground: Ground, run: Read) -> None:
        self._plan = plan
        self._ground = ground
        self._run = run
        self._width = len(plan.question.dimensions)
        kinds = [asked.dimension.kind for asked in plan.question.dimensions]
        self._time = kinds.index(DimensionKind.TIME) if DimensionKind.TIME in kinds else None

    def result(self, asked: Question, domain: str) -> Result:
        """The answer; ``asked`` is the question as it was sent, ``domain`` the site's."""
        rows = self._run(compiling.statement(self._plan, self._ground))
        results = [self._row(row) for row in rows]
        if self._plan.comparison:
            results = self._with_comparison(rows, results, self._plan.comparison)
        return Result(results, self._meta(), {"site_id": domain, **self._echo(asked)}, self._plan.revenue)

    def _row(self, row: _Cells) -> dict[str, Any]:
        return {"dimensions": self._labelled(row, self._plan), "metrics": self._metrics(row)}

    def _metrics(self, row: _Cells) -> list[Any]:
        """The row's metrics. A goal without a currency has no revenue, which is not the same as a revenue of 0."""
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
        """Each row with its counterpart; over time also the rows that only the compared range has."""
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
        """Whether the rows are a complete series over time, in order."""
        question = self._plan.question
        return self._width == 1 and question.order_by[:1] == default_order(question)[:1] and not question.offset

    def _with_missing(
        self, buckets: Buckets, shown: dict[Hashable, dict[str, Any]], found: dict[Hashable, _Cells], other: Plan
    ) -> list[dict[str, Any]]:
        """The rows, with a zero row for each bucket that is empty only in this range."""
        results = []
        for label, mark in zip(buckets.labels, buckets.marks, strict=True):
            if (mark,) in shown:
                results.append(shown[(mark,)])
            elif (mark,) in found:
                result = {"dimensions": [label], "metrics": [metric.nothing for metric in self._plan.question.metrics]}
                results.append({**result, "comparison": self._compared(result, None, found[(mark,)], other)})
        return results[: self._plan.question.limit]

    def _rows_of(self, rows: list[_Cells], other: Plan) -> list[_Cells]:
        """The compared range's rows for the groups that ``rows`` shows."""
        if other.range.start >= other.range.end:
            return []
        only = None
        if self._width and self._time != 0:
            only = sorted({row[0] for row in rows})
        return self._run(compiling.statement(other, self._ground, only=only, paged=False))

    def _mark(self, row: _Cells, plan: Plan) -> Hashable:
        """What identifies a row's counterpart in the other range."""
        cells: list[Hashable] = list(row[: self._width])
        if self._time is not None and plan.buckets:
            cells[self._time] = plan.buckets.marks[row[self._time]]
        return tuple(cells)

    def _compared(self, result: dict[str, Any], so_far: _Cells | None, row: _Cells | None, other: Plan) -> dict[str, Any]:
        """The comparison of a result: the values of its counterpart ``row``, and the change from those to ``so_far``."""
        metrics = self._plan.question.metrics
        now, before = (
            self._metrics(cells) if cells else [self._missing(metric, plan) for metric in metrics]
            for cells, plan in ((so_far, self._plan.so_far or self._plan), (row, other))
        )
        dimensions = self._labelled(row, other) if row else result["dimensions"]
        changes = [change(metric.unit, was, is_) for metric, was, is_ in zip(metrics, before, now, strict=True)]
        return {"dimensions": dimensions, "metrics": before, "change": changes}

    def _missing(self, metric: Metric, other: Plan) -> int | None:
        """The values of a row that the other range does not have: zero, or unknown if it may be folded there."""
        return None if other.folding and other.folding.of_rows else metric.nothing

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
        if self._plan.revenue and (warning := self._plan.revenue.untold or self._elsewhere(self._plan.revenue)):
            metrics = [metric.name for metric in self._plan.question.metrics if metric.unit == "money"]
            meta["metric_warnings"] = dict.fromkeys(metrics, warning)
        return meta

    def _elsewhere(self, revenue: Revenue) -> dict[str, Any] | None:
        """A warning about amounts in other currencies than the goal's, if there are any."""
        events = self._other_sales(revenue)
        return _left_out(events) if events else None

    def _other_sales(self, revenue: Revenue) -> int:
        """How many events earned something in another currency than the goal's. Goals whose amounts are not reported count
        none."""
        question = self._plan.question
        dimensions = () if revenue.goal is None else (question.dimensions[revenue.goal],)
        alone = replace(question, metrics=(OTHER_SALES,), dimensions=dimensions, order_by=(), limit=MOST_ROWS, offset=0)
        moved = replace(revenue, goal=None if revenue.goal is None else 0)
        plan = replace(self._plan, question=alone, revenue=moved, comparison=None)
        return sum(row[-1] or 0 for row in self._run(compiling.statement(plan, self._ground)))

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


def _left_out(events: int) -> dict[str, Any]:
    """The warning in ``meta.metric_warnings``."""
    told = "1 event is" if events == 1 else f"{events} events are"
    return {
        "code": "other_currencies",
        "events": events,
        "warning": f"{told} left out: in another currency than the goal's.",
    }
