"""The folder's own promise: small enough to be read in one sitting, and without a way out for what it sees."""

import ast
import io
import tokenize
from pathlib import Path

import pytest

import analytics.privacy

FILES = sorted(Path(analytics.privacy.__file__).parent.glob("*.py"))
LIMIT = 400

WAYS_OUT = {"logging", "warnings", "socket", "subprocess", "sqlite3", "urllib.request", "http", "pickle", "shelve", "tempfile", "duckdb"}
WRITING = {"print", "open", "write", "write_text", "write_bytes", "log", "debug", "info", "warning", "error", "exception", "breakpoint"}


def code_lines(source: str) -> int:
    """Lines with code: docstrings, comments, blank lines and imports (the list of what is used) do not count."""
    tree = ast.parse(source)
    skipped: set[int] = set()
    for node in ast.walk(tree):
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if isinstance(node, ast.Import | ast.ImportFrom) or text:
            skipped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    used: set[int] = set()
    nothing = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in nothing:
            used.update(range(token.start[0], token.end[0] + 1))
    return len(used - skipped)


def test_the_whole_folder_can_be_read() -> None:
    """Who reads these lines has audited us: at most 400."""
    counts = {path.name: code_lines(path.read_text()) for path in FILES}
    assert sum(counts.values()) <= LIMIT, counts


def test_code_lines_are_counted_as_said() -> None:
    """Imports, docstrings, comments and blank lines are not code; every line of a long statement is."""
    assert code_lines('"""Doc."""\n\nimport os\n# why\nx = [\n    1,\n]\n"""About x."""\n') == 3


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_leaves_the_folder_but_answers(path: Path) -> None:
    """No function logs, prints, writes a file or opens a connection."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert not WAYS_OUT & {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.module not in WAYS_OUT
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in WRITING, f"{path.name}:{node.lineno}"


def test_only_the_door_takes_addresses_apart() -> None:
    """The other files do not even import what would be needed to read one."""
    importing = {path.name for path in FILES for line in path.read_text().splitlines() if line.startswith("from ipaddress")}
    assert importing == {"door.py"}
