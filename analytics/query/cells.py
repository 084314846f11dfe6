"""Small cells: no answer tells apart what fewer than k visitors have in common. docs/decisions/0013 has the reasons.

Pure. ``POLICIES`` says for each audience what is folded. Three rules do it, in this order:

1. For every attribute of the person that the question names, a value is *told apart* if it has k visitors in the
   question's days, regardless of the rest of the question (``shown``). All other values become one, "(fewer than k)",
   in dimensions and in filters alike (``recoded``): what no table shows cannot be named, not even to exclude it. If
   these together have fewer than k visitors, a value that has k joins them, and naming that value names them all.
2. Attributes that are crossed (a filter on one, a table of the other) are told apart if their combination has k.
3. In the answer, rows below k become one row (``folding.py``); if they have fewer than k visitors together, the next
   smallest rows join them.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from analytics.query.dimensions import JOINT, Asked, Columns, Kind, Person, find
from analytics.query.filters import conditions_of, mapped
from analytics.query.query import Question


class Audience(StrEnum):
    """For whom an answer is."""

    SIGNED_IN = "signed-in"
    """People with an account and keys; also the commands, which need the machine."""
    PUBLIC = "public"
    """Anybody: shared and public views."""


class Policy(Struct, frozen=True):
    """What is folded for an audience."""

    least: int
    """k is the site's setting, but never less than this. With 1 the site may turn folding off."""
    coarse_alone: bool
    """Whether a table of a coarse attribute of the person is shown unfolded as long as there is no filter and no second
    attribute."""
    content: bool
    """Whether content is folded, too, if the question involves an attribute of the person."""


POLICIES: dict[Audience, Policy] = {
    Audience.SIGNED_IN: Policy(least=1, coarse_alone=True, content=False),
    Audience.PUBLIC: Policy(least=10, coarse_alone=False, content=True),
}

Cell = tuple[str, ...]
"""Values of some attributes of the person."""
Census = Callable[[Sequence[Asked]], Iterable[tuple[Cell, int]]]
"""Counts the visitors of the question's days by these attributes, without its filters."""


class Folding(Struct, frozen=True):
    """What is folded in one question."""

    k: int
    grouped: tuple[Asked, ...]
    """Attributes of the person among its dimensions."""
    filtered: tuple[Asked, ...]
    """Attributes of the person that its filters look at, and its dimensions do not."""
    alone: bool
    """Whether the question groups by a single such attribute and the answer itself shows which of its values have k
    visitors."""
    content: bool
    """Whether rows by content are folded, too."""
    unnamed: tuple[str, ...] = ()
    """Attributes of which the filters name a value that cannot be told apart; the answer does not say whether anybody has
    it."""

    @property
    def label(self) -> str:
        """The value that stands for all folded ones."""
        return f"(fewer than {self.k})"

    @property
    def note(self) -> dict[str, Any]:
        """What the ``meta`` of an answer says about the folding."""
        return {"small_cells": {"fewer_than": self.k, "dimensions": list(self.unnamed)}} if self.unnamed else {}

    @property
    def of_rows(self) -> bool:
        """Whether rows of the answer may be folded, not only values in filters."""
        return bool(self.grouped) or self.content

    @property
    def named(self) -> tuple[Asked, ...]:
        """All attributes of the person that the question names, in a fixed order, so that the same combinations are told
        apart whichever of them is the filter."""
        return tuple(sorted(self.grouped + self.filtered, key=lambda asked: asked.name))


def least(audience: Audience, small_cells: int) -> int:
    """k: the least number of visitors that is told apart. ``small_cells`` is the site's setting."""
    return max(POLICIES[audience].least, small_cells)


def folding(question: Question, audience: Audience, small_cells: int) -> Folding | None:
    """What is folded in this question; None if nothing is. ``small_cells`` is the site's setting."""
    policy, k = POLICIES[audience], least(audience, small_cells)
    grouped = tuple(asked for asked in question.dimensions if asked.dimension.person)
    looked_at = {
        one.dimension.name: one.dimension for one in conditions_of(question.filters) if one.dimension.dimension.person
    }
    filtered = tuple(asked for name, asked in looked_at.items() if name not in {one.name for one in grouped})
    if k < 2 or not grouped + filtered:
        return None
    told_freely = policy.coarse_alone and all(asked.dimension.person is Person.COARSE for asked in grouped)
    others = [asked for asked in question.dimensions if asked.dimension.kind is not Kind.TIME]
    if told_freely and len(others) == 1 and not question.filters:
        return None
    whole = grouped == question.dimensions and not question.filters and not any(one.dimension.within for one in grouped)
    alone = len(grouped) == 1 and not looked_at and (whole or told_freely)
    return Folding(k, grouped, filtered, alone, policy.content)


# --- which values are told apart -------------------------------------------------------------------------


def shown(table: Mapping[Cell, int], k: int, axes: Sequence[int], hidden: Collection[Cell] = ()) -> set[Cell]:
    """The cells of ``table`` (visitors by cell) that may be told apart.

    A cell is hidden if it has fewer than k visitors or is in ``hidden``. Somebody who knows the sum of a line (the cells
    that differ only in one of ``axes``) could compute a hidden cell by subtraction. So the smallest other cells of the line
    are hidden as well, until the whole line is hidden or

    - at least two cells are, with k visitors together,
    - and what is hidden beside them, in the lines that cross this one, is either nobody or k visitors together.
    """
    small = {cell for cell, visitors in table.items() if visitors < k} | set(hidden)
    lines = {axis: _lines(table, axis) for axis in axes}
    before = -1
    while len(small) != before:
        before = len(small)
        for axis in axes:
            crossing = {other: found for other, found in lines.items() if other != axis}
            for line in lines[axis].values():
                _protect(line, table, small, k, crossing)
    return set(table) - small


_Lines = dict[Cell, list[Cell]]
"""What the cells of a line have in common -> its cells, the smallest first."""


def _lines(table: Mapping[Cell, int], axis: int) -> _Lines:
    found: _Lines = {}
    for cell in sorted(table, key=lambda cell: (table[cell], cell)):
        found.setdefault(_without(cell, axis), []).append(cell)
    return found


def _without(cell: Cell, axis: int) -> Cell:
    return cell[:axis] + cell[axis + 1 :]


def _protect(
    line: Sequence[Cell], table: Mapping[Cell, int], small: set[Cell], k: int, crossing: Mapping[int, _Lines]
) -> None:
    """Adds to ``small`` the cells of the line that must be hidden together with those that are."""

    def beside(cell: Cell) -> int:
        return sum(
            table[other]
            for axis, lines in crossing.items()
            for other in lines[_without(cell, axis)]
            if other in small and other != cell
        )

    hidden = [cell for cell in line if cell in small]
    visitors, around = sum(table[cell] for cell in hidden), sum(beside(cell) for cell in hidden)
    for cell in [cell for cell in line if cell not in small] if hidden else []:
        if len(hidden) > 1 and visitors >= k and not 0 < around < k:
            break
        hidden.append(cell)
        small.add(cell)
        visitors, around = visitors + table[cell], around + beside(cell)


def shown_within(table: Mapping[Cell, int], k: int, axes: Sequence[int], hidden: Collection[Cell] = ()) -> set[Cell]:
    """As ``shown``, for columns (``axes``) whose values are parts of the values in the other columns: protected among the
    parts of the same whole (a region's cities) and among all. The returned cells have only those columns; one is shown if
    it is shown in any of the wholes."""
    parts = {cell: tuple(cell[axis] for axis in axes) for cell in table}
    sums: dict[Cell, int] = {}
    for cell, part in parts.items():
        sums[part] = sums.get(part, 0) + table[cell]
    found, before = set(sums), None
    while found != before:
        before = found
        among = shown(table, k, axes, [cell for cell, part in parts.items() if part not in before or cell in hidden])
        found = shown(sums, k, range(len(axes)), set(sums) - {parts[cell] for cell in among})
    return found


class Values(Struct, frozen=True):
    """The values of one attribute."""

    known: Sequence[str]
    """The values that may be told apart, in order."""
    rest: str
    """What filters see in place of all others: the label, or the one value among them that has k visitors and had to join
    them. A filter by that value gets them all; no filter gets them without it."""


def apart(table: Mapping[Cell, int], k: int, label: str) -> Values:
    """The values of one attribute, from the visitors by value."""
    known = {value for (value,) in shown(table, k, [0])}
    large = [value for (value,), visitors in table.items() if visitors >= k and value not in known]
    return Values(sorted(known), large[0] if len(large) == 1 else label)


def values_of(asked: Asked, census: Census, k: int, label: str) -> Values:
    """The values of one attribute of the site.

    A city is part of its region: the region's visitors minus those of all its other cities are the city's. So cities are
    hidden within each region, and together with their region. A value without a name (``blank``) is part of nothing.
    """
    if not asked.dimension.within:
        return apart(dict(census([asked])), k, label)
    above, blank = _above(asked), asked.dimension.blank
    wider = [values_of(one, census, k, label) for one in above]
    table = crossed(census([*above, asked]), [*wider, None])
    named = {cell: visitors for cell, visitors in table.items() if cell[-1] != blank}
    known = {above[-1].dimension.blank, *wider[-1].known}
    hidden = [cell for cell in named if above[-1].dimension.within and cell[-2] not in known]
    found = {value for (value,) in shown_within(named, k, [len(above)], hidden)}
    if sum(visitors for cell, visitors in table.items() if cell[-1] == blank) >= k:
        found.add(blank)
    return Values(sorted(found), label)


def crossed(table: Iterable[tuple[Cell, int]], values: Sequence[Values | None]) -> dict[Cell, int]:
    """The visitors by the combined values of several attributes, as filters see them; an attribute with None stays as it
    is."""
    known = [None if one is None else (set(one.known), one.rest) for one in values]
    found: dict[Cell, int] = {}
    for cell, visitors in table:
        coded = tuple(value if one is None or value in one[0] else one[1] for value, one in zip(cell, known, strict=True))
        found[coded] = found.get(coded, 0) + visitors
    return found


def _above(asked: Asked) -> list[Asked]:
    """The attributes that this one is part of, the widest first: country and region for a city."""
    parent = find(asked.dimension.within)
    return [*_above(parent), parent] if parent else []


# --- what the question sees ------------------------------------------------------------------------------


def seen(question: Question, folding: Folding, census: Census) -> tuple[Question, Folding]:
    """The question in the form in which it may be answered, and what is folded in it. Takes a census for each attribute
    that it names, and one of all together if there are several; none if the answer itself shows which values are small."""
    if folding.alone:
        return question, folding
    found = told(folding, census)
    return recoded(question, folding, found), replace(folding, unnamed=unnamed(question, found))


class Told(Struct, frozen=True):
    """What may be told apart in one question."""

    values: Mapping[str, Values]
    """By the name of the attribute."""
    crossings: Sequence[Cell] | None = None
    """If the question names several attributes: the combinations of their values, as filters see them."""


def told(folding: Folding, census: Census) -> Told:
    """What may be told apart of the attributes that the question names."""
    k, label = folding.k, folding.label
    values = {asked.name: values_of(asked, census, k, label) for asked in folding.named}
    return Told(values, _crossings(folding, census, values) if len(values) > 1 else None)


def _crossings(folding: Folding, census: Census, values: Mapping[str, Values]) -> list[Cell]:
    """The combinations of several attributes that may be told apart, within whatever each of them is part of."""
    k, label = folding.k, folding.label
    columns = {one.name: one for asked in folding.named for one in (*_above(asked), asked)}
    known = [values.get(name) or values_of(one, census, k, label) for name, one in columns.items()]
    axes = [list(columns).index(asked.name) for asked in folding.named]
    return sorted(shown_within(crossed(census(list(columns.values())), known), k, axes))


def recoded(question: Question, folding: Folding, told: Told) -> Question:
    """The question limited to what may be told apart: its dimensions show ``folding.label`` for all other values, its
    filters see ``Values.rest``."""

    def filtered(asked: Asked) -> Asked:
        values = told.values.get(asked.name)
        return asked if values is None else _of_one(asked, values.known, values.rest)

    def grouped(asked: Asked) -> Asked:
        values = told.values.get(asked.name)
        if values is None:
            return asked
        known = _of_one(asked, values.known, folding.label)
        if told.crossings is None:
            return known
        attributes = [filtered(one) for one in folding.named]
        return _recoded(known, attributes, [JOINT.join(cell) for cell in told.crossings], folding.label)

    return replace(
        question,
        dimensions=tuple(grouped(asked) for asked in question.dimensions),
        filters=tuple(
            mapped(part, lambda condition: replace(condition, dimension=filtered(condition.dimension)))
            for part in question.filters
        ),
    )


def _of_one(asked: Asked, known: Sequence[str], label: str) -> Asked:
    """The dimension with ``label`` in place of values that are not in ``known``."""
    found = _recoded(asked, [asked], known, label)
    return replace(found, dimension=replace(found.dimension, known=frozenset(known)))


def _recoded(asked: Asked, attributes: Sequence[Asked], known: Sequence[str], label: str) -> Asked:
    """The dimension with ``label`` in place of its value where the combination of ``attributes`` is not in ``known``."""

    def value(columns: Columns, _argument: str) -> str:
        is_known = columns.dialect.one_of(_crossing(attributes, columns), columns.bind(list(known)))
        return f"CASE WHEN {is_known} THEN {asked.value(columns)} ELSE {columns.bind(label)} END"

    return replace(asked, dimension=replace(asked.dimension, value=value, filtered=None, recoded=True, known=frozenset()))


def _crossing(attributes: Sequence[Asked], columns: Columns) -> str:
    values = [f"({one.value(columns)})" for one in attributes]
    return f"({f' || {columns.bind(JOINT)} || '.join(values)})" if len(values) > 1 else values[0]


def unnamed(question: Question, told: Told) -> tuple[str, ...]:
    """The attributes of which the filters name a value that cannot be told apart."""
    found = set()
    for one in conditions_of(question.filters):
        name, blank = one.dimension.name, one.dimension.dimension.blank
        if name in told.values and one.operator in ("is", "is_not"):
            fold = str if one.case_sensitive else str.lower
            known = {fold(value) for value in told.values[name].known}
            found |= {name for value in one.values if fold(value or blank) not in known}
    return tuple(sorted(found))
