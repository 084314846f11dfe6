"""A question as a value, read from the JSON of docs/api.md and checked. Nothing here depends on a site or the time.

Every error names its place in the question as a JSON pointer: ``#/metrics/1: Invalid metric "baa"``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, cast

from msgspec import Struct
from msgspec.structs import replace

from analytics.errors import FootfallError, QueryError
from analytics.languages import marked
from analytics.query import filter_json, segments
from analytics.query.dimensions import EVENT_NAME, GOAL, Asked, find
from analytics.query.dimensions import Kind as DimensionKind
from analytics.query.filter_json import said
from analytics.query.filters import Condition, Filter, conditions_of, without_goals
from analytics.query.measures import Kind as MeasureKind
from analytics.query.metrics import METRICS, Metric
from analytics.site import Segment

MOST_ROWS = 10_000
MOST_DIMENSIONS = 6
_LONGEST_NAME = 320
_DIRECTIONS = ("asc", "desc")

Direction = Literal["asc", "desc"]
Period = str | tuple[str, str]
"""A named period such as ``28d``, or the first and last day or moment, as written."""


class Order(Struct, frozen=True):
    """Sort by this metric or dimension of the question."""

    name: str
    direction: Direction


class Include(Struct, frozen=True):
    """What is requested in addition to the rows."""

    imports: bool = False
    time_labels: bool = False
    total_rows: bool = False
    trim_relative_date_range: bool = False
    comparison: Period | None = None
    """``previous_period``, ``year_over_year``, or the days to compare with."""
    match_day_of_week: bool = False


class Question(Struct, frozen=True):
    """A question, checked as far as possible without the site and the time."""

    metrics: tuple[Metric, ...]
    date_range: Period
    dimensions: tuple[Asked, ...] = ()
    filters: tuple[Filter, ...] = ()
    order_by: tuple[Order, ...] = ()
    include: Include = Include()
    limit: int = MOST_ROWS
    offset: int = 0


def parse(source: Mapping[str, Any]) -> Question:
    """The question in ``source``, the decoded JSON without ``site_id``. Raises QueryError naming the place."""
    check_keys(source, tuple(_KEYS), ("metrics", "date_range"))
    found = {key: read(source[key], f"#/{key}") for key, read in _KEYS.items() if key in source}
    limit, offset = found.pop("pagination", (MOST_ROWS, 0))
    question = Question(**found, limit=limit, offset=offset)
    return _checked(question, _CHECKS if segments.named(question.filters) else _CHECKS + _CHECKS_OF_FILTERS)


def with_segments(question: Question, known: Sequence[Segment]) -> Question:
    """The question with the site's segments replaced by their filters. Raises QueryError naming the place."""
    return _checked(replace(question, filters=segments.expanded(question.filters, known)), _CHECKS_OF_FILTERS)


def _checked(question: Question, checks: Sequence[Callable[[Question], None]]) -> Question:
    for check in checks:
        check(question)
    return question


def check_keys(source: Mapping[str, Any], known: Sequence[str], required: Sequence[str]) -> None:
    """Raises QueryError for an unknown or a missing key; ``site_id`` is always known."""
    for key in source:
        if key not in known:
            raise QueryError(_pointer(key), f"Unknown key; known are {', '.join(('site_id', *known))}")
    for key in required:
        if key not in source:
            raise QueryError("#", f"Required property {key} was not present")


def _pointer(key: object) -> str:
    return "#/" + str(key)[:_LONGEST_NAME].replace("~", "~0").replace("/", "~1")


def _list(source: Any, place: str, what: str) -> list[Any]:
    if not isinstance(source, list):
        raise QueryError(place, f"Expected a list of {what}")
    return source


def _unique(names: list[str], place: str) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise QueryError(f"{place}/{number}", f'"{name}" is asked for twice')


def _metrics(source: Any, place: str) -> tuple[Metric, ...]:
    names = _list(source, place, "metrics")
    if not names:
        raise QueryError(place, "Expected at least one metric")
    found = tuple(_metric(name, f"{place}/{number}") for number, name in enumerate(names[: len(METRICS) + 1]))
    _unique([metric.name for metric in found], place)
    return found


def _metric(name: Any, place: str) -> Metric:
    if isinstance(name, str) and name in METRICS:
        return METRICS[name]
    raise QueryError(place, f"Invalid metric {said(name)}")


def _dimensions(source: Any, place: str) -> tuple[Asked, ...]:
    names = _list(source, place, "dimensions")
    if len(names) > MOST_DIMENSIONS:
        raise QueryError(place, f"{len(names)} dimensions are too many: at most {MOST_DIMENSIONS}")
    found = tuple(_dimension(name, f"{place}/{number}") for number, name in enumerate(names))
    _unique([asked.name for asked in found], place)
    times = [number for number, asked in enumerate(found) if asked.dimension.kind is DimensionKind.TIME]
    if len(times) > 1:
        raise QueryError(f"{place}/{times[1]}", "Only one time dimension can be asked for")
    return found


def _dimension(name: Any, place: str) -> Asked:
    asked = find(name) if isinstance(name, str) and len(name) <= _LONGEST_NAME else None
    if asked is None:
        raise QueryError(place, f"Invalid dimension {said(name)}")
    return asked


def _period(source: Any, place: str) -> Period:
    if isinstance(source, str) and len(source) < 40:
        return source
    if isinstance(source, list) and len(source) == 2 and all(isinstance(part, str) and len(part) < 60 for part in source):
        return cast("tuple[str, str]", tuple(source))
    raise QueryError(place, 'Expected a period such as "28d" or a list of two dates such as ["2026-01-01", "2026-01-31"]')


def _order_by(source: Any, place: str) -> tuple[Order, ...]:
    entries = _list(source, place, '[metric or dimension, "asc" or "desc"]')
    if len(entries) > len(METRICS) + MOST_DIMENSIONS:
        raise QueryError(place, f"{len(entries)} are more than there are metrics and dimensions to sort by")
    found = tuple(_order(entry, f"{place}/{number}") for number, entry in enumerate(entries))
    _unique([order.name for order in found], place)
    return found


def _order(source: Any, place: str) -> Order:
    known = isinstance(source, list) and len(source) == 2 and isinstance(source[0], str) and source[1] in _DIRECTIONS
    if not known:
        raise QueryError(place, 'Expected [metric or dimension, "asc" or "desc"]')
    return Order(source[0], source[1])


def _include(source: Any, place: str) -> Include:
    known = Include.__struct_fields__
    for key, value in _object(source, place, known).items():
        if key != "comparison" and not isinstance(value, bool):
            raise QueryError(f"{place}/{key}", "Expected true or false")
    comparison = source.get("comparison")
    read = None if comparison is None else _comparison(comparison, f"{place}/comparison")
    return Include(**{**source, "comparison": read})


def _comparison(source: Any, place: str) -> Period:
    if isinstance(source, list) or source in ("previous_period", "year_over_year"):
        return _period(source, place)
    raise QueryError(place, 'Expected "previous_period", "year_over_year" or a list of two dates')


def _pagination(source: Any, place: str) -> tuple[int, int]:
    given = _object(source, place, ("limit", "offset"))
    limit, offset = given.get("limit", MOST_ROWS), given.get("offset", 0)
    if type(limit) is not int or not 1 <= limit <= MOST_ROWS:
        raise QueryError(f"{place}/limit", f"Expected a whole number from 1 to {MOST_ROWS}")
    if type(offset) is not int or not 0 <= offset < 2**31:
        raise QueryError(f"{place}/offset", "Expected a whole number, 0 or more")
    return limit, offset


def _object(source: Any, place: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(source, dict):
        raise QueryError(place, f"Expected an object with {', '.join(known)}")
    for key in source:
        if key not in known:
            raise QueryError(f"{place}/{_pointer(key)[2:]}", f"Unknown key; known are {', '.join(known)}")
    return source


_KEYS: dict[str, Callable[[Any, str], Any]] = {
    "metrics": _metrics,
    "date_range": _period,
    "dimensions": _dimensions,
    "filters": filter_json.parsed,
    "order_by": _order_by,
    "include": _include,
    "pagination": _pagination,
}
"""Every key of a question and how it is read."""


def _ordered_by_what_is_asked(question: Question) -> None:
    asked = {metric.name for metric in question.metrics} | {asked.name for asked in question.dimensions}
    for number, order in enumerate(question.order_by):
        if order.name not in asked:
            problem = marked('"%(name)s" is not among the metrics and dimensions asked for')
            raise QueryError(f"#/order_by/{number}", problem, name=order.name[:_LONGEST_NAME])


def _counts_go_with_dimensions(question: Question) -> None:
    """Refuses combinations without a meaning: the events of an entry page, the bounce rate of an event's name."""
    for number, metric in enumerate(question.metrics):
        for asked in question.dimensions:
            reasons = (_MEANINGLESS.get((kind, asked.dimension.kind)) for kind in metric.kinds)
            if reason := next(filter(None, reasons), None):
                problem = marked('"%(metric)s" cannot be grouped by "%(name)s": %(why)s')
                raise QueryError(
                    f"#/metrics/{number}", problem, metric=metric.name, name=asked.name, why=FootfallError(reason)
                )


_OF_EVENTS = marked("it counts events, and that is an attribute of the whole visit")
_MEANINGLESS = {
    (MeasureKind.EVENT, DimensionKind.JOURNEY): _OF_EVENTS,
    (MeasureKind.DEPTH, DimensionKind.JOURNEY): _OF_EVENTS,
    (MeasureKind.AVERAGE, DimensionKind.EVENT): marked("it is an attribute of the whole visit, which has many such values"),
}


def _labels_have_time(question: Question) -> None:
    timed = any(asked.dimension.kind is DimensionKind.TIME for asked in question.dimensions)
    if question.include.time_labels and not timed:
        raise QueryError("#/include/time_labels", 'Needs a dimension of time, such as "time:day"')


def _included_is_compared(question: Question) -> None:
    if question.include.match_day_of_week and question.include.comparison is None:
        raise QueryError("#/include/match_day_of_week", 'Needs a comparison, such as "previous_period"')


def _conversions_have_goals(question: Question) -> None:
    """Refuses conversion metrics without a filter that defines a conversion (goal, event name or property, at the top
    level): visitors are counted without it."""
    for number, metric in _asked(question, lambda metric: bool(metric.everyone or metric.peers)):
        if not by_goals(question) and EVENT_NAME not in _filtered_names(question):
            problem = marked('"%(metric)s" needs goals: add "%(goal)s" as a dimension or filter, or filter by "%(event)s"')
            raise QueryError(f"#/metrics/{number}", problem, metric=metric.name, goal=GOAL, event=EVENT_NAME)
        for condition in conditions_of(without_goals(question.filters), of_visits=False):
            if condition.dimension.name.startswith("event:props:"):
                problem = marked('"%(name)s" can be used in filters at the top level only, together with "%(metric)s"')
                raise QueryError(f"{condition.place}/1", problem, name=condition.dimension.name, metric=metric.name)


def _depth_has_pages(question: Question) -> None:
    for number, metric in _asked(question, lambda metric: MeasureKind.DEPTH in metric.kinds):
        if not ({"event:page"} & (_dimension_names(question) | _filtered_names(question))):
            problem = marked('"%(metric)s" needs pages: add "event:page" as a dimension or filter')
            raise QueryError(f"#/metrics/{number}", problem, metric=metric.name)


def _exits_have_pages(question: Question) -> None:
    for number, metric in _asked(question, lambda metric: MeasureKind.EXIT in metric.kinds):
        if [asked.name for asked in question.dimensions] != ["visit:exit_page"]:
            problem = marked('"%(metric)s" needs "visit:exit_page", and no other dimension')
            raise QueryError(f"#/metrics/{number}", problem, metric=metric.name)
        for condition in conditions_of(question.filters, of_visits=False):
            if condition.dimension.dimension.kind in (DimensionKind.PAGE, DimensionKind.EVENT):
                problem = marked('"%(metric)s" is about whole visits: it cannot be filtered by "%(name)s"')
                raise QueryError(f"{condition.place}/1", problem, metric=metric.name, name=condition.dimension.name)


def _asked(question: Question, wanted: Callable[[Metric], bool]) -> Iterator[tuple[int, Metric]]:
    return ((number, metric) for number, metric in enumerate(question.metrics) if wanted(metric))


def _dimension_names(question: Question) -> set[str]:
    return {asked.name for asked in question.dimensions}


def _filtered_names(question: Question) -> set[str]:
    """The dimensions of the top-level filters."""
    return {part.dimension.name for part in question.filters if isinstance(part, Condition)}


def by_goals(question: Question) -> bool:
    """Whether goals are involved: as a dimension, or in a filter over what is counted."""
    return GOAL in _dimension_names(question) | _filtered_names(question)


_CHECKS: tuple[Callable[[Question], None], ...] = (
    _ordered_by_what_is_asked,
    _counts_go_with_dimensions,
    _labels_have_time,
    _included_is_compared,
)
"""Conditions between parts of a question."""
_CHECKS_OF_FILTERS: tuple[Callable[[Question], None], ...] = (
    _conversions_have_goals,
    _depth_has_pages,
    _exits_have_pages,
)
"""The same for conditions that depend on filters, and so on the contents of segments."""
