"""What is asked twice is found once, and not too much of it is kept."""

from analytics.query import cache
from analytics.query.cache import Cache


def test_what_is_asked_again_is_not_looked_for_again() -> None:
    found, kept = [], Cache()
    for _ in range(2):
        assert kept.found(("a", 1), lambda: found.append("looked") or 7) == 7
    assert found == ["looked"]


def test_what_depends_on_something_else_is_looked_for() -> None:
    kept = Cache()
    assert [kept.found(("a", version), lambda version=version: version) for version in (1, 2, 1)] == [1, 2, 1]


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    kept = Cache()
    for number in range(cache.MOST):
        kept.found(number, lambda: "first")
    kept.found(0, lambda: "second")
    kept.found(cache.MOST, lambda: "first")
    assert kept.found(0, lambda: "second") == "first"
    assert kept.found(1, lambda: "second") == "second"
