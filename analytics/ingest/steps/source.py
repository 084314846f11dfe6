"""Names the source of the visit."""

from analytics.ingest.hit import Hit
from analytics.ingest.sources import by_host, by_tag
from analytics.model import Reason

_TAGS = ("utm_source", "source", "ref")


def source(hit: Hit) -> Reason | None:
    """Fills in the source: ``utm_source``, then ``source``, then ``ref``, then the referrer's host by name;
    in a batch the sender's own word stands before them."""
    if hit.facts and "source" in hit.facts:
        hit.source = hit.facts["source"]
        return None
    if hit.query:
        for name in _TAGS:
            tag = hit.query.get(name)
            if tag:
                hit.source = by_tag(tag)
                return None
    if hit.referrer_host:
        hit.source = by_host(hit.referrer_host)
    return None
