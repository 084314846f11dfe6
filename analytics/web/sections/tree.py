"""The parts of a site with their visitors, as a tree of its folders and its present named sections."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from analytics.errors import FootfallError
from analytics.query.sitting import Sitting
from analytics.site import Site
from analytics.web.question.lately import days
from analytics.web.services import services

LEVELS = 3
"""How deep the tree is shown; what lies deeper counts with what it lies in."""
MOST = 300
"""Sections of one level, the largest first."""


class Node(Struct, frozen=True):
    """A part of a site."""

    name: str
    """With all its levels, as filters take it."""
    depth: int
    """0 for those at the top."""
    visitors: int

    @property
    def label(self) -> str:
        """The name of its own level; a folder keeps its slash."""
        return self.name if not self.depth else ("/" if self.name.startswith("/") else "") + self.name.rpartition("/")[2]


def tree(site: Site) -> list[Node]:
    """Every part with its daily visitors of the last 28 days, each followed by those inside it. Empty while the rows cannot
    be read."""
    try:
        with services().answers.sitting(site) as sitting:
            return list(_nested(visitors(sitting, days(site))))
    except FootfallError:
        return []


def visitors(sitting: Sitting, date_range: Sequence[str]) -> dict[str, int]:
    """Section -> daily visitors of these days, down to ``LEVELS``."""
    found: dict[str, int] = {}
    for depth in range(1, LEVELS + 1):
        question = {
            "metrics": ["visitors"],
            "dimensions": [f"event:section:{depth}"],
            "date_range": list(date_range),
            "pagination": {"limit": MOST},
        }
        for row in sitting.answer(question).results:
            name = row["dimensions"][0]
            if _depth(name) == depth:
                found[name] = int(row["metrics"][0])
    return found


def _depth(name: str) -> int:
    return len(name.strip("/").split("/"))


def _nested(found: Mapping[str, int]) -> Iterator[Node]:
    """In the order of a tree, the largest first at every level."""
    children: dict[str, list[str]] = {}
    for name in found:
        children.setdefault(_parent(name, found), []).append(name)

    def beneath(parent: str, depth: int) -> Iterator[Node]:
        for name in sorted(children.get(parent, ()), key=lambda each: (-found[each], each)):
            yield Node(name, depth, found[name])
            yield from beneath(name, depth + 1)

    return beneath("", 0)


def _parent(name: str, known: Iterable[str]) -> str:
    above = name.rpartition("/")[0]
    return above if above in known else ""
