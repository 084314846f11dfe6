"""What a correction would change, panel by panel: the numbers before and after. Nothing is changed."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct

from analytics.boards.reading import dashboards
from analytics.clock import local_day
from analytics.panels import Panel
from analytics.query.answering import Result
from analytics.query.dimensions import find
from analytics.query.metrics import METRICS, Metric
from analytics.resources import folder
from analytics.site import Correction, Site
from analytics.web.figures import figure
from analytics.web.language import _
from analytics.web.services import Services

LENGTHS = (7, 28, 91, 365)
"""Days that a preview may look at."""
MOST_ROWS = 1000
"""Rows of a panel that are compared, the largest first."""
SHOWN = 10
"""Rows of a panel that are shown: those that change most."""
CHART = ("visitors", "pageviews")
"""Metrics of a panel whose reader chooses the metric."""

_Rows = Mapping[Hashable, Sequence[Any]]


class Line(Struct, frozen=True):
    """A row that changes in a panel. If it exists on one side only, the other is empty."""

    label: str
    before: list[str]
    after: list[str]


class Changed(Struct, frozen=True):
    """A panel before and after."""

    title: str
    heading: str
    columns: list[Metric]
    lines: list[Line]
    more: int
    """Further rows that change."""
    same: int
    """Rows that stay as they are."""


def previewed(parts: Services, site: Site, correction: Correction, length: int = 28) -> list[Changed]:
    """Every built-in panel with a question, before and after, over ``length`` days (one of ``LENGTHS``) up to today or to
    the correction's last day. Raises QueryError if the correction cannot be carried out; StoreUnavailable, also if it takes
    too long."""
    days = _days(parts, site, correction, length)
    panels = [each for board in dashboards(folder("dashboards")) for each in board.panels if _asks(each)]
    asked = [(panel, _question(panel, days)) for panel in panels]
    with parts.register.tried(site, correction, days) as trial:
        before = [trial.ask(question) for _, question in asked]
        trial.carry_out()
        after = [trial.ask(question) for _, question in asked]
    return [
        _compared(panel, question, _rows(was), _rows(now))
        for (panel, question), was, now in zip(asked, before, after, strict=True)
    ]


def _days(parts: Services, site: Site, correction: Correction, length: int) -> tuple[date, date]:
    today = local_day(parts.clock(), site.timezone)
    last = min(correction.last_day or today, today)
    return last - timedelta(days=length - 1), last


def _asks(panel: Panel) -> bool:
    return bool(panel.query.metrics or panel.query.dimensions)


def _question(panel: Panel, days: tuple[date, date]) -> dict[str, Any]:
    first, last = days
    return {
        "metrics": list(panel.query.metrics or CHART),
        "dimensions": list(panel.query.dimensions),
        "filters": list(panel.query.filters),
        "date_range": [first.isoformat(), last.isoformat()],
        "pagination": {"limit": MOST_ROWS},
    }


def _rows(found: Result) -> _Rows:
    return {tuple(row["dimensions"]): row["metrics"] for row in found.results}


def _compared(panel: Panel, question: Mapping[str, Any], before: _Rows, after: _Rows) -> Changed:
    columns = [METRICS[name] for name in question["metrics"]]
    keys = list(dict.fromkeys([*before, *after]))
    changed = [key for key in keys if before.get(key) != after.get(key)]
    changed.sort(key=lambda key: -_size(before.get(key), after.get(key)))
    return Changed(
        title=panel.title,
        heading=_heading(panel),
        columns=columns,
        lines=[_line(columns, key, before.get(key), after.get(key)) for key in changed[:SHOWN]],
        more=max(0, len(changed) - SHOWN),
        same=len(keys) - len(changed),
    )


def _size(was: Sequence[Any] | None, now: Sequence[Any] | None) -> float:
    """How much a row changes, by its first metric."""
    before, after = (float((side or [0])[0] or 0) for side in (was, now))
    return abs(after - before)


def _heading(panel: Panel) -> str:
    asked = find(panel.query.dimensions[0]) if panel.query.dimensions else None
    return asked.dimension.label if asked else ""


def _line(columns: Sequence[Metric], key: Hashable, was: Sequence[Any] | None, now: Sequence[Any] | None) -> Line:
    label = ", ".join(map(str, key)) if isinstance(key, tuple) and key else _("Total")
    return Line(label, _figures(columns, was), _figures(columns, now))


def _figures(columns: Sequence[Metric], values: Sequence[Any] | None) -> list[str]:
    if values is None:
        return ["" for _ in columns]
    return [figure(metric, value) for metric, value in zip(columns, values, strict=True)]
