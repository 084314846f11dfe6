"""What counting costs an application: time added to a request by framework, and events a second.

    python benchmarks/client.py [--requests 20000] [--events 20000]

The frameworks are driven in this process, without a network; the collector is the real service in a process of its
own. Each figure is the median of nine runs that take turns with and without the middleware; what is added is CPU of
the thread that answers, so that the thread which sends does not blur it. A page is counted; a picture is not.
"""

import argparse
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import django
import flask
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import re_path

sys.path.insert(0, str(Path(__file__).parent.parent))

from analytics.client import Footfall
from analytics.client.django import footfall as django_footfall
from tests.service import CHROME, Service

SITE = "shop.example"
ROUNDS = 9
PAGE, PICTURE = "text/html; charset=utf-8", "image/png"
HEADERS = {
    "host": SITE,
    "user-agent": CHROME,
    "accept": "text/html,application/xhtml+xml",
    "accept-language": "de-DE,de;q=0.9",
    "accept-encoding": "gzip, br",
    "referer": f"https://{SITE}/before?q=1",
    "sec-fetch-dest": "document",
    "sec-fetch-mode": "navigate",
    "sec-fetch-site": "same-origin",
    "x-forwarded-for": "203.0.113.9",
}

Ask = Callable[[str], None]


def main() -> None:
    """Runs the benchmark and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--events", type=int, default=20_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder, "data"), Path(folder, "log"))
        service.start()
        try:
            service.command("site", "add", SITE)
            key = service.command("key", "add", "--site", SITE)
            added(service, key, asked.requests // ROUNDS)
            delivered(service, key, asked.events)
        finally:
            service.stop()


def added(service: Service, key: str, requests: int) -> None:
    """Prints what the middleware adds to one request."""
    print(f"{'added to a request':24}{'page':>12}{'picture':>12}   (without: a page)")
    for name, make in FRAMEWORKS.items():
        footfall, without, counted = make(endpoint=service.url, key=key, site=SITE, queue_size=1_000_000)
        took = {(ask, kind): list[float]() for ask in (without, counted) for kind in ("page", "picture")}
        for _ in range(ROUNDS):
            for (ask, kind), times in took.items():
                times.append(seconds(ask, f"/{kind}", requests))
        median = {what: statistics.median(times) * 1e6 for what, times in took.items()}
        more = [median[counted, kind] - median[without, kind] for kind in ("page", "picture")]
        print(f"{name:24}{more[0]:9.1f} us{more[1]:9.1f} us   ({median[without, 'page']:.0f} us)")
        footfall.flush(60)
        footfall.close()


def seconds(ask: Ask, path: str, requests: int) -> float:
    """CPU of one request, in seconds."""
    gc.collect()
    began = time.thread_time()
    for _ in range(requests):
        ask(path)
    return (time.thread_time() - began) / requests


def delivered(service: Service, key: str, events: int) -> None:
    """Prints how many events a second go from ``event()`` to the collector's disk."""
    footfall = Footfall(endpoint=service.url, key=key, site=SITE, queue_size=events)
    began = time.perf_counter()
    for number in range(events):
        footfall.event("Renewal", visitor=f"customer-{number}")
    put = time.perf_counter() - began
    done = footfall.flush(300)
    took = time.perf_counter() - began
    print(f"\none event of one's own  {put / events * 1e6:9.1f} us")
    accepted = f"{footfall.tally().accepted:,} of {events:,} accepted" if done else "not done in time"
    print(f"events a second          {events / took:9,.0f}   ({accepted})")
    footfall.close()


# --- the same two addresses in every framework ---------------------------------------------------------------


def bare(**given: Any) -> tuple[Footfall, Ask, Ask]:
    """A WSGI application that does nothing: what is left is the middleware."""
    footfall = Footfall(**given)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", PAGE if environ["PATH_INFO"] == "/page" else PICTURE)])
        return [b""]

    return footfall, over_wsgi(app), over_wsgi(footfall.wsgi(app))


def with_flask(**given: Any) -> tuple[Footfall, Ask, Ask]:
    """Flask, with one route."""
    footfall = Footfall(**given)
    app = flask.Flask("site", static_folder=None)

    @app.route("/<kind>")
    def show(kind: str) -> flask.Response:
        return flask.Response(b"", content_type=PAGE if kind == "page" else PICTURE)

    return footfall, over_wsgi(app.wsgi_app), over_wsgi(footfall.wsgi(app.wsgi_app))


def with_django(**given: Any) -> tuple[Footfall, Ask, Ask]:
    """Django, with nothing but this middleware."""
    named = {f"FOOTFALL_{name.upper()}": value for name, value in given.items()}
    settings.configure(
        ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, LOGGING_CONFIG=None, SECRET_KEY="x", MIDDLEWARE=[], **named
    )
    django.setup()
    without = WSGIHandler()
    settings.MIDDLEWARE = ["analytics.client.django.FootfallMiddleware"]
    return django_footfall(), over_wsgi(without), over_wsgi(WSGIHandler())


def django_page(_: HttpRequest, kind: str) -> HttpResponse:
    """Django's view."""
    return HttpResponse(b"", content_type=PAGE if kind == "page" else PICTURE)


urlpatterns = [re_path("^(?P<kind>page|picture)$", django_page)]


def bare_asgi(**given: Any) -> tuple[Footfall, Ask, Ask]:
    """An ASGI application that does nothing, as Starlette and FastAPI stand around."""
    footfall = Footfall(**given)

    async def app(scope: Mapping[str, Any], _: Any, send: Any) -> None:
        kind = PAGE if scope["path"] == "/page" else PICTURE
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]})
        await send({"type": "http.response.body", "body": b""})

    return footfall, over_asgi(app), over_asgi(footfall.asgi(app))


FRAMEWORKS = {"WSGI": bare, "ASGI": bare_asgi, "Flask": with_flask, "Django": with_django}


def over_wsgi(app: Callable[..., Iterable[bytes]]) -> Ask:
    """Asks as a WSGI server does."""
    cgi = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in HEADERS.items()}
    cgi |= {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "QUERY_STRING": "utm_source=mail", "REMOTE_ADDR": "127.0.0.1"}
    server = {"SERVER_NAME": "x", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "https"}
    environ = cgi | server | {"wsgi.input": sys.stdin.buffer}

    def ask(path: str) -> None:
        for _ in app(environ | {"PATH_INFO": path}, lambda *_: None):
            pass

    return ask


def over_asgi(app: Callable[..., Any]) -> Ask:
    """Asks as an ASGI server does, without a loop: nothing here waits."""
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def send(message: Any) -> None:
        pass

    def ask(path: str) -> None:
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"utm_source=mail", "scheme": "https",
                 "headers": headers, "client": ("127.0.0.1", 1)}  # fmt: skip
        try:
            app(scope, send, send).send(None)
        except StopIteration:
            return

    return ask


if __name__ == "__main__":
    main()
