"""The page on which an owner edits one panel, with a preview."""

from collections.abc import Mapping

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from msgspec.structs import replace

from analytics.boards import edits
from analytics.boards.owned import ChangedMeanwhile
from analytics.errors import NotFound
from analytics.panels import FORMS, Panel
from analytics.site import Site
from analytics.web.dashboards.addresses import Addresses
from analytics.web.dashboards.dashboard import sample
from analytics.web.editor import choices, files, panel_form
from analytics.web.editor.conditions import Condition
from analytics.web.editor.files import Opened
from analytics.web.editor.panel_form import Values
from analytics.web.language import _
from analytics.web.question.selection import Selection
from analytics.web.services import current_day, services

PREVIEWED = "28d"
"""The period that a panel is tried with; it ends today, so that there is something to see on the first day."""


def page(domain: str, name: str, panel: str) -> ResponseReturnValue:
    """One panel: everything that its form can express, and a preview with the site's own figures."""
    site, opened = files.asked(domain, name)
    before = _panel(opened, panel)
    if opened.document is None:
        return redirect(url_for("editor.board", domain=site.domain, name=name), 303)
    if request.method == "GET":
        return _panel_page(site, opened, before, panel_form.shown(before) if before else _beginning())
    values = panel_form.typed(request.form)
    if request.form.get("do") != "save":
        began = replace(opened, seen=request.form.get("seen", ""))  # a preview must not allow overwriting later changes
        return _panel_page(site, began, before, panel_form.filled(values), wrong=True)
    called = panel or files.named(values.title, {*opened.names, *files.catalogue()})
    made, problems = panel_form.panel_of(values, called, before or _like())
    if made is None:
        return _panel_page(site, opened, before, values, problems=problems), 422
    try:
        document = edits.put(opened.document, opened.base, made)
        files.save(opened, document, f"panel {called}", request.form.get("seen", ""))
    except ChangedMeanwhile:
        return _panel_page(site, opened, before, values, stale=True), 409
    flash(_("Panel saved."))
    return redirect(url_for("editor.board", domain=site.domain, name=name, _anchor=f"row-{called}"), 303)


def _panel(opened: Opened, name: str) -> Panel | None:
    """The panel that is being edited; None for a new one. Raises NotFound."""
    if not name:
        return None
    found = next((panel for panel in opened.dashboard.panels if panel.name == name), None)
    if found is None:
        raise NotFound(_("There is no panel “%(name)s” on this dashboard.", name=name))
    return found


def _like() -> Panel | None:
    """The built-in panel that a new one starts from, if any."""
    return files.catalogue().get(request.args.get("like", ""))


def _beginning() -> Values:
    """What a new panel starts from: a built-in panel, or an empty form."""
    like = _like()
    if like:
        return panel_form.shown(like)
    form = request.args.get("form", "")
    return panel_form.filled(Values(kind=form if form in FORMS else "bars"))


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
    """Renders the page. ``wrong`` are problems that prevent saving; they are shown even before anybody has tried to save."""
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
        funnels=[each.name for each in services().control.funnels.all(site)],
        fields=choices,
        longest=panel_form.LONGEST,
        empty_row=Condition(),
        forms=FORMS,
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _preview(site: Site, panel: Panel | None) -> Markup:
    """The panel with the site's figures; nothing if it is not valid yet, or shows no figures."""
    if panel is None or panel.form == "live":
        return Markup()
    here = url_for("pages.show", domain=site.domain)
    shown = Selection(period=PREVIEWED, day=current_day(site))
    return sample(site, panel, shown, Addresses(lambda chosen: here + (chosen.query_string() if chosen else ""), _nowhere))


def _nowhere(_selection: Selection, _seen: str) -> str:
    return ""
