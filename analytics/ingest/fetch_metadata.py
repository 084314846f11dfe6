"""Checks whether a client behaves like the browser it claims to be, by the Sec-Fetch headers, which no page can set itself.

Two rules are checked, with many exemptions: requests without ``Origin`` (servers that report a visitor, the pixel), pages
over ``http://``, browsers that are not in the table (in-app browsers, Opera Mini, Samsung, Silk, televisions, consoles),
everybody for whose site and browser such headers did not arrive recently, because the site's proxy may remove them, and
everybody from a network from which reading time arrived without them, because a company's proxy may, too.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

from analytics.model import Visitor

PATIENCE = 24 * 3600.0
"""Seconds for which one browser that sent the headers proves that they arrive for its site, origin and name."""

MOST_WAYS = 10_000
"""Combinations of site, origin and browser remembered at once (about 3 MB). Origins can be made up, so there must be a
limit."""


class Sender(NamedTuple):
    """One row: a browser that sends all three headers with every request over https, and since which version."""

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

_Way = tuple[str, str, str]
"""Site, origin, browser."""
_Key = TypeVar("_Key")

_BY_BROWSER = {row.browser: row for row in SENDERS}
_DEVICES = frozenset(("Desktop", "Mobile", "Tablet"))

PAGE_LOADS: frozenset[str] = frozenset(("navigate", "nested-navigate", "websocket"))
"""Modes that no script's request has. A program that copied the headers of a page load sends one."""

HEADERS = frozenset(("sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"))
"""One of them is enough: some older versions send two."""

COPIED = "an event sent as a page load"
"""The name under which such a program is reported."""


def silent(browser: str) -> str:
    """The name under which a client that claims to be this browser but sends none of the headers is reported."""
    return f"{browser} without Sec-Fetch"


class FetchMetadata:
    """Remembers for which site, origin and browser Sec-Fetch headers arrive, and from which networks clients come without
    them. In memory, and nothing about persons: networks are numbers that change daily (``Visitor.network``)."""

    def __init__(self, most_ways: int = MOST_WAYS) -> None:
        self._most_ways = most_ways
        self._arrived: dict[_Way, float] = {}
        self._taken: dict[tuple[_Way, int], float] = {}

    def contradiction(self, site_id: str, who: Visitor, headers: Mapping[str, str], now: float) -> str:
        """How the headers contradict the browser that ``who`` claims to use, in a few words; empty if they do not. ``now``
        is in seconds."""
        origin = headers.get("origin", "")
        if not origin.startswith("https://"):
            return ""
        if headers.get("sec-fetch-mode") in PAGE_LOADS:
            return COPIED
        if not _promised(who.browser, who.browser_version, who.os, who.device):
            return ""
        way = (site_id, origin, who.browser)
        if _came(headers):
            self._remember(self._arrived, way, now)
            return ""
        missed = _lately(self._arrived.get(way), now) and not _lately(self._taken.get((way, who.network)), now)
        return silent(who.browser) if missed else ""

    def note_reading(self, site_id: str, who: Visitor, headers: Mapping[str, str], now: float) -> None:
        """Records reading time of ``who``, which proves that our script ran in a browser until its page was left. If it
        came without the headers, something removed them on the way, and they are no longer expected from that network."""
        if who.network and not _came(headers):
            self._remember(self._taken, ((site_id, headers.get("origin", ""), who.browser), who.network), now)

    def _remember(self, memory: dict[_Key, float], key: _Key, now: float) -> None:
        if len(memory) >= self._most_ways and key not in memory:
            memory.clear()
        memory[key] = now


def _lately(at: float | None, now: float) -> bool:
    return at is not None and now - at < PATIENCE


def _came(headers: Mapping[str, str]) -> bool:
    return not HEADERS.isdisjoint(headers)


@lru_cache(maxsize=4096)
def _promised(browser: str, version: str, system: str, device: str) -> bool:
    """Whether this browser, in this version and on this system, always sends the headers."""
    row = _BY_BROWSER.get(browser)
    if row is None or device not in _DEVICES or not version.isdecimal():
        return False
    on = system in row.systems.split() if row.systems else system != "iOS"
    return on and int(version) >= row.since
