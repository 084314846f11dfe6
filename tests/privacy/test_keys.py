"""The keys of the day: when they are made, when they die, and that they are really gone."""

import json
from collections.abc import Iterator
from datetime import date
from itertools import count

import pytest

from analytics.clock import start_of_day
from analytics.privacy.keys import GRACE, IDLE, KEY_BYTES, Keys
from analytics.site import Site

BERLIN = Site(id="b", domain="berlin.example", timezone="Europe/Berlin")
TOKYO = Site(id="t", domain="tokyo.example", timezone="Asia/Tokyo")
DAY = date(2026, 5, 17)
YESTERDAY = date(2026, 5, 16)
MIDNIGHT = start_of_day(DAY, "Europe/Berlin")
NEW_YEAR = start_of_day(date(2026, 1, 2), "Europe/Berlin")
HOUR = 3600.0


@pytest.fixture
def keys() -> Keys:
    """Keys that are easy to tell apart: 1111..., 2222..., in the order they are made."""
    numbers: Iterator[int] = count(1)
    return Keys(lambda size: bytes([next(numbers)]) * size)


def test_a_day_has_one_key_and_every_site_its_own(keys: Keys) -> None:
    """All of a day is one key; another site's tags cannot be compared with it."""
    key, _ = keys.current(BERLIN, MIDNIGHT)
    assert keys.current(BERLIN, MIDNIGHT + 23.9 * HOUR)[0] is key
    assert keys.current(TOKYO, MIDNIGHT)[0] != key
    assert len(key) == KEY_BYTES == 32


def test_keys_come_from_nothing_that_is_kept() -> None:
    """The same site and day in two processes have two keys: nothing can make a key again."""
    assert Keys().current(BERLIN, MIDNIGHT)[0] != Keys().current(BERLIN, MIDNIGHT)[0]


def test_t15_yesterdays_key_is_offered_for_thirty_minutes(keys: Keys) -> None:
    """A visit may cross midnight; half an hour later nothing of yesterday is offered any more."""
    old, _ = keys.current(BERLIN, MIDNIGHT - 1)
    assert keys.current(BERLIN, MIDNIGHT)[1] is old
    assert keys.current(BERLIN, MIDNIGHT + GRACE - 1)[1] is old
    assert keys.current(BERLIN, MIDNIGHT + GRACE)[1] is None


def test_a_day_without_visitors_leaves_no_previous_key(keys: Keys) -> None:
    """Nobody came yesterday: there is nothing to be continued."""
    assert keys.current(BERLIN, MIDNIGHT)[1] is None


def test_t15_forgetting_overwrites_on_schedule(keys: Keys) -> None:
    """Kept until the last second of the half hour, then overwritten with zeros, and the day is named."""
    old, _ = keys.current(BERLIN, MIDNIGHT - 1)
    new, _ = keys.current(BERLIN, MIDNIGHT)
    assert keys.forget(MIDNIGHT + GRACE - 1, [BERLIN]) == []
    assert keys.forget(MIDNIGHT + GRACE, [BERLIN]) == [("b", YESTERDAY)]
    assert old == bytes(32)
    assert new == bytes([2]) * 32


def test_t15_sleeping_over_midnight_changes_nothing(keys: Keys) -> None:
    """A machine suspended at 22:00 and woken at 9:00 does not offer yesterday's key, and forgets it at once."""
    old, _ = keys.current(BERLIN, MIDNIGHT - 2 * HOUR)
    new, previous = keys.current(BERLIN, MIDNIGHT + 9 * HOUR)
    assert (previous, new) == (None, bytes([2]) * 32)
    assert keys.forget(MIDNIGHT + 9 * HOUR, [BERLIN]) == [("b", YESTERDAY)]
    assert old == bytes(32)


def test_every_zone_has_its_own_midnight(keys: Keys) -> None:
    """Tokyo's day is over seven hours before Berlin's."""
    tokyo = start_of_day(DAY, "Asia/Tokyo")
    keys.current(BERLIN, tokyo - 1)
    keys.current(TOKYO, tokyo - 1)
    assert keys.forget(tokyo + GRACE, [BERLIN, TOKYO]) == [("t", YESTERDAY)]


def test_a_clock_that_runs_back_over_midnight_finds_both_keys_again(keys: Keys) -> None:
    """Set back by ten minutes, the old day goes on with its key, and the new day later with its own."""
    old, _ = keys.current(BERLIN, MIDNIGHT - 1)
    new, _ = keys.current(BERLIN, MIDNIGHT + 60)
    assert keys.forget(MIDNIGHT - 540, [BERLIN]) == []
    assert keys.current(BERLIN, MIDNIGHT - 540)[0] is old
    assert keys.current(BERLIN, MIDNIGHT + 60)[0] is new


def test_a_clock_set_right_kills_the_keys_of_days_that_are_not(keys: Keys) -> None:
    """A clock a week ahead makes a key for a day that is not; it dies when the clock is right again."""
    key, _ = keys.current(BERLIN, MIDNIGHT + 7 * 24 * HOUR)
    assert keys.forget(MIDNIGHT, [BERLIN]) == [("b", date(2026, 5, 24))]
    assert key == bytes(32)


def test_a_site_moved_to_another_zone_keeps_no_key_of_another_day(keys: Keys) -> None:
    """At 20:00 in Berlin it is tomorrow in Tokyo: the key of Berlin's day dies."""
    evening = MIDNIGHT + 20 * HOUR
    old, _ = keys.current(BERLIN, evening)
    moved = Site(id="b", domain="berlin.example", timezone="Asia/Tokyo")
    new, previous = keys.current(moved, evening)
    assert (new is old, previous) == (False, None)
    assert keys.forget(evening, [moved]) == [("b", DAY)]
    assert old == bytes(32)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [("Africa/Cairo", date(2026, 4, 24), 23), ("America/Havana", date(2026, 11, 1), 25), ("Pacific/Apia", date(2011, 12, 31), 24)],
)
def test_days_whose_midnight_is_jumped_over_or_comes_late(keys: Keys, zone: str, day: date, hours: int) -> None:
    """Clocks that change at midnight, and a day (30 December 2011) that Samoa left out: the day before still counts."""
    site = Site(id="z", domain="z.example", timezone=zone)
    begin = start_of_day(day, zone)
    old, _ = keys.current(site, begin - 1)
    new, previous = keys.current(site, begin)
    assert (previous is old, new is old) == (True, False)
    assert keys.current(site, begin + hours * HOUR - 1)[0] is new
    assert keys.current(site, begin + hours * HOUR)[0] is not new


def test_a_removed_site_has_no_keys(keys: Keys) -> None:
    """When a site goes, its keys go with the next round."""
    key, _ = keys.current(BERLIN, MIDNIGHT)
    past, _ = keys.backdated(BERLIN, MIDNIGHT - 1, MIDNIGHT + GRACE)
    assert keys.forget(MIDNIGHT, [TOKYO]) == [("b", YESTERDAY), ("b", DAY)]
    assert (key, past) == (bytes(32), bytes(32))


def test_a_past_day_has_a_key_of_its_own_while_batches_come(keys: Keys) -> None:
    """Never the key that was live that day; it lives until the stream has been idle for 30 minutes."""
    live = bytes(keys.current(BERLIN, MIDNIGHT - 1)[0])
    later = MIDNIGHT + GRACE
    past, _ = keys.backdated(BERLIN, MIDNIGHT - 1, later)
    assert past != live
    assert keys.backdated(BERLIN, MIDNIGHT - 1, later + IDLE - 1)[0] is past
    assert keys.forget(later, [BERLIN]) == [], "the live key is gone, the other still counts for that day"
    assert keys.forget(later + 2 * IDLE - 1, [BERLIN]) == [("b", YESTERDAY)]
    assert past == bytes(32)
    assert keys.backdated(BERLIN, MIDNIGHT - 1, later + 2 * IDLE)[0] != past


def test_t15_a_batch_that_was_on_its_way_at_midnight_finds_the_live_key(keys: Keys) -> None:
    """For as long as that key is kept: else everybody whose last page came a second late would be two people."""
    live, _ = keys.current(BERLIN, MIDNIGHT - 60)
    assert keys.backdated(BERLIN, MIDNIGHT - 1, MIDNIGHT + 1)[0] is live
    assert keys.backdated(BERLIN, MIDNIGHT - 1, MIDNIGHT + GRACE - 1)[0] is live
    assert keys.backdated(BERLIN, MIDNIGHT - 86401, MIDNIGHT + 1)[0] is not live
    assert keys.backdated(BERLIN, MIDNIGHT - 1, MIDNIGHT + GRACE)[0] is not live


def test_t15_a_visit_in_a_batch_may_cross_midnight_too(keys: Keys) -> None:
    """The key of the past day before is known for half an hour, if the batches had events of it."""
    now = MIDNIGHT + 20 * 86400
    assert keys.backdated(BERLIN, MIDNIGHT + 60, now)[1] is None
    before, _ = keys.backdated(BERLIN, MIDNIGHT - 60, now)
    assert keys.backdated(BERLIN, MIDNIGHT + 60, now)[1] is before
    assert keys.backdated(BERLIN, MIDNIGHT + GRACE, now)[1] is None


def test_a_planned_restart_hands_the_keys_on(keys: Keys) -> None:
    """As JSON through memory: the next process makes the same tags, and forgets on the same schedule."""
    live, _ = keys.current(BERLIN, MIDNIGHT - 1)
    past, _ = keys.backdated(BERLIN, NEW_YEAR, MIDNIGHT)
    heir = Keys()
    heir.restore(json.loads(json.dumps(keys.dump())))
    assert heir.current(BERLIN, MIDNIGHT)[1] == live
    assert heir.backdated(BERLIN, NEW_YEAR, MIDNIGHT)[0] == past
    assert heir.forget(MIDNIGHT + IDLE, [BERLIN]) == [("b", date(2026, 1, 2)), ("b", YESTERDAY)]


def test_keys_do_not_show_themselves(keys: Keys) -> None:
    """Not in a traceback, not in a log."""
    key, _ = keys.current(BERLIN, MIDNIGHT)
    assert key.hex() not in repr(keys)
    assert repr(bytes(key)) not in repr(keys)
