"""Sites and what is laid down for them, for programs: Plausible's Sites API, and more (docs/api.md)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, structs

from analytics.clock import local_time
from analytics.errors import InvalidInput, KeyRefused, QueryError
from analytics.model import Goal, GoalKind, Note, Segment, SharedLink, ShareKind, Site, SiteSettings
from analytics.privacy.door import checked_networks
from analytics.query import segments
from analytics.web.api.route import Caller, Parameter, Route, body, parameters
from analytics.web.services import services
from analytics.web.setup import sharing
from analytics.web.setup.removal import removed
from analytics.web.setup.robot_names import checked_robots

MOST = 1000
_USUAL = 100
_SITE = {"site_id": Parameter("the site's domain", required=True)}
_PAGES = {
    "limit": Parameter(f"entries, 1 to {MOST}, {_USUAL} where it is left out"),
    "after": Parameter("`meta.after` of the answer before: the entries after those"),
    "before": Parameter("`meta.before` of the answer before: the entries before those"),
}
_SETTINGS = structs.fields(SiteSettings)


# --- what goes in and out --------------------------------------------------------------------------------


class SiteOf(Struct):
    """Which site something is of."""

    site_id: str


class NewSite(Struct):
    """A site to add."""

    domain: str
    timezone: str = "UTC"


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


class NewSegment(Struct):
    """Filters to save under a name."""

    site_id: str
    name: str
    filters: list[Any]


class NewNote(Struct):
    """What happened, to be read beside the figures."""

    site_id: str
    text: str
    at: str | None = None
    """A day, or a moment in the site's zone unless it has an offset; left out: now."""
    public: bool = False
    """Whether shared and public views show it, too."""


class NewSharedLink(Struct):
    """A shared link to find or make; what is left out is not limited."""

    site_id: str
    name: str
    kind: ShareKind = "unlisted"
    password: str = ""
    """Of a link of the kind ``password``."""
    sections: tuple[str, ...] = ()
    filters: list[Any] = []
    dashboard: str = "main"
    panels: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    days: Annotated[int, Meta(ge=0, le=3660)] = 0
    expires: date | None = None
    exports: bool = False
    hosts: tuple[str, ...] = ()
    counter: bool = False


SiteEntry = msgspec.defstruct(
    "SiteEntry",
    [("domain", str), ("timezone", str), *((field.name, field.type) for field in _SETTINGS)],
    namespace={"__doc__": "A site with its settings."},
)
SiteChange = msgspec.defstruct(
    "SiteChange",
    [(name, kind | UnsetType, UNSET) for name, kind in (("domain", str), ("timezone", str))]
    + [(field.name, field.type | UnsetType, UNSET) for field in _SETTINGS],
    namespace={"__doc__": "What is to be different; what is left out stays as it is."},
    forbid_unknown_fields=True,
)


class ListedSite(Struct):
    """A site in a list."""

    domain: str
    timezone: str


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


class SegmentEntry(Struct):
    """A segment."""

    domain: str
    id: int
    name: str
    filters: list[Any]


class NoteEntry(Struct):
    """A note."""

    domain: str
    id: int
    at: str
    """A day, or a minute on the site's clock."""
    text: str
    public: bool


class SharedLinkEntry(Struct):
    """A shared link, and where it lies."""

    domain: str
    id: int
    name: str
    url: str
    kind: ShareKind
    sections: tuple[str, ...]
    filters: list[Any]
    dashboard: str
    panels: tuple[str, ...]
    first: date | None
    last: date | None
    days: int
    expires: date | None
    exports: bool
    hosts: tuple[str, ...]
    counter: bool


class Page(Struct):
    """Where in a list an answer lies."""

    after: str | None
    before: str | None
    limit: int


class SiteList(Struct):
    """Sites by domain."""

    sites: list[ListedSite]
    meta: Page


class GoalList(Struct):
    """Goals in the order in which they were added."""

    goals: list[GoalEntry]
    meta: Page


class SegmentList(Struct):
    """Segments in the order in which they were added."""

    segments: list[SegmentEntry]
    meta: Page


class NoteList(Struct):
    """Notes, the earliest first."""

    notes: list[NoteEntry]
    meta: Page


class SharedLinkList(Struct):
    """Shared links in the order in which they were made."""

    shared_links: list[SharedLinkEntry]
    meta: Page


class Deleted(Struct):
    """It is gone."""

    deleted: bool = True


class DeletedSite(Struct):
    """The site is gone, and its files are erased."""

    still_held: list[str]
    """Files that may still hold rows of it, with those of other sites, until they have had their time."""
    deleted: bool = True


# --- sites -----------------------------------------------------------------------------------------------


def list_sites(caller: Caller) -> SiteList:
    """List the sites that the key is for."""
    shown, meta = _page([site for site in services().control.sites() if caller.may(site)], parameters())
    return SiteList([ListedSite(site.domain, site.timezone) for site in shown], meta)


def add_site(caller: Caller) -> ListedSite:
    """Add a site."""
    wanted = body(NewSite)
    if caller.key.site_ids is not None:
        raise KeyRefused("This key is for one site; adding another takes a key that is for all")
    site = services().control.add_site(wanted.domain, wanted.timezone or "UTC", by=caller.name)
    return ListedSite(site.domain, site.timezone)


def show_site(caller: Caller, domain: str) -> Any:
    """Show a site with its settings."""
    return _site_entry(caller.site(domain))


def change_site(caller: Caller, domain: str) -> Any:
    """Change a site's domain, time zone or settings."""
    site = caller.site(domain)
    wanted = {name: value for name, value in structs.asdict(body(SiteChange)).items() if value is not UNSET}
    if "excluded_networks" in wanted:
        wanted["excluded_networks"] = checked_networks(wanted["excluded_networks"])
    if "allowed_robots" in wanted:
        wanted["allowed_robots"] = checked_robots(wanted["allowed_robots"])
    own = {name: wanted.pop(name) for name in ("domain", "timezone") if name in wanted}
    changed = structs.replace(site, **own, settings=structs.replace(site.settings, **wanted))
    return _site_entry(services().control.change_site(changed, by=caller.name))


def remove_site(caller: Caller, domain: str) -> DeletedSite:
    """Remove a site and erase what was counted for it."""
    return DeletedSite(removed(services(), caller.site(domain), by=caller.name))


def _site_entry(site: Site) -> Any:
    return SiteEntry(site.domain, site.timezone, *structs.astuple(site.settings))


# --- goals -----------------------------------------------------------------------------------------------


def list_goals(caller: Caller) -> GoalList:
    """List a site's goals."""
    given = parameters()
    site = caller.site(given.get("site_id"))
    shown, meta = _page(services().control.goals(site), given)
    return GoalList([_goal_entry(site, goal) for goal in shown], meta)


def put_goal(caller: Caller) -> GoalEntry:
    """Find a goal, or add it; the same request may be sent again."""
    wanted = body(NewGoal)
    site = caller.site(wanted.site_id)
    try:
        return _goal_entry(site, services().control.add_goal(site, _goal(wanted), by=caller.name))
    except InvalidInput as problem:
        raise _in_body(problem) from None


def delete_goal(caller: Caller, goal_id: int) -> Deleted:
    """Remove a goal; no event is lost by that."""
    services().control.remove_goal(caller.site(_site_id()), goal_id, by=caller.name)
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


_IN_BODY = {"name": "display_name", "props": "custom_props"}
"""Field of a goal -> what the request calls it."""


# --- segments --------------------------------------------------------------------------------------------


def list_segments(caller: Caller) -> SegmentList:
    """List a site's segments."""
    given = parameters()
    site = caller.site(given.get("site_id"))
    shown, meta = _page(services().control.segments(site), given)
    return SegmentList([_segment_entry(site, segment) for segment in shown], meta)


def add_segment(caller: Caller) -> SegmentEntry:
    """Save filters under a name."""
    wanted = body(NewSegment)
    site = caller.site(wanted.site_id)
    _check_filters(site, wanted.filters)
    return _segment_entry(site, services().control.add_segment(site, wanted.name, wanted.filters, by=caller.name))


def change_segment(caller: Caller, segment_id: int) -> SegmentEntry:
    """Replace the name and the filters of a segment."""
    wanted = body(NewSegment)
    site = caller.site(wanted.site_id)
    _check_filters(site, wanted.filters)
    segment = Segment(id=segment_id, name=wanted.name, filters=wanted.filters)
    return _segment_entry(site, services().control.change_segment(site, segment, by=caller.name))


def delete_segment(caller: Caller, segment_id: int) -> Deleted:
    """Remove a segment; questions that name it are refused from now on."""
    services().control.remove_segment(caller.site(_site_id()), segment_id, by=caller.name)
    return Deleted()


def _segment_entry(site: Site, segment: Segment) -> SegmentEntry:
    return SegmentEntry(domain=site.domain, id=segment.id, name=segment.name, filters=segment.filters)


def _check_filters(site: Site, filters: list[Any]) -> None:
    """Asks a small question with them, so that what is saved can be asked. Raises QueryError naming the place."""
    segments.check(filters, "#/filters")
    services().answers.answer(site, {"metrics": ["visitors"], "date_range": "day", "filters": filters})


# --- notes -----------------------------------------------------------------------------------------------


def list_notes(caller: Caller) -> NoteList:
    """List a site's notes."""
    given = parameters()
    site = caller.site(given.get("site_id"))
    shown, meta = _page(services().control.notes(site), given)
    return NoteList([_note_entry(site, note) for note in shown], meta)


def put_note(caller: Caller) -> NoteEntry:
    """Find a note, or add it; the same request may be sent again."""
    return _put_note(caller, 0)


def change_note(caller: Caller, note_id: int) -> NoteEntry:
    """Replace what a note says, and of when."""
    return _put_note(caller, note_id)


def delete_note(caller: Caller, note_id: int) -> Deleted:
    """Remove a note; no figure changes."""
    services().control.remove_note(caller.site(_site_id()), note_id, by=caller.name)
    return Deleted()


def _put_note(caller: Caller, note_id: int) -> NoteEntry:
    wanted = body(NewNote)
    site = caller.site(wanted.site_id)
    day, time = _day_and_time(wanted.at, site)
    note = Note(id=note_id, day=day, time=time, text=wanted.text, public=wanted.public)
    try:
        return _note_entry(site, services().control.put_note(site, note, by=caller.name))
    except InvalidInput as problem:
        raise QueryError("#/at" if problem.field in ("day", "time") else f"#/{problem.field}", str(problem)) from None


def _day_and_time(at: str | None, site: Site) -> tuple[date, str]:
    """On the site's clock. Raises QueryError."""
    try:
        if at and "T" not in at:
            return date.fromisoformat(at), ""
        moment = datetime.fromisoformat(at) if at else local_time(services().clock(), site.timezone)
        local = local_time(moment.timestamp(), site.timezone) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        problem = f'Invalid date "{str(at)[:60]}": expected YYYY-MM-DD or YYYY-MM-DDTHH:MM, perhaps with an offset'
        raise QueryError("#/at", problem) from None
    return local.date(), f"{local:%H:%M}"


def _note_entry(site: Site, note: Note) -> NoteEntry:
    at = f"{note.day}T{note.time}" if note.time else str(note.day)
    return NoteEntry(domain=site.domain, id=note.id, at=at, text=note.text, public=note.public)


# --- shared links ----------------------------------------------------------------------------------------


def list_shared_links(caller: Caller) -> SharedLinkList:
    """List a site's shared links."""
    given = parameters()
    site = caller.site(given.get("site_id"))
    shown, meta = _page(services().control.shared_links.all(site), given)
    return SharedLinkList([_link_entry(site, link) for link in shown], meta)


def put_shared_link(caller: Caller) -> SharedLinkEntry:
    """Find a shared link by its name, or make it; the same request may be sent again."""
    wanted = body(NewSharedLink)
    site = caller.site(wanted.site_id)
    there = [link for link in services().control.shared_links.all(site) if link.name == wanted.name.strip()]
    return _link_entry(site, there[0]) if there else _made(caller, site, wanted)


def add_shared_link(caller: Caller) -> SharedLinkEntry:
    """Make a shared link; its name must be free."""
    wanted = body(NewSharedLink)
    return _made(caller, caller.site(wanted.site_id), wanted)


def delete_shared_link(caller: Caller, link_id: int) -> Deleted:
    """Revoke a shared link: it stops working at once."""
    services().control.shared_links.remove(caller.site(_site_id()), link_id, by=caller.name)
    return Deleted()


def _made(caller: Caller, site: Site, wanted: NewSharedLink) -> SharedLinkEntry:
    fields = {name: value for name, value in structs.asdict(wanted).items() if name not in ("site_id", "password")}
    link = SharedLink(**fields)
    sharing.check(site, link)
    return _link_entry(site, services().control.shared_links.put(site, link, wanted.password, by=caller.name))


def _link_entry(site: Site, link: SharedLink) -> SharedLinkEntry:
    fields = {name: value for name, value in structs.asdict(link).items() if name != "token"}
    return SharedLinkEntry(domain=site.domain, url=sharing.address(site, link), **fields)


# --- lists and errors ------------------------------------------------------------------------------------

Entry = TypeVar("Entry")


def _page(entries: Sequence[Entry], given: dict[str, str]) -> tuple[Sequence[Entry], Page]:
    """The part of a list that is asked for, and how to get at what lies before and after it."""
    limit = _number(given, "limit", MOST) or _USUAL
    after, before = _number(given, "after"), _number(given, "before")
    end = len(entries) if before is None else min(before, len(entries))
    start = min(after or 0, end) if before is None else max(0, end - limit)
    shown = entries[start:end][:limit]
    last = start + len(shown)
    meta = Page(after=str(last) if last < len(entries) else None, before=str(start) if start else None, limit=limit)
    return shown, meta


def _number(given: dict[str, str], name: str, most: int = 10**9) -> int | None:
    text = given.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:20]) <= most:
        raise QueryError(name, f'Expected a whole number from 1 to {most}, not "{text[:100]}"')
    return int(text)


def _site_id() -> str:
    """Plausible's clients send it in the body of a DELETE, others in the address."""
    return parameters().get("site_id") or body(SiteOf).site_id


def _in_body(problem: InvalidInput) -> QueryError:
    return QueryError(f"#/{_IN_BODY.get(problem.field, problem.field)}", str(problem))


ROUTES = (
    Route("GET", "/v1/sites", list_sites, "sites", SiteList, parameters=_PAGES),
    Route("POST", "/v1/sites", add_site, "sites", ListedSite, body=NewSite),
    Route("GET", "/v1/sites/<domain>", show_site, "sites", SiteEntry),
    Route("PUT", "/v1/sites/<domain>", change_site, "sites", SiteEntry, body=SiteChange),
    Route("DELETE", "/v1/sites/<domain>", remove_site, "sites", DeletedSite),
    Route("GET", "/v1/sites/goals", list_goals, "sites", GoalList, parameters=_SITE | _PAGES),
    Route("PUT", "/v1/sites/goals", put_goal, "sites", GoalEntry, body=NewGoal),
    Route("DELETE", "/v1/sites/goals/<int:goal_id>", delete_goal, "sites", Deleted, parameters=_SITE),
    Route("GET", "/v1/sites/segments", list_segments, "sites", SegmentList, parameters=_SITE | _PAGES),
    Route("POST", "/v1/sites/segments", add_segment, "sites", SegmentEntry, body=NewSegment),
    Route("PUT", "/v1/sites/segments/<int:segment_id>", change_segment, "sites", SegmentEntry, body=NewSegment),
    Route("DELETE", "/v1/sites/segments/<int:segment_id>", delete_segment, "sites", Deleted, parameters=_SITE),
    Route("GET", "/v1/sites/notes", list_notes, "sites", NoteList, parameters=_SITE | _PAGES),
    Route("PUT", "/v1/sites/notes", put_note, "sites", NoteEntry, body=NewNote),
    Route("PUT", "/v1/sites/notes/<int:note_id>", change_note, "sites", NoteEntry, body=NewNote),
    Route("DELETE", "/v1/sites/notes/<int:note_id>", delete_note, "sites", Deleted, parameters=_SITE),
    Route("GET", "/v1/sites/shared-links", list_shared_links, "sites", SharedLinkList, parameters=_SITE | _PAGES),
    Route("PUT", "/v1/sites/shared-links", put_shared_link, "sites", SharedLinkEntry, body=NewSharedLink),
    Route("POST", "/v1/sites/shared-links", add_shared_link, "sites", SharedLinkEntry, body=NewSharedLink),
    Route("DELETE", "/v1/sites/shared-links/<int:link_id>", delete_shared_link, "sites", Deleted, parameters=_SITE),
)
