"""Notes as deploy scripts write them."""


import pytest

from analytics.site import Site
from analytics.web.services import Services
from tests.web.api.conftest import Call, said


def test_d50_a_deploy_script_writes_a_note_and_may_run_twice(call: Call, services: Services, site: Site) -> None:
    """Without a moment it is now, on the clock of the site, to the minute."""
    wanted = {"site_id": "example.org", "text": "Version 2 released"}
    entry = {"domain": "example.org", "id": 1, "at": "2026-09-21T16:13", "text": "Version 2 released", "public": False}
    assert (call("PUT", "notes", wanted).json, call("PUT", "notes", wanted).json) == (entry, entry)
    listed = call("GET", "notes?site_id=example.org").json
    assert listed == {"notes": [entry], "meta": {"after": None, "before": None, "limit": 100}}
    changed = {**entry, "at": "2026-09-20", "text": "Version 2", "public": True}
    assert call("PUT", "notes/1", {"site_id": "example.org", "at": "2026-09-20", "text": "Version 2", "public": True}).json == changed
    assert call("DELETE", "notes/1?site_id=example.org").json == {"deleted": True}
    assert said(call("DELETE", "notes/1?site_id=example.org"), 404) == "This note does not exist; it may have been removed"
    assert services.control.notes.all(site) == []


@pytest.mark.parametrize(
    ("at", "kept"),
    [
        ("2026-09-21", "2026-09-21"),
        ("2026-09-21T09:05", "2026-09-21T09:05"),
        ("2026-09-21T22:30:59Z", "2026-09-22T00:30"),
        ("2026-09-21T23:30-04:00", "2026-09-22T05:30"),
    ],
)
def test_a_note_is_of_a_day_or_of_a_minute_of_the_sites_zone(call: Call, site: Site, at: str, kept: str) -> None:
    """T14: whatever zone the machine is in that sends it."""
    assert (call("PUT", "notes", {"site_id": "example.org", "text": "A", "at": at}).json or {})["at"] == kept
