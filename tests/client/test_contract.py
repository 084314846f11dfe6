"""One contract, four frameworks: what a site answers arrives in the real service, each page once (D31)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from tests.client.conftest import MakeSite
from tests.client.frameworks import FRAMEWORKS
from tests.service import CHROME

BROWSER = {"user-agent": CHROME, "accept": "text/html,*/*;q=0.8", "accept-language": "de-AT,en;q=0.5", "sec-fetch-dest": "document"}


class Case(NamedTuple):
    """One request, and what it is counted as."""

    path: str
    headers: Mapping[str, str] = {}
    options: Mapping[str, Any] = {}
    counted: str = "pageview"
    page: str = ""
    """As it stands in the dashboard, if not as it was asked for."""


CASES = {
    "page": Case("/"),
    "page below": Case("/blog/first"),
    "t8_encoded_page": Case("/%E8%AE%BA%E6%96%87", page="/论文"),
    "page with a query": Case("/shop", options={"query": "utm_source=mail&token=secret"}),
    "page that did not change": Case("/unchanged"),
    "boosted link": Case("/boosted", {"hx-request": "true", "hx-boosted": "true", "sec-fetch-dest": "empty"}),
    "Turbo": Case("/turbo", {"x-turbo-request-id": "1", "sec-fetch-dest": "empty"}),
    "in an app": Case("/in-app", {"x-requested-with": "com.facebook.katana"}),
    "old browser": Case("/old", {"sec-fetch-dest": ""}),
    "file": Case("/downloads/plan.pdf", {"sec-fetch-dest": "empty"}, counted="File Download"),
    "not found": Case("/gone", counted="404"),
    "own event": Case("/order"),
    "own event, and a redirect": Case("/checkout", options={"method": "POST"}, counted=""),
    "moved": Case("/moved", counted=""),
    "broken": Case("/broken", counted=""),
    "data": Case("/api/stock", counted=""),
    "style": Case("/style.css", counted=""),
    "picture that did not change": Case("/unchanged.png", counted=""),
    "head": Case("/head", options={"method": "HEAD"}, counted=""),
    "posted": Case("/posted", options={"method": "POST"}, counted=""),
    "prefetch": Case("/ahead", {"sec-purpose": "prefetch"}, counted=""),
    "prerender": Case("/ahead", {"sec-purpose": "prefetch;prerender"}, counted=""),
    "prefetch of old": Case("/ahead", {"purpose": "prefetch"}, counted=""),
    "fetched by script": Case("/piece", {"sec-fetch-dest": "empty"}, counted=""),
    "in a frame": Case("/piece", {"sec-fetch-dest": "iframe"}, counted=""),
    "htmx": Case("/piece", {"hx-request": "true"}, counted=""),
    "XMLHttpRequest": Case("/piece", {"sec-fetch-dest": "", "x-requested-with": "XMLHttpRequest"}, counted=""),
    "Turbo frame": Case("/piece", {"turbo-frame": "cart", "x-turbo-request-id": "2"}, counted=""),
    "excluded": Case("/admin/users", counted=""),
    "gpc": Case("/objected", {"sec-gpc": "1"}, counted=""),
    "dnt": Case("/objected", {"dnt": "1"}, counted=""),
    "own event of one who objects": Case("/checkout", {"sec-gpc": "1"}, {"method": "POST"}, counted=""),
    "no browser": Case("/anonymous", {"user-agent": ""}, counted=""),
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_d31_what_a_site_answers_is_counted_once(framework: str, make_site: MakeSite) -> None:
    """Pages, files, pages that are not there and own events; nothing that nobody looks at."""
    domain = f"{framework.replace(', ', '-')}.test"
    service, key = make_site(domain)
    footfall, ask = FRAMEWORKS[framework](
        endpoint=service.url, key=key, site=domain, files=["/downloads/*"], not_found=True, exclude=["/admin*"],
    )  # fmt: skip
    for case in CASES.values():
        ask(case.path, BROWSER | case.headers, **case.options)
    assert footfall.flush(20)
    footfall.close()

    expected = {(case.counted, case.page or case.path) for case in CASES.values() if case.counted}
    expected |= {("Order", "/order"), ("Order", "/checkout")}
    rows = service.query(domain, "events", "visitors", dimensions=["event:name", "event:page"])
    assert {tuple(row["dimensions"]): row["metrics"] for row in rows} == {where: [1, 1] for where in expected}
    assert footfall.tally().accepted == len(expected)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_d31_who_came_and_from_where_is_told_as_the_script_tells_it(framework: str, make_site: MakeSite) -> None:
    """Two people behind one proxy; the first came by a link. The proxy's word is believed, a stranger's is not (T13)."""
    domain = f"who-{framework.replace(', ', '-')}.test"
    service, key = make_site(domain)
    footfall, ask = FRAMEWORKS[framework](endpoint=service.url, key=key, site=domain)
    linked = BROWSER | {"referer": "https://news.ycombinator.com/item?id=4711#c1", "x-forwarded-for": "198.51.100.4, 10.0.0.2"}
    ask("/landing", linked, peer="10.0.0.1")
    ask("/more", BROWSER | {"x-forwarded-for": "198.51.100.4"}, peer="10.0.0.1")
    ask("/landing", BROWSER | {"x-forwarded-for": "198.51.100.5"}, peer="127.0.0.1")
    ask("/more", BROWSER | {"x-forwarded-for": "203.0.113.77"}, peer="198.51.100.5")
    assert footfall.flush(20)
    footfall.close()

    assert service.query(domain, "visitors", "visits", "pageviews")[0]["metrics"] == [2, 2, 4]
    sources = service.query(domain, "visits", dimensions=["visit:source"])
    assert {row["dimensions"][0]: row["metrics"][0] for row in sources} == {"Hacker News": 1, "Direct / None": 1}
    facts = service.query(domain, "visits", dimensions=["visit:language", "visit:browser", "visit:device"])
    assert [row["dimensions"] for row in facts] == [["de", "Chrome", "Desktop"]]
