"""The lists in a site's settings that decide about senders by name: who is counted from now on, and who is ignored."""

from msgspec import Struct, structs

from analytics.ingest.steps.hostname import NAMELESS
from analytics.model import Reason
from analytics.robots import SILENT, UNNAMED, Group
from analytics.site import Site
from analytics.store.base import Chosen
from analytics.web.accounts.access import person
from analytics.web.language import marked
from analytics.web.services import services


class AllowList(Struct, frozen=True):
    """How events like the dropped ones can be allowed in future."""

    setting: str
    """The list in the site's settings that the name goes into."""
    text: str


ALLOW_LISTS: dict[Reason, AllowList] = {
    Reason.BOT: AllowList("allowed_robots", marked("Count %(name)s from now on")),
    Reason.HOSTNAME: AllowList("hostnames", marked("Count pages of %(name)s from now on")),
    Reason.SPAM_REFERRER: AllowList("trusted_referrers", marked("Never treat %(name)s as spam again")),
}
"""Where a name alone decides."""
NO_NAMES = frozenset((NAMELESS, UNNAMED.name, SILENT.name, Group.OTHER, Group.DISGUISED))
"""What stands for those without a name or something in common: to let it in would be to let in anybody."""


def allow_list(site: Site, chosen: Chosen) -> tuple[AllowList, str] | None:
    """The list that would allow the selected events, and the name to add; None if there is none, or the name is in it
    already."""
    listed = ALLOW_LISTS.get(Reason(chosen.reason))
    name = chosen.who or chosen.category
    if listed is None or not name or name in NO_NAMES or name in getattr(site.settings, listed.setting):
        return None
    return listed, name


def ignorable(site: Site, chosen: Chosen) -> str:
    """The host of the selected events that can be ignored, or empty."""
    host = chosen.who if chosen.reason == Reason.HOSTNAME else None
    decided = {NAMELESS, *site.settings.hostnames, *site.settings.ignored_hosts}
    return host if host and host not in decided else ""


def allow(site: Site, chosen: Chosen) -> None:
    """Allows such events in future, if a name can do that. Raises InvalidInput naming the list."""
    found = allow_list(site, chosen)
    if found:
        listed, name = found
        _enter(site, listed.setting, name)


def ignore(site: Site, host: str) -> None:
    """Events from this host are from now on counted as dropped and not kept apart. Raises InvalidInput."""
    _enter(site, "ignored_hosts", host)


def _enter(site: Site, setting: str, name: str) -> None:
    settings = structs.replace(site.settings, **{setting: (*getattr(site.settings, setting), name)})
    services().control.sites.change(structs.replace(site, settings=settings), by=person().email)
