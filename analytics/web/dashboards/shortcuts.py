"""The dashboard's keyboard shortcuts, as a table from which the help sheet is rendered.

``static/js/panels/shortcuts.js`` reads the keys from the sheet, so they always do what it says.
"""

from msgspec import Struct

from analytics.web.language import marked


class Shortcut(Struct, frozen=True):
    """One row of the sheet."""

    keys: tuple[str, ...]
    """As browsers name them (``KeyboardEvent.key``)."""
    words: str
    presses: str
    """The link or button that it presses: its ``data-shortcut``. ``help``: the sheet itself."""

    @property
    def caps(self) -> list[str]:
        """The labels of the keys."""
        return [CAPS.get(key, key) for key in self.keys]


CAPS = {"ArrowLeft": marked("Left"), "ArrowRight": marked("Right")}

SHORTCUTS = (
    Shortcut(("f", "/"), marked("Filter"), "filter"),
    Shortcut(("x",), marked("Remove all filters"), "unfilter"),
    Shortcut(("t",), marked("Today"), "period-day"),
    Shortcut(("d",), marked("Yesterday"), "period-1d"),
    Shortcut(("w",), marked("Last 7 days"), "period-7d"),
    Shortcut(("m",), marked("This month"), "period-month"),
    Shortcut(("y",), marked("This year"), "period-year"),
    Shortcut(("a",), marked("All time"), "period-all"),
    Shortcut(("[", "ArrowLeft"), marked("Earlier"), "earlier"),
    Shortcut(("]", "ArrowRight"), marked("Later"), "later"),
    Shortcut(("c",), marked("Turn comparison on or off"), "compare"),
    Shortcut(("r",), marked("Realtime, and back"), "realtime"),
    Shortcut(("b",), marked("Back to the whole dashboard"), "whole"),
    Shortcut(("?",), marked("Show these shortcuts"), "help"),
)
