"""What is kept of a correction, when it stands, and who made it."""

from datetime import date

import pytest
from msgspec.structs import replace

from analytics.errors import InvalidInput, NotFound
from analytics.site import Correction, Site
from analytics.store.control import corrections as module
from analytics.store.control.store import ControlStore
from tests.store.watch import NOON, Watch

SPAM = Correction(kind="delete", filters=[["is", "visit:source", ["spam.example"]]], first_day=date(2026, 6, 1), until=1_790_000_100)
USERS = Correction(kind="rename", pattern=r"/user/(\d+)", replacement="/user/:id")


def made(control: ControlStore, site: Site, correction: Correction) -> Correction:
    kept = control.corrections.propose(site, correction)
    control.corrections.carried_out(site, kept, by="ada@example.org")
    return kept


def test_it_is_kept_as_it_was_decided(control: ControlStore, site: Site) -> None:
    spam, users = made(control, site, SPAM), made(control, site, USERS)
    assert spam == replace(SPAM, id=1, made_at=int(NOON))
    assert control.corrections.all(site) == [spam, users]
    assert control.corrections.standing(site.id) == [spam, users]


def test_it_does_not_stand_before_the_rows_follow_it(control: ControlStore, site: Site) -> None:
    """When the process ends between the two, the decision was not made."""
    control.corrections.propose(site, SPAM)
    assert control.corrections.all(site) == []


def test_one_that_was_undone_stays_in_the_list_and_does_not_stand(control: ControlStore, site: Site, watch: Watch) -> None:
    kept = made(control, site, SPAM)
    watch.now += 60
    control.corrections.undone(site, kept.id, by="ada@example.org")
    assert control.corrections.standing(site.id) == []
    assert control.corrections.all(site) == [replace(kept, undone_at=int(NOON) + 60)]


def test_one_that_ended_stands_for_what_was_before(control: ControlStore, site: Site) -> None:
    kept = made(control, site, USERS)
    control.corrections.ended(site, kept.id, 1_800_000_000, by="ada@example.org")
    assert control.corrections.standing(site.id) == [replace(kept, until=1_800_000_000)]


def test_only_old_ones_that_stand_are_settled_and_each_once(control: ControlStore, site: Site, watch: Watch) -> None:
    old, taken_back = made(control, site, SPAM), made(control, site, USERS)
    control.corrections.undone(site, taken_back.id, by="ada@example.org")
    control.corrections.propose(site, USERS)
    watch.now += 86400
    made(control, site, USERS)
    assert control.corrections.settle(site.id, int(NOON) + 1) == [old.id]
    assert control.corrections.settle(site.id, int(NOON) + 1) == []
    assert control.corrections.standing(site.id)[0].settled_at == int(watch.now)


def test_all_of_it_is_in_the_log_with_who_did_it(control: ControlStore, site: Site) -> None:
    for _ in range(2):
        made(control, site, USERS)
    control.corrections.undone(site, 1, by="ada@example.org")
    control.corrections.ended(site, 2, 1_800_000_000, by="bob@example.org")
    latest = [(record.who, record.what, record.subject) for record in control.audit.latest(3)]
    assert latest == [
        ("bob@example.org", "correction ended", "example.org: 2"),
        ("ada@example.org", "correction undone", "example.org: 1"),
        ("ada@example.org", "correction made", "example.org: 2, rename"),
    ]


def test_each_site_has_its_own(control: ControlStore, site: Site) -> None:
    other = control.sites.add("other.example", "UTC")
    kept = made(control, site, USERS)
    assert control.corrections.all(other) == []
    for refused in (
        lambda: control.corrections.undone(other, kept.id, by=""),
        lambda: control.corrections.ended(other, kept.id, 0, by=""),
    ):
        with pytest.raises(NotFound):
            refused()


def test_one_cannot_be_undone_twice(control: ControlStore, site: Site) -> None:
    kept = made(control, site, USERS)
    control.corrections.undone(site, kept.id, by="")
    with pytest.raises(NotFound):
        control.corrections.undone(site, kept.id, by="")


def test_there_is_a_most(control: ControlStore, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is looked at for every event that comes."""
    monkeypatch.setattr(module, "MOST", 1)
    made(control, site, USERS)
    with pytest.raises(InvalidInput) as refused:
        control.corrections.propose(site, SPAM)
    assert refused.value.field == "filters"


@pytest.mark.parametrize("kind", ["delete", "rename"])
def test_one_that_ended_and_is_settled_makes_room_for_another(
    control: ControlStore, site: Site, watch: Watch, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """As long as it can be undone, or holds for what comes, it takes its place."""
    monkeypatch.setattr(module, "MOST", 1)
    kept = made(control, site, SPAM if kind == "delete" else USERS)
    control.corrections.ended(site, kept.id, int(watch.now), by="")
    with pytest.raises(InvalidInput):
        control.corrections.propose(site, USERS)
    control.corrections.settle(site.id, int(NOON) + 1)
    made(control, site, USERS)
    control.corrections.settle(site.id, int(NOON) + 1)
    with pytest.raises(InvalidInput):
        control.corrections.propose(site, USERS)


def test_they_go_with_their_site(control: ControlStore, site: Site) -> None:
    made(control, site, USERS)
    control.sites.remove(site)
    assert control.corrections.all(site) == []
    with pytest.raises(NotFound):
        control.corrections.propose(site, USERS)
