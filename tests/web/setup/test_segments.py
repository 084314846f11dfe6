"""Filters kept under a name: saved, applied, renamed, changed, removed (D41)."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analytics.errors import InvalidInput
from analytics.site import Segment, Site
from analytics.web.question.filters import Filter
from analytics.web.services import Services
from analytics.web.setup.segments import filters_of
from tests.web.page import Page, Visit

LIST = "/sites/example.org/segments"
GOOGLE = "?f=is,visit:source,Google"


def save(client: FlaskClient, name: str, state: str = GOOGLE, **more: str) -> TestResponse:
    """Sends the form that stands beside the filters."""
    page = client.get(f"/example.org{GOOGLE}&open=filter").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    return client.post(LIST, data={"csrf_token": token, "name": name, "state": state, **more})


def pages(client: FlaskClient, query: str) -> list[str]:
    return sorted(row[0].split(" ")[0] for row in Page(client.get(f"/example.org{query}&panel=pages").text).rows[1:])


def test_filters_are_saved_and_stand_in_the_address_by_their_number(
    signed_in_client: FlaskClient, services: Services, site: Site, visit: Visit
) -> None:
    """One chip with its name; the rest of the state stays, and the figures are those of its filters."""
    visit("/shop", source="Google")
    visit("/", source="Bing")
    answer = save(signed_in_client, " Searchers ", "?period=day&f=is,visit:source,Google&panel=pages")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/example.org?f=is,segment,1&panel=pages"
    (segment,) = services.control.segments.all(site)
    assert (segment.name, segment.filters) == ("Searchers", [["is", "visit:source", ["Google"]]])
    shown = Page(signed_in_client.get(answer.headers["Location"]).text)
    assert "Segment “Searchers” saved." in shown.text
    assert "Segment is Searchers" in shown.text
    assert pages(signed_in_client, "?f=is,segment,1") == ["/shop"]
    assert pages(signed_in_client, "?f=is_not,segment,1") == ["/"]
    assert pages(signed_in_client, "?f=is,segment,1&f=is,visit:source,Bing") == []


def test_the_menu_lists_them(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    """A click applies one, beside the filters that are on."""
    services.control.segments.add(site, "Searchers", [["is", "visit:source", ["Google"]]])
    page = Page(signed_in_client.get("/example.org?period=7d&f=is,visit:device,Mobile&open=filter").text)
    assert "/example.org?period=7d&f=is,visit:device,Mobile&f=is,segment,1" in list(page.links())
    assert "Searchers" in page.text


def test_one_is_saved_in_place_of_another(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    """Its number stays, so that links to it show what it is now; without a name it keeps its own."""
    save(signed_in_client, "Searchers")
    answer = save(signed_in_client, "", "?f=is,visit:source,Google,Bing", segment="1")
    assert answer.headers["Location"] == "/example.org?f=is,segment,1"
    assert services.control.segments.all(site) == [Segment(id=1, name="Searchers", filters=[["is", "visit:source", ["Google", "Bing"]]])]


def test_one_is_renamed_and_removed(signed_in_client: FlaskClient, services: Services, site: Site, visit: Visit) -> None:
    """Links to one that is gone say so, and show the rest."""
    visit("/", source="Bing")
    save(signed_in_client, "Searchers")
    renamed = signed_in_client.post(f"{LIST}/1/rename", data={"csrf_token": token(signed_in_client), "name-1": "From Google"})
    assert renamed.status_code == 303
    assert [each.name for each in services.control.segments.all(site)] == ["From Google"]
    removed = signed_in_client.post(f"{LIST}/1/remove", data={"csrf_token": token(signed_in_client)})
    assert removed.status_code == 303
    assert services.control.segments.all(site) == []
    page = Page(signed_in_client.get("/example.org?f=is,segment,1").text)
    assert "The filter “Segment is 1” is not used: There is no segment 1 on this site." in page.text
    assert pages(signed_in_client, "?f=is,segment,1") == ["/"]
    assert signed_in_client.post(f"{LIST}/1/remove", data={"csrf_token": token(signed_in_client)}).status_code == 404


def token(client: FlaskClient) -> str:
    return client.get("/keys").text.partition('name="csrf_token" value="')[2].partition('"')[0]


def test_the_list_says_what_each_holds_and_leads_to_the_dashboard(
    signed_in_client: FlaskClient, services: Services, site: Site
) -> None:
    """Its filters one by one can be changed there; nested ones, which the API may save, are shown as they are written."""
    services.control.segments.add(site, "Searchers", [["is", "visit:source", ["Google"]], ["contains", "event:page", ["/shop"]]])
    services.control.segments.add(site, "Nested", [["or", [["is", "event:page", ["/a"]], ["is", "event:page", ["/b"]]]]])
    page = Page(signed_in_client.get(LIST).text)
    links = list(page.links())
    assert "Source is Google" in page.text
    assert "Page contains /shop" in page.text
    assert "/example.org?f=is,segment,1" in links
    assert "/example.org?f=is,visit:source,Google&f=contains,event:page,/shop" in links
    assert "/example.org?f=is,segment,2" in links
    assert "['or'" in page.text


def test_a_segment_made_with_one_holds_its_filters() -> None:
    """What is saved names no other: that one may be changed or removed."""
    known = [Segment(id=1, name="a", filters=[["is", "visit:source", ["A"]]]), Segment(id=2, name="b", filters=[["is", "visit:os", ["B"]]])]

    def of(*wanted: Filter) -> list[Any]:
        return filters_of(wanted, known)

    assert of(Filter("is", "segment", ("1",)), Filter("is", "event:page", ("/",))) == [
        ["is", "visit:source", ["A"]],
        ["is", "event:page", ["/"]],
    ]
    either = ["or", [["and", known[0].filters], ["and", known[1].filters]]]
    assert of(Filter("is", "segment", ("1", "2"))) == [either]
    assert of(Filter("is_not", "segment", ("1", "2"))) == [["not", either]]
    with pytest.raises(InvalidInput, match="no longer exists"):
        of(Filter("is", "segment", ("9",)))


@pytest.mark.parametrize(
    ("name", "state", "problem"),
    [
        ("", GOOGLE, "Enter a name for the segment, such as Readers from Austria"),
        ("Taken", GOOGLE, "Another segment is already called “Taken”"),
        ("New", "?period=7d", "There are no filters to save; set one on the dashboard first."),
        ("New", "?f=is,segment,99", "One of the segments no longer exists."),
        ("New", "?f=is,event:goal,Signup", "There is no goal"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_is_kept(
    signed_in_client: FlaskClient, services: Services, site: Site, name: str, state: str, problem: str
) -> None:
    """422; the form comes back with name and filters."""
    services.control.segments.add(site, "Taken", [["is", "visit:source", ["Google"]]])
    answer = save(signed_in_client, name, state)
    assert answer.status_code == 422
    page = Page(answer.text)
    assert problem in page.text
    kept = {each.get("name"): each.get("value") for tag, each in page.elements if tag == "input"}
    assert (kept["name"], kept["state"]) == (name, state)
    assert len(services.control.segments.all(site)) == 1


def test_a_name_that_is_taken_is_told_where_it_was_typed(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    """At the field of that segment."""
    for name in ("One", "Two"):
        services.control.segments.add(site, name, [["is", "visit:source", ["Google"]]])
    answer = signed_in_client.post(f"{LIST}/2/rename", data={"csrf_token": token(signed_in_client), "name-2": "One"})
    assert answer.status_code == 422
    page = Page(answer.text)
    assert "Another segment is already called “One”" in page.text
    field = next(each for tag, each in page.elements if each.get("id") == "name-2")
    assert (field["value"], field["aria-invalid"]) == ("One", "true")


@pytest.mark.parametrize("name", ['"><img src=x onerror=alert(1)>', "<script>alert(1)</script>", "=1+1", "مرحبا"])
def test_hostile_names_are_text(signed_in_client: FlaskClient, site: Site, name: str) -> None:
    """T20: in the list, in the menu, on the chip, in what is told."""
    save(signed_in_client, name)
    for path in (LIST, "/example.org?f=is,segment,1", f"/example.org{GOOGLE}&open=filter"):
        page = Page(signed_in_client.get(path).text)
        assert name in page.text, path
        assert not any(each.get("onerror") for _, each in page.elements), path
