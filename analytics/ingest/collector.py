"""``collect(request) -> reply``: everything between a request's bytes and a row that may be stored.

It does no I/O: the web server's side reads the request, and makes the reply's entry durable before it sends the reply. (For
``/api/events`` it may ask the store whether it knows an idempotency key.) Replies follow docs/api.md whatever arrives, and
received = counted + dropped, by reason.
"""

import logging
from collections.abc import Mapping

from msgspec import Struct

from analytics.errors import InvalidInput, StoreUnavailable, fault
from analytics.ingest import beacon, replies, wire
from analytics.ingest.batch import BatchCollector
from analytics.ingest.intake import Intake
from analytics.ingest.keyring import Keyring
from analytics.ingest.rehearsal import Rehearsal
from analytics.ingest.replies import Reply
from analytics.ingest.single import SingleCollector
from analytics.model import Reason
from analytics.privacy.door import Knock
from analytics.store.base import Store
from analytics.store.control.store import ControlStore

ONE = "/api/event"
MANY = "/api/events"
PIXEL = "/api/pixel.gif"

_log = logging.getLogger(__name__)


class Way(Struct, frozen=True):
    """One endpoint of the collector."""

    methods: str
    """As the header ``Allow`` lists them, the usual one first."""
    longest: int
    """Bytes of a body. Read one more, so that too long a body is seen to be one."""

    @property
    def preflight(self) -> Reply:
        """The reply to OPTIONS."""
        return replies.preflight(self.methods)

    @property
    def wrong_method(self) -> Reply:
        """The reply to a method that the endpoint does not accept."""
        return replies.wrong_method(self.methods)


WAYS: dict[str, Way] = {
    ONE: Way("POST, OPTIONS", 64 * 1024),
    MANY: Way("POST, OPTIONS", 5 * 1024 * 1024),
    PIXEL: Way("GET, HEAD, OPTIONS", 0),
}
"""By path. A site's own endpoint is another name of the first, which the front knows."""


class Request(Struct, gc=False):
    """A request after it has passed the door."""

    method: str
    path: str
    query: str
    """Without the question mark; of pictures alone."""
    headers: Mapping[str, str]
    """Those on the door's allow-list, by lower-case name."""
    knock: Knock
    body: bytes

    def __repr__(self) -> str:
        """Without what was sent."""
        return f"Request({self.method} {self.path})"


class Collector:
    """Processes events. Safe to use from several threads."""

    def __init__(self, intake: Intake, control: ControlStore, store: Store) -> None:
        self._intake = intake
        self._keyring = Keyring(control, intake.clock)
        self._single = SingleCollector(intake)
        self._batches = BatchCollector(intake, store)
        self._rehearsal = Rehearsal(intake)
        self._answers = {ONE: self._one, MANY: self._many, PIXEL: self._picture}

    def early(self, method: str, path: str, headers: Mapping[str, str]) -> Reply | None:
        """The reply to a request that can be answered without its body: a preflight, a wrong method, a missing key, a
        declared length over the limit. None means: read the body (up to ``Way.longest`` bytes and one more), then call
        ``collect``. For ``/api/events`` this may look up the key in the control database."""
        way = WAYS.get(path)
        if way is None:
            return replies.NOT_FOUND
        if method != "POST" or path == PIXEL:
            return self._without_body(method, way)
        length = headers.get("content-length", "")
        if len(length) > 4 and length.isdecimal() and int(length[:20]) > way.longest:
            return self._invalid_for_nobody(replies.TOO_LARGE)
        if headers.get("content-encoding", "identity").lower() != "identity":
            return self._invalid_for_nobody(replies.ENCODED)
        if path == MANY and self._keyring.sender(headers) is None:
            return replies.NOT_ALLOWED
        return None

    def _without_body(self, method: str, way: Way) -> Reply | None:
        if method == "OPTIONS":
            return way.preflight
        if method not in way.methods.split(", "):
            return self._invalid_for_nobody(way.wrong_method)
        return replies.picture() if method == "HEAD" else None  # asks whether the pixel is there; nobody sees a page

    def collect(self, request: Request) -> Reply:
        """The reply to a request; never raises. If the reply has an ``entry``, that must be durable before the reply is
        sent. If it has ``batch`` set, the caller must call ``settle``."""
        try:
            reply = self.early(request.method, request.path, request.headers)
            if reply is not None:
                return reply
            if len(request.body) > WAYS[request.path].longest:
                return self._invalid_for_nobody(replies.TOO_LARGE)
            return self._answers[request.path](request)
        except StoreUnavailable:
            return replies.UNAVAILABLE
        except Exception as error:  # whatever a stranger sends must not become a 500 that loses its CORS headers
            _log.error("an event was refused because of a fault in Footfall: %s", fault(error))
            return self._invalid_for_nobody(replies.UNREADABLE)

    def settle(self, reply: Reply, stored: bool) -> None:
        """Reports whether the entry of a batch's reply is on disk; only then is its idempotency key used up."""
        self._batches.settle(reply, stored)

    def rehearse(self, request: Request, *, signed_in: bool) -> Reply:
        """The reply that explains what would happen to an event sent to ``/api/event``, and why; nothing is stored or
        counted. The caller must be ``signed_in``, or have a key that may send events to all the named sites; else the reply
        is 401."""
        try:
            sender = None if signed_in else self._keyring.sender(request.headers)
            if not signed_in and sender is None:
                return replies.NOT_ALLOWED
            if len(request.body) > WAYS[ONE].longest:
                return replies.TOO_LARGE
            sent = beacon.read(request.body)
            if sender is not None:
                sender.check(self._intake.sites(sent))
            return replies.rehearsed(self._rehearsal.of(sent, request.headers, request.knock))
        except InvalidInput as error:
            return replies.invalid(error)
        except StoreUnavailable:
            return replies.UNAVAILABLE

    def _one(self, request: Request) -> Reply:
        try:
            outcome = self._single.collect(lambda: wire.decode(request.body), request.headers, request.knock)
        except InvalidInput as error:
            return replies.invalid(error)
        if outcome.entry and not outcome.reasons:
            return replies.accepted(outcome.entry)
        return replies.refused(outcome.reasons, outcome.entry)

    def _many(self, request: Request) -> Reply:
        sender = self._keyring.sender(request.headers)
        return replies.NOT_ALLOWED if sender is None else self._batches.collect(request.body, sender)

    def _picture(self, request: Request) -> Reply:
        page = self._intake.door.embedding_page(request.knock)
        try:
            outcome = self._single.collect(lambda: wire.from_query(request.query, page), request.headers, request.knock)
        except InvalidInput:
            return replies.picture([Reason.INVALID])
        return replies.picture(outcome.reasons, outcome.entry)

    def _invalid_for_nobody(self, reply: Reply) -> Reply:
        self._intake.ledger.drop(None, self._intake.clock(), Reason.INVALID)
        return reply
