"""The pages written by hand: links lead somewhere, and what they name exists."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from analytics.ingest.channels import CHANNELS
from analytics.model import Reason

NPM = ("", "packages/tracker", "tests/journey/routers")
"""Where a package.json says what is needed from npm."""
RECIPES = ("react/Footfall.jsx", "vue/footfall.js", "svelte/src/routes/Footfall.svelte")


def anchors(page: str) -> set[str]:
    """The names that links can use for the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_code(page: str) -> str:
    return re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)


def test_every_link_within_the_repository_leads_somewhere(pages: dict[str, str], root: Path) -> None:
    broken = []
    for name, page in pages.items():
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page)):
            if "://" in target or (name == "README.md" and target.endswith("screenshot.png")):
                continue
            file, _, anchor = target.partition("#")
            path = (root / name).parent / file if file else root / name
            if not path.exists() or (anchor and anchor not in anchors(path.read_text(encoding="utf-8"))):
                broken.append(f"{name}: {target}")
    assert broken == []


def test_every_page_can_be_reached_from_the_readme(pages: dict[str, str], root: Path) -> None:
    reached: set[str] = set()
    new = {"README.md"}
    while new:
        reached |= new
        targets = {
            (root / name).parent / target
            for name in new
            for target in re.findall(r"\]\(([^)\s#]+\.md)", without_code(pages[name]))
            if "://" not in target
        }
        new = {target.resolve().relative_to(root).as_posix() for target in targets} - reached
    assert sorted(set(pages) - reached) == []


def test_every_promise_names_a_test_that_exists(pages: dict[str, str], root: Path) -> None:
    chapter = pages["docs/privacy.md"].partition("## Promises and their tests")[2].partition("\n## ")[0]
    tests = re.findall(r"\| `(tests/[\w/]+\.py)` \|", chapter)
    assert len(tests) >= 10
    assert [test for test in tests if not (root / test).is_file()] == []


def test_every_dependency_is_explained(pages: dict[str, str], root: Path) -> None:
    """What runs with our rights earns its place in a sentence."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    packages = [json.loads((root / folder / "package.json").read_text(encoding="utf-8")) for folder in NPM]
    page = pages["docs/decisions/0005-dependencies.md"]
    python = [re.split(r"[<>=~;]", requirement)[0] for requirement in project["project"]["dependencies"]]
    rows = set(re.findall(r"^\| `([^`]+)`", page, re.MULTILINE))
    assert sorted(set(python) - rows) == []
    assert sorted(rows - set(python)) == []
    tests = [re.split(r"[<>=~;]", requirement)[0] for requirement in project["dependency-groups"]["test"]]
    for name in [*tests, *(name for package in packages for name in package["devDependencies"])]:
        assert f"`{name}`" in page, name


def test_every_decision_is_listed_and_has_its_parts(pages: dict[str, str]) -> None:
    decisions = [name for name in pages if re.fullmatch(r"docs/decisions/\d{4}-[\w-]+\.md", name)]
    assert len(decisions) >= 7
    for name in decisions:
        assert f"]({name.rpartition('/')[2]})" in pages["docs/decisions/README.md"], name
        assert re.match(r"# \d{4}: \S", pages[name]), name
    numbers = [name.rpartition("/")[2][:4] for name in decisions]
    assert numbers == sorted(set(numbers))


def test_the_readme_says_the_two_commands_and_the_line_for_pages(pages: dict[str, str]) -> None:
    readme = pages["README.md"]
    assert readme.startswith("![")
    for needed in ("make run", "make test", "make demo", "Python 3.11", "<script defer", "/js/footfall.js"):
        assert needed in readme, needed


@pytest.mark.parametrize("command", ["run", "demo", "test", "build", "bench", "docs"])
def test_every_target_of_make_that_the_pages_name_exists(command: str, root: Path) -> None:
    assert re.search(rf"^{command}:", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_pages_name_no_target_of_make_that_does_not_exist(pages: dict[str, str], root: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {target for page in pages.values() for target in re.findall(r"(?:^|`)make ([a-z]+)", page, re.MULTILINE)}
    assert named <= targets


def test_no_page_speaks_of_a_reason_that_does_not_exist(pages: dict[str, str]) -> None:
    reasons = {reason.value for reason in Reason}
    assert set(re.findall(r"x-footfall-dropped: ([a-z_]+)", "".join(pages.values()))) <= reasons


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_is_what_the_journeys_travel_with(pages: dict[str, str], root: Path, recipe: str) -> None:
    """The very file of the application stands on the page."""
    code = (root / "tests/journey/routers" / recipe).read_text(encoding="utf-8")
    assert f"```{recipe.rpartition('.')[2]}\n{code}```\n" in pages["docs/tracker.md"]


def test_every_option_of_the_npm_package_is_documented(pages: dict[str, str], root: Path) -> None:
    """And no other."""
    types = (root / "packages/tracker/src/index.ts").read_text(encoding="utf-8")
    options = types.partition("export interface Options {")[2].partition("\n}")[0]
    table = pages["docs/tracker.md"].partition("## Options")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE)
    assert re.findall(r"`(\w+)`", " ".join(rows)) == re.findall(r"^  (\w+)\??:", options, re.MULTILINE)


def test_every_channel_is_documented_in_its_order(pages: dict[str, str]) -> None:
    """Those of one kind share a row: paid and organic ones are told apart by it."""
    table = pages["docs/sources.md"].partition("| channel | if |")[2].partition("\n\n")[0]
    named = [name for cells in re.findall(r"^\| ([A-Z][^|]+) \|", table, re.MULTILINE) for name in cells.split(", ")]
    assert named == [name for name, _ in CHANNELS]
