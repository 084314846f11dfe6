"""Every page as people have it before them: on a desk and on a phone, by day and by night, with JavaScript and without."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Response, StorageState, expect

from tests.journey.conftest import NewContext
from tests.journey.product import (
    ARTEFACTS,
    account,
    at,
    calm_zone,
    chart,
    headline,
    reasons,
    rows,
    running,
    setup_link,
)
from tests.journey.website import PATIENCE
from tests.service import CHROME, LAST_MONTH, Service

SITE, OTHER_SITE, BUSY_SITE = "shop.example", "xn--bcher-kva.example:8080", "everything.example"
MONTHS = 12
PATHS = (
    "/", "/shop/", "/shop/shoes/trail-runner", "/shop/shoes/city-walker", "/shop/bags/day-pack", "/about/returns",
    "/blog/a-rather-long-title-of-an-article-about-breaking-in-new-shoes-without-a-single-blister-in-three-weeks",
)  # fmt: skip
FACTS = (
    {"country": "DE", "browser": "Firefox", "os": "Linux", "device": "Desktop", "language": "de", "screen": "Desktop"},
    {"country": "GB", "browser": "Chrome", "os": "Android", "device": "Mobile", "language": "en", "screen": "Mobile"},
    {"country": "FR", "browser": "Safari", "os": "iOS", "device": "Tablet", "language": "fr", "screen": "Tablet"},
)
REFERRERS = ("https://www.google.com/", "", "https://walking-club.example/links", "https://chatgpt.com/")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
BY_COLOUR = ["color-contrast", "link-in-text-block"]
"""axe's rules that look at colours: the only ones whose answer by night can be another than by day."""
WIDTHS = {1280: 900, 360: 740}
SCHEMES: tuple[Any, ...] = ("light", "dark")
AXE = Axe().axe_script
WITH_FILTERS = f"/{SITE}?period=12mo&f=is,visit:country_name,Germany&f=contains,event:page,shop"

OVER = ".menu[open], dialog[open]"
"""What lies over the page while it is open."""

LAID_OUT = """() => {
    const wrong = []
    const boxes = (node) => { const range = document.createRange(); range.selectNodeContents(node); return [...range.getClientRects()] }
    const shown = (each) => each.checkVisibility({ opacityProperty: true }) && !each.closest(".unseen") && getComputedStyle(each.closest("thead") ?? each).clipPath === "none"
    const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1
    for (const head of document.querySelectorAll("thead:not(.unseen) th")) {
        const texts = document.createTreeWalker(head, NodeFilter.SHOW_TEXT)
        while (texts.nextNode()) for (const word of texts.currentNode.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
            const range = document.createRange()
            range.setStart(texts.currentNode, word.index)
            range.setEnd(texts.currentNode, word.index + word[0].length)
            const lines = new Set([...range.getClientRects()].map((each) => Math.round(each.top)))
            if (shown(texts.currentNode.parentElement) && lines.size > 1) wrong.push(`broken: ${word[0]}`)
            if (shown(texts.currentNode.parentElement) && range.getBoundingClientRect().right > head.closest("table").getBoundingClientRect().right + 1) wrong.push(`sticks out: ${word[0]}`)
        }
    }
    for (const row of document.querySelectorAll("tr")) {
        const cells = [...row.querySelectorAll("td.number")].filter(shown)
        cells.slice(1).forEach((cell, index) => boxes(cells[index]).some((one) => boxes(cell).some((other) => meet(one, other))) && wrong.push(`overlapping: ${row.textContent}`))
    }
    for (const figures of document.querySelectorAll(".chart")) {
        const marks = [...figures.querySelectorAll(".bar")].map((each) => each.getBoundingClientRect())
        for (const text of figures.querySelectorAll("svg text:not(.tick)")) if (marks.some((each) => meet(each, text.getBoundingClientRect()))) wrong.push(`on a bar: ${text.textContent}`)
    }
    const labels = [...document.querySelectorAll(".flow text")].filter(shown).map((each) => [each.textContent, each.getBoundingClientRect()])
    labels.forEach(([text, box], index) => labels.slice(index + 1).some(([, other]) => meet(box, other)) && wrong.push(`label on label: ${text}`))
    for (const each of document.querySelectorAll(".wide:has(.by-day, .named, .rows, .flow, .stack)")) if (shown(each) && each.scrollWidth > each.clientWidth) wrong.push("scrolls sideways")
    for (const each of document.querySelectorAll(".menu[open] > .sheet")) {
        const { left, right } = each.getBoundingClientRect()
        if (left < 0 || right > innerWidth) wrong.push(`menu from ${left} to ${right}`)
    }
    for (const each of document.querySelectorAll(".sites tbody tr")) {
        const bottoms = [...each.cells].map((cell) => Math.round(cell.getBoundingClientRect().bottom))
        if (getComputedStyle(each).display === "table-row" && new Set(bottoms).size > 1) wrong.push(`ragged: ${bottoms}`)
    }
    return wrong
}"""
"""What lies badly: a column's head that is broken within a word or sticks out, figures over figures or the chart's bars, a flow's labels
on each other, a table of figures or a flow that scrolls sideways, an open menu that is cut off, cells of one row that end at different heights."""

FORMS = """
title = "Forms"

[[panel]]
name = "sale"
title = "Sale"
form = "funnel"
query.steps = [["is", "event:section", ["/shop"]], ["is", "event:section", ["/about"]]]

[[panel]]
name = "words"
title = "Words"
form = "text"
text = "What is meant."

[[panel]]
name = "cross"
title = "Sources by section"
form = "table"
size = "full"
query.metrics = ["visitors", "visits", "pageviews", "bounce_rate"]
query.dimensions = ["visit:source", "event:section"]

[[panel]]
name = "goals"
title = "Goals"
form = "goals"
size = "full"

[[panel]]
name = "properties"
title = "Properties"
form = "properties"
size = "full"

[[panel]]
name = "revenue"
title = "Revenue"
form = "revenue"
size = "full"

[[panel]]
name = "vitals"
title = "Web vitals"
form = "vitals"
size = "full"
"""
"""A dashboard of the owner's own."""
SPARE = """
title = "Spare"

[[panel]]
name = "words"
title = "Words"
form = "text"
text = "What is meant."
"""
"""Another one, of which a panel is removed."""
WRONG = f"""
title = "Wrong"
sites = ["{OTHER_SITE}"]

[[panel]]
name = "pages"
title = "Pages"
form = "bars"
query.metrics = ["visitors"]
query.dimensions = ["event:pages"]
"""
"""One with a mistake, on the site without visits."""


class Look(NamedTuple):
    """One page in one state."""

    path: str
    opens: str = ""
    """The words on a menu, a question mark or what else is folded up."""
    signed_in: bool = True
    fills: Mapping[str, str] = {}
    """What is typed into which field."""
    presses: str = ""
    """The button that is pressed then."""
    status: int = 200
    """Of what is there in the end."""


LOOKS = {
    "sign-in": Look("/sign-in", signed_in=False),
    "sites": Look("/"),
    "sites on one axis": Look(f"/?period=28d&draw={SITE}&draw={OTHER_SITE}"),
    "sites to change": Look("/sites"),
    "new site": Look("/sites/new"),
    "tag": Look(f"/sites/{SITE}/snippet"),
    "tag, waiting": Look(f"/sites/{OTHER_SITE}/snippet"),
    "settings": Look(f"/sites/{SITE}/settings"),
    "sources": Look("/sources?linked_from=t.co&q=x"),
    "a source": Look("/sources/new?like=X"),
    "don't count me": Look("/dont-count-me"),
    "privacy page": Look(f"/sites/{SITE}/privacy"),
    "sections": Look(f"/sites/{SITE}/sections"),
    "dashboards": Look(f"/sites/{SITE}/dashboards"),
    "a dashboard's panels": Look(f"/sites/{SITE}/dashboards/main"),
    "a panel that is made": Look(f"/sites/{SITE}/dashboards/main/add?form=bars"),
    "goals": Look(f"/sites/{SITE}/goals"),
    "a goal": Look(f"/sites/{SITE}/goals/new?kind=event"),
    "a funnel": Look(f"/sites/{SITE}/funnels/new"),
    "corrections": Look(f"/sites/{SITE}/corrections"),
    "what was dropped": Look(f"/sites/{SITE}/dropped?language=fr"),
    "a robot that was dropped": Look(f"/sites/{SITE}/dropped?reason=bot&who=Googlebot"),
    "keys": Look("/keys"),
    "people": Look("/people"),
    "inviting": Look("/people/new"),
    "account": Look("/account"),
    "what I see": Look("/seen"),
    "no such page": Look("/nowhere/at/all", status=404),
    "today": Look(f"/{SITE}"),
    "a year": Look(f"/{SITE}?period=12mo"),
    "a year, filtered": Look(WITH_FILTERS),
    "a site without visits": Look(f"/{OTHER_SITE}"),
    "one panel": Look(f"/{SITE}?period=12mo&panel=pages"),
    "notes": Look(f"/sites/{SITE}/notes"),
    "some hours with a note": Look(f"/{SITE}?period=24h&compare=year&weekdays=match&draw=line"),
    "menu of comparisons": Look(f"/{SITE}?period=28d&compare=year", "Compare"),
    "map in full": Look(f"/{SITE}?period=12mo&panel=map&sort=visit:country_name,asc"),
    "map and flow": Look(f"/{SITE}?period=12mo&show=map&show=flow"),
    "hours and regions": Look(f"/{SITE}?period=12mo&show=hours&show=regions&f=is,visit:country_name,Germany"),
    "funnel, table and text": Look(f"/{SITE}?period=12mo&dashboard=forms"),
    "menu": Look(f"/{SITE}", "Menu"),
    "menu of sites": Look(f"/{SITE}?draw=bars&period=28d", "Sites"),
    "form of filters": Look(f"{WITH_FILTERS}&open=filter&about=contains,event:page,shop"),
    "what a panel says": Look(f"{WITH_FILTERS}&open=question&about=sources"),
    "realtime": Look(f"/{SITE}/realtime"),
    "segments": Look(f"/sites/{SITE}/segments"),
    "menu of periods": Look(f"/{SITE}", "Period: Today"),
    "sharing": Look(f"/sites/{SITE}/sharing"),
    "lines for other pages": Look(f"/sites/{SITE}/sharing/1/elsewhere?panel=pages&theme=dark"),
    "a public view": Look(f"/public/{SITE}?period=12mo", signed_in=False),
    "a year in German": Look(f"/{SITE}?period=12mo&language=de"),
    "settings in French": Look(f"/sites/{SITE}/settings?language=fr"),
    "menu of what can be taken along": Look(f"/{SITE}", "Share and download"),
    "every other form of panel": Look(f"/{BUSY_SITE}?period=28d&dashboard=forms&compare=off"),
    "conversions, compared": Look(f"/{BUSY_SITE}?period=28d&f=is,event:goal,Purchase&metric=conversion_rate&compare=year&show=entry-pages"),
    "a full list of five figures": Look(f"/{BUSY_SITE}?period=28d&panel=sources&search=o&language=de"),
    "goals in full": Look(f"/{BUSY_SITE}?period=28d&panel=goals&language=de"),
    "the ledger in full": Look(f"/{SITE}?period=12mo&panel=ledger&sort=bot"),
    "a table in full": Look(f"/{SITE}?period=12mo&dashboard=forms&panel=cross"),
    "signing in, refused": Look("/sign-in", "", False, {"Email address": "ada@example.org", "Password": "three words"}, "Sign in", 401),
    "a site that cannot be": Look("/sites/new", fills={"Domain": "no domain"}, presses="Add the site", status=422),
    "a goal without a name": Look(f"/sites/{SITE}/goals/new?kind=page", presses="Save", status=422),
    "what a correction would change": Look(f"/sites/{SITE}/corrections", fills={"Values 1": "/shop/"}, presses="Preview"),
    "a panel that was removed": Look(f"/sites/{SITE}/dashboards/spare", "Remove", presses="Remove Words permanently"),
    "a key that was made": Look("/keys", fills={"Name": "the kiosk"}, presses="Create key"),
    "goals, funnels and properties of a site": Look(f"/sites/{BUSY_SITE}/goals?language=fr"),
    "properties": Look(f"/sites/{BUSY_SITE}/properties"),
    "corrections in German": Look(f"/sites/{SITE}/corrections?language=de"),
    "people invited in Spanish": Look("/people/new?language=es"),
    "settings, refused": Look(f"/sites/{SITE}/settings", fills={"Domain": "no!"}, presses="Save", status=422),
    "a source, refused": Look("/sources/new", fills={"Name": "Club", "Hosts": "no host!"}, presses="Save", status=422),
    "a code for a phone": Look("/dont-count-me", presses="Show QR code"),
    "a new password": Look("/new-password?token=a-link-that-was-used", signed_in=False),
    "a dashboard as text, refused": Look(f"/sites/{SITE}/dashboards/spare", "The file", fills={"Edit as text": "title ="}, presses="Save the text", status=422),
    "a panel, refused": Look(f"/sites/{SITE}/dashboards/main/add?form=table", fills={"Title": " "}, presses="Save the panel", status=422),
    "a panel of a funnel": Look(f"/sites/{SITE}/dashboards/main/add?form=funnel"),
    "a panel of a flow": Look(f"/sites/{SITE}/dashboards/main/add?form=flow"),
    "a panel of revenue in French": Look(f"/sites/{BUSY_SITE}/dashboards/main/add?form=revenue&language=fr"),
    "a goal of reading": Look(f"/sites/{BUSY_SITE}/goals/2"),
    "funnels": Look(f"/sites/{BUSY_SITE}/funnels"),
    "a funnel and its numbers": Look(f"/sites/{BUSY_SITE}/funnels/1", presses="Preview figures"),
    "a funnel in full": Look(f"/{BUSY_SITE}?period=28d&panel=funnels&compare=year&language=de"),
    "a note, refused": Look(f"/sites/{SITE}/notes/1", fills={"What happened": " "}, presses="Save", status=422),
    "a shared link, refused": Look(f"/sites/{SITE}/sharing/1", fills={"Name": " "}, presses="Save", status=422),
    "somebody": Look("/people/1"),
    "account, refused": Look("/account", fills={"Your name": " "}, presses="Save", status=422),
    "keys of the keyboard": Look(f"/{SITE}", "Keyboard shortcuts"),
    "what a figure means": Look(f"/{SITE}", "What is Bounce rate?"),
    "the chart as a table": Look(f"/{SITE}?period=28d&compare=year&f=is,nope,1&metric=none", "As a table"),
    "an event on one axis": Look(f"/?period=28d&draw={BUSY_SITE}&draw={SITE}&event=Purchase"),
    "exit pages in full in German": Look(f"/{SITE}?period=12mo&panel=exit-pages&language=de"),
    "a flow in full": Look(f"/{SITE}?period=12mo&panel=flow&compare=off"),
    "what was restored": Look(f"/sites/{SITE}/dropped?reason=bot&who=Googlebot", presses="Count this event"),
}


def _history(domain: str, zone: str) -> list[dict[str, object]]:
    """A year: in each month a few visitors more or less, each with two pages; and somebody today."""
    noon = datetime.now(ZoneInfo(zone)).replace(hour=12, minute=0, second=0, microsecond=0)
    times = [noon - timedelta(days=30 * month + 1, minutes=visitor) for month in range(MONTHS) for visitor in range(3 + month % 4)]
    times.append(datetime.now(ZoneInfo(zone)) - timedelta(minutes=40))
    return [
        {
            "n": "pageview", "u": f"https://{domain}{PATHS[(number * 3 + page) % len(PATHS)]}", "d": domain,
            "r": "" if page else REFERRERS[number % len(REFERRERS)], "visitor": f"visitor {number}",
            "timestamp": (time + timedelta(seconds=90 * page)).isoformat(), **FACTS[number % len(FACTS)],
        }
        for number, time in enumerate(times)
        for page in range(2)
    ]  # fmt: skip


def _business(domain: str, zone: str) -> list[dict[str, object]]:
    """Three weeks of a shop: visitors by names of many lengths, some of whom buy; each tells how fast pages were."""
    noon = datetime.now(ZoneInfo(zone)).replace(hour=12, minute=0, second=0, microsecond=0)
    vitals = {"lcp": 3040, "lcp_rating": "needs-improvement", "inp": 90, "inp_rating": "good", "cls": 0.4, "cls_rating": "poor"}
    sold = {"$": {"amount": 123_456_789.5, "currency": "GBP"}, "p": {"product": "trail-runner-with-a-long-name", "delivery": "express"}}
    events = []
    for number in range(60):
        time, path = noon - timedelta(days=1 + number % 21, minutes=number), PATHS[number % len(PATHS)]
        event = {"d": domain, "u": f"https://{domain}{path}", "visitor": f"buyer {number}", **FACTS[number % len(FACTS)]}
        happened = [("pageview", {"r": REFERRERS[number % len(REFERRERS)]}), ("Web Vitals", {"p": vitals})]
        happened += [("Purchase", sold)] if number % 4 == 0 and number % 21 not in (3, 9) else []
        events += [{"n": name, **event, **more, "timestamp": time.isoformat()} for name, more in happened]
    return events


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Three sites: one with a year of visits, a robot's among them, one with none, and one where something is sold."""
    zone = calm_zone()
    with running(tmp_path_factory.mktemp("pages")) as service:
        for domain in (SITE, OTHER_SITE, BUSY_SITE):
            service.command("site", "add", domain, "--timezone", zone)
        key = service.command("key", "add", "--name", "for the history")
        _send(service, key, _history(SITE, zone))
        _send(service, key, _business(BUSY_SITE, zone))
        service.command("goal", "add", BUSY_SITE, "--event", "Purchase", "--currency", "GBP")
        service.command("goal", "add", BUSY_SITE, "--page", "/blog/**", "--scroll", "75", "--name", "Reads to the end")
        service.command("goal", "add", BUSY_SITE, "--event", "Registrierungsbestaetigungsformularabsendungserfolgsmeldung")
        service.command("funnel", "add", BUSY_SITE, "Checkout", "--step", "page:/shop/**", "--step", "event:Purchase")
        service.command("correct", OTHER_SITE, "ignore", "--filter", '["is", "event:page", ["/never/seen"]]')
        _save(service, key)
        _share(service, key)
        service.pageview(f"https://{SITE}/", {"user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"})
        service.pageview(f"https://{OTHER_SITE}/", {"user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"})
        service.pageview("https://misspelt.example/some/page")
        note = json.dumps({"site_id": SITE, "text": "Version 2 released, with a text that is long enough to need two lines on a phone"})
        service.request("PUT", "/api/v1/sites/notes", note.encode(), {"authorization": f"Bearer {key}"})
        (service.data / "dashboards").mkdir(exist_ok=True)
        (service.data / "dashboards" / "forms.toml").write_text(FORMS, encoding="utf-8")
        (service.data / "dashboards" / "spare.toml").write_text(SPARE, encoding="utf-8")
        (service.data / "dashboards" / "wrong.toml").write_text(WRONG, encoding="utf-8")
        yield service


def _share(service: Service, key: str) -> None:
    """Makes a public view of the first site, which other pages may show, too."""
    link = {"site_id": SITE, "name": "Everyone", "kind": "public", "hosts": ["example.com"], "counter": True, "exports": True}
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    answer = service.request("PUT", "/api/v1/sites/shared-links", json.dumps(link).encode(), headers)
    assert answer.status == 200


def _save(service: Service, key: str) -> None:
    """Saves a filter of the first site under a name."""
    segment = {"site_id": SITE, "name": "Readers from Germany and Austria", "filters": [["is", "visit:country", ["DE", "AT"]]]}
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    assert service.request("POST", "/api/v1/sites/segments", json.dumps(segment).encode(), headers).status == 200


def _send(service: Service, key: str, events: list[dict[str, object]]) -> None:
    body = json.dumps({"idempotency_key": str(events[0]["u"]), "events": events}).encode()
    answer = service.request("POST", "/api/events", body, {"authorization": f"Bearer {key}"})
    assert (answer.status, answer.json) == (202, {"accepted": len(events), "dropped": {}})


@pytest.fixture(scope="module")
def fresh_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Nobody has been here yet."""
    with running(tmp_path_factory.mktemp("fresh")) as service:
        yield service


class Watch:
    """All that a page says in the console, and whom it asks."""

    def __init__(self, page: Page) -> None:
        self.said: list[str] = []
        self.asked: set[str] = set()
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.add(urlsplit(request.url).netloc))


def _inspect(page: Page, name: str, part: str = "html") -> None:
    """At each width and in each scheme: nothing to be scrolled sideways, nothing that WCAG 2.2 AA forbids. ``part``:
    what is looked at, when the rest lies beneath an open menu and can not be clicked on."""
    page.wait_for_load_state()
    page.evaluate(AXE)
    for (width, height), scheme in product(WIDTHS.items(), SCHEMES):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        folder = ARTEFACTS / "pages"
        page.screenshot(path=folder / f"{name.replace(' ', '-').replace(',', '')}-{width}-{scheme}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} pixels on a screen of {width}: {_wide(page)}"
        assert scheme == "dark" or page.evaluate(LAID_OUT) == [], width
        rules = {"type": "rule", "values": BY_COLOUR} if scheme == "dark" else {"type": "tag", "values": WCAG}
        found = page.evaluate("([part, options]) => axe.run(part, options)", [part, {"runOnly": rules, "resultTypes": ["violations"]}])
        assert _told(found["violations"]) == [], (width, scheme)
        assert found["passes"], "axe has looked at nothing"


def _wide(page: Page) -> list[str]:
    """What sticks out on the right."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter(each => each.getBoundingClientRect().right > innerWidth)
            .map(each => each.outerHTML.slice(0, 120))"""
    )
    return found[:5]


def _told(violations: list[dict[str, Any]]) -> list[tuple[str, str, list[str]]]:
    return [(each["id"], each["help"], [node["html"][:160] for node in each["nodes"][:4]]) for each in violations]


@pytest.fixture(scope="module")
def desks(browser: Browser, owner: StorageState) -> Iterator[dict[bool, BrowserContext]]:
    """The owner's browser and a stranger's. All looks share them: opening one takes as long as some pages."""
    desks = {signed_in: browser.new_context(user_agent=CHROME, locale="en-GB", storage_state=owner if signed_in else None) for signed_in in (True, False)}
    for desk in desks.values():
        desk.set_default_timeout(PATIENCE * 1000)
    yield desks
    for desk in desks.values():
        desk.close()


@pytest.fixture
def page(desks: dict[bool, BrowserContext], name: str) -> Iterator[Page]:
    """A window to take the look of this name in."""
    with closing(desks[LOOKS[name].signed_in].new_page()) as page:
        yield page
    desks[False].clear_cookies()


def _is_next_page(answer: Response) -> bool:
    """Not what a script of the page asks for, and not the way there."""
    return answer.request.is_navigation_request() and not 300 <= answer.status < 400


@pytest.mark.parametrize("name", LOOKS)
def test_a_page_is_readable_by_everybody(service: Service, page: Page, name: str) -> None:
    """D35: at 1280 and 360 pixels, light and dark; it says nothing in the console and asks nobody else."""
    look = LOOKS[name]
    watch = Watch(page)
    statuses = [page.goto(at(service, look.path))]
    if look.opens:
        page.locator("summary", has_text=look.opens).or_(page.get_by_role("button", name=look.opens)).first.click()
    for field, text in look.fills.items():
        page.get_by_label(field).fill(text)
    if look.presses:
        with page.expect_response(_is_next_page) as answered:
            page.get_by_role("button", name=look.presses).click()
        answered.value.finished()
        statuses.append(answered.value)
    assert [answer and answer.status for answer in statuses][-1] == look.status
    _inspect(page, name, OVER if page.locator(OVER).count() else "html")
    assert [line for line in watch.said if look.status == 200 or str(look.status) not in line] == []
    assert watch.asked == {f"localhost:{service.port}"}


def test_the_first_page_is_readable_by_everybody(fresh_service: Service, new_context: NewContext) -> None:
    """The set-up form, and the same with what is wrong said at the fields."""
    page = new_context().new_page()
    watch = Watch(page)
    page.goto(setup_link(fresh_service))
    _inspect(page, "set-up")
    page.get_by_label("Email address").fill("ada@example.org")
    page.get_by_label("Password").fill("password1234")
    page.get_by_role("button", name="Create account").click()
    expect(page.locator("[aria-invalid]")).to_have_count(2)
    expect(page.get_by_label("Your name")).to_be_focused()
    _inspect(page, "set-up refused")
    assert [line for line in watch.said if "422" not in line] == []
    assert watch.asked == {f"localhost:{fresh_service.port}"}


def test_a_refused_form_leads_to_the_first_field_that_is_wrong(service: Service, owners_page: Page) -> None:
    """Also where that is a group; what is said of it can be seen."""
    owners_page.set_viewport_size({"width": 360, "height": 480})
    owners_page.goto(at(service, "/keys"))
    for scope in owners_page.locator("[name=scopes]").all():
        scope.uncheck()
    owners_page.get_by_role("button", name="Create key").click()
    expect(owners_page.locator("[name=scopes]").first).to_be_focused()
    expect(owners_page.get_by_text("Choose at least one permission")).to_be_in_viewport()


# --- without JavaScript ------------------------------------------------------------------------------


@pytest.fixture
def with_script(owner: StorageState, new_context: NewContext) -> BrowserContext:
    return new_context(storage_state=owner)


@pytest.fixture
def without_script(owner: StorageState, new_context: NewContext) -> BrowserContext:
    return new_context(storage_state=owner, java_script_enabled=False)


def _all_of(page: Page) -> dict[str, object]:
    """Every figure on a dashboard."""
    names = [name.removeprefix("panel-") for name in page.locator("section.card").evaluate_all("all => all.map(each => each.id)")]
    tables = {name: rows(page, name) for name in names if name not in ("headline", "chart", "ledger")}
    return {**tables, "headline": headline(page), "chart": chart(page), "ledger": (account(page), reasons(page))}


@pytest.mark.parametrize("path", [f"/{SITE}", f"/{SITE}?period=12mo", WITH_FILTERS])
def test_t16_the_figures_are_the_same_without_javascript(
    service: Service, with_script: BrowserContext, without_script: BrowserContext, path: str
) -> None:
    """Today, a year, a year with two filters; and there are figures."""
    one, other = with_script.new_page(), without_script.new_page()
    for page in (one, other):
        page.goto(at(service, path))
    figures = _all_of(one)
    assert figures == _all_of(other)
    assert int(headline(one)["visitors"]) > 0
    assert len(figures) >= 8


def test_a_dashboard_is_small_on_the_wire(service: Service, with_script: BrowserContext) -> None:
    """A year, with the tabs open that are largest: at most 150 kB with all parts, at most 60 kB of them script."""
    page = with_script.new_page()
    page.goto(at(service, f"/{SITE}?period=12mo&show=map&show=flow&show=revenue&show=vitals"), wait_until="networkidle")
    loaded = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
    sizes = dict(page.evaluate(f"{loaded}.map(each => [each.name, each.encodedBodySize])"))
    scripts = [size for name, size in sizes.items() if urlsplit(name).path.endswith(".js")]
    assert len(sizes) >= 3
    assert 0 < sum(scripts) <= 60_000
    assert 20_000 < sum(sizes.values()) <= 150_000


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_d35_a_click_on_a_row_filters_and_the_way_back_is_one_click(
    service: Service, with_script: BrowserContext, without_script: BrowserContext, script: bool
) -> None:
    """The address says it all: loaded anew it shows the same."""
    page = (with_script if script else without_script).new_page()
    page.goto(at(service, f"/{SITE}?period=12mo"))
    unfiltered = _all_of(page)
    germans = rows(page, "countries")["Germany"]
    page.locator("#panel-countries").get_by_role("link", name="Germany", exact=True).click()
    chip = page.locator(".chip")
    expect(chip).to_have_count(1)
    assert (headline(page)["visitors"],) == germans
    assert rows(page, "countries") == {"Germany": germans}
    filtered = _all_of(page)
    page.reload()
    assert _all_of(page) == filtered
    chip.get_by_role("link", name="Remove the filter").click()
    expect(chip).to_have_count(0)
    assert _all_of(page) == unfiltered


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_named_sections_hold_for_history_at_once(
    service: Service, with_script: BrowserContext, without_script: BrowserContext, script: bool
) -> None:
    """D22: folders first; then a rule, saved by a plain form, and last year is shown by it: true visitors, not sums."""
    domain = f"{'with' if script else 'without'}.example"
    service.command("site", "add", domain)
    key = service.command("key", "add", "--site", domain)
    views = [("ada", "/shop/shoes/a"), ("ada", "/shop/shoes/b"), ("ben", "/shop/bags/c"), ("ben", "/blog/d"), ("cyd", "/blog/d")]
    events: list[dict[str, object]] = [
        {"n": "pageview", "u": f"https://{domain}{path}", "timestamp": f"{LAST_MONTH}T10:00:0{second}Z", "visitor": person}
        for second, (person, path) in enumerate(views)
    ]
    _send(service, key, events)
    page = (with_script if script else without_script).new_page()
    year = at(service, f"/{domain}?period=all")
    page.goto(year)
    assert rows(page, "sections") == {
        "/blog": ("2", "2"), "/shop": ("2", "3"),
        "/blog/d": ("2", "2"), "/shop/bags": ("1", "1"), "/shop/shoes": ("1", "2"),
    }  # fmt: skip
    page.goto(at(service, f"/sites/{domain}/sections"))
    for row, (name, pattern) in enumerate([("Goods/On foot", "/shop/shoes/**"), ("Goods", "/shop/**")], start=1):
        page.get_by_label("Add a section").fill(name)
        page.locator("li.new textarea").fill(pattern)
        page.get_by_role("button", name="Preview changes").click()
        expect(page.get_by_label(f"Section {row}", exact=True)).to_have_value(name)
        page.wait_for_load_state()
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("They apply to past visits as well.")).to_be_visible()
    page.goto(year)
    assert rows(page, "sections") == {
        "/blog": ("2", "2"), "Goods": ("2", "3"), "/blog/d": ("2", "2"), "Goods/On foot": ("1", "2"),
    }  # fmt: skip


def test_parts_are_dragged_onto_a_section_and_sections_into_order(service: Service, with_script: BrowserContext) -> None:
    """With the pointer as with the buttons: what would move is told, and nothing is kept before Save."""
    page = with_script.new_page()
    watch = Watch(page)
    page.set_viewport_size({"width": 1280, "height": 2400})  # nothing scrolls while something is dragged
    page.goto(at(service, f"/sites/{SITE}/sections"))
    page.locator('[data-part="/blog"]').drag_to(page.locator("li.new"))
    expect(page.get_by_label("Section 1", exact=True)).to_have_value("Blog")
    page.wait_for_load_state()
    page.locator('[data-part="/shop/bags"]').drag_to(page.locator('[data-row="0"]'))
    expect(page.locator("#pattern-0")).to_have_value("/blog/**\n/shop/bags/**")
    page.wait_for_load_state()
    page.locator('[data-part="/shop"]').drag_to(page.locator("li.new"))
    expect(page.get_by_label("Section 2", exact=True)).to_have_value("Shop")
    page.wait_for_load_state()
    page.locator('[data-row="1"] .grip').drag_to(page.locator('[data-row="0"]'))
    expect(page.get_by_label("Section 1", exact=True)).to_have_value("Shop")
    expect(page.get_by_text("“/shop/bags/**” has no effect, because “Shop” comes first.")).to_be_visible()
    _inspect(page, "sections, not saved")
    page.get_by_role("link", name="Discard changes").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    assert watch.said == []


def test_somebody_invited_sees_a_part_of_a_site(service: Service, owner: StorageState, new_context: NewContext) -> None:
    """D51: a link to pass on, a name and a password, and the figures of one section without what lies outside."""
    page = new_context(storage_state=owner).new_page()
    page.goto(at(service, "/people/new"))
    page.get_by_label("Email address").fill("grace@example.org")
    given = page.get_by_role("group", name=SITE, exact=True)
    given.get_by_label("These sections").check()
    given.locator("summary").click()
    given.get_by_label("/blog", exact=False).first.check()
    page.get_by_role("button", name="Create invitation").click()
    link = (page.locator("pre.copy").text_content() or "").strip()
    _inspect(page, "an invitation")
    guest = new_context().new_page()
    guest.goto(link)
    _inspect(guest, "somebody invited")
    guest.get_by_label("Your name").fill("Grace")
    guest.get_by_label("Password").fill("eight tall birch trees")
    guest.get_by_role("button", name="Create account").click()
    expect(guest.get_by_role("heading", name=SITE)).to_be_visible()
    guest.goto(at(service, f"/{SITE}?period=12mo&show=entry-pages"))
    assert "(outside)" in rows(guest, "entry-pages")
    assert all(page.startswith(("/blog", "(outside)")) for page in rows(guest, "entry-pages"))
    assert guest.goto(at(service, "/people")).status == 403  # type: ignore[union-attr]
    _inspect(guest, "not allowed")


def test_the_owner_needs_no_javascript(service: Service, without_script: BrowserContext) -> None:
    """A site is added and its settings changed, a key is made, shown once, and revoked."""
    page = without_script.new_page()
    page.goto(at(service, "/sites/new"))
    page.get_by_label("Domain").fill("http://plain.example/")
    page.get_by_label("Time zone").select_option("Europe/Lisbon")
    page.get_by_role("button", name="Add the site").click()
    expect(page.get_by_role("heading", name="Count visits to plain.example")).to_be_visible()
    page.goto(at(service, "/sites/plain.example/settings"))
    page.get_by_role("heading", name="What is counted").click()
    page.get_by_label("Exclude visitors from these networks").fill("192.0.2.0/33")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Not saved.")).to_be_visible()
    expect(page.get_by_label("Exclude visitors from these networks")).to_have_value("192.0.2.0/33")
    page.get_by_label("Exclude visitors from these networks").fill("192.0.2.7/24")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Settings saved. They apply from now on.")).to_be_visible()
    page.get_by_text("Changed: Exclude visitors from these networks").click()
    expect(page.get_by_label("Exclude visitors from these networks")).to_have_value("192.0.2.0/24")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Lisbon")
    page.goto(at(service, "/keys"))
    page.get_by_label("Name", exact=True).fill("the wall")
    page.get_by_role("button", name="Create key").click()
    key = (page.locator("pre.copy").text_content() or "").strip()
    question = b'{"site_id": "plain.example", "metrics": ["visitors"], "date_range": "day"}'
    assert service.request("POST", "/api/v2/query", question, {"authorization": f"Bearer {key}"}).json["results"] == [
        {"dimensions": [], "metrics": [0]}
    ]
    page.get_by_role("button", name="Revoke the wall").click()
    expect(page.get_by_text("Key revoked. It no longer works.")).to_be_visible()
    assert service.request("POST", "/api/v2/query", question, {"authorization": f"Bearer {key}"}).status == 401
    expect(page.locator("pre.copy")).to_have_count(0)


def test_d31_the_example_for_servers_works_as_it_is(service: Service, without_script: BrowserContext) -> None:
    """What the tag's page shows for servers and apps is taken by the service, with a key in place."""
    page = without_script.new_page()
    page.goto(at(service, f"/sites/{OTHER_SITE}/snippet"))
    example = page.locator("pre", has_text="curl").text_content() or ""
    body = re.search(r"-d '(.*)'", example, re.DOTALL)
    assert body
    assert f"localhost:{service.port}/api/events" in example
    key = service.command("key", "add", "--scope", "events")
    answer = service.request("POST", "/api/events", body[1].encode(), {"authorization": f"Bearer {key}"})
    assert (answer.status, answer.json) == (202, {"accepted": 1, "dropped": {}})
