"""Which answers are counted, and as what."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.client.request import Request
from analytics.client.rules import Rules, wildcards
from analytics.ingest.steps.excluded_path import matches

PAGE = "text/html; charset=utf-8"


def request(path: str = "/", headers: Mapping[str, str] | None = None, method: str = "GET") -> Request:
    given = {"accept": "text/html", **(headers or {})}
    return Request(
        at=0, method=method, scheme="https", host="example.org", path=path, query="", header=lambda name: given.get(name, ""),
        peer="203.0.113.9", native=None,
    )  # fmt: skip


ANSWERS = {
    "page": (200, PAGE, "pageview"),
    "page, spelt otherwise": (200, "Text/HTML;charset=utf-8", "pageview"),
    "XHTML": (200, "application/xhtml+xml", "pageview"),
    "page that was made": (201, PAGE, "pageview"),
    "nothing to show": (204, "", ""),
    "data": (200, "application/json", ""),
    "no type": (200, "", ""),
    "text/htmlx": (200, "text/htmlx", ""),
    "moved": (301, PAGE, ""),
    "not changed": (304, "", "pageview"),
    "refused": (403, PAGE, ""),
    "not found": (404, PAGE, "404"),
    "gone": (410, PAGE, ""),
    "broken": (500, PAGE, ""),
}


@pytest.mark.parametrize(("status", "content_type", "event"), ANSWERS.values(), ids=ANSWERS)
def test_what_an_answer_counts_as(status: int, content_type: str, event: str) -> None:
    """A page that was shown, or one that is not there."""
    assert Rules(not_found=True).event(request(), status, content_type) == event


HEADERS: dict[str, tuple[dict[str, str], bool]] = {
    "none": ({}, True),
    "a document": ({"sec-fetch-dest": "document"}, True),
    "fetch": ({"sec-fetch-dest": "empty"}, False),
    "frame": ({"sec-fetch-dest": "iframe"}, False),
    "embedded": ({"sec-fetch-dest": "embed"}, False),
    "prefetch": ({"sec-fetch-dest": "document", "sec-purpose": "prefetch"}, False),
    "prerender": ({"sec-purpose": "prefetch;prerender"}, False),
    "anonymous prefetch": ({"sec-purpose": "prefetch;anonymous-client-ip"}, False),
    "Purpose": ({"purpose": "prefetch"}, False),
    "Turbo's hover": ({"x-sec-purpose": "prefetch", "x-turbo-request-id": "1"}, False),
    "Safari's top sites": ({"x-purpose": "preview"}, False),
    "Firefox of old": ({"x-moz": "prefetch"}, False),
    "htmx": ({"hx-request": "true"}, False),
    "htmx, boosted": ({"hx-request": "true", "hx-boosted": "true", "sec-fetch-dest": "empty"}, True),
    "htmx, back": ({"hx-request": "true", "hx-history-restore-request": "true", "sec-fetch-dest": "empty"}, True),
    "Turbo": ({"x-turbo-request-id": "1", "sec-fetch-dest": "empty"}, True),
    "Turbo frame": ({"x-turbo-request-id": "1", "turbo-frame": "cart"}, False),
    "XMLHttpRequest": ({"x-requested-with": "XMLHttpRequest"}, False),
    "Android WebView": ({"x-requested-with": "com.example.reader"}, True),
    "gpc": ({"sec-gpc": "1"}, False),
    "gpc off": ({"sec-gpc": "0"}, True),
    "dnt": ({"dnt": "1"}, False),
    "dnt unset": ({"dnt": "null"}, True),
}


@pytest.mark.parametrize(("headers", "counted"), HEADERS.values(), ids=HEADERS)
def test_a_page_is_counted_when_somebody_asked_to_see_it(headers: dict[str, str], counted: bool) -> None:
    assert Rules().event(request("/", headers), 200, PAGE) == ("pageview" if counted else "")


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS", "QUERY"])
def test_only_get_shows_a_page(method: str) -> None:
    assert Rules().event(request(method=method), 200, PAGE) == ""


CHOICES: dict[str, tuple[dict[str, Any], str, dict[str, str], int, str]] = {
    "404 unless wanted": ({}, "/gone", {}, 404, ""),
    "404 of a picture": ({"not_found": True}, "/gone.png", {"sec-fetch-dest": "image"}, 404, ""),
    "404 of an icon, old browser": ({"not_found": True}, "/favicon.ico", {"accept": "image/png,*/*"}, 404, ""),
    "no pages": ({"pages": False}, "/", {}, 200, ""),
    "no pages, but files": ({"pages": False, "files": ["*.pdf"]}, "/a/b.pdf", {}, 200, "File Download"),
    "no pages, but 404": ({"pages": False, "not_found": True}, "/gone", {}, 404, "404"),
    "a page that is a file": ({"files": ["/print/*"]}, "/print/1", {}, 200, "File Download"),
    "file not changed": ({"files": ["*.pdf"]}, "/b.pdf", {}, 304, ""),
    "file not there": ({"files": ["*.pdf"], "not_found": True}, "/b.pdf", {}, 404, ""),
    "beginning of a file": ({"files": ["*.mp4"]}, "/b.mp4", {"range": "bytes=0-"}, 206, "File Download"),
    "middle of a file": ({"files": ["*.mp4"]}, "/b.mp4", {"range": "bytes=4096-"}, 206, ""),
    "file, prefetched": ({"files": ["*.pdf"]}, "/b.pdf", {"sec-purpose": "prefetch"}, 200, ""),
    "excluded": ({"exclude": ["/admin*", "/x"]}, "/admin/users", {}, 200, ""),
    "not excluded": ({"exclude": ["/admin*", "/x"]}, "/x/y", {}, 200, "pageview"),
    "excluded file": ({"exclude": ["/in/*"], "files": ["*.pdf"]}, "/in/a.pdf", {}, 200, ""),
    "gpc not asked": ({"respect_gpc": False}, "/", {"sec-gpc": "1"}, 200, "pageview"),
    "dnt not asked": ({"respect_dnt": False}, "/", {"dnt": "1"}, 200, "pageview"),
    "the owner says no": ({"should_count": lambda request: request.path != "/staff"}, "/staff", {}, 200, ""),
    "the owner says yes": ({"should_count": lambda request: request.path != "/staff"}, "/", {}, 200, "pageview"),
    "unchanged .html": ({}, "/a.html", {}, 304, "pageview"),
    "unchanged picture, opened by itself": ({}, "/a.png", {"sec-fetch-dest": "document"}, 304, ""),
    "unchanged data, old browser": ({}, "/stock", {"accept": "*/*"}, 304, ""),
}


@pytest.mark.parametrize(("choices", "path", "headers", "status", "event"), CHOICES.values(), ids=CHOICES)
def test_what_the_owner_chose(choices: dict[str, Any], path: str, headers: dict[str, str], status: int, event: str) -> None:
    """Settings of ``Footfall``, as docs/client.md explains them."""
    content_type = PAGE if status != 304 else ""
    assert Rules(**choices).event(request(path, headers), status, content_type) == event


def test_the_owner_is_asked_last() -> None:
    """What is not counted anyway is none of the hook's business: it need not know of prefetching."""
    asked: list[str] = []

    def should_count(request: Request) -> bool:
        asked.append(request.path)
        return True

    rules = Rules(should_count=should_count)
    rules.event(request("/ahead", {"sec-purpose": "prefetch"}), 200, PAGE)
    rules.event(request("/gpc", {"sec-gpc": "1"}), 200, PAGE)
    rules.event(request("/seen"), 200, PAGE)
    assert asked == ["/seen"]


PATHS = st.text("/ab.*\n", max_size=12)


@given(pattern=PATHS, path=PATHS)
def test_patterns_mean_what_they_mean_to_the_collector(pattern: str, path: str) -> None:
    """One language for excluded paths, wherever they are written."""
    assert wildcards([pattern])(path) == matches(pattern, path)


def test_a_strangers_path_cannot_make_a_pattern_take_long() -> None:
    """Each piece is looked for once: a thousand stars over 100 kB end at once (the suite's time limit is the judge)."""
    assert not wildcards(["*a" * 500 + "b"])("a" * 100_000)
