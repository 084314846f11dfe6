"""The form ``funnel``: how many visits went through some steps, one after the other, and where the others stopped."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET, Struct

from analytics.panels import Panel
from analytics.query.funnel import FunnelStep
from analytics.query.metrics import METRICS
from analytics.web.asker import Asker
from analytics.web.figures import Change, change, number, percent
from analytics.web.filters import of_question
from analytics.web.language import _


class Step(Struct, frozen=True, kw_only=True):
    """One step."""

    name: str
    visits: str
    share: str
    """Of the first step's visits."""
    width: float
    """0 to 100: the length of its bar."""
    went_on: str
    """Share of the visits of the step before; empty for the first."""
    stopped: str
    """Visits of the step before that came no further; empty for the first."""
    stopped_share: str
    before: str
    """Visits in what is compared with; empty: not compared."""
    change: Change | None


class Funnel(Struct, frozen=True, kw_only=True):
    """The steps of a funnel."""

    name: str
    """Of a saved funnel; empty for one that the panel describes."""
    steps: list[Step]
    rate: str
    """Share of the visits that took all steps."""
    rate_before: str
    rate_change: Change | None
    strict: bool
    compared: bool
    missing: bool = False
    """There is no saved funnel of this name."""


def funnel(asker: Asker, panel: Panel) -> Funnel:
    """The funnel of the panel's steps, or that which is saved under its name."""
    steps, strict = panel.query.steps, panel.query.strict
    if panel.query.funnel:
        saved = next((each for each in asker.control.funnels(asker.site) if each.name == panel.query.funnel), None)
        if saved is None:
            return _missing(panel.query.funnel)
        steps, strict = saved.steps, saved.strict
    found = asker.funnel(panel, steps, strict=strict).results
    last = found[-1]
    before = None if last.comparison is UNSET else last.comparison.share
    return Funnel(
        name=panel.query.funnel,
        steps=[_step(source, each) for source, each in zip(steps, found, strict=True)],
        rate=percent(last.share),
        rate_before="" if before is None else percent(before),
        rate_change=change(METRICS["conversion_rate"], last.share, before),
        strict=strict,
        compared=last.comparison is not UNSET,
    )


def _missing(name: str) -> Funnel:
    return Funnel(name=name, steps=[], rate="", rate_before="", rate_change=None, strict=False, compared=False, missing=True)


def _step(source: Sequence[Any], found: FunnelStep) -> Step:
    first = found.step == 1
    before = None if found.comparison is UNSET else found.comparison
    stopped = None if found.share_of_previous is None else 100 - found.share_of_previous
    return Step(
        name=step_name(source, found.step),
        visits=number(found.visits),
        share=percent(found.share),
        width=found.share or 0,
        went_on="" if first else percent(found.share_of_previous),
        stopped="" if first else number(found.drop_off),
        stopped_share="" if first else percent(stopped),
        before=number(before.visits) if before else "",
        change=change(METRICS["visits"], found.visits, before.visits) if before else None,
    )


def step_name(source: Sequence[Any], place: int) -> str:
    """A step in words; one that has none here (filters within filters) by its place."""
    found = of_question(list(source))
    return found.said() if found else _("Step %(number)s", number=place)
