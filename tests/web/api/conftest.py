"""The sites API as a program calls it: with a key, in JSON."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analytics.web.services import Services

Call = Callable[..., TestResponse]


@pytest.fixture
def key(services: Services) -> str:
    """One for all sites, with the scope ``sites`` alone."""
    return services.control.api_keys.add(None, ["sites"], "deploy")


@pytest.fixture
def call(client: FlaskClient, key: str) -> Call:
    """``call("PUT", "goals", {...})``; another key with ``by``."""

    def made(method: str, path: str = "", body: Any = None, by: str | None = None, **more: Any) -> TestResponse:
        data = json.dumps(body) if body is not None else None
        headers = {"Authorization": f"Bearer {by or key}"}
        return client.open(f"/api/v1/sites/{path}".removesuffix("/").replace("/?", "?"), method=method, data=data, headers=headers, **more)

    return made


def said(answer: TestResponse, status: int = 400) -> str:
    """What an error says."""
    assert answer.status_code == status, answer.text
    assert answer.json
    assert list(answer.json) == ["error"]
    return str(answer.json["error"])
