"""What a page is written in: chosen once a request, English where nothing else is."""

from collections.abc import Iterator

import pytest

from analytics.web.language import LANGUAGES, gettext, locale, ngettext, speak, spoken


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    speak("en")
    yield
    speak("en")


def test_a_language_without_a_catalogue_is_english() -> None:
    speak("xx")
    assert spoken() == "en"


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_text_that_no_catalogue_has_stays_as_it_is(code: str) -> None:
    """A panel that its owner has named is called by that name in every language."""
    speak(code)
    assert gettext("Our 100 % own panel") == "Our 100 % own panel"
    assert locale().language == code


def test_values_are_put_into_the_text() -> None:
    assert gettext("from %(place)s", place="<there>") == "from <there>"


@pytest.mark.parametrize(("count", "said"), [(1, "1 visitor"), (2, "2 visitors"), (0, "0 visitors")])
def test_a_count_chooses_its_form(count: int, said: str) -> None:
    assert ngettext("%(count)s visitor", "%(count)s visitors", count) == said
