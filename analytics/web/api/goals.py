"""A site's goals, for programs (docs/api.md)."""

from typing import Annotated

from msgspec import Meta, Struct

from analytics.errors import InvalidInput, QueryError
from analytics.site import Goal, GoalKind, Site
from analytics.web.api.lists import OF_SITE, PAGES, Deleted, Page, listed, site_id
from analytics.web.api.route import Caller, Route, body
from analytics.web.services import services

_IN_BODY = {"name": "display_name", "props": "custom_props"}
"""Field of a goal -> what the request calls it."""


class NewGoal(Struct):
    """A goal to find or add."""

    site_id: str
    goal_type: GoalKind
    event_name: str | None = None
    page_path: str | None = None
    scroll_threshold: Annotated[int, Meta(ge=-1, le=100)] | None = None
    display_name: str | None = None
    currency: str | None = None
    custom_props: dict[str, str] | None = None


class GoalEntry(Struct):
    """A goal."""

    domain: str
    id: int
    goal_type: GoalKind
    display_name: str
    event_name: str | None
    page_path: str | None
    scroll_threshold: int | None
    currency: str | None
    custom_props: dict[str, str]


class GoalList(Struct):
    """Goals in the order in which they were added."""

    goals: list[GoalEntry]
    meta: Page


def list_goals(caller: Caller) -> GoalList:
    """List a site's goals."""
    site, shown, meta = listed(caller, services().control.goals.all)
    return GoalList([_goal_entry(site, goal) for goal in shown], meta)


def put_goal(caller: Caller) -> GoalEntry:
    """Add a goal, or find the existing one; the same request can be sent again."""
    wanted = body(NewGoal)
    site = caller.site(wanted.site_id)
    try:
        return _goal_entry(site, services().control.goals.add(site, _goal(wanted), by=caller.name))
    except InvalidInput as problem:
        raise _in_body(problem) from None


def delete_goal(caller: Caller, goal_id: int) -> Deleted:
    """Remove a goal; its events are kept."""
    services().control.goals.remove(caller.site(site_id()), goal_id, by=caller.name)
    return Deleted()


def _goal(wanted: NewGoal) -> Goal:
    return Goal(
        id=0,
        name=wanted.display_name or "",
        kind=wanted.goal_type,
        event_name=wanted.event_name or "",
        page_path=wanted.page_path or "",
        scroll_threshold=-1 if wanted.scroll_threshold is None else wanted.scroll_threshold,
        currency=wanted.currency or "",
        props=wanted.custom_props or {},
    )


def _goal_entry(site: Site, goal: Goal) -> GoalEntry:
    return GoalEntry(
        domain=site.domain,
        id=goal.id,
        goal_type=goal.kind,
        display_name=goal.name,
        event_name=goal.event_name or None,
        page_path=goal.page_path or None,
        scroll_threshold=goal.scroll_threshold if goal.kind == "scroll" else None,
        currency=goal.currency or None,
        custom_props=goal.props,
    )


def _in_body(problem: InvalidInput) -> QueryError:
    return QueryError(f"#/{_IN_BODY.get(problem.field, problem.field)}", str(problem))


ROUTES = (
    Route("GET", "/v1/sites/goals", list_goals, "sites", GoalList, parameters=OF_SITE | PAGES),
    Route("PUT", "/v1/sites/goals", put_goal, "sites", GoalEntry, body=NewGoal),
    Route("DELETE", "/v1/sites/goals/<int:goal_id>", delete_goal, "sites", Deleted, parameters=OF_SITE),
)
