"""The npm package in a browser: the script's behaviour, from applications and pages that import it."""

from collections.abc import Callable
from contextlib import closing
from operator import itemgetter

import pytest
from playwright.sync_api import Page, expect

from packages.tracker.build import DIST
from tests.journey.applications import ENGAGED, PREPARED, ROUTERS, VIEWS, Application, engaged, travel, viewed
from tests.journey.conftest import Complaints
from tests.journey.website import Answer, Collector, Website

RECIPES = ("React Router", "Vue Router", "SvelteKit")
MODULE = (DIST / "index.js").read_bytes()

Module = Callable[..., str]


@pytest.fixture
def module(website: Website, collector: Collector) -> Module:
    """Adds a page that imports the package and does as it is told; ``API`` is where the collector takes events."""
    website.serve("/tracker.js", Answer(MODULE, headers={"Content-Type": "text/javascript"}))

    def add(script: str, path: str = "/a", body: str = "", tag: str = "") -> str:
        imports = 'import { init, optOut, pageview, track } from "/tracker.js"'
        lines = f'<script type="module">{imports}; const API = "{collector.url}/api/event"; {script}</script>'
        return website.page(path, body, tag=tag + lines)

    return add


@pytest.mark.parametrize("name", RECIPES)
def test_t9_with_the_package_in_an_application_each_page_counts_once(
    collector: Collector, page: Page, complaints: Complaints, name: str
) -> None:
    """The recipe of docs/tracker.md in the application itself, in place of the script: the same journey, the same views."""
    page.add_init_script(PREPARED)
    collect = f'<script>window.collector = "{collector.url}/api/event"</script>'
    with closing(Application(ROUTERS[name], head=collect)) as application:
        page.goto(application.url)
        travel(page, collector)
    assert sorted(viewed(collector, application)) == sorted(VIEWS)
    assert engaged(collector, len(VIEWS)) == ENGAGED
    assert complaints == Complaints([], [])


@pytest.mark.parametrize("name", RECIPES)
def test_an_application_counts_its_own_events(collector: Collector, page: Page, name: str) -> None:
    """A button that calls ``track``; the event belongs to the page it stands on."""
    collect = f'<script>window.collector = "{collector.url}/api/event"</script>'
    with closing(Application(ROUTERS[name], head=collect)) as application:
        page.goto(f"{application.url}/a")
        collector.wait_for(1)
        page.get_by_role("link", name="Transition").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("/d")  # both pages have the button
        page.get_by_role("button", name="Sign up").click()
        (event,) = collector.wait_for(1, "Sign-up")
    assert (event.path, event.event["p"]) == ("/d", {"plan": "large"})


def test_an_import_counts_nothing(collector: Collector, module: Module, page: Page) -> None:
    """Only ``init`` begins; and nothing is left in ``window`` before that."""
    page.goto(module("document.title = 'ran'"))
    assert page.title() == "ran"
    assert page.evaluate("window.footfall === undefined")
    assert collector.after(page) == []


def test_what_a_view_says(collector: Collector, website: Website, module: Module, page: Page) -> None:
    """Just what the script's says, sent in the same way; ``p`` because the package always has room for properties."""
    page.goto(website.page("/a"))
    collector.wait_for(1)
    page.goto(module('init({ api: API, domain: "example.org" })'))
    by_script, by_package = collector.wait_for(2)
    assert by_package.event == by_script.event | {"p": {}}
    assert by_package.at == by_script.at == "/api/event"
    assert by_package.headers["content-type"] == by_script.headers["content-type"]


SWITCHES = {
    "outbound": ('<a href="https://elsewhere.example/x">it</a>', "Outbound Link: Click"),
    "downloads": ('<a href="/paper.pdf">it</a>', "File Download"),
    "forms": ("<form><button>it</button></form>", "Form: Submission"),
    "tagged": ('<button data-footfall-event="Sign-up">it</button>', "Sign-up"),
}
"""Option -> what is clicked, and the event that comes of it."""


@pytest.mark.parametrize("option", SWITCHES)
def test_d28_what_a_site_switches_on_an_application_gives_as_an_option(
    collector: Collector, module: Module, page: Page, option: str
) -> None:
    """Given as false it is as if it were not given; given as true it counts, once. The page stays where it is."""
    body, event = SWITCHES[option]
    stay = """
        addEventListener("click", (event) => event.target.closest("a") && event.preventDefault());
        addEventListener("submit", (event) => event.preventDefault());
    """
    for path, on in (("/off", "false"), ("/on", "true")):
        page.goto(module(f"{stay} init({{ api: API, {option}: {on} }})", path, body))
        collector.after(page)
        page.get_by_text("it", exact=True).click()
        collector.after(page)
    assert [(sent.name, sent.path) for sent in collector.sent if sent.name != "engagement"] == [
        ("pageview", "/off"), ("pageview", "/on"), (event, "/on"),
    ]  # fmt: skip


OPTIONS = {
    "hash": ("hash: true", "location.hash = 'part'", [("/a", {}), ("/a#part", {})]),
    "no hash": ("hash: false", "location.hash = 'part'", [("/a", {})]),
    "exclude": ("exclude: '/a, /old*'", "go('/old/1'); go('/b')", [("/b", {})]),
    "include": ("include: '/b'", "go('/b')", [("/b", {})]),
    "excludeProps": ("props: { plan: 1, email: 2 }, excludeProps: 'e*'", "", [("/a", {"plan": 1})]),
    "props by name": ("props: (event) => ({ event })", "", [("/a", {"event": "pageview"})]),
    "transformRequest": (
        "transformRequest: (event) => !event.u.endsWith('/b') && { ...event, u: event.u + '1' }", "go('/b'); go('/c')",
        [("/a1", {}), ("/c1", {})],
    ),
    "changed later": ("props: { plan: 1 }", "init({ api: API, props: { plan: 2 } }); go('/b')", [("/a", {"plan": 1}), ("/b", {"plan": 2})]),
}  # fmt: skip
"""Options, what happens then, and the page views with their properties, by path."""


@pytest.mark.parametrize("name", OPTIONS)
def test_each_option_does_what_it_says(collector: Collector, module: Module, page: Page, name: str) -> None:
    """The same names and the same effect as with the script."""
    options, script, views = OPTIONS[name]
    go = "const go = (path) => history.pushState({}, '', path);"
    page.goto(module(f"{go} init({{ api: API, {options} }}); {script}"))
    page.evaluate("new Promise((done) => setTimeout(done))")  # a new # is told to the page later
    collector.after(page)
    assert sorted(((sent.path, sent.event["p"]) for sent in collector.named("pageview")), key=itemgetter(0)) == views


def test_an_event_says_what_became_of_it(collector: Collector, module: Module, page: Page) -> None:
    """Revenue and ``interactive`` travel, the callback is given the answer."""
    order = "{ revenue: { amount: 12, currency: 'EUR' }, interactive: false, callback: ({ status }) => document.title = status }"
    page.goto(module(f"init({{ api: API }}); track('Order', {{ plan: 'large' }}, {order})"))
    (event,) = collector.wait_for(1, "Order")
    page.wait_for_function("document.title == 202")
    said = {key: event.event[key] for key in ("p", "revenue", "interactive")}
    assert said == {"p": {"plan": "large"}, "revenue": {"amount": 12, "currency": "EUR"}, "interactive": False}


@pytest.mark.parametrize("twice", ["two calls", "tag before", "tag after"])
def test_t9_whoever_begins_it_counts_once(
    collector: Collector, website: Website, module: Module, page: Page, twice: str
) -> None:
    """The package in an application whose page has the script as well, or that calls ``init`` at every turn."""
    init = 'init({ api: API, domain: "example.org" });'
    tag = website.tag() if twice == "tag after" else website.tag().replace(" defer", "")
    page.goto(module(init * 2, body=tag if twice == "tag after" else "", tag=tag if twice == "tag before" else ""))
    collector.wait_for(1)
    page.evaluate("history.pushState({}, '', '/b')")
    collector.after(page)
    assert collector.views == ["/a", "/b"]


def test_what_is_called_too_early_is_kept(collector: Collector, module: Module, page: Page) -> None:
    """An event, and a page view of one's own, from before ``init``: each is counted, once. The event waits for its page."""
    page.goto(module('track("Read"); pageview({ u: origin + "/virtual" }); init({ api: API, manual: true })'))
    collector.wait_for(1, "Read")
    sent = collector.after(page)
    assert sorted((message.name, message.path) for message in sent) == [("Read", "/virtual"), ("pageview", "/virtual")]


def test_with_manual_a_view_is_what_the_application_says(collector: Collector, module: Module, page: Page) -> None:
    """Not a step in the history, but a call; with properties of its own."""
    page.goto(module("init({ api: API, manual: true }); window.view = pageview"))
    page.evaluate("history.pushState({}, '', '/b')")
    collector.after(page)
    assert collector.sent == []
    page.evaluate("view({ props: { author: 'Ada' } })")
    (view,) = collector.wait_for(1)
    assert (view.path, view.event["p"]) == ("/b", {"author": "Ada"})


def test_d34_a_browser_that_objects_is_not_counted(collector: Collector, module: Module, page: Page) -> None:
    """Global Privacy Control: nothing is read of the page, nothing is sent."""
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    page.goto(module("init({ api: API }); track('Read'); document.title = 'ran'"))
    assert page.title() == "ran"
    assert collector.after(page) == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_d34_the_visitors_choice_holds_from_the_call(
    collector: Collector, website: Website, module: Module, page: Page, when: str
) -> None:
    """Before anything is counted or later; for the script on the same site, too; until it is taken back."""
    begin, out = "init({ api: API });", "optOut();"
    page.goto(module(out + begin if when == "before" else begin + out, "/a"))
    page.evaluate("history.pushState({}, '', '/b')")
    collector.after(page)
    page.goto(website.page("/by-script"))
    collector.after(page)
    assert collector.views == ([] if when == "before" else ["/a"])
    page.goto(module("optOut(false); init({ api: API })", "/c"))
    assert collector.wait_for(1 if when == "before" else 2)[-1].path == "/c"
