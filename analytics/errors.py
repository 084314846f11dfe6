"""The error tree. Every error says what is wrong, where, and what to do about it.

``FootfallError`` is what a command prints and exits 1 on, and what the web answers with a page or a
JSON body. Anything else that escapes is a bug, and is told by ``fault``.
"""

import traceback
from pathlib import Path

_PACKAGE = Path(__file__).parent


class FootfallError(Exception):
    """The root: its text is written for the person who has to act on it.

    ``text`` has ``%(name)s`` where one of ``values`` belongs, so that pages can say it in another language; a value may be
    an error itself. As a string it is English.
    """

    def __init__(self, text: str = "", /, **values: object) -> None:
        super().__init__(text % values if values else text)
        self.text = text
        self.values = values


class ConfigError(FootfallError):
    """A setting has a value that cannot be used. Names the setting, the value and where it came from."""

    def __init__(self, setting: str, value: object, problem: str) -> None:
        super().__init__(f"setting {setting} = {value!r}: {problem}")
        self.setting = setting
        self.value = value


class DataLocked(FootfallError):
    """Another process owns the data directory. Names that process."""


class InvalidInput(FootfallError):
    """What a person or client sent cannot be used; ``field`` says which part of it."""

    def __init__(self, field: str, text: str, /, **values: object) -> None:
        super().__init__(text, **values)
        self.field = field


class QueryError(FootfallError):
    """A question that cannot be answered; ``place`` is a JSON pointer into it, such as ``#/metrics/1``.

    As a string it names the place, for programs; ``problem`` is the same without it. People are told it in their language
    (``language.told``), as far as they can meet it on a page: such texts are ``marked``.
    """

    def __init__(self, place: str, problem: str, /, **values: object) -> None:
        super().__init__(problem, **values)
        self.place = place
        self.problem = super().__str__()

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


class NotFound(FootfallError):
    """The named thing does not exist, or is not for the one who asks; we do not say which."""


class KeyRefused(FootfallError):
    """No API key, a wrong one, or one that is not for what is asked; we do not say which."""


class TooManyRequests(FootfallError):
    """An API key was used more often than is allowed; ``seconds`` until it may be used again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "Too many requests with this key (setting requests_per_minute); try again in %(seconds)s s", seconds=seconds
        )
        self.seconds = seconds


class StoreUnavailable(FootfallError):
    """The data cannot be read or written now (disk full, file being repaired); asking later may work."""


class StoreBusy(StoreUnavailable):
    """The rows are being corrected or erased: they can be read as they are, and what waits is loaded afterwards."""


class QuestionTooLarge(StoreUnavailable):
    """The question took longer, or more memory, than the settings allow; it was stopped."""


def fault(error: BaseException) -> str:
    """An error for a log: its type, and file, line and function of our code where it happened. Not its text, which
    may repeat what a visitor sent."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)] or list(frames)
    where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno} in {ours[-1].name}" if ours else "an unknown place"
    return f"{type(error).__name__} at {where}"
