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
    Feature("outbound", "Clicks on links to other sites", "Event Outbound Link: Click, with the address as url."),
    Feature(
        "downloads",
        "File downloads",
        'Event File Download, with the address as url; data-files="pdf,epub" in the tag names your own kinds of files.',
    ),
    Feature("forms", "Forms sent", "Event Form: Submission, with the page as path. What was typed is never read."),
    Feature("missing", "Pages that do not exist", "Event 404, with the page as path and where its visitor came from."),
    Feature(
        "tagged",
        "Clicks on what you tagged",
        'data-footfall-event="Sign-up" on a link, a button or a form; Plausible’s class names work as well.',
    ),
    Feature(
        "exclusions",
        "Pages and properties left out by the tag",
        'data-exclude="/admin/*", data-include="/shop/*": what is left out is not even sent.',
    ),
    Feature(
        "options",
        "Options in the page",
        "footfall.init({…}), properties of the page (data-prop-author), manual page views, transformRequest, callbacks.",
    ),
    Feature(
        "canonical",
        "The page’s own name for itself",
        "A page with a link rel=canonical on the same host is counted under that path. Look at yours first: where every "
        "page names the home page, every page would be the home page.",
    ),
    Feature("plausible", "Plausible’s calls", 'plausible("Sign-up", {props: …}) and its queue, as your pages have them.'),
    Feature(
        "ignore",
        "“Don’t count me” by a link",
        "A page opened with #footfall-ignore is never counted in that browser again; #footfall-count takes it back.",
    ),
)
"""In the order they are shown and compiled in."""

VITALS = Feature(
    "vitals",
    "Core Web Vitals",
    "How fast pages are for their readers: event Web Vitals, with five numbers. Needs a second line in your pages.",
)
GTAG = Feature(
    "gtag",
    "Google’s calls",
    "gtag('event', …) and dataLayer.push, as your pages have them; what identifies somebody is left out. "
    "Page views are counted as ever.",
)
BESIDE = (GTAG, VITALS)
"""What is put before the script when it is served, or lies in a file of its own beside it."""

NAMES = tuple(feature.name for feature in (*FEATURES, *BESIDE))
