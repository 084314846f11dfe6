"""Events that wait in memory, and the thread that sends them to the collector.

The application adds an event and continues. The thread collects what arrives within a second, sends it under an idempotency
key, and repeats it under the same key until it gets an answer: the collector counts it once. Events that wait too long or
find no room are dropped, the oldest first, and counted. Nothing is written to a disk.
"""

import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from secrets import token_hex
from typing import Any

from analytics.client.event import Event
from analytics.client.notices import Notices
from analytics.client.post import Answer, Post

MOST_EVENTS = 500
"""In one batch; the collector takes 1,000."""
MOST_BYTES = 500_000
"""In one batch. The collector takes 5 MB, but proxies in front of it, by default, one."""
MOST_HELD = 3_600.0
"""Seconds that an event waits, at most: it holds a visitor's address. An upgrade of the collector takes minutes."""
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds between attempts; then 60. Each is cut by up to a half, so that many processes do not come at once."""
LAST_PAUSE = 60.0
LONGEST_PAUSE = 300.0
"""Seconds; whatever the collector asks for."""
HINTS = {
    301: "it redirects; set endpoint to where it leads",
    302: "it redirects; set endpoint to where it leads",
    307: "it redirects; set endpoint to where it leads",
    308: "it redirects; set endpoint to where it leads",
    401: "is the key right, and does it have the scope events?",
    404: "is Footfall at this endpoint?",
}
"""What to do, by the status of an answer. Until then events wait, as with the others."""

_FIELDS = ("url", "domain", "event_name", "props", "request", "timestamp", "ip", "user_agent", "visitor", "language")
"""Names of fields in the collector's errors. Nothing else of an answer is repeated: it may not be the collector's."""

SENDING = "sending"


@dataclass(frozen=True)
class Tally:
    """What has happened to the events of this process."""

    waiting: int
    """Not answered yet."""
    accepted: int
    """Counted by the collector."""
    dropped: dict[str, int]
    """Refused by the collector on purpose, by its reason, such as ``bot``."""
    lost: dict[str, int]
    """Never counted: ``queue_full``, ``too_old``, ``invalid``, ``at_exit``."""


class Outbox:
    """The events of one process. Safe to use from several threads."""

    def __init__(
        self, post: Post, *, most: int, linger: float, timeout: float, notices: Notices,
        clock: Callable[[], float] = time.time, pauses: tuple[float, ...] = PAUSES,
    ) -> None:  # fmt: skip
        self._post, self._most, self._linger, self._timeout = post, most, linger, timeout
        self._notices, self._clock, self._pauses = notices, clock, pauses
        self._waiting: deque[Event] = deque()
        self._taken = 0
        self._hurried = self._closing = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._accepted = 0
        self._dropped: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()

    def put(self, event: Event) -> None:
        """Adds an event; takes microseconds. If there is no room, the oldest one is dropped."""
        with self._changed:
            if len(self._waiting) >= self._most:
                self._waiting.popleft()
                self._lost["queue_full"] += 1
            self._waiting.append(event)
            if self._thread is None or not self._thread.is_alive():
                self._begin()
            if len(self._waiting) in (1, MOST_EVENTS):
                self._changed.notify_all()

    def flush(self, seconds: float) -> bool:
        """Sends what is waiting now. False if it is not done within so many seconds."""
        with self._changed:
            self._hurried = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._waiting and not self._taken, seconds)

    def close(self, seconds: float) -> None:
        """Tries for so many seconds to send what is waiting; the rest is lost."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(seconds)
        tally = self.tally()
        if left := tally.waiting + tally.lost.get("at_exit", 0):
            self._notices.problem(SENDING, "exit", f"{left} events were not delivered before the end of the process")

    def tally(self) -> Tally:
        """The sums so far."""
        with self._changed:
            return Tally(len(self._waiting) + self._taken, self._accepted, dict(self._dropped), dict(self._lost))

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._run, name="footfall", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while events := self._next():
            try:
                for batch in _batches(events):
                    self._deliver(batch)
            except Exception as error:
                self._notices.failed("sending events", error)

    def _next(self) -> list[Event]:
        """What to send next, once it is time; nothing only at the end."""
        with self._changed:
            self._taken = 0
            self._hurried = self._hurried and bool(self._waiting)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._closing)
            self._changed.wait_for(self._is_time, self._linger)
            events = [self._waiting.popleft() for _ in range(min(MOST_EVENTS, len(self._waiting)))]
            self._taken = len(events)
            return events

    def _is_time(self) -> bool:
        return len(self._waiting) >= MOST_EVENTS or self._hurried or self._closing

    def _deliver(self, batch: Sequence[Event]) -> None:
        """Sends one batch until all of it was answered, or it is given up."""
        key, pauses = token_hex(16).encode(), chain(self._pauses, repeat(LAST_PAUSE))
        while batch := self._still_wanted(batch):
            body = b'{"idempotency_key":"%b","events":[%b]}' % (key, b",".join(event.body for event in batch))
            answer = self._post(body, self._timeout)
            if answer.status == 202:
                self._count(answer.content, len(batch))
                return
            if wrong := _wrong(answer, len(batch)):
                self._leave_out(wrong)
                batch = [event for index, event in enumerate(batch) if index not in wrong]
            elif not self._pause(answer, next(pauses)):
                self._lose("at_exit", len(batch))
                return

    def _still_wanted(self, batch: Sequence[Event]) -> Sequence[Event]:
        """The batch without events that have waited too long. Its key stays: it stands for what was sent together, and what
        an unanswered attempt may have stored is not stored again."""
        oldest = self._clock() - MOST_HELD
        young = [event for event in batch if event.at >= oldest]
        self._lose("too_old", len(batch) - len(young))
        return young

    def _pause(self, answer: Answer, seconds: float) -> bool:
        """Waits before the next attempt; False if there is to be none because the process ends."""
        hint = HINTS.get(answer.status, "events wait, and are sent again")
        self._notices.problem(SENDING, answer.outcome, f"the collector does not take events ({answer.outcome}): {hint}")
        wait = min(answer.wait, LONGEST_PAUSE) if answer.wait else seconds * random.uniform(0.5, 1)  # noqa: S311 - no secret
        with self._changed:
            return not self._changed.wait_for(lambda: self._closing, wait)

    def _count(self, content: Any, events: int) -> None:
        dropped = content.get("dropped") if isinstance(content, dict) else None
        reasons = {str(reason): int(number) for reason, number in dropped.items()} if isinstance(dropped, dict) else {}
        with self._changed:
            self._accepted += max(0, events - sum(reasons.values()))
            self._dropped.update(reasons)
        self._notices.solved(SENDING, "the collector takes events again")
        if "unknown_site" in reasons:
            self._notices.problem(
                "site", "unknown", "the collector knows no such site: is it set up there as it is written here?"
            )

    def _leave_out(self, wrong: dict[int, str]) -> None:
        self._lose("invalid", len(wrong))
        for field in sorted(set(wrong.values())):
            hint = ": is the key for this site?" if field == "domain" else ""
            self._notices.problem("invalid", field, f"the collector refuses events for their {field}{hint}")

    def _lose(self, why: str, events: int) -> None:
        if events:
            with self._changed:
                self._lost[why] += events


def _batches(events: Sequence[Event]) -> Iterator[Sequence[Event]]:
    """Splits what is too much for one request."""
    batch, size = list[Event](), 0
    for event in events:
        if batch and size + len(event.body) > MOST_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += len(event.body)
    yield batch


def _wrong(answer: Answer, events: int) -> dict[int, str]:
    """Index -> field, of each event that the collector will never accept; empty if it did not say so."""
    errors = answer.content.get("errors") if answer.status == 400 and isinstance(answer.content, dict) else None
    wrong: dict[int, str] = {}
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict) and "index" in error:
            field = error["field"] if error.get("field") in _FIELDS else "form"
            index = error["index"]
            wrong |= {index: field} if isinstance(index, int) else dict.fromkeys(range(events), field)
    return {index: field for index, field in wrong.items() if 0 <= index < events}
