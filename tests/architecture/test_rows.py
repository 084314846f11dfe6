"""What is written is what is declared: the row, the table and the page about privacy hold the same fields."""

import re
from pathlib import Path

import duckdb
import msgspec
import pytest

from analytics.model import ApartRow, Attributes, Row, Visitor
from tests.rows import made_row

TYPES = {
    "day": "DATE",
    "time": "TIMESTAMP",
    "seq": "UINTEGER",
    "gap": "UINTEGER",
    "visitor": "UBIGINT",
    "visit": "UBIGINT",
    "interactive": "BOOLEAN",
    "engaged": "UINTEGER",
    "scroll": "UTINYINT",
    "revenue": "DECIMAL(18,3)",
    "props": "MAP(VARCHAR, VARCHAR)",
}
"""All other columns are text."""
MARKS = {
    **dict.fromkeys(("settled", "inside", "entry", "exit", "alone", "first_here", "alone_here", "read_here", "read", "bounced"), "BOOLEAN"),
    "reading": "BOOLEAN",
    "places": "VARCHAR",
    **dict.fromkeys(("views_here", "views", "acts", "duration"), "UINTEGER"),
}
"""Columns that sealing fills, behind those of a row."""


Columns = dict[str, list[tuple[str, str]]]
"""Table or view -> its columns with their types."""


@pytest.fixture(scope="module")
def relations(root: Path) -> Columns:
    """All tables and views, as a new site's file has them."""
    connection = duckdb.connect()
    for script in sorted((root / "analytics/store/duckdb/schema").glob("*.sql")):
        connection.execute(script.read_text(encoding="utf-8"))
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal "
        "ORDER BY table_name, column_index"
    ).fetchall()
    connection.close()
    found: Columns = {}
    for table, column, kind in rows:
        found.setdefault(table, []).append((column, kind))
    return found


@pytest.fixture(scope="module")
def tables(relations: Columns) -> Columns:
    """Those that lie in the file."""
    return {name: columns for name, columns in relations.items() if name not in ("events", "raw")}


def test_the_columns_of_the_stored_rows_are_the_fields_of_a_row(tables: Columns) -> None:
    """And between them the marks: a column that came later stands behind those that were there."""
    assert [column for column, _ in tables["stored"] if column not in MARKS] == list(Row.__struct_fields__)
    assert {column for column, _ in tables["stored"]} == {*Row.__struct_fields__, *MARKS}


def test_the_columns_of_the_stored_rows_have_the_declared_types(tables: Columns) -> None:
    declared = TYPES | MARKS | {"time": "TIMESTAMP_S"}
    assert dict(tables["stored"]) == {column: declared.get(column, "VARCHAR") for column, _ in tables["stored"]}


def test_an_event_is_a_stored_row_but_for_where_it_lies(relations: Columns) -> None:
    """And all that copies events has the types that they have."""
    events = [(column, "TIMESTAMP" if column == "time" else kind) for column, kind in relations["stored"] if column != "reading"]
    assert relations["events"] == events
    assert sorted(relations["month_ends"]) == sorted(events)
    assert dict(relations["raw"]).items() <= dict(events).items()


def test_what_is_set_aside_has_the_columns_of_a_row(tables: Columns) -> None:
    """A row that comes back is the row that went."""
    assert [column for column, _ in tables["set_aside"]][3:] == list(Row.__struct_fields__)


def test_what_is_kept_apart_has_the_columns_of_a_row_and_why(tables: Columns) -> None:
    """A row that is restored is the row that it would have been."""
    assert ApartRow.__struct_fields__[: len(Row.__struct_fields__)] == Row.__struct_fields__
    assert dict(tables["apart"]) == {column: TYPES.get(column, "VARCHAR") for column in ApartRow.__struct_fields__}


def test_a_row_holds_all_attributes_of_its_visit() -> None:
    """Repeated on each row: columnar storage makes it nearly free, and no question needs a join."""
    assert set(Attributes.__struct_fields__) <= set(Row.__struct_fields__)


def test_a_row_holds_nothing_that_was_made_from_an_address_or_a_user_agent() -> None:
    """Of what the door hands on, only coarse facts reach a row: no tag, under any name."""
    kept = set(Visitor.__struct_fields__) & set(Row.__struct_fields__)
    assert kept == {
        "country", "region", "city", "browser", "browser_version", "os", "os_version", "device", "language",
    }  # fmt: skip


def test_no_table_has_a_key_or_an_index(root: Path) -> None:
    """They double the file, halve the speed, and are where DuckDB's fatal errors come from."""
    scripts = list((root / "analytics/store/duckdb/schema").glob("*.sql"))
    assert scripts
    for script in scripts:
        code = re.sub(r"--.*", "", script.read_text(encoding="utf-8")).upper()
        assert not re.search(r"PRIMARY\s+KEY|UNIQUE|CREATE\s+INDEX|ON\s+CONFLICT", code), script.name


def test_every_stored_column_is_explained_to_the_people_it_is_about(root: Path, tables: Columns) -> None:
    """A field that docs/privacy.md does not name cannot be stored. Its tables begin each row with the field."""
    page = (root / "docs/privacy.md").read_text(encoding="utf-8")
    first_cells = re.findall(r"^\|([^|]*)\|", page, re.MULTILINE)
    named = {name for cell in first_cells for name in re.findall(r"`([a-z_.]+)`", cell)}
    rows = {(table, column) for table in ("set_aside", "apart") for column in Row.__struct_fields__}
    rows |= {(table, column) for table in ("stored", "month_ends") for column, _ in tables["stored"]}
    stored = {
        column if (table, column) in rows else f"{table}.{column}" for table in tables for column, _ in tables[table]
    }
    assert sorted(stored - named) == []


def test_the_model_of_a_row_can_be_written_as_json() -> None:
    """The spool holds rows as JSON: every field has a type that survives the way there and back."""
    row = made_row(props={"plan": "large"}, revenue="9.50", engaged=1_500, interactive=False, path="/é\u2028")
    assert msgspec.json.decode(msgspec.json.encode(row), type=Row) == row
