"""Describes the API for programs (OpenAPI 3.1), generated from the code itself.

Routes come from the rows of route.py, bodies and responses from their msgspec types, the query language from the registries
of metrics, dimensions, operators and periods. So whatever is not described does not exist, and the reverse.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from analytics import __version__
from analytics.ingest.collector import MANY, ONE, PIXEL
from analytics.ingest.rehearsal import Rehearsed
from analytics.ingest.replies import FOOTFALL_DROPPED, PLAUSIBLE_DROPPED
from analytics.ingest.wire import MAX_EVENTS, MAX_IDEMPOTENCY_KEY, TimedWire, Wire
from analytics.query import flow, funnel
from analytics.query.dimensions import DIMENSIONS, Kind
from analytics.query.filter_json import MOST_VALUES, OPERATORS
from analytics.query.metrics import METRICS
from analytics.query.period import COUNTED, NAMED
from analytics.query.query import MOST_DIMENSIONS, MOST_ROWS, Include
from analytics.site import FUNNEL_STEPS
from analytics.store.control.keys import SCOPES
from analytics.web.api.route import Parameter, Route
from analytics.web.api.stats import FlowQuestion, FunnelQuestion, Question

Schema = dict[str, Any]

_SCHEMAS = "#/components/schemas/{name}"
_TAGS = {
    "stats": "Asking questions",
    "sites": "Sites, goals and segments",
    "events": "Sending events",
}
_FORMS = ("application/json", "multipart/form-data")


class Error(Struct):
    """What is wrong, with its place where it has one: ``#/metrics/1: Invalid metric "baa"``."""

    error: str


class FieldErrors(Struct):
    """What is wrong with an event: field -> messages."""

    errors: dict[str, list[str]]


class EventError(Struct):
    """What is wrong with one event of a batch; ``index`` is null where it is the batch itself."""

    index: int | None
    field: str
    message: str


class BatchErrors(Struct):
    """What is wrong with a batch, of which nothing was stored."""

    errors: list[EventError]


class BatchSums(Struct):
    """How many events of a batch were counted, and how many not, by reason."""

    accepted: int
    dropped: dict[str, int]


_PROBLEMS = {
    400: "The request is invalid; the error says where.",
    401: "The key is missing, wrong, or not for this site and scope; or the site does not exist.",
    404: "It does not exist on this site.",
    413: "The body is too large.",
    429: "Too many requests; try again after Retry-After seconds.",
    503: "The data cannot be used at the moment; try again after Retry-After seconds.",
}
"""Status -> what it means, on every route that asks for a key."""
_COMPRESSED = {415: "The body is compressed."}


def document(routes: Iterable[Route], base_url: str) -> dict[str, Any]:
    """The description of these routes and of the collector's, for a service at ``base_url``."""
    routes = tuple(routes)
    paths: dict[str, dict[str, Any]] = _collector_paths()
    for route in routes:
        paths.setdefault("/api" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.path), {})[route.method.lower()] = _operation(
            route
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Footfall", "version": __version__, "description": "Send events, query figures, manage sites."},
        "servers": [{"url": base_url}],
        "tags": [{"name": scope, "description": text} for scope, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": _schemas(routes),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": _key_text()}},
        },
    }


def _key_text() -> str:
    scopes = "; ".join(f"{name}: {meaning.lower()}" for name, meaning in SCOPES.items())
    return f"An API key. Scopes: {scopes}."


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.view.__name__,
        "summary": route.meaning,
        "tags": [route.scope],
        "security": [{"key": []}],
        "parameters": [*_in_path(route.path), *(_in_query(name, each) for name, each in route.parameters.items())],
        "responses": {"200": _response("Done.", _ref(route.answer))} | _problems(route),
    }
    if route.body is not None:
        kinds = _FORMS[:1] if route.body in _LANGUAGE else _FORMS
        operation["requestBody"] = {"required": True, "content": {kind: {"schema": _ref(route.body)} for kind in kinds}}
    return operation


def _problems(route: Route) -> dict[str, Any]:
    left_out = set() if "<int:" in route.path else {404}
    return {str(status): _response(text, _ref(Error)) for status, text in _PROBLEMS.items() if status not in left_out}


def _response(text: str, schema: Schema, kind: str = "application/json") -> dict[str, Any]:
    return {"description": text, "content": {kind: {"schema": schema}}}


def _in_path(path: str) -> list[dict[str, Any]]:
    found = re.findall(r"<(?:(\w+):)?(\w+)>", path)
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 0} if kind == "int" else {"type": "string"},
        }
        for kind, name in found
    ]


def _in_query(name: str, parameter: Parameter) -> dict[str, Any]:
    schema = {"enum": list(parameter.choices)} if parameter.choices else {"type": "string"}
    described = {"name": name, "in": "query", "description": parameter.meaning, "schema": schema}
    return {**described, "required": True} if parameter.required else described


# --- schemas ---------------------------------------------------------------------------------------------


def _ref(kind: Any) -> Schema:
    return (
        {"$ref": _SCHEMAS.format(name=kind.__name__)} if isinstance(kind, type) and kind is not int else {"type": "integer"}
    )


def _schemas(routes: tuple[Route, ...]) -> dict[str, Schema]:
    kinds = {kind for route in routes for kind in (route.answer, route.body) if kind not in (None, int, *_LANGUAGE)}
    kinds |= {Error, FieldErrors, BatchErrors, BatchSums, Wire, TimedWire, Include}
    _, made = msgspec.json.schema_components(sorted(kinds, key=lambda kind: kind.__name__), ref_template=_SCHEMAS)
    return (
        made | {kind.__name__: describe() for kind, describe in _LANGUAGE.items()} | {"Filter": _filter(), "Batch": _batch()}
    )


def _question() -> Schema:
    return {
        "type": "object",
        "description": "A query; `footfall query` takes the same.",
        "required": ["site_id", "metrics", "date_range"],
        "additionalProperties": False,
        "properties": {
            "site_id": {"type": "string", "description": "The site's domain."},
            "metrics": {"type": "array", "items": {"enum": list(METRICS)}, "minItems": 1, "uniqueItems": True},
            "date_range": _period(),
            "dimensions": {"type": "array", "items": _dimension(), "maxItems": MOST_DIMENSIONS, "uniqueItems": True},
            "filters": {"type": "array", "items": _schema("Filter")},
            "order_by": {"type": "array", "items": _pair({"type": "string"}, {"enum": ["asc", "desc"]})},
            "include": _schema("Include"),
            "pagination": _pagination(),
        },
    }


def _funnel() -> Schema:
    steps = {"type": "array", "items": _schema("Filter"), "minItems": FUNNEL_STEPS[0], "maxItems": FUNNEL_STEPS[-1]}
    include = {name: schema for name, schema in _include()["properties"].items() if name in funnel.INCLUDE}
    return _about_visits(
        "How many visits took a sequence of steps. A step is a filter on a single event.",
        {"steps": steps, "order": {"enum": list(funnel.ORDERS), "default": funnel.ORDERS[0]}},
        {"include": {"type": "object", "properties": include, "additionalProperties": False}},
    )


def _flow() -> Schema:
    near = {"type": "integer", "minimum": 0, "maximum": flow.MOST_STEPS, "default": flow.USUAL_STEPS}
    nodes = {"type": "integer", "minimum": 1, "maximum": flow.MOST_NODES, "default": flow.USUAL_NODES}
    return _about_visits(
        "What visits saw before and after the pages that match a filter.",
        {"around": _schema("Filter"), "by": _dimension(Kind.PAGE), "before": near, "after": near, "limit": nodes},
        {},
    )


def _about_visits(description: str, own: Schema, include: Schema) -> Schema:
    """The schema of a question about visits. ``own`` are its additional keys, the first of which is required."""
    shared = {name: schema for name, schema in _question()["properties"].items() if name in ("date_range", "filters")}
    return {
        "type": "object",
        "description": description,
        "required": ["site_id", next(iter(own)), "date_range"],
        "additionalProperties": False,
        "properties": {"site_id": _question()["properties"]["site_id"], **own, **shared, **include},
    }


def _include() -> Schema:
    schema: Schema = msgspec.json.schema(Include)["$defs"]["Include"]
    return schema


def _schema(name: str) -> Schema:
    return {"$ref": _SCHEMAS.format(name=name)}


def _pair(*items: Schema) -> Schema:
    return {"type": "array", "prefixItems": list(items), "minItems": len(items), "maxItems": len(items)}


def _period() -> Schema:
    counted = [pattern.pattern.replace("(", "(?:") for pattern, _most, _make in COUNTED]
    named = {"type": "string", "pattern": f"^(?:all|{'|'.join([*NAMED, *counted])})$", "examples": ["28d"]}
    between = _pair({"type": "string"}, {"type": "string"})
    return {"anyOf": [named, {**between, "examples": [["2026-01-01", "2026-01-31"]]}]}


def _dimension(*kinds: Kind) -> Schema:
    """The schema of a dimension: any, or one of these kinds."""
    rows = {name: row for name, row in DIMENSIONS.items() if not kinds or row.kind in kinds}
    plain = [name for name, row in rows.items() if not row.argument]
    families = [name.removesuffix("*") for name, row in rows.items() if row.argument]
    return {"anyOf": [{"enum": plain}, *({"type": "string", "pattern": f"^{re.escape(family)}."} for family in families)]}


def _pagination() -> Schema:
    limit = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": MOST_ROWS}
    offset = {"type": "integer", "minimum": 0, "default": 0}
    return {"type": "object", "properties": {"limit": limit, "offset": offset}, "additionalProperties": False}


def _filter() -> Schema:
    some = {"type": "array", "items": _schema("Filter"), "minItems": 1}
    values = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_VALUES}
    modifiers = {"type": "object", "properties": {"case_sensitive": {"type": "boolean"}}, "additionalProperties": False}
    condition = [{"enum": OPERATORS}, _dimension(), values, modifiers]
    return {
        "anyOf": [
            {"type": "array", "prefixItems": condition, "minItems": 3, "maxItems": 4, "items": False},
            _pair({"enum": ["and", "or"]}, some),
            _pair({"enum": ["not", "has_done", "has_not_done"]}, _schema("Filter")),
            _pair({"const": "is"}, {"const": "segment"}, {"type": "array", "items": {"type": "integer"}, "minItems": 1}),
        ]
    }


_LANGUAGE: dict[type, Callable[[], Schema]] = {Question: _question, FunnelQuestion: _funnel, FlowQuestion: _flow}
"""Bodies that the registries describe, which are read by the engine."""


# --- the collector ---------------------------------------------------------------------------------------


def _collector_paths() -> dict[str, dict[str, Any]]:
    """The collector's endpoints; it runs in front of Flask and has no rows in route.py."""
    dropped = {name: {"schema": {"type": "string"}} for name in (PLAUSIBLE_DROPPED, FOOTFALL_DROPPED)}
    counted = {**_response("Stored, or not counted on purpose.", {"const": "ok"}, "text/plain"), "headers": dropped}
    one = _sent("collect", "Send one event, as the script does.", _ref(Wire), [])
    one["security"] = [{}, {"key": []}]
    one["parameters"] = [
        _in_query("debug", Parameter("1: tells what would be stored, or why not; nothing is. Owners only", ("1",)))
    ]
    one["responses"] = {
        "200": _response("With debug=1.", _ref(Rehearsed)),
        "202": counted,
        **_refusals(FieldErrors, {400, 401, 413, 415, 503}),
    }
    many = _sent(
        "collect_batch",
        "Send a batch of events with timestamps, stored together or not at all.",
        _schema("Batch"),
        [{"key": []}],
    )
    many["responses"] = {"202": _response("Stored.", _ref(BatchSums)), **_refusals(FieldErrors, {401, 413, 415, 503})}
    many["responses"]["400"] = _response(_PROBLEMS[400], _ref(BatchErrors))
    return {ONE: {"post": one}, MANY: {"post": many}, PIXEL: {"get": _pixel(dropped)}}


def _pixel(dropped: dict[str, Any]) -> dict[str, Any]:
    keys = {"d": "The site", "u": "The page; left out: the one that embeds the picture", "r": "Where the visitor came from"}
    return {
        "operationId": "pixel",
        "summary": "Count a page view with a pixel, for visitors without JavaScript. All keys of an event can be given.",
        "tags": ["events"],
        "security": [],
        "parameters": [_in_query(name, Parameter(meaning)) for name, meaning in keys.items()],
        "responses": {
            "200": {
                "description": "A transparent pixel, also for what is refused or no event: the headers say so.",
                "headers": dropped,
                "content": {"image/gif": {}},
            },
            **_refusals(FieldErrors, {503}),
        },
    }


def _sent(name: str, summary: str, schema: Schema, security: list[Mapping[str, list[str]]]) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"operationId": name, "summary": summary, "tags": ["events"], "security": security, "requestBody": body}


def _refusals(kind: type, statuses: set[int]) -> dict[str, Any]:
    return {str(status): _response((_PROBLEMS | _COMPRESSED)[status], _ref(kind)) for status in sorted(statuses)}


def _batch() -> Schema:
    return {
        "type": "object",
        "required": ["idempotency_key", "events"],
        "properties": {
            "idempotency_key": {"type": "string", "minLength": 1, "maxLength": MAX_IDEMPOTENCY_KEY},
            "events": {"type": "array", "items": _ref(TimedWire), "minItems": 1, "maxItems": MAX_EVENTS},
        },
    }
