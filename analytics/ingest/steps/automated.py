"""Recognises browsers that report themselves that a program controls them."""

from msgspec.structs import replace

from analytics.ingest.hit import Hit
from analytics.model import Reason
from analytics.robots import Group

WEBDRIVER = "navigator.webdriver"
"""What is said of a browser that a program steers."""


def automated(hit: Hit) -> Reason | None:
    """Makes the visitor a robot if the page reported ``navigator.webdriver`` (wire key ``b``) and it is not one already."""
    if hit.beacon.automated and not hit.visitor.bot:
        hit.visitor = replace(hit.visitor, bot=WEBDRIVER, bot_group=Group.HEADLESS)
    return None
