"""The owner's corrections of a site: the list with undo, the form, and a preview.

Works without JavaScript: preview and carrying out are two buttons of one form, which comes back as it was sent.
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct
from werkzeug.datastructures import MultiDict

from analytics.checks import Checks
from analytics.clock import local_time
from analytics.errors import InvalidInput, QueryError
from analytics.query.corrections import CORRECTABLE
from analytics.query.dimensions import DIMENSIONS, PROPERTIES
from analytics.query.register import UNDO_DAYS
from analytics.site import Correction, CorrectionKind, Site
from analytics.web.accounts.access import person
from analytics.web.figures import moment, short_day
from analytics.web.language import _, marked, told_by_field
from analytics.web.question.filters import label, of_question
from analytics.web.question.lately import asked_lately
from analytics.web.services import services
from analytics.web.setup.correction_preview import LENGTHS, Changed, previewed
from analytics.web.setup.typed import day as typed_day

blueprint = Blueprint("corrections", __name__)

KINDS = {
    "ignore": marked("Ignore: not counted, past and future"),
    "delete": marked("Delete: existing data are no longer counted"),
    "rename": marked("Rename: pages or hosts get a new name, past and future"),
}
OPERATORS = {
    "is": marked("is"),
    "is_not": marked("is not"),
    "contains": marked("contains"),
    "contains_not": marked("does not contain"),
    "matches": marked("matches (RE2)"),
    "matches_not": marked("does not match (RE2)"),
}
DONE = {"ignore": marked("Ignored"), "delete": marked("Deleted"), "rename": marked("Renamed")}
"""What a correction in the list has done."""
ROWS = 3
"""Filters that the form has room for."""


class Entry(Struct, frozen=True):
    """A correction in the list."""

    correction: Correction
    text: str
    made: str
    undo_until: str
    """Empty: it can no longer be undone, only ended."""
    state: str
    """``undone``, ``ended`` or empty."""


@blueprint.route("/sites/<domain>/corrections", methods=["GET", "POST"])
def page(domain: str) -> ResponseReturnValue:
    """The list, and the form with its two buttons. With ``?for=spam_hosts`` the form is filled in to remove visits from the
    site's spam hosts."""
    site = services().control.sites.find(domain)
    if request.method == "GET":
        return _page(site, _beginning(site), {})
    try:
        correction = _read(request.form)
        if request.form.get("do") == "make":
            services().register.make(site, correction, by=person().email)
            flash(_("Correction applied. All panels, exports and API responses now use it."))
            return redirect(url_for("corrections.page", domain=site.domain), 303)
        return _page(site, request.form, {}, previewed(services(), site, correction, _length(request.form)))
    except InvalidInput as problem:
        return _page(site, request.form, told_by_field(problem)), 422
    except QueryError as problem:
        return _page(site, request.form, told_by_field(_in_form(problem))), 422


@blueprint.post("/sites/<domain>/corrections/<int:number>/undo")
def undo(domain: str, number: int) -> ResponseReturnValue:
    """Undoes a correction; of one that is final only its effect on future events ends."""
    site = services().control.sites.find(domain)
    settled = any(each.id == number and each.settled_at for each in services().control.corrections.all(site))
    services().register.undo(site, number, by=person().email)
    flash(_("Correction ended. Data already corrected stay as they are.") if settled else _("Correction undone."))
    return redirect(url_for("corrections.page", domain=site.domain), 303)


@blueprint.post("/sites/<domain>/corrections/<int:number>/erase")
def erase(domain: str, number: int) -> ResponseReturnValue:
    """Erases what a correction removed now instead of after ``UNDO_DAYS``; the background thread rewrites the file."""
    site = services().control.sites.find(domain)
    services().register.erase(site, number, by=person().email)
    flash(_("The removed data cannot be restored. They will be erased from all files within 15 minutes."))
    return redirect(url_for("corrections.page", domain=site.domain), 303)


def _beginning(site: Site) -> "MultiDict[str, Any]":
    """The initial content of the form: empty, or a correction that removes past visits from the site's own spam hosts."""
    hosts = site.settings.spam_hosts
    if not hosts or request.args.get("for") != "spam_hosts":
        return MultiDict({"kind": "ignore"})
    values = "\n".join(rf"^(.*\.)?{re.escape(host)}(/.*)?$" for host in hosts)
    return MultiDict({"kind": "delete", "dimension": "visit:referrer", "operator": "matches", "values": values})


def _read(fields: "MultiDict[str, Any]") -> Correction:
    """The correction that a form describes. Raises InvalidInput naming every wrong field."""
    with Checks() as check:
        kind: CorrectionKind = check(_kind, fields.get("kind", "")) or "ignore"
        rename = kind == "rename"
        correction = Correction(
            kind=kind,
            filters=_filters(fields),
            first_day=check(typed_day, fields, "first_day"),
            last_day=check(typed_day, fields, "last_day"),
            dimension="event:hostname" if rename and fields.get("what") == "event:hostname" else "event:page",
            pattern=fields.get("pattern", "").strip() if rename else "",
            replacement=fields.get("replacement", "").strip() if rename else "",
        )
        for problem in services().register.problems(correction):
            check.add(_in_form(problem))
    return correction


def _kind(text: str) -> CorrectionKind:
    if text not in KINDS:
        raise InvalidInput("kind", "Choose an action")
    return cast("CorrectionKind", text)


def _filters(fields: "MultiDict[str, Any]") -> list[Any]:
    rows = zip(fields.getlist("dimension"), fields.getlist("operator"), fields.getlist("values"), strict=False)
    return [[operator, dimension, _lines(values)] for dimension, operator, values in rows if values.strip()]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _length(fields: Mapping[str, str]) -> int:
    chosen = fields.get("length", "")
    return int(chosen) if chosen in map(str, LENGTHS) else LENGTHS[1]


def _in_form(problem: QueryError) -> InvalidInput:
    """The problem at the field of the form."""
    return problem.at(problem.place.split("/")[1] if "/" in problem.place else "filters")


def _page(
    site: Site, values: "MultiDict[str, Any]", problems: Mapping[str, str], changed: list[Changed] | None = None
) -> str:
    return render_template(
        "admin/corrections.html",
        site=site,
        values=values,
        rows=_rows(values),
        problems=problems,
        changed=changed,
        entries=[_entry(site, each) for each in reversed(services().control.corrections.all(site))],
        kinds=KINDS,
        operators=OPERATORS,
        dimensions=[(name, DIMENSIONS[name].label) for name in CORRECTABLE],
        properties=[(name, label(name)) for name in _properties(site, values)],
        undo_days=UNDO_DAYS,
        lengths=LENGTHS,
        length=_length(values),
    )


def _rows(values: "MultiDict[str, Any]") -> list[tuple[str, str, str]]:
    """The filters as they were typed, filled up to ``ROWS`` with empty rows."""
    typed = zip(values.getlist("dimension"), values.getlist("operator"), values.getlist("values"), strict=False)
    rows = list(typed)[:20]
    return rows + [("event:page", "is", "")] * (ROWS - len(rows))


def _properties(site: Site, values: "MultiDict[str, Any]") -> list[str]:
    """The properties that arrived recently, as dimensions, those with the most events first; and others that were typed."""
    arrived = asked_lately(site, ("events",), [PROPERTIES]) or {}
    typed = [name for name in values.getlist("dimension") if name.startswith(f"{PROPERTIES}:")]
    return list(dict.fromkeys([*(f"{PROPERTIES}:{name}" for (name,) in arrived), *typed]))


def _entry(site: Site, correction: Correction) -> Entry:
    undo_until = local_time(correction.made_at + UNDO_DAYS * 86400, site.timezone)
    ended = correction.until is not None and correction.kind != "delete"
    return Entry(
        correction=correction,
        text=_said(correction),
        made=moment(local_time(correction.made_at, site.timezone)),
        undo_until="" if correction.settled_at else short_day(undo_until.date()),
        state=_("undone") if correction.undone_at else _("ended") if ended else "",
    )


def _said(correction: Correction) -> str:
    """The correction in a few words."""
    first, last = correction.first_day, correction.last_day
    told = [
        f"{correction.pattern} → {correction.replacement}" if correction.kind == "rename" else "",
        *(_filter_said(part) for part in correction.filters),
        _("from %(day)s", day=short_day(first)) if first else "",
        _("until %(day)s", day=short_day(last)) if last else "",
    ]
    what = ", ".join(part for part in told if part)
    return _("%(done)s: %(what)s", done=_(DONE[correction.kind]), what=what) if what else _(DONE[correction.kind])


def _filter_said(part: Any) -> str:
    """A filter of the query language in words, or as JSON if no menu can express it."""
    found = of_question(part)
    return (found.said() if found else str(part))[:200]
