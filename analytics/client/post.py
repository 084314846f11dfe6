"""HTTP to the collector: one batch, one answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from analytics import __version__

PATH = "/api/events"
MOST_READ = 1_000_000
"""Bytes of an answer; the longest that is meant names a thousand events."""


@dataclass(frozen=True)
class Answer:
    """The collector's response to a batch."""

    status: int
    """0: there was no answer."""
    content: Any = None
    """The JSON of the body; None if it is none."""
    wait: float = 0
    """Seconds it asks to wait (Retry-After); 0: as one likes."""
    error: str = ""
    """Why there was no answer: the name of the error, and nothing of what was sent."""

    @property
    def outcome(self) -> str:
        """A description for the log."""
        return self.error or f"status {self.status}"


Post = Callable[[bytes, float], Answer]
"""Sends a body, waiting for the connection and for each piece of the answer at most so many seconds. Raises nothing."""


class Collector:
    """The collector at ``endpoint`` (``https://stats.example.org``), used with the API key ``key``."""

    def __init__(self, endpoint: str, key: str) -> None:
        self._url = endpoint.rstrip("/") + PATH
        self._headers = {
            "authorization": f"Bearer {key}",
            "content-type": "application/json",
            "user-agent": f"footfall-client/{__version__}",
        }
        self._opener = _opener(endpoint)

    def __call__(self, body: bytes, timeout: float) -> Answer:
        """See ``Post``."""
        try:
            with self._response(body, timeout) as response:
                return _answer(response.status, response.headers, response.read(MOST_READ))
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            return Answer(0, error=type(reason if isinstance(reason, Exception) else error).__name__)

    def _response(self, body: bytes, timeout: float) -> Any:
        request = Request(self._url, body, self._headers, method="POST")  # noqa: S310 - the scheme was checked
        try:
            return self._opener.open(request, timeout=timeout)
        except HTTPError as error:  # is the response, too
            return error


class _NoRedirect(HTTPRedirectHandler):
    """Follows no redirect: a key and visitors' addresses go where the owner said, and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        """Makes no new request, so that the redirect is the response."""


def _opener(endpoint: str) -> OpenerDirector:
    """Opens HTTPS through the proxy that the environment names, and unencrypted HTTP directly."""
    secure = urlsplit(endpoint).scheme == "https"
    return build_opener(_NoRedirect, ProxyHandler(None if secure else {}))


def _answer(status: int, headers: Any, body: bytes) -> Answer:
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    wait = headers.get("retry-after", "")
    return Answer(status, content, float(wait) if wait.isdecimal() and len(wait) < 9 else 0)
