"""The editor of a site's sections: the tree with its visitors, the rules that name parts of it, and a preview of changes.

Every button belongs to one form, which comes back with its present content; nothing is saved before Save. With a script,
parts can also be dragged onto a section, and sections into another order.
"""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from analytics.errors import FootfallError, InvalidInput
from analytics.site import SectionRule, Site
from analytics.web.accounts.access import person
from analytics.web.figures import number
from analytics.web.language import _, told, told_by_field
from analytics.web.sections import rows as section_rows
from analytics.web.sections.preview import Preview, conflicts, people_told, previewed
from analytics.web.sections.rows import Row, Rows
from analytics.web.sections.tree import tree
from analytics.web.services import services

blueprint = Blueprint("sections", __name__)


@blueprint.route("/sites/<domain>/sections", methods=["GET", "POST"])
def page(domain: str) -> ResponseReturnValue:
    """The tree and the rows. Every button but Save shows what would change. So does Save, if the change affects what
    somebody may see and the page has not said so yet."""
    site = services().control.sites.find(domain)
    if request.method == "GET":
        return _page(site, section_rows.of_rules(services().control.sections.all(site)), {})
    form = request.form
    action, _colon, part = form.get("do", "save").partition(":")  # "make:/blog" names the part at once
    ticked = [part] if part else form.getlist("part")
    rows = section_rows.typed(form.getlist("name"), form.getlist("pattern"))
    kept = section_rows.edited(rows, action, ticked)
    try:
        rules = section_rows.rules(kept, site.settings)
        to_tell = people_told(site, rules) if action == "save" else []
        if action == "save" and form.getlist("told") == to_tell:
            services().control.sections.replace(site, rules, by=person().email)
            flash(_("Sections saved. They apply to past visits as well."))
            return redirect(url_for("sections.page", domain=site.domain), 303)
        return _page(site, kept, {}, previewed(site, rules), section_rows.goes_on(rows, kept, action))
    except InvalidInput as problem:
        return _page(site, kept, told_by_field(problem)), 422
    except FootfallError as problem:
        return _page(site, kept, {"rules": told(problem)}), 503


def _page(site: Site, rows: Rows, problems: Mapping[str, str], preview: Preview | None = None, focus: str = "") -> str:
    """Renders the page. ``focus`` is the id of the element that gets the keyboard focus, unless there is a mistake, which
    then gets it."""
    return render_template(
        "admin/sections.html",
        site=site,
        rows=[*rows, Row("")],
        problems=problems,
        preview=preview,
        focus="-".join(reversed(next(iter(problems)).split("/"))) if problems else focus,
        nodes=tree(site),
        notes=_notes(site, rows) if not problems else {},
        number=number,
    )


def _notes(site: Site, rows: Rows) -> dict[int, list[str]]:
    """Row -> what there is to say about its patterns."""
    rules = section_rows.rules(rows, site.settings)
    found = conflicts(site, rules)
    return {
        number: [found[at] for at in places if at in found] for number, places in enumerate(_places(rows, rules)) if places
    }


def _places(rows: Rows, rules: Sequence[SectionRule]) -> list[list[int]]:
    """The positions of each row's rules."""
    numbers = iter(range(len(rules)))
    return [[next(numbers) for _pattern in row.patterns] for row in rows]
