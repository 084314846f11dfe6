"""A site's shared links, for programs (docs/api.md)."""

from datetime import date
from typing import Annotated, Any

from msgspec import Meta, Struct, structs

from analytics.site import SharedLink, ShareKind, Site
from analytics.web.api.lists import OF_SITE, PAGES, Deleted, Page, listed, site_id
from analytics.web.api.route import Caller, Route, body
from analytics.web.services import services
from analytics.web.setup import sharing
from analytics.web.setup.sharing_form import check_limits


class NewSharedLink(Struct):
    """A shared link to find or create; what is left out is not limited."""

    site_id: str
    name: str
    kind: ShareKind = "unlisted"
    password: str = ""
    """Of a link of the kind ``password``."""
    sections: tuple[str, ...] = ()
    filters: list[Any] = []
    dashboard: str = "main"
    panels: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    days: Annotated[int, Meta(ge=0, le=3660)] = 0
    expires: date | None = None
    exports: bool = False
    hosts: tuple[str, ...] = ()
    counter: bool = False


class SharedLinkEntry(Struct):
    """A shared link with its URL."""

    domain: str
    id: int
    name: str
    url: str
    kind: ShareKind
    sections: tuple[str, ...]
    filters: list[Any]
    dashboard: str
    panels: tuple[str, ...]
    first: date | None
    last: date | None
    days: int
    expires: date | None
    exports: bool
    hosts: tuple[str, ...]
    counter: bool


class SharedLinkList(Struct):
    """Shared links in the order in which they were made."""

    shared_links: list[SharedLinkEntry]
    meta: Page


def list_shared_links(caller: Caller) -> SharedLinkList:
    """List a site's shared links."""
    site, shown, meta = listed(caller, services().control.shared_links.all)
    return SharedLinkList([_link_entry(site, link) for link in shown], meta)


def put_shared_link(caller: Caller) -> SharedLinkEntry:
    """Find a shared link by its name, or create it; the same request can be sent again."""
    wanted = body(NewSharedLink)
    site = caller.site(wanted.site_id)
    there = [link for link in services().control.shared_links.all(site) if link.name == wanted.name.strip()]
    return _link_entry(site, there[0]) if there else _made(caller, site, wanted)


def add_shared_link(caller: Caller) -> SharedLinkEntry:
    """Create a shared link; its name must not be in use."""
    wanted = body(NewSharedLink)
    return _made(caller, caller.site(wanted.site_id), wanted)


def delete_shared_link(caller: Caller, link_id: int) -> Deleted:
    """Revoke a shared link: it stops working at once."""
    services().control.shared_links.remove(caller.site(site_id()), link_id, by=caller.name)
    return Deleted()


def _made(caller: Caller, site: Site, wanted: NewSharedLink) -> SharedLinkEntry:
    fields = {name: value for name, value in structs.asdict(wanted).items() if name not in ("site_id", "password")}
    link = SharedLink(**fields)
    check_limits(site, link)
    return _link_entry(site, services().control.shared_links.put(site, link, wanted.password, by=caller.name))


def _link_entry(site: Site, link: SharedLink) -> SharedLinkEntry:
    fields = {name: value for name, value in structs.asdict(link).items() if name != "token"}
    return SharedLinkEntry(domain=site.domain, url=sharing.address(site, link), **fields)


ROUTES = (
    Route("GET", "/v1/sites/shared-links", list_shared_links, "sites", SharedLinkList, parameters=OF_SITE | PAGES),
    Route("PUT", "/v1/sites/shared-links", put_shared_link, "sites", SharedLinkEntry, body=NewSharedLink),
    Route("POST", "/v1/sites/shared-links", add_shared_link, "sites", SharedLinkEntry, body=NewSharedLink),
    Route("DELETE", "/v1/sites/shared-links/<int:link_id>", delete_shared_link, "sites", Deleted, parameters=OF_SITE),
)
