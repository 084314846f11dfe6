"""Holds apart who comes while its network sends one visitor after another that does a single thing."""

from analytics.ingest.hit import Hit
from analytics.model import ENGAGEMENT, Reason


def burst(hit: Hit) -> Reason | None:
    """Refuses with BURST a newcomer from such a network, until it does a second thing. Who is refused for another reason
    is no part of a crowd; nor is a robot that the owner counts."""
    if hit.watchers is None or hit.suspected or hit.visitor.bot or not hit.site.settings.hold_bursts:
        return None
    lively = hit.beacon.name == ENGAGEMENT
    allowed = hit.watchers.bursts.allows(hit.site.id, hit.visitor, hit.now, kind=_kind(hit), lively=lively)
    return None if allowed else Reason.BURST


def _kind(hit: Hit) -> str:
    """The browser of who runs our script; empty for all whose events no script sends (the pixel, servers)."""
    return hit.visitor.browser if "origin" in hit.headers else ""
