"""Recognises programs that claim to be a browser and do not behave like it."""

from msgspec.structs import replace

from analytics.ingest.hit import Hit
from analytics.model import ENGAGEMENT, Reason
from analytics.robots import Group


def disguised(hit: Hit) -> Reason | None:
    """Makes the visitor a robot if its headers contradict its browser. Reading time is exempt: it is sent while a page is
    being closed, in ways of its own, and counts only after a page view that was. Instead it vouches for the visitor's
    network."""
    if hit.watchers is None or hit.visitor.bot:
        return None
    if hit.beacon.name == ENGAGEMENT:
        hit.watchers.metadata.note_reading(hit.site.id, hit.visitor, hit.headers, hit.now)
        return None
    found = hit.watchers.metadata.contradiction(hit.site.id, hit.visitor, hit.headers, hit.now)
    if found:
        hit.visitor = replace(hit.visitor, bot=found, bot_group=Group.DISGUISED)
    return None
