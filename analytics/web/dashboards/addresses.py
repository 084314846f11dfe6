"""The addresses of a viewer's pages of a site, and of the dashboard's states."""

from collections.abc import Callable
from urllib.parse import urljoin

from msgspec import Struct

from analytics.web.question.selection import Selection
from analytics.web.services import services


class Addresses(Struct, frozen=True):
    """The addresses of a viewer's own pages of a site."""

    page: Callable[[Selection | None], str]
    """Of the dashboard in one state; without a selection its path alone, for forms."""
    live: Callable[[Selection, str], str]
    """Of the line that says who is here now, for a selection and what was seen of it last."""
    realtime: Callable[[Selection], str] | None = None
    """Of the page of the last half hour; None: there is none."""


def links(addresses: Addresses) -> dict[str, Callable[..., str]]:
    """Functions with which templates build the addresses of a dashboard's states."""
    return {
        "address": lambda wanted=None: addresses.page(wanted),
        "taken": lambda wanted, kind: _taken(addresses, wanted, kind),
        "absolute": lambda wanted: urljoin(services().config.base_url, addresses.page(wanted)),
    }


def _taken(addresses: Addresses, selection: Selection, kind: str) -> str:
    """The address of an export: one panel as a kind of file, or all of them as a ``zip``."""
    page = addresses.page(selection)
    if kind != "zip":
        return f"{page}{'' if page.endswith('?') else '&'}format={kind}"
    path, _mark, query = page.partition("?")
    return f"{path}/export.zip" + (f"?{query}" if query else "")
