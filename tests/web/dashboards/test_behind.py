"""About a panel and its query: the same numbers by the API (D36)."""

import json
import shlex
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from analytics.boards.reading import dashboards
from analytics.panels import Panel
from analytics.resources import folder
from analytics.site import SharedLink, Site
from analytics.web.services import Services
from tests.web.page import TODAY, Page, Visit

Browse = Callable[..., Page]
Put = Callable[..., list[dict[str, Any]]]


def blocks(html: str) -> list[str]:
    """The texts that can be copied: question, command, question, command ..."""
    page = _Blocks()
    page.feed(html)
    return page.found


class _Blocks(Page):
    def __init__(self) -> None:
        self.found: list[str] = []
        self._open = False
        super().__init__("")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if tag == "pre":
            self._open = True
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        self._open = self._open and tag != "pre"

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        if self._open:
            self.found[-1] += data


@pytest.fixture
def put(client: FlaskClient, services: Services) -> Put:
    """Puts a question, as it is written, to the API."""
    key = services.control.api_keys.add(None, {"stats"})

    def put(question: str, endpoint: str = "query") -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        answer = client.post(f"/api/v2/{endpoint}", data=question, headers=headers)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.get_json().get("results", [])
        return rows

    return put


def test_the_same_question_gives_the_same_numbers(browse: Browse, signed_in_client: FlaskClient, visit: Visit, put: Put) -> None:
    """D36: what stands in the list stands in the answer, filters, days, search and order included."""
    visit("/shop/shoes", "/", source="Google")
    visit("/shop/bags", source="Google", day=TODAY - timedelta(days=2))
    visit("/shop/bags", source="Bing")
    state = "?period=custom&from=2026-09-18&to=2026-09-21&f=is,visit:source,Google&panel=pages&search=shop&sort=pageviews,asc"
    (question, _command) = blocks(signed_in_client.get(f"/example.org{state}&open=question&about=pages").text)
    shown = [[row[0].split(" ")[0], *row[1:]] for row in browse(state).rows[1:]]
    answered = [[*row["dimensions"], *(f"{cell:g}" for cell in row["metrics"])] for row in put(question)]
    assert [[cell.removesuffix("%") for cell in row] for row in shown] == answered
    assert shown == [["/shop/bags", "1", "1", "50%"], ["/shop/shoes", "1", "1", "50%"]]


def test_the_headline_is_what_the_api_says(signed_in_client: FlaskClient, visit: Visit, put: Put) -> None:
    """The figures and what they are compared with."""
    visit("/", "/shop")
    visit("/", day=TODAY - timedelta(days=1), at="06:00")
    question = blocks(signed_in_client.get("/example.org?open=question&about=headline").text)[0]
    (row,) = put(question)
    assert row["metrics"] == [1, 1, 2, 2.0, 0, 60]
    assert row["comparison"]["metrics"][:3] == [1, 1, 1]


BUILT_IN = [panel for each in dashboards(folder("dashboards"), Path("/nowhere"), "example.org") for panel in each.panels]


ASKED_IN_OTHER_WAYS = ("live", "ledger", "text")


@pytest.mark.parametrize(
    "panel", [each for each in BUILT_IN if each.form not in ASKED_IN_OTHER_WAYS and not each.needs], ids=lambda panel: panel.name
)
def test_every_panel_says_what_it_asks(
    signed_in_client: FlaskClient, visit: Visit, put: Put, panel: Panel
) -> None:
    """And the API takes each of its questions as it stands there; the command holds the very same."""
    visit("/shop", source="Google", country="DE", browser="Firefox", os="Linux", device="Desktop")
    answer = signed_in_client.get(f"/example.org?open=question&about={panel.name}")
    assert answer.status_code == 200
    found = blocks(answer.text)
    assert found
    for question, command in zip(found[::2], found[1::2], strict=True):
        assert json.loads(question)["site_id"] == "example.org"
        words = shlex.split(command)
        assert words[:2] == ["curl", "-sS"]
        base, _, endpoint = words[2].rpartition("/")
        assert base == "http://stats.example.org/api/v2"
        put(question, endpoint)
        assert words[-1] == question


def test_definitions_stand_beside_the_question(browse: Browse, visit: Visit) -> None:
    """Of each number and of what it is by; over several days with the word for a sum of days (D37)."""
    visit("/")
    text = browse("?period=7d&open=question&about=sources&f=is,event:page,/").text
    assert "Daily visitorsEach person counts once per day; over several days, the daily counts are added up." in text
    assert "SourceSite, app or campaign that the visit came from." in text
    assert "14 – 20 Sep 2026" in text
    assert "Page is /" in text


def test_every_figure_leads_to_its_question(browse: Browse, visit: Visit) -> None:
    """From the headline, from the chart, from each card; and back."""
    visit("/")
    links = list(browse("?metric=visits").links())
    for name in ("headline", "chart", "pages", "sources"):
        assert f"/example.org?metric=visits&open=question&about={name}" in links
    assert "/example.org?metric=visits" in list(browse("?metric=visits&open=question&about=pages").links())


def test_a_panel_that_is_not_there_is_not_found(signed_in_client: FlaskClient, site: Site) -> None:
    """Whatever its name is."""
    answer = signed_in_client.get(f"/{site.domain}?open=question&about=<b>")
    assert answer.status_code == 404
    assert "<b>" not in answer.text.partition("<main")[2]


def test_a_quote_in_a_value_cannot_leave_the_command(signed_in_client: FlaskClient, visit: Visit) -> None:
    """It is pasted into a shell."""
    visit("/")
    hostile = "'; rm -rf / #"
    answer = signed_in_client.get("/example.org", query_string={"f": f"is,visit:source,{hostile}", "open": "question", "about": "pages"})
    question, command = blocks(answer.text)
    assert shlex.split(command)[-1] == question
    assert json.loads(question)["filters"] == [["is", "visit:source", [hostile]]]


def test_the_public_sees_definitions_alone(client: FlaskClient, services: Services, site: Site, visit: Visit) -> None:
    """They have no key, and the limits of a link are its owner's."""
    visit("/")
    link = services.control.shared_links.put(site, SharedLink(name="All"), by="ada@example.org")
    answer = client.get(f"/share/{link.token}?open=question&about=pages")
    assert answer.status_code == 200
    assert "Path of the page where the event happened." in Page(answer.text).text
    assert blocks(answer.text) == []


def test_a_panel_by_itself_leads_nowhere_else(signed_in_client: FlaskClient, site: Site, visit: Visit) -> None:
    """On the page that changes it there is no dashboard around it."""
    visit("/looked-at")
    text = signed_in_client.get(f"/sites/{site.domain}/dashboards/main/panels/pages").text
    assert "/looked-at" in text
    assert "open=question" not in text
