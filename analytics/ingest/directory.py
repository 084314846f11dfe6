"""The sites that events may be for, found by any spelling of their domain."""

from collections.abc import Iterable

from analytics import domains
from analytics.errors import InvalidInput
from analytics.model import Site


class Directory:
    """A copy of the sites in memory. Safe to read while it is being replaced."""

    def __init__(self, sites: Iterable[Site] = ()) -> None:
        self._sites: dict[str, Site] = {}
        self.replace(sites)

    def replace(self, sites: Iterable[Site]) -> None:
        """Replaces the sites; events after this call see the new ones."""
        self._sites = {site.domain: site for site in sites}
        self.endpoints = frozenset(f"/{site.settings.endpoint}" for site in self._sites.values())
        """The paths that sites' beacons send to: other names of ``/api/event``."""

    def find(self, domain: str, *, any_port: bool = False) -> Site | None:
        """The site with this domain in any spelling (``www.``, upper case, IDN, a whole address), or None. With
        ``any_port``, a domain whose port no site has finds the site of the bare host."""
        site = self._sites.get(domain)
        if site is not None:
            return site
        try:
            name = domains.normalised(domain)
        except InvalidInput:
            return None
        site = self._sites.get(name)
        return self._sites.get(_without_port(name)) if site is None and any_port else site

    def all(self) -> list[Site]:
        """All sites, by domain."""
        return [site for _, site in sorted(self._sites.items())]


def _without_port(domain: str) -> str:
    host, colon, port = domain.rpartition(":")
    return host if colon and port.isdigit() else domain
