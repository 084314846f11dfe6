"""The description of the API: whole, true, and what the pages show is what it says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from analytics.query.dimensions import DIMENSIONS
from analytics.query.metrics import METRICS
from analytics.site import Site
from analytics.web.api import ROUTES
from analytics.web.api.route import Route
from analytics.web.services import Services

SETTINGS = settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def description(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/api/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    found: dict[str, Any] = json.loads(answer.data)
    return found


@pytest.fixture
def page() -> str:
    return (Path(__file__).parents[3] / "docs/api.md").read_text(encoding="utf-8")


def described(description: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method.upper(), path) for path, methods in description["paths"].items() for method in methods}


def test_every_route_of_the_api_is_described_and_every_described_one_exists(
    app: Flask, description: dict[str, Any]
) -> None:
    rules = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.endpoint not in ("api.description", "collect.collect")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described(description) == rules | {("POST", "/api/event"), ("POST", "/api/events"), ("GET", "/api/pixel.gif")}


def test_it_is_for_everybody_and_loads_nothing_from_elsewhere(client: FlaskClient, description: dict[str, Any]) -> None:
    assert description["openapi"] == "3.1.0"
    assert description["servers"] == [{"url": "http://stats.example.org"}]
    assert set(re.findall(r"https?://[^\"\s]+", json.dumps(description))) == {"http://stats.example.org"}


WITHOUT_A_KEY: dict[str, list[dict[str, list[str]]]] = {"/api/event": [{}, {"key": []}], "/api/pixel.gif": []}
"""Only owners need a key for /api/event: to ask what would become of an event."""


def test_every_operation_says_what_it_does_and_what_may_go_wrong(description: dict[str, Any]) -> None:
    for path, methods in description["paths"].items():
        for operation in methods.values():
            assert operation["summary"].endswith("."), path
            assert {"503"} <= set(operation["responses"]), path
            assert operation["security"] == WITHOUT_A_KEY.get(path, [{"key": []}]), path


def test_the_language_is_that_of_the_registries(description: dict[str, Any]) -> None:
    question = description["components"]["schemas"]["Question"]["properties"]
    assert question["metrics"]["items"]["enum"] == list(METRICS)
    plain, *families = question["dimensions"]["items"]["anyOf"]
    assert plain["enum"] == [name for name, row in DIMENSIONS.items() if not row.argument]
    assert len(families) == len(DIMENSIONS) - len(plain["enum"])


# --- what the pages show ---------------------------------------------------------------------------------


def validator(description: dict[str, Any], name: str) -> Any:
    """Says whether something is a ``name`` of the description."""
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": description["components"]}
    )


def examples(page: str) -> Iterator[tuple[str, Any]]:
    """Every JSON object that docs/api.md shows, with the heading that it stands under."""
    for chapter in re.split(r"^(?=#{2,} )", page, flags=re.MULTILINE):
        heading = chapter.partition("\n")[0].strip("# ")
        for block in re.findall(r"```(?:json|sh)\n(.*?)```", chapter, re.DOTALL):
            for text in re.findall(r"(?:^|-d ')(\{.*?\})(?:'|$)", block, re.DOTALL) or []:
                yield heading, json.loads(text)


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("POST /api/v2/query", "Question"),
        ("POST /api/v2/funnel", "FunnelQuestion"),
        ("POST /api/v2/flow", "FlowQuestion"),
        ("POST /api/events", "Batch"),
        ("Managing sites", "NewGoal"),
        ("Notes", "NewNote"),
    ],
)
def test_the_requests_on_the_page_are_requests(
    description: dict[str, Any], page: str, heading: str, name: str
) -> None:
    asked = [shown for stands_under, shown in examples(page) if stands_under == heading and "results" not in shown]
    assert len(asked) >= 1
    for question in asked:
        validator(description, name).validate(question)


@pytest.mark.parametrize(("heading", "name"), [("POST /api/v2/funnel", "FunnelResult"), ("POST /api/v2/flow", "FlowResult")])
def test_the_answers_on_the_page_are_answers(description: dict[str, Any], page: str, heading: str, name: str) -> None:
    answers = [shown for stands_under, shown in examples(page) if stands_under == heading and "results" in shown]
    assert len(answers) == 1
    validator(description, name).validate(answers[0])


@pytest.mark.parametrize(
    ("name", "value", "valid"),
    [
        ("Question", {"site_id": "a", "metrics": ["visitors"], "date_range": "28d"}, True),
        ("Question", {"site_id": "a", "metrics": ["visitors"], "date_range": ["2026-01-01", "2026-01-31"]}, True),
        ("Question", {"site_id": "a", "metrics": ["visitors"], "date_range": "28days"}, False),
        ("Question", {"site_id": "a", "metrics": ["baa"], "date_range": "day"}, False),
        ("Question", {"site_id": "a", "metrics": [], "date_range": "day"}, False),
        ("Question", {"metrics": ["visitors"], "date_range": "day"}, False),
        ("Filter", ["is", "event:page", ["/"]], True),
        ("Filter", ["is", "event:props:plan", ["free"], {"case_sensitive": False}], True),
        ("Filter", ["and", [["is", "event:page", ["/"]], ["not", ["contains", "visit:source", ["a"]]]]], True),
        ("Filter", ["is", "segment", [1]], True),
        ("Filter", ["has_done", ["is", "event:page", ["/"]]], True),
        ("Filter", ["resembles", "event:page", ["/"]], False),
        ("Filter", ["is", "event:shoe", ["/"]], False),
        ("Filter", ["and", []], False),
        ("FunnelQuestion", {"site_id": "a", "date_range": "day", "steps": [["is", "event:page", ["/"]]] * 2}, True),
        ("FunnelQuestion", {"site_id": "a", "date_range": "day", "steps": [["is", "event:page", ["/"]]]}, False),
        ("FlowQuestion", {"site_id": "a", "date_range": "day", "around": ["is", "event:page", ["/"]], "by": "event:section:2"}, True),
        ("FlowQuestion", {"site_id": "a", "date_range": "day", "around": ["is", "event:page", ["/"]], "by": "visit:os"}, False),
        ("NewGoal", {"site_id": "a", "goal_type": "page", "page_path": "/"}, True),
        ("NewGoal", {"site_id": "a", "goal_type": "wish"}, False),
        ("SiteChange", {"small_cells": 1}, True),
        ("SiteChange", {"smal_cells": 1}, False),
    ],
)
def test_the_description_tells_right_from_wrong(
    description: dict[str, Any], name: str, value: Any, valid: bool
) -> None:
    assert validator(description, name).is_valid(value) is valid


# --- what is described is what happens -------------------------------------------------------------------

def at_home(case: schemathesis.Case) -> None:
    """Most questions of strangers end at the site's name: these are about one that is there."""
    for where, name in ((case.query, "site_id"), (case.body, "site_id"), (case.path_parameters, "domain")):
        if isinstance(where, dict) and isinstance(where.get(name), str):
            where[name] = "example.org"


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_whatever_is_sent_is_answered_as_described(
    app: Flask, services: Services, site: Site, route: Route, mode: GenerationMode
) -> None:
    """Whatever: what the description allows, and what it does not."""
    key = services.control.api_keys.add(None, [])
    path = "/api" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.path)
    operation = schemathesis.openapi.from_wsgi("/api/openapi.json", app)[path][route.method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @SETTINGS
    def sent(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE:
            at_home(case)
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)

    sent()
