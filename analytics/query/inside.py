"""The part of a site that somebody may see, when it is not all of it.

The viewer's filters are added to those of every question, so that no event outside is counted. Five things reach further
than a filter over events, and are limited here:

- the ends of a visit, which may lie outside: such a page is ``OUTSIDE``, as a value and in filters;
- ``has_done``, which looks at a visit's other events: only at those inside;
- steps of a funnel and places of a flow, which are any events of a visit: a step must be inside, a place outside is
  ``OUTSIDE``;
- conversion rates, which count visitors without the filters that define a conversion: the viewer's own filters stay;
- averages by page, host or section, which are over the visits that entered there: only those that entered on a page
  inside.

Where a visit came from stays known: the source of somebody who reads a section is a fact about that section's readers.

Pure: works on questions as they were read, before a plan is made of them.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from analytics.query import sections
from analytics.query.dimensions import Asked, Columns, Kind
from analytics.query.filters import (
    AllOf,
    Condition,
    Done,
    Filter,
    conditions_of,
    names_conversions,
    of_more_than_a_row,
    parts_of,
    sql,
)
from analytics.query.measures import Kind as MeasureKind
from analytics.query.query import Question
from analytics.site import SectionRule

OUTSIDE = "(outside)"
"""Stands for every page that the viewer may not see."""
_ENDS = {
    "visit:entry_page": "entry_page",
    "visit:entry_page_hostname": "entry_page",
    "visit:exit_page": "exit_page",
    "visit:exit_page_hostname": "exit_page",
}
"""Dimension of a visit's journey -> the column of the page that it is a fact of."""


class Inside(Struct, frozen=True):
    """The part of a site that a viewer's ``filters`` leave."""

    filters: tuple[Filter, ...]
    """As read, with segments in their places."""
    rules: Sequence[SectionRule]
    """The site's named sections."""

    @property
    def pages(self) -> tuple[Filter, ...]:
        """The filters that say which pages are inside; the viewer's other filters do not concern pages."""
        return tuple(part for part in self.filters if _is_of_pages(part))

    def question(self, asked: Question) -> Question:
        """The question with everything that reaches outside limited; the viewer's filters must already be among its own."""
        filters = tuple(map(self._kept, asked.filters))
        if not self.pages:
            return replace(asked, filters=filters)
        ends, of_pages = tuple(map(self._end, asked.dimensions)), self._mixes(asked)
        dimensions = tuple(self._entered(one) if of_pages and one.dimension.kind is Kind.PAGE else one for one in ends)
        return replace(asked, dimensions=dimensions, filters=tuple(map(self._held, filters)))

    def event(self, part: Filter) -> Filter:
        """A filter that finds an event, such as a step of a funnel, limited to events inside."""
        return AllOf((*self.pages, part)) if self.pages else part

    def place(self, asked: Asked) -> Asked:
        """What an event is called by, such as the page that is a place of a flow, with ``OUTSIDE`` for those outside."""
        return _named(asked, self.pages, lambda columns: columns) if self.pages else asked

    def _kept(self, part: Filter) -> Filter:
        """One of the viewer's own filters, wrapped so that ``without_goals``, which drops the reader's filters, does not
        drop it."""
        return AllOf((part,)) if part in self.filters and names_conversions(part) else part

    def _held(self, part: Filter) -> Filter:
        if isinstance(part, Condition):
            return replace(part, dimension=self._end(part.dimension))
        if isinstance(part, Done):
            return replace(part, filter=self.event(part.filter))
        inner = tuple(self._held(one) for one in parts_of(part))
        return replace(part, filters=inner) if hasattr(part, "filters") else replace(part, filter=inner[0])

    def _end(self, asked: Asked) -> Asked:
        column = _ENDS.get(asked.name)
        if column is None:
            return asked
        return _recoded(_named(asked, self.pages, lambda columns: _EndOfVisit(columns, column, self.rules), column))

    def _mixes(self, asked: Question) -> bool:
        """Whether averages are grouped by values that pages inside and outside may share. A path itself says where it is,
        unless the host matters as well."""
        averages = any(MeasureKind.AVERAGE in metric.kinds for metric in asked.metrics)
        by_path = any(one.name == "event:page" for one in asked.dimensions)
        return averages and not (by_path and all(one.dimension.of_path for one in conditions_of(self.pages)))

    def _entered(self, asked: Asked) -> Asked:
        return _recoded(self.place(asked))


def _is_of_pages(part: Filter) -> bool:
    """Whether the filter distinguishes pages and nothing else."""
    of_pages = all(one.dimension.dimension.kind is Kind.PAGE for one in conditions_of([part]))
    return of_pages and not any(of_more_than_a_row([part]))


def _recoded(asked: Asked) -> Asked:
    """The dimension marked as computed, so that it is not read from roll-ups of the original."""
    return replace(asked, dimension=replace(asked.dimension, recoded=True, known=frozenset()))


def _named(asked: Asked, pages: Sequence[Filter], seen: Callable[[Columns], Columns], blank: str = "") -> Asked:
    """The dimension with ``OUTSIDE`` for values where ``pages`` do not hold for what is ``seen`` of a row. Where the column
    ``blank`` is empty there is no page at all."""

    def value(columns: Columns, _argument: str) -> str:
        holds = " AND ".join(f"({sql(part, seen(columns))})" for part in pages)
        there = f"{columns.column(blank)} <> '' AND " if blank else ""
        return f"CASE WHEN {there}({holds}) IS NOT TRUE THEN {columns.bind(OUTSIDE)} ELSE {asked.value(columns)} END"

    return replace(asked, dimension=replace(asked.dimension, value=value, filtered=None, column=""))


class _EndOfVisit:
    """The page on which a visit began or ended, in place of the row's own, as filters over pages see it (``Columns``)."""

    def __init__(self, columns: Columns, page: str, rules: Sequence[SectionRule]) -> None:
        self._columns = columns
        self._own = {"path": page, "hostname": f"{page}_hostname"}
        self._rules = rules
        self.dialect = columns.dialect
        self.goals = columns.goals

    def column(self, name: str) -> str:
        if name != "section":
            return self._columns.column(self._own[name])
        path = self.column("path")
        return f"({sections.section_sql(path, sections.folder_sql(path, self), self._rules, self)})"

    def level(self, depth: int) -> str:
        return self.dialect.levels(self.column("section"), self.bind(depth))

    def goal(self) -> str:
        raise NotImplementedError("goals are no pages")

    def page_matches(self, pattern: str) -> str:
        path = self.column("path")
        return sections.matched_sql(path, sections.folder_sql(path, self), pattern, self)

    def visit_has(self, test: str) -> str:
        return self._columns.visit_has(test)

    def bind(self, value: object) -> str:
        return self._columns.bind(value)

    def decided(self, _asked: Asked, _test: Callable[[Columns], str], /) -> str | None:
        return None
