"""The settings that an owner may choose for a site, checked before they are saved.

Whether an address belongs to a network is decided at the door; only the notation of networks is checked here.
"""

import re
import socket
from collections.abc import Callable, Collection, Sequence
from functools import cache
from itertools import chain, count
from zoneinfo import available_timezones

from msgspec import structs

from analytics import features
from analytics.checks import Checks
from analytics.domains import display, normalised
from analytics.errors import InvalidInput
from analytics.site import WEEKDAYS, Site, SiteSettings, WeekStart
from analytics.store.control.texts import checked_path, plain_text, shown

_MOST_ENTRIES = 500
_SMALL_CELLS = range(1, 1001)
_KEPT_MONTHS = range(1, 601)
_ADDRESS = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}(?:/[a-z0-9][a-z0-9_-]{0,39}){0,3}")
RESERVED = frozenset((
    "account", "api", "counter", "dont-count-me", "embed", "gtag", "health", "join", "keys", "language", "new-password",
    "people", "phone", "public", "seen", "setup", "share", "sign-in", "sign-out", "sites", "sources", "static",
))  # fmt: skip
"""First segments of the service's own pages. ``js`` is not among them: it is where scripts are meant to be."""
_LONGEST_PREFIX = {socket.AF_INET: 32, socket.AF_INET6: 128}


def checked_timezone(name: str) -> str:
    """The IANA name of a time zone in its usual spelling. Raises InvalidInput naming ``timezone``."""
    if name not in timezones():
        raise InvalidInput(
            "timezone", "“%(name)s” is not a time zone; choose one such as Europe/Berlin or UTC", name=shown(name)
        )
    return name


def checked_week_start(day: str) -> WeekStart:
    """The day that weeks begin on, if it is one of the allowed ones. Raises InvalidInput naming ``week_start``."""
    if day not in WEEKDAYS:
        raise InvalidInput("week_start", "Choose the first day of the week: %(days)s", days=", ".join(WEEKDAYS))
    return day


@cache
def timezones() -> frozenset[str]:
    """The zones of the IANA database by name, without the machine's own ``localtime``, which means something else on every
    machine."""
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def checked_settings(settings: SiteSettings) -> SiteSettings:
    """The settings with every entry in canonical form. Raises InvalidInput naming the setting."""
    changes: dict[str, object] = {}
    with Checks() as check:
        for field, entry in _LISTS.items():
            changes[field] = check(_entries, field, getattr(settings, field), entry)
        check(_check_address, "script", settings.script)
        check(_check_address, "endpoint", settings.endpoint)
        check(_check_small_cells, settings.small_cells)
        check(_check_kept_rows, settings.keep_rows_months)
        check(_check_kept_totals, settings.keep_totals_months, settings.keep_rows_months)
        check(checked_week_start, settings.week_start)
    return structs.replace(settings, **changes)


def _check_address(field: str, address: str) -> None:
    usual = getattr(SiteSettings(), field)
    if field == "endpoint" and address == usual:  # under api/, which no other address may be
        return
    if not _ADDRESS.fullmatch(address):
        raise InvalidInput(
            field,
            "Enter one to four names separated by /, made of lower-case letters, digits, - and _, such as %(usual)s",
            usual=usual,
        )
    if address.partition("/")[0] in RESERVED:
        raise InvalidInput(
            field,
            "Addresses under %(start)s/ belong to Footfall itself; choose a different beginning, or enter %(usual)s",
            start=address.partition("/")[0],
            usual=usual,
        )


def free_script(domain: str, taken: Collection[str]) -> str:
    """An address for a site's script that no other site uses: the usual one, or one that contains the site's name."""
    name = re.sub(r"[^a-z0-9]+", "-", domain.removeprefix("xn--"))[:30].strip("-")
    tries = chain((SiteSettings().script, f"js/{name}"), (f"js/{name}-{number}" for number in count(2)))
    return next(script for script in tries if script not in taken)


def check_shared(site: Site, others: Sequence[Site]) -> None:
    """Sites may share a script address only if they want the same script, because everybody is sent the same file. Raises
    InvalidInput naming ``script``."""
    wanted = site.settings
    for other in others:
        if other.settings.script == wanted.script and _file(other.settings) != _file(wanted):
            free = free_script(site.domain, {each.settings.script for each in others})
            raise InvalidInput(
                "script",
                "%(domain)s also loads %(script)s.js, but with other features or another endpoint. Give this site its "
                "own script address, such as %(free)s, and replace the tag in its pages",
                domain=display(other.domain),
                script=wanted.script,
                free=free,
            )


def _file(settings: SiteSettings) -> tuple[frozenset[str], str]:
    """The settings that determine the bytes of the script and of the files beside it."""
    return frozenset(settings.features), settings.endpoint


def _check_small_cells(least: int) -> None:
    if type(least) is not int or least not in _SMALL_CELLS:
        raise InvalidInput("small_cells", "Enter a whole number from 1 (nothing is grouped) to 1000; 5 is recommended")


def _check_kept_rows(months: int) -> None:
    if type(months) is not int or months not in _KEPT_MONTHS:
        raise InvalidInput(
            "keep_rows_months", "Enter a whole number of months from 1 to %(most)s; 13 is recommended", most=_KEPT_MONTHS[-1]
        )


def _check_kept_totals(months: int, rows: int) -> None:
    if type(months) is not int or (months and months not in _KEPT_MONTHS) or 0 < months < rows:
        raise InvalidInput("keep_totals_months", "Enter 0 for no limit, or at least as many months as events are kept")


def _entries(field: str, entries: Sequence[str], check: Callable[[str, str], str]) -> tuple[str, ...]:
    if len(entries) > _MOST_ENTRIES:
        raise InvalidInput(field, "Enter at most %(most)s entries", most=_MOST_ENTRIES)
    return tuple(dict.fromkeys(check(field, entry.strip()) for entry in entries if entry.strip()))


def _hostname(field: str, text: str) -> str:
    wildcard = "*." if text.startswith("*.") else ""
    try:
        return wildcard + re.sub(r":[0-9]+$", "", normalised(text.removeprefix(wildcard)))  # pages are compared without port
    except InvalidInput as problem:
        raise InvalidInput(field, "“%(text)s”: %(problem)s", text=shown(text), problem=problem) from None


def _plain_host(field: str, text: str) -> str:
    """The host without its port, since stored referrers have none; ``*.example.org`` becomes ``example.org``."""
    return re.sub(r":\d+$", "", _hostname(field, text.removeprefix("*.")))


def _network(field: str, text: str) -> str:
    host, slash, bits = text.partition("/")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    longest = _LONGEST_PREFIX[family]
    try:
        address = socket.inet_ntop(family, socket.inet_pton(family, host))
        prefix = int(bits) if slash and re.fullmatch(r"[0-9]{1,3}", bits) else longest
    except (OSError, ValueError):
        prefix, address = -1, ""
    if not 0 <= prefix <= longest or (slash and not re.fullmatch(r"[0-9]{1,3}", bits)):
        raise InvalidInput(
            field, "“%(text)s” is not a network; enter one such as 192.0.2.0/24 or 2001:db8::/32", text=shown(text)
        )
    return f"{address}/{prefix}"


def _parameter(field: str, text: str) -> str:
    if re.search(r"[&=?#/\s]", text):
        raise InvalidInput(field, "“%(text)s”: enter only the parameter's name, such as p for /?p=12", text=shown(text))
    return plain_text(field, text)


def _feature(field: str, text: str) -> str:
    if text not in features.NAMES:
        raise InvalidInput(
            field, "There is no feature “%(text)s”; choose from %(names)s", text=shown(text), names=", ".join(features.NAMES)
        )
    return text


_LISTS: dict[str, Callable[[str, str], str]] = {
    "hostnames": _hostname,
    "ignored_hosts": _hostname,
    "excluded_paths": checked_path,
    "excluded_networks": _network,
    "allowed_robots": plain_text,
    "spam_hosts": _plain_host,
    "trusted_referrers": _plain_host,
    "query_parameters": _parameter,
    "features": _feature,
    "hidden_properties": plain_text,
}
