"""received = counted + dropped: what was refused is added up by site, day and reason."""

from datetime import UTC, datetime

from analytics.ingest.ledger import Ledger
from analytics.ingest.spool import Part
from analytics.model import NOWHERE, Reason, Site

SHOP = Site(id="shop", domain="shop.example", timezone="Asia/Tokyo")
EVENING = datetime(2026, 6, 1, 16, 0, tzinfo=UTC).timestamp()
"""The 2nd of June in Tokyo."""


def test_refusals_add_up_on_the_sites_own_day() -> None:
    ledger = Ledger()
    for reason in (Reason.BOT, Reason.BOT, Reason.OPTED_OUT):
        ledger.drop(SHOP, EVENING, reason)
    assert ledger.take() == [Part("shop", dropped={"2026-06-02": {"bot": 2, "opted_out": 1}})]


def test_what_was_taken_is_not_counted_again() -> None:
    ledger = Ledger()
    ledger.drop(SHOP, EVENING, Reason.BOT)
    ledger.take()
    assert ledger.take() == []


def test_what_could_not_be_stored_is_counted_with_the_next() -> None:
    ledger = Ledger()
    ledger.drop(SHOP, EVENING, Reason.BOT)
    taken = ledger.take()
    ledger.drop(SHOP, EVENING, Reason.BOT)
    ledger.put_back(taken)
    assert ledger.take() == [Part("shop", dropped={"2026-06-02": {"bot": 2}})]


def test_events_for_no_site_here_have_a_ledger_of_their_own() -> None:
    ledger = Ledger()
    ledger.drop(None, EVENING, Reason.UNKNOWN_SITE)
    assert ledger.take() == [Part(NOWHERE.id, dropped={"2026-06-01": {"unknown_site": 1}})]
