"""Changes of a dashboard's file: what the file says afterwards, and what is shown then."""

import tomllib
from typing import Any

import pytest
from msgspec.structs import replace

from analytics.boards.edits import arranged, begun, copied, headed, put, restored, unhidden, without
from analytics.boards.reading import Dashboard, parsed
from analytics.boards.writing import written
from analytics.panels import Panel


def block(name: str) -> str:
    return f'[[panel]]\nname = "{name}"\ntitle = "{name.title()}"\nform = "live"\n'


BASE = parsed("main", ('title = "Overview"\n' + "".join(map(block, ("one", "two", "three")))).encode())
OWN: dict[str, Any] = tomllib.loads('title = "Own"\nsites = ["a.example"]\n' + "".join(map(block, ("a", "b", "c"))))
NEW = Panel(name="new", title="New", form="live")


def shown(document: dict[str, Any]) -> list[str]:
    """The names that a page would show, in order."""
    return [panel.name for panel in read(document).panels]


def read(document: dict[str, Any]) -> Dashboard:
    return parsed("main", written(document).encode(), (BASE,))


def test_a_built_in_dashboard_is_changed_by_what_is_otherwise() -> None:
    """Each change adds a line or two; all of them undone, nothing is left but whom it extends."""
    first = begun(BASE)
    assert (first, shown(first)) == ({"extends": "main"}, ["one", "two", "three"])
    hidden = without(first, BASE, "two")
    assert (hidden, shown(hidden)) == ({"extends": "main", "hide": ["two"]}, ["one", "three"])
    more = put(hidden, BASE, NEW)
    assert (more["panel"], shown(more)) == ([{"name": "new", "title": "New", "form": "live"}], ["one", "three", "new"])
    moved = arranged(more, BASE, ["new", "one", "three"])
    assert (moved["order"], shown(moved)) == (["new", "one", "three"], ["new", "one", "three"])
    back = unhidden(without(arranged(moved, BASE, ["one", "three", "new"]), BASE, "new"), "two")
    assert back == first


def test_a_panel_of_ones_own_takes_the_place_of_a_built_in_one() -> None:
    """And gives it back."""
    panel = replace(BASE.panels[1], title="Mine")
    changed = put(begun(BASE), BASE, panel)
    assert [each.title for each in read(changed).panels] == ["One", "Mine", "Three"]
    assert restored(changed, "two") == begun(BASE)
    assert put(changed, BASE, BASE.panels[1]) == begun(BASE)


def test_a_hidden_panel_that_is_put_is_shown() -> None:
    """From the catalogue of built-in ones."""
    assert put(without(begun(BASE), BASE, "two"), BASE, BASE.panels[1]) == begun(BASE)


def test_an_own_panel_in_the_place_of_a_built_in_one_is_hidden_with_it() -> None:
    """Removing it does not bring the other one."""
    assert shown(without(put(begun(BASE), BASE, replace(BASE.panels[1], title="Mine")), BASE, "two")) == ["one", "three"]


def test_a_dashboard_of_ones_own_is_its_blocks() -> None:
    """In their order, without any list."""
    assert shown(arranged(OWN, None, ["c", "a", "b"])) == ["c", "a", "b"]
    assert shown(without(OWN, None, "b")) == ["a", "c"]
    assert shown(put(OWN, None, NEW)) == ["a", "b", "c", "new"]
    assert set(arranged(OWN, None, ["c"])) == {"title", "sites", "panel"}


def test_what_cannot_be_used_is_kept() -> None:
    """A broken block, and one without a name, stay behind what stands before them."""
    document = {**OWN, "panel": [OWN["panel"][0], {"name": "x", "colour": 3}, {"title": "?"}, OWN["panel"][1], OWN["panel"][2]]}
    after = arranged(document, None, ["c", "a", "b"])
    assert after["panel"] == [document["panel"][place] for place in (4, 0, 1, 2, 3)]
    assert document["panel"][0]["name"] == "a"


def test_two_blocks_of_a_name_are_both_kept() -> None:
    """The second is a problem that its writer is to see."""
    document = {"panel": [*OWN["panel"], OWN["panel"][0]]}
    assert len(arranged(document, None, ["c", "b", "a"])["panel"]) == 4


@pytest.mark.parametrize(
    ("base", "title", "expected"),
    [(None, "Mine", {"title": "Mine", "panel": []}), (BASE, "Mine", {"title": "Mine", "panel": []}), (BASE, "Overview", {"panel": []})],
)
def test_a_title_is_written_where_it_is_ones_own(base: Dashboard | None, title: str, expected: dict[str, Any]) -> None:
    """The built-in one may change, and be said in the reader's language."""
    assert headed({"title": "Was", "sites": ["gone.example"], "panel": []}, base, title=title, sites=[]) == expected


def test_a_copy_has_all_panels_and_extends_nothing() -> None:
    """It stays as it is."""
    copy = copied(BASE)
    assert (copy["title"], len(copy["panel"]), "extends" in copy) == ("Overview", 3, False)
    assert parsed("copy", written(copy).encode(), ()).panels == BASE.panels
