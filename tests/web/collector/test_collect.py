"""The two adapters around the collector: what is promised is on disk, and a bad request costs nothing."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from flask import Flask
from werkzeug.test import Client

from analytics.ingest.spool import Spool, read, segments
from analytics.web.collector import collect
from analytics.web.collector.collect import CollectorASGI
from analytics.web.server.front import CleanWSGI
from tests.ingest.station import FIREFOX, Station
from tests.loops import run

VIEW = json.dumps({"n": "pageview", "u": "https://example.org/", "d": "example.org"}).encode()
PLAIN = {"user-agent": FIREFOX, "content-type": "text/plain"}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Disk:
    """A disk that can be made to fail."""

    def __init__(self) -> None:
        self.broken = False

    def sync(self, fd: int) -> None:
        if self.broken:
            raise OSError(5, "Input/output error")
        os.fdatasync(fd)


class Site(Station):
    """A station with a spool, behind both adapters."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.disk = Disk()
        self.spool_folder = folder / "spool"
        self.spool_folder.mkdir()
        self.spool = Spool(
            self.spool_folder,
            segment_size=1 << 20,
            reserve=0,
            ride_along=self.ledger.take,
            put_back=self.ledger.put_back,
            sync=self.disk.sync,
        )
        self.asgi = CollectorASGI(self.collector, self.door, self.spool)
        app = Flask(__name__)
        app.config["MAX_CONTENT_LENGTH"] = 1000
        app.register_blueprint(collect.blueprint)
        app.extensions["footfall"] = SimpleNamespace(collector=self.collector, spool=self.spool)
        self.wsgi = Client(CleanWSGI(self.door, app, self.directory))

    def close(self) -> None:
        self.spool.close()
        self.control.close()

    def key(self) -> str:
        return self.control.api_keys.add(None, ["events"])

    def on_disk(self) -> tuple[int, dict[str, int]]:
        """How many rows were made durable, and how many refusals by reason."""
        rows, dropped = 0, dict[str, int]()
        for name in segments(self.spool_folder):
            for record in read(self.spool_folder / name, 0):
                assert record.entry is not None
                for part in record.entry.parts:
                    rows += len(part.rows)
                    for reasons in part.dropped.values():
                        for reason, count in reasons.items():
                            dropped[reason] = dropped.get(reason, 0) + count
        return rows, dropped

    async def call(self, messages: list[dict[str, Any]], method: str, target: str, headers: dict[str, str]) -> Answer | None:
        """One request by ASGI; None: no answer was sent."""
        path, _, query = target.partition("?")
        waiting, sent = list(messages), list[Any]()

        async def receive() -> Any:
            return waiting.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(), "client": ("192.0.2.7", 4711),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        await self.asgi(scope, receive, send)
        if not sent:
            return None
        start, body = sent
        return Answer(start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"])

    def by_asgi(self, body: bytes, method: str = "POST", path: str = collect.ONE, **headers: str) -> Answer:
        message = {"type": "http.request", "body": body, "more_body": False}
        answer = run(self.call([message], method, path, PLAIN | headers))
        assert answer is not None
        return answer

    def by_wsgi(self, body: bytes, method: str = "POST", path: str = collect.ONE, **headers: str) -> Answer:
        response = self.wsgi.open(
            path, method=method, data=body, headers=PLAIN | headers, environ_overrides={"REMOTE_ADDR": "192.0.2.7"}
        )
        return Answer(response.status_code, {name.lower(): value for name, value in response.headers}, response.data)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.close()


Send = Callable[..., Answer]


@pytest.fixture(params=["by_asgi", "by_wsgi"])
def send(request: pytest.FixtureRequest, site: Site) -> Send:
    adapter: Send = getattr(site, request.param)
    return adapter


def batch(*urls: str, name: str = "one") -> bytes:
    events = [
        {"n": "pageview", "u": url, "d": "example.org", "timestamp": "2026-03-01T10:00:00Z", "visitor": "jane"} for url in urls
    ]
    return json.dumps({"idempotency_key": name, "events": events}).encode()


def test_the_fast_path_takes_the_collectors_paths_alone(site: Site) -> None:
    for path in ("/api/event", "/api/events", "/api/pixel.gif"):
        assert site.asgi.wants(path, b"")
    for path in ("/api/event/", "/api", "/"):
        assert not site.asgi.wants(path, b"")
    assert site.asgi.wants("/api/event", b"debug=0&x=debug=1")
    assert not site.asgi.wants("/api/event", b"a=1&debug=1")


def test_an_event_is_on_disk_when_it_is_acknowledged(site: Site, send: Send) -> None:
    """R-01."""
    answer = send(VIEW)
    assert (answer.status, answer.body) == (202, b"ok")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert site.on_disk() == (1, {})


def test_a_batch_is_on_disk_when_it_is_acknowledged(site: Site, send: Send) -> None:
    """And the same key again stores nothing, with the same answer."""
    key = f"Bearer {site.key()}"
    body = batch("https://example.org/a", "https://example.org/b")
    first = send(body, path=collect.MANY, authorization=key)
    again = send(body, path=collect.MANY, authorization=key)
    assert (first.status, json.loads(first.body)) == (202, {"accepted": 2, "dropped": {}})
    assert (again.status, again.body) == (202, first.body)
    assert site.on_disk()[0] == 2


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_a_wrong_method_is_answered_405(send: Send, method: str) -> None:
    answer = send(b"", method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (answer.body == b"") is (method == "HEAD")


def test_a_picture_is_a_page_view_on_disk(site: Site, send: Send) -> None:
    """D31, for pages without JavaScript; HEAD is none."""
    answer = send(b"", "GET", "/api/pixel.gif?d=example.org", referer="https://example.org/a")
    assert (answer.status, answer.headers["content-type"], len(answer.body)) == (200, "image/gif", 43)
    assert answer.headers["cache-control"] == "no-store"
    assert "x-footfall-dropped" not in answer.headers
    answer = send(b"", "HEAD", "/api/pixel.gif?d=example.org", referer="https://example.org/a")
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "43", b"")
    assert send(b"", "GET", "/api/pixel.gif?u=x").headers["x-footfall-dropped"] == "invalid"
    site.spool.close()
    assert site.on_disk() == (1, {"invalid": 1})


def test_a_compressed_body_is_refused(site: Site, send: Send) -> None:
    """415, saying so: 64 KiB may become a gigabyte, and senders of batches have no need."""
    answer = send(VIEW, **{"content-encoding": "gzip"})
    assert (answer.status, answer.headers["accept-encoding"]) == (415, "identity")
    assert send(VIEW, path=collect.MANY, **{"content-encoding": "br"}).status == 415
    assert send(VIEW, **{"content-encoding": "identity"}).status == 202


def test_a_preflight_is_answered_without_a_body(send: Send) -> None:
    """T11: answered with CORS, without a body."""
    answer = send(b"", method="OPTIONS", origin="https://example.org")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "POST, OPTIONS"


def test_bad_input_and_then_a_good_event(site: Site, send: Send) -> None:
    """T7: each is answered as the contract says, counted, and costs the next nothing."""
    bodies = [b"{", b"[" * 60_000, b'{"n":"pageview","u":"data:x"}', b"\x00", b" " * 1_000_000]
    assert [send(body).status for body in bodies] == [400, 400, 400, 400, 413]
    assert send(b'{"n":"pageview","u":"https://copy.example/"}').headers["x-footfall-dropped"] == "unknown_site"
    assert send(VIEW).status == 202
    site.spool.close()
    assert site.on_disk() == (1, {"invalid": 5, "unknown_site": 1})


def test_refusals_are_told(site: Site, send: Send) -> None:
    answer = send(VIEW, dnt="1")
    assert (answer.status, answer.headers["x-footfall-dropped"], answer.headers["x-plausible-dropped"]) == (202, "opted_out", "1")
    site.spool.close()
    assert site.on_disk() == (0, {"opted_out": 1})


def test_a_disk_that_fails_is_told_and_then_works_again(site: Site, send: Send) -> None:
    """503 with Retry-After and CORS; nothing is acknowledged that is not stored, and a batch may be sent again."""
    key = f"Bearer {site.key()}"
    body = batch("https://example.org/a")
    site.disk.broken = True
    for answer in (send(VIEW), send(body, path=collect.MANY, authorization=key)):
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert answer.headers["access-control-allow-origin"] == "*"
    site.disk.broken = False
    assert send(VIEW).status == 202
    assert json.loads(send(body, path=collect.MANY, authorization=key).body) == {"accepted": 1, "dropped": {}}
    assert site.on_disk()[0] == 2


def test_a_batch_without_a_key_is_refused_before_its_body_is_read(site: Site) -> None:
    """Strangers cannot fill the memory with bodies of 5 MB."""
    answer = run(site.call([], "POST", collect.MANY, PLAIN))
    assert answer is not None
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (401, "*")


def test_an_announced_length_over_the_limit_is_refused_before_the_body_is_read(site: Site) -> None:
    answer = run(site.call([], "POST", collect.ONE, PLAIN | {"content-length": "1000000"}))
    assert answer is not None
    assert answer.status == 413


def test_a_body_in_pieces(site: Site) -> None:
    """Chunked bodies carry no length: they are put together, and cut at the limit (R-10)."""
    pieces = [{"type": "http.request", "body": VIEW[at : at + 10], "more_body": at + 10 < len(VIEW)} for at in range(0, len(VIEW), 10)]
    answer = run(site.call(pieces, "POST", collect.ONE, PLAIN))
    assert answer is not None
    assert answer.status == 202
    endless = [{"type": "http.request", "body": b" " * 10_000, "more_body": True}] * 7
    answer = run(site.call(endless, "POST", collect.ONE, PLAIN))
    assert answer is not None
    assert answer.status == 413


def test_a_client_that_hangs_up_costs_nothing(site: Site) -> None:
    """Before or in the middle of its body: no answer, no row, no refusal."""
    gone = {"type": "http.disconnect"}
    begun = {"type": "http.request", "body": VIEW[:20], "more_body": True}
    for messages in ([gone], [begun, gone]):
        assert run(site.call(messages, "POST", collect.ONE, PLAIN)) is None
    site.spool.close()
    assert site.on_disk() == (0, {})


def test_a_batch_whose_sender_hangs_up_is_stored_once(site: Site) -> None:
    """The connection breaks while the batch is on its way to the disk; the sender tries again."""
    key = {"authorization": f"Bearer {site.key()}"}
    body = batch("https://example.org/a")
    message = {"type": "http.request", "body": body, "more_body": False}

    async def hang_up_and_try_again() -> Answer | None:
        first = asyncio.create_task(site.call([message], "POST", collect.MANY, PLAIN | key))
        await asyncio.sleep(0)
        first.cancel()
        return await site.call([message], "POST", collect.MANY, PLAIN | key)

    answer = run(hang_up_and_try_again())
    assert answer is not None
    assert json.loads(answer.body) == {"accepted": 1, "dropped": {}}
    assert site.on_disk()[0] == 1


def test_a_hundred_at_once_are_stored_once_each(site: Site) -> None:
    """A hundred events and the same batch five times, together: each event once."""
    key = {"authorization": f"Bearer {site.key()}"}
    view = {"type": "http.request", "body": VIEW, "more_body": False}
    many = {"type": "http.request", "body": batch("https://example.org/a", "https://example.org/b"), "more_body": False}

    async def together() -> list[Answer | None]:
        views = [site.call([view], "POST", collect.ONE, PLAIN) for _ in range(100)]
        batches = [site.call([many], "POST", collect.MANY, PLAIN | key) for _ in range(5)]
        return await asyncio.gather(*views, *batches)

    assert [answer.status for answer in run(together()) if answer] == [202] * 105
    assert site.on_disk()[0] == 102


def test_the_disk_holds_nothing_of_the_person(site: Site, send: Send) -> None:
    """Neither address nor User-Agent nor the caller's label, however they came."""
    send(VIEW, **{"x-forwarded-for": "198.51.100.23"})
    send(batch("https://example.org/a"), path=collect.MANY, authorization=f"Bearer {site.key()}")
    content = b"".join((site.spool_folder / name).read_bytes() for name in segments(site.spool_folder))
    assert b"example.org" in content
    for trace in (b"192.0.2.7", b"198.51.100.23", b"Gecko", b"jane"):
        assert trace not in content
