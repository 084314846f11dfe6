"""A real browser, a web site to visit with it, and a collector that writes down what it is sent.

For all journeys: ``browser`` (one for each test worker), ``new_context`` and ``context``; ``owner`` and
``owners_page`` for those whose module has a ``service``. For the beacon's tests:
``website`` serves pages, ``collector`` the beacon, on another origin, as in real life; ``page`` is a tab
that says when all it sent has arrived, ``complaints`` what went wrong in it; ``unattended`` starts a browser that nothing drives, for what automation switches off.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, StorageState, expect, sync_playwright

from tests.journey.product import become_owner
from tests.journey.website import KEEP_ACCOUNT, PATIENCE, Collector, Website
from tests.service import CHROME, Service

expect.set_options(timeout=PATIENCE * 1000)

QUIET = (
    "--no-sandbox",  # containers run tests as root
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-blink-features=AutomationControlled",  # navigator.webdriver is false, as for people
)
"""What keeps Chromium from asking the net for anything but our pages, and from saying that a program steers it."""
SWITCHED_OFF = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess",
    # Playwright's own, which its switch would say if this one did not take its place:
    "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying",
    "OptimizationHints", "PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning",
)  # fmt: skip
"""Features of Chromium. For the first two it loads two pages of its own into the address bar of every window that a test
opens, in a process of their own: a third of what a window costs. For the third it keeps a process in hand for the window after
it, which most tests do not open: an eighth."""
PLAYWRIGHT_WITHOUT = ("--disable-back-forward-cache",)
"""People's browsers have this cache. Going back then fires no ``load``: ``page.go_back(wait_until="commit")``."""

NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright itself: one for each worker, it cannot be started twice."""
    with sync_playwright() as playwright:
        yield playwright


def find_chromium(playwright: Playwright) -> str:
    """The system's Chromium, or else the one that Playwright installed."""
    found = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    return next(filter(None, found), playwright.chromium.executable_path)


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> str:
    """The program that all journeys use."""
    return find_chromium(playwright)


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """Chromium with the back/forward cache that people's browsers have."""
    switches = [*QUIET, f"--disable-features={','.join(SWITCHED_OFF)}"]
    browser = playwright.chromium.launch(executable_path=chromium, args=switches, ignore_default_args=[*PLAYWRIGHT_WITHOUT])
    yield browser
    browser.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Makes a browser profile of its own: another person, if you like. Takes Playwright's options."""
    made: list[BrowserContext] = []

    def new(**options: Any) -> BrowserContext:
        made.append(browser.new_context(**{"user_agent": CHROME, "locale": "en-GB", **options}))
        made[-1].set_default_timeout(PATIENCE * 1000)
        return made[-1]

    yield new
    for context in made:
        context.close()


@pytest.fixture
def context(new_context: NewContext) -> BrowserContext:
    """One person's browser: its User-Agent is no robot's, its cookie jar is empty."""
    return new_context()


@pytest.fixture(scope="module")
def owner(service: Service, browser: Browser) -> StorageState:
    """The cookies of the owner of the ``service`` that a module's tests share."""
    context = browser.new_context(user_agent=CHROME)
    become_owner(context.new_page(), service)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def owners_page(owner: StorageState, new_context: NewContext) -> Page:
    """A page in the owner's browser."""
    return new_context(storage_state=owner).new_page()


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector of its own for each test. No test may make a browser ask beforehand (T11)."""
    collector = Collector()
    yield collector
    collector.answering.set()
    collector.close()
    assert collector.preflights == 0


@pytest.fixture
def website(collector: Collector) -> Iterator[Website]:
    """A web site without pages yet."""
    website = Website(collector)
    yield website
    website.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page that ``Collector.after`` can wait for."""
    page = context.new_page()
    page.add_init_script(KEEP_ACCOUNT)
    return page


class Complaints(NamedTuple):
    """What a page complained about."""

    errors: list[str]
    """Exceptions and rejections that nobody caught."""
    console: list[str]
    """Errors and warnings in the console."""


@pytest.fixture
def complaints(page: Page) -> Complaints:
    """All that ``page`` complains about from now on."""
    heard = Complaints([], [])
    page.on("pageerror", lambda error: heard.errors.append(str(error)))
    page.on("console", lambda message: heard.console.append(message.text) if message.type in ("error", "warning") else None)
    return heard


@pytest.fixture
def unattended(chromium: str, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Opens an address in a browser that nothing drives: automation switches prerendering off, and calls every tab
    visible. Its pages do by themselves what a person would, and tell the website how far they are."""
    running: list[subprocess.Popen[bytes]] = []

    def open_page(url: str) -> None:
        command = [chromium, *QUIET, "--headless=new", "--disable-popup-blocking", f"--user-data-dir={tmp_path / 'profile'}", url]
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True))

    yield open_page
    for process in running:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
