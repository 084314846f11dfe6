"""Leaves out forged visits that were sent to be seen in the list of referrers."""

from analytics.ingest.hit import Hit
from analytics.ingest.sources import is_spam
from analytics.model import Reason


def spam(hit: Hit) -> Reason | None:
    """Refuses with SPAM_REFERRER a known spam host as referrer or as campaign source."""
    if hit.referrer_host and is_spam(hit.referrer_host):
        return Reason.SPAM_REFERRER
    tag = hit.query.get("utm_source", "")
    return Reason.SPAM_REFERRER if "." in tag and is_spam(tag.lower()) else None
