"""Reduces the window's width to a class: the exact number would help to tell people apart."""

from analytics.ingest.hit import Hit
from analytics.model import Reason

CLASSES: tuple[tuple[int, str], ...] = ((576, "Mobile"), (992, "Tablet"), (1440, "Laptop"))
"""Below this many CSS pixels: this class. The widths are the break points most sites are built with."""
WIDEST = "Desktop"


def screen(hit: Hit) -> Reason | None:
    """Fills in the screen class; it stays empty if the width is unknown."""
    width = hit.beacon.width
    if width:
        hit.screen = next((name for below, name in CLASSES if width < below), WIDEST)
    return None
