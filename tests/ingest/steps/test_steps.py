"""Each step of the pipeline: what it fills in, and what it refuses."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import InvalidInput
from analytics.ingest.beacon import Beacon
from analytics.ingest.bursts import Bursts
from analytics.ingest.hit import Hit
from analytics.ingest.rate import Rate
from analytics.ingest.steps.automated import automated
from analytics.ingest.steps.bot import bot
from analytics.ingest.steps.burst import burst
from analytics.ingest.steps.channel import channel
from analytics.ingest.steps.excluded_path import excluded_path, matches
from analytics.ingest.steps.facts import facts
from analytics.ingest.steps.form import form
from analytics.ingest.steps.hostname import hostname
from analytics.ingest.steps.network import network
from analytics.ingest.steps.opt_out import opt_out
from analytics.ingest.steps.page import page
from analytics.ingest.steps.rate import rate
from analytics.ingest.steps.referrer import referrer
from analytics.ingest.steps.screen import screen
from analytics.ingest.steps.scrub import scrub
from analytics.ingest.steps.source import source
from analytics.ingest.steps.spam import spam
from analytics.ingest.steps.too_old import too_old
from analytics.ingest.watchers import Watchers
from analytics.model import Reason, Visitor
from analytics.site import SiteSettings

Make = Callable[..., Hit]


def sent(make: Make, settings: SiteSettings | None = None, **fields: Any) -> Hit:
    draft = make(settings)
    draft.beacon = Beacon(**{"name": "pageview", "url": "https://example.org/", "domains": (), "named": True, **fields})
    form(draft)
    return draft


def test_scrub_takes_personal_data_out_of_every_text(hit: Make) -> None:
    """D33: address, referrer, event name and properties, before another step sees them."""
    draft = sent(
        hit,
        name="Mail jane@example.org",
        url="https://www.example.org/reset/jane@example.org?token=secret&utm_source=jane@example.org",
        referrer="https://mail.example/inbox/jane@example.org?q=1",
        props={"who": "jane@example.org", "size": "L"},
    )
    assert scrub(draft) is None
    assert (draft.name, draft.hostname, draft.path) == ("Mail :redacted", "example.org", "/reset/:redacted")
    assert draft.query == {"utm_source": ":redacted"}
    assert draft.referrer == "mail.example/inbox/:redacted"
    assert draft.props == {"who": ":redacted", "size": "L"}


def test_scrub_leaves_out_what_identifies_by_its_name(hit: Make) -> None:
    """D33: whatever the value looks like; counted together with what the client kept to itself."""
    draft = sent(hit, props={"user_id": "jane", "E-mail": "none given", "plan": "large"}, left_out=3)
    assert scrub(draft) is None
    assert (draft.props, draft.left_out) == ({"plan": "large"}, 5)


def test_scrub_keeps_the_name_of_a_click_id_and_drops_its_value(hit: Make) -> None:
    """A click id is one person's; that there was one names a channel."""
    draft = sent(hit, url="https://example.org/?gclid=EAIaIQobChMI&utm_medium=cpc")
    scrub(draft)
    assert (draft.click_id, draft.query) == ("gclid", {"utm_medium": "cpc"})


def test_scrub_keeps_the_parameters_that_the_site_asks_for(hit: Make) -> None:
    draft = sent(hit, SiteSettings(query_parameters=("p",)), url="https://example.org/?p=12&q=jane")
    scrub(draft)
    assert draft.query == {"p": "12"}


def test_scrub_reduces_the_referrer_to_its_host_where_the_site_wants_it(hit: Make) -> None:
    draft = sent(hit, SiteSettings(referrer_host_only=True), referrer="https://news.example/a/b")
    scrub(draft)
    assert draft.referrer == "news.example"


@pytest.mark.parametrize("url", ["data:text/html,hello", "javascript:alert(1)", "https://", "example.org/page", "https://a b/"])
def test_form_refuses_what_is_no_page(hit: Make, url: str) -> None:
    """T7: with the field's name and without the address."""
    with pytest.raises(InvalidInput) as caught:
        form(hit(url=url))
    assert caught.value.field == "url"
    assert url not in str(caught.value)


def test_form_refuses_a_name_without_a_visible_character(hit: Make) -> None:
    with pytest.raises(InvalidInput) as caught:
        sent(hit, name="\u200b")
    assert caught.value.field == "event_name"


def test_the_address_as_it_was_sent_lasts_from_form_to_scrub(hit: Make) -> None:
    draft = sent(hit, url="https://www.example.org/u/jane@example.org?p=1#top")
    assert (draft.hostname, draft.path, draft.sent) == ("example.org", "", ("/u/jane@example.org", "p=1"))
    scrub(draft)
    assert (draft.hostname, draft.path, draft.sent) == ("example.org", "/u/:redacted", ("", ""))


def test_one_page_is_one_path_however_it_is_encoded(hit: Make) -> None:
    """T8: the same page from a load, from pushState and from a server."""
    paths = []
    for url in ("https://example.org/%E8%AE%BA%E6%96%87", "https://example.org/论文", "https://example.org/%e8%ae%ba%e6%96%87 "):
        draft = sent(hit, url=url)
        scrub(draft)
        paths.append(draft.path)
    assert paths == ["/论文"] * 3


@pytest.mark.parametrize(
    ("months", "day", "expected"),
    [(13, "2025-02-01", None), (13, "2025-01-31", Reason.TOO_OLD), (1, "2026-02-01", None), (1, "2026-01-31", Reason.TOO_OLD)],
)
def test_events_of_months_no_longer_kept_are_too_old(hit: Make, months: int, day: str, expected: Reason | None) -> None:
    """On 1 March, with so many whole months kept besides this one: the first day that is kept, and the day before it."""
    at = datetime.fromisoformat(f"{day}T12:00Z").timestamp()
    draft = hit(SiteSettings(keep_rows_months=months), backdated=True)
    draft.at = at
    assert too_old(draft) is expected
    draft.backdated = False
    assert too_old(draft) is None


@pytest.mark.parametrize(
    ("headers", "settings", "expected"),
    [
        ({"sec-gpc": "1"}, {}, Reason.OPTED_OUT),
        ({"dnt": "1"}, {}, Reason.OPTED_OUT),
        ({"sec-gpc": "0", "dnt": "0"}, {}, None),
        ({}, {}, None),
        ({"sec-gpc": "1"}, {"respect_gpc": False}, None),
        ({"dnt": "1"}, {"respect_dnt": False}, None),
        ({"sec-gpc": "1"}, {"respect_dnt": False}, Reason.OPTED_OUT),
    ],
)
def test_gpc_and_dnt_are_respected_unless_the_site_says_otherwise(hit: Make, headers: dict[str, str], settings: dict[str, bool], expected: Reason | None) -> None:
    """D34: Global Privacy Control and Do Not Track, each a setting of the site, both respected by default."""
    assert opt_out(hit(SiteSettings(**settings), headers=headers)) is expected


def test_excluded_networks_and_robots(hit: Make) -> None:
    """D18, D19: as the door saw it."""
    assert network(hit(visitor=Visitor(tag=1, excluded=True))) is Reason.EXCLUDED_NETWORK
    assert network(hit(visitor=Visitor(tag=1))) is None
    assert bot(hit(visitor=Visitor(tag=1, bot="Googlebot"))) is Reason.BOT
    assert bot(hit(visitor=Visitor(tag=1))) is None


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ((), Reason.BOT),
        (("uptimerobot",), None),
        (("MONITORING",), None),
        (("Search engine", "UptimeRobot"), None),
        (("Search engine", "Robot", "Uptime"), Reason.BOT),
    ],
)
def test_owners_let_robots_pass_by_name_or_group(hit: Make, allowed: tuple[str, ...], expected: Reason | None) -> None:
    """D18: whole names, upper and lower case alike."""
    watcher = Visitor(tag=1, bot="UptimeRobot", bot_group="Monitoring")
    assert bot(hit(SiteSettings(allowed_robots=allowed), visitor=watcher)) is expected


def test_a_browser_that_is_steered_is_a_robot(hit: Make) -> None:
    """D18: navigator.webdriver; a robot with a name keeps it."""
    draft = sent(hit, automated=True)
    assert automated(draft) is None
    assert (draft.visitor.bot, draft.visitor.bot_group) == ("navigator.webdriver", "Headless browser")
    named = sent(hit, automated=True)
    named.visitor = Visitor(tag=1, bot="GPTBot", bot_group="AI crawler")
    automated(named)
    assert named.visitor.bot == "GPTBot"
    person = sent(hit)
    automated(person)
    assert person.visitor.bot == ""


def test_bursts_are_the_owners_to_switch_off(hit: Make) -> None:
    """D18: without a watch, switched off, or a robot that the owner counts: nobody is held apart, nobody is noted."""

    class Never(Bursts):
        def allows(self, *_: Any, **__: Any) -> bool:
            return False

    somebody = Visitor(tag=1, network=2)
    assert burst(hit(visitor=somebody, watchers=Watchers(bursts=Never()))) is Reason.BURST
    assert burst(hit(visitor=somebody)) is None
    assert burst(hit(SiteSettings(hold_bursts=False), visitor=somebody, watchers=Watchers(bursts=Never()))) is None
    assert burst(hit(visitor=Visitor(tag=1, network=2, bot="UptimeRobot"), watchers=Watchers(bursts=Never()))) is None
    assert burst(hit(visitor=somebody, suspected=True, watchers=Watchers(bursts=Never()))) is None


def test_bursts_compare_those_who_use_one_browser(hit: Make) -> None:
    """T20: what an app's own browser never tells is no reproach to it; nor what the pixel and servers cannot tell."""
    told: list[str] = []

    class Listening(Bursts):
        def allows(self, *_: Any, kind: str = "", **__: Any) -> bool:
            told.append(kind)
            return True

    reader = Visitor(tag=1, network=2, browser="Instagram")
    burst(hit(visitor=reader, watchers=Watchers(bursts=Listening()), headers={"origin": "https://example.org"}))
    burst(hit(visitor=reader, watchers=Watchers(bursts=Listening()), headers={}))
    assert told == ["Instagram", ""]


def test_an_office_passes_and_a_flood_does_not(hit: Make) -> None:
    """T20: 600 events a minute under one tag, then none until the next minute."""
    limiter = Rate()
    draft = hit(visitor=Visitor(tag=7), watchers=Watchers(rate=limiter))
    assert [rate(draft) for _ in range(600)] == [None] * 600
    assert rate(draft) is Reason.RATE
    assert rate(hit(visitor=Visitor(tag=8), watchers=Watchers(rate=limiter))) is None
    draft.now += 60
    assert rate(draft) is None


def test_the_limiter_has_bounded_memory() -> None:
    """R-31: with all places taken, those who come later are not limited."""
    limiter = Rate(most=1, most_tags=2)
    assert [limiter.allows(tag, 0) for tag in (1, 2, 3, 3, 3, 1)] == [True, True, True, True, True, False]
    assert len(limiter._counts) == 2


def test_batches_are_not_limited(hit: Make) -> None:
    assert rate(hit(visitor=Visitor(tag=7), watchers=None)) is None


@pytest.mark.parametrize(
    ("allowed", "host", "origin", "expected"),
    [
        ((), "evil.example", "https://evil.example", None),
        (("example.org",), "example.org", "", None),
        (("www.Example.org",), "example.org", "https://www.example.org:8443", None),
        (("example.org",), "evil.example", "", Reason.HOSTNAME),
        (("example.org",), "example.org", "https://evil.example", Reason.HOSTNAME),
        (("example.org",), "example.org", "null", None),
        (("example.org",), "notexample.org", "", Reason.HOSTNAME),
        (("*.example.org",), "shop.example.org", "", None),
        (("*.example.org",), "a.b.example.org", "https://shop.example.org", None),
        (("*.example.org",), "example.org", "", Reason.HOSTNAME),
        (("*.example.org",), "evilexample.org", "", Reason.HOSTNAME),
        (("example.org", "*.example.org"), "shop.example.org", "https://example.org", None),
        (("localhost:3000",), "localhost", "http://localhost:3000", None),
        (("[2001:db8::1]:8080",), "[2001:db8::1]", "http://[2001:db8::1]:8080", None),
        (("xn--bcher-kva.example",), "xn--bcher-kva.example", "https://xn--bcher-kva.example", None),
        (("example.org",), "", "", Reason.HOSTNAME),
    ],
)
def test_page_and_origin_must_be_on_an_allowed_host(hit: Make, allowed: tuple[str, ...], host: str, origin: str, expected: Reason | None) -> None:
    """D20, T20: page and Origin must both be on an allowed host; the empty list allows all."""
    draft = hit(SiteSettings(hostnames=allowed), hostname=host, headers={"origin": origin} if origin else {})
    assert hostname(draft) is expected


@pytest.mark.parametrize(
    ("settings", "path", "query", "expected"),
    [
        ({}, "/Shop/", {"utm_source": "x"}, "/Shop/"),
        ({"trailing_slash": False}, "/shop/", {}, "/shop"),
        ({"trailing_slash": False}, "/", {}, "/"),
        ({"trailing_slash": False}, "//", {}, "/"),
        ({"case_sensitive": False}, "/Shop/Ä", {}, "/shop/ä"),
        ({"query_parameters": ("b", "a")}, "/", {"a": "1", "b": "2", "utm_source": "x"}, "/?b=2&a=1"),
        ({"query_parameters": ("p",)}, "/", {"utm_source": "x"}, "/"),
    ],
)
def test_a_page_is_one_path_by_the_rules_of_its_site(hit: Make, settings: dict[str, Any], path: str, query: dict[str, str], expected: str) -> None:
    """D21: slash, case and query as the site wants them."""
    draft = hit(SiteSettings(**settings), path=path, query=query)
    page(draft)
    assert draft.path == expected


def test_excluded_paths_are_refused(hit: Make) -> None:
    settings = SiteSettings(excluded_paths=("/admin*", "/preview"))
    assert excluded_path(hit(settings, path="/admin/users")) is Reason.EXCLUDED_PATH
    assert excluded_path(hit(settings, path="/preview")) is Reason.EXCLUDED_PATH
    assert excluded_path(hit(settings, path="/preview/1")) is None
    assert excluded_path(hit(path="/admin")) is None


def test_t8_the_front_page_of_an_excluded_folder_is_in_it_where_the_slash_makes_no_difference(hit: Make) -> None:
    """``/admin/`` becomes ``/admin`` before it is compared with ``/admin/*``; with slashes kept they are two pages."""
    one, two = SiteSettings(excluded_paths=("/admin/*",), trailing_slash=False), SiteSettings(excluded_paths=("/admin/*",))
    assert excluded_path(hit(one, path="/admin")) is Reason.EXCLUDED_PATH
    assert excluded_path(hit(one, path="/admin/users")) is Reason.EXCLUDED_PATH
    assert excluded_path(hit(one, path="/administration")) is None
    assert excluded_path(hit(two, path="/admin/")) is Reason.EXCLUDED_PATH
    assert excluded_path(hit(two, path="/admin")) is None


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/a", "/a", True), ("/a", "/ab", False), ("*", "", True), ("/*/edit", "/a/b/edit", True), ("/*/edit", "/edit", False),
        ("/a*b*c", "/abc", True), ("/a*b*c", "/acb", False), ("/ab*ba", "/aba", False), ("*.pdf", "/x.pdf", True), ("/[a]", "/a", False),
    ],
)  # fmt: skip
def test_a_pattern_matches_whole_paths(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) is expected


@given(st.text("ab*", max_size=6), st.text("ab", max_size=8))
def test_patterns_match_as_the_plain_definition_does(pattern: str, path: str) -> None:
    """``*`` is any run of characters: the definition, by trying every way."""

    def defined(rest: str, left: str) -> bool:
        if not rest:
            return not left
        if rest[0] == "*":
            return any(defined(rest[1:], left[skip:]) for skip in range(len(left) + 1))
        return left[:1] == rest[0] and defined(rest[1:], left[1:])

    assert matches(pattern, path) is defined(pattern, path)


@pytest.mark.parametrize(
    ("found", "kept", "host"),
    [
        ("news.example/a", "news.example/a", "news.example"),
        ("www.news.example", "www.news.example", "news.example"),
        ("shop.example.org/basket", "", ""),
        ("example.org/other", "", ""),
        ("", "", ""),
    ],
)
def test_the_site_itself_is_no_referrer(hit: Make, found: str, kept: str, host: str) -> None:
    """Own host is no source: neither the page's host nor the site's domain."""
    draft = hit(referrer=found, hostname="shop.example.org")
    referrer(draft)
    assert (draft.referrer, draft.referrer_host) == (kept, host)


def test_spam_hosts_are_refused_as_referrer_and_as_campaign(hit: Make) -> None:
    """D24: a known spam host, or a host below it, as referrer or as campaign source."""
    assert spam(hit(referrer_host="semalt.com")) is Reason.SPAM_REFERRER
    assert spam(hit(referrer_host="site5.semalt.com")) is Reason.SPAM_REFERRER
    assert spam(hit(query={"utm_source": "Semalt.com"})) is Reason.SPAM_REFERRER
    assert spam(hit(query={"ref": "https://semalt.com/"})) is Reason.SPAM_REFERRER
    assert spam(hit(query={"source": "ɢoogle.com"})) is Reason.SPAM_REFERRER
    assert spam(hit(referrer_host="news.example", query={"utm_source": "semalt"})) is None
    assert spam(hit(referrer_host="semalt.com.example", query={"utm_source": "v1.2 letter"})) is None
    assert spam(hit()) is None


def test_the_owner_decides_about_spam(hit: Make) -> None:
    """D24: hosts of their own, and exceptions, for the referrer and the campaign alike."""
    own = SiteSettings(spam_hosts=("cheap.example",), trusted_referrers=("semalt.com",))
    assert spam(hit(own, referrer_host="www2.cheap.example")) is Reason.SPAM_REFERRER
    assert spam(hit(own, query={"utm_source": "cheap.example"})) is Reason.SPAM_REFERRER
    assert spam(hit(own, referrer_host="free.semalt.com")) is None


@pytest.mark.parametrize(
    ("query", "host", "expected"),
    [
        ({"utm_source": "newsletter", "source": "b", "ref": "c"}, "google.com", "newsletter"),
        ({"source": "fb", "ref": "c"}, "google.com", "Facebook"),
        ({"ref": "producthunt"}, "google.com", "Product Hunt"),
        ({"utm_source": "", "utm_medium": "cpc"}, "google.com", "Google"),
        ({}, "unknown.example", "unknown.example"),
        ({}, "", ""),
    ],
)
def test_the_first_source_that_is_named_counts(hit: Make, query: dict[str, str], host: str, expected: str) -> None:
    """utm_source, then source, then ref, then the referrer's host by name."""
    draft = hit(query=query, referrer_host=host)
    source(draft)
    assert draft.source == expected


def test_the_channel_follows_from_source_and_tags(hit: Make) -> None:
    draft = hit(source="Google", query={"utm_medium": "cpc"})
    channel(draft)
    assert draft.channel == "Paid Search"


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (0, ""), (1, "Mobile"), (575, "Mobile"), (576, "Tablet"), (991, "Tablet"), (992, "Laptop"), (1439, "Laptop"),
        (1440, "Desktop"), (99_999, "Desktop"),
    ],
)  # fmt: skip
def test_a_width_becomes_one_of_four_classes(hit: Make, width: int, expected: str) -> None:
    """The width becomes one of four classes."""
    draft = hit(width=width)
    screen(draft)
    assert draft.screen == expected


def test_given_facts_are_scrubbed_and_placed(hit: Make) -> None:
    """Campaign tags count as if they had stood in the address; places only where the site keeps them."""
    given_facts = {"city": "Graz", "browser": "Firefox", "utm_campaign": "jane@example.org"}
    draft = hit(query={"utm_source": "x"}, facts=given_facts)
    facts(draft)
    assert draft.facts == {"browser": "Firefox", "utm_campaign": ":redacted"}
    assert draft.query == {"utm_source": "x", "utm_campaign": ":redacted"}
    draft = hit(SiteSettings(regions=True), facts=given_facts)
    facts(draft)
    assert draft.facts["city"] == "Graz"


def test_a_given_source_stands_before_the_derived_one(hit: Make) -> None:
    draft = hit(facts={"source": "Our app"}, query={"utm_source": "google"})
    source(draft)
    assert draft.source == "Our app"
