"""The first code that a request meets: what it makes of the address below which a proxy serves us, and of the addresses
that sites' beacons send to."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from analytics.ingest.directory import Directory
from analytics.privacy.door import Door
from analytics.site import Site, SiteSettings
from analytics.web.body import again
from analytics.web.server.front import PAGE_THREADS, CleanWSGI, Doorstep, Front
from tests.loops import run

BELOW = {
    "/stats": "/",
    "/stats/": "/",
    "/stats/sites/new": "/sites/new",  # handed on by the proxy
    "/sites/new": "/sites/new",  # taken away by it
    "/": "/",
    "/statistics": "/statistics",
    "/sites/stats": "/sites/stats",
}
"""Path as it arrives -> path as routes know it, below /stats."""


@pytest.mark.parametrize("arrives", BELOW)
def test_d4_the_base_path_may_be_taken_away_by_the_proxy_or_not(door: Door, arrives: str) -> None:
    """Routes know nothing of it, and links get it back from SCRIPT_NAME."""
    seen: dict[str, Any] = {}

    def pages(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen.update(environ)
        return []

    CleanWSGI(door, pages, Directory(), "/stats")({"PATH_INFO": arrives, "SCRIPT_NAME": ""}, None)
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("/stats", BELOW[arrives])


class Collector:
    """Notes the paths it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def wants(self, path: str, query: bytes) -> bool:
        return path == "/api/event"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])


def site(number: int, **settings: Any) -> Site:
    return Site(id=f"s{number}", domain=f"s{number}.example", settings=SiteSettings(**settings))


def test_d17_a_site_may_choose_the_path_its_beacon_sends_to(door: Door) -> None:
    """Another name of /api/event, below a base path, too; from the moment the owner saves it, and no longer than that."""
    directory, collector = Directory([site(1), site(2, endpoint="news/read")]), Collector()
    seen: list[str] = []

    def pages(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen.append(environ["PATH_INFO"])
        return []

    async def pages_by_asgi(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])

    front, wsgi = Front(door, collector, pages, directory, "/stats"), CleanWSGI(door, pages, directory, "/stats")
    front._pages = pages_by_asgi

    def ask(path: str) -> None:
        scope = {"type": "http", "path": path, "query_string": b"", "headers": [], "asgi": {}, "http_version": "1.1", "method": "POST"}
        run(front(scope, None, None))
        wsgi({"PATH_INFO": path, "SCRIPT_NAME": ""}, None)

    for path in ("/api/event", "/news/read", "/stats/news/read"):
        ask(path)
    assert (collector.asked, seen) == (["/api/event"] * 3, ["/api/event"] * 3)
    directory.replace([site(1), site(2)])
    ask("/news/read")
    assert (collector.asked[3:], seen[3:]) == ([], ["/stats/news/read", "/news/read"])
    for path in ("/api/event/", "/api/events/"):
        ask(path)
    assert collector.asked[3:] == ["/api/event"], "some proxies add a slash"
    assert seen[5:] == ["/api/event", "/stats/api/events", "/api/events"], "some proxies add a slash"


def posted(front: Front, receive: Any, answered: list[int]) -> Any:
    """A request with a body of 100 bytes, as it comes from ``receive``."""

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    scope = {"type": "http", "path": "/login", "query_string": b"", "headers": [(b"content-length", b"100")], "asgi": {},
             "http_version": "1.1", "method": "POST"}  # fmt: skip
    return front(scope, receive, send)


def test_t20_slow_senders_hold_up_nobody(door: Door) -> None:
    """As many as there are threads for pages send half a form and wait; the next one is answered at once."""
    bodies: list[bytes] = []

    def pages(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        bodies.append(environ["wsgi.input"].read(100))
        start_response("200 OK", [])
        return []

    async def ask() -> tuple[list[int], int]:
        front = Front(door, Collector(), pages, Directory())
        waiting = [asyncio.create_task(posted(front, half(), slow)) for _ in range(PAGE_THREADS)]
        await asyncio.sleep(0)
        await asyncio.wait_for(posted(front, again(b"a" * 100), quick), 10)
        for task in waiting:
            task.cancel()
        return quick, len(slow)

    def half() -> Any:
        pieces = [{"type": "http.request", "body": b"b" * 50, "more_body": True}]

        async def receive() -> Any:
            return pieces.pop() if pieces else await asyncio.get_running_loop().create_future()

        return receive

    slow: list[int] = []
    quick: list[int] = []
    assert run(ask()) == ([200], 0)
    assert bodies == [b"a" * 100]


def test_who_hangs_up_in_the_middle_leaves_nothing(door: Door) -> None:
    """Half a form is no form."""
    pieces = [{"type": "http.request", "body": b"b" * 50, "more_body": True}, {"type": "http.disconnect"}]
    answered: list[int] = []

    async def receive() -> Any:
        return pieces.pop(0)

    front = Front(door, Collector(), lambda environ, start_response: answered.append(0) or [], Directory())  # type: ignore[func-returns-value]
    run(posted(front, receive, answered))
    assert answered == []


def test_t11_a_service_that_is_starting_answers_with_cors(door: Door) -> None:
    """A tracker then knows that it is a 503 and not a broken network, and may read the header that says when to come again."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask() -> None:
        opened = asyncio.Event()
        step = Doorstep(lambda: None, lambda: None, patience=0)  # type: ignore[arg-type, return-value]
        step._begin = lambda: opened  # type: ignore[method-assign]
        await step({"type": "http"}, None, send)  # type: ignore[arg-type]

    run(ask())
    told = dict(sent[0]["headers"])
    assert (sent[0]["status"], told[b"retry-after"], told[b"access-control-allow-origin"]) == (503, b"5", b"*")
    assert (told[b"cache-control"], told[b"cross-origin-resource-policy"]) == (b"no-store", b"cross-origin")
