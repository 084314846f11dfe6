"""What a client sent is read by the rules of docs/api.md, or refused by the field's name."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.errors import InvalidInput
from analytics.ingest import beacon, wire
from analytics.ingest.beacon import Beacon
from analytics.privacy.scrubber import referrer

PAGE = {"n": "pageview", "u": "https://example.org/shop/", "d": "example.org"}
NOON = 1_772_362_800.0  # 2026-03-01T11:00:00Z


def read(**changes: Any) -> Beacon:
    body = {key: value for key, value in {**PAGE, **changes}.items() if value is not ...}
    return beacon.read(json.dumps(body).encode())


def refusal(**changes: Any) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        read(**changes)
    return caught.value.field, str(caught.value)


def timed(**changes: Any) -> beacon.TimedBeacon:
    event = {**PAGE, "timestamp": "2026-03-01T12:00:00+01:00", "visitor": "jane", **changes}
    body = json.dumps({key: value for key, value in event.items() if value is not ...}).encode()
    return beacon.timed(wire.decode_timed(body), NOON)


def timed_refusal(**changes: Any) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        timed(**changes)
    return caught.value.field, str(caught.value)


def test_an_event_is_read_from_short_keys() -> None:
    """The keys that our own script and the newest trackers use."""
    body = {
        "n": "Buy", "u": "https://www.example.org/shop/#b", "d": "example.org", "r": "https://news.example/", "p": {"size": "L"},
        "h": 1, "i": False, "$": {"amount": 12.5, "currency": "eur"}, "v": 27, "w": 1280, "tz": "Europe/Berlin",
    }  # fmt: skip
    assert beacon.read(json.dumps(body).encode()) == Beacon(
        name="Buy",
        url="https://www.example.org/shop/#b",
        domains=("example.org",),
        named=True,
        referrer="https://news.example/",
        props={"size": "L"},
        hash_mode=True,
        interactive=False,
        revenue="12.500",
        currency="EUR",
        width=1280,
        timezone="Europe/Berlin",
    )


@pytest.mark.parametrize("props", ["props", "m", "meta"])
def test_an_event_is_read_from_long_keys(props: str) -> None:
    """The keys that older trackers and server libraries use; several names for the properties."""
    body = {
        "name": "Buy", "url": "https://example.org/", "domain": "example.org", "referrer": "https://news.example/",
        props: {"size": "L"}, "hashMode": 1, "interactive": False, "revenue": {"amount": "1", "currency": "USD"},
    }  # fmt: skip
    sent = beacon.read(json.dumps(body).encode())
    assert (sent.name, sent.url, sent.domains) == ("Buy", "https://example.org/", ("example.org",))
    assert (sent.referrer, sent.props, sent.hash_mode) == ("https://news.example/", {"size": "L"}, True)
    assert (sent.interactive, sent.revenue, sent.currency) == (False, "1.000", "USD")


def test_a_name_is_required_and_has_at_most_120_characters() -> None:
    """An event's name is text or an integer, of at most 120 characters."""
    assert read(n=404).name == "404"
    assert read(n=" Sign up ").name == "Sign up"
    assert read(n="é" * 120).name == "é" * 120
    assert refusal(n="a" * 121) == ("event_name", "has at most 120 characters")
    for missing in (..., None, "", "  ", "\x00", True, 1.5, ["pageview"], {}):
        assert refusal(n=missing) == ("event_name", "is required")


def test_an_address_is_required_and_has_at_most_2000_bytes() -> None:
    """An address is needed, of at most 2,000 bytes."""
    long = "https://example.org/" + "a" * 1980
    assert read(u=long).url == long
    assert refusal(u=long + "a") == ("url", "has at most 2,000 bytes")
    assert refusal(u="https://example.org/" + "é" * 1000) == ("url", "has at most 2,000 bytes")
    for missing in (..., None, "", "\x00", 7, ["https://example.org/"]):
        assert refusal(u=missing) == ("url", "is required")


@pytest.mark.parametrize(
    ("domain", "expected", "named"),
    [
        ("example.org", ("example.org",), True),
        ("a.example, b.example,a.example,", ("a.example", "b.example"), True),
        (..., ("www.shop.example:8080",), False),
        ("", ("www.shop.example:8080",), False),
        (None, ("www.shop.example:8080",), False),
    ],
)
def test_several_sites_are_separated_by_commas(domain: Any, expected: tuple[str, ...], named: bool) -> None:
    """Several sites are parted by commas; without any it is the host of the address."""
    sent = read(u="https://me:secret@www.shop.example:8080/", d=domain)
    assert (sent.domains, sent.named) == (expected, named)


def test_unusable_sites_are_refused() -> None:
    assert refusal(d=7) == ("domain", "must be text")
    assert refusal(d=",".join(f"{number}.example" for number in range(11))) == ("domain", "names more than 10 sites")
    assert refusal(d=..., u="app:page") == ("domain", "is required when the url has no host")


@pytest.mark.parametrize(
    ("props", "expected"),
    [
        ({"a": "text", "b": 7, "c": True, "d": 1.5, "e": False}, {"a": "text", "b": "7", "c": "true", "d": "1.5", "e": "false"}),
        ({"a": None, "b": "", "c": "  ", "d": [1], "e": {"x": 1}, "": "x", "f": "kept"}, {"f": "kept"}),
        ('{"size": "L"}', {"size": "L"}),
        ({"a\x00b": "c\x07d\ne"}, {"ab": "cde"}),
        ([], {}),
        ("", {}),
        ("not JSON", {}),
        ("[1]", {}),
        (7, {}),
    ],
)
def test_usable_properties_are_kept_as_text(props: Any, expected: dict[str, str]) -> None:
    """An object, or one as text; lists, objects, blanks and nulls are dropped, the rest is kept as text."""
    assert read(p=props).props == expected


def test_properties_beyond_the_limits_are_refused_or_dropped() -> None:
    """30 are kept; a key has at most 300 bytes, a value 2,000."""
    assert list(read(p={str(number): "x" for number in range(40)}).props) == [str(number) for number in range(30)]
    assert read(p={"k" * 300: "v" * 2000}).props == {"k" * 300: "v" * 2000}
    assert refusal(p={"k" * 301: "v"}) == ("props", "a key has at most 300 bytes")
    assert refusal(p={"k": "v" * 2001}) == ("props", "a value has at most 2,000 bytes")
    assert refusal(p={"k": "é" * 1001}) == ("props", "a value has at most 2,000 bytes")


@pytest.mark.parametrize(("x", "left_out"), [
    (2, 2), ("2", 2), (0, 0), (None, 0), (-1, 0), (True, 0), ("many", 0), ([1], 0), (10**6, 1000),
])  # fmt: skip
def test_how_much_a_client_left_out(x: Any, left_out: int) -> None:
    """A number, within what one event may have; anything else is none, and the event counts all the same."""
    assert read(x=x).left_out == left_out


@pytest.mark.parametrize(
    "money",
    [
        "12", 12, [], {}, {"amount": 1}, {"currency": "EUR"}, {"amount": True, "currency": "EUR"}, {"amount": "much", "currency": "EUR"},
        {"amount": "NaN", "currency": "EUR"}, {"amount": "Infinity", "currency": "EUR"}, {"amount": 1e15, "currency": "EUR"},
        {"amount": "1e400000", "currency": "EUR"}, {"amount": 1, "currency": "euro"}, {"amount": 1, "currency": 978},
        {"amount": "9" * 5000, "currency": "EUR"}, "not JSON",
    ],
)  # fmt: skip
def test_unusable_revenue_is_ignored(money: Any) -> None:
    """The event counts all the same."""
    sent = read(**{"$": money})
    assert (sent.revenue, sent.currency) == (None, "")


@pytest.mark.parametrize(
    ("money", "amount"),
    [
        ({"amount": "1321.29", "currency": "USD"}, "1321.290"),
        ({"amount": 0, "currency": "USD"}, "0.000"),
        ({"amount": "-5", "currency": "USD"}, "-5.000"),
        ('{"amount": 9.99, "currency": "USD"}', "9.990"),
        ({"amount": "999999999999999", "currency": "USD"}, "999999999999999.000"),
    ],
)
def test_amounts_have_three_decimals(money: Any, amount: str) -> None:
    """Amounts have three decimals, as they are stored."""
    sent = read(**{"$": money})
    assert (sent.revenue, sent.currency) == (amount, "USD")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"sd": 55, "e": 12_000}, (55, 12_000)),
        ({"sd": 55}, (55, 0)),
        ({"e": "900"}, (0, 900)),
        ({"sd": 150, "e": -5}, (100, 0)),
        ({"sd": 33.4, "e": 10**12}, (33, 86_400_000)),
    ],
)
def test_reading_time_and_scroll_depth_are_bounded(given: dict[str, Any], expected: tuple[int, int]) -> None:
    """Deepest scroll from 0 to 100 and milliseconds of at most a day; it is never interactive and earns nothing."""
    sent = read(n="engagement", **given, **{"$": {"amount": 1, "currency": "EUR"}})
    assert (sent.scroll, sent.engaged) == expected
    assert (sent.interactive, sent.revenue) == (False, None)


def test_engagement_without_figures_is_refused() -> None:
    for figures in ({}, {"sd": None, "e": "x"}, {"sd": True}):
        assert refusal(n="engagement", **figures)[0] == "request"


def test_figures_of_engagement_mean_nothing_elsewhere() -> None:
    sent = read(sd=50, e=1000)
    assert (sent.scroll, sent.engaged, sent.interactive) == (0, 0, True)


@pytest.mark.parametrize("value", [1, True, "1", "true"])
def test_hash_mode_is_on(value: Any) -> None:
    assert read(h=value).hash_mode


@pytest.mark.parametrize("value", [0, False, "0", "", "yes", None, 2, [1]])
def test_hash_mode_is_off(value: Any) -> None:
    assert not read(h=value).hash_mode


def test_a_long_referrer_is_cut() -> None:
    """To 2,000 characters, and the event counts."""
    """To one character more than is kept: the scrubber then drops the piece that the cut goes through."""
    long = "https://example.org/" + "a" * 1970 + "/jane.doe@example.org"
    assert referrer(read(r=long).referrer) == f"example.org/{'a' * 1970}/"
    assert read(r=7).referrer == ""


def outcome(body: bytes) -> Beacon | str:
    """The beacon, or the field that is refused."""
    try:
        return beacon.read(body)
    except InvalidInput as error:
        return error.field


_FIELDS = {"url", "domain", "event_name", "props", "request"}


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    found = outcome(body)
    assert isinstance(found, Beacon) or found in _FIELDS


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(wire.Wire.__struct_encode_fields__), _JSON))
def test_any_values_are_read_or_refused(fields: dict[str, Any]) -> None:
    """Whatever stands under the known keys, lone surrogates included."""
    found = outcome(json.dumps({**PAGE, **fields}).encode())
    if isinstance(found, Beacon):
        assert found.name == found.name.encode().decode()
        assert 0 <= found.scroll <= 100
    else:
        assert found in _FIELDS


def test_an_event_of_a_batch() -> None:
    """When it was, who it was, and what is known already."""
    sent = timed(visitor=..., ip="192.0.2.7", user_agent="Firefox", country="de", browser_version=128, utm_source="x", city="")
    assert (sent.at, sent.ip, sent.user_agent, sent.visitor) == (NOON, "192.0.2.7", "Firefox", None)
    assert sent.facts == {"country": "DE", "browser_version": "128", "utm_source": "x"}
    assert sent.beacon == read()
    assert "192.0.2.7" not in repr(sent)


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        ("2026-03-01T11:00:00Z", NOON),
        ("2026-03-01T12:00:00.500+01:00", NOON + 0.5),
        ("2026-03-01T11:01:00+00:00", NOON + 60),
        ("1999-12-31T23:59:59Z", 946_684_799.0),
    ],
)
def test_a_batch_may_be_of_any_age_and_a_minute_ahead(timestamp: str, at: float) -> None:
    """Any age, and up to a minute ahead of our clock."""
    assert timed(timestamp=timestamp).at == at


@pytest.mark.parametrize(
    ("timestamp", "problem"),
    [
        (..., "is required"), (1_772_362_800, "is required"), ("2026-03-01T11:01:01Z", "lies in the future"),
        ("2026-03-01T12:00:00", "needs an offset"), ("2026-03-01", "needs an offset"), ("yesterday", "must be ISO 8601"),
        ("0001-01-01T00:00:00+14:00", "must not lie before 1970"), ("9999-12-31T23:59:59-14:00", "lies in the future"),
        ("2026-03-01T11:00:00Z" + " " * 40, "is required"), ("2026-02-30T11:00:00Z", "must be ISO 8601"),
    ],
)  # fmt: skip
def test_unusable_times_are_refused(timestamp: Any, problem: str) -> None:
    field, message = timed_refusal(timestamp=timestamp)
    assert field == "timestamp"
    assert message.startswith(problem)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"visitor": ...}, "visitor"),
        ({"visitor": ..., "ip": "192.0.2.7"}, "visitor"),
        ({"visitor": 7}, "visitor"),
        ({"visitor": "x" * 201}, "visitor"),
        ({"ip": ["192.0.2.7"]}, "ip"),
        ({"user_agent": "x" * 2001}, "user_agent"),
        ({"country": "Germany"}, "country"),
        ({"source": "x" * 201}, "source"),
        ({"browser": {}}, "browser"),
        ({"u": None}, "url"),
    ],
)
def test_unusable_events_of_a_batch(changes: dict[str, Any], field: str) -> None:
    assert timed_refusal(**changes)[0] == field
