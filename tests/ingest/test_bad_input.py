"""T7: every field over its limit, of the wrong type, and hostile, by every way in: kept in a harmless form, left out, or
refused with the field's name. Nothing else of the event is lost, nothing is a fault, and the next event counts."""

import json
import logging
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest

from analytics.ingest.facts import NAMES as FACTS
from analytics.site import NOWHERE
from tests.ingest.station import Station

URL = "https://example.org/"
SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://evil.example","Click")'
CONTROL = "a\x00b\x1b[31mc\r\nd\x85e"
MARKS = "a\u202eb\u200fc\u2066d\ufeffe"
EMOJI = "👨\u200d👩\u200d👧 💥"

REFUSED: list[tuple[str, Any, str]] = [
    *(("n", bad, "event_name") for bad in ("", " ", "\x00", "x" * 121, "é" * 121, None, [], {}, True, 1.5, ["a"], {"a": 1})),
    ("n", "\u200b\u202e", "event_name"),
    ("n", 10**200, "event_name"),
    *(("u", bad, "url") for bad in (
        "", " ", None, 5, [], {}, True, "/a", "example.org/a", "https://", "https:///a", "https://exa mple.org/", "https://[::1/",
        "data:text/html,x", "javascript:alert(1)", "file:///etc/passwd", "blob:https://example.org/1", "about:blank", "chrome-extension://abc/a",
        URL + "a" * 1981, URL + "é" * 991, FORMULA, SCRIPT,
    )),
    *(("d", bad, "domain") for bad in (5, [], {}, True, ["example.org"], {"a": 1}, ",".join(f"s{n}.example" for n in range(11)))),
    *(("p", bad, "props") for bad in (
        {"k" * 301: "v"}, {"é" * 151: "v"}, {"k": "v" * 2001}, {"k": "é" * 1001}, {"k": 10**4000}, json.dumps({"k": "v" * 2001}),
    )),
]  # fmt: skip
"""Field, value, and the field that the answer names."""

KEPT: list[tuple[str, Any, dict[str, Any]]] = [
    ("n", "x" * 120, {"name": "x" * 120}),
    ("n", 404, {"name": "404"}),
    ("n", SCRIPT, {"name": SCRIPT}),
    ("n", FORMULA, {"name": FORMULA}),
    ("n", CONTROL, {"name": "ab[31mcde"}),
    ("n", MARKS, {"name": "abcde"}),
    ("n", EMOJI, {"name": EMOJI}),
    ("u", URL + "a" * 1980, {"path": "/" + "a" * 1980}),
    ("u", URL + SCRIPT, {"path": "/" + SCRIPT}),
    ("u", URL + "a?" + FORMULA, {"path": "/a"}),
    ("u", URL + "%3D1+1", {"path": "/=:redacted"}),
    ("u", URL + "%83%00%0d%0a%E2%80%AE", {"path": "/\ufffd"}),
    ("u", URL + CONTROL, {"path": "/ab[31mcde"}),
    ("u", URL + MARKS, {"path": "/abcde"}),
    ("u", URL + EMOJI, {"path": "/" + EMOJI}),
    ("u", "https://bücher.example/ä", {"hostname": "xn--bcher-kva.example", "path": "/ä"}),
    ("u", URL + "?utm_source=" + "x" * 1900, {"utm_source": "x" * 1900}),
    ("u", URL + "?utm_campaign=" + "%3Cscript%3E%E2%80%AE%00", {"utm_campaign": "<script>"}),
    ("r", "https://news.example/" + "a/" * 3000, {"referrer": "news.example/" + "a/" * 989}),
    *(("r", bad, {"referrer": "", "source": ""}) for bad in (5, [], {}, True, None, "", "data:text/html,x", "javascript:alert(1)", SCRIPT, FORMULA)),
    ("r", f"https://news.example/{MARKS}{SCRIPT}", {"referrer": f"news.example/abcde{SCRIPT}"}),
    *(("p", bad, {"props": {}}) for bad in (5, True, [], "", "[", "5", [{"a": 1}], {"a": None, "b": "", "c": [1], "d": {"e": 1}, " ": "x"})),
    ("p", {"a": True, "b": 1.5, "c": 7, "d": FORMULA}, {"props": {"a": "true", "b": "1.5", "c": "7", "d": FORMULA}}),
    ("p", {CONTROL: MARKS, SCRIPT: SCRIPT}, {"props": {"ab[31mcde": "abcde", SCRIPT: SCRIPT}}),
    ("p", {f"k{n}": "v" for n in range(31)}, {"props": {f"k{n}": "v" for n in range(30)}}),
    ("p", {"k" * 300: "v v" * 600}, {"props": {"k" * 300: "v v" * 600}}),
    *(("h", odd, {"path": "/"}) for odd in (0, "no", [], {}, None, 2, False)),
    *(("i", odd, {"interactive": True}) for odd in (0, "no", [], {}, None, 5, True)),
    *(("i", no, {"interactive": False}) for no in (False, "false")),
    *(("$", bad, {"revenue": None, "currency": ""}) for bad in (
        5, [], "x", {}, {"amount": 5}, {"amount": "1e400", "currency": "EUR"}, {"amount": "NaN", "currency": "EUR"}, {"amount": "Infinity", "currency": "EUR"},
        {"amount": True, "currency": "EUR"}, {"amount": 5, "currency": "EURO"}, {"amount": 5, "currency": "€€€"}, {"amount": FORMULA, "currency": "EUR"},
        {"amount": "9" * 16, "currency": "EUR"}, {"amount": 10**4000, "currency": "EUR"},
    )),
    ("$", {"amount": "-12.3456", "currency": "eur"}, {"revenue": "-12.346", "currency": "EUR"}),
    *(("w", bad, {"screen": ""}) for bad in ("wide", -5, [], {}, None, True)),
    *(("tz", bad, {"country": ""}) for bad in ("x" * 65, "../etc/passwd", 5, [], {}, None, FORMULA)),
    *((unknown, FORMULA, {}) for unknown in ("x-unknown", "__class__", "ip", "visitor", "timestamp_", "country_")),
]  # fmt: skip
"""Field, value, and what the row has then."""

WAYS = ("single", "pixel", "batch")
NUMBERS = count()


def send(station: Station, way: str, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The field that was refused, or '', and what the row has; ``fields`` take the place of those of a good event."""
    event = {"n": "Event", "u": URL, "d": "example.org"} | fields
    station.rows.clear()
    station.dropped()
    if way == "pixel":
        texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in event.items()}
        reply = station.pixel(urlencode(texts))
        assert reply.status == 200
        refused = "" if station.rows else _detail(station)
    elif way == "batch":
        batch = next(NUMBERS)
        reply = station.batch({"timestamp": "2026-03-01T10:00:00Z", "visitor": str(batch)} | event, name=str(batch))
        station.collector.settle(reply, stored=bool(reply.entry))
        refused = json.loads(reply.body)["errors"][0]["field"] if reply.status == 400 else ""
    else:
        reply = station.send(event)
        refused = next(iter(json.loads(reply.body)["errors"])) if reply.status == 400 else ""
    counted = sum(sum(reasons.values()) for reasons in station.dropped().values())
    assert (counted, len(station.rows)) == ((1, 0) if refused else (0, 1))
    return refused, {} if refused else {name: getattr(station.rows[0], name) for name in station.rows[0].__struct_fields__}


def _detail(station: Station) -> str:
    """What the owner is shown of an invalid event: field and problem."""
    found = [*station.arrivals.latest(station.site.id)[:1], *station.arrivals.latest("")[:1]]
    return max(found, key=lambda arrival: arrival.at).detail.partition(":")[0]


@pytest.fixture(autouse=True)
def no_fault(caplog: pytest.LogCaptureFixture) -> Any:
    """No input is a fault of ours."""
    with caplog.at_level(logging.WARNING):
        yield
    assert not caplog.records


@pytest.mark.parametrize("way", WAYS)
def test_what_has_no_valid_form_is_refused_by_its_field(station: Station, way: str) -> None:
    found = {}
    for key, value, field in REFUSED:
        if way == "pixel" and not isinstance(value, str) and key != "p":
            continue  # whatever stands in an address is a text
        if way == "pixel" and key == "u" and not value:
            continue  # then it is the page that embeds the picture
        if way == "pixel" and key == "n" and not value:
            continue  # then it is a page view
        station.now += 60
        found[key, repr(value)[:40]] = (send(station, way, {key: value})[0], field)
        assert send(station, way, {})[0] == ""
    assert {case: refused for case, (refused, _) in found.items()} == {case: field for case, (_, field) in found.items()}


@pytest.mark.parametrize("way", WAYS)
def test_what_can_be_kept_is_kept_in_a_harmless_form(station: Station, way: str) -> None:
    for key, value, expected in KEPT:
        if way == "pixel" and not isinstance(value, str) and key not in ("p", "$"):
            continue
        if key == "ip" and way == "batch":
            continue  # a field of its own there
        station.now += 3600
        refused, row = send(station, way, {key: value})
        assert (key, repr(value)[:60], refused) == (key, repr(value)[:60], "")
        assert {name: row[name] for name in expected} == expected, (key, repr(value)[:60])


FIGURES: list[tuple[dict[str, Any], tuple[int, int] | None]] = [
    ({}, None), ({"sd": "x"}, None), ({"e": []}, None), ({"sd": None, "e": None}, None), ({"sd": True}, None), ({"e": "1e9"}, None),
    ({"sd": 101}, (0, 100)), ({"sd": -1}, (0, 0)), ({"e": -5}, (0, 0)), ({"sd": "40", "e": "900"}, (900, 40)), ({"e": 900}, (900, 0)),
]  # fmt: skip
"""Of an engagement event, and what the row has: milliseconds and per cent."""


@pytest.mark.parametrize("way", WAYS)
def test_figures_of_reading_time(station: Station, way: str) -> None:
    """Both missing or unusable: 400; beyond what can be: the most that can be."""
    visitor = {"visitor": "jane"} if way == "batch" else {}
    send(station, way, {"n": "pageview", **visitor})
    for figures, expected in FIGURES:
        refused, row = send(station, way, {"n": "engagement", **figures, **visitor})
        found = (row["engaged"], row["scroll"]) if row else None
        assert (figures, refused, found) == (figures, "" if expected else "request", expected)


BAD_IN_BATCHES: list[tuple[str, Any]] = [
    *(("timestamp", bad) for bad in (None, "", 5, [], "yesterday", "2026-03-01T10:00:00", "2026-03-01", "2026-13-01T10:00:00Z", "1969-12-31T23:59:59Z",
                                     "2026-03-01T11:01:01Z", "9" * 50, "9999-12-31T23:59:59Z", FORMULA)),
    *(("ip", bad) for bad in (5, [], "nowhere", "300.1.1.1", "1" * 201, FORMULA, SCRIPT)),
    *(("user_agent", bad) for bad in (5, [], {}, "x" * 2001)),
    *(("visitor", bad) for bad in (5, [], {}, True, "x" * 201)),
    *((name, bad) for name in FACTS for bad in ([], {}, True, 1.5, "x" * 201)),
    *(("country", bad) for bad in ("AUT", "1", FORMULA)),
    *(("device", bad) for bad in ("phone", SCRIPT)),
]  # fmt: skip


def test_the_fields_of_batches(station: Station) -> None:
    """Each by its own name, in the event's place, without what was sent; the batch is refused whole."""
    good = {"n": "pageview", "u": URL, "timestamp": "2026-03-01T10:00:00Z", "ip": "198.51.100.7", "user_agent": "Mozilla/5.0 (X11; rv:1) Gecko"}
    for key, value in BAD_IN_BATCHES:
        [error] = json.loads(station.batch(good, good | {key: value}).body)["errors"]
        assert (key, repr(value)[:60], error["index"], error["field"]) == (key, repr(value)[:60], 1, key)
        assert str(value)[:100] not in error["message"] or value in ("", "1")
    assert station.rows == []
    assert station.dropped() == {NOWHERE.id: {"invalid": len(BAD_IN_BATCHES)}}


def test_hostile_facts_are_kept_in_a_harmless_form(station: Station) -> None:
    station.setting(regions=True)
    texts = {SCRIPT: SCRIPT, FORMULA: FORMULA, CONTROL: "ab[31mcde", MARKS: "abcde", "jane@example.org": ":redacted"}
    free = sorted(set(FACTS) - {"country", "language", "browser_version", "os_version", "device", "screen"})
    for text, kept in texts.items():
        event = {"n": "pageview", "u": URL, "timestamp": "2026-03-01T10:00:00Z", "visitor": text} | dict.fromkeys(free, text)
        station.collector.settle(station.batch(event, name=text), stored=True)
        assert {fact: getattr(station.rows[-1], fact) for fact in free} == dict.fromkeys(free, kept)
