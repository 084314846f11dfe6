"""What the journeys through the whole product share: the way in, what a dashboard says, and a line that can be listened to.

``person`` is a browser's page throughout; whose browser it is, the test decides.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from playwright.sync_api import Page

from tests.journey.website import PATIENCE, Answer, Loopback
from tests.service import Service

EMAIL, PASSWORD = "ada@example.org", "four words walk home"
ARTEFACTS = Path(__file__).parents[2] / "test-artefacts"
"""Screenshots; git ignores them."""
CALM = ("UTC", "Etc/GMT+12", "Asia/Kolkata", "Pacific/Marquesas")
"""Zones of which one is always in the middle of a day and not near the end of an hour: the last two are half an hour
apart from the first two, and each pair lies on opposite sides of the earth."""
_HOP_BY_HOP = {"connection", "content-length", "date", "host", "keep-alive", "server", "transfer-encoding"}


def calm_zone() -> str:
    """A time zone in which neither midnight nor the full hour comes while a test runs."""
    now = datetime.now(UTC)
    clocks = {zone: now.astimezone(ZoneInfo(zone)) for zone in CALM}
    return next(zone for zone, clock in clocks.items() if 3 <= clock.hour <= 20 and clock.minute < 45)


def until(true: Callable[[], Any], what: str, within: float = PATIENCE) -> Any:
    """Asks until the answer is yes, and returns it; fails with ``what`` when that takes too long."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if answer := true():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not within {within} s: {what}")


@contextmanager
def running(folder: Path, **settings: object) -> Iterator[Service]:
    """The service on a folder of its own, for fixtures that live longer than one test."""
    service = Service(folder / "data", folder / "service.log", settings)
    try:
        service.start()
        yield service
    finally:
        service.kill()


def at(service: Service, path: str) -> str:
    """The address of a page, at the host that the service prints when it starts: the cookie is for that one."""
    return f"http://localhost:{service.port}{path}"


# --- coming in ---------------------------------------------------------------------------------------


def setup_link(service: Service) -> str:
    """The link that the service printed when it started, as its owner finds it in terminal or log."""
    return until(lambda: re.search(r"Open (http\S+/setup\?token=\S+)", service.log.read_text()), "the set-up link")[1]


def become_owner(person: Page, service: Service) -> None:
    """Makes the first account; afterwards the person is signed in, and asked for a site where there is none."""
    person.goto(setup_link(service))
    person.get_by_label("Your name").fill("Ada")
    person.get_by_label("Email address").fill(EMAIL)
    person.get_by_label("Password").fill(PASSWORD)
    person.get_by_role("button", name="Create account").click()
    person.wait_for_url(lambda url: urlsplit(url).path != "/setup")


# --- what a dashboard says ---------------------------------------------------------------------------


def _whole(page: Page) -> Page:
    """The page, when all of it is there: its title may be seen before its panels have arrived."""
    page.wait_for_load_state()
    return page


def headline(page: Page) -> dict[str, str]:
    """Metric -> the figure as it stands there."""
    values = _whole(page).locator("#panel-headline .value")
    return dict(values.evaluate_all("all => all.map(value => [value.dataset.metric ?? '', value.textContent])"))


def before(page: Page) -> list[str]:
    """What stands under each headline figure: the change, and what it was before."""
    return [" ".join(text.split()) for text in _whole(page).locator("#panel-headline .against").all_text_contents()]


def chart(page: Page) -> dict[str, str]:
    """Bucket -> figure, from the table under the chart."""
    rows = _whole(page).locator("#panel-chart tbody tr")
    names, figures = rows.locator("th").all_text_contents(), rows.locator("td:nth-of-type(1)").all_text_contents()
    return dict(zip(names, figures, strict=True))


ROWS = """all => all.map(row => {
    const links = row.querySelectorAll("a[title]:has(bdi):not(.filtered)")
    const said = links.length ? links : row.querySelectorAll(".said > :first-child > bdi, .said > span:first-child")
    if (said.length != 1) throw new Error(`${said.length} labels in ${row.outerHTML}`)
    return [links.length ? said[0].title : said[0].textContent, [...row.querySelectorAll("td")].map(cell => cell.textContent)]
})"""
"""The whole value where it can be clicked on, else what is written there; and the figures beside it. Read at one go: a
question for each cell takes seconds."""


def rows(page: Page, panel: str) -> dict[str, tuple[str, ...]]:
    """Value -> the figures beside it, from one panel."""
    found = _whole(page).locator(f"#panel-{panel} table.rows tbody tr").evaluate_all(ROWS)
    return {label: tuple(figures) for label, figures in found}


def account(page: Page) -> tuple[int, int, int]:
    """Received, counted and dropped."""
    texts = _whole(page).locator("#panel-ledger .account strong").all_text_contents()
    received, counted, dropped = map(int, texts)
    return received, counted, dropped


def everything_on(dashboard: Page, line: "Line", besides: int = 0) -> list["Message"]:
    """All messages on the line, as soon as the dashboard has received as many, and ``besides``. What comes later (time that
    is told while a page goes, say) is not among them."""

    def shown() -> list[Message]:
        messages = [*line.messages]
        dashboard.reload()
        return messages if account(dashboard)[0] == len(messages) + besides else []

    found: list[Message] = until(shown, "everything on the dashboard")
    return found


def reasons(page: Page) -> dict[str, int]:
    """Reason -> dropped."""
    lines = _whole(page).locator("#panel-ledger .reasons tbody tr")
    found = lines.evaluate_all("all => all.map(line => ['code', 'td'].map(part => line.querySelector(part).textContent))")
    return {code: int(dropped) for code, dropped in found}


# --- a line that can be listened to ------------------------------------------------------------------


class Message(NamedTuple):
    """One message of a beacon and what became of it."""

    event: dict[str, Any]
    status: int
    dropped: str
    at: float
    """When the answer came, on the monotonic clock."""


class Line(Loopback):
    """Hands everything on to the service, and remembers what beacons sent: Playwright does not see what a page sends
    while it goes, nor a browser that nothing drives."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._arrived = Condition()
        self.messages: list[Message] = []
        super().__init__()

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The service's own."""
        kept = {name: value for name, value in headers.items() if name not in _HOP_BY_HOP}
        status, answered, content = self._service.request(method, path, body or None, kept)
        if method == "POST":
            with self._arrived:
                dropped = answered.get("x-footfall-dropped", "")
                self.messages.append(Message(json.loads(body), status, dropped, time.monotonic()))
                self._arrived.notify_all()
        return Answer(content, status, {name: value for name, value in answered.items() if name not in _HOP_BY_HOP})

    @property
    def views(self) -> list[Message]:
        """The page views so far, in the order they were answered."""
        return self.named("pageview")

    def wait_for_views(self, count: int) -> Message:
        """The latest page view, as soon as there are ``count``."""
        return self.wait_for(count)[-1]

    def named(self, name: str) -> list[Message]:
        """The messages of this name so far, in the order they were answered."""
        return [message for message in self.messages if message.event["n"] == name]

    def wait_for(self, count: int, name: str = "pageview") -> list[Message]:
        """The messages of this name, as soon as there are ``count``."""
        with self._arrived:
            arrived = self._arrived.wait_for(lambda: len(self.named(name)) >= count, PATIENCE)
            assert arrived, f"{count} × {name} expected, there came {[message.event['n'] for message in self.messages]}"
            return self.named(name)
