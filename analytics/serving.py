"""gunicorn's asynchronous worker, but that connections without a request do not hold up a planned restart.

gunicorn ends a worker when its connections are gone. Those that are answered go with their answer; those that wait for a
request, as browsers and proxies keep them, go when ``keepalive`` seconds are over, and those that never sent one not before
``graceful_timeout``. Here they are closed as the worker stops: a server may do that at any time, and whoever finds its
connection closed before the answer began sends the request again on another (RFC 9112, 9.3.1 and 9.5).
"""

import asyncio
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi


class Connection(ASGIProtocol):  # type: ignore[misc] # gunicorn has no types
    """One connection; its worker knows it as long as it is open."""

    def connection_made(self, transport: Any) -> None:
        """See asyncio.Protocol."""
        self.worker.connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self.worker.connections.discard(self)
        super().connection_lost(exc)

    @property
    def idle(self) -> bool:
        """It waits for a request, of which the head is not there yet. Where gunicorn does not say so: no."""
        return bool(getattr(self, "_awaiting_request", False)) and getattr(self, "_current_request", self) is None


class Worker(gasgi.ASGIWorker):  # type: ignore[misc]
    """The worker that ``gunicorn.conf.py`` names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections: set[Connection] = set()

    async def _shutdown(self) -> None:
        for server in self.servers:
            server.close()
        await asyncio.sleep(0)  # what has arrived by now is read, and answered before the end
        for connection in [each for each in self.connections if each.idle]:
            connection.transport.close()
        await super()._shutdown()


gasgi.ASGIProtocol = Connection  # the worker's listeners ask for it by this name, and for no other
