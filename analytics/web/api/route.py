"""A route of the API as a row: who may call it, what goes in and what comes out.

The rows produce both the routes and their description (openapi.py), so neither can lack what the other has. Callers
authenticate with a key. No cookie is read, so requests cannot be forged, and pages of any site may call.
"""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NamedTuple, TypeVar

import msgspec
from flask import Blueprint, Response, g, request
from msgspec import Struct
from werkzeug.exceptions import RequestEntityTooLarge

from analytics.errors import InvalidInput, KeyRefused, NotFound, QueryError
from analytics.query.answering import Result
from analytics.site import Site
from analytics.store.control.keys import Key
from analytics.web.body import LARGEST
from analytics.web.services import services

_JSON = "application/json"
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_REFUSED = "Invalid API key or site: send 'Authorization: Bearer <key>' with a key that may {} of this site"
ALLOWS = {"stats": "read the statistics", "sites": "change the settings"}
"""Scope of a key -> what it lets do."""

Read = TypeVar("Read")


class Caller(Struct, frozen=True):
    """The key of a request, which is known to have the route's scope."""

    key: Key
    scope: str

    @property
    def name(self) -> str:
        """The caller's name for the audit log."""
        return f"key {self.key.name or self.key.id}"

    def site(self, domain: object) -> Site:
        """The site with this domain. Raises KeyRefused if there is none or the key is not for it: a stranger must not learn
        which sites exist."""
        try:
            site = services().control.sites.find(domain) if isinstance(domain, str) else None
        except (NotFound, InvalidInput):
            site = None
        if site is None or not self.may(site):
            raise refused(self.scope)
        return site

    def may(self, site: Site) -> bool:
        """Whether the key is for this site."""
        return self.key.site_ids is None or site.id in self.key.site_ids


class Parameter(NamedTuple):
    """One query parameter."""

    meaning: str
    choices: tuple[str, ...] = ()
    """Its possible values; empty: any text."""
    required: bool = False


class Route(NamedTuple):
    """One row."""

    method: str
    path: str
    """Below ``/api``, as Flask writes it."""
    view: Callable[..., Any]
    """Takes the caller and the parameters of the path; returns what is sent as JSON."""
    scope: str
    answer: Any
    """The type of the response."""
    body: Any = None
    """The type of the request's body, or None."""
    parameters: Mapping[str, Parameter] = {}

    @property
    def meaning(self) -> str:
        """What the route does: the docstring of its view."""
        return " ".join((self.view.__doc__ or "").split())


def add(blueprint: Blueprint, route: Route) -> None:
    """Registers the route. Its view is called only for a key that has its scope and is within its allowance."""

    @wraps(route.view)
    def answered(**path: Any) -> Response:
        caller = Caller(_key(route.scope), route.scope)
        g.key_id = caller.key.id
        services().allowance.take(caller.key.id)
        try:
            return as_json(route.view(caller, **path))
        except InvalidInput as problem:
            raise QueryError(f"#/{problem.field}", str(problem)) from None

    blueprint.add_url_rule(route.path, view_func=answered, methods=[route.method], strict_slashes=False)


def with_headers(answer: Response) -> Response:
    """Adds CORS headers, since pages of other sites may call with a key like anybody else, and the key's remaining
    allowance."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    if request.method == "OPTIONS":
        answer.headers["Access-Control-Allow-Methods"] = answer.headers["Allow"]
        answer.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        answer.headers["Access-Control-Max-Age"] = "86400"
    elif "key_id" in g:
        left = services().allowance.left(g.key_id)
        answer.headers.update(left)
        answer.headers["Access-Control-Expose-Headers"] = ", ".join([*left, "Retry-After"])
    return answer


def as_json(found: Any) -> Response:
    """The response, which no cache may keep."""
    text = found.as_json() if isinstance(found, Result) else msgspec.json.encode(found)
    return Response(text, mimetype=_JSON, headers={"Cache-Control": "no-store"})


def _key(scope: str) -> Key:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    key = services().control.api_keys.find(text.strip()) if scheme.lower() == "bearer" else None
    if key is None or scope not in key.scopes:
        raise refused(scope)
    return key


def refused(scope: str) -> KeyRefused:
    """The one error for every key that is not accepted."""
    return KeyRefused(_REFUSED.format(ALLOWS[scope]))


# --- what was sent ---------------------------------------------------------------------------------------


def raw_body() -> bytes:
    """The request's body. One byte more than allowed is read, because a chunked body declares no length."""
    request.max_content_length = LARGEST + 1
    body = request.get_data()
    if len(body) > LARGEST:
        raise RequestEntityTooLarge
    return body


def body(kind: type[Read]) -> Read:
    """The request's body as a ``kind``: JSON, or the fields of a form as ``curl -F`` sends them. JSON is recognised by its
    first character, because ``curl -d`` labels it a form. Raises QueryError naming the place."""
    try:
        sent = raw_body()
        if request.mimetype in _FORMS and not sent.lstrip().startswith(b"{"):
            return msgspec.convert(request.form.to_dict(), kind, strict=False)
        return msgspec.json.decode(sent, type=kind)
    except msgspec.ValidationError as problem:
        text, _, place = str(problem).partition(" - at `$")
        raise QueryError("#" + re.sub(r"\.|\[", "/", place.rstrip("`")).replace("]", ""), text) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise QueryError("#", f"Not a JSON document: {problem}") from None


def site_of(given: Mapping[str, str]) -> str:
    """The domain of the site that the query parameters name. Raises QueryError if they name none."""
    if not given.get("site_id"):
        raise QueryError("site_id", "Required: the domain of a site")
    return given["site_id"]


def parameters() -> dict[str, str]:
    """The query parameters. Raises QueryError for one that is given twice: silently ignoring a value would be wrong."""
    for name, values in request.args.lists():
        if len(values) > 1:
            raise QueryError(name[:100], "Given more than once")
    return request.args.to_dict()
