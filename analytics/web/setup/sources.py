"""The owner's sources: own rows that precede the built-in table, and a form to try an address.

Rows apply to all sites, to visits from now on. They are not applied to past visits: of a visit's address only the ``utm_``
tags are stored, so values from ``source``, ``ref`` or a server could not be told from those of the referrer.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct
from werkzeug.datastructures import MultiDict

from analytics.checks import Checks
from analytics.domains import display, normalised
from analytics.errors import InvalidInput, NotFound
from analytics.ingest.sources import SOURCES, Row, Source
from analytics.ingest.trial import Trial, tried
from analytics.site import OwnSource, Site, SourceKind
from analytics.web.accounts.access import person
from analytics.web.language import _, told, told_by_field
from analytics.web.services import services

blueprint = Blueprint("sources", __name__)

KINDS: dict[SourceKind, tuple[str, str]] = {
    SourceKind.SEARCH: ("Search engine", "Organic Search, or Paid Search"),
    SourceKind.SOCIAL: ("Social network", "Organic Social, or Paid Social"),
    SourceKind.AI: ("AI assistant", "AI Assistants"),
    SourceKind.VIDEO: ("Video", "Organic Video, or Paid Video"),
    SourceKind.SHOPPING: ("Shopping", "Organic Shopping, or Paid Shopping"),
    SourceKind.MAIL: ("Email", "Email"),
    SourceKind.OTHER: ("Other", "Referral, unless the campaign tags say otherwise"),
}
"""What a kind is called, and the channels it leads to."""

_TRIAL = Site(id="trial", domain="your-site.example")
"""Stands for the site in a trial whose address belongs to none of them."""


class Listed(Struct, frozen=True):
    """One row as the page shows it."""

    name: str
    kind: SourceKind
    hosts: tuple[str, ...]
    tags: tuple[str, ...]
    id: int = 0
    """0: built in."""


@blueprint.get("/sources")
def page() -> ResponseReturnValue:
    """The trial, the owner's rows, and the built-in ones by kind."""
    wanted = request.args.get("q", "").strip()
    own = [_listed(row) for row in services().control.own_sources.all()]
    built_in = [_listed(row) for row in SOURCES]
    trial, problem = _tried(request.args)
    return render_template(
        "admin/sources.html",
        q=wanted,
        own=_found(own, wanted),
        groups=[(kind, [row for row in _found(built_in, wanted) if row.kind is kind]) for kind in KINDS],
        kinds=KINDS,
        values=request.args,
        trial=trial,
        problem=problem,
    )


@blueprint.route("/sources/new", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    """Adds a row; ``like`` names a built-in one to start from, ``host`` a host."""
    return _form(0, _as_form(_beginning())) if request.method == "GET" else _put(0)


@blueprint.route("/sources/<int:row_id>", methods=["GET", "POST"])
def change(row_id: int) -> ResponseReturnValue:
    """Changes one of the owner's rows."""
    row = services().control.own_sources.find(row_id)
    return _form(row_id, _as_form(_listed(row))) if request.method == "GET" else _put(row_id)


@blueprint.post("/sources/<int:row_id>/remove")
def remove(row_id: int) -> ResponseReturnValue:
    """Removes a row, so that the built-in table applies again."""
    services().control.own_sources.remove(row_id, by=person().email)
    flash(_("Source removed. From now on the built-in source applies again."))
    return redirect(url_for("sources.page"), 303)


def _put(row_id: int) -> ResponseReturnValue:
    try:
        kept = services().control.own_sources.put(_typed(row_id, request.form), by=person().email)
    except InvalidInput as problem:
        return _form(row_id, request.form, told_by_field(problem)), 422
    flash(_("Source %(name)s saved. It applies to visits from now on.", name=kept.name))
    return redirect(url_for("sources.page"), 303)


def _typed(row_id: int, form: MultiDict[str, str]) -> OwnSource:
    """The row that the form describes. Raises InvalidInput naming every wrong field."""
    hosts, tags = (tuple(form.get(name, "").splitlines()) for name in ("hosts", "tags"))
    with Checks() as check:
        kind = check(_kind, form.get("kind", ""), instead=SourceKind.OTHER)
        row = OwnSource(id=row_id, name=form.get("name", ""), kind=kind, hosts=hosts, tags=tags)
        check(services().control.own_sources.checked, row)
    return row


def _kind(text: str) -> SourceKind:
    try:
        return SourceKind(text)
    except ValueError:
        raise InvalidInput("kind", "Choose the type of source") from None


def _form(row_id: int, values: Mapping[str, Any], problems: Mapping[str, str] | None = None) -> str:
    return render_template("admin/source.html", row_id=row_id, values=values, problems=problems or {}, kinds=KINDS)


def _beginning() -> Listed:
    like, host = request.args.get("like", ""), request.args.get("host", "")
    found = next((row for row in SOURCES if row.name == like), None)
    return _listed(found) if found else Listed("", SourceKind.OTHER, (host,) if host else (), ())


def _as_form(row: Listed) -> dict[str, str]:
    return {
        "name": row.name,
        "kind": row.kind.value,
        "hosts": "\n".join(map(display, row.hosts)),
        "tags": "\n".join(row.tags),
    }


def _listed(row: Row) -> Listed:
    if isinstance(row, OwnSource):
        return Listed(row.name, row.kind, row.hosts, row.tags, row.id)
    return Listed(row.name, row.kind, tuple(row.hosts.split()), _all_tags(row))


def _all_tags(row: Source) -> tuple[str, ...]:
    """A built-in row's tags, including its name: a row that replaces it under another name takes that tag as well."""
    return tuple(dict.fromkeys((row.name.lower(), *row.tags.split(), *row.ads.split())))


def _found(rows: list[Listed], wanted: str) -> list[Listed]:
    return [row for row in rows if wanted.casefold() in _text(row)]


def _text(row: Listed) -> str:
    """Everything that a row can be found by."""
    return "\n".join((row.name, *row.hosts, *map(display, row.hosts), *row.tags)).casefold()


def _tried(asked: Mapping[str, str]) -> tuple[Trial | None, str]:
    """The result of the trial's two fields, or what is wrong with them."""
    address, linked_from = asked.get("address", "").strip(), asked.get("linked_from", "").strip()
    if not address and not linked_from:
        return None, ""
    parts = services()
    try:
        return tried(parts.sources, parts.door, _site(address), address=address, linked_from=linked_from), ""
    except InvalidInput as problem:
        return None, told(problem)


def _site(address: str) -> Site:
    """The site that the address belongs to, whose own hosts are not sources."""
    try:
        return services().control.sites.find(normalised(address)) if address else _TRIAL
    except (InvalidInput, NotFound):
        return _TRIAL
