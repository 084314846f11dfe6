"""Notes about what happened on a site's days: the page that lists, adds and changes them.

The chart links here with a day filled in, and the page links back to where the reader was. Deploy scripts use the API
(``web/api``).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from analytics.checks import Checks
from analytics.errors import InvalidInput
from analytics.site import Note, Site
from analytics.store.control.notes import checked
from analytics.web.accounts.access import inside, person
from analytics.web.forms.timeseries import said
from analytics.web.language import _, told_by_field
from analytics.web.services import current_day, services

blueprint = Blueprint("notes", __name__)


class Listed(Struct, frozen=True):
    """One note in the list."""

    id: int
    when: str
    text: str
    public: bool


@blueprint.route("/sites/<domain>/notes", methods=["GET", "POST"])
def page(domain: str) -> ResponseReturnValue:
    """All notes, the latest first, and the form for a new one, filled in with ``day`` and ``time`` from the address."""
    site = services().control.sites.find(domain)
    if request.method == "GET":
        return _page(site, {"day": current_day(site).isoformat(), **request.args.to_dict()}, {})
    return _put(site, 0) or redirect(_back(site), 303)


@blueprint.route("/sites/<domain>/notes/<int:note_id>", methods=["GET", "POST"])
def edit(domain: str, note_id: int) -> ResponseReturnValue:
    """Changes a note."""
    site = services().control.sites.find(domain)
    note = services().control.notes.find(site, note_id)
    if request.method == "GET":
        values = {"day": note.day.isoformat(), "time": note.time, "text": note.text, "public": "yes" if note.public else ""}
        return _form(site, note_id, {**values, "next": request.args.get("next", "")}, {})
    return _put(site, note_id) or redirect(_back(site), 303)


@blueprint.post("/sites/<domain>/notes/<int:note_id>/remove")
def remove(domain: str, note_id: int) -> ResponseReturnValue:
    """Removes a note; no figure changes."""
    site = services().control.sites.find(domain)
    services().control.notes.remove(site, note_id, by=person().email)
    flash(_("Note removed."))
    return redirect(_back(site), 303)


def _put(site: Site, note_id: int) -> ResponseReturnValue | None:
    """Saves what was typed; if it is not valid, the form comes back with what is wrong."""
    try:
        services().control.notes.put(site, _typed(site, note_id, request.form), by=person().email)
    except InvalidInput as problem:
        written = _form if note_id else _new
        return written(site, note_id, request.form.to_dict(), told_by_field(problem)), 422
    flash(_("Note saved."))
    return None


def _typed(site: Site, note_id: int, form: Mapping[str, str]) -> Note:
    """The note that the form describes. Raises InvalidInput naming every wrong field."""
    time = form.get("time", "").strip()[:5]  # some browsers send seconds
    with Checks() as check:
        day = check(_day, form.get("day", ""), instead=current_day(site))
        note = Note(id=note_id, day=day, time=time, text=form.get("text", ""), public=form.get("public") == "yes")
        check(checked, note)
    return note


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("day", _("Enter a date such as 2026-11-22")) from None


def _back(site: Site) -> str:
    """The dashboard that the reader came from, or the list."""
    return inside(request.form.get("next")) or url_for("notes.page", domain=site.domain)


def _page(site: Site, values: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    notes = reversed(services().control.notes.all(site))
    listed = [Listed(each.id, said(each.day, each.time), each.text, each.public) for each in notes]
    return render_template("admin/notes.html", site=site, notes=listed, values=values, problems=problems)


def _new(site: Site, _note_id: int, values: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    return _page(site, values, problems)


def _form(site: Site, note_id: int, values: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    return render_template("admin/note.html", site=site, note_id=note_id, values=values, problems=problems)
