"""A site's notes: what happened on its days, shown beside the figures."""

import re
from datetime import date
from typing import Any

from msgspec import structs

from analytics.checks import Checks
from analytics.errors import InvalidInput, NotFound
from analytics.site import Note, Site
from analytics.store.control.audit import COMMAND_LINE, Audit
from analytics.store.control.database import Database
from analytics.store.control.lookup import by_id
from analytics.store.control.sites import require_site
from analytics.store.control.texts import plain_text

_MOST_NOTES = 5000
_EARLIEST, _LATEST = date(1990, 1, 1), date(2199, 12, 31)
_COLUMNS = "id, day, time, text, public"
_ADD = "INSERT INTO notes (site, day, time, text, public) VALUES (?, ?, ?, ?, ?)"
_CHANGE = "UPDATE notes SET day = ?, time = ?, text = ?, public = ? WHERE id = ?"


class Notes:
    """The notes of all sites. Safe to use from several threads."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database, self._audit = database, audit

    def all(self, site: Site) -> list[Note]:
        """The site's notes by day; within a day, those about the whole day come before those with a time."""
        rows = self._database.execute(
            f"SELECT {_COLUMNS} FROM notes WHERE site = ? ORDER BY day, time, id",  # noqa: S608
            (site.id,),
        )
        return [_note(row) for row in rows]

    def find(self, site: Site, note_id: int) -> Note:
        """The note with this id. Raises NotFound."""
        return by_id(self.all(site), note_id, NotFound("This note does not exist; it may have been removed"))

    def put(self, site: Site, note: Note, *, by: str = COMMAND_LINE) -> Note:
        """Saves ``note`` and returns it as saved: as a new one if its ``id`` is 0, else in place of the one with that id. A
        new note with the same day, time and text as an existing one replaces that one, so that a script can safely run
        twice.

        Raises InvalidInput naming ``day``, ``time`` or ``text``; NotFound if the site or the note does not exist.
        """
        wanted = checked(note)
        with self._database.transaction():
            require_site(self._database, site)
            there = self.all(site)
            same = next((each for each in there if _what(each) == _what(wanted)), None)
            if wanted.id:
                self.find(site, wanted.id)
                if same and same.id != wanted.id:
                    raise InvalidInput("text", "There is already a note with this text at this time")
            elif same:
                wanted = structs.replace(wanted, id=same.id)
            elif len(there) >= _MOST_NOTES:
                raise InvalidInput("text", "A site can have at most %(most)s notes; remove one first", most=_MOST_NOTES)
            return self._kept(site, wanted, there, by)

    def remove(self, site: Site, note_id: int, *, by: str = COMMAND_LINE) -> None:
        """Removes a note. Raises NotFound."""
        with self._database.transaction():
            gone = self.find(site, note_id)
            self._database.execute("DELETE FROM notes WHERE id = ?", (note_id,))
            self._audit.note(by, "note removed", f"{site.domain}: {gone.day} {gone.text}")

    def _kept(self, site: Site, wanted: Note, there: list[Note], by: str) -> Note:
        row = (wanted.day.isoformat(), wanted.time, wanted.text, int(wanted.public))
        if wanted in there:
            return wanted
        if wanted.id:
            self._database.execute(_CHANGE, (*row, wanted.id))
        else:
            self._database.execute(_ADD, (site.id, *row))
        self._audit.note(by, "note changed" if wanted.id else "note added", f"{site.domain}: {wanted.day} {wanted.text}")
        return next(each for each in self.all(site) if _what(each) == _what(wanted))


def checked(note: Note) -> Note:
    """The note in canonical form. Raises InvalidInput naming every wrong field."""
    with Checks() as check:
        check(_check_day, note.day)
        check(_check_time, note.time)
        text = _text(note.text)
    return structs.replace(note, text=text)


def _check_day(day: date) -> None:
    if not _EARLIEST <= day <= _LATEST:
        raise InvalidInput(
            "day", "Enter a day from %(first)s to %(last)s, such as 2026-11-22", first=_EARLIEST.year, last=_LATEST.year
        )


def _check_time(time: str) -> None:
    if time and not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", time):
        raise InvalidInput("time", "Enter hours and minutes such as 14:05, or leave this empty for the whole day")


def _text(typed: str) -> str:
    text = plain_text("text", " ".join(typed.split()))
    if not text:
        raise InvalidInput("text", "Enter what happened, such as Version 2 released")
    return text


def _what(note: Note) -> tuple[date, str, str]:
    return note.day, note.time, note.text


def _note(row: tuple[Any, ...]) -> Note:
    number, day, time, text, public = row
    return Note(id=number, day=date.fromisoformat(day), time=time, text=text, public=bool(public))
