"""The SQL of each shape of question, in files that are read like code. A change here is a change of every number.

Written anew by ``python -m tests.query.test_statements``; then read what changed.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analytics.model import SectionRule
from analytics.query import plan
from analytics.query.compile import statement
from analytics.query.period import Now
from analytics.query.query import parse
from analytics.store.duckdb.dialect import DuckDBDialect

FOLDER = Path(__file__).parent / "statements"
RULES = [SectionRule(name="Shop/Sale", pattern="/shop/sale/**")]
NOW = Now(datetime(2026, 11, 18, 12, tzinfo=UTC).timestamp(), "Europe/Berlin")

SHAPES: dict[str, dict[str, Any]] = {
    "headline": {"metrics": ["visitors", "visits", "pageviews", "bounce_rate"], "date_range": "28d"},
    "chart_of_days": {"metrics": ["visitors", "visits", "pageviews"], "date_range": "28d", "dimensions": ["time"]},
    "chart_of_hours": {"metrics": ["visitors", "bounce_rate"], "date_range": "day", "dimensions": ["time"]},
    "pages": {"metrics": ["visitors", "bounce_rate"], "date_range": "28d", "dimensions": ["event:page"]},
    "sections": {
        "metrics": ["visitors", "visit_duration"],
        "date_range": "28d",
        "dimensions": ["event:section"],
        "filters": [["is", "event:section", ["Shop"]]],
    },
    "entry_pages_of_a_source": {
        "metrics": ["visits"],
        "date_range": "28d",
        "dimensions": ["visit:entry_page"],
        "filters": [["or", [["is", "visit:source", ["Google", "Bing"]], ["not", ["contains", "event:page", ["blog"]]]]]],
    },
}


def written(shape: str) -> str:
    """The statement as the file has it."""
    made = statement(plan.resolved(parse(SHAPES[shape]), NOW, lambda: None), RULES, DuckDBDialect())
    values = {name: value if len(str(value)) < 120 else f"{len(value)} values" for name, value in made.parameters.items()}
    return made.sql + "\n\n" + "\n".join(f"-- {name} = {value}" for name, value in values.items()) + "\n"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_of_question_is_this_statement(shape: str) -> None:
    assert written(shape) == (FOLDER / f"{shape}.sql").read_text(encoding="utf-8")


if __name__ == "__main__":
    for name in SHAPES:
        (FOLDER / f"{name}.sql").write_text(written(name), encoding="utf-8")
