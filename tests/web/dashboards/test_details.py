"""A panel shown alone: all its rows, searched, sorted, by pages, and a link that says exactly this (D43)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from analytics.boards.reading import dashboards
from analytics.config import Config
from analytics.resources import folder
from analytics.site import Goal, Site
from analytics.web.services import Services
from tests.web.page import TODAY, Page, Visit
from tests.web.visits import Visits

Browse = Callable[..., Page]


def listed(page: Page) -> list[list[str]]:
    """The rows below the head: the value without its links, then the figures."""
    return [[row[0].split(" ")[0], *row[1:]] for row in page.rows[1:]]


def test_every_panel_of_rows_has_its_details(browse: Browse, visit: Visit) -> None:
    """Not only those that have more rows than their card shows; and the way back."""
    visit("/")
    links = list(browse("?period=7d&date=2026-09-21").links())
    for name in ("sections", "pages", "sources", "countries", "ledger"):
        assert f"/example.org?period=7d&date=2026-09-21&panel={name}" in links, name
    assert "/example.org?period=7d&date=2026-09-21" in list(browse("?period=7d&date=2026-09-21&panel=pages").links())


def test_rows_come_with_their_share_of_the_visitors(browse: Browse, visit: Visit) -> None:
    """More figures than in the card, and what a share is of is said."""
    visit("/", "/shop")
    visit("/")
    page = browse("?panel=pages")
    assert page.rows[0] == ["Page", "Visitors", "Page views", "Share of visitors"]
    assert listed(page) == [["/", "2", "2", "100%"], ["/shop", "1", "1", "50%"]]
    several = browse("?panel=pages&period=7d&date=2026-09-21")
    assert several.rows[0] == ["Page", "Daily visitors", "Page views", "Share of daily visitors"]


def test_search_leaves_the_values_that_contain_the_text(browse: Browse, visit: Visit) -> None:
    """In either case, in the address, on all pages of the list; a share is then one of what was found."""
    visit("/", "/Shop/shoes", "/blog/shop")
    visit("/about")
    page = browse("?panel=pages&search=SHOP")
    assert [row[0] for row in listed(page)] == ["/Shop/shoes", "/blog/shop"]
    assert page.rows[0][-1] == "Share of search results"
    assert "1 – 2 of 2" in page.text
    assert "No rows contain “100%_” in this period." in browse("?panel=pages&search=100%25_").text


def test_search_and_rows_keep_the_rest_of_the_state(browse: Browse, visit: Visit) -> None:
    """D35: the form carries it on in hidden fields."""
    visit("/shop", source="Google")
    page = browse("?panel=pages&f=is,visit:source,Google&sort=pageviews,asc&search=sh&page=1")
    place = [tag for tag, _ in page.elements].index("form", [each.get("role") for _, each in page.elements].index("search"))
    fields = [each for tag, each in page.elements[place : place + 9] if tag == "input"]
    assert [(each["name"], each["value"]) for each in fields] == [
        ("f", "is,visit:source,Google"),
        ("panel", "pages"),
        ("sort", "pageviews,asc"),
        ("search", "sh"),
    ]


@pytest.mark.parametrize(
    ("sort", "pages", "column", "direction"),
    [
        ("", ["/b", "/a", "/c"], "Visitors", "descending"),
        ("pageviews", ["/a", "/b", "/c"], "Page views", "descending"),
        ("pageviews,asc", ["/c", "/b", "/a"], "Page views", "ascending"),
        ("event:page,asc", ["/a", "/b", "/c"], "Page", "ascending"),
        ("event:page", ["/c", "/b", "/a"], "Page", "descending"),
        ("clicks", ["/b", "/a", "/c"], "Visitors", "descending"),
    ],
)
def test_any_column_sorts_both_ways(
    browse: Browse, visit: Visit, sort: str, pages: list[str], column: str, direction: str
) -> None:
    """The head says which and how; what is no column of the panel changes nothing."""
    visit("/a", "/a", "/a", "/a", "/a")
    visit("/b", "/b")
    visit("/b")
    visit("/c")
    visit("/a", "/b")
    visit("/b")
    page = browse(f"?panel=pages&sort={sort}")
    assert [row[0] for row in listed(page)] == pages
    sorted_by = [each["aria-sort"] for tag, each in page.elements if tag == "th" and "aria-sort" in each]
    assert sorted_by == [direction]
    heads = [each for tag, each in page.elements if tag == "th" and each.get("scope") == "col"]
    assert [page.rows[0][place] for place, each in enumerate(heads) if "aria-sort" in each] == [column]


def test_a_click_on_the_head_turns_the_order(browse: Browse, visit: Visit) -> None:
    """Figures begin with the most, names with A."""
    visit("/a")
    links = [link for link in browse("?panel=pages").links() if "sort=" in link]
    assert links[:4] == [
        "/example.org?panel=pages&sort=event:page,asc",
        "/example.org?panel=pages&sort=visitors,asc",
        "/example.org?panel=pages&sort=pageviews",
        "/example.org?panel=pages&sort=percentage",
    ]
    assert "/example.org?panel=pages&sort=event:page" in list(browse("?panel=pages&sort=event:page,asc").links())


def test_pages_say_where_they_are_and_how_large_they_are_is_a_choice(browse: Browse, visit: Visit) -> None:
    """Total, from and to; another size begins from the start."""
    visit(*(f"/{number:03}" for number in range(60)))
    page = browse("?panel=pages&size=25&page=3")
    assert "51 – 60 of 60" in page.text
    assert [row[0] for row in listed(page)] == [f"/{number:03}" for number in range(50, 60)]
    links = list(page.links())
    assert "/example.org?panel=pages&size=25&page=2" in links
    assert {"/example.org?panel=pages&size=25", "/example.org?panel=pages", "/example.org?panel=pages&size=500"} <= set(links)
    assert not any("page=4" in link for link in links)
    assert "0 rows" not in browse("?panel=pages&page=9").text.replace("60 rows", "")


def test_sections_are_a_plain_list_when_searched_or_sorted(browse: Browse, visit: Visit) -> None:
    """Each with all of its visitors, however deep it lies, and once."""
    visit("/shop/shoes/one", "/shop/bags/one", "/blog/shoes/care")
    visit("/shop/shoes/two")
    page = browse("?panel=sections&search=shoes")
    assert [row[:2] for row in listed(page)] == [["/shop/shoes", "2"], ["/blog/shoes", "1"]]
    ordered = browse("?panel=sections&sort=event:section,asc")
    assert [row[0] for row in listed(ordered)] == ["/blog", "/blog/shoes", "/shop", "/shop/bags", "/shop/shoes"]


def test_the_map_shown_alone_has_a_list_of_its_countries(browse: Browse, visit: Visit) -> None:
    """With shares, searched and sorted; the map itself stays whole."""
    for country, times in (("DE", 7), ("AT", 6), ("FR", 5)):
        for _time in range(times):
            visit("/", country=country)
    page = browse("?panel=map")
    assert page.rows[0] == ["Country", "Visitors", "Share of visitors"]
    assert listed(page) == [["Germany", "7", "39%"], ["Austria", "6", "33%"], ["France", "5", "28%"]]
    assert [row[0] for row in listed(browse("?panel=map&sort=visit:country_name,asc"))] == ["Austria", "France", "Germany"]
    found = browse("?panel=map&search=AUS")
    assert [row[:2] for row in listed(found)] == [["Austria", "6"]]
    assert {"Germany: 7", "Austria: 6", "France: 5"} <= set(found.texts)


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("?panel=regions", ["Austria", "Germany"]),
        ("?panel=regions&search=ger", ["Germany"]),
        ("?panel=regions&sort=visit:country_name", ["Germany", "Austria"]),
        ("?panel=goals", ["Sale", "Read"]),
        ("?panel=goals&search=READ", ["Read"]),
        ("?panel=goals&f=is,event:goal,Read", ["Read"]),
        ("?panel=goals&f=contains,event:goal,al", ["Sale"]),
        ("?panel=goals&sort=conversion_rate,asc", ["Read", "Sale"]),
        ("?panel=properties", ["pro", "free"]),
        ("?panel=properties&search=FR", ["free"]),
        ("?panel=properties&sort=events,asc", ["free", "pro"]),
        ("?panel=revenue&choose=revenue,visit:source", ["Google", "Bing"]),
        ("?panel=revenue&choose=revenue,visit:source&search=bin", ["Bing"]),
        ("?panel=revenue&choose=revenue,visit:source&sort=average_revenue", ["Bing", "Google"]),
    ],
)
def test_lists_inside_of_a_panel_are_searched_and_sorted_as_well(
    browse: Browse, services: Services, site: Site, query: str, rows: list[str]
) -> None:
    """D43: regions, goals, properties and revenue have a field to search in, whatever else they show."""
    visits = Visits(services, site)
    services.control.goals.add(site, Goal(id=0, name="Sale", kind="event", event_name="Order", currency="EUR"))
    services.control.goals.add(site, Goal(id=0, name="Read", kind="page", page_path="/read"))
    for source, plan, amount, country, times in (("Google", "pro", "1", "DE", 6), ("Bing", "free", "2", "AT", 2)):
        visits.add(
            "/", name="Order", times=times, props={"plan": plan}, revenue=amount, currency="EUR", source=source, country=country
        )
    visits.add("/", times=5, country="AT", source="Bing")
    visits.add("/read", country="DE")
    page = browse(query)
    assert [row[0].split(" ")[0] for row in page.rows if len(row) > 1][1:] == rows
    assert ("search", "search") in [(each.get("type"), each.get("name")) for tag, each in page.elements if tag == "input"]


def test_revenue_over_time_is_sorted_and_not_searched(browse: Browse, services: Services, site: Site) -> None:
    """A time contains no text."""
    services.control.goals.add(site, Goal(id=0, name="Sale", kind="event", event_name="Order", currency="EUR"))
    Visits(services, site).add("/", name="Order", revenue="1", currency="EUR")
    page = browse("?panel=revenue&sort=total_revenue,asc")
    assert [each["aria-sort"] for tag, each in page.elements if tag == "th" and "aria-sort" in each] == ["ascending"]
    assert not any(each.get("type") == "search" for tag, each in page.elements if tag == "input")


def test_a_row_leads_back_to_the_dashboard_that_it_narrows(browse: Browse, visit: Visit) -> None:
    """A list of the one row that was chosen would say nothing."""
    visit("/shop", source="Google")
    links = list(browse("?panel=sources&search=goo&page=1&period=7d&date=2026-09-21").links())
    assert "/example.org?period=7d&date=2026-09-21&f=is,visit:source,Google" in links


def test_the_links_to_share_say_exactly_this(browse: Browse, visit: Visit, public_url: str) -> None:
    """Whole addresses: of the days when they are opened, and of these very days."""
    visit("/shop", day=TODAY - timedelta(days=1))
    text = browse("?period=7d&panel=pages&search=sh").text
    assert f"{public_url}/example.org?period=7d&panel=pages&search=sh" in text
    assert f"{public_url}/example.org?period=custom&from=2026-09-14&to=2026-09-20&panel=pages&search=sh" in text


def test_a_file_says_what_the_details_show(browse: Browse, visit: Visit, config: Config) -> None:
    """Other metrics than the card's, and several dimensions as a table."""
    visit("/shop", source="Google", channel="Organic Search")
    folder = config.data / "dashboards"
    folder.mkdir(parents=True)
    (folder / "extra.toml").write_text(
        """
        [[panel]]
        name = "from"
        title = "From"
        form = "bars"
        query.metrics = ["visitors"]
        query.dimensions = ["visit:source"]
        details.metrics = ["visitors", "visits"]
        details.dimensions = ["visit:channel", "visit:source"]
        """
    )
    page = browse("?dashboard=extra&panel=from")
    assert page.rows[0] == ["Channel", "Source", "Visitors", "Visits"]
    assert [cell.split(" exclude")[0] for cell in page.rows[1]] == ["Organic Search", "Google", "1", "1"]


@pytest.mark.parametrize("text", ['"><img src=x onerror=alert(1)>', "javascript:alert(1)", "=1+1", "\N{RIGHT-TO-LEFT OVERRIDE}a", "%(s)s"])
def test_what_is_searched_for_is_text(signed_in_client: FlaskClient, site: Site, text: str) -> None:
    """T20: in the field, in the sentence, in the links."""
    answer = signed_in_client.get(f"/{site.domain}", query_string={"panel": "pages", "search": text})
    page = Page(answer.text)
    assert f"No rows contain “{text}” in this period." in page.text
    assert ("search", text) in [(each.get("name"), each.get("value")) for tag, each in page.elements if tag == "input"]
    assert not any(each.get("onerror") for _, each in page.elements)
    assert all(link.startswith(("/", "#", "https://")) for link in page.links())


@pytest.mark.parametrize("panel", [each.name for each in dashboards(folder("dashboards"))[0].panels if each.details.metrics])
def test_a_built_in_panels_full_list_shows_what_its_file_says(browse: Browse, visit: Visit, panel: str) -> None:
    """D43: more columns than there is room for in its card, each of which can be asked for."""
    visit("/", "/shop", utm_campaign="spring", click_id="gclid")
    page = browse(f"?panel={panel}&period=7d&date=2026-09-21")
    wanted = next(each for each in dashboards(folder("dashboards"))[0].panels if each.name == panel)
    assert max(map(len, page.rows)) == 1 + len(wanted.details.metrics)
    assert "cannot be used with this panel" not in page.text
