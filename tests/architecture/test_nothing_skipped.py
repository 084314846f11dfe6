"""The rule that CI skips nothing, tried on a small test run of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPING = """
import pytest

def test_fine(): pass

@pytest.mark.skip(reason="no browser here")
def test_left_out(): pass
"""
PASSING = "def test_fine(): pass"


def run(folder: Path, root: Path, test: str, *options: str, ci: str) -> "subprocess.CompletedProcess[str]":
    (folder / "test_it.py").write_text(test, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "nothing_skipped", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(root / "tests"), "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_a_skipped_test_fails_the_run_in_ci(tmp_path: Path, root: Path, options: tuple[str, ...]) -> None:
    done = run(tmp_path, root, SKIPPING, *options, ci="true")
    assert done.returncode == 1
    assert "SKIPPED test_it.py::test_left_out: in CI that is a failure" in done.stdout
    assert "1 passed, 1 skipped" in done.stdout.splitlines()[-1]


def test_a_skipped_test_is_allowed_at_home(tmp_path: Path, root: Path) -> None:
    assert run(tmp_path, root, SKIPPING, ci="").returncode == 0


def test_a_run_without_skipped_tests_passes_in_ci(tmp_path: Path, root: Path) -> None:
    assert run(tmp_path, root, PASSING, ci="true").returncode == 0
