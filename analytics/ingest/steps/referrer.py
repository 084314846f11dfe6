"""Reads the referrer's host, and drops a referrer that is the site itself."""

from analytics.ingest.hit import Hit
from analytics.ingest.steps.hostname import is_allowed
from analytics.model import Reason
from analytics.site import Site


def referrer(hit: Hit) -> Reason | None:
    """Fills in the referrer's host without ``www.``; the site's own pages are not a referrer."""
    if not hit.referrer:
        return None
    host = hit.referrer.partition("/")[0].removeprefix("www.")
    if host == hit.hostname or _is_own(host, hit.site, hit.now):
        hit.referrer = ""
    else:
        hit.referrer_host = host
    return None


def _is_own(host: str, site: Site, now: float) -> bool:
    """Whether the host is the site's domain, a former one that is still valid, or one that the owner lists. Any other
    subdomain may belong to somebody else, or be counted as a site of its own: then it is a source."""
    hostnames = site.settings.hostnames
    own = any(host == domain.partition(":")[0] for domain in site.domains_at(now))
    return own or (bool(hostnames) and is_allowed(host, hostnames))
