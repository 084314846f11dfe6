"""T5, D7: what is gone is gone from the disk, answers go on meanwhile, and a crash leaves the data whole."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import duckdb
import pytest
from msgspec import json

from analytics.errors import StoreBusy, StoreUnavailable
from analytics.query.rollups import derived
from analytics.site import Site
from analytics.store.base import Change, Load, Statement
from analytics.store.duckdb import erasure, site_file
from analytics.store.duckdb.dialect import DuckDBDialect
from analytics.store.duckdb.engine import DuckDBStore
from analytics.store.duckdb.erasure import Gate
from analytics.store.duckdb.limits import Folders, Limits
from tests.rows import made_row

SHOP = Site(id="shop", domain="shop.example")
CANARY = "canary-of-the-coal-mine"
GONE = Change(id=1, condition="path = $path", parameters={"path": f"/{CANARY}"})


def in_doubt(problem: str) -> NoReturn:
    raise AssertionError(problem)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(*(tmp_path / name for name in ("sites", "quarantine", "work", "backups")))


@pytest.fixture
def stand() -> list[Change]:
    return []


@pytest.fixture
def store(folders: Folders, stand: list[Change]) -> Iterator[DuckDBStore]:
    store = DuckDBStore(folders, Limits(256 << 20, 1, 20, 0), in_doubt, lambda _site_id: list(stand))
    yield store
    store.close()


def load(store: DuckDBStore, *paths: str) -> None:
    rows = [made_row(path=path, visit=number, visitor=number, hostname=os.urandom(100).hex()) for number, path in enumerate(paths)]
    assert not store.load(SHOP, Load([json.encode(row) for row in rows], {}, [], []))


def paths(store: DuckDBStore) -> list[str]:
    return [path for (path,) in store.query(SHOP, "SELECT path FROM events ORDER BY path", {})]


def file(folders: Folders) -> Path:
    return folders.sites / "shop.duckdb"


def settle(store: DuckDBStore, stand: list[Change]) -> None:
    """A correction is made, and 30 days later settled."""
    stand.append(GONE)
    store.correct(SHOP, stand)
    stand[0] = Change(id=1, condition=GONE.condition, parameters=GONE.parameters, settled=True)
    store.correct(SHOP, stand)


def every_value(path: Path) -> str:
    """All that the tables hold: compression hides a text from a scan of the bytes."""
    with duckdb.connect(str(path), read_only=True) as database:
        tables = [name for (name,) in database.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return "\n".join(str(database.table(name).fetchall()) for name in tables)


def test_an_erased_row_is_gone_from_the_tables_and_from_the_bytes(
    store: DuckDBStore, folders: Folders, stand: list[Change]
) -> None:
    load(store, "/a", f"/{CANARY}", "/b")
    settle(store, stand)
    store.backup(SHOP)
    assert CANARY.encode() in file(folders).read_bytes()  # what DELETE leaves behind
    store.compact(SHOP)
    assert paths(store) == ["/a", "/b"]
    store.close()
    assert CANARY.encode() not in file(folders).read_bytes()
    assert CANARY not in every_value(file(folders))
    assert not list(folders.work.iterdir())


def test_what_sealing_noted_of_an_erased_row_is_gone_too(store: DuckDBStore, folders: Folders, stand: list[Change]) -> None:
    """The row that stands for a visit names its sections: also that of a page which was taken out since."""
    rows = [made_row(path=path, visit=1, visitor=1, seq=seq) for seq, path in enumerate(("/a", f"/{CANARY}"))]
    store.load(SHOP, Load([json.encode(row) for row in rows], {}, [], []))
    day = rows[0].day
    store.seal(SHOP, day, day, derived(day, day, "UTC", (), DuckDBDialect()))
    assert store.query(SHOP, "SELECT places FROM events WHERE entry", {}) == [(f"\n/a\n/{CANARY}\n",)]
    settle(store, stand)
    store.compact(SHOP)
    store.close()
    assert CANARY not in every_value(file(folders))
    assert CANARY.encode() not in file(folders).read_bytes()


def test_t5_the_file_shrinks(store: DuckDBStore, folders: Folders, stand: list[Change]) -> None:
    """Half of the rows go, and with them half of the file, without a stop."""
    for number in range(6):
        load(store, *(f"/{(number * 10_000 + each) % 5000}" for each in range(10_000)))
    store.backup(SHOP)  # everything is in the file, nothing in its log
    before = store.size(SHOP)
    stand.append(Change(id=1, condition="visit % 2 = 0", settled=True))
    store.correct(SHOP, stand)
    store.backup(SHOP)
    assert store.slack(SHOP) > 0
    store.compact(SHOP)
    assert store.slack(SHOP) == 0
    assert store.size(SHOP) <= 0.6 * before
    assert len(paths(store)) == 30_000


def test_what_the_file_was_for_goes_on(store: DuckDBStore, folders: Folders) -> None:
    """Positions, ledger, settings of the connection, loads, backups: all as before."""
    load(store, "/a")
    store.compact(SHOP)
    load(store, "/b")
    assert paths(store) == ["/a", "/b"]
    assert file(folders).stat().st_mode & 0o777 == 0o600
    assert store.backup(SHOP) == {}
    with pytest.raises(duckdb.Error, match="disabled"):
        store.query(SHOP, "FROM read_text('/etc/passwd')", {})
    store.compact(SHOP)
    assert paths(store) == ["/a", "/b"]


def test_answers_go_on_and_loads_wait_while_the_copy_is_made(
    store: DuckDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, "/a")
    copying, go_on = threading.Event(), threading.Event()
    write_copy = erasure.write_copy

    def slow(*arguments: object) -> None:
        copying.set()
        assert go_on.wait(10)
        write_copy(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(site_file, "write_copy", slow)
    monkeypatch.setattr(site_file, "SOON", 0.0)
    erasing = threading.Thread(target=store.compact, args=(SHOP,))
    erasing.start()
    try:
        assert copying.wait(10)
        assert paths(store) == ["/a"]
        with pytest.raises(StoreBusy):
            load(store, "/b")
    finally:
        go_on.set()
        erasing.join()
    load(store, "/b")
    assert paths(store) == ["/a", "/b"]


def test_a_load_that_meets_a_seal_in_the_same_day_waits_too(store: DuckDBStore) -> None:
    """Sealing goes on beside loads; where both change the same rows, the one that comes second changes nothing."""
    load(store, "/a")
    file = store._file(SHOP)
    sealing = file._open().keeper

    def seal() -> None:
        sealing.execute("DELETE FROM days")
        with pytest.raises(StoreBusy):
            load(store, "/b")

    file._transaction(seal, sealing)
    assert paths(store) == ["/a"]
    load(store, "/b")
    assert paths(store) == ["/a", "/b"]


def test_a_question_that_is_being_answered_is_waited_for(store: DuckDBStore) -> None:
    load(store, "/a")
    with store.snapshot(SHOP) as read:
        erasing = threading.Thread(target=store.compact, args=(SHOP,))
        erasing.start()
        for _ in range(20):
            assert read(Statement("SELECT count(*) FROM events", {})) == [(1,)]
        assert erasing.is_alive()
    erasing.join()
    assert paths(store) == ["/a"]


def test_when_the_copy_fails_everything_is_as_before(
    store: DuckDBStore, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, "/a")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(site_file, "write_copy", full)
    with pytest.raises(StoreUnavailable, match="cannot be copied"):
        store.compact(SHOP)
    load(store, "/b")
    assert paths(store) == ["/a", "/b"]


def test_an_old_log_is_never_replayed_on_the_new_file(tmp_path: Path) -> None:
    fresh, path = tmp_path / "fresh", tmp_path / "shop.duckdb"
    for each in (fresh, path, tmp_path / "shop.duckdb.wal"):
        each.write_text(each.name)
    with pytest.raises(StoreUnavailable):
        erasure.take_place(fresh, path)
    assert path.read_text() == "shop.duckdb"


PROCESS = """
    import sys
    from pathlib import Path
    from analytics.site import Site
    from analytics.store.duckdb import site_file
    from analytics.store.duckdb.engine import DuckDBStore
    from analytics.store.duckdb.limits import Folders, Limits
    folder, moment = Path(sys.argv[1]), sys.argv[2]
    folders = Folders(*(folder / name for name in ("sites", "quarantine", "work", "backups")))
    store = DuckDBStore(folders, Limits(256 << 20, 1, 20, 0), print)
    def here(name, function):
        def stopping(*arguments):
            if moment == f"before {name}":
                print("now", flush=True); sys.stdin.read()
            function(*arguments)
            if moment == f"after {name}":
                print("now", flush=True); sys.stdin.read()
        return stopping
    site_file.write_copy = here("write_copy", site_file.write_copy)
    site_file.take_place = here("take_place", site_file.take_place)
    store.compact(Site(id="shop", domain="shop.example"))
"""


@pytest.mark.parametrize("moment", ["before write_copy", "after write_copy", "before take_place", "after take_place"])
def test_a_kill_at_any_moment_leaves_every_row_once(folders: Folders, stand: list[Change], tmp_path: Path, moment: str) -> None:
    store = DuckDBStore(folders, Limits(256 << 20, 1, 20, 0), in_doubt, lambda _site_id: list(stand))
    load(store, "/a", "/b", "/c")
    store.close()
    command = [sys.executable, "-c", textwrap.dedent(PROCESS), str(tmp_path), moment]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"now\n"
        process.send_signal(signal.SIGKILL)
    store = DuckDBStore(folders, Limits(256 << 20, 1, 20, 0), in_doubt)
    assert paths(store) == ["/a", "/b", "/c"]
    store.compact(SHOP)
    assert paths(store) == ["/a", "/b", "/c"]
    store.close()
    assert not list(folders.quarantine.iterdir())
    assert not list(folders.work.iterdir())


def test_the_gate_lets_many_in_or_one() -> None:
    gate, order = Gate(), list[str]()
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with gate.passed(), gate.passed():
            inside.set()
            assert leave.wait(10)
            order.append("left")

    def close() -> None:
        with gate.closed():
            order.append("alone")

    threads = [threading.Thread(target=stay), threading.Thread(target=close)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    leave.set()
    for thread in threads:
        thread.join()
    assert order == ["left", "alone"]
    with gate.passed():
        order.append("open again")
