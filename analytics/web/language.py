"""The language of the page that is being written: its words, from ``dashboards/languages/<code>.po``, and its formats of
numbers and dates, from the Unicode CLDR (through Babel).

English texts in templates and code are the keys. Each request sets its language once; code that writes a text calls ``_``.
Outside a request, and until a language is set, it is English.
"""

import gettext as standard
from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask

from analytics.errors import FootfallError, InvalidInput
from analytics.languages import ENGLISH, LANGUAGES, marked
from analytics.resources import folder

__all__ = ["_", "gettext", "locale", "locale_of", "marked", "ngettext", "set_up", "speak", "spoken", "told"]

_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


def speak(code: str) -> None:
    """Sets the language for this thread or task; English if there is no catalogue for ``code``."""
    _spoken.set(code if code in LANGUAGES else ENGLISH)


def spoken() -> str:
    """The code of the current language."""
    return _spoken.get()


def locale() -> Locale:
    """The current language's formats of numbers and dates, and its direction of writing."""
    return locale_of(spoken())


@lru_cache(maxsize=64)
def locale_of(code: str) -> Locale:
    """The formats of a language, by its code."""
    return Locale.parse(code)


def gettext(text: str, /, **values: Any) -> str:
    """The text in the current language, with ``%(name)s`` replaced by the values."""
    said = _plain(text)
    return said % values if values else said


def ngettext(one: str, many: str, count: int, /, **values: Any) -> str:
    """The form of the text for ``count``, which it may contain as ``%(count)s``, with the values filled in."""
    said = _catalogue(spoken()).ngettext(one, many, count)
    return said % {"count": count, **values}


_ = gettext


def told(error: FootfallError) -> str:
    """The text of an error in the current language."""
    values = {name: told(value) if isinstance(value, FootfallError) else value for name, value in error.values.items()}
    return gettext(error.text, **values)


def told_by_field(problem: InvalidInput) -> dict[str, str]:
    """What is wrong with a form, by field, in the current language."""
    return {each.field: told(each) for each in problem.each}


def set_up(app: Flask) -> None:
    """Gives templates ``_``, ``ngettext``, ``{% trans %}`` and the filter ``translated``, which is for texts from data: a
    metric's label, a panel's title."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True  # a text is one line, however the template breaks it
    install: Callable[..., None] = app.jinja_env.install_gettext_callables  # type: ignore[attr-defined]
    install(_plain, _plain_plural, newstyle=True)
    app.add_template_filter(gettext, "translated")
    app.context_processor(lambda: {"language": spoken(), "direction": locale().text_direction})


def _plain(text: str) -> str:
    """The translation without values, which templates fill in themselves, escaped. An empty text stays empty: in a
    catalogue it is the key of the header."""
    return _catalogue(spoken()).gettext(text) if text else ""


def _plain_plural(one: str, many: str, count: int) -> str:
    return _catalogue(spoken()).ngettext(one, many, count)


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(code: str) -> standard.NullTranslations:
    if code == ENGLISH:
        return standard.NullTranslations()
    compiled = BytesIO()
    with (folder("dashboards") / "languages" / f"{code}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=code))
    compiled.seek(0)
    return standard.GNUTranslations(compiled)
