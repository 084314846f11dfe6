"""The life of an instance: what it takes it gives back, whatever happens."""

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace

from analytics import app, config
from analytics.app import Instance
from analytics.boards.owned import OwnDashboards
from analytics.clock import local_day, system_clock
from analytics.errors import DataLocked, FootfallError, StoreUnavailable
from analytics.health import Health
from analytics.ingest.collector import MANY, Request
from analytics.ingest.spool import Entry
from analytics.ingest.visitor_map import MemoryVisitorMap
from analytics.store.control.people import People
from analytics.web.collector.collect import answer
from analytics.web.server.front import Front


def instance(data: Path) -> Instance:
    return Instance(config.load({"data": data}, environ={}))


def test_a_directory_that_could_not_be_opened_is_free_again(tmp_path: Path) -> None:
    """The service tries again every two seconds, in the same process."""
    (tmp_path / "control.sqlite").write_bytes(b"this is no database, and long enough to be seen as none" * 20)
    for _ in range(2):
        with pytest.raises(FootfallError) as caught:
            instance(tmp_path).open()
        assert not isinstance(caught.value, DataLocked)
    (tmp_path / "control.sqlite").unlink()
    instance(tmp_path).open().close()


def test_what_was_closed_can_be_opened_again_and_twice_it_cannot(tmp_path: Path) -> None:
    first = instance(tmp_path).open()
    with pytest.raises(DataLocked):
        instance(tmp_path).open()
    first.close()
    first.close()
    instance(tmp_path).open().close()


def test_what_fails_is_in_the_log_once_and_so_is_that_it_works_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is told to whoever reads the log, too, not only to who asks /health/ready; once, not every ten seconds."""
    monkeypatch.setattr(app, "UPKEEP", 0.01)
    states, seen = iter(["ok", "the disk is full", "the disk is full", "ok", "ok"]), Event()

    def writer(_self: Health) -> str:
        state = next(states, None)
        if state is None:
            seen.set()
        return state or "ok"

    monkeypatch.setattr(Health, "_of_writer", writer)
    here = instance(tmp_path).open()
    assert seen.wait(30)
    here.close()
    assert [record.getMessage() for record in caplog.records] == ["writer: the disk is full", "writer: works again"]


def test_a_start_that_fails_after_the_data_was_opened_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk the token of the set-up link cannot be kept: once there is room the service answers, unaided."""
    monkeypatch.setattr(app, "TRY_AGAIN", 0.01)
    token, refusals = People.setup_token, iter([StoreUnavailable("the disk is full"), ValueError("a bug")])

    def refused(people: People) -> str | None:
        for refusal in refusals:
            raise refusal
        return token(people)

    monkeypatch.setattr(People, "setup_token", refused)
    running = app.Running(config.load({"data": str(tmp_path), "disk_reserve": "0"}, environ={}))
    assert isinstance(running._open(), Front)
    running.close()
    said = [record.getMessage() for record in caplog.records]
    assert said[0] == "cannot start: the disk is full; trying again in 0.01 s"
    assert said[1].startswith("cannot start: ValueError at app.py:")
    assert len(said) == 2


def test_commands_work_without_a_service(tmp_path: Path) -> None:
    here = instance(tmp_path).open()
    added = here.perform("site add", {"domain": "https://www.Example.org/shop/", "timezone": "Europe/Berlin"})
    assert added["domain"] == "example.org"
    assert here.perform("site list", {}) == [{"domain": "example.org", "timezone": "Europe/Berlin"}]
    question = {"site_id": "example.org", "metrics": ["visitors"], "date_range": "day"}
    assert here.perform("query", {"question": question})["results"] == [{"dimensions": [], "metrics": [0]}]
    with pytest.raises(FootfallError, match="there is no command 'fly'"):
        here.perform("fly", {})
    here.close()



def test_a_renamed_site_keeps_its_events_and_its_dashboards(tmp_path: Path) -> None:
    """Both know it by its domain: the collector by the old one too for a while, the files by the new one."""
    here = instance(tmp_path).open()
    here.perform("site add", {"domain": "example.org", "timezone": "UTC"})
    own = OwnDashboards(tmp_path / "dashboards")
    own.put("team", 'sites = ["example.org"]', "")
    renamed = here.control.sites.change(replace(here.control.sites.find("example.org"), domain="new.example"))
    assert here.directory.find("example.org") == here.directory.find("new.example") == renamed
    assert own.text("team") == b'sites = ["new.example"]'
    here.close()


def test_t20_a_day_that_had_too_many_visitors_to_remember_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a day does on which a crash lost them: visitors may be counted twice."""
    monkeypatch.setattr(app, "UPKEEP", 0.02)
    monkeypatch.setattr(app, "MemoryVisitorMap", partial(MemoryVisitorMap, most=10))
    here = instance(tmp_path).open()
    site = here.control.sites.add("example.org", "UTC")
    key = here.control.api_keys.add(None, ["events"], "import")
    noted = Event()
    append = here.spool.append

    def listen(entry: Entry) -> object:
        done = append(entry)
        if any(part.restarted for part in entry.parts):
            done.add_done_callback(lambda _: noted.set())
        return done

    monkeypatch.setattr(here.spool, "append", listen)
    now = system_clock()
    moment = datetime.fromtimestamp(now, UTC).isoformat()
    events = [{"n": "pageview", "u": "https://example.org/", "visitor": f"{number}", "timestamp": moment} for number in range(30)]
    body = json.dumps({"idempotency_key": "flood", "events": events}).encode()
    knock, headers = here.door.admit(None, [(b"authorization", f"Bearer {key}".encode())])
    assert answer(here.collector, here.spool, Request("POST", MANY, "", headers, knock, body)).status == 202
    assert noted.wait(20)
    today = local_day(now, "UTC")
    here.perform("query", {"question": {"site_id": "example.org", "metrics": ["visitors"], "date_range": "day"}})
    assert here.services.answers.ledger(site, today, today)[0].restarted
    here.close()
