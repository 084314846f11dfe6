"""Leaves out robots."""

from analytics.ingest.hit import Hit
from analytics.model import Reason


def bot(hit: Hit) -> Reason | None:
    """Refuses with BOT who was recognised as a robot, unless the owner lets it pass by its name or its group."""
    who = hit.visitor
    if not who.bot:
        return None
    passing = {name.casefold() for name in hit.site.settings.allowed_robots}
    return None if passing & {who.bot.casefold(), who.bot_group.casefold()} else Reason.BOT
