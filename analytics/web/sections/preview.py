"""What other section rules would change, before they are saved: pages that move, sections before and after, rules without
effect, and people whose part of the site changes. Nothing is stored."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from analytics.errors import FootfallError
from analytics.query.sections import beneath, folder, pattern_regex, section_of
from analytics.site import SectionRule, Site
from analytics.web.figures import number
from analytics.web.language import _, ngettext
from analytics.web.question.lately import LATELY, days
from analytics.web.sections.tree import visitors
from analytics.web.services import services

MOST_PAGES = 10_000
"""Pages that are looked at, the most visited first."""
SHOWN = 20
"""Pages and sections that are listed, the largest first."""
LONG = 365
"""Days in which a rule has to match something not to be called idle."""


class Moved(Struct, frozen=True):
    """A page that would belong to another section."""

    path: str
    visitors: int
    before: str
    after: str


class Changed(Struct, frozen=True):
    """A section with its visitors before and after."""

    name: str
    before: int
    after: int


class Preview(Struct, frozen=True, kw_only=True):
    """Everything that would change."""

    pages: Sequence[Moved]
    moved: int
    """How many pages move."""
    sections: Sequence[Changed]
    people: Sequence[str]
    """Sentences about whose part of the site changes."""


def previewed(site: Site, rules: Sequence[SectionRule]) -> Preview:
    """What ``rules`` would change. Raises StoreUnavailable, and QueryError if the query is too large."""
    before = services().control.sections.all(site)
    pages = _pages(site, LATELY)
    moved = [
        Moved(path, count, was, now)
        for path, count in pages.items()
        if (was := section_of(path, before)) != (now := section_of(path, rules))
    ]
    return Preview(
        pages=moved[:SHOWN],
        moved=len(moved),
        sections=_sections(site, before, rules)[:SHOWN],
        people=people_told(site, rules),
    )


def people_told(site: Site, rules: Sequence[SectionRule]) -> list[str]:
    """Sentences about people whose part of the site ``rules`` would change. Raises as ``previewed``."""
    limited = _limited(site)
    before = services().control.sections.all(site)
    if not limited or [(rule.name, rule.pattern) for rule in before] == [(rule.name, rule.pattern) for rule in rules]:
        return []
    placed = [(section_of(path, before), section_of(path, rules)) for path in _pages(site, LONG)]
    return [sentence for who, parts in limited for sentence in _sentences(who, parts, placed)]


def conflicts(site: Site, rules: Sequence[SectionRule]) -> dict[int, str]:
    """Position of a rule without effect -> why it has none. Empty while the rows cannot be read."""
    try:
        pages = [(path, folder(path)) for path in _pages(site, LONG)]
    except FootfallError:
        return {}
    patterns = [re.compile(pattern_regex(rule.pattern)) for rule in rules]
    takers: dict[int, set[int]] = {at: set() for at in range(len(rules))}
    for path, place in pages:
        matching = [
            at
            for at, (rule, pattern) in enumerate(zip(rules, patterns, strict=True))
            if pattern.fullmatch(path if "?" in rule.pattern else place)
        ]
        for at in matching:
            takers[at].add(matching[0])
    return {at: why for at, found in takers.items() if (why := _why(rules, at, found))}


def _why(rules: Sequence[SectionRule], at: int, takers: set[int]) -> str:
    """Why a rule has no effect; ``takers`` are the rules that come first for the pages that it matches."""
    pattern = rules[at].pattern
    same = next((rule for rule in rules[:at] if rule.pattern == pattern), None)
    if same:
        return _("“%(pattern)s” is already listed under “%(name)s”, which comes first.", pattern=pattern, name=same.name)
    if not takers:
        return _("“%(pattern)s” matched no page in the last 12 months.", pattern=pattern)
    if at in takers:
        return ""
    above = rules[min(takers)].name
    return _("“%(pattern)s” has no effect, because “%(name)s” comes first. Move it up.", pattern=pattern, name=above)


# --- figures ---------------------------------------------------------------------------------------------


def _pages(site: Site, length: int) -> dict[str, int]:
    """Path -> daily visitors of so many days, today included, the most visited first."""
    question = {
        "metrics": ["visitors"],
        "dimensions": ["event:page"],
        "date_range": days(site, length),
        "pagination": {"limit": MOST_PAGES},
    }
    found = services().answers.answer(site, question).results
    return {row["dimensions"][0]: int(row["metrics"][0]) for row in found}


def _sections(site: Site, before: Sequence[SectionRule], after: Sequence[SectionRule]) -> list[Changed]:
    was, now = (_visitors(site, rules) for rules in (before, after))
    changed = [Changed(name, was.get(name, 0), now.get(name, 0)) for name in {**was, **now}]
    found = [each for each in changed if each.before != each.after]
    return sorted(found, key=lambda each: (-abs(each.after - each.before), each.name))


def _visitors(site: Site, rules: Sequence[SectionRule]) -> Mapping[str, int]:
    with services().answers.sitting(site, rules=rules) as sitting:
        return visitors(sitting, days(site))


# --- people ----------------------------------------------------------------------------------------------


def _sentences(who: str, parts: Sequence[str], placed: Iterable[tuple[str, str]]) -> Iterator[str]:
    """How much more or less somebody limited to ``parts`` would see; ``placed`` has each page's section before and after."""
    sees = Counter((_in(was, parts), _in(now, parts)) for was, now in placed)
    gained, lost, kept = sees[False, True], sees[True, False], sees[True, True]
    if lost and not gained + kept:
        yield _("%(who)s would no longer see anything of: %(parts)s.", who=who, parts=", ".join(parts))
        return
    if gained:
        yield ngettext(
            "%(who)s would see %(pages)s more page.",
            "%(who)s would see %(pages)s more pages.",
            gained,
            who=who,
            pages=number(gained),
        )
    if lost:
        yield ngettext(
            "%(who)s would see %(pages)s page fewer.",
            "%(who)s would see %(pages)s pages fewer.",
            lost,
            who=who,
            pages=number(lost),
        )


def _limited(site: Site) -> list[tuple[str, tuple[str, ...]]]:
    """Those who see only some sections of the site: viewers, and shared links by their names."""
    members = [
        (member.person.name or member.person.email, sections)
        for member in services().control.members.all()
        if (sections := member.given.get(site.id))
    ]
    links = [
        (_("The shared link “%(name)s”", name=link.name), link.sections)
        for link in services().control.shared_links.all(site)
        if link.sections
    ]
    return members + links


def _in(section: str, parts: Sequence[str]) -> bool:
    return any(beneath(section, part) for part in parts)
