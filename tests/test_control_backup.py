"""Everything that an owner would miss is in ``backups/`` and ``spool/``, and comes back in an empty folder."""

import json
import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analytics import app, config, control_backup
from analytics.app import Instance
from analytics.boards.owned import OwnDashboards
from analytics.boards.reading import dashboards
from analytics.clock import system_clock
from analytics.control_backup import ControlBackup
from analytics.errors import StoreUnavailable
from analytics.ingest.collector import MANY, Request
from analytics.site import Goal
from analytics.store.control.store import ControlStore
from analytics.web.collector.collect import answer

TEAM = 'title = "Team"\n\n[[panel]]\nname = "figures"\ntitle = "Figures"\nform = "number"\nquery.metrics = ["visitors"]\n'


def instance(data: Path) -> Instance:
    return Instance(config.load({"data": data}, environ={})).open()


def send(here: Instance, key: str, name: str) -> None:
    """One page view of a visitor of this name."""
    moment = datetime.fromtimestamp(system_clock(), UTC).isoformat()
    event = {"n": "pageview", "u": f"https://example.org/{name}", "visitor": name, "timestamp": moment}
    body = json.dumps({"idempotency_key": name, "events": [event]}).encode()
    knock, headers = here.door.admit(None, [(b"authorization", f"Bearer {key}".encode())])
    assert answer(here.collector, here.spool, Request("POST", MANY, "", headers, knock, body)).status == 202


def pages(here: Instance) -> list[str]:
    question = {"site_id": "example.org", "metrics": ["pageviews"], "dimensions": ["event:page"], "date_range": "all"}
    return sorted(row["dimensions"][0] for row in here.perform("query", {"question": question})["results"])


def test_what_was_decided_is_kept_when_the_process_ends(tmp_path: Path) -> None:
    """A command that no service carries out takes less than the first copy waits for: a site that was added is in the copy
    then, and somebody who was removed is not."""
    for words in (("site add", {"domain": "example.org", "timezone": "UTC"}), ("person invite", {"email": "bob@example.org", "role": "viewer", "sites": []})):
        here = instance(tmp_path / "data")
        here.perform(*words)
        here.close()
    kept = tmp_path / "data" / "backups" / "control.sqlite"
    with closing(sqlite3.connect(kept)) as copy:
        assert copy.execute("SELECT domain FROM sites").fetchall() == [("example.org",)]
        assert copy.execute("SELECT email FROM people").fetchall() == [("bob@example.org",)]
    here = instance(tmp_path / "data")
    here.perform("person remove", {"email": "bob@example.org"})
    here.close()
    with closing(sqlite3.connect(kept)) as copy:
        assert copy.execute("SELECT email FROM people").fetchall() == []


@pytest.mark.parametrize("spooled", [True, False])
def test_backups_in_an_empty_folder_are_the_whole_instance(tmp_path: Path, spooled: bool) -> None:
    """People, sites, goals and dashboards as they were; of the rows those in the last backup, and with the spool, all of them.
    Both are copied while the service runs."""
    here, there = instance(tmp_path / "here"), tmp_path / "there"
    site = here.control.sites.add("example.org", "UTC")
    here.control.people.create_owner(here.control.people.setup_token() or "", "ada@example.org", "Ada", "four words walk home")
    here.control.goals.add(site, Goal(id=0, name="Read", kind="page", page_path="/backed-up"))
    OwnDashboards(tmp_path / "here" / "dashboards").put("team", TEAM, "")
    key = here.control.api_keys.add(None, ["events"], "import")
    send(here, key, "backed-up")
    assert pages(here) == ["/backed-up"]
    here.writer.back_up_anew(site)
    here.control_backup.make(here.control)
    send(here, key, "later")
    there.mkdir()
    for name in ("spool", "backups") if spooled else ("backups",):
        shutil.copytree(tmp_path / "here" / name, there / name)
    here.close()

    again = instance(there)
    assert pages(again) == (["/backed-up", "/later"] if spooled else ["/backed-up"])
    assert again.control.people.setup_token() is None
    assert [goal.name for goal in again.control.goals.all(again.control.sites.find("example.org"))] == ["Read"]
    (board,) = dashboards(there / "dashboards")
    assert (board.title, [panel.name for panel in board.panels]) == ("Team", ["figures"])
    again.close()
    for file in (there / "control.sqlite", there / "dashboards" / "team.toml", there / "backups" / "control.sqlite"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_service_copies_what_was_decided_every_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first time when it starts; a dashboard that was deleted is gone from the copies at the next."""
    data, now = tmp_path / "data", [0.0]
    monkeypatch.setattr(control_backup.time, "monotonic", lambda: now[0])
    data.mkdir()
    control, kept = ControlStore(data / "control.sqlite"), ControlBackup(data)
    own = OwnDashboards(data / "dashboards")
    own.put("team", TEAM, "")
    copies = data / "backups"
    kept.make_if_due(control)
    assert sorted(file.name for file in copies.rglob("*") if file.is_file()) == ["control.sqlite", "team.toml"]
    control.sites.add("example.org", "UTC")
    own.remove("team", own.seen("team"))
    for moment, sites, boards in ((3599.0, 0, 1), (3600.0, 1, 0)):
        now[0] = moment
        kept.make_if_due(control)
        with sqlite3.connect(copies / "control.sqlite") as copy:
            assert copy.execute("SELECT count(*) FROM sites").fetchone() == (sites,)
        copy.close()
        assert len(list((copies / "dashboards").iterdir())) == boards
    control.close()


def test_the_upkeep_thread_makes_the_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "UPKEEP", 0.01)
    here = instance(tmp_path)
    while not (tmp_path / "backups" / "control.sqlite").exists():
        here._stop.wait(0.01)
    here.close()


def test_what_is_there_is_never_taken_from_a_copy(tmp_path: Path) -> None:
    """Only a folder without a control file takes them back; a dashboard that was put there already stays."""
    control, kept = ControlStore(tmp_path / "control.sqlite"), ControlBackup(tmp_path)
    own = OwnDashboards(tmp_path / "dashboards")
    own.put("team", TEAM, "")
    kept.make(control)
    control.sites.add("example.org", "UTC")
    control.close()
    own.remove("team", own.seen("team"))
    own.put("mine", TEAM, "")
    kept.restore()
    assert own.text("team") is None
    for file in tmp_path.glob("control.sqlite*"):
        file.unlink()
    kept.restore()
    assert (own.text("team"), own.text("mine")) == (TEAM.encode(), TEAM.encode())
    restored = ControlStore(tmp_path / "control.sqlite")
    assert restored.sites.all() == []
    restored.close()


def test_a_copy_that_cannot_be_made_leaves_the_one_before(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is said, and the service goes on."""
    control, kept = ControlStore(tmp_path / "control.sqlite"), ControlBackup(tmp_path)
    kept.make(control)
    before = (tmp_path / "backups" / "control.sqlite").read_bytes()
    (tmp_path / "backups" / ".control.sqlite.new").mkdir()
    control.sites.add("example.org", "UTC")
    with pytest.raises(StoreUnavailable, match=r"control\.sqlite"):
        kept.make(control)
    kept.make_if_due(control)
    assert "control.sqlite" in caplog.text
    assert (tmp_path / "backups" / "control.sqlite").read_bytes() == before
    (tmp_path / "backups" / ".control.sqlite.new").rmdir()
    kept.make(control)
    assert (tmp_path / "backups" / "control.sqlite").read_bytes() != before
    control.close()
