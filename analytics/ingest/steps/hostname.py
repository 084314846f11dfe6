"""Counts only pages of the hosts that the owner allows, so that a copied snippet counts for nobody."""

from analytics.ingest.hit import Hit
from analytics.model import Reason
from analytics.privacy import scrubber

NAMELESS = "(no host)"
"""Stands for an app's page, which has none, and for an ``Origin`` that is none."""


def hostname(hit: Hit) -> Reason | None:
    """Refuses a page, or an ``Origin``, on a host that is not in the site's list with HOSTNAME; an empty list allows all
    hosts. Without an Origin, or with ``null`` (sandboxed frames, apps), only the page is checked."""
    return None if unlisted(hit) is None else Reason.HOSTNAME


def unlisted(hit: Hit) -> str | None:
    """The host that is not in the site's list: the page's, or else that of the ``Origin``."""
    allowed = hit.site.settings.hostnames
    if not allowed:
        return None
    if not is_allowed(hit.hostname, allowed):
        return hit.hostname or NAMELESS
    origin = hit.headers.get("origin", "")
    if origin and origin != "null" and not is_allowed(_host(origin), allowed):
        return scrubber.referrer(origin, host_only=True) or NAMELESS
    return None


def is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """Whether ``host`` (without ``www.`` and port) matches an entry of the list, whose ports are ignored."""
    return any(_matches(host, _without_port(entry.lower())) for entry in allowed)


def _matches(host: str, entry: str) -> bool:
    """``*.example.org`` matches every host below example.org, not example.org itself."""
    return host.endswith(entry[1:]) if entry.startswith("*.") else host == entry.removeprefix("www.")


def _host(origin: str) -> str:
    """The bare host of an entry: ``https://www.example.org:8443`` gives ``example.org``."""
    return _without_port(origin.lower().partition("://")[2]).removeprefix("www.")


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
