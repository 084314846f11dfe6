"""The dashboard as a browser without JavaScript gets it: the numbers, the links, and what hostile values look like."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from analytics.config import Config
from analytics.model import REASONS, Reason
from analytics.site import Goal, Site
from analytics.store.base import Load
from analytics.web.services import Services
from tests.web.page import TODAY, Page, Visit

NARROW = "\N{NARROW NO-BREAK SPACE}"
HOSTILE = [
    "/<script>alert(1)</script>",
    "/\"onmouseover=\"alert(1)",
    "/'><img src=x onerror=alert(1)>",
    "/{{ 7*7 }}",
    "/\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
    "/مرحبا/论文",
    "/a,b\\c",
    "/" + "long/" * 400,
    "javascript:alert(1)",
]

def figures(page_html: str) -> dict[str, str]:
    """Headline figure by metric."""
    parser = Page("")
    found: dict[str, str] = {}
    current = ""

    def start(tag: str, attrs: list[tuple[str, str | None]]) -> None:
        nonlocal current
        current = dict(attrs).get("data-metric") or ""

    def data(text: str) -> None:
        nonlocal current
        if current:
            found[current], current = text, ""

    parser.handle_starttag = start  # type: ignore[method-assign]
    parser.handle_data = data  # type: ignore[method-assign]
    parser.feed(page_html)
    return found


def test_the_five_questions_are_answered_on_one_page(browse: Callable[..., Page], visit: Visit) -> None:
    """D35: how many, compared with before, from where, which pages, who is here now."""
    visit("/", "/shop/shoes", source="Google", country="DE", device="Desktop", browser="Firefox", at="09:00")
    visit("/shop/shoes", source="Google", country="AT", device="Mobile", browser="Safari", at="14:12")
    visit("/", day=TODAY - timedelta(days=1), source="Bing", country="DE", at="06:00")
    page = browse()
    assert "1 current visitor" in page.text
    assert "Mon 21 Sep 2026 compared with Sun 20 Sep 2026, until 16:00" in page.text
    rows = page.rows
    assert ["/shop", "2", "2"] in [[row[0].split(" ")[0], *row[1:]] for row in rows]
    assert ["/shop/shoes", "2", "2"] in [[row[0].split(" ")[0], *row[1:]] for row in rows]
    for name in ("Google", "Germany", "Austria", "Desktop", "Mobile", "Firefox", "Safari"):
        assert any(row and row[0].startswith(name) for row in rows), name
    assert not any(row and row[0].startswith("Bing") for row in rows)


def test_the_headline_figures_are_exact(signed_in_client: FlaskClient, site: Site, visit: Visit) -> None:
    """Two visits, three page views, one bounce, one visit of a minute."""
    visit("/", "/shop")
    visit("/")
    html = signed_in_client.get(f"/{site.domain}").text
    assert figures(html) == {
        "visitors": "2", "visits": "2", "pageviews": "3", "views_per_visit": "1.5", "bounce_rate": "50%", "visit_duration": "30s",
    }
    assert html.count(">new<") == 3, "D40: no percentage of zero; averages over nothing have no change"


def test_visitors_of_several_days_are_called_daily_visitors(browse: Callable[..., Page], visit: Visit) -> None:
    """D37: a sum of days says so."""
    visit("/")
    visit("/", day=TODAY - timedelta(days=3))
    assert "Daily visitors" in browse("?period=7d").text
    assert "Daily visitors" not in browse().text.replace("Each person counts once per day", "")


def test_the_chart_has_its_table_and_its_second_line(browse: Callable[..., Page], visit: Visit) -> None:
    """D46: what the picture shows can be read; the hours of today that have not come are empty, not zero."""
    visit("/", at="08:00")
    visit("/", day=TODAY - timedelta(days=1), at="08:00")
    page = browse()
    table = {row[0]: row[1:] for row in page.rows if row and row[0].startswith("Mon 21 Sep 2026, ")}
    assert table["Mon 21 Sep 2026, 10:00"] == ["1", "1", "+"]
    assert table["Mon 21 Sep 2026, 11:00"] == ["0", "0", "+"]
    assert table["Mon 21 Sep 2026, 17:00"] == ["", "", "+"]
    assert len(table) == 24
    assert any(attributes.get("class") == "before" for tag, attributes in page.elements if tag == "path")


def test_the_chart_adds_up_to_the_headline(browse: Callable[..., Page], visit: Visit) -> None:
    """T16: the same question, the same number."""
    for back in range(1, 8):
        visit("/", day=TODAY - timedelta(days=back), times=back)
    page = browse("?period=7d&metric=pageviews")
    start = page.rows.index(["Time", "Page views", "Before", "Notes"]) + 1
    table = [row[:2] for row in page.rows[start : start + 7]]
    assert table[0] == ["Mon 14 Sep 2026", "7"]
    assert sum(int(figure) for _, figure in table) == 28


@pytest.mark.parametrize(("metric", "text"), [("bounce_rate", "100%"), ("visit_duration", "0s"), ("views_per_visit", "1")])
def test_any_headline_figure_can_be_charted(browse: Callable[..., Page], visit: Visit, metric: str, text: str) -> None:
    """A click on a figure shows it over time."""
    visit("/")
    table = {row[0]: row[1] for row in browse(f"?metric={metric}").rows if row and "10:00" in row[0]}
    assert table == {"Mon 21 Sep 2026, 10:00": text}


STATE = [("period", "7d"), ("f", "is,visit:source,Google"), ("compare", "off"), ("metric", "pageviews"), ("show", "exit-pages")]


def test_every_link_keeps_the_rest_of_the_state(browse: Callable[..., Page], visit: Visit) -> None:
    """D35: whatever is clicked, all that was chosen before still holds but for what the click changes."""
    visit("/", "/shop", day=TODAY - timedelta(days=1), source="Google")
    page = browse("?period=7d&f=is,visit:source,Google&compare=off&metric=pageviews&show=exit-pages")
    assert len(page.state()) > 20
    for parameters in page.state():
        missing = [pair for pair in STATE if pair not in parameters]
        assert len(missing) <= 1, parameters


def test_a_click_on_a_row_filters_the_page(browse: Callable[..., Page], visit: Visit) -> None:
    """D41: the link of a row is the filter for its value, and its chip takes it away again."""
    visit("/", source="Google")
    visit("/about", source="Bing")
    link = "/example.org?f=is,visit:source,Google"
    assert link in list(browse().links())
    page = browse("?f=is,visit:source,Google")
    assert any(row and row[0].startswith("/ ") for row in page.rows)
    assert not any(row and row[0].startswith("/about") for row in page.rows)
    assert "Source is Google" in page.text
    assert "/example.org?" in list(page.links())


def test_a_row_can_be_excluded(browse: Callable[..., Page], visit: Visit) -> None:
    """D41: all but this."""
    visit("/", source="Google")
    visit("/about", source="Bing")
    assert "/example.org?f=is_not,visit:source,Google" in list(browse().links())
    page = browse("?f=is_not,visit:source,Google")
    assert "Source is not Google" in page.text
    assert [row[0].split()[0] for row in page.rows if row and row[0].startswith(("Google", "Bing"))] == ["Bing"]


def test_who_has_not_reached_a_goal_can_be_looked_at(browse: Callable[..., Page], visit: Visit, services: Services, site: Site) -> None:
    services.control.goals.add(site, Goal(id=0, name="Read about us", kind="page", page_path="/about"), by="owner@example.org")
    visit("/", "/about", source="Google")
    visit("/", source="Bing")
    page = browse("?f=is_not,event:goal,Read about us")
    assert "cannot be used with this panel" not in page.text
    assert [row[0].split()[0] for row in page.rows if row and row[0].startswith(("Google", "Bing"))] == ["Bing"]


def test_what_few_have_in_common_is_one_row_that_is_no_link_and_cannot_be_filtered_by(browse: Callable[..., Page], visit: Visit) -> None:
    """A folded value is told by no table; a filter that names one says why it shows nothing."""
    for language, times in {"de": 9, "fr": 2, "pl": 1, "it": 2}.items():
        visit("/", language=language, times=times)
    page = browse("?panel=languages")
    assert [row[:2] for row in page.rows if row and row[0].startswith(("German", "(fewer", "French", "Polish", "Italian"))] == [
        ["German exclude German", "9"], ["(fewer than 5)", "5"],
    ]  # fmt: skip
    assert not any("fewer" in link for link in page.links())
    page = browse("?f=is,visit:language,pl")
    assert "Language: values with fewer than 5 visitors are grouped together, so you cannot filter by them alone." in page.text


def test_a_section_shows_what_is_inside(browse: Callable[..., Page], visit: Visit) -> None:
    """Each level has true visitors: one who saw two pages of a section counts once in it."""
    visit("/shop/shoes/red", "/shop/shoes/blue", "/shop/hats")
    rows = [[row[0].split()[0], *row[1:]] for row in browse().rows if len(row) == 3]
    assert rows.index(["/shop", "1", "3"]) < rows.index(["/shoes", "1", "2"])
    inside = [[row[0].split()[0], *row[1:]] for row in browse("?f=is,event:section,/shop/shoes").rows if len(row) == 3]
    assert ["/red", "1", "1"] in inside
    assert ["/hats", "1", "1"] not in inside


def test_the_ledger_accounts_for_everything(
    browse: Callable[..., Page], visit: Visit, services: Services, site: Site
) -> None:
    """received = counted + dropped, each reason with its sentence."""
    visit("/", "/a")
    services.store.load(site, Load([], {(TODAY.isoformat(), "bot"): 1200, (TODAY.isoformat(), "rate"): 3}, [], []))
    page = browse()
    assert f"1{NARROW}205 received = 2 counted + 1{NARROW}203 dropped" in page.text
    assert [f"{REASONS[Reason.BOT]} bot", f"1{NARROW}200"] in page.rows
    assert ["Mon 21 Sep 2026", f"1{NARROW}205", "2", f"1{NARROW}200", "3"] in page.rows


def test_d43_the_days_of_the_ledger_are_searched_sorted_and_paged(
    browse: Callable[..., Page], visit: Visit, services: Services, site: Site
) -> None:
    """By what a day is called and why something was dropped on it; the latest comes first until another order is chosen."""
    visit("/")
    days = [TODAY - timedelta(days=ago) for ago in range(28)]
    load = {(day.isoformat(), "bot"): 100 + ago for ago, day in enumerate(days)} | {(days[3].isoformat(), "rate"): 5}
    services.store.load(site, Load([], load, [], []))

    def listed(query: str) -> list[str]:
        page = browse(f"?period=28d&date=2026-09-21&panel=ledger{query}")
        return [row[0] for row in page.rows if row[0].endswith("2026")]

    assert (listed("")[0], len(listed("&size=25")), listed("&size=25&page=2")) == (
        "Mon 21 Sep 2026", 25, ["Thu 27 Aug 2026", "Wed 26 Aug 2026", "Tue 25 Aug 2026"],
    )  # fmt: skip
    assert listed("&sort=bot")[0] == "Tue 25 Aug 2026"
    assert listed("&sort=bot,asc")[0] == "Mon 21 Sep 2026"
    assert listed("&sort=day,asc")[0] == "Tue 25 Aug 2026"
    assert listed("&sort=rate")[0] == "Fri 18 Sep 2026"
    assert listed("&search=sun+&sort=received") == ["Sun 30 Aug 2026", "Sun 6 Sep 2026", "Sun 13 Sep 2026", "Sun 20 Sep 2026"]
    assert listed("&search=2026-09-2") == ["Mon 21 Sep 2026", "Sun 20 Sep 2026"]
    assert listed("&search=RATE") == ["Fri 18 Sep 2026"]
    assert "No rows contain “nowhere”" in browse("?period=28d&panel=ledger&search=nowhere").text


def test_the_ledger_says_when_a_crash_made_visitors_count_twice(
    browse: Callable[..., Page], visit: Visit, services: Services, site: Site
) -> None:
    visit("/")
    assert "stopped unexpectedly" not in browse().text
    services.store.load(site, Load([], {}, [], [], [TODAY.isoformat()]))
    assert "On Mon 21 Sep 2026 the service stopped unexpectedly" in browse().text


@pytest.mark.parametrize(("parameters", "said"), [(1, "1 parameter that identifies a person ("), (1200, f"1{NARROW}200 parameters that identify a person (")])
def test_the_ledger_says_what_was_left_out_of_events(
    browse: Callable[..., Page], visit: Visit, services: Services, site: Site, parameters: int, said: str
) -> None:
    """D33: beside the sum, which is of events."""
    visit("/")
    assert "identifying" not in browse().text
    services.store.load(site, Load([], {}, [], [], left_out={TODAY.isoformat(): parameters}))
    page = browse()
    assert said in page.text
    assert "1 received = 1 counted + 0 dropped" in page.text


def test_a_filter_form_works_without_javascript(signed_in_client: FlaskClient, site: Site) -> None:
    """It comes back as the address that says the same."""
    answer = signed_in_client.get(f"/{site.domain}?period=7d&dimension=event:page&operation=contains&value=/a,b")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/example.org?period=7d&f=contains,event:page,/a%5C,b"


def test_every_page_of_the_site_is_in_the_menu(browse: Callable[..., Page]) -> None:
    """What the tabs of those pages lead to, the dashboard leads to as well."""
    pages = ["snippet", "sections", "goals", "segments", "dashboards", "corrections", "dropped", "notes", "sharing", "settings", "privacy"]
    assert [link for link in browse().links() if link.startswith("/sites/")][:11] == [f"/sites/example.org/{page}" for page in pages]



def test_every_tab_is_a_link(browse: Callable[..., Page], visit: Visit) -> None:
    """A card's other panels come by an address, not by a script."""
    visit("/", "/end", referrer="news.example/today")
    assert "/example.org?show=exit-pages" in list(browse().links())
    assert any(row and row[0].startswith("/end") for row in browse("?show=exit-pages").rows)
    assert any(row and row[0].startswith("news.example/today") for row in browse("?show=referrers").rows)


def test_a_panel_shows_its_full_list_by_pages(browse: Callable[..., Page], visit: Visit) -> None:
    """D43: nine rows, all of them a click away."""
    visit(*(f"/{number:03}" for number in range(120)))
    page = browse()
    assert "/example.org?panel=pages" in list(page.links())
    first = [row[0].split()[0] for row in browse("?panel=pages").rows if len(row) == 4][1:]
    second = [row[0].split()[0] for row in browse("?panel=pages&page=2").rows if len(row) == 4][1:]
    assert len(first) == 100
    assert sorted(first + second) == [f"/{number:03}" for number in range(120)]


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_values_are_text(browse: Callable[..., Page], visit: Visit, path: str) -> None:
    """A path is data: it is shown as it is, and its link filters by exactly it."""
    visit(path, source=path[:300], browser=path[:100])
    page = browse()
    scripts = [attributes.get("src") for tag, attributes in page.elements if tag == "script"]
    assert [str(source).partition("?")[0] for source in scripts] == ["/static/built/dashboard.js"]
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert not any(urlsplit(link).scheme == "javascript" for link in page.links())
    assert path in "".join(page.texts)
    wanted = [link for link in page.links() if "f=is,event:page," in link]
    filtered = browse(wanted[0].removeprefix("/example.org"))
    assert path in "".join(filtered.texts)
    assert "Nothing was counted" not in filtered.text


def test_a_path_is_read_from_left_to_right(browse: Callable[..., Page], visit: Visit) -> None:
    """In whichever letters its parts are; what is no path is read as its letters are."""
    visit("/مرحبا/a", source="مرحبا")
    told = [attributes.get("dir") for tag, attributes in browse().elements if tag == "bdi"]
    assert {*told} == {"ltr", None}


@pytest.mark.parametrize("query", ["", "?period=12mo", "?f=is,event:page,/", "?panel=pages", "?panel=ledger"])
def test_nothing_is_inline(browse: Callable[..., Page], visit: Visit, query: str) -> None:
    """The content security policy allows no inline script, style or handler."""
    visit("/")
    for tag, attributes in browse(query).elements:
        assert tag != "style"
        assert "style" not in attributes
        assert tag != "script" or "src" in attributes
        assert not any(name.startswith(("on", "hx-on")) for name in attributes)
        assert "[" not in attributes.get("hx-trigger", "")


def test_an_empty_site_says_what_to_do(browse: Callable[..., Page]) -> None:
    """D13: nothing yet is not an error."""
    page = browse()
    assert "Is the tag in your pages?" in page.text
    assert "/sites/example.org/snippet" in list(page.links())
    assert "0 received = 0 counted + 0 dropped" in page.text


@pytest.mark.parametrize("period", ["day", "7d", "28d", "month", "12mo", "all", "custom"])
def test_every_period_can_be_shown(browse: Callable[..., Page], visit: Visit, period: str) -> None:
    """With data and a filter."""
    visit("/", day=TODAY - timedelta(days=40))
    visit("/")
    page = browse(f"?period={period}&from=2026-08-01&to=2026-09-21&f=is,event:page,/")
    assert "cannot be used with this panel" not in page.text


@pytest.fixture
def write(config: Config) -> Callable[[str, str], None]:
    """Puts an owner's file of a dashboard into its folder."""
    folder = config.data / "dashboards"
    folder.mkdir()
    return lambda name, text: (folder / f"{name}.toml").write_text(text, encoding="utf-8") and None


HOSTS = '[[panel]]\nname = "hosts"\ntitle = "Hosts"\nform = "bars"\nquery.metrics = ["visitors"]\nquery.dimensions = ["event:hostname"]\n'


def test_a_broken_panel_hides_only_itself(browse: Callable[..., Page], visit: Visit, write: Callable[[str, str], None]) -> None:
    """In an owner's own file: what is wrong stands in its place."""
    visit("/")
    write(
        "own",
        '[[panel]]\nname = "mine"\ntitle = "Mine"\nform = "pie"\n' + HOSTS +
        '[[panel]]\nname = "odd"\ntitle = "Odd"\nform = "bars"\nquery.metrics = ["events"]\nquery.dimensions = ["visit:entry_page"]\n',
    )  # fmt: skip
    page = browse("?dashboard=own")
    assert "own.toml, line 4, panel “mine”, field form: there is no form “pie”" in page.text
    assert any(row and row[0].startswith("example.org") for row in page.rows)
    said = "These filters cannot be used with this panel (\"events\" cannot be grouped by \"visit:entry_page\": it counts events, and"
    assert said in page.text
    assert "(„events“ gibt es nicht nach „visit:entry_page“: das eine zählt Ereignisse" in browse("?dashboard=own&language=de").text


def test_several_dashboards_have_a_menu(browse: Callable[..., Page], visit: Visit, write: Callable[[str, str], None]) -> None:
    """One more file, one more entry; every link on its page stays on it. Alone, the main one needs no menu."""
    visit("/")
    assert "Dashboard: Overview" not in browse().text
    write("team", f'title = "<b>Our team"\n{HOSTS}')
    write("other", f'title = "Other"\nsites = ["other.example"]\n{HOSTS}')
    main = browse("?period=7d&show=channels")
    assert "Dashboard: Overview Overview <b>Our team" in main.text
    assert [("dashboard", "team"), ("period", "7d")] in main.state()
    team = browse("?dashboard=team")
    assert "Dashboard: <b>Our team" in team.text
    assert "received" not in team.text
    elsewhere = [state for state in team.state() if ("dashboard", "team") not in state]
    assert elsewhere == [[]]  # the main one, in the menu


def test_a_dashboard_that_is_not_there(browse: Callable[..., Page], visit: Visit) -> None:
    """An old link still shows a dashboard, and says why it is another."""
    visit("/")
    page = browse("?dashboard=<script>")
    assert "There is no dashboard “<script>”." in page.text
    assert "received" in page.text


def test_a_panel_that_is_not_there(browse: Callable[..., Page], visit: Visit) -> None:
    """An old link shows the others, and says why."""
    visit("/")
    page = browse("?panel=<b>")
    assert "There is no panel “<b>” on this dashboard." in page.text
    assert "received" in page.text
    assert "There is no panel" not in browse("?panel=pages").text


def test_what_the_address_gets_wrong_is_told(browse: Callable[..., Page]) -> None:
    """And the rest of it holds."""
    page = browse("?period=7d&metric=<b>&f=is,event:pgae,/")
    assert "There is no metric “<b>”." in page.text
    assert "You cannot filter by “event:pgae”." in page.text
    assert "14 – 20 Sep 2026" in page.text


def test_a_page_of_a_list_that_is_not_there(browse: Callable[..., Page], visit: Visit) -> None:
    """It does not say that nothing was counted."""
    visit("/")
    page = browse("?panel=pages&search=/&page=3")
    assert "This list has no page 3 in this period. Show its first page" in page.text
    assert "/example.org?panel=pages&search=/" in page.links()
    assert "This list has no page" not in browse("?panel=pages").text


def test_a_tab_or_a_column_that_is_not_there(browse: Callable[..., Page], visit: Visit) -> None:
    visit("/")
    assert "There is no panel “<b>” on this dashboard." in browse("?show=<b>").text
    assert "There is no panel" not in browse("?show=entry-pages").text
    assert "There is no column “<b>” to sort by." in browse("?panel=pages&sort=<b>").text
    for query in ("?panel=pages&sort=pageviews,asc", "?panel=pages&sort=event:page", "?panel=countries&sort=visitors", "?panel=ledger&sort=counted"):
        assert "There is no" not in browse(query).text, query


def test_every_figure_has_its_definition(browse: Callable[..., Page]) -> None:
    """D36: beside the number, without JavaScript."""
    page = browse()
    popovers = {attributes["id"] for _, attributes in page.elements if "popover" in attributes}
    asked = [attributes["popovertarget"] for _, attributes in page.elements if "popovertarget" in attributes]
    assert asked[0] == "about-so-far", "T18: today is compared with as much of yesterday, and says so"
    assert len(asked) == 8
    assert set(asked) == popovers
    assert "Percentage of visits with a single page view" in page.text


def test_the_live_line_tells_when_the_panels_are_old(signed_in_client: FlaskClient, site: Site, visit: Visit) -> None:
    """A new event of today, and nothing else, makes the page ask again."""
    page = Page(signed_in_client.get(f"/{site.domain}").text)
    address = next(attributes["hx-get"] for _, attributes in page.elements if attributes.get("id") == "live")
    assert "HX-Trigger" not in signed_in_client.get(address).headers
    visit("/", at="14:13")
    answer = signed_in_client.get(address)
    assert answer.headers["HX-Trigger"] == "footfall:news"
    assert "1 current visitor" in Page(answer.text).text
    again = next(attributes["hx-get"] for _, attributes in Page(answer.text).elements if "hx-get" in attributes)
    assert "HX-Trigger" not in signed_in_client.get(again).headers


def test_the_past_does_not_ask_for_news(signed_in_client: FlaskClient, site: Site, visit: Visit) -> None:
    """What happens now changes nothing there."""
    visit("/")
    answer = signed_in_client.get(f"/{site.domain}/live?period=7d")
    assert "HX-Trigger" not in answer.headers
    assert 'data-seconds="10"' in answer.text


def test_the_way_from_the_start(signed_in_client: FlaskClient, services: Services) -> None:
    """No site: add one. One: its dashboard. More: the list."""
    assert signed_in_client.get("/").headers["Location"] == "/sites/new"
    services.control.sites.add("one.example", "UTC")
    assert signed_in_client.get("/").headers["Location"] == "/one.example"
    services.control.sites.add("localhost:8000", "UTC")
    page = Page(signed_in_client.get("/").text)
    assert {"/one.example", "/localhost:8000"} <= set(page.links())
    assert signed_in_client.get("/localhost:8000").status_code == 200


def test_an_unknown_site_is_not_found(signed_in_client: FlaskClient) -> None:
    """Nor is any path that is not ours."""
    assert signed_in_client.get("/nowhere.example").status_code == 404
    assert signed_in_client.get("/nowhere.example/live").status_code == 404


def test_nobody_else_sees_a_dashboard(client: FlaskClient, site: Site) -> None:
    """One has to sign in first."""
    assert client.get(f"/{site.domain}").status_code == 303
    assert client.get(f"/{site.domain}/live").status_code == 303


def test_answers_are_not_kept_by_caches(signed_in_client: FlaskClient, site: Site) -> None:
    """They are of this moment and of one person."""
    for path in (f"/{site.domain}", f"/{site.domain}/live"):
        assert signed_in_client.get(path).headers["Cache-Control"] == "no-store"


def test_every_region_and_table_has_a_name(browse: Callable[..., Page], visit: Visit) -> None:
    """D46: one main heading, every region named, every table with a caption, every id once."""
    visit("/")
    page = browse()
    tags = [tag for tag, _ in page.elements]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert tags.count("h1") == 1
    assert tags.count("main") == 1
    assert tags.count("table") == tags.count("caption")
    assert len(ids) == len(set(ids))
    labels = [attributes["aria-labelledby"] for tag, attributes in page.elements if tag == "section"]
    assert set(labels) <= set(ids)


def test_templates_hold_no_inline_code() -> None:
    """Also those that no test above has rendered."""
    folder = Path(__file__).parents[3] / "dashboards" / "templates"
    templates = list(folder.rglob("*.html"))
    assert len(templates) > 50
    for template in templates:
        source = template.read_text(encoding="utf-8")
        assert " style=" not in source, template
        assert "javascript:" not in source, template


def test_the_foot_says_how_countries_are_known(browse: Callable[..., Page], visit: Visit) -> None:
    """D14: whose data, and how old; without a database it is the browser's time zone."""
    visit("/")
    assert "No location database; countries are taken from the browser's time zone." in browse().text
