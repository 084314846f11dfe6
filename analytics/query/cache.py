"""Caches what was found recently. Keys must contain everything that the value depends on."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

Found = TypeVar("Found")
MOST = 128
"""Entries; the least recently used goes first."""


class Cache:
    """Safe to use from several threads. Nothing outlives the process, and entries must not be modified. Keeps ``most``
    entries, and none for which ``fits`` returns False."""

    def __init__(self, most: int = MOST, fits: Callable[[Any], bool] = lambda _: True) -> None:
        self._most = most
        self._fits = fits
        self._entries: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def found(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """The cached value of this key, or else what ``find`` returns. Two threads may both call it."""
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
