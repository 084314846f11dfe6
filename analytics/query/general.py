"""Counts over any rows, as they lie in the table: slow, and right for every question.

Its named tables, each made from those before::

    rows      the events that are asked about
    journeys  one row a visit: what it did within the range            (only where asked for)
    pages     one row a path: its section, the goals' patterns it matches  (only where asked for)
    done0 ... the visits that have an event for which a filter holds   (only where asked for)
    matched   the events that the filters leave, with their dimensions d0, d1 ... and their bucket
    people    visitors by stretch of time, where a visit may lie in several
    first_seen  visits by the first stretch of time in which they were active
    ways      one row a visit and group, with the visit's facts; by page, where it entered
    depths    one row a visit and group, with how far it scrolled down

Every value is a parameter; identifiers come from the registries and from this file alone.
"""

from collections.abc import Callable, Sequence

from analytics.model import ENGAGEMENT, PAGEVIEW
from analytics.query import filters as filtering
from analytics.query import goals as goaling
from analytics.query import sections
from analytics.query.buckets import Buckets
from analytics.query.dimensions import GOAL, Asked, Columns
from analytics.query.dimensions import Kind as DimensionKind
from analytics.query.filters import conditions_of
from analytics.query.measures import Kind, Measure
from analytics.query.plan import Plan
from analytics.query.statement import Counts, Draft, Scope, select, where
from analytics.site import Goal

_JOURNEY = {
    "entry_page": ("path", True),
    "exit_page": ("path", False),
    "entry_page_hostname": ("hostname", True),
    "exit_page_hostname": ("hostname", False),
}
"""Column of a visit's journey -> the column of its page views that it is, and whether of the first or the last."""
_ENTERED = {"path": "entry_page", "hostname": "entry_page_hostname"}
"""Column of an event -> what it is of the visit's entry."""
_FACTS = ("bounced", "duration", "pageviews")


def counts(draft: Draft, plan: Plan, scope: Scope, parts: Sequence[str], *, few: bool = False) -> list[Counts]:
    """The scope's measures over the events of ``parts``. Each part is what follows FROM, with its WHERE clause; no event is
    in two of them. ``few`` says that they select so few events that reading them once and keeping them is faster than
    reading them wherever they are needed."""
    return _General(draft, plan, scope, parts, few).counts()


def events(draft: Draft, plan: Plan, scope: Scope, parts: Sequence[str]) -> str:
    """Names a table of the events of ``parts`` that the scope's filters select, one row each, with visit, visitor, name,
    time and the scope's dimensions; returns its name."""
    return _General(draft, plan, scope, parts).events()


class _Columns:
    """The columns of one table as dimensions and filters see them (``Columns``); records which are used."""

    def __init__(self, general: "_General", names: dict[str, str], section: str) -> None:
        self._general = general
        self._names = names
        self._section = section
        self.dialect = general.draft.dialect
        self.goals = general.plan.goals

    def column(self, name: str) -> str:
        name = self._names.get(name, name)
        if name == "section":
            return self._general.use_section(self._section)
        return self._general.use(name)

    def level(self, depth: int) -> str:
        return self._general.use_level(self._section, depth)

    def goal(self) -> str:
        return goaling.names_sql(self._general.shown, self)

    def page_matches(self, pattern: str) -> str:
        return self._general.use_match(self._section, pattern)

    def visit_has(self, test: str) -> str:
        return self._general.use_visits(test)

    def bind(self, value: object) -> str:
        return self._general.draft.bind(value)

    def decided(self, _asked: Asked, _test: Callable[[Columns], str], /) -> str | None:
        return None


class _General:
    """Compiles one scope into counts; records which columns and tables it needs."""

    def __init__(self, draft: Draft, plan: Plan, scope: Scope, parts: Sequence[str], few: bool = False) -> None:
        self.draft = draft
        self._few = few
        self.plan = plan
        self.scope = scope
        self._parts = parts
        self._columns: dict[str, None] = dict.fromkeys(("visit", "visitor", "name", "time"))
        self._tables: set[str] = set()
        self._sectioned = False
        self._levels: set[int] = set()
        self._matches: dict[str, str] = {}
        self._done: dict[str, str] = {}
        self.shown: list[Goal] = []
        self._pages = scope.keys_of(DimensionKind.PAGE)
        self._time = scope.time

    def events(self) -> str:
        matched = self._matched()
        self._sources()
        return self._table("matched", matched)

    def counts(self) -> list[Counts]:
        self.events()
        return [*self._tallies(), *self._people(), *self._visited(), *self._averages(), *self._depths(), *self._exits()]

    def _table(self, name: str, sql: str) -> str:
        return self.draft.table(self._name(name), sql)

    def _name(self, name: str) -> str:
        return self.scope.prefix + name

    def _as(self, name: str) -> str:
        """The scope's name for a table."""
        return f"{self._name(name)} AS {name}" if self.scope.prefix else name

    # --- what dimensions and filters call -----------------------------------------------------------------

    def use(self, name: str) -> str:
        """A column of an event or of its visit's journey; joins the tables that have it."""
        if name in _JOURNEY or name in _FACTS:
            self._tables.add("journeys")
            self._columns.update(dict.fromkeys(("seq", "path", "hostname", "interactive", "gap")))
            return f"journeys.{name}"
        if name == "bucket":
            return "buckets.bucket"
        self._columns[name] = None
        return f"rows.{name}"

    def use_section(self, alias: str) -> str:
        """The section of the event's page, or of the visit's entry page."""
        self._columns["path"] = None
        self._tables.add(alias)
        self._sectioned = True
        if alias == "entered":
            self.use("entry_page")
        return f"{alias}.section"

    def use_level(self, alias: str, depth: int) -> str:
        """The first levels of that section."""
        self.use_section(alias)
        self._levels.add(depth)
        return f"{alias}.level{depth}"

    def use_match(self, alias: str, pattern: str) -> str:
        """Whether that page matches a pattern."""
        self._columns["path"] = None
        self._tables.add(alias)
        return f"{alias}.{self._matches.setdefault(pattern, f'match{len(self._matches)}')}"

    def use_visits(self, test: str) -> str:
        """Whether the event's visit has an event for which ``test`` holds."""
        name = self._done.setdefault(test, self._name(f"done{len(self._done)}"))
        return self.draft.among("rows.visit", name, "visit")

    # --- the rows -----------------------------------------------------------------------------------------

    def _sources(self) -> None:
        """The tables that ``matched`` needs."""
        rows = "\nUNION ALL\n".join(select(self._columns, part) for part in self._parts)
        self.draft.table(self._name("rows"), rows, kept=self._few)
        if "journeys" in self._tables:
            self._table("journeys", self._journeys())
        if self._tables & {"pages", "entered"}:
            # Kept: else a filter by section would be computed for every row instead of every path.
            self.draft.table(self._name("pages"), self._places(), kept=True)
        for test, name in self._done.items():
            self.draft.table(name, select(["DISTINCT rows.visit"], self._with_pages(self._as("rows")), where(test)))
        if self.plan.buckets and self._time:
            starts = [start.replace(tzinfo=None) for start in self.plan.buckets.starts]
            lists: dict[str, Sequence[object]] = {
                "start": starts,
                "bucket": self.plan.buckets.keys,
                "number": range(len(starts)),
            }
            bound = {name: self.draft.bind(list(values)) for name, values in lists.items()}
            self._table("buckets", self.draft.dialect.unnested(bound))

    def _journeys(self) -> str:
        views = "FILTER (WHERE name = 'pageview')"
        pick = {True: self.draft.dialect.first, False: self.draft.dialect.last}
        ends = [
            f"coalesce({pick[first](column, 'seq')} {views}, '') AS {name}" for name, (column, first) in _JOURNEY.items()
        ]
        interactions = "count(*) FILTER (WHERE interactive AND name NOT IN ('pageview', 'engagement'))"
        facts = [
            f"count(*) {views} = 1 AND {interactions} = 0 AS bounced",
            "sum(gap) AS duration",
            f"count(*) {views} AS pageviews",
        ]
        return select(["visit", *ends, *facts], self._name("rows"), "GROUP BY visit")

    def _places(self) -> str:
        """Each path with everything derived from it: computed once, however many events it has."""
        paths = select(["DISTINCT path"], self._name("rows"))
        wanted = sections.Wanted(self._sectioned, sorted(self._levels), self._matches)
        return sections.table_sql(paths, wanted, self.draft.rules, self.draft)

    def _matched(self) -> str:
        if all(asked.name != GOAL for asked in self.scope.dimensions):
            return self._events()
        return "\nUNION ALL\n".join(self._reaching(goals) for goals in self._goals())

    def _goals(self) -> list[list[Goal]]:
        """The listed goals by kind: events that reach one kind are found without looking at the others."""
        shown = filtering.shown_goals(self.scope.filters, self.plan.goals)
        kinds = sorted({goal.kind for goal in shown})
        return [[goal for goal in shown if goal.kind == kind] for kind in kinds] or [[]]

    def _reaching(self, goals: list[Goal]) -> str:
        self.shown = goals
        return self._events(goaling.reached_sql(goals, _Columns(self, {}, "pages")))

    def _events(self, *more: str) -> str:
        """The events that the filters select and for which ``more`` holds."""
        columns = _Columns(self, {}, "pages")
        chosen = ["rows.visit", "rows.visitor", "rows.name", "rows.time"]
        chosen += [self.use(name) for name, needed in _CARRIED.items() if needed(self.scope)]
        if self._smeared():
            chosen += [self.use("day"), "buckets.number"]
        averages = self.scope.of(Kind.AVERAGE)
        if averages:
            chosen += [self.use(fact) for fact in _FACTS]
        dimensions = dict(zip(self.scope.keys, self.scope.dimensions, strict=True))
        chosen += [f"{asked.value(columns)} AS {key}" for key, asked in dimensions.items()]
        if averages:
            entered = _Columns(self, _ENTERED, "entered")
            chosen += [f"{dimensions[key].value(entered)} AS {_entry(key)}" for key in self._pages]
        tests = [filtering.sql(part, columns) for part in self.scope.filters]
        matched = select(chosen, self._joined(), where(*more, *tests))
        return self._with_earnings(matched) if _about_money(self.scope) else matched

    def _with_earnings(self, matched: str) -> str:
        """What each event earned in the currency of its row, and whether it earned something in another."""
        revenue, bind = self.plan.revenue, self.draft.bind
        if revenue is None:
            raise ValueError("earnings need the plan's currency")
        if revenue.goal is None:
            wanted = bind(revenue.currency(()))
        else:
            goals, currencies = bind(list(revenue.currencies)), bind(list(revenue.currencies.values()))
            wanted = self.draft.dialect.looked_up(self.scope.keys[revenue.goal], goals, currencies)
        earned = f"CASE WHEN currency = {wanted} THEN revenue END AS earned"
        otherwise = f"revenue IS NOT NULL AND currency <> {wanted} AND {wanted} <> '' AS earned_otherwise"
        return select(["*", earned, otherwise], f"({matched})")

    def _joined(self) -> str:
        source = self._as("rows")
        if self._time:
            source = self._in_buckets(source, self.plan.buckets)
        if "journeys" in self._tables:
            source += f" JOIN {self._as('journeys')} ON journeys.visit = rows.visit"
        source = self._with_pages(source)
        if "entered" in self._tables:
            source += f" LEFT JOIN {self._name('pages')} AS entered ON entered.path = journeys.entry_page"
        return source

    def _in_buckets(self, source: str, buckets: Buckets | None) -> str:
        """Each row with its bucket. If all buckets are equally long it is computed; looking it up takes ten times as
        long."""
        dialect, bind = self.draft.dialect, self.draft.bind
        if buckets is None or buckets.length is None:
            return dialect.latest_join(source, self._as("buckets"), "rows.time", "buckets.start")
        start, length = bind(buckets.starts[0].replace(tzinfo=None)), bind(int(buckets.length.total_seconds()))
        last = bind(len(buckets.starts) - 1)
        number = f"least({dialect.stretch('rows.time', start, length)}, {last})"
        return f"{source} JOIN {self._as('buckets')} ON buckets.number = {number}"

    def _with_pages(self, source: str) -> str:
        return source + f" JOIN {self._as('pages')} ON pages.path = rows.path" if "pages" in self._tables else source

    # --- the counts ---------------------------------------------------------------------------------------

    def _smeared(self) -> bool:
        """Whether visitors are counted in every bucket of their visit, not only where an event matched."""
        buckets = self.plan.buckets
        return bool(self._time and buckets and buckets.smears and self.scope.of(Kind.PEOPLE) and not self._about_events())

    def _about_events(self) -> bool:
        """Whether a filter or a dimension distinguishes single events rather than whole visits."""
        asked = [*self.scope.dimensions, *(one.dimension for one in conditions_of(self.scope.filters, of_visits=False))]
        return any(one.dimension.kind in (DimensionKind.PAGE, DimensionKind.EVENT) for one in asked)

    def _grouped(self, measures: Sequence[Measure], source: str, *, present: bool = False) -> Counts:
        keys = self.scope.keys
        known = where(*(f"{key} IS NOT NULL" for key in keys))
        values = {one.name: one.value for one in measures}
        return Counts({key: key for key in keys}, values, f"{self._name(source)} {known}".rstrip(), present)

    def _tallies(self) -> list[Counts]:
        kinds = [Kind.EVENT, *([] if self._smeared() else [Kind.PEOPLE]), *([] if self._time else [Kind.VISITS])]
        return [self._grouped(self.scope.of(*kinds), "matched", present=True)]

    def _people(self) -> list[Counts]:
        """Per visit and day from its first event to its last."""
        if not self._smeared():
            return []
        keys = ["visit", "visitor", "day", *(key for key in self.scope.keys if key != self._time)]
        ends = ["min(number) AS first_number", "max(number) AS last_number"]
        self._table("spans", select([*keys, *ends], self._name("matched"), "GROUP BY " + ", ".join(keys)))
        keyed = [f"{'buckets.bucket' if key == self._time else 'spans.' + key} AS {key}" for key in self.scope.keys]
        # Most visits lie in one bucket, which is found at once; only the others search a stretch of buckets.
        begun = "buckets.number = spans.first_number"
        further = "buckets.number > spans.first_number AND buckets.number <= spans.last_number"
        parts = [
            select(["spans.visitor", *keyed], f"{self._as('spans')} JOIN {self._as('buckets')} ON {overlap}", more)
            for overlap, more in ((begun, ""), (further, where("spans.last_number > spans.first_number")))
        ]
        self._table("people", "\nUNION ALL\n".join(parts))
        return [self._grouped(self.scope.of(Kind.PEOPLE), "people", present=True)]

    def _visited(self) -> list[Counts]:
        visits = self.scope.of(Kind.VISITS)
        if not (self._time and visits):
            return []
        self._table("first_seen", self._once(self.scope.keys, []))
        return [self._grouped(visits, "first_seen")]

    def _averages(self) -> list[Counts]:
        averages = self.scope.of(Kind.AVERAGE)
        if not averages:
            return []
        self._table("ways", self._once([_entry(key) if key in self._pages else key for key in self.scope.keys], _FACTS))
        return [self._grouped(averages, "ways")]

    def _depths(self) -> list[Counts]:
        depths = self.scope.of(Kind.DEPTH)
        if not depths:
            return []
        keys = ["visit", *self.scope.keys]
        reading = where(f"name = {self.draft.bind(ENGAGEMENT)}")
        self._table(
            "depths", select([*keys, "max(scroll) AS scroll"], self._name("matched"), reading, "GROUP BY " + ", ".join(keys))
        )
        return [self._grouped(depths, "depths")]

    def _exits(self) -> list[Counts]:
        """Page views by their page, the denominator of exit rates."""
        values = {one.name: one.value for one in self.scope.of(Kind.EXIT)}
        if not values:
            return []
        views = where(f"name = {self.draft.bind(PAGEVIEW)}")
        return [Counts(dict.fromkeys(self.scope.keys, "path"), values, f"{self._name('matched')} {views}", present=False)]

    def _once(self, sources: Sequence[str], facts: Sequence[str]) -> str:
        """One row per visit and group, in the bucket of its first matching event."""
        timeless = [(source, key) for source, key in zip(sources, self.scope.keys, strict=True) if key != self._time]
        chosen = ["visit", *(f"{source} AS {key}" for source, key in timeless)]
        if self._time:
            chosen.append(f"{self.draft.dialect.first(self._time, 'time')} AS {self._time}")
        chosen += [f"any_value({fact}) AS {fact}" for fact in facts]
        grouped = "GROUP BY " + ", ".join(["visit", *(source for source, _ in timeless)])
        return select(chosen, self._name("matched"), grouped)


def _about_money(scope: Scope) -> bool:
    return any("earned" in measure.value for measure in scope.of(Kind.EVENT))


_CARRIED: dict[str, Callable[[Scope], bool]] = {
    "engaged": lambda scope: any("engaged" in measure.value for measure in scope.of(Kind.EVENT)),
    "revenue": _about_money,
    "currency": _about_money,
    "scroll": lambda scope: bool(scope.of(Kind.DEPTH)),
    "path": lambda scope: bool(scope.of(Kind.EXIT)),
}
"""Column of an event -> whether a scope's measures look at it."""


def _entry(key: str) -> str:
    return f"entry_{key}"
