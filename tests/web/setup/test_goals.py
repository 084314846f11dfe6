"""The pages where goals and properties are set up (D48): lists with what was reached lately, forms that keep what was typed."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from analytics.site import Goal, Site
from analytics.web.services import Services
from tests.web.conftest import send
from tests.web.page import Page
from tests.web.visits import Visits

HOSTILE = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{ 7*7 }}", "=1+1", "شكرا"]
GOALS = "/sites/example.org/goals"


def goals(services: Services, site: Site) -> list[Goal]:
    return services.control.goals.all(site)


# --- adding, changing, removing --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param(
            {"kind": "event", "event_name": "Signup"}, Goal(id=1, name="Signup", kind="event", event_name="Signup"), id="event"
        ),
        pytest.param(
            {"kind": "event", "event_name": "Order", "currency": "eur", "property": ["plan", "", " size "],
             "value": ["pro", "", "9"], "name": "Sales"},
            Goal(id=1, name="Sales", kind="event", event_name="Order", currency="EUR", props={"plan": "pro", "size": "9"}),
            id="with properties, a currency and a name of its own",
        ),
        pytest.param(
            {"kind": "page", "page_path": "/blog/**", "event_name": "left over"},
            Goal(id=1, name="Visit /blog/**", kind="page", page_path="/blog/**"),
            id="page",
        ),
        pytest.param(
            {"kind": "scroll", "page_path": "/blog", "scroll_threshold": "75 %"},
            Goal(id=1, name="Scroll to 75% on /blog", kind="scroll", page_path="/blog", scroll_threshold=75),
            id="scroll",
        ),
    ],
)  # fmt: skip
def test_a_goal_is_added(
    signed_in_client: FlaskClient, services: Services, site: Site, typed: dict[str, Any], kept: Goal
) -> None:
    """D48: of every kind, by a form that has just the fields of that kind; and the log says by whom."""
    answer = send(signed_in_client, f"{GOALS}/new?kind={typed['kind']}", **typed)
    assert (answer.status_code, answer.location) == (303, GOALS)
    assert goals(services, site) == [kept]
    assert (services.control.audit.latest()[0].who, services.control.audit.latest()[0].what) == ("ada@example.org", "goal added")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"kind": "event", "event_name": " "}, "Enter the event's name as your pages send it, such as Signup"),
        ({"kind": "event", "event_name": "Order", "currency": "Euro"}, "Enter a three-letter ISO 4217 code, such as EUR"),
        ({"kind": "page", "page_path": "blog"}, "“blog” is not a path"),
        ({"kind": "scroll", "page_path": "/", "scroll_threshold": "much"}, "a whole number from 0 to 100"),
        ({"kind": "scroll", "page_path": "/", "scroll_threshold": "101"}, "a whole number from 0 to 100"),
        ({"kind": "event", "event_name": "Order", "property": ["plan"], "value": [""]}, "Each property needs a name and a value"),
        ({"kind": "event", "event_name": "Order", "property": ["a", "a"], "value": ["1", "2"]}, "can have only one value"),
        ({"kind": "event", "event_name": "Other", "name": "Signup"}, "Another goal is already called “Signup”"),
    ],
)
def test_what_cannot_be_a_goal_is_told_at_its_field_and_kept(
    signed_in_client: FlaskClient, services: Services, site: Site, typed: dict[str, Any], said: str
) -> None:
    there = services.control.goals.add(site, Goal(id=0, name="", kind="event", event_name="Signup"))
    answer = send(signed_in_client, f"{GOALS}/new", **typed)
    assert answer.status_code == 422
    page = Page(answer.text)
    assert said in page.text
    assert any(attributes.get("aria-invalid") == "true" for _, attributes in page.elements)
    shown = [attributes.get("value") for tag, attributes in page.elements if tag == "input"]
    assert all(text.strip() in map(str.strip, filter(None, shown)) or not text.strip() for text in MultiDict(typed).values())
    assert goals(services, site) == [there]


def test_another_property_is_a_button_of_the_form(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    """Nothing is kept by it, and what was typed stays."""
    typed = {"kind": "event", "event_name": "Order", "property": list("abc"), "value": list("123"), "do": "property"}
    answer = send(signed_in_client, f"{GOALS}/new", **typed)
    values = [attributes["value"] for _, attributes in Page(answer.text).elements if attributes.get("name") == "property"]
    assert (answer.status_code, values) == (200, ["a", "b", "c", ""])
    assert goals(services, site) == []


def test_a_goal_is_changed_and_removed(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    kept = services.control.goals.add(site, Goal(id=0, name="", kind="event", event_name="Signup", props={"plan": "pro"}))
    form = Page(signed_in_client.get(f"{GOALS}/{kept.id}").text)
    values = {attributes.get("name"): attributes.get("value") for tag, attributes in form.elements if tag == "input"}
    assert (values["event_name"], values["name"]) == ("Signup", "Signup")
    assert 'name="page_path"' in signed_in_client.get(f"{GOALS}/{kept.id}?kind=page").text, "it may become one of another kind"
    assert send(signed_in_client, f"{GOALS}/{kept.id}", kind="page", page_path="/welcome", name="Welcome").status_code == 303
    assert goals(services, site) == [Goal(id=kept.id, name="Welcome", kind="page", page_path="/welcome")]
    token = re.search(r'name="csrf_token" value="([^"]+)"', signed_in_client.get(GOALS).text)
    assert token
    assert signed_in_client.post(f"{GOALS}/{kept.id}/remove", data={"csrf_token": token[1]}).status_code == 303
    assert goals(services, site) == []
    assert signed_in_client.get(f"{GOALS}/{kept.id}").status_code == 404


# --- the list --------------------------------------------------------------------------------------------


def test_the_list_says_what_each_goal_reached_lately(signed_in_client: FlaskClient, services: Services, site: Site, visits: Visits) -> None:
    """For history at once: the goals were made after the visits. Reading is no event to be counted."""
    visits.add("/", name="Order", revenue="12.50", currency="EUR")
    visits.add("/", name="Order", revenue="7.50", currency="EUR")
    visits.add("/", "/about", times=2)
    visits.add("/about", name="engagement", scroll=90)
    for goal in (
        Goal(id=0, name="Sales", kind="event", event_name="Order", currency="EUR"),
        Goal(id=0, name="About", kind="page", page_path="/about"),
        Goal(id=0, name="Read", kind="scroll", page_path="/about", scroll_threshold=75),
        Goal(id=0, name="Never", kind="event", event_name="Never", props={"plan": "pro"}),
    ):
        services.control.goals.add(site, goal)
    rows = Page(signed_in_client.get(GOALS).text).rows
    assert rows[0] == ["Goal", "Visitors", "Events", "Conversion rate", "Revenue", "Remove"]
    assert [row[:5] for row in rows[1:5]] == [
        ["Sales Event Order", "2", "2", "40%", "€20.00"],
        ["About View of /about", "2", "2", "40%", "–"],
        ["Read /about scrolled to 75%", "1", "–", "20%", "–"],
        ["Never Event Never with plan = pro", "0", "0", "–", "–"],
    ]


def test_an_event_that_arrived_lately_becomes_a_goal_by_one_press(
    signed_in_client: FlaskClient, services: Services, site: Site, visits: Visits
) -> None:
    """The most visitors first; what is a goal already, page views and measurements are not suggested."""
    services.control.goals.add(site, Goal(id=0, name="Sales", kind="event", event_name="Order"))
    visits.add("/", name="Order")
    visits.add("/", name="Signup", times=2)
    visits.add("/", name="Web Vitals")
    visits.add("/", name=HOSTILE[0])
    page = Page(signed_in_client.get(GOALS).text)
    buttons = [attributes["value"] for _, attributes in page.elements if attributes.get("name") == "event_name"]
    assert buttons == ["Signup", HOSTILE[0]]
    token = re.search(r'name="csrf_token" value="([^"]+)"', signed_in_client.get(GOALS).text)
    assert token
    for name in buttons:
        fields = {"csrf_token": token[1], "kind": "event", "event_name": name}
        assert signed_in_client.post(f"{GOALS}/new", data=fields).status_code == 303
    assert [goal.name for goal in goals(services, site)] == ["Sales", *buttons]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_text(signed_in_client: FlaskClient, services: Services, site: Site, visits: Visits, text: str) -> None:
    """Of goals, events and properties, on every page that shows them."""
    visits.add("/", name=text, props={text: text})
    services.control.goals.add(site, Goal(id=0, name=text, kind="event", event_name=text, props={text: text}))
    for path in (GOALS, f"{GOALS}/1", f"{GOALS}/new", "/sites/example.org/properties", "/example.org?show=properties"):
        page = Page(signed_in_client.get(path).text)
        held = [*page.texts, *(value for _, attributes in page.elements for value in attributes.values())]
        assert any(text in each for each in held), path
        assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
        assert {attributes.get("src", "").partition("?")[0] for tag, attributes in page.elements if tag == "script"} == {
            "/static/built/dashboard.js"
        }


# --- properties ------------------------------------------------------------------------------------------


def test_a_property_is_hidden_from_the_dashboard_and_shown_again(
    signed_in_client: FlaskClient, services: Services, site: Site, visits: Visits
) -> None:
    """For everybody and at once; nothing is lost. What the script's features send has panels of its own."""
    visits.add("/", name="Signup", props={"plan": "pro", "method": "mail"})
    visits.add("/", name="Signup", props={"plan": "free"})
    visits.add("/", name="Outbound Link: Click", props={"url": "https://other.example/"})
    where = "/sites/example.org/properties"
    assert [row[:3] for row in Page(signed_in_client.get(where).text).rows[1:]] == [["plan", "2", "2"], ["method", "1", "1"]]
    assert send(signed_in_client, where, hide="plan").status_code == 303
    assert services.control.sites.find("example.org").settings.hidden_properties == ("plan",)
    panel = Page(signed_in_client.get("/example.org?show=properties&choose=properties,plan").text)
    assert "method" in panel.text
    assert "plan" not in panel.text
    assert send(signed_in_client, where, show="plan").status_code == 303
    assert services.control.sites.find("example.org").settings.hidden_properties == ()
    assert send(signed_in_client, where, hide="a\N{RIGHT-TO-LEFT OVERRIDE}b").status_code == 422


def test_without_any_property_the_page_says_how_to_send_one(signed_in_client: FlaskClient, site: Site) -> None:
    text = Page(signed_in_client.get(f"/sites/{site.domain}/properties").text).text
    assert "No event in the last 28 days had a property." in text
    assert 'footfall("Signup", { props: { plan: "pro" } })' in text
