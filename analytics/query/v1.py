"""Plausible's Stats API v1 expressed in v2: parameters of an address become a question, and its answer gets v1's shape.
Pure.

One engine answers both, so both give the same number (T16). Parameters and shapes are those of
https://plausible.io/docs/stats-api-v1; docs/api.md lists the differences.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from analytics.clock import months_later
from analytics.errors import QueryError
from analytics.query.answering import Result
from analytics.query.metrics import METRICS
from analytics.query.period import Now
from analytics.query.run import CURRENT

Parameters = Mapping[str, str]
Question = dict[str, Any]
"""In the language of docs/api.md, without ``site_id``."""

LONGEST_PAGE = 1000
_DEFAULT_PAGE = 100


class Parameter(NamedTuple):
    """One parameter of an address."""

    meaning: str
    choices: tuple[str, ...] = ()
    """What it may be; empty: a text."""


PARAMETERS = {
    "period": Parameter(
        "how long; 30d where it is left out", ("realtime", "day", "7d", "30d", "month", "6mo", "12mo", "custom")
    ),
    "date": Parameter("the day it ends with or lies around, else today; of `custom` two days: `2026-01-01,2026-01-31`"),
    "metrics": Parameter("names parted by commas; visitors where it is left out"),
    "filters": Parameter("`event:page==/blog/*;visit:country!=FR`: `|` parts values, `;` filters, `*` is any characters"),
    "compare": Parameter("of `aggregate`: with what", ("previous_period",)),
    "interval": Parameter("of `timeseries`: the stretches of time", ("hour", "day", "week", "month", "date")),
    "property": Parameter("of `breakdown`: the dimension to break down by"),
    "limit": Parameter(f"of `breakdown`: rows, 1 to {LONGEST_PAGE}, {_DEFAULT_PAGE} where it is left out"),
    "page": Parameter("of `breakdown`: 1 or more"),
    "with_imported": Parameter("whether imported history counts", ("true", "false")),
}
"""Every parameter beside ``site_id``, with what it takes. One that belongs to another endpoint changes nothing."""


class Endpoint(NamedTuple):
    """One endpoint."""

    question: Callable[[Parameters, Now], Question]
    shaped: Callable[[Parameters, Result], Any]
    """The answer's ``results``."""


def question(endpoint: str, given: Parameters, now: Now) -> Question:
    """The question in v2 for ``endpoint`` (a name in ``ENDPOINTS``). Raises QueryError whose place is the parameter's
    name."""
    for name, value in given.items():
        if name not in PARAMETERS:
            raise QueryError(name[:100], f"Unknown parameter; known are site_id, {', '.join(PARAMETERS)}")
        choices = PARAMETERS[name].choices
        if value and choices and value not in choices:
            raise QueryError(name, f'Expected {", ".join(choices)}, not "{value[:100]}"')
    return ENDPOINTS[endpoint].question(given, now)


def in_parameters(problem: QueryError, endpoint: str) -> QueryError:
    """An error of v2 (``#/metrics/1``), reported for the parameter that caused it (``metrics``)."""
    key = problem.place.removeprefix("#/").partition("/")[0]
    if key == "dimensions":
        return QueryError("interval" if endpoint == "timeseries" else "property", problem.problem)
    return QueryError("date" if key == "date_range" else key, problem.problem)


def _common(given: Parameters, now: Now) -> Question:
    return {
        "metrics": [name.strip() for name in given.get("metrics", "visitors").split(",")],
        "date_range": list(_range(given, now)),
        "filters": _filters(given.get("filters", "")),
        "include": {"imports": given.get("with_imported") == "true"},
    }


# --- aggregate -------------------------------------------------------------------------------------------


def _aggregate(given: Parameters, now: Now) -> Question:
    asked = _common(given, now)
    if given.get("compare"):
        asked["include"]["comparison"] = given["compare"]
    return asked


def _totals(_given: Parameters, answer: Result) -> dict[str, Any]:
    (row,) = answer.results
    totals = {name: {"value": value} for name, value in zip(answer.query["metrics"], row["metrics"], strict=True)}
    if "comparison" in row:
        before, change = row["comparison"]["metrics"], row["comparison"]["change"]
        for entry, was, by in zip(totals.values(), before, change, strict=True):
            entry.update(comparison_value=was, change=by)
    return totals


# --- timeseries ------------------------------------------------------------------------------------------

_INTERVALS = {name: f"time:{name}" for name in PARAMETERS["interval"].choices} | {"date": "time:day"}
_OWN_INTERVAL = {"realtime": "time:minute", "day": "time:hour", "6mo": "time:month", "12mo": "time:month"}


def _timeseries(given: Parameters, now: Now) -> Question:
    asked = _common(given, now)
    interval = given.get("interval")
    unit = _INTERVALS[interval] if interval else _OWN_INTERVAL.get(given.get("period", ""), "time:day")
    asked["include"]["time_labels"] = True
    return {**asked, "metrics": _of_each_group(asked["metrics"]), "dimensions": [unit]}


def _course(given: Parameters, answer: Result) -> list[dict[str, Any]]:
    """Every time bucket, including those in which nothing happened."""
    names = answer.query["metrics"]
    nothing = [METRICS[name].nothing for name in names]
    found = {row["dimensions"][0]: row["metrics"] for row in answer.results}
    return [
        {"date": label, **dict(zip(_as_asked(names, given), found.get(label, nothing), strict=True))}
        for label in answer.meta["time_labels"]
    ]


# --- breakdown -------------------------------------------------------------------------------------------

_WITH_ITS_OWNER = {"visit:browser_version": "visit:browser", "visit:os_version": "visit:os"}
"""A version says nothing without what it is a version of."""


def _breakdown(given: Parameters, now: Now) -> Question:
    asked = _common(given, now)
    name = given.get("property", "")
    if not name.startswith(("event:", "visit:")):
        raise QueryError("property", f'Expected what to break down by, such as event:page, not "{name[:100]}"')
    limit = _number("limit", given.get("limit") or str(_DEFAULT_PAGE), LONGEST_PAGE)
    page = _number("page", given.get("page") or "1", 1_000_000)
    by_groups = name != "event:goal" and not name.startswith("event:props:")
    return {
        **asked,
        "metrics": _of_each_group(asked["metrics"]) if by_groups else asked["metrics"],
        "dimensions": [_WITH_ITS_OWNER[name], name] if name in _WITH_ITS_OWNER else [name],
        "pagination": {"limit": limit, "offset": (page - 1) * limit},
    }


def _rows(given: Parameters, answer: Result) -> list[dict[str, Any]]:
    keys = [_key(name) for name in answer.query["dimensions"]] + _as_asked(answer.query["metrics"], given)
    return [dict(zip(keys, [*row["dimensions"], *row["metrics"]], strict=True)) for row in answer.results]


def _key(dimension: str) -> str:
    """The key of a value in a row: ``page`` for ``event:page``, ``method`` for ``event:props:method``."""
    return dimension.removeprefix("event:props:") if dimension.startswith("event:props:") else dimension.partition(":")[2]


def _number(name: str, text: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise QueryError(name, f'Expected a whole number from 1 to {most}, not "{text[:100]}"')
    return int(text)


def _of_each_group(metrics: list[str]) -> list[str]:
    """In v1 a row's conversion rate is relative to the row's visitors; v2 has a metric of its own for that."""
    return ["group_conversion_rate" if name == "conversion_rate" else name for name in metrics]


def _as_asked(metrics: list[str], given: Parameters) -> list[str]:
    """The metrics' names in v1."""
    asked_for = {name.strip() for name in given.get("metrics", "").split(",")}
    back = "group_conversion_rate" if "group_conversion_rate" in asked_for else "conversion_rate"
    return [back if name == "group_conversion_rate" else name for name in metrics]


ENDPOINTS = {
    "aggregate": Endpoint(_aggregate, _totals),
    "timeseries": Endpoint(_timeseries, _course),
    "breakdown": Endpoint(_breakdown, _rows),
}
"""Name -> how it is asked and answered. ``realtime/visitors`` is a number of its own."""


# --- periods ---------------------------------------------------------------------------------------------


def _range(given: Parameters, now: Now) -> tuple[str, str]:
    """The first and last day, or moment, of the period. Raises QueryError for ``period`` or ``date``."""
    period, text = given.get("period") or "30d", given.get("date", "")
    if period == "realtime":
        this_second = now.end - timedelta(seconds=1)
        return (this_second - CURRENT).isoformat(), this_second.isoformat()
    if period == "custom":
        return _two_days(text)
    first, last = _PERIODS[period](_day(text) if text else now.today)
    return first.isoformat(), last.isoformat()


def _two_days(text: str) -> tuple[str, str]:
    days = [part.strip() for part in text.split(",")]
    if len(days) != 2:
        raise QueryError("date", "Expected two days parted by a comma, such as 2026-01-01,2026-01-31")
    return _day(days[0]).isoformat(), _day(days[1]).isoformat()


def _day(text: str) -> date:
    try:
        if not re.fullmatch(r"(19|20|21)\d\d-\d\d-\d\d", text, re.ASCII):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise QueryError("date", f'Expected a day such as 2026-01-31, not "{text[:100]}"') from None


def _days(count: int) -> Callable[[date], tuple[date, date]]:
    return lambda day: (_before(day, count - 1), day)


def _months(count: int) -> Callable[[date], tuple[date, date]]:
    """``count`` calendar months, ending with the day's."""
    return lambda day: (months_later(day.replace(day=1), 1 - count), _before(months_later(day.replace(day=1), 1), 1))


def _before(day: date, days: int) -> date:
    return day - timedelta(days=days)


_PERIODS: dict[str, Callable[[date], tuple[date, date]]] = {
    "day": _days(1),
    "7d": _days(7),
    "30d": _days(30),
    "month": _months(1),
    "6mo": _months(6),
    "12mo": _months(12),
}
"""Name -> first and last day for the day given. Unlike v2's, these days end with the day itself."""


# --- filters ---------------------------------------------------------------------------------------------

_FILTER = re.compile(r"\s*([^=!]+?)\s*(==|!=)\s*(.*?)\s*", re.DOTALL)
_BAR = re.compile(r"(?<!\\)\|")


def _filters(text: str) -> list[Any]:
    return [_filter(part) for part in text.split(";") if part.strip()]


def _filter(text: str) -> list[Any]:
    match = _FILTER.fullmatch(text)
    if not match or not match[3]:
        raise QueryError("filters", f'Expected filters such as event:page==/blog/*;visit:country!=FR, not "{text[:100]}"')
    dimension, negated = match[1], match[2] == "!="
    values = [value.replace("\\|", "|") for value in _BAR.split(match[3])]
    if dimension == "event:goal":
        return _goal(values, negated)
    if any("*" in value for value in values):
        return ["matches_not" if negated else "matches", dimension, [_pattern(value) for value in values]]
    return ["is_not" if negated else "is", dimension, values]


def _goal(values: list[str], negated: bool) -> list[Any]:
    """Goals are identified by their names, and a ``*`` in one is part of the name: ``Visit /blog/*``."""
    if negated:
        raise QueryError("filters", "event:goal takes == alone")
    return ["is", "event:goal", values]


def _pattern(value: str) -> str:
    """A value with ``*`` as a regular expression (RE2) for the whole."""
    return "(?s)^" + ".*".join(re.escape(part) for part in re.split(r"\*+", value)) + "$"
