"""One spelling for every way of writing a page's path. Pure text.

The same functions are used when an event arrives, when an owner writes a pattern and when a question names a page, so that
all of them mean the same page (T8). They leave their own results unchanged, so a path copied from a table finds its row.
"""

import re
from unicodedata import normalize
from urllib.parse import unquote

from analytics.site import SiteSettings

INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""Control characters, marks that turn the direction of writing, and lone surrogates, which no database takes."""


def visible(text: str) -> str:
    """The text without invisible characters. The test that skips ordinary texts takes a tenth of the time."""
    return text if text.isprintable() else INVISIBLE.sub("", text)


ROUNDS = 5
"""How often a text may be percent-encoded over itself."""

_PLAIN = re.compile(r"(?:/(?!\.)[\w.,:!~*'()@&=+$-]*)*", re.ASCII)
"""Most paths: nothing to be decoded, cut or put together."""
_SLASHES = re.compile(r"(?<!:)//+")
"""Slashes in a row, but for the two of an address in a path (``/go/https://example.org``)."""


def decoded(text: str, form: str = "NFC") -> str | None:
    """The text without percent-encoding, even repeated, and without invisible characters, in Unicode form NFC. None if it
    is encoded more than ``ROUNDS`` times over."""
    for _ in range(ROUNDS):
        before, text = text, normalize(form, visible(unquote(text)))  # type: ignore[arg-type] # names a form
        if text == before:
            return text
    return None


def spelt(path: str) -> str | None:
    r"""The canonical spelling of a path or of a pattern of paths; None if it is percent-encoded too many times over.

    It is decoded, composed (NFC), and freed of path parameters (``;jsessionid=...``), dot segments (RFC 3986, 5.2.4),
    repeated slashes and trailing space. ``\`` becomes ``/``, as in browsers. What follows a ``?`` is only decoded.
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
    """A path or pattern after the site's own rules: without the trailing slash, or in lower case, up to a ``?``."""
    page, mark, query = path.partition("?")
    if not settings.trailing_slash and page:
        page = _without_end(page) or "/"
    if not settings.case_sensitive:
        page = normalize("NFC", page.lower())
    return page + mark + query


def _without_end(path: str) -> str:
    """The path without trailing slashes, and without the space and dot segments that removing them may uncover."""
    before = ""
    while path != before:
        before, path = path, _without_dots(path.rstrip("/").rstrip())
    return path


def _without_dots(path: str) -> str:
    """Resolves dot segments: ``/a/./b/../c`` becomes ``/a/c``. A path cannot lead above ``/``."""
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
