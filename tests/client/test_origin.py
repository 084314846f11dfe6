"""Whose address a request has: as the door of the collector says (T13)."""

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.client.origin import FORWARDING, PRIVATE, Origin
from analytics.config import SETTINGS
from analytics.privacy.agent import Agents
from analytics.privacy.door import Door, Places
from analytics.privacy.keys import Keys

FORWARDED = {
    "none": ("10.0.0.1", {}, "10.0.0.1"),
    "one proxy": ("10.0.0.1", {"x-forwarded-for": "203.0.113.9"}, "203.0.113.9"),
    "two proxies and a forger": ("10.0.0.1", {"x-forwarded-for": "198.51.100.66, 203.0.113.9, 10.0.0.2"}, "203.0.113.9"),
    "RFC 7239": ("::1", {"forwarded": 'for="[2001:db8::9]:4711";proto=https'}, "2001:db8::9"),
    "a stranger": ("192.0.2.1", {"x-forwarded-for": "203.0.113.9"}, "192.0.2.1"),
    "Unix socket": ("", {"x-forwarded-for": "203.0.113.9"}, "203.0.113.9"),
    "Unix socket, nobody named": ("", {}, "127.0.0.1"),
    "named header first": ("10.0.0.1", {"x-forwarded-for": "198.51.100.1", "cf-connecting-ip": "203.0.113.9"}, "203.0.113.9"),
    "no address": ("testclient", {"x-forwarded-for": "203.0.113.9"}, ""),
}


@pytest.mark.parametrize(("peer", "headers", "address"), FORWARDED.values(), ids=FORWARDED)
def test_t13_whose_address_it_is(peer: str, headers: dict[str, str], address: str) -> None:
    """The first hop from the right that is no proxy of ours, if the peer is one."""
    assert Origin(forwarded_header="CF-Connecting-IP").address(peer, lambda name: headers.get(name, "")) == address


def test_a_network_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        Origin(["10.0.0.0/99"])


ADDRESSES = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
    st.sampled_from(["10.0.0.7", "192.168.1.1", "::1", "fd00::1", "::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.77", "198.51.100.7", "unknown", "_hidden", "", "x:y:z"]),
)
WRITTEN = st.builds(
    lambda address, form: form.format(address), ADDRESSES,
    st.sampled_from(["{}", " {} ", "{}:4711", "[{}]", "[{}]:4711", '"{}"', "for={}", 'for="[{}]:1";by=x', "proto=https; For={}", "{}%eth0"]),
)  # fmt: skip
LINES = st.lists(WRITTEN, max_size=20).map(",".join)


TRUSTED = (*PRIVATE, "::ffff:203.0.113.0/120", "198.51.100.7")


@pytest.fixture(scope="module")
def door() -> Door:
    return Door(Keys(), Places(None), TRUSTED, "x-real-ip", Agents())


@given(peer=st.one_of(ADDRESSES, st.just("testclient")), headers=st.dictionaries(st.sampled_from([*FORWARDING, "x-real-ip"]), LINES))
def test_t13_it_is_the_address_that_the_collectors_door_would_find(door: Door, peer: str, headers: dict[str, str]) -> None:
    """The rules stand in two programs; whatever is asked, both answer alike."""
    knock, _ = door.admit(peer, [(name.encode(), value.encode()) for name, value in headers.items()])
    told = {row[0]: row[1] for row in door.explain(knock)}["Your address"]
    assert (Origin(TRUSTED, "x-real-ip").address(peer, lambda name: headers.get(name, "")) or "unknown") == told


def test_the_proxies_that_are_trusted_unless_told_otherwise_are_the_collectors() -> None:
    assert SETTINGS["trusted_proxies"].default == PRIVATE


def test_an_address_has_one_spelling() -> None:
    """Two ways to write it would be two visitors."""
    long = IPv6Address("2001:db8::9").exploded
    assert Origin().address(long, lambda _: "") == "2001:db8::9"
