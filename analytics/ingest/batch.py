"""``POST /api/events``: up to 1,000 events with their own times, stored together or not at all.

For servers, imports and demos: whoever holds a key with the scope ``events`` may say who a visitor was. That goes
through the same door as a live event and leaves as little behind.
"""

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from threading import Lock

from msgspec import Struct

from analytics.clock import Clock, local_day
from analytics.errors import InvalidInput, StoreUnavailable
from analytics.ingest import beacon, replies
from analytics.ingest.answered import Answered
from analytics.ingest.arrivals import Arrival, Arrivals
from analytics.ingest.beacon import TimedBeacon
from analytics.ingest.directory import Directory
from analytics.ingest.hit import NOBODY, Hit
from analytics.ingest.ledger import Ledger
from analytics.ingest.pipeline import Pipeline
from analytics.ingest.replies import Reply
from analytics.ingest.sessioniser import Sessioniser
from analytics.ingest.spool import Entry, Part
from analytics.model import NOWHERE, Dropped, Event, Reason, Row, Site, Visitor
from analytics.privacy.door import Door
from analytics.store.base import Batch, Control, Key, Store

SCOPE = "events"
_KEY_SECONDS = 10.0
"""A key that was revoked works for as long as this."""
_MOST_KEYS = 1_000
_LONGEST_KEY = 200


class Keyring:
    """API keys by their text. Those that were found are remembered for seconds, by hash, so that a stream of
    batches does not ask the database each time."""

    def __init__(self, control: Control, clock: Clock) -> None:
        self._control = control
        self._clock = clock
        self._known: dict[bytes, tuple[float, Key]] = {}

    def key(self, headers: Mapping[str, str]) -> Key | None:
        """The key in ``Authorization: Bearer``, if it exists and may send events."""
        scheme, _, text = headers.get("authorization", "").partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or not text or len(text) > _LONGEST_KEY:
            return None
        name, now = sha256(text.encode("utf-8", "replace")).digest(), self._clock()
        until, key = self._known.get(name, (0.0, None))
        if key is None or not until - _KEY_SECONDS <= now < until:
            key = self._control.key(text)
            if key is None or SCOPE not in key.scopes:
                return None
            if len(self._known) >= _MOST_KEYS:
                self._known.clear()
            self._known[name] = (now + _KEY_SECONDS, key)
        return key


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
    """Takes batches in. Safe to use from several threads."""

    def __init__(
        self, *, directory: Directory, door: Door, sessioniser: Sessioniser, ledger: Ledger, arrivals: Arrivals,
        store: Store, clock: Clock, lock: Lock, pipeline: Pipeline,
    ) -> None:  # fmt: skip
        self._directory = directory
        self._door = door
        self._sessioniser = sessioniser
        self._ledger = ledger
        self._arrivals = arrivals
        self._store = store
        self._clock = clock
        self._lock = lock
        self._pipeline = pipeline
        self._answered = Answered()

    def collect(self, body: bytes, key: Key) -> Reply:
        """The answer to a batch. An answer with ``batch`` set waits for ``settle``. Raises StoreUnavailable when
        the same batch is stuck elsewhere."""
        try:
            name, events = beacon.decode_batch(body)
        except InvalidInput as error:
            self._ledger.drop(None, self._clock(), Reason.INVALID)
            return replies.invalid_batch([(None, error)])
        digest = sha256(f"{key.id}:{name}".encode("utf-8", "replace")).hexdigest()
        answer = self._answered.claim(digest)
        if answer is not None:
            return replies.batch_accepted(answer)
        try:
            reply = self._taken_in(digest, events, key)
        except BaseException:
            self._answered.settle(digest, None)
            raise
        if not reply.batch:
            self._answered.settle(digest, reply.body if reply.status == 202 else None)
        return reply

    def settle(self, reply: Reply, stored: bool) -> None:
        """Says whether the entry of ``reply`` is on disk; only then is the batch done."""
        if reply.batch:
            self._answered.settle(reply.batch, reply.body if stored else None)

    def _taken_in(self, digest: str, events: list[bytes], key: Key) -> Reply:
        now = self._clock()
        timed, errors = self._read(events, key, now)
        site = next((site for event in timed for site in self._sites(event) if site is not NOWHERE), None)
        if site is not None and (answer := self._stored_answer(site, digest)) is not None:
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

    def _read(self, events: list[bytes], key: Key, now: float) -> tuple[list[TimedBeacon], Errors]:
        timed: list[TimedBeacon] = []
        errors: Errors = []
        for index, event in enumerate(events):
            try:
                read = beacon.timed(beacon.decode_timed(event), now)
                self._check_key(read, key)
                timed.append(read)
            except InvalidInput as error:
                errors.append((index, error))
        return timed, errors

    def _check_key(self, event: TimedBeacon, key: Key) -> None:
        if key.site_ids is None:
            return
        for site in self._sites(event):
            if site.id not in key.site_ids:
                raise InvalidInput("domain", "the key is not for this site")

    def _sites(self, event: TimedBeacon) -> list[Site]:
        """The sites it is for, ``NOWHERE`` standing for each that is not set up here."""
        sent = event.beacon
        return [self._directory.find(domain, any_port=not sent.named) or NOWHERE for domain in sent.domains]

    def _stored_answer(self, site: Site, digest: str) -> bytes | None:
        """What the site's file knows of this key. A file that cannot be read now is no reason to refuse: the
        writer compares keys again when it loads."""
        try:
            answer = self._store.batch_answer(site, digest)
        except StoreUnavailable:
            return None
        return None if answer is None else answer.encode()

    def _outcomes(self, event: TimedBeacon, now: float) -> list[_Outcome]:
        knock = self._door.told(ip=event.ip, user_agent=event.user_agent, visitor=event.visitor)
        at = min(event.at, now)
        outcomes = []
        for site in self._sites(event):
            if site is NOWHERE:
                outcomes.append(_Outcome(site, at, NOBODY, None, Dropped(Reason.UNKNOWN_SITE)))
                continue
            backdated = local_day(at, site.timezone) < local_day(now, site.timezone)
            hit = Hit(
                site=site, beacon=event.beacon, at=at, now=now, headers={}, door=self._door, knock=knock,
                backdated=backdated, facts=event.facts,
            )  # fmt: skip
            result = self._pipeline(hit)
            outcomes.append(_Outcome(site, at, hit.visitor, hit, result))
        return outcomes

    def _stored(self, digest: str, site: Site | None, outcomes: list[_Outcome]) -> Reply:
        """Numbers the visits, in the order of time, and makes one entry of it all."""
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
        """Adds the row to ``part``, or the reason why there is none."""
        result = self._row(outcome)
        if isinstance(result, Row):
            part.rows.append(result)
            self._note(outcome, None)
            return None
        reason = result.reason
        day = part.dropped.setdefault(local_day(outcome.at, outcome.site.timezone).isoformat(), {})
        day[reason.value] = day.get(reason.value, 0) + 1
        self._note(outcome, reason)
        return reason

    def _row(self, outcome: _Outcome) -> Row | Dropped:
        if isinstance(outcome.result, Dropped):
            return outcome.result
        with self._lock:
            return self._sessioniser.row(outcome.site, outcome.visitor, outcome.result)

    def _note(self, outcome: _Outcome, reason: Reason | None) -> None:
        """Shows events of today among the arrivals; an imported year would only bury them."""
        hit = outcome.hit
        if hit and not hit.backdated:
            self._arrivals.note(hit.site.id, Arrival(hit.now, hit.name, hit.hostname, hit.path, reason))

    def _refuse(self, events: int, now: float) -> None:
        for _ in range(events):
            self._ledger.drop(None, now, Reason.INVALID)
