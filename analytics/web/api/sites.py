"""Sites, for programs (docs/api.md)."""

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType, structs

from analytics.errors import KeyRefused
from analytics.privacy.door import checked_networks
from analytics.site import Site, SiteSettings
from analytics.web.api.lists import PAGES, Page, page
from analytics.web.api.route import Caller, Route, body, parameters
from analytics.web.services import services
from analytics.web.setup.removal import removed
from analytics.web.setup.robot_names import checked_robots

_SETTINGS = structs.fields(SiteSettings)


class NewSite(Struct):
    """A site to add."""

    domain: str
    timezone: str = "UTC"


SiteEntry = msgspec.defstruct(
    "SiteEntry",
    [("domain", str), ("timezone", str), *((field.name, field.type) for field in _SETTINGS)],
    namespace={"__doc__": "A site with its settings."},
)
SiteChange = msgspec.defstruct(
    "SiteChange",
    [(name, kind | UnsetType, UNSET) for name, kind in (("domain", str), ("timezone", str))]
    + [(field.name, field.type | UnsetType, UNSET) for field in _SETTINGS],
    namespace={"__doc__": "The fields to change; all others stay as they are."},
    forbid_unknown_fields=True,
)


class ListedSite(Struct):
    """A site in a list."""

    domain: str
    timezone: str


class SiteList(Struct):
    """Sites by domain."""

    sites: list[ListedSite]
    meta: Page


class DeletedSite(Struct):
    """The site is gone, and its files are erased."""

    still_held: list[str]
    """Files that may still hold rows of it, with those of other sites, until they have had their time."""
    deleted: bool = True


def list_sites(caller: Caller) -> SiteList:
    """List the sites the key is valid for."""
    shown, meta = page([site for site in services().control.sites.all() if caller.may(site)], parameters())
    return SiteList([ListedSite(site.domain, site.timezone) for site in shown], meta)


def add_site(caller: Caller) -> ListedSite:
    """Add a site."""
    wanted = body(NewSite)
    if caller.key.site_ids is not None:
        raise KeyRefused("This key is for one site; adding another takes a key that is for all")
    site = services().control.sites.add(wanted.domain, wanted.timezone or "UTC", by=caller.name)
    return ListedSite(site.domain, site.timezone)


def show_site(caller: Caller, domain: str) -> Any:
    """Show a site with its settings."""
    return _site_entry(caller.site(domain))


def change_site(caller: Caller, domain: str) -> Any:
    """Change a site's domain, time zone or settings."""
    site = caller.site(domain)
    wanted = {name: value for name, value in structs.asdict(body(SiteChange)).items() if value is not UNSET}
    if "excluded_networks" in wanted:
        wanted["excluded_networks"] = checked_networks(wanted["excluded_networks"])
    if "allowed_robots" in wanted:
        wanted["allowed_robots"] = checked_robots(wanted["allowed_robots"])
    own = {name: wanted.pop(name) for name in ("domain", "timezone") if name in wanted}
    changed = structs.replace(site, **own, settings=structs.replace(site.settings, **wanted))
    return _site_entry(services().control.sites.change(changed, by=caller.name))


def remove_site(caller: Caller, domain: str) -> DeletedSite:
    """Remove a site and erase its data."""
    return DeletedSite(removed(services(), caller.site(domain), by=caller.name))


def _site_entry(site: Site) -> Any:
    return SiteEntry(site.domain, site.timezone, *structs.astuple(site.settings))


ROUTES = (
    Route("GET", "/v1/sites", list_sites, "sites", SiteList, parameters=PAGES),
    Route("POST", "/v1/sites", add_site, "sites", ListedSite, body=NewSite),
    Route("GET", "/v1/sites/<domain:domain>", show_site, "sites", SiteEntry),
    Route("PUT", "/v1/sites/<domain:domain>", change_site, "sites", SiteEntry, body=SiteChange),
    Route("DELETE", "/v1/sites/<domain:domain>", remove_site, "sites", DeletedSite),
)
