"""A plan as one SELECT. One compiler for every question, so that every panel and answer counts alike.

The statement is a list of named tables (WITH), each made from those before::

    rows      the events of the range
    journeys  one row a visit: what it did within the range            (only where asked for)
    pages     one row a path: the section it lies in                   (only where asked for)
    matched   the events that the filters leave, with their dimensions d0, d1 ... and their bucket
    tallies   counts over events, by dimension
    people    visitors by stretch of time, where a visit may lie in several
    visited   visits by the first stretch of time in which they were active
    averages  averages over visits; by page, over the visits that entered there

Every value is a parameter; identifiers come from the registries and from this file alone.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from analytics.model import SectionRule
from analytics.query import filters as filtering
from analytics.query import sections
from analytics.query.dimensions import Kind as DimensionKind
from analytics.query.metrics import Kind as MetricKind
from analytics.query.metrics import Metric
from analytics.query.plan import Plan, full_order
from analytics.store.base import Dialect

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


class Statement(Struct, frozen=True):
    """What the store is asked: the columns are the question's dimensions, then its metrics. A time dimension is
    the number of a bucket's label."""

    sql: str
    parameters: dict[str, Any]


def statement(
    plan: Plan, rules: Sequence[SectionRule], dialect: Dialect, *, only: Sequence[Any] | None = None, paged: bool = True
) -> Statement:
    """The SELECT that answers ``plan``; ``rules`` are the site's named sections.

    ``only``: just the rows whose first dimension is one of these. ``paged``: False leaves the order and the
    question's limit away.
    """
    return _Compiler(plan, rules, dialect).statement(only, paged)


def count(plan: Plan, rules: Sequence[SectionRule], dialect: Dialect) -> Statement:
    """The SELECT that counts the rows of the answer before they are cut into pages."""
    whole = statement(plan, rules, dialect, paged=False)
    return Statement(_select(["count(*)"], f"({whole.sql})"), whole.parameters)


def _select(columns: Iterable[str], source: str, *clauses: str) -> str:
    return "\n".join(["SELECT " + ", ".join(columns), "FROM " + source, *(clause for clause in clauses if clause)])


class _Columns:
    """The columns of one table as dimensions and filters see them (``Columns``); notes which are used."""

    def __init__(self, compiler: "_Compiler", names: dict[str, str], section: str) -> None:
        self._compiler = compiler
        self._names = names
        self._section = section
        self.dialect = compiler.dialect

    def column(self, name: str) -> str:
        name = self._names.get(name, name)
        if name == "section":
            return self._compiler.use_section(self._section)
        return self._compiler.use(name)

    def level(self, depth: int) -> str:
        return self._compiler.use_level(self._section, depth)

    def bind(self, value: object) -> str:
        return self._compiler.bind(value)


class _Compiler:
    """Builds one statement; holds its parameters and which tables it turned out to need."""

    def __init__(self, plan: Plan, rules: Sequence[SectionRule], dialect: Dialect) -> None:
        self.plan = plan
        self.rules = rules
        self.dialect = dialect
        self._parameters: dict[str, Any] = {}
        self._bound: dict[tuple[str, Any], str] = {}
        self._columns: dict[str, None] = dict.fromkeys(("visit", "visitor", "name", "time"))
        self._tables: set[str] = set()
        self._levels: set[int] = set()
        self._metrics = {kind: [m for m in plan.question.metrics if m.kind is kind] for kind in MetricKind}
        self._keys = [f"d{number}" for number in range(len(plan.question.dimensions))]
        kinds = [asked.dimension.kind for asked in plan.question.dimensions]
        self._pages = [key for key, kind in zip(self._keys, kinds, strict=True) if kind is DimensionKind.PAGE]
        self._time = next((key for key, kind in zip(self._keys, kinds, strict=True) if kind is DimensionKind.TIME), None)

    # --- what dimensions and filters call -----------------------------------------------------------------

    def bind(self, value: object) -> str:
        """The parameter that carries ``value``; the same text or number is carried once."""
        key = (type(value).__name__, value) if isinstance(value, str | int) else None
        if key is None or key not in self._bound:
            name = f"p{len(self._parameters)}"
            self._parameters[name] = value
            if key is None:
                return self.dialect.parameter(name)
            self._bound[key] = self.dialect.parameter(name)
        return self._bound[key]

    def use(self, name: str) -> str:
        """A column of an event or of its visit's journey; the tables that have it are joined."""
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
        if alias == "entered":
            self.use("entry_page")
        return f"{alias}.section"

    def use_level(self, alias: str, depth: int) -> str:
        """The first levels of that section."""
        self.use_section(alias)
        self._levels.add(depth)
        return f"{alias}.level{depth}"

    # --- the statement ------------------------------------------------------------------------------------

    def statement(self, only: Sequence[Any] | None, paged: bool) -> Statement:
        parts = {"matched": self._matched()}
        parts |= self._tallies()
        last = self._answer(parts, only, paged)
        before = self._sources()
        named = [f"{name} AS (\n{sql}\n)" for name, sql in (before | parts).items()]
        return Statement("WITH " + ",\n".join(named) + "\n" + last, self._parameters)

    def _sources(self) -> dict[str, str]:
        """The tables that ``matched`` turned out to be made from."""
        found = {}
        start, end = self.plan.range.start.replace(tzinfo=None), self.plan.range.end.replace(tzinfo=None)
        within = f"WHERE time >= {self.bind(start)} AND time < {self.bind(end)}"
        found["rows"] = _select(self._columns, "events", within)
        if "journeys" in self._tables:
            found["journeys"] = self._journeys()
        if self._tables & {"pages", "entered"}:
            found["pages"] = self._sections()
        if self.plan.buckets and self._time:
            starts: list[datetime] = [start.replace(tzinfo=None) for start in self.plan.buckets.starts]
            lists = {"start": self.bind(starts), "bucket": self.bind(list(self.plan.buckets.keys))}
            if self._smeared():
                lists["stop"] = self.bind([*starts[1:], end])
            found["buckets"] = self.dialect.unnested(lists)
        return found

    def _journeys(self) -> str:
        views = "FILTER (WHERE name = 'pageview')"
        pick = {True: self.dialect.first, False: self.dialect.last}
        ends = [
            f"coalesce({pick[first](column, 'seq')} {views}, '') AS {name}" for name, (column, first) in _JOURNEY.items()
        ]
        interactions = "count(*) FILTER (WHERE interactive AND name NOT IN ('pageview', 'engagement'))"
        facts = [
            f"count(*) {views} = 1 AND {interactions} = 0 AS bounced",
            "sum(gap) AS duration",
            f"count(*) {views} AS pageviews",
        ]
        return _select(["visit", *ends, *facts], "rows", "GROUP BY visit")

    def _sections(self) -> str:
        columns = _Columns(self, {}, "pages")
        paths = _select(["DISTINCT path"], "rows")
        places = _select(["path AS page", f"{sections.folder_sql('path', columns)} AS folder"], f"({paths})")
        section = sections.section_sql("page", "folder", self.rules, columns)
        named = _select(["page", f"{section} AS section"], f"({places})")
        levels = [f"{self.dialect.levels('section', self.bind(depth))} AS level{depth}" for depth in sorted(self._levels)]
        return _select(["page", "section", *levels], f"({named})") if levels else named

    def _matched(self) -> str:
        columns = _Columns(self, {}, "pages")
        chosen = ["rows.visit", "rows.visitor", "rows.name", "rows.time"]
        if any("engaged" in metric.value for metric in self._metrics[MetricKind.EVENT]):
            chosen.append(self.use("engaged"))
        if self._smeared():
            chosen.append(self.use("day"))
        if self._metrics[MetricKind.AVERAGE]:
            chosen += [self.use(fact) for fact in _FACTS]
        dimensions = dict(zip(self._keys, self.plan.question.dimensions, strict=True))
        chosen += [f"{asked.value(columns)} AS {key}" for key, asked in dimensions.items()]
        if self._metrics[MetricKind.AVERAGE]:
            entered = _Columns(self, _ENTERED, "entered")
            chosen += [f"{dimensions[key].value(entered)} AS {_entry(key)}" for key in self._pages]
        tests = [filtering.sql(part, columns) for part in self.plan.question.filters]
        return _select(chosen, self._joined(), "WHERE " + " AND ".join(tests) if tests else "")

    def _joined(self) -> str:
        source = "rows"
        if self._time:
            source = self.dialect.latest_join(source, "buckets", "rows.time", "buckets.start")
        if "journeys" in self._tables:
            source += " JOIN journeys ON journeys.visit = rows.visit"
        if "pages" in self._tables:
            source += " JOIN pages ON pages.page = rows.path"
        if "entered" in self._tables:
            source += " LEFT JOIN pages AS entered ON entered.page = journeys.entry_page"
        return source

    # --- the tallies --------------------------------------------------------------------------------------

    def _smeared(self) -> bool:
        """Whether visitors are counted in every bucket of their visit, not just where an event matched."""
        buckets = self.plan.buckets
        return bool(buckets and buckets.smears and self._metrics[MetricKind.PEOPLE] and not self.plan.about_events)

    def _tallies(self) -> dict[str, str]:
        metrics, found = self._metrics, {}
        plain = [*metrics[MetricKind.EVENT], *([] if self._smeared() else metrics[MetricKind.PEOPLE])]
        plain += [] if self._time else metrics[MetricKind.VISITS]
        found["tallies"] = self._grouped(self._keys, [_named(metric) for metric in plain], "matched")
        if self._smeared():
            found["spans"] = self._spans()
            found["people"] = self._people()
        if self._time and metrics[MetricKind.VISITS]:
            found["first_seen"] = self._once(self._keys, [])
            found["visited"] = self._grouped(self._keys, [_named(one) for one in metrics[MetricKind.VISITS]], "first_seen")
        if metrics[MetricKind.AVERAGE]:
            found["ways"] = self._once([_entry(key) if key in self._pages else key for key in self._keys], _FACTS)
            found["averages"] = self._grouped(self._keys, [_named(one) for one in metrics[MetricKind.AVERAGE]], "ways")
        return found

    def _grouped(self, keys: Sequence[str], values: Sequence[str], source: str) -> str:
        """One row a group; without keys one row in any case."""
        known = " AND ".join(f"{key} IS NOT NULL" for key in keys)
        if not keys:
            return _select(values or ["count(*) AS nothing"], source)
        return _select([*keys, *values], source, f"WHERE {known}", "GROUP BY " + ", ".join(keys))

    def _once(self, sources: Sequence[str], facts: Sequence[str]) -> str:
        """One row a visit and group, in the bucket of its first matching event."""
        timeless = [(source, key) for source, key in zip(sources, self._keys, strict=True) if key != self._time]
        chosen = ["visit", *(f"{source} AS {key}" for source, key in timeless)]
        if self._time:
            chosen.append(f"{self.dialect.first(self._time, 'time')} AS {self._time}")
        chosen += [f"any_value({fact}) AS {fact}" for fact in facts]
        return _select(chosen, "matched", "GROUP BY " + ", ".join(["visit", *(source for source, _ in timeless)]))

    def _spans(self) -> str:
        """Per visit and day from its first event to its last."""
        keys = ["visit", "visitor", "day", *(key for key in self._keys if key != self._time)]
        ends = ["min(time) AS first_time", "max(time) AS last_time"]
        return _select([*keys, *ends], "matched", "GROUP BY " + ", ".join(keys))

    def _people(self) -> str:
        keys = ["buckets.bucket" if key == self._time else f"spans.{key}" for key in self._keys]
        chosen = [f"{key} AS {name}" for key, name in zip(keys, self._keys, strict=True)]
        chosen += [_named(metric) for metric in self._metrics[MetricKind.PEOPLE]]
        overlap = "spans JOIN buckets ON buckets.start <= spans.last_time AND buckets.stop > spans.first_time"
        return _select(chosen, overlap, "GROUP BY " + ", ".join(keys))

    # --- the last SELECT ----------------------------------------------------------------------------------

    def _answer(self, parts: dict[str, str], only: Sequence[Any] | None, paged: bool) -> str:
        tables: list[str] = [name for name in ("people", "tallies", "visited", "averages") if name in parts]
        source = tables[0]
        for table in tables[1:]:
            matching = " AND ".join(f"{table}.{key} = {tables[0]}.{key}" for key in self._keys)
            source += f" LEFT JOIN {table} ON {matching or 'true'}"
        keys = [f"{tables[0]}.{key} AS {key}" for key in self._keys]
        values = [f"coalesce({m.name}, 0) AS {m.name}" if m.counted else m.name for m in self.plan.question.metrics]
        where = ""
        if only is not None:
            where = "WHERE " + self.dialect.one_of(f"{tables[0]}.{self._keys[0]}", self.bind(list(only)))
        return _select([*keys, *values], source, where, *(self._order_and_page() if paged else ()))

    def _order_and_page(self) -> list[str]:
        question = self.plan.question
        names = {asked.name: key for key, asked in zip(self._keys, question.dimensions, strict=True)}
        order = [f"{names.get(name, name)} {direction.upper()} NULLS LAST" for name, direction in full_order(question)]
        page = f"LIMIT {self.bind(question.limit)} OFFSET {self.bind(question.offset)}"
        return ["ORDER BY " + ", ".join(order) if order else "", page]


def _named(metric: Metric) -> str:
    return f"{metric.value} AS {metric.name}"


def _entry(key: str) -> str:
    return f"entry_{key}"
