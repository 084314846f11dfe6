"""The error tree. Every error says what is wrong, where, and what to do about it.

A command prints a ``FootfallError`` and exits with 1; the web answers it with a page or a JSON body. Any other exception
that escapes is a bug, and is described by ``fault``.
"""

import traceback
from collections.abc import Sequence
from pathlib import Path

_PACKAGE = Path(__file__).parent


class FootfallError(Exception):
    """The root of our errors. The text is written for the person who has to act on it.

    ``text`` may contain ``%(name)s`` placeholders for ``values``, so that it can be translated before they are filled in; a
    value may itself be an error. ``str()`` gives the English text.
    """

    def __init__(self, text: str = "", /, **values: object) -> None:
        super().__init__(text % values if values else text)
        self.text = text
        self.values = values

    def at(self, field: str) -> "InvalidInput":
        """The same problem as one with this field of a form."""
        return InvalidInput(field, self.text, **self.values)


class ConfigError(FootfallError):
    """A setting has a value that cannot be used. Names the setting, the value and where it came from."""

    def __init__(self, setting: str, value: object, problem: str) -> None:
        super().__init__(f"setting {setting} = {value!r}: {problem}")
        self.setting = setting
        self.value = value


class DataLocked(FootfallError):
    """Another process owns the data directory. Names that process."""


class InvalidInput(FootfallError):
    """Something a person or client sent cannot be used; ``field`` is the name of that field, the first one if several are
    wrong."""

    def __init__(self, field: str, text: str, /, **values: object) -> None:
        super().__init__(text, **values)
        self.field = field
        self._together: tuple[InvalidInput, ...] = ()

    @property
    def each(self) -> tuple["InvalidInput", ...]:
        """An error for each wrong field."""
        return self._together or (self,)

    @staticmethod
    def together(problems: Sequence["InvalidInput"]) -> "InvalidInput":
        """One error for several problems: of each field the first counts, and ``str()`` gives the very first."""
        first, found = problems[0], dict[str, InvalidInput]()
        for problem in problems:
            found.setdefault(problem.field, problem)
        error = first.at(first.field)
        error._together = tuple(found.values())
        return error


class QueryError(FootfallError):
    """A question that cannot be answered; ``place`` is a JSON pointer into it, such as ``#/metrics/1``.

    ``str()`` begins with the place and is for programs; ``problem`` is the text without it. People see the problem in their
    own language (``language.told``); texts that can appear on a page are ``marked`` for translation.
    """

    def __init__(self, place: str, problem: str, /, **values: object) -> None:
        super().__init__(problem, **values)
        self.place = place
        self.problem = super().__str__()

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


class NotFound(FootfallError):
    """The named thing does not exist, or the caller may not see it; the message does not say which."""


class KeyRefused(FootfallError):
    """The API key is missing, wrong, or lacks the permission; the message does not say which."""


class TooManyRequests(FootfallError):
    """An API key has used up its requests; it can be used again in ``seconds``."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "Too many requests with this key (setting requests_per_minute); try again in %(seconds)s s", seconds=seconds
        )
        self.seconds = seconds


class StoreUnavailable(FootfallError):
    """The data cannot be read or written at the moment (disk full, file under repair); trying later may succeed."""


class StoreBusy(StoreUnavailable):
    """The site's rows are being sealed, corrected or erased: they can be read, and new ones are loaded afterwards."""


class QuestionTooLarge(StoreUnavailable):
    """The query was stopped because it exceeded the configured time or memory."""


def fault(error: BaseException) -> str:
    """An error as a log line: its type, and the file, line and function of our code where it happened. Its message is left
    out, because it may repeat what a visitor sent."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)] or list(frames)
    where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno} in {ours[-1].name}" if ours else "an unknown place"
    return f"{type(error).__name__} at {where}"
