"""Days of a zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.clock import local_day, start_of_day


@given(
    st.integers(0, 4_000_000_000),
    st.sampled_from([0.0, 0.25, 0.999]),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "Africa/Monrovia", "Pacific/Apia", "America/St_Johns"]),
)
def test_a_day_is_the_one_that_the_zones_calendar_shows(second: int, part: float, zone: str) -> None:
    """In any part of a second; Monrovia was half a minute beside the full ones until 1972, Apia left a day out."""
    assert local_day(second + part, zone) == datetime.fromtimestamp(second, ZoneInfo(zone)).date()


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
def test_midnight_is_the_next_day_and_the_moment_before_it_is_not(zone: str) -> None:
    day = local_day(1_800_000_000, zone)
    midnight = start_of_day(day, zone)
    assert local_day(midnight, zone) == day
    assert local_day(midnight - 0.001, zone) < day
