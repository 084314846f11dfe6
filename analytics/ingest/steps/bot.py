"""Refuses robots."""

from analytics.ingest.hit import Hit
from analytics.model import Reason


def bot(hit: Hit) -> Reason | None:
    """Refuses a visitor recognised as a robot with BOT, unless the owner allows it by its name or group."""
    who = hit.visitor
    if not who.bot:
        return None
    passing = {name.casefold() for name in hit.site.settings.allowed_robots}
    return None if passing & {who.bot.casefold(), who.bot_group.casefold()} else Reason.BOT
