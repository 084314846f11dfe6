"""Names the channel of the visit."""

from analytics.ingest import sources
from analytics.ingest.hit import Hit
from analytics.model import Reason


def channel(hit: Hit) -> Reason | None:
    """Fills in the channel from source, campaign tags and the name of a click id."""
    query = hit.query
    hit.channel = sources.channel(hit.source, query.get("utm_medium", ""), query.get("utm_campaign", ""), hit.click_id)
    return None
