"""Questions and answers as JSON: the Stats API v2, and v1 in its words (docs/api.md)."""

from typing import Any

import msgspec

from analytics.errors import QueryError
from analytics.query import v1
from analytics.query.answering import Result
from analytics.query.flow import FlowResult
from analytics.query.funnel import FunnelResult
from analytics.query.period import Now
from analytics.site import Site
from analytics.web.api.route import Caller, Parameter, Route, parameters, raw_body, refused, site_of
from analytics.web.services import services

_SITE = {"site_id": Parameter("the site's domain", required=True)}
_EXPLAIN = {"explain": Parameter("1: how the answer was found, in meta.explain; for the owner", ("1",))}
_V1 = _SITE | {name: Parameter(*each) for name, each in v1.PARAMETERS.items()}


class Question:
    """The query language; openapi.py describes it from the registries of metrics and dimensions."""


class FunnelQuestion:
    """A funnel: its steps, and the days and filters of any query."""


class FlowQuestion:
    """A flow: what it is centred on, and the days and filters of any query."""


class Row(msgspec.Struct):
    """One row of an answer."""

    dimensions: list[str]
    metrics: list[float | dict[str, Any] | None]
    """In the order of the query; money is an object with its currency."""
    comparison: dict[str, Any] = {}
    """``dimensions`` and ``metrics`` of the comparison range, and the ``change`` of each."""


class Answer(msgspec.Struct):
    """An answer."""

    results: list[Row]
    meta: dict[str, Any]
    query: dict[str, Any]
    """The query as it was understood."""


class Totals(msgspec.Struct):
    """Of ``aggregate``: metric -> ``value``, and ``comparison_value`` and ``change`` if requested."""

    results: dict[str, dict[str, float | None]]


class Rows(msgspec.Struct):
    """Of ``timeseries`` and ``breakdown``: the date or value of each row, and its metrics by name."""

    results: list[dict[str, str | float | None]]


def query(caller: Caller) -> Result:
    """Answer a query; with ``explain=1``, which also needs the scope ``sites``, say how it was answered."""
    explain = parameters().get("explain") == "1"
    if explain and "sites" not in caller.key.scopes:
        raise refused("sites")
    return services().answers.answer(*_asked_of_site(caller), explain=explain)


def funnel(caller: Caller) -> FunnelResult:
    """How many visits took a sequence of steps, and where the others stopped."""
    return services().answers.funnel(*_asked_of_site(caller))


def flow(caller: Caller) -> FlowResult:
    """What visits saw before and after a page or a section."""
    return services().answers.flow(*_asked_of_site(caller))


def _asked_of_site(caller: Caller) -> tuple[Site, dict[str, Any]]:
    question = _question()
    return caller.site(question.pop("site_id")), question


def _question() -> dict[str, Any]:
    try:
        question = msgspec.json.decode(raw_body())
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise QueryError("#", f"Not a JSON document: {problem}") from None
    if not isinstance(question, dict):
        raise QueryError("#", "Expected an object with site_id and date_range")
    if not isinstance(question.get("site_id"), str):
        raise QueryError("#/site_id", "Expected the domain of a site")
    return question


# --- v1 --------------------------------------------------------------------------------------------------


def realtime_visitors(caller: Caller) -> int:
    """How many visitors were active in the last five minutes."""
    return services().answers.current_visitors(caller.site(_asked()[0]))


def aggregate(caller: Caller) -> Totals:
    """Totals of a period."""
    return Totals(_answered(caller, "aggregate"))


def timeseries(caller: Caller) -> Rows:
    """A period by intervals of time, including empty ones."""
    return Rows(_answered(caller, "timeseries"))


def breakdown(caller: Caller) -> Rows:
    """A period by the values of one dimension."""
    return Rows(_answered(caller, "breakdown"))


def _answered(caller: Caller, endpoint: str) -> Any:
    domain, given = _asked()
    site = caller.site(domain)
    question = v1.question(endpoint, given, Now(services().clock(), site.timezone, site.settings.first_weekday))
    try:
        answer = services().answers.answer(site, question)
    except QueryError as problem:
        raise v1.in_parameters(problem, endpoint) from None
    return v1.ENDPOINTS[endpoint].shaped(given, answer)


def _asked() -> tuple[str, dict[str, str]]:
    given = parameters()
    domain = site_of(given)
    del given["site_id"]
    return domain, given


ROUTES = (
    Route("POST", "/v2/query", query, "stats", Answer, body=Question, parameters=_EXPLAIN),
    Route("POST", "/v2/funnel", funnel, "stats", FunnelResult, body=FunnelQuestion),
    Route("POST", "/v2/flow", flow, "stats", FlowResult, body=FlowQuestion),
    Route("GET", "/v1/stats/realtime/visitors", realtime_visitors, "stats", int, parameters=_SITE),
    Route("GET", "/v1/stats/aggregate", aggregate, "stats", Totals, parameters=_V1),
    Route("GET", "/v1/stats/timeseries", timeseries, "stats", Rows, parameters=_V1),
    Route("GET", "/v1/stats/breakdown", breakdown, "stats", Rows, parameters=_V1),
)
