"""Asks the door who this is, in coarse facts."""

from analytics.ingest.hit import Hit
from analytics.model import Reason


def visitor(hit: Hit) -> Reason | None:
    """Fills in the visitor. Only the door sees the address and the User-Agent."""
    hit.visitor = hit.door.visitor(
        hit.knock, hit.site, hit.at, timezone=hit.beacon.timezone, backdated=hit.backdated, now=hit.now
    )
    return None
