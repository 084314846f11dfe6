"""What all checks of the code base look at: the package's modules and the files of the repository."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def modules() -> dict[str, ast.Module]:
    """Path from the package's folder -> syntax tree, for every module of the package."""
    package = ROOT / "analytics"
    return {
        path.relative_to(package).as_posix(): ast.parse(path.read_text(encoding="utf-8"), str(path))
        for path in sorted(package.rglob("*.py"))
        if "built" not in path.parts
    }


@pytest.fixture(scope="session")
def texts() -> dict[str, str]:
    """Every text file of the repository: those git knows, and those it would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    return dict(_texts(listed.stdout.decode().split("\0")))


def _texts(names: list[str]) -> Iterator[tuple[str, str]]:
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file():
            content = path.read_bytes()
            if b"\0" not in content:
                yield name, content.decode("utf-8")
