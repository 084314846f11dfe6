"""D25: the owner's own rows in the table of sources."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from analytics.errors import InvalidInput, NotFound
from analytics.site import OwnSource, SourceKind
from analytics.store.control.store import ControlStore

CLUB = OwnSource(name="Walking club", kind=SourceKind.SOCIAL, hosts=("club.example",), tags=("wc",))


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlStore]:
    control = ControlStore(tmp_path / "control.sqlite", lambda: 1000.0)
    yield control
    control.close()


def test_a_row_is_kept_changed_and_removed_and_each_is_told_and_noted(control: ControlStore) -> None:
    told: list[list[str]] = []
    rows = control.own_sources
    rows.subscribe(lambda: told.append([row.name for row in rows.all()]))
    kept = rows.put(CLUB, by="ada")
    assert kept == replace(CLUB, id=1)
    assert rows.all() == [kept]
    changed = rows.put(replace(kept, name="Ramblers", kind=SourceKind.OTHER), by="ada")
    assert rows.find(1) == changed
    rows.remove(1, by="ada")
    assert rows.all() == []
    assert told == [["Walking club"], ["Ramblers"], []]
    assert [(entry.what, entry.subject) for entry in control.audit.latest()][:3] == [
        ("source removed", "Ramblers"), ("source changed", "Ramblers (other)"), ("source added", "Walking club (social)"),
    ]  # fmt: skip


def test_rows_are_there_after_a_restart(control: ControlStore, tmp_path: Path) -> None:
    kept = control.own_sources.put(CLUB)
    again = ControlStore(tmp_path / "control.sqlite")
    assert again.own_sources.all() == [kept]
    again.close()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("www.Club.Example", "club.example"), ("https://club.example/forum?x=1", "club.example"), ("club.example:8080", "club.example"),
        ("Bücher.example", "xn--bcher-kva.example"), ("club.*", "club.*"), ("forum.Club.*", "forum.club.*"), ("localhost", "localhost"),
        ("android-app://com.example.reader/", "com.example.reader"), ("com.example.reader", "com.example.reader"),
    ],
)  # fmt: skip
def test_a_host_is_kept_in_the_spelling_that_referrers_have(control: ControlStore, typed: str, kept: str) -> None:
    assert control.own_sources.put(replace(CLUB, hosts=(typed,))).hosts == (kept,)


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"name": " "}, "name", "Enter a name of at most"),
        ({"name": "x" * 101}, "name", "at most 100"),
        ({"name": "a\u202eb"}, "name", "an invisible character"),
        ({"kind": "friends"}, "kind", "Choose the type of source"),
        ({"hosts": (), "tags": ()}, "hosts", "at least one host or campaign tag"),
        ({"hosts": ("two words",)}, "hosts", "a space"),
        ({"hosts": ("*.club.example",)}, "hosts", "without *"),
        ({"hosts": (".*",)}, "hosts", "Enter the site"),
        ({"hosts": tuple(f"h{number}.example" for number in range(101))}, "hosts", "at most 100 entries"),
        ({"tags": ("a\tb",)}, "tags", "an invisible character"),
        ({"tags": ("x" * 201,)}, "tags", "at most 200"),
    ],
)
def test_a_row_that_cannot_be_kept_names_the_field(
    control: ControlStore, fields: dict[str, Any], field: str, problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem) as refused:
        control.own_sources.put(replace(CLUB, **fields))
    assert refused.value.field == field
    assert control.own_sources.all() == []


@pytest.mark.parametrize(
    ("fields", "field"), [({"hosts": ("club.example",)}, "hosts"), ({"tags": ("WC",)}, "tags"), ({"name": "walking Club"}, "name")]
)
def test_what_stands_in_two_rows_would_make_the_answer_depend_on_their_order(
    control: ControlStore, fields: dict[str, Any], field: str
) -> None:
    control.own_sources.put(CLUB)
    other = OwnSource(name="Other", kind=SourceKind.OTHER, hosts=("other.example",), tags=("other",))
    with pytest.raises(InvalidInput, match="Walking club") as refused:
        control.own_sources.put(replace(other, **fields))
    assert refused.value.field == field


def test_a_row_that_is_not_there_is_not_found(control: ControlStore) -> None:
    for act in (lambda: control.own_sources.find(7), lambda: control.own_sources.remove(7), lambda: control.own_sources.put(replace(CLUB, id=7))):
        with pytest.raises(NotFound):
            act()
