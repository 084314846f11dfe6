"""Dashboards as data: what a TOML block becomes, and what its writer is told when it cannot be used."""

from pathlib import Path

import pytest

from analytics.panels import FORMS, Panel, Problem, Question, dashboard, parsed
from analytics.resources import folder

GOOD = b"""
[[panel]]
name = "pages"
title = "Pages"
form = "bars"
size = "third"
group = "content"
note = "What was read."
query.metrics = ["visitors", "pageviews"]
query.dimensions = ["event:page"]
query.filters = [["is_not", "event:page", ["/admin"]]]
query.order_by = [["pageviews", "desc"]]
query.limit = 5
"""


def changed(old: bytes, new: bytes) -> Problem:
    """The problem of GOOD with one change."""
    assert old in GOOD
    (found,) = parsed("own.toml", GOOD.replace(old, new))
    assert isinstance(found, Problem)
    return found


def test_a_block_becomes_a_panel() -> None:
    """All that a block can say."""
    question = Question(
        metrics=("visitors", "pageviews"),
        dimensions=("event:page",),
        filters=(["is_not", "event:page", ["/admin"]],),
        order_by=(("pageviews", "desc"),),
        limit=5,
    )
    expected = Panel(
        name="pages", title="Pages", form="bars", size="third", group="content", note="What was read.", query=question
    )
    assert parsed("own.toml", GOOD) == (expected,)


def test_our_own_dashboard_has_no_problem_and_the_order_of_the_design() -> None:
    """Sections are the first thing under the chart."""
    found = dashboard([folder("dashboards")])
    assert [entry for entry in found if isinstance(entry, Problem)] == []
    names = [entry.name for entry in found if isinstance(entry, Panel)]
    assert names[:5] == ["now", "headline", "chart", "sections", "pages"]
    assert names[-1] == "ledger"
    assert {"sources", "countries", "devices", "browsers", "systems", "entry-pages", "exit-pages", "events"} < set(names)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (b'title = "Pages"\n', b"", "own.toml, panel “pages”, field title: Object missing required field `title`"),
        (b'title = "Pages"', b"title = 3", "own.toml, panel “pages”, field title: Expected `str`, got `int`"),
        (b'name = "pages"', b'name = "Our Pages"', "own.toml, panel “Our Pages”, field name: lower-case letters, digits and dashes only"),
        (b'"bars"', b'"pie"', f"own.toml, panel “pages”, field form: there is no form “pie”; there are {', '.join(FORMS)}"),
        (b'"third"', b'"huge"', "own.toml, panel “pages”, field size: Invalid enum value 'huge'"),
        (b'["event:page"]', b'["event:pgae"]',
         "own.toml, panel “pages”, field query.dimensions.0: there is no dimension “event:pgae”; see docs/dimensions.md"),
        (b'["visitors", "pageviews"]', b'["visitors", "clicks"]',
         "own.toml, panel “pages”, field query.metrics.1: there is no metric “clicks”; see docs/dimensions.md"),
        (b'["event:page"]', b'["event:page", "visit:source"]',
         "own.toml, panel “pages”, field query.dimensions: form “bars” takes 1, not 2"),
        (b"limit = 5", b"limit = 0", "own.toml, panel “pages”, field query.limit: between 1 and 1000"),
        (b"limit = 5", b'limit = "5"', "own.toml, panel “pages”, field query.limit: Expected `int`, got `str`"),
        (b"query.limit", b"query.most", "own.toml, panel “pages”, field query.most: Object contains unknown field `most`"),
        (b'"desc"', b'"down"', "own.toml, panel “pages”, field query.order_by[0][1]: Invalid enum value 'down'"),
    ],
)
def test_a_problem_names_file_panel_and_field(old: bytes, new: bytes, text: str) -> None:
    """What is wrong, where, in one sentence."""
    assert str(changed(old, new)) == text


PLAIN = b"""
[[panel]]
name = "own"
title = "Own"
"""
WRONG = "own.toml, panel “own”, field "


@pytest.mark.parametrize(
    ("block", "text"),
    [
        (b'form = "text"', "text: write what is to be read, paragraphs parted by empty lines"),
        (b'form = "text"\ntext = " "', "text: write what is to be read, paragraphs parted by empty lines"),
        (b'form = "flow"\ntext = "x"', "text: form “flow” has no use for it"),
        (b'form = "text"\ntext = "x"\nquery.steps = [["is", "event:page", ["/"]]]', "query.steps: form “text” has no use for it"),
        (b'form = "funnel"', "query.funnel: give the name of a saved funnel, or query.steps"),
        (b'form = "funnel"\nquery.funnel = "Sale"\nquery.steps = [["is", "event:page", ["/"]]]',
         "query.funnel: give the name of a saved funnel, or query.steps"),
        (b'form = "funnel"\nquery.steps = [["is", "event:page", ["/"]]]', "query.steps: Expected a list of 2 to 8 filters, a step each"),
        (b'form = "funnel"\nquery.steps = [["is", "event:page", ["/"]], ["is", "event:pgae", ["/"]]]', "query.steps.1.1: "),
        (b'form = "flow"\nquery.around = ["is", "visit:country", ["DE"]]', "query.around.1: "),
        (b'form = "flow"\nquery.by = "visit:country"', "query.by: Expected event:page, event:section"),
        (b'form = "flow"\nquery.after = 6', "query.after: Expected a whole number from 0 to 5"),
        (b'form = "flow"\nquery.limit = 51', "query.limit: Expected a whole number from 1 to 50"),
        (b'form = "map"\nquery.metrics = ["visitors"]\nquery.dimensions = ["visit:city"]',
         "query.dimensions.0: form “map” shows visit:country_name or visit:country"),
        (b'form = "heat"\nquery.metrics = ["visitors", "visits"]', "query.metrics: form “heat” takes 1, not 2"),
    ],
)  # fmt: skip
def test_each_form_says_what_it_cannot_do_without(block: bytes, text: str) -> None:
    """And what it has no use for; what stands in steps is checked as a question would be."""
    (found,) = parsed("own.toml", PLAIN + block)
    assert str(found).startswith(WRONG + text)


def test_a_panel_without_a_name_is_called_by_its_place() -> None:
    """The second block of a file."""
    (first, second) = parsed("own.toml", GOOD + b'[[panel]]\nform = "bars"\n')
    assert isinstance(first, Panel)
    assert str(second).startswith("own.toml, panel number 2, field ")


@pytest.mark.parametrize("text", [b"[[panel", b"\xff\xfe", b"panel = 3"])
def test_a_file_that_is_no_dashboard_is_one_problem(text: bytes) -> None:
    """Not an exception."""
    (found,) = parsed("own.toml", text)
    assert isinstance(found, Problem)
    assert str(found).startswith("own.toml")


def test_a_broken_file_hides_only_itself(tmp_path: Path) -> None:
    """The panels of the files beside it are shown, main.toml's first."""
    (tmp_path / "broken.toml").write_bytes(b"[[panel")
    (tmp_path / "main.toml").write_bytes(GOOD.replace(b'"pages"', b'"first"'))
    (tmp_path / "own.toml").write_bytes(GOOD)
    found = dashboard([tmp_path, tmp_path / "not-there"])
    assert [entry.name if isinstance(entry, Panel) else entry.file for entry in found] == ["first", "broken.toml", "pages"]


def test_a_name_given_twice_is_a_problem(tmp_path: Path) -> None:
    """Both would answer to one address."""
    (tmp_path / "main.toml").write_bytes(GOOD + GOOD)
    first, second = dashboard([tmp_path])
    assert isinstance(first, Panel)
    assert str(second) == "main.toml, panel “pages”, field name: another panel has this name"


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """An owner need not restart."""
    file = tmp_path / "main.toml"
    file.write_bytes(GOOD)
    assert [entry.title for entry in dashboard([tmp_path]) if isinstance(entry, Panel)] == ["Pages"]
    file.write_bytes(GOOD.replace(b'"Pages"', b'"Articles"'))
    assert [entry.title for entry in dashboard([tmp_path]) if isinstance(entry, Panel)] == ["Articles"]
