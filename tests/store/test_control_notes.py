"""Notes beside the figures (D50): what is kept, what is refused, and who wrote it."""

from datetime import date

import pytest
from msgspec import structs

from analytics.errors import InvalidInput, NotFound
from analytics.site import Note, Site
from analytics.store.control.store import ControlStore

RELEASE = Note(day=date(2026, 11, 22), time="14:05", text="Version 2 released")


def test_a_note_is_kept_changed_and_removed(control: ControlStore, site: Site) -> None:
    kept = control.notes.put(site, structs.replace(RELEASE, text="  Version 2\n released "))
    assert kept == structs.replace(RELEASE, id=1)
    later = Note(id=1, day=date(2026, 11, 23), text="Version 2 released", public=True)
    assert control.notes.put(site, later) == later
    assert control.notes.all(site) == [later]
    control.notes.remove(site, 1)
    assert control.notes.all(site) == []
    with pytest.raises(NotFound):
        control.notes.remove(site, 1)
    with pytest.raises(NotFound):
        control.notes.put(site, later)


def test_notes_come_as_time_passes(control: ControlStore, site: Site) -> None:
    """Those of a whole day before those with a time."""
    for day, time in ((22, "14:05"), (22, ""), (21, "09:00"), (22, "08:30")):
        control.notes.put(site, Note(day=date(2026, 11, day), time=time, text="Something"))
    assert [(note.day.day, note.time) for note in control.notes.all(site)] == [(21, "09:00"), (22, ""), (22, "08:30"), (22, "14:05")]


def test_a_script_that_runs_twice_writes_one_note(control: ControlStore, site: Site) -> None:
    """What is told again changes who may see it, and nothing else."""
    first = control.notes.put(site, RELEASE)
    assert control.notes.put(site, RELEASE) == first
    assert control.notes.put(site, structs.replace(RELEASE, public=True)) == structs.replace(first, public=True)
    assert len(control.notes.all(site)) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": " \n "}, "text"),
        ({"text": "a" * 501}, "text"),
        ({"text": "\N{RIGHT-TO-LEFT OVERRIDE}abc"}, "text"),
        ({"time": "24:00"}, "time"),
        ({"time": "9:00"}, "time"),
        ({"time": "٠٩:٠٠"}, "time"),
        ({"day": date(1, 1, 1)}, "day"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_field(control: ControlStore, site: Site, change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        control.notes.put(site, structs.replace(RELEASE, **change))
    assert refused.value.field == field
    assert control.notes.all(site) == []


def test_two_notes_do_not_become_one_by_a_change(control: ControlStore, site: Site) -> None:
    control.notes.put(site, RELEASE)
    other = control.notes.put(site, structs.replace(RELEASE, text="Another"))
    with pytest.raises(InvalidInput):
        control.notes.put(site, structs.replace(other, text=RELEASE.text))
    assert [note.text for note in control.notes.all(site)] == ["Version 2 released", "Another"]


def test_notes_are_of_one_site_and_go_with_it(control: ControlStore, site: Site) -> None:
    other = control.sites.add("other.example", "UTC")
    control.notes.put(site, RELEASE)
    kept = control.notes.put(other, RELEASE)
    with pytest.raises(NotFound):
        control.notes.remove(other, 1)
    control.sites.remove(site)
    assert control.notes.all(site) == []
    assert control.notes.all(other) == [kept]
    with pytest.raises(NotFound):
        control.notes.put(site, RELEASE)


def test_the_log_names_who_wrote_it(control: ControlStore, site: Site) -> None:
    control.notes.put(site, RELEASE, by="ada@example.org")
    control.notes.put(site, Note(id=1, day=RELEASE.day, text="Version 2"), by="key deploy")
    control.notes.remove(site, 1, by="ada@example.org")
    records = [(record.who, record.what, record.subject) for record in reversed(control.audit.latest(3))]
    assert records == [
        ("ada@example.org", "note added", "example.org: 2026-11-22 Version 2 released"),
        ("key deploy", "note changed", "example.org: 2026-11-22 Version 2"),
        ("ada@example.org", "note removed", "example.org: 2026-11-22 Version 2"),
    ]
