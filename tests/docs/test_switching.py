"""The program in docs/switching.md sends what the collector takes."""

import csv
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.client.conftest import Scripted
from tests.ingest.station import Station

HEAD = ["time", "path", "visitor", "event", "referrer", "country", "browser"]
PAST = [
    ["2026-02-20T09:30:00+01:00", "/", "17", "", "https://news.example/a?b=1", "FR", "Firefox"],
    ["2026-02-20T09:31:00+01:00", "/shop?p=1", "17", "", "", "FR", "Firefox"],
    ["2026-02-20T09:32:00+01:00", "/shop", "17", "Order", "", "FR", "Firefox"],
    *([f"2026-02-21T09:{n // 60:02}:{n % 60:02}+01:00", "/blog", f"{n}", "", "", "", ""] for n in range(1000)),
]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    monkeypatch.setenv("FOOTFALL_KEY", "key")
    with closing(Scripted()) as scripted:
        yield scripted


def test_past_events_are_sent_and_taken(
    pages: dict[str, str], collector: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", pages["docs/switching.md"], re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    with Path("past.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEAD, *PAST])
    exec(compile(code.replace("https://stats.example.org", collector.url), "docs/switching.md", "exec"), {})
    assert [(headers["path"], headers["authorization"]) for headers in collector.headers] == [("/api/events", "Bearer key")] * 2
    station = Station(tmp_path)
    for request in collector.requests:
        reply = station.batch(*request["events"], name=request["idempotency_key"])
        assert reply.status == 202, reply.body
    station.control.close()
    assert len(station.rows) == len(PAST)
    assert [(row.name, row.path, row.referrer, row.country, row.browser) for row in station.rows[:3]] == [
        ("pageview", "/", "news.example/a", "FR", "Firefox"),
        ("pageview", "/shop", "news.example/a", "FR", "Firefox"),
        ("Order", "/shop", "news.example/a", "FR", "Firefox"),
    ]
    assert len({row.visitor for row in station.rows}) == 1001


def test_every_column_that_the_page_names_is_read(pages: dict[str, str]) -> None:
    table = pages["docs/switching.md"].partition("| column | contents |")[2].partition("\n\n")[0]
    named = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)))
    (code,) = re.findall(r"^```python\n(.*?)^```", pages["docs/switching.md"], re.MULTILINE | re.DOTALL)
    assert [name for name in named if f'"{name}"' not in code and f"'{name}'" not in code] == []
