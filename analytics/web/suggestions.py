"""What an owner may add to a site's settings with one press: hosts that were refused lately, and their own network."""

from collections import Counter
from typing import NamedTuple

from analytics.domains import display
from analytics.ingest.arrivals import Arrival
from analytics.ingest.steps.hostname import is_allowed
from analytics.model import Reason, Site
from analytics.web.own_visits import own_network
from analytics.web.services import services


class Suggestion(NamedTuple):
    """An entry that may be added to one of the settings' lists."""

    entry: str
    text: str
    button: str


def suggestions(site: Site) -> dict[str, list[Suggestion]]:
    """Setting -> what may be added to it."""
    return {"hostnames": _hosts_refused(site), "excluded_networks": _own_network(site)}


def _hosts_refused(site: Site) -> list[Suggestion]:
    """Hosts that pages came from lately and that are not in the site's list, the most frequent first (D20)."""
    hosts = Counter(host for arrival in services().arrivals.latest(site.id) if (host := refused_host(arrival, site)))
    return [_host_refused(host, count) for host, count in hosts.most_common()]


def _host_refused(host: str, count: int) -> Suggestion:
    name = display(host)
    lately = "One of the latest events is" if count == 1 else f"{count} of the latest events are"
    return Suggestion(host, f"{lately} from {name}, and not counted.", f"Count {name}")


def refused_host(arrival: Arrival, site: Site) -> str:
    """The host that the event was refused for; empty where that was another reason, or another site's ``Origin``."""
    host = arrival.hostname
    refused = arrival.reason is Reason.HOSTNAME and host and not is_allowed(host, site.settings.hostnames)
    return host if refused else ""


def _own_network(site: Site) -> list[Suggestion]:
    found = own_network()
    if not found or found in site.settings.excluded_networks:
        return []
    return [Suggestion(found, f"You come from {found}.", f"Leave out {found}")]
