"""D18: what is dropped on suspicion becomes a keyless row, within bounds, and never more than what is counted."""

from collections.abc import Iterator
from itertools import count

import pytest

from analytics.ingest import apart as module
from analytics.ingest.apart import KEPT_DAYS, Keeper
from analytics.model import Apart, Attributes, Dropped, Event, Reason, Visitor
from analytics.site import Site
from tests.ingest.station import NOON, Station

CRAWLER = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
SITE = Site(id="shop", domain="shop.example")


@pytest.fixture
def keeper() -> Keeper:
    numbers: Iterator[int] = count(1)
    return Keeper(numbers.__next__)


def dropped(who: str = "GPTBot", at: float = NOON, name: str = "pageview") -> Dropped:
    found = Event(name=name, time=at, hostname="shop.example", path="/", attributes=Attributes(country="US"))
    return Dropped(Reason.BOT, Apart(found, "AI crawler", who))


def kept(keeper: Keeper, *all_dropped: Dropped, tag: int = 1) -> list[bool]:
    return [keeper.row(SITE, Visitor(tag=tag), each, NOON) is not None for each in all_dropped]


def test_the_row_is_the_one_that_the_event_would_have_been_and_why_it_is_not(keeper: Keeper) -> None:
    row = keeper.row(SITE, Visitor(tag=1), dropped(), NOON)
    assert row
    assert (row.day.isoformat(), row.time, row.visitor, row.visit, row.path, row.country) == (
        "2026-03-01", "2026-03-01T11:00:00", 1, 2, "/", "US",
    )  # fmt: skip
    assert (row.reason, row.category, row.who) == ("bot", "AI crawler", "GPTBot")


def test_one_robot_is_one_visitor_in_one_visit(keeper: Keeper) -> None:
    rows = [keeper.row(SITE, Visitor(tag=tag), dropped(at=NOON + after), NOON) for tag, after in ((1, 0), (1, 9), (2, 9))]
    assert [(row.visitor, row.visit, row.seq, row.gap) for row in rows if row] == [(1, 2, 0, 0), (1, 2, 1, 9), (3, 4, 0, 0)]


def test_what_was_refused_for_good_is_not_kept(keeper: Keeper) -> None:
    assert kept(keeper, Dropped(Reason.OPTED_OUT)) == [False]


def test_reading_time_without_a_visit_is_not_kept(keeper: Keeper) -> None:
    assert kept(keeper, dropped(name="engagement")) == [False]


def test_what_could_not_be_restored_any_more_is_not_kept(keeper: Keeper) -> None:
    """Batches have times of their own."""
    assert kept(keeper, dropped(at=NOON - KEPT_DAYS * 86400), dropped(at=NOON - (KEPT_DAYS + 1) * 86400)) == [True, False]


def test_one_that_floods_does_not_crowd_out_the_others(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_OF_ONE", 2)
    assert kept(keeper, *[dropped("a")] * 3, *[dropped("b")] * 3) == [True, True, False] * 2


def test_names_that_strangers_choose_do_not_fill_the_memory(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many of a day the others share one count."""
    monkeypatch.setattr(module, "MOST_NAMES", 2)
    monkeypatch.setattr(module, "MOST_OF_ONE", 2)
    assert kept(keeper, *map(dropped, "abcdea")) == [True, True, True, True, False, True]


def test_a_site_takes_no_more_than_so_many_a_day(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_A_DAY", 2)
    assert kept(keeper, dropped("a"), dropped("b"), dropped("c")) == [True, True, False]
    assert keeper.row(SITE, Visitor(tag=1), dropped("c", NOON + 86400), NOON + 86400), "the next day"


def test_who_they_were_is_forgotten_after_so_many(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Robots do not fill the memory: one that comes again is then another visitor."""
    monkeypatch.setattr(module, "MOST_REMEMBERED", 2)
    visitors = [row.visitor for row in (keeper.row(SITE, Visitor(tag=1), dropped(), NOON) for _ in range(3)) if row]
    assert visitors == [1, 1, 3]


def test_tags_are_forgotten_with_their_key(keeper: Keeper) -> None:
    first = keeper.row(SITE, Visitor(tag=1), dropped(), NOON)
    assert first
    keeper.forget("shop", first.day)
    again = keeper.row(SITE, Visitor(tag=1), dropped(), NOON)
    assert again
    assert (first.visitor, again.visitor) == (1, 3)


def apart(station: Station) -> list[tuple[str, str, str]]:
    return [(row.reason, row.who, row.path) for part in station.ledger.take() for row in part.apart]


def test_d18_a_robots_page_view_is_kept_apart_scrubbed_as_any_other(station: Station) -> None:
    reply = station.view("https://example.org/a/jane@example.org?q=1", agent=CRAWLER)
    assert dict(reply.headers)["x-footfall-dropped"] == "bot"
    assert station.rows == []
    assert apart(station) == [("bot", "GPTBot", "/a/:redacted")]


def test_d20_an_unlisted_hosts_page_view_is_kept_apart(station: Station) -> None:
    station.setting(hostnames=("example.org",))
    station.view("https://evil.example/copy")
    assert apart(station) == [("hostname", "evil.example", "/copy")]


def test_d20_of_an_ignored_host_nothing_is_kept_but_the_count(station: Station) -> None:
    station.setting(hostnames=("example.org",), ignored_hosts=("evil.example",))
    station.view("https://evil.example/copy")
    (part,) = station.ledger.take()
    assert (part.dropped, part.apart) == ({"2026-03-01": {"hostname": 1}}, [])


def test_d24_a_spam_visit_is_kept_apart(station: Station) -> None:
    station.view(r="https://semalt.com/x")
    assert apart(station) == [("spam_referrer", "semalt.com", "/")]


def test_of_those_who_object_nothing_is_kept_though_it_were_a_robot(station: Station) -> None:
    station.view(agent=CRAWLER, dnt="1")
    assert apart(station) == []


def test_a_robot_does_not_join_the_visit_of_a_person_behind_the_same_door(station: Station) -> None:
    """Another map: the same address and browser on an unlisted host is another visitor."""
    station.setting(hostnames=("example.org",))
    station.view("https://example.org/")
    station.view("https://evil.example/")
    (person,), (copied,) = station.rows, [row for part in station.ledger.take() for row in part.apart]
    assert {person.visitor, person.visit}.isdisjoint({copied.visitor, copied.visit})


def test_a_batch_keeps_apart_in_its_own_entry(station: Station) -> None:
    """All of a batch is stored, or nothing."""
    sent = {"n": "pageview", "u": "https://example.org/", "d": "example.org", "timestamp": "2026-03-01T10:00:00+00:00"}
    reply = station.batch({**sent, "ip": "203.0.113.7", "user_agent": CRAWLER})
    assert reply.entry
    (part,) = reply.entry.parts
    assert (part.dropped, [row.who for row in part.apart]) == ({"2026-03-01": {"bot": 1}}, ["GPTBot"])
    assert apart(station) == []
