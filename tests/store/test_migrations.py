"""Schemas change by numbered files that run once, whole or not at all (D5, T6)."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from analytics.store.migrations import Migration, MigrationFailed, migrate, migrations, statements


class Notebook:
    """A target on SQLite in memory that remembers what was asked of it."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.asked: list[str] = []

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, parameters).fetchall()

    def begin(self) -> None:
        self.asked.append("begin")
        self.connection.execute("BEGIN")

    def commit(self) -> None:
        self.asked.append("commit")
        self.connection.execute("COMMIT")

    def rollback(self) -> None:
        self.asked.append("rollback")
        self.connection.rollback()

    def snapshot(self, name: str) -> None:
        self.asked.append(f"snapshot {name}")

    def tables(self) -> set[str]:
        return {row[0] for row in self.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


@pytest.fixture
def target() -> Notebook:
    return Notebook()


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name.removeprefix('m')}.sql").write_text(text, encoding="utf-8")
    return folder


def test_files_run_in_order_and_are_recorded_with_their_time(target: Notebook, tmp_path: Path) -> None:
    write(tmp_path, m0002_more="CREATE TABLE b (y)", m0001_first="CREATE TABLE a (x); INSERT INTO a VALUES (1);")
    assert migrate(target, tmp_path, clock=lambda: 1000.9) == ["0001_first", "0002_more"]
    assert target.execute("SELECT * FROM migrations") == [(1, "0001_first", 1000), (2, "0002_more", 1000)]
    assert target.execute("SELECT x FROM a") == [(1,)]


def test_what_ran_is_never_run_again(target: Notebook, tmp_path: Path) -> None:
    write(tmp_path, m0001_first="CREATE TABLE a (x)")
    migrate(target, tmp_path)
    target.asked.clear()
    assert migrate(target, tmp_path) == []
    assert target.asked == []


def test_a_snapshot_is_taken_before_data_with_a_past_is_changed_and_not_of_an_empty_database(
    target: Notebook, tmp_path: Path
) -> None:
    write(tmp_path, m0001_first="CREATE TABLE a (x)")
    migrate(target, tmp_path)
    assert target.asked == ["begin", "commit"]
    write(tmp_path, m0002_more="CREATE TABLE b (y)", m0003_most="CREATE TABLE c (z)")
    migrate(target, tmp_path)
    assert target.asked[2:] == ["snapshot before-0002", "begin", "commit", "begin", "commit"]


def test_t6_a_migration_that_fails_half_way_leaves_nothing_and_runs_again_when_it_is_mended(
    target: Notebook, tmp_path: Path
) -> None:
    write(tmp_path, m0001_first="CREATE TABLE a (x)", m0002_broken="CREATE TABLE b (y); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(MigrationFailed, match="0002_broken: no such table: nowhere; it was undone"):
        migrate(target, tmp_path)
    assert target.tables() == {"migrations", "a"}
    write(tmp_path, m0002_broken="CREATE TABLE b (y);")
    assert migrate(target, tmp_path) == ["0002_broken"]
    assert target.tables() == {"migrations", "a", "b"}


def test_data_of_a_newer_version_is_refused_untouched(target: Notebook, tmp_path: Path) -> None:
    write(tmp_path, m0001_first="CREATE TABLE a (x)", m0002_newer="CREATE TABLE b (y)")
    migrate(target, tmp_path)
    (tmp_path / "0002_newer.sql").unlink()
    with pytest.raises(MigrationFailed, match="newer version of Footfall"):
        migrate(target, tmp_path)


def test_what_another_process_did_meanwhile_is_not_done_twice(target: Notebook, tmp_path: Path) -> None:
    """Two commands start at once: the one that got the transaction later finds the work done."""
    write(tmp_path, m0001_first="CREATE TABLE a (x)")

    class Later(Notebook):
        def begin(self) -> None:
            if not self.asked:
                self.asked.append("the other one")
                migrate(Other(self.connection), tmp_path)
            super().begin()

    class Other(Notebook):
        def __init__(self, connection: sqlite3.Connection) -> None:
            super().__init__()
            self.connection = connection

    later = Later()
    migrate(later, tmp_path)
    assert later.execute("SELECT number FROM migrations") == [(1,)]


@pytest.mark.parametrize("name", ["0002_gap", "1_short", "0001-dash", "0001_Upper"])
def test_a_file_that_is_misnamed_stops_the_start(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.sql").write_text("")
    with pytest.raises(MigrationFailed, match=r"0001_what_it_does\.sql"):
        migrations(tmp_path)


def test_the_files_of_a_folder_are_listed_by_number(tmp_path: Path) -> None:
    write(tmp_path, m0001_first="", m0002_more="")
    assert migrations(tmp_path) == [
        Migration(1, "0001_first", tmp_path / "0001_first.sql"),
        Migration(2, "0002_more", tmp_path / "0002_more.sql"),
    ]


SCRIPTS = [
    ("SELECT 1; SELECT 2;", ["SELECT 1;", "SELECT 2;"]),
    ("SELECT 1", ["SELECT 1"]),
    ("SELECT ';'; SELECT 2", ["SELECT ';';", "SELECT 2"]),
    ("-- a; comment\nSELECT 1;", ["-- a; comment\nSELECT 1;"]),
    ("SELECT 1; -- the end\n/* of; it */", ["SELECT 1;"]),
    (
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; SELECT 1; END; SELECT 2;",
        ["CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; SELECT 1; END;", "SELECT 2;"],
    ),
]


@pytest.mark.parametrize(("script", "expected"), SCRIPTS)
def test_a_script_is_taken_apart_where_statements_end(script: str, expected: list[str]) -> None:
    assert list(statements(script)) == expected
