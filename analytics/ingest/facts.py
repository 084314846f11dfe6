"""Facts about a visit that the sender of a batch may know already. A given fact replaces the one we would derive, and is
just as coarse."""

import re
from collections.abc import Callable
from typing import NamedTuple

from analytics.errors import InvalidInput

NAMES = (
    "country", "region", "city", "browser", "browser_version", "os", "os_version", "device", "language", "screen",
    "source", "channel", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term",
)  # fmt: skip

DEVICES = ("Desktop", "Mobile", "Tablet", "TV", "Console")
SCREENS = ("Mobile", "Tablet", "Laptop", "Desktop")


class _Form(NamedTuple):
    """One row: which part of the text is kept (the first group), how it is written, and the error for a text that does not
    match."""

    taken: re.Pattern[str]
    written: Callable[[str], str]
    problem: str


_MAJOR = _Form(
    re.compile(r"([0-9]{1,4}|[A-Za-z]{1,10})(?![0-9A-Za-z])"), str, "must begin with the major version, such as 128"
)

_FORMS = {
    "country": _Form(re.compile(r"([A-Za-z]{2})\Z"), str.upper, "must be two letters (ISO 3166-1)"),
    "language": _Form(
        re.compile(r"([A-Za-z]{2,3})(?![A-Za-z0-9])"), str.lower, "must begin with a language (BCP 47), such as de"
    ),
    "browser_version": _MAJOR,
    "os_version": _MAJOR,
    "device": _Form(re.compile(rf"({'|'.join(DEVICES)})\Z"), str, f"must be one of {', '.join(DEVICES)}"),
    "screen": _Form(re.compile(rf"({'|'.join(SCREENS)})\Z"), str, f"must be one of {', '.join(SCREENS)}"),
}
"""Facts that have a form. Of a language with its region the region goes, of a version all but the first number."""


def checked(name: str, text: str) -> str:
    """The fact as it is stored; an empty text stays empty. Raises InvalidInput naming the fact."""
    form = _FORMS.get(name)
    if form is None or not text:
        return text
    found = form.taken.match(text)
    if found is None:
        raise InvalidInput(name, form.problem)
    return form.written(found[1])
