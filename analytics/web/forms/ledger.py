"""The form ``ledger``: received = counted + dropped, by reason and day."""

from collections.abc import Sequence

from msgspec import Struct

from analytics.ingest.apart import SUSPECTS
from analytics.model import REASONS, Reason
from analytics.panels import Panel
from analytics.query.run import LedgerDay
from analytics.web.figures import day, number
from analytics.web.question.asker import Asker
from analytics.web.question.selection import Selection

LEDGER_DAYS = 31
"""Days in the ledger's table, unless it is shown alone."""


class LedgerLine(Struct, frozen=True):
    """What one reason cost."""

    reason: str
    sentence: str
    text: str
    kept: bool
    """It is kept apart, and can be looked at."""


class LedgerRow(Struct, frozen=True):
    """One day of the ledger."""

    day: str
    received: str
    counted: str
    dropped: list[str]


class LedgerSheet(Struct, frozen=True, kw_only=True):
    """The account of what arrived."""

    received: str
    counted: str
    dropped: str
    lines: list[LedgerLine]
    days: list[LedgerRow]
    """Latest first."""
    restarted: list[str]
    """Days on which a crash made visitors count twice."""
    left_out: str
    """How many identifying parameters were left out of what was counted; empty: none."""
    more: Selection | None
    """Where the older days are, if they are not here."""


def ledger(asker: Asker, panel: Panel) -> LedgerSheet:
    """received = counted + dropped, by reason and day. Filters do not narrow it: what was dropped has no source or page."""
    if asker.days is None:
        asker.figures(("events",))
    first, last = asker.days or (asker.today, asker.today)
    found = asker.answers.ledger(asker.site, first, max(first, min(last, asker.today)))
    reasons = [reason for reason in REASONS if any(each.dropped.get(reason) for each in found)]
    shown = found if asker.selection.panel == panel.name else found[-LEDGER_DAYS:]
    dropped = {reason: sum(each.dropped.get(reason, 0) for each in found) for reason in reasons}
    left_out = sum(each.left_out for each in found)
    return LedgerSheet(
        received=number(sum(each.received for each in found)),
        counted=number(sum(each.counted for each in found)),
        dropped=number(sum(dropped.values())),
        lines=[LedgerLine(reason, REASONS[reason], number(dropped[reason]), reason in SUSPECTS) for reason in reasons],
        days=[_ledger_row(each, reasons) for each in reversed(shown)],
        restarted=[day(each.day) for each in found if each.restarted],
        left_out=number(left_out) if left_out else "",
        more=asker.selection.with_panel(panel.name) if len(shown) < len(found) else None,
    )


def _ledger_row(found: LedgerDay, reasons: Sequence[Reason]) -> LedgerRow:
    dropped = [number(found.dropped.get(reason, 0)) for reason in reasons]
    return LedgerRow(day(found.day), number(found.received), number(found.counted), dropped)
