"""The page where funnels are built (D48): step by step, without JavaScript, with its numbers before it is kept."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from analytics.site import Funnel, Goal, Site
from analytics.web.question.steps import KINDS, Step, as_filter, of_filter, said
from analytics.web.services import Services
from tests.web.conftest import send
from tests.web.page import Page
from tests.web.visits import Visits

FUNNELS = "/sites/example.org/funnels"
SHOP, CART, PAID = (
    ["matches", "event:page", [r"(?s)^/shop(?:/.*)?/?(?:\?.*)?$"]],
    ["is", "event:page", ["/cart"]],
    ["and", [["is", "event:name", ["Order"]], ["is", "event:props:plan", ["pro"]]]],
)
TYPED: dict[str, Any] = {
    "name": "Checkout",
    "kind": ["page", "page", "event"],
    "value": ["/shop/**", " /cart ", "Order"],
    "property": ["", "", "plan"],
    "content": ["", "", "pro"],
}


def test_a_funnel_is_built_changed_and_removed(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    """Rows that stay empty are no steps; the form comes back with what is kept."""
    typed = {**TYPED, "kind": [*TYPED["kind"], "page"], "value": [*TYPED["value"], ""]}
    assert send(signed_in_client, f"{FUNNELS}/new", **typed).status_code == 303
    kept = Funnel(id=1, name="Checkout", steps=(SHOP, CART, PAID))
    assert services.control.funnels.all(site) == [kept]
    form = Page(signed_in_client.get(f"{FUNNELS}/1").text)
    shown = {name: [each["value"] for _, each in form.elements if each.get("name") == name] for name in ("value", "property", "content")}
    assert shown == {"value": ["/shop/**", "/cart", "Order"], "property": ["", "", "plan"], "content": ["", "", "pro"]}
    assert Page(signed_in_client.get(FUNNELS).text).rows[1][:2] == ["Checkout", "/shop/**/cartOrder, plan = pro"]
    assert send(signed_in_client, f"{FUNNELS}/1", **{**TYPED, "order": "strict"}).status_code == 303
    assert services.control.funnels.all(site) == [Funnel(id=1, name="Checkout", steps=(SHOP, CART, PAID), strict=True)]
    token = re.search(r'name="csrf_token" value="([^"]+)"', signed_in_client.get(FUNNELS).text)
    assert token
    assert signed_in_client.post(f"{FUNNELS}/1/remove", data={"csrf_token": token[1]}).status_code == 303
    assert services.control.funnels.all(site) == []
    assert signed_in_client.get(f"{FUNNELS}/1").status_code == 404


def test_its_numbers_are_shown_before_it_is_kept(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    """Three visits come to the shop, two to the cart, one of them after it."""
    visits = Visits(services, site)
    visits.add("/shop/a", "/cart")
    visits.add("/cart", "/shop/b/c")
    visits.add("/shop", "/")
    answer = send(signed_in_client, f"{FUNNELS}/new", name="", kind=["page", "page"], value=["/shop/**", "/cart"], do="look")
    assert answer.status_code == 200
    assert Page(answer.text).rows == [
        ["Step", "Visits", "Share", "Dropped off before"], ["1. /shop/**", "3", "100%", ""], ["2. /cart", "1", "33%", "2"],
    ]  # fmt: skip
    assert services.control.funnels.all(site) == []


@pytest.mark.parametrize(
    ("do", "values"),
    [
        ("add", ["/shop/**", "/cart", "Order", ""]),
        ("up-1", ["/cart", "/shop/**", "Order"]),
        ("remove-0", ["/cart", "Order", ""]),
        ("up-0", ["/shop/**", "/cart", "Order"]),
        ("remove-99999999", ["/shop/**", "/cart", "Order"]),
    ],
)
def test_rows_are_added_moved_and_removed_by_buttons(
    signed_in_client: FlaskClient, services: Services, site: Site, do: str, values: list[str]
) -> None:
    answer = send(signed_in_client, f"{FUNNELS}/new", **{**TYPED, "do": do})
    shown = [attributes["value"] for _, attributes in Page(answer.text).elements if attributes.get("name") == "value"]
    assert (answer.status_code, shown) == (200, values)
    assert services.control.funnels.all(site) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": " "}, "Enter a name for the funnel, such as Checkout"),
        ({"name": "There"}, "Another funnel is already called “There”"),
        ({"kind": ["page"], "value": ["/"], "property": [""], "content": [""]}, "Fill in at least two steps"),
        ({"kind": ["page", "goal", "event"]}, "There is no goal “/cart” on this site"),
        ({"value": ["/shop/**", "", "Order"], "property": ["", "x", ""], "content": ["", "", ""]}, "Enter a page, an event or a goal"),
    ],
)
def test_what_cannot_be_asked_is_told_and_what_was_typed_stays(
    signed_in_client: FlaskClient, services: Services, site: Site, change: dict[str, Any], said: str
) -> None:
    there = services.control.funnels.put(site, Funnel(name="There", steps=(SHOP, CART)))
    typed = {**TYPED, **change}
    answer = send(signed_in_client, f"{FUNNELS}/new", **typed)
    page = Page(answer.text)
    assert answer.status_code == 422
    assert said in page.text
    shown = [attributes["value"] for _, attributes in page.elements if attributes.get("name") == "value"]
    assert [value.strip() for value in typed["value"]] == shown[: len(typed["value"])]
    assert services.control.funnels.all(site) == [there]


def test_a_goal_may_be_a_step(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    services.control.goals.add(site, Goal(id=0, name="Sales", kind="event", event_name="Order"))
    typed = {"name": "To the goal", "kind": ["section", "goal"], "value": ["/shop", "Sales"]}
    assert send(signed_in_client, f"{FUNNELS}/new", **typed).status_code == 303
    assert services.control.funnels.all(site)[0].steps == (["is", "event:section", ["/shop"]], ["is", "event:goal", ["Sales"]])


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{ 7*7 }}", "=1+1"])
def test_hostile_names_are_text(signed_in_client: FlaskClient, services: Services, site: Site, text: str) -> None:
    services.control.funnels.put(site, Funnel(name=text, steps=(["is", "event:name", [text]], ["is", "event:page", [text]])))
    for path in (FUNNELS, f"{FUNNELS}/1"):
        page = Page(signed_in_client.get(path).text)
        assert text in "".join([*page.texts, *(each.get("value", "") for _, each in page.elements)])
        assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)


# --- steps and filters -----------------------------------------------------------------------------------

_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
_STEPS = st.one_of(
    st.builds(Step, kind=st.sampled_from(list(KINDS)), value=_TEXTS.filter(lambda text: "*" not in text)),
    st.builds(Step, kind=st.just("event"), value=_TEXTS, name=_TEXTS, content=_TEXTS),
    st.builds(Step, kind=st.just("page"), value=st.text("/ab.-*+?()[]\\ ", min_size=1, max_size=12).map(lambda text: f"/{text}")),
)


@given(_STEPS)
def test_a_row_is_its_filter_and_back(step: Step) -> None:
    """A pattern comes back as one that matches the same."""
    found = of_filter(as_filter(step))
    assert found is not None
    assert as_filter(found) == as_filter(step)
    if "*" not in step.value:
        assert found == step


@pytest.mark.parametrize("source", [["is", "event:page", ["/a", "/b"]], ["matches", "event:page", ["^/x[0-9]$"]], ["or", []], "x"])
def test_what_is_no_row_is_shown_as_it_stands(source: Any) -> None:
    assert of_filter(source) is None
    assert said(source) == str(source)
