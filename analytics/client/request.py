"""A request and its response, under the same names for every framework."""

from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar, Token
from typing import Any

Header = Callable[[str], str]
"""A header's value by its lower-case name; '' for one that was not sent."""


class Request:
    """What is known of one request. It prints nothing, because it may appear in a traceback."""

    __slots__ = ("at", "header", "host", "method", "native", "path", "peer", "query", "scheme")

    def __init__(
        self,
        *,
        at: float,
        method: str,
        scheme: str,
        host: str,
        path: str,
        query: str,
        header: Header,
        peer: str,
        native: Any,
    ) -> None:
        self.at = at
        """Seconds since the epoch."""
        self.method = method
        self.scheme = scheme
        self.host = host
        """With the port if there is one, as the browser sent it."""
        self.path = path
        """Percent-decoded."""
        self.query = query
        """As sent, without the question mark."""
        self.header = header
        self.peer = peer
        """The socket's other end; '' for a Unix socket."""
        self.native = native
        """The WSGI environ, the ASGI scope, or Django's HttpRequest."""


Answer = Callable[[], tuple[int, str]]
"""Reads the status and the content type of an answer that begins."""


class Exchange:
    """One request, from its arrival to the end of its response.

    Until then it is the current one (``current``) for all code that runs for it. Afterwards nothing keeps the request: code
    that outlives it, such as a background task, no longer acts for the visitor.
    """

    __slots__ = ("_counted", "_token", "request")

    def __init__(self, request: Request | None, counted: Callable[[Request, Answer], None]) -> None:
        self.request = request
        self._counted: Callable[[Request, Answer], None] | None = counted
        self._token: Token[Exchange | None] = _current.set(self)

    def answered(self, answer: Answer) -> None:
        """The response begins; only the first call counts."""
        counted, self._counted = self._counted, None
        if counted and self.request:
            counted(self.request, answer)

    def end(self) -> None:
        """The application has finished its work."""
        self.request = self._counted = None
        with suppress(ValueError):  # begun in another context: then it is current nowhere
            _current.reset(self._token)


Begin = Callable[[Callable[[Any], Request], Any], Exchange]
"""Begins the exchange of a request, given how to read it from what the framework has. Never raises."""

_current: ContextVar[Exchange | None] = ContextVar("footfall_exchange", default=None)


def current() -> Request | None:
    """The request that the calling code runs for, or None."""
    exchange = _current.get()
    return exchange.request if exchange else None
