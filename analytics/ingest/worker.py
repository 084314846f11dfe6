"""Work that goes on beside the requests."""

from abc import ABC, abstractmethod
from threading import Event, Thread


class Worker(ABC):
    """Works in a thread of its own, from ``start`` to ``close``."""

    def __init__(self, name: str) -> None:
        """``name``: the thread's."""
        self._name = name
        self._stop = Event()
        """Set when the work is to end; to be waited for between two rounds."""
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begins to work."""
        self._thread = Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends after what is being done. May be called twice, and without a start."""
        self._stop.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    @abstractmethod
    def _run(self) -> None:
        """Works until ``_stop`` is set."""
