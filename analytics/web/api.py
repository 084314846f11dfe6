"""The stats API: questions and answers as JSON, for programs that carry a key (docs/api.md).

Callers are not browsers: no cookie is read, so there is nothing to forge, and no CORS header is sent.
"""

from typing import Any

import msgspec
from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from analytics.errors import InvalidInput, NotFound, QueryError
from analytics.model import Site
from analytics.store.base import Key
from analytics.web.services import services

blueprint = Blueprint("api", __name__, url_prefix="/api")

LARGEST_BODY = 1024 * 1024
"""Bytes: room for a filter with the most values that are taken."""
SCOPE = "stats"
_JSON = "application/json"
_REFUSED = "Invalid API key or site: send 'Authorization: Bearer <key>' with a key that may read the statistics of this site"


@blueprint.post("/v2/query")
def query() -> ResponseReturnValue:
    """Answers one question: 200 with results, meta and query; 400 with the place of what is wrong; 401 without a
    key for this site, and for a site that does not exist: a stranger must not learn which do."""
    key = _key()
    if key is None:
        return _refused()
    question = _question()
    site = _site(question.pop("site_id", None), key)
    if site is None:
        return _refused()
    answer = services().answers.answer(site, question)
    return Response(answer.as_json(), mimetype=_JSON, headers={"Cache-Control": "no-store"})


def _key() -> Key | None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    key = services().control.key(text.strip()) if scheme.lower() == "bearer" else None
    return key if key and SCOPE in key.scopes else None


def _question() -> dict[str, Any]:
    try:
        question = msgspec.json.decode(_body())
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise QueryError("#", f"Not a JSON document: {problem}") from None
    if not isinstance(question, dict):
        raise QueryError("#", "Expected an object with site_id, metrics and date_range")
    if not isinstance(question.get("site_id"), str):
        raise QueryError("#/site_id", "Expected the domain of a site")
    return question


def _body() -> bytes:
    """The body; one byte more than is allowed is asked for, because what is sent in chunks names no length."""
    request.max_content_length = LARGEST_BODY + 1
    body = request.get_data(cache=False)
    if len(body) > LARGEST_BODY:
        raise RequestEntityTooLarge
    return body


def _site(domain: str | None, key: Key) -> Site | None:
    try:
        site = services().control.site(domain or "")
    except (NotFound, InvalidInput):
        return None
    return site if key.site_ids is None or site.id in key.site_ids else None


def _refused() -> ResponseReturnValue:
    return jsonify(error=_REFUSED), 401, {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"}
