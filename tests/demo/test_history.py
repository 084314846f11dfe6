"""Sending the made-up year: in order, with a key, again after an interruption, each event once."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from analytics.demo import history, traffic
from analytics.demo.history import Client, Progress
from analytics.errors import FootfallError, StoreUnavailable

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC).timestamp()
BEGINNING = NOW - 20 * 86400


class Service:
    """Stands in for the collector: notes what comes, answers with what ``answers`` holds, else 202."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.answers: list[int] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.answer(200)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                service.requests.append((self.path, dict(self.headers), body))
                self.answer(service.answers.pop(0) if service.answers else 202)

            def answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def stored(self) -> list[Any]:
        """The events as a service keeps them: a key it has seen is not taken again."""
        batches = {body["idempotency_key"]: body["events"] for path, _, body in self.requests if path == "/api/events"}
        return [event for events in batches.values() for event in events]


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    thread = Thread(target=service.server.serve_forever)
    thread.start()
    yield service
    service.server.shutdown()
    service.server.server_close()
    thread.join()


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    client = Client("127.0.0.1", service.server.server_port, wait=lambda _seconds: None)
    yield client
    client.close()


def expected() -> list[Any]:
    return [event for batch in traffic.batches(BEGINNING, NOW) for event in batch.events]


def test_all_events_are_sent_with_the_key(service: Service, client: Client, tmp_path: Path) -> None:
    reached: list[float] = []
    history.send(client, Progress("secret", BEGINNING), tmp_path / "note", NOW, reached.append)
    assert service.stored == expected()
    assert {headers["Authorization"] for _, headers, _ in service.requests} == {"Bearer secret"}
    assert reached == sorted(reached)
    assert Progress.read(tmp_path / "note") == Progress("secret", NOW, NOW)


@pytest.mark.parametrize("requests", [1, 2, 5])
def test_an_interrupted_history_is_finished_and_nothing_is_sent_as_new_twice(
    service: Service, client: Client, tmp_path: Path, requests: int
) -> None:
    """Stopped after some batches, gone on with later: the service ends with each event once."""
    note, middle = tmp_path / "note", NOW - 2 * 86400
    service.answers = [202] * requests + [400]
    with pytest.raises(FootfallError, match="refused the demo's events"):
        history.send(client, Progress("k", BEGINNING), note, middle, lambda _at: None)
    again = Progress.read(note)
    assert again == Progress("k", BEGINNING, middle)
    history.send(client, again, note, NOW, lambda _at: None)
    assert service.stored == expected()


def test_a_service_that_says_later_is_asked_again(service: Service, client: Client, tmp_path: Path) -> None:
    service.answers = [503, 503]
    history.send(client, Progress("k", BEGINNING), tmp_path / "note", NOW, lambda _at: None)
    assert service.stored == expected()


def test_a_service_that_always_says_later_ends_the_demo(service: Service, client: Client, tmp_path: Path) -> None:
    service.answers = [503] * 100
    with pytest.raises(StoreUnavailable, match="its log says why"):
        history.send(client, Progress("k", BEGINNING), tmp_path / "note", NOW, lambda _at: None)


def test_a_service_that_is_not_there_is_not_ready() -> None:
    """Port 1 is reserved and closed on any machine that tests run on."""
    assert Client("127.0.0.1", 1).is_ready() is False


def test_a_service_that_answers_is_ready(client: Client) -> None:
    assert client.is_ready() is True


def test_somebody_who_objects_says_so_by_header(service: Service, client: Client) -> None:
    client.object("/about")
    path, headers, body = service.requests[0]
    assert (path, headers["Sec-GPC"], body["n"]) == ("/api/event", "1", "pageview")


def test_the_note_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    """It holds an API key."""
    Progress("k", 1.0).write(tmp_path / "note")
    assert (tmp_path / "note").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["note"]
