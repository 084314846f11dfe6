"""T7, T20: what strangers write on the wire, byte by byte, through the real server: odd, hostile, or only unusual.

Each is answered, none with a fault of ours; the next good event is counted; the log stays empty.
"""

import re
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import pytest

from tests.service import CHROME, Service

SITE = "wire.example"
EVENT = b'{"n":"pageview","u":"https://wire.example/odd"}'
BROWSER = b"User-Agent: " + CHROME.encode() + b"\r\n"
HEAD = b"POST /api/event HTTP/1.1\r\nHost: stats.example\r\n" + BROWSER
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n"


def sent(head: bytes = HEAD, body: bytes = EVENT) -> bytes:
    return b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)


def chunks(body: bytes, size: int = 1) -> bytes:
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n"


COUNTED = {
    "HTTP/1.0": sent(HEAD.replace(b"1.1", b"1.0")),
    "no Host": sent(b"POST /api/event HTTP/1.1\r\n" + BROWSER),
    "a whole address as target": sent(HEAD.replace(b"/api", b"http://stats.example/api")),
    "empty lines before the request": b"\r\n\r\n" + sent(),
    "a header that is not ASCII": sent(HEAD + b"X-Odd: \xe4\xff\r\n"),
    "5,000 headers": sent(HEAD + b"".join(b"X-%d: a\r\n" % number for number in range(5_000))),
    "an expectation": sent(HEAD + b"Expect: 100-continue\r\n"),
    "an offer of HTTP/2": sent(HEAD + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
    "an offer of HTTP/2 with a body in chunks": CHUNKED + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n" + chunks(EVENT) + b"\r\n",
    "chunks of one byte": CHUNKED + b"\r\n" + chunks(EVENT) + b"\r\n",
    "64 KB in chunks of one byte": CHUNKED + b"\r\n" + chunks(EVENT.ljust(64_000)) + b"\r\n",
    "an objection in a trailer, where no header stands": CHUNKED + b"\r\n" + chunks(EVENT, 20) + b"DNT: 1\r\n\r\n",
    "forwarding for rubbish": sent(HEAD + b"X-Forwarded-For: \xff, 1.2.3.4%eth0, [::1, 999.1.1.1, ::ffff:1.2.3.4\r\n"),
    "forwarding for 20,000 proxies": sent(HEAD + b"X-Forwarded-For: " + b"1.1.1.1," * 20_000 + b"\r\n"),
    "a byte order mark": sent(body=b"\xef\xbb\xbf" + EVENT),
    "every key twice": sent(body=b'{"n":"x","n":"pageview","u":"https://wire.example/odd","u":"https://wire.example/odd"}'),
    "numbers beyond all limits": sent(body=EVENT[:-1] + b',"w":-0.0,"x":1e308,"sd":-1e308}'),
}
"""Each is an event of the page /odd."""

REFUSED = {
    "not HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "HTTP/2 without asking": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "a method of our own making": (sent(HEAD.replace(b"POST", b"FOO")), 400),
    "a method of others": (sent(HEAD.replace(b"POST", b"PROPFIND")), 405),
    "a tunnel": (b"CONNECT elsewhere:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "line feeds alone": (sent().replace(b"\r\n", b"\n"), 400),
    "a folded header": (sent(HEAD + b"X: a\r\n b\r\n"), 400),
    "a space before the colon": (sent(HEAD + b"X : a\r\n"), 400),
    "a NUL in a header": (sent(HEAD + b"X: a\0b\r\n"), 400),
    "two lengths": (HEAD + b"Content-Length: 3\r\n" + sent(b""), 400),
    "a length and chunks": (CHUNKED + b"Content-Length: 3\r\n\r\n" + chunks(EVENT) + b"\r\n", 400),
    "a length below nothing": (HEAD + b"Content-Length: -1\r\n\r\n", 400),
    "a length with a sign": (HEAD + b"Content-Length: +47\r\n\r\n" + EVENT, 400),
    "a length that no computer counts": (HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n", 400),
    "a chunk of no length": (CHUNKED + b"\r\nzz\r\n", 400),
    "a header without an end": (HEAD + b"X: " + b"a" * 600_000, 400),
    "headers without an end": (HEAD + b"X: a\r\n" * 100_000, 400),
    "trailers without an end": (CHUNKED + b"\r\n0\r\n" + b"X: a\r\n" * 100_000, 400),
    "a compressed body": (sent(HEAD + b"Content-Encoding: gzip\r\n"), 415),
    "not a number": (sent(body=EVENT[:-1] + b',"w":NaN}'), 400),
    "60,000 digits": (sent(body=EVENT[:-1] + b',"w":' + b"9" * 60_000 + b"}"), 400),
    "UTF-16": (sent(body=EVENT.decode().encode("utf-16")), 400),
    "objects 9,000 deep": (sent(body=EVENT[:-1] + b',"p":' + b'{"a":' * 9_000 + b"1" + b"}" * 9_001), 400),
    "100,000 properties": (sent(body=EVENT[:-1] + b',"p":{' + b'"a":1,' * 100_000 + b'"b":1}}'), 413),
    "the way out of a folder": (b"GET /static/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "a web socket": (b"GET /api/event HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 405),
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("wire")
    service = Service(folder / "data", folder / "log")
    service.start()
    service.command("site", "add", SITE)
    yield service
    service.kill()


def answer(service: Service, request: bytes) -> HTTPResponse:
    """The answer to what is written; who is refused in the middle may not be able to write it all."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as line:
        try:
            line.sendall(request)
        except OSError:
            assert len(request) > 100_000
        with HTTPResponse(line) as response:
            response.begin()
            response.read()
            return response


def counted(service: Service, page: str) -> int:
    pageviews: int = service.query(SITE, "pageviews", filters=[["is", "event:page", [page]]])[0]["metrics"][0]
    return pageviews


def test_the_unusual_is_counted_and_the_hostile_refused_without_a_word_in_the_log(service: Service) -> None:
    before = service.log.read_text()
    for name, request in COUNTED.items():
        told = answer(service, request)
        assert (name, told.status, told.getheader("x-footfall-dropped")) == (name, 202, None)
    for name, (request, status) in REFUSED.items():
        assert (name, answer(service, request).status) == (name, status)
        assert service.pageview(f"https://{SITE}/good").status == 202
    assert (counted(service, "/odd"), counted(service, "/good")) == (len(COUNTED), len(REFUSED))
    assert service.log.read_text() == before


def test_requests_sent_without_waiting_are_answered_in_their_order(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as line, line.makefile("rb") as told:
        line.sendall(sent() + sent(body=b"{}") + sent(HEAD + b"Connection: close\r\n"))
        assert re.findall(rb"HTTP/1.1 (\d+)", told.read()) == [b"202", b"400", b"202"]


def test_connections_may_use_all_files_that_the_system_allows(service: Service) -> None:
    """A thousand idle connections must not keep the database from being opened."""
    limits = Path(f"/proc/{service.worker()}/limits").read_text().split("Max open files", 1)[1].split()
    assert limits[0] == limits[1]
