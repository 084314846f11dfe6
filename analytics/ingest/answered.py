"""The idempotency keys of batches that are being processed or were answered recently.

A sender that got no answer sends its batch again, perhaps while the first attempt is still on its way to the disk. The
second attempt then waits for the first: if that one was stored, both get its answer; if not, the second is processed.
"""

from collections import OrderedDict
from itertools import islice
from threading import Event as Signal
from threading import Lock

from analytics.errors import StoreUnavailable

MOST_REMEMBERED = 10_000
"""Answers kept in memory (about 2 MB). Older ones are in the site's file by then: rows wait half a minute at most."""
PATIENCE = 30.0
"""Seconds a second sender waits for the first."""


class _Claim:
    """One key that is being processed, or was answered."""

    def __init__(self) -> None:
        self.settled = Signal()
        self.answer: bytes | None = None


class Answered:
    """Digest of an idempotency key -> its answer. Safe to use from several threads."""

    def __init__(self, most: int = MOST_REMEMBERED, patience: float = PATIENCE) -> None:
        self._most = most
        self._patience = patience
        self._lock = Lock()
        self._claims: OrderedDict[str, _Claim] = OrderedDict()

    def claim(self, key: str) -> bytes | None:
        """The answer that was given to ``key``. None means that the caller is to process the batch and must then call
        ``settle``. Waits while another thread processes it; raises StoreUnavailable if that takes too long."""
        while True:
            with self._lock:
                claim = self._claims.get(key)
                if claim is None:
                    self._claims[key] = _Claim()
                    self._forget_oldest()
                    return None
            if not claim.settled.wait(self._patience):
                raise StoreUnavailable("the same batch is still being stored; send it again later")
            if claim.answer is not None:
                return claim.answer

    def settle(self, key: str, answer: bytes | None) -> None:
        """Ends a claim: with the answer, which is now durable, or with None if nothing was stored and another attempt may
        be processed."""
        with self._lock:
            claim = self._claims.get(key)
            if claim is None or claim.settled.is_set():
                return
            if answer is None:
                del self._claims[key]
            claim.answer = answer
            claim.settled.set()

    def _forget_oldest(self) -> None:
        """Forgets the oldest answers; claims that are still being processed stay."""
        excess = len(self._claims) - self._most
        for key in list(islice(self._claims, max(0, excess))):
            if self._claims[key].settled.is_set():
                del self._claims[key]
