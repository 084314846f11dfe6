"""A site's own script, from the settings to the dashboard: the owner chooses, visitors click, the figures are there."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Page

from analytics.features import FEATURES
from tests.journey.conftest import PLAYWRIGHT_WITHOUT, QUIET, Complaints
from tests.journey.product import Line, account, at, everything_on, rows, running
from tests.journey.website import Website
from tests.service import CHROME, Service

SITE, PATHS, DRIVEN = "shop.example", "paths.example", "driven.example"
BODY = """
<a id="out" href="ELSEWHERE" target="_blank">out</a> <a id="file" href="/list.pdf" target="_blank">file</a>
<button class="plausible-event-name=Sign+up" data-footfall-event-plan="large">go</button>
<a id="gone" href="/gone">gone</a>
<form action="/list.pdf" target="_blank"><input name="email" value="jane@example.org"><button id="send">send</button></form>
<script>window.plausible = window.plausible || function () { (plausible.q = plausible.q || []).push(arguments) }; plausible("Seen", { props: { by: "plausible" } })</script>
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One for all tests here; each has a site of its own."""
    with running(tmp_path_factory.mktemp("features")) as service:
        yield service


@pytest.fixture
def line(service: Service) -> Iterator[Line]:
    with closing(Line(service)) as line:
        yield line


def choose(owner: Page, service: Service, line: Line, site: str, *features: str, **fields: str) -> str:
    """Makes a site and saves its settings with these features; returns the line of its page "Tag", with what hands it on."""
    service.command("site", "add", site)
    owner.goto(at(service, f"/sites/{site}/settings"))
    owner.locator("#beacon > summary").click()
    for feature in FEATURES:
        owner.locator(f'input[name="features"][value="{feature.name}"]').set_checked(feature.name in features)
    for name, text in fields.items():
        owner.locator(f'input[name="{name}"]').fill(text)
    owner.get_by_role("button", name="Save").click()
    owner.get_by_text("Settings saved").wait_for()
    owner.goto(at(service, f"/sites/{site}/snippet"))
    return owner.locator("section pre.copy").first.inner_text().replace(at(service, "/"), f"{line.url}/")


def test_everything_that_is_switched_on_is_on_the_dashboard(
    service: Service, line: Line, owners_page: Page, website: Website, page: Page, complaints: Complaints
) -> None:
    """Script and endpoint lie where the owners_page says; clicks, files, forms, tags, a missing page, and Plausible's calls count;
    received = counted + dropped."""
    features = [feature.name for feature in FEATURES if feature.name != "ignore"]
    tag = choose(owners_page, service, line, SITE, *features, script="assets/kiosk", endpoint="news/read")
    assert tag == f'<script defer src="{line.url}/assets/kiosk.js" data-domain="{SITE}"></script>'
    website.page("/list.pdf", tag="")
    website.page("/gone", tag=tag, status=404)
    elsewhere = website.page("/elsewhere", tag="").replace("127.0.0.1", "elsewhere.localhost")
    page.goto(website.page("/a", BODY.replace("ELSEWHERE", elsewhere), tag=tag).replace("127.0.0.1", "shop.localhost"))
    line.wait_for(1, "Seen")
    for selector, name in (("#out", "Outbound Link: Click"), ("#file", "File Download"), ("button", "Sign up"), ("#send", "Form: Submission")):
        page.click(selector)
        line.wait_for(1, name)
    page.click("#gone")
    line.wait_for(1, "404")
    sent = [message for message in line.messages if message.event["n"] != "engagement"]  # a page that goes has Playwright's name
    assert {(message.status, message.dropped) for message in sent} == {(202, "")}
    owners_page.goto(at(service, f"/{SITE}"))
    messages = everything_on(owners_page, line)
    received, counted, dropped = account(owners_page)
    assert (received, dropped) == (counted + dropped, sum(bool(message.dropped) for message in messages))
    assert rows(owners_page, "pages") == {"/a": ("1", "1"), "/gone": ("1", "1")}
    found = service.query(SITE, "events", dimensions=["event:name"])
    assert {row["dimensions"][0]: row["metrics"][0] for row in found if row["dimensions"][0] != "engagement"} == {
        "pageview": 2, "Seen": 1, "Outbound Link: Click": 1, "File Download": 1, "Sign up": 1, "Form: Submission": 1, "404": 1,
    }  # fmt: skip
    owners_page.goto(at(service, f"/{SITE}?show=events"))
    named = ("Seen", "Outbound Link: Click", "File Download", "Sign up", "Form: Submission", "404")
    assert rows(owners_page, "events") == dict.fromkeys(named, ("1", "1"))
    assert properties(service, "404", "path", "from") == [["/gone", page.url.replace("/gone", "/a")]]
    assert properties(service, "Sign up", "plan") == [["large"]]
    assert complaints.errors == []


def properties(service: Service, event: str, *names: str) -> list[list[str]]:
    """The values of these properties on events of this name."""
    found = service.query(SITE, "events", dimensions=[f"event:props:{name}" for name in names], filters=[["is", "event:name", [event]]])
    return [row["dimensions"] for row in found]


def test_t8_one_page_is_one_row_however_its_path_is_spelt(
    service: Service, line: Line, owners_page: Page, website: Website, page: Page
) -> None:
    """/论文 by a load, by pushState with and without encoding, in upper and lower case of it: one row, and filtering by it
    finds all."""
    tag = choose(owners_page, service, line, PATHS)
    page.goto(website.page("/%E8%AE%BA%E6%96%87", tag=tag))
    line.wait_for(1)
    for count, path in enumerate(("/b", "/论文", "/b", "/%e8%ae%ba%e6%96%87", "/b", "/%E8%AE%BA%E6%96%87"), start=2):
        page.evaluate("path => history.pushState({}, '', path)", path)
        line.wait_for(count)
    owners_page.goto(at(service, f"/{PATHS}"))
    everything_on(owners_page, line)
    assert rows(owners_page, "pages") == {"/论文": ("1", "4"), "/b": ("1", "3")}
    assert service.query(PATHS, "pageviews", filters=[["is", "event:page", ["/论文"]]]) == [{"dimensions": [], "metrics": [4]}]


def test_a_browser_that_says_it_is_driven_is_not_counted(
    service: Service, line: Line, owners_page: Page, website: Website, playwright: Any, chromium: str
) -> None:
    """All other journeys hide it; this one does not. The flag is all that the script says of it, and the collector decides."""
    tag = choose(owners_page, service, line, DRIVEN)
    options = [option for option in QUIET if "AutomationControlled" not in option]
    driven = playwright.chromium.launch(executable_path=chromium, args=options, ignore_default_args=[*PLAYWRIGHT_WITHOUT])
    page = driven.new_context(user_agent=CHROME).new_page()
    page.goto(website.page("/a", tag=tag))
    (view,) = line.wait_for(1)
    driven.close()
    assert (view.event["b"], view.status, view.dropped) == (1, 202, "bot")
