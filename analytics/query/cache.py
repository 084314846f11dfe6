"""What was found a moment ago, for those who ask the same: under keys that hold what it depends on."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

Found = TypeVar("Found")
MOST = 128
"""Entries; the least recently used goes first."""


class Cache:
    """Safe to use from several threads. Nothing here outlives the process, and an entry must not be changed. ``most``:
    entries that are kept; what ``fits`` says no to is not."""

    def __init__(self, most: int = MOST, fits: Callable[[Any], bool] = lambda _: True) -> None:
        self._most = most
        self._fits = fits
        self._entries: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def found(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """What ``find`` returned for this key; two threads may both find it."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                return cast("Found", self._entries[key])
        value = find()
        if self._fits(value):
            self._keep(key, value)
        return value

    def _keep(self, key: Hashable, value: Any) -> None:
        with self._lock:
            self._entries[key] = value
            if len(self._entries) > self._most:
                self._entries.popitem(last=False)
