"""What docs/adding.md says of dashboards."""

import re

from msgspec.structs import fields

from analytics.boards.reading import Head, dashboards, parsed
from analytics.panels import FORMS
from analytics.resources import folder
from analytics.web.editor.choices import FORM_NAMES
from analytics.web.forms import READERS


def test_the_examples_are_dashboards(pages: dict[str, str]) -> None:
    """Copied into a file, they are read without a problem and do what is said of them."""
    blocks = re.findall(r"```toml\n(\[\[panel\]\].*?|title.*?)```", pages["docs/adding.md"], re.DOTALL)
    built_in = tuple(dashboards(folder("dashboards")))
    panel, dashboard = (parsed("own", block.encode(), built_in) for block in blocks)
    assert (panel.problems, dashboard.problems, dashboard.sites) == ((), (), ("example.org",))
    names = [each.name for each in dashboard.panels]
    assert names[:3] == ["now", "campaigns", "headline"]
    assert names[-1] == "phones"
    assert "ledger" not in names


def test_every_key_of_the_head_is_explained(pages: dict[str, str]) -> None:
    """In the table below the example."""
    chapter = pages["docs/adding.md"].partition("## A dashboard")[2].partition("\n## ")[0]
    assert [each.name for each in fields(Head) if f"`{each.name}`" not in chapter and each.name != "panel"] == []


def test_every_form_has_a_name_and_can_be_drawn() -> None:
    """In the menu of forms, and on a page; ``live`` is no panel but a line."""
    assert set(FORM_NAMES) == set(FORMS) == {*READERS, "live"}
