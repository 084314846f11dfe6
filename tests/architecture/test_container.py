"""The container files: what can be said of them without running a container."""

import re
from pathlib import Path

import pytest

from analytics.config import SETTINGS


@pytest.fixture
def dockerfile(root: Path) -> str:
    return (root / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture
def compose(root: Path) -> str:
    return (root / "compose.yaml").read_text(encoding="utf-8")


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """The instructions of the last stage with their arguments."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", dockerfile, flags=re.MULTILINE))
    found = [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]
    start = max(number for number, (word, *_) in enumerate(found) if word == "FROM")
    return [(word, argument) for word, argument in found[start:]]


def test_the_image_needs_the_python_that_the_project_needs(dockerfile: str, root: Path) -> None:
    versions = set(re.findall(r"^FROM python:([\d.]+)-slim", dockerfile, re.MULTILINE))
    assert versions == set(
        re.findall(r'^requires-python = ">=([\d.]+)"', (root / "pyproject.toml").read_text(), re.MULTILINE)
    )


def test_the_service_does_not_run_as_root(dockerfile: str) -> None:
    words = [word for word, _ in instructions(dockerfile)]
    assert ("USER", "footfall") in instructions(dockerfile)
    assert words.index("USER") < words.index("CMD")


def test_there_is_one_volume_and_the_data_are_in_it(dockerfile: str, compose: str) -> None:
    """One process, one folder, one port."""
    last = instructions(dockerfile)
    assert [argument for word, argument in last if word == "VOLUME"] == ["/data"]
    assert [argument for word, argument in last if word == "EXPOSE"] == ["8000"]
    assert "- data:/data" in compose


def test_every_variable_of_the_container_files_is_a_setting(dockerfile: str, compose: str) -> None:
    named = {name.lower() for name in re.findall(r"FOOTFALL_([A-Z_]+)", dockerfile + compose)}
    assert named <= set(SETTINGS)


def test_compose_is_yaml_of_the_plain_kind(compose: str) -> None:
    """No tabs, steps of two blanks, and every line a comment, a key or an item of a list."""
    for line in filter(str.strip, compose.splitlines()):
        assert re.fullmatch(r"(  )*(#.*|[A-Za-z_]+:( \S.*)?|- \S.*)", line), line


def test_the_container_is_closed_but_for_one_port_on_this_machine(compose: str) -> None:
    assert re.findall(r'^ +- "(.*:8000)"$', compose, re.MULTILINE) == ["127.0.0.1:8000:8000"]
    for guard in ("read_only: true", "no-new-privileges:true", "- ALL"):
        assert guard in compose


def test_nothing_private_is_copied_into_the_image(root: Path) -> None:
    ignored = (root / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", "data", "demo-data"} <= set(ignored)
