"""What the classes of a scale mean: the figures of each, from light to dark."""

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
    """A line for each class; figures are shown ``rounded``."""
    return [Key(shade.level, _span(metric, rounded(shade.least), rounded(shade.most))) for shade in scale.shades]


def _span(metric: Metric, least: float, most: float) -> str:
    """From the smallest to the largest figure of a class, saying one figure once."""
    low, high = figure(metric, least), figure(metric, most)
    return low if low == high else f"{low} – {high}"
