"""A site, and what its owner sets up: settings, sections, sources, goals, segments, funnels, notes, shared links,
corrections. These are plain values, and import nothing of ours.

They are kept in ``store/control``; questions and pages read them. In all of them an ``id`` of 0 means that the value has
not been saved yet.
"""

from datetime import date
from enum import StrEnum
from typing import Any, Literal

from msgspec import Struct, field

WeekStart = Literal["monday", "saturday", "sunday"]
WEEKDAYS: dict[WeekStart, int] = {"monday": 0, "saturday": 5, "sunday": 6}
"""The days that weeks begin on in some country (CLDR), numbered as in ``date.weekday``."""


class SiteSettings(Struct, frozen=True, kw_only=True):
    """What an owner may choose for one site; the defaults are the recommendation."""

    hostnames: tuple[str, ...] = ()
    """Hosts whose pages are counted, exact or ``*.example.org``; empty: all."""
    ignored_hosts: tuple[str, ...] = ()
    """Other hosts that the owner does not want to see: their events are counted as dropped, and not kept apart."""
    excluded_paths: tuple[str, ...] = ()
    """Paths not counted; ``*`` stands for any run of characters."""
    excluded_networks: tuple[str, ...] = ()
    """CIDR networks whose visitors are not counted; the door compares the addresses."""
    allowed_robots: tuple[str, ...] = ()
    """Robots that are counted all the same, by name or group (``robots.Group``), in upper or lower case."""
    hold_bursts: bool = True
    """Hold newcomers apart while their network sends one visitor after another who does a single thing."""
    spam_hosts: tuple[str, ...] = ()
    """Hosts refused as spam in addition to the table of ingest/spam.py, each with its subdomains."""
    trusted_referrers: tuple[str, ...] = ()
    """Hosts that are never treated as spam, each with its subdomains."""
    query_parameters: tuple[str, ...] = ()
    """Query parameters that are part of the page's path (``?p=12``); all others are dropped."""
    trailing_slash: bool = True
    """False: ``/a/`` is counted as ``/a``."""
    case_sensitive: bool = True
    """False: paths are lower-cased."""
    respect_gpc: bool = True
    """Refuse events with ``Sec-GPC: 1``. Our own script never sends them, whatever this says."""
    respect_dnt: bool = True
    """The same for ``DNT: 1``."""
    referrer_host_only: bool = False
    """Keep only the host of a referrer, without its path."""
    regions: bool = False
    """Keep region and city where the location database has them."""
    script: str = "js/footfall"
    """The beacon is served as ``/<script>.js``."""
    endpoint: str = "api/event"
    """Where the site's beacon sends to: ``/<endpoint>``; ``/api/event`` always works, too."""
    features: tuple[str, ...] = ("ignore",)
    """What the site's beacon does besides page views; names of ``features.FEATURES``."""
    small_cells: int = 5
    """Attributes of the person with fewer visitors than this are folded into one row; 1: none are, for signed-in people and
    API keys."""
    hidden_properties: tuple[str, ...] = ()
    """Properties of events that the dashboard does not list."""
    keep_rows_months: int = 13
    """For how many whole months, besides the current one, events are kept; of earlier ones totals stay."""
    keep_totals_months: int = 0
    """For how many whole months totals are kept; 0: for ever."""
    week_start: WeekStart = "monday"
    """The first day of the week, for everybody who reads the site's figures: a week is a figure, not a matter of taste."""

    @property
    def first_weekday(self) -> int:
        """``week_start`` as a number, as in ``date.weekday``: 0 is Monday."""
        return WEEKDAYS[self.week_start]


class FormerDomain(Struct, frozen=True):
    """A domain that a site had before it was renamed."""

    domain: str
    until: int
    """Seconds since the epoch; until then, events for it are counted for the site."""


class Site(Struct, frozen=True, kw_only=True):
    """One site: it has its own file, its own keys, its own time zone."""

    id: str
    """Random letters and digits; names the file ``sites/<id>.duckdb``."""
    domain: str
    """Lower case, without ``www.``, IDN in its ASCII form, with the port if there is one."""
    timezone: str = "UTC"
    """An IANA name; decides where days begin."""
    settings: SiteSettings = SiteSettings()
    former_domains: tuple[FormerDomain, ...] = ()

    def domains_at(self, moment: float) -> list[str]:
        """The domains that are accepted for this site at ``moment``: its own, and former ones that are still valid."""
        return [self.domain, *(former.domain for former in self.former_at(moment))]

    def former_at(self, moment: float) -> list[FormerDomain]:
        """The former domains that are still valid at ``moment``."""
        return [former for former in self.former_domains if moment < former.until]


NOWHERE = Site(id="nowhere", domain="")
"""Holds the ledger of events that are for no site here; its days are UTC's."""


class SectionRule(Struct, frozen=True, kw_only=True):
    """A named part of a site: the pages whose path matches ``pattern``.

    ``name`` may have levels, separated by ``/``: ``Shop/Sale``. In ``pattern`` ``*`` stands for any run of characters within
    a folder, ``**`` for any run of characters.
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
    """An owner's own row in the table of sources (``ingest/sources.py``), for all sites; it precedes the built-in rows."""

    id: int = 0
    name: str
    kind: SourceKind
    hosts: tuple[str, ...] = ()
    """As in the table: without ``www.``; ``example.*`` for every public suffix; apps by their reversed names."""
    tags: tuple[str, ...] = ()
    """The values of ``utm_source``, ``source`` or ``ref`` that mean it, in lower case."""


GoalKind = Literal["event", "page", "scroll"]


class Goal(Struct, frozen=True, kw_only=True):
    """Something an owner wants visitors to do. Evaluated when a question is asked, so it applies to past events at once."""

    id: int
    name: str
    """What it is called in tables and filters; unique within the site."""
    kind: GoalKind
    """``event``: an event of ``event_name``; ``page``: a page view of ``page_path``; ``scroll``: a page of ``page_path``
    scrolled down to ``scroll_threshold``."""
    event_name: str = ""
    page_path: str = ""
    """A pattern as in ``SectionRule``: ``*`` within a folder, ``**`` any run of characters."""
    scroll_threshold: int = -1
    """Per cent of the page, 0-100, of scroll goals; -1: none."""
    currency: str = ""
    """ISO 4217, of event goals whose events carry revenue; empty: none."""
    props: dict[str, str] = field(default_factory=dict)
    """Properties that the event must carry with exactly these values."""


class Segment(Struct, frozen=True, kw_only=True):
    """Filters that an owner saved under a name, used in a question as ``["is", "segment", [id]]``."""

    id: int
    name: str
    filters: list[Any]
    """As in a question (docs/api.md)."""


FUNNEL_STEPS = range(2, 9)
"""How many steps a funnel may have."""


class Funnel(Struct, frozen=True, kw_only=True):
    """Steps that an owner wants visits to take one after the other (query/funnel.py says how they are counted)."""

    id: int = 0
    name: str
    """Unique within the site."""
    steps: tuple[Any, ...]
    """Each a filter as in a question, about one event: ``["is", "event:page", ["/cart"]]``."""
    strict: bool = False
    """Whether nothing may happen on another page between two steps."""


class Note(Struct, frozen=True, kw_only=True):
    """What happened on a day, shown beside the figures: a release, a mailing, a holiday."""

    id: int = 0
    day: date
    """In the site's zone."""
    time: str = ""
    """``HH:MM`` on the site's clock; empty: the day as a whole."""
    text: str
    public: bool = False
    """Whether shared and public views show it, too."""


ShareKind = Literal["public", "unlisted", "password"]


class SharedLink(Struct, frozen=True, kw_only=True):
    """A view of a site for people without an account, and what it is limited to (docs/decisions/0028).

    Its days are in the site's zone.
    """

    id: int = 0
    name: str
    """For the owner's list; unique within the site."""
    token: str = ""
    """The random end of its address."""
    kind: ShareKind = "unlisted"
    """``public``: at the site's own address, also for search engines; ``unlisted``: for whoever has the address;
    ``password``: for whoever also knows a password."""
    sections: tuple[str, ...] = ()
    """Only these parts of the site; empty: all."""
    filters: list[Any] = field(default_factory=list)
    """Added to every question, as in docs/api.md."""
    dashboard: str = "main"
    """Name of the dashboard that is shown."""
    panels: tuple[str, ...] = ()
    """Names of those of its panels that are shown; empty: all."""
    first: date | None = None
    """No earlier day is shown."""
    last: date | None = None
    """No later day is shown."""
    days: int = 0
    """Only so many days up to today, whichever day that is; 0: ``first`` and ``last`` decide."""
    expires: date | None = None
    """The last day on which it works."""
    exports: bool = False
    """Whether its figures can be downloaded as files."""
    hosts: tuple[str, ...] = ()
    """Whose pages may embed it, as ``example.org``, ``*.example.org`` or ``localhost:3000``; empty: nobody's."""
    counter: bool = False
    """Whether it is also a public counter of page views."""


CorrectionKind = Literal["ignore", "delete", "rename"]


class Correction(Struct, frozen=True, kw_only=True):
    """An owner's rule about past events and, unless it has an end, about those to come.

    It is decided on each event by itself. Corrections are applied in the order they were made: a later one sees what the
    earlier ones left. Days are in the site's zone, moments in seconds since the epoch.
    """

    id: int = 0
    """Rises with the time of making."""
    kind: CorrectionKind
    """``ignore``: not counted; ``delete``: not counted if it happened before ``until``; ``rename``: ``pattern`` becomes
    ``replacement``."""
    filters: list[Any] = field(default_factory=list)
    """Which events, as in a question (docs/api.md); all filters have to hold."""
    first_day: date | None = None
    """None: no limit, as in ``last_day``."""
    last_day: date | None = None
    dimension: Literal["event:page", "event:hostname"] = "event:page"
    """What a ``rename`` changes."""
    pattern: str = ""
    """RE2; has to match the whole value."""
    replacement: str = ""
    """``\\1`` to ``\\9`` stand for the pattern's groups."""
    until: int | None = None
    """Events from this moment on are not touched. A whole quarter-hour, because sealed days store no finer times. None: it
    applies to all events to come."""
    made_at: int = 0
    undone_at: int | None = None
    settled_at: int | None = None
    """When it became final: what it removed was erased and can no longer be restored."""
