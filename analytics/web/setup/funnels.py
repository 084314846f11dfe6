"""A site's funnels: the list, and the form that builds one step by step and shows its numbers before it is saved.

Works without JavaScript: previewing, saving, and adding, moving and removing steps are buttons of one form, which comes
back as it was sent.
"""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct
from msgspec.structs import replace
from werkzeug.datastructures import MultiDict

from analytics.checks import Checks
from analytics.errors import InvalidInput, QueryError
from analytics.model import PAGEVIEW
from analytics.site import FUNNEL_STEPS, Funnel, Site
from analytics.web.accounts.access import person
from analytics.web.figures import number, percent
from analytics.web.language import _, told_by_field
from analytics.web.question.lately import LATELY, days, names
from analytics.web.question.steps import KINDS, Step, as_filter, of_filter, problems, said
from analytics.web.services import services

blueprint = Blueprint("funnels", __name__)

ROWS = 3
"""Steps that the form has room for at least."""


class Draft(Struct, frozen=True):
    """The content of a funnel's form."""

    id: int
    """0: it is new."""
    name: str = ""
    strict: bool = False
    steps: Sequence[Step] = ()


class Listed(Struct, frozen=True):
    """A funnel in the list."""

    funnel: Funnel
    steps: list[str]


class Reached(Struct, frozen=True):
    """A step of the preview."""

    text: str
    visits: str
    share: str
    width: float
    """0 to 100."""
    lost: str
    """Visits that came no further than the step before."""


@blueprint.get("/sites/<domain>/funnels")
def page(domain: str) -> ResponseReturnValue:
    """The saved funnels."""
    site = services().control.sites.find(domain)
    kept = [Listed(each, [said(step) for step in each.steps]) for each in services().control.funnels.all(site)]
    return render_template("admin/funnels.html", site=site, funnels=kept)


@blueprint.route("/sites/<domain>/funnels/new", methods=["GET", "POST"])
def add(domain: str) -> ResponseReturnValue:
    """A new funnel."""
    site = services().control.sites.find(domain)
    return _form(site, Draft(0)) if request.method == "GET" else _put(site, 0)


@blueprint.route("/sites/<domain>/funnels/<int:funnel_id>", methods=["GET", "POST"])
def change(domain: str, funnel_id: int) -> ResponseReturnValue:
    """Changes a funnel; the change applies to past visits, too."""
    site = services().control.sites.find(domain)
    kept = services().control.funnels.find(site, funnel_id)
    if request.method == "POST":
        return _put(site, funnel_id)
    steps = [of_filter(step) or Step("page", said(step)) for step in kept.steps]
    return _form(site, Draft(kept.id, kept.name, kept.strict, steps))


@blueprint.post("/sites/<domain>/funnels/<int:funnel_id>/remove")
def remove(domain: str, funnel_id: int) -> ResponseReturnValue:
    """Removes a funnel; no event is lost."""
    site = services().control.sites.find(domain)
    services().control.funnels.remove(site, funnel_id, by=person().email)
    flash(_("Funnel removed. Its events are still counted."))
    return redirect(url_for("funnels.page", domain=site.domain), 303)


def _put(site: Site, funnel_id: int) -> ResponseReturnValue:
    draft = Draft(funnel_id, request.form.get("name", ""), request.form.get("order") == "strict", _typed(request.form))
    action, _dash, row = request.form.get("do", "save").partition("-")
    if action in ("add", "up", "remove"):
        return _form(site, replace(draft, steps=_edited(draft.steps, action, row)), more=action == "add")
    draft = replace(draft, steps=[step for step in draft.steps if not step.empty])
    try:
        funnel = _read(site, draft, named=action != "look")
        if action == "look":
            return _form(site, draft, preview=_previewed(site, funnel))
        kept = services().control.funnels.put(site, funnel, by=person().email)
    except InvalidInput as problem:
        return _form(site, draft, problems=told_by_field(problem)), 422
    flash(_("Funnel “%(name)s” saved. It applies to past visits as well.", name=kept.name))
    return redirect(url_for("funnels.page", domain=site.domain), 303)


def _read(site: Site, draft: Draft, *, named: bool) -> Funnel:
    """The funnel that the form describes; only one that is saved needs a name. Raises InvalidInput naming every wrong field;
    a step's field is ``steps/<row>``."""
    funnel = Funnel(id=draft.id, name=draft.name, steps=tuple(map(as_filter, draft.steps)), strict=draft.strict)
    with Checks() as check:
        if len(draft.steps) < FUNNEL_STEPS[0]:
            check.add(InvalidInput("steps", "Fill in at least two steps"))
        else:
            for problem in problems(funnel, {goal.name for goal in services().control.goals.all(site)}):
                check.add(_in_form(problem))
        if named:
            check(services().control.funnels.checked, site, funnel)
    return funnel


def _in_form(problem: QueryError) -> InvalidInput:
    """The problem at the field of the form."""
    return problem.at("/".join(problem.place.split("/")[1:3]) or "steps")


def _typed(form: "MultiDict[str, str]") -> list[Step]:
    columns = [form.getlist(name)[: FUNNEL_STEPS[-1]] for name in ("kind", "value", "property", "content")]
    rows = [[text.strip() for text in row] for row in zip_longest(*columns, fillvalue="")]
    return [Step(kind if kind in KINDS else "page", *rest) for kind, *rest in rows]


def _edited(there: Sequence[Step], action: str, row: str) -> list[Step]:
    """The rows after a button: ``up`` or ``remove`` with its row, or ``add``."""
    steps = list(there)
    at = int(row) if row.isascii() and row.isdigit() and int(row[:6]) < len(steps) else None
    if action == "up" and at:
        steps[at - 1], steps[at] = steps[at], steps[at - 1]
    elif action == "remove" and at is not None:
        del steps[at]
    return steps


def _question(site: Site, funnel: Funnel) -> dict[str, Any]:
    order = "strict" if funnel.strict else "loose"
    return {"date_range": days(site), "steps": list(funnel.steps), "order": order}


def _previewed(site: Site, funnel: Funnel) -> list[Reached]:
    found = services().answers.funnel(site, _question(site, funnel)).results
    return [
        Reached(said(step), number(each.visits), percent(each.share), each.share or 0, number(each.drop_off))
        for step, each in zip(funnel.steps, found, strict=True)
    ]


def _form(
    site: Site,
    draft: Draft,
    *,
    more: bool = False,
    problems: Mapping[str, str] | None = None,
    preview: Sequence[Reached] = (),
) -> str:
    room = min(FUNNEL_STEPS[-1], max(ROWS, len(draft.steps) + more))
    goals = [goal.name for goal in services().control.goals.all(site)]
    events = [name for name in names(site, "event:name") if name != PAGEVIEW]
    return render_template(
        "admin/funnel.html",
        site=site,
        funnel_id=draft.id,
        name=draft.name,
        strict=draft.strict,
        steps=[*draft.steps, *[Step()] * (room - len(draft.steps))],
        most=FUNNEL_STEPS[-1],
        kinds=KINDS,
        problems=problems or {},
        preview=preview,
        days=LATELY,
        known=dict.fromkeys((*names(site, "event:page", "visitors"), *events, *goals)),
    )
