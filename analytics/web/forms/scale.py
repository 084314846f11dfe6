"""Divides figures into a few classes, from light to dark. Pure: figures in, classes out; the colours are tokens of the
style sheet.

A class is identified by its level: 1 is the lightest, ``LEVELS`` the darkest; 0 stands for zero or no figure.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from msgspec import Struct

LEVELS = 5

Value = float | int | None


class Shade(Struct, frozen=True):
    """One class."""

    level: int
    least: float
    """The smallest of its figures, and in ``most`` the largest."""
    most: float


class Scale(Struct, frozen=True):
    """Classes of figures, the lightest first. Each contains at least one figure, so there may be fewer than ``LEVELS``."""

    shades: tuple[Shade, ...]

    def level(self, value: Value) -> int:
        """The level of one of the figures that the scale was made from."""
        if not value or not self.shades:
            return 0
        place = bisect_left([shade.most for shade in self.shades], value)
        return self.shades[min(place, len(self.shades) - 1)].level


def by_rank(values: Iterable[Value]) -> Scale:
    """Classes with equally many distinct figures each: for figures of which a few are far larger than the rest."""
    known = _known(values)
    return _scale([known[len(known) * place // LEVELS : len(known) * (place + 1) // LEVELS] for place in range(LEVELS)])


def by_size(values: Iterable[Value]) -> Scale:
    """Classes of equal width, from zero to the largest figure: half as dark is half as much."""
    known = _known(values)
    top = known[-1] if known else 0
    return _scale([[value for value in known if place < LEVELS * value / top <= place + 1] for place in range(LEVELS)])


def _known(values: Iterable[Value]) -> list[float]:
    return sorted({value for value in values if value})


def _scale(classes: Sequence[Sequence[float]]) -> Scale:
    return Scale(tuple(Shade(level, found[0], found[-1]) for level, found in enumerate(classes, start=1) if found))
