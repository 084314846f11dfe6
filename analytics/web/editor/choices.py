"""What a panel's form offers to choose from, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from analytics.panels import FORMS
from analytics.query.dimensions import DIMENSIONS
from analytics.query.metrics import METRICS
from analytics.web.editor.conditions import ANY
from analytics.web.language import _, marked
from analytics.web.question.filters import OPERATIONS

FORM_NAMES = {
    "live": marked("Current visitors"),
    "number": marked("Metrics"),
    "timeseries": marked("Chart over time"),
    "bars": marked("Bars"),
    "tree": marked("Tree of sections"),
    "map": marked("World map"),
    "regions": marked("Countries and regions"),
    "heat": marked("Hours of the week"),
    "table": marked("Table"),
    "text": marked("Text"),
    "funnel": marked("Funnel"),
    "flow": marked("Flow"),
    "goals": marked("Goals"),
    "properties": marked("Properties"),
    "revenue": marked("Revenue"),
    "vitals": marked("Web Vitals"),
    "ledger": marked("Received, counted and dropped"),
}
"""What the forms are called."""
SIZES = {"full": marked("Full width"), "half": marked("Half"), "third": marked("A third")}
DIRECTIONS = {"desc": marked("Largest first"), "asc": marked("Smallest first")}

_LABELS = {
    "event:section:*": marked("Section, down to level …"),
    "event:props:*": marked("Property …"),
    "visit:country": marked("Country (code)"),
    "visit:region": marked("Region (code)"),
    "visit:city": marked("City (number)"),
}
"""Of dimensions that would otherwise be called like another."""


def metrics() -> list[tuple[str, str]]:
    """Name and label of every metric."""
    return sorted(((name, _(row.label)) for name, row in METRICS.items()), key=lambda each: each[1].casefold())


def dimensions(form: str = "") -> list[tuple[str, str]]:
    """Name and label of every dimension, or of those that a form can show; those that take an argument end in ``:*``."""
    known = shown_by(form)
    return [
        (row.name, _(_LABELS.get(row.name) or row.label)) for row in DIMENSIONS.values() if not form or row.name in known
    ]


def operations() -> list[tuple[str, str]]:
    """Name and label of every operation of a filter."""
    return [(name, row.words) for name, row in OPERATIONS.items()]


def shown_by(form: str) -> set[str]:
    """The dimensions that a form can show."""
    if form in FORMS and FORMS[form].among:
        return set(FORMS[form].among)
    only = {"timeseries": "time", "tree": "event:section"}.get(form, "")
    return {name for name in DIMENSIONS if name.startswith(only) and not (only == "event:section" and name.endswith(ANY))}


def limits(form: str) -> Mapping[str, tuple[int, int]]:
    """The minimum and maximum number of metrics and dimensions of a form."""
    known = FORMS.get(form)
    return {"metrics": known.metrics, "dimensions": known.dimensions} if known else {"metrics": (0, 0), "dimensions": (0, 0)}


def rows_of(found: Sequence[Any], least: int, most: int, empty: Any) -> list[Any]:
    """The rows of a list in the form: those that are filled in, and an empty one if there may be more."""
    return [*found, *[empty] * max(least - len(found), 1 if len(found) < most else 0)]
