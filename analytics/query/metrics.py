"""What answers count: one row of ``METRICS`` each, with the definition that stands beside the number.

``value`` is SQL over the rows of one group. What a row is, the kind says: an event, or a visit with its
facts (``bounced``, ``duration``, ``pageviews``).
"""

from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What a metric is computed from; decides which dimensions go with it and how it falls into time."""

    PEOPLE = "people"
    """Distinct visitors among the events; in every stretch of time in which they were active."""
    EVENT = "event"
    """The events themselves; each falls into one stretch of time."""
    VISITS = "visits"
    """Distinct visits among the events; in the first stretch of time in which they were active."""
    AVERAGE = "average"
    """Facts of those visits; by page, of the visits that entered there."""


class Metric(Struct, frozen=True):
    """One row of the registry."""

    name: str
    label: str
    kind: Kind
    value: str
    unit: str
    """``count``, ``percent``, ``seconds`` or ``ratio``."""
    definition: str
    falling_is_good: bool = False
    counted: bool = True
    """Zero, not unknown (null), where there is nothing to compute it from."""


_VISITORS = "count(DISTINCT visitor)"
_PAGEVIEWS = "count(*) FILTER (WHERE name = 'pageview')"
_EVENTS = "count(*) FILTER (WHERE name <> 'engagement')"
_SHARE = "round(100.0 * count(DISTINCT visitor) / (SELECT nullif(count(DISTINCT visitor), 0) FROM matched), 1)"
_ANY = "nullif(count(*), 0)"
_BOUNCES = f"CAST(round(100.0 * count(*) FILTER (WHERE bounced) / {_ANY}) AS BIGINT)"
_DURATION = f"CAST(round(sum(duration) / {_ANY}) AS BIGINT)"
_VIEWS = f"round(sum(pageviews) / {_ANY}, 2)"
_READERS = "nullif(count(DISTINCT visit) FILTER (WHERE name = 'engagement'), 0)"
_READING = f"CAST(round(sum(engaged) / 1000.0 / {_READERS}) AS BIGINT)"

# fmt: off
_ROWS = (
    Metric("visitors", "Visitors", Kind.PEOPLE, _VISITORS, "count",
           "Daily visitors: people counted once a day; over several days the days are added up."),
    Metric("visits", "Visits", Kind.VISITS, "count(DISTINCT visit)", "count",
           "Visits that were active in this time. A visit ends after 30 minutes without a sign of life."),
    Metric("pageviews", "Page views", Kind.EVENT, _PAGEVIEWS, "count", "Pages seen; seen again counts again."),
    Metric("views_per_visit", "Views per visit", Kind.AVERAGE, _VIEWS, "ratio",
           "Page views of a visit, on average. By page: of the visits that entered there.", counted=False),
    Metric("bounce_rate", "Bounce rate", Kind.AVERAGE, _BOUNCES, "percent",
           "Share of visits with a single page view and no custom event that counts as interaction. "
           "By page: of the visits that entered there.", falling_is_good=True, counted=False),
    Metric("visit_duration", "Visit duration", Kind.AVERAGE, _DURATION, "seconds",
           "Time from a visit's first sign of life to its last, on average. By page: of the visits that entered there.",
           counted=False),
    Metric("events", "Events", Kind.EVENT, _EVENTS, "count", "Page views and custom events together."),
    Metric("percentage", "Share", Kind.PEOPLE, _SHARE, "percent",
           "Share of all visitors of the question. Shares may add up to more than 100: one visitor sees several pages."),
    Metric("time_on_page", "Time on page", Kind.EVENT, _READING, "seconds",
           "Time the page was in view and in use, over the visits that used it.", counted=False),
)
# fmt: on

METRICS: dict[str, Metric] = {row.name: row for row in _ROWS}
"""Every metric by name, in the order that documentation lists them."""

UNAVAILABLE = frozenset(
    {"conversion_rate", "group_conversion_rate", "scroll_depth", "total_revenue", "average_revenue", "exit_rate"}
)
"""Metrics of the language that this version does not compute: refused as such, not as misspelt."""
