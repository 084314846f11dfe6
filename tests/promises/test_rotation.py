"""A log file that logrotate renames: after SIGUSR1 both processes write to the new one."""

import os
import re
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import StartService
from tests.service import Service


def files(process: int) -> set[str]:
    """What a process has open."""
    found = set()
    for each in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.add(str(each.readlink()))
    return found


def wait_for(done: str, log: Path) -> None:
    """Waits for a line of the log."""
    deadline = time.monotonic() + 15
    while not re.search(done, log.read_text()):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def processes(service: Service) -> list[int]:
    """gunicorn and its worker."""
    assert service.process is not None
    return [service.process.pid, service.worker()]


def test_a_renamed_log_is_reopened(start_service: StartService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As with logrotate's ``create`` and ``kill -USR1``; visits go on. What a worker prints is in the file, too."""
    log, rotated = tmp_path / "footfall.log", tmp_path / "footfall.log.1"
    monkeypatch.setenv("GUNICORN_CMD_ARGS", f"--error-log {log}")
    service = start_service()
    gunicorn, worker = processes(service)
    assert "Footfall is ready" in log.read_text()
    log.rename(rotated)
    log.touch(mode=0o640)
    os.kill(gunicorn, signal.SIGUSR1)
    deadline = time.monotonic() + 15
    while any(str(rotated) in files(process) for process in (gunicorn, worker)):
        assert time.monotonic() < deadline, [files(process) for process in (gunicorn, worker)]
        time.sleep(0.05)
    assert all(str(log) in files(process) for process in (gunicorn, worker))
    assert processes(service) == [gunicorn, worker], "neither was started anew"
    os.kill(worker, signal.SIGKILL)
    wait_for(r"Worker \(pid:\d+\) was sent SIGKILL", log)
    service.wait_until_ready()
    assert str(log) in files(service.worker())
