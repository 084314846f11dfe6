"""Lists of what is laid down for a site, by pages."""

from typing import Any

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
