"""What has to be set up, or to have happened, before panels of some kinds can show anything.

A panel names its need in its TOML block. Until the need is met, no question is asked: the owner is told what the panel
would show and where to set it up (``web/dashboards/readiness.py``), and everybody else does not see the panel.
"""

from typing import NamedTuple


class Need(NamedTuple):
    """One row of the table."""

    meaning: str
    """What the site must have."""
    features: tuple[str, ...] = ()
    """Names of ``features.FEATURES``: the need is met if the site's script has one of them."""
    events: tuple[str, ...] = ()
    """Names of events: the need is also met if one of them was ever counted, whoever sent it."""


ANY_EVENT = "*"
"""Stands for every event but page views and reading time."""
OUTBOUND, DOWNLOAD, FORM, MISSING = "Outbound Link: Click", "File Download", "Form: Submission", "404"
VITALS = "Web Vitals"
OF_FEATURES = (OUTBOUND, DOWNLOAD, FORM, MISSING, VITALS)
"""What the script names the events of its features: the names that Plausible's script gives the same things."""

NEEDS: dict[str, Need] = {
    "goals": Need("a goal"),
    "funnels": Need("a funnel"),
    "revenue": Need("a goal with a currency"),
    "events": Need("events besides page views", ("tagged", "options", "plausible", "gtag"), (ANY_EVENT,)),
    "properties": Need("events with properties", ("tagged", "options", "plausible", "gtag"), (ANY_EVENT,)),
    "outbound": Need("clicks on links to other sites", ("outbound",), (OUTBOUND,)),
    "downloads": Need("file downloads", ("downloads",), (DOWNLOAD,)),
    "forms": Need("forms sent", ("forms",), (FORM,)),
    "missing": Need("views of pages that do not exist", ("missing",), (MISSING,)),
    "vitals": Need("measurements of Core Web Vitals", ("vitals",), (VITALS,)),
}
"""Every need that a panel may name."""
