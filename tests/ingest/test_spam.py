"""D24: spam by the table, by the owner's word, and by letters that only look like those of a site people know."""

import pytest

from analytics.domains import normalised
from analytics.ingest.spam import SPAM_HOSTS, host_of, is_spam


def test_the_table_and_all_below_its_hosts_are_spam() -> None:
    """A sub-domain is the same; a name that ends alike is another."""
    assert all(map(is_spam, SPAM_HOSTS))
    assert is_spam("free.semalt.com")
    assert not is_spam("notsemalt.com")
    assert not is_spam("")


def test_the_table_holds_hosts_in_their_one_spelling() -> None:
    assert [host for host in SPAM_HOSTS if normalised(host) != host] == []


def test_d24_the_owner_adds_and_takes_out() -> None:
    """Each with its sub-domains; what is trusted is trusted, whatever the table says."""
    assert is_spam("a.b.cheap.example", also=("cheap.example",))
    assert is_spam("cheap.example", also=("cheap.example",))
    assert not is_spam("notcheap.example", also=("cheap.example",))
    assert not is_spam("semalt.com", never=("semalt.com",))
    assert not is_spam("good.semalt.com", never=("good.semalt.com",))
    assert is_spam("bad.semalt.com", never=("good.semalt.com",))


@pytest.mark.parametrize("host", ["ɢoogle.com", "gооgle.com", "fасebook.com", "www.ɢoogle.co.uk", "reddìt.com", "wıkipedia.org"])
def test_d24_lookalikes_of_known_sites_are_spam(host: str) -> None:
    """As the referrer's host arrives: in ASCII."""
    assert is_spam(normalised(host))


@pytest.mark.parametrize("host", ["bücher.example", "пример.рф", "例え.jp", "café.fr", "xn--invalid-.example", "straße.de", "google.com"])
def test_t20_honest_names_in_other_scripts_pass(host: str) -> None:
    """Only what imitates a row of the sources is refused."""
    assert not is_spam(host if host.isascii() else normalised(host))


@pytest.mark.parametrize(
    ("tag", "host"),
    [
        ("semalt.com", "semalt.com"),
        ("SEMALT.com", "semalt.com"),
        ("https://www.semalt.com/x?y", "semalt.com"),
        ("ɢoogle.com", "xn--oogle-wmc.com"),
        ("newsletter", ""),
        ("v1.0 of something", ""),
        ("..", ""),
        ("jane@example.org", ""),
    ],
)
def test_a_tag_may_name_a_host(tag: str, host: str) -> None:
    assert host_of(tag) == host
