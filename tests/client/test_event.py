"""What of a request travels to the collector, and what stays."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.client.event import compose, person_of, referrer_of, url_of
from analytics.client.request import Request
from analytics.ingest import beacon, wire
from analytics.privacy import scrubber

NOW = 1_800_000_000.25


def request(path: str = "/", query: str = "", host: str = "example.org", headers: Mapping[str, str] | None = None) -> Request:
    given = headers or {}
    return Request(
        at=NOW, method="GET", scheme="https", host=host, path=path, query=query, header=lambda name: given.get(name, ""),
        peer="203.0.113.9", native=None,
    )  # fmt: skip


def keys(**given: Any) -> dict[str, Any]:
    told = {"at": NOW, "name": "pageview", "url": "https://example.org/", "person": {"visitor": "v"}} | given
    read: dict[str, Any] = json.loads(compose(**told).body)
    return read


def test_an_event_has_the_keys_of_the_interface() -> None:
    """The time with its offset, in microseconds: the order of a visit hangs on it."""
    assert keys() == {"n": "pageview", "u": "https://example.org/", "timestamp": "2027-01-15T08:00:00.250000+00:00", "visitor": "v"}
    told = keys(site="example.org", referrer="https://a.test/", props={"plan": "large", "seats": 3}, revenue=(Decimal("9.90"), "EUR"),
                interactive=False)  # fmt: skip
    assert {key: told[key] for key in ("d", "r", "p", "$", "i")} == {
        "d": "example.org",
        "r": "https://a.test/",
        "p": {"plan": "large", "seats": 3},
        "$": {"amount": "9.90", "currency": "EUR"},
        "i": False,
    }


def test_properties_are_what_json_has_or_their_text() -> None:
    props = {"a": True, "b": 1.5, "c": None, "d": Decimal("1.10"), "e": ["x"], 6: "six"}
    assert keys(props=props)["p"] == {"a": True, "b": 1.5, "d": "1.10", "e": "['x']", "6": "six"}


def test_a_number_that_json_does_not_have_is_refused_before_it_can_spoil_a_batch() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        keys(props={"a": float("nan")})


REFERRERS = {
    "https://news.test/item?id=4711#c1": "https://news.test/item",
    "https://news.test/#token=secret?x": "https://news.test/",
    "https://news.test/a": "https://news.test/a",
    "android-app://com.example.reader/": "android-app://com.example.reader/",
    "": "",
    "https://news.test/" + "a" * 3000: "https://news.test/" + "a" * 1982,
}


@pytest.mark.parametrize(("sent", "told"), REFERRERS.items())
def test_d33_a_referrer_leaves_without_query_and_fragment(sent: str, told: str) -> None:
    assert referrer_of(request(headers={"referer": sent})) == told


PERSONS = {
    "all": ({"user-agent": "Mozilla", "accept-language": "de-AT,en;q=0.5"}, {"user_agent": "Mozilla", "language": "de"}),
    "upper case": ({"user-agent": "Mozilla", "accept-language": " EN-gb"}, {"user_agent": "Mozilla", "language": "en"}),
    "no language": ({"user-agent": "Mozilla"}, {"user_agent": "Mozilla"}),
    "any language": ({"user-agent": "Mozilla", "accept-language": "*"}, {"user_agent": "Mozilla"}),
    "no language at all": ({"user-agent": "Mozilla", "accept-language": "english"}, {"user_agent": "Mozilla"}),
    "endless": ({"user-agent": "M" * 5000}, {"user_agent": "M" * 2000}),
}


@pytest.mark.parametrize(("headers", "told"), PERSONS.values(), ids=PERSONS)
def test_who_it_was_is_told_for_this_call(headers: dict[str, str], told: dict[str, str]) -> None:
    """Address, User-Agent, and the first language as the collector's door reads it."""
    assert person_of(request(headers=headers), "203.0.113.9") == {"ip": "203.0.113.9"} | told


@pytest.mark.parametrize(("headers", "address"), [({}, "203.0.113.9"), ({"user-agent": " "}, "203.0.113.9"), ({"user-agent": "M"}, "")])
def test_nobody_is_told_of_who_cannot_be_told_apart(headers: dict[str, str], address: str) -> None:
    """The collector would refuse the event, and with it the batch."""
    assert person_of(request(headers=headers), address) == {}


def test_a_query_that_is_too_long_is_left_out() -> None:
    """The page counts all the same (T7)."""
    assert url_of(request("/a", "q=" + "x" * 1970)).endswith("xxx")
    assert url_of(request("/a", "q=" + "x" * 2000)) == "https://example.org/a"


def page(url: str) -> tuple[str, str]:
    """Its host and path, as they are kept."""
    hostname, path, _ = scrubber.address(url)
    return hostname, scrubber.path(path)


TEXTS = st.text(st.characters(exclude_characters="\r\n"), max_size=40)


@given(path=TEXTS.map("/".__add__), query=TEXTS, referrer=TEXTS, agent=TEXTS, language=TEXTS)
def test_t7_the_collector_takes_whatever_a_browser_asked_for(path: str, query: str, referrer: str, agent: str, language: str) -> None:
    """An odd path, query or header makes an event that is read without complaint, with the page as it was asked for."""
    asked = request(path, query, headers={"referer": referrer, "user-agent": agent, "accept-language": language})
    who = person_of(asked, "203.0.113.9") or {"visitor": "v"}
    event = compose(NOW, "pageview", url_of(asked), who, "example.org", referrer_of(asked), {"path": path})
    _, (body,) = wire.decode_batch(b'{"idempotency_key":"k","events":[%b]}' % event.body)
    read = beacon.timed(wire.decode_timed(body), NOW)
    assert page(read.beacon.url) == page("https://example.org" + url_of(request(path)).partition(".org")[2])
    assert page(read.beacon.url)[0] == "example.org"


@given(path=st.text(st.characters(codec="utf-8", categories=("L",)), min_size=1, max_size=20))
def test_t8_a_page_is_one_page_however_it_was_written(path: str) -> None:
    assert page(url_of(request("/" + path))) == page("https://example.org/" + path)
