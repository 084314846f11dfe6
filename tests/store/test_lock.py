"""T1: one owner for a data directory, and a clear word for the second."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from analytics.errors import ConfigError, DataLocked
from analytics.store.lock import DataLock


def test_the_second_owner_is_told_who_the_first_is(tmp_path: Path) -> None:
    first = DataLock(tmp_path)
    first.acquire()
    with pytest.raises(DataLocked, match=rf"{tmp_path} is in use by process {os.getpid()}"):
        DataLock(tmp_path).acquire()


def test_a_released_lock_can_be_taken(tmp_path: Path) -> None:
    first = DataLock(tmp_path)
    first.acquire()
    first.release()
    first.release()
    DataLock(tmp_path).acquire()


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    code = "import sys, pathlib, time; from analytics.store.lock import DataLock; DataLock(pathlib.Path(sys.argv[1])).acquire(); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DataLocked, match=str(holder.pid)):
            DataLock(tmp_path).acquire()
        holder.kill()
        holder.wait()
        DataLock(tmp_path).acquire(patience=10)


def test_a_folder_that_cannot_be_made_is_named_with_its_setting(tmp_path: Path) -> None:
    """A file lies where a folder is to be: nobody, not even root, can make one there."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"setting data = '.*/file/data': Not a directory: user \d+ must be able to write there"):
        DataLock(tmp_path / "file" / "data").acquire()


def test_a_folder_of_another_user_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What root makes in the service's folder while it does not run, the service could not open any more."""
    DataLock(tmp_path).acquire()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(ConfigError, match=rf"setting data = .*: belongs to user {os.getuid()}; run this as that user"):
        DataLock(tmp_path).acquire()
