"""The form that adds or changes a filter: dimensions in groups, the operations that each allows, several values, and
suggested values.

Works without JavaScript; with it, suggestions follow what is typed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from analytics.checks import Checks
from analytics.errors import InvalidInput, QueryError
from analytics.panels import Panel, Question
from analytics.query.dimensions import PROPERTIES
from analytics.site import Segment
from analytics.web.forms.bars import folded
from analytics.web.language import _, marked
from analytics.web.question.asker import Asker
from analytics.web.question.filters import OPERATIONS, SEGMENT, Filter, label, operations_of, read, split
from analytics.web.question.limits import may_filter
from analytics.web.question.selection import Selection

Arguments = Mapping[str, Sequence[str]]

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (marked("Page"), ("event:page", "event:section", "event:hostname")),
    (
        marked("Visit"),
        ("visit:entry_page", "visit:exit_page", "visit:entry_page_hostname", "visit:exit_page_hostname"),
    ),
    (
        marked("Source"),
        (
            *("visit:source", "visit:channel", "visit:referrer", "visit:utm_source", "visit:utm_medium"),
            *("visit:utm_campaign", "visit:utm_content", "visit:utm_term", "visit:click_id"),
        ),
    ),
    (marked("Place"), ("visit:country_name", "visit:region_name", "visit:city_name", "visit:language")),
    (
        marked("Device"),
        ("visit:device", "visit:screen", "visit:browser", "visit:browser_version", "visit:os", "visit:os_version"),
    ),
    (marked("Goals and events"), ("event:goal", "event:name")),
)
"""The dimensions in the menu, places by their names. Beside them the properties that the site's events have."""
MOST_PROPERTIES = 200
SUGGESTED = 20
EMPTY_FIELDS = 2
"""Fields for further values; the form comes back with more of them."""
_AS_A_WHOLE = {"event:section": "event:section:3"}
"""What values are suggested by, where the dimension itself has some of those that can be filtered by."""


class Choice(Struct, frozen=True):
    """A dimension in the menu."""

    name: str
    label: str
    operations: str
    """What goes with it, parted by blanks."""


class Typed(Struct, frozen=True):
    """The content of the form's fields."""

    dimension: str = "event:page"
    operation: str = "is"
    values: Sequence[str] = ()
    edited: str = ""
    """The filter that is changed, as it stands in the address; empty: one is added."""


class FilterForm(Struct, frozen=True, kw_only=True):
    """The form, ready to be rendered."""

    typed: Typed
    problems: Mapping[str, str]
    """Field -> what is wrong there."""
    groups: list[tuple[str, list[Choice]]]
    operations: list[tuple[str, str]]
    fields: list[str]
    suggested: list[str]
    segments: list[tuple[Segment, Selection]]
    """Each with the dashboard that it leaves."""
    values: Selection
    """Where suggestions for what is typed are: dimension and text are put behind."""
    closed: Selection
    """The dashboard without the form."""


def form(asker: Asker, typed: Typed | None, problems: Mapping[str, str]) -> FilterForm:
    """The form in its initial state, or with what was ``typed`` and what is wrong with it."""
    selection = asker.selection
    closed = selection.opened("")
    typed = typed or _beginning(selection)
    return FilterForm(
        typed=typed,
        problems=problems,
        groups=list(_groups(asker, typed)),
        operations=[(name, _(operation.words)) for name, operation in OPERATIONS.items()],
        fields=[*typed.values, *[""] * EMPTY_FIELDS],
        suggested=_suggested(asker, typed.dimension, ""),
        segments=[(each, closed.narrowed(SEGMENT, str(each.id))) for each in asker.segments],
        values=selection.opened("values"),
        closed=closed,
    )


def sent(arguments: Arguments) -> Typed:
    """The content of a submitted form."""
    dimension, operation, edited = (next(iter(arguments.get(name, ())), "") for name in ("dimension", "operation", "edit"))
    values = tuple(dict.fromkeys(value for value in arguments.get("value", ()) if value))
    return Typed(dimension, operation or "is", values, edited)


def applied(asker: Asker, typed: Typed) -> Selection:
    """The dashboard with the form's filter. Raises InvalidInput naming every wrong field: ``dimension``, ``operation``,
    ``value``."""
    with Checks() as check:
        check(_check_condition, typed)
        if not typed.values:
            raise InvalidInput("value", _("Enter one or more values."))
    wanted = Filter(typed.operation, typed.dimension, tuple(typed.values))
    try:
        asker.check(wanted)
    except QueryError as problem:
        raise problem.at("value") from None
    edited = next((each for each in asker.selection.filters if each.text == typed.edited), None)
    return asker.selection.opened("").exchanged(edited, wanted)


def _check_condition(typed: Typed) -> None:
    if not operations_of(typed.dimension):
        raise InvalidInput("dimension", _("You cannot filter by “%(name)s”.", name=typed.dimension))
    if typed.operation not in operations_of(typed.dimension):
        words = _(OPERATIONS[typed.operation].words) if typed.operation in OPERATIONS else typed.operation
        problem = _("“%(how)s” cannot be used with “%(what)s”.", how=words, what=label(typed.dimension))
        raise InvalidInput("operation", problem)


def suggested(asker: Asker) -> list[str]:
    """Existing values to choose from; ``about`` is the dimension and what was typed so far."""
    dimension, typed, *_rest = [*split(asker.selection.about), ""]
    return _suggested(asker, dimension, typed)


def _beginning(selection: Selection) -> Typed:
    problems: list[str] = []
    found = read(selection.about, problems) if selection.about else None
    if found in selection.filters and found:
        return Typed(found.dimension, found.operation, found.values, found.text)
    return Typed(selection.about) if operations_of(selection.about) and selection.about != SEGMENT else Typed()


def _groups(asker: Asker, typed: Typed) -> Iterator[tuple[str, list[Choice]]]:
    named = {name for _group, names in GROUPS for name in names}
    for group, names in GROUPS:
        choices = [_choice(name) for name in names if may_filter(asker.viewer, Filter("is", name, ("",)))]
        if choices:
            yield _(group), choices
    properties = [f"{PROPERTIES}:{name}" for name in _values_of(asker, PROPERTIES, "events", MOST_PROPERTIES)]
    more = dict.fromkeys([*properties, *_own(typed.dimension, named)])
    if more:
        yield _("Property"), [_choice(name) for name in more]
    if asker.segments:
        yield _("Segment"), [_choice(SEGMENT)]


def _own(dimension: str, named: set[str]) -> list[str]:
    """The filter that is being changed, if the menu does not contain its dimension."""
    return [dimension] if operations_of(dimension) and dimension != SEGMENT and dimension not in named else []


def _choice(name: str) -> Choice:
    return Choice(name, label(name), " ".join(operations_of(name)))


def _suggested(asker: Asker, dimension: str, typed: str) -> list[str]:
    """Of the values that contain what was typed, those that most visitors of these days have."""
    if dimension == SEGMENT:
        return []
    if not operations_of(dimension) or not may_filter(asker.viewer, Filter("is", dimension, ("",))):
        return []
    containing = [["contains", dimension, [typed], {"case_sensitive": False}]] if typed else []
    return _values_of(asker, _AS_A_WHOLE.get(dimension, dimension), "visitors", SUGGESTED, containing)


def _values_of(asker: Asker, dimension: str, metric: str, limit: int, narrow: Sequence[Any] = ()) -> list[str]:
    """The values with the highest values of the metric on these days, regardless of other filters. None if that cannot be
    answered; the reader then types a value."""
    panel = Panel(name="values", title="", form="bars", query=Question(metrics=(metric,), dimensions=(dimension,)))
    try:
        found = asker.unfiltered().ask(panel, narrow=narrow, pagination={"limit": limit})
    except QueryError:
        return []
    return [value for row in found.results if not folded(value := row["dimensions"][0])]
