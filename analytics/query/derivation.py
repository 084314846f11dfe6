"""How a site's roll-ups are made, by the sections that its owner has named as they are now."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from analytics.query import midnights, rollups
from analytics.site import SectionRule, Site
from analytics.store.base import Derived, Dialect, Statement


class Derivation:
    """Of the dimensions ``names``. ``Derivation`` of the sealer (ingest/sealer.py) and ``Rest`` of retention."""

    def __init__(
        self, sections: Callable[[Site], Sequence[SectionRule]], dialect: Dialect, names: Iterable[str] = rollups.ROLLED
    ) -> None:
        self._sections, self._dialect, self._names = sections, dialect, tuple(names)
        self.many: Sequence[str] = tuple(name for name in self._names if rollups.ROLLED[name].many)

    def days(self, site: Site, first: date, last: date) -> Derived:
        """The roll-ups of these days."""
        return rollups.derived(first, last, site.timezone, self._sections(site), self._dialect, self._names)

    def month(self, site: Site, month: date) -> Derived:
        """What the roll-ups of a month (its first day) hold beside the sum of its days'."""
        return midnights.derived(month, site.timezone, self._sections(site), self._dialect, self._names)

    def rest(self, site: Site, first: date, before: date) -> list[Statement]:
        """What the roll-ups of the months from ``first`` to ``before`` do without while there are rows."""
        return midnights.rest(first, before, site.timezone, self._sections(site), self._dialect)
