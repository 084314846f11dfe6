"""The legend of a scale: the range of figures of each class, from light to dark."""

from collections.abc import Callable

from msgspec import Struct

from analytics.query.metrics import Metric
from analytics.web.figures import figure
from analytics.web.forms.scale import Scale


class Key(Struct, frozen=True):
    """One line of the legend."""

    level: int
    text: str


def legend(metric: Metric, scale: Scale, rounded: Callable[[float], float] = float) -> list[Key]:
    """One line per class, its figures formatted by ``rounded``."""
    return [Key(shade.level, _span(metric, rounded(shade.least), rounded(shade.most))) for shade in scale.shades]


def _span(metric: Metric, least: float, most: float) -> str:
    """The smallest to the largest figure of a class, as one figure if they are equal."""
    low, high = figure(metric, least), figure(metric, most)
    return low if low == high else f"{low} – {high}"
