"""What happened on a site in the last four weeks, for the setup pages: figures beside things, and values to choose from.
Always about the whole site, as its owner sees it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from analytics.errors import StoreUnavailable
from analytics.site import Site
from analytics.web.services import current_day, services

LATELY = 28
"""Days, today among them."""
_MOST = 30
"""Values that are offered to be chosen."""


def days(site: Site, length: int = LATELY) -> list[str]:
    """The first and last of so many days up to today, as a date range of the query language."""
    last = current_day(site)
    return [(last - timedelta(days=length - 1)).isoformat(), last.isoformat()]


def asked_lately(
    site: Site, metrics: Sequence[str], dimensions: Sequence[str], filters: Sequence[Any] = (), most: int = 500
) -> dict[tuple[str, ...], list[Any]] | None:
    """The metrics by the values of the dimensions, the largest first, money with its currency; None while the rows cannot
    be read."""
    question = {
        "metrics": list(metrics),
        "dimensions": list(dimensions),
        "filters": list(filters),
        "date_range": days(site),
        "pagination": {"limit": most},
    }
    try:
        found = services().answers.answer(site, question)
    except StoreUnavailable:
        return None
    return {tuple(row["dimensions"]): row["metrics"] for row in found.written()}


def names(site: Site, dimension: str, metric: str = "events") -> list[str]:
    """The values of a dimension with the highest values of this metric, to choose from; none while the rows cannot be
    read."""
    return [name for (name,) in asked_lately(site, (metric,), [dimension], most=_MOST) or ()]
