"""Shared links: what is kept of them, how they are found, and what is refused."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from analytics.errors import InvalidInput, NotFound
from analytics.site import SharedLink, Site
from analytics.store.control.store import ControlStore
from analytics.store.control.throttle import ATTEMPTS, WINDOW, TooManyAttempts
from tests.store.watch import Watch

WORDS = "four words walk home"


def put(control: ControlStore, site: Site, password: str = "", **fields: Any) -> SharedLink:
    return control.shared_links.put(site, SharedLink(**{"name": "The board", **fields}), password, by="ada")


def test_a_link_is_found_by_its_token_alone(control: ControlStore, site: Site) -> None:
    """D51: and comes back as it was kept, with a token that nobody can guess."""
    made = put(
        control, site, sections=(" Shop ", "Shop"), panels=("pages",), filters=[["is", "visit:channel", ["Direct"]]],
        first=date(2026, 1, 1), last=date(2026, 6, 30), expires=date(2027, 1, 1), exports=True, counter=True,
        hosts=("https://www.Example.com/", "*.example.net", "localhost:3000"),
    )  # fmt: skip
    assert replace(made, token="") == SharedLink(
        id=1, name="The board", sections=("Shop",), panels=("pages",), filters=[["is", "visit:channel", ["Direct"]]],
        first=date(2026, 1, 1), last=date(2026, 6, 30), expires=date(2027, 1, 1), exports=True, counter=True,
        hosts=("example.com", "*.example.net", "localhost:3000"),
    )  # fmt: skip
    assert len(made.token) == 43
    assert control.shared_links.find(made.token) == (site.id, made)
    assert control.shared_links.find(made.token[:-1]) is None
    assert control.shared_links.find("\ud800") is None
    assert control.shared_links.all(site) == [made]


def test_a_change_keeps_the_address(control: ControlStore, site: Site) -> None:
    """Who has the address sees what the link shows from now on."""
    made = put(control, site)
    changed = control.shared_links.put(site, replace(made, name="Everyone", panels=("sources",)), by="ada")
    assert changed == replace(made, name="Everyone", panels=("sources",))
    assert control.shared_links.find(made.token) == (site.id, changed)


def test_a_revoked_link_is_gone_at_once(control: ControlStore, site: Site) -> None:
    """With an audit record of each step, and never with the token in it."""
    made = put(control, site)
    control.shared_links.remove(site, made.id, by="ada")
    assert control.shared_links.find(made.token) is None
    with pytest.raises(NotFound):
        control.shared_links.remove(site, made.id, by="ada")
    records = [(each.who, each.what, each.subject) for each in control.audit.latest(2)]
    assert records == [
        ("ada", "shared link revoked", "example.org: The board"), ("ada", "shared link made", "example.org: The board"),
    ]  # fmt: skip


def test_links_go_with_their_site(control: ControlStore, site: Site) -> None:
    """What was shared of a site that was removed is shown to nobody."""
    made = put(control, site)
    control.sites.remove(site)
    assert control.shared_links.find(made.token) is None


def test_another_sites_links_cannot_be_changed(control: ControlStore, site: Site) -> None:
    """A number of a link opens nothing on another site."""
    made, other = put(control, site), control.sites.add("example.net", "UTC")
    with pytest.raises(NotFound):
        control.shared_links.put(other, replace(made, name="Mine now"), by="eve")
    with pytest.raises(NotFound):
        control.shared_links.remove(other, made.id, by="eve")
    assert control.shared_links.all(other) == []


def test_a_password_opens_its_link_and_can_be_changed(control: ControlStore, site: Site) -> None:
    """Left out, the one that is kept stays; a new one makes the lock another."""
    made = put(control, site, WORDS, kind="password")
    lock = control.shared_links.lock(made)
    assert control.shared_links.opens(made, WORDS)
    assert not control.shared_links.opens(made, "four words run home")
    renamed = control.shared_links.put(site, replace(made, name="Others"), by="ada")
    assert control.shared_links.lock(renamed) == lock
    control.shared_links.put(site, renamed, "another walk of words", by="ada")
    assert control.shared_links.lock(renamed) != lock
    assert not control.shared_links.opens(renamed, WORDS)


def test_guessing_is_slowed_down_link_by_link(control: ControlStore, site: Site, watch: Watch) -> None:
    """As signing in is; another link is not affected."""
    made, other = put(control, site, WORDS, kind="password"), put(control, site, WORDS, kind="password", name="Other")
    for _ in range(ATTEMPTS):
        assert not control.shared_links.opens(made, "wrong")
    with pytest.raises(TooManyAttempts):
        control.shared_links.opens(made, WORDS)
    assert control.shared_links.opens(other, WORDS)
    watch.now += WINDOW
    assert control.shared_links.opens(made, WORDS)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        pytest.param({"name": " "}, "name", id="without a name"),
        pytest.param({"name": "Taken"}, "name", id="a name that another has"),
        pytest.param({"kind": "public"}, "kind", id="a second public view"),
        pytest.param({"kind": "password"}, "password", id="a password that is missing"),
        pytest.param({"first": date(2026, 2, 1), "last": date(2026, 1, 1)}, "last", id="days that end before they begin"),
        pytest.param({"days": 7, "last": date(2026, 1, 1)}, "days", id="two ways to limit the days"),
        pytest.param({"days": -1}, "days", id="less than a day"),
        pytest.param({"days": 9999}, "days", id="more days than there are"),
        pytest.param({"hosts": ("ftp://example.org",)}, "hosts", id="a host that is none"),
        pytest.param({"hosts": ("[::1]",)}, "hosts", id="a host that no policy can name"),
        pytest.param({"hosts": ("example.org; script-src *",)}, "hosts", id="a host with a policy in it"),
        pytest.param({"sections": ("a\nb",)}, "sections", id="a section with a line end"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_names_its_field(control: ControlStore, site: Site, fields: dict[str, Any], field: str) -> None:
    """Nothing is kept of it."""
    put(control, site, name="Taken", kind="public")
    with pytest.raises(InvalidInput) as refused:
        put(control, site, **fields)
    assert refused.value.field == field
    assert len(control.shared_links.all(site)) == 1


@pytest.mark.parametrize("fields", [{"hosts": ("example.org",)}, {"counter": True}])
def test_a_view_with_a_password_is_not_shown_elsewhere(control: ControlStore, site: Site, fields: dict[str, Any]) -> None:
    """D52: there it could not ask for it without a cookie."""
    with pytest.raises(InvalidInput) as refused:
        put(control, site, WORDS, kind="password", **fields)
    assert [refused.value.field] == list(fields)
