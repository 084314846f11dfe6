"""Sections: the parts of a site, as a tree. Computed when a question is asked, so a rule applies to past events at once.

A page belongs to the first named section whose pattern matches it; else to the folders of its path: ``/shop/shoes`` is in
``/shop/shoes``, which is in ``/shop``. Only the front page is ``/``. What follows a ``?`` is not a folder, a trailing slash
makes no difference, and ``#/`` of a hash-routed site counts as ``/``. Implemented twice: in Python for one page (previews,
tests) and in SQL for all pages; a test keeps the two equal.
"""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from analytics.query.dimensions import Binding
from analytics.query.statement import select
from analytics.site import SectionRule

_STARS = re.compile(r"(\*\*|\*)")
_AS_REGEX = {"**": ".*", "*": "[^/]*"}


def folder(path: str) -> str:
    """The page's own place in the tree of folders."""
    plain = path.partition("?")[0].replace("/#/", "/").replace("#/", "/")
    return plain.rstrip("/") or "/"


def section_of(path: str, rules: Sequence[SectionRule]) -> str:
    """The section of a page, all its levels separated by ``/``."""
    place = folder(path)
    for rule in rules:
        if re.fullmatch(pattern_regex(rule.pattern), path if "?" in rule.pattern else place):
            return _name(rule)
    return place


def levels(section: str, depth: int) -> str:
    """The first ``depth`` levels of a section."""
    parts = section.split("/")
    return "/".join(parts[: depth + section.startswith("/")])


def depth(section: str) -> int:
    """How many levels a section has; the front page has one."""
    return len(section.strip("/").split("/"))


def beneath(section: str, ancestor: str) -> bool:
    """Whether ``section`` is ``ancestor`` or inside it."""
    name = ancestor.rstrip("/") or "/"
    return section == name or (name != "/" and section.startswith(name + "/"))


def pattern_regex(pattern: str) -> str:
    """A rule's pattern as a regular expression (RE2 and Python) for a whole path without a trailing slash.

    ``*`` is any run of characters within a folder, ``**`` any run of characters; ``/shop/**`` also matches the folder's own
    page.
    """
    plain = pattern.rstrip("/") or "/"
    own_page = plain.endswith("/**")
    body = plain[:-3] if own_page else plain
    made = "".join(_AS_REGEX.get(part) or re.escape(part) for part in _STARS.split(body))
    return f"(?s){made}(?:/.*)?" if own_page else f"(?s){made}"


def _name(rule: SectionRule) -> str:
    return rule.name.rstrip("/") or "/"


def folder_sql(path: str, binding: Binding) -> str:
    """``folder`` in SQL."""
    bind, before = binding.bind, binding.dialect.part(path, binding.bind("?"), "1")
    plain = f"replace(replace({before}, {bind('/#/')}, {bind('/')}), {bind('#/')}, {bind('/')})"
    return f"coalesce(nullif(rtrim({plain}, {bind('/')}), ''), {bind('/')})"


def matched_sql(path: str, place: str, pattern: str, binding: Binding) -> str:
    """Whether the page matches a pattern; ``place`` is ``folder_sql`` of ``path``."""
    return binding.dialect.matches_whole(path if "?" in pattern else place, binding.bind(pattern_regex(pattern)))


def section_sql(path: str, place: str, rules: Sequence[SectionRule], binding: Binding) -> str:
    """``section_of`` in SQL; ``place`` is ``folder_sql`` of ``path``."""
    cases = [f"WHEN {matched_sql(path, place, rule.pattern, binding)} THEN {binding.bind(_name(rule))}" for rule in rules]
    return f"CASE {' '.join(cases)} ELSE {place} END" if cases else place


class Wanted(Struct, frozen=True):
    """What is to be derived from paths."""

    sections: bool
    depths: Sequence[int] = ()
    patterns: Mapping[str, str] = {}
    """Pattern -> column that says whether the path matches it."""


def table_sql(paths: str, wanted: Wanted, rules: Sequence[SectionRule], binding: Binding) -> str:
    """One row per path of ``paths`` (a SELECT of them): ``path``, and what is wanted of it: ``section``, ``level<depth>``,
    and the columns of patterns."""
    places = select(["path", f"{folder_sql('path', binding)} AS folder"], f"({paths})")
    found = {"section": section_sql("path", "folder", rules, binding)} if wanted.sections else {}
    found |= {name: matched_sql("path", "folder", pattern, binding) for pattern, name in wanted.patterns.items()}
    named = select(["path", *(f"{sql} AS {name}" for name, sql in found.items())], f"({places})")
    levels = [f"{binding.dialect.levels('section', binding.bind(depth))} AS level{depth}" for depth in wanted.depths]
    return select(["path", *found, *levels], f"({named})") if levels else named
