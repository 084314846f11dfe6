"""The values of dimensions as people read them: countries and languages by name, and translations of the texts that
Footfall itself puts in place of a value. Filters and addresses keep the original values."""

import re
from collections.abc import Callable
from datetime import datetime

from markupsafe import Markup, escape

from analytics.languages import ENGLISH
from analytics.query.dimensions import COUNTRIES
from analytics.web.figures import long_bucket, weekday
from analytics.web.language import _, locale_of, marked, spoken

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""As ``time:hour_of_week`` names them."""

OURS = (
    *(marked("(not set)"), marked("(none)"), marked("Unknown"), marked("Direct / None")),
    *(marked("(other)"), marked("(here)"), marked("(entry)"), marked("(exit)")),
)
"""What the query engine writes where there is no value, or several are one."""

DEVICES = (marked("Desktop"), marked("Mobile"), marked("Tablet"), marked("TV"), marked("Console"))
CHANNELS = (
    *(marked("Cross-network"), marked("Paid Shopping"), marked("Paid Search"), marked("Paid Social")),
    *(marked("Paid Video"), marked("Display"), marked("Paid Other"), marked("Organic Shopping"), marked("Organic Social")),
    *(marked("Organic Video"), marked("AI Assistants"), marked("Organic Search"), marked("Email"), marked("Affiliates")),
    *(marked("Audio"), marked("SMS"), marked("Mobile Push Notifications"), marked("Referral"), marked("Direct")),
)
_WITHIN = re.compile("(?<=[^/])/(?=[^/])")
_FOLDED = re.compile(r"\(fewer than (\d+)\)")
_CODES = {name: code for code, name in COUNTRIES.items()}


def shown(dimension: str, value: str) -> str:
    """The text that a page shows for ``value`` of ``dimension`` (named as in the query language)."""
    folded = _FOLDED.fullmatch(value)
    if folded:
        return _("(fewer than %(few)s)", few=folded[1])
    if value in OURS:
        return _(value)
    return _NAMES[dimension](value) if dimension in _NAMES else value


def breakable(text: str) -> Markup:
    """The text, escaped, with a possible line break after each slash inside it: browsers see none in a path and would break
    it inside a word."""
    return Markup(_WITHIN.sub("/<wbr>", escape(text)))  # noqa: S704 - escaped


def isolated(text: str) -> Markup:
    """The text, breakable, in an element of its own, so that its letters' direction leaves what is around it alone. A path
    reads from left to right, in whichever letters its parts are."""
    direction = Markup(' dir="ltr"') if text.startswith("/") and not text.isascii() else ""
    return Markup("<bdi{}>{}</bdi>").format(direction, breakable(text))


def country(code: str) -> str:
    """``DE`` as ``Germany``. The English names are those of filters, so that what is read can be typed."""
    name = COUNTRIES.get(code, code)
    return name if spoken() == ENGLISH else str(locale_of(spoken()).territories.get(code, name))


def language(code: str) -> str:
    """``de`` as ``German``; an unknown code unchanged."""
    name = str(locale_of(spoken()).languages.get(code, code))
    return name[:1].upper() + name[1:]


def _country_by_name(name: str) -> str:
    return country(_CODES[name]) if name in _CODES else name


def _hour_of_week(value: str) -> str:
    day, _space, hour = value.partition(" ")
    return f"{weekday(WEEKDAYS.index(day))} {hour}" if day in WEEKDAYS else value


def _of_time(unit: str) -> Callable[[str], str]:
    def written(label: str) -> str:
        return long_bucket(datetime.fromisoformat(label).replace(tzinfo=None), unit)

    return written


_NAMES: dict[str, Callable[[str], str]] = {
    "visit:country": country,
    "visit:country_name": _country_by_name,
    "visit:language": language,
    "visit:device": lambda value: _(value) if value in DEVICES else value,
    "visit:channel": lambda value: _(value) if value in CHANNELS else value,
    "time:hour_of_week": _hour_of_week,
    **{f"time:{unit}": _of_time(unit) for unit in ("minute", "hour", "day", "week", "month")},
}
"""Dimension -> the name of one of its values."""
