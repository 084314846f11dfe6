"""Shared links as programs find, make and revoke them."""

from typing import Any

import pytest

from analytics.site import Site
from analytics.web.services import Services
from tests.web.api.conftest import Call, said


def test_a_shared_link_is_found_or_made_and_revoked(call: Call, services: Services, site: Site) -> None:
    """As Plausible's clients ask for it: by name alone; the same request gives the same address."""
    made = call("PUT", "shared-links", {"site_id": "example.org", "name": "The board"}).json
    (link,) = services.control.shared_links.all(site)
    assert made
    assert (made["name"], made["url"]) == ("The board", f"http://stats.example.org/share/{link.token}")
    assert call("PUT", "shared-links", {"site_id": "example.org", "name": "The board"}).json == made
    said(call("POST", "shared-links", {"site_id": "example.org", "name": "The board"}), 400)
    limited = {
        "site_id": "example.org", "name": "Everyone", "kind": "public", "sections": ["/blog"], "panels": ["pages"],
        "filters": [["is", "visit:channel", ["Direct"]]], "first": "2026-01-01", "last": "2026-06-30",
        "expires": "2027-01-01", "exports": True, "hosts": ["example.com"], "counter": True,
    }  # fmt: skip
    entry = call("POST", "shared-links", limited).json
    assert entry == {
        **{name: value for name, value in limited.items() if name != "site_id"},
        "domain": "example.org", "id": 2, "url": "http://stats.example.org/public/example.org", "dashboard": "main", "days": 0,
    }  # fmt: skip
    listed = call("GET", "shared-links?site_id=example.org").json
    assert listed
    assert listed["shared_links"] == [made, entry]
    assert call("DELETE", "shared-links/1?site_id=example.org").json == {"deleted": True}
    assert [each.name for each in services.control.shared_links.all(site)] == ["Everyone"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": ""}, "#/name: Enter a name for the link"),
        ({"kind": "secret"}, "#/kind: Invalid enum value"),
        ({"kind": "password"}, "#/password: Choose a password"),
        ({"first": "tomorrow"}, "#/first: "),
        ({"days": 7, "last": "2026-01-01"}, "#/days: Choose either"),
        ({"hosts": ["ftp://x"]}, "#/hosts: "),
        ({"filters": [["is"]]}, "#/filters: "),
        ({"filters": [["is", "segment", [9]]]}, "#/filters: There is no segment 9"),
    ],
)  # fmt: skip
def test_a_shared_link_that_cannot_be_says_why(call: Call, services: Services, site: Site, fields: Any, told: str) -> None:
    """At the field of the request; nothing is made."""
    answer = call("POST", "shared-links", {"site_id": "example.org", "name": "The board", **fields})
    assert said(answer, 400).startswith(told)
    assert services.control.shared_links.all(site) == []
