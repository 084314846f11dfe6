"""All sites side by side: each with its figures, their change and a sparkline, totals over all of them, and several of them
in one chart (D42).

Every site is asked for separately, on its own clock; only the answers meet here. Knows nothing of requests and markup.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct
from msgspec.structs import replace

from analytics.domains import display
from analytics.errors import FootfallError
from analytics.panels import Panel, Question
from analytics.query.answering import Result
from analytics.query.metrics import METRICS, Metric
from analytics.site import Site
from analytics.store.control.site_places import Place
from analytics.web.dashboards.threads import in_threads
from analytics.web.figures import Change, bucket, figure, long_bucket, moved
from analytics.web.forms.lines import Lines, Stroke, lines, spark
from analytics.web.forms.listing import no_column
from analytics.web.language import _, told
from analytics.web.question.arguments import Arguments, one_of, parsed
from analytics.web.question.asker import Asker
from analytics.web.question.selection import Selection

COLUMNS = ("visitors", "visits", "pageviews")
"""Figures of each site. All are additive, so that those of several sites come to a total."""
NAME, MOVED = "name", "change"
MOST_DRAWN = 6
"""Sites on one axis: as many as can be told apart by colour and by line."""
AT_ONCE = 4
"""Sites that are asked at once: opening a site's file waits for the disk."""

Opens = Callable[[Site, Selection], AbstractContextManager[Asker]]
"""Puts the questions of one site, as whoever looks may know the answers."""


class Wish(Struct, frozen=True, kw_only=True):
    """What the reader of the list has chosen; all of it stands in the address.

    ========== ==========================================================================================
    parameter  meaning
    ========== ==========================================================================================
    period ... the days, the comparison and the metric, as in ``Selection``
    sort       ``name``, ``change`` or a column; a dash before it turns the order round
    draw       domain of a site on the common axis, may be repeated
    event      name of the event that is drawn instead of the metric: how many visitors sent it
    hidden     ``yes``: hidden sites are shown as well
    ========== ==========================================================================================
    """

    selection: Selection = Selection()
    sort: str = "visitors"
    turned: bool = False
    draw: tuple[str, ...] = ()
    event: str = ""
    hidden: bool = False

    def query_string(self) -> str:
        """``?...`` with everything that differs from its default."""
        return "?" + urlencode(self.parameters(), quote_via=quote, safe=":,/")

    def parameters(self) -> list[tuple[str, str]]:
        """Name and value of everything that differs from its default, in a fixed order."""
        own = [
            ("sort", ("-" if self.turned else "") + self.sort if (self.turned, self.sort) != (False, "visitors") else ""),
            *(("draw", domain) for domain in self.draw),
            ("event", self.event),
            ("hidden", "yes" if self.hidden else ""),
        ]
        return [*self.selection.parameters(), *((name, value) for name, value in own if value)]

    def sorted_by(self, column: str) -> "Wish":
        """Sorted by this column; in reverse if it is sorted by that already."""
        return replace(self, sort=column, turned=not self.turned if column == self.sort else False)

    def selecting(self, selection: Selection) -> "Wish":
        """With other days, another metric or another comparison."""
        return replace(self, selection=selection)

    def with_hidden(self, wanted: bool) -> "Wish":
        """With or without the hidden sites."""
        return replace(self, hidden=wanted)


class Cell(Struct, frozen=True):
    """One figure of one site."""

    text: str
    change: Change | None


class Row(Struct, frozen=True, kw_only=True):
    """One site of the list."""

    site: Site
    place: Place | None
    current: int
    cells: Sequence[Cell]
    course: str
    """SVG path of the metric's course, in a field of 100 by 24; empty: nothing to draw."""
    drawn: bool
    """It is on the common axis."""
    problem: str = ""
    """Why there are no figures, in their place."""


class Overview(Struct, frozen=True, kw_only=True):
    """The whole list."""

    wish: Wish
    columns: Sequence[Metric]
    metric: Metric
    rows: Sequence[Row]
    hidden: int
    """Sites that are not shown."""
    totals: Sequence[Cell]
    """Of the sites shown."""
    current: int
    chart: Lines | None
    problems: Sequence[str]


class _Found(Struct, frozen=True, kw_only=True):
    """What one site answered."""

    site: Site
    current: int = 0
    now: Sequence[Any] = (0,) * len(COLUMNS)
    before: Sequence[Any] | None = None
    changes: Sequence[float | None] = (None,) * len(COLUMNS)
    """In per cent, of equal times: of a day that is not over as much of the one before is compared (T18)."""
    starts: Sequence[datetime] = ()
    unit: str = ""
    values: Sequence[Any] = ()
    problem: str = ""


def wished(arguments: Arguments) -> tuple[Wish, list[str]]:
    """What the address asks for, and messages about what could not be understood in it."""
    selection, problems = parsed({name: given for name, given in arguments.items() if name not in ("sort", "draw")})
    given = next(iter(arguments.get("sort", ())), "visitors")
    sort = given.removeprefix("-")
    if sort not in (NAME, MOVED, *COLUMNS):
        problems.append(no_column(sort))
        given = sort = "visitors"
    drawn = tuple(dict.fromkeys(filter(None, arguments.get("draw", ()))))
    if len(drawn) > MOST_DRAWN:
        problems.append(_("At most %(most)s sites can be drawn on one axis; the first %(most)s are shown.", most=MOST_DRAWN))
    return Wish(
        selection=replace(selection, filters=(), panel="", page=1, show=()),
        sort=sort,
        turned=given.startswith("-"),
        draw=drawn[:MOST_DRAWN],
        event=next(iter(arguments.get("event", ())), "").strip(),
        hidden=bool(one_of(arguments, "hidden", ("yes",), problems)),
    ), problems


def made(
    wish: Wish, sites: Sequence[Site], places: Mapping[str, Place], opens: Opens, problems: Iterable[str] = ()
) -> Overview:
    """The list of these sites. One that cannot be read says so in its row; the others are not affected."""
    shown = [site for site in sites if wish.hidden or places.get(site.id) is not Place.HIDDEN]
    found = in_threads(AT_ONCE, partial(_found, wish, opens), shown)
    drawn = [each for domain in wish.draw for each in found if each.site.domain == domain and not each.problem]
    return Overview(
        wish=wish,
        columns=[METRICS[name] for name in COLUMNS],
        metric=METRICS[wish.selection.metric],
        rows=[_row(wish, each, places) for each in _in_order(wish, found, places)],
        hidden=len(sites) - len(shown),
        totals=_totals(found),
        current=sum(each.current for each in found),
        chart=_chart(wish, drawn) if drawn else None,
        problems=[*problems, *_strangers(wish.draw, {site.domain for site in sites})],
    )


def _strangers(drawn: Iterable[str], known: Collection[str]) -> list[str]:
    return [_("There is no site %(domain)s to draw.", domain=display(name)) for name in drawn if name not in known]


def _found(wish: Wish, opens: Opens, site: Site) -> _Found:
    try:
        with opens(site, wish.selection) as asker:
            return _asked(wish, site, asker)
    except FootfallError as problem:
        return _Found(site=site, problem=told(problem))


def _asked(wish: Wish, site: Site, asker: Asker) -> _Found:
    sums = asker.ask(_SUMS, compare=True).results[0]
    course = asker.ask(_drawn_question(wish), include={"time_labels": True})
    return _Found(
        site=site,
        current=asker.answers.current_visitors(site, asker.viewer.filters),
        now=sums["metrics"],
        before=sums.get("comparison", {}).get("metrics"),
        changes=sums.get("comparison", {}).get("change") or (None,) * len(COLUMNS),
        **_course(course, asker.now),
    )


_SUMS = Panel(name="sums", title="", form="number", query=Question(metrics=COLUMNS))


def _drawn_question(wish: Wish) -> Panel:
    """The question for a site's line in the chart: the metric over time, or the visitors who sent the event."""
    metric, filters = ("visitors", (["is", "event:name", [wish.event]],)) if wish.event else (wish.selection.metric, ())
    return Panel(
        name="course", title="", form="timeseries", query=Question(metrics=(metric,), dimensions=("time",), filters=filters)
    )


def _course(found: Result, now: datetime) -> dict[str, Any]:
    """The value of each bucket that has begun."""
    values = {row["dimensions"][0]: row["metrics"][0] for row in found.results}
    nothing = METRICS[found.query["metrics"][0]].nothing
    labels = found.meta["time_labels"]
    starts = [datetime.fromisoformat(label).replace(tzinfo=None) for label in labels]
    begun = [(start, values.get(label, nothing)) for label, start in zip(labels, starts, strict=True) if start <= now]
    return {
        "starts": [start for start, _value in begun],
        "values": [value for _start, value in begun],
        "unit": found.query["dimensions"][0].partition(":")[2],
    }


def _in_order(wish: Wish, found: Sequence[_Found], places: Mapping[str, Place]) -> list[_Found]:
    """Pinned sites first; each part in the chosen order: names from A, figures from the largest."""
    by_name = sorted(found, key=lambda each: display(each.site.domain), reverse=wish.sort == NAME and wish.turned)
    if wish.sort != NAME:
        by_name.sort(key=lambda each: _rank(wish.sort, each), reverse=not wish.turned)
    return sorted(by_name, key=lambda each: places.get(each.site.id) is not Place.PINNED)


def _rank(column: str, found: _Found) -> float:
    """What a row is sorted by. A change from zero has no size: it ranks below all others."""
    if column != MOVED:
        return float(found.now[COLUMNS.index(column)] or 0)
    by, before = found.changes[0], (found.before or (0,))[0]
    return by if by is not None and before else float("-inf")


def _row(wish: Wish, found: _Found, places: Mapping[str, Place]) -> Row:
    return Row(
        site=found.site,
        place=places.get(found.site.id),
        current=found.current,
        cells=[] if found.problem else _cells(found.now, found.before, found.changes),
        course=spark(found.values),
        drawn=found.site.domain in wish.draw,
        problem=found.problem,
    )


def _cells(now: Sequence[Any], before: Sequence[Any] | None, changes: Sequence[float | None]) -> list[Cell]:
    metrics = [METRICS[name] for name in COLUMNS]
    return [
        Cell(figure(metric, value), moved(metric, by, then))
        for metric, value, then, by in zip(metrics, now, before or [None] * len(metrics), changes, strict=True)
    ]


def _totals(found: Sequence[_Found]) -> list[Cell]:
    """Sums over the sites, compared only if every site has something to compare with."""
    read = [each for each in found if not each.problem]
    now = [sum(each.now[place] for each in read) for place in range(len(COLUMNS))]
    compared = [each for each in read if each.before]
    if len(compared) < len(read) or not read:
        return _cells(now, None, (None,) * len(COLUMNS))
    before = [sum((each.before or ())[place] for each in compared) for place in range(len(COLUMNS))]
    equal = [sum(_of_equal_time(each, place) for each in compared) for place in range(len(COLUMNS))]
    changes = [100 * (is_ - was) / was if was else None if is_ else 0 for is_, was in zip(equal, before, strict=True)]
    return _cells(now, before, changes)


def _of_equal_time(found: _Found, place: int) -> float:
    """The part of a site's figure that its comparison covers. Answers give it only as a change, rounded to a per cent."""
    by, before = found.changes[place], (found.before or ())[place]
    return float(found.now[place]) if by is None else before * (1 + by / 100)


def _chart(wish: Wish, drawn: Sequence[_Found]) -> Lines:
    """The sites' lines on one axis, bucket by bucket, each on its site's own clock."""
    metric = METRICS["visitors" if wish.event else wish.selection.metric]
    unit = drawn[0].unit
    starts = sorted({start for each in drawn for start in each.starts})
    strokes = []
    for each in drawn:
        values = dict(zip(each.starts, each.values, strict=True))
        strokes.append(Stroke(name=display(each.site.domain), values=[values.get(start) for start in starts]))
    return lines(
        strokes,
        [(bucket(start, unit), long_bucket(start, unit)) for start in starts],
        lambda value: figure(metric, value),
    )
