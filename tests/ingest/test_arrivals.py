"""D13: what came lately and why it was refused; bounded, whatever strangers send."""

from analytics.ingest.arrivals import UNKNOWN, Arrival, Arrivals
from analytics.model import Reason


def arrival(number: int, text: str = "") -> Arrival:
    return Arrival(float(number), "pageview", "example.org", f"/{number}{text}", Reason.BOT)


def test_newest_first_and_no_more_than_fifty_of_a_site() -> None:
    arrivals = Arrivals()
    for number in range(60):
        arrivals.note("shop", arrival(number))
    assert [found.at for found in arrivals.latest("shop")] == [float(number) for number in range(59, 9, -1)]
    assert arrivals.latest("other") == []


def test_no_more_than_two_hundred_of_unknown_sites() -> None:
    arrivals = Arrivals()
    for number in range(300):
        arrivals.note(UNKNOWN, arrival(number))
    assert len(arrivals.latest(UNKNOWN)) == 200


def test_long_texts_are_cut() -> None:
    arrivals = Arrivals()
    arrivals.note("shop", Arrival(0.0, "n" * 5000, "h" * 5000, "/" * 5000, None))
    found = arrivals.latest("shop")[0]
    assert (len(found.name), len(found.hostname), len(found.path)) == (300, 300, 300)
