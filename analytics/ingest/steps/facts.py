"""Applies the facts that the sender of a batch knew already, under the same rules as those that we derive."""

from analytics.ingest.hit import Hit
from analytics.model import Reason
from analytics.privacy import scrubber

_PLACES = frozenset(("region", "city"))


def facts(hit: Hit) -> Reason | None:
    """Scrubs the given facts, drops places that the site does not keep, and treats campaign tags as if they had been in the
    address."""
    if not hit.facts:
        return None
    keep_places = hit.site.settings.regions
    hit.facts = {name: scrubber.text(value) for name, value in hit.facts.items() if keep_places or name not in _PLACES}
    tags = {name: value for name, value in hit.facts.items() if name.startswith("utm_")}
    if tags:
        hit.query = {**hit.query, **tags}
    return None
