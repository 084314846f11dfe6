"""D18: rows kept apart in a site's file: taken in once, made coarse, restored and put back in one transaction, and gone in time."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import json

from analytics.model import ApartRow, Reason
from analytics.site import Site
from analytics.store.base import Change, Chosen, Derived, Load, Position, Retired
from analytics.store.duckdb.engine import DuckDBStore
from analytics.store.duckdb.limits import Folders, Limits
from tests.dying import Died, dies_at
from tests.rows import DAY, made_apart, made_row

SHOP = Site(id="shop", domain="shop.example")
AT = datetime(2026, 6, 2, 12)
NOTHING = Derived("UTC", "", [])
ALL = Chosen(reason="bot", first=date(2026, 1, 1), last=date(2026, 12, 31))


class Shelf:
    """One site's file."""

    def __init__(self, folder: Path) -> None:
        def in_doubt(problem: str) -> NoReturn:
            raise AssertionError(problem)

        folders = Folders(*(folder / name for name in ("sites", "quarantine", "work", "backups")))
        self.changes: list[Change] = []
        self.store = DuckDBStore(folders, Limits(256 << 20, 1, 20, 0), in_doubt, lambda _site: self.changes)

    def load(self, *rows: ApartRow, counted: Sequence[bytes] = (), more: int = 0, at: int = 0) -> Sequence[bytes]:
        """Rows with their counts, and ``more`` that are only counted."""
        dropped: dict[tuple[str, str], int] = {}
        for row in rows:
            key = (str(row.day), row.reason)
            dropped[key] = dropped.get(key, 0) + 1
        if more:
            dropped[str(DAY), "bot"] = dropped.get((str(DAY), "bot"), 0) + more
        positions = [Position("segment", at)] if at else []
        return self.store.load(SHOP, Load(counted, dropped, [], positions, apart=[json.encode(row) for row in rows]))

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        return self.store.query(SHOP, sql, {})

    def count(self, table: str) -> int:
        return int(self.read(f"SELECT count(*) FROM {table}")[0][0])

    def dropped(self) -> dict[str, int]:
        return dict(self.read("SELECT reason, sum(events)::INTEGER FROM dropped GROUP BY reason"))

    def received(self) -> int:
        """Counted and dropped, as the ledger has them."""
        within = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}
        ledger = Path("analytics/store/duckdb/reports/ledger.sql").read_text(encoding="utf-8")
        return sum(events for _, _, events in self.store.query(SHOP, ledger, within))


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.store.close()


def visits(number: int, **fields: Any) -> list[ApartRow]:
    return [made_apart(visit=each, visitor=each, **fields) for each in range(number)]


def test_rows_are_kept_as_they_came_and_count_nowhere(shelf: Shelf) -> None:
    shelf.load(*visits(2, path="/a", props={"plan": "pro"}, revenue="9.5"))
    assert shelf.read("SELECT visit, path, props['plan'], revenue::VARCHAR, reason, category, who FROM apart ORDER BY 1") == [
        (0, "/a", "pro", "9.500", "bot", "AI crawler", "GPTBot"), (1, "/a", "pro", "9.500", "bot", "AI crawler", "GPTBot"),
    ]  # fmt: skip
    assert (shelf.count("events"), shelf.count("days"), shelf.dropped()) == (0, 0, {"bot": 2})


def test_a_row_that_the_database_refuses_is_set_aside_and_stops_no_other(shelf: Shelf) -> None:
    """Its count stays what it was: it was dropped as a robot's."""
    good = json.encode(made_row(path="/people"))
    bad = json.encode(made_row(path="X")).replace(b'"X"', b'"\\ud800"')
    line = json.encode(made_apart(visit=9, path="X")).replace(b'"X"', b'"\\ud800"')
    load = Load([good, bad], {(str(DAY), "bot"): 3}, [], [], apart=[*map(json.encode, visits(2)), line])
    assert shelf.store.load(SHOP, load) == [bad, line]
    assert (shelf.count("events"), shelf.count("apart")) == (1, 2)
    assert shelf.dropped() == {"bot": 3, "unreadable": 1}


def test_restoring_makes_events_of_them_and_takes_them_off_the_ledger(shelf: Shelf) -> None:
    shelf.load(*visits(3), more=4)
    received = shelf.received()
    told: list[int] = []
    assert shelf.store.restore(SHOP, ALL, AT, told.append) == 3
    assert told == [3]
    assert (shelf.count("events"), shelf.count("apart"), shelf.dropped()) == (3, 0, {"bot": 4})
    assert shelf.received() == received == 7


def test_restoring_twice_restores_once(shelf: Shelf) -> None:
    shelf.load(*visits(3))
    assert [shelf.store.restore(SHOP, ALL, AT) for _ in range(2)] == [3, 0]
    assert shelf.count("events") == 3


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ({"category": "SEO"}, {"GPTBot", "evil.example", ""}),
        ({"category": ""}, {"GPTBot", "AhrefsBot", "evil.example"}),
        ({"who": "GPTBot"}, {"AhrefsBot", "evil.example", ""}),
        ({"path": "/seo"}, {"GPTBot", "evil.example", ""}),
        ({"first": date(2026, 6, 2)}, {"GPTBot", "evil.example", ""}),
        ({"last": date(2026, 5, 31)}, {"GPTBot", "AhrefsBot", "evil.example", ""}),
        ({"reason": "hostname"}, {"GPTBot", "AhrefsBot", ""}),
        ({"who": "' OR 1=1 --"}, {"GPTBot", "AhrefsBot", "evil.example", ""}),
    ],
)
def test_only_what_is_chosen_is_restored(shelf: Shelf, chosen: dict[str, Any], left: set[str]) -> None:
    shelf.load(
        made_apart(visit=1),
        made_apart(visit=2, who="AhrefsBot", category="SEO", path="/seo", day=DAY + timedelta(days=1)),
        made_apart(visit=3, reason="hostname", category="", who="evil.example"),
        made_apart(visit=4, category="", who=""),
    )
    shelf.store.restore(SHOP, Chosen(**{"reason": "bot", "first": ALL.first, "last": ALL.last, **chosen}), AT)
    assert {who for (who,) in shelf.read("SELECT who FROM apart")} == left


def test_a_sealed_day_is_opened_again_so_that_all_panels_agree(shelf: Shelf) -> None:
    shelf.load(*visits(2), counted=[json.encode(made_row(visit=50, visitor=50))])
    shelf.store.seal(SHOP, DAY, DAY, NOTHING)
    assert [day.sealed for day in shelf.store.days(SHOP)] == [True]
    shelf.store.restore(SHOP, ALL, AT)
    assert [day.sealed for day in shelf.store.days(SHOP)] == [False]


def test_corrections_that_stand_are_carried_out_on_what_is_restored(shelf: Shelf) -> None:
    shelf.changes = [Change(id=1, condition="path = $page", parameters={"page": "/private"})]
    shelf.load(*visits(2), made_apart(visit=7, path="/private"))
    received = shelf.received()
    assert shelf.store.restore(SHOP, ALL, AT) == 3
    assert (shelf.count("events"), shelf.count("set_aside"), shelf.received()) == (2, 1, received)


def test_what_was_restored_can_be_put_back_as_it_was(shelf: Shelf) -> None:
    """Also what a correction has taken out or rewritten meanwhile."""
    shelf.load(*visits(3), made_apart(visit=7, path="/private"), made_apart(visit=8, path="/old"), more=2)
    before = shelf.read("SELECT * FROM apart ORDER BY visit"), shelf.dropped()
    shelf.changes = [
        Change(id=1, condition="path = $page", parameters={"page": "/private"}),
        Change(id=2, condition="path = $page", values={"path": "$to"}, parameters={"page": "/old", "to": "/new"}),
    ]
    shelf.store.restore(SHOP, ALL, AT)
    told: list[int] = []
    assert shelf.store.withdraw(SHOP, AT, told.append) == 5
    assert told == [5]
    assert (shelf.read("SELECT * FROM apart ORDER BY visit"), shelf.dropped()) == before
    assert (shelf.count("events"), shelf.count("set_aside"), shelf.count("restored")) == (0, 0, 0)
    assert shelf.store.withdraw(SHOP, AT) == 0


def test_what_was_restored_at_another_time_stays_when_some_is_put_back(shelf: Shelf) -> None:
    shelf.load(made_apart(visit=1), made_apart(visit=2, who="ClaudeBot"))
    for minute, who in enumerate(("GPTBot", "ClaudeBot")):
        shelf.store.restore(SHOP, Chosen(reason="bot", who=who, first=ALL.first, last=ALL.last), AT + timedelta(minutes=minute))
    shelf.store.withdraw(SHOP, AT)
    assert shelf.read("SELECT visit FROM events") == [(2,)]


def test_days_that_are_over_keep_quarter_hours_and_one_sum_of_gaps(shelf: Shelf) -> None:
    def at(minute: int, seq: int, gap: int, day: str = "2026-06-01") -> ApartRow:
        return made_apart(visit=1, seq=seq, gap=gap, time=f"{day}T12:{minute:02}:07", day=date.fromisoformat(day))

    shelf.load(at(1, 0, 0), at(2, 1, 60), at(16, 2, 840), at(1, 3, 0, "2026-06-02"))
    shelf.store.seal_apart(SHOP, date(2026, 6, 2))
    expected = [(0, "12:00:00", 0), (1, "12:00:00", 60), (2, "12:15:00", 840), (3, "12:01:07", 0)]
    rows = "SELECT seq, strftime(time, '%H:%M:%S'), gap FROM apart ORDER BY seq"
    assert shelf.read(rows) == expected
    version = shelf.store.version(SHOP)
    shelf.store.seal_apart(SHOP, date(2026, 6, 2))
    assert (shelf.read(rows), shelf.store.version(SHOP)) == (expected, version), "nothing to be done is not done"


def test_it_goes_in_time_and_leaves_bytes_to_be_erased(shelf: Shelf) -> None:
    shelf.load(*visits(2), made_apart(visit=9, day=DAY + timedelta(days=7)))
    shelf.store.restore(SHOP, Chosen(reason="bot", first=DAY, last=DAY), AT)
    shelf.load(*visits(2))
    assert shelf.store.holdings(SHOP, apart_before=DAY + timedelta(days=7)).apart_before == 2
    shelf.store.retire(SHOP, Retired(AT, None, None, apart_before=DAY + timedelta(days=7)))
    assert (shelf.count("apart"), shelf.count("restored"), shelf.count("events")) == (1, 0, 2)
    assert shelf.store.holdings(SHOP).unerased
    assert shelf.dropped() == {"bot": 3}, "the ledger knows for ever"


def test_what_could_not_be_restored_is_not_kept(shelf: Shelf) -> None:
    """Rows of days before the first that is kept."""
    shelf.load(*visits(2))
    shelf.store.retire(SHOP, Retired(AT, DAY + timedelta(days=1), None))
    assert shelf.count("apart") == 0
    shelf.load(*visits(2))
    assert (shelf.count("apart"), shelf.dropped()) == (0, {"bot": 4})


def test_a_backup_and_a_compacted_file_have_it(shelf: Shelf) -> None:
    shelf.load(*visits(2), at=10)
    assert shelf.store.backup(SHOP) == {"segment": 10}
    shelf.store.compact(SHOP)
    assert shelf.count("apart") == 2


@pytest.mark.parametrize("moment", ["INSERT INTO restored", "DELETE FROM dropped", "INSERT INTO stored", "INSERT INTO days", "COMMIT"])
def test_a_process_that_ends_while_it_restores_leaves_one_of_the_two_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    shelf = Shelf(tmp_path)
    shelf.load(*visits(3), more=1)
    dies_at(moment, shelf.store._file(SHOP), monkeypatch)
    with pytest.raises(Died):
        shelf.store.restore(SHOP, ALL, AT)
    shelf.store.close()
    shelf = Shelf(tmp_path)
    assert (shelf.count("events"), shelf.count("apart"), shelf.dropped(), shelf.received()) == (0, 3, {"bot": 4}, 4)
    assert shelf.store.restore(SHOP, ALL, AT) == 3
    shelf.store.close()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("robots"), st.integers(1, 4), st.sampled_from(["bot", "hostname"]), st.integers(0, 2)),
        st.tuples(st.just("people"), st.integers(1, 3), st.just(""), st.integers(0, 2)),
        st.tuples(st.just("restore"), st.integers(0, 2), st.sampled_from(["bot", "hostname"]), st.integers(0, 2)),
        st.tuples(st.just("been undone"), st.integers(0, 3), st.just(""), st.just(0)),
        st.tuples(st.just("seal"), st.just(0), st.just(""), st.integers(0, 2)),
        st.tuples(st.just("correct"), st.integers(0, 2), st.just(""), st.just(0)),
    ),
    max_size=14,
)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: tmp_path_factory.mktemp("site")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_received_is_counted_and_dropped_whatever_is_done_in_whatever_order(
    fresh: Callable[[], Path], steps: list[tuple[str, int, str, int]]
) -> None:
    """And each event is in one place, once."""
    shelf, sent, moments = Shelf(fresh()), 0, 0
    for number, (what, size, reason, days) in enumerate(steps):
        day = DAY + timedelta(days=days)
        if what == "robots":
            shelf.load(*(made_apart(visit=sent + each, day=day, reason=reason, path=f"/{each}") for each in range(size)))
        elif what == "people":
            shelf.load(counted=[json.encode(made_row(visit=sent + each, day=day, path=f"/{each}")) for each in range(size)])
        elif what == "restore":
            shelf.store.restore(SHOP, Chosen(reason=reason, first=day, last=day + timedelta(days=size)), AT + timedelta(hours=number))
            moments = number
        elif what == "been undone":
            shelf.store.withdraw(SHOP, AT + timedelta(hours=moments))
        elif what == "seal":
            shelf.store.seal(SHOP, day, day, NOTHING)
        else:
            shelf.changes = [Change(id=size + 1, condition="path = $page", parameters={"page": f"/{size}"})]
            shelf.store.correct(SHOP, shelf.changes)
        sent += size if what in ("robots", "people") else 0
        everywhere = "SELECT visit FROM events UNION ALL SELECT visit FROM apart UNION ALL SELECT visit FROM set_aside WHERE removed"
        found = [visit for (visit,) in shelf.read(everywhere)]
        assert sorted(found) == list(range(sent))
        assert shelf.received() == sent
    shelf.store.close()


def test_the_reasons_of_rows_are_those_of_the_ledger(shelf: Shelf) -> None:
    shelf.load(*visits(1))
    assert {Reason(reason) for (reason,) in shelf.read("SELECT DISTINCT reason FROM apart")} == {Reason.BOT}


def test_a_file_of_a_version_before_gets_the_tables(tmp_path: Path) -> None:
    """Opening migrates; what was there stays."""
    shelf = Shelf(tmp_path)
    shelf.load(counted=[json.encode(made_row())])
    shelf.store.close()
    with duckdb.connect(str(tmp_path / "sites" / "shop.duckdb")) as database:
        database.execute("DROP TABLE apart; DROP TABLE restored; DELETE FROM migrations WHERE name LIKE '%apart%'")
    shelf = Shelf(tmp_path)
    shelf.load(*visits(1))
    assert (shelf.count("events"), shelf.count("apart")) == (1, 1)
    shelf.store.close()
