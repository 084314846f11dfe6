"""The pages on which an owner edits dashboards: all of them, and one with its panels (panel.py has the page of a single
panel).

Each change is saved at once, as a file in the data folder. A form contains the digest of the file that it was made for. If
the file has changed since, nothing is saved: the page shows what was typed again, and says why.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from analytics.boards import edits
from analytics.boards.owned import ChangedMeanwhile
from analytics.boards.writing import Document
from analytics.checks import Checks
from analytics.domains import normalised
from analytics.errors import InvalidInput
from analytics.panels import FORMS, NAME
from analytics.site import Site
from analytics.store.control.texts import plain_text
from analytics.web.editor import choices, files
from analytics.web.editor import panel as panel_page
from analytics.web.editor.files import Opened
from analytics.web.language import _, marked, told, told_by_field
from analytics.web.services import services

LONGEST_TITLE = 80
"""Characters of a dashboard's title."""

blueprint = Blueprint("editor", __name__, url_prefix="/sites/<domain>/dashboards")

EMPTY = "empty"
"""What a new dashboard may begin with, besides the name of one that is there."""


class Undo(Struct, frozen=True):
    """Something that was just removed from the dashboard ``name``, or the whole dashboard, and can be restored."""

    said: str
    name: str
    seen: str
    """The state of the file now."""


@blueprint.route("", methods=["GET", "POST"])
def shelf(domain: str) -> ResponseReturnValue:
    """Lists all dashboards, and creates one: empty, from an existing one, or from a file. With ``?undo=<name>`` it offers
    to restore a removed one."""
    site = services().control.sites.find(domain)
    if request.method == "GET":
        return _shelf_page(site, {"start": "main"}, {}, undo=_way_back(request.args.get("undo", ""), ""))
    try:
        name = _uploaded() if request.form.get("do") == "upload" else _made(site)
    except InvalidInput as problem:
        return _shelf_page(site, request.form, told_by_field(problem)), 422
    return redirect(url_for("editor.board", domain=site.domain, name=name), 303)


@blueprint.route("/<name>", methods=["GET", "POST"])
def board(domain: str, name: str) -> ResponseReturnValue:
    """One dashboard: its title, sites and panels. With ``?done=<button>&undo=<state>`` it offers to restore what that
    button removed, as long as the file is in that state."""
    site, opened = files.asked(domain, name)
    if request.method == "GET":
        done = request.args.get("done", "")
        return _board_page(site, opened, undo=_way_back(name, request.args.get("undo", ""), done) if done else None)
    if opened.document is None:
        return _board_page(site, opened), 422
    try:
        document, what = _edited(opened, opened.document)
        losing = request.form.get("do", "").partition(" ")[0] in _LOSING
        files.save(opened, document, what, request.form.get("seen", ""), keep=losing)
    except InvalidInput as problem:
        return _board_page(site, opened, typed=request.form, problems=told_by_field(problem)), 422
    except ChangedMeanwhile:
        return _board_page(site, opened, stale=True), 409
    done = request.form.get("do", "")
    action, _sep, panel = done.partition(" ")
    if action in _LOSING and document != opened.document:
        return redirect(url_for("editor.board", domain=site.domain, name=name, done=done, undo=files.own().seen(name)), 303)
    return redirect(url_for("editor.board", domain=site.domain, name=name, _anchor=f"row-{panel}" if panel else None), 303)


@blueprint.post("/<name>/text")
def text(domain: str, name: str) -> ResponseReturnValue:
    """The whole file as text, typed or uploaded."""
    site, opened = files.asked(domain, name)
    typed = request.form.get("text", "").replace("\r\n", "\n")
    try:
        typed = _file() or typed
        files.check(name, typed)
        files.own().put(name, typed, request.form.get("seen", ""))
    except InvalidInput as problem:
        return _board_page(site, opened, text=typed, problems={"text": told(problem)}), 422
    except ChangedMeanwhile:
        return _board_page(site, opened, text=typed, stale=True), 409
    files.note("dashboard changed", f"{name}: as text")
    flash(_("File saved."))
    return redirect(url_for("editor.board", domain=site.domain, name=name), 303)


@blueprint.get("/<name>/file")
def file(domain: str, name: str) -> Response:
    """The file as a download."""
    _site, opened = files.asked(domain, name)
    response = make_response(opened.text)
    response.mimetype = "application/toml"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.toml"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<name>/copy")
def copy(domain: str, name: str) -> ResponseReturnValue:
    """Creates an independent copy of this dashboard."""
    site, opened = files.asked(domain, name)
    document = opened.document or edits.copied(opened.dashboard)
    title = _("%(title)s, copy", title=_(opened.dashboard.title))
    made = files.put_new(edits.headed(document, None, title=title, sites=opened.dashboard.sites), title)
    flash(_("Copied. The copy is a separate dashboard."))
    return redirect(url_for("editor.board", domain=site.domain, name=made), 303)


@blueprint.post("/<name>/rename")
def rename(domain: str, name: str) -> ResponseReturnValue:
    """Changes the name in addresses, which is the file's."""
    site, opened = files.asked(domain, name)
    new = request.form.get("name", "").strip()
    try:
        if new in files.built_in():
            raise InvalidInput("name", _("A built-in dashboard has this name; choose another"))
        files.own().rename(name, new, request.form.get("seen", ""))
    except InvalidInput as problem:
        return _board_page(site, opened, typed=request.form, problems={"name": told(problem)}), 422
    except ChangedMeanwhile:
        return _board_page(site, opened, stale=True), 409
    files.note("dashboard renamed", f"{name}: {new}")
    flash(_("The dashboard has a new address. Links to the old one show the main dashboard."))
    return redirect(url_for("editor.board", domain=site.domain, name=new), 303)


@blueprint.post("/<name>/remove")
def remove(domain: str, name: str) -> ResponseReturnValue:
    """Removes the owner's file. If there is a built-in dashboard of the same name, that is shown again."""
    site, opened = files.asked(domain, name)
    try:
        files.own().remove(name, request.form.get("seen", ""))
    except ChangedMeanwhile:
        return _board_page(site, opened, stale=True), 409
    files.note("dashboard removed", name)
    return redirect(url_for("editor.shelf", domain=site.domain, undo=name), 303)


@blueprint.post("/<name>/undo")
def undo(domain: str, name: str) -> ResponseReturnValue:
    """Restores the file as it was before a panel, or all of it, was removed."""
    site = services().control.sites.find(domain)
    try:
        files.own().undo(name, request.form.get("seen", ""))
    except ChangedMeanwhile:
        return _board_page(site, files.asked(domain, name)[1], stale=True), 409
    files.note("dashboard changed", f"{name}: undone")
    flash(_("The change has been undone."))
    return redirect(url_for("editor.board", domain=site.domain, name=name), 303)


def _file() -> str:
    """The text of an uploaded file; empty if none was chosen. Raises InvalidInput if it is not text, or empty."""
    chosen = request.files.get("file")
    if not chosen or not chosen.filename:
        return ""
    try:
        text: str = chosen.read().decode("utf-8-sig").replace("\r\n", "\n")  # some editors begin with a byte order mark
    except UnicodeDecodeError:
        raise InvalidInput("file", _("This file is not UTF-8 text; save it as UTF-8 and upload it again")) from None
    if not text.strip():
        raise InvalidInput("file", _("This file is empty; choose another"))
    return text


blueprint.add_url_rule("/<name>/add", "panel", panel_page.page, methods=["GET", "POST"], defaults={"panel": ""})
blueprint.add_url_rule("/<name>/panels/<panel>", "panel", panel_page.page, methods=["GET", "POST"])


# --- what the forms ask for ----------------------------------------------------------------------------------------------


def _made(site: Site) -> str:
    """Creates the dashboard that the form asks for; returns its name."""
    title, start = _title_typed(), request.form.get("start", "")
    sites = [site.domain] if request.form.get("here") == "yes" else []
    found = next((each for each in files.every() if each.name == start), None)
    if not found:
        return files.put_new(edits.headed({}, None, title=title, sites=sites), title)
    document = edits.begun(found) if start in files.built_in() and found.built_in else edits.copied(found)
    return files.put_new(edits.headed(document, None, title=title, sites=sites), title)


def _uploaded() -> str:
    """Creates a dashboard from an uploaded file; returns its name, which is the file's."""
    text = _file()
    chosen = request.files.get("file")
    if not chosen or not chosen.filename or not text:
        raise InvalidInput("file", _("Choose a file"))
    name = files.named(chosen.filename.removesuffix(".toml"), {each.name for each in files.every()})
    try:
        files.check(name, text)
    except InvalidInput as problem:
        raise problem.at("file") from None
    files.own().put(name, text, "")
    files.note("dashboard added", f"{name}: from a file")
    return name


def _edited(opened: Opened, document: Document) -> tuple[Document, str]:
    """The file after the pressed button, and an entry for the audit log."""
    action, _sep, name = request.form.get("do", "").partition(" ")
    base, names = opened.base, opened.names
    if action in ("up", "down") and name in names:
        return edits.arranged(document, base, _swapped(names, name, -1 if action == "up" else 1)), f"{name} moved"
    if action == "remove" and name in names:
        return edits.without(document, base, name), f"{name} removed"
    if action == "restore":
        return edits.restored(document, name), f"{name} as built in"
    if action == "add" and name in files.catalogue():
        return edits.put(document, base, files.catalogue()[name]), f"{name} added"
    if action == "arrange":
        return edits.arranged(document, base, request.form.getlist("order")), "panels arranged"
    if action == "head":
        return _headed(opened, document), "title and sites"
    return document, "nothing"


_LOSING = {
    "remove": marked("Panel “%(title)s” removed."),
    "restore": marked("Panel “%(title)s” reset to the built-in version."),
}
"""Buttons that take away what somebody made, and what is said then."""


def _way_back(name: str, after: str, done: str = "") -> Undo | None:
    """The offer to restore what was there before the button ``done``, or before the removal of everything. None if the file
    has changed since (``after``)."""
    built_in = files.built_in()
    before = files.own().before(name) if NAME.fullmatch(name) else None
    if before is None or not (before or name in built_in) or files.own().seen(name) != after:
        return None
    action, _sep, panel = done.partition(" ")
    if action in _LOSING:
        return Undo(_(_LOSING[action], title=_title(files.opened(name, before or None), panel)), name, after)
    return Undo(_("Dashboard reset to the built-in version.") if name in built_in else _("Dashboard deleted."), name, after)


def _title(opened: Opened, panel: str) -> str:
    """The title of a panel, or its name if it has none."""
    return next((_(each.title) for each in opened.dashboard.panels if each.name == panel), panel)


def _swapped(names: list[str], name: str, by: int) -> list[str]:
    at = names.index(name)
    to = min(max(at + by, 0), len(names) - 1)
    return [*names[: min(at, to)], *reversed(names[min(at, to) : max(at, to) + 1]), *names[max(at, to) + 1 :]]


def _headed(opened: Opened, document: Document) -> Document:
    with Checks() as check:
        title = check(_title_typed, instead="")
        sites = _sites_typed()
    return edits.headed(document, opened.built_in, title=title, sites=list(dict.fromkeys(sites)))


def _title_typed() -> str:
    title = request.form.get("title", "").strip()
    if not title:
        raise InvalidInput("title", _("Enter a title"))
    return plain_text("title", title, LONGEST_TITLE)


def _sites_typed() -> list[str]:
    try:
        return [normalised(line) for line in request.form.get("sites", "").splitlines() if line.strip()]
    except InvalidInput as problem:
        raise problem.at("sites") from None


# --- pages ---------------------------------------------------------------------------------------------------------------


def _shelf_page(site: Site, values: Mapping[str, Any], problems: Mapping[str, str], undo: Undo | None = None) -> str:
    built_in = files.built_in()
    return render_template(
        "admin/dashboards.html",
        site=site,
        found=files.every(),
        built_in=built_in,
        known={each.domain for each in services().control.sites.all()},
        values=values,
        problems=problems,
        longest=LONGEST_TITLE,
        empty=EMPTY,
        undo=undo,
    )


def _board_page(
    site: Site,
    opened: Opened,
    *,
    text: str | None = None,
    typed: Mapping[str, Any] | None = None,
    problems: Mapping[str, str] | None = None,
    stale: bool = False,
    undo: Undo | None = None,
) -> str:
    own = {each.get("name") for each in (opened.document or {}).get("panel", []) if isinstance(each, dict)}
    based = {panel.name for panel in opened.base.panels} if opened.base else set()
    head = {"title": opened.dashboard.title, "sites": "\n".join(opened.dashboard.sites), "name": opened.name}
    return render_template(
        "admin/dashboard.html",
        site=site,
        opened=opened,
        panels=opened.dashboard.panels,
        broken=opened.dashboard.problems,
        own=own,
        restorable=own & based,
        catalogue=[each for name, each in files.catalogue().items() if name not in opened.names],
        forms=FORMS,
        form_names=choices.FORM_NAMES,
        sizes=choices.SIZES,
        values={**head, **(typed or {})},
        text=opened.text if text is None else text,
        edited=text is not None,
        problems=problems or {},
        longest=LONGEST_TITLE,
        stale=stale,
        undo=undo,
    )
