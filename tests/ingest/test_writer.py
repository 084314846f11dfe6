"""Every acknowledged event is stored once: through crashes, damage and refusals."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Any, NoReturn

import pytest

from analytics.errors import StoreUnavailable
from analytics.ingest import writer as module
from analytics.ingest.ledger import Ledger
from analytics.ingest.spool import Entry, Part, Spool, made_at, segments
from analytics.ingest.writer import Writer
from analytics.model import Reason
from analytics.query.derivation import Derivation
from analytics.site import NOWHERE, Site
from analytics.store.base import Batch
from analytics.store.duckdb import site_file
from analytics.store.duckdb.dialect import DuckDBDialect
from analytics.store.duckdb.engine import DuckDBStore
from analytics.store.duckdb.limits import Folders, Limits
from tests.dying import Died, dies_at
from tests.rows import DAY, made_apart, made_row

SHOP = Site(id="shop", domain="shop.example")
BLOG = Site(id="blog", domain="blog.example")
LATER = 1_790_000_000.0


class Machine:
    """One data directory, with processes that come and go on it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.removed: set[str] = set()
        self.start()

    def start(self) -> None:
        def in_doubt(problem: str) -> NoReturn:
            raise Died(problem)

        folders = Folders(*(self.data / name for name in ("sites", "quarantine", "work", "backups")))
        self.store = DuckDBStore(folders, Limits(256 << 20, 1, 20, 0), in_doubt)
        (self.data / "spool").mkdir(exist_ok=True)
        self.ledger = Ledger()
        self.spool = Spool(
            self.data / "spool", segment_size=4000, reserve=0, ride_along=self.ledger.take, put_back=self.ledger.put_back
        )
        self.writer = Writer(
            folder=self.data / "spool",
            quarantine=folders.quarantine,
            spool=self.spool,
            store=self.store,
            sites=lambda: [SHOP, BLOG],
            clock=lambda: LATER,
            removed=lambda: self.removed,
            derivation=Derivation(lambda _site: [], DuckDBDialect()),
        )

    def finish(self) -> None:
        """As at a planned stop: everything is loaded and noted."""
        self.spool.close()
        self.writer.advance(everything=True)
        self.stop()

    def stop(self) -> None:
        self.spool.close()
        self.writer.close()
        self.store.close()

    def restart(self) -> None:
        """As after ``kill -9``: nothing is finished, nothing is handed over."""
        self.stop()
        self.start()

    def send(self, *paths: str, site: Site = SHOP, batch: Batch | None = None, day: date = DAY) -> None:
        rows = [made_row(path=path, day=day) for path in paths]
        self.spool.append(Entry([Part(site.id, rows)], batch)).result(timeout=10)

    def paths(self, site: Site = SHOP) -> list[str]:
        """What a question about the site sees."""
        self.writer.freshen(site)
        return [path for (path,) in self.store.query(site, "SELECT path FROM events ORDER BY path", {})]

    def dropped(self, site: Site) -> dict[str, int]:
        self.writer.freshen(site)
        return dict(self.store.query(site, "SELECT reason, sum(events)::INTEGER FROM dropped GROUP BY ALL", {}))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setattr(module, "FRESH", 0.0)
    machine = Machine(tmp_path)
    yield machine
    machine.stop()


def test_a_question_sees_what_was_acknowledged_before_it(machine: Machine) -> None:
    machine.send("/a", "/b")
    assert machine.paths() == ["/a", "/b"]
    machine.send("/c")
    assert machine.paths() == ["/a", "/b", "/c"]


def test_each_site_has_its_rows_in_its_own_file(machine: Machine) -> None:
    machine.send("/shop")
    machine.send("/blog", site=BLOG)
    assert machine.paths(SHOP) == ["/shop"]
    assert machine.paths(BLOG) == ["/blog"]
    assert {path.name for path in (machine.data / "sites").glob("*.duckdb")} == {"shop.duckdb", "blog.duckdb"}


def test_after_a_crash_before_loading_nothing_is_lost_or_doubled(machine: Machine) -> None:
    machine.send("/a")
    machine.restart()
    assert machine.paths() == ["/a"]
    machine.restart()
    assert machine.paths() == ["/a"]


def test_after_a_crash_between_two_loads_each_row_is_there_once(machine: Machine) -> None:
    machine.send("/a")
    machine.paths()
    machine.send("/b")
    machine.restart()
    assert machine.paths() == ["/a", "/b"]


def test_a_deleted_database_is_filled_again_from_segments_that_were_done_with(machine: Machine) -> None:
    """R-06: rows are kept in the spool until a backup has them."""
    machine.send("/a")
    machine.send("/b")
    machine.finish()
    assert list((machine.data / "spool").glob("*.done"))
    (machine.data / "sites" / "shop.duckdb").unlink()
    machine.start()
    assert machine.paths() == ["/a", "/b"]


def test_t2_a_log_with_zeroed_end_is_quarantined_and_its_rows_are_read_again(machine: Machine) -> None:
    for number in range(200):
        machine.send(f"/{number}")
    machine.paths()
    log = machine.data / "sites" / "shop.duckdb.wal"
    kept, database = log.read_bytes(), (machine.data / "sites" / "shop.duckdb").read_bytes()
    machine.stop()
    (machine.data / "sites" / "shop.duckdb").write_bytes(database)
    log.write_bytes(kept[:-4096] + bytes(4096))
    machine.start()
    assert len(machine.paths()) == 200
    assert [path.name.split(".duckdb")[0] for path in (machine.data / "quarantine").glob("*.wal.*")]


def test_an_older_log_is_noticed_although_it_opens_without_an_error(machine: Machine) -> None:
    """A lost write-ahead log opens silently with fewer rows; the segments' notes tell."""
    machine.send("/a")
    machine.paths()
    older = (machine.data / "sites" / "shop.duckdb").read_bytes()
    machine.send("/b")
    machine.finish()
    (machine.data / "sites" / "shop.duckdb").write_bytes(older)
    (machine.data / "sites" / "shop.duckdb.wal").unlink(missing_ok=True)
    machine.start()
    assert machine.paths() == ["/a", "/b"]


@pytest.mark.parametrize("damage", [b"", b"garbage", bytes(20_000)])
def test_t2_a_broken_database_is_quarantined_and_filled_again(machine: Machine, damage: bytes) -> None:
    machine.send("/a")
    machine.stop()
    (machine.data / "sites" / "shop.duckdb").write_bytes(damage)
    machine.start()
    assert machine.paths() == ["/a"]


def test_a_poison_row_is_set_aside_and_counted_and_stops_no_other(machine: Machine) -> None:
    """R-09: found by halving."""
    rows = [made_row(path=f"/{number}") for number in range(10)]
    rows[3] = made_row(path="/poison", revenue="not a number")
    machine.spool.append(Entry([Part("shop", rows)])).result(timeout=10)
    assert machine.paths() == [f"/{number}" for number in range(10) if number != 3]
    assert machine.dropped(SHOP) == {"unreadable": 1}
    assert b"/poison" in (machine.data / "quarantine" / "shop.rows").read_bytes()


def test_a_damaged_line_is_set_aside_and_counted_and_stops_no_other(machine: Machine) -> None:
    machine.send("/a")
    machine.stop()
    (name,) = segments(machine.data / "spool")
    path = machine.data / "spool" / name
    path.write_bytes(b"00000000\t{}\n" + path.read_bytes())
    machine.start()
    assert machine.paths() == ["/a"]
    assert machine.dropped(NOWHERE) == {"unreadable": 1}


def test_the_same_batch_twice_in_the_spool_is_stored_once(machine: Machine) -> None:
    """The first write reached the disk although its sender was told that it had not."""
    batch = Batch("digest", "{}")
    machine.send("/a", batch=batch)
    machine.send("/a", batch=batch)
    assert machine.paths() == ["/a"]
    machine.send("/a", batch=batch)
    assert machine.paths() == ["/a"]
    assert machine.store.batch_answer(SHOP, "digest") == "{}"


def test_refusals_reach_the_ledger_of_their_site(machine: Machine) -> None:
    machine.ledger.drop(SHOP, LATER, Reason.BOT)
    machine.ledger.drop(SHOP, LATER, Reason.BOT)
    machine.ledger.drop(None, LATER, Reason.UNKNOWN_SITE)
    machine.send("/a")
    assert machine.dropped(SHOP) == {"bot": 2}
    assert machine.dropped(NOWHERE) == {"unknown_site": 1}


def test_what_was_left_out_of_events_is_added_up_by_day(machine: Machine) -> None:
    for parameters in (2, 1):
        machine.spool.append(Entry([Part("shop", left_out={"2026-09-21": parameters})])).result(timeout=10)
    machine.paths()
    assert machine.store.query(SHOP, "SELECT day, CAST(sum(parameters) AS INTEGER) FROM left_out GROUP BY day", {}) == [(date(2026, 9, 21), 3)]
    assert machine.dropped(SHOP) == {}


def test_a_restart_that_lost_the_visitors_is_noted_on_its_day(machine: Machine) -> None:
    machine.spool.append(Entry([Part("shop", restarted="2026-06-01")])).result(timeout=10)
    machine.paths()
    assert machine.store.query(SHOP, "SELECT day FROM restarts", {}) == [(DAY,)]


def test_one_site_that_cannot_be_loaded_does_not_hold_up_the_others(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = machine.store.load

    def broken(site: Site, what: object) -> object:
        if site == SHOP:
            raise StoreUnavailable("broken")
        return load(site, what)  # type: ignore[arg-type]

    monkeypatch.setattr(machine.store, "load", broken)
    machine.send("/shop")
    machine.send("/blog", site=BLOG)
    with pytest.raises(StoreUnavailable):
        machine.writer.advance(everything=True)
    monkeypatch.undo()
    assert machine.store.query(BLOG, "SELECT path FROM events", {}) == [("/blog",)]
    machine.writer.advance(everything=True)
    assert machine.store.query(SHOP, "SELECT path FROM events", {}) == [("/shop",)]


@pytest.mark.parametrize("moment", ["BEGIN", "INSERT INTO stored", "INSERT INTO positions", "COMMIT", "after COMMIT"])
def test_a_crash_at_any_moment_of_a_load_stores_each_row_once(
    machine: Machine, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-02: rows and position are one transaction; in doubt, a fresh process reads the position."""
    machine.send("/a")
    machine.paths()
    machine.send("/b")
    dies_at(moment, machine.store._file(SHOP), monkeypatch)
    with pytest.raises(Died):
        machine.paths()
    machine.spool.close()
    with suppress(Died):
        machine.store.close()
    machine.start()
    assert machine.paths() == ["/a", "/b"]


def open_days(machine: Machine) -> list[date]:
    return [one.day for one in machine.store.days(SHOP) if not one.sealed]


def test_d18_what_is_kept_apart_is_loaded_once_with_its_count_through_crashes(machine: Machine) -> None:
    """It rides along with the ledger, and never counts."""
    for crash in (False, True, True):
        machine.ledger.drop(SHOP, LATER, Reason.BOT, made_apart())
        machine.ledger.drop(SHOP, LATER, Reason.BOT)
        machine.send("/people")
        if crash:
            machine.restart()
        machine.writer.freshen(SHOP)
    machine.restart()
    assert machine.paths() == ["/people"] * 3
    assert machine.dropped(SHOP) == {"bot": 6}
    assert machine.store.query(SHOP, "SELECT count(*) FROM apart", {}) == [(3,)]


def test_what_is_kept_apart_of_days_that_are_over_is_made_coarse(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUIET", 0.0)
    machine.ledger.drop(SHOP, LATER, Reason.BOT, made_apart())
    machine.send("/people")
    machine.paths()
    machine.writer.seal_due()
    assert machine.store.query(SHOP, "SELECT time::VARCHAR FROM apart", {}) == [("2026-06-01 12:00:00",)]


def test_past_days_are_sealed_and_today_is_not(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUIET", 0.0)
    today = date(2026, 9, 21)
    machine.send("/old")
    machine.send("/new", day=today)
    machine.paths()
    machine.writer.seal_due()
    assert open_days(machine) == [today]
    times = dict(machine.store.query(SHOP, "SELECT path, time::VARCHAR FROM events", {}))
    assert times == {"/old": "2026-06-01 12:00:00", "/new": "2026-09-21 12:00:07"}


def test_rows_that_come_late_open_their_day_again(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUIET", 0.0)
    machine.send("/old")
    machine.paths()
    machine.writer.seal_due()
    machine.send("/late")
    machine.paths()
    assert open_days(machine) == [DAY]
    machine.writer.seal_due()
    assert open_days(machine) == []




def test_questions_do_not_wait_until_every_site_is_backed_up(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are not fair: without a breath between two sites the question about one waits for the backups of all."""
    monkeypatch.setattr(module, "_BREATH", 0.3)
    for site in (SHOP, BLOG):
        machine.send(*(f"/{number}" for number in range(100)), site=site)
    machine.send("/last")
    machine.writer.advance(everything=True)
    happened: list[str] = []
    begun = Signal()

    def ask() -> None:
        begun.set()
        machine.writer.freshen(SHOP)
        happened.append("answered")

    asking = Thread(target=ask)

    def backup(site: Site) -> dict[str, int]:
        if not happened:
            asking.start()
            begun.wait(10)
        happened.append("backed up")
        return {}

    monkeypatch.setattr(machine.store, "backup", backup)
    machine.writer.back_up()
    asking.join(10)
    assert happened == ["backed up", "answered", "backed up"]


def test_r06_segments_are_deleted_only_when_a_verified_backup_has_their_rows(machine: Machine) -> None:
    machine.send("/a")
    machine.send("/b", site=BLOG)
    machine.finish()
    machine.start()
    assert segments(machine.data / "spool")
    machine.writer.back_up()
    assert segments(machine.data / "spool") == []
    assert {path.name for path in (machine.data / "backups").iterdir()} == {"shop.duckdb", "blog.duckdb"}


def test_a_segment_that_is_a_day_old_makes_the_backups_due(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often the process began anew meanwhile."""
    machine.send("/a")
    machine.finish()
    machine.start()
    made = made_at(segments(machine.data / "spool")[0])
    for age, left in ((module.BACKUP - 1, 1), (module.BACKUP + 1, 0)):
        monkeypatch.setattr(machine.writer, "_clock", lambda now=made + age: now)
        machine.writer.back_up_due()
        assert len(segments(machine.data / "spool")) == left


def test_a_site_that_cannot_be_closed_or_backed_up_holds_up_no_other_and_is_told(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the next attempt, and apart from what keeps rows from being loaded: they are."""
    monkeypatch.setattr(module, "_TICK", 0.01)
    monkeypatch.setattr(module, "_BREATH", 0.0)
    monkeypatch.setattr(module, "BACKUP", -1e10)
    machine.send("/a")
    machine.send("/b", site=BLOG)
    machine.finish()
    machine.start()
    monkeypatch.setattr(module, "QUIET", 0.0)
    kept = machine.store.backup
    seal, seen, told = machine.store.seal, Signal(), list[tuple[str, str]]()

    def sealed(site: Site, *days: Any) -> None:
        if site == SHOP:
            raise StoreUnavailable("shop.duckdb: out of memory")
        seal(site, *days)

    def backed_up(site: Site) -> dict[str, int]:
        if site == SHOP:
            raise StoreUnavailable("shop.duckdb cannot be copied")
        return kept(site)

    monkeypatch.setattr(machine.store, "seal", sealed)
    monkeypatch.setattr(machine.store, "backup", backed_up)
    advance = machine.writer.advance

    def advanced(**how: bool) -> None:
        if machine.writer.behind:
            told.append((machine.writer.behind, machine.writer.failing))
            seen.set()
        advance(**how)

    monkeypatch.setattr(machine.writer, "advance", advanced)
    machine.writer.start()
    assert seen.wait(10)
    machine.writer.close()
    assert told[0] == ("shop.duckdb: out of memory; shop.duckdb cannot be copied", "")
    assert [one.sealed for one in machine.store.days(BLOG)] == [True]
    assert [path.name for path in (machine.data / "backups").iterdir()] == ["blog.duckdb"]
    assert segments(machine.data / "spool"), "a backup does not have their rows"


def test_the_spool_is_cleared_when_that_is_asked_for(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all that was acknowledged nothing is left in it, not even in the segment that was being written; and when the disk
    refuses, it is tried again."""
    machine.send("/a")
    machine.send("/b", site=BLOG)
    machine.writer.back_up_due()
    assert len(segments(machine.data / "spool")) == 1, "nobody asked"
    machine.writer.clear_soon()
    with monkeypatch.context() as broken:
        broken.setattr(site_file, "copy", lambda source, target: target.write_bytes(b"damaged on the way"))
        with pytest.raises(StoreUnavailable):
            machine.writer.back_up_due()
    machine.writer.back_up_due()
    assert segments(machine.data / "spool") == []
    assert (machine.paths(), machine.paths(BLOG)) == (["/a"], ["/b"])


def test_a_broken_file_is_the_backup_and_the_segments_since(machine: Machine) -> None:
    machine.send("/backed up")
    machine.finish()
    machine.start()
    machine.writer.back_up()
    machine.send("/since")
    machine.finish()
    (machine.data / "sites" / "shop.duckdb").write_bytes(b"garbage")
    machine.start()
    assert machine.paths() == ["/backed up", "/since"]


def test_a_deleted_file_is_the_backup_and_the_segments_since(machine: Machine) -> None:
    machine.send("/backed up")
    machine.finish()
    machine.start()
    machine.writer.back_up()
    machine.send("/since")
    machine.finish()
    (machine.data / "sites" / "shop.duckdb").unlink()
    machine.start()
    assert machine.paths() == ["/backed up", "/since"]


def test_a_backup_that_cannot_be_read_back_does_not_replace_the_one_before(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.send("/a")
    machine.finish()
    machine.start()
    machine.writer.back_up()
    before = (machine.data / "backups" / "shop.duckdb").read_bytes()
    machine.send("/b")
    machine.finish()
    machine.start()
    monkeypatch.setattr(site_file, "copy", lambda source, target: target.write_bytes(b"damaged on the way"))
    with pytest.raises(StoreUnavailable, match="cannot be read back"):
        machine.writer.back_up()
    assert (machine.data / "backups" / "shop.duckdb").read_bytes() == before
    assert segments(machine.data / "spool")


def test_rows_of_a_removed_site_are_not_stored_and_hold_up_no_segment(machine: Machine) -> None:
    """Neither those that were read already, nor those that came last, nor those of a process before."""
    machine.send("/done with")
    machine.finish()
    machine.start()
    machine.send("/read")
    machine.send("/blog", site=BLOG)
    machine.writer.advance()
    machine.removed = {"shop"}
    machine.store.erase(SHOP)
    machine.send("/late")
    machine.finish()
    machine.start()
    machine.store.erase(SHOP)
    assert machine.paths(BLOG) == ["/blog"]
    machine.writer.advance(everything=True)
    machine.writer.back_up()
    assert [path.name for path in (machine.data / "sites").glob("shop*")] == []
    assert [path.name for path in (machine.data / "backups").iterdir()] == ["blog.duckdb"]
    assert machine.writer.lag() == 0
    assert len(segments(machine.data / "spool")) <= 1, "the one that is being written"


def test_a_bug_does_not_end_the_thread_and_is_said_without_its_data(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T3: a zombie would answer health checks while no row is loaded."""
    monkeypatch.setattr(module, "_TICK", 0.01)
    failed, real = Signal(), machine.writer.advance

    def breaks() -> None:
        failed.set()
        raise ValueError("a row's content")

    monkeypatch.setattr(machine.writer, "advance", breaks)
    machine.writer.start()
    assert failed.wait(10)
    failed.clear()
    assert failed.wait(10), "it tries again"
    assert machine.writer.failing == "ValueError in the writer; it tries again"
    monkeypatch.setattr(machine.writer, "advance", real)


def test_a_site_that_is_never_quiet_has_its_past_sealed(machine: Machine) -> None:
    """Today's rows come all the time: they do not keep yesterday open."""
    machine.send("/old")
    machine.paths()
    machine.writer._late_at.clear()  # as a minute later
    machine.send("/new", day=date(2026, 9, 21))
    machine.paths()
    machine.writer.seal_due()
    assert open_days(machine) == [date(2026, 9, 21)]


def test_late_rows_wait_for_those_that_follow(machine: Machine) -> None:
    """An import closes each day once, not with every batch."""
    machine.send("/old")
    machine.paths()
    machine.writer.seal_due()
    assert open_days(machine) == [DAY]
