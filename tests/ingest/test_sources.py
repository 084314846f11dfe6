"""Hosts have names, names have kinds, and the first rule that holds makes the channel."""

import pytest

from analytics.ingest.sources import CHANNELS, SOURCES, SPAM_HOSTS, by_host, by_tag, channel, is_spam


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
def test_hosts_have_names(host: str, name: str) -> None:
    """D25, D26: one name for the many hosts of one source; an unknown host is its own name."""
    assert by_host(host) == name


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
    assert by_tag(tag) == name


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("Google", "cpc", "Cross-Network Sale", ""), "Cross-network"),
        (("Amazon", "cpc", "", ""), "Paid Shopping"),
        (("Google", "cpc", "shopping-2026", ""), "Paid Shopping"),
        (("Google", "cpc", "", ""), "Paid Search"),
        (("Google", "", "", "gclid"), "Paid Search"),
        (("", "", "", "wbraid"), "Paid Search"),
        (("Bing", "", "", "msclkid"), "Paid Search"),
        (("Facebook", "paid-social", "", ""), "Paid Social"),
        (("X", "", "", "twclid"), "Paid Social"),
        (("TikTok", "", "", "ttclid"), "Paid Social"),
        (("YouTube", "cpv", "", ""), "Paid Video"),
        (("YouTube", "", "", "gclid"), "Paid Video"),
        (("news.example", "banner", "", ""), "Display"),
        (("news.example", "cpm", "", ""), "Display"),
        (("", "", "", "dclid"), "Display"),
        (("news.example", "cpc", "", ""), "Paid Other"),
        (("news.example", "", "", "gclid"), "Paid Other"),
        (("eBay", "", "", ""), "Organic Shopping"),
        (("", "", "eshop", ""), "Organic Shopping"),
        (("Facebook", "", "", "fbclid"), "Organic Social"),
        (("Facebook", "", "", "gclid"), "Organic Social"),
        (("", "", "", "fbclid"), "Organic Social"),
        (("Acme", "social", "", ""), "Organic Social"),
        (("YouTube", "", "", ""), "Organic Video"),
        (("Acme", "video", "", ""), "Organic Video"),
        (("ChatGPT", "", "", ""), "AI Assistants"),
        (("ChatGPT", "referral", "", ""), "AI Assistants"),
        (("DuckDuckGo", "", "", ""), "Organic Search"),
        (("Acme", "organic", "", ""), "Organic Search"),
        (("Gmail", "", "", ""), "Email"),
        (("newsletter", "", "", ""), "Email"),
        (("Acme", "Email", "", ""), "Email"),
        (("Acme", "affiliate", "", ""), "Affiliates"),
        (("Acme", "audio", "", ""), "Audio"),
        (("sms", "", "", ""), "SMS"),
        (("Acme", "mobile-push", "", ""), "Mobile Push Notifications"),
        (("firebase", "", "", ""), "Mobile Push Notifications"),
        (("news.example", "", "", ""), "Referral"),
        (("", "referral", "", ""), "Referral"),
        (("", "", "", ""), "Direct"),
        (("", "", "workshop", ""), "Direct"),
    ],
)
def test_channels(given: tuple[str, str, str, str], expected: str) -> None:
    """Source, medium, campaign and the name of a click id make the channel."""
    assert channel(*given) == expected


def test_the_channels_are_those_of_the_contract_in_its_order() -> None:
    assert [name for name, _ in CHANNELS] == [
        "Cross-network", "Paid Shopping", "Paid Search", "Paid Social", "Paid Video", "Display", "Paid Other", "Organic Shopping",
        "Organic Social", "Organic Video", "AI Assistants", "Organic Search", "Email", "Affiliates", "Audio", "SMS",
        "Mobile Push Notifications", "Referral", "Direct",
    ]  # fmt: skip


def test_no_host_and_no_name_stands_twice_in_the_table() -> None:
    """A host in two rows would make the answer depend on their order."""
    hosts = [host for source in SOURCES for host in source.hosts.split()]
    assert sorted(hosts) == sorted(set(hosts))
    names = [source.name for source in SOURCES]
    assert sorted(names) == sorted(set(names))


def test_every_row_of_the_table_is_found_by_its_hosts() -> None:
    for source in SOURCES:
        for host in source.hosts.split():
            assert by_host(host.replace(".*", ".com")) == source.name


def test_spam_is_found_below_its_hosts_and_nowhere_else() -> None:
    assert all(map(is_spam, SPAM_HOSTS))
    assert is_spam("free.semalt.com")
    assert not is_spam("notsemalt.com")
    assert not is_spam("")
