"""D18: bursts of one-hit visitors from one network are held apart; offices, schools, carriers and viral links are not (T20)."""

from random import Random

import pytest

from analytics.ingest.bursts import CROWD, MOST_VISITORS, SETTLED, WINDOW, Bursts
from analytics.model import Visitor
from tests.ingest.crowds import HOUR, MINUTE, Event, anywhere, farm, one_of, people, refused

SEEDS = range(5)


def site(random: Random, hours: float = 4, an_hour: int = 60) -> list[Event]:
    """An ordinary small site: people from everywhere, every sixth of whom is heard of once."""
    return people(random, int(hours * an_hour), anywhere(random), hours * HOUR, silent=1 / 6)


CROWDS = {
    "an office of 50 behind one address": lambda r: people(r, 50, one_of(r, 1), 10 * MINUTE, start=HOUR),
    "a company of 600 that is sent one link": lambda r: people(r, 600, one_of(r, 2), 15 * MINUTE, start=HOUR),
    "a school of 1,200 in the break": lambda r: people(r, 1200, one_of(r, 1), 20 * MINUTE, mean=240, start=HOUR),
    "an exam: 300 students stay on the page": lambda r: people(r, 300, one_of(r, 1), 15 * MINUTE, mean=2400, start=HOUR),
    "a mobile carrier's 20 networks": lambda r: people(r, 9000, one_of(r, 20), 3 * HOUR, silent=0.3, mean=30),
    "a link gone viral at one carrier": lambda r: people(r, 8000, one_of(r, 3), 30 * MINUTE, silent=0.35, mean=20, start=HOUR),
    "a poor line: six of ten are never heard of again": lambda r: people(r, 3000, one_of(r, 2), HOUR, silent=0.6, start=HOUR),
    "everybody behind one proxy": lambda r: people(r, 4000, one_of(r, 1), 4 * HOUR, silent=0.3),
}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("crowd", CROWDS)
def test_t20_people_pass_however_many_share_a_network(crowd: str, seed: int) -> None:
    """Not one event of anybody is refused."""
    random = Random(seed)
    assert refused(site(random) + CROWDS[crowd](random)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_t20_a_site_whose_clients_report_page_views_alone_holds_nobody_apart(seed: int) -> None:
    """A pixel, a server: no second event ever comes, so one event says nothing."""
    random = Random(seed)
    everybody = people(random, 2000, anywhere(random), 4 * HOUR, silent=0.97) + people(random, 3000, one_of(random, 2), HOUR, silent=1)
    assert refused(everybody) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_t20_a_link_gone_viral_in_an_app_whose_browser_never_says_goodbye_is_no_burst(seed: int) -> None:
    """Apps close their browser without telling the page: one event is all that anybody in it does, at home as at a carrier.
    Neither they nor those beside them who use another browser are refused."""
    random = Random(seed)
    in_the_app = people(random, 3000, one_of(random, 3), HOUR, silent=0.995, start=HOUR)
    at_home = people(random, 100, anywhere(random), HOUR, silent=0.995, start=HOUR)
    beside_them = people(random, 60, one_of(random, 3), HOUR, silent=0.2, start=HOUR)
    kinds = {visitor: "Instagram" for _, visitor, _, _ in in_the_app + at_home}
    assert refused(site(random) + in_the_app + at_home + beside_them, kinds=kinds) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_d18_a_farm_under_two_names_is_two_farms(seed: int) -> None:
    """Each kind is held apart by itself, as soon as there is a crowd of it and people elsewhere to compare it with."""
    random = Random(seed)
    chrome, firefox = (farm(random, 2500, one_of(random, 1), 2 * HOUR, start=2 * HOUR) for _ in range(2))
    readers = site(random)
    kinds = {visitor: "Firefox" for _, visitor, _, _ in [*firefox, *readers[: len(readers) // 2]]}
    held = refused(readers + chrome + firefox, kinds=kinds)
    assert set(held) <= {*chrome, *firefox}
    assert min(len(set(held) & set(chrome)), len(set(held) & set(firefox))) > 2_000


@pytest.mark.parametrize("seed", SEEDS)
def test_d18_a_farm_in_one_network_is_held_apart_but_for_its_beginning(seed: int) -> None:
    """5,000 in two hours on a site with 60 people an hour: what comes in the first minutes is let through, and no person is refused."""
    random = Random(seed)
    people_there, bots = site(random), farm(random, 5000, one_of(random, 1), 2 * HOUR, start=2 * HOUR)
    held = refused(people_there + bots)
    assert set(held) <= set(bots)
    let_through = len(bots) - len(held)
    assert CROWD <= let_through <= 420
    assert max(event[0] for event in set(bots) - set(held)) < 2 * HOUR + 11 * MINUTE


@pytest.mark.parametrize("seed", SEEDS)
def test_d18_people_in_the_network_of_a_farm_count_from_their_second_event_on(seed: int) -> None:
    """A neighbour in the same /24 loses the first page view until reading time or another page comes; the next ones count."""
    random = Random(seed)
    bots = farm(random, 5000, one_of(random, 1), 2 * HOUR, start=2 * HOUR)
    neighbour = [(3 * HOUR, 7, 1, False), (3 * HOUR + 20, 7, 1, False), (3 * HOUR + 40, 7, 1, False)]
    held = refused(site(random) + bots + neighbour)
    assert [event for event in held if event[1] == 7] == neighbour[:1]


def test_a_burst_is_forgotten_half_an_hour_after_it_ended() -> None:
    random = Random(1)
    watch = Bursts()
    assert refused(site(random) + farm(random, 1000, one_of(random, 1), HOUR, start=2 * HOUR), watch)
    late = 3 * HOUR + WINDOW + SETTLED + 60
    assert watch.allows("s", Visitor(tag=1, network=1), late)


def test_nothing_is_a_burst_before_the_site_had_witnesses() -> None:
    """The first visitors of a new site, whoever they are, are counted."""
    random = Random(1)
    assert refused(farm(random, 5000, one_of(random, 1), 2 * HOUR)) == []


def test_sites_do_not_know_of_each_other() -> None:
    """People on one site are no witnesses for another."""
    random = Random(1)
    watch = Bursts()
    assert refused(site(random), watch, "one") == []
    assert refused(farm(random, 1000, one_of(random, 1), HOUR, start=4 * HOUR), watch, "two") == []


def test_who_has_no_network_is_not_watched() -> None:
    """Visitors by label, and connections without an address."""
    watch = Bursts()
    assert all(watch.allows("s", Visitor(tag=tag), 0.0) for tag in range(1000))
    assert len(watch) == 0


def test_memory_is_bounded_and_empties_itself() -> None:
    """At most so many visitors are remembered, those beyond pass; half an hour later none is left."""
    watch = Bursts(most_visitors=1000)
    assert all(watch.allows("s", Visitor(tag=tag, network=1 + tag % 7), tag / 10) for tag in range(2000))
    assert len(watch) == 1000
    assert watch.allows("s", Visitor(tag=1, network=1), 100 + WINDOW + SETTLED)
    assert len(watch) == 1
    assert len(watch._crowds) == 1
    assert MOST_VISITORS == 100_000
