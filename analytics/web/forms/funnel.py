"""The form ``funnel``: how many visits completed a sequence of steps, and where the others stopped."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET, Struct

from analytics import site as saved
from analytics.panels import Panel
from analytics.query.funnel import FunnelStep
from analytics.query.metrics import METRICS
from analytics.web.figures import Change, change, number, percent
from analytics.web.forms.pick import Pick
from analytics.web.language import _
from analytics.web.question.asker import Asker
from analytics.web.question.filters import of_question
from analytics.web.question.limits import may_filter
from analytics.web.question.selection import Selection
from analytics.web.question.steps import narrowing, of_filter, said


class Step(Struct, frozen=True, kw_only=True):
    """One step."""

    name: str
    count: int
    visits: str
    """The same, to be read."""
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
    narrow: Selection | None
    """The dashboard filtered by this step; None: it is, or cannot be."""
    widen: Selection | None
    """The dashboard without the filter by this step; None: there is none."""


class Funnel(Struct, frozen=True, kw_only=True):
    """The steps of a funnel."""

    name: str
    """Of a saved funnel; empty for one that the panel describes."""
    picks: Sequence[Pick] = ()
    """To choose from, where the panel names none and the site has several."""
    steps: Sequence[Step] = ()
    rate: str = ""
    """Share of the visits that took all steps."""
    rate_before: str = ""
    rate_change: Change | None = None
    strict: bool = False
    compared: bool = False
    missing: bool = False
    """There is no saved funnel of this name."""


def funnel(asker: Asker, panel: Panel) -> Funnel:
    """The funnel with the panel's steps, or the saved one that it names; without either, the site's funnel that the reader
    chose, or its first."""
    wanted = saved.Funnel(name="", steps=panel.query.steps, strict=panel.query.strict)
    picks: list[Pick] = []
    if not panel.query.steps:
        kept = asker.control.funnels.all(asker.site)
        name = panel.query.funnel or asker.selection.chosen(panel.name)
        found = next((each for each in kept if each.name == name), None)
        if found is None and (panel.query.funnel or not kept):
            return Funnel(name=panel.query.funnel, missing=True)
        wanted = found or kept[0]
        picks = [] if panel.query.funnel or len(kept) == 1 else _picks(asker.selection, panel.name, kept, wanted)
    return _reached(asker, panel, wanted, picks)


def _picks(selection: Selection, panel: str, kept: Sequence[saved.Funnel], chosen: saved.Funnel) -> list[Pick]:
    return [Pick(each.name, each is chosen, selection.choosing(panel, each.name)) for each in kept]


def _reached(asker: Asker, panel: Panel, wanted: saved.Funnel, picks: Sequence[Pick]) -> Funnel:
    found = asker.funnel(panel, wanted.steps, strict=wanted.strict).results
    last = found[-1]
    before = None if last.comparison is UNSET else last.comparison.share
    return Funnel(
        name=wanted.name,
        picks=picks,
        steps=[_step(asker, source, each) for source, each in zip(wanted.steps, found, strict=True)],
        rate=percent(last.share),
        rate_before="" if before is None else percent(before),
        rate_change=change(METRICS["conversion_rate"], last.share, before),
        strict=wanted.strict,
        compared=last.comparison is not UNSET,
    )


def _step(asker: Asker, source: Sequence[Any], found: FunnelStep) -> Step:
    selection, wanted = asker.selection, narrowing(list(source))
    filtered = wanted in selection.filters
    first = found.step == 1
    before = None if found.comparison is UNSET else found.comparison
    stopped = None if found.share_of_previous is None else 100 - found.share_of_previous
    return Step(
        name=step_name(source, found.step),
        count=found.visits,
        visits=number(found.visits),
        share=percent(found.share),
        width=found.share or 0,
        went_on="" if first else percent(found.share_of_previous),
        stopped="" if first else number(found.drop_off),
        stopped_share="" if first else percent(stopped),
        before=number(before.visits) if before else "",
        change=change(METRICS["visits"], found.visits, before.visits) if before else None,
        narrow=selection.adding(wanted) if wanted and not filtered and may_filter(asker.viewer, wanted) else None,
        widen=selection.removed(wanted) if wanted and filtered else None,
    )


def step_name(source: Sequence[Any], place: int) -> str:
    """A step in words; one that cannot be put in words (nested filters) by its number."""
    known = of_filter(list(source))
    if known is not None:
        return said(list(source))
    found = of_question(list(source))
    return found.said() if found else _("Step %(number)s", number=place)
