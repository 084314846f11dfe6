"""Roll-ups: the measures of settled rows by day (or month), dimension and value, so that a long range is a short sum.

``ROLLED`` lists the dimensions that have them; ``PEOPLE`` combines four. They are computed when a day is sealed, by the
same compiler that answers questions, and read back by ``counts``.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from hashlib import blake2b

import msgspec
from msgspec import Struct

from analytics.query import filters as filtering
from analytics.query import marks, places, sections
from analytics.query.dimensions import JOINT, Asked, Columns, Person, find
from analytics.query.dimensions import Kind as DimensionKind
from analytics.query.filters import Condition, conditions_of, of_more_than_a_row
from analytics.query.marks import Extent
from analytics.query.measures import MEASURES, Kind, Measure
from analytics.query.statement import Counts, Draft, Scope, select, where
from analytics.site import Goal, SectionRule
from analytics.store.base import Derived, Dialect, Statement


class Rolled(Struct, frozen=True):
    """A dimension with roll-ups, or several that have them together."""

    name: str
    """As in a question; empty: the total, without a dimension."""
    many: bool = False
    """Whether it has many values: its daily roll-ups are then kept only for the latest months, the monthly ones always."""
    together: tuple[str, ...] = ()
    """Its dimensions, if there are several: its values are theirs, joined."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of its dimensions, as in a question."""
        return self.together or tuple(filter(None, (self.name,)))

    @property
    def of_sections(self) -> bool:
        """Whether its values change when the owner changes sections."""
        return self.name.startswith("event:section")


PEOPLE = Rolled("people", many=True, together=("visit:country", "visit:device", "visit:browser", "visit:os"))
"""The coarse attributes of the person. Settled visitors have one value of each per day (``store/duckdb/seal.sql``), so
visitors add up over the values, whatever is asked. Kept no longer than rows: four attributes together reveal more about a
person than each alone."""

_ROWS = (
    Rolled(""),
    PEOPLE,
    Rolled("event:page", many=True),
    Rolled("event:hostname"),
    Rolled("event:name"),
    Rolled("event:section"),
    Rolled("event:section:2", many=True),
    Rolled("visit:entry_page", many=True),
    Rolled("visit:exit_page", many=True),
    Rolled("visit:source"),
    Rolled("visit:channel"),
    Rolled("visit:referrer", many=True),
    Rolled("visit:utm_source"),
    Rolled("visit:utm_medium"),
    Rolled("visit:utm_campaign"),
    Rolled("visit:utm_content"),
    Rolled("visit:utm_term"),
    Rolled("visit:click_id"),
    Rolled("visit:country"),
    Rolled("visit:region"),
    Rolled("visit:city", many=True),
    Rolled("visit:device"),
    Rolled("visit:browser"),
    Rolled("visit:browser_version"),
    Rolled("visit:os"),
    Rolled("visit:os_version"),
    Rolled("visit:language"),
    Rolled("visit:screen"),
)

ROLLED: dict[str, Rolled] = {row.name: row for row in _ROWS}
"""Every dimension with roll-ups, by name."""

_NAMES = {
    "visit:country_name": "visit:country",
    "visit:region_name": "visit:region",
    "visit:city_name": "visit:city",
    "event:section:1": "event:section",
}
"""Dimensions that follow from the roll-ups of others."""

MEASURED: tuple[Measure, ...] = tuple(measure for measure in MEASURES.values() if measure.marked)
"""What a roll-up contains: the columns of its tables, in order."""

_REVISION = 4
"""Increased when more is rolled up or derived from sections: all of it is then recomputed automatically on every site."""


def digest(rules: Sequence[SectionRule]) -> str:
    """A digest of section rules, to tell whether places and roll-ups were made with them."""
    return blake2b(msgspec.json.encode((_REVISION, rules)), digest_size=8).hexdigest()


def holds(dimension: Rolled, made_with: str, rules: str) -> bool:
    """Whether roll-ups made with these section rules exist and are right under the present ones."""
    return not (dimension.of_sections or dimension.together) or made_with == rules


# --- reading ---------------------------------------------------------------------------------------------


def dimension_for(scope: Scope) -> Rolled | None:
    """The dimension whose roll-ups answer the scope, or None.

    Questions about coarse attributes of the person alone are answered from those attributes together. For any other
    dimension, filters must keep or drop each of its values as a whole; and if it is not grouped by, they must keep a single
    value.
    """
    grouped = [asked for asked in scope.dimensions if asked.dimension.kind is not DimensionKind.TIME]
    conditions = list(conditions_of(scope.filters))
    asked_for = [*grouped, *(one.dimension for one in conditions)]
    if (
        not all(one.marked for one in scope.measures)
        or any(of_more_than_a_row(scope.filters))
        or not all(map(_adds_up, asked_for))
    ):
        return None
    names = {_held_as(asked) for asked in asked_for}
    if names <= {*PEOPLE.parts}:
        return PEOPLE if len(names) > 1 else ROLLED[next(iter(names), "")]
    if not grouped:
        return _of_one_value(scope)
    rolled = ROLLED.get(_held_as(grouped[0])) if len(grouped) == 1 else None
    return rolled if rolled and all(_tells_values_apart(one, rolled) for one in conditions) else None


def _held_as(asked: Asked) -> str:
    return _NAMES.get(asked.name, asked.name)


def _tells_values_apart(condition: Condition, rolled: Rolled) -> bool:
    """Whether the condition keeps or drops each value of the dimension as a whole. A page has one section; the first levels
    of a section determine only what is above them."""
    if not condition.dimension.of_section:
        return _held_as(condition.dimension) == rolled.name
    if rolled.of_sections:
        whole = condition.operator in ("is", "is_not")
        return whole and all(sections.depth(value) <= _DEPTHS[rolled.name] for value in condition.values)
    return rolled.name == "event:page"


_DEPTHS = {"event:section": 1, "event:section:2": 2}
"""Roll-ups of sections -> how many levels they distinguish."""


def _of_one_value(scope: Scope) -> Rolled | None:
    """The dimension of which the filters keep a single value."""
    (only, *more) = scope.filters
    if more or not isinstance(only, Condition) or (only.operator, len(only.values), only.case_sensitive) != ("is", 1, True):
        return None
    name = _held_as(only.dimension)
    if only.dimension.of_section:
        name = {depth: name for name, depth in _DEPTHS.items()}.get(sections.depth(only.values[0]), "")
    rolled = ROLLED.get(name) if name else None
    held = all(_goes_with(one, only.dimension) for one in scope.measures)
    return rolled if rolled and held and (name.startswith("visit:") or not scope.of(Kind.AVERAGE)) else None


def _adds_up(asked: Asked) -> bool:
    """Whether the visitors of several values are the sum of each value's, when small values are folded (``cells.py``): a
    settled visitor has one country and one device per day, but may send two languages."""
    return not asked.dimension.recoded or asked.dimension.person is Person.COARSE


class _Columns:
    """The value of a roll-up, as dimensions and filters see it. ``together`` are the columns whose values it combines, if
    it is for several. ``pages`` is the table of the pages that the values are, if filters look at more than their paths."""

    def __init__(self, draft: Draft, pages: str = "", value: str = "rolled.value", together: Sequence[str] = ()) -> None:
        self._draft = draft
        self._pages = pages
        self._value = value
        self._together = together
        self.dialect = draft.dialect
        self.goals: tuple[Goal, ...] = ()

    def column(self, name: str) -> str:
        if not self._together:
            return self._value
        place = self._together.index(name) + 1
        return self.dialect.part(self._value, self.bind(JOINT), self.bind(place))

    def level(self, _depth: int) -> str:
        return self._value

    def goal(self) -> str:
        raise NotImplementedError("goals have no roll-ups")

    def page_matches(self, _pattern: str) -> str:
        raise NotImplementedError("goals have no roll-ups")

    def visit_has(self, _test: str) -> str:
        raise NotImplementedError("a roll-up knows no single visit")

    def bind(self, value: object) -> str:
        return self._draft.bind(value)

    def decided(self, asked: Asked, test: Callable[[Columns], str], /) -> str | None:
        """The section of a page is looked up among the pages."""
        if not self._pages or not asked.of_section:
            return None
        pages = select(["path"], self._pages, where(test(_Columns(self._draft, value="section"))))
        return f"{self._value} IN ({pages})"


def counts(draft: Draft, scope: Scope, rolled: Rolled, table: str, calendar: str, period: str) -> Counts:
    """The scope's measures from ``table``, for the days or months (column ``period``) in the table ``calendar``."""
    joined = [asked.dimension.column for asked in map(find, rolled.together) if asked]
    columns = _Columns(draft, _pages(draft, scope, rolled, table), together=joined)
    keys = {
        key: "calendar.bucket" if asked.dimension.kind is DimensionKind.TIME else _value(asked, columns)
        for key, asked in zip(scope.keys, scope.dimensions, strict=True)
    }
    tests = [filtering.sql(part, columns) for part in scope.filters]
    source = f"{table} AS rolled JOIN {calendar} AS calendar ON calendar.{period} = rolled.{period}"
    conditions = where(f"rolled.dimension = {draft.bind(rolled.name)}", *tests)
    return Counts(keys, {one.name: f"sum(rolled.{one.name})" for one in scope.measures}, f"{source} {conditions}")


def _pages(draft: Draft, scope: Scope, rolled: Rolled, table: str) -> str:
    """Names a table of the pages in ``table`` with their sections, if filters look at sections."""
    if rolled.name != "event:page" or not any(one.dimension.of_section for one in conditions_of(scope.filters)):
        return ""
    paths = select(["DISTINCT value AS path"], f"{table} {where(f'dimension = {draft.bind(rolled.name)}')}")
    found = sections.table_sql(paths, sections.Wanted(sections=True), draft.rules, draft)
    return draft.table(f"{scope.prefix}{table}_pages", found, kept=True)


def _value(asked: Asked, columns: _Columns) -> str:
    """The column of a roll-up's value: the value itself, unless small ones are folded or it is derived from it."""
    worked_out = asked.dimension.recoded or asked.name in _NAMES
    return asked.value(columns) if worked_out else columns.column(asked.dimension.column)


# --- making ----------------------------------------------------------------------------------------------


def derived(
    first: date, last: date, zone: str, rules: Sequence[SectionRule], dialect: Dialect, names: Iterable[str] = ROLLED
) -> Derived:
    """Computes places on the settled rows of these days, then roll-ups from the rows, one statement per dimension of
    ``names``."""
    made = [_statement(ROLLED[name], first, last, rules, dialect) for name in names]
    return Derived(zone, digest(rules), [places.derived(first, last, rules, dialect), *made])


def _statement(rolled: Rolled, first: date, last: date, rules: Sequence[SectionRule], dialect: Dialect) -> Statement:
    draft, scope = Draft(dialect, rules), scope_of(rolled)
    counted = marks.counts(draft, scope, Extent([(first, last)], [(first, last)], placed=True), bucket="rows.day")
    return inserted(draft, rolled, counted, "rollup_days", "d0")


def scope_of(rolled: Rolled) -> Scope:
    """What a dimension's roll-ups contain: every measure that it can be combined with, by day and value."""
    dimensions = tuple(filter(None, map(find, ("time:day", *rolled.parts))))
    return Scope(dimensions, (), tuple(one for one in MEASURED if all(_goes_with(one, asked) for asked in dimensions)))


def inserted(
    draft: Draft, rolled: Rolled, parts: Sequence[Counts], table: str, period: str, calendar: str = ""
) -> Statement:
    """Adds the counts of ``parts`` (in ``scope_of``) to ``table`` for the ``period``, which is SQL over ``d0`` and what
    ``calendar`` joins to it."""
    scope = scope_of(rolled)
    counted = draft.table("counted", "\nUNION ALL\n".join(part.sql(scope) for part in parts))
    known = {one.name for one in scope.measures}
    sums = [f"coalesce(sum({one.name}), 0)" if one.name in known else "0" for one in MEASURED]
    joint = f" || {draft.bind(JOINT)} || " if rolled.together else ""
    value = joint.join(scope.keys[1:]) or "''"
    chosen = [draft.bind(rolled.name), f"{period} AS period", f"{value} AS value", *sums]
    last_select = select(chosen, counted + calendar, "GROUP BY ALL HAVING sum(here) > 0 ORDER BY period, value")
    return Statement(f"INSERT INTO {table}\n{draft.whole(last_select)}", draft.parameters)


def forgotten(table: str, period: str, before: date, dialect: Dialect) -> Statement:
    """Deletes the roll-ups of several dimensions together from ``table``, for days or months (column ``period``) before
    this day."""
    draft = Draft(dialect, ())
    gone = where(f"dimension = {draft.bind(PEOPLE.name)}", f"{period} < {draft.bind(before)}")
    return Statement(f"DELETE FROM {table}\n{gone}", draft.parameters)  # noqa: S608


def _goes_with(measure: Measure, asked: Asked) -> bool:
    """Whether the combination has a meaning; ``query.py`` refuses the others."""
    refused = {DimensionKind.JOURNEY: Kind.EVENT, DimensionKind.EVENT: Kind.AVERAGE}
    return refused.get(asked.dimension.kind) is not measure.kind
