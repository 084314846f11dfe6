"""Promise 1: no address, no User-Agent and nothing made from them is ever written to disk, logged or answered.

Marked addresses and User-Agents come in by every way there is, errors are forced, the service is stopped,
killed and restarted. Then every byte and every table under the data directory, every log and every
response is searched for them and for their common hashes, plain and salted with whatever lies on disk.
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import duckdb
import pytest

from tests.conftest import StartService
from tests.service import LAST_MONTH, Answer, Service

SITE = "canary.example"
PEER = "127.77.88.99"
"""A peer on the loopback that is nobody else's."""
ADDRESSES = (PEER, "203.0.113.77", "198.51.100.201", "2001:db8:dead:beef:1234:5678:9abc:def0", "192.0.2.143")
AGENTS = tuple(
    f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Canary{mark}"
    for mark in ("Kx7Qz9", "Wv3Jb5")
)
ADDRESS_HEADERS = (
    "X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP", "X-Cluster-Client-IP",
    "X-Original-Forwarded-For", "Fastly-Client-IP", "X-Plausible-IP", "Via", "X-Unheard-Of",
)  # fmt: skip
HEAD = 8
"""Bytes by which something is looked for; nothing that is looked for is shorter."""
ALGORITHMS = ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s")


def in_header(name: str, address: str) -> str:
    if name != "Forwarded":
        return address
    return f'for="[{address}]:4711";proto=https' if ":" in address else f"for={address}"


def send_everything(service: Service, key: str) -> Iterator[Answer]:
    """Events with the canaries by every way in; answers of every kind."""
    for header, address, agent in product(ADDRESS_HEADERS, ADDRESSES, AGENTS):
        headers = {header: in_header(header, address), "User-Agent": agent}
        yield service.send({"n": "pageview", "u": f"https://{SITE}/"}, headers, peer=PEER)
        yield service.request("GET", "/api/pixel.gif", None, headers | {"Referer": f"https://{SITE}/plain"}, PEER)
    headers = {"User-Agent": AGENTS[0], "X-Forwarded-For": ADDRESSES[1]}
    for body in (b"", b"{", b"\xff\xfe", b'{"n": 1}', b"[" * 50_000, b'{"n":"a","u":"https://canary.example/\\ud800"}', b"x" * 70_000):
        yield service.request("POST", "/api/event", body, headers, PEER)
    for method, path in (("GET", "/api/event"), ("PUT", "/api/event"), ("GET", "/nowhere"), ("POST", "/login"), ("GET", "/"),
                         ("GET", "/setup?token=wrong"), ("POST", "/api/v2/query"), ("GET", "/js/footfall.js"), ("GET", "/health/ready")):  # fmt: skip
        yield service.request(method, path, None, headers, PEER)
    yield service.send({"n": "pageview", "u": "https://elsewhere.example/"}, headers, PEER)
    yield service.send({"n": "pageview", "u": f"https://{SITE}/"}, headers | {"Sec-GPC": "1"}, PEER)
    yield service.send({"n": "pageview", "u": f"https://{SITE}/"}, headers | {"User-Agent": f"{AGENTS[0]} HeadlessChrome bot"}, PEER)
    view = json.dumps({"n": "pageview", "u": f"https://{SITE}/"}).encode()
    yield service.request("POST", "/api/event?debug=1", view, headers | {"Authorization": f"Bearer {key}"}, PEER)
    yield send_batch(service, key, headers)


def send_batch(service: Service, key: str, headers: dict[str, str]) -> Answer:

    events = [
        {"n": "pageview", "u": f"https://{SITE}/batch", "timestamp": f"{LAST_MONTH}T10:00:00+00:00", "ip": address, "user_agent": agent}
        for address, agent in product(ADDRESSES, AGENTS)
    ]
    body = json.dumps({"idempotency_key": f"from {ADDRESSES[1]} {AGENTS[0]}", "events": events}).encode()
    return service.request("POST", "/api/events", body, headers | {"Authorization": f"Bearer {key}"}, PEER)


def send_garbage(service: Service) -> bytes:
    """Requests that never become requests."""
    answers = b""
    for data in (b"\x16\x03\x01" + os.urandom(50), b"GET / HTTP/9.9\r\nUser-Agent: " + AGENTS[0].encode() + b"\r\n\r\n",
                 b"POST /api/event HTTP/1.1\r\nContent-Length: -1\r\nX-Forwarded-For: 203.0.113.77\r\n\r\n",
                 b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n"):  # fmt: skip
        with socket.create_connection(("127.0.0.1", service.port), source_address=(PEER, 0), timeout=10) as line:
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
            try:
                answers += line.recv(65536)
            except ConnectionResetError:
                continue
    return answers


def needles(salts: set[bytes]) -> dict[bytes, str]:
    """What must not be found, with its name."""
    found = {}
    secrets = []
    for address in ADDRESSES:
        packed = ipaddress.ip_address(address).packed
        secrets += [address.encode(), packed, ipaddress.ip_address(address).exploded.encode()]
        found[address.encode()] = f"address {address}"
        if len(packed) == 16:
            found[packed] = f"address {address}, packed"
    for agent in AGENTS:
        secrets.append(agent.encode())
        found[agent[-12:].encode()] = "User-Agent"
    pairs = [a + between + b for a, b in product(secrets, repeat=2) if a != b for between in (b"", b"|", b"\0", b":")]
    for secret in secrets + pairs:
        for algorithm in ALGORITHMS:
            found |= spellings(hashlib.new(algorithm, secret).digest(), f"{algorithm} of {secret[:40]!r}")
    for salt, secret in product(salts, secrets):
        found |= spellings(hmac.digest(salt, secret, "sha256"), f"HMAC of {secret[:40]!r}")
        found |= spellings(hashlib.sha256(salt + secret).digest(), f"salted hash of {secret[:40]!r}")
        found |= spellings(hashlib.blake2b(secret, key=salt[:64], digest_size=8).digest(), f"keyed hash of {secret[:40]!r}")
    return found


def spellings(digest: bytes, name: str) -> dict[bytes, str]:
    """A digest as it could be written: raw, hex, base64, as a number; its first 8 bytes are enough to tell."""
    head = digest[:8]
    texts = [head, head.hex().encode(), base64.b64encode(digest)[:11], str(int.from_bytes(head, "big")).encode(),
             str(int.from_bytes(head, "little")).encode()]  # fmt: skip
    return dict.fromkeys(texts, name)


def found_in(hay: bytes, wanted: dict[bytes, str]) -> set[str]:
    """The names of what is there, in one pass: only where the first bytes of something stand it is looked for whole."""
    assert min(map(len, wanted)) >= HEAD
    heads = {needle[:HEAD] for needle in wanted}.intersection(hay[at : at + HEAD] for at in range(len(hay)))
    return {name for needle, name in wanted.items() if needle[:HEAD] in heads and needle in hay}


def salts_on_disk(data: Path) -> set[bytes]:
    """Every text and blob that could have been a salt or key."""
    salts = set()
    with sqlite3.connect(data / "control.sqlite") as control:
        for (table,) in control.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in control.execute(f'SELECT * FROM "{table}"'):
                salts |= {value if isinstance(value, bytes) else str(value).encode() for value in row if value not in (None, "")}
    return {salt for salt in salts if len(salt) >= 4}


def everything_on_disk(data: Path) -> dict[str, bytes]:
    """Every file's bytes, and every table's values: compression hides a canary from a search of bytes."""
    haystacks = {str(path): path.read_bytes() for path in data.rglob("*") if path.is_file()}
    for path in data.rglob("*.duckdb"):
        with duckdb.connect(str(path), read_only=True) as database:
            for (table,) in database.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                rows = database.execute(f'SELECT * FROM "{table}"').fetchall()
                haystacks[f"{path}:{table}"] = "\n".join(map(repr, rows)).encode()
    return haystacks


@pytest.mark.timeout(600)
def test_no_address_and_no_user_agent_leaves_memory(start_service: StartService) -> None:
    service = start_service(trusted_proxies="127.0.0.0/8")
    service.command("site", "add", SITE)
    key = service.command("key", "add", "--site", SITE)
    answers = list(send_everything(service, key))
    garbage = send_garbage(service)
    service.restart()
    answers += send_everything(service, key)
    os.kill(service.worker(), signal.SIGKILL)
    service.wait_until_ready()
    answers += send_everything(service, key)
    service.query(SITE, "pageviews")
    service.stop(signal.SIGINT)
    service.start()
    assert service.query(SITE, "pageviews")[0]["metrics"][0] > 100, "the canaries were not even counted"
    service.stop()

    haystacks = everything_on_disk(service.data)
    assert any(name.endswith(":apart") and hay for name, hay in haystacks.items()), "no robot was kept apart"
    haystacks["log"] = service.log.read_bytes()
    haystacks["answers"] = garbage + b"\n".join(repr(answer).encode() + answer.body for answer in answers)
    wanted = needles(salts_on_disk(service.data))
    assert {where: names for where, hay in haystacks.items() if (names := found_in(hay, wanted))} == {}


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    """The proof of the proof: a canary planted in each way is found."""
    wanted = needles({b"a salt on disk"})
    planted = {
        "plain": b"..203.0.113.77..",
        "agent": AGENTS[0].encode(),
        "hash": hashlib.sha256(b"203.0.113.77").hexdigest().encode(),
        "pair": hashlib.md5(b"203.0.113.77|" + AGENTS[1].encode()).digest(),
        "salted": hmac.digest(b"a salt on disk", b"203.0.113.77", "sha256"),
        "number": str(int.from_bytes(hashlib.blake2b(b"203.0.113.77").digest()[:8], "little")).encode(),
    }
    assert [name for name, hay in planted.items() if not found_in(hay, wanted)] == []
    with duckdb.connect(str(tmp_path / "x.duckdb")) as database:
        database.execute("CREATE TABLE t AS SELECT '203.0.113.77' AS address FROM range(100000)")
    hays = everything_on_disk(tmp_path).values()
    assert "address 203.0.113.77" in set().union(*(found_in(hay, wanted) for hay in hays))
