"""The page of one dashboard, for any viewer: the owner's page, a shared link and an embed are all rendered here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, redirect, render_template, request
from markupsafe import Markup
from msgspec import Struct
from werkzeug.wrappers import Response as AnyResponse

from analytics.boards.reading import MAIN, Dashboard
from analytics.clock import local_time
from analytics.errors import InvalidInput
from analytics.panels import Panel
from analytics.site import Site
from analytics.web.accounts.access import sites_seen
from analytics.web.accounts.viewer import OWNER, Viewer
from analytics.web.dashboards import filter_form, live_line, realtime
from analytics.web.dashboards.addresses import Addresses, links
from analytics.web.dashboards.asking import asking, fresh, limited, shelf
from analytics.web.dashboards.behind import behind
from analytics.web.dashboards.board import made, named
from analytics.web.dashboards.shortcuts import SHORTCUTS
from analytics.web.figures import days
from analytics.web.language import told_by_field
from analytics.web.question.asker import Asker
from analytics.web.question.selection import Selection
from analytics.web.services import services


class Frame(Struct, frozen=True):
    """The page into which a dashboard is rendered."""

    template: str = "base.html"
    words: Mapping[str, Any] = {}
    """What that says besides."""
    page: str = "dashboard/page.html"
    """Template of what is written into it."""


OWN_PAGE = Frame()


def page(
    site: Site,
    selection: Selection,
    viewer: Viewer,
    addresses: Addresses,
    problems: Sequence[str] = (),
    frame: Frame = OWN_PAGE,
) -> AnyResponse:
    """Renders the whole page, or only what lies over it. ``problems`` are messages about parameters that could not be
    understood."""
    selection, told = limited(site, selection, viewer)
    words: dict[str, Any] = {
        "site": site,
        "viewer": viewer,
        **links(addresses),
        "frame": frame.template,
        **frame.words,
    }
    with asking(site, selection, viewer) as asker:
        told += asker.leave_out()
        if "dimension" in request.args:
            return _filtered(asker, words)
        if asker.selection.open:
            return fresh(SHEETS[asker.selection.open](asker, words))
        board = made(shelf(site), asker, (*problems, *told))
    written = render_template(
        frame.page,
        board=board,
        sites=sites_seen() if viewer.signed_in else [],
        shortcuts=[each for each in SHORTCUTS if each.presses != "realtime" or addresses.realtime],
        **words,
        **live_line.words(site, selection, viewer, addresses),
    )
    return fresh(written)


def sample(site: Site, panel: Panel, selection: Selection, addresses: Addresses) -> Markup:
    """Renders one panel as the site's owner would see it, for the editor."""
    with asking(site, selection, OWNER) as asker:
        board = made([Dashboard(name=MAIN, title="", entries=(panel,))], asker)
    written = render_template("dashboard/panels.html", board=board, still=True, **links(addresses))
    return Markup(written)  # noqa: S704 - a template


def realtime_page(
    site: Site, selection: Selection, viewer: Viewer, addresses: Addresses, problems: Sequence[str] = ()
) -> Response:
    """Renders the page of the last half hour, with the filters of the selection. Clicking a row filters it."""
    half_hour = addresses.realtime or addresses.page
    now = local_time(services().clock(), site.timezone)
    selection, told = limited(site, realtime.half_hour(Selection(filters=selection.filters), now), viewer)
    with asking(site, selection, viewer) as asker:
        told += asker.leave_out()
        found = realtime.made(asker)
        filters = [(each.said(asker.segments), found.selection.removed(each)) for each in asker.selection.filters]
    written = render_template(
        "realtime/page.html",
        site=site,
        viewer=viewer,
        board=found,
        filters=filters,
        problems=[*problems, *told],
        current=live_line.here(site, viewer),
        seconds=realtime.SECONDS,
        address=lambda wanted: addresses.page(wanted) if wanted.panel else half_hour(wanted),
        dashboard_address=addresses.page(found.selection),
        shortcuts=SHORTCUTS,
        sites=sites_seen() if viewer.signed_in else [],
    )
    return fresh(written)


# --- what lies over the page -----------------------------------------------------------------------------


def _filtered(asker: Asker, words: Mapping[str, Any]) -> AnyResponse:
    """Handles the submitted filter form: redirects to the dashboard, or shows the form again with what is wrong."""
    typed = filter_form.sent(request.args.to_dict(flat=False))
    try:
        return redirect(words["address"](filter_form.applied(asker, typed)))
    except InvalidInput as problem:
        answer = fresh(_filter_sheet(asker, words, typed, told_by_field(problem)))
        answer.status_code = 422
        return answer


def _filter_sheet(
    asker: Asker,
    words: Mapping[str, Any],
    typed: filter_form.Typed | None = None,
    problems: Mapping[str, str] | None = None,
) -> str:
    form = filter_form.form(asker, typed, problems or {})
    return render_template("dashboard/over/filter.html", form=form, selection=asker.selection, **words)


def _values(asker: Asker, _words: Mapping[str, Any]) -> str:
    return render_template("dashboard/over/values.html", values=filter_form.suggested(asker))


def _question_sheet(asker: Asker, words: Mapping[str, Any]) -> str:
    panel = named(shelf(asker.site), asker, asker.selection.about)
    found = behind(asker, panel, f"{services().config.base_url}/api/v2")
    days_shown = days(*asker.days) if asker.days else ""
    return render_template("dashboard/over/question.html", behind=found, days=days_shown, **words)


SHEETS: Mapping[str, Callable[[Asker, Mapping[str, Any]], str]] = {
    "filter": _filter_sheet,
    "values": _values,
    "question": _question_sheet,
}
"""What can lie over the dashboard (``selection.OPENED``) -> what writes it."""
