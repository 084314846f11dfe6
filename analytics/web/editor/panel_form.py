"""The form that a panel is changed with: what it shows of a panel, and the block that what was typed makes.

Lists are rows with an empty one after them. A filter that has no place in a row (nested ones have not) is shown as the
query language writes it, in a field below the rows.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from werkzeug.datastructures import MultiDict

from analytics.boards.writing import block_of
from analytics.errors import QueryError
from analytics.panels import FORMS, Panel, Question, checked
from analytics.query import query
from analytics.query.dimensions import DIMENSIONS, find
from analytics.query.metrics import METRICS
from analytics.web.forms.listing import detailed
from analytics.web.language import _, marked
from analytics.web.question.filters import OPERATIONS, Filter, of_question, operations_of, split

FORM_NAMES = {
    "live": marked("Current visitors"),
    "number": marked("Figures"),
    "timeseries": marked("Chart over time"),
    "bars": marked("Bars"),
    "tree": marked("Tree of sections"),
    "map": marked("World map"),
    "regions": marked("Countries and regions"),
    "heat": marked("Hours of the week"),
    "table": marked("Table"),
    "text": marked("Text"),
    "funnel": marked("Funnel"),
    "flow": marked("Flow"),
    "goals": marked("Goals"),
    "properties": marked("Properties"),
    "revenue": marked("Revenue"),
    "vitals": marked("Web Vitals"),
    "ledger": marked("Account of what was dropped"),
}
"""What the forms are called."""
SIZES = {"full": marked("Full width"), "half": marked("Half"), "third": marked("A third")}
DIRECTIONS = {"desc": marked("Most first"), "asc": marked("Least first")}

ANY = ":*"
"""The end of a dimension's name that takes an argument."""


class Condition(Struct, frozen=True):
    """A filter as a row shows it."""

    operation: str = "is"
    dimension: str = ""
    argument: str = ""
    values: str = ""
    """Between commas; a comma or backslash inside a value has a backslash before it."""


class Conditions(Struct, frozen=True):
    """Filters: rows, or all of them as the query language writes them."""

    rows: tuple[Condition, ...] = ()
    written: str = ""


class Values(Struct, frozen=True, kw_only=True):
    """What the form shows, as it was typed."""

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
        """The fields that go with its form."""
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

_WHOLE = {"limit": 9, "before": 1, "after": 3}
"""Numbers, with what an empty field means."""


def shown(panel: Panel) -> Values:
    """What the form shows of a panel."""
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
        dimensions=tuple(map(_parted, asked.dimensions)),
        filters=_conditions(asked.filters),
        order_by=by,
        direction=direction,
        limit=str(asked.limit),
        funnel=asked.funnel,
        steps=_conditions(asked.steps),
        strict=asked.strict,
        around=_conditions([asked.around] if asked.around else ()),
        by=asked.by,
        before=str(asked.before),
        after=str(asked.after),
        details_metrics=panel.details.metrics,
        details_dimensions=tuple(map(_parted, panel.details.dimensions)),
        goal_metrics=panel.goal.metrics,
    )


def filled(values: Values) -> Values:
    """With what the form cannot do without, where it is not given or does not suit: there is something to look at."""
    needs = limits(values.kind)
    first = _AT_FIRST.get(values.kind, ("event:page",))[: needs["dimensions"][0]]
    suits = bool(values.dimensions) and {name for name, _argument in values.dimensions} <= _names(values.kind)
    return replace(
        values,
        metrics=values.metrics or ("visitors",)[: needs["metrics"][0]],
        dimensions=values.dimensions if suits else tuple((name, "") for name in first),
    )


_AT_FIRST = {"timeseries": ("time",), "tree": ("event:section",), "map": ("visit:country_name",)}
"""Form -> the dimensions of a new panel, where they are not pages."""


def typed(form: MultiDict[str, str]) -> Values:
    """What was typed; empty rows are left out."""
    plain = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in _PLAIN if name in form}
    return Values(
        **plain,
        metrics=_chosen(form, "metrics"),
        dimensions=_named(form, "dimensions"),
        filters=_rows(form, "filters"),
        steps=_rows(form, "steps"),
        around=_rows(form, "around"),
        strict=form.get("strict") == "yes",
        details_metrics=_chosen(form, "details_metrics"),
        details_dimensions=_named(form, "details_dimensions"),
        goal_metrics=_chosen(form, "goal_metrics"),
    )


_PLAIN = (
    *("title", "kind", "size", "group", "note", "text"),
    *("order_by", "direction", "limit", "funnel", "by", "before", "after"),
)
"""Fields with one text."""


def panel_of(values: Values, name: str, before: Panel | None = None) -> tuple[Panel | None, dict[str, str]]:
    """The panel that was typed, or what is wrong with it by field of the form. What the form does not ask for stays as it
    was ``before``."""
    block, problems = _block(values, before)
    found = checked({"name": name, **block})
    if not isinstance(found, Panel):
        field, problem = found
        return None, {_field_of(field): _capital(problem), **problems}
    problems = problems or _refused(found.query, "query") or _refused(detailed(found).query, "details")
    if not values.title:
        problems["title"] = _("Give it a title")
    return (None, problems) if problems else (found, {})


def _block(values: Values, before: Panel | None) -> tuple[dict[str, Any], dict[str, str]]:
    problems: dict[str, str] = {}
    takes = values.takes
    asked: dict[str, Any] = {
        "metrics": list(values.metrics),
        "dimensions": [_joined(*each) for each in values.dimensions],
        "order_by": [[values.order_by, values.direction]] if values.order_by else [],
        "funnel": values.funnel,
        "strict": values.strict,
        "by": values.by,
        **{name: _number(getattr(values, name), default, name, problems) for name, default in _WHOLE.items()},
        **{name: _questions(getattr(values, name), name, problems) for name in ("filters", "steps", "around")},
    }
    asked["around"] = next(iter(asked["around"]), [])
    kept = block_of(before) if before else {}
    details = {
        "metrics": list(values.details_metrics),
        "dimensions": [_joined(*each) for each in values.details_dimensions],
    }
    block = {
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
    return block, problems


def _refused(asked: Question, part: str) -> dict[str, str]:
    """What the query language has against a panel's question, or that of its details; ``part``: its name in the block."""
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
        return {_field_of(f"{part}.{error.place.removeprefix('#/').replace('/', '.')}"): _capital(error.problem)}
    return {}


def _field_of(field: str) -> str:
    """Of the form: ``query.metrics.1`` is in ``metrics``."""
    return next((named for path, named in _FIELDS.items() if field.startswith(path)), field.partition(".")[0])


def _capital(problem: str) -> str:
    return problem[:1].upper() + problem[1:]


def named(title: str, taken: Collection[str]) -> str:
    """A name for addresses, made of a title, that no other panel has."""
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    name = "-".join(re.findall(r"[a-z0-9]+", plain))[:50].strip("-") or "panel"
    numbers = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return next(each for each in (name, *numbers) if each not in taken)


def metrics() -> list[tuple[str, str]]:
    """Name and label of every metric."""
    return sorted(((name, _(row.label)) for name, row in METRICS.items()), key=lambda each: each[1].casefold())


def dimensions(form: str = "") -> list[tuple[str, str]]:
    """Name and label of every dimension, or of those that a form can show; those that take an argument end in ``:*``."""
    known = _names(form)
    return [
        (row.name, _(_LABELS.get(row.name) or row.label)) for row in DIMENSIONS.values() if not form or row.name in known
    ]


def _names(form: str) -> set[str]:
    """The dimensions that a form can show."""
    if form in FORMS and FORMS[form].among:
        return set(FORMS[form].among)
    only = {"timeseries": "time", "tree": "event:section"}.get(form, "")
    return {name for name in DIMENSIONS if name.startswith(only) and not (only == "event:section" and name.endswith(ANY))}


_LABELS = {
    "event:section:*": marked("Section, down to level …"),
    "event:props:*": marked("Property …"),
    "visit:country": marked("Country, as its code"),
    "visit:region": marked("Region, as its code"),
    "visit:city": marked("City, as its number"),
}
"""Of dimensions that would otherwise be called like another."""


def operations() -> list[tuple[str, str]]:
    """Name and words of every operation of a filter."""
    return [(name, row.words) for name, row in OPERATIONS.items()]


def _parted(name: str) -> tuple[str, str]:
    asked = find(name)
    return (asked.dimension.name, asked.argument) if asked and asked.argument else (name, "")


def _joined(name: str, argument: str) -> str:
    return name.removesuffix("*") + argument if name.endswith(ANY) else name


def _conditions(filters: Iterable[Any]) -> Conditions:
    """All in rows, or all as they are written."""
    found = [of_question(each) for each in filters]
    known = [each for each in found if each]
    if len(known) < len(found):
        return Conditions(written=_json(list(filters)))
    return Conditions(tuple(map(_condition, known)))


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _condition(found: Filter) -> Condition:
    text = Filter("is", "x", found.values).text.removeprefix("is,x,")
    return Condition(found.operation, *_parted(found.dimension), text)


def _chosen(form: MultiDict[str, str], name: str) -> tuple[str, ...]:
    return tuple(filter(None, form.getlist(name)))


def _named(form: MultiDict[str, str], name: str) -> tuple[tuple[str, str], ...]:
    """Dimensions with their arguments."""
    rows = zip_longest(form.getlist(name), form.getlist(f"{name}-argument"), fillvalue="")
    return tuple((each, argument.strip()) for each, argument in rows if each)


def _rows(form: MultiDict[str, str], name: str) -> Conditions:
    columns = [form.getlist(f"{name}-{part}") for part in ("operation", "dimension", "argument", "values")]
    rows = [Condition(*map(str.strip, row)) for row in zip_longest(*columns, fillvalue="")]
    return Conditions(tuple(row for row in rows if row.dimension or row.values), form.get(f"{name}-written", "").strip())


def _questions(found: Conditions, name: str, problems: dict[str, str]) -> list[Any]:
    """The filters of the rows, then those that are written out."""
    written: Any = []
    try:
        written = msgspec.json.decode(found.written) if found.written else []
    except msgspec.DecodeError as error:
        problems[name] = _("Write a list of filters in JSON: %(problem)s", problem=str(error))
    if not isinstance(written, list):
        problems[name] = _("Write a list of filters in JSON: %(problem)s", problem="[ … ]")
        written = []
    return [*(question for row in found.rows if (question := _question(row, name, problems))), *written]


def _question(row: Condition, name: str, problems: dict[str, str]) -> list[Any] | None:
    dimension, values = _joined(row.dimension, row.argument), tuple(split(row.values)) if row.values else ()
    if not row.dimension:
        problems[name] = _("Choose what “%(values)s” is a value of", values=row.values)
    elif not values:
        problems[name] = _("Write a value; several are parted by commas")
    elif row.operation not in operations_of(dimension):
        problems[name] = _(
            "“%(operation)s” cannot be asked of “%(dimension)s”", operation=row.operation, dimension=dimension
        )
    else:
        return Filter(row.operation, dimension, values).question
    return None


def _number(text: str, default: int, name: str, problems: dict[str, str]) -> int:
    if re.fullmatch(r"\d{1,4}", text, re.ASCII):
        return int(text)
    if text:
        problems[name] = _("Write a whole number")
    return default


def rows_of(found: Sequence[Any], least: int, most: int, empty: Any) -> list[Any]:
    """The rows that a list has in the form: those that are filled in, and an empty one where there may be more."""
    return [*found, *[empty] * max(least - len(found), 1 if len(found) < most else 0)]


def limits(form: str) -> Mapping[str, tuple[int, int]]:
    """The fewest and most metrics and dimensions of a form."""
    known = FORMS.get(form)
    return {"metrics": known.metrics, "dimensions": known.dimensions} if known else {"metrics": (0, 0), "dimensions": (0, 0)}
