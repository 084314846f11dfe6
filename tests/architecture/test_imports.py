"""Who may import what. The layers stand in pyproject.toml; here is what a contract of layers cannot say."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

CONFINED = {
    "ipaddress": ["privacy/door.py", "client/origin.py"],
    "maxminddb": ["privacy/door.py"],
    "user_agents": ["privacy/agent.py"],
    "ua_parser": ["privacy/agent.py"],
    "crawleruseragents": ["privacy/agent.py"],
    "duckdb": ["store/duckdb/*.py"],
    "sqlite3": ["store/control/*.py", "store/migrations.py"],
    "flask": ["web/*.py"],
    "flask_wtf": ["web/*.py"],
    "werkzeug": ["web/*.py"],
    "gunicorn": ["cli.py", "serving.py"],
    "httptools": ["serving.py"],
    "uvicorn": ["serving.py"],
    "django": ["client/django.py"],
    "asgiref": ["client/django.py"],
}
"""Library -> the only modules that may know it. Beside ``gunicorn.conf.py``, which is no module of ours."""


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Top-level names of the modules that are imported anywhere in ``tree``, with the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0], node.lineno


def test_the_contracts_of_import_linter_hold(root: Path) -> None:
    """Imports point down only, type-checking imports included; forbidden imports are forbidden."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", str(root / "pyproject.toml")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_the_layers_in_the_documentation_are_those_of_the_contract(root: Path) -> None:
    """docs/architecture.md shows all of them, in their order."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    shown = re.search(r"```\n(__main__ [^`]+)```", (root / "docs/architecture.md").read_text(encoding="utf-8"))
    assert shown
    assert [" ".join(layer.split()) for layer in shown[1].split(">")] == contracts[0]["layers"]


def test_the_folders_of_the_web_in_the_documentation_are_those_of_the_contract(root: Path) -> None:
    """docs/architecture.md says what each of them is for, in their order."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    block = re.search(r"```\n(application [^`]+)```", (root / "docs/architecture.md").read_text(encoding="utf-8"))
    assert block
    shown = re.findall(r"^(\w+(?: \| \w+)?) ", block[1], re.MULTILINE)
    (web,) = [contract["layers"] for contract in contracts if contract.get("containers") == ["analytics.web"]]
    assert shown == web[: len(shown)]
    folders = {path.parent.name for path in (root / "analytics/web").glob("*/__init__.py")}
    assert folders <= set(re.findall(r"\w+", " ".join(shown)))


@pytest.mark.parametrize("library", CONFINED)
def test_a_library_is_known_only_where_it_belongs(library: str, modules: dict[str, ast.Module]) -> None:
    """An address is handled in one file, a User-Agent in one, DuckDB in one folder, Flask in the web."""
    strangers = [
        f"{path}:{line}"
        for path, tree in modules.items()
        for name, line in imported(tree)
        if name == library and not any(fnmatch(path, pattern) for pattern in CONFINED[library])
    ]
    assert strangers == []


def test_the_client_needs_nothing_but_python(modules: dict[str, ast.Module]) -> None:
    """It runs in other people's programs: the standard library, its own folder, and Django in the file for Django.

    Of ours it takes the version alone, from the package's first file, which imports nothing.
    """
    assert list(imported(modules["__init__.py"])) == []
    for path, tree in modules.items():
        if path.startswith("client/"):
            names = {name for name, _ in imported(tree)} - {"analytics"} - sys.stdlib_module_names
            assert names <= ({"django", "asgiref"} if path == "client/django.py" else set()), path
            of_ours = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and "analytics" in str(node.module)}
            assert all(name == "analytics" or str(name).startswith("analytics.client") for name in of_ours), path


def test_imports_stand_at_the_top_of_a_module(modules: dict[str, ast.Module]) -> None:
    """No import inside a function: what a module needs is seen in its first lines."""
    hidden = [
        f"{path}:{node.lineno}"
        for path, tree in modules.items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_nothing_is_imported_for_types_alone(modules: dict[str, ast.Module]) -> None:
    """``if TYPE_CHECKING`` hides a dependency."""
    using = {
        path
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "TYPE_CHECKING"
    }
    assert using == set()


def test_nothing_is_imported_by_its_name_as_text(modules: dict[str, ast.Module]) -> None:
    """``importlib`` and ``__import__`` go round every rule above."""
    dynamic = [
        path
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node).endswith(("import_module", "__import__")))
        or (isinstance(node, ast.ImportFrom) and node.module == "importlib")
    ]
    assert dynamic == []
