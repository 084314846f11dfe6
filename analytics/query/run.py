"""Answers: takes a question as JSON, returns the answer. The only way to any number, for pages, API and commands."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from msgspec import Struct

from analytics.clock import Clock
from analytics.query.answering import Result
from analytics.query.cache import Cache
from analytics.query.cells import Audience
from analytics.query.flow import FlowResult
from analytics.query.funnel import FunnelResult
from analytics.query.period import UNBOUND, Bounds
from analytics.query.sitting import Parts, Sitting
from analytics.site import SectionRule, Site
from analytics.store.base import Dialect, Store, Trial
from analytics.store.control.store import ControlStore

CURRENT = timedelta(minutes=5)
"""Visitors who were active within this time are current."""


REMEMBERED = 512
"""Statements whose rows are cached: some twenty whole pages."""
_LARGEST = 2000
"""The most cells of an answer that is cached: the list of a panel, a year by day. All of them together take less than 50
MB."""


class LedgerDay(Struct, frozen=True):
    """received = counted + dropped, on one day of the site."""

    day: date
    counted: int
    dropped: dict[str, int]
    """Reason (``model.Reason``) -> how many."""
    restarted: bool = False
    """Whether a crash lost the visitor map, so that visitors before and after it are counted twice."""
    left_out: int = 0
    """Parameters, not events: identifying ones that were left out of counted events."""

    @property
    def received(self) -> int:
        """Everything that reached the site that day."""
        return self.counted + sum(self.dropped.values())


class Answers:
    """Answers questions about one site at a time; safe to use from several threads.

    ``freshen`` is called with the site before its rows are read: it loads what is waiting in the spool. ``remembered`` is
    how many statements' results are cached while they are valid.
    """

    def __init__(
        self,
        store: Store,
        control: ControlStore,
        clock: Clock,
        freshen: Callable[[Site], None],
        dialect: Dialect,
        remembered: int = REMEMBERED,
    ) -> None:
        self._parts = Parts(store, control, clock, freshen, dialect, Cache(), Cache(remembered, _is_small))

    @contextmanager
    def sitting(
        self,
        site: Site,
        trial: Trial | None = None,
        audience: Audience = Audience.SIGNED_IN,
        at_once: int = 1,
        bounds: Bounds = UNBOUND,
        within: Sequence[Any] = (),
        rules: Sequence[SectionRule] | None = None,
    ) -> Iterator[Sitting]:
        """A context for several questions from ``at_once`` threads, to be held no longer than one page takes. With a
        ``trial`` the answers are what they would be in it. ``within`` are the viewer's filters, outside of which they learn
        nothing. ``rules`` replace the site's section rules; no stored data follows them."""
        sitting = Sitting(self._parts, site, trial, audience, at_once, bounds, within, rules)
        try:
            yield sitting
        finally:
            sitting.close()

    def answer(
        self,
        site: Site,
        question: Mapping[str, Any],
        trial: Trial | None = None,
        *,
        audience: Audience = Audience.SIGNED_IN,
        explain: bool = False,
    ) -> Result:
        """One ``Sitting.answer``."""
        with self.sitting(site, trial, audience) as sitting:
            return sitting.answer(question, explain=explain)

    def funnel(self, site: Site, question: Mapping[str, Any]) -> FunnelResult:
        """One ``Sitting.funnel``."""
        with self.sitting(site) as sitting:
            return sitting.funnel(question)

    def flow(self, site: Site, question: Mapping[str, Any]) -> FlowResult:
        """One ``Sitting.flow``."""
        with self.sitting(site) as sitting:
            return sitting.flow(question)

    def current_visitors(self, site: Site, within: Sequence[Any] = ()) -> int:
        """How many visitors were active in the last five minutes, ``within`` these filters. Counts visits, because around
        midnight one visit has two visitor numbers."""
        now = datetime.fromtimestamp(int(self._parts.clock()), UTC)
        if within:
            days = [moment.isoformat() for moment in (now - CURRENT, now)]
            with self.sitting(site, within=within) as sitting:
                found = sitting.answer({"metrics": ["visits"], "date_range": days})
            return int(found.results[0]["metrics"][0])
        self._parts.freshen(site)
        since = now.replace(tzinfo=None) - CURRENT
        rows = self._parts.store.query(site, self._parts.dialect.report("current_visitors"), {"since": since})
        return int(rows[0][0])

    def ledger(self, site: Site, first_day: date, last_day: date) -> list[LedgerDay]:
        """What was received on each of these days, one row per day, including days without events."""
        self._parts.freshen(site)
        within = {"first": first_day, "last": last_day}
        found = self._parts.store.query(site, self._parts.dialect.report("ledger"), within)
        restarted = {day for (day,) in self._parts.store.query(site, self._parts.dialect.report("restarts"), within)}
        left_out = dict(self._parts.store.query(site, self._parts.dialect.report("left_out"), within))
        counts: dict[date, dict[str | None, int]] = {}
        for day, reason, events in found:
            counts.setdefault(day, {})[reason] = int(events)
        days = [first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1)]
        return [_ledger_day(day, counts.get(day, {}), day in restarted, left_out.get(day, 0)) for day in days]


def _is_small(rows: Sequence[Sequence[Any]]) -> bool:
    return sum(len(row) for row in rows) <= _LARGEST


def _ledger_day(day: date, counts: Mapping[str | None, int], restarted: bool, left_out: int) -> LedgerDay:
    dropped = {reason: number for reason, number in counts.items() if reason is not None}
    return LedgerDay(day, counts.get(None, 0), dropped, restarted, left_out)
