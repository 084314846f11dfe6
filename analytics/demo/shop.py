"""A shop of five pages and a look-book, to try the script on: plain HTML, plain links, nothing else.

The five pages are full loads. The look-book is one page that changes its address by ``history.pushState``.
Nothing keeps a page from the browser's back-forward cache: no ``unload`` handler, no ``no-store``.
"""

from collections.abc import Callable
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from string import Template
from threading import Thread
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from analytics.errors import FootfallError


class Page(NamedTuple):
    """One page: its title and what stands in it, as HTML."""

    title: str
    body: str


PAGES: dict[str, Page] = {
    "/": Page(
        "Good Shoes",
        "<p>Shoes that last, made by people who walk.</p>"
        '<p><a href="/shop/">To the shop</a>, or read '
        '<a href="/blog/breaking-in-new-shoes">how to break in new shoes</a>.</p>',
    ),
    "/shop/": Page(
        "Shop",
        '<ul><li><a href="/shop/shoes/trail-runner">Trail runner</a>, £119</li>'
        '<li><a href="/lookbook/">The look-book</a></li></ul>',
    ),
    "/shop/shoes/trail-runner": Page(
        "Trail runner",
        "<p>Light, grippy, dries overnight. £119.</p>"
        '<p><button type="button" id="buy" '
        "onclick=\"window.footfall &amp;&amp; footfall('Add to basket', {props: {product: 'trail-runner'}})\">"
        "Add to basket</button></p>",
    ),
    "/blog/breaking-in-new-shoes": Page(
        "Breaking in new shoes",
        "".join(f"<p>Day {day}. Wear them for {day * 20} minutes, indoors if it rains.</p>" for day in range(1, 15)),
    ),
    "/about": Page("About us", "<p>A made-up shop. It has no basket, no till and no owner; it is here to be counted.</p>"),
    "/lookbook/": Page(
        "Look-book",
        '<nav><button type="button" data-view="/lookbook/spring">Spring</button> '
        '<button type="button" data-view="/lookbook/autumn">Autumn</button></nav><p id="view">Choose a season.</p>'
        "<script>"
        "const show = () => { document.getElementById('view').textContent = location.pathname; };"
        "document.querySelectorAll('[data-view]').forEach((button) => button.addEventListener('click', () => {"
        " history.pushState({}, '', button.dataset.view); show(); }));"
        "addEventListener('popstate', show); show();"
        "</script>",
    ),
}
"""The shop's pages by path. The look-book's views have addresses of their own and are the same page."""

_VIEWS = {"/lookbook/spring": "/lookbook/", "/lookbook/autumn": "/lookbook/"}

_FRAME = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; font: 1.05rem/1.6 Georgia, serif; }
body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }
header { display: flex; gap: 1rem; flex-wrap: wrap; border-bottom: 1px solid; padding-bottom: .5rem; }
</style>
$snippet
</head>
<body>
<header><a href="/">Good Shoes</a> <a href="/shop/">Shop</a> <a href="/blog/breaking-in-new-shoes">Blog</a>
<a href="/lookbook/">Look-book</a> <a href="/about">About</a></header>
<main><h1>$title</h1>
$body
</main>
</body>
</html>
""")


def html(path: str, head: str) -> str | None:
    """The page at ``path`` with ``head`` (HTML, such as the snippet) in its head; None where there is none."""
    page = PAGES.get(_VIEWS.get(path, path))
    return page and _FRAME.substitute(title=escape(page.title), body=page.body, snippet=head)


class Shop:
    """The shop behind an address; a context manager that serves as long as it is open.

    ``bind`` is HOST:PORT; port 0 takes a free one. ``head`` goes into every page's head. Raises
    FootfallError when the shop cannot listen there.
    """

    def __init__(self, bind: str, head: str) -> None:
        host, _, port = bind.rpartition(":")
        try:
            self._server = ThreadingHTTPServer((host.strip("[]"), int(port)), _handler(head))
        except (OSError, ValueError, OverflowError) as error:
            raise FootfallError(
                f"the demo shop cannot listen on {bind!r}: {error}. Choose another address, as HOST:PORT."
            ) from None
        self._thread = Thread(target=self._server.serve_forever, name="shop", daemon=True)
        name = "localhost" if host in ("", "127.0.0.1", "0.0.0.0") else host  # noqa: S104 - compared, not bound
        self.url = f"http://{name}:{self._server.server_port}"
        """Where a browser on this machine finds it, without a slash at the end."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(head: str) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers GET with a page, and logs nothing: there is an address in every request."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            page = html(urlsplit(self.path).path, head)
            body = (page or _FRAME.substitute(title="Not found", body="", snippet=head)).encode()
            self.send_response(HTTPStatus.OK if page else HTTPStatus.NOT_FOUND)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    return Handler
