"""One thing of several that a panel can show, to be chosen in the address (``choose`` of ``selection.py``)."""

from msgspec import Struct

from analytics.web.question.selection import Selection


class Pick(Struct, frozen=True):
    """One of them."""

    text: str
    chosen: bool
    choose: Selection
