"""Panels as data: a block of a dashboard's file (``analytics/boards``) becomes a checked ``Panel``."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, Literal

import msgspec
from msgspec import Struct

from analytics.errors import QueryError
from analytics.needs import NEEDS
from analytics.query import flow as flows
from analytics.query import funnel as funnels
from analytics.query.dimensions import find
from analytics.query.metrics import METRICS


class Form(Struct, frozen=True):
    """A way to show an answer."""

    dimensions: tuple[int, int]
    """The minimum and maximum number of dimensions of its query."""
    metrics: tuple[int, int]
    """The minimum and maximum number of metrics of its query."""
    meaning: str
    among: tuple[str, ...] = ()
    """Dimensions that it can show; empty: any."""
    own: tuple[str, ...] = ()
    """Fields that only this form uses, as they are written in the file: ``text``, ``query.steps``."""


FORMS: dict[str, Form] = {
    "live": Form((0, 0), (0, 0), "how many people are here now"),
    "number": Form((0, 0), (1, 12), "figures with their change against the period before", own=("goal.metrics",)),
    "timeseries": Form((1, 1), (0, 0), "a chart over time of the metric the reader chose"),
    "bars": Form((1, 1), (1, 3), "a table whose first metric is also drawn as bars", own=("goal.metrics",)),
    "tree": Form((1, 1), (1, 3), "sections with the sections inside them", own=("goal.metrics",)),
    "map": Form((1, 1), (1, 3), "the world, darker where more comes from", among=("visit:country_name", "visit:country")),
    "regions": Form((0, 0), (1, 3), "countries, the regions of the chosen one, the cities of the chosen region"),
    "heat": Form((0, 0), (1, 1), "the hours of the week, darker where there is more", own=("goal.metrics",)),
    "table": Form((1, 3), (1, 6), "a table of several dimensions and metrics"),
    "text": Form((0, 0), (0, 0), "paragraphs of the owner's own", own=("text",)),
    "funnel": Form((0, 0), (0, 0), "how many went through some steps", own=("query.funnel", "query.steps", "query.strict")),
    "flow": Form(
        (0, 0), (0, 0), "what came before and after a page", own=("query.around", "query.by", "query.before", "query.after")
    ),
    "goals": Form((0, 0), (0, 0), "how many reached each goal, and what it earned"),
    "properties": Form((0, 0), (0, 0), "the properties of events, and the values of the chosen one"),
    "revenue": Form((0, 0), (0, 0), "what the goals earned, over time or by what the reader chose"),
    "vitals": Form((0, 0), (0, 0), "Core Web Vitals: the 75th percentile and the shares of good and poor, by page"),
    "ledger": Form((0, 0), (0, 0), "received = counted + dropped, by reason and day"),
}
"""Every form with what it takes. Its template is ``dashboards/templates/dashboard/forms/<form>.html``."""


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """The panel's own part of a question to the stats API."""

    metrics: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    filters: tuple[Any, ...] = ()
    """Added to the reader's filters; all have to hold."""
    order_by: tuple[tuple[str, Literal["asc", "desc"]], ...] = ()
    limit: int = 9
    """Rows shown; for a flow, nodes per step."""
    funnel: str = ""
    """For a funnel: the name of one saved for the site; without it and ``steps`` the reader chooses among all."""
    steps: tuple[Any, ...] = ()
    """For a funnel: its steps, each a filter."""
    strict: bool = False
    """For a funnel with steps: nothing may happen on another page in between."""
    around: tuple[Any, ...] = ()
    """For a flow: the filter that defines its centre, until the reader chooses another page; empty: the page viewed most."""
    by: str = "event:page"
    """For a flow: the dimension whose values are its nodes."""
    before: int = 1
    """For a flow: how many steps before the centre."""
    after: int = 3
    """For a flow: how many steps after the centre."""


MOST_DETAILS = 12
"""Metrics in a details view: more columns could not be read."""


class Details(Struct, frozen=True, forbid_unknown_fields=True):
    """What the details view of a panel shows in addition to the panel itself."""

    metrics: tuple[str, ...] = ()
    """Columns; empty: those of the query."""
    dimensions: tuple[str, ...] = ()
    """Dimensions of its rows; empty: those of the query."""


class Converted(Struct, frozen=True, forbid_unknown_fields=True):
    """What a panel shows instead while the reader filters by a goal or an event."""

    metrics: tuple[str, ...] = ()
    """Used in place of the query's; empty: the same ones, except that lists of visitors then show how many of a row's
    visitors did it."""


class Panel(Struct, frozen=True, forbid_unknown_fields=True):
    """One panel of the dashboard."""

    name: str
    """Unique; lower-case letters, digits and dashes, since it is used in addresses."""
    title: str
    form: str
    size: Literal["full", "half", "third"] = "half"
    group: str = ""
    """Panels of one group share a card."""
    note: str = ""
    text: str = ""
    """For the form ``text``: plain paragraphs, separated by empty lines."""
    needs: str = ""
    """What the site must have for it to show anything: a row of ``needs.NEEDS``; empty: nothing."""
    query: Question = Question()
    details: Details = Details()
    goal: Converted = Converted()

    @property
    def need(self) -> str:
        """What the site must have before the panel is shown. A form with the same name as a need always has it, even if the
        block does not say so; a funnel that the block does not describe needs a saved one."""
        if self.form == "funnel" and not (self.needs or self.query.funnel or self.query.steps):
            return "funnels"
        return self.needs or (self.form if self.form in NEEDS else "")


class Problem(Struct, frozen=True):
    """Something wrong in a dashboard's file, described for the person who wrote it."""

    file: str
    panel: str
    """The panel's name, or its position in the file; empty if the file itself is broken."""
    field: str
    problem: str
    line: int = 0
    """The line in the file, counted from 1; 0 if it is unknown or the whole file is meant."""

    def __str__(self) -> str:
        """File, line, panel, field and problem in one sentence."""
        line = f"line {self.line}" if self.line else ""
        parts = (self.file, line, self.panel and f"panel {self.panel}", self.field and f"field {self.field}")
        return f"{', '.join(filter(None, parts))}: {self.problem}"


NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
"""Of panels and dashboards, which stand in addresses."""


def checked(block: Any) -> Panel | tuple[str, str]:
    """The panel that a block describes, or the field and the problem if it is not valid: the first, if there are several."""
    found = read(block)
    return found if isinstance(found, Panel) else found[0]


def read(block: Any) -> Panel | list[tuple[str, str]]:
    """The panel that a block describes, or fields and problems if it is not valid."""
    try:
        panel = msgspec.convert(block, Panel)
    except msgspec.ValidationError as error:
        return [pointed(str(error))]
    return _wrong(panel) or panel


def pointed(error: str) -> tuple[str, str]:
    """Splits a message of msgspec, ``Expected `int`, got `str` - at `$.query.limit```, into field and problem."""
    problem, _, path = error.partition(" - at `$")
    named = re.search(r"(?:field|unknown field) `(\w+)`", problem)
    parts = [path.rstrip("`").lstrip("."), named[1] if named else ""]
    return ".".join(filter(None, parts)), problem


Wrong = tuple[str, str] | None
"""Field and problem of what the types cannot say."""


def _wrong(panel: Panel) -> list[tuple[str, str]]:
    if panel.form not in FORMS:
        return [("form", f"there is no form “{panel.form}”; there are {', '.join(FORMS)}")]
    return list(filter(None, (check(panel, FORMS[panel.form]) for check in CHECKS)))


def _name(panel: Panel, _form: Form) -> Wrong:
    return None if NAME.fullmatch(panel.name) else ("name", "lower-case letters, digits and dashes only, at most 60")


def _limit(panel: Panel, _form: Form) -> Wrong:
    return None if 1 <= panel.query.limit <= 1000 else ("query.limit", "between 1 and 1000")


def _needs(panel: Panel, _form: Form) -> Wrong:
    known = not panel.needs or panel.needs in NEEDS
    return None if known else ("needs", f"nothing is called “{panel.needs}” here; there are {', '.join(NEEDS)}")


def _metrics(panel: Panel, form: Form) -> Wrong:
    field, found = "query.metrics", panel.query.metrics
    return _count(field, found, form.metrics, panel.form) or _unknown(field, "metric", found, METRICS.get)


def _dimensions(panel: Panel, form: Form) -> Wrong:
    field, found = "query.dimensions", panel.query.dimensions
    wrong = _count(field, found, form.dimensions, panel.form) or _unknown(field, "dimension", found, find)
    other = [place for place, name in enumerate(found) if form.among and name not in form.among]
    if wrong or not other:
        return wrong
    return f"{field}.{other[0]}", f"form “{panel.form}” shows {' or '.join(form.among)}"


def _details(panel: Panel, _form: Form) -> Wrong:
    metrics, dimensions = panel.details.metrics, panel.details.dimensions
    if len(metrics) > MOST_DETAILS:
        return "details.metrics", f"at most {MOST_DETAILS}, not {len(metrics)}"
    return _unknown("details.metrics", "metric", metrics, METRICS.get) or _unknown(
        "details.dimensions", "dimension", dimensions, find
    )


def _goal(panel: Panel, form: Form) -> Wrong:
    field, found = "goal.metrics", panel.goal.metrics
    if not found or field not in form.own:
        return None
    return _count(field, found, form.metrics, panel.form) or _unknown(field, "metric", found, METRICS.get)


def _own(panel: Panel, form: Form) -> Wrong:
    """Reports fields that only another form uses: they would be ignored without a word."""
    foreign = [name for each in FORMS.values() for name in each.own if name not in form.own and _given(panel, name)]
    return (foreign[0], f"form “{panel.form}” has no use for it") if foreign else None


def _given(panel: Panel, field: str) -> bool:
    """Whether a field of a panel (``text``, ``query.steps``) differs from its default."""
    value = attrgetter(field)
    return bool(value(panel) != value(_PLAIN))


_PLAIN = Panel(name="", title="", form="")


def _text(panel: Panel, form: Form) -> Wrong:
    missing = "text" in form.own and not panel.text.strip()
    return ("text", "write what is to be read, paragraphs parted by empty lines") if missing else None


def _funnel(panel: Panel, form: Form) -> Wrong:
    query = panel.query
    if "query.funnel" not in form.own:
        return None
    if query.funnel and query.steps:
        return "query.funnel", "give the name of a saved funnel, or query.steps, not both"
    asked = {"date_range": "day", "steps": list(query.steps)}
    return _refused(partial(funnels.parse, asked)) if query.steps else None


def _flow(panel: Panel, form: Form) -> Wrong:
    query = panel.query
    if "query.around" not in form.own:
        return None
    around = list(query.around) or ["is", "event:page", ["/"]]
    asked = {"date_range": "day", "around": around, "by": query.by, "before": query.before, "after": query.after}
    return _refused(partial(flows.parse, {**asked, "limit": query.limit}))


def _refused(parse: Callable[[], object]) -> Wrong:
    """What the query language finds wrong with the panel's question, at the field it names: ``#/steps/0/1`` is
    ``query.steps.0.1``."""
    try:
        parse()
    except QueryError as error:
        return f"query.{error.place.removeprefix('#/').replace('/', '.')}", error.problem
    return None


CHECKS: tuple[Callable[[Panel, Form], Wrong], ...] = (
    _name,
    _needs,
    _limit,
    _metrics,
    _dimensions,
    _details,
    _goal,
    _own,
    _text,
    _funnel,
    _flow,
)
"""In this order; of each the first problem is reported."""


def _count(field: str, values: Sequence[str], allowed: tuple[int, int], form: str) -> tuple[str, str] | None:
    fewest, most = allowed
    if fewest <= len(values) <= most:
        return None
    wanted = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    return field, f"form “{form}” takes {wanted}, not {len(values)}"


def _unknown(field: str, kind: str, values: Sequence[str], known: Callable[[str], object]) -> tuple[str, str] | None:
    for place, value in enumerate(values):
        if known(value) is None:
            return f"{field}.{place}", f"there is no {kind} “{value}”; see docs/dimensions.md"
    return None
