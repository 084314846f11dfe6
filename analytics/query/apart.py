"""The events kept apart of a site: listed, restored, and put back.

Rows are moved in one transaction of the site's own file, which records what was moved; the audit log is written after it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from analytics.clock import Clock
from analytics.errors import NotFound
from analytics.query import cells
from analytics.query.dimensions import COUNTRIES, DIMENSIONS, Dimension
from analytics.site import Site
from analytics.store.base import Chosen, Dialect, Store
from analytics.store.control.audit import Audit

MOST_NAMED = 30
"""Robots or hosts of one group that are listed by name; the rest are one line."""
MOST_VALUES = 8
"""Rows of each table in the details of a selection."""

ASPECTS: dict[str, str] = {
    "path": "event:page", "source": "visit:source", "country": "visit:country_name", "browser": "visit:browser",
}  # fmt: skip
"""The tables in the details of a selection: column -> the dimension under which it is known."""


class Heap(Struct, frozen=True):
    """The events kept apart of one robot, spam host or host; or of the rest of a group, which has too many to name."""

    reason: str
    category: str
    who: str | None
    """None: the rest of the group."""
    days: Mapping[date, int]
    """Events by day, of days that have any."""

    @property
    def events(self) -> int:
        """The number of events over all days."""
        return sum(self.days.values())


class Value(Struct, frozen=True):
    """One row of the details of a selection."""

    text: str
    events: int
    path: str = ""
    """Set for a page, so that the selection can be narrowed to it."""


class Sample(Struct, frozen=True, kw_only=True):
    """The details of a selection that help to tell people from robots."""

    events: int
    visits: int
    visitors: int
    """Daily ones."""
    single: int
    """Visits with a single event."""
    days: Mapping[date, int]
    """Events by day."""
    values: Mapping[str, Sequence[Value]]
    """By the names of ``ASPECTS``, those with the most events first."""


class Restored(Struct, frozen=True):
    """The rows that were restored at one moment."""

    at: datetime
    """UTC, without a zone."""
    reason: str
    category: str | None
    """None: several categories; likewise for ``who``."""
    who: str | None
    rows: int
    first: date
    last: date


class KeptApart:
    """Lists, restores and puts back events. ``freshen`` loads what is waiting for a site in the spool. Safe to use from
    several threads."""

    def __init__(self, store: Store, audit: Audit, freshen: Callable[[Site], None], dialect: Dialect, clock: Clock) -> None:
        self._store, self._audit, self._freshen, self._dialect, self._clock = store, audit, freshen, dialect, clock

    def heaps(self, site: Site) -> list[Heap]:
        """Everything that is kept apart, by reason, category and who. Raises StoreUnavailable, as all methods do."""
        self._freshen(site)
        found: dict[tuple[str, str, str | None], dict[date, int]] = {}
        for reason, category, who, day, events in self._read(site, "apart", {"most": MOST_NAMED}):
            found.setdefault((reason, category, who), {})[day] = events
        return [Heap(*of, days) for of, days in found.items()]

    def sample(self, site: Site, chosen: Chosen) -> Sample:
        """The details of a selection. Countries and browsers with fewer visitors than ``small_cells`` are one row, since
        some of them may be people (docs/decisions/0018-kept-apart.md)."""
        self._freshen(site)
        by_day = self._read(site, "apart_chosen", asdict(chosen))
        values = self._read(site, "apart_values", {**asdict(chosen), "most": MOST_VALUES})
        events, visits, visitors, single = (sum(row[column] for row in by_day) for column in (1, 2, 3, 4))
        return Sample(
            events=events,
            visits=visits,
            visitors=visitors,
            single=single,
            days={row[0]: row[1] for row in by_day},
            values={
                name: _told(DIMENSIONS[known], [row[1:] for row in values if row[0] == name], site.settings.small_cells)
                for name, known in ASPECTS.items()
            },
        )

    def restored(self, site: Site) -> list[Restored]:
        """What was restored and can still be put back, the latest first."""
        return [Restored(*row) for row in self._read(site, "restored", {})]

    def restore(self, site: Site, chosen: Chosen, *, by: str) -> int:
        """Counts the selected events, in all answers at once; returns how many there were. Restoring again restores nothing
        more."""
        self._freshen(site)
        at = datetime.fromtimestamp(self._clock(), UTC).replace(tzinfo=None)
        told = f"{site.domain}: {described(chosen)}"
        return self._store.restore(site, chosen, at, lambda rows: self._audit.note(by, "restored", f"{told}, {rows} events"))

    def put_back(self, site: Site, at: datetime, *, by: str) -> int:
        """Undoes the restore of that moment; returns how many events were put back. Raises NotFound."""
        if all(each.at != at for each in self.restored(site)):
            raise NotFound("This has already been undone, or is older than the events that are set aside")
        told = f"{site.domain}: what was restored at {at:%Y-%m-%d %H:%M} UTC"
        return self._store.withdraw(site, at, lambda rows: self._audit.note(by, "put back", f"{told}, {rows} events"))

    def _read(self, site: Site, report: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return self._store.query(site, self._dialect.report(report), parameters)


def described(chosen: Chosen) -> str:
    """The selection in a few words, for the audit log."""
    named = [part for part in (chosen.reason, chosen.category, chosen.who, chosen.path) if part]
    return f"{' / '.join(named)}, {chosen.first} to {chosen.last}"


def _told(dimension: Dimension, counted: Sequence[tuple[str, int, int]], k: int) -> list[Value]:
    """The rows of one dimension; each entry of ``counted`` is (value, events, visitors)."""
    if dimension.person and k > 1:
        return _folded(dimension, counted, k)
    page = dimension.name == "event:page"
    return [Value(_text(dimension, value), events, value if page else "") for value, events, _ in counted[:MOST_VALUES]]


def _folded(dimension: Dimension, counted: Sequence[tuple[str, int, int]], k: int) -> list[Value]:
    label = f"(fewer than {k})"
    known = cells.apart({(value,): visitors for value, _, visitors in counted}, k, label).known
    told = [Value(_text(dimension, value), events) for value, events, _ in counted if value in known]
    rest = sum(events for value, events, _ in counted if value not in known)
    return told[:MOST_VALUES] + ([Value(label, rest)] if rest else [])


def _text(dimension: Dimension, value: str) -> str:
    """The name under which a column's value is known."""
    if not value:
        return dimension.blank
    return COUNTRIES.get(value, value) if dimension.column == "country" else value
