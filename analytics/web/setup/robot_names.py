"""The names that ``allowed_robots`` of a site may contain: every robot known here, and the groups."""

from collections.abc import Iterable
from difflib import get_close_matches

from analytics.errors import InvalidInput
from analytics.ingest.fetch_metadata import COPIED, SENDERS, silent
from analytics.ingest.steps.automated import WEBDRIVER
from analytics.privacy.agent import KNOWN
from analytics.robots import ROBOTS, SILENT, UNNAMED, Group
from analytics.store.control.texts import shown

_NAMES: dict[str, str] = {
    name.casefold(): name
    for name in (
        *(robot.name for robot in (*KNOWN, *ROBOTS, UNNAMED, SILENT)),
        *(silent(row.browser) for row in SENDERS),
        *(COPIED, WEBDRIVER),
        *Group,
    )
}


def checked_robots(texts: Iterable[str]) -> tuple[str, ...]:
    """Names of robots and groups in canonical spelling; upper and lower case are the same. Raises InvalidInput for
    ``allowed_robots`` with the first unknown name and similar ones: a misspelt name would let no robot through, and nobody
    would notice."""
    return tuple(_checked(text.strip()) for text in texts if text.strip())


def _checked(text: str) -> str:
    name = _NAMES.get(text.casefold())
    if name is not None:
        return str(name)
    near = [_NAMES[each] for each in get_close_matches(text.casefold()[:100], _NAMES)]
    if near:
        raise InvalidInput(
            "allowed_robots",
            "There is no bot “%(text)s”; similar names are %(names)s",
            text=shown(text),
            names=", ".join(near),
        )
    raise InvalidInput(
        "allowed_robots", "There is no bot “%(text)s”; enter a name or a group such as %(names)s",
        text=shown(text), names=", ".join((Group.MONITORING, Group.LINK_PREVIEW)),
    )  # fmt: skip
