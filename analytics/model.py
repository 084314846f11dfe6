"""The values that travel through Footfall. They hold facts, do nothing, and import nothing of ours.

The way of one event::

    request ─▶ Visitor (the door) ─▶ Event | Dropped (the pipeline) ─▶ Row (the sessioniser) ─▶ spool ─▶ DuckDB

No value here but ``Visitor`` holds anything made from an address or a User-Agent, and a ``Visitor``
never leaves memory.

``gc=False``: there is one of these per event or visitor, none can be part of a circle, and the garbage
collector need not look at a hundred thousand of them again and again.
"""

from datetime import date
from enum import StrEnum
from typing import Any, Literal

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


WeekStart = Literal["monday", "saturday", "sunday"]
WEEKDAYS: dict[WeekStart, int] = {"monday": 0, "saturday": 5, "sunday": 6}
"""The days that weeks begin on somewhere (CLDR), as ``date.weekday`` counts them."""


class SiteSettings(Struct, frozen=True, kw_only=True):
    """What an owner may choose for one site; the defaults are the recommendation."""

    hostnames: tuple[str, ...] = ()
    """Hosts whose pages are counted, exact or ``*.example.org``; empty: all."""
    ignored_hosts: tuple[str, ...] = ()
    """Hosts not among them that nobody wants to look at: what they send is counted as dropped, and not kept apart."""
    excluded_paths: tuple[str, ...] = ()
    """Paths not counted; ``*`` stands for any run of characters."""
    excluded_networks: tuple[str, ...] = ()
    """CIDR networks whose visitors are not counted; applied at the door."""
    allowed_robots: tuple[str, ...] = ()
    """Robots that are counted all the same: names, or groups of robots.Group; upper and lower case are one."""
    hold_bursts: bool = True
    """Hold newcomers apart whose network sends one visitor after another that does a single thing."""
    spam_hosts: tuple[str, ...] = ()
    """Hosts whose visits are refused as spam, besides the table of ingest/spam.py; each with its sub-domains."""
    trusted_referrers: tuple[str, ...] = ()
    """Hosts that are never taken for spam, each with its sub-domains."""
    query_parameters: tuple[str, ...] = ()
    """Query parameters that are part of the page's path (``?p=12``); all others are dropped."""
    trailing_slash: bool = True
    """False: ``/a/`` is counted as ``/a``."""
    case_sensitive: bool = True
    """False: paths are lower-cased."""
    respect_gpc: bool = True
    """Events with ``Sec-GPC: 1`` are refused. Our own script never sends them, whatever this says."""
    respect_dnt: bool = True
    """The same for ``DNT: 1``."""
    referrer_host_only: bool = False
    regions: bool = False
    """Keep region and city where the location database has them."""
    script: str = "js/footfall"
    """The beacon is served as ``/<script>.js``."""
    endpoint: str = "api/event"
    """Where the site's beacon sends to: ``/<endpoint>``; ``/api/event`` always works, too."""
    features: tuple[str, ...] = ("ignore",)
    """What the site's beacon can do besides the page views; names of ``features.FEATURES``."""
    small_cells: int = 5
    """Attributes of fewer visitors than this are shown as one row; 1: each by itself, to signed-in people and keys."""
    hidden_properties: tuple[str, ...] = ()
    """Properties of events that the dashboard does not list."""
    keep_rows_months: int = 13
    """Whole months whose events are kept besides the current one; of earlier ones totals stay."""
    keep_totals_months: int = 0
    """Whole months whose totals are kept; 0: for ever."""
    week_start: WeekStart = "monday"
    """The day that weeks begin on, for everybody who reads the site's figures: a week is a figure, not a matter of taste."""

    @property
    def first_weekday(self) -> int:
        """The same as ``date.weekday`` counts: 0 is Monday."""
        return WEEKDAYS[self.week_start]


class FormerDomain(Struct, frozen=True):
    """A domain that a site had before it was renamed."""

    domain: str
    until: int
    """Seconds since the epoch; until then, events for it are counted for the site."""


class Site(Struct, frozen=True, kw_only=True):
    """One site: its own file, its own keys, its own zone."""

    id: str
    """Random, letters and digits; names the file ``sites/<id>.duckdb``."""
    domain: str
    """Lower case, without ``www.``, IDN in its ASCII form, with the port if there is one."""
    timezone: str = "UTC"
    """An IANA name; decides where days begin."""
    settings: SiteSettings = SiteSettings()
    former_domains: tuple[FormerDomain, ...] = ()

    def domains_at(self, moment: float) -> list[str]:
        """The domains that are accepted for this site at ``moment``: its own, and former ones that are still valid."""
        return [self.domain, *(former.domain for former in self.former_domains if moment < former.until)]


NOWHERE = Site(id="nowhere", domain="")
"""Holds the ledger of events that are for no site here; its days are UTC's."""


class SectionRule(Struct, frozen=True, kw_only=True):
    """A named part of a site: the pages whose path matches ``pattern``.

    ``name`` may have levels, parted by ``/``: ``Shop/Sale``. In ``pattern`` ``*`` stands for any run of
    characters within a folder, ``**`` for any run of characters.
    """

    name: str
    pattern: str
    position: int = 0
    """Rules are tried in this order; the first that matches decides."""


class SourceKind(StrEnum):
    """What sort of place a source is."""

    SEARCH = "search"
    SOCIAL = "social"
    VIDEO = "video"
    SHOPPING = "shopping"
    AI = "ai"
    MAIL = "mail"
    OTHER = "other"


class OwnSource(Struct, frozen=True, kw_only=True):
    """A row of the owner's own in the table of sources (``ingest/sources.py``); it stands before those that are built in."""

    id: int = 0
    """0: not kept yet."""
    name: str
    kind: SourceKind
    hosts: tuple[str, ...] = ()
    """As in the table: without ``www.``; ``example.*`` for every public suffix; apps by their reversed names."""
    tags: tuple[str, ...] = ()
    """What ``utm_source``, ``source`` or ``ref`` call it, lower case."""


GoalKind = Literal["event", "page", "scroll"]


class Goal(Struct, frozen=True, kw_only=True):
    """Something an owner wants visitors to do; decided when a question is asked, so it holds for history at once."""

    id: int
    name: str
    """What it is called in tables and filters; unique within the site."""
    kind: GoalKind
    """``event``: an event of ``event_name``; ``page``: a page view of ``page_path``; ``scroll``: a page of
    ``page_path`` scrolled down to ``scroll_threshold``."""
    event_name: str = ""
    page_path: str = ""
    """A pattern as in ``SectionRule``: ``*`` within a folder, ``**`` any run of characters."""
    scroll_threshold: int = -1
    """Per cent of the page, 0-100, of scroll goals; -1: none."""
    currency: str = ""
    """ISO 4217, of event goals whose events carry revenue; empty: none."""
    props: dict[str, str] = field(default_factory=dict)
    """Properties that the event has to carry with exactly these values."""


class Segment(Struct, frozen=True, kw_only=True):
    """Filters that an owner saved under a name, to be used in a question as ``["is", "segment", [id]]``."""

    id: int
    name: str
    filters: list[Any]
    """As in a question (docs/api.md)."""


FUNNEL_STEPS = range(2, 9)
"""How many steps a funnel may have."""


class Funnel(Struct, frozen=True, kw_only=True):
    """Steps that an owner wants visits to take one after the other (query/funnel.py says how they are counted)."""

    id: int = 0
    """0: not kept yet."""
    name: str
    """Unique within the site."""
    steps: tuple[Any, ...]
    """Each a filter as in a question, about one event: ``["is", "event:page", ["/cart"]]``."""
    strict: bool = False
    """Whether nothing may happen on another page between two steps."""


class Note(Struct, frozen=True, kw_only=True):
    """What happened on a day, written beside the figures: a release, a mailing, a holiday."""

    id: int = 0
    """0: not kept yet."""
    day: date
    """In the site's zone."""
    time: str = ""
    """``HH:MM`` on the site's clock; empty: the day as a whole."""
    text: str
    public: bool = False
    """It is shown on shared and public views, too."""


ShareKind = Literal["public", "unlisted", "password"]


class SharedLink(Struct, frozen=True, kw_only=True):
    """A view of a site for people without an account, and what it is limited to (docs/decisions/0028)."""

    id: int = 0
    """0: not kept yet."""
    name: str
    """For the owner's list; unique within the site."""
    token: str = ""
    """What the address ends with; random."""
    kind: ShareKind = "unlisted"
    """``public``: at the site's own address, for search engines, too; ``unlisted``: for whoever has the address;
    ``password``: for whoever knows a password as well."""
    sections: tuple[str, ...] = ()
    """Only these parts of the site; empty: all."""
    filters: list[Any] = field(default_factory=list)
    """Hold with every question, as in docs/api.md."""
    dashboard: str = "main"
    """Name of the dashboard that is shown."""
    panels: tuple[str, ...] = ()
    """Names of those of its panels that are shown; empty: all."""
    first: date | None = None
    """No day before is shown; in the site's zone, like ``last`` and ``expires``."""
    last: date | None = None
    """No day after is shown."""
    days: int = 0
    """Only so many days up to today, whichever day that is; 0: as ``first`` and ``last`` say."""
    expires: date | None = None
    """The last day on which it works."""
    exports: bool = False
    """Its figures can be taken along as files."""
    hosts: tuple[str, ...] = ()
    """Whose pages may show it within them, as ``example.org``, ``*.example.org`` or ``localhost:3000``; empty: nobody's."""
    counter: bool = False
    """It is a public counter of page views as well."""


CorrectionKind = Literal["ignore", "delete", "rename"]


class Correction(Struct, frozen=True, kw_only=True):
    """A rule of the owner's about events that are there already and, unless it has an end, about those to come.

    It is decided on each event by itself, and corrections are carried out in the order they were made: what a later
    one sees is what the earlier ones left.
    """

    id: int = 0
    """Rises with the time they were made in; 0: not kept yet."""
    kind: CorrectionKind
    """``ignore``: not counted; ``delete``: not counted, if it happened before ``until``; ``rename``: ``pattern`` becomes
    ``replacement``."""
    filters: list[Any] = field(default_factory=list)
    """Which events, as in a question (docs/api.md); all of them have to hold."""
    first_day: date | None = None
    """In the site's zone, like ``last_day``; None: without a limit."""
    last_day: date | None = None
    dimension: Literal["event:page", "event:hostname"] = "event:page"
    """What a ``rename`` changes."""
    pattern: str = ""
    """RE2; has to match all of the value."""
    replacement: str = ""
    """``\\1`` to ``\\9`` stand for the pattern's groups."""
    until: int | None = None
    """Seconds since the epoch, a whole quarter of an hour (a sealed day knows no less): events from then on are not
    touched. None: it holds for all to come."""
    made_at: int = 0
    """Seconds since the epoch."""
    undone_at: int | None = None
    settled_at: int | None = None
    """When what it took out was erased: the past cannot be had back any more."""


class Visitor(Struct, frozen=True, kw_only=True, gc=False):
    """What the door hands on of a person: coarse facts, and a tag that means something only to the key
    it was made with, only today, only in this process's memory."""

    tag: int
    """64 bits: keyed hash under today's key of the site."""
    previous_tag: int | None = None
    """The same under yesterday's key, while that key is kept (30 minutes after local midnight)."""
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
    """The robot's name, or why it is taken for one; empty for people."""
    bot_group: str = ""
    """What the robot is for, such as ``AI crawler`` (robots.Group); empty for people."""
    network: int = 0
    """64 bits for the network (/24, IPv6: /48), keyed as the tag is; 0: unknown, or of somebody who has a label."""
    excluded: bool = False
    """The address lies in one of the site's excluded networks."""

    def __repr__(self) -> str:
        """Without the tag: a visitor in a traceback tells nobody anything."""
        return "Visitor(...)"


class Attributes(Struct, frozen=True, kw_only=True, gc=False):
    """What the first event of a visit decides for the whole visit. Empty means not set."""

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
    """One accepted event, cleaned: what the pipeline makes and the sessioniser takes."""

    name: str
    time: float
    """Seconds since the epoch."""
    hostname: str
    path: str
    attributes: Attributes
    interactive: bool = True
    """False: does not end a bounce. Page views are counted by their number, whatever this says."""
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
    """What an event would have been that is dropped on suspicion, and on whom the suspicion fell."""

    event: Event
    category: str
    """Of robots: ``AI crawler``, ``SEO`` and the like; else empty."""
    who: str
    """The robot's name, the spam host, or the host that the site does not list."""


class Dropped(Struct, frozen=True):
    """An event that was refused on purpose."""

    reason: Reason
    apart: Apart | None = None
    """Given when it may be kept apart, so that the owner can look at it and have it counted after all."""


class Row(Struct, frozen=True, gc=False):
    """One row of ``events``: the fields are the table's columns, in this order.

    Nothing here is a function of an address, a User-Agent or anything a browser keeps: ``visitor`` and
    ``visit`` are random.
    """

    day: date
    """In the site's zone."""
    time: str
    """``YYYY-MM-DDTHH:MM:SS`` in UTC; a sealed day keeps quarter-hours."""
    seq: int
    """Order within the visit, rising; not necessarily without gaps."""
    gap: int
    """Seconds since the visit's event before this one, 0 on the first. The sum over a visit is its
    duration. On a sealed day the whole sum stands on the last row of the visit's day."""
    visitor: int
    """Random 64 bits, one per visitor, site and day."""
    visit: int
    """Random 64 bits, one per visit, the same on both sides of midnight."""
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
