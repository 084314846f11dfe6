"""The same small site in every framework, and a browser that asks it as a server would.

Nothing of the frameworks is replaced: requests go in where a WSGI or ASGI server puts them in.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_to_bytes

import django
import flask
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test.utils import override_settings
from django.urls import re_path
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response as StarletteResponse
from starlette.routing import Route

from analytics.client import Footfall
from analytics.client.django import footfall
from tests.loops import run

HOST = "www.example.org"
PAGE = "text/html; charset=utf-8"


class Shown(NamedTuple):
    """What the site answers."""

    status: int = 200
    content_type: str = PAGE
    event: str = ""
    """An event of the site's own that happens on the way."""


SITE: dict[str, Shown] = {
    "/moved": Shown(302),
    "/broken": Shown(500),
    "/gone": Shown(404),
    "/api/stock": Shown(content_type="application/json"),
    "/style.css": Shown(content_type="text/css"),
    "/downloads/plan.pdf": Shown(content_type="application/pdf"),
    "/unchanged": Shown(304, ""),
    "/unchanged.png": Shown(304, ""),
    "/order": Shown(event="Order"),
    "/checkout": Shown(303, event="Order"),
}
"""Every other path is a page."""

Ask = Callable[..., int]
"""``ask(path, headers, method=..., peer=..., query=...)`` is the status of the answer."""


def shown(path: str, count: Callable[..., None]) -> Shown:
    answer = SITE.get(path, Shown())
    if answer.event:
        count(answer.event, {"size": "large"}, revenue=("49.90", "EUR"))
    return answer


# --- browsers --------------------------------------------------------------------------------------------


def wsgi_browser(app: Callable[..., Iterable[bytes]]) -> Ask:
    def ask(path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET", peer: str = "203.0.113.9",
            query: str = "") -> int:  # fmt: skip
        statuses = []
        environ = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": peer, "wsgi.version": (1, 0), "wsgi.url_scheme": "https", "wsgi.input": Empty(),
            "wsgi.errors": None, "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
            "HTTP_HOST": HOST,
        }  # fmt: skip
        environ |= {"HTTP_" + name.upper().replace("-", "_"): value for name, value in (headers or {}).items()}
        body = app(environ, lambda status, headers, exc_info=None: statuses.append(int(status[:3])))
        b"".join(body)
        if hasattr(body, "close"):
            body.close()
        return statuses[-1]

    return ask


class Empty:
    """A request without a body."""

    def read(self, size: int = -1) -> bytes:
        return b""

    readline = read


def asgi_browser(app: Callable[..., Any]) -> Ask:
    def ask(path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET", peer: str = "203.0.113.9",
            query: str = "") -> int:  # fmt: skip
        statuses, body = [], [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            return body.pop() if body else await asyncio.get_running_loop().create_future()  # nobody hangs up

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "https",
            "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in {"host": HOST, **(headers or {})}.items()],
            "client": (peer, 4711) if peer else None, "server": ("127.0.0.1", 8000),
        }  # fmt: skip
        run(app(scope, receive, send))
        return statuses[-1]

    return ask


# --- sites -----------------------------------------------------------------------------------------------


def flask_site(**given: Any) -> tuple[Footfall, Ask]:
    app = flask.Flask("site", static_folder=None)
    counter = Footfall(**given)
    counter.init_app(app)

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def page(path: str) -> flask.Response:
        answer = shown("/" + path, counter.event)
        return flask.Response("hello", answer.status, content_type=answer.content_type or None)

    return counter, wsgi_browser(app)


def starlette_site(**given: Any) -> tuple[Footfall, Ask]:
    counter = Footfall(**given)

    def page(request: StarletteRequest) -> StarletteResponse:  # not async: it runs in a thread of its own
        answer = shown(request.url.path, counter.event)
        return StarletteResponse("hello", answer.status, {"content-type": answer.content_type})

    app = Starlette(routes=[Route("/{path:path}", page, methods=["GET", "POST"])])
    app.add_middleware(counter.asgi)
    return counter, asgi_browser(app)


def django_page(request: HttpRequest, path: str) -> HttpResponse:
    return django_answer(path)


def django_answer(path: str) -> HttpResponse:
    answer = shown("/" + path, footfall().event)
    return HttpResponse("hello", status=answer.status, content_type=answer.content_type)


urlpatterns = [re_path("^(?P<path>.*)$", django_page)]


MIDDLEWARE = ("analytics.client.django.FootfallMiddleware",)


def configured(middleware: Sequence[str] = MIDDLEWARE, urls: Any = __name__, **given: Any) -> Any:
    """Django set up for as long as the block lasts. It can be configured once in a process."""
    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=[".example.org"], SECRET_KEY="x", ROOT_URLCONF=__name__, LOGGING_CONFIG=None)
        django.setup()
    footfall.cache_clear()
    given = {f"FOOTFALL_{name.upper()}": value for name, value in given.items()}
    return override_settings(MIDDLEWARE=list(middleware), ROOT_URLCONF=urls, **given)


def django_site(**given: Any) -> tuple[Footfall, Ask]:
    with configured(**given):
        return footfall(), wsgi_browser(WSGIHandler())


def django_soon_site(**given: Any) -> tuple[Footfall, Ask]:
    with configured(**given):
        handler = ASGIHandler()
    return footfall(), asgi_browser(handler)


FRAMEWORKS: dict[str, Callable[..., tuple[Footfall, Ask]]] = {
    "flask": flask_site,
    "starlette": starlette_site,
    "django": django_site,
    "django, asynchronous": django_soon_site,
}
