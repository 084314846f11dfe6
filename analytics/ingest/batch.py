"""``POST /api/events``: up to 1,000 events with their own times, stored together or not at all.

For servers, imports and demos: whoever holds a key with the scope ``events`` may say who a visitor was. The person goes
through the same door as one of a live event and leaves as little behind.
"""

from collections import Counter
from hashlib import blake2b

from msgspec import Struct

from analytics.clock import local_day
from analytics.errors import InvalidInput, StoreUnavailable
from analytics.ingest import beacon, replies, wire
from analytics.ingest.answered import Answered
from analytics.ingest.beacon import TimedBeacon
from analytics.ingest.hit import NOBODY, Hit
from analytics.ingest.intake import Intake
from analytics.ingest.keyring import Sender
from analytics.ingest.pipeline import run
from analytics.ingest.replies import Reply
from analytics.ingest.spool import Entry, Part
from analytics.model import Dropped, Event, Reason, Row, Visitor
from analytics.site import NOWHERE, Site
from analytics.store.base import Batch, Store

Errors = list[tuple[int | None, InvalidInput]]
"""What is wrong with a batch: the number of an event, or None for the batch itself."""


class _Outcome(Struct):
    """One event of the batch for one site."""

    site: Site
    at: float
    visitor: Visitor
    hit: Hit | None
    result: Event | Dropped


class BatchCollector:
    """Processes batches. Safe to use from several threads."""

    def __init__(self, intake: Intake, store: Store) -> None:
        self._intake = intake
        self._store = store
        self._answered = Answered()

    def collect(self, body: bytes, sender: Sender) -> Reply:
        """The reply to a batch. If the reply has ``batch`` set, the caller must call ``settle``. Raises StoreUnavailable if
        another attempt at the same batch takes too long."""
        try:
            name, events = wire.decode_batch(body)
        except InvalidInput as error:
            self._refuse(1, self._intake.clock())
            return replies.invalid_batch([(None, error)])
        digest = blake2b(name.encode("utf-8", "replace"), key=sender.secret, digest_size=32).hexdigest()
        answer = self._answered.claim(digest)
        if answer is not None:
            return replies.batch_accepted(answer)
        try:
            reply = self._taken_in(digest, events, sender)
        except BaseException:
            self._answered.settle(digest, None)
            raise
        if not reply.batch:
            self._answered.settle(digest, reply.body if reply.status == 202 else None)
        return reply

    def settle(self, reply: Reply, stored: bool) -> None:
        """Reports whether the entry of ``reply`` is on disk; only then is the batch finished."""
        if reply.batch:
            self._answered.settle(reply.batch, reply.body if stored else None)

    def _taken_in(self, digest: str, events: list[bytes], sender: Sender) -> Reply:
        now = self._intake.clock()
        timed, errors = self._read(events, sender, now)
        site = next((site for event in timed for site in self._intake.sites(event.beacon) if site is not NOWHERE), None)
        if (answer := self._stored_answer(site or NOWHERE, digest)) is not None:
            return replies.batch_accepted(answer)
        outcomes: list[_Outcome] = []
        for index, event in enumerate(timed if not errors else ()):
            try:
                outcomes += self._outcomes(event, now)
            except InvalidInput as error:
                errors.append((index, error))
        if errors:
            self._refuse(len(errors), now)
            return replies.invalid_batch(errors)
        return self._stored(digest, site, outcomes)

    def _read(self, events: list[bytes], sender: Sender, now: float) -> tuple[list[TimedBeacon], Errors]:
        timed: list[TimedBeacon] = []
        errors: Errors = []
        for index, event in enumerate(events):
            try:
                read = beacon.timed(wire.decode_timed(event), now)
                sender.check(self._intake.sites(read.beacon))
                timed.append(read)
            except InvalidInput as error:
                errors.append((index, error))
        return timed, errors

    def _stored_answer(self, site: Site, digest: str) -> bytes | None:
        """The answer that the site's file has for this key, if any. A file that cannot be read now is no reason to refuse
        the batch: the writer compares keys again when it loads."""
        try:
            answer = self._store.batch_answer(site, digest)
        except StoreUnavailable:
            return None
        return None if answer is None else answer.encode()

    def _outcomes(self, event: TimedBeacon, now: float) -> list[_Outcome]:
        knock = self._intake.door.told(ip=event.ip, user_agent=event.user_agent, visitor=event.visitor)
        at = min(event.at, now)
        outcomes = []
        for site in self._intake.sites(event.beacon):
            if site is NOWHERE:
                outcomes.append(_Outcome(site, at, NOBODY, None, Dropped(Reason.UNKNOWN_SITE)))
                continue
            backdated = local_day(at, site.timezone) < local_day(now, site.timezone)
            hit = Hit(
                site=site, beacon=event.beacon, at=at, now=now, headers={}, door=self._intake.door, knock=knock,
                backdated=backdated, facts=event.facts, sources=self._intake.sources,
            )  # fmt: skip
            result = run(hit)
            outcomes.append(_Outcome(site, at, hit.visitor, hit, result))
        return outcomes

    def _stored(self, digest: str, site: Site | None, outcomes: list[_Outcome]) -> Reply:
        """Numbers the visits in the order of time and makes one entry of all events."""
        parts: dict[str, Part] = {site.id: Part(site=site.id)} if site else {}
        dropped: Counter[str] = Counter()
        counted = 0
        for outcome in sorted(outcomes, key=lambda outcome: outcome.at):
            part = parts.setdefault(outcome.site.id, Part(site=outcome.site.id))
            reason = self._add(part, outcome)
            if reason is None:
                counted += 1
            else:
                dropped[reason.value] += 1
        answer = replies.sums(counted, dropped)
        entry = Entry(parts=list(parts.values()), batch=Batch(key=digest, answer=answer.decode()))
        return replies.batch_accepted(answer, entry, digest)

    def _add(self, part: Part, outcome: _Outcome) -> Reason | None:
        """Adds the event's row to ``part``, or the reason why it has none."""
        result = outcome.result
        row = result if isinstance(result, Dropped) else self._intake.row(outcome.site, outcome.visitor, result)
        if isinstance(row, Row):
            part.rows.append(row)
            if outcome.hit and outcome.hit.left_out:
                day = row.day.isoformat()
                part.left_out[day] = part.left_out.get(day, 0) + outcome.hit.left_out
            self._note(outcome, None)
            return None
        reason = row.reason
        refused = part.dropped.setdefault(local_day(outcome.at, outcome.site.timezone).isoformat(), {})
        refused[reason.value] = refused.get(reason.value, 0) + 1
        kept = self._intake.row_apart(outcome.hit, row) if outcome.hit else None
        if kept is not None:
            part.apart.append(kept)
        self._note(outcome, reason)
        return reason

    def _note(self, outcome: _Outcome, reason: Reason | None) -> None:
        """Shows events of today among the arrivals. Imported older ones would only crowd them out."""
        if outcome.hit and not outcome.hit.backdated:
            self._intake.note(outcome.hit, reason)

    def _refuse(self, events: int, now: float) -> None:
        for _ in range(events):
            self._intake.ledger.drop(None, now, Reason.INVALID)
