"""Holds newcomers apart while their network sends one visitor after another who does a single thing."""

from analytics.ingest.hit import Hit
from analytics.model import ENGAGEMENT, Reason


def burst(hit: Hit) -> Reason | None:
    """Refuses a newcomer from such a network with BURST until it does a second thing. Visitors refused for another reason
    are not part of a crowd; nor are robots that the owner counts."""
    if hit.watchers is None or hit.suspected or hit.visitor.bot or not hit.site.settings.hold_bursts:
        return None
    lively = hit.beacon.name == ENGAGEMENT
    allowed = hit.watchers.bursts.allows(hit.site.id, hit.visitor, hit.now, kind=_kind(hit), lively=lively)
    return None if allowed else Reason.BURST


def _kind(hit: Hit) -> str:
    """The browser of a visitor who runs our script; empty for events that no script sends (the pixel, servers)."""
    return hit.visitor.browser if "origin" in hit.headers else ""
