"""Lists of what is laid down for a site, by pages."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from analytics.site import Site
from analytics.web.services import Services
from tests.web.api.conftest import Call, said


def test_a_list_is_read_page_by_page_in_both_directions(call: Call, services: Services) -> None:
    for number in range(5):
        services.control.sites.add(f"s{number}.example", "UTC")

    def page(query: str) -> tuple[list[str], Any]:
        found = call("GET", f"?{query}").json
        assert found
        return [site["domain"][:2] for site in found["sites"]], found["meta"]

    assert page("limit=2") == (["s0", "s1"], {"after": "2", "before": None, "limit": 2})
    assert page("limit=2&after=2") == (["s2", "s3"], {"after": "4", "before": "2", "limit": 2})
    assert page("limit=2&after=4") == (["s4"], {"after": None, "before": "4", "limit": 2})
    assert page("limit=2&before=4") == (["s2", "s3"], {"after": "4", "before": "2", "limit": 2})
    assert page("limit=2&after=9") == ([], {"after": None, "before": "5", "limit": 2})
    assert said(call("GET", "?limit=1001")) == 'limit: Expected a whole number from 1 to 1000, not "1001"'
    assert said(call("GET", "?limit=1&limit=2")) == "limit: Given more than once"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "segments", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("DELETE", "segments/", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("DELETE", "goals", {"GET", "HEAD", "PUT", "OPTIONS"}),
        ("POST", "notes", {"GET", "HEAD", "PUT", "OPTIONS"}),
        ("DELETE", "shared-links", {"GET", "HEAD", "PUT", "POST", "OPTIONS"}),
        ("GET", "goals/1", {"DELETE", "OPTIONS"}),
        ("PATCH", "example.org", {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}),
    ],
)
def test_a_method_that_a_path_does_not_have_is_told_from_a_wrong_key(
    call: Call, client: FlaskClient, method: str, path: str, allowed: set[str]
) -> None:
    """The name of a list is no site's domain, where the number of an entry is missing, either."""
    answer = call(method, path, {"site_id": "example.org"})
    assert said(answer, 405) == "This address exists, but it does not accept this kind of request."
    assert answer.allow == allowed
    assert client.open(f"/api/v1/sites/{path}", method=method).status_code == 405, "nor without a key"


@pytest.mark.parametrize(("method", "path"), [("GET", "goals"), ("GET", "notes?limit=3"), ("GET", "segments?site_id="), ("DELETE", "goals/1")])
def test_a_request_that_names_no_site_says_so(call: Call, site: Site, method: str, path: str) -> None:
    assert said(call(method, path)) == "site_id: Required: the domain of a site"


def test_a_site_whose_name_is_like_a_lists_is_a_site(call: Call, services: Services) -> None:
    services.control.sites.add("goals.example", "UTC")
    assert call("GET", "goals.example").status_code == 200
