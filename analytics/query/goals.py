"""Goals: what an owner wants visitors to do. Decided when a question is asked, so a goal holds for history at once.

An event goal is reached by an event of its name that carries its properties; a page goal by a page view of a page
that its pattern matches (as in ``sections``: ``/blog/`` is ``/blog``, ``/blog/**`` is all of the blog); a scroll goal
by reading time of such a page that was scrolled down to its threshold. An event may reach several goals.
"""

from collections.abc import Callable, Sequence

from analytics.model import ENGAGEMENT, PAGEVIEW
from analytics.query.dimensions import Columns
from analytics.site import Goal


def reached_sql(goals: Sequence[Goal], columns: Columns) -> str:
    """Whether the event reaches any of these goals; never NULL."""
    return "(" + " OR ".join(f"({' AND '.join(_tests(goal, columns))})" for goal in goals) + ")" if goals else "false"


def names_sql(goals: Sequence[Goal], columns: Columns) -> str:
    """The names of those goals that the event reaches, one row each."""
    names = [f"CASE WHEN {reached_sql([goal], columns)} THEN {columns.bind(goal.name)} END" for goal in goals]
    return columns.dialect.each(names)


def _tests(goal: Goal, columns: Columns) -> list[str]:
    tests = _TESTS[goal.kind](goal, columns)
    for name, value in goal.props.items():
        found = columns.dialect.property(columns.column("props"), columns.bind(name))
        tests.append(f"coalesce({found} = {columns.bind(value)}, false)")
    return tests


def _event(goal: Goal, columns: Columns) -> list[str]:
    return [_named(goal.event_name, columns)]


def _page(goal: Goal, columns: Columns) -> list[str]:
    return [_named(PAGEVIEW, columns), columns.page_matches(goal.page_path)]


def _scroll(goal: Goal, columns: Columns) -> list[str]:
    deep_enough = f"{columns.column('scroll')} >= {columns.bind(goal.scroll_threshold)}"
    return [_named(ENGAGEMENT, columns), deep_enough, columns.page_matches(goal.page_path)]


def _named(name: str, columns: Columns) -> str:
    return f"{columns.column('name')} = {columns.bind(name)}"


_TESTS: dict[str, Callable[[Goal, Columns], list[str]]] = {"event": _event, "page": _page, "scroll": _scroll}
"""Kind of a goal -> the tests that an event which reaches it passes, beside those of its properties."""
