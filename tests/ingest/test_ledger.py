"""received = counted + dropped: what was refused is added up by site, day and reason."""

from datetime import UTC, datetime

import pytest

from analytics.ingest import ledger as module
from analytics.ingest.ledger import Ledger
from analytics.ingest.spool import Part
from analytics.model import Reason
from analytics.site import NOWHERE, Site
from tests.rows import made_apart

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


def test_what_is_kept_apart_rides_with_its_count() -> None:
    ledger, row = Ledger(), made_apart()
    ledger.drop(SHOP, EVENING, Reason.BOT, row)
    ledger.drop(SHOP, EVENING, Reason.BOT)
    taken = [Part("shop", dropped={"2026-06-02": {"bot": 2}}, apart=[row])]
    assert ledger.take() == taken
    ledger.put_back(taken)
    assert ledger.take() == taken


def test_of_a_flood_that_waits_for_the_disk_the_count_alone_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    ledger = Ledger()
    for _ in range(3):
        ledger.drop(SHOP, EVENING, Reason.BOT, made_apart())
    taken = ledger.take()
    ledger.drop(SHOP, EVENING, Reason.BOT, made_apart())
    ledger.put_back(taken)
    (part,) = ledger.take()
    assert (part.dropped, len(part.apart)) == ({"2026-06-02": {"bot": 4}}, 2)
