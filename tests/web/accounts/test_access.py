"""What viewers may open and see: nothing that is not listed for them, no site that is not theirs, no page outside."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date

import msgspec
import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from analytics.errors import NotFound
from analytics.model import Row
from analytics.site import Funnel, Note, SectionRule, Site
from analytics.store.base import Load
from analytics.store.control.access import Sections
from analytics.store.control.people import VIEWER, Person
from analytics.store.control.store import ControlStore
from analytics.web.accounts.access import ANYONE, MACHINES, SIGN_IN, VIEWERS, viewer_of
from analytics.web.accounts.viewer import OWNER, Viewer
from analytics.web.dashboards.asking import shelf
from analytics.web.services import Services
from tests.web.accounts.test_auth import addresses, token_in
from tests.web.conftest import EMAIL

TODAY = date(2026, 9, 21)
GOOD = "eight tall birch trees"

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def viewer(client: FlaskClient, control: ControlStore, owner: Person) -> SignIn:
    """Signs somebody in who may see these sites, or sections of them."""

    def sign_in(given: dict[str, Sections]) -> FlaskClient:
        _, token = control.people.invite("grace@example.org", VIEWER, given, by=owner.email)
        grace = control.people.join(token, "Grace", GOOD)
        with client.session_transaction() as session:
            session[SIGN_IN] = control.people.sign_in(grace)
        return client

    return sign_in


@pytest.fixture
def visited(services: Services, site: Site) -> None:
    """Two visits of today: one of the blog that began at /secret, one of /secret alone."""
    services.control.sections.replace(site, [SectionRule(name="Journal", pattern="/blog/**")])
    rows = []
    for number, paths in enumerate((["/secret", "/blog/a", "/plans"], ["/secret"]), 1):
        for seq, path in enumerate(paths):
            rows.append(Row(
                day=TODAY, time=f"{TODAY}T14:10:{seq:02}", seq=seq, gap=1 if seq else 0, visitor=number, visit=number,
                name="pageview", hostname="example.org", path=path, interactive=True, engaged=0, scroll=0, revenue=None,
                currency="", props={}, **dict.fromkeys(Row.__struct_fields__[15:], ""),
            ))  # fmt: skip
    services.store.load(site, Load([msgspec.json.encode(row) for row in rows], {}, [], []))


# --- routes --------------------------------------------------------------------------------------------


def test_every_route_that_is_not_listed_is_for_owners(app: Flask, viewer: SignIn, site: Site) -> None:
    """Over the whole map of the real app: a new page is the owners' until somebody lists it and says why."""
    client = viewer({site.id: None})
    closed = [row for row in addresses(app) if row[0] not in {**MACHINES, **ANYONE, **VIEWERS}]
    assert {"admin.sites", "api_keys.page", "admin.settings", "sections.page", "dropped.page"} <= {row[0] for row in closed}
    token = token_in(client.get(f"/{site.domain}").text)
    for endpoint, method, address in closed:
        answer = client.open(address, method=method, data={"csrf_token": token} if method == "POST" else None)
        assert answer.status_code == 403, (endpoint, method)
    assert "Only owners of this service" in client.get("/sites").text


def test_every_listed_page_of_a_site_is_not_there_for_viewers_of_another(
    app: Flask, viewer: SignIn, site: Site, control: ControlStore
) -> None:
    """Whatever is listed for viewers and is about a site asks whose it is; the words are those of no site at all."""
    other = control.sites.add("other.example", "UTC")
    client = viewer({site.id: None})
    token = token_in(client.get(f"/{site.domain}").text)
    found = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint in VIEWERS and "domain" in rule.arguments:
            with app.test_request_context():
                values = {name: other.domain if name == "domain" else 1 for name in rule.arguments}
                address = app.url_map.bind("stats.example.org").build(rule.endpoint, values)
            for method in (rule.methods or set()) & {"GET", "POST"}:
                answer = client.open(address, method=method, data={"csrf_token": token})
                assert answer.status_code == 404, (rule.endpoint, method)
                assert "There is no site other.example" in answer.text, rule.endpoint
                found += 1
    assert found >= 2
    assert "There is no site nowhere.example" in client.get("/nowhere.example").text


def test_every_listed_page_exists_and_has_a_reason(app: Flask) -> None:
    assert VIEWERS.keys() <= {rule.endpoint for rule in app.url_map.iter_rules()}
    assert all(VIEWERS.values())
    assert not VIEWERS.keys() & {**MACHINES, **ANYONE}.keys()


def test_a_page_that_somebody_adds_is_for_owners(app: Flask, viewer: SignIn, site: Site) -> None:
    app.add_url_rule("/brand-new", "brand_new", lambda: "secret figures")
    answer = viewer({site.id: None}).get("/brand-new")
    assert (answer.status_code, "secret" in answer.text) == (403, False)


# --- what they see -------------------------------------------------------------------------------------


def test_the_viewer_of_a_site(app: Flask, services: Services, site: Site, owner: Person) -> None:
    """OWNER for owners; else what the access says; NotFound where there is none."""
    people = services.control.people
    other = services.control.sites.add("other.example", "UTC")
    grace, _ = people.invite("grace@example.org", VIEWER, {site.id: None, other.id: ("Journal", "/shop")}, by=owner.email)
    stranger, _ = people.invite("eve@example.org", VIEWER, {}, by=owner.email)
    limited = Viewer(filters=(["is", "event:section", ["Journal", "/shop"]],), may_change=False)
    for who, where, wanted in ((owner, site, OWNER), (grace, site, Viewer(may_change=False)), (grace, other, limited)):
        with app.test_request_context():
            g.person = who
            assert viewer_of(where) == wanted
    with app.test_request_context():
        g.person = stranger
        with pytest.raises(NotFound, match=r"There is no site example\.org"):
            viewer_of(site)


def test_the_list_of_sites_has_theirs_alone(viewer: SignIn, site: Site, control: ControlStore) -> None:
    third = control.sites.add("third.example", "UTC")
    control.sites.add("other.example", "UTC")
    page = viewer({site.id: None, third.id: None}).get("/").text
    assert ("example.org" in page, "third.example" in page, "other.example" in page) == (True, True, False)
    assert "Add a site" not in page


def test_with_one_site_they_land_on_its_dashboard_and_with_none_are_told(viewer: SignIn, site: Site, control: ControlStore) -> None:
    control.sites.add("other.example", "UTC")
    client = viewer({site.id: None})
    assert client.get("/").headers["Location"] == "/example.org"
    control.sites.remove(site)
    assert "You do not have access to any site yet" in client.get("/").text


def test_a_viewer_of_a_whole_site_sees_all_of_it_and_changes_nothing(viewer: SignIn, site: Site, visited: None) -> None:
    page = viewer({site.id: None}).get("/example.org").text
    assert "/secret" in page
    assert "What was counted and what was not" in page
    assert not re.search(r'href="/(sites|keys|sources|people)', page)
    assert "Sign out" in page


@pytest.mark.parametrize("query", [
    "", "?show=entry-pages", "?show=exit-pages", "?panel=pages", "?panel=entry-pages", "?panel=ledger", "?period=all",
    "?f=is_not,event:page,/nowhere", "?f=contains_not,visit:exit_page,/blog", "?period=28d&show=events", "?panel=sections",
])  # fmt: skip
def test_a_viewer_of_a_section_reads_of_no_page_outside(viewer: SignIn, site: Site, visited: None, query: str) -> None:
    page = viewer({site.id: ("Journal",)}).get(f"/example.org{query}").text
    assert "/plans" not in page
    assert "/secret" not in page
    assert "What was counted and what was not" not in page


def test_no_panel_file_or_minute_names_a_page_outside(viewer: SignIn, site: Site, visited: None, app: Flask) -> None:
    """Every panel there is, opened in full; the last half hour; the figures as files, one and all."""
    with app.app_context():
        names = [panel.name for board in shelf(site) for panel in board.panels]
    client = viewer({site.id: ("Journal",)})
    texts = {name: client.get(f"/example.org?panel={name}&compare=off").text for name in names}
    texts |= {name: client.get(f"/example.org?show={name}").text for name in names}
    texts["realtime"] = client.get("/example.org/realtime").text
    texts["json"] = client.get("/example.org?panel=entry-pages&format=json").text
    with zipfile.ZipFile(io.BytesIO(client.get("/example.org/export.zip").data)) as files:
        texts |= {name: files.read(name).decode("utf-8", "replace") for name in files.namelist()}
    assert len(texts) > 25
    assert [name for name, text in texts.items() if "/secret" in text or "/plans" in text] == []
    assert "/blog/a" in texts["realtime"]
    assert "(outside)" in texts["json"]


@pytest.mark.parametrize("own", ["is,event:page,/secret", "is,event:section,/secret", "is,visit:entry_page,/secret"])
def test_who_asks_for_a_page_outside_gets_nothing(viewer: SignIn, site: Site, visited: None, own: str) -> None:
    page = viewer({site.id: ("Journal",)}).get(f"/example.org?panel=pages&f={own}").text
    assert "/blog/a" not in page
    assert "Nothing" in page


def test_notes_and_funnels_of_the_whole_site_are_not_for_viewers_of_a_section(
    viewer: SignIn, site: Site, visited: None, control: ControlStore
) -> None:
    """Their words may name what lies outside; a note that is marked for everybody is shown."""
    control.notes.put(site, Note(day=TODAY, text="Launch of /plans"), by=EMAIL)
    control.notes.put(site, Note(day=TODAY, text="New look", public=True), by=EMAIL)
    steps = [["is", "event:page", ["/secret"]], ["is", "event:page", ["/plans"]]]
    control.funnels.put(site, Funnel(name="Secretly", steps=steps), by=EMAIL)
    client = viewer({site.id: ("Journal",)})
    pages = client.get("/example.org").text + client.get("/example.org?panel=funnels").text
    assert "New look" in pages
    assert not [word for word in ("/plans", "/secret", "Secretly") if word in pages]


def test_current_visitors_of_a_section_are_its_own(viewer: SignIn, site: Site, visited: None) -> None:
    client = viewer({site.id: ("Journal",)})
    assert "<strong>1</strong> current visitor" in client.get("/example.org").text
    assert "<strong>1</strong> current visitor" in client.get("/example.org/live").text


def test_a_section_that_is_gone_shows_nothing_rather_than_everything(
    viewer: SignIn, site: Site, visited: None, control: ControlStore
) -> None:
    """Access names sections; one that was renamed or removed fails closed."""
    client = viewer({site.id: ("Journal",)})
    control.sections.replace(site, [])
    page = client.get("/example.org?panel=pages").text
    assert "/blog/a" not in page
    assert "<strong>0</strong> current visitor" in client.get("/example.org").text


# --- working with the dashboard ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/example.org/realtime",
        "/example.org?open=filter",
        "/example.org?open=filter&about=visit:entry_page",
        "/example.org?open=values&about=event:page,",
        "/example.org?open=values&about=event:page,sec",
        "/example.org?open=values&about=visit:entry_page,s",
        "/example.org?open=question&about=pages",
        "/example.org?panel=pages&search=s",
        "/example.org?panel=sections&sort=event:section",
    ],
)
def test_nothing_outside_is_suggested_listed_or_searched(
    viewer: SignIn, control: ControlStore, site: Site, visited: None, path: str
) -> None:
    """Suggestions, lists and the last half hour are questions like any other; and names of segments are not theirs."""
    control.segments.add(site, "Secret readers", [["is", "event:page", ["/secret"]]])
    client = viewer({site.id: ("Journal",)})
    answer = client.get(path)
    assert answer.status_code == 200
    for outside in ("/secret", "/plans", "Secret readers", "/sites/"):
        assert outside not in answer.text, outside


def test_their_half_hour_counts_those_who_are_inside(viewer: SignIn, site: Site, visited: None) -> None:
    """One of the two visitors was on a page of the section; it is 14:13 UTC."""
    client = viewer({site.id: ("Journal",)})
    text = " ".join(re.sub(r"<[^>]*>", " ", client.get("/example.org/realtime").text).split())
    assert "On the site now 1 Visitors 1 Page views 1" in text
    assert "/blog/a" in text


def test_a_segment_is_no_way_out(viewer: SignIn, control: ControlStore, site: Site, visited: None) -> None:
    """Neither by its number in the address, nor by the page that keeps one."""
    control.segments.add(site, "Secret readers", [["is", "event:page", ["/secret"]]])
    client = viewer({site.id: ("Journal",)})
    shown = client.get("/example.org?f=is,segment,1").text
    assert "Secret readers" not in shown
    assert client.get("/sites/example.org/segments").status_code == 403


def test_what_is_wrong_with_a_dashboards_file_is_told_to_owners_alone(
    viewer: SignIn, site: Site, services: Services
) -> None:
    """A viewer sees its other panels; a dashboard of which nothing can be used is not in their menu."""
    folder = services.config.data / "dashboards"
    folder.mkdir()
    (folder / "team.toml").write_text('title = "Team"\n[[panel]]\nname = "x"\ntitle = "X"\nform = "spiral"\n[[panel]]\nname = "now"\ntitle = "Now"\nform = "live"\n')
    (folder / "broken.toml").write_text("title =")
    client = viewer({site.id: None})
    page = client.get(f"/{site.domain}?dashboard=team").text
    assert ("Team" in page, "spiral" in page, "broken" in page) == (True, False, False)
    assert "There is no dashboard “broken”." in client.get(f"/{site.domain}?dashboard=broken").text
    assert "/dashboards/team" not in page
