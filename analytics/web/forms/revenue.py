"""The form ``revenue``: the revenue of goals in one currency, in total and over time or by the reader's choice."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from analytics.panels import Panel
from analytics.query.dimensions import GOAL
from analytics.query.metrics import METRICS
from analytics.site import Goal
from analytics.web.figures import Change, amount, change, figure, long_bucket
from analytics.web.forms.bars import Table, bars
from analytics.web.forms.pick import Pick
from analytics.web.language import _, marked
from analytics.web.question.asker import Asker
from analytics.web.question.limits import may_group
from analytics.web.question.selection import Selection

TIME = "time"
EARNED = ("total_revenue", "average_revenue", "events")
BY: dict[str, str] = {
    TIME: marked("Time"),
    GOAL: marked("Goal"),
    "visit:source": marked("Source"),
    "visit:channel": marked("Channel"),
    "visit:utm_campaign": marked("Campaign"),
    "visit:country_name": marked("Country"),
    "visit:device": marked("Device"),
}
"""What revenue can be shown by, and what that is called; the first by itself. No entry or exit page: whole visits have
those, and an order is an event (``query.query``)."""
WIDTHS = {"hour": 2, "day": 40, "week": 366, "month": 10**6}
"""Unit of the buckets over time -> the days that are more than it suits."""
CURRENCY = "currency"
"""What the choice between several currencies is called in the address."""


class Earned(Struct, frozen=True):
    """One figure and its change."""

    label: str
    definition: str
    text: str
    before: str
    change: Change | None


class Revenue(Struct, frozen=True, kw_only=True):
    """The revenue, ready to be rendered."""

    figures: list[Earned]
    currencies: list[Pick]
    """To choose from, where goals have several."""
    by: list[Pick]
    table: Table
    left_out: int
    """Events that earned something in another currency than their goal's."""


def revenue(asker: Asker, panel: Panel) -> Revenue:
    """The revenue in one currency. Goals of several currencies are never added up: there are no exchange rates here
    (docs/decisions/0010)."""
    goals = [goal for goal in asker.control.goals.all(asker.site) if goal.currency]
    currencies = sorted({goal.currency for goal in goals})
    wanted = asker.selection.chosen(CURRENCY)
    currency = wanted if wanted in currencies else currencies[0]
    asked = _of(panel, [goal for goal in goals if goal.currency == currency])
    ways = {dimension: label for dimension, label in BY.items() if may_group(dimension, asker.viewer)}
    chosen = asker.selection.chosen(panel.name)
    by = chosen if chosen in ways else next(iter(ways))
    whole = asker.ask(asked, compare=True)
    return Revenue(
        figures=_figures(whole.results[0]),
        currencies=_picks(asker.selection, CURRENCY, dict.fromkeys(currencies, ""), currency) if currencies[1:] else [],
        by=_picks(asker.selection, panel.name, ways, by),
        table=_over_time(asker, asked) if by == TIME else bars(asker, _by(asked, by)),
        left_out=_left_out(whole.meta),
    )


def _of(panel: Panel, goals: list[Goal]) -> Panel:
    """The panel with the questions about the orders of these goals."""
    filters = (*panel.query.filters, ["is", GOAL, [goal.name for goal in goals]])
    return replace(panel, query=replace(panel.query, metrics=EARNED, dimensions=(), filters=filters))


def _by(panel: Panel, dimension: str, *order: tuple[str, Literal["asc", "desc"]]) -> Panel:
    return replace(panel, query=replace(panel.query, dimensions=(dimension,), order_by=order))


def _over_time(asker: Asker, panel: Panel) -> Table:
    """The revenue over time, the latest first, in buckets that suit the days."""
    first, last = asker.days or (asker.today, asker.today)
    unit = next(unit for unit, most in WIDTHS.items() if (last - first).days < most)
    found = bars(asker, _by(panel, f"time:{unit}", (f"time:{unit}", "desc")))
    named = [replace(entry, label=long_bucket(datetime.fromisoformat(entry.value), unit)) for entry in found.entries]
    return replace(found, entries=named)


def _figures(row: Mapping[str, Any]) -> list[Earned]:
    before = row.get("comparison", {}).get("metrics") or [None] * len(EARNED)
    return [_figure(name, now, then) for name, now, then in zip(EARNED, row["metrics"], before, strict=True)]


def _figure(name: str, now: Any, then: Any) -> Earned:
    metric = METRICS[name]
    return Earned(
        label=_("Orders") if name == "events" else _(metric.label),
        definition=_(metric.definition),
        text=figure(metric, now),
        before=figure(metric, then) if then is not None else "",
        change=change(metric, amount(now), amount(then)),
    )


def _picks(selection: Selection, panel: str, names: Mapping[str, str], chosen: str) -> list[Pick]:
    """The choices, with their labels if they have one."""
    return [
        Pick(_(label) if label else name, name == chosen, selection.choosing(panel, name)) for name, label in names.items()
    ]


def _left_out(meta: Mapping[str, Any]) -> int:
    return max((warning.get("events", 0) for warning in meta.get("metric_warnings", {}).values()), default=0)
