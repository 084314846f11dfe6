"""Restricts what a viewer asked for to what they may see. Pure: values in, values and messages out.

The engine itself reveals nothing of days outside a viewer's own (``query/period.Bounds``) and names no page outside their
part of the site (``query/inside.py``), whatever is asked. This module keeps the page from asking, and says so. Strangers
are not even told how many visits to a part of the site began, ended or continued outside it; people with an account are.
"""

from datetime import date

from msgspec.structs import replace

from analytics.panels import Panel
from analytics.query.dimensions import Kind, find
from analytics.web.accounts.viewer import Viewer
from analytics.web.figures import day
from analytics.web.language import _
from analytics.web.question.filters import SEGMENT, Filter
from analytics.web.question.selection import Selection

OF_ALL_VISITS = frozenset({"funnel", "flow"})
"""Forms that show where a visit went, and so what lies outside of a part of the site."""


def within(selection: Selection, viewer: Viewer, today: date) -> tuple[Selection, list[str]]:
    """The selection reduced to the days and filters that the viewer may choose, and messages about what was removed.
    ``today`` is the site's day."""
    kept = tuple(each for each in selection.filters if may_filter(viewer, each))
    told = [_("You cannot filter by something outside this view.")] if kept != selection.filters else []
    limited = _of_days(replace(selection, filters=kept), viewer, today)
    if limited.days(today) != selection.days(today):
        told.append(_days_told(viewer))
    return limited, told


def shown_to(panel: Panel, viewer: Viewer) -> bool:
    """Whether the viewer may see a panel: it is among those given to them, and reveals nothing that they may not see."""
    if viewer.panels is not None and panel.name not in viewer.panels:
        return False
    if panel.form == "live" and not viewer.now:
        return False
    if panel.form == "ledger":
        return viewer.sees_everything
    if panel.form == "funnel" and viewer.filters:
        return False  # its steps name pages, and most lie outside
    if viewer.filters and not viewer.signed_in:
        asked = (*panel.query.dimensions, *panel.details.dimensions)
        return panel.form not in OF_ALL_VISITS | {"live"} and not any(map(_beyond, asked))
    return True


def reaches(selection: Selection | None, viewer: Viewer, today: date) -> Selection | None:
    """The selection, or None if the viewer may see none of its days, so that no link leads there."""
    days = selection.days(today) if selection else None
    if days is None or (
        (viewer.first is None or viewer.first <= days[1]) and (viewer.last is None or days[0] <= viewer.last)
    ):
        return selection
    return None


def may_filter(viewer: Viewer, wanted: Filter) -> bool:
    """Whether the viewer may use the filter. Saved filters belong to the owner. What else a visit has done, or has not, is
    not part of what a stranger may see."""
    if wanted.dimension == SEGMENT:
        return viewer.sees_everything
    of_visits = wanted.operation in ("has_done", "has_not_done") or wanted.question[0] == "has_not_done"
    return viewer.signed_in or not viewer.filters or not (of_visits or _beyond(wanted.dimension))


def may_group(dimension: str, viewer: Viewer) -> bool:
    """Whether this viewer's panels may be grouped by this dimension."""
    return viewer.signed_in or not viewer.filters or not _beyond(dimension)


def _beyond(dimension: str) -> bool:
    """Whether its values are facts of the whole visit, even beyond the part of the site that is shown: entry and exit
    pages."""
    found = find(dimension)
    return found is not None and found.dimension.kind is Kind.JOURNEY


def _of_days(selection: Selection, viewer: Viewer, today: date) -> Selection:
    """The selection with days that the viewer may see. All time starts at the viewer's first day; a range outside moves to
    the nearest one of equal length."""
    if viewer.first is None and viewer.last is None:
        return selection
    days = selection.days(today)
    if days is None and viewer.first is None:
        return selection  # the engine knows the site's first day
    first, last = days or (viewer.first or today, today)
    if viewer.last and viewer.last < first:
        first, last = viewer.last - (last - first), viewer.last
    if viewer.first and last < viewer.first:
        first, last = viewer.first, min(viewer.first + (last - first), max(viewer.first, today))
    cut = max(first, viewer.first or first), min(last, viewer.last or last)
    return selection if cut == days else replace(selection.with_period("custom"), first=cut[0], last=cut[1])


def _days_told(viewer: Viewer) -> str:
    if viewer.first and viewer.last:
        return _("This view is limited to %(first)s to %(last)s.", first=day(viewer.first), last=day(viewer.last))
    if viewer.first:
        return _("This view begins on %(first)s.", first=day(viewer.first))
    return _("This view ends on %(last)s.", last=day(viewer.last or date.max))
