"""One spelling for every way of writing a site's domain. Pure text, no network.

The same function is used when a site is added, when an event names its site and when a page's host is read, so that all of
them agree.
"""

import re
import socket
import unicodedata

from analytics.errors import InvalidInput

_SCHEME = re.compile(r"(https?(?=:/)|[a-z][a-z0-9+.-]*(?=://)):/+", re.IGNORECASE)
"""Browsers take http:/example.org and http:///example.org for http://example.org."""
# WHATWG URL, "ends in a number": browsers take such a host for an IPv4 address.
_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.IGNORECASE)
_ASCII_LABEL = re.compile(r"[a-z0-9_-]+")
_DOTS = str.maketrans("。.。", "...")  # RFC 3490, 3.1: other scripts' full stops part labels too
_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x2060, 0xFEFF, *range(0xFE00, 0xFE10)])  # UTS 46: "ignored"; pasting brings them
_JOINERS = frozenset("\u200c\u200d\u00b7\u30fb\u05f3\u05f4")  # RFC 5892, appendix A: allowed inside a word
_LETTER_KINDS = ("L", "M", "N", "So")  # So: browsers resolve emoji names
_ALREADY_PLAIN = re.compile(r"(?!.*xn--)(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]{2,63}")
"""Most hosts as browsers send them: nothing to be encoded, checked or guessed. Twenty times as fast as the long way."""
_USUAL_PORTS = ("", "80", "443")
_LONGEST_NAME = 253  # RFC 1035, 2.3.4, without the last dot
_LONGEST_LABEL = 63


def normalised(text: str) -> str:
    """The canonical spelling of a site's domain: ``https://www.Bücher.example:8080/shop/`` becomes
    ``xn--bcher-kva.example:8080``.

    Takes a host, a host with a port, or a whole address as copied from a browser. Returns it in lower-case ASCII (IDN
    encoded as browsers do it: UTS 46, non-transitional), without ``www.``, path and the ports 80 and 443. IPv4 and
    bracketed IPv6 addresses of servers are accepted, too. Normalising a result again changes nothing.

    Raises InvalidInput for ``domain``, saying what to enter instead.
    """
    if len(text) <= _LONGEST_NAME and _ALREADY_PLAIN.fullmatch(text):
        return _without_www(text)
    host, port = _host_and_port(_authority(text))
    name = _address(host) or _name(host)
    return name if port in _USUAL_PORTS else f"{name}:{port}"


def display(domain: str) -> str:
    """A normalised domain as people write it: ``xn--bcher-kva.example`` becomes ``bücher.example``."""
    return ".".join(_readable(label) for label in domain.split("."))


def _refuse(problem: str, **values: object) -> InvalidInput:
    return InvalidInput("domain", problem, **values)


def _authority(text: str) -> str:
    """The part of an address between the scheme, if there is one, and the path."""
    text = text.strip()
    if not text:
        raise _refuse("Enter the site's domain, such as example.org")
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else ""
    if scheme not in ("", "http", "https"):
        raise _refuse("Only websites can be counted; enter the domain without %(scheme)s://", scheme=scheme)
    authority = re.split(r"[/\\?#]", text[match.end() if match else 0 :].removeprefix("//"), maxsplit=1)[0]
    if authority.lower() in ("http", "https"):  # without its colon
        raise _refuse("Enter the site's domain, such as example.org")
    if "@" in authority:
        raise _refuse(
            "This looks like an email address or contains sign-in details; enter only the domain, such as example.org"
        )
    if "*" in authority:
        raise _refuse("Enter one domain without *; you can allow its subdomains in the site's settings")
    if len(authority) > 2 * _LONGEST_NAME:
        raise _refuse("A domain can have at most %(longest)s characters", longest=_LONGEST_NAME)
    return authority


def _host_and_port(authority: str) -> tuple[str, str]:
    match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::([0-9]*))?", authority, re.ASCII)
    if not match:
        raise _refuse("The part after the colon is not a port; enter the domain as example.org or example.org:8080")
    port = (match[2] or "").lstrip("0")
    if match[2] and not 1 <= int(match[2]) <= 65535:
        raise _refuse("A port must be a number from 1 to 65535, as in example.org:8080")
    return match[1], port


def _address(host: str) -> str:
    """The shortest spelling of an IP address, or '' if the host is a name."""
    try:
        if host.startswith("["):
            return f"[{socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, host[1:-1]))}]"
        if _ENDS_IN_A_NUMBER.fullmatch(host):
            return socket.inet_ntop(socket.AF_INET, socket.inet_pton(socket.AF_INET, host))
    except (OSError, ValueError):
        raise _refuse("This is not an IP address; enter one such as 192.0.2.7 or [2001:db8::7], or a domain") from None
    return ""


def _name(host: str) -> str:
    # Letter by letter: str.lower() of a whole Greek word makes the last sigma a final one, browsers do not.
    plain = unicodedata.normalize("NFKC", host.translate(_INVISIBLE))
    lower = unicodedata.normalize("NFKC", "".join(map(str.lower, plain))).translate(_DOTS).removesuffix(".")
    name = _without_www(".".join(_ascii(label) for label in lower.split(".")))
    if len(name) > _LONGEST_NAME:
        raise _refuse("A domain can have at most %(longest)s characters", longest=_LONGEST_NAME)
    return _address(name) or name


def _without_www(name: str) -> str:
    while name.startswith("www.") and len(name) > 4:
        name = name[4:]
    return name


def _ascii(label: str) -> str:
    if not label:
        raise _refuse("The domain is empty or has two dots in a row; enter a domain such as example.org")
    for character in label:
        if not _allowed(character):
            raise _refuse(
                "A domain cannot contain %(character)s; enter one such as example.org", character=_named(character)
            )
    if len(label) > _LONGEST_LABEL:
        raise _refuse("Each part between dots can have at most %(longest)s characters", longest=_LONGEST_LABEL)
    encoded = label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
    if len(encoded) > _LONGEST_LABEL:
        raise _refuse("Each part between dots can have at most %(longest)s characters", longest=_LONGEST_LABEL)
    if encoded[0] == "-" or encoded[-1] == "-":
        raise _refuse("No part of a domain can begin or end with a hyphen")
    if label.startswith("xn--") and not _is_punycode(label):
        raise _refuse("%(label)s is not a valid encoded international name; enter it in its own script", label=label)
    return encoded


def _allowed(character: str) -> bool:
    if character.isascii():
        return bool(_ASCII_LABEL.fullmatch(character))
    return character in _JOINERS or unicodedata.category(character).startswith(_LETTER_KINDS)


def _named(character: str) -> str:
    if character == " ":
        return "a space"
    return f"“{character}”" if character.isprintable() else "an invisible character"


def _is_punycode(label: str) -> bool:
    return label.isascii() and _readable(label) != label


def _readable(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
        again = "xn--" + decoded.encode("punycode").decode("ascii")
    except (UnicodeError, IndexError, OverflowError):
        return label
    return decoded if again == label and decoded.isprintable() and not decoded.isascii() else label
