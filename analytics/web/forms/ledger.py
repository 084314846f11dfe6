"""The form ``ledger``: received = counted + dropped, by reason and day."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from analytics.ingest.apart import SUSPECTS
from analytics.model import REASONS, Reason
from analytics.panels import Panel
from analytics.query.run import LedgerDay
from analytics.web.figures import day, number
from analytics.web.forms.listing import Column, Paging, paged, paging, sorting
from analytics.web.language import _, marked
from analytics.web.question.asker import Asker
from analytics.web.question.selection import Selection

LEDGER_DAYS = 31
"""Days in the ledger's table, unless it is shown alone."""


COLUMNS: dict[str, tuple[str, Callable[[LedgerDay], int]]] = {
    "day": (marked("Day"), lambda found: found.day.toordinal()),
    "received": (marked("Received"), lambda found: found.received),
    "counted": (marked("Counted"), lambda found: found.counted),
}
"""Names in addresses -> head, and what the days are sorted by. Each reason has a column, too."""


class LedgerLine(Struct, frozen=True):
    """How many events one reason cost."""

    reason: str
    sentence: str
    text: str
    kept: bool
    """It is kept apart, and can be looked at."""


class LedgerRow(Struct, frozen=True):
    """One day of the ledger."""

    day: str
    cells: list[str]
    """Received, counted, and what each reason cost."""


class LedgerSheet(Struct, frozen=True, kw_only=True):
    """The ledger, ready to be rendered."""

    received: str
    counted: str
    dropped: str
    lines: list[LedgerLine]
    columns: list[Column]
    """Of the days."""
    days: list[LedgerRow]
    """Latest first; shown alone as the reader wants them."""
    restarted: list[str]
    """Days on which a crash made visitors count twice."""
    left_out: str
    """How many identifying parameters were left out of what was counted; empty: none."""
    paging: Paging


def ledger(asker: Asker, panel: Panel) -> LedgerSheet:
    """received = counted + dropped, by reason and day. Filters do not apply: dropped events have no source or page."""
    if asker.days is None:
        asker.figures(("events",))
    found, selection = ledger_days(asker), asker.selection
    reasons = [reason for reason in REASONS if any(each.dropped.get(reason) for each in found)]
    alone = selection.panel == panel.name
    wanted = sought(selection, found[::-1]) if alone else found[::-1]
    shown = paged(selection, wanted) if alone else wanted[:LEDGER_DAYS]
    dropped = {reason: sum(each.dropped.get(reason, 0) for each in found) for reason in reasons}
    left_out = sum(each.left_out for each in found)
    return LedgerSheet(
        received=number(sum(each.received for each in found)),
        counted=number(sum(each.counted for each in found)),
        dropped=number(sum(dropped.values())),
        lines=[LedgerLine(reason, REASONS[reason], number(dropped[reason]), reason in SUSPECTS) for reason in reasons],
        columns=_columns(selection, reasons, sortable=alone),
        days=[_row(each, reasons) for each in shown],
        restarted=[day(each.day) for each in found if each.restarted],
        left_out=number(left_out) if left_out else "",
        paging=paging(selection, len(wanted))
        if alone
        else Paging(more=selection.with_panel(panel.name) if len(shown) < len(found) else None),
    )


def ledger_days(asker: Asker) -> list[LedgerDay]:
    """The selected days up to today, the first one first."""
    first, last = asker.days or (asker.today, asker.today)
    return asker.answers.ledger(asker.site, first, max(first, min(last, asker.today)))


def sought(selection: Selection, found: Iterable[LedgerDay]) -> list[LedgerDay]:
    """The days whose name or reasons contain the searched text, in the chosen order; without a search all, in their
    order."""
    wanted = [each for each in found if selection.search.casefold() in _words(each)]
    by = COLUMNS[selection.sort][1] if selection.sort in COLUMNS else lambda each: each.dropped.get(selection.sort, 0)
    return sorted(wanted, key=by, reverse=not selection.ascending) if selection.sort else wanted


def _words(found: LedgerDay) -> str:
    reasons = [f"{reason} {_(REASONS[reason])}" for reason in REASONS if found.dropped.get(reason)]
    return "\n".join([day(found.day), found.day.isoformat(), *reasons]).casefold()


def _columns(selection: Selection, reasons: Sequence[Reason], *, sortable: bool) -> list[Column]:
    heads = [Column(name=name, label=_(label), number=name != "day") for name, (label, _key) in COLUMNS.items()]
    heads += [Column(name=reason, label=reason, definition=_(REASONS[reason]), number=True) for reason in reasons]
    by, ascending = (selection.sort, selection.ascending) if selection.sort else ("day", False)
    direction = "asc" if ascending else "desc"
    return [sorting(selection, head, direction if head.name == by else "") for head in heads] if sortable else heads


def _row(found: LedgerDay, reasons: Sequence[Reason]) -> LedgerRow:
    figures = (found.received, found.counted, *(found.dropped.get(reason, 0) for reason in reasons))
    return LedgerRow(day(found.day), list(map(number, figures)))
