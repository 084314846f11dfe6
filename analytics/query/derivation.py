"""How a site's roll-ups are computed, under its present named sections."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from analytics.query import midnights, rollups
from analytics.site import SectionRule, Site
from analytics.store.base import Derived, Dialect, Statement


class Derivation:
    """Computes the roll-ups of the dimensions ``names``. Implements ``Derivation`` of the sealer (ingest/sealer.py) and
    ``Rest`` of retention."""

    def __init__(
        self, sections: Callable[[Site], Sequence[SectionRule]], dialect: Dialect, names: Iterable[str] = rollups.ROLLED
    ) -> None:
        self._sections, self._dialect, self._names = sections, dialect, tuple(names)
        self.many: Sequence[str] = tuple(name for name in self._names if rollups.ROLLED[name].many)

    def days(self, site: Site, first: date, last: date) -> Derived:
        """How the roll-ups of these days are computed."""
        return rollups.derived(first, last, site.timezone, self._sections(site), self._dialect, self._names)

    def month(self, site: Site, month: date) -> Derived:
        """How the part of a month's roll-ups is computed that the sum of its days lacks; the month is given as its first
        day."""
        return midnights.derived(month, site.timezone, self._sections(site), self._dialect, self._names)

    def rest(self, site: Site, first: date, before: date) -> list[Statement]:
        """How the part is computed that the roll-ups of the months from ``first`` to ``before`` leave out while their rows
        exist."""
        return midnights.rest(first, before, site.timezone, self._sections(site), self._dialect)
