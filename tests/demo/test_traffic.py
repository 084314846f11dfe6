"""The made-up year: the same every time, plausible, and in the service's terms."""

from collections import Counter
from datetime import UTC, date, datetime
from itertools import pairwise, takewhile
from statistics import mean
from urllib.parse import urlsplit

import pytest

from analytics.clock import local_time
from analytics.demo import catalogue, traffic
from analytics.demo.traffic import Batch, Wire
from analytics.ingest.spam import is_spam

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC).timestamp()
YEAR = 365 * 86400


@pytest.fixture(scope="module")
def year() -> list[Wire]:
    return [event for batch in traffic.batches(NOW - YEAR, NOW) for event in batch.events]


def people(events: list[Wire]) -> list[Wire]:
    return [event for event in events if "country" in event]


def test_the_same_stretch_of_time_gives_the_same_batches() -> None:
    """Deterministic by seed: a demo that was interrupted sends what it sent before, under the same keys."""
    first, again = (list(traffic.batches(NOW - 20 * 86400, NOW)) for _ in range(2))
    assert first == again
    assert first != list(traffic.batches(NOW - 20 * 86400, NOW, seed=1))


def test_full_batches_do_not_depend_on_where_the_stretch_ends() -> None:
    """What was sent before an interruption is what would have been sent without it."""
    short, long = (list(traffic.batches(NOW - 30 * 86400, until)) for until in (NOW - 5 * 86400, NOW))
    assert len(short) > 5
    assert long[: len(short) - 1] == short[:-1]
    assert short[-1].idempotency_key not in {batch.idempotency_key for batch in long}


def test_a_stretch_in_two_parts_holds_the_same_events_as_in_one() -> None:
    def events(after: float, until: float) -> list[Wire]:
        return [event for batch in traffic.batches(after, until) for event in batch.events]

    middle = NOW - 3.3 * 86400
    assert events(NOW - 7 * 86400, middle) + events(middle, NOW) == events(NOW - 7 * 86400, NOW)


def test_batches_keep_to_the_limits_of_the_interface() -> None:
    """Up to 1,000 events, keys of up to 128 characters, each key once."""
    batches = list(traffic.batches(NOW - YEAR, NOW))
    assert all(0 < len(batch.events) <= 1000 for batch in batches)
    keys = [batch.idempotency_key for batch in batches]
    assert max(map(len, keys)) <= 128
    assert len(set(keys)) == len(keys)


def test_events_come_in_order_of_time_and_none_from_outside_the_stretch(year: list[Wire]) -> None:
    times = [traffic.time_of(event) for event in year]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert times[0] >= NOW - YEAR
    assert times[-1] <= NOW


def test_a_year_is_about_a_hundred_thousand_events(year: list[Wire]) -> None:
    assert 60_000 < len(year) < 130_000


def test_every_event_says_who_it_was_and_when(year: list[Wire]) -> None:
    """Either the caller's label, or an address and a User-Agent; and a time with its offset."""
    assert all(("visitor" in event) != ("ip" in event and "user_agent" in event) for event in year)
    assert all(datetime.fromisoformat(event["timestamp"]).tzinfo for event in year)


def test_one_label_is_one_person_with_one_country_browser_and_device(year: list[Wire]) -> None:
    facts: dict[str, set[tuple[str, ...]]] = {}
    for event in people(year):
        facts.setdefault(event["visitor"], set()).add((event["country"], event["browser"], event["os"], event["device"]))
    assert {len(seen) for seen in facts.values()} == {1}


def test_weekends_are_busier_and_nights_are_quiet(year: list[Wire]) -> None:
    views = [local_time(traffic.time_of(event), catalogue.TIMEZONE) for event in people(year) if event["n"] == "pageview"]
    days = Counter(view.weekday() for view in views)
    assert mean(days[day] for day in (5, 6)) > 1.1 * mean(days[day] for day in range(5))
    hours = Counter(view.hour for view in views)
    assert hours[20] > 8 * hours[3]


def test_every_section_source_and_campaign_is_there(year: list[Wire]) -> None:
    views = [urlsplit(event["u"]) for event in people(year) if event["n"] == "pageview"]
    assert {view.path for view in views} == {page.path for page in catalogue.PAGES} | set(catalogue.MISSING)
    assert {event.get("r", "") for event in people(year)} >= {source.referrer for source in catalogue.SOURCES}
    for campaign in catalogue.CAMPAIGNS:
        assert any(f"utm_campaign={campaign.name}" in view.query for view in views), campaign.name


def test_between_half_and_two_thirds_come_on_a_phone(year: list[Wire]) -> None:
    devices = Counter({event["visitor"]: event["device"] for event in people(year)}.values())
    assert 0.45 < devices["Mobile"] / devices.total() < 0.65
    assert set(devices) == {"Mobile", "Desktop", "Tablet"}


def test_some_events_are_to_be_refused_so_that_the_ledger_has_rows(year: list[Wire]) -> None:
    """Robots, reading time without a visit, and a referrer that is spam."""
    refused = [event for event in year if "country" not in event]
    assert 0.01 < len(refused) / len(year) < 0.1
    assert {event["user_agent"] for event in refused if "user_agent" in event} == set(catalogue.ROBOTS)
    assert any(event["n"] == "engagement" for event in refused)
    assert any(is_spam(urlsplit(event.get("r", "")).hostname or "") for event in refused)


def test_every_event_is_for_the_one_site_that_the_key_is_for(year: list[Wire]) -> None:
    assert {event["d"] for event in year} == {catalogue.DOMAIN}


def test_a_visit_that_begins_before_midnight_goes_on_after_it() -> None:
    """Nothing is lost where one made-up day meets the next."""
    after, until = (datetime(2026, 5, day, tzinfo=UTC).timestamp() for day in (4, 18))
    sent = Counter(event["timestamp"] for batch in traffic.batches(after, until) for event in batch.events)
    made = Counter(
        event["timestamp"] for day in range(3, 18) for at, event in traffic.day_of(date(2026, 5, day)) if after < at <= until
    )
    assert sent == made


def test_there_is_something_for_every_panel_of_events(year: list[Wire]) -> None:
    """Under the names, and with the properties, that the script gives them; revenue in the goal's currency."""
    carried: dict[str, set[str]] = {}
    for event in people(year):
        carried.setdefault(event["n"], set()).update(event.get("p", {}))
    rated = {name for vital in catalogue.VITALS for name in (vital, f"{vital}_rating")}
    assert carried == {
        "pageview": set(), "engagement": set(), "Add to basket": {"product", "size"}, "Purchase": {"product", "delivery"},
        "Newsletter sign-up": {"place"}, "Outbound Link: Click": {"url"}, "File Download": {"url"},
        "Form: Submission": {"path"}, "404": {"path", "from"}, "Web Vitals": rated,
    }  # fmt: skip
    assert {event["$"]["currency"] for event in people(year) if "$" in event} == {"GBP"}
    assert {event["p"]["lcp_rating"] for event in people(year) if event["n"] == "Web Vitals"} == {"good", "needs-improvement", "poor"}


def test_the_first_page_alone_carries_where_the_visit_came_from(year: list[Wire]) -> None:
    assert not [event for event in year if event["n"] != "pageview" and ("r" in event or "utm_" in event["u"])]


def test_batches_are_made_as_they_are_asked_for() -> None:
    """A year need not be in memory at once."""
    some = list(takewhile(lambda batch: traffic.time_of(batch.events[-1]) < 60 * 86400, traffic.batches(0, 300 * YEAR)))
    assert isinstance(some[0], Batch)
