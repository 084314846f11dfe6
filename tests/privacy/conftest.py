"""Fixtures and a writer of small location databases for the privacy tests."""

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from analytics.privacy.agent import Agents

BUILT = 1_767_225_600
"""2026-01-01T00:00:00Z."""


@pytest.fixture(scope="session")
def agents() -> Agents:
    """User-Agents read with the list of robots that the build made."""
    return Agents()


def write_mmdb(path: Path, places: Mapping[str, Any], version: int = 6, built: int = BUILT) -> Path:
    """A MaxMind DB file (https://maxmind.github.io/MaxMind-DB/) of ``network -> record``; replaces ``path`` at once.

    Networks must not overlap; in a ``version`` 6 file IPv4 lies in ``::/96``.
    """
    nodes: list[list[int | bytes | None]] = [[None, None]]
    for text, record in places.items():
        network = ip_network(text)
        shift = 96 if version == 6 and network.version == 4 else 0
        bits = bin(int(network.network_address))[2:].zfill(network.max_prefixlen)[: network.prefixlen]
        at = 0
        for bit in map(int, ("0" * shift + bits)[:-1]):
            if nodes[at][bit] is None:
                nodes.append([None, None])
                nodes[at][bit] = len(nodes) - 1
            following = nodes[at][bit]
            assert isinstance(following, int)
            at = following
        nodes[at][int(bits[-1])] = _encoded(record)
    data, tree = b"", b""
    for node in nodes:
        for leaf in node:
            value = len(nodes) if leaf is None else leaf
            if isinstance(value, bytes):
                data, value = data + value, len(nodes) + 16 + len(data)
            tree += value.to_bytes(4)
    metadata = {
        "node_count": _number(6, 4, len(nodes)), "record_size": _number(5, 2, 32), "ip_version": _number(5, 2, version),
        "binary_format_major_version": _number(5, 2, 2), "binary_format_minor_version": _number(5, 2, 0),
        "build_epoch": bytes([8, 9 - 7]) + built.to_bytes(8), "database_type": "test", "languages": ["en"],
        "description": {"en": "test"},
    }  # fmt: skip
    fresh = path.with_suffix(".new")
    fresh.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + _encoded(metadata))
    return fresh.replace(path)


def _encoded(value: Any) -> bytes:
    """One value of the data section; texts, tables and lists are all that records need. Bytes are encoded already."""
    if isinstance(value, str):
        return _control(2, len(value.encode())) + value.encode()
    if isinstance(value, dict):
        return _control(7, len(value)) + b"".join(_encoded(part) for item in value.items() for part in item)
    if isinstance(value, list):
        return bytes([len(value), 11 - 7]) + b"".join(map(_encoded, value))
    assert isinstance(value, bytes)
    return value


def _number(kind: int, size: int, value: int) -> bytes:
    return _control(kind, size) + value.to_bytes(size)


def _control(kind: int, size: int) -> bytes:
    return bytes([kind << 5 | size]) if size < 29 else bytes([kind << 5 | 29, size - 29])
