"""Prevents one visitor from flooding a site's figures."""

from analytics.ingest.hit import Hit
from analytics.model import Reason


def rate(hit: Hit) -> Reason | None:
    """Refuses what one visitor sends beyond the limit with RATE. Batches are not limited, since their sender has a key."""
    if hit.watchers is not None and not hit.watchers.rate.allows(hit.visitor.tag, hit.now):
        return Reason.RATE
    return None
