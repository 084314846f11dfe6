"""T9, D15: what five client routers do with the history, and what the beacon makes of it.

Small applications, made by the routers' own tools and served as static files: a page for each of ``/``, ``/a`` ..., with
the same links on all of them. The script is in each page twice, in its head and in its body, where routers that exchange
the body come upon it again and again.
"""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from mimetypes import guess_type
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journey.conftest import Complaints
from tests.journey.routers.build import FOLDER, is_built
from tests.journey.website import Answer, Collector, Loopback, Website


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
"""
"""The page's clock stands still until the test lets it go on; and it is known whether there was a view transition."""


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


def _travel(page: Page, collector: Collector) -> None:
    """The journey, each step as soon as the one before it is done, and away."""
    for step in JOURNEY:
        page.evaluate(f"clock += {PAUSE}")
        _take(page, step.act)
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


def _engaged(collector: Collector, views: int) -> dict[str, int]:
    """Milliseconds by page, when each view has told its own."""
    sums: defaultdict[str, int] = defaultdict(int)
    for sent in collector.wait_for(views, "engagement"):
        sums[urlsplit(sent.path).path] += sent.event["e"]
    return sums


@pytest.mark.parametrize("name", ROUTERS)
def test_t9_with_a_router_each_page_counts_once(
    collector: Collector, website: Website, page: Page, complaints: Complaints, name: str
) -> None:
    """Push, replace, back, forward, redirect, view transition and reload are views; a query, the same path again and a
    place on the page are none. The time on them goes to the page they are on."""
    page.add_init_script(PREPARED)
    with closing(Application(ROUTERS[name], website.tag(), website.tag())) as application:
        page.goto(application.url)
        _travel(page, collector)
    views = [(sent.path, sent.event["r"].removeprefix(application.url)) for sent in collector.named("pageview")]
    assert views == ROUTERS[name].views
    assert _engaged(collector, len(VIEWS)) == ENGAGED
    assert complaints == Complaints([], [])
