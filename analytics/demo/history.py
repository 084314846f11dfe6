"""Sends the made-up traffic to a running service, as any server would: ``POST /api/events`` with a key.

Its progress is kept in a small file, so that a demo that was stopped continues where it was.
"""

import http.client
import os
import time
from collections.abc import Callable
from http import HTTPStatus
from itertools import chain
from pathlib import Path

import msgspec
from msgspec import Struct

from analytics.demo import catalogue, traffic
from analytics.errors import FootfallError, StoreUnavailable

_TRIES = 30
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0"


class Progress(Struct):
    """How far the demo is. Times are seconds since the epoch."""

    key: str
    """The API key of the demo's site."""
    sent_until: float
    """All that happened until then is sent ..."""
    sending_until: float = 0.0
    """... and this much of what came after, perhaps."""

    @classmethod
    def read(cls, path: Path) -> "Progress | None":
        """The progress stored in ``path``; None if there is no such file."""
        return msgspec.json.decode(path.read_bytes(), type=cls) if path.exists() else None

    def write(self, path: Path) -> None:
        """Replaces ``path`` atomically, with mode 0600."""
        new = path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(self))
        new.replace(path)


class Client:
    """One connection to the service at ``host``:``port``. Raises FootfallError if the service refuses a batch,
    StoreUnavailable if it does not answer."""

    def __init__(self, host: str, port: int, wait: Callable[[float], None] = time.sleep) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=60)
        self._wait = wait

    def is_ready(self) -> bool:
        """Whether the service reports that it takes events."""
        try:
            return self._ask("GET", "/health/ready", b"", {})[0] == HTTPStatus.OK
        except OSError:
            return False

    def send(self, key: str, batch: traffic.Batch) -> None:
        """Sends a batch, again as long as the service answers "later"; it is stored once. Raises StoreUnavailable if that
        does not end, FootfallError if the service refuses the batch."""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        for _ in range(_TRIES):
            status, answer = self._try_to_post("/api/events", msgspec.json.encode(batch), headers)
            if status == HTTPStatus.ACCEPTED:
                return
            if status != HTTPStatus.SERVICE_UNAVAILABLE:
                raise FootfallError(f"the service refused the demo's events ({status}): {answer[:500]}")
            self._wait(1)
        raise StoreUnavailable("the service takes no events; its log says why")

    def object(self, path: str) -> None:
        """Sends a page view of a visitor whose browser objects to being counted (GPC)."""
        event = {"n": "pageview", "u": f"https://{catalogue.DOMAIN}{path}", "d": catalogue.DOMAIN}
        headers = {"Content-Type": "text/plain", "User-Agent": _BROWSER, "Sec-GPC": "1"}
        self._try_to_post("/api/event", msgspec.json.encode(event), headers)

    def close(self) -> None:
        """Lets go of the connection."""
        self._connection.close()

    def _try_to_post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        try:
            return self._ask("POST", path, body, headers)
        except OSError:
            return HTTPStatus.SERVICE_UNAVAILABLE, "no answer"

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ConnectionError("the service did not answer") from error


def send(client: Client, progress: Progress, path: Path, until: float, told: Callable[[float], None]) -> None:
    """Sends everything that happened from ``progress.sent_until`` to ``until``; ``told`` is called with each time reached.
    What is about to be sent is first noted in ``path``. After an interruption the next call sends just that again, under
    the same idempotency keys, so nothing is counted twice."""
    if progress.sending_until > progress.sent_until:
        _send_stretch(client, progress, path, progress.sending_until, told)
    _send_stretch(client, progress, path, until, told)


def _send_stretch(client: Client, progress: Progress, path: Path, until: float, told: Callable[[float], None]) -> None:
    batches = traffic.batches(progress.sent_until, until)
    first = next(batches, None)
    if first is not None:
        progress.sending_until = until
        progress.write(path)
        for batch in chain([first], batches):
            client.send(progress.key, batch)
            told(traffic.time_of(batch.events[-1]))
    progress.sent_until = until
    if first is not None:
        progress.write(path)
