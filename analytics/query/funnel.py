"""Funnels: how many visits went through a list of steps, one after the other, and where the others stopped.

A step is a filter over one event. One that does not name an event (``event:name``, ``event:goal``) means a page view;
reading time is no step, unless a goal of scrolling asks for it. In a **loose** funnel each step happened some time after
the one before, whatever lay between. In a **strict** one the visit did nothing on another page in between: what lies
between two steps lies on the page of the first.

Strictness is decided by stays: runs of acts (page views and the owner's events) on one page. A step follows the one before
strictly when it lies later in the same stay, or is the first act of the next.

    found     the events of the range for which any step holds, with a column of its own for each
    entered   one row a visit that reached the first step: where it first did, and the visitor of that moment
    hopeful   the visits with the second step after the first          (strict only)
    acts      everything that those visits did                         (strict only)
    stays     the same, with the number of the stay                    (strict only)
    reached2  one row a visit, and stay if strict: where the second step was first reached after the first; and so on

The earliest place after the earliest place before is enough: what can be reached from a later one can be reached from it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from analytics.errors import QueryError
from analytics.languages import marked
from analytics.query import filter_json
from analytics.query.dimensions import Value
from analytics.query.filters import AllOf, AnyOf, Filter, as_json, conditions_of
from analytics.query.metrics import change
from analytics.query.plan import Plan
from analytics.query.query import Question
from analytics.query.statement import Draft, select, where
from analytics.query.visits import (
    ACT,
    IN_ORDER,
    NAME,
    PAGE_VIEW,
    Visits,
    among,
    check_about_events,
    column,
    echo,
    holds,
    noted,
    parsed,
)
from analytics.site import FUNNEL_STEPS, SectionRule
from analytics.store.base import Dialect, Statement

ORDERS = ("loose", "strict")
_OWN = {"steps": True, "order": False}
INCLUDE = ("comparison", "match_day_of_week", "trim_relative_date_range")
"""What it takes of ``include``."""


class Funnel(Struct, frozen=True):
    """A funnel question, checked as far as possible without the site and the time."""

    question: Question
    """Its days, its filters, and what it is compared with."""
    steps: tuple[Filter, ...]
    order: str


class ComparedStep(Struct, frozen=True):
    """A step in the compared range."""

    visitors: int
    visits: int
    share: float | None
    share_of_previous: float | None
    drop_off: int
    change: dict[str, float | None]
    """The change of each number in per cent; of shares in points. None if there is no answer."""


class FunnelStep(Struct, frozen=True, omit_defaults=True):
    """How many visits reached a step."""

    step: int
    """From 1."""
    visitors: int
    """Daily visitors of these visits, each counted on the day on which its visit reached the first step."""
    visits: int
    """Visits that reached this step and all earlier ones."""
    share: float | None
    """Per cent of the visits that reached the first step; None if there are none."""
    share_of_previous: float | None
    """Per cent of the visits that reached the step before."""
    drop_off: int
    """Visits that reached the step before and not this one."""
    comparison: ComparedStep | UnsetType = UNSET


class FunnelResult(Struct, frozen=True):
    """An answer. The fields, in this order, are the JSON of the API."""

    results: list[FunnelStep]
    meta: dict[str, Any]
    query: dict[str, Any]
    """The question as it was understood."""


# --- from JSON -------------------------------------------------------------------------------------------


def parse(source: Mapping[str, Any]) -> Funnel:
    """The funnel in ``source``, the decoded JSON without ``site_id``. Raises QueryError naming the place."""
    question = parsed(source, _OWN, INCLUDE)
    order = source.get("order", ORDERS[0])
    if order not in ORDERS:
        raise QueryError("#/order", f"Expected {' or '.join(ORDERS)}")
    return Funnel(question, _steps(source["steps"]), order)


def _steps(source: Any) -> tuple[Filter, ...]:
    if not isinstance(source, list) or len(source) not in FUNNEL_STEPS:
        raise QueryError("#/steps", f"Expected a list of {FUNNEL_STEPS[0]} to {FUNNEL_STEPS[-1]} filters, a step each")
    steps = filter_json.parsed(source, "#/steps")
    for step in steps:
        check_about_events(step, (), marked("a step is one event; put conditions on the whole visit into filters"))
    return steps


# --- as SQL ----------------------------------------------------------------------------------------------


def statement(funnel: Funnel, plan: Plan, rules: Sequence[SectionRule], dialect: Dialect) -> Statement:
    """The SELECT with one row per step, in order: its visits and its visitors."""
    return _Compiler(funnel, plan, Draft(dialect, rules)).statement()


_COUNTS = ("count(*) AS visits", "count(DISTINCT visitor) AS visitors")


class _Compiler:
    """Compiles one funnel into a statement."""

    def __init__(self, funnel: Funnel, plan: Plan, draft: Draft) -> None:
        self._draft = draft
        self._visits = Visits(draft, plan)
        self._steps = {f"step{number}": _event(step) for number, step in enumerate(funnel.steps, 1)}
        self._flags: dict[str, Value] = {name: holds(step) for name, step in self._steps.items()}
        self._strict = funnel.order == "strict"

    def statement(self) -> Statement:
        self._visits.events("found", self._flags, AnyOf(tuple(self._steps.values())), kept=True)
        first = ["visit", "min(seq) AS seq", f"{self._draft.dialect.first('visitor', 'seq')} AS visitor"]
        before = self._draft.table("entered", select(first, "found", "WHERE step1", "GROUP BY visit"))
        counts = [select(["1 AS step", *_COUNTS], "entered")]
        source = "found"
        if self._strict:
            source = self._stays()
            reached = select(["visit", "stay", "min(seq) AS seq"], source, "WHERE step1", "GROUP BY visit, stay")
            before = self._draft.table("reached1", reached)
        for number in range(2, len(self._steps) + 1):
            before = self._reached(number, source, before)
            counts.append(select([f"{number} AS step", *_COUNTS], "entered", f"WHERE visit IN {among(before)}"))
        return self._draft.statement("\nUNION ALL\n".join(counts) + "\nORDER BY step")

    def _reached(self, number: int, source: str, before: str) -> str:
        """Names the table of where each visit (and stay, if strict) first reached step ``number`` after ``before``."""
        places, joined = ["here.visit"], f"{source} AS here JOIN {before} AS before ON before.visit = here.visit"
        if self._strict:
            places.append("here.stay")
            joined += " AND before.stay = here.stay - here.moved"
        later = where(f"here.step{number}", "here.seq > before.seq")
        grouped = "GROUP BY " + ", ".join(places)
        return self._draft.table(f"reached{number}", select([*places, "min(here.seq) AS seq"], joined, later, grouped))

    def _stays(self) -> str:
        """Names the table of what the hopeful visits did, with the number of the stay; ``moved`` is 1 on the first act of a
        stay."""
        ends = "HAVING min(seq) FILTER (WHERE step1) < max(seq) FILTER (WHERE step2)"
        self._draft.table("hopeful", select(["visit"], "found", "GROUP BY visit", ends))
        acts = AnyOf((ACT, *(step for step in self._steps.values() if _by_goal(step))))
        self._visits.events("acts", {"path": column("path"), **self._flags}, acts, of="hopeful")
        moved = f"CASE WHEN path = lag(path) OVER {IN_ORDER} THEN 0 ELSE 1 END AS moved"
        self._draft.table("moves", select(["visit", "seq", *self._flags, moved], "acts"))
        stay = f"CAST(sum(moved) OVER {IN_ORDER} AS BIGINT) AS stay"
        return self._draft.table("stays", select(["visit", "seq", *self._flags, "moved", stay], "moves"))


def _event(step: Filter) -> Filter:
    """The step's filter, restricted to the kind of events it means; a goal itself says what reaches it."""
    if _by_goal(step):
        return step
    named = any(condition.dimension.name == NAME for condition in conditions_of([step]))
    return AllOf((step, ACT if named else PAGE_VIEW))


def _by_goal(step: Filter) -> bool:
    return any(condition.about_goals for condition in conditions_of([step]))


# --- the answer ------------------------------------------------------------------------------------------

Counted = Sequence[tuple[int, int, int]]
"""Rows of the statement: step, visits, visitors."""


def result(funnel: Funnel, plan: Plan, counted: Sequence[Counted], domain: str) -> FunnelResult:
    """The answer from the statement's rows: first of the plan's range, then of the range it is compared with, if any."""
    steps, *others = map(_shaped, counted)
    for other in others:
        steps = [_compared(step, then) for step, then in zip(steps, other, strict=True)]
    own = {"site_id": domain, "steps": [as_json(step) for step in funnel.steps], "order": funnel.order}
    return FunnelResult(steps, noted(plan), echo(plan, funnel.question, own))


def _shaped(rows: Counted) -> list[FunnelStep]:
    first, previous, steps = rows[0][1], rows[0][1], []
    for number, visits, visitors in rows:
        shares = _share(visits, first), _share(visits, previous)
        steps.append(FunnelStep(number, visitors, visits, *shares, previous - visits))
        previous = visits
    return steps


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


_UNITS = {"visitors": "count", "visits": "count", "share": "percent", "share_of_previous": "percent", "drop_off": "count"}
"""What is compared of a step, and its unit."""


def _compared(step: FunnelStep, then: FunnelStep) -> FunnelStep:
    before = {name: getattr(then, name) for name in _UNITS}
    changes = {name: change(unit, before[name], getattr(step, name)) for name, unit in _UNITS.items()}
    return replace(step, comparison=ComparedStep(**before, change=changes))
