"""The examples in docs/client.md do what they say."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import path

from analytics.client import Footfall, Request
from tests.client.conftest import Scripted
from tests.client.frameworks import HOST, asgi_browser, configured, wsgi_browser

BROWSER = {"user-agent": "Mozilla/5.0 Chrome/140", "sec-fetch-dest": "document"}
SIGN_UP = ("Sign-up", f"https://{HOST}/sign-up", {"plan": "large"}, {"amount": "49.00", "currency": "EUR"})
WELCOME = ("pageview", f"https://{HOST}/", None, None)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    monkeypatch.setenv("FOOTFALL_KEY", "key")
    with closing(Scripted()) as scripted:
        yield scripted


@pytest.fixture
def examples(pages: dict[str, str], collector: Scripted) -> dict[str, list[str]]:
    """Heading -> blocks of Python below it, with a server that is there."""
    page = pages["docs/client.md"].replace("https://stats.example.org", collector.url)
    chapters = re.findall(r"^##+ (.+?)\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
    return {heading: re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for heading, text in chapters}


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(code, "docs/client.md", "exec"), names)
    return names


def told(collector: Scripted, footfall: Footfall) -> list[tuple[Any, ...]]:
    assert footfall.flush()
    footfall.close()
    return [(event["n"], event["u"], event.get("p"), event.get("$")) for event in collector.events]


def test_the_example_for_flask_counts_pages_and_sign_ups(examples: dict[str, list[str]], collector: Scripted) -> None:
    (code,) = examples["Flask"]
    names = run(code)
    ask = wsgi_browser(names["app"])
    assert [ask("/", BROWSER), ask("/sign-up", BROWSER, method="POST")] == [200, 204]
    assert told(collector, names["footfall"]) == [WELCOME, SIGN_UP]


def test_the_example_for_starlette_counts_pages_and_sign_ups(examples: dict[str, list[str]], collector: Scripted) -> None:
    (code,) = examples["Starlette, FastAPI, and other ASGI applications"]
    names = run(code)
    ask = asgi_browser(names["app"])
    assert [ask("/", BROWSER), ask("/sign-up", BROWSER, method="POST")] == [200, 204]
    assert told(collector, names["footfall"]) == [WELCOME, SIGN_UP]


def test_the_example_for_django_counts_pages_and_sign_ups(examples: dict[str, list[str]], collector: Scripted) -> None:
    settings, view = map(run, examples["Django"])
    urls = (path("sign-up", view["sign_up"]), path("", lambda request: HttpResponse("Welcome")))
    given = {name.removeprefix("FOOTFALL_").lower(): value for name, value in settings.items() if name.startswith("FOOTFALL_")}
    with configured(middleware=settings["MIDDLEWARE"], urls=urls, **given):
        ask = wsgi_browser(WSGIHandler())
        assert [ask("/", BROWSER), ask("/sign-up", BROWSER, method="POST")] == [200, 204]
        assert told(collector, view["footfall"]()) == [WELCOME, SIGN_UP]


def test_the_example_beside_the_script_counts_files_and_missing_pages_alone(examples: dict[str, list[str]], collector: Scripted) -> None:
    """Files and missing pages are counted, pages are not."""
    (code,) = examples["Beside the script"]
    footfall = run(code)["footfall"]

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("404 Not Found" if environ["PATH_INFO"] == "/gone" else "200 OK", [("Content-Type", "text/html")])
        return [b""]

    ask = wsgi_browser(footfall.wsgi(app))
    for page in ("/", "/downloads/a.zip", "/feed.xml", "/gone"):
        ask(page, BROWSER | {"accept": "text/html", "referer": "https://news.test/?q=1"})
    assert [(name, props) for name, _, props, _ in told(collector, footfall)] == [
        ("File Download", {"url": f"https://{HOST}/downloads/a.zip"}),
        ("File Download", {"url": f"https://{HOST}/feed.xml"}),
        ("404", {"path": "/gone", "from": "https://news.test/"}),
    ]


def test_events_of_your_own(examples: dict[str, list[str]], collector: Scripted) -> None:
    code = examples["Events of your own"][-1]
    footfall = run(code)["footfall"]
    assert told(collector, footfall) == [
        ("Renewal", "https://example.org/account", {"plan": "large"}, {"amount": "49.00", "currency": "EUR"})
    ]
    assert collector.events[0]["visitor"] == "customer-17"


def test_the_example_of_should_count_leaves_staff_out(examples: dict[str, list[str]]) -> None:
    (code,) = examples["Settings"]
    names = run(code)
    asked = [SimpleNamespace(native=SimpleNamespace(user=SimpleNamespace(is_staff=staff))) for staff in (True, False)]
    assert [names["should_count"](request) for request in asked] == [False, True]
    names["footfall"].close()


def test_every_setting_and_name_is_documented_with_its_default(pages: dict[str, str]) -> None:
    page = pages["docs/client.md"]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", page, re.MULTILINE))
    assert list(rows) == [field.name for field in fields(Footfall)]
    defaults = {field.name: field.default for field in fields(Footfall) if isinstance(field.default, bool | int | float)}
    assert {name: rows[name].strip("`").replace(",", "") for name in defaults} == {
        name: f"{value:g}" if not isinstance(value, bool) else str(value) for name, value in defaults.items()
    }
    for name in Request.__slots__:
        assert f"`{name}" in page or name in ("at", "peer"), name
