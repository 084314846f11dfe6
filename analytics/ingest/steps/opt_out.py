"""Respects visitors who object through their browser's settings."""

from analytics.ingest.hit import Hit
from analytics.model import Reason


def opt_out(hit: Hit) -> Reason | None:
    """Refuses with OPTED_OUT on ``Sec-GPC: 1`` or ``DNT: 1`` if the site respects them, as it does by default."""
    headers, settings = hit.headers, hit.site.settings
    if settings.respect_gpc and headers.get("sec-gpc", "").strip() == "1":
        return Reason.OPTED_OUT
    if settings.respect_dnt and headers.get("dnt", "").strip() == "1":
        return Reason.OPTED_OUT
    return None
