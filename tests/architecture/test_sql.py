"""SQL is text that stands in the code, or comes from the compiler; values are bound, never written into it."""

import ast
import re
from collections.abc import Iterator

SQL = re.compile(
    r"\b(SELECT\s|INSERT\s+INTO\b|UPDATE\s+\w+\s+SET\b|DELETE\s+FROM\b|CREATE\s+(OR\s+REPLACE\s+)?(TABLE|VIEW|INDEX)\b|DROP\s+TABLE\b"
    r"|ALTER\s+TABLE\b|ATTACH\s|COPY\s|FROM\s+\w+\s+WHERE\b|WHERE\s|PRAGMA\s|SET\s+\w+\s*=|GROUP\s+BY\b|ORDER\s+BY\b|VALUES\s*\()"
)
COMPILER = (
    "query/compile.py",
    "query/corrections.py",
    "query/dimensions.py",
    "query/flow.py",
    "query/folding.py",
    "query/funnel.py",
    "query/general.py",
    "query/marks.py",
    "query/measures.py",
    "query/metrics.py",
    "query/filters.py",
    "query/places.py",
    "query/rollups.py",
    "query/sections.py",
    "query/statement.py",
    "query/visits.py",
    "store/duckdb/corrector.py",
    "store/duckdb/dialect.py",
    "store/duckdb/erasure.py",
    "store/duckdb/parquet.py",
)
"""Where questions become SQL: from the registry's own expressions, never from what somebody sent."""


def put_together(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Every text that is made at run time, with the fixed parts of it: f-strings, ``%``, ``+``, ``.format``.

    Not those that are made of constants alone (names in capitals).
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and any(varies(part) for part in node.values):
            yield node, " ".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
            yield from ((node, text) for text in map(fixed, (node.left, node.right)) if text)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            yield node, fixed(node.func.value)


def varies(part: ast.expr) -> bool:
    return isinstance(part, ast.FormattedValue) and not (isinstance(part.value, ast.Name) and part.value.id.isupper())


def fixed(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_no_sql_is_put_together_outside_the_compiler(modules: dict[str, ast.Module]) -> None:
    """The one place that builds SQL from parts is the compiler; everyone else's is a constant or a file."""
    found = [
        f"{path}:{node.lineno}: {text[:60]}"
        for path, tree in modules.items()
        if path not in COMPILER
        for node, text in put_together(tree)
        if SQL.search(text)
    ]
    assert found == []


def test_the_check_itself_sees_sql_that_is_put_together() -> None:
    """A check that finds nothing proves nothing: here is what it has to find."""
    for guilty in ("f'SELECT * FROM {x}'", "'DELETE FROM t WHERE a = %s' % x", "'SELECT a ' + x", "'ATTACH {}'.format(x)"):
        assert [text for _, text in put_together(ast.parse(guilty)) if SQL.search(text)], guilty
    for innocent in ("f'site {x} was deleted'", "'SELECT 1'", "f'{a} from {b}'", "f'SELECT {COLUMNS} FROM t'"):
        assert not [text for _, text in put_together(ast.parse(innocent)) if SQL.search(text)], innocent
