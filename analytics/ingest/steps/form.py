"""Checks the remaining form of an event: an address that a page can have, and a visible name."""

from analytics.errors import InvalidInput
from analytics.ingest.hit import Hit
from analytics.model import OWN_NAMES, Reason
from analytics.privacy import scrubber


def form(hit: Hit) -> Reason | None:
    """Fills in name and host, and path and query as they were sent. Raises InvalidInput for ``url`` and ``event_name``.
    Texts are not cleaned here: no work should be spent on an event that the next steps refuse."""
    beacon, name = hit.beacon, hit.beacon.name
    try:
        hit.hostname, path, query = scrubber.address(beacon.url, hash_mode=beacon.hash_mode)
    except ValueError as problem:
        raise InvalidInput("url", str(problem)) from None
    hit.sent = path, query
    hit.name = name if name in OWN_NAMES else scrubber.text(name)
    if not hit.name:
        raise InvalidInput("event_name", "has no visible character")
    return None
