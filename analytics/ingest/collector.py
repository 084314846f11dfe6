"""``collect(request) -> reply``: everything between a request's bytes and a row that may be stored.

No I/O: the web server's side reads the request and makes the reply's entry durable before it sends the reply.
(``/api/events`` may ask the store whether it knows an idempotency key.) It answers in the words of
docs/api.md, whatever comes; and received = counted + dropped, by reason.
"""

import logging
from collections.abc import Mapping
from threading import Lock

from msgspec import Struct

from analytics.clock import Clock
from analytics.errors import InvalidInput, StoreUnavailable, fault
from analytics.ingest import beacon, replies
from analytics.ingest.arrivals import UNKNOWN, Arrival, Arrivals
from analytics.ingest.batch import BatchCollector, Keyring
from analytics.ingest.beacon import Beacon, Wire
from analytics.ingest.directory import Directory
from analytics.ingest.hit import Hit
from analytics.ingest.ledger import Ledger
from analytics.ingest.pipeline import Pipeline, run
from analytics.ingest.rate import Rate
from analytics.ingest.replies import Reply
from analytics.ingest.sessioniser import Sessioniser
from analytics.ingest.spool import Entry, Part
from analytics.model import OWN_NAMES, Dropped, Reason, Site
from analytics.privacy import scrubber
from analytics.privacy.door import Door, Knock
from analytics.store.base import Control, Store

__all__ = ["MANY", "ONE", "Collector", "Reply", "Request", "limit"]

ONE = "/api/event"
MANY = "/api/events"

LIMITS: dict[str, int] = {ONE: 64 * 1024, MANY: 5 * 1024 * 1024}
"""The longest body of each address, in bytes."""

_log = logging.getLogger(__name__)


def limit(path: str) -> int:
    """How many bytes a body may have. Read one more, so that too long a body is seen to be one."""
    return LIMITS.get(path, 0)


class Request(Struct, gc=False):
    """A request behind the door."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    """Those on the door's allow-list, by lower-case name."""
    knock: Knock
    body: bytes

    def __repr__(self) -> str:
        """Without what was sent."""
        return f"Request({self.method} {self.path})"


class Collector:
    """Takes events in. Safe to use from several threads.

    ``pipeline`` turns a hit into an event or a refusal; the default is the one in ``pipeline.STEPS``.
    """

    def __init__(
        self, *, directory: Directory, door: Door, sessioniser: Sessioniser, ledger: Ledger, arrivals: Arrivals,
        control: Control, store: Store, clock: Clock, pipeline: Pipeline = run,
    ) -> None:  # fmt: skip
        self._directory = directory
        self._door = door
        self._sessioniser = sessioniser
        self._ledger = ledger
        self._arrivals = arrivals
        self._clock = clock
        self._pipeline = pipeline
        self._rate = Rate()
        self._keyring = Keyring(control, clock)
        self._lock = Lock()
        self._batches = BatchCollector(
            directory=directory, door=door, sessioniser=sessioniser, ledger=ledger, arrivals=arrivals, store=store,
            clock=clock, lock=self._lock, pipeline=pipeline,
        )  # fmt: skip

    def early(self, method: str, path: str, headers: Mapping[str, str]) -> Reply | None:
        """The answer that needs no body: to preflights, wrong methods, missing keys and lengths over the limit.

        None: read the body (``limit(path)`` bytes and one more), then call ``collect``. For ``/api/events`` this may
        ask the control database about the key.
        """
        most = LIMITS.get(path)
        if most is None:
            return replies.NOT_FOUND
        if method == "OPTIONS":
            return replies.PREFLIGHT
        if method != "POST":
            return self._invalid_for_nobody(replies.WRONG_METHOD)
        length = headers.get("content-length", "")
        if len(length) > 4 and length.isdecimal() and int(length[:20]) > most:
            return self._invalid_for_nobody(replies.TOO_LARGE)
        if path == MANY and self._keyring.key(headers) is None:
            return replies.NOT_ALLOWED
        return None

    def collect(self, request: Request) -> Reply:
        """The answer to a request; never raises.

        Its ``entry``, if any, must be durable before it is sent. Whoever gets a reply with ``batch`` set must
        call ``settle``.
        """
        try:
            reply = self.early(request.method, request.path, request.headers)
            if reply is not None:
                return reply
            if len(request.body) > LIMITS[request.path]:
                return self._invalid_for_nobody(replies.TOO_LARGE)
            if request.path == ONE:
                return self._one(request)
            key = self._keyring.key(request.headers)
            return replies.NOT_ALLOWED if key is None else self._batches.collect(request.body, key)
        except StoreUnavailable:
            return replies.UNAVAILABLE
        except Exception as error:  # whatever a stranger sends must not become a 500 that loses its CORS headers
            _log.error("an event was refused because of a fault in Footfall: %s", fault(error))
            return self._invalid_for_nobody(replies.UNREADABLE)

    def settle(self, reply: Reply, stored: bool) -> None:
        """Says whether the entry of a batch's reply is on disk: only then is its idempotency key used up."""
        self._batches.settle(reply, stored)

    def _one(self, request: Request) -> Reply:
        now = self._clock()
        wire = None
        try:
            wire = beacon.decode(request.body)
            return self._counted(request, beacon.beacon(wire), now)
        except InvalidInput as error:
            self._note_invalid(wire, error, now)
            return replies.invalid(error)

    def _counted(self, request: Request, sent: Beacon, now: float) -> Reply:
        parts: list[Part] = []
        reasons: list[Reason] = []
        for domain in sent.domains:
            site = self._directory.find(domain, any_port=not sent.named)
            outcome = self._unknown(domain, sent, now) if site is None else self._for_site(request, site, sent, now)
            if isinstance(outcome, Part):
                parts.append(outcome)
            else:
                reasons.append(outcome)
        entry = Entry(parts) if parts else None
        if not reasons and entry:
            return replies.accepted(entry)
        return replies.refused(reasons, len(reasons), entry)

    def _for_site(self, request: Request, site: Site, sent: Beacon, now: float) -> Part | Reason:
        hit = Hit(
            site=site, beacon=sent, at=now, now=now, headers=request.headers, door=self._door, knock=request.knock,
            rate=self._rate,
        )  # fmt: skip
        result = self._pipeline(hit)
        if not isinstance(result, Dropped):
            with self._lock:
                row = self._sessioniser.row(site, hit.visitor, result)
            if not isinstance(row, Dropped):
                self._arrivals.note(site.id, Arrival(now, hit.name, hit.hostname, hit.path, None))
                return Part(site.id, [row])
            result = row
        self._ledger.drop(site, now, result.reason)
        self._note_refused(hit, result.reason)
        return result.reason

    def _note_refused(self, hit: Hit, reason: Reason) -> None:
        """Of those who object nothing is shown but that they did."""
        shown = ("", "", "") if reason is Reason.OPTED_OUT else (hit.name, hit.hostname, hit.path)
        self._arrivals.note(hit.site.id, Arrival(hit.now, *shown, reason))

    def _unknown(self, domain: str, sent: Beacon, now: float) -> Reason:
        try:
            path = scrubber.location(sent.url, hash_mode=sent.hash_mode).path
        except ValueError as problem:
            raise InvalidInput("url", str(problem)) from None
        reason = Reason.UNKNOWN_SITE
        self._ledger.drop(None, now, reason)
        name = sent.name if sent.name in OWN_NAMES else scrubber.text(sent.name)
        self._arrivals.note(UNKNOWN, Arrival(now, name, scrubber.text(domain), path, reason))
        return reason

    def _note_invalid(self, wire: Wire | None, error: InvalidInput, now: float) -> None:
        """Counts an invalid event for each known site that it names, else for none."""
        sites = self._sites_named(wire)
        for site in sites:
            self._ledger.drop(site, now, Reason.INVALID)
        if not sites:
            self._ledger.drop(None, now, Reason.INVALID)
        detail = f"{error.field}: {error}"
        for site_id in [site.id for site in sites] or [UNKNOWN]:
            self._arrivals.note(site_id, Arrival(now, "", "", "", Reason.INVALID, detail))

    def _sites_named(self, wire: Wire | None) -> list[Site]:
        try:
            named = beacon.domains(wire) if wire else ()
        except InvalidInput:
            return []
        return [site for domain in named if (site := self._directory.find(domain))]

    def _invalid_for_nobody(self, reply: Reply) -> Reply:
        self._ledger.drop(None, self._clock(), Reason.INVALID)
        return reply
