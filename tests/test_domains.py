"""A site has one spelling, however people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.domains import display, normalised
from analytics.errors import InvalidInput

SPELLINGS = [
    ("example.org", "example.org"),
    ("  Example.ORG. ", "example.org"),
    ("https://www.Bücher.example:8080/shop/", "xn--bcher-kva.example:8080"),
    ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ("//example.org/path?q=1#part", "example.org"),
    ("https://example.org?q=1", "example.org"),
    ("http:/example.org", "example.org"),
    ("HTTPS:///example.org", "example.org"),
    ("https://example.org\\shop", "example.org"),
    ("http://example.org:80/", "example.org"),
    ("https://example.org:443/", "example.org"),
    ("example.org:08080", "example.org:8080"),
    ("www.www.example.org", "example.org"),
    ("www.shop.example.org", "shop.example.org"),
    ("localhost", "localhost"),
    ("http://localhost:3000/", "localhost:3000"),
    ("intranet", "intranet"),
    ("my_site.example.org", "my_site.example.org"),
    ("192.0.2.7:8000", "192.0.2.7:8000"),
    ("http://[2001:DB8:0:0::7]:8080/", "[2001:db8::7]:8080"),
    ("[::1]", "[::1]"),
    ("faß.example", "xn--fa-hia.example"),
    ("ΣΑΣ.example", "xn--mxa9ab.example"),
    ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
    ("ｅｘａｍｐｌｅ.org", "example.org"),
    ("i❤.example", "xn--i-7iq.example"),
    ("ex\u00adam\u200bple.org", "example.org"),
    ("col·legi.example", "xn--collegi-xma.example"),
]

REFUSED = [
    ("", "Enter the site's domain"),
    ("   ", "Enter the site's domain"),
    ("https://", "domain is empty"),
    ("https//example.org", "Enter the site's domain"),
    ("http", "Enter the site's domain"),
    ("exa mple.org", "a space"),
    ("example.org<script>", "“<”"),
    ("example..org", "two dots in a row"),
    (".example.org", "two dots in a row"),
    ("-example.org", "hyphen"),
    ("example-.org", "hyphen"),
    ("me@example.org", "email"),
    ("https://user:secret@example.org/", "email"),
    ("*.example.org", "without *"),
    ("ftp://example.org", "without ftp://"),
    ("javascript:alert(1)", "not a port"),
    ("data:text/html,x", "not a port"),
    ("example.org:http", "not a port"),
    ("example.org:0", "1 to 65535"),
    ("example.org:65536", "1 to 65535"),
    ("example.org:" + "9" * 400, "1 to 65535"),
    ("192.0.2", "not an IP address"),
    ("192.0.2.256", "not an IP address"),
    ("0x7f.1", "not an IP address"),
    ("[2001:db8::zz]", "not an IP address"),
    ("[fe80::1%eth0]", "not an IP address"),
    ("a" * 64 + ".org", "63"),
    ("ü" * 60 + ".org", "63"),
    (".".join(["a" * 60] * 5), "253"),
    ("é" * 100_000, "253"),
    ("\ud800.example", "invisible"),
    ("exam\x00ple.org", "invisible"),
    ("exam\u202eple.org", "invisible"),
    ("℀.example", "“/”"),
    ("xn--a.example", "own script"),
    ("xn--\u00e9.example", "own script"),
]


@pytest.mark.parametrize(("text", "expected"), SPELLINGS)
def test_every_spelling_becomes_one(text: str, expected: str) -> None:
    assert normalised(text) == expected


@pytest.mark.parametrize(("text", "problem"), REFUSED, ids=lambda value: ascii(value)[:40])
def test_what_is_no_domain_is_refused_with_what_to_write(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        normalised(text)
    assert refusal.value.field == "domain"
    assert problem in str(refusal.value)


@pytest.mark.parametrize(
    ("domain", "shown"),
    [
        ("xn--bcher-kva.example:8080", "bücher.example:8080"),
        ("example.org", "example.org"),
        ("[2001:db8::7]:8080", "[2001:db8::7]:8080"),
        ("xn--zzzz\x00.example", "xn--zzzz\x00.example"),
        ("xn--abc-.example", "xn--abc-.example"),
    ],
)
def test_a_domain_is_shown_in_its_own_letters(domain: str, shown: str) -> None:
    assert display(domain) == shown


LIKE_DOMAINS = st.from_regex(r"(https?://)?(www\.)?[a-zäßς·-]{0,9}(\.[a-zé0-9x-]{0,5}){0,3}(:\d{0,5})?/?", fullmatch=True)


@given(st.text(max_size=80) | LIKE_DOMAINS)
def test_any_text_is_normalised_once_or_refused(text: str) -> None:
    """The result is ASCII, stays the same when normalised again, and no other error than ours escapes."""
    try:
        domain = normalised(text)
    except InvalidInput:
        return
    assert domain.isascii()
    assert domain == domain.lower()
    assert normalised(domain) == domain
    assert normalised(display(domain)) == domain


@given(st.from_regex(r"(www\.){0,2}([a-z0-9_-]{1,8}\.){0,3}[a-z0-9-]{2,6}", fullmatch=True))
def test_the_short_way_for_plain_hosts_gives_what_the_long_way_gives(host: str) -> None:
    """A plain host alone takes the short way, the same one as part of an address the long way."""

    def outcome(text: str) -> str:
        try:
            return normalised(text)
        except InvalidInput as error:
            return str(error)

    assert outcome(host) == outcome(f"https://{host}/")
