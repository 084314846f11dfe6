"""Counts over the settled rows of sealed days, by the marks that sealing gave them (``store/duckdb/seal.sql``).

The visitor and the visit of a settled row lie completely within its day, and the marks say which rows represent them. So
visits are counted as rows instead of distinct numbers, and only visitors with several visits need a second look. What marks
cannot answer (hours, hosts of entry pages, goals as rows) ``covers`` leaves to ``general.py``.

Every value is a parameter; identifiers come only from the registries and from this file.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from analytics.query import filters as filtering
from analytics.query import places, sections
from analytics.query.buckets import Buckets
from analytics.query.dimensions import SEVERAL, Asked, Columns
from analytics.query.dimensions import Kind as DimensionKind
from analytics.query.filters import Condition, Filter, conditions_of
from analytics.query.measures import Kind, Measure
from analytics.query.statement import Counts, Draft, Scope, Span, select, where
from analytics.site import Goal

_ENDS = {"visit:entry_page": "entry", "visit:exit_page": "exit"}
"""Dimension of a visit's journey -> the mark of the row that has it."""
_END_COLUMNS = {
    "entry_page": "path",
    "entry_page_hostname": "hostname",
    "exit_page": "path",
    "exit_page_hostname": "hostname",
}
"""Column of the journey -> the column of the row that has that end."""
_EVENT_KINDS = frozenset((DimensionKind.PAGE, DimensionKind.EVENT))
_BY_VISIT = {
    "visitors": "count(*) FILTER (WHERE rows.alone)",
    "visits": "count(*)",
    "landings": "count(*)",
    "bounces": "count(*) FILTER (WHERE rows.bounced)",
    "duration": "sum(rows.duration)",
    "views": "sum(rows.views)",
}
"""Measure -> how it is counted over the rows that represent visits."""
_BY_WHOLE_VISIT = {
    "pageviews": "sum(rows.views)",
    "events": "sum(rows.acts)",
    "readers": "count(*) FILTER (WHERE rows.read)",
}
"""The same, if all events of a visit are included."""
_BY_PAGE = {
    "visitors": "count(*) FILTER (WHERE rows.alone_here)",
    "visits": "count(*)",
    "pageviews": "sum(rows.views_here)",
    "readers": "count(*) FILTER (WHERE rows.read_here)",
}
"""Measure -> how it is counted over the rows that represent a visit's time on one page."""
_BY_SECTION = {
    "visitors": "sum(rows.visitors) FILTER (WHERE pages.lone)",
    "visits": "sum(rows.visits) FILTER (WHERE pages.lone)",
    "pageviews": "sum(rows.pageviews)",
}
"""Measure -> how it is counted over the counts by page. A visit counts once per section, so this works for sections with a
single page; in the others visitors and visits are counted as distinct numbers."""
_OVER_STORED = {"readers": "count(DISTINCT visit) FILTER (WHERE reading OR name = 'engagement')"}
"""Measure -> how it is counted over rows as they are stored, where an engagement event may lie on its page view's row."""
_PRESENT = ("visitors", "visits")
"""The measures that say who was there, and nothing about what they did."""


def covers(scope: Scope, buckets: Buckets | None) -> bool:
    """Whether marks can answer the scope."""
    journeys = scope.keys_of(DimensionKind.JOURNEY)
    return (
        not (scope.time and buckets and buckets.smears)
        and len(journeys) <= (0 if scope.keys_of(*_EVENT_KINDS) else 1)
        and all(asked.dimension.kind is not DimensionKind.JOURNEY or asked.name in _ENDS for asked in scope.dimensions)
        and all(asked.name not in SEVERAL for asked in scope.dimensions)
        and all(
            one.dimension.dimension.kind is not DimensionKind.JOURNEY or one.dimension.name in _ENDS
            for one in conditions_of(scope.filters)
        )
        and all(measure.marked or measure.kind is Kind.EXIT for measure in scope.measures)
    )


class Extent(Struct, frozen=True):
    """The days whose settled rows are counted."""

    days: Sequence[Span]
    unlisted: Sequence[Span]
    """Those of them in months that are not closed; the pages of all other days are listed in the roll-ups."""
    placed: bool = False
    """Whether every visit's places were computed under the present section rules (``places.py``)."""


def counts(
    draft: Draft, scope: Scope, extent: Extent, bucket: str, calendar: str = "", goals: tuple[Goal, ...] = ()
) -> list[Counts]:
    """The scope's measures over the settled rows of ``extent``.

    ``bucket`` is the SQL of the time dimension; ``calendar`` is the table that contains it, joined by ``day``, if any.
    """
    return _Marked(draft, scope, extent, bucket, calendar, goals).counts()


def _about_events(part: Filter) -> bool:
    return any(one.dimension.dimension.kind in _EVENT_KINDS for one in conditions_of([part], of_visits=False))


def _chosen(ways: Mapping[str, str]) -> dict[str, str]:
    return {name: ways[name] for name in _PRESENT}


def _is_one_page(part: Filter) -> bool:
    """Whether the filter selects the events of a single page."""
    if not isinstance(part, Condition) or part.dimension.name != "event:page":
        return False
    return part.operator == "is" and len(part.values) == 1 and part.case_sensitive


class _Columns:
    """The columns of settled rows as dimensions and filters see them (``Columns``).

    ``end`` is the mark that the rows carry, if any: those rows themselves have that end of the journey.
    """

    def __init__(self, marked: "_Marked", end: str = "") -> None:
        self._marked = marked
        self._end = end
        self.dialect = marked.draft.dialect
        self.goals = marked.goals

    def column(self, name: str) -> str:
        if name == "section":
            return self._marked.section()
        if name == "bucket":
            return self._marked.bucket
        if name in _END_COLUMNS:
            return f"CASE WHEN rows.name = 'pageview' THEN rows.{_END_COLUMNS[name]} ELSE '' END"
        return f"rows.{name}"

    def level(self, depth: int) -> str:
        return self._marked.section(depth)

    def goal(self) -> str:
        raise NotImplementedError("an event may reach several goals: left to the general way")

    def page_matches(self, pattern: str) -> str:
        return self._marked.of_pages(_PageColumns(self._marked).page_matches(pattern))

    def visit_has(self, test: str) -> str:
        return self._marked.of_visits(test)

    def bind(self, value: object) -> str:
        return self._marked.draft.bind(value)

    def decided(self, asked: Asked, test: Callable[[Columns], str], /) -> str | None:
        """An end of the journey that the row does not have is looked up in the row of the visit that has it; what follows
        from its path, among the pages."""
        if asked.of_section:
            return self._marked.of_pages(test(_PageColumns(self._marked)))
        mark = _ENDS.get(asked.name)
        if mark is None or mark == self._end:
            return None
        return self._marked.of_visits(f"rows.{mark}", test(_Columns(self._marked, mark)))


class _PageColumns(_Columns):
    """The columns of the table of pages, as filters see them."""

    def column(self, name: str) -> str:
        return self._marked.note_section() if name == "section" else name

    def page_matches(self, pattern: str) -> str:
        return self._marked.note_match(pattern)

    def decided(self, _asked: Asked, _test: Callable[[Columns], str], /) -> str | None:
        return None


class _SectionColumns(_Columns):
    """The same for rows joined with the counted pages, which have the section."""

    def level(self, depth: int) -> str:
        return f"pages.level{depth}"


class _PlaceColumns(_Columns):
    """The same for rows that represent visits, where the requested sections are the visit's places."""

    def level(self, _depth: int) -> str:
        return self.column("places")


class _Marked:
    """Compiles one scope into counts."""

    def __init__(
        self, draft: Draft, scope: Scope, extent: Extent, bucket: str, calendar: str, goals: tuple[Goal, ...]
    ) -> None:
        self.draft = draft
        self.goals = goals
        self.scope = scope
        self.bucket = bucket
        self._grouped = [asked for asked in scope.dimensions if asked.dimension.kind in _EVENT_KINDS]
        self._about = [part for part in scope.filters if _about_events(part)]
        self._extent = extent
        self._within = draft.within("rows.day", extent.days)
        self._calendar = calendar
        self._levels: set[int] = set()
        self._matches: dict[str, str] = {}
        self._sectioned = False
        self._joined = ""
        self._visits: dict[str, str] = {}
        self._counted: dict[str, tuple[str, bool]] = {}

    def counts(self) -> list[Counts]:
        found = self._by_event() if self._is_about_events() else self._by_visit()
        if self._sectioned or self._matches:
            self.draft.table(self._pages, self._places(), kept=True)
        for sql, name in self._visits.items():
            self.draft.table(name, sql)
        for name, (sql, kept) in self._counted.items():
            self.draft.table(name, sql, kept=kept)
        return found

    def _is_about_events(self) -> bool:
        """Whether events of one visit are distinguished, without any fact of the whole visit."""
        if self._grouped:
            return True
        of_visits = self.scope.of(Kind.AVERAGE, Kind.EXIT) or self.scope.keys_of(DimensionKind.JOURNEY)
        return bool(self._about) and not of_visits

    # --- by visit -----------------------------------------------------------------------------------------

    def _by_visit(self) -> list[Counts]:
        """Counts by facts of the whole visit, over the one row that represents each visit."""
        end = next((_ENDS[asked.name] for asked in self.scope.dimensions if asked.name in _ENDS), "entry")
        columns = _Columns(self, end)
        keys = self._keys(columns)
        tests = [f"rows.{end}", *self._visit_tests(columns)]
        if self._about:
            tests.append(self._was_there())
        ways = _BY_VISIT if self._about else _BY_VISIT | _BY_WHOLE_VISIT
        found = self._standing(keys, ways, tests, "alone")
        found += self._acted(columns, [one for one in self.scope.of(Kind.EVENT) if one.name not in ways])
        return found + self._left(keys)

    def _left(self, keys: dict[str, str]) -> list[Counts]:
        """Page views by their own page, beside the visits that ended there."""
        views = {one.name: "sum(rows.views_here)" for one in self.scope.of(Kind.EXIT)}
        if not views:
            return []
        rows = self._rows("rows.first_here", *self._tests(_Columns(self)))
        return [Counts(dict.fromkeys(keys, "rows.path"), views, rows, present=False)]

    def _visit_tests(self, columns: _Columns) -> list[str]:
        return [filtering.sql(part, columns) for part in self.scope.filters if not _about_events(part)]

    # --- by event -----------------------------------------------------------------------------------------

    def _by_event(self) -> list[Counts]:
        """Counts by what differs between events of one visit."""
        columns = _Columns(self)
        if self._is_by_page():
            tests = self._tests(columns)
            return [*self._by_page(columns, tests), *self._landed(columns, tests)]
        if self._is_by_place():
            acted = self.scope.of(Kind.EVENT)
            found = [*self._by_place(), *(self._by_section(acted) if acted else [])]
        elif self._is_by_section():
            found = self._by_section(self.scope.measures)
        else:
            found = [*self._once(columns), *self._acted(columns, self.scope.of(Kind.EVENT), present=True)]
        if not self.scope.of(Kind.AVERAGE):
            return found
        entered = self._visit_tests(columns)
        if self._about:
            entered.append(self._was_there())
        return found + self._landed(columns, entered)

    def _is_by_page(self) -> bool:
        names = [asked.name for asked in self._grouped]
        one_page = names == ["event:page"] if names else any(map(_is_one_page, self.scope.filters))
        return one_page and self._is_of_paths()

    def _by_page(self, columns: _Columns, tests: list[str]) -> list[Counts]:
        keys, here = self._keys(columns), [*tests, "rows.first_here"]
        rest = [one for one in self.scope.of(Kind.EVENT) if one.name not in _BY_PAGE]
        return [*self._standing(keys, _BY_PAGE, here, "alone_here"), *self._over_events(columns, rest)]

    def _is_by_section(self) -> bool:
        return [asked.of_section for asked in self._grouped] == [True] and self._is_of_paths()

    def _by_section(self, measures: Sequence[Measure]) -> list[Counts]:
        """These measures by section: counted by page first, so that sections are looked up once per page. A section with a
        single page has that page's counts; in the others visitors and visits are counted as distinct numbers."""
        (section,) = self.scope.keys_of(*_EVENT_KINDS)
        columns, here = _SectionColumns(self), self._here(self._tests(_Columns(self)))
        keys = self._keys(columns)
        others = {key: sql for key, sql in keys.items() if key != section}
        # They would have to be kept until their sections are known; many rows are read again instead.
        others, rows = self._chosen_rows(others, here, kept=any(map(_is_one_page, self.scope.filters)))
        by_page = self._counted_by_page(others, rows)
        pages = self._joined = self._sections_of(by_page)
        keys |= others
        joined = f"JOIN {pages} AS pages ON pages.path = rows.path"
        sums = {one.name: _BY_SECTION[one.name] for one in measures if one.name in _BY_SECTION}
        again, shared = where("pages.lone", "NOT rows.alone_here"), where("NOT pages.lone")
        people = [one for one in measures if one.kind is Kind.PEOPLE]
        return [
            Counts(keys, sums, f"{by_page} AS rows {joined}"),
            *(self._told_apart(keys, f"{rows} {joined} {again}", "visitor", one.name) for one in people),
            *self._distinct(keys, f"{rows} {joined} {shared}", measures),
            *self._over_events(columns, [one for one in self.scope.of(Kind.EVENT) if one.name not in sums]),
        ]

    def _counted_by_page(self, keys: dict[str, str], rows: str) -> str:
        """Names a table of these rows' counts by page and by ``keys``."""
        named = [f"{sql} AS {key}" for key, sql in keys.items()]
        values = [f"{sql} AS {name}" for name, sql in self._values(_BY_PAGE).items() if name in _BY_SECTION]
        grouped = "GROUP BY " + ", ".join(["rows.path", *keys.values()])
        return self._count("settled_by_page", select(["rows.path", *named, *values], rows, grouped))

    def _sections_of(self, by_page: str) -> str:
        """Names a table of the pages in that one: the requested section of each, and whether it has no other page."""
        depth = int(self._grouped[0].argument or 1)
        wanted = sections.Wanted(sections=True, depths=(depth,))
        found = sections.table_sql(select(["DISTINCT path"], by_page), wanted, self.draft.rules, self.draft)
        lone = f"count(*) OVER (PARTITION BY level{depth}) = 1 AS lone"
        return self._count("settled_sections", select(["path", f"level{depth}", lone], f"({found})"))

    def _count(self, name: str, sql: str, *, kept: bool = True) -> str:
        """Names a table that follows those of ``counts``."""
        name = self.scope.prefix + name
        self._counted[name] = (sql, kept)
        return name

    # --- visitors and visits of events --------------------------------------------------------------------

    def _once(self, columns: _Columns) -> list[Counts]:
        """Visitors and visits, each once per group, however many of their events match the filters."""
        if noted := None if self._grouped else self._noted():
            there = ["rows.entry", *self._visit_tests(columns), noted]
            return self._standing(self._keys(columns), _chosen(_BY_VISIT), there, "alone")
        keys, rows = self._chosen_rows(self._keys(columns), self._here(self._tests(columns)))
        return self._distinct(keys, rows, self.scope.measures)

    def _is_by_place(self) -> bool:
        """Whether the requested values are places, of visits whose events are not distinguished otherwise."""
        return self._extent.placed and not self._about and [places.told_by(asked) for asked in self._grouped] == [True]

    def _by_place(self) -> list[Counts]:
        """Counts by top-level section. Visits, and visitors with several, have few distinct sets of places; each set is
        split once."""
        columns = _PlaceColumns(self)
        keys, (place,) = {key: key for key in self.scope.keys}, self.scope.keys_of(*_EVENT_KINDS)
        apart = [f"{places.each(self.draft, key)} AS {key}" if key == place else key for key in keys]
        _, rows = self._chosen_rows(self._keys(columns), ["rows.entry", *self._visit_tests(columns)])
        visits = [f"{sql} AS {name}" for name, sql in _chosen(_BY_VISIT).items()]
        sets = select([*keys, *visits], rows, "GROUP BY " + ", ".join(keys))
        sums = self._values({name: f"sum({name})" for name in _PRESENT})
        found = [Counts(keys, sums, f"({select([*apart, *_PRESENT], f'({sets})')})")]
        others = [key for key in keys if key != place]
        chained = f"{self.draft.dialect.chained(f'rows.{place}')} AS {place}"
        again = ["visitor", *others]
        people = select([*again, chained], rows, where("NOT rows.alone"), "GROUP BY " + ", ".join(again))
        for one in self.scope.of(Kind.PEOPLE):
            alike = select([*keys, "count(*) AS people"], f"({people})", "GROUP BY " + ", ".join(keys))
            once = select([*apart, "people"], f"({alike})")
            found.append(Counts(keys, {one.name: "sum(people)"}, f"({once})", present=False))
        return found

    def _distinct(self, keys: dict[str, str], rows: str, measures: Sequence[Measure]) -> list[Counts]:
        """Those of these measures that are visitors or visits, counted as distinct numbers."""
        columns = {Kind.PEOPLE: "visitor", Kind.VISITS: "visit"}
        return [self._told_apart(keys, rows, columns[one.kind], one.name) for one in measures if one.kind in columns]

    def _landed(self, columns: _Columns, tests: list[str]) -> list[Counts]:
        """Averages by page, over the visits that entered there."""
        averages = {one.name: _BY_VISIT[one.name] for one in self.scope.of(Kind.AVERAGE)}
        if not averages:
            return []
        keys = self._keys(columns)
        return [Counts(keys, averages, self._rows("rows.entry", "rows.name = 'pageview'", *tests), present=False)]

    def _is_of_paths(self) -> bool:
        """Whether events of one visit are distinguished only by their pages."""
        return all(asked.of_path for asked in self._asked_of_events())

    def _asked_of_events(self) -> list[Asked]:
        """What distinguishes events of one visit."""
        asked_for = [*self.scope.dimensions, *(one.dimension for one in conditions_of(self.scope.filters, of_visits=False))]
        return [asked for asked in asked_for if asked.dimension.kind in _EVENT_KINDS]

    def _here(self, tests: list[str]) -> list[str]:
        """Which visits have a matching event: if only pages matter, one row per visit and page is enough."""
        return [*tests, "rows.first_here"] if self._is_of_paths() else tests

    # --- pieces -------------------------------------------------------------------------------------------

    def _keys(self, columns: _Columns) -> dict[str, str]:
        return {key: asked.value(columns) for key, asked in zip(self.scope.keys, self.scope.dimensions, strict=True)}

    def _tests(self, columns: _Columns) -> list[str]:
        return [filtering.sql(part, columns) for part in self.scope.filters]

    def _values(self, ways: Mapping[str, str]) -> dict[str, str]:
        return {one.name: ways[one.name] for one in self.scope.measures if one.name in ways}

    def _standing(self, keys: dict[str, str], ways: Mapping[str, str], tests: list[str], alone: str) -> list[Counts]:
        """Counts over rows that each represent a visit, or its time on a page. Visitors whom the mark ``alone`` does not
        settle get a second look, each once per group."""
        people = self.scope.of(Kind.PEOPLE)
        if not people:
            return [Counts(keys, self._values(ways), self._rows(*tests))]
        keys, rows = self._chosen_rows(keys, tests)
        again = f"{rows} {where(f'NOT rows.{alone}')}"
        return [
            Counts(keys, self._values(ways), rows),
            *(self._told_apart(keys, again, "visitor", one.name, present=False) for one in people),
        ]

    def _chosen_rows(self, keys: dict[str, str], tests: list[str], *, kept: bool = True) -> tuple[dict[str, str], str]:
        """These rows as a table, read once for everything that is counted over them: the keys as its columns, and its name.
        (Filtered years of ten and of a hundred million events took a tenth to a third less time than with one read per
        count.)"""
        named = [f"{sql} AS {key}" for key, sql in keys.items()]
        rows = select(["rows.*", *named], self._rows(*tests))
        table = self._count(f"settled_rows{len(self._counted)}", rows, kept=kept)
        return {key: f"rows.{key}" for key in keys}, f"{table} AS rows"

    def _told_apart(self, keys: dict[str, str], rows: str, column: str, measure: str, *, present: bool = True) -> Counts:
        named = [f"{sql} AS {key}" for key, sql in keys.items()]
        once = select([f"DISTINCT rows.{column}", *named], rows)
        known = where(*(f"{key} IS NOT NULL" for key in keys))
        return Counts({key: key for key in keys}, {measure: "count(*)"}, f"({once}) {known}".rstrip(), present)

    def _acted(self, columns: _Columns, measures: Sequence[Measure], *, present: bool = False) -> list[Counts]:
        """What visits did. Page views are stored on the rows that represent a visit's time on a page, if only pages
        matter."""
        views = {one.name: _BY_PAGE[one.name] for one in measures if one.name == "pageviews" and self._is_of_paths()}
        rest = [one for one in measures if one.name not in views]
        found = self._over_events(columns, rest, present=present)
        if views:
            keys, here = self._keys(columns), self._here(self._tests(_Columns(self)))
            found.append(Counts(keys, views, self._rows(*here), present=False))
        return found

    def _over_events(self, columns: _Columns, measures: Sequence[Measure], *, present: bool = False) -> list[Counts]:
        """What has to be added up event by event."""
        if not measures and not (present and not self.scope.of(Kind.PEOPLE, Kind.VISITS)):
            return []
        keys = self._keys(columns)
        known = [f"{keys[key]} IS NOT NULL" for key in self.scope.keys_of(DimensionKind.EVENT)]
        tests = [*self._tests(_Columns(self)), *known]
        values = {one.name: one.value for one in measures}
        if any(asked.dimension.kind is DimensionKind.EVENT for asked in self._asked_of_events()):
            # An engagement event may be in another group than its page view, or in none.
            return [Counts(keys, values, self._rows(*tests, table="events"), present)]
        values |= {name: sql for name, sql in _OVER_STORED.items() if name in values}
        return [Counts(keys, values, self._rows(*tests), present)]

    def _rows(self, *tests: str, table: str = "stored") -> str:
        source = f"{table} AS rows"
        if self._calendar:
            source += f" JOIN {self._calendar} AS calendar ON calendar.day = rows.day"
        if self._joined:
            source += f" JOIN {self._joined} AS pages ON pages.path = rows.path"
        return f"{source} {self._where(*tests)}"

    def _where(self, *tests: str) -> str:
        return where("rows.settled", self._within, *tests)

    def _noted(self) -> str | None:
        """Whether a row's visit has a matching event, if its places can tell."""
        return places.test(self._about[0], _Columns(self)) if self._extent.placed and len(self._about) == 1 else None

    def _was_there(self) -> str:
        """The same, from the places or from the visit's rows."""
        return self._noted() or self.of_visits(*self._here(self._tests(_Columns(self))))

    def of_visits(self, *tests: str) -> str:
        """Whether a row's visit has a row for which all of this holds."""
        found = select(["rows.visit"], "stored AS rows", self._where(*tests))
        name = self._visits.setdefault(found, f"{self.scope.prefix}settled_visits{len(self._visits)}")
        return self.draft.among("rows.visit", name, "visit")

    # --- what is worked out of paths ----------------------------------------------------------------------

    @property
    def _pages(self) -> str:
        return f"{self.scope.prefix}settled_pages"

    def section(self, depth: int | None = None) -> str:
        """The section of a row's page, or its first levels; from now on the table of pages is joined."""
        self._joined = self._pages
        name = self.note_section()
        if depth is None:
            return f"pages.{name}"
        self._levels.add(depth)
        return f"pages.level{depth}"

    def note_section(self) -> str:
        """The column of sections in the table of pages."""
        self._sectioned = True
        return "section"

    def note_match(self, pattern: str) -> str:
        """The column of that table that says whether a page matches the pattern."""
        return self._matches.setdefault(pattern, f"match{len(self._matches)}")

    def of_pages(self, test: str) -> str:
        """Whether this holds for a row's page. Looked up among the pages for which it holds: they are few, and other rows
        need no join."""
        return f"rows.path IN ({select(['path'], self._pages, where(test))})"

    def _places(self) -> str:
        """Every page that a row may have: those listed in the roll-ups of closed months, and those of the other rows."""
        extent, sources = self._extent, []
        if extent.unlisted != extent.days:
            sources.append(select(["value AS path"], f"rollup_months WHERE dimension = {self.draft.bind('event:page')}"))
        if extent.unlisted:
            here = where("rows.settled", self.draft.within("rows.day", extent.unlisted), "rows.first_here")
            sources.append(select(["rows.path"], f"stored AS rows {here}"))
        paths = select(["DISTINCT path"], "(" + "\nUNION ALL\n".join(sources) + ")")
        wanted = sections.Wanted(self._sectioned, sorted(self._levels), self._matches)
        return sections.table_sql(paths, wanted, self.draft.rules, self.draft)
