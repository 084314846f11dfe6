"""Panels as data: what a TOML block becomes, and what is wrong with one that cannot be used."""

import tomllib
from typing import Any

import pytest

from analytics.panels import FORMS, Details, Panel, Question, checked

GOOD = """
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
details.metrics = ["visitors", "bounce_rate"]
details.dimensions = ["event:page", "visit:source"]
"""


def block(text: str) -> Any:
    """A block as it is read."""
    return tomllib.loads(text)


def test_a_block_becomes_a_panel() -> None:
    """All that a block can say."""
    question = Question(
        metrics=("visitors", "pageviews"),
        dimensions=("event:page",),
        filters=(["is_not", "event:page", ["/admin"]],),
        order_by=(("pageviews", "desc"),),
        limit=5,
    )
    details = Details(metrics=("visitors", "bounce_rate"), dimensions=("event:page", "visit:source"))
    expected = Panel(
        name="pages", title="Pages", form="bars", size="third", group="content", note="What was read.", query=question,
        details=details,
    )  # fmt: skip
    assert checked(block(GOOD)) == expected


@pytest.mark.parametrize(
    ("old", "new", "field", "problem"),
    [
        ('title = "Pages"\n', "", "title", "Object missing required field `title`"),
        ('title = "Pages"', "title = 3", "title", "Expected `str`, got `int`"),
        ('name = "pages"', 'name = "Our Pages"', "name", "lower-case letters, digits and dashes only, at most 60"),
        ('"bars"', '"pie"', "form", f"there is no form “pie”; there are {', '.join(FORMS)}"),
        ('"third"', '"huge"', "size", "Invalid enum value 'huge'"),
        ('s = ["event:page"]', 's = ["event:pgae"]', "query.dimensions.0",
         "there is no dimension “event:pgae”; see docs/dimensions.md"),
        ('["visitors", "pageviews"]', '["visitors", "clicks"]', "query.metrics.1",
         "there is no metric “clicks”; see docs/dimensions.md"),
        ('s = ["event:page"]', 's = ["event:page", "visit:source"]', "query.dimensions", "form “bars” takes 1, not 2"),
        ("limit = 5", "limit = 0", "query.limit", "between 1 and 1000"),
        ("limit = 5", 'limit = "5"', "query.limit", "Expected `int`, got `str`"),
        ("query.limit", "query.most", "query.most", "Object contains unknown field `most`"),
        ('"desc"', '"down"', "query.order_by[0][1]", "Invalid enum value 'down'"),
        ('"bounce_rate"', '"clicks"', "details.metrics.1", "there is no metric “clicks”; see docs/dimensions.md"),
        ('"visit:source"', '"visit:sauce"', "details.dimensions.1", "there is no dimension “visit:sauce”; see docs/dimensions.md"),
        ('["visitors", "bounce_rate"]', str(["visitors"] * 13), "details.metrics", "at most 12, not 13"),
        ("details.metrics", "details.columns", "details.columns", "Object contains unknown field `columns`"),
    ],
)
def test_a_problem_names_the_field(old: str, new: str, field: str, problem: str) -> None:
    """What is wrong, and where."""
    assert old in GOOD
    assert checked(block(GOOD.replace(old, new))) == (field, problem)


PLAIN = """
name = "own"
title = "Own"
"""


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ('form = "text"', "text: write what is to be read, paragraphs parted by empty lines"),
        ('form = "text"\ntext = " "', "text: write what is to be read, paragraphs parted by empty lines"),
        ('form = "goals"\nneeds = "luck"', "needs: nothing is called “luck” here; there are goals, funnels, revenue, events"),
        ('form = "flow"\ntext = "x"', "text: form “flow” has no use for it"),
        ('form = "text"\ntext = "x"\nquery.steps = [["is", "event:page", ["/"]]]', "query.steps: form “text” has no use for it"),
        ('form = "funnel"\nquery.funnel = "Sale"\nquery.steps = [["is", "event:page", ["/"]]]',
         "query.funnel: give the name of a saved funnel, or query.steps, not both"),
        ('form = "funnel"\nquery.steps = [["is", "event:page", ["/"]]]', "query.steps: Expected a list of 2 to 8 filters, a step each"),
        ('form = "funnel"\nquery.steps = [["is", "event:page", ["/"]], ["is", "event:pgae", ["/"]]]', "query.steps.1.1: "),
        ('form = "flow"\nquery.around = ["is", "visit:country", ["DE"]]', "query.around.1: "),
        ('form = "flow"\nquery.by = "visit:country"', "query.by: Expected event:page, event:section"),
        ('form = "flow"\nquery.after = 6', "query.after: Expected a whole number from 0 to 5"),
        ('form = "flow"\nquery.limit = 51', "query.limit: Expected a whole number from 1 to 50"),
        ('form = "map"\nquery.metrics = ["visitors"]\nquery.dimensions = ["visit:city"]',
         "query.dimensions.0: form “map” shows visit:country_name or visit:country"),
        ('form = "heat"\nquery.metrics = ["visitors", "visits"]', "query.metrics: form “heat” takes 1, not 2"),
    ],
)  # fmt: skip
def test_each_form_says_what_it_cannot_do_without(more: str, text: str) -> None:
    """And what it has no use for; what stands in steps is checked as a question would be."""
    assert ": ".join(checked(block(PLAIN + more))).startswith(text)  # type: ignore[arg-type]


@pytest.mark.parametrize("found", ["pages", 3, [], None])
def test_what_is_no_block_is_a_problem_of_the_whole(found: object) -> None:
    """As in ``panel = ["pages"]``."""
    field, problem = checked(found)  # type: ignore[misc]
    assert field == ""
    assert problem.startswith("Expected `object`")
