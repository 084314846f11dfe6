"""What answers report: one row of ``METRICS`` each, with the definition shown beside the number.

``formula`` is SQL over the sums of the measures of one group (``measures.py``).
"""

from msgspec import Struct

from analytics.query.measures import MEASURES, Kind, Measure


class Metric(Struct, frozen=True):
    """One row of the registry."""

    name: str
    label: str
    measures: tuple[str, ...]
    """The measures of the group that the formula uses."""
    formula: str
    unit: str
    """``count``, ``percent``, ``seconds``, ``ratio`` or ``money`` (in the goal's currency)."""
    definition: str
    falling_is_good: bool = False
    counted: bool = True
    """Whether it is zero, not unknown (null), if there is nothing to compute it from."""
    over: str = ""
    """The measure of the visitors that it is about, if these are not everybody in the row: few of many may have read, or
    paid."""
    whole: tuple[str, ...] = ()
    """Measures that it needs for the question without its dimensions; ``whole_<measure>`` in the formula."""
    everyone: tuple[str, ...] = ()
    """The same for the question without its dimensions and goals; ``everyone_<measure>``."""
    peers: tuple[str, ...] = ()
    """The same for the question without its goals, by its other dimensions; ``peers_<measure>``."""

    @property
    def nothing(self) -> int | None:
        """Its value for a row that an answer does not have: a count is 0, a mean is unknown."""
        return 0 if self.counted else None

    @property
    def kinds(self) -> frozenset[Kind]:
        """What it is counted from."""
        return frozenset(MEASURES[name].kind for name in self.measures)


_READING = "CAST(round(engaged / 1000.0 / nullif(readers, 0)) AS BIGINT)"
_DEPTH = "CAST(round(scrolled / nullif(readers, 0)) AS BIGINT)"
_CONVERTED = "round(100.0 * visitors / nullif(everyone_visitors, 0), 1)"
_CONVERTED_PEERS = "round(100.0 * visitors / nullif(peers_visitors, 0), 1)"
_EXITS = "round(100.0 * visits / nullif(left_pageviews, 0), 1)"
_SALE = "round(CAST(revenue AS DOUBLE) / nullif(sales, 0), 3)"
_SHARE = "round(100.0 * visitors / nullif(whole_visitors, 0), 1)"

# fmt: off
_ROWS = (
    Metric("visitors", "Visitors", ("visitors",), "visitors", "count",
           "Each person counts once per day; over several days, the daily counts are added up."),
    Metric("visits", "Visits", ("visits",), "visits", "count",
           "Visits that were active in this period. A visit ends after 30 minutes without activity."),
    Metric("pageviews", "Page views", ("pageviews",), "pageviews", "count",
           "Every page load counts, including repeated views of the same page."),
    Metric("views_per_visit", "Views per visit", ("views", "landings"), "round(views / nullif(landings, 0), 2)", "ratio",
           "Average number of page views in a visit. For a page: in the visits that entered there.", counted=False,
           over="landings"),
    Metric("bounce_rate", "Bounce rate", ("bounces", "landings"),
           "CAST(round(100.0 * bounces / nullif(landings, 0)) AS BIGINT)", "percent",
           "Percentage of visits with a single page view and no custom event that counts as an interaction. For a "
           "page: of the visits that entered there.", falling_is_good=True, counted=False, over="landings"),
    Metric("visit_duration", "Visit duration", ("duration", "landings"),
           "CAST(round(duration / nullif(landings, 0)) AS BIGINT)", "seconds",
           "Average time between the first and the last activity of a visit. For a page: in the visits that entered there.",
           counted=False, over="landings"),
    Metric("events", "Events", ("events",), "events", "count", "Page views and custom events together."),
    Metric("percentage", "Share", ("visitors",), _SHARE, "percent",
           "Percentage of all visitors in the query. Percentages can add up to more than 100, because one visitor may "
           "see several pages.",
           counted=False, whole=("visitors",)),
    Metric("time_on_page", "Time on page", ("engaged", "readers"), _READING, "seconds",
           "Average time the page was visible and in use, over the visits that used it.", counted=False, over="readers"),
    Metric("scroll_depth", "Scroll depth", ("scrolled", "readers"), _DEPTH, "percent",
           "Average of the furthest point that visits scrolled to on the page, over the visits that used it.", counted=False,
           over="readers"),
    Metric("exit_rate", "Exit rate", ("visits", "left_pageviews"), _EXITS, "percent",
           "Percentage of the page's views that were the last in their visit.", falling_is_good=True, counted=False),
    Metric("conversion_rate", "Conversion rate", ("visitors",), _CONVERTED, "percent",
           "Percentage of all visitors in the query who completed the goal.", counted=False, everyone=("visitors",)),
    Metric("group_conversion_rate", "Conversion rate", ("visitors",), _CONVERTED_PEERS, "percent",
           "Percentage of the visitors in the same row (the same source, page or day) who completed the goal.",
           counted=False, peers=("visitors",)),
    Metric("total_revenue", "Revenue", ("revenue", "sales"), "CAST(revenue AS DOUBLE)", "money",
           "Revenue from the goal's events. Events in a different currency are left out.", over="sales"),
    Metric("average_revenue", "Average revenue", ("revenue", "sales"), _SALE, "money",
           "Average revenue of the goal's events that have an amount in the goal's currency.", counted=False,
           over="sales"),
)
# fmt: on

METRICS: dict[str, Metric] = {row.name: row for row in _ROWS}
"""Every metric by name, in the order that documentation lists them."""

OTHER_SALES = Metric("other_sales", "Other currencies", ("other_sales",), "other_sales", "count",
                     "Events that earned something in another currency than the goal's.", over="other_sales")  # fmt: skip
"""What an answer about revenue tells beside its rows; no metric of the language."""


def measures_of(metrics: tuple[Metric, ...]) -> tuple[Measure, ...]:
    """The measures that these metrics need, each once."""
    return tuple(MEASURES[name] for name in dict.fromkeys(name for metric in metrics for name in metric.measures))


def change(unit: str, was: float | None, now: float | None) -> float | None:
    """The change from one number to another in per cent, or in points if it is a ``percent`` itself. None if there is no
    answer."""
    if was is None or now is None:
        return None
    if unit == "percent":
        return round(now - was, 1)
    if was == 0:
        return 0 if now == 0 else None
    return round((now - was) * 100 / was)
