"""Keeps one visitor from flooding a site's figures."""

from analytics.ingest.hit import Hit
from analytics.model import Reason


def rate(hit: Hit) -> Reason | None:
    """Refuses with RATE what one visitor sends beyond the limit; batches, whose sender has a key, are not limited."""
    if hit.watchers is not None and not hit.watchers.rate.allows(hit.visitor.tag, hit.now):
        return Reason.RATE
    return None
