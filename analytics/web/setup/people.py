"""The pages on which owners manage people: the list, inviting, roles, what a viewer may see, links for new passwords,
removing.

Nothing is sent by mail: a link is shown once, and the owner passes it on.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct
from werkzeug.datastructures import MultiDict

from analytics.checks import Checks
from analytics.errors import InvalidInput
from analytics.site import Site
from analytics.store.control.access import Given, Sections
from analytics.store.control.members import Member
from analytics.store.control.people import OWNER, VIEWER, Person, checked_role
from analytics.web.accounts.access import person
from analytics.web.accounts.auth import invitation_link, reset_link
from analytics.web.figures import day, number
from analytics.web.language import _, marked, told_by_field
from analytics.web.sections.tree import Node, tree
from analytics.web.services import services

blueprint = Blueprint("people", __name__, url_prefix="/people")

ROLES = {
    OWNER: (marked("Owner"), marked("Can see and change everything: all sites, settings, people and keys.")),
    VIEWER: (marked("Viewer"), marked("Can see the figures chosen below, and cannot change anything.")),
}
"""Role -> what it is called and what it lets do."""
NOTHING, ALL, SOME = "nothing", "all", "some"
MOST_TREES = 12
"""Sites whose sections are all listed at once. Of more, those are listed of which some sections are to be given."""


class Row(Struct, frozen=True, kw_only=True):
    """What a person may see of one site, as the form has it."""

    site: Site
    chosen: str
    """``nothing``, ``all`` or ``some``."""
    listed: bool
    """Its sections are asked for."""
    nodes: list[Node]
    ticked: frozenset[str]
    gone: list[str]
    """Sections given that nobody visited lately: renamed, removed or quiet."""


@blueprint.get("")
def page() -> ResponseReturnValue:
    """Everybody, and the invitation form."""
    sites = {site.id: site for site in services().control.sites.all()}
    return render_template("people/list.html", members=services().control.members.all(), sites=sites, roles=ROLES, day=day)


@blueprint.route("/new", methods=["GET", "POST"])
def invite() -> ResponseReturnValue:
    """Invites a person with a role and access; then shows the link to pass on."""
    if request.method == "GET":
        return _form(None, MultiDict({"role": VIEWER}), {})
    form = request.form
    try:
        people, email, role = services().control.people, form.get("email", ""), form.get("role", "")
        with Checks() as check:
            check(people.new_email, email)
            check(checked_role, role)
            given = _given(form)
        who, token = people.invite(email, role, given, by=person().email)
    except InvalidInput as problem:
        return _form(None, form, told_by_field(problem)), 422
    return _link(who, invitation_link(services(), token), invitation=True)


@blueprint.route("/<int:number>", methods=["GET", "POST"])
def change(number: int) -> ResponseReturnValue:
    """One person: role and access, links, removal."""
    member = services().control.members.member(number)
    if request.method == "GET":
        return _form(member, _filled(member), {})
    try:
        members, role = services().control.members, request.form.get("role", "")
        with Checks() as check:
            check(members.check_role, member.person, role)
            given = _given(request.form)
        members.change(number, role, given, by=person().email)
    except InvalidInput as problem:
        return _form(member, request.form, told_by_field(problem)), 422
    flash(_("Saved. This applies from the next page that %(who)s opens.", who=member.person.name or member.person.email))
    return redirect(url_for("people.page"), 303)


@blueprint.post("/<int:number>/link")
def link(number: int) -> ResponseReturnValue:
    """Another invitation for a person who has not joined yet; for others a link to choose a new password."""
    member = services().control.members.member(number)
    if member.joined:
        return _link(member.person, reset_link(services(), member.person.email, by=person().email), invitation=False)
    token = services().control.people.invitation(number, by=person().email)
    return _link(member.person, invitation_link(services(), token), invitation=True)


@blueprint.post("/<int:number>/remove")
def remove(number: int) -> ResponseReturnValue:
    """Removes a person; all their sign-ins and links end."""
    member = services().control.members.member(number)
    try:
        services().control.members.remove(number, by=person().email)
    except InvalidInput as problem:
        return _form(member, _filled(member), told_by_field(problem)), 422
    flash(_("%(who)s has been removed and signed out everywhere.", who=member.person.name or member.person.email))
    return redirect(url_for("people.page"), 303)


# --- the form --------------------------------------------------------------------------------------------


def _filled(member: Member) -> "MultiDict[str, Any]":
    """A person's form with its present values."""
    fields: list[tuple[str, Any]] = [("role", member.person.role)]
    for site, sections in member.given.items():
        fields.append((f"site-{site}", ALL if sections is None else SOME))
        fields += [(f"sections-{site}", name) for name in sections or ()]
    return MultiDict(fields)


def _given(form: "MultiDict[str, Any]") -> Given:
    """What a form gives access to. Raises InvalidInput naming ``access-<site id>`` wherever sections are to be chosen and
    none is."""
    given: dict[str, Sections] = {}
    with Checks() as check:
        for site in services().control.sites.all():
            chosen, sections = form.get(f"site-{site.id}", NOTHING), form.getlist(f"sections-{site.id}")
            if chosen == SOME and form.get("role") == VIEWER and not sections:
                missing = marked("Tick at least one section, or choose the whole site")
                check.add(InvalidInput(f"access-{site.id}", missing))
            if chosen in (ALL, SOME):
                given[site.id] = None if chosen == ALL else tuple(sections)
    return given


def _form(member: Member | None, values: "MultiDict[str, Any]", problems: Mapping[str, str]) -> str:
    sites = services().control.sites.all()
    return render_template(
        "people/person.html",
        member=member,
        values=values,
        problems=problems,
        roles=ROLES,
        rows=[_row(site, values, many=len(sites) > MOST_TREES) for site in sites],
        number=number,
    )


def _row(site: Site, values: "MultiDict[str, Any]", many: bool) -> Row:
    chosen, ticked = values.get(f"site-{site.id}", NOTHING), values.getlist(f"sections-{site.id}")
    listed = chosen == SOME or not many
    nodes = tree(site) if listed else []
    known = {node.name for node in nodes}
    return Row(
        site=site,
        chosen=chosen,
        listed=listed,
        nodes=nodes,
        ticked=frozenset(ticked),
        gone=[name for name in ticked if name not in known],
    )


def _link(who: Person, address: str, *, invitation: bool) -> str:
    return render_template("people/link.html", who=who, address=address, invitation=invitation)
