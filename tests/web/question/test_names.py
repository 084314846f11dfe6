"""Values of dimensions as people read them."""

from collections.abc import Iterator

import pytest

from analytics.ingest.channels import CHANNELS
from analytics.query.dimensions import DIMENSIONS
from analytics.query.flow import ENTRY, EXIT, HERE, OTHER
from analytics.web.language import speak
from analytics.web.question import names
from analytics.web.question.names import OURS, breakable, country, language, shown


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    speak("en")
    yield
    speak("en")


@pytest.mark.parametrize(
    ("spoken", "dimension", "value", "expected"),
    [
        ("en", "visit:country", "DE", "Germany"),
        ("de", "visit:country", "DE", "Deutschland"),
        ("de", "visit:country_name", "Germany", "Deutschland"),
        ("fr", "visit:country_name", "Korea (South)", "Corée du Sud"),
        ("es", "visit:country_name", "Britain (UK)", "Reino Unido"),
        ("de", "visit:country_name", "Atlantis", "Atlantis"),
        ("en", "visit:language", "de", "German"),
        ("fr", "visit:language", "de", "Allemand"),
        ("de", "visit:language", "xx", "Xx"),
        ("en", "time:hour_of_week", "Mon 05:00", "Mon 05:00"),
        ("de", "time:hour_of_week", "Mon 05:00", "Mo 05:00"),
        ("de", "time:day", "2026-11-02", "Mo., 2. Nov. 2026"),
        ("en", "time:hour", "2026-10-25 02:00:00+02:00", "Sun 25 Oct 2026, 02:00"),
        ("de", "event:page", "/de", "/de"),
        ("de", "visit:source", "Germany", "Germany"),
        ("de", "event:props:plan", "<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("en", "visit:city", "(fewer than 5)", "(fewer than 5)"),
    ],
)
def test_d39_values_are_called_by_their_names_in_the_language_spoken(spoken: str, dimension: str, value: str, expected: str) -> None:
    speak(spoken)
    assert shown(dimension, value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/shop/shoes/trail-runner", "/shop/<wbr>shoes/<wbr>trail-runner"),
        ("/", "/"),
        ("/blog/", "/blog/"),
        ("https://a.example/b", "https://a.example/<wbr>b"),
        ("/<script>/'x'", "/&lt;script&gt;/<wbr>&#39;x&#39;"),
    ],
)
def test_a_path_is_broken_behind_its_slashes(text: str, expected: str) -> None:
    """Browsers know no place to break a line in one, and would break it within a word."""
    assert breakable(text) == expected


def test_the_english_names_of_countries_are_those_of_filters() -> None:
    """What is read in a table can be typed into a filter."""
    assert (country("GB"), shown("visit:country_name", "Britain (UK)")) == ("Britain (UK)", "Britain (UK)")


def test_languages_begin_with_a_capital_where_they_stand_alone() -> None:
    speak("es")
    assert language("de") == "Alemán"


def test_every_channel_and_every_name_for_nothing_can_be_translated() -> None:
    blanks = {each.blank for each in DIMENSIONS.values() if each.blank} - {"Direct"}
    assert set(names.CHANNELS) == {name for name, _rule in CHANNELS}
    assert set(OURS) == blanks | {ENTRY, EXIT, HERE, OTHER}
