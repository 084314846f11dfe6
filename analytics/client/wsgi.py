"""The adapter for WSGI applications (PEP 3333): Flask, Bottle, Pyramid, and Django behind any WSGI server."""

import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from analytics.client.request import Begin, Header, Request

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class CountedWSGI:
    """``application`` with its responses counted."""

    def __init__(self, application: Application, begin: Begin) -> None:
        self._application, self._begin = application, begin

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Responds as the application does."""
        exchange = self._begin(_request, environ)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            exchange.answered(lambda: (int(status[:3]), _content_type(headers)))
            return start_response(status, headers, *more)

        try:
            return self._application(environ, start)
        finally:
            exchange.end()


def _content_type(headers: Iterable[tuple[str, str]]) -> str:
    """The response's content type, or ''."""
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def header_of(environ: Mapping[str, Any]) -> Header:
    """A function that looks headers up by their usual names in a CGI environment, which Django has, too."""
    return lambda name: str(environ.get(_in_cgi(name), ""))


@lru_cache(maxsize=256)
def _in_cgi(name: str) -> str:
    """The CGI name of a header: ``sec-gpc`` becomes ``HTTP_SEC_GPC`` (RFC 3875, 4.1.18)."""
    return "HTTP_" + name.upper().replace("-", "_")


def _request(environ: Environ) -> Request:
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return Request(
        at=time.time(),
        method=environ["REQUEST_METHOD"],
        scheme=environ["wsgi.url_scheme"],
        host=environ.get("HTTP_HOST") or environ.get("SERVER_NAME", ""),
        path=path.encode("latin-1", "replace").decode("utf-8", "replace") or "/",
        query=environ.get("QUERY_STRING", ""),
        header=header_of(environ),
        peer=environ.get("REMOTE_ADDR") or "",
        native=environ,
    )
