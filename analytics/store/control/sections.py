"""A site's named sections, which its owner defines on top of the folders of its paths."""

from collections.abc import Sequence

from analytics import paths
from analytics.checks import Checks
from analytics.errors import InvalidInput
from analytics.site import SectionRule, Site, SiteSettings
from analytics.store.control.audit import COMMAND_LINE, Audit
from analytics.store.control.database import Database
from analytics.store.control.sites import require_site
from analytics.store.control.texts import checked_path, plain_text

_MOST = 500


class Sections:
    """The named sections of all sites. Safe to use from several threads."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database, self._audit = database, audit

    def all(self, site: Site) -> list[SectionRule]:
        """The site's named sections in the order in which their rules are tried."""
        sql = "SELECT name, pattern, position FROM sections WHERE site = ? ORDER BY position"
        rows = self._database.execute(sql, (site.id,))
        return [SectionRule(name=name, pattern=pattern, position=position) for name, pattern, position in rows]

    def replace(self, site: Site, rules: Sequence[SectionRule], *, by: str = COMMAND_LINE) -> None:
        """Replaces all rules of the site, which are tried in the given order and apply to past events at once. Raises
        NotFound, or InvalidInput naming the row."""
        kept = checked_sections(rules, site.settings)
        with self._database.transaction():
            require_site(self._database, site)
            self._database.execute("DELETE FROM sections WHERE site = ?", (site.id,))
            for rule in kept:
                row = (site.id, rule.position, rule.name, rule.pattern)
                self._database.execute("INSERT INTO sections (site, position, name, pattern) VALUES (?, ?, ?, ?)", row)
            self._audit.note(by, "sections changed", f"{site.domain}: {len(kept)} rules")


def checked_sections(rules: Sequence[SectionRule], settings: SiteSettings) -> list[SectionRule]:
    """The rules in their order, numbered from 0, with patterns spelt by the site's rules for paths. Raises InvalidInput
    naming every wrong ``rules/<row>/name`` and ``rules/<row>/pattern``."""
    if len(rules) > _MOST:
        raise InvalidInput("rules", "A site can have at most %(most)s named sections", most=_MOST)
    with Checks() as check:
        return [
            SectionRule(
                name=check(_section_name, row, rule.name, instead=""),
                pattern=check(_section_pattern, row, rule.pattern, settings, instead=""),
                position=row,
            )
            for row, rule in enumerate(rules)
        ]


def _section_name(row: int, name: str) -> str:
    field = f"rules/{row}/name"
    levels = [level.strip() for level in name.split("/")]
    if not all(levels):
        raise InvalidInput(field, "Enter a name for the section, such as Shop or, for a subsection, Shop/Sale")
    return plain_text(field, "/".join(levels))


def _section_pattern(row: int, pattern: str, settings: SiteSettings) -> str:
    return paths.by_rules(checked_path(f"rules/{row}/pattern", pattern), settings)
