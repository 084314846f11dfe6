"""Names the source of the visit."""

from analytics.ingest.hit import Hit
from analytics.model import Reason

_TAGS = ("utm_source", "source", "ref")


def source(hit: Hit) -> Reason | None:
    """Fills in the source from the first of ``utm_source``, ``source``, ``ref`` and the referrer's host that is set. In a
    batch the sender's own value comes before all of them."""
    if hit.query:
        hit.tag = next((hit.query[name] for name in _TAGS if hit.query.get(name)), "")
    if hit.facts and "source" in hit.facts:
        hit.source = hit.facts["source"]
    elif hit.tag:
        hit.source = hit.sources.by_tag(hit.tag)
    elif hit.referrer_host:
        hit.source = hit.sources.by_host(hit.referrer_host)
    return None
