"""The language of the page that is being written: its words, from ``dashboards/languages/<code>.po``, and its forms of
numbers and dates, from the Unicode CLDR (Babel carries it).

English texts in templates and code are the keys. Each request says once which language it is written in; whoever writes
a text asks ``_``. Outside a request, and where nothing was said, it is English.
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

from analytics.errors import FootfallError
from analytics.languages import ENGLISH, LANGUAGES, marked
from analytics.resources import folder

__all__ = ["_", "gettext", "locale", "locale_of", "marked", "ngettext", "set_up", "speak", "spoken", "told"]

_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


def speak(code: str) -> None:
    """What is written from now on, in this thread or task, is in this language; English if there is no catalogue."""
    _spoken.set(code if code in LANGUAGES else ENGLISH)


def spoken() -> str:
    """The code of the language that is written now."""
    return _spoken.get()


def locale() -> Locale:
    """How it writes numbers and dates, and in which direction."""
    return locale_of(spoken())


@lru_cache(maxsize=64)
def locale_of(code: str) -> Locale:
    """Of a language by its code."""
    return Locale.parse(code)


def gettext(text: str, /, **values: Any) -> str:
    """The text in the language spoken, with ``%(name)s`` replaced by the values."""
    said = _plain(text)
    return said % values if values else said


def ngettext(one: str, many: str, count: int, /, **values: Any) -> str:
    """The form of the text that goes with ``count``, which it may name as ``%(count)s``, and with ``values``."""
    said = _catalogue(spoken()).ngettext(one, many, count)
    return said % {"count": count, **values}


_ = gettext


def told(error: FootfallError) -> str:
    """What an error says, in the language spoken."""
    values = {name: told(value) if isinstance(value, FootfallError) else value for name, value in error.values.items()}
    return gettext(error.text, **values)


def set_up(app: Flask) -> None:
    """Gives templates ``_``, ``ngettext``, ``{% trans %}`` and the filter ``translated``, which is for texts that are
    data: a metric's label, a panel's title."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True  # a text is one line, however the template breaks it
    install: Callable[..., None] = app.jinja_env.install_gettext_callables  # type: ignore[attr-defined]
    install(_plain, _plain_plural, newstyle=True)
    app.add_template_filter(gettext, "translated")
    app.context_processor(lambda: {"language": spoken(), "direction": locale().text_direction})


def _plain(text: str) -> str:
    """Templates put the values in themselves, escaped. Of an empty text a catalogue would say what it is itself."""
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
