"""The owner's shared links of a site: the list of what each shows, the form that makes and changes them, the way back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct
from werkzeug.datastructures import MultiDict

from analytics.errors import InvalidInput, QueryError
from analytics.model import Segment, SharedLink, Site
from analytics.panels import Panel
from analytics.store.control.passwords import SHORTEST
from analytics.web.accounts.access import person
from analytics.web.dashboards.dashboard import shelf
from analytics.web.figures import day, days
from analytics.web.language import _, marked, ngettext, told
from analytics.web.question import filters as filtering
from analytics.web.question.filters import SEGMENT, Filter
from analytics.web.question.limits import shown_to
from analytics.web.question.periods import PERIODS
from analytics.web.services import services
from analytics.web.sharing import embeds
from analytics.web.sharing.shared_links import expired, viewer_of

blueprint = Blueprint("sharing", __name__)

KINDS = {
    "unlisted": (marked("Whoever has the address"), marked("It is random and cannot be guessed; search engines keep out.")),
    "password": (marked("Whoever has the address and a password"), marked("It is asked for again after some hours.")),
    "public": (marked("Everybody"), marked("At an address that anybody can guess, and search engines find.")),
}
"""Who can see a link: in words, and what is to be said of it."""


class Entry(Struct, frozen=True, kw_only=True):
    """A link in the list."""

    link: SharedLink
    address: str
    """Of its page, with the host."""
    who: str
    shows: list[str]
    """What it is limited to and what can be done with it, a sentence each."""
    expired: bool


@blueprint.route("/sites/<domain>/sharing", methods=["GET", "POST"])
def page(domain: str) -> ResponseReturnValue:
    """The links, and the form for another one; with ``?f=`` of a dashboard filled in to share what was filtered there."""
    site = services().control.sites.find(domain)
    if request.method == "GET":
        wanted = [found.text for text in request.args.getlist("f") if (found := filtering.read(text, []))]
        return _page(site, {"kind": "unlisted", "filters": wanted, "exports": "yes"}, wanted)
    try:
        _put(site, SharedLink(name=""))
    except InvalidInput as problem:
        return _page(site, _typed(request.form), _brought(request.form), {problem.field: told(problem)}), 422
    flash(_("The link is made, and works from now on."))
    return redirect(url_for("sharing.page", domain=site.domain), 303)


@blueprint.route("/sites/<domain>/sharing/<int:number>", methods=["GET", "POST"])
def change(domain: str, number: int) -> ResponseReturnValue:
    """The form of one link; its address stays."""
    site = services().control.sites.find(domain)
    link = services().control.shared_links.require(site, number)
    if request.method == "GET":
        return _form(site, link, _as_form(link))
    try:
        _put(site, link)
    except InvalidInput as problem:
        return _form(site, link, _typed(request.form), {problem.field: told(problem)}), 422
    flash(_("The link is changed; whoever has it sees what it shows now."))
    return redirect(url_for("sharing.page", domain=site.domain), 303)


@blueprint.post("/sites/<domain>/sharing/<int:number>/revoke")
def revoke(domain: str, number: int) -> ResponseReturnValue:
    """The link, its embeds and its counter stop working at once."""
    site = services().control.sites.find(domain)
    services().control.shared_links.remove(site, number, by=person().email)
    flash(_("The link is revoked and shows nothing any more."))
    return redirect(url_for("sharing.page", domain=site.domain), 303)


@blueprint.get("/sites/<domain>/sharing/<int:number>/elsewhere")
def elsewhere(domain: str, number: int) -> str:
    """What is put into other pages to show a link there: a frame for a panel or all of them, and the counter."""
    site = services().control.sites.find(domain)
    link = services().control.shared_links.require(site, number)
    viewer = viewer_of(link, date.max)
    panels = {
        panel.name: panel
        for each in shelf(site)
        if each.name == link.dashboard
        for panel in each.panels
        if panel.form != "live" and shown_to(panel, viewer)
    }
    chosen = {name: request.args.get(name, "") for name in ("panel", "period", *embeds.LOOKS)}
    looks = {name: value for name, value in chosen.items() if name != "panel" and value}
    made = embeds.snippet(site, link, panels.get(chosen["panel"]), looks)
    return render_template(
        "sharing/elsewhere.html",
        site=site,
        link=link,
        host=_host(),
        frame=made,
        panels=list(panels.values()),
        chosen=chosen,
        looks=embeds.LOOKS,
        periods={period: text for period, text in PERIODS.items() if period not in ("custom", "hours")},
    )


# --- what was typed --------------------------------------------------------------------------------------


def _put(site: Site, link: SharedLink) -> None:
    """Keeps the link as the form has it. Raises InvalidInput naming the field."""
    form = request.form
    wanted = SharedLink(
        id=link.id,
        name=form.get("name", ""),
        kind=_kind(form.get("kind", "")),
        sections=tuple(form.get("sections", "").splitlines()),
        filters=[_question(text) for text in form.getlist("filters")],
        dashboard=_dashboard(site, form.get("dashboard", "main")),
        panels=tuple(form.getlist("panels")),
        first=_day(form, "first"),
        last=_day(form, "last"),
        days=_number(form, "days"),
        expires=_day(form, "expires"),
        exports="exports" in form,
        hosts=tuple(form.get("hosts", "").splitlines()),
        counter="counter" in form,
    )
    _check_panels(site, wanted)
    check(site, wanted)
    services().control.shared_links.put(site, wanted, form.get("password", ""), by=person().email)


def check(site: Site, link: SharedLink) -> None:
    """Asks a small question with what the link is limited to, so that what is kept can be asked. Raises InvalidInput
    naming ``filters``."""
    viewer = viewer_of(link, date.max)
    try:
        services().answers.answer(site, {"metrics": ["visitors"], "date_range": "day", "filters": [*viewer.filters]})
    except QueryError as problem:
        raise InvalidInput("filters", problem.problem) from None


def _check_panels(site: Site, link: SharedLink) -> None:
    there = {panel.name for each in shelf(site) if each.name == link.dashboard for panel in each.panels}
    strangers = [name for name in link.panels if name not in there]
    if strangers:
        raise InvalidInput("panels", _("The panel “%(name)s” is not on the dashboard that is shared", name=strangers[0]))


def _kind(text: str) -> Any:
    if text not in KINDS:
        raise InvalidInput("kind", _("Choose who can see it"))
    return text


def _dashboard(site: Site, name: str) -> str:
    if all(name != each.name for each in shelf(site)):
        raise InvalidInput("dashboard", _("There is no dashboard “%(name)s”.", name=name))
    return name


def _question(text: str) -> Any:
    """A filter of the form in the query language; what has no place in an address stands there as JSON."""
    if text.startswith("["):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            raise InvalidInput("filters", _("The filter “%(filter)s” is not one.", filter=text)) from None
    problems: list[str] = []
    found = filtering.read(text, problems)
    if found is None:
        raise InvalidInput("filters", problems[0])
    return found.question


def _day(form: MultiDict[str, str], name: str) -> date | None:
    text = form.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(name, _("“%(day)s” is not a day; write it as 2026-11-22", day=text)) from None


def _number(form: MultiDict[str, str], name: str) -> int:
    text = form.get(name, "").strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 6):
        raise InvalidInput(name, _("Write a whole number of days, such as 30"))
    return int(text or 0)


def _typed(form: MultiDict[str, str]) -> dict[str, Any]:
    """What was typed, to be shown again; never a password."""
    several = {name: form.getlist(name) for name in ("filters", "panels")}
    return {**form.to_dict(), **several, "password": ""}


def _brought(form: MultiDict[str, str]) -> list[str]:
    return [text for text in form.getlist("brought") if filtering.read(text, [])]


def _as_form(link: SharedLink) -> dict[str, Any]:
    """A link as the form has it."""
    return {
        "name": link.name,
        "kind": link.kind,
        "sections": "\n".join(link.sections),
        "filters": [_written(each) for each in link.filters],
        "dashboard": link.dashboard,
        "panels": list(link.panels),
        "first": link.first.isoformat() if link.first else "",
        "last": link.last.isoformat() if link.last else "",
        "days": str(link.days or ""),
        "expires": link.expires.isoformat() if link.expires else "",
        "exports": "yes" if link.exports else "",
        "hosts": "\n".join(link.hosts),
        "counter": "yes" if link.counter else "",
    }


def _written(question: Any) -> str:
    """A filter as the form names it."""
    found = filtering.of_question(question)
    return found.text if found else msgspec.json.encode(question).decode()


# --- what is shown ---------------------------------------------------------------------------------------


def _page(site: Site, values: Mapping[str, Any], brought: Sequence[str], problems: Mapping[str, str] = {}) -> str:
    segments = services().control.segments.all(site)
    entries = [_entry(site, link, segments) for link in services().control.shared_links.all(site)]
    words = _form_words(site, [*brought, *values["filters"]], segments)
    return render_template(
        "sharing/page.html", site=site, entries=entries, values=values, brought=brought, problems=problems, **words
    )


def _form(site: Site, link: SharedLink, values: Mapping[str, Any], problems: Mapping[str, str] = {}) -> str:
    segments = services().control.segments.all(site)
    words = _form_words(site, [*map(_written, link.filters), *values["filters"]], segments)
    entry = _entry(site, link, segments)
    return render_template(
        "sharing/change.html", site=site, entry=entry, values=values, brought=[], problems=problems, **words
    )


def _form_words(site: Site, wanted: Sequence[str], segments: Sequence[Segment]) -> dict[str, Any]:
    """What the form offers; ``wanted`` are filters that are on, or were brought from a dashboard."""
    saved = [Filter("is", SEGMENT, (str(each.id),)).text for each in segments]
    boards = [each for each in shelf(site) if each.panels]
    return {
        "kinds": [(kind, _(label), _(hint)) for kind, (label, hint) in KINDS.items()],
        "filters": [(text, _told(text, segments), "") for text in dict.fromkeys((*wanted, *saved))],
        "boards": [(each.name, each.title, "") for each in boards],
        "panels": [(panel.name, _(panel.title), "") for panel in _panels(panel for each in boards for panel in each.panels)],
        "shortest": SHORTEST,
    }


def _panels(panels: Iterator[Panel]) -> list[Panel]:
    """Those that can be shared, each name once."""
    return list({panel.name: panel for panel in panels if panel.form != "ledger"}.values())


def _told(text: str, segments: Sequence[Segment]) -> str:
    """A filter of the form in words."""
    found = None if text.startswith("[") else filtering.read(text, [])
    return found.said(segments) if found else text


def _entry(site: Site, link: SharedLink, segments: Sequence[Segment]) -> Entry:
    return Entry(
        link=link,
        address=address(site, link),
        who=_(KINDS[link.kind][0]),
        shows=[*_limits(site, link, segments), *_uses(link)],
        expired=expired(link, site),
    )


def address(site: Site, link: SharedLink) -> str:
    """Of the page that the link opens, with the host."""
    public = link.kind == "public"
    return _host() + (url_for("shared.public", domain=site.domain) if public else url_for("shared.show", token=link.token))


def _host() -> str:
    """Scheme and host of the service: what stands before a path."""
    return services().config.base_url.removesuffix(services().config.base_path)


def _limits(site: Site, link: SharedLink, segments: Sequence[Segment]) -> Iterator[str]:
    titles = {panel.name: _(panel.title) for each in shelf(site) if each.name == link.dashboard for panel in each.panels}
    if link.dashboard != "main":
        yield _("Dashboard: %(name)s", name=link.dashboard)
    if link.sections:
        yield _("Sections: %(names)s", names=", ".join(link.sections))
    for question in link.filters:
        yield _told(_written(question), segments)
    if link.panels:
        yield _("Panels: %(names)s", names=", ".join(titles.get(name, name) for name in link.panels))
    if link.days:
        yield ngettext("The last day and today", "The last %(count)s days and today", link.days)
    if link.first or link.last:
        yield _days(link)
    if link.expires:
        yield _("Works until %(day)s", day=day(link.expires))


def _days(link: SharedLink) -> str:
    if link.first and link.last:
        return days(link.first, link.last)
    if link.first:
        return _("From %(day)s on", day=day(link.first))
    return _("Until %(day)s", day=day(link.last or date.max))


def _uses(link: SharedLink) -> Iterator[str]:
    if link.exports:
        yield _("Figures can be downloaded")
    if link.hosts:
        yield _("Can be shown in pages of %(hosts)s", hosts=", ".join(link.hosts))
    if link.counter:
        yield _("Is a public counter")
