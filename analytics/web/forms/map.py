"""The form ``map``: the world by country, darker where there is more.

The build makes the outlines (``world.json``, from world-atlas). Countries too small for an outline are dots. What has no
place on a map (unknown countries, small values that are folded) is listed beside it, so that the map never looks more
complete than it is.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from analytics.panels import Panel
from analytics.query.dimensions import DIMENSIONS
from analytics.query.metrics import Metric
from analytics.resources import folder
from analytics.web.figures import figure
from analytics.web.forms.bars import Entry, Table, bars, named
from analytics.web.forms.legend import Key, legend
from analytics.web.forms.scale import Scale, by_rank
from analytics.web.question.asker import Asker, Row
from analytics.web.question.filters import label

MOST_COUNTRIES = 300
"""There are about 250."""


class World(Struct, frozen=True):
    """The outlines that the build made."""

    width: int
    height: int
    shapes: dict[str, str]
    """Two letters (ISO 3166-1 alpha-2; XK is Kosovo) -> outline, a path of SVG; none: land of no country."""
    dots: dict[str, tuple[int, int]]
    """Two letters -> where a country lies that is too small for an outline."""


class Country(Struct, frozen=True, kw_only=True):
    """One country with a figure."""

    entry: Entry
    level: int
    """Its class (``scale.py``)."""
    path: str = ""
    dot: tuple[int, int] | None = None


class Map(Struct, frozen=True, kw_only=True):
    """The map, its legend, and the same as rows."""

    width: int
    height: int
    land: str
    """All land without a figure, as one path."""
    countries: list[Country]
    legend: list[Key]
    columns: list[Metric]
    heading: str
    entries: list[Entry]
    """All rows, those on no map too."""
    aside: list[Entry]
    """Rows that are on no map."""
    table: Table | None
    """The rows as the reader wants them, where the map is shown alone."""


def world_map(asker: Asker, panel: Panel) -> Map:
    """The countries by the panel's first metric."""
    rows = asker.ask(panel, pagination={"limit": MOST_COUNTRIES}).results
    world = world_of(folder("built") / "world.json")
    columns = [asker.metric(name) for name in panel.query.metrics]
    scale = by_rank(row["metrics"][0] for row in rows)
    entries = [_entry(asker, panel, columns, row) for row in rows]
    codes = [DIMENSIONS[panel.query.dimensions[0]].codes(entry.value) for entry in entries]
    countries = [
        _country(world, code, entry, scale, row["metrics"][0])
        for code, entry, row in zip(codes, entries, rows, strict=True)
        if code in world.shapes or code in world.dots
    ]
    return Map(
        width=world.width,
        height=world.height,
        land="".join(path for code, path in world.shapes.items() if code not in codes),
        countries=sorted(countries, key=lambda country: bool(country.dot)),
        legend=legend(columns[0], scale),
        columns=columns,
        heading=label(panel.query.dimensions[0]),
        entries=entries,
        aside=[
            entry for code, entry in zip(codes, entries, strict=True) if code not in world.shapes and code not in world.dots
        ],
        table=bars(asker, panel) if asker.selection.panel == panel.name else None,
    )


def _entry(asker: Asker, panel: Panel, columns: list[Metric], row: Row) -> Entry:
    cells = [figure(metric, cell) for metric, cell in zip(columns, row["metrics"], strict=True)]
    return msgspec.structs.replace(named(asker, panel.query.dimensions[0], row["dimensions"][0]), cells=cells)


def _country(world: World, code: str, entry: Entry, scale: Scale, value: Any) -> Country:
    return Country(entry=entry, level=scale.level(value), path=world.shapes.get(code, ""), dot=world.dots.get(code))


@lru_cache(maxsize=1)
def world_of(file: Path) -> World:
    """The outlines from the file that the build made."""
    return msgspec.json.decode(file.read_bytes(), type=World)
