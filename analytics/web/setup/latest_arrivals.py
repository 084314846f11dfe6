"""Recent arrivals, as the setup pages show them: counted, or why not and what to do about it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from analytics.clock import local_time
from analytics.domains import display
from analytics.errors import FootfallError
from analytics.ingest.arrivals import UNKNOWN, Arrival
from analytics.model import REASONS, Reason
from analytics.site import Site
from analytics.web.figures import clock_seconds
from analytics.web.language import _, marked
from analytics.web.services import services
from analytics.web.setup.suggestions import refused_host

ADVICE: dict[Reason, str] = {
    Reason.BOT: marked("Automated browsers are not counted; open the page in your own browser."),
    Reason.BURST: marked("It is counted from the visitor's second event. You can turn this off in the site's settings."),
    Reason.HOSTNAME: marked("If this host is yours, allow it in the site's settings."),
    Reason.EXCLUDED_PATH: marked("The path is excluded in the site's settings."),
    Reason.EXCLUDED_NETWORK: marked("Your network is excluded in the site's settings. Try a phone with Wi-Fi turned off."),
    Reason.OPTED_OUT: marked("Your browser asks not to be counted (GPC, DNT or opt-out). Try another browser."),
    Reason.UNKNOWN_SITE: marked("Check that data-domain in the tag is the same as the site's domain."),
}
"""What the owner may do about a refusal, where there is something to do."""

_ARRIVALS_SHOWN = 12
_STRAYS_SHOWN = 6


class Seen(NamedTuple):
    """One arrival as a row of the setup page."""

    time: str
    """On the wall clock of the site's zone."""
    name: str
    where: str
    counted: bool
    why: str
    advice: str
    host: str = ""
    """A host that is not in the site's list and can be added to it."""


def arrived(site: Site) -> dict[str, Any]:
    """What the setup page of a site says about recent arrivals, for the site and for unknown domains."""
    latest = services().arrivals.latest(site.id)
    strays = services().arrivals.latest(UNKNOWN)[:_STRAYS_SHOWN]
    return {
        "counted": any(arrival.reason is None for arrival in latest) or _has_history(site),
        "arrivals": _advised_once(seen(arrival, site.timezone, site) for arrival in latest[:_ARRIVALS_SHOWN]),
        "strays": [seen(arrival, site.timezone) for arrival in strays],
    }


def _advised_once(rows: Iterable[Seen]) -> list[Seen]:
    """The rows, with each piece of advice only in the first row that it applies to: a crawler comes in dozens."""
    told: set[str] = set()
    advised = []
    for row in rows:
        advised.append(row._replace(advice="") if row.advice in told else row)
        told.add(row.advice)
    return advised


def _has_history(site: Site) -> bool:
    """Whether events were counted before this process started. False while the data cannot be read."""
    try:
        answer = services().answers.answer(site, {"metrics": ["events"], "date_range": "all"})
    except FootfallError:
        return False
    return any(row["metrics"][0] for row in answer.results)


def seen(arrival: Arrival, timezone: str, site: Site | None = None) -> Seen:
    """One arrival, in the time of this zone; with ``site``, also what can be done about its host."""
    reason = arrival.reason
    return Seen(
        time=clock_seconds(local_time(arrival.at, timezone)),
        name=arrival.name,
        where=display(arrival.hostname) + arrival.path,
        counted=reason is None,
        why=_("Counted") if reason is None else _(REASONS[reason]) + (f": {arrival.detail}" if arrival.detail else ""),
        advice=_(ADVICE[reason]) if reason in ADVICE else "",
        host=refused_host(arrival, site) if site else "",
    )


def strays() -> list[Seen]:
    """Arrivals for domains that are not among the sites; times are in UTC."""
    return [seen(arrival, "UTC") for arrival in services().arrivals.latest(UNKNOWN)[:_ARRIVALS_SHOWN]]
