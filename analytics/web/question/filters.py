"""A dashboard's filters: in the address, in the query language, and in words.

Filters saved under a name are one filter here: the dimension ``segment``, whose values are their ids.
"""

import re
from collections.abc import Sequence
from typing import Any

from babel.lists import format_list
from msgspec import Struct

from analytics.model import PAGEVIEW
from analytics.query.dimensions import EVENT_NAME, GOAL, PROPERTIES, Kind, find
from analytics.site import Segment
from analytics.web.language import _, locale, marked
from analytics.web.question.names import shown

SEGMENT = "segment"
"""Stands where a dimension does, in addresses and in the query language."""


class Operation(Struct, frozen=True):
    """One way to filter."""

    words: str
    """Between the dimension and its values, in the menu."""
    sentence: str
    """All of the filter, on its chip."""
    opposite: str


OPERATIONS: dict[str, Operation] = {
    "is": Operation(marked("is"), marked("%(what)s is %(values)s"), "is_not"),
    "is_not": Operation(marked("is not"), marked("%(what)s is not %(values)s"), "is"),
    "contains": Operation(marked("contains"), marked("%(what)s contains %(values)s"), "contains_not"),
    "contains_not": Operation(marked("does not contain"), marked("%(what)s does not contain %(values)s"), "contains"),
    "matches": Operation(marked("matches the pattern"), marked("%(what)s matches %(values)s"), "matches_not"),
    "matches_not": Operation(marked("does not match the pattern"), marked("%(what)s does not match %(values)s"), "matches"),
    "has_done": Operation(
        marked("has done, anywhere in the visit"), marked("Has done: %(what)s %(values)s"), "has_not_done"
    ),
    "has_not_done": Operation(
        marked("has not done, anywhere in the visit"), marked("Has not done: %(what)s %(values)s"), "has_done"
    ),
}
"""Every operation, in the order of the menu."""

_OF_SEGMENTS = ("is", "is_not")
_OF_VISITS = ("has_done", "has_not_done")
_OF_GOALS = ("is", "is_not", "contains", "contains_not", *_OF_VISITS)
_OF_PAGES_AND_EVENTS = tuple(OPERATIONS)
_OF_OTHERS = tuple(name for name in OPERATIONS if name not in _OF_VISITS)


def operations_of(dimension: str) -> tuple[str, ...]:
    """The operations that a dimension allows; none if it does not exist or cannot be filtered by."""
    if dimension == SEGMENT:
        return _OF_SEGMENTS
    if dimension == GOAL:
        return _OF_GOALS
    found = find(dimension)
    if found is None or found.dimension.kind is Kind.TIME or found.name == PROPERTIES:
        return ()
    return _OF_PAGES_AND_EVENTS if found.dimension.kind in (Kind.PAGE, Kind.EVENT) else _OF_OTHERS


class Filter(Struct, frozen=True):
    """One condition: the dimension's value is (or is not, or contains) one of the values."""

    operation: str
    dimension: str
    values: tuple[str, ...]

    @property
    def text(self) -> str:
        """The filter as it is written in the URL."""
        return ",".join((self.operation, self.dimension, *map(escaped, self.values)))

    @property
    def question(self) -> list[Any]:
        """The filter in the query language. ``is_not`` a goal means visits that have not reached it: an event that is not a
        goal says nothing about the rest of its visit."""
        if self.dimension == SEGMENT:
            named = ["is", SEGMENT, [int(value) for value in self.values]]
            return named if self.operation == "is" else ["not", named]
        if self.operation in _OF_VISITS:
            return [self.operation, ["is", self.dimension, list(self.values)]]
        if self.dimension == GOAL and self.operation in ("is_not", "contains_not"):
            return ["has_not_done", [self.opposite, self.dimension, list(self.values)]]
        return [self.operation, self.dimension, list(self.values)]

    @property
    def opposite(self) -> str:
        """The operation that holds exactly where this one does not."""
        return OPERATIONS[self.operation].opposite

    @property
    def of_conversions(self) -> bool:
        """Whether it keeps only what was done: goals that were reached, or events other than page views."""
        positive = self.operation in ("is", "contains", "matches")
        return positive and (self.dimension == GOAL or (self.dimension == EVENT_NAME and PAGEVIEW not in self.values))

    def said(self, segments: Sequence[Segment] = ()) -> str:
        """The filter in words, in the current language; ``segments`` are the site's, for their names."""
        names = {str(each.id): each.name for each in segments} if self.dimension == SEGMENT else {}
        values = format_list(
            [names.get(value) or shown(self.dimension, value) for value in self.values], style="or", locale=locale()
        )
        return _(OPERATIONS[self.operation].sentence, what=label(self.dimension), values=values)


def label(dimension: str) -> str:
    """The label of a dimension; a property is called by its own name."""
    if dimension == SEGMENT:
        return _("Segment")
    found = find(dimension)
    if found is None:
        return dimension
    return found.argument if dimension.startswith("event:props:") else _(found.dimension.label)


def read(text: str, problems: list[str]) -> Filter | None:
    """The filter that an address contains. If it is not valid, a message is appended to ``problems``."""
    operation, dimension, *values = [*split(text), ""]
    values = values[:-1]
    if not values or operation not in OPERATIONS:
        problems.append(_("“%(filter)s” is not a valid filter.", filter=text))
    elif not operations_of(dimension):
        problems.append(_("You cannot filter by “%(name)s”.", name=dimension))
    elif operation not in operations_of(dimension) or (dimension == SEGMENT and not all(map(_is_number, values))):
        problems.append(_("“%(filter)s” is not a valid filter.", filter=text))
    else:
        return Filter(operation, dimension, tuple(values))
    return None


def of_question(source: Any) -> Filter | None:
    """The filter that the query language writes like this; None if an address cannot express it, as with nested filters."""
    match source:
        case ["not", ["is", "segment", [*ids]]]:
            found = Filter("is_not", SEGMENT, tuple(map(str, ids)))
        case ["is", "segment", [*ids]]:
            found = Filter("is", SEGMENT, tuple(map(str, ids)))
        case [("has_done" | "has_not_done") as operation, ["is", str(dimension), [*values]]]:
            found = Filter(operation, dimension, tuple(values))
        case ["has_not_done", ["contains", "event:goal", [*values]]]:
            found = Filter("contains_not", GOAL, tuple(values))
        case [str(operation), str(dimension), [*values]] if operation in OPERATIONS:
            found = Filter(operation, dimension, tuple(values))
        case _:
            return None
    return found if found.operation in operations_of(found.dimension) else None


def split(text: str) -> list[str]:
    """The parts between commas; a backslash escapes the next character."""
    parts = re.findall(r"(?:\\.|[^,\\])*,", text + ",", re.DOTALL)
    return [re.sub(r"\\(.)", r"\1", part[:-1], flags=re.DOTALL) for part in parts]


def escaped(value: str) -> str:
    """A value as it is written between the commas of an address, the reverse of ``split``."""
    return re.sub(r"([\\,])", r"\\\1", value)


def _is_number(value: str) -> bool:
    return bool(re.fullmatch(r"\d{1,18}", value))
