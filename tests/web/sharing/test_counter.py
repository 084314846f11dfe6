"""The public counter (D55): one number for anybody's page, and nothing that it should not tell."""

import xml.etree.ElementTree as ElementTree
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from analytics.site import SharedLink, Site
from analytics.web.services import Services
from analytics.web.sharing.counter import KEPT, THEMES
from tests.web.conftest import Watch
from tests.web.visits import Visits

NARROW = "\N{NARROW NO-BREAK SPACE}"
HOSTILE = '/<script>alert(1)</script>"&\'\N{RIGHT-TO-LEFT OVERRIDE}'


@pytest.fixture
def counter(services: Services, site: Site) -> Any:
    """Makes a link with a counter and returns the start of its address."""

    def counter(**fields: Any) -> str:
        link = SharedLink(**{"name": "Blog", "counter": True, **fields})
        return f"/counter/{services.control.shared_links.put(site, link, by='ada').token}"

    return counter


def test_a_page_is_counted_for_anybody(client: FlaskClient, counter: Any, visits: Visits) -> None:
    """Of the page, or of the site; every page may ask for it, and everybody keep it for five minutes."""
    visits.add("/blog/a", "/blog/b", times=1100)
    visits.add("/blog/a", times=134)
    address = counter()
    answer = client.get(f"{address}.json?path=/blog/a")
    assert answer.json == {
        "count": 1234, "fewer_than": None, "text": f"1{NARROW}234", "metric": "pageviews", "period": "total", "path": "/blog/a",
    }  # fmt: skip
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in answer.headers
    whole = client.get(f"{address}.json?metric=visits").json
    assert whole
    assert (whole["count"], whole["path"]) == (1234, None)
    assert client.post(f"{address}.json").status_code == 405


def test_a_path_is_spelt_as_pages_are(client: FlaskClient, counter: Any, visits: Visits) -> None:
    """T8: as copied from an address bar."""
    visits.add("/blog/café", times=12)
    answer = client.get(f"{counter()}.json", query_string={"path": "/blog//caf%C3%A9"}).json
    assert answer
    assert answer["count"] == 12


@pytest.mark.parametrize("times", [0, 1, 9])
def test_few_are_not_told_from_fewer(client: FlaskClient, counter: Any, visits: Visits, times: int) -> None:
    """Nor is a page that the link does not show from one that nobody has seen."""
    visits.add("/shop/a", times=times)
    visits.add("/secret", times=50)
    address = counter(sections=("/shop",))
    for path in ("/shop/a", "/secret", "/nowhere"):
        answer = client.get(f"{address}.json?path={path}").json
        assert answer == {
            "count": None, "fewer_than": 10, "text": "fewer than 10", "metric": "pageviews", "period": "total", "path": path,
        }  # fmt: skip


def test_the_links_days_hold(client: FlaskClient, counter: Any, visits: Visits) -> None:
    """Of all time only those that the link shows; of a period outside of them nothing."""
    visits.add("/", day=date(2026, 7, 1), times=20)
    visits.add("/", day=date(2026, 9, 1), times=30)
    address = counter(first=date(2026, 8, 1), last=date(2026, 9, 10))
    assert client.get(f"{address}.json").json["count"] == 30  # type: ignore[index]
    assert client.get(f"{address}.json?period=day").json["count"] is None  # type: ignore[index]


def test_it_is_counted_once_in_five_minutes(client: FlaskClient, counter: Any, visits: Visits, clock: Watch) -> None:
    """However many readers a page has; a revoked link ends at once all the same."""
    visits.add("/", times=12)
    address = counter()
    assert client.get(f"{address}.json").json["count"] == 12  # type: ignore[index]
    visits.add("/", times=12)
    assert client.get(f"{address}.json").json["count"] == 12  # type: ignore[index]
    clock.now += KEPT
    assert client.get(f"{address}.json").json["count"] == 24  # type: ignore[index]


def test_the_picture_says_it_to_everybody(client: FlaskClient, counter: Any, visits: Visits) -> None:
    """A title for screen readers; its words can be the owner's or in a language; a theme from a few."""
    visits.add("/", times=12)
    address = counter()
    answer = client.get(f"{address}.svg?theme=dark")
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    picture = ElementTree.fromstring(answer.text)
    assert (picture.get("role"), picture.get("aria-label")) == ("img", "page views: 12")
    assert [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")] == ["page views", "12"]
    assert THEMES["dark"][0] in answer.text
    assert client.get(f"{address}.svg?theme=%23fff;evil").text == client.get(f"{address}.svg").text


@pytest.mark.parametrize("parameter", ["path", "label"])
def test_hostile_text_stays_text(client: FlaskClient, counter: Any, parameter: str) -> None:
    """In the title and in the label: the picture has the elements it always has."""
    picture = ElementTree.fromstring(client.get(f"{counter()}.svg", query_string={parameter: HOSTILE}).text)
    assert {each.tag.partition("}")[2] for each in picture.iter()} == {"svg", "title", "rect", "path", "g", "text"}
    assert "alert(1)" in "".join(picture.itertext())
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in "".join(picture.itertext())


@pytest.mark.parametrize("query", ["period=ever", "metric=bounce_rate", "path=blog", "path=%2525252525252541"])
def test_what_cannot_be_counted_says_so(client: FlaskClient, counter: Any, query: str) -> None:
    """400 with what to write instead."""
    answer = client.get(f"{counter()}.json?{query}")
    assert answer.status_code == 400
    assert answer.json
    assert query.partition("=")[0] in answer.json["error"]


def test_a_link_without_a_counter_is_none(client: FlaskClient, counter: Any) -> None:
    """Opt-in: the same answer as for a token that never was."""
    never = client.get("/counter/never.json")
    assert never.status_code == 404
    for kind in ("json", "svg"):
        answer = client.get(f"{counter(counter=False, name=kind)}.{kind}")
        assert (answer.status_code, answer.text) == (404, never.text)
