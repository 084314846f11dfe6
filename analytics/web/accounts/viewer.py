"""The person for whom a dashboard is made: what they may see of a site, and what they may do with it."""

from datetime import date
from typing import Any

from msgspec import Struct

from analytics.query.cells import Audience
from analytics.query.period import UNBOUND, Bounds


class Viewer(Struct, frozen=True, kw_only=True):
    """Somebody who looks at one site. The default is its owner, who sees all of it."""

    audience: Audience = Audience.SIGNED_IN
    """Decides how few visitors are told apart."""
    filters: tuple[Any, ...] = ()
    """In the query language, with every question: what lies outside is not there for this viewer."""
    dashboards: frozenset[str] | None = None
    """Names of the dashboards given; None: all of the site."""
    panels: frozenset[str] | None = None
    """Names of the panels shown; None: all."""
    first: date | None = None
    """No day before is shown; None: no limit."""
    last: date | None = None
    """No day after is shown; None: no limit."""
    now: bool = True
    """Today is among the days that they may see."""
    may_change: bool = True
    """Sees the pages in which things are set up, and buttons that change them."""
    exports: bool = True
    """May take the figures along as files."""

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
