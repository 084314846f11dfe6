"""A whole dashboard from a reader's selection: its cards in order, and the menus around them. Knows nothing of requests and
markup.

A panel whose question cannot be answered says why in its place; the others are not affected.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from analytics.boards.reading import MAIN, Dashboard
from analytics.errors import NotFound, QueryError, StoreUnavailable
from analytics.panels import Panel, Problem
from analytics.site import Site
from analytics.web.accounts.viewer import Viewer
from analytics.web.dashboards.readiness import OFFERS, Offer, Readiness
from analytics.web.dashboards.threads import in_threads
from analytics.web.figures import clock_time, day, days
from analytics.web.forms import READERS, Content, columns_of
from analytics.web.forms.listing import detailed, no_column
from analytics.web.forms.timeseries import Series
from analytics.web.language import _, marked, told
from analytics.web.question.asker import Asker
from analytics.web.question.filters import OPERATIONS, Filter, label
from analytics.web.question.limits import reaches, shown_to
from analytics.web.question.periods import MENU, PAST, PERIODS
from analytics.web.question.selection import COMPARISONS, Selection

AT_ONCE = 2
"""Panels that are asked at once: half of the time of a short statement goes into its plan, which takes one core."""


class Tab(Struct, frozen=True):
    """One of the panels of a card."""

    title: str
    chosen: bool
    choose: Selection


class Card(Struct, frozen=True, kw_only=True):
    """A panel in its frame."""

    name: str = ""
    title: str
    form: str = ""
    size: str
    style: str
    """For the style sheet: figures and chart stand together."""
    note: str = ""
    tabs: Sequence[Tab] = ()
    content: Content | None = None
    problem: str = ""
    offer: Offer | None = None
    """Shown in place of the content if there is nothing to show yet."""


class Chip(Struct, frozen=True):
    """A filter that is on."""

    text: str
    edit: Selection
    remove: Selection
    turn: Selection
    opposite: str


class Choice(Struct, frozen=True):
    """One entry of a menu."""

    text: str
    chosen: bool
    choose: Selection


class Board(Struct, frozen=True, kw_only=True):
    """A whole dashboard, ready to be rendered."""

    site: Site
    viewer: Viewer
    selection: Selection
    dashboards: list[Choice]
    """All dashboards that this viewer sees."""
    today: date
    made: str
    """When the figures were read, on the site's clock."""
    title: str
    """The days shown, in words."""
    before_title: str
    """The days they are compared with, in words, or empty."""
    so_far: bool
    """Whether the days are not over, so that only what has passed of them is compared."""
    unequal: bool
    """Whether the two ranges differ in length."""
    comparisons: list[Choice]
    against: tuple[date, date] | None
    """The first and last day of the comparison, once known."""
    first: date | None
    last: date | None
    custom: Selection
    """The dashboard with days of the reader's choice, which are still to be chosen."""
    periods: list[Choice]
    period: str
    earlier: Selection | None
    later: Selection | None
    chips: list[Chip]
    cards: list[Card]
    problems: list[str]
    links: list[tuple[str, Selection]]
    """Links that show exactly this, each with what it is."""
    live: bool
    """Whether the dashboard says who is here now."""
    silent: bool
    """Whether nothing at all was counted in this time, without a filter being the reason."""


Entries = Sequence[Panel | Problem]
"""What a dashboard shows, in order."""


def made(shelf: Sequence[Dashboard], asker: Asker, problems: Sequence[str] = ()) -> Board:
    """The dashboard that the selection asks for, out of those on the shelf, which starts with the main one. ``problems``
    are messages to show above it."""
    dashboard, choices, unknown = _chosen(shelf, asker)
    selection, readiness = asker.selection, Readiness(asker)
    allowed = _allowed(dashboard.entries, asker.viewer, readiness)
    live = any(isinstance(entry, Panel) and entry.form == "live" for entry in allowed)
    panels = [entry for entry in allowed if isinstance(entry, Problem) or entry.form != "live"]
    shown = _shown(panels, selection)
    cards = in_threads(AT_ONCE, partial(_card, asker, readiness, panels), shown)
    first, last = asker.days or (None, None)
    return Board(
        site=asker.site,
        viewer=asker.viewer,
        selection=selection,
        dashboards=choices,
        today=asker.today,
        made=_("%(day)s, %(time)s", day=day(asker.today), time=clock_time(asker.now)),
        title=_title(asker),
        before_title=_span(asker.compared) if asker.compared else "",
        so_far=bool(asker.shown and asker.compared and asker.now < _moments(asker.shown)[1]),
        unequal=selection.compare == "custom" and _length(asker.shown) != _length(asker.compared),
        comparisons=_comparisons(selection),
        against=_days_of(asker.compared),
        first=first,
        last=last,
        custom=selection.with_period("custom"),
        periods=_periods(selection),
        period=_period_name(selection, asker.today),
        earlier=reaches(selection.stepped(-1, asker.today), asker.viewer, asker.today),
        later=reaches(selection.stepped(1, asker.today), asker.viewer, asker.today),
        chips=[_chip(asker, each) for each in selection.filters],
        cards=cards,
        problems=[
            *problems,
            *unknown,
            *_without(panels, selection.panel),
            *_without_tabs(dashboard.entries, asker),
            *_unsortable(cards, selection),
            *_unnamed(asker.unnamed),
        ],
        links=_links(selection, first, last),
        live=live,
        silent=not selection.filters and any(isinstance(card.content, Series) and card.content.empty for card in cards),
    )


def named(shelf: Sequence[Dashboard], asker: Asker, name: str) -> Panel:
    """The panel with this name, as the viewer sees it. Raises NotFound."""
    dashboard, _choices, _unknown = _chosen(shelf, asker)
    found = _panel(_allowed(dashboard.entries, asker.viewer, Readiness(asker)), name)
    if found is None:
        raise NotFound(_no_panel(name))
    return detailed(found) if asker.selection.panel == name else found


def _chosen(shelf: Sequence[Dashboard], asker: Asker) -> tuple[Dashboard, list[Choice], list[str]]:
    """The requested dashboard, the menu of all of them, and a message if the requested one does not exist."""
    selection, viewer = asker.selection, asker.viewer
    given = [each for each in shelf if viewer.given(each.name) and (each.panels or viewer.may_change)]
    found = next((each for each in given if each.name == selection.dashboard), None)
    unknown = [] if found else [_("There is no dashboard “%(name)s”.", name=selection.dashboard)]
    shown = found or next(iter(given), EMPTY)
    return shown, [Choice(each.title, each is shown, selection.with_dashboard(each.name)) for each in given], unknown


def _panel(entries: Entries, name: str) -> Panel | None:
    """The panel with this name, or None."""
    return next((entry for entry in entries if isinstance(entry, Panel) and entry.name == name), None)


def _no_panel(name: str) -> str:
    return _("There is no panel “%(name)s” on this dashboard.", name=name)


def _without(entries: Entries, name: str) -> list[str]:
    """A message if a panel is asked for alone and does not exist."""
    return [_no_panel(name)] if name and _panel(entries, name) is None else []


def _without_tabs(entries: Entries, asker: Asker) -> list[str]:
    """Messages about panels that are to be opened in their tabs and do not exist."""
    there = {entry.name for entry in entries if isinstance(entry, Panel) and shown_to(entry, asker.viewer)}
    return [_no_panel(name) for name in asker.selection.show if name not in there]


def _unsortable(cards: Sequence[Card], selection: Selection) -> list[str]:
    """A message if the list shown alone is to be sorted by a column that it does not have."""
    alone = next((card for card in cards if card.name == selection.panel), None)
    if not selection.sort or alone is None or alone.content is None:
        return []
    return [] if selection.sort in {column.name for column in columns_of(alone.content)} else [no_column(selection.sort)]


EMPTY = Dashboard(name=MAIN, title=MAIN, entries=())
"""Stands for the dashboard of a viewer to whom none is given."""


def _allowed(panels: Entries, viewer: Viewer, readiness: Readiness) -> Entries:
    """The entries that this viewer sees. Panels that were not given to them are left out; for viewers who cannot set
    anything up, so are panels that have nothing to show yet and the problems of broken files."""
    if viewer.may_change:
        return [entry for entry in panels if isinstance(entry, Problem) or shown_to(entry, viewer)]
    given = [entry for entry in panels if isinstance(entry, Panel) and shown_to(entry, viewer)]
    return [panel for panel in given if readiness.met(panel)]


def _shown(panels: Entries, selection: Selection) -> list[Panel | Problem]:
    """One panel alone, or all of them with one of each group; problems always appear."""
    alone = _panel(panels, selection.panel)
    if alone:
        return [detailed(alone)]
    chosen: dict[str, Panel] = {}
    for entry in panels:
        if isinstance(entry, Panel) and entry.group and (entry.group not in chosen or entry.name in selection.show):
            chosen[entry.group] = entry
    shown: list[Panel | Problem] = []
    for entry in panels:
        panel = chosen.get(entry.group, entry) if isinstance(entry, Panel) else entry
        if panel not in shown:
            shown.append(panel)
    return shown


def _card(asker: Asker, readiness: Readiness, panels: Entries, entry: Panel | Problem) -> Card:
    if isinstance(entry, Problem):
        return Card(title=marked("A panel is missing"), size="full", style="problem", problem=str(entry))
    ready = readiness.met(entry)
    content, problem = _content(asker, entry) if ready else (None, "")
    return Card(
        name=entry.name,
        title=entry.title,
        form=entry.form,
        size=entry.size,
        style={"number": "numbers"}.get(entry.form, entry.form),
        note=entry.note,
        tabs=_tabs(asker.selection, panels, entry),
        content=content,
        problem=problem,
        offer=None if ready else OFFERS[entry.need],
    )


def _content(asker: Asker, panel: Panel) -> tuple[Content | None, str]:
    """What the panel shows, or why it shows nothing."""
    try:
        return READERS[panel.form](asker, panel), ""
    except QueryError as error:
        return None, _("These filters cannot be used with this panel (%(reason)s).", reason=told(error))
    except StoreUnavailable:
        return None, _("The figures are not available at the moment. Try again in a few seconds.")


def _tabs(selection: Selection, panels: Entries, panel: Panel) -> list[Tab]:
    group = [each for each in panels if isinstance(each, Panel) and panel.group and each.group == panel.group]
    names = [each.name for each in group]
    if selection.panel:
        return []
    return [Tab(each.title, each.name == panel.name, selection.with_tab(each.name, names)) for each in group]


def _chip(asker: Asker, found: Filter) -> Chip:
    selection = asker.selection
    return Chip(
        text=found.said(asker.segments),
        edit=selection.opened("filter", found.text),
        remove=selection.removed(found),
        turn=selection.turned(found),
        opposite=_(OPERATIONS[found.opposite].words),
    )


def _unnamed(dimensions: Mapping[str, int]) -> Iterator[str]:
    """Messages about filters that name values of too few visitors (``query/cells.py``)."""
    for name, few in dimensions.items():
        yield _(
            "%(what)s: values with fewer than %(few)s visitors are grouped together, so you cannot filter by them alone.",
            what=label(name), few=few,
        )  # fmt: skip


def _links(selection: Selection, first: date | None, last: date | None) -> list[tuple[str, Selection]]:
    """Two links to share: one that shows the current days whenever it is opened, one that stays with the present ones."""
    if selection.period in ("custom", "hours") or selection.day or not (first and last):
        return [(_("This view:"), selection)]
    fixed = replace(selection.with_period("custom"), first=first, last=last, page=selection.page)
    return [(_("This view, with the dates moving along:"), selection), (_("This view, for exactly these dates:"), fixed)]


def _periods(selection: Selection) -> list[Choice]:
    return [
        Choice(_(text), selection.period == period and selection.day is None, selection.with_period(period))
        for period, text in MENU.items()
    ]


def _period_name(selection: Selection, today: date) -> str:
    """The selected period by its name in the menu; a past period does not carry the name of the current one."""
    if selection.day is None or replace(selection, day=None).days(today) == selection.days(today):
        return _(PERIODS[selection.period])
    if selection.days(today) == selection.with_period("1d").days(today):
        yesterday = PERIODS["1d"]
        return _(yesterday)
    return _(PAST[selection.period])


def _comparisons(selection: Selection) -> list[Choice]:
    return [
        Choice(_(text), selection.compare == compare, selection.with_comparison(compare))
        for compare, text in COMPARISONS.items()
        if compare != "custom"
    ]


def _title(asker: Asker) -> str:
    """The selected time in words."""
    if asker.shown and asker.selection.period in ("hours", "24h"):
        return _span(asker.shown)
    return days(*asker.days) if asker.days else _(PERIODS[asker.selection.period])


def _moments(seconds: Sequence[str]) -> tuple[datetime, datetime]:
    """The first moment, and the one after the last second, on the site's clock."""
    first, last = (datetime.fromisoformat(moment).replace(tzinfo=None) for moment in seconds)
    return first, last + timedelta(seconds=1)


def _days_of(seconds: Sequence[str] | None) -> tuple[date, date] | None:
    if not seconds:
        return None
    first, last = (datetime.fromisoformat(moment).date() for moment in seconds)
    return first, last


def _length(seconds: Sequence[str] | None) -> int:
    """The length in days."""
    found = _days_of(seconds)
    return (found[1] - found[0]).days if found else 0


def _span(seconds: Sequence[str]) -> str:
    """A stretch of time in words, with the time of day unless it starts and ends at midnight."""
    start, end = _moments(seconds)
    first, last = start.date(), (end - timedelta(seconds=1)).date()
    whole = days(first, last)
    if start.time() == time.min:
        return whole if end.time() == time.min else _("%(days)s, until %(time)s", days=whole, time=clock_time(end))
    ends = {"start": clock_time(start), "end": clock_time(end)}
    if first == last:
        return _("%(day)s, %(start)s – %(end)s", day=whole, **ends)
    return _("%(first)s, %(start)s – %(last)s, %(end)s", first=day(first), last=day(last), **ends)
