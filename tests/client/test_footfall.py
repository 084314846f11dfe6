"""The one object: its settings, own events, and that nothing of it ever reaches the application."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from analytics.client import Footfall, Request
from tests.client.conftest import Scripted
from tests.client.frameworks import HOST, wsgi_browser
from tests.loops import run

CHROME = {"user-agent": "Mozilla/5.0 Chrome/140", "sec-fetch-dest": "document"}
Make = Callable[..., Footfall]


@pytest.fixture
def make(collector: Scripted) -> Iterator[Make]:
    made = []

    def footfall(**given: Any) -> Footfall:
        made.append(Footfall(**{"endpoint": collector.url, "key": "k", "site": "example.org"} | given))
        return made[-1]

    yield footfall
    for each in made:
        each.close()


def page(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"hello"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no endpoint": ({"endpoint": ""}, "endpoint: write it such as https"),
    "no scheme": ({"endpoint": "stats.example.org"}, "endpoint: write it such as https"),
    "sign-in data": ({"endpoint": "https://a:b@stats.example.org"}, "endpoint: write it such as https"),
    "clear text": ({"endpoint": "http://stats.example.org"}, "endpoint: over http:// .* set allow_http"),
    "clear text, odd name": ({"endpoint": "http://127.0.0.1.example.org"}, "endpoint: over http://"),
    "no key": ({"key": ""}, "key: make one with: footfall key add"),
    "a key of two lines": ({"key": "a\nb"}, "key: make one with"),
    "one text": ({"exclude": "/admin"}, "exclude: give a list"),
    "no network": ({"trusted_proxies": ["10.0.0.0/99"]}, "trusted_proxies: .*10.0.0.0/99"),
    "no queue": ({"queue_size": 0}, "queue_size: must be at least 1"),
}


@pytest.mark.parametrize(("given", "message"), REFUSED.values(), ids=REFUSED)
def test_a_setting_that_cannot_be_used_stops_the_start(given: dict[str, Any], message: str) -> None:
    """It is named, with what to write instead: better than to count nothing quietly."""
    with pytest.raises(ValueError, match=message):
        Footfall(**{"endpoint": "https://stats.example.org", "key": "k"} | given)


@pytest.mark.parametrize(
    "given",
    [{"endpoint": f"http://{host}:8000"} for host in ("localhost", "127.0.0.1", "[::1]", "stats.localhost")]
    + [{"endpoint": "https://stats.example.org/footfall/"}, {"endpoint": "http://footfall:8000", "allow_http": True}],
    ids=lambda given: given["endpoint"],
)
def test_addresses_may_travel_encrypted_or_not_at_all(given: dict[str, Any]) -> None:
    """Over plain HTTP to this machine, or where the owner says that the network is theirs."""
    Footfall(**given, key="k").close()


def test_what_is_switched_off_does_nothing_and_needs_nothing() -> None:
    """In tests and on a developer's machine there is no server."""
    footfall = Footfall(enabled=False)
    assert footfall.wsgi(page) is page
    footfall.event("Sign-up")
    assert footfall.tally().waiting == 0


def test_it_shows_no_key(make: Make) -> None:
    assert "secret" not in repr(make(key="secret"))


def test_an_own_event_is_the_visitors_on_the_page(make: Make, collector: Scripted) -> None:
    """It tells the same of them as the page view, so that the visit has its source whichever comes first."""
    footfall = make()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        footfall.event("Sign-up", {"plan": "large"}, revenue=("49", "EUR"), interactive=False)
        footfall.event("Viewed", url="/elsewhere")
        return page(environ, start_response)

    headers = CHROME | {"referer": "https://news.test/?q=1", "accept-language": "de"}
    wsgi_browser(footfall.wsgi(app))("/start", headers, query="utm_source=mail")
    assert footfall.flush()
    sign_up, viewed, view = collector.events
    told = {
        "u": f"https://{HOST}/start?utm_source=mail", "d": "example.org", "r": "https://news.test/", "ip": "203.0.113.9",
        "user_agent": CHROME["user-agent"], "language": "de",
    }  # fmt: skip
    own = {"n": "Sign-up", "p": {"plan": "large"}, "$": {"amount": "49", "currency": "EUR"}, "i": False}
    assert view == {"n": "pageview", "timestamp": view["timestamp"]} | told
    assert sign_up == told | own | {"timestamp": sign_up["timestamp"]}
    assert viewed == told | {"n": "Viewed", "u": f"https://{HOST}/elsewhere", "timestamp": viewed["timestamp"]}
    assert view["timestamp"] <= sign_up["timestamp"] <= viewed["timestamp"]


def test_outside_of_a_request_the_owner_says_whose_an_event_is(make: Make, collector: Scripted) -> None:
    """In a job of the night: the owner's own label for the customer, and a page of the site or none."""
    footfall = make()
    footfall.event("Renewal", visitor="customer-17")
    footfall.event("Renewal", visitor="customer-17", url="/account")
    footfall.event("Renewal", visitor="customer-17", url="app://shop/account")
    assert footfall.flush()
    assert [(event["u"], event["visitor"]) for event in collector.events] == [
        ("https://example.org/", "customer-17"),
        ("https://example.org/account", "customer-17"),
        ("app://shop/account", "customer-17"),
    ]
    assert not any("ip" in event for event in collector.events)


def test_an_event_of_nobody_is_not_counted_and_says_so(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    footfall = make()
    footfall.event("Renewal")
    make(site="").event("Renewal", visitor="v")
    assert footfall.tally().waiting == 0
    assert {record.message for record in caplog.records} == {
        "an event outside of a request was not counted: say visitor, and url or site"
    }


def test_code_that_outlives_a_request_is_not_the_visitor(make: Make, collector: Scripted) -> None:
    """A task that the first visitor happened to start must not give them all that it does later."""
    footfall = make()
    over, done = asyncio.Event(), list[asyncio.Task[None]]()

    async def later() -> None:
        await over.wait()
        footfall.event("Nightly")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        done.append(asyncio.create_task(later()))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})

    async def send(message: Any) -> None:
        pass

    async def ask() -> None:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"a.test"), (b"user-agent", b"M")],
                 "client": ("203.0.113.9", 1)}  # fmt: skip
        await footfall.asgi(app)(scope, send, send)
        over.set()
        await done[0]

    run(ask())
    assert footfall.flush()
    assert [event["n"] for event in collector.events] == ["pageview"]


def test_websockets_and_the_lifespan_pass_by(make: Make) -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["type"], receive, send))

    async def call() -> None:
        raise AssertionError

    for kind in ("lifespan", "websocket"):
        run(make().asgi(app)({"type": kind}, call, call))
    assert seen == [("lifespan", call, call), ("websocket", call, call)]


def test_the_hook_sees_the_request_and_what_the_framework_made_of_it(make: Make, collector: Scripted) -> None:
    seen = []

    def should_count(request: Request) -> bool:
        seen.append((request.path, request.header("x-staff"), request.native["HTTP_X_STAFF"]))
        return not request.header("x-staff")

    footfall = make(should_count=should_count)
    ask = wsgi_browser(footfall.wsgi(page))
    ask("/a", CHROME | {"x-staff": "yes"})
    ask("/b", CHROME | {"x-staff": ""})
    assert footfall.flush()
    assert seen == [("/a", "yes", "yes"), ("/b", "", "")]
    assert [event["u"] for event in collector.events] == [f"https://{HOST}/b"]


def failing(request: Request) -> bool:
    raise LookupError("203.0.113.9")


def test_nothing_reaches_the_application(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    """A hook that fails, an environment that is none, a status that is none, an event that is none: said once, by its
    kind, without a word of the visitor."""
    footfall = make(should_count=failing)
    for _ in range(2):
        assert wsgi_browser(footfall.wsgi(page))("/", CHROME) == 200
    assert list(footfall.wsgi(page)({}, lambda *_: None)) == [b"hello"]
    strange = footfall.wsgi(lambda environ, start: start("fine", [("Content-Type", "text/html")]) or [b""])
    statuses: list[str] = []
    strange({"REQUEST_METHOD": "GET", "wsgi.url_scheme": "https"}, lambda status, headers: statuses.append(status))
    footfall.event("Sign-up", {"n": float("inf")}, visitor="v")
    assert statuses == ["fine"]
    assert [record.message for record in caplog.records] == [
        "counting a request failed with LookupError; the application did not notice",
        "reading a request failed with KeyError; the application did not notice",
        "counting a request failed with ValueError; the application did not notice",
        "counting an event failed with ValueError; the application did not notice",
    ]


def test_an_application_that_fails_fails_as_before(make: Make) -> None:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wsgi_browser(make().wsgi(app))("/", CHROME)


def test_an_answer_that_is_taken_back_counts_once(make: Make, collector: Scripted) -> None:
    """PEP 3333: start_response may be called again, with exc_info."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        page(environ, start_response)
        start_response("500 Oops", [("Content-Type", "text/html")], (ValueError, ValueError(), None))
        return [b""]

    footfall = make()
    assert wsgi_browser(footfall.wsgi(app))("/", CHROME) == 500
    assert footfall.flush()
    assert len(collector.events) == 1


def test_t12_requests_do_not_wait_for_the_collector(make: Make) -> None:
    """One that takes the connection and says nothing: the answers are there before it says a word, and the events wait."""
    silent = Scripted()
    silent.server.shutdown()  # the socket still listens; nobody answers
    footfall = make(endpoint=silent.url, timeout=5, exit_seconds=0)
    ask = wsgi_browser(footfall.wsgi(page))
    assert [ask("/", CHROME) for _ in range(10)] == [200] * 10
    assert footfall.tally().waiting == 10
    silent.server.server_close()
