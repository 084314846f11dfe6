"""Whether a browser's headers fit the browser it claims to be: the Sec-Fetch headers, which no page can write itself.

Two rules, and many who pass: whoever sends no ``Origin`` (servers that speak for a visitor, the pixel), pages over
``http://``, browsers that are not in the table (in-app browsers, Opera Mini, Samsung, Silk, televisions, consoles), and
everybody who came the way on which such a browser's headers did not arrive lately: a proxy may strip them.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from analytics.model import Visitor

PATIENCE = 24 * 3600.0
"""Seconds for which one browser that did send them vouches for the way it came."""

MOST_WAYS = 10_000
"""Ways remembered at once (about 3 MB): site, origin and browser. Origins can be made up, so there is an end."""


class Sender(NamedTuple):
    """One row: a browser that sends all three headers with every request to https, and since when."""

    browser: str
    since: int
    """Its major version."""
    systems: str = ""
    """Only on these; empty: on all but iOS, where every browser but Safari counts versions of its own and is WebKit."""


SENDERS: tuple[Sender, ...] = (
    Sender("Chrome", 80),
    Sender("Edge", 80),
    Sender("Firefox", 90),
    Sender("Safari", 17, "macOS iOS"),
)
"""MDN's browser-compat-data, http/headers/Sec-Fetch-{Site,Mode,Dest}: Chrome 76/76/80, Edge 79/79/80, Firefox 90, Safari
16.4 (a minor version, hence 17). To https only: Fetch Metadata Request Headers, 2.5, "potentially trustworthy URL"."""

_BY_BROWSER = {row.browser: row for row in SENDERS}
_DEVICES = frozenset(("Desktop", "Mobile", "Tablet"))

PAGE_LOADS: frozenset[str] = frozenset(("navigate", "nested-navigate", "websocket"))
"""Modes that no script's request has. A program that copied the headers of a page load has them."""


COPIED = "an event sent as a page load"
"""What is said of such a program."""


def silent(browser: str) -> str:
    """What is said of a program with this browser's name that sends none of the headers."""
    return f"{browser} without Sec-Fetch"


class FetchMetadata:
    """Remembers on which ways Sec-Fetch headers arrive; in memory, nothing about persons."""

    def __init__(self, patience: float = PATIENCE, most_ways: int = MOST_WAYS) -> None:
        self._patience = patience
        self._most_ways = most_ways
        self._arrived: dict[tuple[str, str, str], float] = {}

    def contradiction(self, site_id: str, who: Visitor, headers: Mapping[str, str], now: float) -> str:
        """What ``who`` claims and does not do, in a few words; empty for everybody whose headers fit. ``now`` in seconds."""
        origin = headers.get("origin", "")
        if not origin.startswith("https://"):
            return ""
        mode = headers.get("sec-fetch-mode")
        if mode in PAGE_LOADS:
            return COPIED
        if not _promised(who.browser, who.browser_version, who.os, who.device):
            return ""
        way = (site_id, origin, who.browser)
        if mode or "sec-fetch-site" in headers or "sec-fetch-dest" in headers:
            self._vouch(way, now)
            return ""
        return silent(who.browser) if now - self._arrived.get(way, -self._patience) < self._patience else ""

    def _vouch(self, way: tuple[str, str, str], now: float) -> None:
        if len(self._arrived) >= self._most_ways and way not in self._arrived:
            self._arrived.clear()
        self._arrived[way] = now


@lru_cache(maxsize=4096)
def _promised(browser: str, version: str, system: str, device: str) -> bool:
    """Whether this browser, in this version and on this system, always sends the headers."""
    row = _BY_BROWSER.get(browser)
    if row is None or device not in _DEVICES or not version.isdecimal():
        return False
    on = system in row.systems.split() if row.systems else system != "iOS"
    return on and int(version) >= row.since
