"""Names the channel of the visit."""

from analytics.ingest.hit import Hit
from analytics.model import Reason


def channel(hit: Hit) -> Reason | None:
    """Fills in the channel from source, campaign tags and the name of a click id."""
    query = hit.query.get
    medium, campaign = query("utm_medium", ""), query("utm_campaign", "")
    hit.channel = hit.sources.channel(hit.source, tag=hit.tag, medium=medium, campaign=campaign, click_id=hit.click_id)
    return None
