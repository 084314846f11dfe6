"""What an owner can add to a site's settings with one press: hosts that were refused recently, and their own network."""

from collections import Counter
from typing import NamedTuple

from analytics.domains import display
from analytics.ingest.arrivals import Arrival
from analytics.ingest.steps.hostname import is_allowed
from analytics.model import Reason
from analytics.site import Site
from analytics.web.language import _, ngettext
from analytics.web.services import services
from analytics.web.setup.own_visits import own_network


class Press(NamedTuple):
    """A button that adds an entry to one of the settings' lists."""

    setting: str
    entry: str
    label: str


class Suggestion(NamedTuple):
    """What was noticed, and what may be done about it."""

    text: str
    presses: tuple[Press, ...]


def suggestions(site: Site) -> dict[str, list[Suggestion]]:
    """Setting -> what is suggested beside it."""
    return {"hostnames": _hosts_refused(site), "excluded_networks": _own_network(site)}


def _hosts_refused(site: Site) -> list[Suggestion]:
    """Hosts of recent pages that the owner has not decided on, the most frequent first (D20)."""
    hosts = Counter(refused_host(arrival, site) for arrival in services().arrivals.latest(site.id))
    decided = ("", *site.settings.ignored_hosts)
    return [_host_refused(host, count) for host, count in hosts.most_common() if host not in decided]


def _host_refused(host: str, count: int) -> Suggestion:
    name = display(host)
    noticed = ngettext(
        "One recent event came from %(host)s and was not counted.",
        "%(count)s recent events came from %(host)s and were not counted.",
        count,
        host=name,
    )
    presses = (
        Press("hostnames", host, _("Count %(host)s", host=name)),
        Press("ignored_hosts", host, _("Ignore %(host)s", host=name)),
    )
    return Suggestion(noticed, presses)


def refused_host(arrival: Arrival, site: Site) -> str:
    """The host for which the event was refused; empty if there was another reason, or it was another site's ``Origin``."""
    host = arrival.hostname
    refused = arrival.reason is Reason.HOSTNAME and host and not is_allowed(host, site.settings.hostnames)
    return host if refused else ""


def _own_network(site: Site) -> list[Suggestion]:
    found = own_network()
    if not found or found in site.settings.excluded_networks:
        return []
    press = Press("excluded_networks", found, _("Exclude %(network)s", network=found))
    return [Suggestion(_("Your network is %(network)s.", network=found), (press,))]
