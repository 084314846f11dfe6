"""A site's segments: filters saved from the dashboard under a name, renamed, changed and removed."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct
from msgspec.structs import replace

from analytics.checks import Checks
from analytics.errors import InvalidInput, QueryError
from analytics.query import segments
from analytics.site import Segment, Site
from analytics.web.accounts.access import person
from analytics.web.language import _, told, told_by_field
from analytics.web.question.arguments import parsed
from analytics.web.question.filters import SEGMENT, Filter, of_question
from analytics.web.question.selection import Selection
from analytics.web.services import services

blueprint = Blueprint("segments", __name__)


class Typed(Struct, frozen=True):
    """The submitted form."""

    name: str
    segment: str
    """Number of the one in whose place it is kept; empty: it is a new one."""
    state: str
    """The dashboard's, with the filters."""
    filters: list[str]
    """In words."""


class Entry(Struct, frozen=True, kw_only=True):
    """A segment in the list."""

    segment: Segment
    filters: list[str]
    """In words; as they are written where there are none."""
    name: str
    """As it was typed."""
    problem: str
    shown: str
    """Address of the dashboard with the segment."""
    changed: str
    """Address of the dashboard with its filters one by one; empty where they have no place in an address."""


@blueprint.route("/sites/<domain>/segments", methods=["GET", "POST"])
def page(domain: str) -> ResponseReturnValue:
    """The list; also the target of the dashboard's form that saves filters."""
    site = services().control.sites.find(domain)
    if request.method == "GET":
        return _page(site)
    selection, _problems = parsed(parse_qs(request.form.get("state", "").lstrip("?")))
    try:
        kept = _kept(site, selection)
    except InvalidInput as problem:
        return _page(site, _typed(site, selection), told_by_field(problem)), 422
    flash(_("Segment “%(name)s” saved.", name=kept.name))
    return redirect(_dashboard(site, replace(selection, filters=(Filter("is", SEGMENT, (str(kept.id),)),))), 303)


@blueprint.post("/sites/<domain>/segments/<int:number>/rename")
def rename(domain: str, number: int) -> ResponseReturnValue:
    """Renames a segment."""
    site = services().control.sites.find(domain)
    name = request.form.get(f"name-{number}", "")
    try:
        renamed = services().control.segments.change(
            site, replace(services().control.segments.find(site, number), name=name), by=person().email
        )
    except InvalidInput as problem:
        return _page(site, renamed=(number, name, told(problem))), 422
    flash(_("Segment renamed to “%(name)s”.", name=renamed.name))
    return redirect(url_for("segments.page", domain=site.domain), 303)


@blueprint.post("/sites/<domain>/segments/<int:number>/remove")
def remove(domain: str, number: int) -> ResponseReturnValue:
    """Removes a segment; links that name it say so from now on."""
    site = services().control.sites.find(domain)
    gone = services().control.segments.find(site, number)
    services().control.segments.remove(site, number, by=person().email)
    flash(_("Segment “%(name)s” removed.", name=gone.name))
    return redirect(url_for("segments.page", domain=site.domain), 303)


# --- what is kept ----------------------------------------------------------------------------------------


def _kept(site: Site, selection: Selection) -> Segment:
    """Saves the segment. Raises InvalidInput naming ``name``, ``filters`` or both."""
    kept, name, place = services().control.segments, request.form.get("name", ""), request.form.get("segment", "")
    number = int(place) if place.isdecimal() else 0
    if number and not name:
        name = kept.find(site, number).name
    with Checks() as check:
        filters = check(_filters, site, selection, instead=[])
        check(kept.checked, site, Segment(id=number, name=name, filters=filters))
    if not number:
        return kept.add(site, name, filters, by=person().email)
    return kept.change(site, Segment(id=number, name=name, filters=filters), by=person().email)


def _filters(site: Site, selection: Selection) -> list[Any]:
    """The selection's filters as a segment keeps them. Raises InvalidInput naming ``filters``."""
    filters = filters_of(selection.filters, services().control.segments.all(site))
    if not filters:
        raise InvalidInput("filters", _("There are no filters to save; set one on the dashboard first."))
    try:
        segments.check(filters, "#/filters")
        with services().answers.sitting(site) as sitting:
            sitting.check(filters)
    except QueryError as problem:
        raise problem.at("filters") from None
    return filters


def filters_of(wanted: Sequence[Filter], known: Sequence[Segment]) -> list[Any]:
    """The filters in the query language, with segments replaced by their own filters, since a segment cannot name another.
    Raises InvalidInput for a segment that does not exist."""
    found: list[Any] = []
    for each in wanted:
        if each.dimension != SEGMENT:
            found.append(each.question)
            continue
        named = [segment for segment in known if str(segment.id) in each.values]
        if len(named) != len(each.values):
            raise InvalidInput("filters", _("One of the segments no longer exists."))
        found += _in_place(each.operation, [segment.filters for segment in named])
    return found


def _in_place(operation: str, of_segments: Sequence[list[Any]]) -> list[Any]:
    if operation == "is" and len(of_segments) == 1:
        return of_segments[0]
    together = ["or", [["and", filters] for filters in of_segments]]
    return [together if operation == "is" else ["not", together]]


# --- what is shown ---------------------------------------------------------------------------------------


def _page(
    site: Site,
    typed: Typed | None = None,
    problems: Mapping[str, str] | None = None,
    renamed: tuple[int, str, str] = (0, "", ""),
) -> str:
    entries = [_entry(site, each, renamed) for each in services().control.segments.all(site)]
    return render_template("segments/page.html", site=site, typed=typed, problems=problems or {}, entries=entries)


def _entry(site: Site, segment: Segment, renamed: tuple[int, str, str]) -> Entry:
    number, name, problem = renamed if renamed[0] == segment.id else (segment.id, segment.name, "")
    found = [of_question(each) for each in segment.filters]
    words = [each.said() if each else str(source) for each, source in zip(found, segment.filters, strict=True)]
    one_by_one = tuple(each for each in found if each)
    return Entry(
        segment=segment,
        filters=words,
        name=name,
        problem=problem,
        shown=_dashboard(site, Selection(filters=(Filter("is", SEGMENT, (str(number),)),))),
        changed=_dashboard(site, Selection(filters=one_by_one)) if all(found) else "",
    )


def _typed(site: Site, selection: Selection) -> Typed:
    form, known = request.form, services().control.segments.all(site)
    words = [each.said(known) for each in selection.filters]
    return Typed(form.get("name", ""), form.get("segment", ""), form.get("state", ""), words)


def _dashboard(site: Site, selection: Selection) -> str:
    return url_for("pages.show", domain=site.domain) + selection.query_string()
