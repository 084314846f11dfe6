"""Visits over midnight: in the roll-ups of a month where all of their days are, and read as they lie where not."""

from datetime import date
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analytics.query.rollups import ROLLED
from tests.query.reference import Reference
from tests.query.rows import Asked, MemoryStore
from tests.query.test_exactness import METRICS, visits

FIRST, ZONE = date(2026, 2, 26), "Europe/Berlin"
"""Three days before the end of a month."""
NEAR_MIDNIGHT = st.tuples(st.integers(0, 5), st.integers(-2 * 3600, 2 * 3600)).map(lambda pair: (pair[0] + 1) * 86_400 + pair[1])
EVENT = st.fixed_dictionaries({
    "name": st.sampled_from(["pageview", "engagement"]), "path": st.sampled_from(["/a/1", "/b"]), "revenue": st.none(),
    "engaged": st.sampled_from([0, 1_500, 60_000]),
})  # fmt: skip
EVENTS = st.lists(st.tuples(st.integers(0, 29 * 60 + 59), EVENT), min_size=2, max_size=8)
ATTRIBUTES = st.fixed_dictionaries({"country": st.sampled_from(["DE", "NP"])})
CROSSING = st.lists(st.tuples(NEAR_MIDNIGHT, st.integers(1, 2), EVENTS, ATTRIBUTES), max_size=8)
VIEW = {"name": "pageview", "path": "/b", "revenue": None}
RANGES = [("2026-02-01", "2026-02-28"), ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-03-31"), ("2026-02-27", "2026-03-31")]


LINKED = [
    (at * 86_400 - 600, 1, [(0, VIEW), (1_200, VIEW)], {"country": "DE"}) for at in (1, 2, 3)
]  # fmt: skip
"""A visit over each of three midnights, the last between the months, all of one person."""
READING = {**VIEW, "name": "engagement", "engaged": 60_000}
READ = [(86_400 - 600, 1, [(0, VIEW), (0, READING), (1_200, READING)], {"country": "DE"})]
"""A visit that read on both sides of a midnight: it is one visit that read for two minutes."""


@example(made=READ, between=RANGES[0], dimension="event:page")
@example(made=LINKED, between=RANGES[2], dimension="")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=CROSSING, between=st.sampled_from(RANGES),
    dimension=st.sampled_from(["", "event:page", "event:section", "visit:country", "visit:entry_page", "time:month"]),
)  # fmt: skip
def test_closed_months_agree_with_the_reference(store: MemoryStore, made: list[Any], between: Any, dimension: str) -> None:
    """However visits and visitors are linked over the midnights of two months, and over the one between them."""
    rows = visits(made, ZONE, FIRST)
    store.hold(rows)
    store.seal(date(2026, 2, 1), date(2026, 3, 31), ZONE, months=True, rolled={"", dimension} & set(ROLLED))
    metrics = [*METRICS, "time_on_page"] if dimension != "visit:entry_page" else ["visitors", "visits", "bounce_rate", "visit_duration"]
    dimensions = [dimension] if dimension else []
    found = Asked(store, ZONE).table(metrics, list(between), dimensions=dimensions)
    first, last = map(date.fromisoformat, between)
    assert found == Reference(rows, ZONE, first, last, [], []).answer(metrics, dimensions, [])
