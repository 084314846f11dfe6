"""Recognises programs that claim to be a browser and do not behave like it."""

from msgspec.structs import replace

from analytics.ingest.hit import Hit
from analytics.model import ENGAGEMENT, Reason
from analytics.robots import Group


def disguised(hit: Hit) -> Reason | None:
    """Makes the visitor a robot whose headers contradict its browser. Reading time is no robot's: it is sent while
    a page goes away, in ways of its own, and counts only after a page view that was. It speaks for others."""
    if hit.watchers is None or hit.visitor.bot:
        return None
    if hit.beacon.name == ENGAGEMENT:
        hit.watchers.metadata.note_reading(hit.site.id, hit.visitor, hit.headers, hit.now)
        return None
    found = hit.watchers.metadata.contradiction(hit.site.id, hit.visitor, hit.headers, hit.now)
    if found:
        hit.visitor = replace(hit.visitor, bot=found, bot_group=Group.DISGUISED)
    return None
