"""Made-up crowds for ``bursts``: who comes from which network at which second, and when they do a second thing.

Each crowd is a list of events ``(second, visitor, network, lively)``. People look at a page for a while that is spread as in
the literature (Weibull with a shape below 1: most leave early, some stay long; Liu, White, Dumais 2010); the script
tells when they look away, leave or go on. A share of them is never heard of again: closed at once, offline, blocked.
"""

from collections.abc import Callable, Iterable, Mapping
from random import Random

from analytics.ingest.bursts import Bursts
from analytics.model import Visitor

Event = tuple[float, int, int, bool]
MINUTE = 60.0
HOUR = 3600.0


def people(
    random: Random, count: int, networks: Callable[[], int], seconds: float, *, silent: float = 0.1, mean: float = 60.0,
    start: float = 0.0,
) -> list[Event]:  # fmt: skip
    """``count`` people who come within ``seconds``; ``silent`` is the share that only one event is heard of."""
    events: list[Event] = []
    for _ in range(count):
        visitor, network, at = random.getrandbits(63), networks(), start + random.uniform(0, seconds)
        events.append((at, visitor, network, False))
        if random.random() >= silent:
            events.append((at + random.weibullvariate(mean, 0.7), visitor, network, True))
    return events


def farm(random: Random, count: int, networks: Callable[[], int], seconds: float, *, start: float = 0.0) -> list[Event]:
    """``count`` made-up visitors, each of which asks one page."""
    return [(start + random.uniform(0, seconds), random.getrandbits(63), networks(), False) for _ in range(count)]


def refused(
    events: Iterable[Event], watch: Bursts | None = None, site: str = "s", *, kinds: Mapping[int, str] | None = None
) -> list[Event]:
    """The events that the watch holds apart, in the order of time; ``kinds`` says whose kind is another than all others'."""
    watch, kinds = watch or Bursts(), kinds or {}
    return [
        event
        for event in sorted(events)
        if not watch.allows(
            site, Visitor(tag=event[1], network=event[2]), event[0], kind=kinds.get(event[1], ""), lively=event[3]
        )
    ]


def anywhere(random: Random) -> Callable[[], int]:
    """Networks of people at home: rarely twice the same."""
    return lambda: random.randrange(1_000_000, 3_000_000)


def one_of(random: Random, count: int, first: int = 1) -> Callable[[], int]:
    """A few networks that everybody shares."""
    return lambda: first + random.randrange(count)
