"""What must not be in the repository, and what must."""

import ast
import re
from pathlib import Path

import pytest

from analytics import __version__

REGISTRIES = [
    host.replace(" ", ".")  # in parts, so that this file does not name them either
    for host in (
        "registry npmjs org",
        "registry yarnpkg com",
        "pypi org",
        "pythonhosted org",
        "crates io",
        "proxy golang org",
        "deb debian org",
        "cdn jsdelivr net",
        "unpkg com",
        "cdnjs cloudflare com",
    )
]
LOCAL = re.compile("|".join(["/" + "work/(main|shared)", "/tmp" + "/venv", "/" + "root/"]))


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_registry_is_named(host: str, texts: dict[str, str]) -> None:
    """Where packages come from is the business of the machine that installs them: a mirror works."""
    assert [name for name, text in texts.items() if host in text] == []


def test_no_path_of_somebodys_machine_is_in_the_repository(texts: dict[str, str]) -> None:
    assert [name for name, text in texts.items() if LOCAL.search(text)] == []


def test_no_third_partys_files_are_in_the_repository(texts: dict[str, str]) -> None:
    """Lists, code and data of others come as packages; a minified file is somebody's copy."""
    copies = [
        name
        for name, text in texts.items()
        if ".min." in name or (name.endswith((".js", ".css")) and max(map(len, text.splitlines()), default=0) > 500)
    ]
    assert copies == []
    assert not [name for name in texts if re.search(r"(^|/)(vendor|third_party|node_modules)/", name)]


def test_the_changelog_has_a_place_for_what_is_new(root: Path) -> None:
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[?Unreleased\]?$", changelog, re.MULTILINE)
    assert changelog.index("Unreleased") < changelog.find(f"## {__version__}") or f"## {__version__}" not in changelog


def test_text_files_are_clean(texts: dict[str, str]) -> None:
    """They end in one line break and have no carriage returns or blanks at the end of lines."""
    untidy = [
        name
        for name, text in texts.items()
        if text
        and (not text.endswith("\n") or text.endswith("\n\n") or "\r" in text or re.search(r"[ \t]+$", text, re.MULTILINE))
    ]
    assert untidy == []


def test_ci_runs_what_everybody_runs(root: Path) -> None:
    script = root / ".ci/run"
    assert script.stat().st_mode & 0o100
    assert "set -euo pipefail" in script.read_text(encoding="utf-8")
    assert re.search(r"^exec make .*\btest\b", script.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_tests_end_with_the_test_runners_own_line(root: Path) -> None:
    """Nothing is printed after pytest's summary."""
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^test:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe is not None
    assert recipe[1].strip().splitlines()[-1].strip().endswith("-m pytest")


def test_tests_run_loops_beside_the_browsers(root: Path) -> None:
    """Playwright keeps a loop running in the thread of every test that comes after it: ``asyncio.run`` fails there."""
    calling = [
        path.relative_to(root).as_posix()
        for path in sorted((root / "tests").rglob("*.py"))
        if any(ast.unparse(node.func) in ("asyncio.run", "anyio.run") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
               if isinstance(node, ast.Call))
    ]  # fmt: skip
    assert calling == []
