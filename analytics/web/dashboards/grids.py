"""What a panel shows, as plain rows: the same questions as on the page, with numbers instead of formatted text."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from analytics.errors import QueryError
from analytics.model import REASONS
from analytics.panels import Panel
from analytics.query.answering import Result
from analytics.query.dimensions import find
from analytics.query.flow import FlowResult
from analytics.query.funnel import FunnelResult
from analytics.query.query import MOST_ROWS
from analytics.web.figures import amount
from analytics.web.forms import READERS, Content
from analytics.web.forms.bars import Table
from analytics.web.forms.funnel import Funnel
from analytics.web.forms.ledger import ledger_days, sought
from analytics.web.forms.listing import detailed
from analytics.web.forms.timeseries import Series
from analytics.web.language import _
from analytics.web.question.asker import Asker


class Head(Struct, frozen=True):
    """A column."""

    name: str
    """As the stats API calls it; of a compared figure with ``_before`` behind it."""
    label: str
    """As it stands on the page."""
    definition: str = ""


class Grid(Struct, frozen=True, kw_only=True):
    """A panel's rows, in the order of the page."""

    heads: list[Head]
    rows: list[list[Any]]
    """Texts, numbers, and None where a figure is not known or not told."""
    total: int
    """How many rows there are, with those that are left out."""
    answer: bytes
    """The same as the stats API sends it."""

    @property
    def cut(self) -> bool:
        """Whether there are more rows than are exported at once."""
        return self.total > len(self.rows)


NOT_TAKEN = frozenset({"live", "text"})
"""Forms without rows."""


def grid(asker: Asker, panel: Panel) -> Grid:
    """The panel's rows, all of them, searched and sorted as the selection says. Raises QueryError, StoreUnavailable."""
    chosen = asker.selection if asker.selection.panel == panel.name else asker.selection.with_panel(panel.name)
    alone = asker.choosing(replace(chosen, size=MOST_ROWS, page=1, open=""))
    panel = detailed(panel)
    content = READERS[panel.form](alone, panel)
    return _MADE.get(panel.form, _of_last)(alone, panel, content)


def _of_last(asker: Asker, _panel: Panel, _content: Content) -> Grid:
    """The rows of a panel whose last question is the one about its rows."""
    return _of(asker, asker.answered[-1], asker.answered[-1].results)


def _of_figures(asker: Asker, _panel: Panel, _content: Content) -> Grid:
    """Headline figures: one row, without their sparklines."""
    answer = next(each for each in asker.answered if not each.query["dimensions"])
    return _of(asker, answer, answer.results)


def _of(asker: Asker, answer: Result, results: Sequence[Mapping[str, Any]]) -> Grid:
    compared = any("comparison" in row for row in results)
    return Grid(
        heads=[*_dimensions(answer.query["dimensions"]), *_metrics(asker, answer.query["metrics"], compared)],
        rows=[_row(row, len(answer.query["metrics"]), compared) for row in results],
        total=max(answer.meta.get("total_rows", 0), len(results)),
        answer=answer.as_json() if results is answer.results else replace(answer, results=list(results)).as_json(),
    )


def _dimensions(names: Sequence[str]) -> list[Head]:
    known = [asked for name in names if (asked := find(name))]
    return [Head(one.name, _(one.dimension.label), _(one.dimension.definition)) for one in known]


def _metrics(asker: Asker, names: Sequence[str], compared: bool) -> list[Head]:
    metrics = [asker.metric(name) for name in names]
    heads = [Head(metric.name, _(metric.label), _(metric.definition)) for metric in metrics]
    earlier = [Head(f"{head.name}_before", _("%(what)s (previous)", what=head.label)) for head in heads]
    return [*heads, *(earlier if compared else ())]


def _row(row: Mapping[str, Any], metrics: int, compared: bool) -> list[Any]:
    before = row.get("comparison", {}).get("metrics", [None] * metrics) if compared else []
    return [*row["dimensions"], *map(amount, (*row["metrics"], *before))]


def _of_sections(asker: Asker, _panel: Panel, content: Content) -> Grid:
    """Sections of all levels, each once; searched or sorted as on the page."""
    found = {row["dimensions"][0]: row for answer in asker.answered for row in answer.results}
    selection = asker.selection
    if isinstance(content, Table) and (selection.search or selection.sort):
        return _of(asker, asker.answered[0], [found[entry.value] for entry in content.entries])
    return _of(asker, asker.answered[0], [found[name] for name in sorted(found)])


def _of_course(asker: Asker, _panel: Panel, content: Content) -> Grid:
    """A chart: every bucket, including empty ones, with the one that it is compared with."""
    answer = asker.answered[0]
    points = [mark.point for mark in content.chart.marks] if isinstance(content, Series) else []
    compared = isinstance(content, Series) and content.compared
    rows = [[label, amount(point.value)] for label, point in zip(answer.meta["time_labels"], points, strict=True)]
    for row, point in zip(rows, points, strict=True) if compared else ():
        row += [amount(point.before), point.before_name]
    heads = [*_dimensions(answer.query["dimensions"]), *_metrics(asker, answer.query["metrics"], compared)]
    more = [Head("time_before", _("Previous period"))] if compared else []
    return Grid(heads=[*heads, *more], rows=rows, total=len(rows), answer=answer.as_json())


STEP = ("visits", "visitors", "share", "share_of_previous", "drop_off")


def _of_funnel(asker: Asker, _panel: Panel, content: Funnel) -> Grid:
    """A funnel: one row per step."""
    answer = _walked(asker)
    columns = (_("Visits"), _("Visitors"), _("Share"), _("Share of the previous step"), _("Dropped off before"))
    heads = [Head("step", _("Step")), *(Head(*each) for each in zip(STEP, columns, strict=True))]
    names = [step.name for step in content.steps]
    figures = [[getattr(step, name) for name in STEP] for step in answer.results] if isinstance(answer, FunnelResult) else []
    rows = [[name, *each] for name, each in zip(names, figures, strict=True)]
    return Grid(heads=heads, rows=rows, total=len(rows), answer=msgspec.json.encode(answer))


def _of_flow(asker: Asker, _panel: Panel, _content: Content) -> Grid:
    """A flow: one row for each transition from one page to the next."""
    answer = _walked(asker)
    links = answer.results.links if isinstance(answer, FlowResult) else []
    rows = [[each.step, each.source, each.target, each.visits] for each in links]
    heads = [Head("step", _("Step")), Head("from", _("From")), Head("to", _("To")), Head("visits", _("Visits"))]
    return Grid(heads=heads, rows=rows, total=len(rows), answer=msgspec.json.encode(answer))


def _walked(asker: Asker) -> FunnelResult | FlowResult:
    if not asker.walked:
        raise QueryError("#", "there is nothing to walk through")
    return asker.walked[0]


def _of_ledger(asker: Asker, _panel: Panel, _content: Content) -> Grid:
    """The ledger: one row per day. It is not a question of the stats API; as JSON it is a list of the same rows."""
    found = sought(asker.selection, ledger_days(asker))
    names = ["day", "received", "counted", *map(str, REASONS)]
    rows = [
        [each.day.isoformat(), each.received, each.counted, *(each.dropped.get(reason, 0) for reason in REASONS)]
        for each in found
    ]
    heads = [Head("day", _("Day")), Head("received", _("Received")), Head("counted", _("Counted"))]
    heads += [Head(str(reason), str(reason), _(sentence)) for reason, sentence in REASONS.items()]
    answer = msgspec.json.encode({"results": [dict(zip(names, row, strict=True)) for row in rows]})
    return Grid(heads=heads, rows=rows, total=len(rows), answer=answer)


_MADE: dict[str, Callable[[Asker, Panel, Any], Grid]] = {
    "number": _of_figures,
    "tree": _of_sections,
    "timeseries": _of_course,
    "funnel": _of_funnel,
    "flow": _of_flow,
    "ledger": _of_ledger,
}
"""Forms whose rows are not those of their last answer."""
