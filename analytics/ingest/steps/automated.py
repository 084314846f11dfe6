"""Recognises browsers that say themselves that a program steers them."""

from msgspec.structs import replace

from analytics.ingest.hit import Hit
from analytics.model import Reason
from analytics.robots import Group

WEBDRIVER = "navigator.webdriver"
"""What is said of a browser that a program steers."""


def automated(hit: Hit) -> Reason | None:
    """Makes the visitor a robot whose page said ``navigator.webdriver`` (wire key ``b``), unless it is one already."""
    if hit.beacon.automated and not hit.visitor.bot:
        hit.visitor = replace(hit.visitor, bot=WEBDRIVER, bot_group=Group.HEADLESS)
    return None
