"""Figures in classes, from light to dark."""

from pathlib import Path
from re import findall

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.resources import folder
from analytics.web.forms.scale import LEVELS, Scale, Shade, by_rank, by_size

FIGURES = st.lists(st.none() | st.integers(0, 10**9), max_size=300)


def classes(scale: Scale) -> list[tuple[int, float, float]]:
    return [(shade.level, shade.least, shade.most) for shade in scale.shades]


def test_by_rank_each_class_has_as_many_figures() -> None:
    """However far the largest lies from the others; the same figure is never in two classes."""
    assert classes(by_rank([1, 2, 3, 4, 5, 5, 5, 6, 7, 8, 9, 40_000])) == [
        (1, 1, 2), (2, 3, 4), (3, 5, 6), (4, 7, 8), (5, 9, 40_000),
    ]  # fmt: skip


def test_by_size_half_as_dark_is_half_as_much() -> None:
    """Classes without a figure are left out, with their level."""
    assert classes(by_size([1, 20, 21, 100])) == [(1, 1, 20), (2, 21, 21), (5, 100, 100)]


@pytest.mark.parametrize("made", [by_rank, by_size])
def test_nothing_has_no_class(made: object) -> None:
    """Neither has what is not known."""
    scale = made([None, 0, 3])  # type: ignore[operator]
    assert [scale.level(value) for value in (None, 0, 3)] == [0, 0, 5]
    assert made([]).level(0) == 0  # type: ignore[operator]
    assert made([0]) == Scale(())  # type: ignore[operator]
    assert scale.shades == (Shade(5, 3, 3),)


@given(FIGURES)
def test_every_figure_is_in_the_class_that_says_so(values: list[int | None]) -> None:
    """What the legend says is true of each; more is never lighter."""
    for scale in (by_rank(values), by_size(values)):
        known = sorted(value for value in values if value)
        for value in known:
            (shade,) = [each for each in scale.shades if each.level == scale.level(value)]
            assert shade.least <= value <= shade.most
        levels = [scale.level(value) for value in known]
        assert levels == sorted(levels)
        assert set(levels) == {shade.level for shade in scale.shades} <= set(range(1, LEVELS + 1))


def _brightness(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_brightness(one), _brightness(other)))
    return (light + 0.05) / (dark + 0.05)


def _tokens() -> dict[str, tuple[str, str]]:
    """Colour -> by day, by night."""
    sheet = Path(folder("static") / "css/tokens.css").read_text()
    return {name: (day, night) for name, day, night in findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", sheet)}


@pytest.mark.parametrize("night", [0, 1])
def test_figures_can_be_read_on_every_class(night: int) -> None:
    """4.5 to 1 (WCAG 1.4.3), by day and by night: ink on 0 to 3, --on-accent on 4 and 5."""
    tokens = _tokens()
    for level in range(LEVELS + 1):
        text = "on-accent" if level > 3 else "ink"
        assert _contrast(tokens[f"scale-{level}"][night], tokens[text][night]) >= 4.5, level
    brightness = [_brightness(tokens[f"scale-{level}"][night]) for level in range(LEVELS + 1)]
    assert sorted(brightness, reverse=not night) == brightness, "each is further from the page than the one before"
