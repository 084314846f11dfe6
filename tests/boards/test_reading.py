"""Dashboards as files: what a folder of them becomes, and what the writer of one is told that cannot be used."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from analytics.boards.reading import Dashboard, Lines, dashboards, ordered, parsed
from analytics.panels import FORMS, Panel, Problem
from analytics.resources import folder

HEAD = 'title = "Everything"\n'


def block(name: str, title: str = "Pages", more: str = "") -> str:
    """Seven lines of a file: a panel."""
    return f"""
[[panel]]
name = "{name}"
title = "{title}"
form = "bars"
query.metrics = ["visitors"]
query.dimensions = ["event:page"]
{more}"""


BUILT_IN = HEAD + "".join(map(block, ("one", "two", "three", "four")))


def read(text: str, name: str = "own") -> Dashboard:
    """An owner's file beside one that is built in."""
    return parsed(name, text.encode(), (parsed("main", BUILT_IN.encode()),))


def shown(dashboard: Dashboard) -> list[str]:
    """Names of panels, and problems, in order."""
    return [entry.name if isinstance(entry, Panel) else str(entry) for entry in dashboard.entries]


@pytest.fixture
def built_in(tmp_path: Path) -> Path:
    (tmp_path / "built-in").mkdir()
    (tmp_path / "built-in" / "main.toml").write_text(BUILT_IN)
    return tmp_path / "built-in"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


def names(found: list[Dashboard]) -> list[str]:
    return [each.name for each in found]


def test_our_own_dashboard_has_no_problem_and_the_order_of_the_design() -> None:
    """Sections are the first thing under the chart."""
    (main,) = dashboards(folder("dashboards"))
    assert main.problems == ()
    assert (main.title, main.built_in, main.sites) == ("Overview", True, ())
    found = [panel.name for panel in main.panels]
    assert found[:4] == ["now", "headline", "chart", "sections"]
    assert found[-1] == "ledger"
    assert {"sources", "countries", "devices", "browsers", "systems", "entry-pages", "exit-pages", "events"} < set(found)


def test_a_file_is_a_dashboard(built_in: Path, own: Path) -> None:
    """The main one comes first, the others by title; a file without a title is called by its name."""
    (own / "zebra.toml").write_text('title = "About us"\n' + block("pages"))
    (own / "marketing.toml").write_text(block("pages"))
    assert [(each.name, each.title, each.built_in) for each in dashboards(built_in, own)] == [
        ("main", "Everything", True),
        ("zebra", "About us", False),
        ("marketing", "marketing", False),
    ]


def test_a_file_may_be_for_some_sites(built_in: Path, own: Path) -> None:
    """Domains are read as people write them, and one that is no site of ours hinders nothing."""
    (own / "books.toml").write_text('sites = ["Bücher.example", "removed.example"]\n' + block("pages"))
    assert names(dashboards(built_in, own, "xn--bcher-kva.example")) == ["main", "books"]
    assert names(dashboards(built_in, own, "shop.example")) == ["main"]
    assert names(dashboards(built_in, own)) == ["main", "books"]


def test_a_file_takes_the_place_of_the_built_in_one_of_its_name_where_it_is_for_the_site(built_in: Path, own: Path) -> None:
    """Elsewhere the built-in one stays."""
    (own / "main.toml").write_text('title = "Ours"\nsites = ["shop.example"]\n' + block("pages"))
    (ours,), (theirs,) = (dashboards(built_in, own, domain) for domain in ("shop.example", "other.example"))
    assert (ours.title, shown(ours), ours.built_in) == ("Ours", ["pages"], False)
    assert (theirs.title, shown(theirs), theirs.built_in) == ("Everything", ["one", "two", "three", "four"], True)


def test_a_broken_file_hides_only_itself(built_in: Path, own: Path) -> None:
    """The dashboards beside it are there, and it says what is wrong in its own place."""
    (own / "broken.toml").write_text("title = \"x\"\n\n[[panel")
    (own / "fine.toml").write_text(block("pages"))
    main, broken, fine = dashboards(built_in, own)
    assert (names([main, broken, fine])) == ["main", "broken", "fine"]
    assert (broken.broken, broken.panels, fine.panels[0].name) == (True, (), "pages")
    assert shown(broken)[0].startswith("broken.toml, line 3: not a TOML file: ")


def test_a_broken_file_in_the_place_of_a_built_in_one_leaves_that_one(built_in: Path, own: Path) -> None:
    """A slip in the main dashboard does not take it away; what is wrong stands before it."""
    (own / "main.toml").write_text("title = 3\n" + block("pages"))
    (main,) = dashboards(built_in, own)
    assert shown(main) == ["main.toml, line 1, field title: Expected `str`, got `int`", "one", "two", "three", "four"]


def test_a_broken_panel_hides_only_itself() -> None:
    """Its neighbours stay where they are."""
    found = read(block("a") + block("b").replace('"bars"', '"pie"') + block("c"))
    assert shown(found) == [
        "a", f"own.toml, line 12, panel “b”, field form: there is no form “pie”; there are {', '.join(FORMS)}", "c"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (block("a").replace('title = "Pages"\n', ""), "own.toml, line 2, panel “a”, field title: Object missing required field `title`"),
        (block("a", more="query.limit = 0\n"), "own.toml, line 8, panel “a”, field query.limit: between 1 and 1000"),
        (block("a", more="\n[panel.details]\nmetrics = [3]\n"),
         "own.toml, line 10, panel “a”, field details.metrics[0]: Expected `str`, got `int`"),
        (block("a", more="[panel.details]\nsize = 3\n"),
         "own.toml, line 9, panel “a”, field details.size: Object contains unknown field `size`"),
        (block("a") + block("a"), "own.toml, line 10, panel “a”, field name: another panel has this name"),
        (block("a").replace('name = "a"\n', ""), "own.toml, line 2, panel number 1, field name: Object missing required field `name`"),
        ("panel = [{}]", "own.toml, panel number 1, field name: Object missing required field `name`"),
        ("panel = 3", "own.toml, line 1, field panel: Expected `array`, got `int`"),
        ("\ncolour = 3", "own.toml, line 2, field colour: Object contains unknown field `colour`"),
        ("title = 'x'\nsites = ['!']", "own.toml, line 2, field sites: A domain cannot contain “!”; enter one such as example.org"),
        ("title =", "own.toml, line 1: not a TOML file: Invalid value (at end of document)"),
        ("extends = 'mian'", "own.toml, line 1, field extends: there is no built-in dashboard “mian”"),
        ("hide = ['one']", "own.toml, line 1, field hide: needs extends"),
    ],
)  # fmt: skip
def test_a_problem_names_file_line_panel_and_field(text: str, problem: str) -> None:
    """In one sentence."""
    assert problem in shown(read(text))


def test_a_line_inside_a_text_is_no_block() -> None:
    """A note may quote a file."""
    note = 'note = """\n[[panel]]\nname = 3\n"""\n'
    assert "own.toml, line 16, panel “b”, field size: Invalid enum value 'huge'" in shown(
        read(block("a", more=note) + '[[panel]]\nname = "b"\ntitle="b"\nform="live"\nsize = "huge"\n')
    )


def test_a_text_that_is_not_utf_8_is_a_problem() -> None:
    """Not an exception."""
    assert shown(parsed("own", b"title = 'x'\n\xff\xfe", ())) == ["own.toml, line 2: not written in UTF-8"]


def test_a_file_that_can_stand_in_no_address_says_so() -> None:
    """Its panels are shown all the same."""
    assert shown(read(block("a"), "Our Pages")) == [
        "Our Pages.toml: a file's name has lower-case letters, digits and dashes only", "a"
    ]  # fmt: skip


def test_a_file_may_extend_a_built_in_dashboard() -> None:
    """Its panels come after those of that one; those it hides are left out."""
    assert shown(read("extends = 'main'\nhide = ['two']\n" + block("a"))) == ["one", "three", "four", "a"]


def test_a_panel_takes_the_place_of_the_one_of_its_name() -> None:
    """Where that one stood."""
    found = read("extends = 'main'\n" + block("two", "Ours"))
    assert [(panel.name, panel.title) for panel in found.panels][:3] == [("one", "Pages"), ("two", "Ours"), ("three", "Pages")]


def test_an_order_that_names_all_panels_but_new_ones() -> None:
    """A panel that a later version brings stays behind the one that stands before it; what is gone hinders nothing."""
    order = "order = ['four', 'a', 'gone', 'two', 'one']\n"
    assert shown(read("extends = 'main'\n" + order + block("a"))) == ["four", "a", "two", "three", "one"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [(["c", "*"], "cabd"), (["*", "a"], "bcda"), (["d", "*", "b"], "dacb"), (["x", "*", "x"], "abcd"), ([], "abcd"), (["c"], "abcd"), (["c", "a"], "cdab")],
)
def test_a_short_order_says_where_the_others_go(order: list[str], expected: str) -> None:
    """``*``; without it what follows a panel follows it wherever it goes."""
    assert ordered("abcd", order) == list(expected)


@given(some.lists(some.sampled_from("abcdefgh"), unique=True), some.lists(some.sampled_from("abcdefghxyz*")))
def test_an_order_loses_and_invents_nothing(found: list[str], order: list[str]) -> None:
    """And what it names stands as it says."""
    result = ordered(found, order)
    assert sorted(result) == sorted(found)
    wanted = [name for name in dict.fromkeys(order) if name in found]
    assert [name for name in result if name in order] == wanted


def test_a_changed_file_is_read_again(built_in: Path, own: Path) -> None:
    """An owner need not restart; a file that is gone is gone."""
    file = own / "own.toml"
    file.write_text(block("pages"))
    assert dashboards(built_in, own)[1].panels[0].title == "Pages"
    file.write_text(block("pages", "Articles"))
    assert dashboards(built_in, own)[1].panels[0].title == "Articles"
    file.unlink()
    assert names(dashboards(built_in, own)) == ["main"]


def test_a_file_that_cannot_be_read_is_a_problem(built_in: Path, own: Path) -> None:
    """Not an exception."""
    (own / "own.toml").mkdir()
    assert shown(dashboards(built_in, own)[1]) == ["own.toml: cannot be read: Is a directory"]


def test_a_file_beyond_measure_is_not_read(built_in: Path, own: Path) -> None:
    """Nor does it cost memory."""
    (own / "own.toml").write_text("#" * 300_000)
    assert shown(dashboards(built_in, own)[1]) == ["own.toml: larger than 256 kB"]


def test_lines_of_a_file_without_blocks() -> None:
    """0: not known."""
    assert (Lines("title = 3").of_key("title"), Lines("title = 3").of_key("sites"), Lines("").of_block(1, "name")) == (1, 0, 0)


def test_problems_are_told_apart_from_panels() -> None:
    """Each by itself."""
    found = read(block("a") + block("a"))
    assert ([panel.name for panel in found.panels], len(found.problems)) == (["a"], 1)
    assert isinstance(found.problems[0], Problem)
