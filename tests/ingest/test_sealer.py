"""What is closed when: days, months, and what is made anew; on the real engine."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import pytest
from msgspec import json

from analytics.errors import StoreUnavailable
from analytics.ingest.sealer import Sealer
from analytics.model import Row
from analytics.query import rollups
from analytics.query.derivation import Derivation
from analytics.site import SectionRule, Site
from analytics.store.base import Derived, Load, Retired, Statement
from analytics.store.duckdb import engine
from analytics.store.duckdb.dialect import DuckDBDialect
from analytics.store.duckdb.engine import DuckDBStore
from analytics.store.duckdb.limits import Folders, Limits
from tests.rows import made_row

SHOP = Site(id="shop", domain="shop.example")
FIRST = date(2026, 5, 1)


def in_doubt(problem: str) -> NoReturn:
    raise AssertionError(problem)


class Machine:
    """A store with a visit a day for 100 days from 1 May, and its sealer."""

    def __init__(self, folder: Path) -> None:
        folders = Folders(*(folder / name for name in ("sites", "quarantine", "work", "backups")))
        self.store = DuckDBStore(folders, Limits(256 << 20, 2, 5, 0), in_doubt)
        self.now = datetime(2026, 5, 1, 12, tzinfo=UTC)
        self.rules: list[SectionRule] = []
        derivation = Derivation(lambda _site: self.rules, DuckDBDialect(), ["", "event:page", "event:section"])
        self.sealer = Sealer(self.store, lambda: self.now.timestamp(), derivation, lambda: False)
        self.numbers = count()
        self.load(*(FIRST + timedelta(days=number) for number in range(100)))

    def load(self, *days: date) -> None:
        self.add(*(
            made_row(
                day=day, time=f"{day}T12:00:07", path="/a/b", visit=day.toordinal(), visitor=day.toordinal(), seq=next(self.numbers)
            )
            for day in days
        ))  # fmt: skip

    def add(self, *rows: Row) -> None:
        self.store.load(SHOP, Load([json.encode(row) for row in rows], {}, [], []))

    def seal(self, at: datetime) -> None:
        self.now = at
        self.sealer.seal(SHOP)

    def sealed(self) -> list[date]:
        return [one.day for one in self.store.days(SHOP) if one.sealed]

    def months(self) -> list[date]:
        return sorted(month for month, _ in self.store.months(SHOP))

    def kept(self) -> list[list[tuple[Any, ...]]]:
        """The rows of May as they lie, and its roll-ups."""
        asked = (
            "SELECT * EXCLUDE day FROM stored WHERE day < '2026-06-01' ORDER BY rowid",
            "SELECT * FROM rollup_days WHERE day < '2026-06-01' ORDER BY ALL",
            "SELECT * FROM rollup_months ORDER BY ALL",
        )
        return [self.store.query(SHOP, statement, {}) for statement in asked]

    def places(self) -> set[str]:
        found = self.store.query(SHOP, "SELECT DISTINCT places FROM events WHERE settled", {})
        return {places for (places,) in found}

    def sections(self) -> set[str]:
        found = self.store.query(SHOP, "SELECT DISTINCT value FROM rollup_days WHERE dimension = 'event:section'", {})
        return {value for (value,) in found}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    machine.store.close()


def test_a_day_is_sealed_35_minutes_after_it_is_over(machine: Machine) -> None:
    """T15: visits may cross midnight by 30 minutes."""
    machine.seal(datetime(2026, 5, 2, 0, 34, tzinfo=UTC))
    assert machine.sealed() == []
    machine.seal(datetime(2026, 5, 2, 0, 35, tzinfo=UTC))
    assert machine.sealed() == [FIRST]


def test_as_many_days_are_sealed_at_once_as_fit_into_memory(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """T4: an import leaves millions of rows open, and a year of them is made anew after an update. A day is never parted."""
    monkeypatch.setattr(DuckDBStore, "rows_at_once", 12)
    machine.load(*[date(2026, 5, 20)] * 30)
    sealed: list[tuple[int, int]] = []
    seal = machine.store.seal

    def watched(site: Site, first: date, last: date, derived: Derived) -> None:
        sealed.append((first.day, last.day))
        seal(site, first, last, derived)

    monkeypatch.setattr(machine.store, "seal", watched)
    machine.seal(datetime(2026, 6, 10, 12, tzinfo=UTC))
    assert sealed == [(1, 12), (13, 19), (20, 20), (21, 31), (1, 9)]
    machine.load(date(2026, 5, 3), date(2026, 5, 5))
    sealed.clear()
    machine.sealer.seal(SHOP)
    assert sealed == [(3, 3), (5, 5)]
    sealed.clear()
    machine.load(date(2026, 5, 7))
    machine.sealer.rebuild(SHOP)
    assert sealed == [(1, 9), (10, 19), (20, 20), (21, 31), (1, 9)]


def test_a_month_made_anew_in_parts_is_the_same_as_at_once(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also its order, by which filters skip most of it, and visits over the midnights between two parts."""
    nights = [("2026-05-10", 23, 0), ("2026-05-11", 0, 1)]
    machine.add(*(made_row(day=day, time=f"{day}T{hour:02}:50:00", visit=7, visitor=9, seq=seq) for day, hour, seq in nights))
    machine.seal(datetime(2026, 6, 10, 12, tzinfo=UTC))
    before = machine.kept()
    monkeypatch.setattr(DuckDBStore, "rows_at_once", 20)
    machine.sealer.rebuild(SHOP)
    assert machine.kept() == before


def test_a_month_that_an_earlier_version_closed_is_sealed_again_once(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """There every reading time lies on a row of its own."""
    read = [("2026-05-10", minute, name) for minute, name in enumerate(("pageview", "engagement"))]
    machine.add(*(
        made_row(day=day, time=f"{day}T12:0{minute}:00", visit=7, visitor=9, seq=minute, name=name, interactive=name == "pageview")
        for day, minute, name in read
    ))  # fmt: skip
    machine.seal(datetime(2026, 6, 10, 12, tzinfo=UTC))
    before = machine.kept()
    machine.store._file(SHOP).write([Statement(each, {}) for each in (
        "CREATE TEMP TABLE apart AS FROM events WHERE visit = 7",
        "DELETE FROM stored WHERE visit = 7",
        "INSERT INTO stored BY NAME FROM apart",
        "UPDATE months SET gathered = false",
    )])  # fmt: skip
    assert len(machine.kept()[0]) == len(before[0]) + 1
    sealed: list[date] = []
    seal = machine.store.seal
    monkeypatch.setattr(machine.store, "seal", lambda site, first, last, made: (sealed.append(first), seal(site, first, last, made)))
    machine.sealer.seal(SHOP)
    machine.sealer.seal(SHOP)
    assert (machine.kept(), sealed) == (before, [FIRST])


def test_a_month_whose_rows_are_gone_is_not_looked_for_again(machine: Machine) -> None:
    """Its totals stay, perhaps for ever; to count all rows each minute because of it would be work for nothing."""
    machine.seal(datetime(2026, 8, 10, tzinfo=UTC))
    machine.store._file(SHOP).write([Statement("UPDATE months SET gathered = false", {})])
    machine.store.retire(SHOP, Retired(datetime(2026, 8, 10), rows_before=date(2026, 6, 1), totals_before=None))
    assert date(2026, 5, 1) in machine.months()
    assert machine.store.scattered(SHOP) == [date(2026, 6, 1), date(2026, 7, 1)]
    machine.sealer.seal(SHOP)
    assert machine.store.scattered(SHOP) == []
    assert date(2026, 5, 1) in machine.months()


class Numbering:
    """A machine whose May is closed at ``closed``, with a visit over a midnight, one that goes on in June, a visitor of two
    visits, and what belongs together in it."""

    def __init__(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.machine, self.closed = machine, datetime(2026, 6, 10, 12, tzinfo=UTC)
        monkeypatch.setattr(engine, "_now", lambda: machine.now.replace(tzinfo=None))
        machine.add(
            made_row(day="2026-05-11", time="2026-05-11T23:59:00", path="/over", visit=1 << 60, visitor=3, seq=1001),
            made_row(day="2026-05-12", time="2026-05-12T00:01:00", path="/over", visit=1 << 60, visitor=2, seq=1002),
            made_row(day="2026-05-12", time="2026-05-12T09:00:00", path="/later", visit=5 << 60, visitor=2, seq=1003),
            made_row(day="2026-05-14", time="2026-05-14T09:00:00", path="/two", visit=2 << 60, visitor=1 << 61, seq=1004),
            made_row(day="2026-05-14", time="2026-05-14T10:00:00", path="/two", visit=3 << 60, visitor=1 << 61, seq=1005),
            made_row(day="2026-05-31", time="2026-05-31T23:59:00", path="/out", visit=4 << 60, visitor=4 << 60, seq=1006),
            made_row(day="2026-06-01", time="2026-06-01T00:01:00", path="/out", visit=4 << 60, visitor=6 << 60, seq=1007),
        )
        machine.seal(self.closed)
        self.before = self.together()

    def together(self) -> list[Any]:
        """Which events are of one visit, which of one visitor, and their order; they are told by their sequence number."""
        asked = "SELECT list(seq ORDER BY seq) AS seqs FROM {} WHERE day < '2026-06-02' GROUP BY {} ORDER BY seqs"
        grouped = [asked.format(table, by) for table in ("events", "month_ends") for by in ("visit", "visitor", "day, visitor")]
        return [self.machine.store.query(SHOP, each, {}) for each in [*grouped, "SELECT seq FROM stored ORDER BY rowid"]]

    def numbers(self) -> list[tuple[int, int]]:
        """The numbers of visits and visitors that May has in the order of its rows."""
        asked = "SELECT visit, visitor FROM stored WHERE day BETWEEN '2026-05-01' AND '2026-05-31' AND path <> '/out' ORDER BY rowid"
        return self.machine.store.query(SHOP, asked, {})

    def seal(self, minutes: int) -> None:
        """As long after the month was closed."""
        self.machine.seal(self.closed + timedelta(minutes=minutes))

    @property
    def numbered(self) -> bool:
        """Whether what stands first in May is its first visit and visitor."""
        return self.numbers()[0] == (1 + BASE, 1 + BASE)


LEFT_OVER = {
    "set_aside": "SELECT * REPLACE ($day::DATE AS day) FROM raw LIMIT 1",
    "apart": "SELECT * REPLACE ($day::DATE AS day), '' AS reason, '' AS category, '' AS who FROM raw LIMIT 1",
    "restored": "SELECT now()::TIMESTAMP AS restored_at, $day::DATE AS day, visit, seq, '' AS reason, '' AS category, '' AS who FROM raw LIMIT 1",
}
BASE = (2026 * 12 + 5) << 32


@pytest.fixture
def numbering(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Numbering:
    return Numbering(machine, monkeypatch)


def test_visits_of_a_closed_month_are_numbered_once_nothing_can_come_for_them(numbering: Numbering) -> None:
    """A key lives for half an hour after its day or its last batch; random numbers take a fifth of the file."""
    numbering.seal(119)
    assert not numbering.numbered
    numbering.seal(121)
    visits, visitors = zip(*numbering.numbers(), strict=True)
    assert sorted(set(visits)) == [BASE + number for number in range(1, 36)]
    assert sorted(set(visitors)) == [BASE + number for number in range(1, 35)]
    assert numbering.together() == numbering.before


def test_a_visit_that_goes_on_in_the_next_month_keeps_its_number(numbering: Numbering) -> None:
    numbering.seal(121)
    asked = "SELECT visit, visitor FROM {} WHERE path = '/out' ORDER BY visitor"
    for table in ("stored", "month_ends"):
        assert (4 << 60, 4 << 60) in numbering.machine.store.query(SHOP, asked.format(table), {})


def test_a_month_is_numbered_once(numbering: Numbering, monkeypatch: pytest.MonkeyPatch) -> None:
    numbering.seal(121)
    monkeypatch.setattr(numbering.machine.store, "number", lambda *_: pytest.fail("numbered again"))
    numbering.seal(122)


def test_a_row_that_comes_late_has_its_month_numbered_again(numbering: Numbering) -> None:
    numbering.seal(121)
    numbering.machine.add(made_row(day="2026-05-12", visit=7 << 60, visitor=7 << 60, seq=1008))
    for minutes, highest in ((130, 7 << 60), (249, 7 << 60), (251, BASE + 36)):
        numbering.seal(minutes)
        assert date(2026, 5, 1) in numbering.machine.months()
        assert max(numbering.numbers())[0] == highest


@pytest.mark.parametrize("table", LEFT_OVER)
@pytest.mark.parametrize(("day", "numbered"), [("2026-04-29", False), ("2026-05-15", False), ("2026-06-02", False), ("2026-07-15", True)])
def test_a_month_keeps_its_numbers_while_something_could_come_back_to_a_visit(
    numbering: Numbering, table: str, day: str, numbered: bool
) -> None:
    numbering.machine.store._file(SHOP).write([Statement(f"INSERT INTO {table} BY NAME {LEFT_OVER[table]}", {"day": day})])
    numbering.seal(121)
    assert numbering.numbered is numbered
    numbering.machine.store._file(SHOP).write([Statement(f"DELETE FROM {table}", {})])
    numbering.seal(122)
    assert numbering.numbered


def test_a_day_that_does_not_fit_into_memory_is_sealed_in_parts_and_is_the_same(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Visitors with visits over midnight, of another device, and on one page twice, too; the rows stand in another order. Where
    it ends in the middle, it is done the next time."""
    busy = date(2026, 5, 20)
    for visitor in range(30):
        visits = [(busy, 10, 0), (busy, 10, 1), (busy, 23, 2), *([(date(2026, 5, 21), 0, 3)] if visitor % 3 == 0 else [])]
        machine.add(*(
            made_row(
                day=day, time=f"{day}T{hour:02}:{50 * (hour > 12)}:0{visitor % 7}".replace(":0:", ":00:"), seq=seq, gap=seq,
                visitor=1000 * day.toordinal() + visitor, visit=9000 + visitor + 100 * (visitor % 2 == 0 and hour == 10),
                path="/a/b" if visitor % 4 else f"/{seq}", device="Mobile" if visitor % 5 == 0 and hour == 10 else "Desktop",
            )
            for day, hour, seq in visits
        ))  # fmt: skip
    machine.seal(datetime(2026, 6, 10, 12, tzinfo=UTC))
    rows, *derived = machine.kept()
    monkeypatch.setattr(DuckDBStore, "rows_at_once", 20)
    with monkeypatch.context() as broken:
        broken.setattr(engine, "_SEAL_DAYS", "FROM no_such_table;")
        with pytest.raises(StoreUnavailable, match="no_such_table"):
            machine.sealer.rebuild(SHOP)
    machine.sealer.rebuild(SHOP)
    again, *derived_again = machine.kept()
    assert (sorted(again, key=repr), derived_again) == (sorted(rows, key=repr), derived)


def test_a_month_is_closed_when_it_is_over_and_all_its_days_are_sealed(machine: Machine) -> None:
    machine.seal(datetime(2026, 7, 31, 12, tzinfo=UTC))
    assert machine.months() == [date(2026, 5, 1), date(2026, 6, 1)]
    assert machine.store.query(SHOP, "SELECT month, visits FROM rollup_months WHERE dimension = '' ORDER BY 1", {}) == [
        (date(2026, 5, 1), 31),
        (date(2026, 6, 1), 30),
    ]


def test_old_months_keep_days_of_dimensions_with_few_values_only(machine: Machine) -> None:
    machine.seal(datetime(2026, 8, 10, tzinfo=UTC))
    kept = "SELECT DISTINCT month(day) FROM rollup_days WHERE dimension = $name ORDER BY 1"
    assert machine.store.query(SHOP, kept, {"name": "event:page"}) == [(6,), (7,), (8,)]
    assert machine.store.query(SHOP, kept, {"name": "event:section"}) == [(5,), (6,), (7,), (8,)]


def test_a_late_row_opens_its_month_and_both_are_closed_again(machine: Machine) -> None:
    """And the roll-ups by day that its month had lost are there to be summed up."""
    machine.seal(datetime(2026, 8, 10, tzinfo=UTC))
    machine.load(date(2026, 5, 7) - timedelta(days=0))
    assert machine.months() == [date(2026, 6, 1), date(2026, 7, 1)]
    machine.sealer.seal(SHOP)
    assert machine.months() == [date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)]
    may = "SELECT dimension, events FROM rollup_months WHERE month = '2026-05-01' ORDER BY 1"
    assert machine.store.query(SHOP, may, {}) == [("", 32), ("event:page", 32), ("event:section", 32)]


def test_a_visit_over_a_midnight_is_in_its_months_roll_ups_until_it_goes_on_in_the_next(machine: Machine) -> None:
    """It is one visit of three daily visitors then, and of neither month alone."""
    nights = [("2026-05-30", 23, 0), ("2026-05-31", 0, 1), ("2026-05-31", 23, 2)]
    machine.add(*(made_row(day=day, time=f"{day}T{hour:02}:50:00", visit=7, visitor=int(day[-2:]), seq=seq) for day, hour, seq in nights))
    machine.seal(datetime(2026, 8, 10, tzinfo=UTC))
    visits = "SELECT visits, visitors FROM rollup_months WHERE dimension = '' AND month = '2026-05-01'"
    assert machine.store.query(SHOP, visits, {}) == [(32, 33)]
    machine.add(made_row(day="2026-06-01", time="2026-06-01T00:10:00", visit=7, visitor=1, seq=3))
    assert machine.months() == [date(2026, 7, 1)]
    machine.sealer.seal(SHOP)
    assert machine.months() == [date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)]
    assert machine.store.query(SHOP, visits, {}) == [(31, 31)]


def test_the_rows_that_a_months_roll_ups_do_without_lie_by_themselves_while_it_is_closed(machine: Machine) -> None:
    """A question about the month reads these few, and does not look for them among all."""

    def at_the_ends() -> list[tuple[date, int]]:
        return machine.store.query(SHOP, "SELECT day, visit FROM month_ends ORDER BY ALL", {})

    for first in (date(2026, 5, 31), date(2026, 6, 30)):
        nights = [(first, 23, 0), (first + timedelta(days=1), 0, 1)]
        machine.add(*(made_row(day=day, time=f"{day}T{hour:02}:50:00", visit=first.month, visitor=seq, seq=seq) for day, hour, seq in nights))
    machine.add(made_row(day="2026-07-31", time="2026-07-31T23:50:00", visit=7, visitor=0),
                made_row(day="2026-08-01", time="2026-08-01T00:10:00", visit=7, visitor=1, seq=1))  # fmt: skip
    machine.seal(datetime(2026, 8, 10, tzinfo=UTC))
    may, june = [(date(2026, 5, 31), 5)], [(date(2026, 6, 1), 5), (date(2026, 6, 30), 6)]
    july = [(date(2026, 7, 1), 6), (date(2026, 7, 31), 7)]  # August is not closed
    assert at_the_ends() == may + june + july
    machine.load(date(2026, 6, 7))
    assert at_the_ends() == may + july
    machine.sealer.seal(SHOP)
    assert at_the_ends() == may + june + july
    machine.store.seal(SHOP, date(2026, 7, 3), date(2026, 7, 3), Derived("UTC", "", []))
    assert at_the_ends() == may + june
    machine.sealer.rebuild(SHOP)
    assert at_the_ends() == may + june + july
    machine.store.retire(SHOP, Retired(datetime(2026, 8, 10), rows_before=date(2026, 7, 1), totals_before=None))
    assert at_the_ends() == july


def test_other_sections_make_the_roll_ups_anew(machine: Machine) -> None:
    machine.seal(datetime(2026, 8, 10, tzinfo=UTC))
    assert machine.sections() == {"/a"}
    assert machine.places() == {"\n/a\n"}
    machine.rules = [SectionRule(name="Shop", pattern="/a/**")]
    machine.sealer.seal(SHOP)
    assert machine.sections() == {"Shop"}
    assert machine.places() == {"\nShop\n"}
    assert {rules for _, rules in machine.store.months(SHOP)} == {rollups.digest(machine.rules)}


def test_a_file_that_holds_nothing_by_a_quarter_is_compacted_once_months_were_closed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    compacted: list[Site] = []
    monkeypatch.setattr(machine.store, "compact", compacted.append)
    for size, slack in ((400 << 20, 99 << 20), (400 << 20, 101 << 20), (20 << 20, 15 << 20)):
        monkeypatch.setattr(machine.store, "size", lambda _site, size=size: size)
        monkeypatch.setattr(machine.store, "slack", lambda _site, slack=slack: slack)
        machine.seal(datetime(2026, 5, 20, tzinfo=UTC))
        machine.seal(datetime(2026, 8, 10, tzinfo=UTC))
        machine.sealer.seal(SHOP)
        machine.load(FIRST)
    assert compacted == [SHOP]


def test_roll_ups_of_closed_months_lie_by_value(machine: Machine) -> None:
    """Those of a year together, and of each month's days; also after a month was opened again, and when it was left half-way."""
    machine.add(*(made_row(day=day, path=path, visit=visit, visitor=visit)
        for day in ("2026-05-02", "2026-06-02") for visit, path in ((1, "/z"), (2, "/a"))))  # fmt: skip

    def lie() -> bool:
        of_days = "SELECT dimension, value, day FROM rollup_days WHERE date_trunc('month', day) = '2026-05-01' ORDER BY rowid"
        of_months = "SELECT dimension, value, month FROM rollup_months ORDER BY rowid"
        kept = [machine.store.query(SHOP, asked, {}) for asked in (of_days, of_months)]
        return kept == [sorted(rows) for rows in kept] and min(map(len, kept)) > 10

    machine.seal(datetime(2026, 8, 10, 12, tzinfo=UTC))
    assert lie()
    machine.load(date(2026, 5, 7))
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(engine, "_ORDER_ROLLUPS", "FROM no_such_table;")
        with pytest.raises(StoreUnavailable, match="no_such_table"):
            machine.sealer.seal(SHOP)
    assert not lie()
    machine.sealer.seal(SHOP)
    assert lie()


def test_rebuilding_changes_nothing(machine: Machine) -> None:
    machine.seal(datetime(2026, 8, 10, tzinfo=UTC))
    tables = ("events", "days", "months", "rollup_days", "rollup_months")
    columns = "* EXCLUDE (sealed_at)"
    read = [f"SELECT {columns if table == 'days' else '*'} FROM {table} ORDER BY ALL" for table in tables]
    before = [machine.store.query(SHOP, sql, {}) for sql in read]
    machine.sealer.rebuild(SHOP)
    assert [machine.store.query(SHOP, sql, {}) for sql in read] == before
