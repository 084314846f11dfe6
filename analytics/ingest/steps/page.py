"""Gives each page one path, by the site's rules for slashes, case and query parameters."""

from analytics import paths
from analytics.ingest.hit import Hit
from analytics.model import Reason


def page(hit: Hit) -> Reason | None:
    """Completes the path. Parameters that are part of it follow in the order of the settings, so that ``?b=2&a=1`` and
    ``?a=1&b=2`` are one page."""
    settings = hit.site.settings
    if not (settings.trailing_slash and settings.case_sensitive):
        hit.path = paths.by_rules(hit.path, settings)
    if settings.query_parameters and hit.query:
        hit.path += _named_by_query(hit)
    return None


def _named_by_query(hit: Hit) -> str:
    query = hit.query
    pairs = [f"{name}={_value(query[name])}" for name in hit.site.settings.query_parameters if name in query]
    return "?" + "&".join(pairs) if pairs else ""


def _value(sent: str) -> str:
    return (paths.decoded(sent) or "").strip()
