"""Limits how many events one visitor may send."""

MOST_PER_MINUTE = 600
"""Per visitor tag. A person who clicks each second and reads in between makes about 120 a minute; an office whose
50 people share one address and one kind of browser, each sending an event every five seconds, makes 600."""

MOST_TAGS = 200_000
"""Visitors watched at once (about 20 MB). In a minute with more, those who came late are not limited."""


class Rate:
    """Counts events per tag in the current minute, in memory. Every minute starts at zero."""

    def __init__(self, most: int = MOST_PER_MINUTE, most_tags: int = MOST_TAGS) -> None:
        self._most = most
        self._most_tags = most_tags
        self._minute = 0
        self._counts: dict[int, int] = {}

    def allows(self, tag: int, now: float) -> bool:
        """Counts one event of ``tag`` at ``now`` (seconds); False if it exceeds the limit."""
        minute = int(now) // 60
        if minute != self._minute:
            self._minute, self._counts = minute, {}
        count = self._counts.get(tag, 0)
        if count == 0 and len(self._counts) >= self._most_tags:
            return True
        self._counts[tag] = count + 1
        return count < self._most
