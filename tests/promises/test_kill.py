"""Promise 5: an acknowledged event is stored once, whoever is killed and whenever.

Worker and master are killed at random moments while events come in. Every event has a page of its own, so
that each can be looked for: all that were acknowledged are there exactly once, none is there twice.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import duckdb
import pytest

from analytics.store.lock import DataLock
from tests.conftest import StartService
from tests.service import CHROME, LAST_MONTH, Service

SITE = "kill.example"
KILLS = 100
SENDERS = 4


class Sender(threading.Thread):
    """Sends page views, one after the other, and remembers which were acknowledged."""

    def __init__(self, service: Service, number: int, end: threading.Event) -> None:
        super().__init__()
        self._service, self._number, self._end = service, number, end
        self.acknowledged: list[str] = []
        self.unsure: list[str] = []

    def run(self) -> None:
        turn = 0
        while not self._end.is_set():
            turn += 1
            path = f"/{self._number}/{turn}"
            headers = {"X-Forwarded-For": f"203.0.113.{self._number * 50 + turn % 50}"}
            try:
                answer = self._service.pageview(f"https://{SITE}{path}", headers)
            except (OSError, HTTPException):
                self.unsure.append(path)
                self._end.wait(0.01)
                continue
            assert answer.status in (202, 503), answer
            (self.acknowledged if answer.status == 202 else self.unsure).append(path)


def kill_somebody(service: Service, chance: random.Random) -> None:
    """The worker, two times out of three; else the master, which is then started again."""
    assert service.process is not None
    if chance.random() < 2 / 3:
        with suppress(ProcessLookupError):
            os.kill(service.worker(), signal.SIGKILL)
        return
    service.process.kill()
    service.process.wait()
    service.launch()


def stored(service: Service) -> list[str]:
    """The path of every row, read from the file itself while nobody has it."""
    service.stop()
    DataLock(service.data).acquire(patience=60)  # a worker whose master was killed takes a moment to leave
    path = site_file(service)
    with duckdb.connect(str(path), read_only=True) as database:
        return [path for (path,) in database.execute("SELECT path FROM events").fetchall()]


def check(rows: list[str], senders: list[Sender]) -> None:
    acknowledged = {path for sender in senders for path in sender.acknowledged}
    sent = acknowledged | {path for sender in senders for path in sender.unsure}
    assert len(rows) == len(set(rows)), "stored twice"
    assert acknowledged <= set(rows), f"lost: {len(acknowledged - set(rows))} of {len(acknowledged)}"
    assert set(rows) <= sent


@pytest.mark.timeout(900)
def test_what_was_acknowledged_survives_a_hundred_kills(start_service: StartService) -> None:
    service = start_service()
    service.command("site", "add", SITE)
    chance, end = random.Random(20260601), threading.Event()
    senders = [Sender(service, number, end) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    try:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0, 0.4))  # the random moment is what is tested
            kill_somebody(service, chance)
            service.wait_until_ready()
    finally:
        end.set()
        for sender in senders:
            sender.join()
    check(stored(service), senders)


def send_some(service: Service, number: int, events: int) -> Sender:
    """Acknowledged events, without a thread."""
    sender = Sender(service, number, threading.Event())
    for turn in range(events):
        path = f"/{number}/{turn}"
        assert service.pageview(f"https://{SITE}{path}", {"X-Forwarded-For": f"203.0.113.{turn}"}).status == 202
        sender.acknowledged.append(path)
    return sender


def site_file(service: Service) -> Path:
    with closing(sqlite3.connect(service.data / "control.sqlite")) as control:
        ((site_id,),) = control.execute("SELECT id FROM sites WHERE domain = ?", (SITE,)).fetchall()
    return service.data / "sites" / f"{site_id}.duckdb"


def damage_the_log(service: Service) -> None:
    log = Path(f"{site_file(service)}.wal")
    assert log.stat().st_size > 4096
    log.write_bytes(log.read_bytes()[:-4096] + bytes(4096))


def delete_the_database(service: Service) -> None:
    path = site_file(service)
    path.unlink()
    Path(f"{path}.wal").unlink(missing_ok=True)


def break_the_database(service: Service) -> None:
    site_file(service).write_bytes(os.urandom(30_000))


@pytest.mark.parametrize("damage", [damage_the_log, delete_the_database, break_the_database])
def test_t2_after_a_crash_with_a_damaged_file_nothing_is_lost(start_service: StartService, damage: object) -> None:
    service = start_service()
    service.command("site", "add", SITE)
    senders = []
    for number in range(4):
        senders.append(send_some(service, number, 60))
        assert service.query(SITE, "pageviews")[0]["metrics"] == [60 * (number + 1)]
        time.sleep(0.6)  # longer than an answer counts as fresh, so that each round is loaded by itself
    service.kill()
    assert callable(damage)
    damage(service)
    service.start()
    assert service.query(SITE, "pageviews")[0]["metrics"] == [240]
    check(stored(service), senders)


def test_a_planned_restart_keeps_visits_and_visitors(start_service: StartService) -> None:
    """T15: and cannot re-derive yesterday's: the keys cross in memory alone."""
    service = start_service()
    service.command("site", "add", SITE)
    service.pageview(f"https://{SITE}/before")
    service.restart()
    service.pageview(f"https://{SITE}/after")
    assert service.process is not None
    service.process.send_signal(signal.SIGHUP)
    deadline, before = time.monotonic() + 30, service.worker()
    while service.worker() == before and time.monotonic() < deadline:
        time.sleep(0.05)
    service.wait_until_ready()
    service.pageview(f"https://{SITE}/reloaded")
    for meant_for_gunicorn in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        os.kill(service.worker(), meant_for_gunicorn)
    service.pageview(f"https://{SITE}/told-what-is-not-for-it")
    assert service.query(SITE, "visitors", "visits", "pageviews")[0]["metrics"] == [1, 1, 4]


def test_a_planned_restart_does_not_wait_for_connections_without_a_request(
    start_service: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Browsers and proxies keep them open. One that was answered, and one that never asked, are closed; an event that is
    under way is answered, although its body comes only after the worker was told to stop."""
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--keep-alive 120 --graceful-timeout 120")  # who waits, waits too long for this test
    service = start_service()
    service.command("site", "add", SITE)
    answered, silent, sending = (HTTPConnection("127.0.0.1", service.port, timeout=30) for _ in range(3))
    event = json.dumps({"n": "pageview", "u": f"https://{SITE}/under-way", "d": SITE}).encode()
    with closing(answered), closing(silent), closing(sending):
        answered.request("GET", "/health/ready")
        assert answered.getresponse().read()
        silent.connect()
        sending.putrequest("POST", "/api/event")
        for name, value in (("user-agent", CHROME), ("content-type", "text/plain"), ("content-length", str(len(event)))):
            sending.putheader(name, value)
        sending.endheaders()
        service.wait_until_ready()  # asked after the others, answered after they were read
        assert service.process is not None
        service.process.send_signal(signal.SIGTERM)
        assert (answered.sock.recv(1), silent.sock.recv(1)) == (b"", b"")
        sending.send(event)
        answer = sending.getresponse()
        assert (answer.status, answer.read(), answer.getheader("connection")) == (202, b"ok", "close")
        service.process.wait(30)


def test_after_a_crash_the_day_says_that_visitors_may_be_counted_twice(start_service: StartService) -> None:
    service = start_service()
    service.command("site", "add", SITE)
    service.pageview(f"https://{SITE}/before")
    service.kill()
    service.start()
    service.pageview(f"https://{SITE}/after")
    assert service.query(SITE, "visitors")[0]["metrics"] == [2]
    service.stop()
    with duckdb.connect(str(site_file(service)), read_only=True) as database:
        assert database.execute("SELECT count(*) FROM restarts").fetchall() == [(1,)]


@pytest.mark.parametrize(("arguments", "environ"), [(["-w", "4"], {}), ([], {"WEB_CONCURRENCY": "4"})])
def test_t1_more_than_one_worker_is_refused_with_the_reason(
    arguments: list[str], environ: dict[str, str], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", *arguments]
    environ = os.environ | {"FOOTFALL_DATA": str(tmp_path / "other"), "FOOTFALL_BIND": "127.0.0.1:0"} | environ
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "exactly one worker" in done.stderr


def test_t1_a_second_service_on_the_same_data_is_refused_and_told_who_has_it(start_service: StartService) -> None:
    service = start_service()
    second = Service(service.data, service.log.with_name("second.log"))
    second.launch()
    assert second.process is not None
    assert second.process.wait(30) == 1
    assert f"in use by process {service.worker()}" in second.log.read_text()


def test_a_full_disk_is_answered_503_and_costs_nothing(start_service: StartService) -> None:
    """R-08: the process stays, says so, and recovers; the answer says when to come again."""
    service = start_service()
    service.command("site", "add", SITE)
    service.stop()
    service.environ["FOOTFALL_DISK_RESERVE"] = "9000000GB"
    service.launch()
    service.wait_until_ready(path="/health/live")
    answer = service.pageview(f"https://{SITE}/")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (503, "*")
    assert "retry-after" in answer.headers
    ready = service.get("/health/ready")
    assert ready.status == 503
    assert "disk_reserve" in json.dumps(ready.json)
    service.environ["FOOTFALL_DISK_RESERVE"] = "1MB"
    service.restart()
    assert service.pageview(f"https://{SITE}/").status == 202


def test_a_batch_sent_again_after_a_restart_gets_the_first_answer_and_is_stored_once(start_service: StartService) -> None:
    service = start_service()
    service.command("site", "add", SITE)
    key = service.command("key", "add", "--site", SITE)
    event = {"n": "pageview", "u": f"https://{SITE}/batch", "timestamp": f"{LAST_MONTH}T10:00:00+00:00", "visitor": "jane"}
    body = json.dumps({"idempotency_key": "the first of January", "events": [event, event]}).encode()

    def send() -> tuple[int, bytes]:
        answer = service.request("POST", "/api/events", body, {"Authorization": f"Bearer {key}"})
        return answer.status, answer.body

    first = send()
    assert first[0] == 202
    service.restart()
    assert send() == first
    service.kill()
    service.start()
    assert send() == first
    assert service.query(SITE, "pageviews", date_range="all")[0]["metrics"] == [2]


def test_t1_events_questions_and_commands_at_once(start_service: StartService) -> None:
    """Nothing is refused, nobody meets a lock, and what was accepted is stored."""
    service = start_service()
    service.command("site", "add", SITE)
    key = service.command("key", "add", "--site", SITE)
    end, answers = threading.Event(), []
    senders = [Sender(service, number, end) for number in range(SENDERS)]

    def ask() -> None:
        question = {"site_id": SITE, "metrics": ["visitors"], "date_range": "day", "dimensions": ["event:page"]}
        while not end.is_set():
            headers = {"Authorization": f"Bearer {key}"}
            answers.append(service.request("POST", "/api/v2/query", json.dumps(question).encode(), headers).status)

    threads = [*senders, *(threading.Thread(target=ask) for _ in range(4))]
    for thread in threads:
        thread.start()
    try:
        for number in range(3):
            service.command("site", "add", f"other-{number}.example")
    finally:
        end.set()
        for thread in threads:
            thread.join()
    assert set(answers) == {200}
    assert not [path for sender in senders for path in sender.unsure]
    check(stored(service), senders)
