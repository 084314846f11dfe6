"""D18, D20, D24 on the owner's page: what was dropped is listed, looked at, made to count, and put back."""

import html
import re
from datetime import date
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from msgspec import json
from msgspec.structs import replace
from werkzeug.test import TestResponse

from analytics.site import Site
from analytics.store.base import Load
from analytics.store.control.store import ControlStore
from analytics.store.duckdb.engine import DuckDBStore
from analytics.web.services import Services
from tests.rows import made_apart
from tests.web.conftest import Watch

PAGE = "/sites/example.org/dropped"
SUNDAY, MONDAY = date(2026, 9, 20), date(2026, 9, 21)
"""The last is the day of these tests' clock."""
CRAWLERS = [
    made_apart(
        day=day, visit=day.day * 100 + number, visitor=day.day * 100 + number, path="/" if number < 6 else "/feed", country=("DE", "FR", "AT", *["US"] * 5)[number],
        browser="Chrome", who="GPTBot" if number < 7 else "ClaudeBot",
    )
    for day in (SUNDAY, MONDAY) for number in range(8)
]  # fmt: skip
COPIES = [
    made_apart(day=MONDAY, visit=100 + number, visitor=100, reason="hostname", category="", who="evil.example", seq=number)
    for number in range(12)
]


def text_of(answer: TestResponse) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


@pytest.fixture
def kept(store: DuckDBStore, site: Site) -> None:
    """Eight visits of two crawlers on each of two days, twelve page views on a host that is not listed; 20 more that are
    only counted."""
    dropped = {("2026-09-20", "bot"): 8, ("2026-09-21", "bot"): 28, ("2026-09-21", "hostname"): 12}
    assert not store.load(site, Load([], dropped, [], [], apart=[json.encode(row) for row in (*CRAWLERS, *COPIES)]))


def at(client: FlaskClient, **chosen: str) -> str:
    return text_of(client.get(f"{PAGE}?{urlencode(chosen)}"))


def pageviews(services: Services, site: Site) -> int:
    found = services.answers.answer(site, {"metrics": ["pageviews"], "date_range": [str(SUNDAY), str(MONDAY)]})
    return int(found.results[0]["metrics"][0])


def restore(client: FlaskClient, **chosen: str) -> str:
    return text_of(_post(client, "restore", chosen))


def _post(client: FlaskClient, action: str, fields: dict[str, str]) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sites/example.org/corrections").text)
    assert token
    return client.post(f"{PAGE}/{action}", data={"csrf_token": token[1], **fields}, follow_redirects=True)


@pytest.mark.usefixtures("kept")
def test_it_is_listed_by_reason_group_and_name(signed_in_client: FlaskClient) -> None:
    shown = at(signed_in_client)
    assert "Sent by a bot, crawler or monitoring service 36 dropped, 17 Aug – 21 Sep 2026; 16 of them are set aside" in shown
    assert "AI crawler 16 GPTBot 14 ClaudeBot 2" in shown
    assert "12 dropped, 17 Aug – 21 Sep 2026. Who By day Events evil.example 12" in shown


@pytest.mark.usefixtures("kept")
def test_what_is_chosen_is_told_so_that_people_can_be_told_from_robots(signed_in_client: FlaskClient) -> None:
    shown = at(signed_in_client, reason="bot", category="AI crawler")
    assert "16 events in 16 visits of 16 visitors. 100% of the visits have only one event." in shown
    assert "Busiest day: Sun 20 Sep 2026 (8)." in shown
    assert "Most frequent: Page / (75%), Source Direct / None (100%), Country United States (62%), Browser Chrome (100%)." in shown
    assert "Count these 16 events" in shown
    assert "until Wed 21 Oct 2026" in shown


@pytest.mark.usefixtures("kept")
def test_countries_of_few_are_folded_because_some_may_be_people(signed_in_client: FlaskClient) -> None:
    """Small cells: two visitors each from Germany, France and Austria."""
    shown = at(signed_in_client, reason="bot")
    assert "Country Events United States 10 (fewer than 5) 6" in shown


@pytest.mark.usefixtures("kept")
def test_a_page_or_some_days_of_it_can_be_chosen(signed_in_client: FlaskClient) -> None:
    assert "Count these 2 events" in at(signed_in_client, reason="bot", path="/feed", first="2026-09-21")


@pytest.mark.usefixtures("kept")
def test_d18_what_is_restored_counts_everywhere_and_the_ledger_still_adds_up(
    signed_in_client: FlaskClient, services: Services, site: Site, control: ControlStore
) -> None:
    before = [(day.received, day.counted) for day in services.answers.ledger(site, SUNDAY, MONDAY)]
    assert before == [(8, 0), (40, 0)]
    assert "14 events are now counted" in restore(signed_in_client, reason="bot", category="AI crawler", who="GPTBot")
    assert pageviews(services, site) == 14
    after = [(day.received, day.counted) for day in services.answers.ledger(site, SUNDAY, MONDAY)]
    assert after == [(8, 7), (40, 7)]
    assert "GPTBot 14" not in at(signed_in_client)
    (record,) = [each for each in control.audit.latest() if each.what == "restored"]
    assert (record.who, record.subject) == (
        "ada@example.org", "example.org: bot / AI crawler / GPTBot, 2026-08-17 to 2026-09-21, 14 events",
    )  # fmt: skip


@pytest.mark.usefixtures("kept")
def test_restoring_twice_restores_once(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    restore(signed_in_client, reason="bot")
    assert "There was nothing to restore" in restore(signed_in_client, reason="bot")
    assert pageviews(services, site) == 16


@pytest.mark.usefixtures("kept")
def test_it_can_be_put_back_once(
    signed_in_client: FlaskClient, services: Services, site: Site, clock: Watch
) -> None:
    restore(signed_in_client, reason="bot", who="GPTBot")
    clock.now += 60
    restore(signed_in_client, reason="bot", who="ClaudeBot")
    shown = signed_in_client.get(PAGE).text
    moments = re.findall(r'name="at" value="([^"]+)"', shown)
    assert len(moments) == 2
    assert "14 of GPTBot · AI crawler 20 – 21 Sep 2026 21 Sep 2026, 16:13" in at(signed_in_client)
    assert "14 events have been set aside again" in text_of(_post(signed_in_client, "put-back", {"at": moments[1]}))
    assert pageviews(services, site) == 2
    assert "GPTBot 14" in at(signed_in_client)
    assert _post(signed_in_client, "put-back", {"at": moments[1]}).status_code == 404
    assert _post(signed_in_client, "put-back", {"at": "yesterday"}).status_code == 404


@pytest.mark.usefixtures("kept")
def test_d20_an_unlisted_host_is_allowed_from_now_on(
    signed_in_client: FlaskClient, services: Services, site: Site, control: ControlStore
) -> None:
    control.sites.change(replace(site, settings=replace(site.settings, hostnames=("example.org",))))
    assert "Count pages of evil.example from now on" in at(signed_in_client, reason="hostname", who="evil.example")
    restore(signed_in_client, reason="hostname", who="evil.example", **{"pass": "yes"})
    assert control.sites.find("example.org").settings.hostnames == ("example.org", "evil.example")
    assert pageviews(services, site) == 12
    assert "from now on" not in at(signed_in_client, reason="hostname", who="evil.example")


@pytest.mark.usefixtures("kept")
def test_d20_a_host_that_is_not_mine_is_ignored(signed_in_client: FlaskClient, control: ControlStore) -> None:
    assert "Ignore evil.example" in at(signed_in_client, reason="hostname", who="evil.example")
    shown = text_of(_post(signed_in_client, "ignore", {"who": "evil.example"}))
    assert control.sites.find("example.org").settings.ignored_hosts == ("evil.example",)
    assert "evil.example" not in shown
    assert "12 dropped" in shown, "the ledger goes on"


@pytest.mark.usefixtures("kept")
def test_what_is_no_host_is_not_ignored(signed_in_client: FlaskClient, control: ControlStore) -> None:
    answer = _post(signed_in_client, "ignore", {"who": "(no host)"})
    assert answer.status_code == 422
    assert control.sites.find("example.org").settings.ignored_hosts == ()


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("chosen", "setting", "entries"),
    [
        ({"category": "AI crawler", "who": "GPTBot"}, "allowed_robots", ("GPTBot",)),
        ({"category": "AI crawler"}, "allowed_robots", ("AI crawler",)),
        ({"category": "Other"}, "allowed_robots", ()),
        ({"who": "looks like a robot"}, "allowed_robots", ()),
        ({}, "allowed_robots", ()),
        ({"reason": "spam_referrer", "who": "semalt.com"}, "trusted_referrers", ("semalt.com",)),
    ],
)
def test_d18_d24_a_robot_a_group_or_a_site_is_let_pass_from_now_on(
    signed_in_client: FlaskClient, control: ControlStore, chosen: dict[str, str], setting: str, entries: tuple[str, ...]
) -> None:
    """But not everybody without a name."""
    restore(signed_in_client, **{"reason": "bot", "pass": "yes", **chosen})
    assert getattr(control.sites.find("example.org").settings, setting) == entries


@pytest.mark.usefixtures("kept")
def test_what_the_robots_of_a_group_are_for_is_said(signed_in_client: FlaskClient) -> None:
    shown = at(signed_in_client, reason="bot", category="AI crawler")
    assert "AI crawler Collects pages to train a language model, or for an assistant's search index." in shown


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"reason": "bot", "first": "21.9.2026"}, "“21.9.2026” is not a date; enter it as 2026-11-22"),
        ({"reason": "bot", "first": "2026-09-21", "last": "2026-09-20"}, "2026-09-20 is before 2026-09-21"),
        ({"reason": "opted_out"}, "No events are set aside for this reason; choose one from the list"),
        ({"reason": "nonsense"}, "No events are set aside for this reason; choose one from the list"),
    ],
)
def test_what_cannot_be_is_told_and_what_was_typed_stays(
    signed_in_client: FlaskClient, chosen: dict[str, str], told: str
) -> None:
    for answer in (signed_in_client.get(f"{PAGE}?{urlencode(chosen)}"), _post(signed_in_client, "restore", chosen)):
        assert answer.status_code == 422
        assert told in text_of(answer)
        assert all(f'value="{value}"' in answer.text for name, value in chosen.items() if "first" in chosen)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "=1+1", "\u202egnp", "x" * 5000, "'; DROP TABLE apart; --", "\0"])
def test_hostile_text_chooses_nothing_and_breaks_nothing(signed_in_client: FlaskClient, text: str) -> None:
    answer = signed_in_client.get(f"{PAGE}?{urlencode({'reason': 'bot', 'who': text})}")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "No events set aside match this choice; they may have expired." in text_of(answer)


def test_a_form_without_a_choice_is_refused(signed_in_client: FlaskClient, site: Site) -> None:
    answer = _post(signed_in_client, "restore", {})
    assert answer.status_code == 422
    assert "Choose what to restore" in text_of(answer)


def test_where_nothing_was_dropped_it_says_so(signed_in_client: FlaskClient, site: Site) -> None:
    assert "Nothing was set aside, 17 Aug – 21 Sep 2026." in at(signed_in_client)


@pytest.mark.usefixtures("kept")
def test_the_dashboards_ledger_leads_there(signed_in_client: FlaskClient) -> None:
    shown = signed_in_client.get("/example.org?period=7d").text
    assert f'<a hx-boost="false" href="{PAGE}#bot">Sent by a bot, crawler or monitoring service</a>' in shown


def test_only_people_who_are_signed_in(client: FlaskClient, site: Site) -> None:
    assert client.get(PAGE).status_code == 303
    assert client.post(f"{PAGE}/restore", data={"reason": "bot"}).status_code in (303, 400, 401)
