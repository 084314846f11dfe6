"""Refuses events that are older than what the site keeps."""

from analytics.clock import local_day
from analytics.ingest.hit import Hit
from analytics.ingest.retention import oldest_kept
from analytics.model import Reason


def too_old(hit: Hit) -> Reason | None:
    """Refuses an event of a month that has been pruned, or would be tonight, with TOO_OLD. Live events never are."""
    if not hit.backdated:
        return None
    zone = hit.site.timezone
    oldest = oldest_kept(local_day(hit.now, zone), hit.site.settings.keep_rows_months)
    return Reason.TOO_OLD if local_day(hit.at, zone) < oldest else None
