"""Removes personal data from what pages send, before anything else sees it: URLs, referrers, titles, properties.

Pages transmit people's data without meaning to: ``/reset/jane@example.org``, ``/orders/20941187``. What looks like that
becomes ``:redacted``. Queries and fragments are removed, except for the parameters that a site asks for. No pattern can
recognise a plain name in a path (``/obituary/jane-smith``).
"""

import re
from collections.abc import Collection
from operator import ne
from string import ascii_lowercase, ascii_uppercase, digits
from urllib.parse import parse_qsl

from analytics import domains, paths
from analytics.errors import InvalidInput
from analytics.paths import decoded, visible

MARK = ":redacted"

LONGEST = 2000
"""Characters looked at: no pattern takes long on that many, whatever is sent."""

_URL = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#\\]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
"""RFC 3986, appendix B. Not urlsplit: it keeps the last URLs in a cache, and its errors quote them."""

_NO_PAGES = {"about", "blob", "chrome-extension", "data", "file", "javascript", "moz-extension", "safari-web-extension"}
"""Schemes that show no page of a site; the extensions' hosts are another random number in every browser."""

_PORT = re.compile(r":\d+$")
_ASSIGNED = re.compile("(?<==)[^/]+(?:/(?=/))?")
"""With the first slash of two: only behind a scheme are they one spelling."""
_WORD = re.compile("[A-Za-z0-9]{12,}+")

_HARMLESS = re.compile(r"(?!.*eyJ)[A-Za-z /._,!?:'-]*")
"""Most paths: every pattern needs a digit, a bracket, an @ or ``eyJ``."""

_EMAIL = r"""(?<![^\s/@?#&=;,:<>()"'|\\[\]{}])[^\s/@?#&=;,:<>()"'|\\[\]{}]++%s(?:[\w-]++\.)+[^\W\d_][\w-]+"""
_NO_DATE = r"(?!(?:\d\d[.-]\d\d[.-])?(?:19|20)\d\d\b|\d+\.\d+\b(?![ .-]\d))"
_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"

_PATTERNS = [
    (needed, re.compile(pattern, re.IGNORECASE))
    for needed, pattern in (
        # Sign-in data of a URL in the text; e-mail addresses, also "jane (at) example.org".
        ("@", r"(?<=://)[^\s/]*@"),
        ("@", _EMAIL % "@"),
        ("(at)", _EMAIL % r"\s?\(at\)\s?"),
        ("[at]", _EMAIL % r"\s?\[at\]\s?"),
        # JSON Web Tokens: every JSON object begins with eyJ in base64.
        ("eyJ", r"(?<![\w-])(?=[\w-]*?(?-i:eyJ))[\w-]{17,}+(?:\.[\w-]++)+"),
        # UUIDs.
        ("-", r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        # Coordinates: two numbers of degrees with three decimals or more.
        (".", r"(?<![\d.])-?\d{1,3}\.\d{3,15}\s?[,;/ ]\s?-?\d{1,3}\.\d{3,15}(?!\d)"),
        # IPv4 addresses, but no version such as v1.2.3.4.
        (".", rf"(?<![\d.v])(?:{_BYTE}\.){{3}}{_BYTE}(?![\d.])"),
        # IPv6 addresses in full and shortened; Perl::Module has no digits, 10:30:00 not enough parts.
        (":", r"(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])"),
        (":", r"(?<![\w:])(?=[a-f:]*\d)(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}(?![\w:])"),
        # Telephone numbers with their country; then nine digits and more in groups, as of telephones and cards, but
        # nothing that begins with a year or date (17.05.2024 10:30) and no decimal number.
        ("+", r"\+\d(?:[ ().-]{0,2}\d){6,14}"),
        ("", r"(?<![\w.-])" + _NO_DATE + r"(?=(?:[ .()-]{0,2}\d){9})\(?\d{2,5}\)?(?:[ .-]{1,2}\d{2,5}){1,5}(?!\d)"),
        # Hexadecimal from 16 places on.
        ("", r"(?=[a-f]{0,15}\d)[0-9a-f]{16,}+"),
        # Six digits and more, but for dates: 20240517, 202405.
        ("", r"(?<!\d)(?!(?:19\d|20[0-4])\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?(?!\d))\d{6,}+"),
    )
]
"""What a text must contain for the pattern to be tried (most do not: this is for speed), and the pattern."""


def address(url: str, *, hash_mode: bool = False) -> tuple[str, str, str]:
    """Splits a page's URL (http, https or an app's scheme) into host, path and query.

    The host is in the form of ``domains.normalised``, without the port; '' for an app's page without one. Path and query
    are as sent, to be passed to ``path`` and ``query``; in hash mode the fragment is part of the path. Raises ValueError
    with the problem, which does not repeat the URL.
    """
    if len(url) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    scheme, hostname, path, query, fragment = _parts(url)
    if not scheme or scheme in _NO_PAGES:
        raise ValueError("not the address of a page: write it with https:// or an app's scheme")
    if not hostname and scheme in ("http", "https"):
        raise ValueError("the host is missing or not valid")
    if hash_mode and fragment:
        route, _, of_route = fragment.partition("?")
        path, query = f"{path or '/'}#{route}", f"{query}&{of_route}"
    return hostname, path, query


def path(sent: str) -> str:
    """A path as it may be stored: in canonical spelling (``paths``), beginning with ``/``, without assignments
    (``/name=jane``)."""
    spelt = paths.spelt(sent)
    safe = text(MARK if spelt is None else _ASSIGNED.sub(MARK, spelt))
    return safe if safe.startswith("/") else "/" + safe


def query(sent: str, keep: Collection[str]) -> dict[str, str]:
    """The parameters with these names, scrubbed. Of a repeated parameter the first counts."""
    found = parse_qsl(sent, keep_blank_values=True) if keep and sent else []
    return {name: text(value) for name, value in reversed(found) if name in keep}


def referrer(url: str, *, host_only: bool = False) -> str:
    """``host/path`` of the referring page, only ``host`` for its front page, or '' if the URL is not a page."""
    scheme, hostname, sent, _, _ = _parts(url)
    if not scheme or scheme in _NO_PAGES:
        return ""
    page = path(sent) if hostname and not host_only else ""
    return text(hostname) + (page if page != "/" else "")


def text(value: str) -> str:
    """A title, property, event name or campaign as it may be stored."""
    shown = _cut(visible(value))
    if _HARMLESS.fullmatch(shown):
        return shown
    bare = _bare(shown)
    safe = _redacted(bare)
    if safe == bare != MARK:  # Nothing found: it stays as it was written, unless decoding hid a part of something.
        safe = shown if bare == shown else _redacted(shown)
    return _cut(safe)


def _parts(url: str) -> tuple[str, str, str, str, str]:
    """Scheme, normalised host ('' if it is not valid), path, query, fragment."""
    found = _URL.match(_cut(visible(url)).strip())
    scheme, authority, path, query, fragment = found.groups("") if found else [""] * 5
    try:
        hostname = _PORT.sub("", domains.normalised(authority.rpartition("@")[2]))
    except InvalidInput:
        hostname = ""
    return scheme.lower(), hostname, path, query, fragment


def _cut(value: str) -> str:
    """At most LONGEST characters. The word at the cut is removed completely, since half a secret matches no pattern."""
    if len(value) <= LONGEST:
        return value
    return value[: max(value.rfind(" ", 0, LONGEST), value.rfind("/", 0, LONGEST)) + 1] or MARK


def _bare(value: str) -> str:
    """The text without percent-encoding and with compatible letters replaced (the full-width @). A text that is encoded too
    many times over, or that grows too much, is redacted completely: one Arabic ligature is 18 letters, and a text of them
    is made to cost time."""
    bare = decoded(value, "NFKC")
    return MARK if bare is None or len(bare) > 2 * LONGEST else bare


def _redacted(value: str) -> str:
    """Applies the patterns until nothing changes, because what is beside a mark may have become recognisable. Every change
    removes a digit, a bracket, an @ or ``eyJ`` and adds none, so this ends."""
    before = ""
    while value != before:
        before = value
        for needed, pattern in _PATTERNS:
            value = pattern.sub(MARK, value) if needed in value else value
        value = _WORD.sub(lambda found: MARK if _is_token(found[0]) else found[0], value)
    return value


_KINDS = str.maketrans(ascii_lowercase + ascii_uppercase + digits, "a" * 26 + "A" * 26 + "1" * 10)


def _is_token(word: str) -> bool:
    """Whether letters and digits alternate as in a random identifier, unlike in ``covid19vaccine`` or ``iPhoneCase2024``."""
    kinds = word.translate(_KINDS)
    switches = sum(map(ne, kinds, kinds[1:])) - kinds.count("Aa")
    return "1" in kinds.strip("1") and switches >= (4 if len(word) >= 16 else 5)
