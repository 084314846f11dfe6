"""The SQL of each shape of question, in files that are read like code. A change here is a change of every number.

Written anew by ``python -m tests.query.test_statements``; then read what changed.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from analytics.query import flow, funnel, plan, rollups
from analytics.query.compile import Ground, statement
from analytics.query.cover import Kept
from analytics.query.period import Now
from analytics.query.query import Question, parse
from analytics.site import Goal, SectionRule
from analytics.store.base import KeptDay, Statement
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


SEALED: dict[str, dict[str, Any]] = {
    "headline_of_months": {"metrics": ["visitors", "bounce_rate"], "date_range": ["2026-09-01", "2026-11-18"]},
    "first_level_of_sections": {
        "metrics": ["visitors"],
        "date_range": ["2026-09-01", "2026-10-31"],
        "dimensions": ["event:section:1"],
    },
    "sources_of_a_country_marked": {
        "metrics": ["visitors", "visits", "bounce_rate"],
        "date_range": ["2026-09-01", "2026-10-31"],
        "dimensions": ["visit:source"],
        "filters": [["is", "visit:country", ["DE"]]],
    },
    "devices_of_a_country": {
        "metrics": ["visitors", "bounce_rate"],
        "date_range": ["2026-09-01", "2026-11-18"],
        "dimensions": ["visit:device"],
        "filters": [["is", "visit:country", ["DE"]]],
    },
    "pages_of_an_entry_page_marked": {
        "metrics": ["visitors", "pageviews"],
        "date_range": ["2026-09-01", "2026-10-31"],
        "dimensions": ["event:page"],
        "filters": [["is", "visit:entry_page", ["/"]]],
    },
    "countries_of_a_page_marked": {
        "metrics": ["visitors", "visit_duration"],
        "date_range": ["2026-09-01", "2026-10-31"],
        "dimensions": ["visit:country"],
        "filters": [["contains", "event:page", ["/shop"]]],
    },
    "headline_of_a_section": {
        "metrics": ["visitors", "pageviews", "bounce_rate"],
        "date_range": ["2026-09-01", "2026-10-31"],
        "filters": [["is", "event:section", ["Shop"]]],
    },
    "second_level_of_sections_marked": {
        "metrics": ["visitors", "visits", "pageviews"],
        "date_range": ["2026-09-01", "2026-10-31"],
        "dimensions": ["event:section:2"],
        "filters": [["is", "visit:country", ["DE"]]],
    },
    "sections_of_a_device_marked": {
        "metrics": ["visitors", "pageviews"],
        "date_range": ["2026-09-01", "2026-10-31"],
        "dimensions": ["event:section"],
        "filters": [["is", "visit:device", ["Mobile"]]],
    },
}
"""Asked when September and October are closed, the days since are sealed, and today is open."""
KEPT = Kept(
    "Europe/Berlin",
    [KeptDay(date(2026, 9, 1) + timedelta(days=number), number < 78, "Europe/Berlin", rollups.digest(RULES), True)
     for number in range(79)],
    [(date(2026, 9, 1), rollups.digest(RULES)), (date(2026, 10, 1), rollups.digest(RULES))],
)  # fmt: skip
QUIET: dict[str, dict[str, Any]] = {
    "headline_of_a_quiet_site": {"metrics": ["visitors", "bounce_rate"], "date_range": ["2026-09-01", "2026-11-16"]},
    "pages_of_a_quiet_site_marked": {
        "metrics": ["visitors", "pageviews"],
        "date_range": ["2026-09-01", "2026-11-16"],
        "dimensions": ["event:page"],
        "filters": [["is", "visit:country", ["DE"]]],
    },
}
"""Asked of sealed days on which no visit went on past midnight."""
KEPT_QUIET = replace(KEPT, days=[replace(day, crossing=False, outside=False) for day in KEPT.days])
STEPS = [["is", "event:page", ["/cart"]], ["is", "event:name", ["Order"]]]
FUNNELS: dict[str, dict[str, Any]] = {
    "funnel_loose": {"date_range": "28d", "steps": STEPS, "filters": [["is", "visit:source", ["Google"]]]},
    "funnel_strict": {"date_range": "28d", "steps": STEPS, "order": "strict", "filters": [["is", "event:page", ["/a"]]]},
}
FLOWS: dict[str, dict[str, Any]] = {
    "flow": {"date_range": "28d", "around": ["is", "event:section", ["Shop"]], "by": "event:section", "before": 1, "after": 2},
}


def question(shape: str) -> Statement:
    return statement(planned(parse(SHAPES[shape])), Ground(RULES, Kept(), DuckDBDialect()))


def sealed_question(shape: str) -> Statement:
    return statement(planned(parse(SEALED[shape])), Ground(RULES, KEPT, DuckDBDialect()))


def quiet_question(shape: str) -> Statement:
    return statement(planned(parse(QUIET[shape])), Ground(RULES, KEPT_QUIET, DuckDBDialect()))


def funnel_of(shape: str) -> Statement:
    asked = funnel.parse(FUNNELS[shape])
    return funnel.statement(asked, planned(asked.question), RULES, DuckDBDialect())


def flow_of(shape: str) -> Statement:
    asked = flow.parse(FLOWS[shape])
    return flow.statement(asked, planned(asked.question), RULES, 5, DuckDBDialect())


def planned(asked: Question) -> plan.Plan:
    return plan.resolved(asked, NOW, lambda: None, GOALS)


MADE: dict[str, Callable[[str], Statement]] = {
    **dict.fromkeys(SHAPES, question), **dict.fromkeys(SEALED, sealed_question), **dict.fromkeys(QUIET, quiet_question),
    **dict.fromkeys(FUNNELS, funnel_of), **dict.fromkeys(FLOWS, flow_of),
}  # fmt: skip


def written(shape: str) -> str:
    """The statement as the file has it."""
    made = MADE[shape](shape)
    values = {name: value if len(str(value)) < 120 else f"{len(value)} values" for name, value in made.parameters.items()}
    looks_up = "-- looks up\n" if made.looks_up else ""
    return made.sql + "\n\n" + looks_up + "\n".join(f"-- {name} = {value}".replace("\n", "\\n").rstrip() for name, value in values.items()) + "\n"


@pytest.mark.parametrize("shape", MADE)
def test_a_shape_of_question_is_this_statement(shape: str) -> None:
    assert written(shape) == (FOLDER / f"{shape}.sql").read_text(encoding="utf-8")


if __name__ == "__main__":
    for name in MADE:
        (FOLDER / f"{name}.sql").write_text(written(name), encoding="utf-8")
