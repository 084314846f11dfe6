"""A dashboard's file as it is written: readable, and read again the same."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from analytics.boards.reading import dashboards
from analytics.boards.writing import block_of, commented, written
from analytics.panels import Details, Panel, Question, checked
from analytics.resources import folder

TEXTS = some.text(some.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN: Any = some.one_of(TEXTS, some.integers(-(2**63), 2**63 - 1), some.booleans(), some.floats(allow_nan=False))
VALUES: Any = some.recursive(PLAIN, lambda each: some.lists(each, max_size=3) | some.dictionaries(TEXTS, each, max_size=3), max_leaves=6)
BLOCKS = some.dictionaries(TEXTS, VALUES, max_size=4)


@given(some.dictionaries(TEXTS, VALUES, max_size=3), some.lists(BLOCKS, max_size=3))
def test_what_is_written_is_read_again_the_same(head: dict[str, Any], blocks: list[dict[str, Any]]) -> None:
    """Whatever stands in it: a broken block, too, is kept as it is."""
    document = {**head, "panel": blocks}
    assert tomllib.loads(written(document)) == document


def test_it_reads_like_the_built_in_one() -> None:
    """A line for each field."""
    query = Question(metrics=("visitors", "pageviews"), dimensions=("event:page",), filters=(["is", "visit:device", ["Mobile"]],))
    panel = Panel(name="phones", title="On “phones”", form="bars", group="pages", query=query, details=Details(metrics=("events",)))
    text = Panel(name="note", title="To know", form="text", text="First.\n\nSecond \\ \"\"\" third.")
    assert written({"title": "Team", "sites": ["example.org"], "panel": [block_of(panel), block_of(text)]}) == (
        'title = "Team"\n'
        'sites = ["example.org"]\n'
        "\n"
        "[[panel]]\n"
        'name = "phones"\n'
        'title = "On “phones”"\n'
        'form = "bars"\n'
        'group = "pages"\n'
        'query.metrics = ["visitors", "pageviews"]\n'
        'query.dimensions = ["event:page"]\n'
        'query.filters = [["is", "visit:device", ["Mobile"]]]\n'
        'details.metrics = ["events"]\n'
        "\n"
        "[[panel]]\n"
        'name = "note"\n'
        'title = "To know"\n'
        'form = "text"\n'
        'text = """\nFirst.\n\nSecond \\\\ \\"\\"\\" third."""\n'
    )


def test_every_built_in_panel_survives_its_block() -> None:
    """What is left out is as by default."""
    for panel in dashboards(folder("dashboards"))[0].panels:
        assert checked(tomllib.loads(written({"panel": [block_of(panel)]}))["panel"][0]) == panel


def test_comments_are_told_from_texts() -> None:
    """So that who changes a file in the browser is warned of losing them, and only then."""
    assert commented('title = "x" # why')
    assert commented('# why\ntitle = "\\"#"')
    assert not commented('title = "#1"\nnote = """\n# not \\""" one\n"""\nother = \'#\'\nthird = \'\'\'\n#\'\'\'')
