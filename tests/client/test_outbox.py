"""Events wait in memory and are delivered once, or are counted as lost."""

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from analytics.client.event import Event, compose
from analytics.client.notices import Notices
from analytics.client.outbox import MOST_BYTES, MOST_EVENTS, MOST_HELD, Outbox, Tally
from analytics.client.post import Answer, Collector
from tests.client.conftest import Scripted

NOW = 1_800_000_000.0
MakeOutbox = Callable[..., Outbox]


@pytest.fixture
def make_outbox(collector: Scripted) -> Iterator[MakeOutbox]:
    """Sends to the scripted collector, and does not wait between attempts."""
    made = []

    def make(linger: float = 0, most: int = 10_000, clock: Callable[[], float] = lambda: NOW, pause: float = 0) -> Outbox:
        post = Collector(collector.url, "key")
        made.append(
            Outbox(post, most=most, linger=linger, timeout=5, notices=Notices(), clock=clock, pauses=(pause,) * 100)
        )
        return made[-1]

    yield make
    for outbox in made:
        outbox.close(5)


def event(name: str = "pageview", at: float = NOW, **props: object) -> Event:
    return compose(at, name, "https://example.org/", {"visitor": "v"}, props=props)


def names(collector: Scripted) -> list[str]:
    return [event["n"] for event in collector.events]


def test_what_comes_together_travels_together(collector: Scripted, make_outbox: MakeOutbox) -> None:
    """One batch, in order, under one key, to the address and with the key of the settings."""
    outbox = make_outbox(linger=60)
    for name in ("a", "b", "c"):
        outbox.put(event(name))
    assert outbox.flush(10)
    (request,) = collector.requests
    assert [event["n"] for event in request["events"]] == ["a", "b", "c"]
    assert len(request["idempotency_key"]) == 32
    sent = collector.headers[0]
    assert (sent["path"], sent["authorization"], sent["content-type"]) == ("/api/events", "Bearer key", "application/json")
    assert outbox.tally() == Tally(waiting=0, accepted=3, dropped={}, lost={})


def test_a_full_batch_does_not_wait_for_more(collector: Scripted, make_outbox: MakeOutbox) -> None:
    outbox = make_outbox(linger=60)
    for _ in range(MOST_EVENTS):
        outbox.put(event())
    collector.wait_for(1)
    assert len(collector.requests[0]["events"]) == MOST_EVENTS


def test_a_batch_is_no_longer_than_proxies_let_through(collector: Scripted, make_outbox: MakeOutbox) -> None:
    """Three events of 200 kB are two requests."""
    outbox = make_outbox(linger=60)
    for name in ("a", "b", "c"):
        outbox.put(event(name, text="x" * (MOST_BYTES * 2 // 5)))
    assert outbox.flush(10)
    assert [[event["n"] for event in request["events"]] for request in collector.requests] == [["a", "b"], ["c"]]


@pytest.mark.parametrize("status", [0, 301, 401, 404, 429, 500, 502, 503])
def test_what_was_not_taken_is_sent_again_under_the_same_key(collector: Scripted, make_outbox: MakeOutbox, status: int) -> None:
    """The collector counts it once, whichever attempt it understood."""
    collector.answer(status)
    collector.answer(status)
    outbox = make_outbox()
    outbox.put(event("a"))
    assert outbox.flush(10)
    assert len({request["idempotency_key"] for request in collector.requests}) == 1
    assert [request["events"] for request in collector.requests] == [collector.requests[0]["events"]] * 3
    assert outbox.tally() == Tally(waiting=0, accepted=1, dropped={}, lost={})


def test_an_answer_that_never_comes_is_waited_for_so_long(make_outbox: MakeOutbox) -> None:
    """A collector that takes the connection and says nothing costs the timeout, not the thread."""
    silent = Scripted()
    silent.server.shutdown()  # the socket still listens; nobody answers
    assert Collector(silent.url, "key")(b"{}", 0.1) == Answer(0, error="TimeoutError")
    silent.server.server_close()


def test_the_collector_may_say_how_long_to_wait(collector: Scripted) -> None:
    collector.answer(503, retry_after="5")
    collector.answer(503, retry_after="Wed, 21 Oct 2026 07:28:00 GMT")
    post = Collector(collector.url, "key")
    assert [post(b'{"events": []}', 5).wait for _ in range(2)] == [5, 0]


def test_an_event_that_is_refused_does_not_take_the_others_with_it(collector: Scripted, make_outbox: MakeOutbox) -> None:
    """The collector refuses a batch whole; what it names is left out, and the rest is sent."""
    errors = [{"index": 1, "field": "url", "message": "at most"}, {"index": 3, "field": "props", "message": "a key"}]
    collector.answer(400, {"errors": errors})
    outbox = make_outbox(linger=60)
    for name in ("a", "b", "c", "d"):
        outbox.put(event(name))
    assert outbox.flush(10)
    assert names(collector) == ["a", "b", "c", "d", "a", "c"]
    assert outbox.tally() == Tally(waiting=0, accepted=2, dropped={}, lost={"invalid": 2})


STRANGE = {
    "no JSON": None,
    "a list": [],
    "no list": {"errors": "wrong"},
    "no index": {"errors": [{"field": "url"}]},
    "an index beyond": {"errors": [{"index": 7, "field": "url"}]},
}


@pytest.mark.parametrize("content", STRANGE.values(), ids=STRANGE)
def test_an_answer_that_is_not_the_collectors_loses_nothing(collector: Scripted, make_outbox: MakeOutbox, content: object) -> None:
    """A proxy's own 400 names no event: the batch is sent again."""
    collector.answer(400, content)
    outbox = make_outbox()
    outbox.put(event("a"))
    assert outbox.flush(10)
    assert names(collector) == ["a", "a"]
    assert outbox.tally().accepted == 1


def test_a_batch_that_is_refused_as_such_is_given_up(collector: Scripted, make_outbox: MakeOutbox) -> None:
    collector.answer(400, {"errors": [{"index": None, "field": "events", "message": "must be a list"}]})
    outbox = make_outbox()
    outbox.put(event())
    assert outbox.flush(10)
    assert outbox.tally() == Tally(waiting=0, accepted=0, dropped={}, lost={"invalid": 1})


def test_what_the_collector_refuses_on_purpose_is_counted_by_its_reason(collector: Scripted, make_outbox: MakeOutbox) -> None:
    collector.answer(202, {"accepted": 1, "dropped": {"bot": 2}})
    outbox = make_outbox(linger=60)
    for _ in range(3):
        outbox.put(event())
    assert outbox.flush(10)
    assert outbox.tally() == Tally(waiting=0, accepted=1, dropped={"bot": 2}, lost={})


def test_when_there_is_no_room_the_oldest_goes(collector: Scripted, make_outbox: MakeOutbox) -> None:
    outbox = make_outbox(linger=60, most=2)
    for name in ("a", "b", "c"):
        outbox.put(event(name))
    assert outbox.flush(10)
    assert names(collector) == ["b", "c"]
    assert outbox.tally().lost == {"queue_full": 1}


def test_nobodys_address_is_held_longer_than_an_hour(collector: Scripted, make_outbox: MakeOutbox) -> None:
    """What is too old is given up between two attempts; the younger ones go on under the same key."""
    times = iter([NOW, NOW + 2])
    collector.answer(503)
    outbox = make_outbox(linger=60, clock=lambda: next(times))
    outbox.put(event("old", NOW - MOST_HELD + 1))
    outbox.put(event("young", NOW))
    assert outbox.flush(10)
    assert names(collector) == ["old", "young", "young"]
    assert len({request["idempotency_key"] for request in collector.requests}) == 1
    assert outbox.tally() == Tally(waiting=0, accepted=1, dropped={}, lost={"too_old": 1})


def test_at_the_end_each_is_tried_once_more(collector: Scripted, make_outbox: MakeOutbox) -> None:
    """What waits for more, or between two attempts, is sent at once."""
    outbox = make_outbox(linger=60)
    outbox.put(event("a"))
    outbox.close(10)
    assert names(collector) == ["a"]

    collector.answer(503)
    outbox = make_outbox(pause=60)
    outbox.put(event("b"))
    collector.wait_for(2)
    outbox.put(event("c"))
    outbox.close(10)
    assert names(collector) == ["a", "b", "c"]


def test_the_end_takes_no_longer_than_it_may(make_outbox: MakeOutbox, caplog: pytest.LogCaptureFixture) -> None:
    """A collector that does not answer cannot keep a process alive; what is lost is said."""
    asked, over = threading.Event(), threading.Event()

    def never(body: bytes, timeout: float) -> Answer:
        asked.set()
        over.wait(30)
        return Answer(0, error="TimeoutError")

    outbox = Outbox(never, most=10, linger=0, timeout=30, notices=Notices(), clock=lambda: NOW)
    outbox.put(event())
    assert asked.wait(10)
    outbox.close(0.05)
    over.set()
    assert [record.message for record in caplog.records] == ["1 events were not delivered before the end of the process"]


def test_problems_are_told_once_each_and_tell_nothing_of_anybody(
    collector: Scripted, make_outbox: MakeOutbox, caplog: pytest.LogCaptureFixture
) -> None:
    """By cause; and when it works again. What a collector, or what stands in its place, answers is not repeated."""
    for status in (0, 0, 503, 503, 401):
        collector.answer(status, {"error": "203.0.113.9"})
    collector.answer(400, {"errors": [{"index": 0, "field": "203.0.113.9", "message": "203.0.113.9"}]})
    outbox = make_outbox(linger=60)
    outbox.put(event("a"))
    outbox.put(event("b"))
    assert outbox.flush(10)
    assert [(record.name, record.levelno, record.message) for record in caplog.records] == [
        ("footfall", logging.WARNING, message)
        for message in (
            "the collector does not take events (RemoteDisconnected): events wait, and are sent again",
            "the collector does not take events (status 503): events wait, and are sent again",
            "the collector does not take events (status 401): is the key right, and does it have the scope events?",
            "the collector refuses events for their form",
            "the collector takes events again",
        )
    ]


def test_an_event_shows_nothing_of_itself() -> None:
    """It may stand in a traceback, or in what a service that collects errors makes of one."""
    sent = compose(NOW, "a", "https://example.org/", {"ip": "203.0.113.9", "user_agent": "Mozilla"})
    assert "203" not in repr(sent)
    assert b'"ip":"203.0.113.9"' in sent.body


def test_threads_may_put_at_once(collector: Scripted, make_outbox: MakeOutbox) -> None:
    """Eight threads, 2,000 events, none lost and none twice."""
    outbox = make_outbox()

    def put(thread: int) -> None:
        for number in range(250):
            outbox.put(event(f"{thread}.{number}"))

    threads = [threading.Thread(target=put, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outbox.flush(20)
    assert sorted(names(collector)) == sorted(f"{thread}.{number}" for thread in range(8) for number in range(250))
