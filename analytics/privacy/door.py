"""THE ONLY FILE THAT SEES AN ADDRESS. It is reduced to a tag, a country and whether it is excluded, then dropped.

``admit`` takes the peer and all headers of a request and splits them: into what the code behind may know (an allow-list),
and a ``Knock`` that only this file can open. ``visitor`` opens it, for one site and one moment.
"""

import re
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from maxminddb import InvalidDatabaseError, Reader, open_database
from msgspec.structs import asdict, astuple

from analytics.clock import Clock, country_of_zone, local_day
from analytics.errors import ConfigError, InvalidInput
from analytics.model import Visitor
from analytics.privacy.agent import Agent, Agents, Closed
from analytics.privacy.keys import Keys
from analytics.site import Site

_Address = IPv4Address | IPv6Address
_Networks = tuple[IPv4Network | IPv6Network, ...]

PASSED_ON = """
    accept accept-encoding access-control-request-headers access-control-request-method authorization content-encoding
    content-length content-type cookie dnt host hx-boosted hx-current-url hx-history-restore-request hx-request hx-target
    hx-trigger if-modified-since if-none-match origin range sec-fetch-dest sec-fetch-mode sec-fetch-site sec-gpc sec-purpose
    transfer-encoding x-csrftoken
"""
"""The headers that the code behind the door gets. All others end here."""

FORWARDING = ("x-forwarded-for", "forwarded")
"""Where proxies say whom they speak for, in the order we ask. The second is RFC 7239."""

SHOWN = ("x-real-ip", "cf-connecting-ip", "true-client-ip", "x-client-ip", "fastly-client-ip")
"""Headers of the same kind: believed only if one is named in the settings, shown to help with that."""

READ_HERE = ("user-agent", "accept-language", "referer")
"""What else of a request is looked at in this file. A header that is in none of these lists is not even decoded."""

HOPS = 16
"""Entries read of a forwarding header, from the right: more proxies than that, one behind the other, do not exist."""

V4 = re.compile(r"\.".join([r"(0|[1-9]\d{0,2})"] * 4), re.ASCII)
"""Four numbers as ``ipaddress`` takes them, without its way of reading them, which takes three times as long."""

LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?![A-Za-z0-9])")
"""The first primary subtag of Accept-Language (RFC 9110, 12.5.4)."""

LANGUAGES = re.compile(r"(?:^|,)\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=(0(?:\.\d*)?|1)\S*?)?\s*(?=,|$)")
"""Its primary subtags, each with its weight (12.4.2) where it has one."""

COUNTRY = re.compile("[A-Z]{2}")

RELOAD_SECONDS = 60.0
"""How often the location database is looked at for a newer file."""


class Knock(Closed):
    """The sender of one request: address, User-Agent and headers. It prints nothing and leaves the process nowhere."""

    __slots__ = ("_agent", "_label", "_peer", "_withheld")

    def __init__(self, peer: str | None, agent: Agent, withheld: dict[str, str], label: str | None = None) -> None:
        self._peer, self._agent, self._withheld, self._label = peer, agent, withheld, label


class Places:
    """Looks up the country (region, city) of addresses in an .mmdb file: ip-location-db, DB-IP or MaxMind.

    Without ``path``, or if the file does not exist, no address has a place. The file may be replaced while in use, by
    renaming a new one over it. Raises ConfigError if the file is not such a database.
    """

    def __init__(self, path: Path | None, clock: Clock = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._reader: Reader | None = None
        self._seen: tuple[int, int, int] | None = None
        try:
            self._reload()
        except (OSError, InvalidDatabaseError):
            raise ConfigError("location_database", str(path), "cannot be read, or is no .mmdb file") from None

    @property
    def built(self) -> date | None:
        """The day on which the database was made, or None without one."""
        return datetime.fromtimestamp(self._reader.metadata().build_epoch, UTC).date() if self._reader else None

    def country(self, address: _Address) -> tuple[str, str, str]:
        """(country, region, city) of an address; empty where unknown. The country is an ISO 3166-1 alpha-2 code."""
        if self._clock() >= self._next:
            with suppress(OSError, InvalidDatabaseError):  # A file half written: the one in memory stays for now.
                self._reload()
        record: Any = None
        with suppress(ValueError, InvalidDatabaseError):  # IPv6 asked of a database of IPv4, or a damaged page.
            record = self._reader.get(address) if self._reader else None
        if not isinstance(record, dict):
            return "", "", ""
        country = _text(record.get("country_code")) or _text(record.get("country"), "iso_code")
        region = _text(record.get("subdivisions"), "names", "en") or _text(record.get("state1"))
        return country if COUNTRY.fullmatch(country) else "", region, _text(record.get("city"), "names", "en")

    def _reload(self) -> None:
        self._next = self._clock() + RELOAD_SECONDS
        if self._path is None or not self._path.is_file():
            return
        stat = self._path.stat()
        if (seen := (stat.st_mtime_ns, stat.st_ino, stat.st_size)) != self._seen:
            self._reader, self._seen = open_database(self._path), seen


class Door:
    """Turns the sender of a request into a ``Visitor``.

    ``trusted`` are the networks whose forwarding headers are believed; ``forwarded_header`` names one that is read before
    the standard ones. Raises ConfigError for an invalid network.
    """

    def __init__(
        self, keys: Keys, places: Places, trusted: Sequence[str], forwarded_header: str = "", agents: Agents | None = None
    ) -> None:
        self._keys, self._places, self._agents = keys, places, agents or Agents()
        try:
            self._trusted = _networks(tuple(trusted))
        except InvalidInput as error:
            raise ConfigError("trusted_proxies", list(trusted), str(error)) from None
        self._asked = tuple(dict.fromkeys(name for name in (forwarded_header.lower(), *FORWARDING) if name))
        self._passed_on = frozenset(PASSED_ON.split()) - {*self._asked}
        self._names = {name.encode(): name for name in (*self._passed_on, *self._asked, *SHOWN, *READ_HERE)}

    def admit(self, peer: str | None, headers: Iterable[tuple[bytes, bytes]]) -> tuple[Knock, dict[str, str]]:
        """Splits a request: into who sent it, closed, and the headers on the allow-list, by lower-case name.

        ``peer`` is the other end of the socket as the server names it, None or '' for a Unix socket. Repeated headers are
        joined (RFC 9110, 5.3; cookies RFC 9113, 8.2.3).
        """
        passed, withheld = dict[str, str](), dict[str, str]()
        for raw, value in headers:
            if name := self._names.get(raw.lower()):
                side, text = passed if name in self._passed_on else withheld, value.decode("latin-1")
                side[name] = f"{side[name]}{'; ' if name == 'cookie' else ', '}{text}" if name in side else text
        return Knock(peer, Agent(withheld.pop("user-agent", "")), withheld), passed

    def told(self, *, ip: str | None = None, user_agent: str | None = None, visitor: str | None = None) -> Knock:
        """A person whom a server tells us about: by address and User-Agent, or by its own label for one person and day.

        Raises InvalidInput for ``ip``. Somebody with a label is never a robot: the server knows whom it means.
        """
        if ip is not None and _parsed(ip) is None:
            raise InvalidInput("ip", "not an IP address")
        return Knock(ip, Agent(user_agent or ""), {}, visitor)

    def visitor(
        self, knock: Knock, site: Site, at: float, *, timezone: str = "", backdated: bool = False, now: float | None = None
    ) -> Visitor:
        """What ``site`` may know of the sender, for an event at ``at`` (seconds since the epoch).

        ``timezone`` is the browser's IANA zone, which gives the country if the database does not. ``backdated`` events come
        in batches with times of their own; ``now`` is then the real time (default: ``at``).
        """
        address = None if knock._label is not None else self._origin(knock)[0]
        now = at if now is None else now
        if backdated and local_day(at, site.timezone) < local_day(now, site.timezone):
            key, previous = self._keys.backdated(site, at, now)
        else:
            key, previous = self._keys.current(site, at)
        country, region, city = self._places.country(address) if address else ("", "", "")
        language = LANGUAGE.match(knock._withheld.get("accept-language", ""))
        return Visitor(
            tag=_tag(key, knock, address),
            previous_tag=_tag(previous, knock, address) if previous else None,
            country=country or country_of_zone(timezone),
            region=region if site.settings.regions else "",
            city=city if site.settings.regions else "",
            language=language[1].lower() if language else "",
            network=_network(key, address) if address else 0,
            excluded=_within(address, _networks(site.settings.excluded_networks)),
            **asdict(self._agents.facts(knock._agent)) | ({} if knock._label is None else {"bot": "", "bot_group": ""}),
        )

    def embedding_page(self, knock: Knock) -> str:
        """The address of the page that embeds the requested picture (its Referer), or ''. Only the pixel for pages without
        JavaScript may ask: for any other request this is the address of somebody's last page."""
        return knock._withheld.get("referer", "")

    def language(self, knock: Knock, offered: Collection[str]) -> str:
        """The language among ``offered`` (primary subtags) that the browser prefers, or ''. Pages learn one of a few and no
        more: the exact text of the header is nearly a name."""
        line = knock._withheld.get("accept-language", "")[:256]
        asked = sorted(LANGUAGES.findall(line), key=lambda each: -float(each[1] or 1))
        return next((tag.lower() for tag, weight in asked if tag.lower() in offered and float(weight or 1)), "")

    def explain(self, knock: Knock) -> list[tuple[str, str, str]]:
        """Rows for the page "What I see about you" (D3): what, its value, and how it was used (worded by
        ``web/server/seen.py``). The only place where an address is shown, to the person whose address it is."""
        address, source, trusted = self._origin(knock)
        place = filter(None, self._places.country(address) if address else ())
        fates = dict.fromkeys(SHOWN, "not asked") | dict.fromkeys(self._asked, "not used") | {source: "used"}
        return [
            ("Connection from", knock._peer or "", "trusted" if trusted else "not trusted"),
            *(
                (name, knock._withheld[name], fate if trusted else "forged")
                for name, fate in fates.items()
                if name in knock._withheld
            ),
            ("Your address", str(address or "unknown"), source),
            ("Your location", ", ".join(place), str(self._places.built or "")),
            ("Your browser", ", ".join(filter(None, astuple(self._agents.facts(knock._agent)))), "coarse"),
        ]

    def own_network(self, knock: Knock) -> str:
        """The network to exclude for an owner who does not want to be counted (D19), told only to whoever comes from it; ''
        if unknown. For an IPv6 address it is the /64: devices change the rest by themselves (RFC 8981)."""
        address = self._origin(knock)[0]
        return str(ip_network((address, 64 if address.version == 6 else 32), strict=False)) if address else ""

    def _origin(self, knock: Knock) -> tuple[_Address | None, str, bool]:
        """The sender's address, where it was found, and whether the peer is trusted to forward for others."""
        peer = _parsed(knock._peer or "127.0.0.1")
        trusted = not knock._peer or _within(peer, self._trusted)
        name = next((name for name in self._asked if knock._withheld.get(name, "").strip()), "") if trusted else ""
        address = self._first_stranger(_hops(name, knock._withheld[name])) if name else None
        return (address, name, trusted) if address else (peer, "the connection", trusted)

    def _first_stranger(self, hops: list[str]) -> _Address | None:
        """From the right, the first hop that is not one of our proxies: anything further left could have been written by
        anybody. The leftmost hop if all are ours; None if a hop that had to be believed is no address."""
        address = None
        for hop in reversed(hops):
            address = _parsed(hop)
            if address is None or not _within(address, self._trusted):
                break
        return address


def checked_networks(texts: Iterable[str]) -> tuple[str, ...]:
    """The canonical spelling of networks as a person writes them (``192.0.2.7``, ``2001:db8::/32``).

    Raises InvalidInput for ``excluded_networks``, naming the invalid one.
    """
    return tuple(str(network) for network in _networks(tuple(text.strip() for text in texts)))


@lru_cache(maxsize=1024)
def _networks(texts: tuple[str, ...]) -> _Networks:
    try:
        return tuple(_unmapped(text) for text in texts)
    except ValueError as error:
        raise InvalidInput("excluded_networks", "%(problem)s; enter it in the form 192.0.2.0/24", problem=error) from None


def _unmapped(text: str) -> IPv4Network | IPv6Network:
    """The network; an IPv4 one if it is written as IPv6 (``::ffff:192.0.2.0/120``), as addresses are unmapped, too."""
    network = ip_network(text, strict=False)
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) and network.prefixlen >= 96 else None
    return IPv4Network((mapped, network.prefixlen - 96)) if mapped else network


def _within(address: _Address | None, networks: _Networks) -> bool:
    return address is not None and any(address in network for network in networks)


def _parsed(text: str) -> _Address | None:
    """An address as proxies write it: ``192.0.2.7:4711``, ``[2001:db8::7]:4711``, ``fe80::7%eth0``, ``::ffff:192.0.2.7``."""
    text = text[:64].strip(' \t"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        if found := V4.fullmatch(text):
            return IPv4Address(bytes(map(int, found.groups())))
        address = IPv6Address(text.partition("%")[0])
    except ValueError:
        return None  # "unknown", "_hidden" (RFC 7239, 6.3), or nonsense
    return address.ipv4_mapped or address


def _hops(name: str, line: str) -> list[str]:
    """The entries of a forwarding header, split at commas even inside quotes: then nothing that a client writes, such as an
    open quote, can swallow what our own proxy added on the right."""
    entries = line.rsplit(",", HOPS)[-HOPS:]
    return [_for(entry) for entry in entries] if name == "forwarded" else [entry for entry in entries if entry.strip()]


def _for(element: str) -> str:
    pairs = (pair.partition("=") for pair in element.split(";"))
    return next((value for name, _, value in pairs if name.strip().lower() == "for"), "")


def _tag(key: bytearray, knock: Knock, address: _Address | None) -> int:
    """64 bits that can be connected with the address and User-Agent, or with the label, only under this key.

    An IPv6 address is reduced to its /64 network: devices change the rest by themselves (RFC 8981).
    """
    if knock._label is not None:
        hasher = blake2b(knock._label.encode("utf-8", "surrogatepass"), key=key, digest_size=8, person=b"label")
    else:
        packed = bytes([address.version]) + address.packed[:8] if address else b""
        hasher = blake2b(packed + b"\0", key=key, digest_size=8, person=b"address")
        knock._agent.digest_into(hasher)
    return int.from_bytes(hasher.digest(), "big")


def _network(key: bytearray, address: _Address) -> int:
    """A tag of the network around the address: /24, or for IPv6 /48, the most that one place is given (RFC 6177)."""
    packed = address.packed[: 3 if address.version == 4 else 6]
    return int.from_bytes(blake2b(packed, key=key, digest_size=8, person=b"network").digest(), "big")


def _text(value: Any, *steps: str) -> str:
    """The text in a database record: the value itself, or what ``steps`` lead to in a table (``names``, ``en``), or the
    first of a list of those."""
    value = (value or [""])[0] if isinstance(value, list) else value
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else value
    return value if isinstance(value, str) else ""
