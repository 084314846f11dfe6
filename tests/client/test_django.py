"""What is Django's own: settings, the hook by its dotted path, hosts that are not allowed, asynchronous views."""

import asyncio
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.asyncio import async_unsafe

from analytics.client import Request
from analytics.client.django import footfall
from tests.client.conftest import Scripted
from tests.client.frameworks import asgi_browser, configured, wsgi_browser

BROWSER = {"user-agent": "Mozilla/5.0 Chrome/140", "sec-fetch-dest": "document"}


def not_staff(request: Request) -> bool:
    assert isinstance(request.native, HttpRequest)
    return "staff" not in request.native.GET


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a slip of the pen": ({"endpont": "https://stats.example.org"}, "FOOTFALL_ENDPONT is no setting of Footfall; there are FOOTFALL_ENDPOINT"),
    "no endpoint": ({"key": "k"}, r"FOOTFALL_\.\.\. endpoint: write it such as"),
    "no key": ({"endpoint": "https://stats.example.org"}, r"FOOTFALL_\.\.\. key: make one with"),
}


@pytest.mark.parametrize(("given", "message"), REFUSED.values(), ids=REFUSED)
def test_settings_that_cannot_be_used_stop_the_start(given: dict[str, Any], message: str) -> None:
    with configured(**given), pytest.raises(ImproperlyConfigured, match=message):
        WSGIHandler()


def test_switched_off_it_is_not_among_the_middleware() -> None:
    """Django leaves it out, and asks for no endpoint."""
    with configured(enabled=False):
        assert wsgi_browser(WSGIHandler())("/", BROWSER) == 200
        footfall().event("Sign-up")
        assert footfall().tally().waiting == 0


def test_the_hook_may_be_named_by_its_path(collector: Scripted) -> None:
    """It sees Django's own request, after the middleware has put into it what it knows."""
    with configured(endpoint=collector.url, key="k", site="example.org", should_count=f"{__name__}.not_staff"):
        ask = wsgi_browser(WSGIHandler())
        ask("/a", BROWSER, query="staff=1")
        ask("/b", BROWSER)
        assert footfall().flush()
        footfall().close()
    assert [event["u"] for event in collector.events] == ["https://www.example.org/b"]


@async_unsafe
def not_staff_by_database(request: Request) -> bool:
    return not_staff(request)


def test_the_hook_may_ask_the_database_in_an_asynchronous_application(collector: Scripted) -> None:
    """``request.user`` does, and Django refuses that where it would hold up the loop."""
    with configured(endpoint=collector.url, key="k", site="example.org", should_count=not_staff_by_database):
        ask = asgi_browser(ASGIHandler())
        ask("/a", BROWSER, query="staff=1")
        ask("/b", BROWSER)
        assert footfall().flush()
        footfall().close()
    assert [event["u"] for event in collector.events] == ["https://www.example.org/b"]


def test_a_host_that_is_not_allowed_is_not_counted(collector: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever stands in its place: it is a stranger's claim. It is no problem worth a line in the log either."""
    with configured(endpoint=collector.url, key="k", site="example.org"):
        ask = wsgi_browser(WSGIHandler())
        ask("/", BROWSER | {"host": "evil.test"})
        ask("/", BROWSER)
        assert footfall().flush()
        footfall().close()
    assert [event["u"] for event in collector.events] == ["https://www.example.org/"]
    assert [record for record in caplog.records if record.name == "footfall"] == []


async def wait_and_order(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(0)
    footfall().event("Order")
    return HttpResponse("thanks")


def test_an_asynchronous_view_counts_for_its_own_visitor(collector: Scripted) -> None:
    with configured(endpoint=collector.url, key="k", site="example.org", urls=(path("order", wait_and_order),)):
        asgi_browser(ASGIHandler())("/order", BROWSER, peer="203.0.113.77")
        assert footfall().flush()
        footfall().close()
    assert sorted((event["n"], event["ip"]) for event in collector.events) == [
        ("Order", "203.0.113.77"),
        ("pageview", "203.0.113.77"),
    ]
