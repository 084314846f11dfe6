"""The sites that events may be for, found by any spelling of their domain."""

from collections.abc import Iterable

from analytics import domains
from analytics.clock import Clock, system_clock
from analytics.errors import InvalidInput
from analytics.site import Site


class Directory:
    """A copy of the sites in memory. Safe to read while it is being replaced."""

    def __init__(self, sites: Iterable[Site] = (), clock: Clock = system_clock) -> None:
        self._clock = clock
        self._named: dict[str, Site] = {}
        self.replace(sites)

    def replace(self, sites: Iterable[Site]) -> None:
        """Replaces the sites; events after this call see the new ones."""
        present = {site.domain: site for site in sites}
        self._named = {former.domain: site for site in present.values() for former in site.former_domains} | present
        self.endpoints = frozenset(f"/{site.settings.endpoint}" for site in present.values())
        """The paths that sites' beacons send to: other names of ``/api/event``."""

    def find(self, domain: str, *, any_port: bool = False) -> Site | None:
        """The site with this domain in any spelling (``www.``, upper case, IDN, a whole address), or None. A former domain
        finds the site while it is valid. With ``any_port``, a domain whose port no site has finds the site of the bare
        host."""
        site = self._called(domain)
        if site is not None:
            return site
        try:
            name = domains.normalised(domain)
        except InvalidInput:
            return None
        site = self._called(name)
        return self._called(_without_port(name)) if site is None and any_port else site

    def _called(self, name: str) -> Site | None:
        site = self._named.get(name)
        return site if site is None or name == site.domain or name in site.domains_at(self._clock()) else None

    def all(self) -> list[Site]:
        """All sites, by domain."""
        return [site for name, site in sorted(self._named.items()) if name == site.domain]


def _without_port(domain: str) -> str:
    host, colon, port = domain.rpartition(":")
    return host if colon and port.isdigit() else domain
