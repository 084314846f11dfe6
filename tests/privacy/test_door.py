"""The door: whose address counts (T13), what becomes of it, and that it goes nowhere else."""

import copy
import pickle
import traceback
from collections.abc import Callable
from datetime import date
from ipaddress import IPv4Address, ip_address
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analytics.clock import country_of_zone, start_of_day
from analytics.errors import ConfigError, InvalidInput
from analytics.model import Visitor
from analytics.privacy.agent import Agents
from analytics.privacy.door import Door, Places, _parsed, checked_networks
from analytics.privacy.keys import Keys
from analytics.site import Site, SiteSettings
from tests.privacy.conftest import write_mmdb

PROXIES = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "fc00::/7")
CHROME = b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
SITE = Site(id="s", domain="example.org", timezone="Europe/Berlin")
NOON = start_of_day(date(2026, 5, 17), "Europe/Berlin") + 12 * 3600
HOUR = 3600.0

Header = tuple[bytes, bytes]
MakeDoor = Callable[..., Door]


@pytest.fixture
def make_door(agents: Agents) -> MakeDoor:
    """A door with the proxies above and no location database, unless told otherwise."""

    def make(header: str = "", *, trusted: tuple[str, ...] = PROXIES, database: Path | None = None) -> Door:
        return Door(Keys(), Places(database), trusted, header, agents)

    return make


@pytest.fixture
def door(make_door: MakeDoor) -> Door:
    """With a named header."""
    return make_door("cf-connecting-ip")


def address(door: Door, peer: str | None, *headers: Header) -> str:
    """The address that the door found, as its page shows it."""
    knock, _ = door.admit(peer, [(b"user-agent", CHROME), *headers])
    return {row[0]: row[1] for row in door.explain(knock)}["Your address"]


def seen(door: Door, peer: str | None = "203.0.113.9", *headers: Header, agent: bytes = CHROME, site: Site = SITE,
         at: float = NOON, timezone: str = "") -> Visitor:  # fmt: skip
    """What the door makes of a request."""
    knock, _ = door.admit(peer, [(b"user-agent", agent), *headers])
    return door.visitor(knock, site, at, timezone=timezone)


# What is sent, and whose address that is if the peer may speak for others.
FORWARDED = {
    "none": ([], None),
    "x-forwarded-for": ([(b"x-forwarded-for", b"203.0.113.9")], "203.0.113.9"),
    "upper case": ([(b"X-Forwarded-For", b"203.0.113.9")], "203.0.113.9"),
    "named header": ([(b"cf-connecting-ip", b"203.0.113.9")], "203.0.113.9"),
    "named header first": ([(b"x-forwarded-for", b"198.51.100.1"), (b"cf-connecting-ip", b"203.0.113.9")], "203.0.113.9"),
    "forwarded": ([(b"forwarded", b"for=203.0.113.9;proto=https;by=10.0.0.1")], "203.0.113.9"),
    "forwarded, quoted": ([(b"forwarded", b'proto=https; For="203.0.113.9:4711"')], "203.0.113.9"),
    "forwarded, IPv6": ([(b"forwarded", b'for="[2001:db8::9]:4711"')], "2001:db8::9"),
    "forwarded, two proxies": ([(b"forwarded", b"for=198.51.100.66, for=203.0.113.9, for=10.0.0.2")], "203.0.113.9"),
    "forwarded, hidden": ([(b"forwarded", b"for=203.0.113.9, for=_hidden")], None),
    "forwarded, unknown": ([(b"forwarded", b"for=203.0.113.9, for=unknown")], None),
    "forwarded, open quote": ([(b"forwarded", b'for="198.51.100.66, for=203.0.113.9')], "203.0.113.9"),
    "forwarded, quote against the proxy": ([(b"forwarded", b'for=198.51.100.66;by="'), (b"forwarded", b'for="203.0.113.9"')],
                                           "203.0.113.9"),
    "forwarded without for": ([(b"forwarded", b"for=198.51.100.66, proto=https")], None),
    "IPv6": ([(b"x-forwarded-for", b"2001:db8::9")], "2001:db8::9"),
    "IPv6 in brackets with port": ([(b"x-forwarded-for", b"[2001:db8::9]:4711")], "2001:db8::9"),
    "IPv6 with a zone": ([(b"x-forwarded-for", b"fe80::9%eth0")], "fe80::9"),
    "IPv4 in IPv6": ([(b"x-forwarded-for", b"::ffff:203.0.113.9")], "203.0.113.9"),
    "port": ([(b"x-forwarded-for", b"203.0.113.9:4711")], "203.0.113.9"),
    "two proxies": ([(b"x-forwarded-for", b"203.0.113.9, 10.0.0.2")], "203.0.113.9"),
    "two proxies and a forger": ([(b"x-forwarded-for", b"198.51.100.66, 203.0.113.9, 10.0.0.2")], "203.0.113.9"),
    "duplicated": ([(b"x-forwarded-for", b"198.51.100.66"), (b"x-forwarded-for", b"203.0.113.9")], "203.0.113.9"),
    "named, duplicated": ([(b"cf-connecting-ip", b"198.51.100.66"), (b"cf-connecting-ip", b"203.0.113.9")], "203.0.113.9"),
    "only our own": ([(b"x-forwarded-for", b"10.0.0.7, 10.0.0.2")], "10.0.0.7"),
    "nonsense": ([(b"x-forwarded-for", b"<script>alert(1)</script>")], None),
    "nonsense left of the visitor": ([(b"x-forwarded-for", b"<script>, 203.0.113.9")], "203.0.113.9"),
    "not ASCII": ([(b"x-forwarded-for", b"\xff\xfe")], None),
    "empty": ([(b"x-forwarded-for", b" , ")], None),
    "endless": ([(b"x-forwarded-for", b"10.0.0.2," * 900 + b"10.0.0.3")], "10.0.0.2"),
    "not asked": ([(b"x-real-ip", b"198.51.100.66"), (b"true-client-ip", b"198.51.100.66")], None),
}  # fmt: skip


@pytest.mark.parametrize(("headers", "visitor"), FORWARDED.values(), ids=FORWARDED)
@pytest.mark.parametrize("peer", ["10.0.0.1", "::1", "fd00::1", "::ffff:10.0.0.1", "127.0.0.1"])
def test_t13_a_trusted_proxy_speaks_for_the_visitor(door: Door, peer: str, headers: list[Header], visitor: str | None) -> None:
    """The first hop from the right that is not ours; what cannot be read leaves the peer."""
    assert address(door, peer, *headers) == (visitor or peer.removeprefix("::ffff:"))


@pytest.mark.parametrize("headers", [row[0] for row in FORWARDED.values()], ids=FORWARDED)
@pytest.mark.parametrize("peer", ["192.0.2.1", "2001:db8::1"])
def test_t13_anybody_else_speaks_for_himself(door: Door, peer: str, headers: list[Header]) -> None:
    """Forged headers of a peer that is not trusted change nothing."""
    assert address(door, peer, *headers) == peer


@pytest.mark.parametrize("peer", [None, ""])
def test_t13_a_unix_socket_is_a_trusted_proxy(make_door: MakeDoor, peer: str | None) -> None:
    """Only the proxy on the same machine can open it, whatever networks are trusted."""
    door = make_door(trusted=())
    assert address(door, peer, (b"x-forwarded-for", b"203.0.113.9")) == "203.0.113.9"
    assert address(door, peer) == "127.0.0.1"


def test_a_peer_that_is_no_address_is_not_trusted(door: Door) -> None:
    """Test clients and odd servers name their peer somehow; its headers are not believed."""
    assert address(door, "testclient", (b"x-forwarded-for", b"203.0.113.9")) == "unknown"
    assert seen(door, "testclient").tag == seen(door, "testclient").tag


def test_a_standard_header_can_be_asked_first(make_door: MakeDoor) -> None:
    """For a proxy that writes Forwarded and passes on what a client put into X-Forwarded-For."""
    headers = (b"x-forwarded-for", b"198.51.100.66"), (b"forwarded", b"for=203.0.113.9")
    assert address(make_door("Forwarded"), "10.0.0.1", *headers) == "203.0.113.9"
    assert address(make_door(), "10.0.0.1", *headers) == "198.51.100.66"


def test_a_network_that_is_none_stops_the_start(make_door: MakeDoor) -> None:
    """The error names setting and value."""
    with pytest.raises(ConfigError, match=r"trusted_proxies.*10\.0\.0\.0/99"):
        make_door(trusted=("10.0.0.0/99",))


def test_d3_the_page_tells_what_was_believed_and_why(door: Door) -> None:
    """Peer, each header with its fate, the address, the country and the browser."""
    sent = [(b"user-agent", CHROME), (b"x-forwarded-for", b"203.0.113.9"), (b"forwarded", b"for=192.0.2.7"), (b"x-real-ip", b"192.0.2.8")]
    knock, _ = door.admit("10.0.0.1", sent)
    assert door.explain(knock) == [
        ("Connection from", "10.0.0.1", "trusted"),
        ("x-real-ip", "192.0.2.8", "not asked"),
        ("x-forwarded-for", "203.0.113.9", "used"),
        ("forwarded", "for=192.0.2.7", "not used"),
        ("Your address", "203.0.113.9", "x-forwarded-for"),
        ("Your location", "", ""),
        ("Your browser", "Chrome, 126, Windows, 10, Desktop", "coarse"),
    ]
    knock, _ = door.admit("192.0.2.1", sent)
    assert door.explain(knock)[:3] == [
        ("Connection from", "192.0.2.1", "not trusted"),
        ("x-real-ip", "192.0.2.8", "forged"),
        ("x-forwarded-for", "203.0.113.9", "forged"),
    ]


def test_headers_pass_by_an_allow_list(door: Door) -> None:
    """Nothing that tells who or where somebody is reaches the code behind, whatever new header comes up."""
    _, passed = door.admit("10.0.0.1", [
        (b"Host", b"stats.example.org"), (b"DNT", b"1"), (b"Sec-GPC", b"1"), (b"cookie", b"a=1"), (b"cookie", b"b=2"),
        (b"content-type", b"text/plain"), (b"hx-request", b"true"), (b"accept", b"text/html"), (b"accept", b"*/*"),
        (b"user-agent", CHROME), (b"accept-language", b"de"), (b"referer", b"https://example.org/u/jane"), (b"via", b"x"),
        (b"x-forwarded-for", b"203.0.113.9"), (b"forwarded", b"for=203.0.113.9"), (b"cf-connecting-ip", b"203.0.113.9"),
        (b"cf-ipcountry", b"GB"), (b"sec-ch-ua", b"x"), (b"sec-ch-ua-model", b"x"), (b"x-brand-new", b"x"), (b"save-data", b"on"),
    ])  # fmt: skip
    assert passed == {
        "host": "stats.example.org", "dnt": "1", "sec-gpc": "1", "cookie": "a=1; b=2", "content-type": "text/plain",
        "hx-request": "true", "accept": "text/html, */*",
    }  # fmt: skip


def test_a_header_that_nobody_reads_is_not_kept_at_all(door: Door) -> None:
    """Not even for as long as the request lasts; names are read in any case."""
    knock, passed = door.admit("203.0.113.9", [(b"X-Session", b"secret"), (b"Sec-GPC", b"1"), (b"Accept-Language", b"de")])
    assert (passed, knock._withheld) == ({"sec-gpc": "1"}, {"accept-language": "de"})


@given(st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,4}){2,4}", fullmatch=True) | st.ip_addresses(v=4).map(str) | st.text(max_size=20))
@example("192.0.2.07")
@example("192.0.2.256")
@example("١٩٢.0.2.7")
def test_an_ipv4_address_is_read_as_pythons_own_module_reads_it(text: str) -> None:
    """No octal numbers, no spaces, no digits of other scripts."""
    bare = text.strip(' \t"')
    try:
        expected = IPv4Address(bare)
    except ValueError:
        expected = None
    if ":" not in bare and not bare.startswith("["):
        assert _parsed(text) == expected


def test_a_header_named_for_addresses_never_passes(make_door: MakeDoor) -> None:
    """Even if it stands on the allow-list by another meaning."""
    _, passed = make_door("origin").admit("10.0.0.1", [(b"origin", b"203.0.113.9")])
    assert passed == {}


def test_a_knock_shows_nothing_and_goes_nowhere(door: Door) -> None:
    """Not in a traceback, a log or a file; it cannot be copied, encoded or looked into by vars()."""
    knock, _ = door.admit("203.0.113.9", [(b"user-agent", CHROME)])
    assert (repr(knock), str(knock), f"{knock}") == ("<Knock>",) * 3
    for leave in (pickle.dumps, copy.copy, copy.deepcopy, msgspec.json.encode, vars):
        with pytest.raises(TypeError):
            leave(knock)


def test_a_visitor_shows_no_tag(door: Door) -> None:
    """Visitors stand in tracebacks; a tag is nobody's business."""
    visitor = seen(door)
    assert str(visitor.tag) not in repr(visitor)


def test_one_person_is_one_tag_for_a_day_and_a_site(door: Door) -> None:
    """The same address and User-Agent: the same today, another tomorrow, another on another site."""
    visitor = seen(door)
    assert 0 <= visitor.tag < 2**64
    assert seen(door, at=NOON + 11 * HOUR).tag == visitor.tag
    assert seen(door, at=NOON + 24 * HOUR).tag != visitor.tag
    assert seen(door, site=Site(id="other", domain="other.example", timezone="Europe/Berlin")).tag != visitor.tag


def test_tags_tell_addresses_and_browsers_apart(door: Door) -> None:
    """An IPv6 network (/64) is one household, as one IPv4 address is."""
    tags = [
        seen(door, "203.0.113.9").tag,
        seen(door, "203.0.113.8").tag,
        seen(door, "203.0.113.9", agent=FIREFOX).tag,
        seen(door, "2001:db8:0:1::9").tag,
        seen(door, "2001:db8:0:2::9").tag,
    ]
    assert len(set(tags)) == 5
    assert seen(door, "2001:db8:0:1:ffff::1").tag == tags[3]
    assert seen(door, "::ffff:203.0.113.9").tag == tags[0]
    assert seen(door, "10.0.0.1", (b"x-forwarded-for", b"203.0.113.9:4711")).tag == tags[0]


def test_t15_for_half_an_hour_a_visitor_is_known_by_yesterdays_tag_too(door: Door) -> None:
    """So that a visit may cross midnight."""
    before = seen(door, at=NOON + 12 * HOUR - 60)
    after = seen(door, at=NOON + 12 * HOUR + 60)
    assert (after.previous_tag, before.previous_tag) == (before.tag, None)
    assert after.tag != before.tag
    assert seen(door, at=NOON + 12.5 * HOUR).previous_tag is None


def test_backdated_events_have_the_tags_of_their_own_day(door: Door) -> None:
    """Of a past day: neither today's tag nor the one that day had live. Of today: the live one."""
    live = seen(door, at=NOON)
    knock = door.told(ip="203.0.113.9", user_agent=CHROME.decode())

    def told(at: float, now: float) -> Visitor:
        return door.visitor(knock, SITE, at, backdated=True, now=now)

    assert told(NOON - HOUR, NOON).tag == live.tag
    past = told(NOON - 24 * HOUR, NOON)
    assert past.tag not in (live.tag, seen(door, at=NOON - 24 * HOUR).tag)
    assert past.previous_tag is None
    assert told(NOON - 25 * HOUR, NOON + 60).tag == past.tag
    assert told(NOON, NOON + 24 * HOUR).tag != live.tag
    assert told(NOON + 12 * HOUR + 10, NOON + 12 * HOUR - 10).tag == seen(door, at=NOON + 12 * HOUR + 10).tag, "a minute ahead"


def test_a_label_stands_for_a_person(door: Door) -> None:
    """Servers may name their visitors themselves; a label is no address, and who has one is no robot."""
    jane = door.visitor(door.told(visitor="jane"), SITE, NOON)
    assert door.visitor(door.told(visitor="jane", user_agent=CHROME.decode()), SITE, NOON).tag == jane.tag
    assert door.visitor(door.told(visitor="joan"), SITE, NOON).tag != jane.tag
    assert (jane.bot, jane.browser, jane.country) == ("", "", "")
    assert door.visitor(door.told(visitor="\udc80"), SITE, NOON).tag != jane.tag
    assert door.visitor(door.told(visitor=""), SITE, NOON).tag != seen(door, "", agent=b"").tag


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.9", "203.0.113.200", True),
        ("203.0.113.9", "203.0.114.9", False),
        ("2001:db8:1:2::1", "2001:db8:1:ffff::9", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("::ffff:203.0.113.9", "203.0.113.77", True),
    ],
)
def test_a_network_has_a_tag_of_the_day_like_a_visitor(door: Door, one: str, other: str, same: bool) -> None:
    """D18: /24, or /48 of IPv6; another day, another site: other tags. It is no visitor's tag, and a label has none."""
    first, second = seen(door, one), seen(door, other)
    assert (first.network == second.network) is same
    assert first.network not in (0, first.tag)
    assert seen(door, one, at=NOON + 24 * HOUR).network != first.network
    assert door.visitor(door.told(ip=one, user_agent="x"), msgspec.structs.replace(SITE, id="another"), NOON).network != first.network
    assert door.visitor(door.told(visitor="jane"), SITE, NOON).network == 0


def test_who_is_told_of_by_address_needs_a_good_one(door: Door) -> None:
    """The error names the field and does not repeat the value, not even in its traceback."""
    with pytest.raises(InvalidInput) as caught:
        door.told(ip="203.0.113.999", user_agent="x")
    assert caught.value.field == "ip"
    assert "203.0.113" not in "".join(traceback.format_exception_only(caught.value))
    assert door.visitor(door.told(ip="203.0.113.9"), SITE, NOON).bot == "no User-Agent"


@pytest.mark.parametrize(
    ("sent", "language"),
    [(b"en-GB,en;q=0.9,de;q=0.8", "en"), (b"DE", "de"), (b"gsw-CH", "gsw"), (b" pt-BR", "pt"), (b"", ""), (b"*", ""),
     (b"english", ""), (b"x-marked7f3a9", ""), (b"e1", ""), (b"\xff", "")],
)  # fmt: skip
def test_the_language_is_the_first_one_asked_for(door: Door, sent: bytes, language: str) -> None:
    """Its primary subtag alone, and only if it is one."""
    assert seen(door, "203.0.113.9", (b"accept-language", sent)).language == language


def test_excluded_networks_are_applied_here(door: Door) -> None:
    """The site's own people are marked, and the address goes no further."""
    networks = checked_networks(["203.0.113.7/24", " 2001:db8::1 "])
    assert networks == ("203.0.113.0/24", "2001:db8::1/128")
    site = Site(id="s", domain="example.org", settings=SiteSettings(excluded_networks=networks))
    assert [seen(door, peer, site=site).excluded for peer in ("203.0.113.9", "203.0.114.9", "2001:db8::1", "2001:db8::2")] == [
        True, False, True, False,
    ]  # fmt: skip
    assert not door.visitor(door.told(visitor="jane"), site, NOON).excluded


@pytest.mark.parametrize(
    ("network", "peer", "excluded"),
    [
        ("203.0.113.0/24", "::ffff:203.0.113.9", True),
        ("::ffff:203.0.113.0/120", "203.0.113.9", True),
        ("::ffff:203.0.113.0/120", "::ffff:203.0.113.9", True),
        ("::ffff:203.0.113.0/120", "203.0.114.9", False),
        ("2001:db8::/32", "2001:db8:1::7", True),
        ("2001:db8::/32", "203.0.113.9", False),
        ("0.0.0.0/0", "2001:db8::1", False),
        ("::/0", "203.0.113.9", False),
        ("203.0.113.9", "[203.0.113.9]:4711", True),
    ],
)
def test_d19_an_excluded_network_in_any_spelling(door: Door, network: str, peer: str, excluded: bool) -> None:
    """IPv4 addresses come as such or as IPv6, and owners write either."""
    site = Site(id="s", domain="example.org", settings=SiteSettings(excluded_networks=checked_networks([network])))
    assert seen(door, peer, site=site).excluded is excluded


@pytest.mark.parametrize("text", ["office", "10.0.0.0/33", "", "10.0.0"])
def test_a_wrong_excluded_network_is_named(text: str) -> None:
    """Before it is stored."""
    with pytest.raises(InvalidInput) as caught:
        checked_networks(["10.0.0.0/8", text])
    assert (caught.value.field, repr(text) in str(caught.value)) == ("excluded_networks", True)


MAXMIND = {"country": {"iso_code": "GB", "names": {"en": "United Kingdom"}}, "subdivisions": [{"iso_code": "ENG", "names": {"en": "England"}},
           {"names": {"en": "Kent"}}], "city": {"names": {"de": "Canterbury (de)", "en": "Canterbury"}}}  # fmt: skip
RECORDS = [
    ({"country_code": "GB"}, ("GB", "", "")),
    ({"country_code": "GB", "state1": "England", "city": "Canterbury"}, ("GB", "England", "Canterbury")),
    (MAXMIND, ("GB", "England", "Canterbury")),
    ({"country": "GB"}, ("GB", "", "")),
    ({"country_code": "gb?", "subdivisions": [], "city": {}}, ("", "", "")),
    ({"country": {"names": {"en": "Nowhere"}}, "city": ["x"]}, ("", "", "x")),
    ("GB", ("", "", "")),
]


@pytest.mark.parametrize(("record", "place"), RECORDS)
def test_databases_of_all_makers_are_read(tmp_path: Path, record: object, place: tuple[str, str, str]) -> None:
    """ip-location-db, MaxMind and DB-IP write the same facts in other shapes; odd ones are no error."""
    places = Places(write_mmdb(tmp_path / "places.mmdb", {"203.0.113.0/24": record, "2001:db8::/32": record}))
    assert places.country(ip_address("203.0.113.9")) == place
    assert places.country(ip_address("2001:db8::9")) == place
    assert places.country(ip_address("198.51.100.1")) == ("", "", "")
    assert places.built == date(2026, 1, 1)


def test_a_database_of_ipv4_alone_knows_no_ipv6(tmp_path: Path) -> None:
    """That is no error either."""
    places = Places(write_mmdb(tmp_path / "places.mmdb", {"203.0.113.0/24": {"country_code": "GB"}}, version=4))
    assert places.country(ip_address("203.0.113.9"))[0] == "GB"
    assert places.country(ip_address("2001:db8::9")) == ("", "", "")


def test_regions_and_cities_are_told_only_where_the_site_asks(make_door: MakeDoor, tmp_path: Path) -> None:
    """The country always."""
    door = make_door(database=write_mmdb(tmp_path / "places.mmdb", {"203.0.113.0/24": MAXMIND}))
    asking = Site(id="s", domain="example.org", settings=SiteSettings(regions=True))
    plain, full = seen(door), seen(door, site=asking)
    assert (plain.country, plain.region, plain.city) == ("GB", "", "")
    assert (full.country, full.region, full.city) == ("GB", "England", "Canterbury")


def test_without_a_database_the_time_zone_names_the_country(make_door: MakeDoor, tmp_path: Path) -> None:
    """And where there is one, the database decides."""
    assert seen(make_door(), timezone="Europe/Kiev").country == "UA"
    assert seen(make_door(database=tmp_path / "none.mmdb"), timezone="Asia/Calcutta").country == "IN"
    door = make_door(database=write_mmdb(tmp_path / "places.mmdb", {"203.0.113.0/24": {"country_code": "GB"}}))
    assert seen(door, timezone="Europe/Kiev").country == "GB"
    assert seen(door, "198.51.100.1", timezone="Europe/Kiev").country == "UA"


@pytest.mark.parametrize(
    ("zone", "country"),
    [("Europe/Oslo", "NO"), ("US/Pacific", "US"), ("America/Buenos_Aires", "AR"), ("Asia/Rangoon", "MM"), ("Africa/Asmera", "ER"),
     ("UTC", ""), ("CET", ""), ("Etc/GMT+3", ""), ("../../etc/passwd", ""), ("", "")],
)  # fmt: skip
def test_old_and_odd_names_of_zones(zone: str, country: str) -> None:
    """Browsers use old names; zones of no country name none."""
    assert country_of_zone(zone) == country


def test_a_newer_database_is_taken_within_a_minute(tmp_path: Path) -> None:
    """Without a restart; a broken one is left alone until it is whole."""
    path, now, asked = tmp_path / "places.mmdb", [0.0], ip_address("203.0.113.9")
    places = Places(path, lambda: now[0])
    assert (places.country(asked), places.built) == (("", "", ""), None)
    write_mmdb(path, {"203.0.113.0/24": {"country_code": "GB"}})
    assert places.country(asked)[0] == ""
    now[0] = 60.0
    assert places.country(asked)[0] == "GB"
    broken = tmp_path / "broken"
    broken.write_bytes(b"half a file")
    broken.replace(path)
    now[0] = 120.0
    assert places.country(asked)[0] == "GB"
    write_mmdb(path, {"203.0.113.0/24": {"country_code": "IE"}}, built=1_769_904_000)
    now[0] = 180.0
    assert (places.country(asked)[0], places.built) == ("IE", date(2026, 2, 1))


def test_a_file_that_is_no_database_stops_the_start(tmp_path: Path) -> None:
    """The error names the setting and the file."""
    path = tmp_path / "places.mmdb"
    path.write_bytes(b"no database")
    with pytest.raises(ConfigError, match=r"location_database.*places\.mmdb"):
        Places(path)


@pytest.mark.parametrize(
    ("peer", "headers", "network"),
    [
        ("203.0.113.9", [], "203.0.113.9/32"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("10.0.0.1", [(b"x-forwarded-for", b"198.51.100.1, 203.0.113.9")], "203.0.113.9/32"),
        ("198.51.100.7", [(b"x-forwarded-for", b"203.0.113.9")], "198.51.100.7/32"),
        ("not an address", [], ""),
    ],
)
def test_d19_who_asks_is_told_which_network_to_exclude_and_excluding_it_works(
    door: Door, peer: str, headers: list[Header], network: str
) -> None:
    """The whole /64 of an IPv6 address, since devices change the rest by themselves."""
    knock, _ = door.admit(peer, headers)
    assert door.own_network(knock) == network
    if network:
        site = Site(id="s", domain="example.org", settings=SiteSettings(excluded_networks=(network,)))
        assert seen(door, peer, *headers, site=site).excluded


@pytest.mark.parametrize(
    ("sent", "language"),
    [
        (b"de-AT,en;q=0.5", "de"), (b"en;q=0.5,de-AT", "de"), (b"ja,ko;q=0.8", ""), (b"", ""), (b"*", ""), (b"fr;q=0,en;q=0.1", "en"),
        (b"zh-Hant-TW;q=0.9, EN-gb;q=0.3", "en"), (b"english", ""), (b"x" * 100_000, ""), (b"de;q=nonsense,en", "en"), (b"\xff\xfe", ""),
    ],
)  # fmt: skip
def test_pages_learn_one_language_of_those_they_offer_and_no_more(door: Door, sent: bytes, language: str) -> None:
    """Never the header: how it is written is nearly a name."""
    knock, passed = door.admit("203.0.113.9", [(b"accept-language", sent)])
    assert passed == {}
    assert door.language(knock, ("en", "de", "fr")) == language
