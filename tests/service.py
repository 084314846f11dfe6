"""The real service in processes of its own: gunicorn, sockets, DuckDB files."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from click.testing import CliRunner

from analytics.cli import cli
from analytics.control_socket import ask
from analytics.ingest.writer import FRESH

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
"""The User-Agent of a person, so that events are not taken for a robot's."""
STARTS_WITHIN = 60.0
LAST_MONTH = date.today() - timedelta(days=30)
"""A day that every site still keeps."""


class Answer(NamedTuple):
    """One HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Service:
    """One service on one data directory; it can be stopped, killed and started again."""

    def __init__(self, data: Path, log: Path, settings: Mapping[str, object] | None = None) -> None:
        self.data = data
        self.log = log
        self.port = free_port()
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("FOOTFALL_")}
        self.environ["FOOTFALL_REQUESTS_PER_MINUTE"] = "1000000"  # these programs ask faster than anybody's
        self.environ |= {f"FOOTFALL_{name.upper()}": str(value) for name, value in (settings or {}).items()}
        self.environ |= {"FOOTFALL_DATA": str(data), "FOOTFALL_BIND": f"127.0.0.1:{self.port}"}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # --- its life ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts it and waits until it is ready."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Starts it and does not wait."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "analytics", "serve"]
            self.process = subprocess.Popen(command, env=self.environ, stdout=log, stderr=log, start_new_session=True)

    def wait_until_ready(self, within: float = STARTS_WITHIN, path: str = "/health/ready") -> None:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            assert self.process is not None
            assert self.process.poll() is None, f"the service ended: {self.log.read_text()}"
            with suppress(OSError, http.client.HTTPException):
                if self.get(path).status == 200:
                    return
            time.sleep(0.02)
        raise AssertionError(f"not ready within {within} s: {self.log.read_text()}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends it as a supervisor does, and waits."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        self.kill()

    def kill(self) -> None:
        """Ends it at once, with all its processes: a crash, or the end of a test that asks nothing more of it."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def restart(self) -> None:
        """A planned restart."""
        self.stop()
        self.start()

    def worker(self) -> int:
        """The worker's process number: it holds the lock on the data directory."""
        return int((self.data / "lock").read_text().partition("\n")[0])

    # --- talking to it -------------------------------------------------------------------------------

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, peer: str = ""
    ) -> Answer:
        """One HTTP request; ``peer`` is the loopback address it comes from."""
        source = (peer, 0) if peer else None
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=source)
        try:
            with suppress(BrokenPipeError):  # refused before the whole body was sent; the answer is there all the same
                connection.request(method, path, body, {"user-agent": CHROME, "connection": "close"} | dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.request("GET", path, headers=headers)

    def send(self, event: Mapping[str, object], headers: Mapping[str, str] | None = None, peer: str = "") -> Answer:
        """What the beacon sends."""
        body = json.dumps(event).encode()
        return self.request("POST", "/api/event", body, {"content-type": "text/plain"} | dict(headers or {}), peer)

    def pageview(self, url: str, headers: Mapping[str, str] | None = None, **fields: object) -> Answer:
        return self.send({"n": "pageview", "u": url} | fields, headers)

    def command(self, *arguments: str) -> str:
        """What ``footfall <arguments>`` prints, asking this service over its socket."""
        done = CliRunner().invoke(cli, [*arguments, "--data", str(self.data)])
        assert done.exit_code == 0, done.exception
        return done.output.strip()

    def query(self, site: str, *metrics: str, **more: object) -> list[dict[str, Any]]:
        """The results of a question, asked as ``footfall query`` asks it, of everything acknowledged so far."""
        time.sleep(FRESH)  # an answer may be this old
        question = {"site_id": site, "metrics": metrics, "date_range": "day"} | more
        results: list[dict[str, Any]] = ask(self.data / "control.sock", "query", {"question": question})["results"]
        return results

    def login(self) -> "Session":
        """Becomes the owner with the token that was printed at start, and signs in."""
        return Session(self)


class Session:
    """A person's browser without a browser: keeps cookies."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        return self._keep(self._service.get(path, self._headers()))

    def post(self, path: str, **fields: str) -> Answer:
        headers = self._headers() | {"content-type": "application/x-www-form-urlencoded"}
        return self._keep(self._service.request("POST", path, urlencode(fields).encode(), headers))

    def _headers(self) -> dict[str, str]:
        return {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}

    def _keep(self, answer: Answer) -> Answer:
        for line in answer.headers.get("set-cookie", "").split("\n"):
            name, _, value = line.partition(";")[0].partition("=")
            if name:
                self.cookies[name] = value
        return answer
