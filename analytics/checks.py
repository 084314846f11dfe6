"""Several checks whose problems are raised together, so that a form names all its wrong fields at once."""

from collections.abc import Callable
from types import TracebackType
from typing import TypeVar, TypeVarTuple, overload

from analytics.errors import InvalidInput

Given = TypeVarTuple("Given")
T = TypeVar("T")
U = TypeVar("U")


class Checks:
    """A block of checks; at its end what they found is raised, as one InvalidInput::

    with Checks() as check:
        name = check(checked_name, name, instead=name)
        email = check(checked_email, email, instead=email)
    """

    def __init__(self) -> None:
        self._found: list[InvalidInput] = []

    def __enter__(self) -> "Checks":
        return self

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None) -> None:
        if isinstance(error, InvalidInput):
            self.add(error)
        elif error:
            return
        if self._found:
            raise InvalidInput.together(self._found) from None

    @overload
    def __call__(self, check: Callable[[*Given], T], *given: *Given) -> T | None: ...

    @overload
    def __call__(self, check: Callable[[*Given], T], *given: *Given, instead: U) -> T | U: ...

    def __call__(self, check: Callable[[*Given], T], *given: *Given, instead: U | None = None) -> T | U | None:
        """What ``check`` returns; ``instead``, for the checks that follow, if it raises InvalidInput."""
        try:
            return check(*given)
        except InvalidInput as problem:
            self.add(problem)
            return instead

    def add(self, problem: InvalidInput) -> None:
        """Notes a problem that was found otherwise."""
        self._found += problem.each
