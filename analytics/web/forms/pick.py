"""One of several things that a panel can show, chosen in the address (``choose`` of ``selection.py``)."""

from msgspec import Struct

from analytics.web.question.selection import Selection


class Pick(Struct, frozen=True):
    """One choice."""

    text: str
    chosen: bool
    choose: Selection
