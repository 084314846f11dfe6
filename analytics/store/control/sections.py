"""A site's named sections: what its owner lays over the folders of its paths."""

from collections.abc import Sequence

from analytics.model import SectionRule, Site
from analytics.store.control.audit import COMMAND_LINE, Audit
from analytics.store.control.database import Database
from analytics.store.control.rules import checked_sections, require_site


class Sections:
    """The named sections of all sites. Safe to use from several threads."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database, self._audit = database, audit

    def all(self, site: Site) -> list[SectionRule]:
        """The site's named sections in the order they are tried."""
        sql = "SELECT name, pattern, position FROM sections WHERE site = ? ORDER BY position"
        rows = self._database.execute(sql, (site.id,))
        return [SectionRule(name=name, pattern=pattern, position=position) for name, pattern, position in rows]

    def replace(self, site: Site, rules: Sequence[SectionRule], *, by: str = COMMAND_LINE) -> None:
        """Puts these in the place of all that there are, to be tried in the order given; they hold for history at once.
        Raises NotFound, or InvalidInput naming the row."""
        kept = checked_sections(rules, site.settings)
        with self._database.transaction():
            require_site(self._database, site)
            self._database.execute("DELETE FROM sections WHERE site = ?", (site.id,))
            for rule in kept:
                row = (site.id, rule.position, rule.name, rule.pattern)
                self._database.execute("INSERT INTO sections (site, position, name, pattern) VALUES (?, ?, ?, ?)", row)
            self._audit.note(by, "sections changed", f"{site.domain}: {len(kept)} rules")
