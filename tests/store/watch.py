"""The time and the password of the tests of the control file."""

NOON = 1_790_000_000.0
GOOD = "four words walk home"


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now
