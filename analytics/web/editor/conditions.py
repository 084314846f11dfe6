"""Filters and dimensions in a panel's form, converted both ways: as rows, or as JSON if they do not fit into rows."""

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

import msgspec
from msgspec import Struct
from werkzeug.datastructures import MultiDict

from analytics.query.dimensions import find
from analytics.web.language import _
from analytics.web.question.filters import Filter, of_question, operations_of, split

ANY = ":*"
"""The end of a dimension's name that takes an argument."""


class Condition(Struct, frozen=True):
    """A filter as one row."""

    operation: str = "is"
    dimension: str = ""
    argument: str = ""
    values: str = ""
    """Between commas; a comma or backslash inside a value has a backslash before it."""


class Conditions(Struct, frozen=True):
    """Filters as rows, or all of them in the query language."""

    rows: tuple[Condition, ...] = ()
    written: str = ""


def conditions(filters: Iterable[Any]) -> Conditions:
    """Converts filters of the query language: all into rows, or all as they are written."""
    found = [of_question(each) for each in filters]
    known = [each for each in found if each]
    if len(known) < len(found):
        return Conditions(written=_json(list(filters)))
    return Conditions(tuple(map(_condition, known)))


def rows(form: MultiDict[str, str], name: str) -> Conditions:
    """What was typed in the fields of this name, without empty rows."""
    columns = [form.getlist(f"{name}-{part}") for part in ("operation", "dimension", "argument", "values")]
    rows = [Condition(*map(str.strip, row)) for row in zip_longest(*columns, fillvalue="")]
    return Conditions(tuple(row for row in rows if row.dimension or row.values), form.get(f"{name}-written", "").strip())


def questions(found: Conditions, name: str, problems: dict[str, str]) -> list[Any]:
    """The filters of the rows, then those written as JSON, in the query language. Errors are added to ``problems`` under
    ``name``."""
    written: Any = []
    try:
        written = msgspec.json.decode(found.written) if found.written else []
    except msgspec.DecodeError as error:
        problems[name] = _("Enter a list of filters in JSON: %(problem)s", problem=str(error))
    if not isinstance(written, list):
        problems[name] = _("Enter a list of filters in JSON: %(problem)s", problem="[ … ]")
        written = []
    return [*(question for row in found.rows if (question := _question(row, name, problems))), *written]


def dimensions(form: MultiDict[str, str], name: str) -> tuple[tuple[str, str], ...]:
    """The dimensions that were chosen in the fields of this name, with their arguments."""
    rows = zip_longest(form.getlist(name), form.getlist(f"{name}-argument"), fillvalue="")
    return tuple((each, argument.strip()) for each, argument in rows if each)


def parted(name: str) -> tuple[str, str]:
    """Splits a dimension from its argument, which is empty if it takes none."""
    asked = find(name)
    return (asked.dimension.name, asked.argument) if asked and asked.argument else (name, "")


def joined(name: str, argument: str) -> str:
    """Joins a dimension with its argument, the reverse of ``parted``."""
    return name.removesuffix("*") + argument if name.endswith(ANY) else name


def _condition(found: Filter) -> Condition:
    text = Filter("is", "x", found.values).text.removeprefix("is,x,")
    return Condition(found.operation, *parted(found.dimension), text)


def _question(row: Condition, name: str, problems: dict[str, str]) -> list[Any] | None:
    dimension, values = joined(row.dimension, row.argument), tuple(split(row.values)) if row.values else ()
    if not row.dimension:
        problems[name] = _("Choose what the value “%(values)s” belongs to", values=row.values)
    elif not values:
        problems[name] = _("Enter a value; separate several with commas")
    elif row.operation not in operations_of(dimension):
        problems[name] = _(
            "“%(operation)s” cannot be used with “%(dimension)s”", operation=row.operation, dimension=dimension
        )
    else:
        return Filter(row.operation, dimension, values).question
    return None


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
