"""Bytes become the keys of the format, what careless clients send is repaired, and what is no JSON of that form is refused."""

import json

import pytest

from analytics.errors import InvalidInput
from analytics.ingest import beacon, wire

PAGE = {"n": "pageview", "u": "https://example.org/shop/", "d": "example.org"}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"7", b'"pageview"', b"{", b'{"n":NaN}', b"\xff\xfe", b"[" * 60_000, b'{"n":' * 12_000,
        b'{"n":1e999}', b'{"n":' + b"9" * 60_000 + b"}", b"{}x",
    ],
)  # fmt: skip
def test_what_is_no_json_object(body: bytes) -> None:
    """T7: malformed, too deep or too large for a number: one answer."""
    with pytest.raises(InvalidInput, match="must be a JSON object") as caught:
        beacon.read(body)
    assert caught.value.field == "request"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"n":"a\\ud800b","u":"https://example.org/"}', "a?b"),
        (b'\xef\xbb\xbf{"n":"Buy","u":"https://example.org/"}', "Buy"),
        (b'{"n":"caf\xe9","u":"https://example.org/"}', "caf\ufffd"),
        (b'{"n":"one","n":"two","u":"https://example.org/"}', "two"),
        (b'{"n":"a\\u0000b","u":"https://example.org/"}', "ab"),
    ],
)
def test_careless_json_is_repaired(body: bytes, name: str) -> None:
    """T7: half a surrogate pair, a byte order mark, Latin-1, a key twice, NUL: the event counts."""
    assert beacon.read(body).name == name


def batch_refusal(body: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        wire.decode_batch(body)
    return caught.value.field


def test_batches_beyond_the_limits_are_refused() -> None:
    """1 to 1,000 events and a key of 1 to 128 characters."""
    body = json.dumps({"idempotency_key": "k" * 128, "events": [PAGE] * 1000}).encode()
    key, events = wire.decode_batch(body)
    assert (key, len(events), beacon.read(events[999])) == ("k" * 128, 1000, beacon.read(json.dumps(PAGE).encode()))
    assert batch_refusal(json.dumps({"idempotency_key": "k" * 129, "events": [PAGE]}).encode()) == "idempotency_key"
    assert batch_refusal(json.dumps({"events": [PAGE]}).encode()) == "idempotency_key"
    assert batch_refusal(json.dumps({"idempotency_key": "k", "events": [PAGE] * 1001}).encode()) == "events"
    assert batch_refusal(b'{"idempotency_key":"k","events":[]}') == "events"
    assert batch_refusal(b'{"idempotency_key":"k","events":{}}') == "events"
    assert batch_refusal(b'{"idempotency_key":"k"}') == "events"
    assert batch_refusal(b"[" * 100_000) == "request"


def test_a_careless_batch_is_repaired() -> None:
    """T7: one event with half a surrogate pair does not cost the other 999."""
    _, events = wire.decode_batch(b'{"idempotency_key":"k","events":[{"n":"a\\udfffb","u":"https://example.org/"}]}')
    assert beacon.read(events[0]).name == "a?b"
