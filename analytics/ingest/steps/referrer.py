"""Reads the referrer's host, and forgets a referrer that is the site itself."""

from analytics.ingest.hit import Hit
from analytics.model import Reason


def referrer(hit: Hit) -> Reason | None:
    """Fills in the referrer's host without ``www.``; the site's own pages are no referrer."""
    if not hit.referrer:
        return None
    host = hit.referrer.partition("/")[0].removeprefix("www.")
    if host in (hit.hostname, hit.site.domain.partition(":")[0]):
        hit.referrer = ""
    else:
        hit.referrer_host = host
    return None
