"""The owner's page of shared links: making, changing, revoking, and what a mistake costs."""

import re
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient

from analytics.site import Segment, SharedLink, Site
from analytics.web.services import Services
from tests.web.conftest import send

WORDS = "four words walk home"
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def segment(services: Services, site: Site) -> Segment:
    return services.control.segments.add(site, "Spring", [["is", "visit:utm_campaign", ["spring"]]])


def links(services: Services, site: Site) -> list[SharedLink]:
    return services.control.shared_links.all(site)


def said(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_a_link_is_made_shown_changed_and_revoked(
    signed_in_client: FlaskClient, services: Services, site: Site, segment: Segment
) -> None:
    """D51: with everything it can be limited to; its address can be copied again at any time."""
    client = signed_in_client
    answer = send(
        client, "/sites/example.org/sharing", follow=True, name="The board", kind="unlisted", sections="/shop\r\n/blog",
        filters=[f"is,segment,{segment.id}", "is_not,visit:channel,Direct"], panels=["pages", "headline"],
        first="2026-01-01", last="2026-06-30", expires="2027-01-31", exports="yes", hosts="example.com", counter="yes",
    )  # fmt: skip
    (link,) = links(services, site)
    assert link == SharedLink(
        id=1, name="The board", token=link.token, sections=("/shop", "/blog"), panels=("pages", "headline"),
        filters=[["is", "segment", [segment.id]], ["is_not", "visit:channel", ["Direct"]]], first=date(2026, 1, 1),
        last=date(2026, 6, 30), expires=date(2027, 1, 31), exports=True, hosts=("example.com",), counter=True,
    )  # fmt: skip
    for words in (
        f"http://stats.example.org/share/{link.token}", "The board", "Anyone with the link", "Sections: /shop, /blog",
        "Segment is Spring", "Channel is not Direct", "Panels: Pages, At a glance", "Figures can be downloaded",
        "Can be embedded in pages of example.com", "Public counter",
    ):  # fmt: skip
        assert words in said(answer.text)
    form = client.get(f"/sites/example.org/sharing/{link.id}").text
    assert 'value="2026-06-30"' in form
    assert re.search(r'value="is,segment,1" checked', form)
    send(client, f"/sites/example.org/sharing/{link.id}", name="Everyone", kind="public")
    (changed,) = links(services, site)
    assert changed == SharedLink(id=1, name="Everyone", token=link.token, kind="public")
    assert "http://stats.example.org/public/example.org" in client.get("/sites/example.org/sharing").text
    client.post(f"/share/{link.token}")
    page = client.get("/sites/example.org/sharing").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    client.post(f"/sites/example.org/sharing/{link.id}/revoke", data={"csrf_token": token and token[1]})
    assert links(services, site) == []
    assert client.get(f"/share/{link.token}").status_code == 404


@pytest.mark.usefixtures("site")
def test_a_filtered_dashboard_is_shared_as_it_is(signed_in_client: FlaskClient) -> None:
    """Its filters are on in the form, in words; what is no filter is left out."""
    html = signed_in_client.get("/sites/example.org/sharing?f=is,visit:country,DE&f=nonsense").text
    assert re.search(r'value="is,visit:country,DE" checked', html)
    assert "Country is Germany" in said(html)
    assert "nonsense" not in html


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": ""}, "name", "Enter a name for the link"),
        ({"kind": "secret"}, "kind", "Choose who can see it"),
        ({"kind": "password", "password": ""}, "password", "Choose a password"),
        ({"kind": "password", "password": "short"}, "password", "at least 12 characters"),
        ({"first": "tomorrow"}, "first", "is not a date"),
        ({"days": "many"}, "days", "whole number of days"),
        ({"days": "7", "last": "2026-01-01"}, "days", "not both"),
        ({"filters": "is,nothing,x"}, "filters", "cannot filter by"),
        ({"filters": "is,segment,99"}, "filters", "no segment 99"),
        ({"filters": "[[["}, "filters", "is not a valid filter"),
        ({"panels": "nowhere"}, "panels", "not on the shared dashboard"),
        ({"dashboard": "nowhere"}, "dashboard", "no dashboard"),
        ({"hosts": "ftp://x"}, "hosts", "ftp"),
    ],
)  # fmt: skip
def test_a_mistake_keeps_what_was_typed_and_says_what_is_wrong(
    signed_in_client: FlaskClient, services: Services, site: Site, fields: dict[str, str], field: str, words: str
) -> None:
    """422, with the group of the field unfolded; a password is never sent back."""
    typed = {"name": "The board", "kind": "unlisted", "sections": HOSTILE, "password": WORDS, **fields}
    answer = send(signed_in_client, "/sites/example.org/sharing", **typed)
    assert answer.status_code == 422
    assert words in said(answer.text)
    assert f'id="{field}-problem"' in answer.text or field == "filters"
    assert WORDS not in answer.text
    assert "<img" not in answer.text
    assert HOSTILE in unescape(answer.text)
    assert links(services, site) == []


def test_a_link_does_not_begin_with_its_end(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    """One that has expired may be changed without a new day."""
    path = "/sites/example.org/sharing"
    refused = send(signed_in_client, path, name="The board", kind="unlisted", expires="2026-09-20")
    assert "This day is over; choose today or a later day" in said(refused.text)
    assert send(signed_in_client, path, name="The board", kind="unlisted", expires="2026-09-21").status_code == 303
    old = services.control.shared_links.put(site, SharedLink(name="Old", expires=date(2026, 9, 1)), by="ada")
    changed = send(signed_in_client, f"{path}/{old.id}", name="Older", kind="unlisted", expires="2026-09-01")
    assert (changed.status_code, links(services, site)[-1].name) == (303, "Older")


def test_what_strangers_wrote_is_text(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    """A name, a section, a filter's value: nothing of it becomes markup, in the list or in the view."""
    link = SharedLink(name=HOSTILE, sections=(HOSTILE,), filters=[["is", "event:page", [HOSTILE]]], panels=(HOSTILE,))
    link = services.control.shared_links.put(site, link, by="key")
    for path in ("/sites/example.org/sharing", f"/sites/example.org/sharing/{link.id}", f"/share/{link.token}"):
        html = signed_in_client.get(path).text
        assert "<img" not in html
        assert "onerror=alert(1)>" in unescape(html)


def test_lines_for_other_pages_are_made_by_choice(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    """D52, D55: a frame with a title, a height and what was chosen; the counter's address."""
    link = services.control.shared_links.put(
        site, SharedLink(name="Blog", hosts=("example.com",), counter=True), by="ada"
    )
    page = signed_in_client.get(
        f"/sites/example.org/sharing/{link.id}/elsewhere?panel=pages&period=28d&theme=dark&accent=blue&background=none"
    )
    lines = unescape(page.text)
    assert (
        f'<iframe src="http://stats.example.org/embed/{link.token}?panel=pages&period=28d&theme=dark&accent=blue&background=none" '
        'title="Pages: example.org" width="100%" height="470" loading="lazy" frameborder="0"></iframe>'
    ) in lines.replace("&amp;", "&")
    assert f"http://stats.example.org/counter/{link.token}.json?path=/" in lines


def test_strangers_cannot_make_links(client: FlaskClient, services: Services, site: Site, owner: object) -> None:
    """The pages are for people who are signed in."""
    for path in ("/sites/example.org/sharing", "/sites/example.org/sharing/1", "/sites/example.org/sharing/1/elsewhere"):
        assert client.get(path).headers["Location"].startswith("/sign-in")
    assert client.post("/sites/example.org/sharing", data={"name": "x"}).status_code in (303, 400)
    assert links(services, site) == []
