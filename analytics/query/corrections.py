"""Corrections as SQL: which events one applies to, and how it changes them. Checked first, with the place of every error.

A correction is decided from the event's own row, so that it is decided alike for past and future events: page, hostname,
name, properties, and the facts that the visit began with. Where a visit began or ended, whether a goal was reached and
which section a page belongs to today are not facts of a row.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from analytics.errors import QueryError
from analytics.languages import marked
from analytics.query import filter_json
from analytics.query import filters as filtering
from analytics.query.dimensions import DIMENSIONS, Asked, Columns, Kind, find
from analytics.site import Correction, Goal
from analytics.store.base import Change, Dialect

QUARTER = 900
"""Seconds to which the times of sealed days are rounded."""

_OF_A_ROW = (Kind.PAGE, Kind.EVENT, Kind.VISIT)
_CHANGES_LATER = ("event:section", "event:goal")
CORRECTABLE = tuple(
    row.name
    for row in DIMENSIONS.values()
    if row.kind in _OF_A_ROW and not row.argument and not row.name.startswith(_CHANGES_LATER)
)
"""Dimensions without an argument that a correction may filter by."""
_COLUMNS = {"event:page": "path", "event:hostname": "hostname"}
_BEGINNINGS = {"event:page": ("/", "\\"), "event:hostname": ("",)}
_LONGEST = 500
_NO_GROUP = marked("\\1 to \\9 insert what the pattern's groups matched; the pattern has no such group")


def checked(correction: Correction, dialect: Dialect) -> Correction:
    """The correction, if it can be carried out. Raises QueryError with the place: ``#/filters/0/1``, ``#/pattern``."""
    for problem in problems(correction, dialect):
        raise problem
    return correction


def problems(correction: Correction, dialect: Dialect) -> Iterator[QueryError]:
    """What prevents the correction from being carried out: the first problem of each check, with its place."""
    for check in (*_CHECKS, *(_CHECKS_OF_A_RENAME if correction.kind == "rename" else ())):
        try:
            check(correction, dialect)
        except QueryError as problem:
            yield problem


def ends_at(now: float) -> int:
    """``until`` for a correction of what exists ``now`` (seconds since the epoch): the end of this quarter-hour, because
    sealed days store no finer times."""
    return -int(-now // QUARTER) * QUARTER


def change(correction: Correction, dialect: Dialect) -> Change:
    """The correction in the form in which an engine carries it out. It must have been checked."""
    row = _Row(dialect)
    tests = list(_tests(correction, row))
    values: dict[str, str] = {}
    if correction.kind == "rename":
        column = _COLUMNS[correction.dimension]
        pattern = row.bind(rf"\A(?:{correction.pattern})\z")
        values[column] = dialect.replaced(column, pattern, row.bind(correction.replacement))
        tests += [dialect.matches(column, pattern), f"{values[column]} NOT IN ({column}, '')"]
    return Change(
        id=correction.id,
        condition=" AND ".join(tests) or "true",
        values=values,
        parameters=row.parameters,
        settled=correction.settled_at is not None,
    )


def _tests(correction: Correction, row: "_Row") -> Iterator[str]:
    for part in filter_json.parsed(correction.filters, "#/filters"):
        yield filtering.sql(part, row)
    if correction.first_day:
        yield f"day >= {row.bind(correction.first_day)}"
    if correction.last_day:
        yield f"day <= {row.bind(correction.last_day)}"
    if correction.until is not None:
        yield f"time < {row.bind(datetime.fromtimestamp(correction.until, UTC).replace(tzinfo=None))}"


class _Row:
    """The columns of one event, as filters see them; collects the parameters."""

    goals: tuple[Goal, ...] = ()

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.parameters: dict[str, Any] = {}

    def column(self, name: str) -> str:
        return name

    def level(self, depth: int) -> str:
        raise NotImplementedError("sections are refused")

    def goal(self) -> str:
        raise NotImplementedError("goals are refused")

    def page_matches(self, pattern: str) -> str:
        raise NotImplementedError("goals are refused")

    def visit_has(self, test: str) -> str:
        raise NotImplementedError("what a visit has done is refused")

    def decided(self, _asked: Asked, _test: Callable[[Columns], str], /) -> str | None:
        return None

    def bind(self, value: object) -> str:
        name = f"c{len(self.parameters)}"
        self.parameters[name] = value
        return self.dialect.parameter(name)


# --- what is refused ---------------------------------------------------------------------------------------


def _check_filters(correction: Correction, dialect: Dialect) -> None:
    filters = filter_json.parsed(correction.filters, "#/filters")
    for found in filtering.of_more_than_a_row(filters):
        raise QueryError(found.place, marked("Cannot be used in a correction: it is not an attribute of a single event"))
    for condition in filtering.conditions_of(filters):
        reason = _why_unfit(condition.dimension)
        if reason:
            raise QueryError(f"{condition.place}/1", reason, name=condition.dimension.name)
    filtering.check_patterns(filters, dialect.pattern_problem)


def _why_unfit(asked: Asked) -> str:
    if asked.dimension.kind not in _OF_A_ROW:
        return marked('"%(name)s" cannot be used in a correction: it is not an attribute of a single event')
    if asked.name.startswith(_CHANGES_LATER):
        return marked('"%(name)s" cannot be used in a correction: its meaning may change; use event:page or event:name')
    return ""


def _check_days(correction: Correction, _dialect: Dialect) -> None:
    first, last = correction.first_day or date.min, correction.last_day or date.max
    if first > last:
        raise QueryError("#/last_day", marked("%(last)s is before %(first)s"), last=last, first=first)


def _check_scope(correction: Correction, _dialect: Dialect) -> None:
    """Refuses a correction without limits: an empty form must not remove a whole site."""
    limited = correction.filters or (correction.kind == "delete" and correction.first_day and correction.last_day)
    if correction.kind != "rename" and not limited:
        raise QueryError("#/filters", marked("Say which events you mean with at least one filter"))


def _check_pattern(correction: Correction, dialect: Dialect) -> None:
    _check_text("#/pattern", correction.pattern)
    wrong = dialect.pattern_problem(correction.pattern)
    if wrong:
        raise QueryError("#/pattern", filtering.WRONG_PATTERN, pattern=correction.pattern[:100], problem=wrong)


def _check_replacement(correction: Correction, dialect: Dialect) -> None:
    _check_text("#/replacement", correction.replacement)
    if dialect.pattern_problem(correction.pattern):
        return
    if dialect.replacement_problem(correction.pattern, correction.replacement):
        raise QueryError("#/replacement", _NO_GROUP)
    if not correction.replacement.startswith(_BEGINNINGS[correction.dimension]):
        raise QueryError(
            "#/replacement", marked('"%(text)s" is not a path; it begins with /'), text=correction.replacement[:100]
        )


def _check_text(place: str, text: str) -> None:
    if not text or len(text) > _LONGEST or not text.isprintable():
        raise QueryError(place, marked("Expected text of 1 to %(most)s visible characters"), most=_LONGEST)


_CHECKS = (_check_filters, _check_days, _check_scope)
_CHECKS_OF_A_RENAME = (_check_pattern, _check_replacement)


def described(correction: Correction) -> str:
    """The correction in a few words, for lists."""
    days = [
        f"from {correction.first_day}" if correction.first_day else "",
        f"to {correction.last_day}" if correction.last_day else "",
    ]
    what = f"{correction.pattern} to {correction.replacement}" if correction.kind == "rename" else ""
    told = [what, *(_told(part) for part in correction.filters), *days]
    return " ".join([correction.kind, ", ".join(part for part in told if part)]).strip()


def _told(part: Any) -> str:
    """A filter as it is written in a question, shortened."""
    if isinstance(part, list) and len(part) >= 3 and isinstance(part[1], str):
        known = find(part[1])
        label = known.dimension.label if known else part[1]
        return f"{label} {str(part[0]).replace('_', ' ')} {' or '.join(map(str, part[2]))}"[:200]
    return str(part)[:200]
