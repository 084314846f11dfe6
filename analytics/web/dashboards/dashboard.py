"""The page of one dashboard, for any viewer: the owner's own page, a shared link and an embed are all written here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

from flask import Response, make_response, redirect, render_template, request
from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace
from werkzeug.wrappers import Response as AnyResponse

from analytics.boards.reading import MAIN, Dashboard, dashboards
from analytics.clock import local_time
from analytics.errors import NotFound, QueryError
from analytics.model import Site
from analytics.panels import Panel
from analytics.query.cells import POLICIES
from analytics.resources import folder
from analytics.web.accounts.access import sites_seen
from analytics.web.accounts.viewer import OWNER, Viewer
from analytics.web.dashboards import filter_form, realtime
from analytics.web.dashboards.behind import behind
from analytics.web.dashboards.board import AT_ONCE, made, named
from analytics.web.dashboards.shortcuts import SHORTCUTS
from analytics.web.figures import days, number
from analytics.web.language import _
from analytics.web.question.asker import Asker
from analytics.web.question.limits import shown_to, within
from analytics.web.question.selection import Selection
from analytics.web.services import current_day, services

QUICK, CALM = 1, 10
"""Seconds between looks at what is new: while today is shown, and otherwise."""
WATCHED = ("events", "visitors", "visit_duration")
"""Figures of today that tell whether anything was counted since; reading time moves the last one only."""


class Addresses(Struct, frozen=True):
    """Where a viewer's own pages of a site lie."""

    page: Callable[[Selection | None], str]
    """Of the dashboard in one state; without a selection its path alone, for forms."""
    live: Callable[[Selection, str], str]
    """Of the line that says who is here now, for a selection and what was seen of it last."""
    realtime: Callable[[Selection], str] | None = None
    """Of the page of the last half hour; None: there is none."""


class Frame(Struct, frozen=True):
    """What a dashboard is written into."""

    template: str = "base.html"
    words: Mapping[str, Any] = {}
    """What that says besides."""
    page: str = "dashboard/page.html"
    """Template of what is written into it."""


OWN_PAGE = Frame()


@contextmanager
def asking(site: Site, selection: Selection, viewer: Viewer) -> Iterator[Asker]:
    """Puts all questions of one page to one state of the rows, within what the viewer may see."""
    parts = services()
    with parts.answers.sitting(
        site, audience=viewer.audience, at_once=AT_ONCE, bounds=viewer.bounds, within=viewer.filters
    ) as sitting:
        yield Asker(parts.answers, sitting, site, selection, parts.clock, viewer, parts.control)


def page(
    site: Site,
    selection: Selection,
    viewer: Viewer,
    addresses: Addresses,
    problems: Sequence[str] = (),
    frame: Frame = OWN_PAGE,
) -> AnyResponse:
    """The whole page, or what lies over it. ``problems`` are what could not be understood in its address."""
    selection, told = limited(site, selection, viewer)
    words: dict[str, Any] = {
        "site": site,
        "viewer": viewer,
        **_links(addresses),
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
        **_live(site, selection, viewer, addresses),
    )
    return fresh(written)


def sample(site: Site, panel: Panel, selection: Selection, addresses: Addresses) -> Markup:
    """One panel as the site's owner would see it, for the page on which it is changed."""
    with asking(site, selection, OWNER) as asker:
        board = made([Dashboard(name=MAIN, title="", entries=(panel,))], asker)
    written = render_template("dashboard/panels.html", board=board, still=True, **_links(addresses))
    return Markup(written)  # noqa: S704 - a template


def _links(addresses: Addresses) -> dict[str, Callable[..., str]]:
    """How templates build the addresses of a dashboard's states."""
    return {
        "address": lambda wanted=None: addresses.page(wanted),
        "taken": lambda wanted, kind: _taken(addresses, wanted, kind),
        "absolute": lambda wanted: urljoin(services().config.base_url, addresses.page(wanted)),
    }


def _taken(addresses: Addresses, selection: Selection, kind: str) -> str:
    """Where the figures can be taken along: one panel as a kind of file, or all of them as a ``zip``."""
    page = addresses.page(selection)
    if kind != "zip":
        return f"{page}{'' if page.endswith('?') else '&'}format={kind}"
    path, _mark, query = page.partition("?")
    return f"{path}/export.zip" + (f"?{query}" if query else "")


def realtime_page(
    site: Site, selection: Selection, viewer: Viewer, addresses: Addresses, problems: Sequence[str] = ()
) -> Response:
    """The page of the last half hour, with the filters of the selection. Its rows filter it."""
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
        current=here(site, viewer),
        seconds=realtime.SECONDS,
        address=lambda wanted: addresses.page(wanted) if wanted.panel else half_hour(wanted),
        dashboard_address=addresses.page(found.selection),
        shortcuts=SHORTCUTS,
        sites=sites_seen() if viewer.signed_in else [],
    )
    return fresh(written)


# --- what lies over the page -----------------------------------------------------------------------------


def _filtered(asker: Asker, words: Mapping[str, Any]) -> AnyResponse:
    """The form of filters as it was sent: on to the dashboard, or back to the form with what is wrong."""
    typed = filter_form.sent(request.args.to_dict(flat=False))
    try:
        return redirect(words["address"](filter_form.applied(asker, typed)))
    except QueryError as error:
        field = error.place if error.place in ("dimension", "operation") else "value"
        answer = fresh(_filter_sheet(asker, words, typed, {field: error.problem}))
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


def shelf(site: Site) -> list[Dashboard]:
    """The site's dashboards, the main one first."""
    return dashboards(folder("dashboards"), services().config.data / "dashboards", site.domain)


def live(site: Site, selection: Selection, viewer: Viewer, addresses: Addresses, seen: str | None) -> Response:
    """The line that says who is here now; tells the page by an event when its panels have become old since ``seen``.
    Raises NotFound for a viewer to whom that is not told."""
    given = [each for each in shelf(site) if viewer.given(each.name)]
    if not any(panel.form == "live" and shown_to(panel, viewer) for each in given for panel in each.panels):
        raise NotFound(_("This view does not say who is here now."))
    selection, _told = limited(site, selection, viewer)
    words = _live(site, selection, viewer, addresses)
    response = fresh(render_template("dashboard/live.html", **words))
    if words["watched"] and seen != words["seen"]:
        response.headers["HX-Trigger"] = "footfall:news"
    return response


def _live(site: Site, selection: Selection, viewer: Viewer, addresses: Addresses) -> dict[str, Any]:
    """What the live line is written from. ``seen`` changes whenever an event of today was counted; strangers are not told
    when that was, as it might be one person (docs/decisions/0034)."""
    watched = viewer.signed_in and selection.includes(current_day(site))
    figures = todays(site, viewer, WATCHED) if watched else ()
    seen = "-".join(str(figure) for figure in figures)
    return {
        "current": here(site, viewer),
        "watched": watched,
        "seen": seen,
        "seconds": QUICK if watched else CALM,
        "live_address": addresses.live(selection, seen),
        "realtime_address": addresses.realtime(selection) if addresses.realtime else "",
    }


def here(site: Site, viewer: Viewer) -> str:
    """How many people are here now, in what the viewer may see; to the public, few are not told from fewer."""
    found = services().answers.current_visitors(site, viewer.filters)
    least = POLICIES[viewer.audience].least
    return _("fewer than %(few)s", few=number(least)) if found < least > 1 else number(found)


def todays(site: Site, viewer: Viewer, metrics: Sequence[str]) -> tuple[Any, ...]:
    """Today's figures."""
    with asking(site, Selection(), viewer) as asker:
        return asker.figures(metrics)


def limited(site: Site, selection: Selection, viewer: Viewer) -> tuple[Selection, list[str]]:
    """The selection as this viewer may have it of this site, and what is to be said of the difference."""
    return within(replace(selection, first_weekday=site.settings.first_weekday), viewer, current_day(site))


def fresh(written: str) -> Response:
    """Figures are of this moment, and of nobody else's cache."""
    response = make_response(written)
    response.headers["Cache-Control"] = "no-store"
    return response
