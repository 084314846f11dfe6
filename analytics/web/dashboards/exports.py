"""What is on the screen as files (D54): one panel as CSV, JSON or Parquet, or all of them with the definitions of their
figures.

The figures are those of the page and of the stats API (T16), since they answer the same questions. Whoever may see a part
may export it.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask import Response
from msgspec import Struct

from analytics.clock import local_time
from analytics.errors import InvalidInput, NotFound, QueryError
from analytics.panels import Panel
from analytics.query.cells import least
from analytics.query.query import MOST_ROWS
from analytics.site import Site
from analytics.web.accounts.viewer import Viewer
from analytics.web.dashboards.asking import asking, limited, shelf
from analytics.web.dashboards.grids import NOT_TAKEN, Grid, grid
from analytics.web.dashboards.readiness import Readiness
from analytics.web.figures import days, number
from analytics.web.language import _
from analytics.web.question.asker import Asker
from analytics.web.question.limits import shown_to
from analytics.web.question.periods import PERIODS
from analytics.web.question.selection import Selection
from analytics.web.services import services

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula: https://owasp.org/www-community/attacks/CSV_Injection"""
README = "definitions.txt"


class Kind(Struct, frozen=True):
    """A kind of file."""

    mimetype: str
    content: Callable[[Grid], bytes]


def as_csv(found: Grid) -> bytes:
    """RFC 4180, UTF-8. A text that a spreadsheet would execute as a formula is preceded by an apostrophe, which
    spreadsheets hide."""
    written = io.StringIO(newline="")
    lines = csv.writer(written)
    lines.writerow([_safe(head.label) for head in found.heads])
    lines.writerows([_safe(cell) for cell in row] for row in found.rows)
    return written.getvalue().encode("utf-8", "replace")


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def as_parquet(found: Grid) -> bytes:
    """Columns named as in the stats API."""
    columns = {head.name: [row[place] for row in found.rows] for place, head in enumerate(found.heads)}
    return services().store.parquet(columns)


KINDS = {
    "csv": Kind("text/csv; charset=utf-8", as_csv),
    "json": Kind("application/json", lambda found: found.answer),
    "parquet": Kind("application/vnd.apache.parquet", as_parquet),
}
"""By the parameter ``format``."""


def one(site: Site, selection: Selection, viewer: Viewer, wanted: str, problems: Sequence[str] = ()) -> Response:
    """The panel that the selection names, as a file of this kind. A file has no place for ``problems``, messages about
    parameters that could not be understood: it is refused. Raises NotFound, InvalidInput naming ``format`` or ``address``,
    QueryError if its question cannot be answered."""
    kind = KINDS.get(wanted)
    if kind is None:
        raise InvalidInput("format", _("Choose one of these formats: %(kinds)s", kinds=", ".join(KINDS)))
    if problems:
        raise InvalidInput("address", problems[0])
    selection, _told = limited(site, selection, viewer)
    with asking(site, selection, viewer) as asker:
        panel = next((each for each in _panels(asker) if each.name == selection.panel), None)
        if panel is None:
            raise NotFound(_("There is no such panel to export."))
        found = grid(asker, panel)
        answer = _file(kind.content(found), f"{_name(asker, panel, found)}.{wanted}", kind.mimetype)
    if found.cut:
        answer.headers["X-Footfall-Rows"] = f"{len(found.rows)} of {found.total}"
    return answer


def everything(site: Site, selection: Selection, viewer: Viewer, problems: Sequence[str] = ()) -> Response:
    """All panels of the dashboard as CSV files in a zip, with a text that explains them and contains ``problems``."""
    selection, told = limited(site, selection.with_panel(""), viewer)
    written = io.BytesIO()
    with asking(site, selection, viewer) as asker, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        taken = []
        for panel in _panels(asker):
            found = _tried(asker, panel)
            name = f"{_name(asker, panel, found)}.csv" if found else ""
            if found:
                archive.writestr(name, as_csv(found))
            taken.append((panel, found, name))
        archive.writestr(README, "\n".join(_readme(asker, taken, [*problems, *told])))
        name = "_".join((_plain(site.domain), _days_of(asker)))
    return _file(written.getvalue(), f"{name}.zip", "application/zip")


def _panels(asker: Asker) -> list[Panel]:
    """The panels of the selected dashboard that this viewer sees and that have rows."""
    if not asker.viewer.exports:
        raise NotFound(_("This panel cannot be exported."))
    wanted, viewer = asker.selection.dashboard, asker.viewer
    given = [each for each in shelf(asker.site) if each.name == wanted and viewer.given(wanted)]
    shown = [panel for each in given for panel in each.panels if shown_to(panel, viewer)]
    readiness = Readiness(asker)
    return [panel for panel in shown if panel.form not in NOT_TAKEN and readiness.met(panel)]


def _tried(asker: Asker, panel: Panel) -> Grid | None:
    """The panel's grid; None if its question cannot be combined with the filters, where the page shows a message instead."""
    try:
        return grid(asker, panel)
    except QueryError:
        return None


def _file(content: bytes, name: str, mimetype: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
    }
    return Response(content, content_type=mimetype, headers=headers)


def _name(asker: Asker, panel: Panel, found: Grid) -> str:
    """The file's name: site, panel and days, and the range of rows if they are not all in it."""
    parts = (_plain(asker.site.domain), panel.name, _days_of(asker), f"first-{len(found.rows)}" if found.cut else "")
    return "_".join(filter(None, parts))


def _days_of(asker: Asker) -> str:
    if asker.days is None:
        asker.figures(("events",))
    first, last = asker.days or (asker.today, asker.today)
    return first.isoformat() if first == last else f"{first}_{last}"


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9.-]+", "-", text)


# --- what the figures mean -------------------------------------------------------------------------------


def _readme(asker: Asker, taken: list[tuple[Panel, Grid | None, str]], told: list[str]) -> Iterator[str]:
    yield from _head(asker)
    yield from told
    yield ""
    yield _("Files")
    for panel, found, name in taken:
        yield from ("", f"{name or panel.name}: {_(panel.title)}")
        if panel.note:
            yield f"  {_(panel.note)}"
        if found is None:
            yield "  " + _("Left out: these filters cannot be used with this panel.")
        elif found.cut:
            rows = {"rows": number(len(found.rows)), "total": number(found.total)}
            yield "  " + _("The first %(rows)s of %(total)s rows: no more can be exported at once.", **rows)
    yield from ("", _("What the columns mean"))
    for label, definition in _definitions(taken):
        yield from ("", label, f"  {definition}")
    yield ""


def _head(asker: Asker) -> Iterator[str]:
    site, first_last = asker.site, asker.days or (asker.today, asker.today)
    made = local_time(services().clock(), site.timezone)
    few = least(asker.viewer.audience, site.settings.small_cells)
    yield site.domain
    yield ""
    yield _("Days: %(days)s (%(period)s)", days=days(*first_last), period=_(PERIODS[asker.selection.period]))
    yield _("Time zone (decides when a day begins): %(zone)s", zone=site.timezone)
    yield _("Created: %(time)s", time=made.isoformat(timespec="minutes"))
    filters = [each.said(asker.segments) for each in asker.selection.filters]
    yield _("Filters: %(filters)s", filters="; ".join(filters)) if filters else _("Filters: none")
    if asker.viewer.filters:
        yield _("This export covers only the part of the site's visits that the view shows.")
    if few > 1:
        yield _(
            "Values with fewer than %(few)s visitors are grouped into one row, so that nobody can be recognised.", few=few
        )
    yield _("At most %(rows)s rows of each panel are exported. Texts that a spreadsheet would run as formulas have an "
    "apostrophe in front.", rows=number(MOST_ROWS))  # fmt: skip


def _definitions(taken: list[tuple[Panel, Grid | None, str]]) -> list[tuple[str, str]]:
    """Each column once."""
    heads = [head for _panel, found, _name in taken if found for head in found.heads if head.definition]
    return list({(head.label, head.definition): None for head in heads})
