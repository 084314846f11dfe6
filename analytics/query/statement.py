"""A statement while it is being written: its parameters, its named tables, and what it counts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from analytics.query.dimensions import Asked
from analytics.query.dimensions import Kind as DimensionKind
from analytics.query.filters import Filter
from analytics.query.measures import Kind, Measure
from analytics.site import SectionRule
from analytics.store.base import Dialect, Statement

Span = tuple[date, date]
"""First and last day."""


class Scope(Struct, frozen=True):
    """What is counted: these measures, by these dimensions, of the events that these filters select."""

    dimensions: tuple[Asked, ...]
    filters: tuple[Filter, ...]
    measures: tuple[Measure, ...]
    prefix: str = ""
    """Precedes the names of its tables; distinguishes the scopes of one statement."""

    @property
    def keys(self) -> list[str]:
        """The columns of the dimensions: d0, d1 ..."""
        return [f"d{number}" for number in range(len(self.dimensions))]

    def keys_of(self, *kinds: DimensionKind) -> list[str]:
        """The columns of the dimensions of these kinds."""
        return [key for key, asked in zip(self.keys, self.dimensions, strict=True) if asked.dimension.kind in kinds]

    @property
    def time(self) -> str | None:
        """The column of the time dimension, if there is one."""
        return next(iter(self.keys_of(DimensionKind.TIME)), None)

    def of(self, *kinds: Kind) -> list[Measure]:
        """Its measures of these kinds."""
        return [measure for measure in self.measures if measure.kind in kinds]


class Counts(Struct, frozen=True):
    """A SELECT with one row per group: the keys, and some of a scope's measures."""

    keys: Mapping[str, str]
    """Column -> SQL. Without keys there is always exactly one row."""
    values: Mapping[str, str]
    """Measure -> SQL of an aggregate."""
    source: str
    """What follows FROM, with its WHERE clause."""
    present: bool = True
    """Whether its groups are rows of the answer; else it only adds to rows that exist."""

    def sql(self, scope: Scope) -> str:
        """The SELECT with all of the scope's keys and measures in order; measures that it does not count are 0."""
        keys = [key if self.keys[key] == key else f"{self.keys[key]} AS {key}" for key in scope.keys]
        values = [f"{self.values.get(measure.name, '0')} AS {measure.name}" for measure in scope.measures]
        here = "count(*) AS here" if self.present else "0 AS here"
        grouped = "GROUP BY " + ", ".join(self.keys[key] for key in scope.keys) if scope.keys else ""
        if not scope.keys and not self.values:
            grouped = "HAVING false"
        return select([*keys, *values, here], self.source, grouped)


_HOW = {None: "", True: "MATERIALIZED ", False: "NOT MATERIALIZED "}


class Draft:
    """One statement: collects its parameters and its named tables, each made from earlier ones."""

    def __init__(self, dialect: Dialect, rules: Sequence[SectionRule]) -> None:
        self.dialect = dialect
        self.rules = rules
        self.parameters: dict[str, Any] = {}
        self._bound: dict[tuple[str, Any], str] = {}
        self._tables: dict[str, str] = {}
        self._kept: dict[str, bool] = {}
        self._looks_up = False

    def bind(self, value: object) -> str:
        """Adds ``value`` as a parameter; returns the SQL that stands for it. Equal texts, numbers and lists share one
        parameter, so that none is left over if the same test is written twice and used once: some engines refuse unused
        parameters."""
        plain = tuple(value) if isinstance(value, list) else value
        key = (type(value).__name__, plain) if isinstance(value, str | int | list) else None
        if key is not None and key in self._bound:
            return self._bound[key]
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        made = self.dialect.parameter(name)
        if key is not None:
            self._bound[key] = made
        return made

    def within(self, column: str, spans: Sequence[Span]) -> str:
        """Whether a column of days lies in one of the spans."""
        bind = self.bind
        return "(" + " OR ".join(f"{column} BETWEEN {bind(first)} AND {bind(last)}" for first, last in spans) + ")"

    def table(self, name: str, sql: str, *, kept: bool | None = None) -> str:
        """Names a SELECT; returns the name. ``kept`` True: computed once and kept meanwhile, in memory or on disk. False:
        computed wherever it is used, with only the columns that this use needs. None: as the engine prefers."""
        self._tables[name] = sql
        if kept is not None:
            self._kept[name] = kept
        return name

    def among(self, value: str, table: str, column: str) -> str:
        """Whether ``value`` is in this column of a named table; neither is ever NULL."""
        self._looks_up = True
        return self.dialect.among(value, table, column)

    def statement(self, last: str) -> Statement:
        """The complete statement with its parameters: the named tables, then ``last``."""
        return Statement(self.whole(last), self.parameters, self._looks_up)

    def whole(self, last: str) -> str:
        """Its SQL."""
        tables = [f"{name} AS {_HOW[self._kept.get(name)]}(\n{sql}\n)" for name, sql in self._tables.items()]
        return "WITH " + ",\n".join(tables) + "\n" + last


def select(columns: Iterable[str], source: str, *clauses: str) -> str:
    """A SELECT, one clause per line."""
    return "\n".join(["SELECT " + ", ".join(columns), "FROM " + source, *(clause for clause in clauses if clause)])


def where(*conditions: str) -> str:
    """A WHERE clause in which all of these hold; empty if there are none."""
    kept = [condition for condition in conditions if condition]
    return "WHERE " + " AND ".join(kept) if kept else ""
