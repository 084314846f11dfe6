"""The form ``vitals``: Core Web Vitals as measured in readers' browsers, and the pages by one of them.

The script sends rounded numbers (docs/vitals.md), so the 75th percentile that Google uses is computed here from how often
each number was sent. It is exact for what is stored: to 10 ms, and to 0.01 for the layout shift.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from analytics.needs import VITALS
from analytics.panels import Panel
from analytics.query.dimensions import NONE
from analytics.web.figures import NOTHING, number, percent
from analytics.web.forms.bars import Entry, named
from analytics.web.forms.listing import Column, Paging, paged, paging, sorting
from analytics.web.language import _, marked
from analytics.web.question.asker import Asker
from analytics.web.question.selection import Selection

PERCENTILE = 75
GOOD, MIDDLING, POOR = "good", "needs-improvement", "poor"
RATINGS = (GOOD, MIDDLING, POOR)
"""As the script sends them, by Google's thresholds."""
MOST_ROWS = 10_000
"""Of numbers and ratings; a page is far from having so many."""


class Vital(Struct, frozen=True):
    """One of the five metrics."""

    name: str
    label: str
    meaning: str
    limits: tuple[float, float]
    """Up to the first it is good, above the second poor: https://web.dev/articles/vitals."""
    unit: str
    """``ms``, or empty."""


ALL = (
    Vital("lcp", marked("Largest Contentful Paint (LCP)"),
          marked("When the largest element on the screen had loaded."),
          (2500, 4000), "ms"),
    Vital("inp", marked("Interaction to Next Paint (INP)"),
          marked("How long the page took to respond to a click or key press, at its slowest."),
          (200, 500), "ms"),
    Vital("cls", marked("Cumulative Layout Shift (CLS)"),
          marked("How much the page's content moved while it loaded and was read."), (0.1, 0.25), ""),
    Vital("fcp", marked("First Contentful Paint (FCP)"),
          marked("When the first content appeared."), (1800, 3000), "ms"),
    Vital("ttfb", marked("Time to First Byte (TTFB)"),
          marked("When the server’s response began."), (800, 1800), "ms"),
)  # fmt: skip
"""The names and limits are Google's."""


class Shares(Struct, frozen=True):
    """Shares of page loads, in per cent of those that were measured."""

    good: float
    middling: float
    poor: float
    texts: tuple[str, str, str]
    loads: int
    """How many were measured."""
    count: str
    """The same as text."""


class Measured(Struct, frozen=True):
    """One of the five over all pages."""

    vital: Vital
    at: str
    """The 75th percentile."""
    rating: str
    """What that is; empty without any."""
    shares: Shares | None
    chosen: bool
    choose: Selection


class PageLine(Struct, frozen=True):
    """One page, by the chosen metric."""

    page: Entry
    shares: Shares


class Sorted(Struct, frozen=True):
    """A column of the pages, and its sort key."""

    label: str
    key: Callable[[PageLine], Any]


PAGE, LOADS = "event:page", "events"
COLUMNS = {
    PAGE: Sorted(marked("Page"), lambda line: line.page.value),
    GOOD: Sorted(marked("Good"), lambda line: line.shares.good),
    MIDDLING: Sorted(marked("Needs improvement"), lambda line: line.shares.middling),
    POOR: Sorted(marked("Poor"), lambda line: line.shares.poor),
    LOADS: Sorted(marked("Page loads"), lambda line: line.shares.loads),
}
"""By their names in addresses."""


class Vitals(Struct, frozen=True, kw_only=True):
    """All five metrics and the pages, ready to be rendered."""

    vitals: list[Measured]
    chosen: Vital
    columns: list[Column]
    """Of the pages."""
    pages: list[PageLine]
    """Those that were measured most often; shown alone all of them, as the reader wants them."""
    paging: Paging


def vitals(asker: Asker, panel: Panel) -> Vitals:
    """All five metrics, and the pages by the one that the reader chose, or the first."""
    panel = replace(panel, query=replace(panel.query, filters=(*panel.query.filters, ["is", "event:name", [VITALS]])))
    wanted = asker.selection.chosen(panel.name)
    chosen = next((vital for vital in ALL if vital.name == wanted), ALL[0])
    measured = [_measured(asker, panel, vital, chosen) for vital in ALL]
    pages = _pages(asker, panel, chosen)
    if asker.selection.panel == panel.name:
        return _alone(asker.selection, measured, chosen, pages)
    some = pages[: panel.query.limit]
    more = asker.selection.with_panel(panel.name) if len(some) < len(pages) else None
    return Vitals(vitals=measured, chosen=chosen, columns=_columns(), pages=some, paging=Paging(more=more))


def _alone(selection: Selection, measured: list[Measured], chosen: Vital, pages: list[PageLine]) -> Vitals:
    """All pages that contain the searched text, in the chosen order; by default those measured most often first."""
    by = selection.sort if selection.sort in COLUMNS else LOADS
    ascending = selection.ascending if by == selection.sort else False
    found = [line for line in pages if selection.search.casefold() in line.page.value.casefold()]
    found.sort(key=lambda line: COLUMNS[by].key(line), reverse=not ascending)
    return Vitals(
        vitals=measured,
        chosen=chosen,
        columns=[
            sorting(selection, head, ("asc" if ascending else "desc") if head.name == by else "") for head in _columns()
        ],
        pages=paged(selection, found),
        paging=paging(selection, len(found)),
    )


def _columns() -> list[Column]:
    return [Column(name=name, label=_(column.label), number=name != PAGE) for name, column in COLUMNS.items()]


def percentile(counts: Mapping[float, int]) -> float | None:
    """The smallest number that at least ``PERCENTILE`` per cent of all do not exceed (nearest rank); None for no numbers."""
    left = -(-sum(counts.values()) * PERCENTILE // 100)
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return None


def rated(vital: Vital, value: float) -> str:
    """The rating of a value of this metric."""
    good, poor = vital.limits
    return GOOD if value <= good else MIDDLING if value <= poor else POOR


def _measured(asker: Asker, panel: Panel, vital: Vital, chosen: Vital) -> Measured:
    rows = _rows(asker, panel, f"event:props:{vital.name}")
    values: Counter[float] = Counter()
    for text, count in rows:
        values.update({float(text): count} if _is_number(text) else {})
    at = percentile(values)
    return Measured(
        vital=vital,
        at=_text(vital, at),
        rating="" if at is None else rated(vital, at),
        shares=_shares(_ratings(vital, values)) if values else None,
        chosen=vital is chosen,
        choose=asker.selection.choosing(panel.name, vital.name),
    )


def _pages(asker: Asker, panel: Panel, vital: Vital) -> list[PageLine]:
    """All pages, those measured most often first."""
    pages: dict[str, Counter[str]] = {}
    for page, rating, count in _rows(asker, panel, "event:page", f"event:props:{vital.name}_rating"):
        if rating in RATINGS:
            pages.setdefault(page, Counter())[rating] += count
    most = sorted(pages, key=lambda page: (-pages[page].total(), page))
    return [PageLine(named(asker, "event:page", page), _shares(pages[page])) for page in most]


def _rows(asker: Asker, panel: Panel, *dimensions: str) -> list[tuple[Any, ...]]:
    """The values of these dimensions with their number of page loads, without those that were not measured."""
    filters = (*panel.query.filters, ["is_not", dimensions[-1], [NONE]])
    asked = replace(panel.query, metrics=("events",), dimensions=dimensions, filters=filters)
    found = asker.ask(replace(panel, query=asked), pagination={"limit": MOST_ROWS})
    return [(*row["dimensions"], *row["metrics"]) for row in found.results]


def _ratings(vital: Vital, values: Mapping[float, int]) -> Counter[str]:
    ratings: Counter[str] = Counter()
    for value, count in values.items():
        ratings[rated(vital, value)] += count
    return ratings


def _shares(ratings: Mapping[str, int]) -> Shares:
    count = sum(ratings.values())
    good, middling, poor = (100 * ratings.get(rating, 0) / count for rating in RATINGS)
    return Shares(good, middling, poor, (percent(good), percent(middling), percent(poor)), count, number(count))


def _is_number(text: str) -> bool:
    """Whether a browser could have measured the value. Anybody can send an event of this name, so others are left out."""
    return text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit() and len(text) <= 10


def _text(vital: Vital, value: float | None) -> str:
    if value is None:
        return NOTHING
    return _("%(milliseconds)s ms", milliseconds=number(value)) if vital.unit else number(value)
