"""The form ``properties``: the names of the properties that events carry, and the values of the one that is chosen."""

from msgspec import Struct
from msgspec.structs import replace

from analytics.needs import OF_FEATURES
from analytics.panels import Panel
from analytics.query.dimensions import NONE, PROPERTIES
from analytics.web.forms.bars import Table, bars
from analytics.web.forms.pick import Pick
from analytics.web.question.asker import Asker

MOST_NAMES = 40
"""Of properties, those that most events carry."""
OWN_EVENTS = ["is_not", "event:name", list(OF_FEATURES)]
"""What the script's features send has panels of its own."""
VALUES = ("visitors", "events")
CONVERTING = ("visitors", "events", "conversion_rate")
"""Shown where the reader filters by a goal."""


class Properties(Struct, frozen=True):
    """The names, and the values of one of them."""

    picks: list[Pick]
    table: Table | None


def properties(asker: Asker, panel: Panel) -> Properties:
    """The property that the reader chose, or else the one that most events carry. Hidden properties are left out for
    everybody."""
    selection, hidden = asker.selection, asker.site.settings.hidden_properties
    names = [name for name in _names(asker, panel) if name not in hidden]
    wanted = selection.chosen(panel.name)
    shown = wanted if wanted and wanted not in hidden else next(iter(names), "")
    if shown and shown not in names:
        names.append(shown)
    picks = [Pick(name, name == shown, selection.choosing(panel.name, name)) for name in names]
    return Properties(picks, _values(asker, panel, shown) if shown else None)


def _names(asker: Asker, panel: Panel) -> list[str]:
    asked = replace(panel.query, metrics=("events",), dimensions=(PROPERTIES,), filters=(*panel.query.filters, OWN_EVENTS))
    found = asker.ask(replace(panel, query=asked), pagination={"limit": MOST_NAMES})
    return [row["dimensions"][0] for row in found.results]


def _values(asker: Asker, panel: Panel, name: str) -> Table:
    """The values of a property, of the events that carry it."""
    dimension = f"{PROPERTIES}:{name}"
    filters = (*panel.query.filters, OWN_EVENTS, ["is_not", dimension, [NONE]])
    metrics = CONVERTING if asker.selection.converts else VALUES
    return bars(asker, replace(panel, query=replace(panel.query, metrics=metrics, dimensions=(dimension,), filters=filters)))
