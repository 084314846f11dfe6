"""Reads and checks filters in JSON; errors have a place. Nothing here depends on a site.

The limits refuse a question that is too large before anything is queried.
"""

from collections.abc import Callable, Sequence
from re import fullmatch
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from analytics import paths
from analytics.errors import FootfallError, QueryError
from analytics.languages import marked
from analytics.query.dimensions import GOAL, PROPERTIES, Asked, Kind, find, is_text
from analytics.query.filters import AllOf, AnyOf, Condition, Done, Filter, Not, Saved, conditions_of

OPERATORS = ("is", "is_not", "contains", "contains_not", "matches", "matches_not")
MOST_VALUES = 10_000
"""The most values in all filters of a question together."""
MOST_PARTS = 100
"""Values of all ``contains`` and ``matches`` together, and sections: each is looked for in every row."""
MOST_DEPTH = 12
MOST_FILTERS = 200
LONGEST_VALUE = 2_000
"""Characters; nothing longer is ever stored."""


class Spot(Struct, frozen=True):
    """Where in a question a filter is: its JSON pointer, and the kinds of filters around it."""

    place: str
    depth: int = 1
    of_visit: bool = False
    """Within ``has_done`` or ``has_not_done``: about any event of the visit."""
    of_segment: bool = False
    """Within the filters of a saved segment."""

    def within(self, steps: str, *, of_visit: bool = False) -> "Spot":
        """The spot of a filter inside this one."""
        return replace(self, place=f"{self.place}/{steps}", depth=self.depth + 1, of_visit=self.of_visit or of_visit)


def parsed(source: Any, place: str) -> tuple[Filter, ...]:
    """The filters of a question, all of which have to hold. Raises QueryError naming the place."""
    filters = read(source, Spot(place))
    check_size(filters, place)
    return filters


def read(source: Any, spot: Spot) -> tuple[Filter, ...]:
    """The filters of a list at ``spot``. Raises QueryError naming the place."""
    if not isinstance(source, list):
        raise QueryError(spot.place, "Expected a list of filters")
    if _is_too_long(source):
        raise QueryError(spot.place, _TOO_MANY, most=MOST_FILTERS)
    return tuple(_read(part, replace(spot, place=f"{spot.place}/{number}")) for number, part in enumerate(source))


def _is_too_long(filters: list[Any]) -> bool:
    """Whether there are more filters, at any depth, than allowed. Counted only up to the limit, before any is read."""
    waiting, count = list(filters), 0
    while waiting and count <= MOST_FILTERS:
        part = waiting.pop()
        if isinstance(part, list) and len(part) == 2 and isinstance(part[1], list):
            waiting.extend(part[1] if part[0] in ("and", "or") else part[1:])
        else:
            count += 1
    return count > MOST_FILTERS


def one(source: Any, place: str) -> Filter:
    """Reads a single filter. Raises QueryError naming the place."""
    if _is_too_long([source]):
        raise QueryError(place, _TOO_MANY, most=MOST_FILTERS)
    found = _read(source, Spot(place))
    check_size([found], place)
    return found


def check_size(filters: Sequence[Filter], place: str) -> None:
    """Raises QueryError if all these filters together are too expensive."""
    conditions = list(conditions_of(filters))
    counts = (
        (len(conditions), MOST_FILTERS, marked("%(count)s filters are too many: at most %(most)s")),
        (sum(len(one.values) for one in conditions), MOST_VALUES,
         marked("%(count)s values are too many: at most %(most)s in all filters together")),
        (sum(len(one.values) for one in conditions if _looks_into(one)), MOST_PARTS,
         marked('%(count)s values are too many: at most %(most)s of "contains", "matches" and sections, '
                "in all filters together")),
    )  # fmt: skip
    for count, most, problem in counts:
        if count > most:
            raise QueryError(place, problem, count=count, most=most)


def _looks_into(condition: Condition) -> bool:
    """Whether each value has to be searched for in every row."""
    return condition.operator not in ("is", "is_not") or condition.dimension.dimension.filtered is not None


def said(value: Any) -> str:
    """A part of a question as an error repeats it: text in quotes, anything else by its kind."""
    if isinstance(value, str):
        return f'"{value[:100]}"'
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "null")


_TOO_MANY = marked("More than %(most)s filters are too many")
_TOO_MANY_SECTIONS = marked("%(count)s sections are too many: at most %(most)s")
_TOO_MANY_VALUES = marked("%(count)s values are too many: at most %(most)s")
_TOO_MANY_PARTS = marked('%(count)s values are too many for "%(operator)s": at most %(most)s')
_OF_VISITS = marked('"%(name)s" is an attribute of the whole visit: "has_done" takes dimensions of events only')
_EXAMPLE = '["is", "event:page", ["/"]]'
_KINDS = ((bool, "true or false"), (int | float, "a number"), (list, "a list"), (dict, "an object"))


def _read(source: Any, spot: Spot) -> Filter:
    if spot.depth > MOST_DEPTH:
        raise QueryError(spot.place, f"Filters are nested too deeply: at most {MOST_DEPTH} levels")
    if not isinstance(source, list) or not source or not isinstance(source[0], str):
        raise QueryError(spot.place, f"Invalid filter: expected [operator, dimension, values] such as {_EXAMPLE}")
    form = _FORMS.get(source[0])
    if form:
        return form(source, spot)
    if source[0] not in OPERATORS:
        raise QueryError(f"{spot.place}/0", f"Unknown operator {said(source[0])}")
    if len(source) not in (3, 4):
        raise QueryError(spot.place, "Expected [operator, dimension, [values]] and perhaps modifiers")
    return _saved(source, spot) if source[1] == "segment" else _condition(source, spot)


def _combined(source: list[Any], spot: Spot) -> Filter:
    operator = source[0]
    if len(source) != 2 or not isinstance(source[1], list) or not source[1]:
        raise QueryError(spot.place, f'Expected ["{operator}", [filter, ...]] with at least one filter')
    parts = tuple(_read(part, spot.within(f"1/{number}")) for number, part in enumerate(source[1]))
    return AllOf(parts) if operator == "and" else AnyOf(parts)


def _negated(source: list[Any], spot: Spot) -> Filter:
    if len(source) != 2:
        raise QueryError(spot.place, 'Expected ["not", filter]')
    return Not(_read(source[1], spot.within("1")))


def _done(source: list[Any], spot: Spot) -> Filter:
    if len(source) != 2:
        raise QueryError(spot.place, f'Expected ["{source[0]}", filter]')
    if spot.of_visit:
        raise QueryError(spot.place, f'"{source[0]}" cannot stand within "has_done" or "has_not_done"')
    return Done(_read(source[1], spot.within("1", of_visit=True)), source[0] == "has_done", spot.place)


_FORMS: dict[str, Callable[[list[Any], Spot], Filter]] = {
    "and": _combined,
    "or": _combined,
    "not": _negated,
    "has_done": _done,
    "has_not_done": _done,
}
"""First word of a filter that holds filters -> how it is read."""


def _saved(source: list[Any], spot: Spot) -> Saved:
    if source[0] != "is" or len(source) != 3:
        raise QueryError(spot.place, 'Expected ["is", "segment", [id]]')
    if spot.of_segment:
        raise QueryError(spot.place, marked("A segment cannot contain segments"))
    ids = source[2]
    if not isinstance(ids, list) or not ids or len(ids) > MOST_PARTS:
        raise QueryError(f"{spot.place}/2", f"Expected a list of 1 to {MOST_PARTS} segments, by their ids")
    for number, id_ in enumerate(ids):
        if type(id_) is not int or not 0 <= id_ < 2**63:
            raise QueryError(f"{spot.place}/2/{number}", "Expected the id of a segment: a whole number")
    return Saved(tuple(ids), spot.place, spot.depth, spot.of_visit)


def _condition(source: list[Any], spot: Spot) -> Condition:
    dimension = _dimension(source[1], spot)
    if dimension.name == GOAL and source[0] not in ("is", "contains"):
        raise QueryError(f"{spot.place}/0", marked('"%(name)s" takes "is" and "contains" only'), name=GOAL)
    values = _values(source[0], source[2], f"{spot.place}/2")
    if source[0] in ("is", "is_not"):
        _check_accepted(dimension, values, f"{spot.place}/2")
    if dimension.dimension.filtered and len(values) > MOST_PARTS:
        raise QueryError(f"{spot.place}/2", _TOO_MANY_SECTIONS, count=len(values), most=MOST_PARTS)
    if dimension.dimension.of_paths and not source[0].startswith("matches"):
        values = _spellings(source[0], values)
    return Condition(source[0], dimension, values, _case_sensitive(source[3:], f"{spot.place}/3"), spot.place)


def _spellings(operator: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """The values, and for each that is not in the stored spelling of paths (``/caf%C3%A9``) also that one. A part of a path
    is only decoded, since it need not start or end at a folder."""
    spell = paths.decoded if operator.startswith("contains") else paths.spelt
    return (*values, *(spelling for value in values if (spelling := spell(value)) and spelling != value))


def _dimension(source: Any, spot: Spot) -> Asked:
    place = f"{spot.place}/1"
    asked = find(source) if isinstance(source, str) else None
    if asked is None:
        raise QueryError(place, f"Invalid dimension {said(source)}")
    if asked.dimension.kind is Kind.TIME:
        raise QueryError(place, f'"{asked.name}" cannot be filtered by; use date_range')
    if asked.name == PROPERTIES:
        raise QueryError(place, f'"{asked.name}" cannot be filtered by; name the property: "{asked.name}:<name>"')
    if spot.of_visit and asked.dimension.kind not in (Kind.PAGE, Kind.EVENT):
        raise QueryError(place, _OF_VISITS, name=asked.name)
    if asked.name in _TOP_LEVEL and spot.depth > 1 and not spot.of_visit:
        raise QueryError(place, marked('"%(name)s" can be used in filters at the top level only'), name=asked.name)
    return asked


_TOP_LEVEL = (GOAL, "event:hostname")


def _values(operator: str, source: Any, place: str) -> tuple[str, ...]:
    if not isinstance(source, list) or not source:
        raise QueryError(place, "Expected a list of at least one value")
    if len(source) > MOST_VALUES:
        raise QueryError(place, _TOO_MANY_VALUES, count=len(source), most=MOST_VALUES)
    if operator not in ("is", "is_not") and len(source) > MOST_PARTS:
        raise QueryError(place, _TOO_MANY_PARTS, count=len(source), operator=operator, most=MOST_PARTS)
    for number, value in enumerate(source):
        if not isinstance(value, str):
            raise QueryError(f"{place}/{number}", "Expected a text")
        if len(value) > LONGEST_VALUE:
            raise QueryError(f"{place}/{number}", marked("Longer than %(most)s characters"), most=LONGEST_VALUE)
        if not is_text(value):
            raise QueryError(f"{place}/{number}", "Not valid Unicode: half of a surrogate pair")
    return tuple(source)


def _check_accepted(asked: Asked, values: Sequence[str], place: str) -> None:
    accepts = asked.dimension.accepts
    for number, value in enumerate(values):
        if accepts and value not in ("", asked.dimension.blank) and not fullmatch(accepts, value):
            expected = FootfallError(asked.dimension.accepts_text)
            problem = marked("Invalid value %(value)s: %(expected)s")
            raise QueryError(f"{place}/{number}", problem, value=said(value), expected=expected)


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
