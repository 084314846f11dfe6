"""Runs parts of one page in parallel."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")


def in_threads(most: int, work: Callable[[Thing], Result], things: Iterable[Thing]) -> list[Result]:
    """The results of ``work`` on each item, in order; at most ``most`` run at once, in threads that use the page's
    language. Raises the error of the first item that failed."""
    with ThreadPoolExecutor(most, "page") as threads:
        asked = [threads.submit(copy_context().run, work, thing) for thing in things]
        return [each.result() for each in asked]
