"""Notes on a site's days, for programs (docs/api.md)."""

from datetime import date, datetime

from msgspec import Struct

from analytics.clock import local_time
from analytics.errors import InvalidInput, QueryError
from analytics.site import Note, Site
from analytics.web.api.lists import OF_SITE, PAGES, Deleted, Page, listed, site_id
from analytics.web.api.route import Caller, Route, body
from analytics.web.services import services


class NewNote(Struct):
    """Something that happened, shown beside the figures."""

    site_id: str
    text: str
    at: str | None = None
    """A day, or a time in the site's time zone unless it has an offset; default: now."""
    public: bool = False
    """Whether shared and public views show it, too."""


class NoteEntry(Struct):
    """A note."""

    domain: str
    id: int
    at: str
    """A day, or a minute on the site's clock."""
    text: str
    public: bool


class NoteList(Struct):
    """Notes, the earliest first."""

    notes: list[NoteEntry]
    meta: Page


def list_notes(caller: Caller) -> NoteList:
    """List a site's notes."""
    site, shown, meta = listed(caller, services().control.notes.all)
    return NoteList([_note_entry(site, note) for note in shown], meta)


def put_note(caller: Caller) -> NoteEntry:
    """Add a note, or find the existing one; the same request can be sent again."""
    return _put_note(caller, 0)


def change_note(caller: Caller, note_id: int) -> NoteEntry:
    """Replace a note's text and time."""
    return _put_note(caller, note_id)


def delete_note(caller: Caller, note_id: int) -> Deleted:
    """Remove a note; no figures change."""
    services().control.notes.remove(caller.site(site_id()), note_id, by=caller.name)
    return Deleted()


def _put_note(caller: Caller, note_id: int) -> NoteEntry:
    wanted = body(NewNote)
    site = caller.site(wanted.site_id)
    day, time = _day_and_time(wanted.at, site)
    note = Note(id=note_id, day=day, time=time, text=wanted.text, public=wanted.public)
    try:
        return _note_entry(site, services().control.notes.put(site, note, by=caller.name))
    except InvalidInput as problem:
        raise QueryError("#/at" if problem.field in ("day", "time") else f"#/{problem.field}", str(problem)) from None


def _day_and_time(at: str | None, site: Site) -> tuple[date, str]:
    """Day and time on the site's clock. Raises QueryError."""
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


ROUTES = (
    Route("GET", "/v1/sites/notes", list_notes, "sites", NoteList, parameters=OF_SITE | PAGES),
    Route("PUT", "/v1/sites/notes", put_note, "sites", NoteEntry, body=NewNote),
    Route("PUT", "/v1/sites/notes/<int:note_id>", change_note, "sites", NoteEntry, body=NewNote),
    Route("DELETE", "/v1/sites/notes/<int:note_id>", delete_note, "sites", Deleted, parameters=OF_SITE),
)
