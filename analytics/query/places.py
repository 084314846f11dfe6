"""Places: on the rows that stand for a settled visit, the top-level sections that it was in.

So whether a visit was in a part of the site is said by one row, as its country is, and nobody has to be told apart by
number for it. They are worked out with the roll-ups (``rollups.derived``), by the section rules of that moment: where the
owner has changed these since, questions do without them until they are made anew.

A text of names, each between two line breaks, which neither a path nor a section's name can have (``ingest/beacon.py``,
``store/control/texts.py``). As a text and not a list: DuckDB keeps each of the few different ones once and looks into it
once, and changes texts 12 times as fast as lists (measured, 2 million visits: 4 s and 51 s).
"""

from collections.abc import Sequence
from datetime import date

from analytics.query import sections
from analytics.query.dimensions import Asked, Columns
from analytics.query.filters import Condition, Filter
from analytics.query.statement import Draft, select, where
from analytics.site import SectionRule
from analytics.store.base import Dialect, Statement

DEPTH = 1
"""Levels of the section tree that are noted. The next is often the page itself: nearly as many texts as there are visits."""
_BREAK = "\n"
"""Stored, like ``dimensions.JOINT`` in roll-ups: were they one, all sites would be derived anew for it."""


def derived(first: date, last: date, rules: Sequence[SectionRule], dialect: Dialect) -> Statement:
    """Notes the places of these days' settled visits."""
    draft = Draft(dialect, rules)
    days = f"settled AND {draft.within('day', [(first, last)])}"
    pages = draft.table("pages", _pages(draft, days), kept=True)
    mark = draft.bind(_BREAK)
    found = f"{mark} || {dialect.joined(f'pages.level{DEPTH}', mark)} || {mark} AS places"
    visited = f"events JOIN {pages} AS pages ON pages.path = events.path {where(days, 'first_here')}"
    draft.table("visited", select(["visit", found], visited, "GROUP BY visit"))
    stand = where(days, "(entry OR exit)", "events.visit = visited.visit")
    noted = f"UPDATE events SET places = visited.places FROM visited {stand}"  # noqa: S608 - from the compiler
    return Statement(draft.whole(noted), draft.parameters)


def _pages(draft: Draft, days: str) -> str:
    paths = select(["DISTINCT path"], f"events {where(days, 'first_here')}")
    return sections.table_sql(paths, sections.Wanted(True, (DEPTH,)), draft.rules, draft)


def each(draft: Draft, places: str) -> str:
    """A column of a SELECT that makes one row of each place."""
    return draft.dialect.parts(places, draft.bind(_BREAK))


def told_by(asked: Asked) -> bool:
    """Whether this dimension's values are the places."""
    return asked.of_section and int(asked.argument or 1) == DEPTH


def test(part: Filter, columns: Columns) -> str | None:
    """The SQL of whether a visit has an event for which the filter holds, by its places; None where they do not say that."""
    if not isinstance(part, Condition) or not part.dimension.of_section or part.operator != "is" or not part.case_sensitive:
        return None
    names = [value.rstrip("/") or "/" for value in part.values]
    if any(sections.depth(name) > DEPTH or _BREAK in name for name in names):
        return None
    noted = columns.column("places")
    tests = (columns.dialect.contains(noted, columns.bind(f"{_BREAK}{name}{_BREAK}")) for name in names)
    return f"({' OR '.join(tests)})"
