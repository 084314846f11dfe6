"""Leaves out robots."""

from analytics.ingest.hit import Hit
from analytics.model import Reason


def bot(hit: Hit) -> Reason | None:
    """Refuses with BOT what the door recognised as a robot, crawler or monitoring service."""
    return Reason.BOT if hit.visitor.bot else None
