"""What the totals of old months do without while there are rows: the visits that lie on two days.

Roll-ups hold the rows of visits that lie in one day (``rollups.py``); the others are few and are read as they lie. Before
rows go for good, those few are added to the roll-ups: visitors and events on their days, each visit on its first.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from analytics.clock import months_later
from analytics.model import SectionRule
from analytics.query import buckets as bucketing
from analytics.query import cover, general, rollups
from analytics.query.period import Now
from analytics.query.plan import Plan
from analytics.query.query import Question
from analytics.query.rollups import Rolled
from analytics.query.statement import Draft
from analytics.store.base import Dialect, Statement


def rest(first: date, before: date, zone: str, rules: Sequence[SectionRule], dialect: Dialect) -> list[Statement]:
    """What adds the visits over midnight to the roll-ups of the months from that of ``first`` to ``before``, a month's
    first day."""
    months, month = [], first.replace(day=1)
    while month < before:
        months.append(month)
        month = months_later(month, 1)
    return [
        _statement(rolled, month, table, zone, rules, dialect)
        for month in months
        for rolled in rollups.ROLLED.values()
        for table in ("rollup_days", "rollup_months")
    ]


def _statement(
    rolled: Rolled, month: date, table: str, zone: str, rules: Sequence[SectionRule], dialect: Dialect
) -> Statement:
    draft, scope = Draft(dialect, rules), rollups.scope_of(rolled)
    end = months_later(month, 1)
    found = Now(0.0, zone).days(month, end - timedelta(days=1))
    buckets = bucketing.made("time:day", found, Now(found.end.timestamp(), zone), "#/date_range")
    plan = Plan(Question((), "all", scope.dimensions), found, buckets)
    part = f"settled = false AND day >= {draft.bind(month)} AND day < {draft.bind(end)}"
    counts = general.counts(draft, plan, scope, [part])
    days = [month + timedelta(days=number) for number in range((end - month).days)]
    lists = {"day": draft.bind(days), "bucket": draft.bind(cover.buckets_of(days, buckets, zone))}
    calendar = draft.table("calendar", dialect.unnested(lists))
    period = "calendar.day" if table == "rollup_days" else dialect.month("calendar.day")
    return rollups.inserted(draft, rolled, counts, table, period, f" JOIN {calendar} ON calendar.bucket = d0")
