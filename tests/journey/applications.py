"""Applications with client routers, served to a browser, and a journey through them that is the same for all.

They are made by the routers' own tools (tests/journey/routers) and served as static files: a page for each of ``/``,
``/a`` ..., with the same links on all of them.
"""

from collections import defaultdict
from collections.abc import Mapping
from mimetypes import guess_type
from typing import NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.journey.routers.build import FOLDER, is_built
from tests.journey.website import Answer, Collector, Loopback


class Step(NamedTuple):
    """A link on the page or one of the browser's buttons, and the address it leads to."""

    act: str
    leads_to: str


BACK, FORWARD, RELOAD = "(back)", "(forward)", "(reload)"
JOURNEY = (
    Step("Push", "/a"),
    Step("Replace", "/b"),
    Step("Query", "/b?q=1"),
    Step(BACK, "/b"),
    Step(BACK, "/"),
    Step(FORWARD, "/b"),
    Step("Same", "/b"),
    Step("Part", "/b#part"),
    Step("Redirect", "/c"),
    Step("Transition", "/d"),
    Step(RELOAD, "/d"),
)
"""After ``/`` was loaded."""
VIEWS = [("/", ""), ("/a", "/"), ("/b", "/a"), ("/", "/b"), ("/b", "/"), ("/c", "/b"), ("/d", "/c"), ("/d", "")]
"""What it comes to: page and referrer. A reload says once more where the tab came from, which is nowhere."""
BY_TWO_ADDRESSES = [*VIEWS[:5], ("/old", "/b"), ("/c", "/old"), *VIEWS[6:]]
"""The same where the browser says for a moment that it is at /old, before the router calls the page /c."""
PAUSE = 5_000
"""Milliseconds that somebody reads before each step, and before they leave."""
ENGAGED = {"/": 2 * PAUSE, "/a": PAUSE, "/b": 6 * PAUSE, "/c": PAUSE, "/d": 2 * PAUSE}
PREPARED = """
    window.clock = 1
    performance.now = () => window.clock
    window.transitions = 0
    const start = document.startViewTransition
    document.startViewTransition = (...all) => { window.transitions++; return start.apply(document, all) }
    window.arrivals = 0
    for (const event of ["arrived", "astro:page-load", "turbo:load"])
        document.addEventListener(event, () => window.arrivals++)
"""
"""The page's clock stands still until the test lets it go on; and it is known whether there was a view transition, and how
often the router has said that it is done: when it wakes, and at the end of each step. ``arrived`` is what our applications
make of the words of those that have no event for it."""


class Router(NamedTuple):
    """One of the applications."""

    folder: str
    asks_server: bool = False
    """Fetches each page as HTML, so that it is the server that redirects; the others do it by themselves."""
    views: list[tuple[str, str]] = VIEWS


ROUTERS = {
    "React Router": Router("react"),
    "Vue Router": Router("vue"),
    "SvelteKit": Router("svelte"),
    "Astro": Router("astro", asks_server=True),
    "Turbo": Router("turbo", asks_server=True, views=BY_TWO_ADDRESSES),
}


class Application(Loopback):
    """Serves what an application's own tools have made, with ``head`` and ``body`` at the end of both in each page."""

    def __init__(self, router: Router, head: str = "", body: str = "") -> None:
        assert is_built(), "the applications are not those of the sources: python -m tests.journey.routers.build"
        self._router = router
        self._folder = FOLDER / router.folder / "dist"
        self._insert = {"</head>": head, "</body>": body}
        super().__init__()

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """A file, or else the page of that path: an own one, or the application's only one."""
        path = urlsplit(path).path
        if path == "/old" and self._router.asks_server:
            return Answer(status=302, headers={"Location": "/c"})
        file = self._folder / path[1:]
        if file.is_file():
            return Answer(file.read_bytes(), headers={"Content-Type": guess_type(file)[0] or ""})
        own = self._folder / f"{path[1:] or 'index'}.html"
        html = (own if own.is_file() else self._folder / "index.html").read_text(encoding="utf-8").replace("PATH", path)
        for end, insert in self._insert.items():
            html = html.replace(end, insert + end)
        return Answer(html.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def travel(page: Page, collector: Collector) -> None:
    """The journey, each step as soon as the one before it is done, and away. The page needs ``PREPARED``."""
    page.wait_for_function("arrivals")  # an application that is not yet awake leaves links to the browser
    collector.wait_for(1)
    for step in JOURNEY:
        views = len(collector.views)
        page.evaluate(f"arrivals = 0, clock += {PAUSE}")
        _take(page, step.act)
        if step.act == RELOAD:
            collector.wait_for(views + 1)
        if "#" not in step.leads_to:  # to a place on the page the browser goes by itself, and not every router mentions it
            page.wait_for_function("arrivals")  # "Same" shows in nothing else, and a click before its end would overtake it
        page.wait_for_url(f"**{step.leads_to}", wait_until="commit")
        expect(page.get_by_role("heading", level=1)).to_have_text(urlsplit(step.leads_to).path)
        collector.after(page)
        assert step.act != "Transition" or page.evaluate("transitions") > 0
    page.evaluate(f"clock += {PAUSE}")
    page.goto("about:blank")


def _take(page: Page, act: str) -> None:
    if act == BACK:
        page.go_back(wait_until="commit")
    elif act == FORWARD:
        page.go_forward(wait_until="commit")
    elif act == RELOAD:
        page.reload()
    else:
        page.get_by_role("link", name=act, exact=True).click()


def engaged(collector: Collector, views: int) -> dict[str, int]:
    """Milliseconds by page, when each view has told its own."""
    sums: defaultdict[str, int] = defaultdict(int)
    for sent in collector.wait_for(views, "engagement"):
        sums[urlsplit(sent.path).path] += sent.event["e"]
    return sums


def viewed(collector: Collector, application: Application) -> list[tuple[str, str]]:
    """Page and referrer of each view so far; a page of the application's without its origin. Two views of one step may
    overtake each other on the way: which came first, their referrers say."""
    return [(sent.path, sent.event["r"].removeprefix(application.url)) for sent in collector.named("pageview")]
