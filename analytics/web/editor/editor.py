"""The pages on which an owner changes dashboards: all of them, one with its panels, and one panel with a look at it.

Each change is saved at once, as a file in the data folder. A form says which state of the file it was made for; where that
is not the present one any more, nothing is saved, what was typed is shown again, and the page says why.
"""

import tomllib
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from analytics.boards import edits
from analytics.boards.owned import ChangedMeanwhile, OwnDashboards, digest
from analytics.boards.reading import LARGEST, Dashboard, dashboards, parsed
from analytics.boards.writing import Document, commented, written
from analytics.domains import normalised
from analytics.errors import InvalidInput, NotFound
from analytics.model import Site
from analytics.panels import FORMS, NAME, Panel
from analytics.resources import folder
from analytics.web.accounts.access import person
from analytics.web.dashboards.dashboard import Addresses, sample
from analytics.web.editor import panel_form
from analytics.web.editor.panel_form import Values
from analytics.web.language import _, marked, told
from analytics.web.question.selection import Selection
from analytics.web.services import current_day, services

blueprint = Blueprint("editor", __name__, url_prefix="/sites/<domain>/dashboards")

PREVIEWED = "28d"
"""The period that a panel is tried with; it ends today, so that there is something to see on the first day."""
EMPTY = "empty"
"""What a new dashboard may begin with, besides the name of one that is there."""


class Undo(Struct, frozen=True):
    """What was just taken away from the dashboard ``name``, or that all of it was."""

    said: str
    name: str
    seen: str
    """The state of the file now."""


class Opened(Struct, frozen=True):
    """A dashboard's file, as a page shows it."""

    name: str
    text: str
    """What the file says; of a built-in one, what that says."""
    seen: str
    """Stands for this state of the owner's file; empty: there is none."""
    dashboard: Dashboard
    document: Document | None
    """None: the file cannot be used, and only its text can be changed."""
    base: Dashboard | None
    """The built-in dashboard that the file extends."""
    built_in: Dashboard | None
    """The built-in dashboard of this name."""

    @property
    def names(self) -> list[str]:
        """Its panels' names, in order."""
        return [panel.name for panel in self.dashboard.panels]

    @property
    def loses(self) -> bool:
        """Whether the file has comments, which a change here would lose."""
        return bool(self.seen) and commented(self.text)


@blueprint.route("", methods=["GET", "POST"])
def shelf(domain: str) -> ResponseReturnValue:
    """All dashboards, and making one: empty, from one that is there, or from a file. With ``?undo=<name>`` the way back to
    one that was removed."""
    site = services().control.site(domain)
    if request.method == "GET":
        return _shelf_page(site, {"start": "main"}, {}, undo=_way_back(request.args.get("undo", ""), ""))
    try:
        name = _uploaded() if request.form.get("do") == "upload" else _made(site)
    except InvalidInput as problem:
        return _shelf_page(site, request.form, {problem.field: told(problem)}), 422
    return redirect(url_for("editor.board", domain=site.domain, name=name), 303)


@blueprint.route("/<name>", methods=["GET", "POST"])
def board(domain: str, name: str) -> ResponseReturnValue:
    """One dashboard: its title, sites and panels. With ``?done=<button>&undo=<state>`` the way back to what that button took
    away, as long as the file is in that state."""
    site, opened = _asked(domain, name)
    if request.method == "GET":
        done = request.args.get("done", "")
        return _board_page(site, opened, undo=_way_back(name, request.args.get("undo", ""), done) if done else None)
    if opened.document is None:
        return _board_page(site, opened), 422
    try:
        document, what = _edited(opened, opened.document)
        _save(opened, document, what)
    except InvalidInput as problem:
        return _board_page(site, opened, typed=request.form, problems={problem.field: told(problem)}), 422
    except ChangedMeanwhile:
        return _board_page(site, opened, stale=True), 409
    done = request.form.get("do", "")
    action, _sep, panel = done.partition(" ")
    if action in _LOSING and document != opened.document:
        return redirect(url_for("editor.board", domain=site.domain, name=name, done=done, undo=_own().seen(name)), 303)
    return redirect(url_for("editor.board", domain=site.domain, name=name, _anchor=f"row-{panel}" if panel else None), 303)


@blueprint.post("/<name>/text")
def text(domain: str, name: str) -> ResponseReturnValue:
    """The whole file as text, typed or uploaded."""
    site, opened = _asked(domain, name)
    typed = request.form.get("text", "").replace("\r\n", "\n")
    try:
        typed = _file() or typed
        _check(name, typed)
        _own().put(name, typed, request.form.get("seen", ""))
    except InvalidInput as problem:
        return _board_page(site, opened, text=typed, problems={"text": told(problem)}), 422
    except ChangedMeanwhile:
        return _board_page(site, opened, text=typed, stale=True), 409
    _note("dashboard changed", f"{name}: as text")
    flash(_("The file is saved."))
    return redirect(url_for("editor.board", domain=site.domain, name=name), 303)


@blueprint.get("/<name>/file")
def file(domain: str, name: str) -> Response:
    """The file, to be kept or sent on."""
    _site, opened = _asked(domain, name)
    response = make_response(opened.text)
    response.mimetype = "application/toml"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.toml"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<name>/copy")
def copy(domain: str, name: str) -> ResponseReturnValue:
    """One more dashboard that is like this one, and then goes its own way."""
    site, opened = _asked(domain, name)
    document = opened.document or edits.copied(opened.dashboard)
    title = _("%(title)s, copy", title=_(opened.dashboard.title))
    made = _put_new(edits.headed(document, None, title=title, sites=opened.dashboard.sites), title)
    flash(_("The copy is a dashboard of its own."))
    return redirect(url_for("editor.board", domain=site.domain, name=made), 303)


@blueprint.post("/<name>/rename")
def rename(domain: str, name: str) -> ResponseReturnValue:
    """Another name in addresses, and of the file."""
    site, opened = _asked(domain, name)
    new = request.form.get("name", "").strip()
    try:
        if new in _built_in():
            raise InvalidInput("name", _("A built-in dashboard has this name"))
        _own().rename(name, new, request.form.get("seen", ""))
    except InvalidInput as problem:
        return _board_page(site, opened, typed=request.form, problems={"name": told(problem)}), 422
    except ChangedMeanwhile:
        return _board_page(site, opened, stale=True), 409
    _note("dashboard renamed", f"{name}: {new}")
    flash(_("The dashboard has a new address. Links to the old one show the main dashboard."))
    return redirect(url_for("editor.board", domain=site.domain, name=new), 303)


@blueprint.post("/<name>/remove")
def remove(domain: str, name: str) -> ResponseReturnValue:
    """Takes the owner's file away; where one of its name is built in, that is what is shown again."""
    site, opened = _asked(domain, name)
    try:
        _own().remove(name, request.form.get("seen", ""))
    except ChangedMeanwhile:
        return _board_page(site, opened, stale=True), 409
    _note("dashboard removed", name)
    return redirect(url_for("editor.shelf", domain=site.domain, undo=name), 303)


@blueprint.post("/<name>/undo")
def undo(domain: str, name: str) -> ResponseReturnValue:
    """The file as it was before a panel, or all of it, was taken away."""
    site = services().control.site(domain)
    try:
        _own().undo(name, request.form.get("seen", ""))
    except ChangedMeanwhile:
        return _board_page(site, _asked(domain, name)[1], stale=True), 409
    _note("dashboard changed", f"{name}: undone")
    flash(_("It is as it was before."))
    return redirect(url_for("editor.board", domain=site.domain, name=name), 303)


@blueprint.route("/<name>/add", methods=["GET", "POST"], defaults={"panel": ""})
@blueprint.route("/<name>/panels/<panel>", methods=["GET", "POST"])
def panel(domain: str, name: str, panel: str) -> ResponseReturnValue:
    """One panel: everything its form can say, and a look at it with the site's own figures."""
    site, opened = _asked(domain, name)
    before = _panel(opened, panel)
    if opened.document is None:
        return redirect(url_for("editor.board", domain=site.domain, name=name), 303)
    if request.method == "GET":
        return _panel_page(site, opened, before, panel_form.shown(before) if before else _beginning())
    values = panel_form.typed(request.form)
    if request.form.get("do") != "save":
        began = replace(opened, seen=request.form.get("seen", ""))  # a look is no leave to overwrite what came since
        return _panel_page(site, began, before, panel_form.filled(values), wrong=True)
    called = panel or panel_form.named(values.title, {*opened.names, *_catalogue()})
    made, problems = panel_form.panel_of(values, called, before or _like())
    if made is None:
        return _panel_page(site, opened, before, values, problems=problems), 422
    try:
        _save(opened, edits.put(opened.document, opened.base, made), f"panel {called}")
    except ChangedMeanwhile:
        return _panel_page(site, opened, before, values, stale=True), 409
    flash(_("The panel is saved."))
    return redirect(url_for("editor.board", domain=site.domain, name=name, _anchor=f"row-{called}"), 303)


# --- files ---------------------------------------------------------------------------------------------------------------


def _own() -> OwnDashboards:
    return OwnDashboards(services().config.data / "dashboards")


def _built_in() -> dict[str, Dashboard]:
    return {each.name: each for each in dashboards(folder("dashboards"))}


def _catalogue() -> dict[str, Panel]:
    """Every built-in panel."""
    return {panel.name: panel for each in _built_in().values() for panel in each.panels}


def _asked(domain: str, name: str) -> tuple[Site, Opened]:
    """Raises NotFound where there is no such site or dashboard."""
    site = services().control.site(domain)
    try:
        stored = _own().text(name)
    except InvalidInput:
        raise NotFound(_("There is no dashboard “%(name)s”.", name=name)) from None
    built_in = _built_in()
    if stored is None and name not in built_in:
        raise NotFound(_("There is no dashboard “%(name)s”.", name=name))
    return site, _opened(name, stored, built_in)


def _opened(name: str, stored: bytes | None, built_in: Mapping[str, Dashboard]) -> Opened:
    if stored is None:
        shipped = built_in[name]
        text = (folder("dashboards") / f"{name}.toml").read_text(encoding="utf-8")
        return Opened(name, text, "", shipped, edits.begun(shipped), shipped, shipped)
    dashboard = parsed(name, stored, tuple(built_in.values()))
    document = None if dashboard.broken else tomllib.loads(stored.decode())
    base = built_in.get(document.get("extends", "")) if document else None
    text = stored.decode(errors="replace")
    return Opened(name, text, digest(stored), dashboard, document, base, built_in.get(name))


def _save(opened: Opened, document: Document, what: str) -> None:
    """Writes the file; takes it away when it says nothing that the built-in one does not."""
    seen, keep = request.form.get("seen", ""), request.form.get("do", "").partition(" ")[0] in _LOSING
    if opened.built_in and document == edits.begun(opened.built_in):
        _own().remove(opened.name, seen)
    else:
        _own().put(opened.name, written(document), seen, keep=keep)
    _note("dashboard changed", f"{opened.name}: {what}")


def _put_new(document: Document, title: str) -> str:
    """Makes a file with a name of its own; returns the name."""
    name = panel_form.named(title, {each.name for each in _all()})
    _own().put(name, written(document), "")
    _note("dashboard added", name)
    return name


def _all() -> list[Dashboard]:
    """Of all sites."""
    return dashboards(folder("dashboards"), services().config.data / "dashboards")


def _check(name: str, text: str) -> None:
    if len(text.encode()) > LARGEST:
        raise InvalidInput("text", _("At most %(size)s kB", size=LARGEST // 1024))
    problems = parsed(name, text.encode(), tuple(_built_in().values())).problems
    if problems:
        raise InvalidInput("text", "\n".join(map(str, problems)))


def _file() -> str:
    """The text of an uploaded file; empty: none was chosen. Raises InvalidInput for one that is no text."""
    chosen = request.files.get("file")
    try:
        return chosen.read().decode().replace("\r\n", "\n") if chosen else ""
    except UnicodeDecodeError:
        raise InvalidInput("file", _("This file is not written in UTF-8")) from None


def _note(what: str, subject: str) -> None:
    services().control.audit.note(person().email, what, subject)


# --- what the forms ask for ----------------------------------------------------------------------------------------------


def _made(site: Site) -> str:
    """Makes the dashboard that the form asks for; returns its name."""
    title, start = request.form.get("title", "").strip(), request.form.get("start", "")
    if not title:
        raise InvalidInput("title", _("Give it a title"))
    sites = [site.domain] if request.form.get("here") == "yes" else []
    found = next((each for each in _all() if each.name == start), None)
    if not found:
        return _put_new(edits.headed({}, None, title=title, sites=sites), title)
    document = edits.begun(found) if start in _built_in() and found.built_in else edits.copied(found)
    return _put_new(edits.headed(document, None, title=title, sites=sites), title)


def _uploaded() -> str:
    """Makes the dashboard that is in an uploaded file; returns its name, which is the file's."""
    text = _file()
    chosen = request.files.get("file")
    if not text or not chosen or not chosen.filename:
        raise InvalidInput("file", _("Choose a file"))
    name = panel_form.named(chosen.filename.removesuffix(".toml"), {each.name for each in _all()})
    try:
        _check(name, text)
    except InvalidInput as problem:
        raise InvalidInput("file", told(problem)) from None
    _own().put(name, text, "")
    _note("dashboard added", f"{name}: from a file")
    return name


def _edited(opened: Opened, document: Document) -> tuple[Document, str]:
    """The file after the button that was pressed, and what is noted of it."""
    action, _sep, name = request.form.get("do", "").partition(" ")
    base, names = opened.base, opened.names
    if action in ("up", "down") and name in names:
        return edits.arranged(document, base, _swapped(names, name, -1 if action == "up" else 1)), f"{name} moved"
    if action == "remove" and name in names:
        return edits.without(document, base, name), f"{name} removed"
    if action == "restore":
        return edits.restored(document, name), f"{name} as built in"
    if action == "add" and name in _catalogue():
        return edits.put(document, base, _catalogue()[name]), f"{name} added"
    if action == "arrange":
        return edits.arranged(document, base, request.form.getlist("order")), "panels arranged"
    if action == "head":
        return _headed(opened, document), "title and sites"
    return document, "nothing"


_LOSING = {
    "remove": marked("The panel “%(title)s” is removed."),
    "restore": marked("The panel “%(title)s” is what it was built as."),
}
"""Buttons that take away what somebody made, and what is said then."""


def _way_back(name: str, after: str, done: str = "") -> Undo | None:
    """The way back to what was there before the button ``done``, or the removal of all; None where the file is not any more
    what that made of it (``after``)."""
    built_in = _built_in()
    before = _own().before(name) if NAME.fullmatch(name) else None
    if before is None or not (before or name in built_in) or _own().seen(name) != after:
        return None
    action, _sep, panel = done.partition(" ")
    if action in _LOSING:
        return Undo(_(_LOSING[action], title=_title(_opened(name, before or None, built_in), panel)), name, after)
    return Undo(
        _("The dashboard is what it was built as.") if name in built_in else _("The dashboard is removed."), name, after
    )


def _title(opened: Opened, panel: str) -> str:
    """What a panel is called; by its name where there is none."""
    return next((_(each.title) for each in opened.dashboard.panels if each.name == panel), panel)


def _swapped(names: list[str], name: str, by: int) -> list[str]:
    at = names.index(name)
    to = min(max(at + by, 0), len(names) - 1)
    return [*names[: min(at, to)], *reversed(names[min(at, to) : max(at, to) + 1]), *names[max(at, to) + 1 :]]


def _headed(opened: Opened, document: Document) -> Document:
    title = request.form.get("title", "").strip()
    if not title:
        raise InvalidInput("title", _("Give it a title"))
    try:
        sites = [normalised(line) for line in request.form.get("sites", "").splitlines() if line.strip()]
    except InvalidInput as problem:
        raise InvalidInput("sites", told(problem)) from None
    return edits.headed(document, opened.built_in, title=title, sites=list(dict.fromkeys(sites)))


def _panel(opened: Opened, name: str) -> Panel | None:
    """The panel that is changed; None for a new one. Raises NotFound."""
    if not name:
        return None
    found = next((panel for panel in opened.dashboard.panels if panel.name == name), None)
    if found is None:
        raise NotFound(_("There is no panel “%(name)s” on this dashboard.", name=name))
    return found


def _like() -> Panel | None:
    """The built-in panel that a new one begins with, if there is one."""
    return _catalogue().get(request.args.get("like", ""))


def _beginning() -> Values:
    """What a new panel begins with: a built-in one, or a form."""
    like = _like()
    if like:
        return panel_form.shown(like)
    form = request.args.get("form", "")
    return panel_form.filled(Values(kind=form if form in FORMS else "bars"))


# --- pages ---------------------------------------------------------------------------------------------------------------


def _shelf_page(site: Site, values: Mapping[str, Any], problems: Mapping[str, str], undo: Undo | None = None) -> str:
    built_in = _built_in()
    return render_template(
        "admin/dashboards.html",
        site=site,
        found=_all(),
        built_in=built_in,
        known={each.domain for each in services().control.sites()},
        values=values,
        problems=problems,
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
        catalogue=[each for name, each in _catalogue().items() if name not in opened.names],
        forms=FORMS,
        form_names=panel_form.FORM_NAMES,
        sizes=panel_form.SIZES,
        values={**head, **(typed or {})},
        text=opened.text if text is None else text,
        edited=text is not None,
        problems=problems or {},
        stale=stale,
        undo=undo,
    )


def _panel_page(
    site: Site,
    opened: Opened,
    before: Panel | None,
    values: Values,
    *,
    problems: Mapping[str, str] | None = None,
    wrong: bool = False,
    stale: bool = False,
) -> Response:
    """``wrong``: what could not be saved so is told, though nobody has asked for it yet."""
    tried, found = panel_form.panel_of(replace(values, title=values.title or _("New panel")), "preview", before or _like())
    page = render_template(
        "admin/panel.html",
        site=site,
        opened=opened,
        before=before,
        values=values,
        problems=found if wrong else problems or {},
        stale=stale,
        preview=_preview(site, tried),
        groups=sorted({panel.group for panel in opened.dashboard.panels if panel.group}),
        funnels=[each.name for each in services().control.funnels(site)],
        fields=panel_form,
        forms=FORMS,
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _preview(site: Site, panel: Panel | None) -> Markup:
    """The panel with the site's figures; nothing for what is not a panel yet, or has none of its own."""
    if panel is None or panel.form == "live":
        return Markup()
    here = url_for("pages.show", domain=site.domain)
    shown = Selection(period=PREVIEWED, day=current_day(site))
    return sample(site, panel, shown, Addresses(lambda chosen: here + (chosen.query_string() if chosen else ""), _nowhere))


def _nowhere(_selection: Selection, _seen: str) -> str:
    return ""
