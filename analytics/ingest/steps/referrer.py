"""Reads the referrer's host, and forgets a referrer that is the site itself."""

from analytics.ingest.hit import Hit
from analytics.ingest.steps.hostname import is_allowed
from analytics.model import Reason, Site


def referrer(hit: Hit) -> Reason | None:
    """Fills in the referrer's host without ``www.``; the site's own pages are no referrer."""
    if not hit.referrer:
        return None
    host = hit.referrer.partition("/")[0].removeprefix("www.")
    if host == hit.hostname or _is_own(host, hit.site):
        hit.referrer = ""
    else:
        hit.referrer_host = host
    return None


def _is_own(host: str, site: Site) -> bool:
    """A host is the site's own if it is its domain, or one of those the owner lists as the site's. Any other sub-domain
    may be somebody else's, or a site that is counted by itself: then it is a source."""
    hostnames = site.settings.hostnames
    return host == site.domain.partition(":")[0] or (bool(hostnames) and is_allowed(host, hostnames))
