"""What is one visit, and what a row says of it."""

from datetime import UTC, date, datetime
from itertools import count

import pytest

from analytics.ingest.sessioniser import Sessioniser
from analytics.ingest.visitor_map import MemoryVisitorMap
from analytics.model import Attributes, Dropped, Event, Reason, Row, Visitor
from analytics.site import Site

SITE = Site(id="shop", domain="shop.example", timezone="Europe/Berlin")
PERSON = Visitor(tag=1)
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC).timestamp()


@pytest.fixture
def sessioniser() -> Sessioniser:
    """Numbers visitors and visits 1, 2, 3 ..., so that a test can name them."""
    numbers = count(1)
    return Sessioniser(MemoryVisitorMap(), random=lambda: next(numbers))


def event(at: float, name: str = "pageview", *, path: str = "/", engaged: int = 0, source: str = "") -> Event:
    attributes = Attributes(source=source)
    return Event(name=name, time=at, hostname="shop.example", path=path, attributes=attributes, engaged=engaged)


def row(sessioniser: Sessioniser, visitor: Visitor, of: Event, site: Site = SITE) -> Row:
    made = sessioniser.row(site, visitor, of)
    assert isinstance(made, Row)
    return made


def test_the_first_event_of_a_person_starts_a_visit(sessioniser: Sessioniser) -> None:
    made = row(sessioniser, PERSON, event(NOON, path="/shop", source="Google"))
    assert (made.visitor, made.visit, made.seq, made.gap) == (1, 2, 0, 0)
    assert (made.day, made.time, made.path, made.source) == (date(2026, 6, 1), "2026-06-01T12:00:00", "/shop", "Google")


def test_events_within_half_an_hour_belong_to_the_same_visit(sessioniser: Sessioniser) -> None:
    rows = [row(sessioniser, PERSON, event(NOON + after)) for after in (0, 1800, 3599)]
    assert [(made.visitor, made.visit, made.seq, made.gap) for made in rows] == [(1, 2, 0, 0), (1, 2, 1, 1800), (1, 2, 2, 1799)]


@pytest.mark.parametrize("apart", [0.4, 0.6, 1.5])
def test_t17_the_gaps_of_quick_events_add_up_to_the_time_they_took(sessioniser: Sessioniser, apart: float) -> None:
    """Each gap is of whole seconds; a hundred of them are off by one second at most, not by fifty."""
    rows = [row(sessioniser, PERSON, event(NOON + number * apart)) for number in range(101)]
    assert sum(made.gap for made in rows) == int(100 * apart)


def test_a_longer_pause_starts_another_visit_of_the_same_visitor(sessioniser: Sessioniser) -> None:
    first, second = (row(sessioniser, PERSON, event(NOON + after)) for after in (0, 1801))
    assert (first.visitor, first.visit) == (1, 2)
    assert (second.visitor, second.visit, second.seq, second.gap) == (1, 3, 0, 0)


def test_the_first_event_decides_the_attributes_of_the_whole_visit(sessioniser: Sessioniser) -> None:
    row(sessioniser, PERSON, event(NOON, source="Google"))
    assert row(sessioniser, PERSON, event(NOON + 60, source="Bing")).source == "Google"
    assert row(sessioniser, PERSON, event(NOON + 4000, source="Bing")).source == "Bing"


def test_two_people_are_two_visitors(sessioniser: Sessioniser) -> None:
    first = row(sessioniser, Visitor(tag=1), event(NOON))
    second = row(sessioniser, Visitor(tag=2), event(NOON))
    assert (first.visitor, second.visitor) == (1, 3)


def test_one_tag_on_two_sites_is_two_visitors(sessioniser: Sessioniser) -> None:
    other = Site(id="blog", domain="blog.example")
    assert row(sessioniser, PERSON, event(NOON)).visitor != row(sessioniser, PERSON, event(NOON), other).visitor


def test_the_same_tag_on_another_day_is_another_visitor(sessioniser: Sessioniser) -> None:
    first = row(sessioniser, PERSON, event(NOON))
    second = row(sessioniser, PERSON, event(NOON + 86400))
    assert first.visitor != second.visitor


def test_reading_time_without_a_visit_is_dropped(sessioniser: Sessioniser) -> None:
    assert sessioniser.row(SITE, PERSON, event(NOON, "engagement", engaged=5000)) == Dropped(Reason.NO_VISIT)


def test_reading_time_long_after_the_visit_is_dropped(sessioniser: Sessioniser) -> None:
    row(sessioniser, PERSON, event(NOON))
    assert sessioniser.row(SITE, PERSON, event(NOON + 7200, "engagement", engaged=5000)) == Dropped(Reason.NO_VISIT)


def test_t17_reading_one_page_for_45_minutes_is_one_visit_of_45_minutes(sessioniser: Sessioniser) -> None:
    """The report comes at the end of the reading; what counts is when the reading began."""
    row(sessioniser, PERSON, event(NOON))
    made = row(sessioniser, PERSON, event(NOON + 2700, "engagement", engaged=2_690_000))
    assert (made.visit, made.gap, made.engaged) == (2, 2700, 2_690_000)


def test_t15_midnight_in_the_sites_zone_does_not_split_a_visit(sessioniser: Sessioniser) -> None:
    """23:58 to 00:03 in Berlin: one visit, on both days, with another visitor number on the second."""
    before = datetime(2026, 6, 1, 21, 58, tzinfo=UTC).timestamp()
    first = row(sessioniser, Visitor(tag=11), event(before, source="Google"))
    second = row(sessioniser, Visitor(tag=12, previous_tag=11), event(before + 300))
    third = row(sessioniser, Visitor(tag=12, previous_tag=11), event(before + 360))
    assert (first.day, second.day) == (date(2026, 6, 1), date(2026, 6, 2))
    assert first.visit == second.visit == third.visit
    assert first.visitor != second.visitor == third.visitor
    assert (second.seq, second.gap, second.source, third.gap) == (1, 300, "Google", 60)


def test_t15_a_visit_that_ended_before_midnight_is_not_continued(sessioniser: Sessioniser) -> None:
    before = datetime(2026, 6, 1, 21, 20, tzinfo=UTC).timestamp()
    first = row(sessioniser, Visitor(tag=11), event(before))
    second = row(sessioniser, Visitor(tag=12, previous_tag=11), event(before + 45 * 60))
    assert first.visit != second.visit
    assert first.visitor != second.visitor


def test_an_event_slightly_out_of_order_keeps_its_visit(sessioniser: Sessioniser) -> None:
    row(sessioniser, PERSON, event(NOON))
    early = row(sessioniser, PERSON, event(NOON - 5))
    later = row(sessioniser, PERSON, event(NOON + 10))
    assert (early.visit, early.gap, later.visit, later.gap) == (2, 0, 2, 10)


def test_what_is_forgotten_cannot_be_recognised(sessioniser: Sessioniser) -> None:
    first = row(sessioniser, PERSON, event(NOON))
    sessioniser.visitors.forget("shop", date(2026, 6, 1))
    assert row(sessioniser, PERSON, event(NOON + 60)).visitor != first.visitor


def test_t20_a_flood_of_visitors_does_not_fill_the_memory() -> None:
    """Who came first is forgotten, counted again when they come again, and the day is known for it; other days are as ever."""
    visitors = MemoryVisitorMap(most=20)
    sessioniser = Sessioniser(visitors)
    other = Site(id="other", domain="other.example")
    neighbour = row(sessioniser, PERSON, event(NOON), other)
    first = row(sessioniser, PERSON, event(NOON))
    for tag in range(2, 1_000):
        last = row(sessioniser, Visitor(tag=tag), event(NOON))
    assert len(visitors) <= 22
    assert visitors.take_thinned() == {("shop", date(2026, 6, 1))}
    assert visitors.take_thinned() == set()
    assert row(sessioniser, Visitor(tag=999), event(NOON + 1)).visitor == last.visitor
    assert row(sessioniser, PERSON, event(NOON + 1)).visitor != first.visitor
    assert row(sessioniser, PERSON, event(NOON + 1), other).visit == neighbour.visit
