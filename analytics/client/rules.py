"""Which responses are counted, and as what event."""

import re
from collections.abc import Callable, Sequence

from analytics.client.request import Header, Request

PAGEVIEW = "pageview"
DOWNLOAD = "File Download"
NOT_FOUND = "404"
"""The names that Plausible's script gives the same things."""

_PAGES = ("text/html", "application/xhtml+xml")
_PURPOSES = ("sec-purpose", "purpose", "x-sec-purpose", "x-purpose", "x-moz")
"""How browsers say that nobody asked yet: the standard; before it; Turbo, whose requests are made by script; Safari's
"top sites" and old Firefox."""
_IN_ADVANCE = ("prefetch", "prerender", "preview")


class Rules:
    """The owner's choices, explained in docs/client.md. In patterns ``*`` stands for any run of characters."""

    def __init__(
        self, *, pages: bool = True, files: Sequence[str] = (), not_found: bool = False, exclude: Sequence[str] = (),
        respect_gpc: bool = True, respect_dnt: bool = True, should_count: Callable[[Request], bool] | None = None,
    ) -> None:  # fmt: skip
        self._pages = pages
        self._is_file = wildcards(files)
        self._not_found = not_found
        self._is_excluded = wildcards(exclude)
        self._objections = [name for name, on in (("sec-gpc", respect_gpc), ("dnt", respect_dnt)) if on]
        self._should_count = should_count

    def event(self, request: Request, status: int, content_type: str) -> str:
        """The name of the event that a response counts as, or ''."""
        name = self._name(request, status, content_type) if request.method == "GET" else ""
        if not name or is_in_advance(request.header) or self._is_excluded(request.path) or self.objects(request):
            return ""
        return name if self._should_count is None or self._should_count(request) else ""

    def objects(self, request: Request) -> bool:
        """Whether the visitor's browser objects to being counted."""
        return any(request.header(name).strip() == "1" for name in self._objections)

    def _name(self, request: Request, status: int, content_type: str) -> str:
        if self._is_file(request.path):
            return DOWNLOAD if _is_begun(request.header, status) else ""
        if status == 404:
            return NOT_FOUND if self._not_found and is_page_load(request.header) and _accepts_pages(request.header) else ""
        shown = _is_page(content_type) if 200 <= status < 300 else status == 304 and _is_unchanged_page(request)
        return PAGEVIEW if shown and self._pages and is_page_load(request.header) else ""


def is_in_advance(header: Header) -> bool:
    """Whether the browser is prefetching a page that the visitor may never look at."""
    said = "".join(map(header, _PURPOSES)).lower()
    return said != "" and any(word in said for word in _IN_ADVANCE)


def is_page_load(header: Header) -> bool:
    """Whether the response becomes the page in the visitor's window: not a frame, nor a fragment that a script fetches.

    htmx's boosted links and Turbo load whole pages by script and say so. Browsers that send no Sec-Fetch-Dest (over plain
    HTTP, and Safari before 16.4) are believed. Android's WebView sends the app's name as X-Requested-With.
    """
    if header("turbo-frame"):
        return False
    if header("hx-boosted") or header("hx-history-restore-request") or header("x-turbo-request-id"):
        return True
    if header("hx-request") or header("x-requested-with").lower() == "xmlhttprequest":
        return False
    return header("sec-fetch-dest") in ("", "document")


def wildcards(patterns: Sequence[str]) -> Callable[[str], bool]:
    """A function that tells whether a text matches one of the patterns as a whole. Each piece between two stars is searched
    once and stays at its first match (an atomic group), so a stranger's path cannot make it slow."""
    if not patterns:
        return lambda _: False
    compiled = re.compile("|".join(map(_expression, patterns)), re.DOTALL)
    return lambda text: compiled.fullmatch(text) is not None


def _expression(pattern: str) -> str:
    first, *rest = map(re.escape, pattern.split("*"))
    if not rest:
        return first
    return first + "".join(f"(?>.*?{piece})" for piece in rest[:-1]) + ".*" + rest[-1]


def _is_page(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in _PAGES


def _is_unchanged_page(request: Request) -> bool:
    """Whether a 304, which has no content type, stands for a page: the browser then shows its copy."""
    _, dot, extension = request.path.rpartition("/")[2].rpartition(".")
    return (not dot or extension in ("html", "htm")) and _accepts_pages(request.header)


def _accepts_pages(header: Header) -> bool:
    """Distinguishes pages from icons and feeds when Sec-Fetch-Dest is not sent."""
    return "text/html" in header("accept")


def _is_begun(header: Header, status: int) -> bool:
    """Whether a file is sent from its start: the later ranges of a film are not further downloads."""
    return status == 200 or (status == 206 and header("range").replace(" ", "").startswith("bytes=0-"))
