"""A site's named sections in the editor: rows of a name and its patterns, and what the editor's buttons do to them. Pure.

A row with a mistake stays as it was typed.
"""

import re
from collections.abc import Callable, Sequence
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from analytics.errors import InvalidInput
from analytics.query.sections import beneath, pattern_regex
from analytics.site import SectionRule, SiteSettings
from analytics.store.control.sections import checked_sections


class Row(Struct, frozen=True):
    """One named section: the adjacent rules with the same name."""

    name: str
    patterns: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The patterns, one per line."""
        return "\n".join(self.patterns)


Rows = Sequence[Row]


def of_rules(rules: Sequence[SectionRule]) -> list[Row]:
    """The rows of the saved rules."""
    return [Row(name, tuple(rule.pattern for rule in group)) for name, group in groupby(rules, key=lambda rule: rule.name)]


def typed(names: Sequence[str], patterns: Sequence[str]) -> list[Row]:
    """The rows of a submitted form, without empty ones."""
    rows = [Row(name.strip(), _lines(text)) for name, text in zip(names, patterns, strict=False)]
    return [row for row in rows if row.name or row.patterns]


def rules(rows: Rows, settings: SiteSettings) -> list[SectionRule]:
    """The rules that the rows describe. Raises InvalidInput naming every wrong ``<row>/name`` and
    ``<row>/pattern``."""
    made, places = [], []
    for number, row in enumerate(rows):
        for pattern in row.patterns or ("",):
            made.append(SectionRule(name=row.name, pattern=pattern))
            places.append(number)
    try:
        return checked_sections(made, settings)
    except InvalidInput as problem:
        raise InvalidInput.together([_in_row(each, places) for each in problem.each]) from None


def _in_row(problem: InvalidInput, places: Sequence[int]) -> InvalidInput:
    """The problem with a rule at the field of its row; ``places`` has the row of each rule."""
    _, _, place = problem.field.partition("/")
    at, _, part = place.partition("/")
    return problem.at(f"{places[int(at)]}/{part}" if at else "rules")


def edited(rows: Rows, action: str, ticked: Sequence[str]) -> list[Row]:
    """The rows after a button: ``up-1``, ``down-1``, ``remove-1``, ``move-0-2``; and with the ``ticked`` parts of the tree
    ``put-1`` (into that row) and ``make`` (a new row). Impossible actions change nothing."""
    word, *numbers = action.split("-")
    at = [int(number) for number in numbers if number.isascii() and number.isdigit() and int(number[:6]) < len(rows)]
    do = _ACTIONS.get(word)
    return do(list(rows), at, list(ticked)) if do and len(at) == len(numbers) == _NUMBERS[word] else list(rows)


def goes_on(before: Rows, rows: Rows, action: str) -> str:
    """The id of the element that gets the keyboard focus after a button: the same button of the row that was moved, the
    name of a new row, the neighbour of a removed one; else the element that would move."""
    word, *numbers = action.split("-")
    made = next((at for at, row in enumerate(rows) if row not in before), None)
    if word == "make" and made is not None:
        return f"name-{made}"
    if rows == before or word not in _GOES_ON:
        return "preview"
    return _GOES_ON[word](len(rows) - 1, [int(number) for number in numbers])


_GOES_ON: dict[str, Callable[[int, list[int]], str]] = {
    "up": lambda _, at: f"up-{at[0] - 1}" if at[0] > 1 else "down-0",
    "down": lambda last, at: f"down-{at[0] + 1}" if at[0] + 1 < last else f"up-{last}",
    "move": lambda _, at: f"name-{at[1]}",
    "remove": lambda _, at: f"name-{at[0]}",
    "put": lambda _, at: f"put-{at[0]}",
}
"""Button -> where one goes on, of the last row's number and those that the button names."""


def _moved(rows: list[Row], source: int, target: int) -> list[Row]:
    if 0 <= target < len(rows):
        rows.insert(target, rows.pop(source))
    return rows


def _removed(rows: list[Row], at: list[int], _: list[str]) -> list[Row]:
    return [row for number, row in enumerate(rows) if number != at[0]]


def _put(rows: list[Row], at: list[int], ticked: list[str]) -> list[Row]:
    """The row with the ticked parts added: folders as patterns, named sections with all their levels."""
    into = rows[at[0]]
    for part in ticked:
        if part.startswith("/"):
            row = rows[at[0]]
            rows[at[0]] = replace(row, patterns=tuple(dict.fromkeys((*row.patterns, pattern_of(part)))))
        elif not beneath(into.name, part):
            rows = [_nested(row, part, into.name) for row in rows]
    return rows


def _nested(row: Row, part: str, into: str) -> Row:
    """The row with ``part`` at the start of its name replaced by a level of ``into``."""
    if not beneath(row.name, part):
        return row
    return replace(row, name=f"{into}/{part.rpartition('/')[2]}{row.name.removeprefix(part)}")


def _made(rows: list[Row], _: list[int], ticked: list[str]) -> list[Row]:
    """The rows with a new one for the ticked folders, placed before rows that would take its pages away, else last."""
    folders = [part for part in ticked if part.startswith("/")]
    if not folders:
        return rows
    new = Row(_named(folders[0]), tuple(map(pattern_of, folders)))
    before = next((at for at, row in enumerate(rows) if any(_takes(row, folder) for folder in folders)), len(rows))
    return [*rows[:before], new, *rows[before:]]


def _takes(row: Row, folder: str) -> bool:
    return any(re.fullmatch(pattern_regex(pattern), folder) for pattern in row.patterns)


def pattern_of(folder: str) -> str:
    """The pattern of a folder and everything in it; the front page stands for itself."""
    return "/" if folder == "/" else f"{folder}/**"


def _named(folder: str) -> str:
    """A suggested name: ``Trail shoes`` for ``/shop/trail-shoes``."""
    words = folder.rpartition("/")[2].replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:] or "Front page"


_ACTIONS: dict[str, Callable[[list[Row], list[int], list[str]], list[Row]]] = {
    "up": lambda rows, at, _: _moved(rows, at[0], at[0] - 1),
    "down": lambda rows, at, _: _moved(rows, at[0], at[0] + 1),
    "move": lambda rows, at, _: _moved(rows, at[0], at[1]),
    "remove": _removed,
    "put": _put,
    "make": _made,
}
_NUMBERS = {"up": 1, "down": 1, "move": 2, "remove": 1, "put": 1, "make": 0}
"""Button -> how many rows it names."""


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
