"""The first code that a request meets: what it makes of the address below which a proxy serves us."""

from collections.abc import Iterable
from typing import Any

import pytest

from analytics.privacy.door import Door
from analytics.web.front import CleanWSGI

BELOW = {
    "/stats": "/",
    "/stats/": "/",
    "/stats/sites/new": "/sites/new",  # handed on by the proxy
    "/sites/new": "/sites/new",  # taken away by it
    "/": "/",
    "/statistics": "/statistics",
    "/sites/stats": "/sites/stats",
}
"""Path as it arrives -> path as routes know it, below /stats."""


@pytest.mark.parametrize("arrives", BELOW)
def test_d4_the_base_path_may_be_taken_away_by_the_proxy_or_not(door: Door, arrives: str) -> None:
    """Routes know nothing of it, and links get it back from SCRIPT_NAME."""
    seen: dict[str, Any] = {}

    def pages(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen.update(environ)
        return []

    CleanWSGI(door, pages, "/stats")({"PATH_INFO": arrives, "SCRIPT_NAME": ""}, None)
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("/stats", BELOW[arrives])
