"""The form of filters, its suggestions, and the chips of the filters that are on (D41)."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from analytics.query.dimensions import DIMENSIONS, Kind
from analytics.site import Goal, Site
from analytics.web.dashboards.filter_form import GROUPS
from analytics.web.services import Services
from tests.web.page import TODAY, Page, Visit

Browse = Callable[..., Page]
HOSTILE = ['"><img src=x onerror=alert(1)>', "<script>alert(1)</script>", "javascript:alert(1)", "=1+1", "\N{RIGHT-TO-LEFT OVERRIDE}a"]


def options(page: Page, name: str = "") -> list[str]:
    """Values of the options; ``name`` of their select."""
    within, found = "", []
    for tag, attributes in page.elements:
        within = attributes.get("name", "") if tag == "select" else "datalist" if tag == "datalist" else within
        if tag == "option" and within == name:
            found.append(attributes["value"])
    return found


def fields(page: Page, name: str) -> list[str]:
    return [each.get("value", "") for tag, each in page.elements if tag == "input" and each.get("name") == name]


def test_everything_can_be_filtered_by() -> None:
    """Each dimension stands in one group; places by their names, and properties by those that there are."""
    codes = {"visit:country", "visit:region", "visit:city"}
    wanted = {row.name for row in DIMENSIONS.values() if row.kind is not Kind.TIME and not row.argument} - codes - {"event:props"}
    grouped = [name for _group, names in GROUPS for name in names]
    assert set(grouped) == wanted
    assert len(grouped) == len(set(grouped))


def test_the_form_has_every_operation_and_the_properties_by_their_names(browse: Browse, visit: Visit) -> None:
    """A page without scripts has all of it."""
    visit("/", name="Download", props={"file": "a.pdf", "<b>": "x"})
    page = browse("?open=filter")
    assert options(page, "operation") == [
        *("is", "is_not", "contains", "contains_not", "matches", "matches_not", "has_done", "has_not_done"),
    ]
    assert {"event:props:file", "event:props:<b>", "event:goal", "event:section"} <= set(options(page, "dimension"))
    takes = {each["value"]: each["data-takes"] for tag, each in page.elements if "data-takes" in each}
    assert takes["event:goal"] == "is is_not contains contains_not has_done has_not_done"
    assert takes["visit:source"] == "is is_not contains contains_not matches matches_not"


@pytest.mark.parametrize(
    ("operation", "dimension", "values", "pages"),
    [
        ("is", "event:page", ["/shop", "/blog"], ["/blog", "/shop"]),
        ("is_not", "event:page", ["/shop"], ["/", "/blog"]),
        ("contains", "event:page", ["o"], ["/blog", "/shop"]),
        ("contains_not", "event:page", ["o"], ["/"]),
        ("matches", "event:page", ["^/s.*p$"], ["/shop"]),
        ("matches_not", "event:page", ["^/s.*p$"], ["/", "/blog"]),
        ("has_done", "event:page", ["/blog"], ["/", "/blog"]),
        ("has_not_done", "event:page", ["/blog"], ["/shop"]),
        ("is", "visit:source", ["Google"], ["/shop"]),
    ],
)
def test_every_operation_filters(
    signed_in_client: FlaskClient, browse: Browse, visit: Visit, operation: str, dimension: str, values: list[str], pages: list[str]
) -> None:
    """By a plain form, and several values at once: any of them."""
    visit("/", "/blog")
    visit("/shop", source="Google")
    sent = {"dimension": dimension, "operation": operation, "value": [*values, ""], "panel": "pages"}
    answer = signed_in_client.get("/example.org", query_string=sent)
    assert answer.status_code == 302
    page = browse(answer.headers["Location"].removeprefix("/example.org"))
    assert sorted(row[0].split(" ")[0] for row in page.rows[1:]) == pages


def test_a_chip_can_be_changed_turned_and_removed(browse: Browse, visit: Visit, signed_in_client: FlaskClient) -> None:
    """Its form holds what it says; sent, it takes its place."""
    visit("/a", source="Google")
    state = "?f=is,visit:source,Google&f=contains,event:page,a\\,b,c"
    links = list(browse(state).links())
    edit = next(link for link in links if "open=filter&about=contains" in link)
    for expected in (
        "/example.org?f=is_not,visit:source,Google&f=contains,event:page,a%5C,b,c",
        "/example.org?f=contains,event:page,a%5C,b,c",
        "/example.org?",
    ):
        assert expected in links
    form = browse(edit.removeprefix("/example.org"))
    assert fields(form, "value") == ["a,b", "c", "", ""]
    assert fields(form, "edit") == ["contains,event:page,a\\,b,c"]
    assert re.search("Edit the filter", form.text)
    sent = {"f": fields(form, "f"), "edit": fields(form, "edit"), "dimension": "event:page", "operation": "is", "value": ["/a"]}
    answer = signed_in_client.get("/example.org", query_string=sent)
    assert answer.headers["Location"] == "/example.org?f=is,visit:source,Google&f=is,event:page,/a"


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"dimension": "event:pgae", "value": "x"}, "You cannot filter by “event:pgae”."),
        ({"operation": "has_done", "value": "x"}, "“has done, anywhere in the visit” cannot be used with “Source”."),
        ({"operation": "drop", "value": "x"}, "“drop” cannot be used with “Source”."),
        ({"value": ""}, "Enter one or more values."),
        ({"operation": "matches", "value": "("}, "Invalid pattern"),
        ({"dimension": "event:goal", "value": "Signup"}, "There is no goal"),
        ({"dimension": "segment", "value": "3"}, "There is no segment 3 on this site"),
        ({"dimension": "visit:country", "value": "Germany"}, "a country is two letters"),
    ],
)
def test_what_is_wrong_stands_at_the_field_and_what_was_typed_is_kept(
    signed_in_client: FlaskClient, site: Site, sent: dict[str, str], problem: str
) -> None:
    """422, with the rest of the state."""
    whole = {"period": "7d", "dimension": "visit:source", "operation": "is", **sent}
    answer = signed_in_client.get(f"/{site.domain}", query_string=whole)
    assert answer.status_code == 422
    page = Page(answer.text)
    assert problem in page.text
    assert fields(page, "period") == ["7d"]
    assert [value for value in fields(page, "value") if value] == [value for value in [sent["value"]] if value]
    assert [each for _, each in page.elements if each.get("aria-invalid")]


def test_values_that_there_are_are_suggested(signed_in_client: FlaskClient, browse: Browse, visit: Visit) -> None:
    """Those with most visitors first; then those that contain what is typed, in either case."""
    visit("/", source="Google")
    visit("/", source="Google")
    visit("/", source="Goodreads")
    visit("/", source="Bing", day=TODAY - timedelta(days=1))
    assert options(browse("?open=filter&about=visit:source"), "datalist") == ["Google", "Goodreads"]
    answer = signed_in_client.get("/example.org?open=values&about=visit:source,gOOd")
    assert answer.text == '<option value="Goodreads"></option>'
    assert signed_in_client.get("/example.org?period=7d&open=values&about=visit:source,in").text == '<option value="Bing"></option>'
    for about in ("visit:nothing,x", "time:day,1", "segment,1", "", "event:goal,x"):
        assert signed_in_client.get("/example.org", query_string={"open": "values", "about": about}).text == ""


def test_suggestions_tell_no_few_apart(signed_in_client: FlaskClient, visit: Visit) -> None:
    """What no table shows is not suggested either."""
    visit("/", language="de", times=6)
    visit("/", language="rm")
    shown = signed_in_client.get("/example.org?open=values&about=visit:language,").text
    assert "rm" not in shown
    assert "fewer than" not in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_values_are_text_everywhere(signed_in_client: FlaskClient, visit: Visit, text: str) -> None:
    """T20: in chips, in the form, in suggestions, in what is told of them."""
    visit("/", source=text, name=text[:50], props={text[:40]: text})
    for query in (
        {"f": f"is,visit:source,{text}"},
        {"f": f"is,visit:source,{text}", "open": "filter", "about": f"is,visit:source,{text}"},
        {"open": "filter", "about": "visit:source"},
        {"open": "values", "about": "visit:source,"},
        {"f": f"drop,visit:source,{text}"},
        {"dimension": "event:goal", "operation": "is", "value": text},
        {"open": "question", "about": "pages", "f": f"is,visit:source,{text}"},
    ):
        page = Page(signed_in_client.get("/example.org", query_string=query).text)
        assert not any(each.get("onerror") for _, each in page.elements), query
        assert all(tag != "script" or each.get("src") for tag, each in page.elements), query
        assert all(link.startswith(("/", "#", "https://")) for link in page.links()), query
    assert text in options(Page(signed_in_client.get("/example.org?open=values&about=visit:source,").text), "")


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ("is,event:goal,Signup", "The filter “Goal is Signup” is not used: There is no goal \"Signup\" on this site."),
        ("is,segment,7", "The filter “Segment is 7” is not used: There is no segment 7 on this site."),
        ("is,visit:country,Germany", "is not used: Invalid value"),
        ("matches,event:page,(", "is not used: Invalid pattern"),
    ],
)
def test_what_cannot_be_asked_is_left_out_and_told(browse: Browse, visit: Visit, wanted: str, problem: str) -> None:
    """The page stands, and its panels agree with its chips."""
    visit("/", source="Google")
    page = browse(f"?f={wanted.replace('(', '%28')}&f=is,visit:source,Google")
    assert problem in page.text
    assert "cannot be used with this panel" not in page.text
    assert "/example.org?period=7d&f=is,visit:source,Google" in list(page.links())


def test_goals_can_be_filtered_by_what_visits_did(browse: Browse, visit: Visit, services: Services, site: Site) -> None:
    """Has done, and has not, anywhere in the visit."""
    services.control.goals.add(site, Goal(id=0, kind="page", name="Cart", page_path="/cart"))
    visit("/", "/cart")
    visit("/about")
    done = browse("?panel=pages&f=has_done,event:goal,Cart")
    assert sorted(row[0].split(" ")[0] for row in done.rows[1:]) == ["/", "/cart"]
    assert "Has done: Goal Cart" in done.text
    assert sorted(row[0].split(" ")[0] for row in browse("?panel=pages&f=has_not_done,event:goal,Cart").rows[1:]) == ["/about"]
