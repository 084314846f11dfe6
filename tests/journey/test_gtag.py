"""Coming from Google Analytics: a page written for gtag.js, its host changed and nothing else, in the real service."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.conftest import StartService
from tests.journey.conftest import NewContext
from tests.journey.product import Line, account, at, become_owner, headline, rows, until
from tests.journey.website import Website
from tests.service import Service

SITE = "shop.localhost"
PAGE = """
<!-- Google tag (gtag.js) -->
<script async src="LINE/gtag/js?id=G-ABCDEF1234"></script>
<script>
  window.dataLayer = window.dataLayer || [];
  function gtag() { dataLayer.push(arguments); }
  gtag('js', new Date());
  gtag('set', { user_properties: { tier: 'jane-gold' }, user_data: { email: 'jane@example.org', phone: '+4712345678' } });
  gtag('config', 'G-ABCDEF1234', { user_id: 'jane-4711', client_id: '1234567890.1687' });
  gtag('event', 'login', { method: 'Google', email: 'jane@example.org' });
  gtag('event', 'sign_up', { method: 'mail' });
  gtag('event', 'search', { search_term: 'shoes' });
</script>
<script>
  addEventListener('load', () => {
    const shoes = { item_id: 'S1', item_name: 'Shoes', price: 40, quantity: 2 };
    gtag('event', 'view_item', { currency: 'EUR', value: 40, items: [shoes] });
    gtag('event', 'add_to_cart', { currency: 'EUR', value: 80, items: [shoes] });
    gtag('event', 'begin_checkout', { currency: 'EUR', value: 80, items: [shoes], session_id: '1687000000' });
    gtag('event', 'purchase', { transaction_id: 'jane-T1', currency: 'EUR', value: 80.5, items: [shoes] });
    gtag('event', 'refund', { transaction_id: 'jane-T1', currency: 'EUR', value: 40 });
    dataLayer.push({ event: 'newsletter', visitorId: 'jane-visitor', topic: 'walking' });
  });
</script>
"""
"""Ten calls that count: config, and nine events."""
EVENTS = ("pageview", "login", "sign_up", "search", "view_item", "add_to_cart", "begin_checkout", "purchase", "refund", "newsletter")
SECRETS = (b"jane", b"4711", b"1234567890", b"1687", b"+4712345678", b"gold")


@pytest.fixture
def service(start_service: StartService) -> Service:
    service = start_service()
    service.command("site", "add", SITE)
    return service


@pytest.fixture
def line(service: Service) -> Iterator[Line]:
    with closing(Line(service)) as line:
        yield line


def test_a_page_with_ten_calls_delivers_ten_events_and_no_identifier(
    service: Service, line: Line, website: Website, page: Page, new_context: NewContext
) -> None:
    """D33: neither in the network, nor on the disk, nor in an answer; the dashboard says how many were left out."""
    page.goto(website.page("/a", tag=PAGE.replace("LINE", line.url)).replace("127.0.0.1", SITE))
    line.wait_for(1, "newsletter")
    page.evaluate("Promise.all(window.underWay)")
    until(lambda: len(line.messages) == 10, "ten messages")
    assert sorted(message.event["n"] for message in line.messages) == sorted(EVENTS)
    assert {(message.status, message.dropped) for message in line.messages} == {(202, "")}
    assert [secret for secret in SECRETS if secret in repr(line.messages).encode()] == []

    found = service.query(SITE, "events", dimensions=["event:name"])
    assert {row["dimensions"][0]: row["metrics"][0] for row in found} == dict.fromkeys(EVENTS, 1)
    assert _properties(service, "login", "method", "email") == ["Google", "(none)"]
    assert _properties(service, "purchase", "item_name", "items", "transaction_id") == ["Shoes", "2", "(none)"]
    assert _properties(service, "newsletter", "topic", "visitorId") == ["walking", "(none)"]
    assert _revenue(service, "purchase", "refund") == {"purchase": 80.5, "refund": -40}
    assert _secrets_on_disk(service.data) == []

    owner = new_context().new_page()
    become_owner(owner, service)
    owner.goto(at(service, f"/{SITE}"))
    until(lambda: owner.reload() and account(owner) == (10, 10, 0), "ten received, ten counted, none dropped")
    assert (headline(owner)["visitors"], headline(owner)["pageviews"]) == ("1", "1")
    assert rows(owner, "pages") == {"/a": ("1", "1")}
    left_out = sum(message.event.get("x", 0) for message in line.messages)
    assert left_out == 10 * 5 + 1 + 1 + 1 + 1 + 1
    assert f"{left_out} parameters that identify a person" in owner.locator("#panel-ledger").inner_text()


def test_a_sites_own_script_takes_googles_calls_when_it_is_told_to(service: Service, line: Line, website: Website, page: Page) -> None:
    """Page views stay its own: config counts none besides."""
    key = service.command("key", "add", "--site", SITE)
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    assert service.request("PUT", f"/api/v1/sites/{SITE}", b'{"features": ["gtag"]}', headers).status == 200
    own = f'<script defer src="{line.url}/js/footfall.js" data-domain="{SITE}"></script>'
    calls = PAGE.replace('<script async src="LINE/gtag/js?id=G-ABCDEF1234"></script>', own)
    page.goto(website.page("/a", tag=calls).replace("127.0.0.1", SITE))
    line.wait_for(1, "newsletter")
    page.evaluate("Promise.all(window.underWay)")
    until(lambda: len(line.messages) == 10, "ten messages")
    assert sorted(message.event["n"] for message in line.messages) == sorted(EVENTS)
    page.evaluate("history.pushState({}, '', '/b')")
    line.wait_for(2)


def _properties(service: Service, name: str, *keys: str) -> list[str]:
    """The values of these properties of the one event of this name."""
    dimensions = [f"event:props:{key}" for key in keys]
    [row] = service.query(SITE, "events", dimensions=dimensions, filters=[["is", "event:name", [name]]])
    found: list[str] = row["dimensions"]
    return found


def _revenue(service: Service, *names: str) -> dict[str, Any]:
    """Of goals made afterwards."""
    key = service.command("key", "add", "--site", SITE)
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    for name in names:
        body = f'{{"site_id": "{SITE}", "goal_type": "event", "event_name": "{name}", "currency": "EUR"}}'.encode()
        assert service.request("PUT", "/api/v1/sites/goals", body, headers).status == 200
    found = service.query(SITE, "total_revenue", dimensions=["event:goal"])
    return {row["dimensions"][0]: row["metrics"][0]["value"] for row in found}


def _secrets_on_disk(data: Path) -> list[tuple[str, bytes]]:
    files = [path for path in data.rglob("*") if path.is_file()]
    return [(path.name, secret) for path in files for secret in SECRETS[:1] if secret in path.read_bytes()]
