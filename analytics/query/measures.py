"""What is added up: one row of ``MEASURES`` each. A metric is a formula over measures.

Measures are additive: over parts that share no visitor and no visit, the measure of the whole is the sum of the parts'. So
a long range can be put together from what was counted when its days were sealed and from today's rows, and a number is the
same however it was put together. Averages and shares are not additive; their measures are.
"""

from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What a measure is counted from; decides which dimensions it can be combined with and how it is distributed over
    time."""

    PEOPLE = "people"
    """Distinct visitors among the events; in every stretch of time in which they were active."""
    EVENT = "event"
    """The events themselves; each falls into one stretch of time."""
    VISITS = "visits"
    """Distinct visits among the events; in the first stretch of time in which they were active."""
    AVERAGE = "average"
    """Facts of those visits; by page, of the visits that entered there."""
    DEPTH = "depth"
    """How far each visit scrolled down, at the deepest of the events; in every stretch of time in which it read."""
    EXIT = "exit"
    """Page views, each by its own page, where the dimension is the visit's exit page."""


class Measure(Struct, frozen=True):
    """One row of the registry.

    ``value`` is SQL over the rows of one group. What a row is, the kind says: an event, or a visit with its facts
    (``bounced``, ``duration``, ``pageviews``, ``scroll``). ``earned`` is what an event earned in the question's currency.
    """

    name: str
    kind: Kind
    value: str
    type: str = "BIGINT"
    """The SQL type of its sums."""
    marked: bool = True
    """Whether the marks of settled rows, and so the roll-ups, provide it (``marks.py``)."""


_ROWS = (
    Measure("visitors", Kind.PEOPLE, "count(DISTINCT visitor)"),
    Measure("visits", Kind.VISITS, "count(DISTINCT visit)"),
    Measure("pageviews", Kind.EVENT, "count(*) FILTER (WHERE name = 'pageview')"),
    Measure("events", Kind.EVENT, "count(*) FILTER (WHERE name <> 'engagement')"),
    Measure("engaged", Kind.EVENT, "sum(engaged)"),
    Measure("readers", Kind.EVENT, "count(DISTINCT visit) FILTER (WHERE name = 'engagement')"),
    Measure("revenue", Kind.EVENT, "sum(earned)", "DECIMAL(38, 3)", marked=False),
    Measure("sales", Kind.EVENT, "count(earned)", marked=False),
    Measure("other_sales", Kind.EVENT, "count(*) FILTER (WHERE earned_otherwise)", marked=False),
    Measure("scrolled", Kind.DEPTH, "sum(scroll)", marked=False),
    Measure("left_pageviews", Kind.EXIT, "count(*)", marked=False),
    Measure("landings", Kind.AVERAGE, "count(*)"),
    Measure("bounces", Kind.AVERAGE, "count(*) FILTER (WHERE bounced)"),
    Measure("duration", Kind.AVERAGE, "sum(duration)"),
    Measure("views", Kind.AVERAGE, "sum(pageviews)"),
)

MEASURES: dict[str, Measure] = {row.name: row for row in _ROWS}
"""Every measure by name. ``engaged`` is in milliseconds, ``duration`` in seconds, ``scrolled`` in per cent."""
