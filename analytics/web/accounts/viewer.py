"""The person for whom a dashboard is made: what they may see of a site, and what they may do with it."""

from datetime import date
from typing import Any

from msgspec import Struct

from analytics.query.cells import Audience
from analytics.query.period import UNBOUND, Bounds


class Viewer(Struct, frozen=True, kw_only=True):
    """Somebody who looks at one site. The default is its owner, who sees all of it."""

    audience: Audience = Audience.SIGNED_IN
    """Decides below how many visitors values are folded."""
    filters: tuple[Any, ...] = ()
    """In the query language, added to every question: what they leave out does not exist for this viewer."""
    dashboards: frozenset[str] | None = None
    """Names of the dashboards that they may see; None: all of the site's."""
    panels: frozenset[str] | None = None
    """Names of the panels that they may see; None: all."""
    first: date | None = None
    """No earlier day is shown; None: no limit."""
    last: date | None = None
    """No later day is shown; None: no limit."""
    now: bool = True
    """Whether they may see today."""
    may_change: bool = True
    """Whether they see the setup pages and the buttons that change things."""
    exports: bool = True
    """Whether they may download the figures as files."""

    def given(self, dashboard: str) -> bool:
        """Whether they may see the dashboard with this name."""
        return self.dashboards is None or dashboard in self.dashboards

    @property
    def bounds(self) -> Bounds:
        """The days they may see."""
        return Bounds(self.first, self.last)

    @property
    def signed_in(self) -> bool:
        """Whether they have an account, and with it a menu and pages of their own."""
        return self.audience is Audience.SIGNED_IN

    @property
    def sees_everything(self) -> bool:
        """Whether they see the whole site, including figures that no filter narrows (the ledger)."""
        return not self.filters and self.bounds == UNBOUND and self.signed_in


OWNER = Viewer()
