"""A site's goals: the list with what each has reached recently, the form, and recent events that could become goals. Also
the properties of its events, which can be hidden.

Works without JavaScript: a goal's kind is chosen by a link, another property is added by a button of the form.
"""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from babel.lists import format_list
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct, structs
from werkzeug.datastructures import MultiDict

from analytics.checks import Checks
from analytics.errors import InvalidInput
from analytics.model import PAGEVIEW
from analytics.needs import OF_FEATURES
from analytics.query.dimensions import GOAL, PROPERTIES
from analytics.query.metrics import METRICS
from analytics.site import Goal, GoalKind, Site
from analytics.web.accounts.access import person
from analytics.web.figures import NOTHING, figure, number, percent
from analytics.web.forms.goals import EARNED, REACHED, without_events
from analytics.web.language import _, locale, marked, told, told_by_field
from analytics.web.question.lately import LATELY, asked_lately, names
from analytics.web.services import services

blueprint = Blueprint("goals", __name__)

KINDS: dict[GoalKind, str] = {
    "event": marked("An event"),
    "page": marked("A page is viewed"),
    "scroll": marked("A page is scrolled"),
}
"""What a goal may be, and what its form is called."""
PROPS = 3
"""Properties that the form has room for at least."""
_SUGGESTED = 8
_SENTENCES = {
    ("event", False): marked("Event %(what)s"),
    ("event", True): marked("Event %(what)s with %(properties)s"),
    ("page", False): marked("View of %(what)s"),
    ("page", True): marked("View of %(what)s with %(properties)s"),
    ("scroll", False): marked("%(what)s scrolled to %(depth)s"),
}


class Line(Struct, frozen=True):
    """A goal in the list."""

    goal: Goal
    text: str
    """What reaches it, in words."""
    figures: list[str]
    """What it has reached lately."""


class Suggestion(Struct, frozen=True):
    """A recent event for which there is no goal."""

    name: str
    visitors: str
    events: str


# --- goals -----------------------------------------------------------------------------------------------


@blueprint.get("/sites/<domain>/goals")
def page(domain: str) -> ResponseReturnValue:
    """The goals, and events that could become goals."""
    site = services().control.sites.find(domain)
    goals = services().control.goals.all(site)
    metrics = (*REACHED, EARNED[0]) if any(goal.currency for goal in goals) else REACHED
    reached = asked_lately(site, metrics, [GOAL]) if goals else {}
    return render_template(
        "admin/goals.html",
        site=site,
        columns=[METRICS[name] for name in metrics],
        lines=[Line(goal, described(goal), _figures(metrics, reached, goal)) for goal in goals],
        suggestions=_suggestions(site, goals),
        days=LATELY,
    )


@blueprint.route("/sites/<domain>/goals/new", methods=["GET", "POST"])
def add(domain: str) -> ResponseReturnValue:
    """Adds a goal; ``kind`` and other fields may be given in the address, so that a suggestion takes one press."""
    site = services().control.sites.find(domain)
    return _form(site, 0, request.args) if request.method == "GET" else _put(site, 0)


@blueprint.route("/sites/<domain>/goals/<int:number>", methods=["GET", "POST"])
def change(domain: str, number: int) -> ResponseReturnValue:
    """Changes a goal; the change applies to past visits, too."""
    site = services().control.sites.find(domain)
    goal = services().control.goals.find(site, number)
    if request.method == "POST":
        return _put(site, number)
    values = _as_form(goal)
    values["kind"] = request.args.get("kind", goal.kind)
    return _form(site, number, values)


@blueprint.post("/sites/<domain>/goals/<int:number>/remove")
def remove(domain: str, number: int) -> ResponseReturnValue:
    """Removes a goal; no event is lost."""
    site = services().control.sites.find(domain)
    services().control.goals.remove(site, number, by=person().email)
    flash(_("Goal removed. Its events are still counted."))
    return redirect(url_for("goals.page", domain=site.domain), 303)


def described(goal: Goal) -> str:
    """What completes the goal, in words."""
    properties = format_list([f"{name} = {value}" for name, value in goal.props.items()], locale=locale())
    sentence = _SENTENCES[goal.kind, bool(goal.props)]
    what = goal.event_name or goal.page_path
    return _(sentence, what=what, properties=properties, depth=percent(goal.scroll_threshold))


def _put(site: Site, number: int) -> ResponseReturnValue:
    if request.form.get("do") == "property":
        return _form(site, number, request.form, more=1)
    try:
        goal = _typed(site, number, request.form)
        control, by = services().control, person().email
        kept = control.goals.change(site, goal, by=by) if number else control.goals.add(site, goal, by=by)
    except InvalidInput as problem:
        return _form(site, number, request.form, told_by_field(problem)), 422
    flash(_("Goal “%(name)s” saved. It applies to past visits as well.", name=kept.name))
    return redirect(url_for("goals.page", domain=site.domain), 303)


def _typed(site: Site, number: int, form: "MultiDict[str, str]") -> Goal:
    """The goal that the form describes, with only the fields that its kind has. Raises InvalidInput naming every wrong
    field."""
    kind = _kind(form)
    with Checks() as check:
        goal = Goal(
            id=number,
            name=form.get("name", ""),
            kind=kind,
            event_name=form.get("event_name", "") if kind == "event" else "",
            page_path=form.get("page_path", "").strip() if kind != "event" else "",
            scroll_threshold=_threshold(form) if kind == "scroll" else -1,
            currency=form.get("currency", "").strip() if kind == "event" else "",
            props=check(_props, form) or {} if kind != "scroll" else {},
        )
        check(services().control.goals.checked, site, goal)
    return goal


def _props(form: "MultiDict[str, str]") -> dict[str, str]:
    props = [(name.strip(), value) for name, value in _pairs(form) if name.strip() or value]
    if len(dict(props)) < len(props):
        raise InvalidInput("props", "A property can have only one value; clear one of the two rows")
    return dict(props)


def _kind(values: Mapping[str, str]) -> GoalKind:
    chosen: GoalKind = next((kind for kind in get_args(GoalKind) if kind == values.get("kind")), "event")
    return chosen


def _threshold(form: Mapping[str, str]) -> int:
    text = form.get("scroll_threshold", "").strip().removesuffix("%").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -2


def _pairs(form: "MultiDict[str, str]") -> list[tuple[str, str]]:
    return list(zip(form.getlist("property"), form.getlist("value"), strict=False))


def _form(
    site: Site, number: int, values: "MultiDict[str, str]", problems: Mapping[str, str] | None = None, more: int = 0
) -> str:
    typed = _pairs(values)
    rows = [*typed, *[("", "")] * max(more, PROPS - len(typed))]
    return render_template(
        "admin/goal.html",
        site=site,
        number=number,
        kind=_kind(values),
        kinds=KINDS,
        values=values,
        rows=rows,
        problems=problems or {},
        pages=names(site, "event:page", "visitors"),
        events=[name for name in names(site, "event:name") if name != PAGEVIEW],
    )


def _as_form(goal: Goal) -> "MultiDict[str, str]":
    fields = structs.asdict(goal)
    values: MultiDict[str, str] = MultiDict({name: str(fields[name]) for name in fields if name not in ("id", "props")})
    values.setlist("property", list(goal.props))
    values.setlist("value", list(goal.props.values()))
    return values


def _figures(metrics: Sequence[str], reached: Mapping[tuple[str, ...], list[Any]] | None, goal: Goal) -> list[str]:
    if reached is None:
        return [NOTHING for _each in metrics]
    nothing = [0 if METRICS[name].unit == "count" else None for name in metrics]
    values = without_events(goal, reached.get((goal.name,), nothing))
    return [figure(METRICS[name], value) for name, value in zip(metrics, values, strict=True)]


def _suggestions(site: Site, goals: Sequence[Goal]) -> list[Suggestion]:
    """The events that most visitors sent recently, without those that already complete a goal of their own."""
    taken = {goal.event_name for goal in goals if not goal.props} | {PAGEVIEW, "Web Vitals"}
    found = asked_lately(site, ("visitors", "events"), ["event:name"]) or {}
    free = [(name, *values) for (name,), values in found.items() if name not in taken]
    return [Suggestion(name, number(visitors), number(events)) for name, visitors, events in free[:_SUGGESTED]]


# --- properties ------------------------------------------------------------------------------------------


class Property(Struct, frozen=True):
    """A property of events in the list."""

    name: str
    visitors: str
    events: str
    hidden: bool


@blueprint.route("/sites/<domain>/properties", methods=["GET", "POST"])
def properties(domain: str) -> ResponseReturnValue:
    """The properties that arrived recently; each can be hidden from the dashboard and shown again."""
    site = services().control.sites.find(domain)
    if request.method == "GET":
        return render_template("admin/properties.html", site=site, lines=_properties(site), days=LATELY, problem="")
    try:
        _hide(site, request.form.get("hide", ""), request.form.get("show", ""))
    except InvalidInput as problem:
        lines = _properties(site)
        return render_template("admin/properties.html", site=site, lines=lines, days=LATELY, problem=told(problem)), 422
    flash(_("Saved. Hiding a property deletes nothing."))
    return redirect(url_for("goals.properties", domain=site.domain), 303)


def _hide(site: Site, hide: str, show: str) -> None:
    kept = [name for name in site.settings.hidden_properties if name not in (hide, show)]
    settings = structs.replace(site.settings, hidden_properties=(*kept, hide) if hide else tuple(kept))
    services().control.sites.change(structs.replace(site, settings=settings), by=person().email)


def _properties(site: Site) -> list[Property]:
    """Those that arrived, most events first; then hidden ones that did not."""
    hidden = site.settings.hidden_properties
    own = [["is_not", "event:name", list(OF_FEATURES)]]
    found = asked_lately(site, ("visitors", "events"), [PROPERTIES], own) or {}
    lines = [Property(name, number(some), number(many), name in hidden) for (name,), (some, many) in found.items()]
    there = {line.name for line in lines}
    return lines + [Property(name, NOTHING, NOTHING, True) for name in hidden if name not in there]
