"""T7, T11, T20: whatever comes in over the wire is answered as the contract says, counted with its reason,
and the next good event is counted. Through the real server, not only the collector."""

import json
import socket

import pytest

from tests.service import Service

SITE = "bad.example"
GOOD = {"n": "pageview", "u": f"https://{SITE}/good"}

BODIES = {
    "nothing": (b"", 400),
    "not JSON": (b"{", 400),
    "not UTF-8": (b'{"n":"pageview","u":"https://bad.example/\xff"}', 202),
    "a lone surrogate": (rb'{"n":"pageview","u":"https://bad.example/\ud800"}', 202),
    "a NUL": (rb'{"n":"pageview","u":"https://bad.example/a\u0000b"}', 202),
    "deep nesting": (b"[" * 60_000, 400),
    "a list": (b"[]", 400),
    "no address": (b'{"n":"pageview"}', 400),
    "no name": (b'{"u":"https://bad.example/"}', 400),
    "a data: address": (b'{"n":"pageview","u":"data:text/html,hello","d":"bad.example"}', 400),
    "10 kB of address": (json.dumps({"n": "pageview", "u": f"https://{SITE}/{'a' * 10_000}"}).encode(), 400),
    "a huge number": (b'{"n":"pageview","u":"https://bad.example/","w":1e999}', 400),
    "1 MB": (b"x" * (1 << 20), 413),
    "another site": (b'{"n":"pageview","u":"https://elsewhere.example/"}', 202),
    "percent-encoded rubbish": (b'{"n":"pageview","u":"https://bad.example/%83%ff%zz"}', 202),
    "an IDN host": ('{"n":"pageview","u":"https://bücher.example/","d":"bad.example"}'.encode(), 202),
    "emoji and right-to-left marks": ('{"n":"pageview","u":"https://bad.example/💥\u202e"}'.encode(), 202),
}


def counted(service: Service) -> int:
    pageviews: int = service.query(SITE, "pageviews", filters=[["is", "event:page", ["/good"]]])[0]["metrics"][0]
    return pageviews


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> "object":
    folder = tmp_path_factory.mktemp("bad")
    service = Service(folder / "data", folder / "log")
    service.start()
    service.command("site", "add", SITE)
    yield service
    service.kill()


def test_each_is_answered_as_the_contract_says_and_the_next_good_event_is_counted(service: Service) -> None:
    before = counted(service)
    for name, (body, status) in BODIES.items():
        answer = service.request("POST", "/api/event", body, {"content-type": "text/plain"})
        assert (name, answer.status) == (name, status)
        assert answer.headers["access-control-allow-origin"] == "*"
        if status == 400:
            assert answer.json["errors"]
        assert service.send(GOOD).status == 202
    assert counted(service) == before + len(BODIES)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_wrong_method_is_refused_and_told_which_is_right(service: Service, method: str) -> None:
    answer = service.request(method, "/api/event")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (405, "*")
    assert "POST" in answer.headers["allow"]


def test_r10_a_body_sent_in_chunks_past_the_limit_is_refused_whole(service: Service) -> None:
    """Cut at the limit it would be half stored and acknowledged."""
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (70_000, b" " * 70_000)
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as line:
        line.sendall(b"POST /api/event HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        assert b" 413 " in line.recv(4096).split(b"\r\n")[0]


def test_a_sender_that_hangs_up_costs_nothing(service: Service) -> None:
    before = counted(service)
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as line:
            line.sendall(b"POST /api/event HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
    assert service.send(GOOD).status == 202
    assert counted(service) == before + 1


def test_r15_slow_senders_do_not_keep_others_waiting(service: Service) -> None:
    slow = []
    for _ in range(200):
        line = socket.create_connection(("127.0.0.1", service.port), timeout=10)
        line.sendall(b"POST /api/event HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
        slow.append(line)
    try:
        assert [service.send(GOOD).status for _ in range(5)] == [202] * 5
    finally:
        for line in slow:
            line.close()


def test_refusals_are_in_the_ledger(service: Service) -> None:
    """received = counted + dropped: an invalid event of a known site is counted there."""
    service.request("POST", "/api/event", b'{"n":"","u":"https://bad.example/"}')
    service.send(GOOD, {"Sec-GPC": "1"})
    assert service.send(GOOD, {"User-Agent": "curl/8"}).headers["x-footfall-dropped"] == "bot"
