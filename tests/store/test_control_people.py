"""Who belongs to an instance: invited once, changed, removed; an owner is always left."""

import pytest

from analytics.errors import InvalidInput, NotFound
from analytics.site import Site
from analytics.store.control.access import MOST_SECTIONS
from analytics.store.control.people import INVITATION_VALID, OWNER, VIEWER, Person
from analytics.store.control.store import ControlStore
from tests.store.watch import GOOD, NOON, Watch

NEW = "eight tall birch trees"


def noted(control: ControlStore, how_many: int = 1) -> list[tuple[str, str, str]]:
    return [(record.who, record.what, record.subject) for record in control.audit.latest(how_many)]


# --- invitations ---------------------------------------------------------------------------------------


def test_somebody_invited_chooses_a_name_and_a_password_once(control: ControlStore, owner: Person, site: Site) -> None:
    grace, token = control.people.invite("Grace@Example.org ", VIEWER, {site.id: None}, by=owner.email)
    assert grace == Person(grace.id, "grace@example.org", "", VIEWER)
    assert noted(control) == [("ada@example.org", "person invited", "grace@example.org, viewer")]
    assert control.people.invited(token) == grace
    assert control.people.join(token, " Grace ", NEW) == Person(grace.id, "grace@example.org", "Grace", VIEWER)
    assert noted(control) == [("grace@example.org", "invitation accepted", "")]
    assert control.people.authenticate("grace@example.org", NEW) == Person(grace.id, "grace@example.org", "Grace", VIEWER)
    assert control.people.access.of(grace.id) == {site.id: None}
    assert control.people.invited(token) is None
    with pytest.raises(InvalidInput, match="This invitation was used"):
        control.people.join(token, "Eve", NEW)


def test_an_invitation_ends_after_seven_days_or_with_a_newer_one(control: ControlStore, owner: Person, watch: Watch) -> None:
    grace, first = control.people.invite("grace@example.org", VIEWER, {})
    second = control.people.invitation(grace.id, by=owner.email)
    assert (control.people.invited(first), control.people.invited(second)) == (None, grace)
    watch.now = NOON + INVITATION_VALID
    assert control.people.invited(second) is None


def test_nobody_signs_in_before_they_joined(control: ControlStore, owner: Person) -> None:
    control.people.invite("grace@example.org", VIEWER, {})
    assert control.people.authenticate("grace@example.org", "") is None
    assert control.people.authenticate("grace@example.org", GOOD) is None


@pytest.mark.parametrize(
    ("email", "role", "field"),
    [("grace", VIEWER, "email"), ("ADA@example.org", VIEWER, "email"), ("grace@example.org", "king", "role")],
)
def test_an_invitation_that_cannot_be_made_names_the_field(
    control: ControlStore, owner: Person, email: str, role: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        control.people.invite(email, role, {})
    assert caught.value.field == field
    assert len(control.members.all()) == 1


def test_a_password_that_will_not_do_leaves_the_invitation_good(control: ControlStore, owner: Person) -> None:
    grace, token = control.people.invite("grace@example.org", VIEWER, {})
    with pytest.raises(InvalidInput, match="Use at least 12 characters"):
        control.people.join(token, "Grace", "short")
    assert control.people.invited(token) == grace


def test_an_invitation_by_a_command_does_not_lock_the_first_owner_out(control: ControlStore) -> None:
    control.people.invite("ada@example.org", VIEWER, {})
    token = control.people.setup_token()
    assert token
    assert control.people.create_owner(token, "ada@example.org", "Ada", GOOD).role == OWNER


# --- access --------------------------------------------------------------------------------------------


def test_access_is_all_of_a_site_or_sections_of_it(control: ControlStore, owner: Person, site: Site) -> None:
    other = control.sites.add("other.example", "UTC")
    grace, _ = control.people.invite("grace@example.org", VIEWER, {site.id: ("Shop", "Shop", "/blog/")})
    assert control.people.access.of(grace.id) == {site.id: ("Shop", "/blog")}
    control.members.change(grace.id, VIEWER, {site.id: None, other.id: ("/",), "nowhere": None}, by=owner.email)
    assert control.people.access.of(grace.id) == {site.id: None, other.id: ("/",)}
    assert noted(control) == [("ada@example.org", "person changed", "grace@example.org, viewer, 3 sites, 1 of them in part")]
    control.sites.remove(other)
    assert control.people.access.of(grace.id) == {site.id: None}


@pytest.mark.parametrize("sections", [(), ("  ",), tuple(f"/{number}" for number in range(MOST_SECTIONS + 1))])
def test_access_to_no_section_or_too_many_is_refused_and_nothing_changes(
    control: ControlStore, owner: Person, site: Site, sections: tuple[str, ...]
) -> None:
    """An empty list must never come to mean all."""
    grace, _ = control.people.invite("grace@example.org", VIEWER, {site.id: ("Shop",)})
    with pytest.raises(InvalidInput) as caught:
        control.members.change(grace.id, VIEWER, {site.id: sections})
    assert caught.value.field == "access"
    assert control.people.access.of(grace.id) == {site.id: ("Shop",)}


def test_an_owner_has_no_access_of_their_own_and_a_viewer_made_owner_loses_it(
    control: ControlStore, owner: Person, site: Site
) -> None:
    """So that who is a viewer again sees nothing until it is given."""
    grace, _ = control.people.invite("grace@example.org", VIEWER, {site.id: None})
    control.members.change(grace.id, OWNER, {site.id: None})
    control.members.change(grace.id, VIEWER, {})
    assert control.people.access.of(grace.id) == {}


# --- members -------------------------------------------------------------------------------------------


def test_the_list_says_who_came_in_and_when_they_were_here(control: ControlStore, owner: Person, site: Site, watch: Watch) -> None:
    control.people.sign_in(owner)
    grace, _ = control.people.invite("grace@example.org", VIEWER, {site.id: ("Shop",)})
    ada, waiting = control.members.all()
    assert (ada.person, ada.joined, ada.invited_until, ada.seen and ada.seen.timestamp(), ada.given) == (owner, True, None, NOON, {})
    assert (waiting.person, waiting.joined, waiting.seen, waiting.given) == (grace, False, None, {site.id: ("Shop",)})
    assert waiting.invited_until
    assert waiting.invited_until.timestamp() == NOON + INVITATION_VALID


def test_somebody_removed_is_signed_out_and_gone(control: ControlStore, owner: Person, site: Site) -> None:
    grace, token = control.people.invite("grace@example.org", VIEWER, {site.id: None})
    cookie = control.people.sign_in(control.people.join(token, "Grace", NEW))
    control.members.remove(grace.id, by=owner.email)
    assert control.people.signed_in(cookie) is None
    assert noted(control) == [("ada@example.org", "person removed", "grace@example.org")]
    with pytest.raises(NotFound):
        control.members.remove(grace.id)


def test_the_last_owner_can_be_neither_removed_nor_made_a_viewer(control: ControlStore, owner: Person) -> None:
    """An invited owner who has not come in does not count: nobody could sign in as one."""
    second, token = control.people.invite("grace@example.org", OWNER, {})
    for attempt, field in ((lambda: control.members.remove(owner.id), "person"), (lambda: control.members.change(owner.id, VIEWER, {}), "role")):
        with pytest.raises(InvalidInput, match="the only owner who can sign in") as caught:
            attempt()
        assert caught.value.field == field
    control.people.join(token, "Grace", NEW)
    control.members.change(owner.id, VIEWER, {})
    assert [member.person.role for member in control.members.all()] == [OWNER, VIEWER]
    assert control.people.by_id(second.id).decides


# --- one's own account ---------------------------------------------------------------------------------


def test_a_name_changes_alone_and_an_address_with_the_password(control: ControlStore, owner: Person) -> None:
    assert control.own_account.rename(owner, "Ada L.", owner.email, "").name == "Ada L."
    with pytest.raises(InvalidInput, match="not your password") as caught:
        control.own_account.rename(owner, "Ada", "ada@other.example", "wrong")
    assert caught.value.field == "current"
    assert control.own_account.rename(owner, "Ada", "Ada@other.example", GOOD).email == "ada@other.example"
    assert noted(control) == [("ada@example.org", "e-mail address changed", "ada@other.example")]


def test_an_address_that_somebody_has_is_refused(control: ControlStore, owner: Person) -> None:
    control.people.invite("grace@example.org", VIEWER, {})
    with pytest.raises(InvalidInput, match="already an account"):
        control.own_account.rename(owner, "Ada", "grace@example.org", GOOD)


def test_a_new_password_ends_every_other_sign_in(control: ControlStore, owner: Person) -> None:
    here, there = control.people.sign_in(owner), control.people.sign_in(owner)
    with pytest.raises(InvalidInput) as caught:
        control.own_account.change_password(owner, "wrong", NEW, here)
    assert caught.value.field == "old"
    assert control.people.signed_in(there) == owner
    control.own_account.change_password(owner, GOOD, NEW, here)
    assert (control.people.signed_in(here), control.people.signed_in(there)) == (owner, None)
    assert control.people.authenticate(owner.email, NEW) == owner


def test_where_one_is_signed_in_and_out_elsewhere(control: ControlStore, owner: Person, watch: Watch) -> None:
    here = control.people.sign_in(owner)
    watch.now = NOON + 600
    control.people.sign_in(owner)
    found = control.own_account.sign_ins(owner, here)
    assert [(each.begun.timestamp() - NOON, each.here) for each in found] == [(600, False), (0, True)]
    control.own_account.sign_out_elsewhere(owner, here)
    assert [each.here for each in control.own_account.sign_ins(owner, here)] == [True]
