"""Parts of one page that are asked for side by side."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")


def in_threads(most: int, work: Callable[[Thing], Result], things: Iterable[Thing]) -> list[Result]:
    """What ``work`` makes of each, in their order; at most ``most`` at once, in threads that speak the page's language.
    Raises what the first of them raised that failed."""
    with ThreadPoolExecutor(most, "page") as threads:
        asked = [threads.submit(copy_context().run, work, thing) for thing in things]
        return [each.result() for each in asked]
