"""Visits over midnight in roll-ups.

Roll-ups of days hold the rows of visitors whose visits lie in one day (``rollups.py``); the others are read as they lie,
because on how many days such a visit counts depends on the range. It does no longer where all of its days are in the
range together: so the roll-ups of a closed month hold the visits whose days all lie in that month (the mark ``inside``),
and before a month's rows go for good, the last of them are added too: visitors and events on their days, each visit on
its first. Who read on both sides of a midnight has read once in the month. Visitors who differ in a coarse attribute
within a day go the same way, but are inside of no month.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from analytics.clock import months_later
from analytics.query import buckets as bucketing
from analytics.query import cover, general, rollups
from analytics.query.period import Now
from analytics.query.plan import Plan
from analytics.query.query import Question
from analytics.query.rollups import Rolled
from analytics.query.statement import Draft, where
from analytics.site import SectionRule
from analytics.store.base import Derived, Dialect, Statement

OF_DAYS = "settled = false"
"""The rows that the roll-ups of days leave out."""
_OF_MONTHS = "settled = false AND inside = false"
"""The rows that the roll-ups of closed months leave out."""
_INSIDE = "settled = false AND inside"


def derived(
    month: date, zone: str, rules: Sequence[SectionRule], dialect: Dialect, names: Iterable[str] = rollups.ROLLED
) -> Derived:
    """What the roll-ups of a month (its first day) hold beside the sum of its days': the visits over its midnights."""
    made = [_statement(rollups.ROLLED[name], month, "rollup_months", _INSIDE, zone, rules, dialect) for name in names]
    return Derived(zone, rollups.digest(rules), made)


def rest(first: date, before: date, zone: str, rules: Sequence[SectionRule], dialect: Dialect) -> list[Statement]:
    """What adds the visits that they do without to the roll-ups of the months from that of ``first`` to ``before``, a
    month's first day; and what takes away those that are kept no longer than rows."""
    months, month = [], first.replace(day=1)
    while month < before:
        months.append(month)
        month = months_later(month, 1)
    tables = (("rollup_days", "day", OF_DAYS), ("rollup_months", "month", _OF_MONTHS))
    added = [
        _statement(rolled, month, table, rows, zone, rules, dialect)
        for month in months
        for rolled in rollups.ROLLED.values()
        for table, _, rows in tables
        if not rolled.together
    ]
    return added + [rollups.forgotten(table, period, before, dialect) for table, period, _ in tables]


def _statement(
    rolled: Rolled, month: date, table: str, rows: str, zone: str, rules: Sequence[SectionRule], dialect: Dialect
) -> Statement:
    draft, scope = Draft(dialect, rules), rollups.scope_of(rolled)
    unit, starts = ("time:day", list(cover.days_of(month))) if table == "rollup_days" else ("time:month", [month])
    end = months_later(month, 1)
    found = Now(0.0, zone).days(month, end - timedelta(days=1))
    buckets = bucketing.made(unit, found, Now(found.end.timestamp(), zone), "#/date_range")
    plan = Plan(Question((), "all", scope.dimensions), found, buckets)
    part = "events " + where(rows, f"day >= {draft.bind(month)}", f"day < {draft.bind(end)}")
    counts = general.counts(draft, plan, scope, [part], few=True)
    lists = {"start": draft.bind(starts), "bucket": draft.bind(cover.buckets_of(starts, buckets, zone))}
    calendar = draft.table("calendar", dialect.unnested(lists))
    return rollups.inserted(draft, rolled, counts, table, "calendar.start", f" JOIN {calendar} ON calendar.bucket = d0")
