"""The pages that are tables of what the code says are current, and everything a user can name is on them."""

import re
from types import ModuleType

import click
import pytest

from analytics.cli import cli
from analytics.config import SETTINGS, Config
from analytics.model import REASONS, Reason
from analytics.query.dimensions import DIMENSIONS
from analytics.query.metrics import METRICS
from analytics.site import SiteSettings


@pytest.mark.parametrize("name", ["settings.md", "dimensions.md", "commands.md"])
def test_a_generated_page_is_current(name: str, generate: ModuleType, pages: dict[str, str]) -> None:
    """Red: run ``make docs``."""
    assert pages[f"docs/{name}"] == generate.PAGES[name]()


def named(page: str) -> set[str]:
    """What stands in the first cell of a row of a table."""
    return set(re.findall(r"^\| `([^`]+)`", page, re.MULTILINE))


def test_every_setting_is_documented(pages: dict[str, str]) -> None:
    assert set(SETTINGS) | set(SiteSettings.__struct_fields__) <= named(pages["docs/settings.md"])


def test_every_setting_has_its_field_and_says_what_it_means() -> None:
    assert list(SETTINGS) == list(Config.__struct_fields__)
    assert [name for name, setting in SETTINGS.items() if len(setting.meaning) < 20] == []


def test_what_an_owner_can_choose_for_a_site_is_explained(pages: dict[str, str]) -> None:
    chapter = pages["docs/privacy.md"].partition("## What an owner can choose")[2].partition("\n## ")[0]
    assert named(chapter) == set(SiteSettings.__struct_fields__)


def test_every_dimension_metric_and_reason_is_documented(pages: dict[str, str]) -> None:
    page = pages["docs/dimensions.md"]
    assert set(DIMENSIONS) | set(METRICS) | {reason.value for reason in REASONS} <= named(page)


def test_every_reason_has_its_sentence() -> None:
    assert set(REASONS) == set(Reason)


@pytest.mark.parametrize("row", [*DIMENSIONS.values(), *METRICS.values()], ids=lambda row: row.name)
def test_every_dimension_and_metric_has_a_definition_that_is_a_sentence(row: object) -> None:
    """It stands beside the number on the dashboard."""
    definition = row.definition  # type: ignore[attr-defined]
    assert definition[0].isupper()
    assert definition.endswith(".")
    assert len(definition) >= 10


def test_every_command_and_option_is_documented_and_says_what_it_does(generate: ModuleType, pages: dict[str, str]) -> None:
    page = pages["docs/commands.md"]
    for path, command in generate.every_command(cli, "footfall"):
        assert f"\n## {path}\n" in page
        assert command.help, path
        for option in command.params:
            assert not isinstance(option, click.Option) or option.help, f"{path} {option.name}"


def test_the_commands_that_other_programs_rely_on_are_there(generate: ModuleType) -> None:
    paths = {path for path, _ in generate.every_command(cli, "footfall")}
    assert {"footfall serve", "footfall site add", "footfall key add", "footfall query", "footfall demo"} <= paths
