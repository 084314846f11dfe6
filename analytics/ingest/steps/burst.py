"""Holds apart who comes while its network sends one visitor after another that does a single thing."""

from analytics.ingest.hit import Hit
from analytics.model import ENGAGEMENT, Reason


def burst(hit: Hit) -> Reason | None:
    """Refuses with BURST a newcomer from such a network, until it does a second thing. Who is refused for another reason
    is no part of a crowd; nor is a robot that the owner counts."""
    if hit.bursts is None or hit.suspected or hit.visitor.bot or not hit.site.settings.hold_bursts:
        return None
    lively = hit.beacon.name == ENGAGEMENT
    return None if hit.bursts.allows(hit.site.id, hit.visitor, hit.now, lively=lively) else Reason.BURST
