"""Refuses forged visits that were sent to appear in the list of referrers."""

from analytics.ingest.hit import Hit
from analytics.ingest.spam import host_of, is_spam
from analytics.model import Reason

_TAGS = ("utm_source", "source", "ref")


def spam(hit: Hit) -> Reason | None:
    """Refuses a spam host, as referrer or as the source of a campaign, with SPAM_REFERRER; both the table and the owner's
    lists decide."""
    return Reason.SPAM_REFERRER if spam_host(hit) else None


def spam_host(hit: Hit) -> str:
    """The spam host that the visit claims to come from, or empty."""
    also, never = hit.site.settings.spam_hosts, hit.site.settings.trusted_referrers
    if is_spam(hit.referrer_host, also, never):
        return hit.referrer_host
    if not hit.query:
        return ""
    named = (host_of(hit.query.get(name, "")) for name in _TAGS)
    return next((host for host in named if is_spam(host, also, never)), "")
