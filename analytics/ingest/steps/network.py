"""Refuses visitors from networks that the owner excluded, usually their own office."""

from analytics.ingest.hit import Hit
from analytics.model import Reason


def network(hit: Hit) -> Reason | None:
    """Refuses with EXCLUDED_NETWORK. The door has compared the address; only the result arrives here."""
    return Reason.EXCLUDED_NETWORK if hit.visitor.excluded else None
