"""The slow and obvious reading of every definition: Python over raw rows, one row at a time.

It shares no code with the engine but the blank names: no SQL, no buckets, no zones but Python's. A number that the two
agree on for any data that hypothesis can think of is a number that means what its definition says.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from analytics.query.sections import beneath, levels, section_of
from analytics.site import Goal, SectionRule

Made = dict[str, Any]
Visit = list[Made]

BLANK = {
    "source": "Direct / None", "referrer": "Direct / None", "channel": "Direct", "country": "Unknown",
    "device": "(not set)", "browser": "(not set)", "os": "(not set)", "utm_campaign": "(not set)",
}  # fmt: skip
PAGE = ("event:page", "event:hostname", "event:section", "event:section:1", "event:section:2", "event:section:3")
EVENT = ("event:name", "event:props:plan", "event:goal")
CONVERSIONS = ("event:goal", "event:props:plan")
COUNTED = ("visitors", "visits", "pageviews", "events", "total_revenue")
SMEARED = ("time:minute", "time:hour", "time:hour_of_week")


class Reference:
    """One site's rows within [first, last] days, in its zone."""

    def __init__(
        self, rows: Sequence[Made], zone: str, first: date, last: date,
        rules: Sequence[SectionRule] = (), goals: Sequence[Goal] = (),
    ) -> None:  # fmt: skip
        self.zone = ZoneInfo(zone)
        self.rules = rules
        self.goals = goals
        self.first = first
        self.rows = [row for row in rows if first <= self._local(row["time"]).date() <= last]
        self.visits: dict[int, Visit] = defaultdict(list)
        for row in sorted(self.rows, key=lambda row: row["seq"]):
            self.visits[row["visit"]].append(row)
        self.local = {id(row): self._local(row["time"]) for row in self.rows}

    def _local(self, time: datetime) -> datetime:
        return time.replace(tzinfo=UTC).astimezone(self.zone)

    # --- what a row is --------------------------------------------------------------------------------

    def views(self, row: Made) -> list[Made]:
        """The page views of the row's visit."""
        return [event for event in self.visits[row["visit"]] if event["name"] == "pageview"]

    def value(self, row: Made, dimension: str) -> str | None:
        """The dimension of a row, as people see it; None when it has none."""
        kind, _, name = dimension.partition(":")
        if kind == "visit" and name.startswith(("entry_page", "exit_page")):
            views = self.views(row)
            column = "hostname" if name.endswith("hostname") else "path"
            return (views[0] if name.startswith("entry") else views[-1])[column] if views else "(none)"
        if kind == "visit":
            return row[name] or BLANK[name]
        if kind == "time":
            return self.label(row["time"], name)
        return self.event_value(row, name)

    def event_value(self, row: Made, name: str) -> str | None:
        """The dimension of an event."""
        if name == "goal":
            return row["goal"]
        if name == "name":
            return None if row["name"] == "engagement" else row["name"]
        if name.startswith("props:"):
            found = row["props"].get(name.removeprefix("props:"))
            return found or (None if row["name"] == "engagement" else "(none)")
        if name.startswith("section"):
            return levels(section_of(row["path"], self.rules), int(name.partition(":")[2] or 1))
        return row["path"] if name == "page" else row["hostname"]

    def label(self, time: datetime, unit: str) -> str:
        """What the clock of the zone calls the stretch that ``time`` lies in."""
        local = self._local(time)
        if unit == "hour_of_week":
            return f"{local:%a} {local.hour:02}:00"
        if unit in ("hour", "minute"):
            text = f"{local:%Y-%m-%d %H}:{local.minute if unit == 'minute' else 0:02}:00"
            return text + local.isoformat()[-6:] if self.shown_twice(local, unit) else text
        if unit == "day":
            return local.date().isoformat()
        if unit == "week":
            return max(self.first, local.date() - timedelta(days=local.weekday())).isoformat()
        return local.date().replace(day=1).isoformat()

    def shown_twice(self, local: datetime, unit: str) -> bool:
        """Whether any second of this minute or hour is on the clock twice that day."""
        start = local.replace(second=0, minute=local.minute if unit == "minute" else 0, tzinfo=None)
        seconds = range(0, 60 if unit == "minute" else 3600, 60)
        clocks = [start + timedelta(seconds=second) for second in seconds]
        return any(self._ambiguous(clock) for clock in clocks)

    def _ambiguous(self, clock: datetime) -> bool:
        early, late = (clock.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        exists = early.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) == clock
        return exists and early.utcoffset() != late.utcoffset()

    # --- filters --------------------------------------------------------------------------------------

    def holds(self, source: Any, row: Made) -> bool | None:
        """Whether a filter holds for a row; None where the row has no such value."""
        if source[0] in ("and", "or"):
            found = [self.holds(part, row) for part in source[1]]
            decisive = source[0] == "or"
            return decisive if decisive in found else (None if None in found else not decisive)
        if source[0] == "not":
            inner = self.holds(source[1], row)
            return None if inner is None else not inner
        if source[0] in ("has_done", "has_not_done"):
            done = any(self.holds(source[1], event) for event in self.visits[row["visit"]])
            return done == (source[0] == "has_done")
        return self._compares(source, row)

    def _compares(self, source: Any, row: Made) -> bool | None:
        operator, dimension, values = source[:3]
        if dimension == "event:goal":
            return any(self.reaches(row, goal) for goal in self.named(source))
        value = section_of(row["path"], self.rules) if "section" in dimension else self.value(row, dimension)
        if value is None:
            return None
        if len(source) > 3 and not source[3]["case_sensitive"]:
            value, values = value.lower(), [each.lower() for each in values]
        if operator.startswith("contains"):
            found = any(each in value for each in values)
        elif operator.startswith("matches"):
            found = any(re.search(each, value) for each in values)
        elif "section" in dimension:
            found = any(beneath(value, each) for each in values)
        else:
            found = value in values
        return not found if operator.endswith("_not") else found

    # --- goals ----------------------------------------------------------------------------------------

    def reaches(self, row: Made, goal: Goal) -> bool:
        """Whether an event reaches a goal."""
        if any(row["props"].get(name) != value for name, value in goal.props.items()):
            return False
        if goal.kind == "event":
            return bool(row["name"] == goal.event_name)
        if section_of(row["path"], [SectionRule(name="there", pattern=goal.page_path)]) != "there":
            return False
        if goal.kind == "page":
            return bool(row["name"] == "pageview")
        return bool(row["name"] == "engagement" and row["scroll"] >= goal.scroll_threshold)

    def named(self, source: Any) -> list[Goal]:
        """The goals that a filter names."""
        operator, _, values = source[:3]
        fold = str if len(source) < 4 or source[3]["case_sensitive"] else str.lower
        wanted = [fold(value) for value in values]
        if operator == "is":
            return [goal for goal in self.goals if fold(goal.name) in wanted]
        return [goal for goal in self.goals if any(value in fold(goal.name) for value in wanted)]

    def asked(self, filters: Sequence[Any]) -> list[Goal]:
        """The goals that every filter by goals at the top level names."""
        tests = [part for part in filters if part[1] == "event:goal"]
        return [goal for goal in self.goals if all(goal in self.named(test) for test in tests)]

    def told_apart(self, rows: Iterable[Made], goals: Sequence[Goal]) -> list[Made]:
        """Each row once for each of these goals that it reaches; once without a goal where it reaches none."""
        return [
            {**row, "goal": name}
            for row in rows
            for name in [goal.name for goal in goals if self.reaches(row, goal)] or [None]
        ]

    def currency(self, row: Made, filters: Sequence[Any], dimensions: Sequence[str]) -> str:
        """The currency that the row's money is asked for in."""
        currencies = {goal.name: goal.currency for goal in self.asked(filters)}
        if "event:goal" in dimensions:
            return currencies.get(row["goal"], "")
        return next(filter(None, currencies.values()), "")

    # --- counting -------------------------------------------------------------------------------------

    def answer(self, metrics: Sequence[str], dimensions: Sequence[str], filters: Sequence[Any]) -> dict[tuple[str, ...], list[Any]]:
        """Dimensions -> metrics, of every group with anything in it."""
        matched = self.matched(dimensions, filters)
        columns = {name: self.metric(name, matched, dimensions, filters) for name in metrics}
        groups = {self.key(row, dimensions) for row in matched} if dimensions else {()}
        if "visitors" in columns:
            groups |= set(columns["visitors"])
        return {
            group: [columns[name].get(group, 0 if name in COUNTED else None) for name in metrics]
            for group in groups
            if None not in group
        }  # fmt: skip

    def matched(self, dimensions: Sequence[str], filters: Sequence[Any]) -> list[Made]:
        """The rows that the filters leave."""
        hosts = [part for part in filters if part[1] == "event:hostname"]
        ends = [name for name in dimensions if name in ("visit:entry_page", "visit:exit_page")]
        both = [*filters, *([part[0], f"{name}_hostname", *part[2:]] for part in hosts for name in ends)]
        rows = [row for row in self.rows if all(self.holds(part, row) for part in both)]
        return self.told_apart(rows, self.asked(filters)) if "event:goal" in dimensions else rows

    def key(self, row: Made, dimensions: Sequence[str]) -> tuple[Any, ...]:
        """The group that a row falls into."""
        return tuple(self.value(row, name) for name in dimensions)

    def metric(self, name: str, matched: list[Made], dimensions: Sequence[str], filters: Sequence[Any]) -> dict[Any, Any]:
        """Group -> number."""
        about_events = any(name in PAGE + EVENT for name in [*dimensions, *_named(filters)])
        visitors = self.visitors(matched, dimensions, about_events)
        if name == "pageviews":
            return self.counted((row for row in matched if row["name"] == "pageview"), dimensions)
        if name == "events":
            return self.counted((row for row in matched if row["name"] != "engagement"), dimensions)
        if name == "visitors":
            return visitors
        if name in ("percentage", "conversion_rate", "group_conversion_rate"):
            return self.share(name, visitors, dimensions, filters)
        if name in ("total_revenue", "average_revenue"):
            return self.revenue(name, matched, dimensions, filters)
        if name in ("scroll_depth", "time_on_page"):
            return self.reading(name, matched, dimensions)
        if name == "exit_rate":
            return self.exits(matched)
        if name == "visits":
            return {group: len(visits) for group, visits in self.first_seen(matched, dimensions, self.key).items()}
        entered = self.first_seen(matched, dimensions, self.entry_key)
        return {group: _averaged(name, [self.visits[number] for number in visits]) for group, visits in entered.items()}

    def share(
        self, name: str, visitors: dict[Any, int], dimensions: Sequence[str], filters: Sequence[Any]
    ) -> dict[Any, float]:
        """Visitors over those of a question without dimensions, without goals, or both."""
        base = filters if name == "percentage" else [part for part in filters if part[1] not in (*CONVERSIONS, "event:name")]
        kept = [place for place, each in enumerate(dimensions) if name[:5] == "group" and each not in CONVERSIONS]
        others = [dimensions[place] for place in kept]
        about_events = any(each in PAGE + EVENT for each in [*others, *_named(base)])
        totals = self.visitors(self.matched(others, base), others, about_events)
        numbers = visitors if dimensions else {(): visitors.get((), 0)}
        shares = {group: (number, totals.get(tuple(group[place] for place in kept))) for group, number in numbers.items()}
        return {group: _rounded(10 * (100 * number / total)) / 10 for group, (number, total) in shares.items() if total}

    def revenue(self, name: str, matched: list[Made], dimensions: Sequence[str], filters: Sequence[Any]) -> dict[Any, float | None]:
        """What the events of a group earned in the currency asked for, together or each."""
        found: dict[Any, list[Any]] = defaultdict(list)
        for row in matched:
            if "event:goal" in dimensions and not self.currency(row, filters, dimensions):
                found[self.key(row, dimensions)] = []
            elif row["revenue"] is not None and row["currency"] == self.currency(row, filters, dimensions):
                found[self.key(row, dimensions)].append(row["revenue"])
        divisors = {group: len(amounts) if name == "average_revenue" else 1 for group, amounts in found.items()}
        return {
            group: _rounded(1000 * (float(sum(amounts)) / divisors[group])) / 1000 if amounts else None
            for group, amounts in found.items()
        }

    def reading(self, name: str, matched: list[Made], dimensions: Sequence[str]) -> dict[Any, int]:
        """Of the visits that read: how far down each scrolled, or for how long it read, on average."""
        found: dict[Any, dict[int, list[Made]]] = defaultdict(lambda: defaultdict(list))
        for row in matched:
            if row["name"] == "engagement":
                found[self.key(row, dimensions)][row["visit"]].append(row)
        if name == "scroll_depth":
            deepest = {group: [max(row["scroll"] for row in rows) for rows in visits.values()] for group, visits in found.items()}
            return {group: _rounded(sum(depths) / len(depths)) for group, depths in deepest.items()}
        return {
            group: _rounded(sum(row["engaged"] for rows in visits.values() for row in rows) / 1000 / len(visits))
            for group, visits in found.items()
        }

    def exits(self, matched: list[Made]) -> dict[Any, float]:
        """Exit page -> visits that ended there, over all views of it."""
        views = self.counted((row for row in matched if row["name"] == "pageview"), ["event:page"])
        visits = self.first_seen(matched, ["visit:exit_page"], self.key)
        return {page: _rounded(10 * (100 * len(visits[page]) / views[page])) / 10 for page in visits if page in views}

    def counted(self, rows: Iterable[Made], dimensions: Sequence[str]) -> dict[Any, int]:
        """Rows per group."""
        found: dict[Any, int] = defaultdict(int)
        for row in rows:
            found[self.key(row, dimensions)] += 1
        return found

    def visitors(self, matched: list[Made], dimensions: Sequence[str], about_events: bool) -> dict[Any, int]:
        """Distinct visitors per group; by the hour, in every hour from a visit's first event of the day to its last."""
        found: dict[Any, set[int]] = defaultdict(set)
        for row in matched:
            found[self.key(row, dimensions)].add(row["visitor"])
        time = next((name for name in dimensions if name in SMEARED), None)
        if time and not about_events:
            spans: dict[Any, list[datetime]] = defaultdict(list)
            for row in matched:
                others = tuple(None if name == time else self.value(row, name) for name in dimensions)
                spans[row["visit"], row["visitor"], row["day"], others].append(row["time"])
            for (_, visitor, _, others), times in spans.items():
                for moment in _minutes(min(times), max(times)):
                    label = self.label(moment, time.partition(":")[2])
                    found[tuple(label if value is None else value for value in others)].add(visitor)
        return {group: len(visitors) for group, visitors in found.items()}

    def first_seen(
        self, matched: list[Made], dimensions: Sequence[str], key: Callable[[Made, Sequence[str]], tuple[Any, ...]]
    ) -> dict[Any, set[int]]:
        """Group -> visits, each in the stretch of time of its first matching event alone."""
        found: dict[Any, set[int]] = defaultdict(set)
        seen = set()
        place = next((number for number, name in enumerate(dimensions) if name.startswith("time:")), None)
        for row in sorted(matched, key=lambda row: row["time"]):
            group = key(row, dimensions)
            timeless = tuple(value for number, value in enumerate(group) if number != place)
            if None not in group and (row["visit"], timeless) not in seen:
                seen.add((row["visit"], timeless))
                found[group].add(row["visit"])
        return found

    def entry_key(self, row: Made, dimensions: Sequence[str]) -> tuple[Any, ...]:
        """The group of the page that the row's visit entered on."""
        views = self.views(row)
        return tuple(
            (self.value(views[0], name) if views else None) if name in PAGE else self.value(row, name) for name in dimensions
        )


def _named(filters: Iterable[Any]) -> list[str]:
    names: list[str] = []
    for part in filters:
        if part[0] in ("and", "or"):
            names += _named(part[1])
        elif not part[0].startswith("has"):
            names += _named([part[1]]) if part[0] == "not" else [part[1]]
    return names


def _minutes(first: datetime, last: datetime) -> Iterable[datetime]:
    moment = first
    while moment < last:
        yield moment
        moment += timedelta(minutes=1)
    yield last


def _averaged(name: str, visits: list[Visit]) -> float:
    if name == "bounce_rate":
        return _rounded(100 * sum(_bounced(visit) for visit in visits) / len(visits))
    if name == "visit_duration":
        return _rounded(sum(row["gap"] for visit in visits for row in visit) / len(visits))
    return _rounded(100 * (sum(row["name"] == "pageview" for visit in visits for row in visit) / len(visits))) / 100


def _bounced(visit: Visit) -> bool:
    views = sum(row["name"] == "pageview" for row in visit)
    return views == 1 and not any(row["interactive"] and row["name"] not in ("pageview", "engagement") for row in visit)


def _rounded(number: float) -> int:
    return math.floor(number + 0.5)
