"""THE ONLY FILE OF THE CLIENT THAT READS AN ADDRESS: it determines whose a request is, and keeps nothing.

The rules are those of the collector (``analytics/privacy/door.py``), which cannot be used here: the client is another
process and must not require the collector's libraries. A test compares the two.
"""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

_Address = IPv4Address | IPv6Address

PRIVATE = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
"""Loopback and private networks: where a proxy of one's own is."""

FORWARDING = ("x-forwarded-for", "forwarded")
"""Where proxies say whom they speak for, in the order we ask. The second is RFC 7239."""

HOPS = 16
"""Entries read of a forwarding header, from the right."""


class Origin:
    """Finds the address that a request came from.

    ``trusted`` are the networks whose forwarding headers are believed; ``forwarded_header`` names one that is read before
    the standard ones. Raises ValueError for an invalid network.
    """

    def __init__(self, trusted: Sequence[str] = PRIVATE, forwarded_header: str = "") -> None:
        self._trusted: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
        for network in map(_unmapped, trusted):
            self._trusted[network.version].append((int(network.network_address), int(network.netmask)))
        self._asked = tuple(dict.fromkeys(name for name in (forwarded_header.strip().lower(), *FORWARDING) if name))

    def address(self, peer: str, header: Callable[[str], str]) -> str:
        """The visitor's address in canonical spelling; '' if ``peer``, the other end of the socket, is no address. Without
        a peer the socket is a Unix one, which only a proxy on the same machine can open. ``header`` returns a header's
        value by its lower-case name, '' if there is none."""
        socket = _parsed(peer) if peer else IPv4Address("127.0.0.1")
        if peer and not self._is_ours(socket):
            return str(socket or "")
        name = next((name for name in self._asked if header(name).strip()), "")
        found = self._first_stranger(_hops(name, header(name))) if name else None
        return str(found or socket or "")

    def _first_stranger(self, hops: list[str]) -> _Address | None:
        """From the right, the first hop that is not one of our proxies: anything further left could have been written by
        anybody. The leftmost hop if all are ours; None if a hop that had to be believed is no address."""
        address = None
        for hop in reversed(hops):
            address = _parsed(hop)
            if not self._is_ours(address):
                break
        return address

    def _is_ours(self, address: _Address | None) -> bool:
        if address is None:
            return False
        number = int(address)  # five times as fast as asking each network
        return any(number & mask == base for base, mask in self._trusted[address.version])


def _parsed(text: str) -> _Address | None:
    """An address as proxies write it: ``192.0.2.7:4711``, ``[2001:db8::7]:4711``, ``fe80::7%eth0``, ``::ffff:192.0.2.7``."""
    text = text[:64].strip(' \t"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        if ":" not in text:
            return IPv4Address(text)
        address = IPv6Address(text.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address


def _unmapped(text: str) -> IPv4Network | IPv6Network:
    """The network; an IPv4 one if it is written as IPv6 (``::ffff:192.0.2.0/120``), as addresses are unmapped, too."""
    network = ip_network(text, strict=False)
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) and network.prefixlen >= 96 else None
    return IPv4Network((mapped, network.prefixlen - 96)) if mapped else network


def _hops(name: str, line: str) -> list[str]:
    """The entries of a forwarding header, split at commas even inside quotes: then nothing that a client writes, such as an
    open quote, can swallow what our own proxy added on the right."""
    entries = line.rsplit(",", HOPS)[-HOPS:]
    return [_for(entry) for entry in entries] if name == "forwarded" else [entry for entry in entries if entry.strip()]


def _for(element: str) -> str:
    pairs = (pair.partition("=") for pair in element.split(";"))
    return next((value for name, _, value in pairs if name.strip().lower() == "for"), "")
