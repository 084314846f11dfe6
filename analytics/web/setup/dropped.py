"""Events dropped on suspicion: the owner can look at them by reason, group and name, and restore those dropped by mistake.

The whole selection is in the address, so it works without JavaScript and can be linked.
"""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from analytics.errors import InvalidInput
from analytics.ingest.apart import kept_from
from analytics.site import Site
from analytics.store.base import Chosen
from analytics.web.accounts.access import person
from analytics.web.figures import days as days_text
from analytics.web.figures import number
from analytics.web.language import _, ngettext, told, told_by_field
from analytics.web.services import current_day, services
from analytics.web.setup import allow_lists
from analytics.web.setup import dropped_sheets as sheets
from analytics.web.setup.dropped_choice import chosen, moment_of, typed

blueprint = Blueprint("dropped", __name__)


@blueprint.get("/sites/<domain>/dropped")
def page(domain: str) -> ResponseReturnValue:
    """The list, and above it what the address selects."""
    site = services().control.sites.find(domain)
    try:
        found = chosen(current_day(site), request.args)
    except InvalidInput as problem:
        return _page(site, None, told_by_field(problem)), 422
    return _page(site, found, {})


@blueprint.post("/sites/<domain>/dropped/restore")
def restore(domain: str) -> ResponseReturnValue:
    """Counts the selected events, and allows such events in future if requested."""
    site, found = services().control.sites.find(domain), None
    try:
        found = chosen(current_day(site), request.form)
        if found is None:
            raise InvalidInput("reason", "Choose what to restore")
        if request.form.get("pass"):
            allow_lists.allow(site, found)
    except InvalidInput as problem:
        return _page(site, found, told_by_field(problem)), 422
    rows = services().apart.restore(site, found, by=person().email)
    if rows:
        flash(
            ngettext(
                "One event is now counted in all panels, exports and API responses.",
                "%(number)s events are now counted in all panels, exports and API responses.",
                rows,
                number=number(rows),
            )
        )
    else:
        flash(_("There was nothing to restore; it may have expired."))
    return redirect(url_for("dropped.page", domain=site.domain), 303)


@blueprint.post("/sites/<domain>/dropped/ignore")
def ignore(domain: str) -> ResponseReturnValue:
    """From now on, events of a host that is not the owner's are counted as dropped and not kept apart."""
    site = services().control.sites.find(domain)
    try:
        allow_lists.ignore(site, request.form.get("who", ""))
    except InvalidInput as problem:
        return _page(site, None, {"who": told(problem)}), 422
    flash(_("This host is ignored from now on: its events are counted as dropped and not stored."))
    return redirect(url_for("dropped.page", domain=site.domain), 303)


@blueprint.post("/sites/<domain>/dropped/put-back")
def put_back(domain: str) -> ResponseReturnValue:
    """Undoes a restore."""
    site = services().control.sites.find(domain)
    rows = services().apart.put_back(site, moment_of(request.form.get("at", "")), by=person().email)
    flash(
        ngettext(
            "One event has been set aside again.", "%(number)s events have been set aside again.", rows, number=number(rows)
        )
    )
    return redirect(url_for("dropped.page", domain=site.domain), 303)


def _page(site: Site, chosen: Chosen | None, problems: Mapping[str, str]) -> str:
    heaps = services().apart.heaps(site)
    first, last = kept_from(current_day(site)), current_day(site)
    return render_template(
        "admin/dropped.html",
        site=site,
        typed=typed(),
        problems=problems,
        look=sheets.look(site, chosen) if chosen else None,
        sheets=sheets.sheets(site, heaps, first, last),
        window=days_text(first, last),
        restored=[sheets.back(site, each) for each in services().apart.restored(site)],
    )
