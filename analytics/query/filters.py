"""Filters: which events a question is about. Read from JSON, checked, and turned into SQL.

``["is", "event:page", ["/a", "/b"]]`` holds for a row whose value is one of these; ``contains`` and ``matches``
(RE2) look into the value; ``is_not``, ``contains_not`` and ``matches_not`` hold for the rows that have a value and
where that does not hold. A row without such a value (an engagement event has no name) satisfies neither.
"""

from collections.abc import Callable, Iterator, Sequence
from re import fullmatch
from typing import Any

from msgspec import Struct

from analytics.errors import QueryError
from analytics.query.dimensions import Asked, Columns, Kind, find

MOST_VALUES = 10_000
"""In all filters of a question together."""
MOST_PARTS = 100
"""Values of one ``contains`` or ``matches``: each is looked for in every row."""
MOST_DEPTH = 12
MOST_FILTERS = 200
LONGEST_VALUE = 2_000
"""Characters; nothing longer is ever stored."""


class Condition(Struct, frozen=True):
    """One operator over one dimension."""

    operator: str
    dimension: Asked
    values: tuple[str, ...]
    case_sensitive: bool = True
    place: str = "#"
    """Where it stands in the question."""


class AllOf(Struct, frozen=True):
    """All of these hold."""

    filters: "tuple[Filter, ...]"


class AnyOf(Struct, frozen=True):
    """At least one of these holds."""

    filters: "tuple[Filter, ...]"


class Not(Struct, frozen=True):
    """This does not hold."""

    filter: "Filter"


Filter = Condition | AllOf | AnyOf | Not

_LATER = {"has_done": "asks for goals", "has_not_done": "asks for goals"}
_NEEDS_ELSEWHERE = {"event:goal": "goals", "segment": "segments"}


# --- from JSON -------------------------------------------------------------------------------------------


def parsed(source: Any, place: str) -> tuple[Filter, ...]:
    """The filters of a question, which all have to hold; raises QueryError naming the place."""
    if not isinstance(source, list):
        raise QueryError(place, "Expected a list of filters")
    filters = tuple(_parsed(part, f"{place}/{number}", 1) for number, part in enumerate(source))
    conditions = list(conditions_of(filters))
    if len(conditions) > MOST_FILTERS:
        raise QueryError(place, f"{len(conditions)} filters are too many: at most {MOST_FILTERS}")
    count = sum(len(condition.values) for condition in conditions)
    if count > MOST_VALUES:
        raise QueryError(place, f"{count} values are too many: at most {MOST_VALUES} in all filters together")
    return filters


def _parsed(source: Any, place: str, depth: int) -> Filter:
    if depth > MOST_DEPTH:
        raise QueryError(place, f"Filters are nested too deeply: at most {MOST_DEPTH} levels")
    if not isinstance(source, list) or not source or not isinstance(source[0], str):
        raise QueryError(place, 'Invalid filter: expected [operator, dimension, values] such as ["is", "event:page", ["/"]]')
    operator = source[0]
    if operator in ("and", "or"):
        return _combined(operator, source, place, depth)
    if operator == "not":
        if len(source) != 2:
            raise QueryError(place, 'Expected ["not", filter]')
        return Not(_parsed(source[1], f"{place}/1", depth + 1))
    if operator in _LATER:
        raise QueryError(f"{place}/0", f'Filter "{operator}" {_LATER[operator]}, which this version does not have')
    if operator not in OPERATORS:
        raise QueryError(f"{place}/0", f'Unknown operator "{operator[:100]}"')
    return _condition(source, place, depth)


def _combined(operator: str, source: list[Any], place: str, depth: int) -> Filter:
    if len(source) != 2 or not isinstance(source[1], list) or not source[1]:
        raise QueryError(place, f'Expected ["{operator}", [filter, ...]] with at least one filter')
    parts = tuple(_parsed(part, f"{place}/1/{number}", depth + 1) for number, part in enumerate(source[1]))
    return AllOf(parts) if operator == "and" else AnyOf(parts)


def _condition(source: list[Any], place: str, depth: int) -> Condition:
    if len(source) not in (3, 4):
        raise QueryError(place, "Expected [operator, dimension, [values]] and perhaps modifiers")
    dimension = _dimension(source[1], f"{place}/1", depth)
    values = _values(source[0], source[2], f"{place}/2")
    if source[0] in ("is", "is_not"):
        _check_accepted(dimension, values, f"{place}/2")
    if dimension.dimension.filtered and len(values) > MOST_PARTS:
        raise QueryError(f"{place}/2", f"{len(values)} sections are too many: at most {MOST_PARTS}")
    return Condition(source[0], dimension, values, _case_sensitive(source[3:], f"{place}/3"), place)


def _dimension(source: Any, place: str, depth: int) -> Asked:
    if isinstance(source, str) and source in _NEEDS_ELSEWHERE:
        raise QueryError(place, f'"{source}" needs {_NEEDS_ELSEWHERE[source]}, which this version does not have')
    asked = find(source) if isinstance(source, str) else None
    if asked is None:
        raise QueryError(place, f'Invalid dimension "{str(source)[:100]}"')
    if asked.dimension.kind is Kind.TIME:
        raise QueryError(place, f'"{asked.name}" cannot be filtered by; use date_range')
    if asked.name == "event:hostname" and depth > 1:
        raise QueryError(place, '"event:hostname" can be filtered by at the top level only')
    return asked


def _values(operator: str, source: Any, place: str) -> tuple[str, ...]:
    if not isinstance(source, list) or not source:
        raise QueryError(place, "Expected a list of at least one value")
    if len(source) > MOST_VALUES:
        raise QueryError(place, f"{len(source)} values are too many: at most {MOST_VALUES}")
    if operator not in ("is", "is_not") and len(source) > MOST_PARTS:
        raise QueryError(place, f'{len(source)} values are too many for "{operator}": at most {MOST_PARTS}')
    for number, value in enumerate(source):
        if not isinstance(value, str):
            raise QueryError(f"{place}/{number}", "Expected a text")
        if len(value) > LONGEST_VALUE:
            raise QueryError(f"{place}/{number}", f"Longer than {LONGEST_VALUE} characters")
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise QueryError(f"{place}/{number}", "Not valid Unicode: half of a surrogate pair")
    return tuple(source)


def _check_accepted(asked: Asked, values: Sequence[str], place: str) -> None:
    accepts = asked.dimension.accepts
    for number, value in enumerate(values):
        if accepts and value not in ("", asked.dimension.blank) and not fullmatch(accepts, value):
            raise QueryError(f"{place}/{number}", f'Invalid value "{value[:100]}": {asked.dimension.accepts_text}')


def _case_sensitive(source: list[Any], place: str) -> bool:
    if not source:
        return True
    modifiers = source[0]
    if not isinstance(modifiers, dict) or set(modifiers) - {"case_sensitive"}:
        raise QueryError(place, 'Unknown modifier: expected {"case_sensitive": true or false}')
    value = modifiers.get("case_sensitive", True)
    if not isinstance(value, bool):
        raise QueryError(f"{place}/case_sensitive", "Expected true or false")
    return value


# --- over filters ----------------------------------------------------------------------------------------


def conditions_of(filters: Sequence[Filter]) -> Iterator[Condition]:
    """AllOf condition in these filters, at any depth."""
    for part in filters:
        if isinstance(part, Condition):
            yield part
        else:
            yield from conditions_of(part.filters if isinstance(part, AllOf | AnyOf) else (part.filter,))


def check_patterns(filters: Sequence[Filter], problem: Callable[[str], str | None]) -> None:
    """Raises QueryError for a pattern that the engine cannot read; ``problem`` says what is wrong with one."""
    for condition in conditions_of(filters):
        if OPERATORS[condition.operator][0] is _match:
            for number, pattern in enumerate(condition.values):
                found = problem(pattern)
                if found:
                    raise QueryError(f"{condition.place}/2/{number}", f'Invalid pattern "{pattern[:100]}": {found}')


def as_json(part: Filter) -> list[Any]:
    """The filter as a question writes it."""
    if isinstance(part, Condition):
        written = [part.operator, part.dimension.name, list(part.values)]
        return written if part.case_sensitive else [*written, {"case_sensitive": False}]
    if isinstance(part, Not):
        return ["not", as_json(part.filter)]
    return ["and" if isinstance(part, AllOf) else "or", [as_json(inner) for inner in part.filters]]


def sql(part: Filter, columns: Columns) -> str:
    """The filter as a condition of SQL; its values travel as parameters."""
    if isinstance(part, Condition):
        return _condition_sql(part, columns)
    if isinstance(part, Not):
        return f"(NOT {sql(part.filter, columns)})"
    return "(" + (" AND " if isinstance(part, AllOf) else " OR ").join(sql(inner, columns) for inner in part.filters) + ")"


def _condition_sql(condition: Condition, columns: Columns) -> str:
    test, positive = OPERATORS[condition.operator]
    blank = condition.dimension.dimension.blank
    values = tuple(value or blank for value in condition.values)
    value = condition.dimension.filtered(columns)
    if not condition.case_sensitive and test is not _match:
        value, values = f"lower({value})", tuple(value.lower() for value in values)
    made = test(condition, value, values, columns)
    return f"({made})" if positive else f"(NOT ({made}))"


def _equal(condition: Condition, value: str, values: tuple[str, ...], columns: Columns) -> str:
    if condition.dimension.dimension.filtered:
        return _beneath(value, values, columns)
    if len(values) == 1:
        return f"{value} = {columns.bind(values[0])}"
    return columns.dialect.one_of(value, columns.bind(list(values)))


def _beneath(value: str, values: tuple[str, ...], columns: Columns) -> str:
    """A section is itself and all that lies beneath it; the front page ``/`` has nothing beneath it."""
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

OPERATORS: dict[str, tuple[_Test, bool]] = {
    "is": (_equal, True),
    "is_not": (_equal, False),
    "contains": (_contain, True),
    "contains_not": (_contain, False),
    "matches": (_match, True),
    "matches_not": (_match, False),
}
"""Operator -> its test, and whether it holds where the test does."""
