"""D18: a program with a browser's name has no Sec-Fetch headers; T20: everybody who may have none passes."""

from typing import Any

import pytest
from msgspec.structs import replace

from analytics.ingest.fetch_metadata import PATIENCE, FetchMetadata
from analytics.model import Visitor
from tests.ingest.station import NOON, Station

SECURE = {"origin": "https://example.org"}
FETCH = {**SECURE, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}


def somebody(browser: str = "Chrome", version: str = "126", system: str = "Windows", device: str = "Desktop") -> Visitor:
    return Visitor(tag=1, browser=browser, browser_version=version, os=system, device=device)


def vouched(**who: str) -> FetchMetadata:
    """A memory in which this browser's headers did arrive from this site."""
    metadata = FetchMetadata()
    assert metadata.contradiction("s", somebody(**who), FETCH, NOON) == ""
    return metadata


@pytest.mark.parametrize(
    "who",
    [
        {},
        {"version": "80"},
        {"system": "Android", "device": "Mobile"},
        {"browser": "Edge"},
        {"browser": "Firefox", "version": "90"},
        {"browser": "Firefox", "version": "140", "system": "Android", "device": "Tablet"},
        {"browser": "Safari", "version": "17", "system": "macOS"},
        {"browser": "Safari", "version": "18", "system": "iOS", "device": "Mobile"},
    ],
)
def test_d18_a_browser_that_always_sends_them_and_does_not_is_none(who: dict[str, str]) -> None:
    browser = who.get("browser", "Chrome")
    assert vouched(**who).contradiction("s", somebody(**who), SECURE, NOON + 60) == f"{browser} without Sec-Fetch"


@pytest.mark.parametrize("header", ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"])
def test_one_of_the_headers_is_enough(header: str) -> None:
    """Some older versions send two of the three."""
    assert vouched().contradiction("s", somebody(), {**SECURE, header: FETCH[header]}, NOON) == ""


@pytest.mark.parametrize(
    "who",
    [
        {"version": "79"},
        {"browser": "Firefox", "version": "89"},
        {"browser": "Safari", "version": "16", "system": "macOS"},
        {"browser": "Safari", "version": "17", "system": "Windows"},
        {"system": "iOS", "device": "Mobile"},
        {"browser": "Firefox", "version": "127", "system": "iOS", "device": "Mobile"},
        {"browser": "Edge", "system": "iOS", "device": "Tablet"},
        {"version": ""},
        {"device": "TV", "system": "Android"},
        {"device": ""},
        *({"browser": browser} for browser in (
            "", "Chrome WebView", "Safari WebView", "Facebook", "Instagram", "Opera Mini", "Samsung Internet", "UC Browser",
            "Amazon Silk", "DuckDuckGo", "QQ Browser", "WeChat", "Internet Explorer", "Opera", "Yandex Browser",
        )),
    ],
)  # fmt: skip
def test_t20_who_may_send_none_passes(who: dict[str, str]) -> None:
    """Old versions, iOS's other browsers, in-app browsers, television sets, and all that are not in the table."""
    metadata = vouched()
    metadata.contradiction("s", somebody(**who), FETCH, NOON)
    assert metadata.contradiction("s", somebody(**who), SECURE, NOON + 60) == ""


@pytest.mark.parametrize("headers", [{}, {"origin": "http://example.org"}, {"origin": "null"}, {"origin": "http://localhost:8000"}])
def test_t20_servers_and_pages_without_https_pass(headers: dict[str, str]) -> None:
    """A server that speaks for a visitor has no Origin; to http:// browsers send none of the headers."""
    assert vouched().contradiction("s", somebody(), headers, NOON) == ""


def test_t20_a_proxy_that_strips_the_headers_costs_nobody() -> None:
    """Only where such a browser's headers arrived in the last day their absence says something: by site, origin, browser."""
    metadata = FetchMetadata()
    assert metadata.contradiction("s", somebody(), SECURE, NOON) == ""
    metadata.contradiction("s", somebody(), FETCH, NOON)
    shop = {"origin": "https://shop.example.org"}
    assert metadata.contradiction("s", somebody(), shop, NOON) == ""
    assert metadata.contradiction("t", somebody(), SECURE, NOON) == ""
    assert metadata.contradiction("s", somebody(browser="Firefox"), SECURE, NOON) == ""
    assert metadata.contradiction("s", somebody(), SECURE, NOON + PATIENCE - 1) == "Chrome without Sec-Fetch"
    assert metadata.contradiction("s", somebody(), SECURE, NOON + PATIENCE) == ""


def test_t20_a_company_whose_proxy_strips_them_is_known_by_those_who_read() -> None:
    """Programs that only copy a browser's name run no script, and tell of no reading. By network, site, origin and browser."""
    office, other, unknown = (replace(somebody(), network=network) for network in (7, 8, 0))
    metadata = vouched()
    assert metadata.contradiction("s", office, SECURE, NOON) == "Chrome without Sec-Fetch"
    metadata.note_reading("s", office, SECURE, NOON + 60)
    metadata.note_reading("s", unknown, SECURE, NOON + 60)
    assert metadata.contradiction("s", office, SECURE, NOON + 61) == ""
    assert metadata.contradiction("s", other, SECURE, NOON + 61) == "Chrome without Sec-Fetch"
    assert metadata.contradiction("s", unknown, SECURE, NOON + 61) == "Chrome without Sec-Fetch"
    assert metadata.contradiction("s", office, {**SECURE, "sec-fetch-mode": "navigate"}, NOON + 61) == "an event sent as a page load"
    metadata.contradiction("s", somebody(), FETCH, NOON + PATIENCE)
    assert metadata.contradiction("s", office, SECURE, NOON + 60 + PATIENCE) == "Chrome without Sec-Fetch"


def test_reading_with_the_headers_excuses_nobody() -> None:
    metadata, who = vouched(), replace(somebody(), network=7)
    metadata.note_reading("s", who, FETCH, NOON)
    assert metadata.contradiction("s", who, SECURE, NOON) == "Chrome without Sec-Fetch"


@pytest.mark.parametrize("mode", ["navigate", "nested-navigate", "websocket"])
def test_d18_an_event_is_no_page_load(mode: str) -> None:
    """Headers copied from one; whoever it claims to be, and without anybody to vouch."""
    assert FetchMetadata().contradiction("s", somebody(browser=""), {**FETCH, "sec-fetch-mode": mode}, NOON) == "an event sent as a page load"


@pytest.mark.parametrize("mode", ["cors", "no-cors", "same-origin"])
def test_fetch_and_send_beacon_are_none_either(mode: str) -> None:
    """fetch and XMLHttpRequest send cors, sendBeacon with a text no-cors."""
    assert FetchMetadata().contradiction("s", somebody(), {**FETCH, "sec-fetch-mode": mode}, NOON) == ""


def test_made_up_origins_do_not_fill_the_memory() -> None:
    """Origins can be made up without end."""
    metadata = FetchMetadata(most_ways=3)
    for number in range(10):
        metadata.contradiction("s", somebody(), {**FETCH, "origin": f"https://{number}.example"}, NOON)
        metadata.note_reading("s", replace(somebody(), network=7), {"origin": f"https://{number}.example"}, NOON)
    assert (len(metadata._arrived), len(metadata._taken)) == (1, 1)


CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


def _sends(station: Station, peer: str, body: dict[str, Any] | None = None, **headers: str) -> str | None:
    view = {"n": "pageview", "u": "https://example.org/", "d": "example.org"}
    reply = station.send({**view, **(body or {})}, peer=peer, agent=CHROME, origin="https://example.org", **headers)
    return dict(reply.headers).get("x-footfall-dropped")


def test_d18_the_collector_tells_them_apart(station: Station) -> None:
    """A browser, a program with its name, the browser again; who reads is somebody, and so are the others of that network."""
    real = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "cors", "sec_fetch_dest": "empty"}
    assert _sends(station, "192.0.2.1", **real) is None
    assert _sends(station, "192.0.2.2") == "bot"
    assert station.latest().detail == "Chrome without Sec-Fetch (Disguised)"
    assert _sends(station, "192.0.2.1", **real) is None
    assert _sends(station, "192.0.2.1", {"n": "engagement", "e": 3000}) is None
    assert _sends(station, "192.0.2.2") is None
    assert _sends(station, "198.51.100.2") == "bot"
    assert station.dropped() == {"example.org": {"bot": 2}}


def test_t20_a_batch_has_no_headers_of_a_visitor(station: Station) -> None:
    """Whoever holds a key speaks for others."""
    station.send({"n": "pageview", "u": "https://example.org/", "d": "example.org"}, agent=CHROME, origin="https://example.org", sec_fetch_mode="cors")
    event = {"n": "pageview", "u": "https://example.org/", "timestamp": "2026-03-01T10:00:00Z", "ip": "192.0.2.9", "user_agent": CHROME}
    assert station.batch(event).status == 202
    assert station.dropped() == {}
