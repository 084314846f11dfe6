"""What the owner sets up: sites, tag, first visit, settings, sections, keys."""

import base64
import hashlib
import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from msgspec import structs
from werkzeug.test import TestResponse

from analytics.clock import local_time
from analytics.errors import StoreUnavailable
from analytics.ingest.arrivals import UNKNOWN, Arrival
from analytics.model import REASONS, Reason
from analytics.query.run import Answers
from analytics.site import Site, SiteSettings
from analytics.store.control.sites import RENAMED_FOR
from analytics.store.control.store import ControlStore
from analytics.web import figures
from analytics.web.collector import script_file
from analytics.web.services import Services
from analytics.web.setup import site_form
from analytics.web.setup.site_form import FIELDS
from tests.web.conftest import EMAIL, NOON, Watch, send

TAG = '<script defer src="http://stats.example.org/js/footfall.js" data-domain="example.org"></script>'


def text_of(answer: TestResponse) -> str:
    """What a person reads, without tags, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text.replace("<wbr>", ""))).split())


def arrival(reason: Reason | None = None, **change: Any) -> Arrival:
    facts = {"at": NOON, "name": "pageview", "hostname": "example.org", "path": "/shop", "reason": reason, **change}
    return Arrival(**facts)


# --- sites ---------------------------------------------------------------------------------------------


def test_without_a_site_the_page_offers_to_add_one(signed_in_client: FlaskClient) -> None:
    assert "There are no sites yet. Add your first one" in text_of(signed_in_client.get("/sites"))


def test_sites_are_listed_in_their_own_letters_with_the_ways_to_change_them(
    signed_in_client: FlaskClient, services: Services
) -> None:
    services.control.sites.add("bücher.example:8080", "Asia/Kolkata")
    page = signed_in_client.get("/sites")
    assert "bücher.example:8080 Asia/Kolkata Tag · Sections · Settings" in text_of(page)
    assert 'href="/sites/xn--bcher-kva.example:8080/sections"' in page.text


def test_d13_what_came_for_domains_that_are_not_here_is_shown(signed_in_client: FlaskClient, services: Services) -> None:
    services.arrivals.note(UNKNOWN, arrival(Reason.UNKNOWN_SITE, hostname="shop.exmaple.org", path="/<b>"))
    page = text_of(signed_in_client.get("/sites"))
    assert "14:13:20 pageview shop.exmaple.org/<b> For a domain that has not been added here" in page


@pytest.mark.parametrize(
    "spelling", ["example.org", "https://www.Example.org/shop/?a=b", "EXAMPLE.ORG.", "http://example.org:80", "  example.org  "]
)
def test_every_spelling_of_a_domain_adds_the_same_site_and_leads_to_its_tag(
    signed_in_client: FlaskClient, control: ControlStore, spelling: str
) -> None:
    answer = send(signed_in_client, "/sites/new", domain=spelling, timezone="Europe/Berlin")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sites/example.org/snippet")
    assert [(site.domain, site.timezone) for site in control.sites.all()] == [("example.org", "Europe/Berlin")]
    assert control.audit.latest(1)[0].who == EMAIL


HOSTILE = [
    ("", "Enter the site's domain"),
    ("two words", "a space"),
    ('"><script>alert(1)</script>', "cannot contain"),
    ("javascript:alert(1)", "not a port"),
    ("file:///etc/passwd", "without file://"),
    ("../../etc/passwd", "two dots in a row"),
    ("ada@example.org", "email"),
    ("*.example.org", "without *"),
    ("' OR 1=1; --", "cannot contain “'”"),
    ("exam\x00ple.org", "invisible"),
    ("\u202eexample.org", "invisible"),
    ("a" * 100_000, "253"),
    ("[::1", "not a port"),
    ("999.999.999.999", "not an IP address"),
    ("example.org", "has already been added"),
]


@pytest.mark.parametrize(("typed", "problem"), HOSTILE, ids=lambda value: ascii(value)[:30])
def test_a_domain_that_cannot_be_is_refused_with_what_was_typed_and_what_is_wrong(
    signed_in_client: FlaskClient, control: ControlStore, site: Site, typed: str, problem: str
) -> None:
    answer = send(signed_in_client, "/sites/new", domain=typed, timezone="Asia/Kolkata")
    assert answer.status_code == 422
    assert problem in text_of(answer)
    assert f'value="{html.escape(typed, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")}"' in answer.text
    assert "<option selected>Asia/Kolkata</option>" in answer.text
    assert 'aria-invalid="true" aria-describedby="domain-problem domain-hint"' in answer.text
    assert control.sites.all() == [site]


def test_a_zone_that_does_not_exist_is_refused(signed_in_client: FlaskClient, control: ControlStore) -> None:
    answer = send(signed_in_client, "/sites/new", domain="example.org", timezone="Mars/Olympus")
    assert answer.status_code == 422
    assert "“Mars/Olympus” is not a time zone" in text_of(answer)
    assert 'value="example.org"' in answer.text
    assert control.sites.all() == []


def test_the_browser_may_guess_the_zone_until_somebody_has_chosen_one(signed_in_client: FlaskClient) -> None:
    assert re.findall('data-guess="([a-z]+)"', signed_in_client.get("/sites/new").text) == ["zone", "week"]
    chosen = send(signed_in_client, "/sites/new", domain="", timezone="Asia/Tokyo", week_start="sunday").text
    assert "data-guess" not in chosen
    assert '<option value="sunday" selected>' in chosen
    with signed_in_client.get("/static/js/zone.js") as script:
        assert "select[data-guess]" in script.text


def test_d39_a_site_begins_with_the_week_that_was_chosen_with_it(signed_in_client: FlaskClient, control: ControlStore) -> None:
    send(signed_in_client, "/sites/new", domain="example.org", timezone="UTC", week_start="saturday")
    assert control.sites.find("example.org").settings.week_start == "saturday"


def test_zones_are_offered_by_place_and_one_chosen_elsewhere_by_an_old_name_stays(
    signed_in_client: FlaskClient, control: ControlStore
) -> None:
    control.sites.add("old.example", "GMT")
    offered = re.findall(r"<option[^>]*>([^<]+)</option>", signed_in_client.get("/sites/new").text)
    assert offered[0] == "UTC"
    assert {"Europe/Berlin", "Asia/Calcutta", "Asia/Kolkata"} <= set(offered)
    assert "GMT" not in offered
    assert "<option selected>GMT</option>" in signed_in_client.get("/sites/old.example/settings").text


# --- the tag and the first visit -----------------------------------------------------------------------


def test_the_tag_has_the_public_address_and_is_one_line_to_copy(signed_in_client: FlaskClient, site: Site) -> None:
    page = signed_in_client.get("/sites/example.org/snippet").text
    assert f'<pre class="copy">{html.escape(TAG).replace("&quot;", "&#34;")}</pre>' in page


def test_a_pinned_tag_names_the_bytes_and_asks_for_them(signed_in_client: FlaskClient, site: Site) -> None:
    """Where it points to is the very file, and its integrity is that of the file."""
    page = html.unescape(signed_in_client.get("/sites/example.org/snippet").text)
    line = re.search(
        r'<script defer src="http://stats\.example\.org(/js/footfall\.[0-9a-f]{12}\.js)" integrity="(sha384-[^"]+)" '
        r'crossorigin="anonymous" data-domain="example\.org"></script>',
        page,
    )
    assert line
    answer = signed_in_client.get(line[1])
    assert line[2] == "sha384-" + base64.b64encode(hashlib.sha384(answer.data).digest()).decode()
    assert "immutable" in answer.headers["Cache-Control"]


def test_the_page_says_what_the_script_counts_and_weighs(
    signed_in_client: FlaskClient, site: Site, services: Services
) -> None:
    features = ("forms", "outbound")
    services.control.sites.change(structs.replace(site, settings=SiteSettings(features=features)))
    size = len(script_file.beacon(features, "../api/event").forms["br"])
    said = text_of(signed_in_client.get("/sites/example.org/snippet"))
    assert f"{size} bytes, including page views, single-page applications and reading time. Also included: Outbound link clicks · Form submissions." in said


def test_core_web_vitals_have_a_line_of_their_own_once_they_are_wanted(
    signed_in_client: FlaskClient, site: Site, services: Services
) -> None:
    line = html.escape('<script defer src="http://stats.example.org/js/footfall-vitals.js"></script>').replace("&quot;", "&#34;")
    assert line not in signed_in_client.get("/sites/example.org/snippet").text
    services.control.sites.change(structs.replace(site, settings=SiteSettings(features=("vitals",))))
    assert f'<pre class="copy">{line}</pre>' in signed_in_client.get("/sites/example.org/snippet").text


def test_other_ways_are_there_word_press_policy_and_server(signed_in_client: FlaskClient, site: Site) -> None:
    page = text_of(signed_in_client.get("/sites/example.org/snippet"))
    assert f"add_action( 'wp_head', function () {{ echo '{TAG}'; }} );" in page
    assert "script-src http://stats.example.org; connect-src http://stats.example.org;" in page
    assert "curl http://stats.example.org/api/events" in page


class TestUnderAPath:
    @pytest.fixture
    def public_url(self) -> str:
        return "https://example.com/stats"

    def test_tag_and_policy_know_the_difference_between_address_and_origin(
        self, services: Services, client: FlaskClient, site: Site, owner: object
    ) -> None:
        send(client, "/stats/sign-in", email=EMAIL, password="four words walk home")
        page = text_of(client.get("/stats/sites/example.org/snippet"))
        assert "script-src https://example.com; connect-src https://example.com;" in page
        assert 'src="https://example.com/stats/js/footfall.js"' in page


def test_d13_the_page_waits_lists_what_was_refused_and_why_and_what_to_do(
    signed_in_client: FlaskClient, services: Services, site: Site
) -> None:
    services.arrivals.note(site.id, arrival(Reason.HOSTNAME, hostname="staging.example.org"))
    services.arrivals.note(site.id, arrival(Reason.INVALID, detail="url: is too long"))
    services.arrivals.note(UNKNOWN, arrival(Reason.UNKNOWN_SITE, hostname="exmaple.org"))
    page = signed_in_client.get("/sites/example.org/snippet")
    said = text_of(page)
    assert "Waiting for your first visit" in said
    assert (
        "16:13:20 pageview staging.example.org/shop Sent from a host that is not allowed for this site "
        "If this host is yours, allow it in the site's settings." in said
    )
    assert "Not a valid event; the response named the field: url: is too long" in said
    assert "exmaple.org/shop For a domain that has not been added here Check that data-domain in the tag" in said


def only(services: Services, site: Site, *hostnames: str) -> None:
    services.control.sites.change(structs.replace(site, settings=SiteSettings(hostnames=hostnames)))


def test_d20_a_host_that_was_refused_is_allowed_by_one_press(
    signed_in_client: FlaskClient, services: Services, site: Site
) -> None:
    """On the page where it is seen; once for each host."""
    only(services, site, "example.org")
    for hostname in ("staging.example.org", "xn--bcher-kva.example", "staging.example.org"):
        services.arrivals.note(site.id, arrival(Reason.HOSTNAME, hostname=hostname))
    services.arrivals.note(site.id, arrival(Reason.HOSTNAME, hostname="example.org"))  # its Origin was another
    page = signed_in_client.get("/sites/example.org/arrivals").text
    assert re.findall(r'name="host" value="([^"]+)">([^<]+)<', page) == [
        ("staging.example.org", "Count staging.example.org"), ("xn--bcher-kva.example", "Count bücher.example"),
    ]  # fmt: skip
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    answer = signed_in_client.post("/sites/example.org/hosts", data={"csrf_token": token[1], "host": "staging.example.org"})
    assert answer.headers["Location"] == "/sites/example.org/snippet"
    assert services.control.sites.find("example.org").settings.hostnames == ("example.org", "staging.example.org")
    assert "Count staging.example.org" not in signed_in_client.get("/sites/example.org/arrivals").text


def test_d20_where_every_host_is_counted_none_becomes_the_only_one(
    signed_in_client: FlaskClient, services: Services, site: Site
) -> None:
    services.arrivals.note(site.id, arrival(Reason.HOSTNAME, hostname="staging.example.org"))  # before the list was emptied
    token = re.search(r'name="csrf_token" value="([^"]+)"', signed_in_client.get("/sites/example.org/settings").text)
    assert token
    signed_in_client.post("/sites/example.org/hosts", data={"csrf_token": token[1], "host": "staging.example.org"})
    assert services.control.sites.find("example.org").settings.hostnames == ()


def test_d20_the_settings_show_the_hosts_that_were_refused_lately(
    signed_in_client: FlaskClient, services: Services, site: Site
) -> None:
    only(services, site, "example.org")
    for hostname in ("evil.example", "staging.example.org", "staging.example.org"):
        services.arrivals.note(site.id, arrival(Reason.HOSTNAME, hostname=hostname))
    page = signed_in_client.get(SETTINGS)
    assert "2 recent events came from staging.example.org and were not counted. Count staging.example.org Ignore" in text_of(page)
    assert "One recent event came from evil.example and was not counted. Count evil.example Ignore evil.example" in text_of(page)
    assert heads(page)["What is counted"].endswith("· 2 hosts not counted recently")
    send(signed_in_client, SETTINGS, **{**FORM, "add": "hostnames staging.example.org"})
    assert services.control.sites.find("example.org").settings.hostnames == ("example.org", "*.example.org", "staging.example.org")
    send(signed_in_client, SETTINGS, **{**FORM, "hostnames": "example.org", "add": "ignored_hosts evil.example"})
    assert services.control.sites.find("example.org").settings.ignored_hosts == ("evil.example",)
    page = text_of(signed_in_client.get(SETTINGS))
    assert "Count evil.example" not in page
    assert "Count staging.example.org" in page


def test_advice_is_given_once_however_many_it_is_for(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    """A crawler comes in dozens; what is wrong is said at each of its events, what to do at the first."""
    for _ in range(3):
        services.arrivals.note(site.id, arrival(Reason.BOT, detail="GPTBot (AI crawler)"))
    said = text_of(signed_in_client.get("/sites/example.org/arrivals"))
    assert said.count(f"{REASONS[Reason.BOT]}: GPTBot (AI crawler)") == 3
    assert said.count("open the page in your own") == 1


def test_d20_with_the_first_visit_the_way_to_leave_oneself_out_is_offered(
    signed_in_client: FlaskClient, services: Services, site: Site
) -> None:
    """It was the owner's own, most likely; and now there are visitors to be told."""
    assert 'href="/dont-count-me">Exclude' not in signed_in_client.get("/sites/example.org/arrivals").text
    services.arrivals.note(site.id, arrival())
    page = signed_in_client.get("/sites/example.org/arrivals").text
    assert 'href="/dont-count-me">Exclude' in page
    assert 'href="/sites/example.org/privacy">a text for your privacy page' in page


def test_what_leads_to_the_features_leads_into_their_group(signed_in_client: FlaskClient, site: Site) -> None:
    """A browser opens a folded group for an element inside of it, not for the group itself."""
    assert signed_in_client.get("/sites/example.org/snippet").text.count('href="/sites/example.org/settings#features"') == 3
    group = signed_in_client.get("/sites/example.org/settings").text.partition('<details class="card" id="beacon"')[2]
    assert '<fieldset id="features"' in group.partition("</details>")[0]


@pytest.mark.parametrize("reason", list(Reason))
def test_d13_every_reason_has_its_sentence(
    signed_in_client: FlaskClient, services: Services, site: Site, reason: Reason
) -> None:
    services.arrivals.note(site.id, arrival(reason))
    answer = signed_in_client.get("/sites/example.org/arrivals")
    assert REASONS[reason] in text_of(answer)
    assert "Waiting for your first visit" in text_of(answer)


def test_d13_it_turns_green_with_the_first_visit_and_stops_asking(
    signed_in_client: FlaskClient, services: Services, site: Site
) -> None:
    before = signed_in_client.get("/sites/example.org/arrivals").text
    assert 'hx-get="/sites/example.org/arrivals" hx-trigger="every 2s" hx-swap="outerMorph"' in before
    services.arrivals.note(site.id, arrival())
    after = signed_in_client.get("/sites/example.org/arrivals")
    assert "Your first visit has arrived. Open the dashboard" in text_of(after)
    assert 'href="/example.org"' in after.text
    assert "hx-" not in after.text


def test_without_javascript_the_page_loads_itself_again_until_the_visit_is_there(
    signed_in_client: FlaskClient, services: Services, site: Site
) -> None:
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in signed_in_client.get(
        "/sites/example.org/snippet"
    ).text
    services.arrivals.note(site.id, arrival())
    assert "http-equiv" not in signed_in_client.get("/sites/example.org/snippet").text


def test_visits_from_before_a_restart_count_as_arrived(
    signed_in_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What arrived is remembered in memory only; the events know it longer."""

    class OneEvent:
        results = [{"dimensions": [], "metrics": [1]}]  # noqa: RUF012

    monkeypatch.setattr(Answers, "answer", lambda *asked: OneEvent)
    assert "Your first visit has arrived" in text_of(signed_in_client.get("/sites/example.org/arrivals"))


def test_the_page_works_while_the_database_does_not(
    signed_in_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise StoreUnavailable("being repaired")

    monkeypatch.setattr(Answers, "answer", broken)
    assert "Waiting for your first visit" in text_of(signed_in_client.get("/sites/example.org/snippet"))


@pytest.mark.parametrize("page", ["snippet", "arrivals", "settings", "sections"])
def test_pages_of_a_site_that_is_not_there_are_404(signed_in_client: FlaskClient, page: str) -> None:
    assert signed_in_client.get(f"/sites/other.example/{page}").status_code == 404


# --- settings ------------------------------------------------------------------------------------------

SETTINGS = "/sites/example.org/settings"
FORM = {
    "domain": "www.example.org",
    "timezone": "Asia/Tokyo",
    "script": "kiosk/of/ours",
    "endpoint": "read/it",
    "features": "outbound",
    "small_cells": "1",
    "keep_rows_months": "24",
    "keep_totals_months": "60",
    "week_start": "sunday",
    "hostnames": "example.org\r\n\r\n*.Example.org\r\n",
    "excluded_paths": "/admin/*",
    "excluded_networks": "192.0.2.7/24",
    "allowed_robots": "uptimerobot\r\nLink preview",
    "spam_hosts": "Cheap.example\r\n*.bücher.example",
    "trusted_referrers": "www.semalt.com:8080",
    "query_parameters": "p\r\nid",
    "trailing_slash": "yes",
    "regions": "yes",
}


def test_settings_are_shown_saved_and_shown_again(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    answer = send(signed_in_client, SETTINGS, follow=True, **FORM)
    assert "Settings saved. They apply from now on." in text_of(answer)
    saved = Site(
        id=site.id,
        domain="example.org",
        timezone="Asia/Tokyo",
        settings=SiteSettings(
            hostnames=("example.org", "*.example.org"),
            excluded_paths=("/admin/*",),
            excluded_networks=("192.0.2.0/24",),
            allowed_robots=("UptimeRobot", "Link preview"),
            hold_bursts=False,
            spam_hosts=("cheap.example", "xn--bcher-kva.example"),
            trusted_referrers=("semalt.com",),
            query_parameters=("p", "id"),
            trailing_slash=True,
            case_sensitive=False,
            respect_gpc=False,
            respect_dnt=False,
            regions=True,
            script="kiosk/of/ours",
            endpoint="read/it",
            features=("outbound",),
            small_cells=1,
            keep_rows_months=24,
            keep_totals_months=60,
            week_start="sunday",
        ),
    )
    assert services.control.sites.find("example.org") == saved
    assert services.directory.find("example.org") == saved
    assert ">\nexample.org\n*.example.org</textarea>" in answer.text
    assert "<option selected>Asia/Tokyo</option>" in answer.text
    assert 'name="regions" value="yes" checked' in answer.text
    assert re.findall('name="features" value="([a-z]+)" checked', answer.text) == ["outbound"]
    assert 'name="respect_gpc" value="yes">' in answer.text


def heads(page: TestResponse) -> dict[str, str]:
    """The settings' groups by title: what their heads say, and ``(open)`` of one that is not folded up."""
    found = re.findall(
        r'<details class="card" id="[a-z]+"( open)?>\s*<summary><span role="heading" aria-level="2">([^<]+)</span>\s*<small>(.*?)</small>',
        page.text, re.DOTALL,
    )  # fmt: skip
    return {title: html.unescape(re.sub(r"<[^>]+>", "", said)) + (" (open)" if opened else "") for opened, title, said in found}


def test_the_settings_say_in_each_groups_head_what_is_not_as_recommended(signed_in_client: FlaskClient, site: Site) -> None:
    assert set(heads(signed_in_client.get(SETTINGS)).values()) == {"Recommended settings"}
    changed = heads(send(signed_in_client, SETTINGS, follow=True, **FORM))
    assert changed["Data retention"] == "Changed: Months to keep individual events · Months to keep totals"
    assert changed["What is stored and shown"] == (
        "Changed: Store region and city · Group values with fewer visitors than this"
    )


def test_the_group_with_the_refused_setting_is_unfolded(signed_in_client: FlaskClient, site: Site) -> None:
    answer = heads(send(signed_in_client, SETTINGS, **{**FORM, "small_cells": "0"}))
    assert [title for title, said in answer.items() if said.endswith("(open)")] == ["What is stored and shown"]


def test_a_hint_that_holds_for_a_whole_group_is_said_once(signed_in_client: FlaskClient, site: Site) -> None:
    """Global Privacy Control and Do Not Track have one in common; no two settings repeat each other."""
    hints = [hint for group in site_form.GROUPS for hint in (group.hint, *(field.hint for field in group.fields)) if hint]
    assert len(hints) == len(set(hints))
    assert text_of(signed_in_client.get(SETTINGS)).count("Footfall’s script always respects both signals") == 1


def test_every_setting_of_a_site_is_a_row_of_the_form_table() -> None:
    """One table says which settings there are and in what words they are asked for."""
    assert sorted(field.name for field in FIELDS) == sorted(SiteSettings.__struct_fields__)


def test_a_renamed_site_says_until_when_its_old_domain_counts(signed_in_client: FlaskClient, clock: Watch, site: Site) -> None:
    """On the site's clock, with the way to the new tag; afterwards no longer."""
    said = "Events for example.org are still counted here until "
    assert said not in text_of(signed_in_client.get(SETTINGS))
    answer = send(signed_in_client, SETTINGS, follow=True, **{**FORM, "domain": "new.example"})
    until = figures.moment(local_time(clock() + RENAMED_FOR, "Asia/Tokyo"))
    assert f"{said}{until}. Copy the new tag" in text_of(answer)
    clock.now += RENAMED_FOR
    assert said not in text_of(signed_in_client.get("/sites/new.example/settings"))


def test_a_changed_domain_changes_the_address_of_its_pages(signed_in_client: FlaskClient, site: Site) -> None:
    answer = send(signed_in_client, SETTINGS, **{**FORM, "domain": "bücher.example"})
    assert answer.headers["Location"] == "/sites/xn--bcher-kva.example/settings"


@pytest.mark.parametrize(
    ("field", "typed", "problem"),
    [
        ("domain", "two words", "a space"),
        ("timezone", "Mars/Olympus", "not a time zone"),
        ("script", "../x", "Enter one to four names separated by /"),
        ("script", "", "such as js/footfall"),
        ("script", "sites/mine", "Addresses under sites/ belong to Footfall itself"),
        ("endpoint", "api/events", "Addresses under api/ belong to Footfall itself"),
        ("endpoint", "Read", "such as api/event"),
        ("small_cells", "0", "Enter a whole number from 1"),
        ("keep_rows_months", "0", "Enter a whole number of months from 1"),
        ("keep_totals_months", "12", "at least as many months as events are kept"),
        ("keep_totals_months", "ever", "Enter 0 for no limit"),
        ("small_cells", "five", "Enter a whole number from 1"),
        ("week_start", "", "Choose the first day of the week: monday, saturday, sunday"),
        ("small_cells", "1001", "Enter a whole number from 1"),
        ("hostnames", "a b", "a space"),
        ("excluded_paths", "admin", "is not a path"),
        ("excluded_networks", "example.org", "example.org"),
        ("excluded_networks", "192.0.2.0/99", "192.0.2.0/99"),
        ("allowed_robots", "UptimeRobt", "There is no bot “UptimeRobt”; similar names are UptimeRobot"),
        ("query_parameters", "p=1", "only the parameter's name"),
    ],
)
def test_a_refused_setting_is_marked_and_nothing_is_saved_or_lost(
    signed_in_client: FlaskClient, control: ControlStore, site: Site, field: str, typed: str, problem: str
) -> None:
    answer = send(signed_in_client, SETTINGS, **{**FORM, field: typed})
    assert answer.status_code == 422
    marked = re.search(rf'<span class="error" id="{field}-problem">([^<]+)</span>', answer.text)
    assert marked
    assert problem in html.unescape(marked[1])
    assert "Not saved" in text_of(answer)
    for kept in FORM.keys() - {field, "timezone", "trailing_slash", "regions", "hostnames", "query_parameters"}:
        assert FORM[kept] in answer.text
    if field != "timezone":
        assert typed in answer.text
    assert control.sites.find("example.org") == site


def test_two_sites_that_share_a_script_want_the_same_of_it(
    signed_in_client: FlaskClient, control: ControlStore, site: Site
) -> None:
    """The error names the other site and an address that is free."""
    other = control.sites.add("example.net", "UTC")
    script = site.settings.script
    assert (script, other.settings.script) == ("js/footfall", "js/example-net")
    control.sites.change(structs.replace(other, settings=structs.replace(other.settings, script=script)))
    answer = send(signed_in_client, SETTINGS, **{**FORM, "script": script})
    assert answer.status_code == 422
    assert "example.net also loads js/footfall.js" in text_of(answer)
    assert "such as js/example-org" in text_of(answer)
    assert control.sites.find("example.org") == site


def test_a_feature_that_there_is_not_is_refused(signed_in_client: FlaskClient, control: ControlStore, site: Site) -> None:
    answer = send(signed_in_client, SETTINGS, **{**FORM, "features": "fingerprints"})
    assert answer.status_code == 422
    assert "There is no feature “fingerprints”; choose from outbound, downloads," in text_of(answer)


# --- keys ----------------------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_works(signed_in_client: FlaskClient, control: ControlStore, site: Site) -> None:
    answer = send(signed_in_client, "/keys", name="report", site="example.org", scopes=["stats", "events"])
    found = re.search(r'<pre class="copy">(ff_[\w-]{43})</pre>', answer.text)
    assert found
    assert answer.headers["Cache-Control"] == "no-store"
    key = control.api_keys.find(found[1])
    assert key is not None
    assert (key.name, key.scopes, key.site_ids) == ("report", {"stats", "events"}, {site.id})
    later = signed_in_client.get("/keys")
    assert found[1] not in later.text
    assert "report example.org events, stats 21 Sep 2026" in text_of(later)


def test_a_key_may_be_for_all_sites(signed_in_client: FlaskClient, control: ControlStore, site: Site) -> None:
    send(signed_in_client, "/keys", scopes=["sites"])
    assert control.api_keys.all()[0].key.site_ids is None
    assert "Unnamed all sites sites" in text_of(signed_in_client.get("/keys"))


@pytest.mark.parametrize(
    ("fields", "status", "problem"),
    [
        ({"name": "report"}, 422, "Choose at least one permission"),
        ({"name": "report", "scopes": ["admin"]}, 422, "“admin” is not a permission"),
        ({"name": "n" * 101, "scopes": ["stats"]}, 422, "at most 100 characters"),
        ({"name": "report", "scopes": ["stats"], "site": "gone.example"}, 422, "There is no site gone.example"),
    ],
)
def test_a_key_that_cannot_be_is_refused_with_what_was_typed(
    signed_in_client: FlaskClient, control: ControlStore, site: Site, fields: dict[str, Any], status: int, problem: str
) -> None:
    answer = send(signed_in_client, "/keys", **fields)
    assert answer.status_code == status
    assert problem in text_of(answer)
    if status == 422:
        assert f'value="{fields["name"]}"' in answer.text
    assert control.api_keys.all() == []


def test_a_revoked_key_is_gone(signed_in_client: FlaskClient, control: ControlStore, site: Site) -> None:
    text = control.api_keys.add(site, ["stats"])
    token = re.search(r'name="csrf_token" value="([^"]+)"', signed_in_client.get("/keys").text)
    assert token
    answer = signed_in_client.post("/keys/1/revoke", data={"csrf_token": token[1]})
    assert answer.status_code == 303
    assert control.api_keys.find(text) is None
    assert signed_in_client.post("/keys/1/revoke", data={"csrf_token": token[1]}).status_code == 404
