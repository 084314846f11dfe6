"""Filters: which events a question is about, as values and as SQL. ``filter_json`` reads them.

``["is", "event:page", ["/a", "/b"]]`` holds for a row whose value is one of these. ``contains`` and ``matches`` (RE2) look
into the value. ``is_not``, ``contains_not`` and ``matches_not`` hold for rows that have a value for which the positive form
does not hold. A row without such a value (an engagement event has no name) satisfies neither. ``["has_done", filter]``
holds for every row of a visit that has, within the range, an event for which ``filter`` holds; ``has_not_done`` for the
rows of all other visits.
"""

from collections.abc import Callable, Iterator, Sequence
from time import thread_time
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from analytics.errors import FootfallError, QueryError
from analytics.languages import marked
from analytics.query import goals as goaling
from analytics.query.dimensions import EVENT_NAME, GOAL, SEVERAL, Asked, Columns
from analytics.site import Goal

LONGEST_READING = 0.1
"""Seconds of processor time to read a question's patterns. RE2 matches in linear time, but a pattern of few
characters may stand for a very large program: ``\\pL{900}``."""


class Condition(Struct, frozen=True):
    """One operator over one dimension."""

    operator: str
    dimension: Asked
    values: tuple[str, ...]
    case_sensitive: bool = True
    place: str = "#"
    """Where it stands in the question."""

    @property
    def about_goals(self) -> bool:
        """Whether its values are names of goals."""
        return self.dimension.name == GOAL


class Saved(Struct, frozen=True):
    """The filters of any of these segments; ``segments.expanded`` replaces it by them."""

    ids: tuple[int, ...]
    place: str = "#"
    depth: int = 1
    of_visit: bool = False
    """Within ``has_done`` or ``has_not_done``."""


class AllOf(Struct, frozen=True):
    """All of these hold."""

    filters: "tuple[Filter, ...]"


class AnyOf(Struct, frozen=True):
    """At least one of these holds."""

    filters: "tuple[Filter, ...]"


class Not(Struct, frozen=True):
    """This does not hold."""

    filter: "Filter"


class Done(Struct, frozen=True):
    """Whether the visit has an event for which the filter holds, or has none."""

    filter: "Filter"
    done: bool
    place: str = "#"


Filter = Condition | Saved | AllOf | AnyOf | Not | Done


def parts_of(part: Filter) -> tuple[Filter, ...]:
    """The filters that this one is made of."""
    if isinstance(part, AllOf | AnyOf):
        return part.filters
    return (part.filter,) if isinstance(part, Not | Done) else ()


def of_more_than_a_row(filters: Sequence[Filter]) -> Iterator[Done | Saved]:
    """The filters among these, at any depth, that a single event cannot decide: they need its visit, or its site."""
    for part in filters:
        if isinstance(part, Done | Saved):
            yield part
        else:
            yield from of_more_than_a_row(parts_of(part))


def conditions_of(filters: Sequence[Filter], *, of_visits: bool = True) -> Iterator[Condition]:
    """Every condition in these filters, at any depth; with ``of_visits`` False without those inside ``has_done``."""
    for part in filters:
        if isinstance(part, Condition):
            yield part
        elif of_visits or not isinstance(part, Done):
            yield from conditions_of(parts_of(part), of_visits=of_visits)


def mapped(part: Filter, change: Callable[[Condition], Filter]) -> Filter:
    """The filter with every condition replaced by what the function returns for it."""
    if isinstance(part, Condition):
        return change(part)
    if isinstance(part, AllOf | AnyOf):
        return replace(part, filters=tuple(mapped(inner, change) for inner in part.filters))
    return replace(part, filter=mapped(part.filter, change)) if isinstance(part, Not | Done) else part


WRONG_PATTERN = marked('Invalid pattern "%(pattern)s": %(problem)s')
_TOO_LARGE = marked("it is too large to be read in time")


def check_patterns(filters: Sequence[Filter], problem: Callable[[str], str | None]) -> None:
    """Raises QueryError for a pattern that the engine cannot read or would take too long for; ``problem`` describes what is
    wrong with one."""
    begun = thread_time()
    for condition in conditions_of(filters):
        if condition.operator.startswith("matches"):
            for number, pattern in enumerate(condition.values):
                found = problem(pattern)
                if not found and thread_time() - begun > LONGEST_READING:
                    found = _TOO_LARGE
                if found:
                    place = f"{condition.place}/2/{number}"
                    raise QueryError(place, WRONG_PATTERN, pattern=pattern[:100], problem=FootfallError(found))


def reached(condition: Condition, goals: Sequence[Goal]) -> list[Goal]:
    """The goals that a filter by goals names, any of which may be reached."""
    fold = str if condition.case_sensitive else str.lower
    values = {fold(value) for value in condition.values}
    if condition.operator == "is":
        return [goal for goal in goals if fold(goal.name) in values]
    return [goal for goal in goals if any(value in fold(goal.name) for value in values)]


def check_goals(filters: Sequence[Filter], goals: Sequence[Goal]) -> None:
    """Raises QueryError for a goal that is named and does not exist."""
    for condition in conditions_of(filters):
        if condition.about_goals and condition.operator == "is":
            for number, value in enumerate(condition.values):
                if not reached(replace(condition, values=(value,)), goals):
                    problem = marked('There is no goal "%(name)s" on this site')
                    raise QueryError(f"{condition.place}/2/{number}", problem, name=value[:100])


def shown_goals(filters: Sequence[Filter], goals: Sequence[Goal]) -> list[Goal]:
    """The goals that the goal dimension lists: those that every filter by goals names."""
    found = list(goals)
    for part in filters:
        if isinstance(part, Condition) and part.about_goals:
            found = reached(part, found)
    return found


def without_goals(filters: Sequence[Filter]) -> tuple[Filter, ...]:
    """The filters without those that define a conversion: goals, and names and properties of events."""
    return tuple(part for part in filters if not names_conversions(part))


def names_conversions(part: Filter) -> bool:
    """Whether this filter defines a conversion."""
    return isinstance(part, Condition) and (part.dimension.name == EVENT_NAME or about_conversions(part.dimension))


def about_conversions(asked: Asked) -> bool:
    """Whether it distinguishes conversions, that is events, by goals and properties."""
    return asked.name in SEVERAL or asked.name.startswith("event:props:")


def as_json(part: Filter) -> list[Any]:
    """The filter as it is written in a question."""
    if isinstance(part, Condition):
        written = [part.operator, part.dimension.name, list(part.values)]
        return written if part.case_sensitive else [*written, {"case_sensitive": False}]
    if isinstance(part, Saved):
        return ["is", "segment", list(part.ids)]
    if isinstance(part, Not):
        return ["not", as_json(part.filter)]
    if isinstance(part, Done):
        return ["has_done" if part.done else "has_not_done", as_json(part.filter)]
    return ["and" if isinstance(part, AllOf) else "or", [as_json(inner) for inner in part.filters]]


def sql(part: Filter, columns: Columns) -> str:
    """The filter as a SQL condition; its values become parameters."""
    if isinstance(part, Condition):
        return _condition_sql(part, columns)
    if isinstance(part, Not):
        return f"(NOT {sql(part.filter, columns)})"
    if isinstance(part, Done):
        has_done = columns.visit_has(sql(part.filter, columns))
        return has_done if part.done else f"(NOT {has_done})"
    if isinstance(part, Saved):
        raise TypeError("a segment is put in its place before SQL is made")
    return "(" + (" AND " if isinstance(part, AllOf) else " OR ").join(sql(inner, columns) for inner in part.filters) + ")"


def _condition_sql(condition: Condition, columns: Columns) -> str:
    decided = columns.decided(condition.dimension, lambda other: _condition_sql(condition, other))
    if decided is not None:
        return decided
    if condition.about_goals:
        return goaling.reached_sql(reached(condition, columns.goals), columns)
    test, positive = _TESTS[condition.operator]
    blank = condition.dimension.dimension.blank
    values = tuple(value or blank for value in condition.values)
    if test is _equal and _of_column(condition):
        made = _listed(condition, values, columns)
        return f"({made})" if positive else f"(NOT ({made}))"
    value = condition.dimension.filtered(columns)
    if not condition.case_sensitive and test is not _match:
        value, values = f"lower({value})", tuple(value.lower() for value in values)
    made = test(condition, value, values, columns)
    return f"({made})" if positive else f"(NOT ({made}))"


MOST_LISTED = 20
"""The most values that a test lists; more are looked up. From a list the engine knows which groups of rows it can skip, and
it compares a few values faster than it looks them up (the panel of events under a section: 270 ms of processor time instead
of 410)."""


def _of_column(condition: Condition) -> bool:
    """Whether the condition can be tested on the column directly, because its values are the column's own."""
    dimension = condition.dimension.dimension
    told_apart = not dimension.recoded or dimension.known.issuperset(value or dimension.blank for value in condition.values)
    return bool(dimension.column) and condition.case_sensitive and told_apart and len(condition.values) <= MOST_LISTED


def _listed(condition: Condition, values: tuple[str, ...], columns: Columns) -> str:
    dimension = condition.dimension.dimension
    texts = [*map(dimension.codes, values), *([""] if dimension.blank in values else [])]
    return f"{columns.column(dimension.column)} IN ({', '.join(map(columns.bind, texts))})"


def _equal(condition: Condition, value: str, values: tuple[str, ...], columns: Columns) -> str:
    if condition.dimension.dimension.filtered:
        return _beneath(value, values, columns)
    if len(values) <= MOST_LISTED:
        return f"{value} IN ({', '.join(map(columns.bind, values))})"
    return columns.dialect.one_of(value, columns.bind(list(values)))


def _beneath(value: str, values: tuple[str, ...], columns: Columns) -> str:
    """Whether a section is this one or inside it; the front page ``/`` has nothing inside it."""
    tests = []
    for section in values:
        name = section.rstrip("/") or "/"
        tests.append(f"{value} = {columns.bind(name)}")
        if name != "/":
            tests.append(f"starts_with({value}, {columns.bind(name + '/')})")
    return " OR ".join(tests)


def _contain(_condition: Condition, value: str, values: tuple[str, ...], columns: Columns) -> str:
    return " OR ".join(columns.dialect.contains(value, columns.bind(part)) for part in values)


def _match(condition: Condition, value: str, values: tuple[str, ...], columns: Columns) -> str:
    flags = "" if condition.case_sensitive else "(?i)"
    return " OR ".join(columns.dialect.matches(value, columns.bind(flags + pattern)) for pattern in values)


_Test = Callable[[Condition, str, tuple[str, ...], Columns], str]

_TESTS: dict[str, tuple[_Test, bool]] = {
    "is": (_equal, True),
    "is_not": (_equal, False),
    "contains": (_contain, True),
    "contains_not": (_contain, False),
    "matches": (_match, True),
    "matches_not": (_match, False),
}
"""Operator -> its test, and whether it holds where the test does."""
