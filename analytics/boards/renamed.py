"""Dashboards limited to some sites name them by domain: here they follow a site that is renamed."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial

from analytics.boards.owned import ChangedMeanwhile, OwnDashboards, digest
from analytics.domains import normalised
from analytics.errors import InvalidInput
from analytics.panels import NAME
from analytics.site import Site

_SITES = re.compile(r"^[ \t]*sites[ \t]*=[ \t]*\[[^\]]*\]", re.MULTILINE)
_QUOTED = re.compile(r"""(["'])([^"'\n]*)\1""")


def follow(own: OwnDashboards, sites: Iterable[Site]) -> None:
    """Replaces former domains of ``sites`` in the files' lists of sites. Everything else, including comments, stays as it
    is. Raises OSError."""
    present = {former.domain: site.domain for site in sites for former in site.former_domains}
    for name in sorted(file.stem for file in own.folder.glob("*.toml") if NAME.fullmatch(file.stem)) if present else ():
        before = own.text(name) or b""
        with suppress(UnicodeDecodeError, ChangedMeanwhile):
            after = _SITES.sub(partial(_renamed, present), before.decode(), count=1)
            if after.encode() != before:
                own.put(name, after, digest(before))


def _renamed(present: Mapping[str, str], sites: re.Match[str]) -> str:
    """The list of sites with their present domains."""
    return _QUOTED.sub(lambda quoted: _domain(present, quoted), sites[0])


def _domain(present: Mapping[str, str], quoted: re.Match[str]) -> str:
    try:
        found = present.get(normalised(quoted[2]))
    except InvalidInput:
        found = None
    return f'"{found}"' if found else quoted[0]
