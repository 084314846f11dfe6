"""gunicorn's worker. uvicorn speaks HTTP (httptools, uvloop); the limits on what a stranger may cost are ours.

gunicorn's own worker would be less code, but uvicorn needs half the time for a request (docs/decisions/0036). uvicorn
limits neither the size of a request's head nor the time it may take to arrive, so both are limited here.
"""

import asyncio
import logging
import os
import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gunicorn.workers.base import Worker as GunicornWorker
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

PATIENCE = 60.0
"""Seconds in which a request has to be there, from its first byte, or from the connection's beginning, to its last."""

MOST_AROUND = 512 * 1024
"""Bytes of a request that are not its body: its line and headers, what chunks are wrapped in, trailers. Forty times what
browsers and proxies send, and room for an event of 64 KB in chunks of one byte, each of which has five bytes around it."""


class Connection(HttpToolsProtocol):
    """One connection. It is closed when a request takes too long to arrive, or when its head or trailers are too large."""

    patience = PATIENCE

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self._around = 0
        self._begun: float | None = self.loop.time()
        self._alarm = self.loop.call_later(self.patience, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._alarm.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol. Unlike uvicorn's, it logs nothing for bytes that are no request."""
        self._around += len(data)
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as found:
            self._read_on_without_upgrade(data[found.args[0] :])
        except HttpParserError:
            self.send_400_response("The request is not valid HTTP.")
        if self._around > MOST_AROUND and not self.transport.is_closing():
            self.send_400_response("The request is too large.")

    def on_message_begin(self) -> None:
        """The first byte of a request is here."""
        self._begun = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head has arrived. Trailers, which may follow the body, are ignored: a proxy passes on a visitor's as they
        are."""
        if not self._offers_upgrade():
            super().on_headers_complete()
            self.headers = []

    def on_body(self, body: bytes) -> None:
        """A piece of the body is here."""
        self._around -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of the request is here."""
        if not self._offers_upgrade():
            self._around, self._begun = 0, None
            super().on_message_complete()

    def _offers_upgrade(self) -> bool:
        return bool(self.parser.should_upgrade()) and self.parser.get_method() != b"CONNECT"

    def _read_on_without_upgrade(self, rest: bytes) -> None:
        """Ignores an offer to change the protocol, as RFC 9110, 7.8 allows. httptools cannot be told to: it stops after the
        head, even if an event follows, as with Java's HTTP client. So the head is fed to it again without the offer."""
        kept = [b"%b: %b\r\n" % each for each in self.headers if each[0] != b"upgrade"]
        head = b"%b %b HTTP/1.1\r\n%b\r\n" % (self.parser.get_method(), self.url, b"".join(kept))
        self.parser = HttpRequestParser(self)
        self.data_received(head + rest)

    def _look(self) -> None:
        """Closes the connection if a request is late. There is one timer per connection, not per request: it sleeps again
        for the time that is left."""
        waited = 0.0 if self._begun is None else self.loop.time() - self._begun
        if waited >= self.patience:
            self.transport.close()
        else:
            self._alarm = self.loop.call_later(self.patience - waited, self._look)


class Beating(Server):
    """uvicorn's server, which calls ``beat`` every second. uvicorn's own callback follows the wall clock: if that is set
    back by an hour, it stays silent for an hour, and gunicorn kills a worker that it has not heard from for a minute."""

    def __init__(self, config: Config, beat: Callable[[], None]) -> None:
        super().__init__(config)
        self._beat = beat

    async def on_tick(self, counter: int) -> bool:
        """Called by uvicorn ten times a second."""
        if counter % 10 == 0:
            self._beat()
        return await super().on_tick(counter)


class Worker(GunicornWorker):  # type: ignore[misc] # gunicorn has no types
    """The worker that ``gunicorn.conf.py`` names. It ends when told to, or when gunicorn is gone: running requests are
    answered, idle connections are closed, then the application closes."""

    def init_signals(self) -> None:
        """Called by gunicorn. SIGTERM, SIGINT and SIGQUIT all end the worker in the same orderly way; once uvicorn runs, it
        handles the first two itself. SIGUSR1 reopens the log. Other signals meant for gunicorn are ignored: a terminal that
        hangs up sends them to every process."""
        for each in self.SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(each, self.handle_exit)
        for each in (signal.SIGHUP, signal.SIGUSR2):
            signal.signal(each, signal.SIG_IGN)
        self._rotated = False
        signal.signal(signal.SIGUSR1, self.handle_usr1)

    def handle_usr1(self, *_signal: object) -> None:
        """The log was renamed. It is reopened at the next beat: here, a line may be half written."""
        self._rotated = True

    def run(self) -> None:
        """Called by gunicorn. Returns at the end."""
        _allow_all_files()
        _say_errors_alone(self.log.error_log)
        self._server = Beating(self._config(), self._beat)
        self._server.run([listener.sock for listener in self.sockets])

    def _config(self) -> Config:
        """uvicorn's settings. It neither interprets nor logs headers that identify anybody: only the door reads them."""
        return Config(
            self.wsgi,
            interface="asgi3",
            http=Connection,
            ws="none",
            lifespan="on",
            proxy_headers=False,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_keep_alive=self.cfg.keepalive,
            timeout_graceful_shutdown=self.cfg.graceful_timeout,
        )

    def _beat(self) -> None:
        """Every second: tells gunicorn that the worker is alive, and checks that gunicorn still is. Reopens a log that was
        renamed."""
        self.notify()
        if self._rotated:
            self._rotated = False
            self.log.reopen_files()
        if not self.alive or os.getppid() != self.ppid:
            self._server.should_exit = True


def _allow_all_files() -> None:
    """Raises the limit of open files from a shell's usual 1,024 to the system's maximum: connections and databases are
    files."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS says "no limit" and does not take it
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _say_errors_alone(log: Any) -> None:
    """Sends uvicorn's errors where gunicorn's go, and drops its warnings: they are about strangers' requests, which must
    not fill a disk."""
    ours = logging.getLogger("uvicorn.error")
    ours.handlers, ours.propagate = log.handlers, False
    ours.setLevel(logging.ERROR)
