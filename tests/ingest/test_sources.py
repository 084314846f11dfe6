"""Hosts and campaign tags have names, by the owner's rows first."""

import pytest

from analytics.ingest.sources import ADVERTISING, SOURCES, Sources
from analytics.site import OwnSource, SourceKind


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("google.com", "Google"), ("google.co.uk", "Google"), ("images.google.de", "Google Images"), ("mail.google.com", "Gmail"),
        ("gemini.google.com", "Gemini"), ("docs.google.com", "Google Docs"), ("com.google.android.googlequicksearchbox", "Google"),
        ("com.google.android.gm", "Gmail"), ("l.facebook.com", "Facebook"), ("lm.facebook.com", "Facebook"), ("t.co", "X"),
        ("twitter.com", "X"), ("out.reddit.com", "Reddit"), ("uk.search.yahoo.com", "Yahoo!"), ("mail.yahoo.com", "Yahoo! Mail"),
        ("chatgpt.com", "ChatGPT"), ("chat.openai.com", "ChatGPT"), ("perplexity.ai", "Perplexity"), ("claude.ai", "Claude"),
        ("copilot.microsoft.com", "Copilot"), ("bing.com", "Bing"), ("de.wikipedia.org", "Wikipedia"), ("m.youtube.com", "YouTube"),
        ("youtu.be", "YouTube"), ("amazon.co.jp", "Amazon"), ("news.ycombinator.com", "Hacker News"), ("search.brave.com", "Brave"),
        ("notgoogle.com", "notgoogle.com"), ("google.evil.example", "google.evil.example"), ("googleblog.blogspot.com", "googleblog.blogspot.com"),
        ("localhost", "localhost"), ("192.0.2.7", "192.0.2.7"), ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)  # fmt: skip
def test_a_host_is_called_by_the_name_of_its_source(host: str, name: str) -> None:
    """D25, D26: one name for the many hosts of one source; an unknown host is its own name."""
    assert Sources().by_host(host) == name


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("google", "Google"), ("Google", "Google"), ("fb", "Facebook"), ("ig", "Instagram"), ("chatgpt.com", "ChatGPT"),
        ("www.perplexity.ai", "Perplexity"), ("hackernews", "Hacker News"), ("adwords", "Google"), ("twitter", "X"),
        ("Spring Mailing", "Spring Mailing"), ("v2.1", "v2.1"),
    ],
)  # fmt: skip
def test_campaign_tags_have_names(tag: str, name: str) -> None:
    """D26: ``utm_source=chatgpt.com`` is ChatGPT; what nobody knows stays as it was written."""
    assert Sources().by_tag(tag) == name


def test_no_host_and_no_name_stands_twice_in_the_table() -> None:
    """A host in two rows would make the answer depend on their order."""
    hosts = [host for source in SOURCES for host in source.hosts.split()]
    assert sorted(hosts) == sorted(set(hosts))
    names = [source.name for source in SOURCES]
    assert sorted(names) == sorted(set(names))


def test_every_row_of_the_table_is_found_by_its_hosts() -> None:
    for source in SOURCES:
        for host in source.hosts.split():
            assert Sources().by_host(host.replace(".*", ".com")) == source.name


CLUB = OwnSource(id=1, name="Walking club", kind=SourceKind.SOCIAL, hosts=("club.example", "walkers.*"), tags=("wc",))


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("club.example", "Walking club"), ("forum.club.example", "Walking club"), ("walkers.co.uk", "Walking club"),
        ("notclub.example", "notclub.example"), ("t.co", "X"),
    ],
)  # fmt: skip
def test_d25_the_owners_rows_name_hosts_as_the_table_does(host: str, name: str) -> None:
    assert Sources([CLUB]).by_host(host) == name


def test_d25_the_owners_row_stands_before_the_one_that_is_built_in() -> None:
    """Also where the name is known already: a name has one kind, and that is the owner's."""
    own = OwnSource(id=1, name="Old Twitter", kind=SourceKind.OTHER, hosts=("t.co",), tags=("twitter",))
    sources = Sources([own])
    assert (sources.by_host("t.co"), sources.by_tag("Twitter"), sources.by_host("x.com")) == ("Old Twitter", "Old Twitter", "X")
    assert (sources.channel("Old Twitter"), sources.channel("X")) == ("Referral", "Organic Social")
    assert Sources([OwnSource(id=1, name="X", kind=SourceKind.AI, tags=("grok",))]).channel("X") == "AI Assistants"


def test_a_changed_row_holds_for_the_next_event_although_its_host_was_looked_up_before() -> None:
    """What was found is remembered with the rows it was found in."""
    sources = Sources()
    seen = [sources.by_host("club.example"), sources.channel("Walking club"), sources.by_tag("wc")]
    sources.replace([CLUB])
    seen += [sources.by_host("club.example"), sources.channel("Walking club"), sources.by_tag("wc")]
    sources.replace([])
    seen += [sources.by_host("club.example"), sources.channel("Walking club"), sources.by_tag("wc")]
    assert seen == [
        "club.example", "Referral", "wc", "Walking club", "Organic Social", "Walking club", "club.example", "Referral", "wc",
    ]  # fmt: skip


def test_no_tag_stands_twice_in_the_table() -> None:
    tags = [tag for source in SOURCES for tag in (*source.tags.split(), *source.ads.split())]
    assert sorted(tags) == sorted(set(tags))
    assert {"adwords", "fbads"} <= ADVERTISING
