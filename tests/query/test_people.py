"""Country, device, browser and system together: whatever is asked of them is a short sum, and what the rows say."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec import json

from analytics.ingest.sealer import Sealer
from analytics.model import Row
from analytics.query import rollups
from analytics.query.cells import Audience
from analytics.query.derivation import Derivation
from analytics.query.filter_json import parsed
from analytics.query.filters import conditions_of
from analytics.query.query import parse
from analytics.query.run import Answers
from analytics.query.statement import Scope
from analytics.site import Site, SiteSettings
from analytics.store.base import Load
from analytics.store.duckdb.dialect import DuckDBDialect
from analytics.store.duckdb.engine import DuckDBStore
from analytics.store.duckdb.limits import Folders, Limits
from tests.query.reference import Reference
from tests.query.rows import Asked, MemoryStore, Owner
from tests.query.rows import visit as visited
from tests.query.test_exactness import METRICS, combined, visits
from tests.query.test_midnights import EVENTS, NEAR_MIDNIGHT, RANGES

FIRST, ZONE = date(2026, 2, 26), "Europe/Berlin"
"""Three days before the end of a month."""
VALUES = {"country": ["", "DE", "NP"], "device": ["", "Mobile", "Desktop"], "browser": ["Firefox", "Fire, fox"], "os": ["", "iOS"]}
ATTRIBUTES = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()})
SAME = [{name: values[number % len(values)] for name, values in VALUES.items()} for number in range(4)]
VISITS = st.lists(
    st.tuples(NEAR_MIDNIGHT, st.integers(1, 3), EVENTS, st.one_of(st.none(), ATTRIBUTES)), max_size=8
).map(lambda made: [(start, person, events, own or SAME[person]) for start, person, events, own in made])
"""Most people are as they were at their visit before; some come with another device, or from another country."""
CONDITION = st.one_of(
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("visit:country"), st.sampled_from([["DE"], ["Unknown", "NP"]])),
    st.tuples(st.sampled_from(["is", "is_not"]), st.just("visit:device"), st.sampled_from([["Mobile"], ["(not set)", "Desktop"]])),
    st.tuples(st.sampled_from(["contains", "contains_not"]), st.sampled_from(["visit:browser", "visit:os"]), st.just(["e,", "i"])),
    st.tuples(st.sampled_from(["matches", "matches_not"]), st.just("visit:browser"), st.just(["^F.*fox$"])),
    st.tuples(st.just("is"), st.just("visit:os"), st.just(["IOS"]), st.just({"case_sensitive": False})),
).map(list)
FILTERS = st.lists(combined(CONDITION), max_size=3)
DIMENSIONS = st.lists(
    st.sampled_from(["visit:country", "visit:device", "visit:browser", "visit:os", "time:month", "time:day"]), max_size=3, unique=True
).filter(lambda names: not {"time:month", "time:day"} <= {*names})
EXACT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MARCH = ["2026-03-01", "2026-03-31"]
VIEW = {"name": "pageview", "path": "/b", "revenue": None}


def close(store: MemoryStore, filters: list[Any], dimensions: list[str]) -> None:
    """February and March are over. With the roll-ups alone that a question may ask for: others would take most of the time."""
    named = {*dimensions, *(condition.dimension.name for condition in conditions_of(parsed(filters, "#")))}
    store.seal(date(2026, 2, 1), date(2026, 3, 31), ZONE, months=True, rolled=["people", *({""} | named & {*rollups.PEOPLE.together})])


TWO_DEVICES = [(86_400 * 4 + 3_600 * hour, 1, [(0, VIEW)], {**SAME[1], "device": device}) for hour, device in ((8, "Mobile"), (9, "Desktop"))]
OVER_MIDNIGHT_TOO = [*TWO_DEVICES, (86_400 * 5 - 600, 1, [(0, VIEW), (1_200, VIEW)], SAME[1])]


@example(made=TWO_DEVICES, between=RANGES[1], dimensions=[], filters=[["is", "visit:country", ["DE"]], ["is", "visit:os", ["iOS"]]])
@example(made=OVER_MIDNIGHT_TOO, between=RANGES[1], dimensions=["time:day"], filters=[["is_not", "visit:device", ["TV"]]])
@EXACT
@given(made=VISITS, between=st.sampled_from(RANGES), dimensions=DIMENSIONS, filters=FILTERS)
def test_closed_months_agree_with_the_reference(
    store: MemoryStore, made: list[Any], between: Any, dimensions: list[str], filters: list[Any]
) -> None:
    """Several filters, several dimensions, visits over midnight, and visitors whose device changes within a day."""
    rows = visits(made, ZONE, FIRST)
    store.hold(rows)
    close(store, filters, dimensions)
    first, last = map(date.fromisoformat, between)
    found = Asked(store, ZONE).table(METRICS, list(between), dimensions=dimensions, filters=filters)
    assert found == Reference(rows, ZONE, first, last).answer(METRICS, dimensions, filters)


@EXACT
@given(
    made=VISITS, dimensions=DIMENSIONS, filters=FILTERS, k=st.integers(2, 4), named=st.booleans(),
    audience=st.sampled_from(Audience), percentage=st.booleans(),
)  # fmt: skip
def test_what_an_audience_may_know_is_the_same_of_rows_and_of_roll_ups(
    store: MemoryStore, made: list[Any], dimensions: list[str], filters: list[Any], k: int, named: bool, audience: Audience,
    percentage: bool,
) -> None:  # fmt: skip
    """Folded by the same censuses, in the same crossings, whether the country stands there by code or by name."""
    store.hold(visits(made * (5 if audience is Audience.PUBLIC else 1), ZONE, FIRST))
    by = [name.replace("country", "country_name") if named else name for name in dimensions]
    metrics = [*METRICS, "percentage"] if percentage else METRICS
    question = {"metrics": metrics, "date_range": MARCH, "dimensions": by, "filters": filters}
    asked = Asked(store, ZONE, small_cells=k)

    def answer() -> Any:
        found = asked.answers.answer(asked.site, question, audience=audience)
        return found.results, found.meta.get("small_cells")

    before = answer()
    close(store, filters, dimensions)
    assert answer() == before


@pytest.mark.parametrize(
    ("dimensions", "filters", "rolled"),
    [
        ([], [], ""),
        ([], [["is", "visit:country", ["DE"]]], "visit:country"),
        (["time:day"], [["is_not", "visit:country_name", ["Germany"]]], "visit:country"),
        (["visit:device"], [["matches", "visit:device", ["^M"]]], "visit:device"),
        (["visit:device"], [["is", "visit:country", ["DE"]]], "people"),
        (["visit:country_name", "visit:browser"], [], "people"),
        ([], [["or", [["is", "visit:country", ["DE"]], ["not", ["contains", "visit:os", ["i"]]]]]], "people"),
        (["visit:source"], [["is", "visit:country", ["DE"]]], None),
        (["visit:browser_version"], [["is", "visit:browser", ["Firefox"]]], None),
        (["visit:country"], [["is", "visit:language", ["de"]]], None),
        ([], [["has_done", ["is", "event:page", ["/"]]], ["is", "visit:device", ["Mobile"]]], None),
        ([], [["is", "visit:language", ["de", "en"]]], None),
    ],
)
def test_which_roll_ups_answer(dimensions: list[str], filters: list[Any], rolled: str | None) -> None:
    """The narrowest that know all that is asked for."""
    question = parse({"metrics": METRICS, "date_range": "day", "dimensions": dimensions})
    found = rollups.dimension_for(Scope(question.dimensions, tuple(parsed(filters, "#")), rollups.MEASURED))
    assert (found and found.name) == rolled


# --- a file of before ------------------------------------------------------------------------------------

SITE = Site(id="s1", domain="shop.example", timezone="UTC", settings=SiteSettings(small_cells=1))
PHONE = {"country": "DE", "device": "Mobile", "browser": "Firefox", "os": "Android"}
OF_BEFORE = [
    *visited(1, ("2026-05-04 10:00", {}), ("2026-05-04 10:07", {}), **PHONE),
    *visited(2, ("2026-05-05 10:00", {}), **PHONE),
    *visited(3, ("2026-05-06 10:00", {}), visitor=7, **PHONE),
    *visited(4, ("2026-05-06 18:00", {}), visitor=7, **{**PHONE, "device": "Desktop"}),
]
TOGETHER = {"metrics": METRICS, "date_range": ["2026-05-01", "2026-05-31"], "filters": [["is", "visit:country", ["DE"]], ["is", "visit:os", ["Android"]]]}
ANSWER = [3, 4, 5, 5, 75, 105, 1.25]


class Machine:
    """A site with a file, on 10 June."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.derivation = Derivation(lambda _site: [], DuckDBDialect())
        self.open()

    def open(self) -> None:
        def in_doubt(problem: str) -> NoReturn:
            raise AssertionError(problem)

        def clock() -> float:
            return datetime(2026, 6, 10, 12, tzinfo=UTC).timestamp()

        folders = Folders(*(self.folder / name for name in ("sites", "quarantine", "work", "backups")))
        self.store = DuckDBStore(folders, Limits(256 << 20, 1, 20, 0), in_doubt)
        self.sealer = Sealer(self.store, clock, self.derivation, lambda: False)
        owner: Any = Owner()
        self.answers = Answers(self.store, owner, clock, lambda _site: None, DuckDBDialect())

    def age(self) -> None:
        """Makes of the file what was there before there were roll-ups of several dimensions."""
        self.store.close()
        with duckdb.connect(self.folder / "sites/s1.duckdb") as connection:
            for table in ("rollup_days", "rollup_months"):
                connection.execute(f"DELETE FROM {table} WHERE dimension = 'people'")
            connection.execute("DELETE FROM migrations WHERE name LIKE '%_people'")
            connection.execute("UPDATE stored SET settled = true, alone = visitor <> 7, inside = false")
            connection.execute("UPDATE days SET rules = 'as they were', crossing = false, outside = false")
            connection.execute("UPDATE months SET rules = 'as they were'")
        self.open()

    def answer(self) -> tuple[Any, Any]:
        """What is answered, and from which roll-ups."""
        found = self.answers.answer(SITE, TOGETHER, explain=True)
        return found.results[0]["metrics"], found.meta["explain"]["rollups_by_month"]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    encoded = [json.encode(Row(**{**row, "time": row["time"].isoformat()})) for row in OF_BEFORE]
    machine.store.load(SITE, Load(encoded, {}, [], []))
    machine.sealer.seal(SITE)
    yield machine
    machine.store.close()


def test_a_file_of_before_is_never_answered_with_nothing_and_catches_up_by_itself(machine: Machine) -> None:
    """Its marks take somebody with two devices for settled, too: those days are sealed anew."""
    assert machine.answer() == (ANSWER, ["2026-05-01"])
    machine.age()
    assert [day.day.day for day in machine.store.days(SITE) if not day.sealed] == [6]
    assert machine.answer() == (ANSWER, [])
    machine.sealer.seal(SITE)
    assert machine.answer() == (ANSWER, ["2026-05-01"])
    assert machine.store.query(SITE, "SELECT DISTINCT visitor FROM events WHERE NOT settled", {}) == [(7,)]
