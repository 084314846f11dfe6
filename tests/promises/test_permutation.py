"""Promise 2: rows carry random numbers only.

The same traffic from other addresses of the same countries, and from other builds of the same browsers,
gives the same tables up to those numbers.
"""

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from analytics import config
from analytics.app import Instance
from analytics.ingest.collector import Request

SITE = "permutation.example"
START = datetime(2026, 6, 1, 21, 0, tzinfo=UTC).timestamp()
"""An hour before midnight in Berlin: the traffic crosses it."""
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.{}.{} Safari/537.36"
GERMANY, BRITAIN = [f"88.198.{n}.7" for n in range(40)], [f"81.2.69.{n}" for n in range(40)]
PEOPLE = 30
ROBOT = "Mozilla/5.0 (compatible; bingbot/2.{}.{}; +http://www.bing.com/bingbot.htm)"
"""Every fifth of them is one: what is kept apart knows no more of it."""


def traffic() -> list[tuple[float, int, str]]:
    """(seconds after the start, person, path), in the order of time."""
    chance = random.Random(1)
    hits = [(chance.uniform(0, 3 * 3600), chance.randrange(PEOPLE), f"/page/{chance.randrange(8)}") for _ in range(600)]
    return sorted(hits)


def is_robot(person: int) -> bool:
    return person % 5 == 4


def made(person: int, *build: int) -> str:
    """The User-Agent of somebody on this build of their browser."""
    return ROBOT.format(*build) if is_robot(person) else AGENT.format(120 + person % 5, *build)


def replay(folder: Path, seed: int) -> list[tuple[Any, ...]]:
    """The tables after the traffic, with people on addresses and builds that ``seed`` chooses."""
    chance = random.Random(seed)
    people = [
        ((GERMANY, BRITAIN)[person % 2][index], made(person, chance.randrange(9999), chance.randrange(99)))
        for person, index in enumerate(chance.sample(range(40), PEOPLE))
    ]
    now = [START]
    instance = Instance(config.load({"data": folder}, environ={}), clock=lambda: now[0]).open()
    instance.perform("site add", {"domain": SITE, "timezone": "Europe/Berlin"})
    for after, person, path in traffic():
        now[0] = START + after
        address, agent = people[person]
        headers = [(b"x-forwarded-for", address.encode()), (b"user-agent", agent.encode()), (b"accept-language", b"de")]
        knock, allowed = instance.door.admit("127.0.0.1", headers)
        body = json.dumps({"n": "pageview", "u": f"https://{SITE}{path}"}).encode()
        reply = instance.collector.collect(Request("POST", "/api/event", "", allowed, knock, body))
        assert reply.status == 202
        assert (reply.entry is None) == is_robot(person)
        if reply.entry:
            instance.spool.append(reply.entry).result(timeout=10)
    instance.close()
    (path,) = [path for path in (folder / "sites").glob("*.duckdb") if not path.name.startswith("nowhere")]
    with duckdb.connect(str(path), read_only=True) as database:
        tables = [f"SELECT * FROM {table} ORDER BY time, path, seq, gap" for table in ("events", "apart")]
        return [row for table in tables for row in canonical(database.execute(table).fetchall())]


def canonical(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows with visitors and visits numbered in the order in which they appear."""
    numbers: dict[object, int] = {}
    return [
        (*row[:4], *(numbers.setdefault((kind, row[kind]), len(numbers)) for kind in (4, 5)), *map(repr, row[6:]))
        for row in rows
    ]


def test_other_addresses_give_the_same_tables(tmp_path: Path) -> None:
    first, second = replay(tmp_path / "first", 1), replay(tmp_path / "second", 2)
    assert len(first) == 600
    assert first == second


def test_the_same_addresses_never_give_the_same_numbers(tmp_path: Path) -> None:
    """Nothing is derived: replaying the very same traffic shares no visitor and no visit."""

    def numbers(folder: Path) -> set[int]:
        replay(folder, 1)
        (path,) = [path for path in (folder / "sites").glob("*.duckdb") if not path.name.startswith("nowhere")]
        with duckdb.connect(str(path), read_only=True) as database:
            rows = database.execute("SELECT visitor, visit FROM events UNION ALL SELECT visitor, visit FROM apart").fetchall()
            return {number for row in rows for number in row}

    assert not numbers(tmp_path / "first") & numbers(tmp_path / "second")
