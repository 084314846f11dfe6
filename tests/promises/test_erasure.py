"""What had to go is nowhere: not in a table, the spool, a backup, what the owner decided, a log of SQLite's or DuckDB's, or a
file that a killed process left. The bytes of the whole data folder are read."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analytics import config
from analytics.app import Instance
from analytics.clock import system_clock
from analytics.ingest.collector import MANY, Request
from analytics.web.collector.collect import answer

NAME = "wilhelmina-vandersloot"
"""What no scrubber can know for a name."""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(config.load({"data": tmp_path / "data"}, environ={})).open()
    for domain in ("example.org", "other.example"):
        instance.perform("site add", {"domain": domain, "timezone": "UTC"})
    yield instance
    instance.close()


def count(here: Instance, domain: str, page: str, props: dict[str, str] | None = None) -> None:
    """One event of today's."""
    key = here.control.api_keys.add(None, ["events"], "import")
    event = {
        "n": "Order" if props else "pageview", "u": f"https://{domain}{page}", "d": domain, "visitor": page, "props": props or {},
        "timestamp": datetime.fromtimestamp(system_clock(), UTC).isoformat(),
    }  # fmt: skip
    body = json.dumps({"idempotency_key": f"{domain}{page}", "events": [event]}).encode()
    knock, headers = here.door.admit(None, [(b"authorization", f"Bearer {key}".encode())])
    assert answer(here.collector, here.spool, Request("POST", MANY, "", headers, knock, body)).status == 202


def holding(here: Instance, text: str = NAME) -> set[str]:
    """The files of the data folder that have the text in them."""
    files = [path for path in here.config.data.rglob("*") if path.is_file()]
    return {path.relative_to(here.config.data).parts[0] for path in files if text.encode() in path.read_bytes().lower()}


BY_PAGE = ["contains", "event:page", [NAME]]
BY_PROPERTY = ["is", "event:props:greeting", [NAME]]


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        (lambda here: count(here, "example.org", f"/people/{NAME}"), BY_PAGE),
        (lambda here: count(here, "example.org", "/thanks", {"greeting": NAME}), BY_PROPERTY),
    ],
)
def test_d23_what_was_deleted_and_erased_is_in_no_file(
    here: Instance, seen: Callable[[Instance], None], wanted: list[object]
) -> None:
    """It can be undone until somebody presses "Erase now"; after that nothing has it, and what else there was is there."""
    site = here.control.sites.find("example.org")
    seen(here)
    count(here, "example.org", "/stays")
    count(here, "other.example", "/stays-too")
    here.writer.back_up_anew(site)
    count(here, "example.org", "/later")
    assert holding(here) == {"sites", "backups"}

    made = here.perform("correct", {"site": "example.org", "correction": {"kind": "delete", "filters": [wanted]}, "dry_run": False})
    here.control_backup.make(here.control)
    assert holding(here) == {"sites", "backups", "control.sqlite"}
    here.perform("correction erase", {"site": "example.org", "number": made["id"]})
    here.control_backup.make(here.control)
    assert holding(here) == set()
    assert here.perform("correction list", {"site": "example.org"}) == [{"id": made["id"], "text": "delete", "state": "settled"}]
    pages = {"metrics": ["pageviews"], "date_range": "all", "dimensions": ["event:page"], "filters": [["is", "event:name", ["pageview"]]]}
    found = here.perform("query", {"question": {"site_id": "example.org", **pages}})["results"]
    assert sorted(row["dimensions"][0] for row in found) == ["/later", "/stays"]


def test_d23_what_still_waits_in_the_spool_is_erased_too(here: Instance) -> None:
    """A deletion that is erased forgets what it took out, so that everything it is about has to be loaded first."""
    count(here, "example.org", f"/people/{NAME}")
    made = here.perform("correct", {"site": "example.org", "correction": {"kind": "delete", "filters": [BY_PAGE]}, "dry_run": False})
    assert holding(here) >= {"spool"}
    here.perform("correction erase", {"site": "example.org", "number": made["id"]})
    here.control_backup.make(here.control)
    assert holding(here) == set()
    assert here.perform("query", {"question": {"site_id": "example.org", "metrics": ["events"], "date_range": "all"}})["results"] == [
        {"metrics": [0], "dimensions": []}
    ]


def test_d23_a_removed_site_is_in_no_file_once_the_spool_was_cleared(here: Instance) -> None:
    """Its rows may lie in the spool among those of others, which are backed up so that they need not wait there."""
    count(here, "example.org", f"/people/{NAME}")
    count(here, "other.example", "/stays")
    named = here.perform("site remove", {"site": "example.org"})
    assert holding(here) == {"spool"}
    assert [name.split("/")[0] for name in named] == ["spool"]
    here.writer.back_up_due()
    assert holding(here) == set()
    assert (here.config.data / "backups" / f"{here.control.sites.find('other.example').id}.duckdb").exists()


def test_a_removed_person_is_in_the_audit_log_alone(here: Instance) -> None:
    """Their name is nowhere; the address stands beside what they did and what was done to them, for 400 days."""
    here.control.people.create_owner(here.control.people.setup_token() or "", "ada@example.org", "Ada", "four words walk home")
    _, token = here.control.people.invite("bob@example.org", "owner", {})
    here.control.people.join(token, NAME, "five words do walk home")
    here.control_backup.make(here.control)
    assert holding(here) == {"control.sqlite", "backups"}
    here.perform("person remove", {"email": "bob@example.org"})
    here.control_backup.make(here.control)
    assert holding(here) == set()
    assert {record.what for record in here.control.audit.latest() if "bob" in record.subject} == {"person invited", "person removed"}
    assert here.control._database.execute("SELECT count(*) FROM people WHERE email LIKE 'bob%'") == [(0,)]


def test_what_a_killed_process_left_goes_at_the_next_start(tmp_path: Path) -> None:
    """Rows on their way in, what a question spilled, and half of a copy or of a backup."""
    (tmp_path / "work" / "site.tmp").mkdir(parents=True)
    (tmp_path / "backups").mkdir()
    for name in ("work/site.ndjson", "work/site.tmp/duckdb_temp_storage_S32K-0.tmp", "work/site.fresh", "backups/site.new"):
        (tmp_path / name).write_text(NAME, encoding="utf-8")
    instance = Instance(config.load({"data": tmp_path}, environ={})).open()
    assert holding(instance) == set()
    instance.close()
