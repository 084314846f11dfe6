"""A collector that does as it is told, and the real one."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.service import Service


class Scripted:
    """A collector on a socket: it answers what it was told to, in order, and then as the real one does."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        """Bodies of the batches, as they came."""
        self.headers: list[dict[str, str]] = []
        self.answers: list[tuple[int, Any, dict[str, str]]] = []
        self.came = threading.Condition()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events, in the order they came."""
        return [event for request in self.requests for event in request["events"]]

    def answer(self, status: int, content: Any = None, **headers: str) -> None:
        """The answer to the next request that has none yet; 0: hangs up."""
        self.answers.append((status, content, {name.replace("_", "-"): value for name, value in headers.items()}))

    def wait_for(self, requests: int) -> None:
        """Waits until so many have come."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.requests) >= requests, 10), self.requests

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with collector.came:
                    collector.requests.append(body)
                    collector.headers.append({name.lower(): value for name, value in self.headers.items()} | {"path": self.path})
                    usual = (202, {"accepted": len(body["events"]), "dropped": {}}, dict[str, str]())
                    status, content, headers = collector.answers.pop(0) if collector.answers else usual
                    collector.came.notify_all()
                if not status:
                    return
                answer = json.dumps(content).encode()
                self.send_response(status)
                for name, value in (headers | {"content-length": str(len(answer))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@pytest.fixture
def collector() -> Iterator[Scripted]:
    with closing(Scripted()) as scripted:
        yield scripted


MakeSite = Callable[[str], tuple[Service, str]]


@pytest.fixture(scope="session")
def make_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeSite]:
    """Sets a site up at the real service; gives that, and a key to send events with."""
    folder: Path = tmp_path_factory.mktemp("service")
    service = Service(folder / "data", folder / "log")
    service.start()
    key = service.command("key", "add")
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}

    def make(domain: str) -> tuple[Service, str]:
        site = json.dumps({"domain": domain}).encode()
        assert service.request("POST", "/api/v1/sites", site, headers).status == 200
        assert service.request("PUT", f"/api/v1/sites/{domain}", b'{"small_cells": 1}', headers).status == 200
        return service, key

    yield make
    service.kill()
