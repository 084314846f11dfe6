"""D21, T8: one page is one path, however it is written."""

from unicodedata import normalize
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.paths import INVISIBLE, ROUNDS, by_rules, decoded, spelt, visible
from analytics.site import SiteSettings

SPELLINGS = {
    "/论文": ("/论文", "/%E8%AE%BA%E6%96%87", "/%e8%ae%ba%e6%96%87", "/%25E8%25AE%25BA%25E6%2596%2587", "/论文 ", "/论文%20"),
    "/café": ("/café", "/cafe\u0301", "/caf%C3%A9", "/cafe%CC%81", "/caf%25C3%25A9"),
    "/a b": ("/a b", "/a%20b", "/a%2520b", "/a\u200b b"),
    "/שלום": ("/שלום", "/%D7%A9%D7%9C%D7%95%D7%9D", "/\u200fשלום\u200e"),
    "/💥": ("/💥", "/%F0%9F%92%A5"),
    "/a/b": ("/a/b", "/a//b", "//a///b", "/a/./b", "/./a/b", "/a/x/../b", "/../a/b", "/a%2Fb", "/a\\b", "/a;jsessionid=1F/b;v=2"),
    "/a/": ("/a/", "/a//", "/a/.", "/a/b/..", "/a/ "),
    "/": ("/", "//", "/.", "/..", "/a/..", "/%20", "/%2E%2E/", "/..;/"),
    "/go/https://example.org/x": ("/go/https://example.org/x", "/go/https:///example.org//x", "/go/https%3A%2F%2Fexample.org/x"),
    "/100%": ("/100%", "/100%25"),
    "/\ufffd": ("/%83", "/%ff"),
    "/a?b//c;d/../e": ("/a?b//c;d/../e", "/a%3Fb//c;d/../e", "/x/../a?b//c;d/../e "),
    "/.well-known/x...": ("/.well-known/x...", "/.well-known/./x..."),
    "": ("",),
    "*.pdf": ("*.pdf", "*%2Epdf"),
}
"""The path -> ways of writing it."""


@pytest.mark.parametrize("path", SPELLINGS)
def test_every_spelling_of_a_path_is_that_path(path: str) -> None:
    """Encoded, decomposed, with dots, with slashes in a row, with a session in it."""
    assert {written: spelt(written) for written in SPELLINGS[path]} == dict.fromkeys(SPELLINGS[path], path)


@pytest.mark.parametrize("path", ["/a", "/A", "/a/", "/a.b", "/index.html", "/a,b", "/a+b", "/a@b", "/a=b", "/..."])
def test_different_pages_stay_different(path: str) -> None:
    """Slash and case are the site's to decide, and a server may show another page at /index.html than at /."""
    assert spelt(path) == path


def test_a_path_encoded_over_and_over_has_no_spelling() -> None:
    """Four times is somebody's mistake, beyond that somebody hides something."""
    assert spelt("/a%" + "25" * (ROUNDS - 2) + "41") == "/aA"
    assert spelt("/a%" + "25" * ROUNDS + "41") is None


@pytest.mark.parametrize(
    ("settings", "path", "expected"),
    [
        ({}, "/Shop/", "/Shop/"),
        ({"trailing_slash": False}, "/Shop/", "/Shop"),
        ({"trailing_slash": False}, "/", "/"),
        ({"trailing_slash": False}, "/a/?p=/", "/a?p=/"),
        ({"trailing_slash": False}, "/a/*", "/a/*"),
        ({"trailing_slash": False}, "/a/ / //", "/a"),
        ({"trailing_slash": False}, "", ""),
        ({"case_sensitive": False}, "/Shop/ÄÖ?P=A", "/shop/äö?P=A"),
        ({"case_sensitive": False, "trailing_slash": False}, "/Shop/*/Edit/", "/shop/*/edit"),
    ],
)
def test_the_rules_of_a_site(settings: dict[str, bool], path: str, expected: str) -> None:
    """For paths and for patterns; values of parameters are nobody's to change."""
    assert by_rules(path, SiteSettings(**settings)) == expected


ANY = st.text(max_size=60) | st.text("/%.;?\\ aA0é\u0301\u200b25EF:#&=*", max_size=40)
RULES = st.builds(SiteSettings, trailing_slash=st.booleans(), case_sensitive=st.booleans())


@given(ANY, RULES)
def test_a_spelling_is_left_alone(text: str, rules: SiteSettings) -> None:
    """What comes out goes in again unchanged, through either function, so a path from a table finds its row."""
    once = spelt(text)
    if once is not None:
        assert spelt(once) == once
        wanted = by_rules(once, rules)
        assert (by_rules(wanted, rules), spelt(wanted)) == (wanted, wanted)
    plain = decoded(text)
    assert plain is None or decoded(plain) == plain


SEGMENT = st.text(st.characters(categories=("L", "N"), include_characters="-_~"), min_size=1, max_size=8).map(
    lambda word: normalize("NFC", word)
)


@given(st.lists(SEGMENT, min_size=1, max_size=4), st.data())
def test_however_a_path_is_written_it_is_one(segments: list[str], data: st.DataObject) -> None:
    """Any mixture of encodings, forms, dots, slashes and sessions."""
    once = spelt("/" + "/".join(segments))
    written = ""
    for segment in segments:
        word = normalize(data.draw(st.sampled_from(["NFC", "NFD"])), segment)
        for _ in range(data.draw(st.integers(0, 2))):
            word = quote(word)
        written += data.draw(st.sampled_from(["/", "//", "/./", "/x/../", "/%2E/", "/y/%2e%2E/"])) + word
        written += data.draw(st.sampled_from(["", ";jsessionid=1"]))
    assert spelt(written + data.draw(st.sampled_from(["", " ", "%20"]))) == once


@given(st.text() | st.text(st.characters(categories=("Cc", "Cf", "Cs", "Zl", "Zp", "L"))))
def test_visible_is_what_the_pattern_leaves(text: str) -> None:
    """The quick look at a text sees every character that the pattern takes out."""
    assert visible(text) == INVISIBLE.sub("", text)
