"""The demo as people start it: the real service, the commands, the shop; here with two days instead of a year."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analytics.demo import traffic
from analytics.demo.history import Progress
from tests.service import free_port

SHORT = (
    # What a shell starts in the background is deaf to Ctrl-C; these tests may be.
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "import sys; from pathlib import Path; from analytics.demo import run; run.YEAR = 2 * run.DAY; "
    "sys.exit(run.main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))"
)
READY = "Ctrl-C stops both"
STARTS_WITHIN = 120.0


class Demo:
    """One run of the demo in a process of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.log = data.with_suffix(".log")
        self.bind, self.shop = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith("FOOTFALL_")}
        with self.log.open("wb") as log:
            command = [sys.executable, "-c", SHORT, str(data), self.bind, self.shop]
            self.process = subprocess.Popen(command, env=self.environ, stdout=log, stderr=log, start_new_session=True)

    def wait(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while READY not in self.printed:
            assert self.process.poll() is None, self.printed
            assert time.monotonic() < deadline, self.printed
            time.sleep(0.1)

    @property
    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def demo(data: Path) -> Iterator[Demo]:
    running = Demo(data)
    try:
        running.wait()
        yield running
    finally:
        if running.process.poll() is None:
            running.end(signal.SIGTERM)


def events(data: Path) -> int:
    """How many events the service holds, page views and the shop's own."""
    question = {"site_id": "shop.example", "metrics": ["events"], "date_range": "all"}
    command = [sys.executable, "-m", "analytics", "query", json.dumps(question), "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    count: int = json.loads(done.stdout)["results"][0]["metrics"][0]
    return count


def expected(data: Path, beginning: float) -> int:
    """How many of the events that were sent until now are not to be refused."""
    note = Progress.read(data / "demo.json")
    assert note is not None
    sent = [event for batch in traffic.batches(beginning, note.sent_until) for event in batch.events]
    return sum(event["n"] != "engagement" and "country" in event for event in sent)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_shows_its_history_and_goes_on_where_it_stopped(tmp_path: Path, number: signal.Signals) -> None:
    data = tmp_path / "demo"
    before = time.time()
    with demo(data) as running:
        after = time.time()
        assert re.search(r"http://localhost:\d+/setup\?token=\S+", running.printed)
        connection = http.client.HTTPConnection(running.shop, timeout=10)
        connection.request("GET", "/shop/")
        page = connection.getresponse().read().decode()
        connection.close()
        assert f'src="http://localhost:{running.bind.rpartition(":")[2]}/js/footfall.js"' in page
        assert running.end(number) == 0
    days = 2 * 86400
    assert expected(data, after - days) <= events(data) <= expected(data, before - days)
    seen = events(data)
    with demo(data) as running:
        assert running.end(number) == 0
    assert seen <= events(data) <= expected(data, before - days)


def test_a_demo_whose_service_cannot_start_says_so_and_ends(tmp_path: Path) -> None:
    """Here: another process owns the folder's place, which is a file."""
    data = tmp_path / "demo"
    data.write_text("not a folder", encoding="utf-8")
    running = Demo(data)
    assert running.process.wait(60) != 0
    assert READY not in running.printed
