"""What the beacon can do besides page views, single-page applications and reading time.

A site's script holds just those that its owner switched on: the build compiles every combination (``hatch_build.py``
reads this table, so this file imports nothing of ours), and a feature that is off costs its visitors no byte. In
``static/js/beacon.js`` a feature is a constant of the same name in capitals.
"""

from typing import NamedTuple


class Feature(NamedTuple):
    """One row of the table, and one switch in a site's settings."""

    name: str
    """In settings and in the API; lower-case letters."""
    label: str
    """Beside the switch."""
    hint: str
    """What is counted, and under which name."""


FEATURES = (
    Feature("outbound", "Outbound link clicks", "Event “Outbound Link: Click”, with the address as the property url."),
    Feature(
        "downloads",
        "File downloads",
        "Event “File Download”, with the address as the property url. To choose the file types yourself, add "
        'data-files="pdf,epub" to the tag.',
    ),
    Feature(
        "forms",
        "Form submissions",
        "Event “Form: Submission”, with the page as the property path. What visitors type is never read.",
    ),
    Feature(
        "missing",
        "Pages not found (404)",
        "Event “404”, with the page as the property path, and the page that linked to it.",
    ),
    Feature(
        "tagged",
        "Clicks on tagged elements",
        'Put data-footfall-event="Sign-up" on a link, button or form; Plausible’s class names work as well.',
    ),
    Feature(
        "exclusions",
        "Exclusions in the tag",
        'data-exclude="/admin/*" and data-include="/shop/*" in the tag: excluded pages are not sent at all.',
    ),
    Feature(
        "options",
        "Options set in the page",
        "footfall.init({…}), page properties (data-prop-author), manual page views, transformRequest and callbacks.",
    ),
    Feature(
        "canonical",
        "Canonical addresses",
        "A page with a link rel=canonical to the same host is counted under that path. Check yours first: if every "
        "page points to the home page, every visit is counted there.",
    ),
    Feature(
        "plausible",
        "Plausible’s JavaScript calls",
        'plausible("Sign-up", {props: …}) and its queue work in your pages without changes.',
    ),
    Feature(
        "ignore",
        "“Don’t count me” links",
        "Opening a page with #footfall-ignore stops counting in that browser; #footfall-count starts it again.",
    ),
)
"""In the order they are shown and compiled in."""

VITALS = Feature(
    "vitals",
    "Core Web Vitals",
    "How fast your pages are for visitors: event “Web Vitals”, with five measurements. Needs a second line in your pages.",
)
GTAG = Feature(
    "gtag",
    "Google’s gtag calls",
    "gtag('event', …) and dataLayer.push work in your pages without changes; parameters that identify a person are "
    "left out. Page views are counted by the script as usual.",
)
BESIDE = (GTAG, VITALS)
"""What is put before the script when it is served, or lies in a file of its own beside it."""

NAMES = tuple(feature.name for feature in (*FEATURES, *BESIDE))
