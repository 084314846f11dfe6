"""A site's script as a file: the beacon with the site's features and endpoint, compressed once.

Every site that wants the same script gets the same bytes, and so does every visitor.
"""

import gzip
import hashlib
import json
from base64 import b64encode
from collections.abc import Collection
from functools import cache, cached_property

import brotli

from analytics.features import FEATURES, GTAG
from analytics.resources import folder
from analytics.site import SiteSettings

_PLACE = b'"ENDPOINT"'
"""What the build leaves in the beacon for the address that it sends to."""


class File:
    """One file in its compressed and plain forms. Immutable; safe to use from several threads."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    @cached_property
    def forms(self) -> dict[str, bytes]:
        """Content-Encoding -> bytes, smallest first."""
        return {
            "br": brotli.compress(self.body, quality=11),
            "gzip": gzip.compress(self.body, 9, mtime=0),
            "identity": self.body,
        }

    @property
    def size(self) -> int:
        """The bytes of the smallest form."""
        return len(self.forms["br"])

    @cached_property
    def version(self) -> str:
        """A name for the content: different content has a different version."""
        return hashlib.sha256(self.body).hexdigest()[:12]

    @cached_property
    def integrity(self) -> str:
        """The value of the ``integrity`` attribute (Subresource Integrity, 3.5)."""
        return "sha384-" + b64encode(hashlib.sha384(self.body).digest()).decode()


def of_site(settings: SiteSettings) -> File:
    """The script of a site with these settings."""
    way = _way(settings.script, settings.endpoint)
    if GTAG.name in settings.features:
        return speaking("gtag.js", (*settings.features, "options"), way)
    return beacon(settings.features, way)


def beacon(features: Collection[str], way: str) -> File:
    """The beacon with these features (names of ``features.FEATURES``; others are ignored). ``way`` is the relative path
    from the script to its endpoint, such as ``../api/event``."""
    return _beacon(" ".join(feature.name for feature in FEATURES if feature.name in features), way)


def speaking(calls: str, features: Collection[str], way: str) -> File:
    """The beacon, preceded by an adapter for another service's ``calls``: gtag.js or plausible.js."""
    return _together(calls, beacon(features, way))


@cache
def _together(calls: str, beacon: File) -> File:
    return File(built(calls).body + beacon.body)


@cache
def built(name: str) -> File:
    """A script made by the build, the same for all sites."""
    return File((folder("built") / name).read_bytes())


@cache
def _beacon(features: str, way: str) -> File:
    return File(_built(features).replace(_PLACE, json.dumps(way).encode()))


@cache
def _built(features: str) -> bytes:
    """Reads one combination of features and caches it, not the thousand others in the same file."""
    with gzip.open(folder("built") / "beacons.json.gz") as archive:
        beacons: dict[str, str] = json.load(archive)
    return beacons[features].encode()


def _way(script: str, endpoint: str) -> str:
    """The relative path between the two, so that a proxy may put both below any path of its own."""
    return "../" * script.count("/") + endpoint
