"""Background work."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from threading import Event, Thread
from typing import TypeVar

from analytics.errors import StoreBusy, StoreUnavailable

_Subject = TypeVar("_Subject")


class Worker(ABC):
    """Works in a thread of its own from ``start`` to ``close``."""

    def __init__(self, name: str) -> None:
        """``name`` is the thread's name."""
        self._name = name
        self._stop = Event()
        """Set when the work is to end; to be waited for between two rounds."""
        self._thread: Thread | None = None

    def start(self) -> None:
        """Starts the thread."""
        self._thread = Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops the thread after its current piece of work. May be called twice, and without a start."""
        self._stop.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    @abstractmethod
    def _run(self) -> None:
        """Works until ``_stop`` is set."""


def all_of(subjects: Iterable[_Subject], work: Callable[[_Subject], object]) -> None:
    """Calls ``work`` with each item; a failure does not hold up the others. Once all had their turn, raises the first
    StoreUnavailable or OSError, but a StoreBusy only if there is no other error."""
    failures = list[StoreUnavailable | OSError]()
    for subject in subjects:
        try:
            work(subject)
        except (StoreUnavailable, OSError) as problem:
            failures.append(problem)
    if failures:
        raise min(failures, key=lambda problem: isinstance(problem, StoreBusy))
