"""Turns an event and a visitor into a row that identifies neither.

This is the only place where a tag is looked up. The rows carry random numbers instead: one per visitor, site and day, and
one per visit. No clock, no I/O: the same events, tags and random source give the same rows.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from struct import Struct

from analytics.clock import local_day
from analytics.ingest.visitor_map import VisitorMap, VisitState
from analytics.model import ENGAGEMENT, Dropped, Event, Reason, Row, Visitor
from analytics.site import Site

VISIT_GAP = 30 * 60
"""Seconds without an event after which the next one starts a new visit. The field's convention: GA4,
Plausible and Matomo all use 30 minutes."""

_ONE_DAY = timedelta(days=1)
_BLOCK = Struct("512Q")


def _random_numbers() -> Iterator[int]:
    """An endless stream of 64-bit random numbers from the operating system. They are read in blocks, since each system call
    costs as much as a tenth of an event."""
    while True:
        yield from _BLOCK.unpack(os.urandom(_BLOCK.size))


class Sessioniser:
    """Keeps the visitor map and assigns visitor and visit numbers."""

    def __init__(self, visitors: VisitorMap, random: Callable[[], int] | None = None) -> None:
        """``random`` returns 64 random bits per call; by default from the operating system."""
        self.visitors = visitors
        self._random = random or _random_numbers().__next__

    def row(self, site: Site, visitor: Visitor, event: Event) -> Row | Dropped:
        """The row to store for ``event``, or ``Dropped(NO_VISIT)`` for reading time that belongs to no visit.

        Events of one visitor should arrive in the order of their times; small disorder is harmless.
        """
        day = local_day(event.time, site.timezone)
        known = self.visitors.day(site.id, day)
        state = self._state(known, site, visitor, event)
        if state is None:
            return Dropped(Reason.NO_VISIT)
        row = _row(day, state, event)
        state.seq = row.seq + 1
        state.last = max(state.last, event.time)
        known[visitor.tag] = state
        return row

    def rehearsed(self, site: Site, visitor: Visitor, event: Event) -> Row | Dropped:
        """What ``row`` would return now, without changing the visitor map."""
        day = local_day(event.time, site.timezone)
        state = self._state(self.visitors.day(site.id, day), site, visitor, event)
        return Dropped(Reason.NO_VISIT) if state is None else _row(day, state, event)

    def _state(self, known: Mapping[int, VisitState], site: Site, visitor: Visitor, event: Event) -> VisitState | None:
        """The visit that the event belongs to or begins; None for reading time without a visit."""
        state = known.get(visitor.tag)
        if state is None and visitor.previous_tag is not None:
            state = self._carried_over_midnight(site, visitor.previous_tag, event)
        if state is not None and abs(_began(event) - state.last) <= VISIT_GAP:
            return state
        if event.name == ENGAGEMENT:
            return None
        return VisitState(
            visitor=self._random() if state is None else state.visitor,
            visit=self._random(),
            last=event.time,
            seq=0,
            attributes=event.attributes,
        )

    def _carried_over_midnight(self, site: Site, previous_tag: int, event: Event) -> VisitState | None:
        """Yesterday's open visit of this person, continued under today's key with a new visitor number.

        Neither the visitor number nor the tag crosses midnight, so two days can be linked only through the one visit that
        spans both.
        """
        yesterday = local_day(event.time, site.timezone) - _ONE_DAY
        state = self.visitors.day(site.id, yesterday).get(previous_tag)
        if state is None or abs(_began(event) - state.last) > VISIT_GAP:
            return None
        return VisitState(
            visitor=self._random(), visit=state.visit, last=state.last, seq=state.seq, attributes=state.attributes
        )


def _row(day: date, state: VisitState, event: Event) -> Row:
    """The event as the next row of its visit."""
    of_visit = state.attributes
    return Row(
        day,
        _utc_second(int(event.time)),
        state.seq,
        max(0, int(event.time) - int(state.last)),  # between whole seconds: rounded differences would not add up
        state.visitor,
        state.visit,
        event.name,
        event.hostname,
        event.path,
        event.interactive,
        event.engaged,
        event.scroll,
        event.revenue,
        event.currency,
        event.props,
        of_visit.referrer,
        of_visit.source,
        of_visit.channel,
        of_visit.utm_source,
        of_visit.utm_medium,
        of_visit.utm_campaign,
        of_visit.utm_content,
        of_visit.utm_term,
        of_visit.country,
        of_visit.region,
        of_visit.city,
        of_visit.browser,
        of_visit.browser_version,
        of_visit.os,
        of_visit.os_version,
        of_visit.device,
        of_visit.language,
        of_visit.screen,
        of_visit.click_id,
    )


def _began(event: Event) -> float:
    """When the activity that an event reports began: an engagement event is sent at the end of the reading."""
    return event.time - event.engaged / 1000


@lru_cache(maxsize=1024)
def _utc_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
