"""Takes what the sender of a batch knew already, by the same rules as what we derive ourselves."""

from analytics.ingest.hit import Hit
from analytics.model import Reason
from analytics.privacy import scrubber

_PLACES = frozenset(("region", "city"))


def facts(hit: Hit) -> Reason | None:
    """Scrubs the given facts, leaves out places that the site does not keep, and lets campaign tags count as if
    they had stood in the address."""
    if not hit.facts:
        return None
    keep_places = hit.site.settings.regions
    hit.facts = {name: scrubber.text(value) for name, value in hit.facts.items() if keep_places or name not in _PLACES}
    tags = {name: value for name, value in hit.facts.items() if name.startswith("utm_")}
    if tags:
        hit.query = {**hit.query, **tags}
    return None
