"""The benchmarks ask as the service does: what changes there must not leave them behind."""

from pathlib import Path

import pytest
from msgspec import json

from analytics.store.base import Load
from benchmarks import queries
from tests.rows import made_row


def test_a_dashboard_is_asked_as_its_page_asks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(queries, "FILTERS", {"no filter": []})
    monkeypatch.setattr(queries, "RUNS", 1)
    with queries.opened(tmp_path) as store:
        store.load(queries.SITE, Load([json.encode(made_row(day="2026-11-01"))], {}, [], []))
        queries.ask_page(store, "warm")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[-3:]] == ["12mo", "28d", "day"]
