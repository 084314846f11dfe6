"""The SQL of each shape of question, in files that are read like code. A change here is a change of every number.

Written anew by ``python -m tests.query.test_statements``; then read what changed.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analytics.model import Goal, SectionRule
from analytics.query import plan
from analytics.query.compile import Ground, statement
from analytics.query.cover import Kept
from analytics.query.period import Now
from analytics.query.query import parse
from analytics.store.duckdb.dialect import DuckDBDialect

FOLDER = Path(__file__).parent / "statements"
RULES = [SectionRule(name="Shop/Sale", pattern="/shop/sale/**")]
GOALS = [
    Goal(id=1, name="Order", kind="event", event_name="Order", currency="EUR", props={"plan": "pro"}),
    Goal(id=2, name="Visit the blog", kind="page", page_path="/blog/**"),
]
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
    "conversions_by_goal": {
        "metrics": ["visitors", "conversion_rate", "group_conversion_rate"],
        "date_range": "28d",
        "dimensions": ["event:goal", "visit:source"],
    },
    "revenue_of_readers": {
        "metrics": ["total_revenue", "average_revenue"],
        "date_range": "28d",
        "filters": [["is", "event:goal", ["Order"]], ["has_done", ["contains", "event:page", ["blog"]]]],
    },
    "depth_of_pages": {"metrics": ["scroll_depth"], "date_range": "28d", "dimensions": ["event:page"]},
    "exits": {"metrics": ["exit_rate"], "date_range": "28d", "dimensions": ["visit:exit_page"]},
}


def written(shape: str) -> str:
    """The statement as the file has it."""
    made = statement(plan.resolved(parse(SHAPES[shape]), NOW, lambda: None, GOALS), Ground(RULES, Kept(), DuckDBDialect()))
    values = {name: value if len(str(value)) < 120 else f"{len(value)} values" for name, value in made.parameters.items()}
    return made.sql + "\n\n" + "\n".join(f"-- {name} = {value}" for name, value in values.items()) + "\n"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_of_question_is_this_statement(shape: str) -> None:
    assert written(shape) == (FOLDER / f"{shape}.sql").read_text(encoding="utf-8")


if __name__ == "__main__":
    for name in SHAPES:
        (FOLDER / f"{name}.sql").write_text(written(name), encoding="utf-8")
