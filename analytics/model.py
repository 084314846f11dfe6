"""An event on its way through Footfall, as values. They hold facts, do nothing, and import nothing of ours::

    request ─▶ Visitor (the door) ─▶ Event | Dropped (the pipeline) ─▶ Row (the sessioniser) ─▶ spool ─▶ DuckDB

No value here but ``Visitor`` holds anything made from an address or a User-Agent, and a ``Visitor`` never leaves memory.

``gc=False``: there is one of these per event or visitor, none can be part of a reference cycle, and the garbage collector
need not look at a hundred thousand of them again and again.
"""

from datetime import date
from enum import StrEnum

from msgspec import Struct, field

PAGEVIEW = "pageview"
ENGAGEMENT = "engagement"
OWN_NAMES = frozenset((PAGEVIEW, ENGAGEMENT))
"""Names of events that mean something to Footfall; all others are the owner's."""


class Reason(StrEnum):
    """Why an event was not counted. The value is what the caller reads in ``x-footfall-dropped``."""

    BOT = "bot"
    BURST = "burst"
    SPAM_REFERRER = "spam_referrer"
    UNKNOWN_SITE = "unknown_site"
    HOSTNAME = "hostname"
    EXCLUDED_PATH = "excluded_path"
    EXCLUDED_NETWORK = "excluded_network"
    OPTED_OUT = "opted_out"
    RATE = "rate"
    NO_VISIT = "no_visit"
    TOO_OLD = "too_old"
    INVALID = "invalid"
    UNREADABLE = "unreadable"
    CORRECTED = "corrected"


REASONS: dict[Reason, str] = {
    Reason.BOT: "Sent by a bot, crawler or monitoring service",
    Reason.BURST: "Part of a burst from one network: many visitors, one page each and nothing else",
    Reason.SPAM_REFERRER: "Referred by a known spam site",
    Reason.UNKNOWN_SITE: "For a domain that has not been added here",
    Reason.HOSTNAME: "Sent from a host that is not allowed for this site",
    Reason.EXCLUDED_PATH: "From a page that the owner has excluded",
    Reason.EXCLUDED_NETWORK: "From a network that the owner has excluded",
    Reason.OPTED_OUT: "The visitor objected (GPC, DNT or opt-out)",
    Reason.RATE: "More events from one visitor than a person could cause",
    Reason.NO_VISIT: "Reading time that belongs to no known visit",
    Reason.TOO_OLD: "Older than the data this site keeps",
    Reason.INVALID: "Not a valid event; the response named the field",
    Reason.UNREADABLE: "Damaged on disk, or refused by the database; set aside in quarantine/",
    Reason.CORRECTED: "Removed by one of the site's corrections",
}
"""Every reason with the sentence that the dashboard shows beside its count."""


class Visitor(Struct, frozen=True, kw_only=True, gc=False):
    """What the door passes on of a person: coarse facts, and a tag that is meaningful only under the key it was made with,
    only today, only in this process's memory."""

    tag: int
    """64 bits: a hash under the site's key of the day."""
    previous_tag: int | None = None
    """The same under yesterday's key, while that key exists (until 30 minutes after local midnight)."""
    country: str = ""
    """Two letters (ISO 3166-1 alpha-2), or empty."""
    region: str = ""
    city: str = ""
    browser: str = ""
    browser_version: str = ""
    """The major version alone."""
    os: str = ""
    os_version: str = ""
    device: str = ""
    """``Desktop``, ``Mobile``, ``Tablet``, ``TV``, ``Console`` or empty."""
    language: str = ""
    """Primary language subtag, lower case."""
    bot: str = ""
    """The robot's name, or what gave it away; empty for people."""
    bot_group: str = ""
    """What the robot is for, such as ``AI crawler`` (robots.Group); empty for people."""
    network: int = 0
    """64 bits for the network (/24, IPv6: /48), keyed like the tag; 0 if unknown, or if a server gave the person a label."""
    excluded: bool = False
    """Whether the address belongs to one of the site's excluded networks."""

    def __repr__(self) -> str:
        """Without the tag: a visitor in a traceback reveals nobody."""
        return "Visitor(...)"


class Attributes(Struct, frozen=True, kw_only=True, gc=False):
    """The facts that the first event of a visit decides for the whole visit. Empty means not set."""

    referrer: str = ""
    """Host and path, scrubbed, without query and fragment."""
    source: str = ""
    channel: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_content: str = ""
    utm_term: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    browser: str = ""
    browser_version: str = ""
    os: str = ""
    os_version: str = ""
    device: str = ""
    language: str = ""
    screen: str = ""
    click_id: str = ""
    """The name of the click id in the address (``gclid``), never its value."""


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """One accepted, cleaned event: the result of the pipeline and the input of the sessioniser."""

    name: str
    time: float
    """Seconds since the epoch."""
    hostname: str
    path: str
    attributes: Attributes
    interactive: bool = True
    """False: the event does not end a bounce. Page views are counted by their number, whatever this says."""
    engaged: int = 0
    """Milliseconds of visible, focused time; on engagement events only."""
    scroll: int = 0
    """Deepest scroll, 0-100; on engagement events only."""
    revenue: str | None = None
    """A decimal number."""
    currency: str = ""
    """ISO 4217, or empty."""
    props: dict[str, str] = field(default_factory=dict)


class Apart(Struct, frozen=True):
    """The event that one dropped on suspicion would have been, and who was suspected."""

    event: Event
    category: str
    """The group of a robot: ``AI crawler``, ``SEO`` and so on; else empty."""
    who: str
    """The robot's name, the spam host, or the host that the site does not list."""


class Dropped(Struct, frozen=True):
    """An event that was refused on purpose."""

    reason: Reason
    apart: Apart | None = None
    """Set if the event may be kept apart, so that the owner can look at it and restore it."""


class Row(Struct, frozen=True, gc=False):
    """One row of ``events``: the fields are the table's columns, in this order.

    Nothing here is a function of an address, a User-Agent or anything that a browser stores: ``visitor`` and ``visit`` are
    random.
    """

    day: date
    """In the site's zone."""
    time: str
    """``YYYY-MM-DDTHH:MM:SS`` in UTC; on a sealed day rounded to quarter-hours."""
    seq: int
    """Position within the visit, ascending, possibly with gaps."""
    gap: int
    """Seconds since the visit's previous event, 0 on the first. Their sum over a visit is its duration. On a sealed day the
    whole sum is on the last row of the visit's day."""
    visitor: int
    """Random 64 bits, one per visitor, site and day."""
    visit: int
    """Random 64 bits, one per visit, the same before and after midnight."""
    name: str
    hostname: str
    path: str
    interactive: bool
    engaged: int
    scroll: int
    revenue: str | None
    currency: str
    props: dict[str, str]
    referrer: str
    source: str
    channel: str
    utm_source: str
    utm_medium: str
    utm_campaign: str
    utm_content: str
    utm_term: str
    country: str
    region: str
    city: str
    browser: str
    browser_version: str
    os: str
    os_version: str
    device: str
    language: str
    screen: str
    click_id: str


class ApartRow(Row, frozen=True, gc=False):
    """One row of ``apart``: the row that a dropped event would have been, and why it was dropped. As keyless as a Row."""

    reason: str
    """A ``Reason``."""
    category: str
    """As in ``Apart``."""
    who: str
