"""Health tells the truth (R-20)."""

import pytest
from flask.testing import FlaskClient


def test_a_process_that_answers_is_alive(client: FlaskClient, health: dict[str, str]) -> None:
    health["spool"] = "the disk is full"
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_it_is_ready_when_every_part_works(client: FlaskClient) -> None:
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "parts": {"spool": "ok", "writer": "ok", "database": "ok", "upkeep": "ok"}}


@pytest.mark.parametrize("part", ["spool", "writer", "database"])
def test_one_ill_part_is_enough_to_say_503_and_which(client: FlaskClient, health: dict[str, str], part: str) -> None:
    health[part] = "the disk is full"
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["status"] == "failing"
    assert answer.json["parts"][part] == "the disk is full"


def test_what_can_wait_is_told_and_turns_no_event_away(client: FlaskClient, health: dict[str, str]) -> None:
    """A backup that cannot be made must not take the service out of a load balancer."""
    health["upkeep"] = "the backup cannot be made"
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["status"], answer.json["parts"]["upkeep"]) == ("failing", "the backup cannot be made")


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_is_asked_without_signing_in_sets_no_cookie_and_is_never_cached(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
