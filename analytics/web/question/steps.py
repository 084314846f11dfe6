"""The steps of a funnel as its form has them: a kind and a value each, converted to and from filters of the query
language."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct

from analytics.errors import QueryError
from analytics.query import funnel as funnels
from analytics.query.sections import pattern_regex
from analytics.site import Funnel
from analytics.web.language import _, marked
from analytics.web.question.filters import Filter, of_question, operations_of

KINDS = {
    "page": marked("Page"),
    "event": marked("Event"),
    "goal": marked("Goal"),
    "section": marked("Section"),
}
"""What a step may be about, and what that is called."""
_DIMENSIONS = {"page": "event:page", "event": "event:name", "goal": "event:goal", "section": "event:section"}
_OF = {dimension: kind for kind, dimension in _DIMENSIONS.items()}
_PROPERTY = "event:props:"
_BEGIN, _END = "(?s)^", r"/?(?:\?.*)?$"
"""Around the expression of a pattern: as for goals, a slash at the end and what follows a ``?`` make no other page."""
_BACK = {".*": "**", "[^/]*": "*"}


class Step(Struct, frozen=True):
    """One row of the form."""

    kind: str = "page"
    value: str = ""
    """A path or a pattern of paths (as in ``SectionRule``), or the name of an event, a goal, a section."""
    name: str = ""
    """Of an event: the name of a property that it has to carry ..."""
    content: str = ""
    """... with exactly this value."""

    @property
    def empty(self) -> bool:
        """Whether nothing was typed."""
        return not (self.value or self.name or self.content)


def as_filter(step: Step) -> list[Any]:
    """The step as a filter of the query language."""
    if step.kind == "page" and "*" in step.value:
        return ["matches", "event:page", [_regex(step.value)]]
    found = ["is", _DIMENSIONS[step.kind], [step.value]]
    if step.kind != "event" or not step.name:
        return found
    return ["and", [found, ["is", _PROPERTY + step.name, [step.content]]]]


def of_filter(source: Any) -> Step | None:
    """The form's row for a filter; None if a row cannot express it."""
    match source:
        case ["is", str(dimension), [str(value)]] if dimension in _OF:
            return Step(_OF[dimension], value)
        case ["matches", "event:page", [str(regex)]]:
            pattern = _pattern(regex)
            return Step("page", pattern) if _regex(pattern) == regex else None
        case ["and", [["is", "event:name", [str(value)]], ["is", str(dimension), [str(content)]]]]:
            found = dimension.startswith(_PROPERTY)
            return Step("event", value, dimension.removeprefix(_PROPERTY), content) if found else None
    return None


def narrowing(source: Any) -> Filter | None:
    """The dashboard's filter for the visits that took a step anywhere; None if an address cannot express it."""
    match source:
        case ["is", str(dimension), [*values]] if "has_done" in operations_of(dimension):
            return Filter("has_done", dimension, tuple(values))
    return of_question(source)


def check(funnel: Funnel, goals: Collection[str]) -> None:
    """Raises QueryError, with its place, for a step that is not valid; ``goals`` are the names of the site's goals."""
    for problem in problems(funnel, goals):
        raise problem


def problems(funnel: Funnel, goals: Collection[str]) -> Iterator[QueryError]:
    """What is wrong with the steps, with its place: ``#/steps/0``."""
    try:
        funnels.parse({"date_range": "day", "steps": list(funnel.steps)})
    except QueryError as problem:
        yield problem
    for row, step in enumerate(map(of_filter, funnel.steps)):
        if step and not step.value:
            yield QueryError(f"#/steps/{row}", _("Enter a page, an event or a goal"))
        elif step and step.kind == "goal" and step.value not in goals:
            yield QueryError(f"#/steps/{row}", _("There is no goal “%(name)s” on this site", name=step.value))


def said(source: Any) -> str:
    """A step's filter in a few words, as the name of the step: ``/cart``, ``Signup, plan = pro``."""
    step = of_filter(source)
    if step is None:
        return str(source)
    if step.name:
        return _("%(event)s, %(property)s = %(value)s", event=step.value, property=step.name, value=step.content)
    return step.value


def _regex(pattern: str) -> str:
    return _BEGIN + pattern_regex(pattern).removeprefix("(?s)") + _END


def _pattern(regex: str) -> str:
    body = regex.removeprefix(_BEGIN).removesuffix(_END)
    whole = body.endswith("(?:/.*)?")
    body = body.removesuffix("(?:/.*)?")
    parts = re.split(r"(\.\*|\[\^/\]\*)", body)
    plain = "".join(_BACK.get(part) or re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL) for part in parts)
    return plain + "/**" if whole else plain
