"""``collect(request) -> reply``: everything between a request's bytes and a row that may be stored.

No I/O: the web server's side reads the request and makes the reply's entry durable before it sends the reply.
(``/api/events`` may ask the store whether it knows an idempotency key.) It answers in the words of
docs/api.md, whatever comes; and received = counted + dropped, by reason.
"""

import logging
from collections.abc import Mapping

from msgspec import Struct

from analytics.errors import InvalidInput, StoreUnavailable, fault
from analytics.ingest import beacon, replies
from analytics.ingest.batch import BatchCollector
from analytics.ingest.beacon import Wire
from analytics.ingest.intake import Intake
from analytics.ingest.keyring import Keyring
from analytics.ingest.replies import Reply
from analytics.ingest.single import SingleCollector
from analytics.model import Reason
from analytics.privacy.door import Knock
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
    """Takes events in. Safe to use from several threads."""

    def __init__(self, intake: Intake, control: Control, store: Store) -> None:
        self._intake = intake
        self._keyring = Keyring(control, intake.clock)
        self._single = SingleCollector(intake)
        self._batches = BatchCollector(intake, store)

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
        if path == MANY and self._keyring.sender(headers) is None:
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
            sender = self._keyring.sender(request.headers)
            return replies.NOT_ALLOWED if sender is None else self._batches.collect(request.body, sender)
        except StoreUnavailable:
            return replies.UNAVAILABLE
        except Exception as error:  # whatever a stranger sends must not become a 500 that loses its CORS headers
            _log.error("an event was refused because of a fault in Footfall: %s", fault(error))
            return self._invalid_for_nobody(replies.UNREADABLE)

    def settle(self, reply: Reply, stored: bool) -> None:
        """Says whether the entry of a batch's reply is on disk: only then is its idempotency key used up."""
        self._batches.settle(reply, stored)

    def _one(self, request: Request) -> Reply:
        try:
            outcome = self._single.collect(self._decoded(request.body), request.headers, request.knock)
        except InvalidInput as error:
            return replies.invalid(error)
        if outcome.entry and not outcome.reasons:
            return replies.accepted(outcome.entry)
        return replies.refused(outcome.reasons, outcome.entry)

    def _decoded(self, body: bytes) -> Wire:
        try:
            return beacon.decode(body)
        except InvalidInput as error:
            self._single.unreadable(error)
            raise

    def _invalid_for_nobody(self, reply: Reply) -> Reply:
        self._intake.ledger.drop(None, self._intake.clock(), Reason.INVALID)
        return reply
