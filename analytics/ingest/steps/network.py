"""Leaves out the networks that the owner excluded: their own office, mostly."""

from analytics.ingest.hit import Hit
from analytics.model import Reason


def network(hit: Hit) -> Reason | None:
    """Refuses with EXCLUDED_NETWORK; the door compared the address, here is only the outcome."""
    return Reason.EXCLUDED_NETWORK if hit.visitor.excluded else None
