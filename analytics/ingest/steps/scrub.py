"""Removes personal data from the address, the referrer and every text, before any other step looks at them."""

from functools import lru_cache

from analytics.ingest import identifiers
from analytics.ingest.channels import CLICK_ID_NAMES
from analytics.ingest.hit import NOTHING_SENT, Hit
from analytics.model import Reason
from analytics.privacy import scrubber

CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "source", "ref")
"""The query parameters that say where a visit came from; kept on every site, as facts of the visit, not in the path."""


def scrub(hit: Hit) -> Reason | None:
    """Fills in path, query, referrer and properties from the raw address, which is then dropped. Of a click id only its
    name is kept. Properties that identify a person are left out and counted."""
    beacon, settings = hit.beacon, hit.site.settings
    path, query = hit.sent
    hit.path, hit.sent = scrubber.path(path), NOTHING_SENT
    if query:
        found = scrubber.query(query, _kept(settings.query_parameters))
        hit.click_id = next((name for name in found if name in CLICK_ID_NAMES), "")
        hit.query = {name: value for name, value in found.items() if name not in CLICK_ID_NAMES}
    if beacon.referrer:
        hit.referrer = scrubber.referrer(beacon.referrer, host_only=settings.referrer_host_only)
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
