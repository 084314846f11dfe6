"""D25: the page where an owner names sources, and tries what a link would be counted as."""

import html
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analytics.ingest.sources import SOURCES
from analytics.site import OwnSource, Site, SourceKind
from analytics.web.services import Services
from tests.web.conftest import send

FORM = {"name": "Walking club", "kind": "social", "hosts": "https://www.club.example/forum\r\nwalkers.*", "tags": "WC"}


def text_of(answer: TestResponse) -> str:
    """What a person reads, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_a_row_is_added_and_holds_for_the_next_event(signed_in_client: FlaskClient, services: Services) -> None:
    """The collector's copy follows at once."""
    answer = send(signed_in_client, "/sources/new", follow=True, **FORM)
    assert "Source Walking club saved. It applies to visits from now on." in text_of(answer)
    assert "Walking club Social network club.example walkers.* wc Remove" in text_of(answer)
    assert services.sources.by_host("forum.club.example") == "Walking club"
    assert services.sources.channel(services.sources.by_tag("wc")) == "Organic Social"


def test_a_row_is_changed_and_removed(signed_in_client: FlaskClient, services: Services) -> None:
    send(signed_in_client, "/sources/new", **FORM)
    page = signed_in_client.get("/sources/1").text
    assert ">\nclub.example\nwalkers.*</textarea>" in page
    assert '<option value="social" selected>' in page
    send(signed_in_client, "/sources/1", **{**FORM, "name": "Ramblers"})
    assert services.sources.by_host("club.example") == "Ramblers"
    page = signed_in_client.get("/sources").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    signed_in_client.post("/sources/1/remove", data={"csrf_token": token[1]})
    assert services.control.own_sources.all() == []
    assert services.sources.by_host("club.example") == "club.example"


def test_a_built_in_row_is_taken_as_a_beginning_with_everything_that_leads_to_it(
    signed_in_client: FlaskClient, services: Services
) -> None:
    """Saved under another name, nothing is left that is called as before."""
    page = signed_in_client.get("/sources/new?like=X").text
    hosts, tags = (re.search(rf'<textarea id="{name}"[^>]*>\s*([^<]*)</textarea>', page) for name in ("hosts", "tags"))
    assert hosts
    assert tags
    assert tags[1].split() == ["x", "twitter", "tw", "twitter_ads", "twitter-ads", "x_ads", "x-ads"]
    send(signed_in_client, "/sources/new", name="Twitter", kind="social", hosts=hosts[1], tags=tags[1])
    sources = services.sources
    assert {sources.by_host("t.co"), sources.by_host("x.com"), sources.by_tag("X"), sources.by_tag("tw")} == {"Twitter"}
    assert sources.channel("Twitter", tag="twitter-ads") == "Paid Social"


@pytest.mark.parametrize(
    ("field", "typed", "problem"),
    [("name", "", "Enter a name of at most"), ("kind", "friends", "Choose the type"), ("hosts", "two words", "a space"), ("tags", "x" * 300, "at most 200")],
)
def test_a_refused_row_comes_back_as_typed_with_what_is_wrong_at_the_field(
    signed_in_client: FlaskClient, services: Services, field: str, typed: str, problem: str
) -> None:
    answer = send(signed_in_client, "/sources/new", **{**FORM, field: typed})
    assert answer.status_code == 422
    marked = re.search(rf'<span class="error" id="{field}-problem">([^<]+)</span>', answer.text)
    assert marked
    assert problem in html.unescape(marked[1])
    kept = FORM | {field: typed}
    assert all(html.escape(kept[name].splitlines()[0]) in answer.text for name in ("name", "hosts", "tags") if kept[name])
    assert services.control.own_sources.all() == []


def test_the_list_is_searched_by_name_host_and_tag(signed_in_client: FlaskClient, services: Services) -> None:
    everything = signed_in_client.get("/sources").text
    assert all(f'aria-label="Edit {html.escape(source.name)}"' in everything for source in SOURCES)
    for word, found in (("hacker n", {"Hacker News"}), ("LNKD.in", {"LinkedIn"}), ("bsky.app", {"Bluesky"}), ("adwords", {"Google"})):
        page = signed_in_client.get(f"/sources?q={word}").text
        assert set(re.findall(r'aria-label="Edit ([^"]+)"', page)) == found
    assert "No built-in source contains “nobody”." in text_of(signed_in_client.get("/sources?q=nobody"))


def test_a_row_with_a_host_in_other_letters_is_shown_and_found_in_them(
    signed_in_client: FlaskClient, services: Services
) -> None:
    services.control.own_sources.put(OwnSource(name="Books", kind=SourceKind.SHOPPING, hosts=("bücher.example",)))
    page = signed_in_client.get("/sources?q=bücher").text
    assert "<code>bücher.example</code>" in page


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("linked_from=https://t.co/x", "Source X Channel Organic Social Decided by The referring host t.co . Matched by the built-in source X ."),
        ("address=example.org/?utm_source=fbads", "Source Facebook Channel Paid Social Decided by The campaign tag fbads . Matched by the built-in source Facebook ."),
        ("linked_from=blog.example&address=example.org/?gclid=1", "Source blog.example Channel Paid Other Decided by The referring host blog.example . No source matches"),
        ("linked_from=https://example.org/a&address=https://example.org/b", "Source Direct / None Channel Direct Decided by Nothing: the link is on the site itself"),
        ("address=example.org/", "Source Direct / None Channel Direct Decided by Nothing: there is no campaign tag."),
        ("linked_from=https://club.example/", "Source Walking club Channel Organic Social Decided by The referring host club.example . Matched by your source Walking club ."),
    ],
)  # fmt: skip
def test_trying_it_shows_source_channel_and_which_row_decided(
    signed_in_client: FlaskClient, services: Services, site: Site, asked: str, told: str
) -> None:
    services.control.own_sources.put(OwnSource(name="Walking club", kind=SourceKind.SOCIAL, hosts=("club.example",)))
    assert told in text_of(signed_in_client.get("/sources", query_string=asked))


def test_an_address_that_is_none_is_said_so_at_the_trial(signed_in_client: FlaskClient) -> None:
    answer = signed_in_client.get("/sources?address=data:text/html,x")
    assert answer.status_code == 200
    assert 'class="error" role="alert">' in answer.text


def test_the_page_says_that_the_past_keeps_its_names(signed_in_client: FlaskClient) -> None:
    assert "from now on . Visits already counted keep their source" in text_of(signed_in_client.get("/sources"))


def test_a_row_that_is_not_there_is_not_found(signed_in_client: FlaskClient) -> None:
    assert signed_in_client.get("/sources/7").status_code == 404
