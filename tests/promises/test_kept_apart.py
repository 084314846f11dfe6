"""Promise 6: received = counted + dropped and nothing else, also while what was dropped is restored, put back, and killed."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
from msgspec import json

from analytics import config
from analytics.app import Instance
from analytics.clock import local_day, system_clock
from analytics.store.base import Load
from analytics.store.lock import DataLock
from tests.rows import made_apart, made_row

KILLS = 4
ROBOTS, PEOPLE = 3_000, 50
RESTLESS = """
import sys
from datetime import date
from pathlib import Path
from analytics import config
from analytics.app import Instance
from analytics.store.base import Chosen

instance = Instance(config.load({"data": Path(sys.argv[1])}, environ={})).open(patience=30)
apart, site = instance.services.apart, instance.control.sites.find("kill.example")
print("ready", flush=True)
while True:
    for each in apart.restored(site):
        apart.put_back(site, each.at, by="restless")
    for who in ("GPTBot", "ClaudeBot"):
        apart.restore(site, Chosen(reason="bot", who=who, first=date.min, last=date.max), by="restless")
"""
"""A process that restores and puts back for ever, on one data directory."""


def made(data: Path) -> Path:
    """A site with robots that are kept apart and a few people; its file."""
    instance = Instance(config.load({"data": data}, environ={})).open()
    instance.perform("site add", {"domain": "kill.example", "timezone": "UTC"})
    site, today = instance.control.sites.find("kill.example"), local_day(system_clock(), "UTC")
    robots = [
        json.encode(made_apart(day=today, visit=number, who=("GPTBot", "ClaudeBot")[number % 2])) for number in range(ROBOTS)
    ]
    people = [json.encode(made_row(day=today, visit=ROBOTS + number)) for number in range(PEOPLE)]
    assert not instance.store.load(site, Load(people, {(str(today), "bot"): ROBOTS}, [], [], apart=robots))
    instance.close()
    return data / "sites" / f"{site.id}.duckdb"


def test_whenever_it_is_killed_each_event_is_in_one_place_and_the_sums_hold(tmp_path: Path) -> None:
    file, chance, restored = made(tmp_path), random.Random(7), set[int]()
    for _ in range(KILLS):
        command = [sys.executable, "-c", RESTLESS, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout
            assert process.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0, 0.4))  # the random moment is what is tested
            process.send_signal(signal.SIGKILL)
        lock = DataLock(tmp_path)
        lock.acquire(patience=30)
        with duckdb.connect(str(file)) as database:  # replays its write-ahead log, as the service does
            counted = [visit for (visit,) in database.execute("SELECT visit FROM events").fetchall()]
            apart = [visit for (visit,) in database.execute("SELECT visit FROM apart").fetchall()]
            ((dropped,),) = database.execute("SELECT coalesce(sum(events), 0)::BIGINT FROM dropped").fetchall()
        lock.release()
        assert sorted(counted + apart) == list(range(ROBOTS + PEOPLE))
        assert dropped == len(apart)
        assert len(counted) + dropped == ROBOTS + PEOPLE
        restored.add(len(counted) - PEOPLE)
    assert restored <= {0, ROBOTS // 2, ROBOTS}, "all of a choice, or nothing of it"
