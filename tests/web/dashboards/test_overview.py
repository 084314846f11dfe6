"""All sites on one screen (D42): figures, change, order, pins, totals, and several sites on one axis."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import msgspec
import pytest
from flask.testing import FlaskClient

from analytics.model import Row
from analytics.site import Site
from analytics.store.base import Load
from analytics.store.control.people import Person
from analytics.store.control.site_places import Place
from analytics.web.services import Services

TODAY = date(2026, 9, 21)
YESTERDAY = TODAY - timedelta(days=1)
SITES = ("alpha.example", "beta.example", "gamma.example")

Count = Callable[..., None]


@pytest.fixture
def sites(services: Services) -> list[Site]:
    return [services.control.sites.add(domain, "Europe/Berlin") for domain in SITES]


@pytest.fixture
def count(services: Services) -> Count:
    """Stores visits of one page view each, at ten in the morning of Berlin."""
    numbers = iter(range(1, 10_000))

    def count(site: Site, visits: int, day: date = TODAY, name: str = "pageview") -> None:
        rows = [
            Row(
                day=day, time=f"{day}T08:00:00", seq=0, gap=0, visitor=number, visit=number, name=name, hostname=site.domain,
                path="/", interactive=True, engaged=0, scroll=0, revenue=None, currency="", props={},
                **dict.fromkeys(Row.__struct_fields__[15:], ""),
            )
            for number in (next(numbers) for _ in range(visits))
        ]  # fmt: skip
        services.store.load(site, Load([msgspec.json.encode(row) for row in rows], {}, [], []))

    return count


def _rows(html: str) -> list[list[str]]:
    """Site, and its figures as they are read."""
    found = []
    for row in re.findall(r"<tr[^>]*>.*?</tr>", html[html.index('<table class="sites">') :], re.DOTALL):
        name = re.search(r"<bdi>(.*?)</bdi>|<th scope=\"row\">(Total)", row)
        if name:
            cells = re.findall(r'<td class="number"[^>]*>(.*?)</td>', row, re.DOTALL)
            found.append([name[1] or name[2], *(re.sub(r"<[^>]+>", "", cell).strip() for cell in cells)])
    return found


def test_each_site_has_its_figures_its_change_and_its_part_of_the_total(
    signed_in_client: FlaskClient, sites: list[Site], count: Count
) -> None:
    alpha, beta, _gamma = sites
    count(alpha, 4)
    count(alpha, 2, YESTERDAY)
    count(beta, 1)
    count(beta, 2, YESTERDAY)
    assert _rows(signed_in_client.get("/").text) == [
        ["alpha.example", "4", "4", "4", "+100%"],
        ["beta.example", "1", "1", "1", "−50%"],
        ["gamma.example", "0", "0", "0", ""],
        ["Total", "5", "5", "5", "+25%"],
    ]


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", "beta alpha gamma"),
        ("?sort=-visitors", "gamma alpha beta"),
        ("?sort=name", "alpha beta gamma"),
        ("?sort=-name", "gamma beta alpha"),
        ("?sort=change", "alpha beta gamma"),
        ("?sort=-change", "gamma beta alpha"),
    ],
)
def test_the_list_is_in_the_order_that_was_chosen(
    signed_in_client: FlaskClient, sites: list[Site], count: Count, query: str, order: str
) -> None:
    """Change from nothing has no size: gamma stands below all others."""
    alpha, beta, _gamma = sites
    count(alpha, 2)
    count(alpha, 1, YESTERDAY)
    count(beta, 3)
    count(beta, 3, YESTERDAY)
    names = [row[0].removesuffix(".example") for row in _rows(signed_in_client.get(f"/{query}").text)[:-1]]
    assert names == order.split()


def test_a_pinned_site_stands_first_and_a_hidden_one_is_shown_when_asked_for(
    signed_in_client: FlaskClient, sites: list[Site], count: Count, services: Services, owner: Person
) -> None:
    alpha, beta, gamma = sites
    count(alpha, 4)
    count(beta, 1)
    for site, place in ((gamma, "pinned"), (alpha, "hidden")):
        token = re.search(r'name="csrf_token" value="([^"]+)"', signed_in_client.get("/").text)
        assert token
        data = {"csrf_token": token[1], "place": place, "next": "/?sort=name"}
        assert signed_in_client.post(f"/{site.domain}/place", data=data).location == "/?sort=name"
    assert services.control.site_places.of(owner) == {gamma.id: Place.PINNED, alpha.id: Place.HIDDEN}
    page = signed_in_client.get("/").text
    assert [row[:2] for row in _rows(page)] == [["gamma.example", "0"], ["beta.example", "1"], ["Total", "1"]]
    assert "Show 1 hidden site" in page
    assert [row[0] for row in _rows(signed_in_client.get("/?hidden=yes").text)][:3] == [
        "gamma.example", "alpha.example", "beta.example",
    ]  # fmt: skip


def test_a_place_that_is_none_is_refused(signed_in_client: FlaskClient, sites: list[Site], services: Services, owner: Person) -> None:
    page = signed_in_client.get("/").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    answer = signed_in_client.post("/alpha.example/place", data={"csrf_token": token[1], "place": "on top"})
    assert answer.status_code == 400
    assert services.control.site_places.of(owner) == {}


def test_several_sites_stand_on_one_axis_with_a_table(signed_in_client: FlaskClient, sites: list[Site], count: Count) -> None:
    alpha, beta, _gamma = sites
    count(alpha, 4)
    count(beta, 1)
    page = signed_in_client.get("/?draw=alpha.example&draw=beta.example&draw=nowhere.example").text
    assert re.findall(r'<li><svg.*?<bdi>(.*?)</bdi>', page, re.DOTALL) == ["alpha.example", "beta.example"]
    ten = re.search(r'10:00</th><td class="number">(.*?)</td><td class="number">(.*?)</td>', page)
    assert ten
    assert ten.groups() == ("4", "1")
    assert "There is no site nowhere.example to draw." in page


def test_the_axis_may_show_one_event_of_all_of_them(signed_in_client: FlaskClient, sites: list[Site], count: Count) -> None:
    alpha, beta, _gamma = sites
    count(alpha, 4)
    count(alpha, 2, name="Signup")
    count(beta, 1)
    page = signed_in_client.get("/?draw=alpha.example&draw=beta.example&event=Signup").text
    assert "Visitors who sent “Signup”" in page
    ten = re.search(r'10:00</th><td class="number">(.*?)</td><td class="number">(.*?)</td>', page)
    assert ten
    assert ten.groups() == ("2", "0")


def test_what_makes_no_sense_in_the_address_is_said_and_left_out(signed_in_client: FlaskClient, sites: list[Site]) -> None:
    page = signed_in_client.get("/?sort=<b>&period=eon").text
    assert "There is no column “&lt;b&gt;” to sort by." in page
    assert [row[0] for row in _rows(page)][:3] == list(SITES)
    assert "The address asks for “hidden=no”, which does not exist." in signed_in_client.get("/?hidden=no").text
    assert "The address asks for" not in signed_in_client.get("/?draw=alpha.example&hidden=yes&sort=-visitors").text


def test_hostile_text_is_text(signed_in_client: FlaskClient, sites: list[Site]) -> None:
    hostile = '"><script>alert(1)</script>'
    page = signed_in_client.get("/", query_string={"draw": ["alpha.example", hostile], "event": hostile}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_one_site_alone_is_its_dashboard_unless_the_list_is_asked_for(signed_in_client: FlaskClient, site: Site) -> None:
    assert signed_in_client.get("/").location == "/example.org"
    assert [row[0] for row in _rows(signed_in_client.get("/?sort=name").text)] == ["example.org", "Total"]
