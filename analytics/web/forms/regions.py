"""The form ``regions``: countries; when the page is filtered by one, its regions; by a region, its cities."""

from msgspec import Struct
from msgspec.structs import replace

from analytics.panels import Panel
from analytics.web.forms.bars import Table, bars
from analytics.web.question.asker import Asker
from analytics.web.question.filters import Filter
from analytics.web.question.selection import Selection

COUNTRY, REGION, CITY = "visit:country_name", "visit:region_name", "visit:city_name"
DRILLED = (
    (REGION, "visit:region", CITY),
    (COUNTRY, "visit:country", REGION),
)
"""Filtered by one of the first two, the third is shown: the nearest place first."""


class Place(Struct, frozen=True):
    """A place that the page is filtered by."""

    text: str
    leave: Selection
    """Without it, and without what lies in it."""


class Places(Struct, frozen=True, kw_only=True):
    """Where visitors are, at one level."""

    trail: list[Place]
    """From the country inwards."""
    table: Table
    kept: bool
    """The site keeps regions and cities, or what is shown is countries."""


def places(asker: Asker, panel: Panel) -> Places:
    """The parts of the place that the page is filtered by."""
    selection = asker.selection
    found = [(chosen, inner) for name, other, inner in DRILLED if (chosen := _chosen(selection, name, other))]
    dimension = found[0][1] if found else COUNTRY
    shown = replace(panel, query=replace(panel.query, dimensions=(dimension,)))
    trail = [place for place, _ in reversed(found)]
    return Places(
        trail=[Place(each.values[0], _left(selection, trail[at:])) for at, each in enumerate(trail)],
        table=bars(asker, shown),
        kept=dimension == COUNTRY or asker.site.settings.regions,
    )


def _chosen(selection: Selection, *dimensions: str) -> Filter | None:
    """The filter that keeps a single value of one of these dimensions."""
    only = (each for each in selection.filters if each.operation == "is" and len(each.values) == 1)
    return next((each for each in only if each.dimension in dimensions), None)


def _left(selection: Selection, unwanted: list[Filter]) -> Selection:
    for each in unwanted:
        selection = selection.removed(each)
    return selection
