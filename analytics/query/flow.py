"""Flows: what came before and after a page or a section, as transitions between steps, fit for a Sankey diagram.

A flow stands **around** something: a filter over page views. Every stretch of page views for which it holds is one node,
"(here)"; so is every stretch of views of any other page, or section: seen again at once is not a step. Step 0 is the first
"(here)" of a visit, step 1 what came next, step -1 what came before; where the visit began or ended stands "(entry)" or
"(exit)". Each visit goes one way through the flow, so at every node what comes in goes out.

Folding keeps that so. At each step the nodes with the most visits are kept and the others are "(other)". Then, from step 0
outwards, a transition of fewer than k visitors goes to "(other)" instead, and its visits go on from there. An exit that was
folded follows one step later.

    found    the views for which the filter holds
    views    every view of their visits, with its node
    stops    the first view of each stretch, numbered
    anchors  one row a visit: its first "(here)"
    way      the stops around it, numbered from it
    nodes    the nodes that are kept, numbered by step
    walks    one row a visit: the numbers of its nodes, a column a step
    links1   the transitions to step 1, with the node they go to after folding
    walks1   the visits that go on, from there; and so on, and in the other direction with links_1, walks_1
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from analytics.errors import QueryError
from analytics.languages import marked
from analytics.query import filter_json
from analytics.query.dimensions import GOAL, Asked, Columns, Kind, find
from analytics.query.filters import AllOf, Filter, as_json, sql
from analytics.query.plan import Plan
from analytics.query.query import Question
from analytics.query.statement import Draft, select, where
from analytics.query.visits import IN_ORDER, NAME, PAGE_VIEW, Visits, check_about_events, echo, noted, parsed
from analytics.site import SectionRule
from analytics.store.base import Dialect, Statement

MOST_STEPS, USUAL_STEPS = 5, 3
"""In each direction."""
MOST_NODES, USUAL_NODES = 50, 10
HERE, OTHER, ENTRY, EXIT = "(here)", "(other)", "(entry)", "(exit)"
_OWN = {"around": True, "by": False, "before": False, "after": False, "limit": False}


class Flow(Struct, frozen=True):
    """A flow question, checked as far as possible without the site and the time."""

    question: Question
    """Its days and its filters."""
    around: Filter
    by: Asked
    """What a node is: page, section or host."""
    before: int
    after: int
    limit: int
    """Nodes a step, beside "(other)" and the ends."""


class FlowNode(Struct, frozen=True):
    """A node of one step."""

    step: int
    """0 is "(here)", what came before is negative."""
    name: str
    visits: int


class FlowLink(Struct, frozen=True):
    """A transition from a node of the previous step to one of this step."""

    step: int
    source: str = field(name="from")
    target: str = field(name="to")
    visits: int


class FlowGraph(Struct, frozen=True):
    """The flow: ordered by step, then the most visits first."""

    nodes: list[FlowNode]
    links: list[FlowLink]


class FlowResult(Struct, frozen=True):
    """An answer. The fields, in this order, are the JSON of the API."""

    results: FlowGraph
    meta: dict[str, Any]
    query: dict[str, Any]
    """The question as it was understood."""


# --- from JSON -------------------------------------------------------------------------------------------


def parse(source: Mapping[str, Any]) -> Flow:
    """The flow in ``source``, the decoded JSON without ``site_id``. Raises QueryError naming the place."""
    question = parsed(source, _OWN, ())
    before, after = (_number(source, key, USUAL_STEPS, 0, MOST_STEPS) for key in ("before", "after"))
    if not before and not after:
        raise QueryError("#/after", "Expected a step before or after")
    limit = _number(source, "limit", USUAL_NODES, 1, MOST_NODES)
    return Flow(question, _around(source["around"]), _by(source.get("by", "event:page")), before, after, limit)


def _around(source: Any) -> Filter:
    around = filter_json.one(source, "#/around")
    why = marked("a flow is about page views; put conditions on the whole visit into filters")
    check_about_events(around, (NAME, GOAL), why)
    return around


def _by(source: Any) -> Asked:
    asked = find(source) if isinstance(source, str) else None
    if asked is None or asked.dimension.kind is not Kind.PAGE:
        raise QueryError("#/by", "Expected event:page, event:section, event:section:<depth> or event:hostname")
    return asked


def _number(source: Mapping[str, Any], key: str, usual: int, least: int, most: int) -> int:
    value = source.get(key, usual)
    if type(value) is not int or not least <= value <= most:
        raise QueryError(f"#/{key}", f"Expected a whole number from {least} to {most}")
    return value


# --- as SQL ----------------------------------------------------------------------------------------------


def statement(flow: Flow, plan: Plan, rules: Sequence[SectionRule], least: int, dialect: Dialect) -> Statement:
    """The SELECT with one row per transition: step, the nodes it connects by number and name, visits. A transition of fewer
    than ``least`` visitors is folded. Steps are counted from step 0 in either direction."""
    return _Compiler(flow, plan, least, Draft(dialect, rules)).statement()


class _Compiler:
    """Compiles one flow into a statement."""

    def __init__(self, flow: Flow, plan: Plan, least: int, draft: Draft) -> None:
        self._flow = flow
        self._draft = draft
        self._least = least
        self._visits = Visits(draft, plan)
        self._steps = [*range(-flow.before, 0), *range(1, flow.after + 1)]

    def statement(self) -> Statement:
        self._stops()
        self._way()
        self._walks()
        links = "\nUNION ALL\n".join([*self._links(-1, self._flow.before), *self._links(1, self._flow.after)])
        self._draft.table("links", links)
        nearer = "LEFT JOIN nodes AS nearer ON nearer.step = links.step_before AND nearer.number = links.near"
        farther = "LEFT JOIN nodes AS farther ON farther.step = links.step AND farther.number = links.far"
        named = ["links.step", "links.near", "nearer.node", "links.far", "farther.node", "links.visits"]
        last = select(named, "links", nearer, farther)
        return self._draft.statement(last)

    def _stops(self) -> None:
        around = AllOf((self._flow.around, PAGE_VIEW))
        self._visits.events("found", {}, around, kept=True)
        self._visits.events("views", {"node": self._node}, PAGE_VIEW, of="found")
        moved = f"node IS DISTINCT FROM lag(node) OVER {IN_ORDER} AS moved"
        self._draft.table("moves", select(["*", moved], "views"))
        place = f"row_number() OVER {IN_ORDER} AS place"
        self._draft.table("stops", select(["visit", "visitor", "node", place], "moves", "WHERE moved"))

    def _node(self, columns: Columns, _argument: str) -> str:
        return (
            f"CASE WHEN {sql(self._flow.around, columns)} THEN {columns.bind(HERE)} ELSE {self._flow.by.value(columns)} END"
        )

    def _way(self) -> None:
        first = f"{self._draft.dialect.first('visitor', 'place')} AS visitor, min(place) AS place"
        here = where(f"node = {self._draft.bind(HERE)}")
        self._draft.table("anchors", select(["visit", first], "stops", here, "GROUP BY visit"))
        step = "stops.place - anchors.place"
        near = where(f"{step} BETWEEN {self._draft.bind(-self._flow.before)} AND {self._draft.bind(self._flow.after)}")
        chosen = ["stops.visit", "anchors.visitor", f"{step} AS step", "stops.node"]
        self._draft.table("way", select(chosen, "stops JOIN anchors ON anchors.visit = stops.visit", near))

    def _walks(self) -> None:
        number = "row_number() OVER (PARTITION BY step ORDER BY count(*) DESC, node) AS number"
        ranked = select(["step", "node", number], "way", "WHERE step <> 0", "GROUP BY step, node")
        kept = where(f"number <= {self._draft.bind(self._flow.limit)}")
        self._draft.table("nodes", select(["step", "node", "CAST(number AS SMALLINT) AS number"], f"({ranked})", kept))
        joined = "way LEFT JOIN nodes ON nodes.step = way.step AND nodes.node = way.node"
        columns = [
            f"coalesce(max(coalesce(number, {_OTHER})) FILTER (WHERE way.step = {step}), {_END}) AS {_column(step)}"
            for step in self._steps
        ]
        chosen = ["any_value(visitor) AS visitor", f"{_HERE} AS near", *columns]
        self._draft.table("walks", select(chosen, joined, "GROUP BY visit"))

    def _links(self, direction: int, steps: int) -> list[str]:
        """Names the tables of one direction, step by step; returns the SELECTs of their transitions."""
        walks, selects = "walks", []
        for step in range(direction, direction * (steps + 1), direction):
            counted = ["near", f"{_column(step)} AS next", "count(*) AS visits", "count(DISTINCT visitor) AS visitors"]
            far = f"CASE WHEN visitors < {self._draft.bind(self._least)} THEN {_OTHER} ELSE next END AS far"
            folded = select(["near", "next", "visits", far], f"({select(counted, walks, 'GROUP BY near, next')})")
            links = self._draft.table(_column(step, "links"), folded)
            ends = [f"{step} AS step", f"{step - direction} AS step_before", "near", "far"]
            selects.append(select([*ends, "CAST(sum(visits) AS BIGINT) AS visits"], links, "GROUP BY near, far"))
            further = [_column(one) for one in self._steps if one * direction > step * direction]
            if further:
                walks = self._onwards(links, walks, step, further)
        return selects

    def _onwards(self, links: str, walks: str, step: int, further: Sequence[str]) -> str:
        """Names the table of the visits that continue, each from the node that its transition led to."""
        joined = f"{walks} JOIN {links} ON {links}.near = {walks}.near AND {links}.next = {walks}.{_column(step)}"
        chosen = [f"{walks}.visitor", f"{links}.far AS near", *further]
        return self._draft.table(_column(step, "walks"), select(chosen, joined, f"WHERE {links}.far <> {_END}"))


_HERE, _OTHER, _END = (f"CAST({number} AS SMALLINT)" for number in (0, MOST_NODES + 1, MOST_NODES + 2))
"""Numbers of the nodes that are not among those that are kept, which count from 1."""


def _column(step: int, what: str = "step") -> str:
    return f"{what}{step}".replace("-", "_")


# --- the answer ------------------------------------------------------------------------------------------

Transition = tuple[int, int, str | None, int, str | None, int]
"""Row of the statement: step, number and name of the node nearer to step 0 and of the one farther away, visits."""


def result(flow: Flow, plan: Plan, rows: Sequence[Transition], domain: str) -> FlowResult:
    """The answer from the statement's rows."""
    links = sorted(map(_link, rows), key=lambda link: (link.step, -link.visits, link.source, link.target))
    own = {"site_id": domain, "around": as_json(flow.around), "by": flow.by.name}
    numbers = {"before": flow.before, "after": flow.after, "limit": flow.limit}
    return FlowResult(FlowGraph(_nodes(links), links), noted(plan), echo(plan, flow.question, {**own, **numbers}))


def _link(row: Transition) -> FlowLink:
    """A transition in the direction of time. Before step 0 the statement has the later node first."""
    step, near, near_name, far, far_name, visits = row
    nearer, farther = _name(near, near_name, step), _name(far, far_name, step)
    return FlowLink(step, nearer, farther, visits) if step > 0 else FlowLink(step + 1, farther, nearer, visits)


def _name(number: int, name: str | None, step: int) -> str:
    own = {0: HERE, MOST_NODES + 1: OTHER, MOST_NODES + 2: EXIT if step > 0 else ENTRY}
    return own.get(number) or str(name)


def _nodes(links: Sequence[FlowLink]) -> list[FlowNode]:
    """The nodes that the links connect; what enters a node leaves it, unless the flow begins or ends there."""
    into, out_of = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    for link in links:
        into[link.step, link.target] += link.visits
        out_of[link.step - 1, link.source] += link.visits
    nodes = [FlowNode(step, name, visits) for (step, name), visits in (into | out_of).items()]
    return sorted(nodes, key=lambda node: (node.step, -node.visits, node.name))
