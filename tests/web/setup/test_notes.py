"""Notes on the page and on the chart (D50): who writes them, who reads them, and what hostile text looks like."""

from datetime import date

import pytest
from flask.testing import FlaskClient

from analytics.site import Note, SharedLink, Site
from analytics.web.services import Services
from tests.web.conftest import send
from tests.web.page import TODAY, Page
from tests.web.visits import Visits

NOTES = "/sites/example.org/notes"
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{ 7*7 }}", "=1+1", "مرحبا"]


def test_a_note_is_written_changed_and_removed_without_javascript(
    signed_in_client: FlaskClient, services: Services, site: Site
) -> None:
    answer = send(signed_in_client, NOTES, day="2026-09-20", time="09:30", text="Newsletter sent", public="yes")
    assert (answer.status_code, answer.headers["Location"]) == (303, NOTES)
    kept = Note(id=1, day=date(2026, 9, 20), time="09:30", text="Newsletter sent", public=True)
    assert services.control.notes.all(site) == [kept]
    page = Page(signed_in_client.get(NOTES).text)
    assert any(row[0] == "Sun 20 Sep 2026, 09:30" and "Newsletter sent also on shared views" in row[1] for row in page.rows if row)
    send(signed_in_client, f"{NOTES}/1", day="2026-09-21", time="", text="Newsletter")
    assert services.control.notes.all(site) == [Note(id=1, day=TODAY, text="Newsletter")]
    token = next(attributes["value"] for _, attributes in page.elements if attributes.get("name") == "csrf_token")
    signed_in_client.post(f"{NOTES}/1/remove", data={"csrf_token": token})
    assert services.control.notes.all(site) == []
    assert signed_in_client.get(f"{NOTES}/1").status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"day": "soon", "text": "A"}, "Enter a date such as 2026-11-22"),
        ({"day": "2026-09-20", "text": " "}, "Enter what happened, such as Version 2 released"),
        ({"day": "2026-09-20", "time": "25:99", "text": "A note"}, "Enter hours and minutes such as 14:05"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_what_was_typed_is_kept(
    signed_in_client: FlaskClient, services: Services, site: Site, fields: dict[str, str], said: str
) -> None:
    answer = send(signed_in_client, NOTES, **fields)
    assert answer.status_code == 422
    assert said in answer.text
    typed = {attributes.get("value") for tag, attributes in Page(answer.text).elements if tag == "input"}
    assert {value for value in fields.values() if value.strip()} <= typed
    assert not [each for tag, each in Page(answer.text).elements if each.get("aria-invalid") and each.get("type") in ("date", "time")], "shows nothing"
    assert services.control.notes.all(site) == []


@pytest.mark.parametrize(("target", "back"), [("/example.org?period=7d", "/example.org?period=7d"), ("https://evil.example/", NOTES)])
def test_the_way_leads_back_to_the_chart_and_nowhere_else(signed_in_client: FlaskClient, site: Site, target: str, back: str) -> None:
    answer = send(signed_in_client, f"{NOTES}?day=2026-09-20", day="2026-09-20", text="A note", next=target)
    assert answer.headers["Location"] == back


def test_the_chart_fills_in_the_day(signed_in_client: FlaskClient, visits: Visits) -> None:
    """Of each bucket, with the time where it is shorter than a day."""
    visits.add("/")
    links = list(Page(signed_in_client.get("/example.org").text).links())
    assert f"{NOTES}?day=2026-09-21&time=10:00" in links
    fields = Page(signed_in_client.get(f"{NOTES}?day=2026-09-21&time=10:00").text).elements
    assert {"2026-09-21", "10:00"} <= {attributes.get("value") for tag, attributes in fields if tag == "input"}


@pytest.mark.parametrize(
    ("query", "bucket"),
    [
        ("", "Mon 21 Sep 2026, 09:00"),
        ("?period=week", "Mon 21 Sep 2026"),
        ("?period=28d&date=2026-09-21", "Mon 21 Sep 2026"),
        ("?period=year&interval=month", "September 2026"),
        ("?period=hours&from=2026-09-21T09:00&to=2026-09-21T10:00", "Mon 21 Sep 2026, 09:30"),
    ],
)
def test_a_note_stands_in_the_bucket_of_its_time(
    signed_in_client: FlaskClient, services: Services, site: Site, visits: Visits, query: str, bucket: str
) -> None:
    """On the chart, in the list below it, and in the table."""
    visits.add("/")
    services.control.notes.put(site, Note(day=TODAY, time="09:30", text="Newsletter sent"))
    page = Page(signed_in_client.get(f"/example.org{query}").text)
    assert [row[0] for row in page.rows if row and "Newsletter sent" in row[-1]] == [bucket]
    assert "Mon 21 Sep 2026, 09:30 Newsletter sent" in page.text
    assert [tag for tag, attributes in page.elements if attributes.get("class") == "remark"] == ["g"]


def test_a_note_of_another_time_is_not_shown(signed_in_client: FlaskClient, services: Services, site: Site, visits: Visits) -> None:
    """The day after the last is another day; a whole day is part of each of its hours."""
    visits.add("/")
    services.control.notes.put(site, Note(day=date(2026, 9, 22), text="Tomorrow"))
    services.control.notes.put(site, Note(day=date(2026, 9, 20), time="23:59", text="Last night"))
    services.control.notes.put(site, Note(day=TODAY, text="All day"))
    text = Page(signed_in_client.get("/example.org?period=hours&from=2026-09-21T12:00&to=2026-09-21T14:00").text).text
    assert "All day" in text
    assert "Tomorrow" not in text
    assert "Last night" not in text


def test_strangers_read_public_notes_alone(client: FlaskClient, services: Services, site: Site, visits: Visits) -> None:
    """Shared views show what is marked for them, and no way to change it."""
    visits.add("/", times=20)
    services.control.notes.put(site, Note(day=TODAY, text="For us"))
    services.control.notes.put(site, Note(day=TODAY, text="For all", public=True))
    link = services.control.shared_links.put(site, SharedLink(name="The board"), "", by="ada")
    page = Page(client.get(f"/share/{link.token}?period=week").text)
    assert "For all" in page.text
    assert "For us" not in page.text
    assert not [address for address in page.links() if "/notes" in address]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(signed_in_client: FlaskClient, services: Services, site: Site, visits: Visits, text: str) -> None:
    visits.add("/")
    services.control.notes.put(site, Note(day=TODAY, text=text))
    for path in ("/example.org", NOTES, f"{NOTES}/1"):
        page = Page(signed_in_client.get(path).text)
        assert not [tag for tag, attributes in page.elements if tag == "img" or "onerror" in attributes]
        assert len([tag for tag, attributes in page.elements if tag == "script" and "src" not in attributes]) == 0
        assert text in page.text or any(text == attributes.get("value") for _, attributes in page.elements)


def test_notes_are_for_people_who_are_signed_in(client: FlaskClient, site: Site) -> None:
    assert client.get(NOTES).status_code == 303
    assert client.post(NOTES, data={"day": "2026-09-20", "text": "A"}).status_code in (303, 400)
