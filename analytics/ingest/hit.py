"""One event on its way through the pipeline's steps."""

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from analytics.ingest.beacon import Beacon
from analytics.ingest.sources import BUILT_IN, Sources
from analytics.ingest.watchers import Watchers
from analytics.model import Attributes, Event, Reason, Visitor
from analytics.privacy.door import Door, Knock
from analytics.site import Site

NOBODY = Visitor(tag=0)
"""The visitor until the door has been asked."""
NOTHING_SENT = ("", "")


class Hit(Struct, kw_only=True, gc=False):
    """What is known of an event so far. Each step fills in or changes its own part; a refused hit is discarded."""

    site: Site
    beacon: Beacon
    at: float
    """When the event happened, in seconds since the epoch."""
    now: float
    """When it arrived."""
    headers: Mapping[str, str]
    """Those of the visitor's own browser; empty in a batch, whose sender reports others."""
    door: Door
    knock: Knock
    backdated: bool = False
    sources: Sources = BUILT_IN
    watchers: Watchers | None = None
    """None if the sender reports others, or the event is only rehearsed."""
    facts: Mapping[str, str] = {}
    """What the sender of a batch knew already."""

    visitor: Visitor = NOBODY
    name: str = ""
    hostname: str = ""
    sent: tuple[str, str] = NOTHING_SENT
    """Path and query as they were sent, until they are scrubbed."""
    path: str = ""
    query: Mapping[str, str] = {}
    """The allowed parameters; values scrubbed."""
    click_id: str = ""
    """The name of the click id that the address carried, never its value."""
    props: dict[str, str] = {}
    left_out: int = 0
    """How many parameters were left out because they identify a person, by the client or here."""
    referrer: str = ""
    """Host and path."""
    referrer_host: str = ""
    """Without ``www.``; empty for the site's own pages."""
    tag: str = ""
    """What the address calls the source."""
    source: str = ""
    channel: str = ""
    screen: str = ""
    suspected: bool = False
    """Whether a step refused it on suspicion; the other steps still run, so that it can be kept apart."""

    def __repr__(self) -> str:
        """Without the visitor: a hit in a traceback reveals nobody."""
        return "Hit(...)"


Step = Callable[[Hit], Reason | None]
"""Changes the hit, or returns why it is refused. May raise InvalidInput."""


def event(hit: Hit) -> Event:
    """The finished event. Facts that the sender gave take precedence over those that we derived."""
    beacon, who, query, given = hit.beacon, hit.visitor, hit.query.get, hit.facts
    attributes = Attributes(
        referrer=hit.referrer,
        source=hit.source,
        channel=hit.channel,
        utm_source=query("utm_source", ""),
        utm_medium=query("utm_medium", ""),
        utm_campaign=query("utm_campaign", ""),
        utm_content=query("utm_content", ""),
        utm_term=query("utm_term", ""),
        country=who.country,
        region=who.region,
        city=who.city,
        browser=who.browser,
        browser_version=who.browser_version,
        os=who.os,
        os_version=who.os_version,
        device=who.device,
        language=who.language,
        screen=hit.screen,
        click_id=hit.click_id,
    )
    return Event(
        name=hit.name,
        time=hit.at,
        hostname=hit.hostname,
        path=hit.path,
        attributes=replace(attributes, **given) if given else attributes,
        interactive=beacon.interactive,
        engaged=beacon.engaged,
        scroll=beacon.scroll,
        revenue=beacon.revenue,
        currency=beacon.currency,
        props=hit.props,
    )
