"""A sitting: several questions about one site, answered from one state of its rows, for one audience."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from datetime import date
from functools import cached_property, partial
from hashlib import blake2b
from threading import Lock
from typing import Any

from msgspec import Struct, json
from msgspec.structs import replace

from analytics.clock import Clock
from analytics.errors import QueryError, StoreUnavailable
from analytics.languages import marked
from analytics.query import cells, filter_json, segments
from analytics.query import compile as compiling
from analytics.query import cover as covering
from analytics.query import flow as flows
from analytics.query import funnel as funnels
from analytics.query import plan as planning
from analytics.query.answering import Answering, Result
from analytics.query.cache import Cache
from analytics.query.cells import Audience
from analytics.query.compile import Ground
from analytics.query.cover import Kept
from analytics.query.dimensions import GOAL, Asked
from analytics.query.filters import Filter, check_goals, check_patterns, conditions_of
from analytics.query.flow import FlowResult
from analytics.query.funnel import FunnelResult
from analytics.query.inside import Inside
from analytics.query.metrics import METRICS
from analytics.query.period import UNBOUND, Bounds, Now, Range
from analytics.query.plan import Plan
from analytics.query.query import Question, parse, with_segments
from analytics.site import SectionRule, Site
from analytics.store.base import Dialect, KeptDay, Read, Statement, Store, Trial
from analytics.store.control.store import ControlStore


class Parts(Struct, frozen=True):
    """What is needed to answer questions."""

    store: Store
    control: ControlStore
    clock: Clock
    freshen: Callable[[Site], None]
    dialect: Dialect
    censuses: Cache
    answers: Cache


class _State(Struct, frozen=True):
    """One state of a site's rows."""

    version: int | None
    """``Store.version``; None in a trial, and if rows changed while the state was being started."""
    ground: Ground
    read: Read
    standing: dict[Range, bytes | None]
    """Range -> what answers about it depend on, for the ranges asked about so far."""


class Sitting:
    """Answers several questions about one site from one state of its rows, as one audience may see it, so that the panels
    of a page agree.

    If the rows cannot be read, the state is given up, and the next question starts another. ``at_once`` is how many threads
    ask at the same time. Nothing is reported for days outside ``bounds``. ``within`` are filters in JSON that hold for
    every question; what they leave out is not even named (``inside.py``).
    """

    def __init__(
        self,
        parts: Parts,
        site: Site,
        trial: Trial | None,
        audience: Audience,
        at_once: int,
        bounds: Bounds = UNBOUND,
        within: Sequence[Any] = (),
        rules: Sequence[SectionRule] | None = None,
    ) -> None:
        self._parts = parts
        self._site = site
        self._trial = trial
        self._audience = audience
        self._at_once = at_once
        self._bounds = bounds
        self._within = list(within)
        self._rules = rules
        self._held = ExitStack()
        self._state: _State | None = None
        self._turn = Lock()

    def close(self) -> None:
        """Releases every state. Call it when all questions have been answered."""
        self._held.close()

    def answer(self, question: Mapping[str, Any], *, explain: bool = False) -> Result:
        """The answer to ``question``, the JSON of the stats API without ``site_id``. With ``explain``, ``meta.explain``
        says how it was found.

        Raises QueryError if the question cannot be answered, StoreUnavailable if the rows cannot be read.
        """
        asked = self._expanded(parse(self._joined(question)))
        plan, ground = self._asked(asked)
        answer = Answering(plan, ground, self._remembering(plan)).result(asked, self._site.domain)
        if explain:
            answer.meta["explain"] = compiling.explained(plan, ground)
        return answer

    def check(self, filters: Sequence[Any]) -> None:
        """Raises QueryError for filters (in JSON) that cannot be used on this site. Reads no rows."""
        asked = self._expanded(parse({"metrics": ["visitors"], "date_range": "day", "filters": list(filters)}))
        check_patterns(asked.filters, self._parts.dialect.pattern_problem)
        check_goals(asked.filters, self._parts.control.goals.all(self._site) if _about(GOAL, asked) else [])

    def funnel(self, question: Mapping[str, Any]) -> FunnelResult:
        """How many visits completed each of several steps; ``question`` as in docs/api.md, without ``site_id``. Raises as
        ``answer`` does."""
        asked = funnels.parse(self._joined(question))
        asked = replace(asked, question=self._expanded(asked.question))
        plan, ground = self._asked(asked.question, asked.steps)
        _check_told(plan)
        plans = [plan, plan.comparison] if plan.comparison else [plan]
        put = replace(asked, steps=tuple(map(self._inside.event, asked.steps)))
        read = self._remembering(plan)
        counted = [read(funnels.statement(put, each, ground.rules, ground.dialect)) for each in plans]
        return funnels.result(asked, plan, counted, self._site.domain)

    def flow(self, question: Mapping[str, Any]) -> FlowResult:
        """Where visits came from and went to; ``question`` as in docs/api.md, without ``site_id``. Raises as ``answer``
        does."""
        asked = flows.parse(self._joined(question))
        asked = replace(asked, question=self._expanded(asked.question))
        plan, ground = self._asked(asked.question, [asked.around])
        _check_told(plan)
        put = replace(asked, around=self._inside.event(asked.around), by=self._inside.place(asked.by))
        least = cells.least(self._audience, self._site.settings.small_cells)
        made = flows.statement(put, plan, ground.rules, least, ground.dialect)
        return flows.result(asked, plan, self._remembering(plan)(made), self._site.domain)

    def _joined(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """The question with the filters that hold for every question added before its own."""
        own = question.get("filters", [])
        return {**question, "filters": [*self._within, *own]} if self._within and isinstance(own, list) else question

    @cached_property
    def _inside(self) -> Inside:
        if not self._within:
            return Inside((), ())
        place = "#/filters"
        read = segments.expanded(
            filter_json.parsed(self._within, place), self._parts.control.segments.all(self._site), place
        )
        return Inside(read, self._begun().ground.rules)

    def _expanded(self, asked: Question) -> Question:
        """The question with the site's segments replaced by their filters."""
        return with_segments(asked, self._parts.control.segments.all(self._site)) if segments.named(asked.filters) else asked

    def _asked(self, asked: Question, more: Sequence[Filter] = ()) -> tuple[Plan, Ground]:
        """The plan, and the ground it is answered on; ``more`` are filters in addition to the question's own."""
        check_patterns([*asked.filters, *more], self._parts.dialect.pattern_problem)
        goals = self._parts.control.goals.all(self._site) if _about(GOAL, asked, more) else []
        check_goals(more, goals)
        now = Now(self._parts.clock(), self._site.timezone, self._site.settings.first_weekday)
        plan = planning.resolved(asked, now, self._first_day, goals, self._bounds)
        ground = self._begun().ground
        return self._folded(self._within_limits(plan)), ground

    def _within_limits(self, plan: Plan) -> Plan:
        """The plan with what reaches outside the viewer's part of the site limited (``inside.py``)."""
        other, so_far = (one and self._within_limits(one) for one in (plan.comparison, plan.so_far))
        return replace(plan, question=self._inside.question(plan.question), comparison=other, so_far=so_far)

    # --- the state ----------------------------------------------------------------------------------------

    def _begun(self) -> _State:
        """The state, which starts with the first question that needs it."""
        with self._turn:
            if self._state is None:
                self._state = self._fresh()
            return self._state

    def _fresh(self) -> _State:
        store, trial = self._parts.store, self._trial
        if trial is None:
            self._parts.freshen(self._site)
        rules = self._parts.control.sections.all(self._site) if self._rules is None else self._rules
        version = store.version(self._site) if trial is None else None
        found = store.snapshot(self._site, self._at_once) if trial is None else nullcontext(trial.read)
        read = self._held.enter_context(found)
        if version is not None and store.version(self._site) != version:
            version = None
        return _State(version, Ground(rules, _kept(self._site, read, self._parts.dialect), self._parts.dialect), read, {})

    def _read(self, statement: Statement) -> list[tuple[Any, ...]]:
        state = self._begun()
        try:
            return state.read(statement)
        except StoreUnavailable:
            with self._turn:
                self._state = None if self._state is state else self._state
            raise

    def _remembering(self, plan: Plan) -> Read:
        """A function that reads for this plan and remembers. An earlier result is reused as long as everything it depends
        on is the same: for sealed days their seals, whatever arrives; else the version of the rows."""
        state = self._begun()
        if state.version is None:
            return self._read
        ranges = [one.range for one in (plan, plan.comparison, plan.so_far) if one]
        standing = [self._standing_of(state, one) for one in ranges]
        depends = (state.version,) if None in standing else tuple(standing)

        def read(statement: Statement) -> list[tuple[Any, ...]]:
            asked = json.encode((self._site.id, statement.sql, statement.parameters, depends))
            key = blake2b(asked, digest_size=16).digest()
            return self._parts.answers.found(key, partial(self._read, statement))

        return read

    def _standing_of(self, state: _State, found: Range) -> bytes | None:
        """The digest of ``Kept.standing``, computed once per range: the panels of a page ask about the same two or three."""
        if found not in state.standing:
            known = state.ground.kept.standing(found)
            state.standing[found] = known and blake2b(known, digest_size=16).digest()
        return state.standing[found]

    def _first_day(self) -> date | None:
        found: date | None = self._read(Statement(self._parts.dialect.report("first_day"), {}))[0][0]
        return found

    # --- small cells --------------------------------------------------------------------------------------

    def _folded(self, plan: Plan) -> Plan:
        """The plan with values folded that its audience may not tell apart (``cells.py``)."""
        other, so_far = (one and self._folded(one) for one in (plan.comparison, plan.so_far))
        folding = cells.folding(plan.question, self._audience, self._site.settings.small_cells)
        plan = replace(plan, comparison=other, so_far=so_far)
        if folding is None or plan.range.start >= plan.range.end:
            return plan

        question, folding = cells.seen(plan.question, folding, lambda attributes: self._census(plan.range, attributes))
        return replace(plan, question=question, folding=folding)

    def _census(self, found: Range, attributes: Sequence[Asked]) -> Iterable[tuple[cells.Cell, int]]:
        """Visitors by attributes. The panels of a page ask for the same ones; for sealed days they stay valid whatever
        arrives. A visitor belongs to one day, so the counts of two parts add up."""
        state = self._begun()
        if state.version is None or any(asked.dimension.recoded for asked in attributes):
            return self._counted(found, attributes).items()
        names = tuple(asked.name for asked in attributes)
        past, rest = covering.parted(found, state.ground.kept)
        parts = ((past, past and state.ground.kept.seals(past)), (rest, state.version))
        sums: Counter[cells.Cell] = Counter()
        for part, state_of in parts:
            if part:
                key = (self._site.id, names, part, state_of)
                sums.update(self._parts.censuses.found(key, partial(self._counted, part, attributes)))
        return sums.items()

    def _counted(self, found: Range, attributes: Sequence[Asked]) -> dict[cells.Cell, int]:
        question = Question((METRICS["visitors"],), "all", tuple(attributes))
        made = compiling.statement(Plan(question, found, None), self._begun().ground, paged=False)
        return {tuple(values): visitors for *values, visitors in self._read(made)}


def _kept(site: Site, read: Read, dialect: Dialect) -> Kept:
    days = read(Statement(dialect.report("days"), {}))
    months = read(Statement(dialect.report("months"), {}))
    ((rows_from,),) = read(Statement(dialect.report("rows_from"), {}))
    return Kept(site.timezone, [KeptDay(*day) for day in days], [(month, rules) for month, rules in months], rows_from)


def _check_told(plan: Plan) -> None:
    """Raises QueryError for a funnel or a flow by attributes of the person, if that could reveal a few of them."""
    if plan.folding and plan.folding.content:
        raise QueryError("#/filters", marked("Shared pages do not show what visits did by attributes of people"))


def _about(dimension: str, question: Question, more: Sequence[Filter] = ()) -> bool:
    """Whether the question groups or filters by a dimension of this family; ``more`` are filters in addition to its own."""
    asked = [*question.dimensions, *(condition.dimension for condition in conditions_of([*question.filters, *more]))]
    return any(one.name.startswith(dimension) for one in asked)
