"""What the engine keeps of a day when it is sealed, how it is locked down, and that sites stay apart."""

import errno
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any, NoReturn

import duckdb
import pytest
from msgspec import json

import analytics
from analytics.errors import QuestionTooLarge, StoreUnavailable
from analytics.model import Row
from analytics.query import rollups
from analytics.site import Site
from analytics.store.base import Derived, Load, Position, Statement
from analytics.store.duckdb.dialect import DuckDBDialect
from analytics.store.duckdb.engine import DuckDBStore
from analytics.store.duckdb.limits import Folders, Limits
from analytics.store.duckdb.site_file import SiteFile
from tests.rows import DAY, made_row

SHOP = Site(id="shop", domain="shop.example")
BLOG = Site(id="blog", domain="blog.example")


SCHEMA = Path(analytics.__file__).parent / "store/duckdb/schema"
NOTHING = Derived("UTC", "", [])
ROLLED = rollups.derived(DAY, DAY, "UTC", [], DuckDBDialect())


def in_doubt(problem: str) -> NoReturn:
    raise AssertionError(problem)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBStore]:
    folders = Folders(*(tmp_path / name for name in ("sites", "quarantine", "work", "backups")))
    store = DuckDBStore(folders, Limits(256 << 20, 1, 1, 0), in_doubt)
    yield store
    store.close()


def row(visit: int, seq: int, minute: int, second: int, gap: int, **fields: Any) -> bytes:
    at = {"time": f"2026-06-01T12:{minute:02}:{second:02}", "path": f"/{seq}", "visitor": visit + 1000}
    return json.encode(made_row(**(at | {"visit": visit, "seq": seq, "gap": gap} | fields)))


def load(store: DuckDBStore, *rows: bytes, site: Site = SHOP) -> None:
    assert not store.load(site, Load(rows, {}, [], []))


def test_the_table_has_the_columns_of_a_row(store: DuckDBStore) -> None:
    columns = store.query(SHOP, "SELECT column_name FROM (DESCRIBE raw)", {})
    assert tuple(name for (name,) in columns) == Row.__struct_fields__


def test_a_row_from_a_segment_older_than_a_column_is_stored_with_that_column_empty(store: DuckDBStore) -> None:
    """The spool outlives an upgrade."""
    made = json.decode(row(1, 0, 0, 7, 0))
    del made["click_id"]
    load(store, json.encode(made), row(2, 0, 0, 9, 0, click_id="gclid"))
    assert store.query(SHOP, "SELECT click_id FROM events ORDER BY visit", {}) == [("",), ("gclid",)]


def test_what_was_sealed_before_click_ids_were_kept_has_totals_that_say_so() -> None:
    """Roll-ups of a new dimension must be there for the past too: its days are not sealed again, and some have no rows."""
    connection = duckdb.connect()
    scripts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(SCHEMA.glob("*.sql"))}
    new = next(name for name in scripts if name.endswith("click_id"))
    for name in scripts:
        if name < new:
            connection.execute(scripts[name])
    for table in ("rollup_days", "rollup_months"):
        figures = ", ".join(["7"] * 10)
        connection.execute(f"INSERT INTO {table} VALUES ('', '2026-05-01', '', {figures}), ('visit:os', '2026-05-01', 'Linux', {figures})")
    connection.execute(scripts[new])
    for table in ("rollup_days", "rollup_months"):
        found = connection.execute(f"SELECT value, visitors, views FROM {table} WHERE dimension = 'visit:click_id'").fetchall()
        assert found == [("(not set)", 7, 7)]
    connection.close()


def test_there_is_no_index_and_no_key(store: DuckDBStore) -> None:
    """R-21: they are where DuckDB's fatal errors come from."""
    assert store.query(SHOP, "SELECT count(*) FROM duckdb_indexes()", {}) == [(0,)]
    kinds = store.query(SHOP, "SELECT DISTINCT constraint_type FROM duckdb_constraints() WHERE table_name = 'stored'", {})
    assert kinds == [("NOT NULL",)]


def test_a_sealed_day_keeps_quarter_hours_the_order_and_how_long_a_visit_was_active_in_each(store: DuckDBStore) -> None:
    load(store, row(1, 0, 7, 3, 0), row(2, 0, 7, 4, 0), row(1, 1, 8, 3, 60), row(1, 2, 16, 4, 481))
    store.seal(SHOP, DAY, DAY, NOTHING)
    rows = store.query(SHOP, "SELECT visit, seq, time, gap FROM events ORDER BY visit, seq", {})
    noon, quarter_past = datetime(2026, 6, 1, 12, 0), datetime(2026, 6, 1, 12, 15)
    assert rows == [(1, 0, noon, 0), (1, 1, noon, 60), (1, 2, quarter_past, 481), (2, 0, noon, 0)]


def test_a_sealed_day_does_not_show_in_which_order_visits_came(store: DuckDBStore) -> None:
    load(store, *(row(visit, 0, 0, 0, 0) for visit in (5, 3, 9, 1)))
    store.seal(SHOP, DAY, DAY, NOTHING)
    assert store.query(SHOP, "SELECT visit FROM stored ORDER BY rowid", {}) == [(1,), (3,), (5,), (9,)]


def test_on_a_sealed_day_reading_time_lies_on_the_row_of_its_page_view(store: DuckDBStore) -> None:
    """Half of all events repeat what their page view says. None is lost for it, whatever way it is asked for."""
    read = {"name": "engagement", "interactive": False, "engaged": 90_000, "scroll": 70}
    load(
        store,
        row(1, 0, 0, 0, 0, path="/a"),
        row(1, 1, 2, 0, 120, path="/a", **read),  # on the row before
        row(1, 2, 3, 0, 60, path="/a", **read),  # read on: what precedes it is no page view
        row(1, 3, 4, 0, 60, path="/b"),
        row(1, 4, 5, 0, 60, path="/b", name="Sign up"),
        row(1, 5, 6, 0, 60, path="/b", **read),  # an event was between
        row(1, 6, 14, 0, 480, path="/c"),
        row(1, 7, 16, 0, 120, path="/c", **read),  # another quarter-hour
        row(1, 8, 17, 0, 60, path="/d", props={"plan": "pro"}),
        row(1, 9, 18, 0, 60, path="/d", **read),  # other properties
        row(1, 10, 19, 0, 60, path="/e", props={"plan": "pro"}),
        row(1, 12, 20, 0, 60, path="/e", props={"plan": "pro"}, **read),  # something between was lost
        row(2, 0, 0, 0, 0, path="/a", **read),  # its page view is nowhere
        row(3, 0, 0, 0, 0, path="/a", props={"plan": "pro"}, revenue=1, currency="EUR"),
        row(3, 1, 1, 0, 60, path="/a", props={"plan": "pro"}, **read),  # on the row before
        row(4, 0, 0, 0, 0, path="/a"),
        row(4, 1, 1, 0, 60, path="/a", **(read | {"interactive": True})),  # what no page view's row could say of it
        row(4, 2, 2, 0, 0, path="/a"),
        row(4, 3, 3, 0, 60, path="/a", revenue=1, **read),
        row(4, 4, 4, 0, 0, path="/a"),
        row(4, 5, 5, 0, 60, path="/a", currency="EUR", **read),
    )
    asked = f"SELECT {', '.join(set(Row.__struct_fields__) - {'time', 'gap'})} FROM events ORDER BY visit, seq"
    before = store.query(SHOP, asked, {})
    for _ in range(2):
        store.seal(SHOP, DAY, DAY, NOTHING)
        assert store.query(SHOP, asked, {}) == before
        together = store.query(SHOP, "SELECT visit, seq, gap, engaged FROM stored WHERE reading ORDER BY ALL", {})
        assert together == [(1, 0, 0, 90_000), (3, 0, 60, 90_000)]
        assert store.query(SHOP, "SELECT count(*) FROM stored", {}) == [(len(before) - 2,)]
        gaps = store.query(SHOP, "SELECT visit, seq, gap FROM events WHERE gap > 0 ORDER BY ALL", {})
        assert gaps == [(1, 6, 840), (1, 12, 360), (3, 1, 60), (4, 5, 180)]


def test_sealing_twice_changes_nothing(store: DuckDBStore) -> None:
    load(store, row(1, 0, 7, 3, 0), row(1, 1, 8, 3, 60))
    store.seal(SHOP, DAY, DAY, ROLLED)
    tables = [store.query(SHOP, f"SELECT * FROM {table}", {}) for table in ("events", "rollup_days")]
    store.seal(SHOP, DAY, DAY, ROLLED)
    assert tables == [store.query(SHOP, f"SELECT * FROM {table}", {}) for table in ("events", "rollup_days")]


def test_marks_say_which_rows_stand_for_visits_and_visitors(store: DuckDBStore) -> None:
    """A visit that began the day before is not settled, and neither is anything else of its visitor."""
    load(
        store,
        row(1, 0, 7, 0, 0),
        row(1, 1, 8, 0, 60, name="Sign up"),
        row(1, 2, 9, 0, 60),
        row(1, 3, 9, 0, 0, path="/2", name="engagement"),
        row(2, 0, 9, 0, 0, visitor=1001, path="/2"),
        row(3, 1, 9, 0, 0, name="Ping", interactive=False),
        row(3, 0, 9, 0, 0, day="2026-05-31"),
        row(4, 0, 9, 0, 0, visitor=1003),
    )
    store.seal(SHOP, DAY, DAY, NOTHING)
    marks = "entry, exit, alone, first_here, alone_here, read_here, views_here, read, views, acts, bounced, duration"
    found = store.query(SHOP, f"SELECT visit, seq, settled, {marks} FROM events WHERE day = $day ORDER BY 1, 2", {"day": DAY})
    no, yes = False, True
    assert found == [
        (1, 0, yes, yes, no, no, yes, yes, no, 1, yes, 2, 3, no, 120),
        (1, 1, yes, no, no, no, yes, yes, no, 0, no, 0, 0, no, 0),
        (1, 2, yes, no, yes, no, yes, no, yes, 1, yes, 2, 3, no, 120),
        (1, 3, yes, no, no, no, no, no, no, 0, no, 0, 0, no, 0),
        (2, 0, yes, yes, yes, no, yes, no, no, 1, no, 1, 1, yes, 0),
        (3, 1, no, yes, yes, no, yes, yes, no, 0, no, 0, 1, no, 0),
        (4, 0, no, yes, yes, no, yes, yes, no, 1, no, 1, 1, yes, 0),
    ]


def test_rows_that_come_late_take_away_what_was_derived_from_their_day(store: DuckDBStore) -> None:
    load(store, row(1, 0, 7, 0, 0))
    store.seal(SHOP, DAY, DAY, ROLLED)
    store.close_month(SHOP, DAY.replace(day=1), NOTHING)
    tables = ("rollup_days", "rollup_months", "months")
    assert all(store.query(SHOP, f"SELECT 1 FROM {table} LIMIT 1", {}) for table in tables)
    load(store, row(2, 0, 7, 0, 0))
    assert not any(store.query(SHOP, f"SELECT 1 FROM {table} LIMIT 1", {}) for table in tables)
    assert [(one.day, one.sealed) for one in store.days(SHOP)] == [(DAY, False)]


def test_the_rows_at_the_ends_of_months_are_whole(store: DuckDBStore) -> None:
    """They are copied by position, so a column that is added to one table is added to the other."""
    columns = "SELECT list((column_name, data_type) ORDER BY column_index) FROM duckdb_columns() WHERE table_name = $table"
    events, ends = (store.query(SHOP, columns, {"table": table}) for table in ("events", "month_ends"))
    assert ends == events


def test_a_visit_that_goes_on_after_its_day_was_sealed_opens_it_again(store: DuckDBStore) -> None:
    """Its marks say that the visit lies wholly in the day, which is no longer true; another's next visit changes nothing."""
    load(store, row(1, 0, 59, 0, 0))
    store.seal(SHOP, DAY, DAY, NOTHING)
    load(store, row(2, 0, 1, 0, 0, day="2026-06-02"))
    assert [one.sealed for one in store.days(SHOP)] == [True, False]
    load(store, row(1, 1, 1, 0, 0, day="2026-06-02"))
    assert [one.sealed for one in store.days(SHOP)] == [False, False]


def test_a_snapshot_sees_one_state(store: DuckDBStore) -> None:
    """All numbers of an answer are of one moment, whatever is loaded meanwhile."""
    load(store, row(1, 0, 7, 0, 0))
    count = Statement("SELECT count(*) FROM events", {})
    with store.snapshot(SHOP) as read:
        before = read(count)
        load(store, row(2, 0, 7, 0, 0))
        assert read(count) == before == [(1,)]
    assert store.query(SHOP, count.sql, {}) == [(2,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY events TO '/tmp/out.csv'",
        "ATTACH '/tmp/other.duckdb'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
    ],
)
def test_a_question_reaches_nothing_outside_its_file(store: DuckDBStore, sql: str) -> None:
    """R-22."""
    with pytest.raises((duckdb.Error, StoreUnavailable)):
        store.query(SHOP, sql, {})


def test_many_days_are_rewritten_by_more_threads_than_questions_have(store: DuckDBStore) -> None:
    """Nothing else of the engine's configuration can be changed once a file is open."""
    load(store, row(1, 0, 0, 0, 0))
    noted = Statement("CREATE TABLE noted AS SELECT current_setting('threads') AS threads", {})
    store.seal(SHOP, DAY - timedelta(1), DAY, Derived("UTC", "", [noted]))
    assert store.query(SHOP, "SELECT threads, current_setting('threads') FROM noted", {}) == [(2, 1)]
    with pytest.raises(duckdb.Error, match="configuration"):
        store.query(SHOP, "SET memory_limit = '1GB'", {})


@pytest.mark.parametrize("disturbed", [False, True])
def test_threads_that_share_a_snapshot_see_one_state(
    store: DuckDBStore, monkeypatch: pytest.MonkeyPatch, disturbed: bool
) -> None:
    """Also when a row is loaded just before they begin, and when one is loaded later."""
    load(store, row(1, 0, 7, 0, 0))
    file, made = store._file(SHOP), []
    cursor = file._cursor

    def noted() -> Any:
        made.append(len(made))
        if disturbed and len(made) == 2:
            load(store, row(2, 0, 7, 0, 0))
        return cursor()

    monkeypatch.setattr(file, "_cursor", noted)
    asked = Statement("SELECT count(DISTINCT visit), sum(range) FROM events, range(200_000)", {})
    with store.snapshot(SHOP, at_once=2) as read, ThreadPoolExecutor(2) as threads:
        load(store, row(3, 0, 7, 0, 0))
        found = {tuple(rows[0]) for rows in threads.map(read, [asked] * 6)}
    assert len(made) == 2
    rows = 2 if disturbed else 1
    assert found == {(rows, rows * 19_999_900_000)}


def test_a_question_that_begins_while_rows_are_rewritten_sees_each_once(store: DuckDBStore) -> None:
    """DuckDB 2.0 shows new rows beside the old ones to who begins during a commit: once a day was sealed, it counted twice in
    one answer of a hundred."""
    load(store, row(1, 0, 7, 0, 0))
    store._file(SHOP).write([Statement("INSERT INTO stored FROM stored, range(199_999) SELECT stored.*", {})])
    rewritten = [Statement(each, {}) for each in (
        "CREATE OR REPLACE TEMP TABLE rewritten AS FROM stored",
        "DELETE FROM stored",
        "INSERT INTO stored FROM rewritten",
    )]  # fmt: skip
    found = set()
    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(lambda: [store._file(SHOP).write(rewritten, beside=True) for _ in range(8)])
        while not writing.done():
            found.update(store.query(SHOP, "SELECT count(*) FROM stored", {}))
        writing.result()
    assert found == {(200_000,)}


@pytest.mark.parametrize(("size", "looks_up", "together"), [(0, True, True), (1 << 40, False, True), (1 << 40, True, False)])
def test_t4_of_a_file_larger_than_memory_one_question_at_a_time_looks_values_up(
    store: DuckDBStore, size: int, looks_up: bool, together: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two would not have the memory for what they look up, and each take three times as long."""
    load(store, row(1, 0, 7, 0, 0))
    file, both, met = store._file(SHOP), Barrier(2), list[bool]()
    telling = file._telling

    @contextmanager
    def meeting() -> Iterator[None]:
        with telling():
            try:
                both.wait(10 if together else 0.2)
                met.append(True)
            except BrokenBarrierError:
                met.append(False)
            yield

    monkeypatch.setattr(file, "size", lambda: size)
    with store.snapshot(SHOP, at_once=2) as read, ThreadPoolExecutor(2) as threads:
        monkeypatch.setattr(file, "_telling", meeting)
        found = list(threads.map(read, [Statement("SELECT visit FROM events", {}, looks_up)] * 2))
    assert (found, met) == ([[(1,)]] * 2, [together] * 2)


def test_a_python_variable_is_not_a_table(store: DuckDBStore) -> None:
    secret = [(1,)]
    with pytest.raises(duckdb.CatalogException):
        store.query(SHOP, "SELECT * FROM secret", {})
    assert secret


def test_a_question_that_takes_too_long_is_cancelled(store: DuckDBStore) -> None:
    """And says so, with the setting."""
    with pytest.raises(QuestionTooLarge, match="stopped after 1 s \\(setting query_seconds\\); ask for fewer days"):
        store.query(SHOP, "SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b WHERE a.range % 7 = b.range % 11", {})
    assert store.query(SHOP, "SELECT 1", {}) == [(1,)]


def test_a_question_that_needs_too_much_memory_is_cancelled(tmp_path: Path) -> None:
    folders = Folders(*(tmp_path / name for name in ("sites", "quarantine", "work", "backups")))
    store = DuckDBStore(folders, Limits(32 << 20, 1, 60, 0), in_doubt)
    with pytest.raises(QuestionTooLarge, match="more than 32 MB \\(setting memory_limit\\)"):
        store.query(SHOP, "SELECT len(list(range)) FROM range(20_000_000)", {})
    assert store.query(SHOP, "SELECT 1", {}) == [(1,)]
    store.close()


def test_t4_all_sites_together_keep_no_more_memory_than_the_limit(tmp_path: Path) -> None:
    """Who was asked longest ago lets go first; nobody does who is busy, was just asked, or while there is enough for all."""
    folders = Folders(*(tmp_path / name for name in ("sites", "quarantine", "work", "backups")))
    store = DuckDBStore(folders, Limits(80 << 20, 1, 60, 0), in_doubt)
    sites = [SHOP, BLOG, Site(id="club", domain="club.example")]
    much = Statement("CREATE TABLE much AS SELECT random() AS number FROM range(4_000_000)", {})

    def held() -> list[bool]:
        kept = "SELECT sum(memory_usage_bytes) > 20e6 FROM duckdb_memory()"
        return [store.query(site, kept, {}) == [(True,)] for site in sites]

    for site in sites:
        store.seal(site, DAY, DAY, Derived("UTC", "", [much]))
    store.release_memory()
    assert held() == [True, True, True]
    store.release_memory(idle=0)
    assert held() == [False, True, True]
    store.release_memory(idle=0)
    assert held() == [False, True, True]
    assert store.query(SHOP, "SELECT sum(number) > 0 FROM much", {}) == [(True,)]
    assert held() == [True, True, True]
    with store.trial(SHOP), ThreadPoolExecutor(1) as upkeep:
        upkeep.submit(store.release_memory, idle=0).result()
    assert held() == [True, False, True]
    store.close()


def test_a_file_that_was_closed_for_good_is_not_opened_to_let_go_of_its_memory(tmp_path: Path) -> None:
    """A site is removed while upkeep looks at it: it must not come back."""
    folders = Folders(*(tmp_path / name for name in ("sites", "quarantine", "work", "backups")))
    DuckDBStore(folders, Limits(64 << 20, 1, 20, 0), in_doubt).close()
    file = SiteFile("shop", folders, Limits(64 << 20, 1, 20, 0), in_doubt, lambda _site_id: ())
    file.close()
    file.path.unlink()
    assert file.memory() == 0
    assert file.let_go()
    with pytest.raises(StoreUnavailable, match="was closed"):
        file.read("SELECT 1", {})
    assert not file.path.exists()


def test_a_file_of_a_newer_version_cannot_be_used_now_and_says_why(tmp_path: Path) -> None:
    """After a downgrade rows wait in the spool, and health and log have the reason; nothing is set aside as damaged."""
    folders = Folders(*(tmp_path / name for name in ("sites", "quarantine", "work", "backups")))
    store = DuckDBStore(folders, Limits(256 << 20, 1, 20, 0), in_doubt)
    store.seal(SHOP, DAY, DAY, Derived("UTC", "", [Statement("INSERT INTO migrations VALUES (9999, '9999_to_come', 0)", {})]))
    store.close()
    store = DuckDBStore(folders, Limits(256 << 20, 1, 20, 0), in_doubt)
    with pytest.raises(StoreUnavailable, match=r"shop\.duckdb: the data was written by a newer version .* 9999_to_come"):
        load(store, row(1, 0, 0, 0, 0))
    assert list(folders.quarantine.iterdir()) == []
    store.close()


def test_a_file_that_is_another_when_it_is_opened_again_is_in_doubt(tmp_path: Path) -> None:
    """A fresh process reads from the spool what an older file, from a backup, does not have; this one takes it for stored."""

    def ended(problem: str) -> NoReturn:
        raise InterruptedError(problem)

    folders = Folders(*(tmp_path / name for name in ("sites", "quarantine", "work", "backups")))
    store = DuckDBStore(folders, Limits(256 << 20, 1, 20, 0), ended)
    for visit in (1, 2):
        store.load(SHOP, Load([row(visit, 0, 0, 0, 0)], {}, [], [Position("segment", visit)]))
        store.backup(SHOP)
        assert store._file(SHOP).let_go()
        assert store.query(SHOP, "SELECT count(*) FROM events", {}) == [(visit,)]
    store.load(SHOP, Load([row(3, 0, 0, 0, 0)], {}, [], [Position("segment", 3)]))
    assert store._file(SHOP).let_go()
    (folders.sites / "shop.duckdb").write_bytes(b"damaged")
    with pytest.raises(InterruptedError, match="is not what it was"):
        store.query(SHOP, "SELECT 1", {})


@pytest.mark.parametrize(("each", "files"), [(64 << 20, 20_000), (6 << 20, 32)])
def test_no_more_files_are_open_than_there_is_room_for(
    each: int, files: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of hundreds of sites on one instance: each takes memory, and of files the process may have so many. Those that were
    used last stay open, and one that is being read."""
    monkeypatch.setattr("resource.getrlimit", lambda _which: (files, files))
    monkeypatch.setattr("analytics.store.duckdb.engine.BYTES_OPEN", each)
    folders = Folders(*(tmp_path / name for name in ("sites", "quarantine", "work", "backups")))
    store = DuckDBStore(folders, Limits(256 << 20, 1, 60, 0), in_doubt)
    sites = [Site(id=f"s{number}", domain=f"s{number}.example") for number in range(7)]

    def opened() -> list[str]:
        mine = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
        return sorted({path.stem for path in mine if path.is_relative_to(folders.sites) and path.suffix == ".duckdb"})

    def visits(site: Site) -> list[tuple[Any, ...]]:
        return store.query(site, "SELECT visit FROM events", {})

    with store.snapshot(sites[0]):
        for number, site in enumerate(sites):
            load(store, row(number, 0, 0, 0, 0), site=site)
        assert opened() == ["s0", "s4", "s5", "s6"]
        assert [visits(site) for site in sites] == [[(number,)] for number in range(7)]
        load(store, row(9, 0, 0, 0, 0), site=sites[1])
        assert opened() == ["s0", "s1", "s5", "s6"]
    assert visits(sites[1]) == [(1,), (9,)]
    assert visits(sites[2]) == [(2,)]
    assert opened() == ["s1", "s2", "s5", "s6"]
    store.close()


def test_threads_never_see_another_sites_rows(store: DuckDBStore) -> None:
    """R-05: a connection shared by threads gave another site's rows in 12 % of questions."""
    load(store, row(1, 0, 0, 0, 0, path="/shop"))
    load(store, row(1, 0, 0, 0, 0, path="/blog"), site=BLOG)

    def asks(number: int) -> bool:
        site = (SHOP, BLOG)[number % 2]
        return store.query(site, "SELECT path FROM events WHERE visit = $v", {"v": 1}) == [(f"/{site.id}",)]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(asks, range(2000)))


def test_files_are_for_their_owner_only(store: DuckDBStore, tmp_path: Path) -> None:
    load(store, row(1, 0, 0, 0, 0))
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "sites").glob("*.duckdb")} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o700}


def test_below_the_reserve_nothing_is_written(tmp_path: Path) -> None:
    """A transaction or a checkpoint that the disk refuses at its very end is in doubt, and ends the process: closing a day
    would do that each minute for as long as the disk is full."""
    folders = Folders(*(tmp_path / name for name in ("sites", "quarantine", "work", "backups")))
    store = DuckDBStore(folders, Limits(256 << 20, 1, 20, 0), in_doubt)
    load(store, row(1, 0, 0, 0, 0))
    store.close()
    store, nothing = DuckDBStore(folders, Limits(256 << 20, 1, 20, 1 << 60), in_doubt), Derived("UTC", "", [])
    refused: dict[str, Callable[[], object]] = {
        "load": lambda: load(store, row(2, 0, 0, 0, 0)),
        "seal": lambda: store.seal(SHOP, DAY, DAY, nothing),
        "roll_up": lambda: store.roll_up(SHOP, DAY, DAY, nothing),
        "close_month": lambda: store.close_month(SHOP, DAY.replace(day=1), nothing),
        "backup": lambda: store.backup(SHOP),
    }
    for name, write in refused.items():
        with pytest.raises(StoreUnavailable, match="disk_reserve"):
            write()
        assert store.query(SHOP, "SELECT visit FROM events", {}) == [(1,)], name
    store.close()


def test_a_disk_that_fills_up_while_rows_are_written_leaves_no_open_transaction(
    store: DuckDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came before is there, and the same load goes in when there is room again."""
    load(store, row(1, 0, 0, 0, 0))

    def full(_path: Path, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "write_bytes", full)
        with pytest.raises(StoreUnavailable, match="No space left"):
            load(store, row(2, 0, 0, 0, 0))
    load(store, row(2, 0, 0, 0, 0))
    assert store.query(SHOP, "SELECT visit FROM events ORDER BY visit", {}) == [(1,), (2,)]


@pytest.mark.parametrize("name", ["../up", "A", "a.b", ""])
def test_a_site_id_cannot_name_another_file(store: DuckDBStore, name: str) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        store.positions(Site(id=name, domain="x.example"))


def test_an_erased_site_leaves_nothing_on_the_disk_and_others_alone(store: DuckDBStore, tmp_path: Path) -> None:
    """Unlinked, not emptied: DELETE leaves the bytes where they are."""
    load(store, row(1, 0, 7, 3, 0))
    load(store, row(2, 0, 7, 3, 0), site=BLOG)
    store.backup(SHOP)
    for left in ("quarantine/shop.duckdb.1790", "quarantine/shop.rows", "backups/shop.before-0002.duckdb"):
        (tmp_path / left).write_bytes(b"rows")
    store.erase(SHOP)
    store.erase(SHOP)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["blog.duckdb", "blog.duckdb.wal"]
    assert store.query(BLOG, "SELECT visit FROM events", {}) == [(2,)]
    with pytest.raises(StoreUnavailable, match="the site shop was removed"):
        store.query(SHOP, "SELECT 1", {})
    with pytest.raises(StoreUnavailable, match="the site shop was removed"):
        load(store, row(3, 0, 7, 3, 0))
