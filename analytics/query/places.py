"""Places: the top-level sections that a visit was in, noted on the row that represents it.

So one row tells whether a visit was in a part of the site, just as it tells the visit's country, and no distinct numbers
have to be counted. Places are computed together with roll-ups (``rollups.derived``), under the section rules of that
moment. If the owner has changed the rules since, queries do without places until they are recomputed.

They are stored as text: names, each between two line breaks, which neither a path nor a section's name can contain
(``ingest/beacon.py``, ``store/control/texts.py``). As text rather than a list, because DuckDB stores each of the few
distinct texts once and looks into it once, and updates texts 12 times as fast as lists (measured, 2 million visits: 4 s
against 51 s).
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
    """Computes the places of these days' settled visits."""
    draft = Draft(dialect, rules)
    days = f"settled AND {draft.within('day', [(first, last)])}"
    pages = draft.table("pages", _pages(draft, days), kept=True)
    mark = draft.bind(_BREAK)
    found = f"{mark} || {dialect.joined(f'pages.level{DEPTH}', mark)} || {mark} AS places"
    visited = f"stored JOIN {pages} AS pages ON pages.path = stored.path {where(days, 'first_here')}"
    draft.table("visited", select(["visit", found], visited, "GROUP BY visit"))
    stand = where(days, "(entry OR exit)", "stored.visit = visited.visit")
    noted = f"UPDATE stored SET places = visited.places FROM visited {stand}"  # noqa: S608 - from the compiler
    return draft.statement(noted)


def _pages(draft: Draft, days: str) -> str:
    paths = select(["DISTINCT path"], f"stored {where(days, 'first_here')}")
    return sections.table_sql(paths, sections.Wanted(True, (DEPTH,)), draft.rules, draft)


def each(draft: Draft, places: str) -> str:
    """A column of a SELECT that yields one row per place."""
    return draft.dialect.parts(places, draft.bind(_BREAK))


def told_by(asked: Asked) -> bool:
    """Whether this dimension's values are the places."""
    return asked.of_section and int(asked.argument or 1) == DEPTH


def test(part: Filter, columns: Columns) -> str | None:
    """The SQL of whether a visit has an event for which the filter holds, from its places; None if they cannot tell."""
    if not isinstance(part, Condition) or not part.dimension.of_section or part.operator != "is" or not part.case_sensitive:
        return None
    names = [value.rstrip("/") or "/" for value in part.values]
    if any(sections.depth(name) > DEPTH or _BREAK in name for name in names):
        return None
    noted = columns.column("places")
    tests = (columns.dialect.contains(noted, columns.bind(f"{_BREAK}{name}{_BREAK}")) for name in names)
    return f"({' OR '.join(tests)})"
