"""Servers for a browser to meet, on the loopback: a web site with the beacon in it, and a collector that writes down
what it is sent. They have different ports, which makes them different origins, as in real life."""

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from threading import Condition, Event, Thread
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Page

from analytics.web.collector.dropins import NEWER
from analytics.web.collector.script_file import beacon, built, speaking

PATIENCE = 20.0
"""Seconds to wait for what must come; nothing takes as long."""


KEEP_ACCOUNT = """
    window.underWay = []
    const fetch = window.fetch
    window.fetch = (...request) => {
        const answer = fetch(...request)
        window.underWay.push(answer.catch(() => {}))
        return answer
    }
"""
"""For a page to know when all that it sent has been answered; run before any script of its own."""


SCRIPT = {"Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=86400"}
"""The headers of the beacon's file that make a difference here."""


OTHERS = {
    "-vitals.js": partial(built, "vitals.js"),
    "/gtag/js?": partial(speaking, "gtag.js", ("options",), "../api/event"),
    "/js/pa-": partial(speaking, "plausible.js", ("plausible", *NEWER), "../api/event"),
}
"""In an address -> what makes the script that is there instead of the beacon."""


class Answer(NamedTuple):
    """What a server sends."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = {}


class Loopback:
    """A server on a free port of the loopback, in threads of its own."""

    def __init__(self) -> None:
        owner = self
        self._open: list[socket] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = PATIENCE

            def setup(self) -> None:
                super().setup()
                owner._open.append(self.connection)

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer = owner.answer(self.command, self.path, {key.lower(): value for key, value in self.headers.items()}, body)
                try:
                    self.send_response(answer.status)
                    for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer.body)
                except OSError:  # a browser that has left
                    self.close_connection = True

            do_GET = do_POST = do_OPTIONS = _answer  # noqa: N815 (http.server's names)

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (http.server's name)
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Called for each request."""
        raise NotImplementedError

    def close(self) -> None:
        """Lets go of the port and of the lines that browsers keep open: who calls then is refused."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for line in self._open:
            with suppress(OSError):  # closed already
                line.shutdown(SHUT_RDWR)


class Sent(NamedTuple):
    """One message of the beacon."""

    event: dict[str, Any]
    headers: Mapping[str, str]
    at: str
    """The path it was sent to."""

    @property
    def name(self) -> str:
        return str(self.event["n"])

    @property
    def path(self) -> str:
        """Of the page, with query and fragment."""
        parts = urlsplit(self.event["u"])
        return str(parts._replace(scheme="", netloc="").geturl())


class Collector(Loopback):
    """Serves the beacon, takes what it sends, and answers as it is told."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.preflights = 0
        self.status = 202
        self.cors = True
        self.answering = Event()
        """Cleared: requests are taken and never answered, as behind a dead line."""
        self.answering.set()
        self._arrived = Condition()
        self.features: tuple[str, ...] = ()
        """What the beacon that it serves can do besides."""
        super().__init__()

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The beacon's file, or an answer to an event."""
        if method == "GET":
            other = next((make for part, make in OTHERS.items() if part in path), None)
            file = other() if other else beacon(self.features, "../api/event")
            return Answer(file.body, headers=SCRIPT)
        with self._arrived:
            if method == "OPTIONS":
                self.preflights += 1
            else:
                self.sent.append(Sent(json.loads(body), headers, path))
            self._arrived.notify_all()
        self.answering.wait(PATIENCE)
        return Answer(b"ok", self.status, {"Access-Control-Allow-Origin": "*"} if self.cors else {})

    def wait_for(self, count: int, name: str = "pageview") -> list[Sent]:
        """The messages of this name, as soon as there are ``count``; fails when there never are."""
        with self._arrived:
            arrived = self._arrived.wait_for(lambda: len(self.named(name)) >= count, PATIENCE)
            assert arrived, f"{count} × {name} expected, there came {[(sent.name, sent.path) for sent in self.sent]}"
        return self.named(name)

    def named(self, name: str) -> list[Sent]:
        """The messages of this name so far."""
        return [sent for sent in self.sent if sent.name == name]

    @property
    def views(self) -> list[str]:
        """The pages viewed so far, in order."""
        return [sent.path for sent in self.named("pageview")]

    def after(self, page: Page) -> list[Sent]:
        """All that the page has sent up to now: what is not among it was not sent. The page needs ``KEEP_ACCOUNT``."""
        page.evaluate("Promise.all(window.underWay)")
        return self.sent


class Website(Loopback):
    """Serves the pages it is given; with the beacon in them, unless said otherwise."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._pages: dict[str, Answer] = {}
        self._events: dict[str, Event] = {}
        super().__init__()

    def tag(self, attributes: str = "") -> str:
        """The line that owners put into their pages."""
        return f'<script defer src="{self._collector.url}/js/footfall.js" data-domain="example.org"{attributes}></script>'

    def page(
        self, path: str, body: str = "", *, tag: str | None = None, head: str = "", status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Adds a page, 3,000 pixels high. Returns its address."""
        head += f"<title>{path}</title>{self.tag() if tag is None else tag}<style>html {{ height: 3000px }} body {{ margin: 0 }}</style>"
        html = f'<!doctype html><html lang="en"><head>{head}<link rel="icon" href="data:,"></head><body>{body}</body></html>'
        return self.serve(path, Answer(html.encode(), status, headers={"Content-Type": "text/html; charset=utf-8", **(headers or {})}))

    def serve(self, path: str, answer: Answer) -> str:
        """Adds anything else. Returns its address."""
        self._pages[path] = answer
        return self.url + path

    def event(self, name: str) -> Event:
        """Set by a page that asks for ``/tell/<name>``; a request for ``/await/<name>`` is answered when it is set."""
        return self._events.setdefault(name, Event())

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """A page, or the two sides of an event; 404 for anything else."""
        _, kind, name = [*path.split("/", 2), ""][:3]
        if kind == "tell":
            self.event(name).set()
            return Answer()
        if kind == "await":
            return Answer(status=200 if self.event(name).wait(PATIENCE) else 504)
        return self._pages.get(urlsplit(path).path, Answer(b"no such page", 404))
