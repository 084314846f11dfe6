"""What answers can be grouped and filtered by: one row of ``DIMENSIONS`` each.

A dimension's ``value`` is what people see: an empty attribute has its blank name there, in tables and in filters alike, so
that a click on any row of a table can filter by it. Rows whose ``value`` is NULL have no such value at all and are left out
(an engagement event has no event name).
"""

import re
from collections.abc import Callable
from enum import StrEnum
from importlib.resources import files
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from analytics.languages import marked
from analytics.model import ENGAGEMENT
from analytics.site import Goal
from analytics.store.base import Dialect

NOT_SET = "(not set)"
NONE = "(none)"
UNKNOWN = "Unknown"
DIRECT = "Direct / None"
GOAL = "event:goal"
EVENT_NAME = "event:name"
PROPERTIES = "event:props"
JOINT = "\x1f"
"""Between values that are written together; none has it (``ingest/beacon.py`` takes control characters out)."""
SEVERAL = frozenset((GOAL, PROPERTIES))
"""Dimensions of which an event may have several values, or none: it is counted for each of them."""


class Kind(StrEnum):
    """What a dimension describes; decides which metrics it can be combined with."""

    PAGE = "page"
    """Where an event happened. A visit has an entry page, so averages over visits go by that."""
    EVENT = "event"
    """Of an event alone; a visit has many, so averages over visits are refused."""
    VISIT = "visit"
    """Of the whole visit, repeated on each of its events."""
    JOURNEY = "journey"
    """Of the visit's first or last page view; counts of events are refused."""
    TIME = "time"
    """A stretch of the clock in the site's zone."""


class Person(StrEnum):
    """How precisely an attribute of the person tells people apart; decides when small values are folded (``cells.py``)."""

    FINE = "fine"
    COARSE = "coarse"


class Binding(Protocol):
    """What is needed to write SQL with values: the statement that is being compiled."""

    dialect: Dialect

    def bind(self, value: object) -> str:
        """Adds ``value`` as a parameter; returns the SQL that stands for it."""


class Columns(Binding, Protocol):
    """The columns that a ``value`` is built from."""

    goals: tuple[Goal, ...]
    """The site's."""

    def column(self, name: str) -> str:
        """The SQL of a column of the events, of the visit's journey (``entry_page`` ...), or of ``section``."""

    def level(self, depth: int) -> str:
        """The SQL of the first ``depth`` levels of the section; computed once per path, not per event."""

    def goal(self) -> str:
        """The SQL of the names of the goals that the event reaches: one row each."""

    def page_matches(self, pattern: str) -> str:
        """The SQL of whether the event's page matches ``pattern``; computed once per path."""

    def visit_has(self, test: str) -> str:
        """The SQL of whether the event's visit has an event for which the SQL ``test`` holds."""

    def decided(self, asked: "Asked", test: "Callable[[Columns], str]", /) -> str | None:
        """The SQL of a test of this dimension if it cannot be made on the row's own value, else None. ``test`` writes the
        test over other columns."""


Value = Callable[[Columns, str], str]
"""Takes the columns and the dimension's argument (``author`` of ``event:props:author``); returns SQL."""


class Dimension(Struct, frozen=True, kw_only=True):
    """One row of the registry."""

    name: str
    """As in a question; a trailing ``:*`` stands for an argument."""
    label: str
    kind: Kind
    value: Value
    definition: str
    blank: str = ""
    """Shown, and filtered by, in place of an empty value."""
    column: str = ""
    """Set if the value is just a column with its blank name. A filter can then be tested on the column itself, so that the
    engine can skip whole groups of rows."""
    codes: Callable[[str], str] = str
    """Converts a value to what the column contains."""
    argument: str = ""
    """Regular expression for the argument; empty: it takes none."""
    filtered: Value | None = None
    """What filters look at if it is not ``value``; ``is`` then also matches what lies beneath a value."""
    person: Person | None = None
    """Set for attributes of the person; all other dimensions concern content or time."""
    within: str = ""
    """The attribute that each of its values is part of: the region, for a city."""
    recoded: bool = False
    """Whether ``value`` maps everything that may not be told apart in this question to one value (``cells.py``)."""
    known: frozenset[str] = frozenset()
    """The values of a recoded dimension that stand for themselves."""
    of_paths: bool = False
    """Whether its values are paths or folders, which mean the same page in any spelling."""
    accepts: str = ""
    """Regular expression for values that ``is`` may name; ``accepts_text`` describes them."""
    accepts_text: str = ""


class Asked(Struct, frozen=True):
    """A dimension as a question names it: ``event:props:author`` is that text, the registry's row, and the argument
    "author"."""

    name: str
    dimension: Dimension
    argument: str = ""

    @property
    def of_section(self) -> bool:
        """Whether it is a section, at any depth: that depends on the path and on the owner's rules."""
        return self.name.startswith("event:section")

    @property
    def of_path(self) -> bool:
        """Whether it depends only on the path of an event."""
        return self.name == "event:page" or self.of_section

    def value(self, columns: Columns) -> str:
        """The SQL of the value to group by."""
        return self.dimension.value(columns, self.argument)

    def filtered(self, columns: Columns) -> str:
        """The SQL of the value that filters look at."""
        return (self.dimension.filtered or self.dimension.value)(columns, self.argument)


def _column(name: str, blank: str = "") -> Value:
    def value(columns: Columns, _argument: str) -> str:
        column = columns.column(name)
        return f"CASE WHEN {column} = '' THEN {columns.bind(blank)} ELSE {column} END" if blank else column

    return value


def _event_name(columns: Columns, _argument: str) -> str:
    return f"nullif({columns.column('name')}, {columns.bind(ENGAGEMENT)})"


def _property(columns: Columns, name: str) -> str:
    """The SQL of a property. An engagement event without properties says nothing about them: NULL, not "(none)"."""
    found = columns.dialect.property(columns.column("props"), columns.bind(name))
    silent = f"{columns.column('name')} = {columns.bind(ENGAGEMENT)}"
    return f"coalesce(nullif({found}, ''), CASE WHEN {silent} THEN NULL ELSE {columns.bind(NONE)} END)"


def _properties(columns: Columns, _argument: str) -> str:
    return columns.dialect.names(columns.column("props"))


def _goal(columns: Columns, _argument: str) -> str:
    return columns.goal()


def _section(columns: Columns, depth: str) -> str:
    return columns.level(int(depth or 1))


def _country_name(columns: Columns, _argument: str) -> str:
    code = columns.column("country")
    codes, names = columns.bind(list(COUNTRIES)), columns.bind(list(COUNTRIES.values()))
    return f"CASE WHEN {code} = '' THEN {columns.bind(UNKNOWN)} ELSE {columns.dialect.looked_up(code, codes, names)} END"


def _clock(columns: Columns, _argument: str) -> str:
    return columns.column("bucket")


def _countries() -> dict[str, str]:
    """Country code -> usual English name, from the table that comes with the time zones (public domain)."""
    table = files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[0]: row[1] for row in rows}


COUNTRIES: dict[str, str] = _countries()
"""ISO 3166-1 alpha-2 code -> name."""
_CODES = {name: code for code, name in COUNTRIES.items()}


def _page(
    name: str,
    label: str,
    value: Value,
    definition: str,
    *,
    argument: str = "",
    filtered: Value | None = None,
    column: str = "",
    of_paths: bool = True,
) -> Dimension:
    return Dimension(
        name=name, label=label, kind=Kind.PAGE, value=value, definition=definition, argument=argument, filtered=filtered,
        column=column, of_paths=of_paths,
    )  # fmt: skip


def _event(name: str, label: str, value: Value, definition: str, *, argument: str = "", blank: str = "") -> Dimension:
    return Dimension(
        name=name, label=label, kind=Kind.EVENT, value=value, definition=definition, argument=argument, blank=blank
    )


def _visit(name: str, label: str, column: str, blank: str, definition: str) -> Dimension:
    return Dimension(
        name=f"visit:{name}",
        label=label,
        kind=Kind.VISIT,
        value=_column(column, blank),
        definition=definition,
        blank=blank,
        column=column,
    )


def _coarse(name: str, label: str, definition: str) -> Dimension:
    return replace(_visit(name, label, name, NOT_SET, definition), person=Person.COARSE)


def _fine(name: str, label: str, column: str, blank: str, definition: str, *, within: str = "") -> Dimension:
    return replace(
        _visit(name, label, column, blank, definition), person=Person.FINE, within=f"visit:{within}" if within else ""
    )


def _journey(name: str, label: str, column: str, definition: str) -> Dimension:
    return Dimension(
        name=f"visit:{name}", label=label, kind=Kind.JOURNEY, value=_column(column, NONE), definition=definition, blank=NONE,
        of_paths=column.endswith("page"),
    )  # fmt: skip


def _time(name: str, label: str, definition: str) -> Dimension:
    return Dimension(name=name, label=label, kind=Kind.TIME, value=_clock, definition=definition)


_WHOLE_SECTION = _column("section")
# fmt: off
_COUNTRY = Dimension(
    name="visit:country", label="Country", kind=Kind.VISIT, value=_column("country", UNKNOWN), blank=UNKNOWN,
    column="country", definition="Country in which the visitor's network is registered.", person=Person.COARSE,
    accepts="[A-Za-z]{2}", accepts_text=marked('a country is two letters, such as "DE"'),
)
_COUNTRY_NAME = Dimension(
    name="visit:country_name", label="Country", kind=Kind.VISIT, value=_country_name, blank=UNKNOWN,
    column="country", codes=lambda name: _CODES.get(name, name),
    definition="Country in which the visitor's network is registered, by its English name.", person=Person.COARSE,
)

_ROWS = (
    _event(EVENT_NAME, "Event", _event_name, "The event's name; a page view is called pageview."),
    _page("event:page", "Page", _column("path"), "Path of the page where the event happened.", column="path"),
    _event(GOAL, "Goal", _goal, "Goal that the event completes; an event that completes several counts for each of them."),
    _page("event:hostname", "Hostname", _column("hostname"), "Host of the page where the event happened.",
          column="hostname", of_paths=False),
    _event(PROPERTIES, "Property", _properties,
           "Name of a property of the event; an event with several counts for each of them. For grouping only, not "
           "for filters."),
    _event("event:props:*", "Property", _property, "Value of this property of the event.",
           argument=r"(?s:.{1,300})", blank=NONE),
    _page("event:section", "Section", _section, "Top-level section of the site that the page belongs to.",
          filtered=_WHOLE_SECTION),
    _page("event:section:*", "Section", _section, "Section of the site that the page belongs to, down to this many levels.",
          argument=r"[1-9]|1\d|20", filtered=_WHOLE_SECTION),
    _visit("source", "Source", "source", DIRECT, "Site, app or campaign that the visit came from."),
    _visit("channel", "Channel", "channel", "Direct", "Type of source that the visit came from."),
    _visit("referrer", "Referrer", "referrer", DIRECT, "Page that linked to the visit's first page."),
    *(_visit(f"utm_{name}", f"UTM {name}", f"utm_{name}", NOT_SET,
             f"The utm_{name} parameter of the link that started the visit.")
      for name in ("source", "medium", "campaign", "content", "term")),
    _visit("click_id", "Click ID", "click_id", NOT_SET,
           "Type of click ID (gclid, fbclid ...) in the link that started the visit; the ID itself is not stored."),
    _coarse("device", "Device", "Desktop, Mobile, Tablet, TV or Console."),
    _coarse("browser", "Browser", "Browser, without its version."),
    _fine("browser_version", "Browser version", "browser_version", NOT_SET, "Major version of the browser.",
          within="browser"),
    _coarse("os", "System", "Operating system, without its version."),
    _fine("os_version", "System version", "os_version", NOT_SET, "Major version of the operating system.", within="os"),
    _COUNTRY,
    _COUNTRY_NAME,
    _fine("region", "Region", "region", UNKNOWN, "Region, if the site stores it.", within="country"),
    _fine("region_name", "Region", "region", UNKNOWN, "Region, if the site stores it, by name.", within="country"),
    _fine("city", "City", "city", UNKNOWN, "City, if the site stores it.", within="region"),
    _fine("city_name", "City", "city", UNKNOWN, "City, if the site stores it, by name.", within="region"),
    _fine("language", "Language", "language", NOT_SET, "The browser's preferred language."),
    _fine("screen", "Screen", "screen", NOT_SET, "Screen width, in four classes."),
    _journey("entry_page", "Entry page", "entry_page", "First page viewed in the visit."),
    _journey("exit_page", "Exit page", "exit_page", "Last page viewed in the visit."),
    _journey("entry_page_hostname", "Entry hostname", "entry_page_hostname", "Host of the first page viewed in the visit."),
    _journey("exit_page_hostname", "Exit hostname", "exit_page_hostname", "Host of the last page viewed in the visit."),
    _time("time", "Time", "Chosen by the length of the period: hours for up to 2 days, days for up to 40 days, weeks "
    "for up to 52 weeks, otherwise months."),
    _time("time:minute", "Minute", "Minute in the site's time zone; for past days, times are stored to the quarter of "
    "an hour."),
    _time("time:hour", "Hour", "Hour in the site's time zone."),
    _time("time:day", "Day", "Day in the site's time zone."),
    _time("time:week", "Week", "Week in the site's time zone, starting on the day chosen in its settings (by default "
    "Monday)."),
    _time("time:month", "Month", "Month in the site's time zone."),
    _time("time:hour_of_week", "Hour of the week",
          "Day of the week and hour in the site's time zone, in the order of its weeks."),
)
# fmt: on

DIMENSIONS: dict[str, Dimension] = {row.name: row for row in _ROWS}
"""Every dimension by name, in the order that documentation lists them."""


def find(name: str) -> Asked | None:
    """The dimension that a question calls ``name``, or None."""
    family, _, argument = name.rpartition(":")
    if name.startswith("event:props:"):
        family, argument = "event:props", name.removeprefix("event:props:")
    for key, found in ((name, ""), (f"{family}:*", argument)):
        row = DIMENSIONS.get(key)
        if row and bool(row.argument) == bool(found) and re.fullmatch(row.argument, found) and is_text(found):
            return Asked(name, row, found)
    return None


def is_text(value: str) -> bool:
    """False for half of a surrogate pair: JSON can write one, but it is not a character, and no engine accepts it."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
