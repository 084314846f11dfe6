"""What a page is called: one spelling for every way of writing its path.

Pure text. The same functions are used when an event comes, when an owner writes a pattern and when a question names a
page, so that all of them mean the same one (T8). What they gave they leave alone: a path from a table finds its row.
"""

import re
from unicodedata import normalize
from urllib.parse import unquote

from analytics.model import SiteSettings

INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""Control characters, marks that turn the direction of writing, and lone surrogates, which no database takes."""


def visible(text: str) -> str:
    """Without such characters. Most texts have none that cannot be printed, which is seen ten times as fast."""
    return text if text.isprintable() else INVISIBLE.sub("", text)


ROUNDS = 5
"""How often a text may be percent-encoded over itself."""

_PLAIN = re.compile(r"(?:/(?!\.)[\w.,:!~*'()@&=+$-]*)*", re.ASCII)
"""Most paths: nothing to be decoded, cut or put together."""
_SLASHES = re.compile(r"(?<!:)//+")
"""Slashes in a row, but for the two of an address in a path (``/go/https://example.org``)."""


def decoded(text: str, form: str = "NFC") -> str | None:
    """The text under percent-encoding, even repeated, without invisible characters, its letters composed as the Unicode
    form says; None: encoded more than ``ROUNDS`` times over."""
    for _ in range(ROUNDS):
        before, text = text, normalize(form, visible(unquote(text)))  # type: ignore[arg-type] # names a form
        if text == before:
            return text
    return None


def spelt(path: str) -> str | None:
    """The one spelling of a path, or of a pattern of paths; None: encoded too often over itself.

    Decoded, composed (NFC), without parameters of segments (``;jsessionid=...``), dot segments (RFC 3986, 5.2.4),
    repeated slashes and space at its end; ``\\`` is ``/``, as in browsers. What follows a ``?`` is only decoded.
    """
    if _PLAIN.fullmatch(path) and "//" not in path:
        return path
    plain = decoded(path)
    if plain is None:
        return None
    page, mark, query = plain.partition("?")
    page = re.sub(r";[^/]*", "", page.replace("\\", "/"))
    return _without_dots(_SLASHES.sub("/", page.rstrip())) + mark + query.rstrip()


def by_rules(path: str, settings: SiteSettings) -> str:
    """A path, or a pattern, as a site wants it: without the slash at its end, or in lower case, up to a ``?``."""
    page, mark, query = path.partition("?")
    if not settings.trailing_slash and page:
        page = _without_end(page) or "/"
    if not settings.case_sensitive:
        page = normalize("NFC", page.lower())
    return page + mark + query


def _without_end(path: str) -> str:
    """Without the slashes at its end, and the space that they may lay bare."""
    before = ""
    while path != before:
        before, path = path, path.rstrip("/").rstrip()
    return path


def _without_dots(path: str) -> str:
    """``/a/./b/../c`` is ``/a/c``; a path cannot lead above ``/``."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for number, segment in enumerate(segments):
        if segment not in (".", ".."):
            kept.append(segment)
            continue
        if segment == ".." and len(kept) > 1:
            kept.pop()
        if number == len(segments) - 1:
            kept.append("")
    return "/".join(kept)
