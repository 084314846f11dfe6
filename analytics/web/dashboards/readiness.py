"""Whether a site has what a panel needs (``needs.NEEDS``), and what the owner is told if it does not.

Decided by what is set up; only if that is not enough, by the names of the events ever counted, which are queried once per
page. Safe to use from the threads that make the panels.
"""

from functools import cached_property

from msgspec import Struct

from analytics.errors import StoreUnavailable
from analytics.model import PAGEVIEW
from analytics.needs import ANY_EVENT, NEEDS, Need
from analytics.panels import Panel
from analytics.site import Goal
from analytics.web.language import marked
from analytics.web.question.asker import Asker


class Offer(Struct, frozen=True):
    """What is shown in place of a panel that has nothing to show yet."""

    text: str
    """What it would show."""
    press: str
    """What the link to the set-up says."""
    endpoint: str
    """Of that page, which takes the site's ``domain``."""
    anchor: str = ""


_SETTINGS = ("admin.settings", "beacon")

OFFERS: dict[str, Offer] = {
    "goals": Offer(
        marked("What you want visitors to do: how many did it, and what share of all visitors that is."),
        marked("Set up a goal"), "goals.page",
    ),
    "funnels": Offer(
        marked("The steps of a path through your site: how many visits take each step, and where the others drop off."),
        marked("Add a funnel"), "funnels.page",
    ),
    "revenue": Offer(
        marked("Revenue over time, by source and by campaign, in the currency of your goals."),
        marked("Set up a goal with a currency"), "goals.page",
    ),
    "events": Offer(
        marked("What visitors do besides viewing pages: every event that your pages send, by name."),
        marked("How pages send events"), *_SETTINGS,
    ),
    "properties": Offer(
        marked("Details that your events carry, such as a plan, a product or an author: each value with its visitors."),
        marked("How pages send properties"), "goals.properties",
    ),
    "outbound": Offer(
        marked("The links to other sites that visitors follow from your pages."),
        marked("Turn it on"), *_SETTINGS,
    ),
    "downloads": Offer(marked("The files that visitors download."), marked("Turn it on"), *_SETTINGS),
    "forms": Offer(marked("The pages whose forms visitors submit, and how often."), marked("Turn it on"), *_SETTINGS),
    "missing": Offer(
        marked("Pages that visitors requested but that do not exist, and where the broken links are."),
        marked("Turn it on"), *_SETTINGS,
    ),
    "vitals": Offer(
        marked("How fast your pages are for your visitors, measured by Google’s Core Web Vitals."),
        marked("Turn it on"), *_SETTINGS,
    ),
}  # fmt: skip
"""Need -> what an owner is told where it is not met."""


class Readiness:
    """What one site has, for the panels of one page."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def met(self, panel: Panel) -> bool:
        """Whether the site has what the panel needs."""
        need = NEEDS.get(panel.need)
        if need is None:
            return True
        if panel.need in ("goals", "revenue"):
            return any(goal.currency or panel.need == "goals" for goal in self._goals)
        if panel.need == "funnels":
            return bool(self._asker.control.funnels.all(self._asker.site))
        return bool(set(need.features) & set(self._asker.site.settings.features)) or self._was_counted(need)

    def _was_counted(self, need: Need) -> bool:
        """Whether one of the events was ever counted. True if that cannot be found out: the panel itself then reports the
        problem."""
        try:
            return bool(self._counted if ANY_EVENT in need.events else self._counted & set(need.events))
        except StoreUnavailable:
            return True

    @cached_property
    def _goals(self) -> list[Goal]:
        return self._asker.control.goals.all(self._asker.site)

    @cached_property
    def _counted(self) -> frozenset[str]:
        """The names of all events of the site, regardless of what the viewer may see."""
        return self._asker.names() - {PAGEVIEW}
