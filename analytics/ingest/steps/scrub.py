"""Takes personal data out of the address, the referrer and every text, before another step sees them."""

from functools import lru_cache

from analytics.errors import InvalidInput
from analytics.ingest import identifiers
from analytics.ingest.channels import CLICK_ID_NAMES
from analytics.ingest.hit import Hit
from analytics.model import OWN_NAMES, Reason
from analytics.privacy import scrubber

CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "source", "ref")
"""The query parameters that say where a visit came from; kept on every site, as facts of the visit, not in the path."""


def scrub(hit: Hit) -> Reason | None:
    """Fills in name, host, path, query, referrer and properties. Raises InvalidInput for ``url``.

    A click id's value is dropped here; that there was one stays. Properties that identify are left out and counted.
    """
    beacon, settings = hit.beacon, hit.site.settings
    try:
        location = scrubber.location(beacon.url, keep=_kept(settings.query_parameters), hash_mode=beacon.hash_mode)
    except ValueError as problem:
        raise InvalidInput("url", str(problem)) from None
    hit.hostname, hit.path = location.hostname, location.path
    if location.query:
        hit.click_id = next((name for name in location.query if name in CLICK_ID_NAMES), "")
        hit.query = {name: value for name, value in location.query.items() if name not in CLICK_ID_NAMES}
    if beacon.referrer:
        hit.referrer = scrubber.referrer(beacon.referrer, host_only=settings.referrer_host_only)
    hit.name = beacon.name if beacon.name in OWN_NAMES else scrubber.text(beacon.name)
    if not hit.name:
        raise InvalidInput("event_name", "has no visible character")
    hit.left_out = beacon.left_out
    if beacon.props:
        kept = {key: value for key, value in beacon.props.items() if not identifiers.identifies(key)}
        hit.left_out += len(beacon.props) - len(kept)
        scrubbed = ((scrubber.text(key), scrubber.text(value)) for key, value in kept.items())
        hit.props = {key: value for key, value in scrubbed if key and value}
    return None


@lru_cache(maxsize=1024)
def _kept(of_site: tuple[str, ...]) -> frozenset[str]:
    return CLICK_ID_NAMES.union(CAMPAIGN, of_site)
