"""Leaves out forged visits that were sent to be seen in the list of referrers."""

from analytics.ingest.hit import Hit
from analytics.ingest.sources import is_spam
from analytics.model import Reason


def spam(hit: Hit) -> Reason | None:
    """Refuses with SPAM_REFERRER a known spam host as referrer or as campaign source."""
    return Reason.SPAM_REFERRER if spam_host(hit) else None


def spam_host(hit: Hit) -> str:
    """The spam host that the visit claims to come from, or empty."""
    if hit.referrer_host and is_spam(hit.referrer_host):
        return hit.referrer_host
    tag = hit.query.get("utm_source", "").lower()
    return tag if "." in tag and is_spam(tag) else ""
