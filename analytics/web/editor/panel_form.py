"""The form of a panel: its fields for a given panel, and the block that the typed values make.

Lists are rows, followed by an empty one. A filter that does not fit into a row (a nested one) is shown as JSON in a field
below the rows.
"""

import re
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from werkzeug.datastructures import MultiDict

from analytics.boards.writing import block_of
from analytics.checks import Checks
from analytics.errors import InvalidInput, QueryError
from analytics.panels import FORMS, Panel, Question, read
from analytics.query import query
from analytics.store.control.texts import plain_text
from analytics.web.editor.choices import limits, shown_by
from analytics.web.editor.conditions import Conditions, conditions, dimensions, joined, parted, questions, rows
from analytics.web.forms.listing import detailed
from analytics.web.language import _, told, told_by_field


class Values(Struct, frozen=True, kw_only=True):
    """The content of the form's fields."""

    title: str = ""
    kind: str = "bars"
    """The panel's form. A field of that name would stand in the way of scripts that ask for ``element.form``."""
    size: str = "half"
    group: str = ""
    note: str = ""
    text: str = ""
    metrics: tuple[str, ...] = ()
    dimensions: tuple[tuple[str, str], ...] = ()
    """Name and argument."""
    filters: Conditions = Conditions()
    order_by: str = ""
    direction: str = "desc"
    limit: str = "9"
    funnel: str = ""
    steps: Conditions = Conditions()
    strict: bool = False
    around: Conditions = Conditions()
    by: str = "event:page"
    before: str = "1"
    after: str = "3"
    details_metrics: tuple[str, ...] = ()
    details_dimensions: tuple[tuple[str, str], ...] = ()
    goal_metrics: tuple[str, ...] = ()

    @property
    def takes(self) -> frozenset[str]:
        """The fields that its form of panel uses."""
        form = FORMS.get(self.kind)
        if form is None:
            return frozenset()
        asks = bool(form.metrics[1] or form.dimensions[1])
        named = [name for name, taken in (("metrics", form.metrics[1]), ("dimensions", form.dimensions[1])) if taken]
        return frozenset(
            [*named, *(_FIELDS.get(name, name.removeprefix("query.")) for name in form.own)]
            + ["filters"] * asks
            + ["limit", "order_by", "details_metrics", "details_dimensions"] * bool(form.dimensions[1] and form.metrics[1])
            + ["limit"] * (self.kind == "flow")
        )


_FIELDS = {
    "form": "kind",
    "query.metrics": "metrics",
    "query.dimensions": "dimensions",
    "query.filters": "filters",
    "query.order_by": "order_by",
    "query.limit": "limit",
    "query.funnel": "funnel",
    "query.steps": "steps",
    "query.around": "around",
    "query.by": "by",
    "query.before": "before",
    "query.after": "after",
    "details.metrics": "details_metrics",
    "details.dimensions": "details_dimensions",
    "goal.metrics": "goal_metrics",
}
"""Field of a block -> field of the form, where they are called otherwise."""

LONGEST = {"title": 120, "group": 60, "note": 300}
"""Characters of a field with one line."""

_WHOLE = {"limit": 9, "before": 1, "after": 3}
"""Numbers, with what an empty field means."""


def shown(panel: Panel) -> Values:
    """The form's fields for a panel."""
    asked = panel.query
    by, direction = asked.order_by[0] if asked.order_by else ("", "desc")
    return Values(
        title=panel.title,
        kind=panel.form,
        size=panel.size,
        group=panel.group,
        note=panel.note,
        text=panel.text,
        metrics=asked.metrics,
        dimensions=tuple(map(parted, asked.dimensions)),
        filters=conditions(asked.filters),
        order_by=by,
        direction=direction,
        limit=str(asked.limit),
        funnel=asked.funnel,
        steps=conditions(asked.steps),
        strict=asked.strict,
        around=conditions([asked.around] if asked.around else ()),
        by=asked.by,
        before=str(asked.before),
        after=str(asked.after),
        details_metrics=panel.details.metrics,
        details_dimensions=tuple(map(parted, panel.details.dimensions)),
        goal_metrics=panel.goal.metrics,
    )


def filled(values: Values) -> Values:
    """The values, with required fields that are missing or invalid filled in, so that there is something to preview."""
    needs = limits(values.kind)
    first = _AT_FIRST.get(values.kind, ("event:page",))[: needs["dimensions"][0]]
    suits = bool(values.dimensions) and {name for name, _argument in values.dimensions} <= shown_by(values.kind)
    return replace(
        values,
        metrics=values.metrics or ("visitors",)[: needs["metrics"][0]],
        dimensions=values.dimensions if suits else tuple((name, "") for name in first),
    )


_AT_FIRST = {"timeseries": ("time",), "tree": ("event:section",), "map": ("visit:country_name",)}
"""Form -> the dimensions of a new panel, where they are not pages."""


def typed(form: MultiDict[str, str]) -> Values:
    """What was typed, without empty rows."""
    plain = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in _PLAIN if name in form}
    return Values(
        **plain,
        metrics=_chosen(form, "metrics"),
        dimensions=dimensions(form, "dimensions"),
        filters=rows(form, "filters"),
        steps=rows(form, "steps"),
        around=rows(form, "around"),
        strict=form.get("strict") == "yes",
        details_metrics=_chosen(form, "details_metrics"),
        details_dimensions=dimensions(form, "details_dimensions"),
        goal_metrics=_chosen(form, "goal_metrics"),
    )


_PLAIN = (
    *("title", "kind", "size", "group", "note", "text"),
    *("order_by", "direction", "limit", "funnel", "by", "before", "after"),
)
"""Fields with one text."""


def panel_of(values: Values, name: str, before: Panel | None = None) -> tuple[Panel | None, dict[str, str]]:
    """The panel that was typed, or the problems by field of the form. Anything that the form does not contain is taken from
    ``before``."""
    problems: dict[str, str] = {}
    block = _block(values, before, problems)
    found = read({"name": name, **block})
    if not isinstance(found, Panel):
        wrong = {_field_of(field): _capital(problem) for field, problem in reversed(found)}
        return None, {**_lines(values), **wrong, **problems}
    problems = {**_refused(detailed(found).query, "details"), **_refused(found.query, "query"), **problems}
    problems |= _lines(values)
    return (None, problems) if problems else (found, {})


def _lines(values: Values) -> dict[str, str]:
    """What is wrong with the fields of one line."""
    try:
        with Checks() as check:
            for field, longest in LONGEST.items():
                check(plain_text, field, getattr(values, field), longest)
            if not values.title:
                raise InvalidInput("title", _("Enter a title"))
    except InvalidInput as problem:
        return told_by_field(problem)
    return {}


def _block(values: Values, before: Panel | None, problems: dict[str, str]) -> dict[str, Any]:
    """The block for the dashboard's file. Values that cannot be read are added to ``problems``, by field."""
    takes, kept, asked = values.takes, block_of(before) if before else {}, _asked(values, problems)
    details = {
        "metrics": list(values.details_metrics),
        "dimensions": [joined(*each) for each in values.details_dimensions],
    }
    return {
        **{name: value for name, value in kept.items() if name not in {"name", "form", *_PLAIN}},
        "title": values.title,
        "form": values.kind,
        "size": values.size,
        "group": values.group,
        "note": values.note,
        "text": values.text if "text" in takes else "",
        "query": {
            **{name: value for name, value in kept.get("query", {}).items() if name not in asked},
            **{name: value for name, value in asked.items() if name in takes},
        },
        "details": details if "details_metrics" in takes else {},
        "goal": {"metrics": list(values.goal_metrics)} if "goal_metrics" in takes else {},
    }


def _asked(values: Values, problems: dict[str, str]) -> dict[str, Any]:
    """Every part of its question, whether its form uses it or not."""
    return {
        "metrics": list(values.metrics),
        "dimensions": [joined(*each) for each in values.dimensions],
        "order_by": [[values.order_by, values.direction]] if values.order_by else [],
        "funnel": values.funnel,
        "strict": values.strict,
        "by": values.by,
        **{name: _number(getattr(values, name), default, name, problems) for name, default in _WHOLE.items()},
        **{name: questions(getattr(values, name), name, problems) for name in ("filters", "steps")},
        "around": next(iter(questions(values.around, "around", problems)), []),
    }


def _refused(asked: Question, part: str) -> dict[str, str]:
    """What the query language finds wrong with a panel's question, or with that of its details; ``part`` is its key in the
    block."""
    if not asked.metrics and not asked.filters:
        return {}
    question = {
        "metrics": list(asked.metrics or ("visitors",)),
        "dimensions": list(asked.dimensions),
        "filters": list(asked.filters),
        "order_by": [list(each) for each in asked.order_by],
        "date_range": "day",
    }
    try:
        query.parse(question)
    except QueryError as error:
        return {_field_of(f"{part}.{error.place.removeprefix('#/').replace('/', '.')}"): _capital(told(error))}
    return {}


def _field_of(field: str) -> str:
    """The form's field for a place in the block: ``query.metrics.1`` is in ``metrics``."""
    return next((named for path, named in _FIELDS.items() if field.startswith(path)), field.partition(".")[0])


def _capital(problem: str) -> str:
    return problem[:1].upper() + problem[1:]


def _chosen(form: MultiDict[str, str], name: str) -> tuple[str, ...]:
    return tuple(filter(None, form.getlist(name)))


def _number(text: str, default: int, name: str, problems: dict[str, str]) -> int:
    if re.fullmatch(r"\d{1,4}", text, re.ASCII):
        return int(text)
    if text:
        problems[name] = _("Enter a whole number")
    return default
