"""The owner's shared links of a site: the list of what each shows, the form that creates and changes them, and revoking."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from analytics.errors import InvalidInput
from analytics.site import Segment, SharedLink, Site
from analytics.web.accounts.access import person
from analytics.web.dashboards.asking import shelf
from analytics.web.figures import day, days
from analytics.web.language import _, ngettext, told_by_field
from analytics.web.question import filters as filtering
from analytics.web.question.limits import shown_to
from analytics.web.question.periods import PERIODS
from analytics.web.services import services
from analytics.web.setup import sharing_form
from analytics.web.sharing import embeds
from analytics.web.sharing.shared_links import expired, viewer_of

blueprint = Blueprint("sharing", __name__)


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
    """The links, and the form for another one; with ``?f=`` from a dashboard filled in to share what was filtered there."""
    site = services().control.sites.find(domain)
    if request.method == "GET":
        wanted = [found.text for text in request.args.getlist("f") if (found := filtering.read(text, []))]
        return _page(site, {"kind": "unlisted", "filters": wanted, "exports": "yes"}, wanted)
    try:
        _put(site, 0)
    except InvalidInput as problem:
        return _page(site, sharing_form.typed(request.form), sharing_form.brought(request.form), told_by_field(problem)), 422
    flash(_("Link created. It works from now on."))
    return redirect(url_for("sharing.page", domain=site.domain), 303)


@blueprint.route("/sites/<domain>/sharing/<int:number>", methods=["GET", "POST"])
def change(domain: str, number: int) -> ResponseReturnValue:
    """Changes a link, whose address stays."""
    site = services().control.sites.find(domain)
    link = services().control.shared_links.require(site, number)
    if request.method == "GET":
        return _form(site, link, sharing_form.as_form(link))
    try:
        _put(site, number)
    except InvalidInput as problem:
        return _form(site, link, sharing_form.typed(request.form), told_by_field(problem)), 422
    flash(_("Link saved. Everyone who has it now sees the new version."))
    return redirect(url_for("sharing.page", domain=site.domain), 303)


@blueprint.post("/sites/<domain>/sharing/<int:number>/revoke")
def revoke(domain: str, number: int) -> ResponseReturnValue:
    """Revokes the link; its embeds and its counter stop working at once."""
    site = services().control.sites.find(domain)
    services().control.shared_links.remove(site, number, by=person().email)
    flash(_("Link revoked. It no longer shows anything."))
    return redirect(url_for("sharing.page", domain=site.domain), 303)


@blueprint.get("/sites/<domain>/sharing/<int:number>/elsewhere")
def elsewhere(domain: str, number: int) -> str:
    """Snippets that show a link in other pages: a frame for one panel or all, and the counter."""
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


def _put(site: Site, number: int) -> None:
    """Saves the link that the form describes, a new one for 0. Raises InvalidInput naming every wrong field."""
    wanted = sharing_form.read(site, number, request.form)
    services().control.shared_links.put(site, wanted, request.form.get("password", ""), by=person().email)


def _page(site: Site, values: Mapping[str, Any], brought: Sequence[str], problems: Mapping[str, str] = {}) -> str:
    segments = services().control.segments.all(site)
    entries = [_entry(site, link, segments) for link in services().control.shared_links.all(site)]
    words = sharing_form.offered(site, [*brought, *values["filters"]], segments)
    return render_template(
        "sharing/page.html", site=site, entries=entries, values=values, brought=brought, problems=problems, **words
    )


def _form(site: Site, link: SharedLink, values: Mapping[str, Any], problems: Mapping[str, str] = {}) -> str:
    segments = services().control.segments.all(site)
    words = sharing_form.offered(site, [*map(sharing_form.written, link.filters), *values["filters"]], segments)
    entry = _entry(site, link, segments)
    return render_template(
        "sharing/change.html", site=site, entry=entry, values=values, brought=[], problems=problems, **words
    )


def _entry(site: Site, link: SharedLink, segments: Sequence[Segment]) -> Entry:
    return Entry(
        link=link,
        address=address(site, link),
        who=_(sharing_form.KINDS[link.kind][0]),
        shows=[*_limits(site, link, segments), *_uses(link)],
        expired=expired(link, site),
    )


def address(site: Site, link: SharedLink) -> str:
    """The full address of the page that the link opens."""
    public = link.kind == "public"
    return _host() + (url_for("shared.public", domain=site.domain) if public else url_for("shared.show", token=link.token))


def _host() -> str:
    """Scheme and host of the service: what precedes a path."""
    return services().config.base_url.removesuffix(services().config.base_path)


def _limits(site: Site, link: SharedLink, segments: Sequence[Segment]) -> Iterator[str]:
    titles = {panel.name: _(panel.title) for each in shelf(site) if each.name == link.dashboard for panel in each.panels}
    if link.dashboard != "main":
        yield _("Dashboard: %(name)s", name=link.dashboard)
    if link.sections:
        yield _("Sections: %(names)s", names=", ".join(link.sections))
    for question in link.filters:
        yield sharing_form.said(sharing_form.written(question), segments)
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
        yield _("Can be embedded in pages of %(hosts)s", hosts=", ".join(link.hosts))
    if link.counter:
        yield _("Public counter")
