"""Checks whose problems are raised together."""

from collections.abc import Callable

import pytest

from analytics.checks import Checks
from analytics.errors import InvalidInput, NotFound

Block = Callable[[Checks], object]


def whole(field: str, text: str) -> int:
    if not text.isdecimal():
        raise InvalidInput(field, "“%(text)s” is not a number", text=text)
    return int(text)


def run(block: Block) -> None:
    with Checks() as check:
        block(check)


def wrong(block: Block) -> dict[str, str]:
    """What the block finds, by field."""
    with pytest.raises(InvalidInput) as raised:
        run(block)
    first = next(iter(raised.value.each))
    assert (raised.value.field, str(raised.value)) == (first.field, str(first))
    return {each.field: str(each) for each in raised.value.each}


def test_what_is_right_passes_through() -> None:
    with Checks() as check:
        assert check(whole, "days", "7") == 7
        assert check(whole, "months", "2", instead=0) == 2


def test_all_problems_are_raised_at_the_end() -> None:
    found: list[int | None] = []

    def block(check: Checks) -> None:
        found.extend((check(whole, "days", "soon"), check(whole, "months", "few", instead=12), check(whole, "years", "1")))

    assert wrong(block) == {"days": "“soon” is not a number", "months": "“few” is not a number"}
    assert found == [None, 12, 1]


def test_of_one_field_the_first_problem_counts() -> None:
    def block(check: Checks) -> None:
        check(whole, "days", "soon")
        check(whole, "days", "late")

    assert wrong(block) == {"days": "“soon” is not a number"}


def test_a_problem_that_ends_the_block_stands_with_the_others() -> None:
    def block(check: Checks) -> None:
        check(whole, "days", "soon")
        whole("months", "few")

    assert list(wrong(block)) == ["days", "months"]


def test_checks_within_checks_are_named_one_by_one() -> None:
    def inner(check: Checks) -> None:
        check(whole, "days", "soon")
        check(whole, "months", "few")

    def block(check: Checks) -> None:
        check(run, inner)
        check.add(InvalidInput("years", "Enter a year"))

    assert list(wrong(block)) == ["days", "months", "years"]


def test_another_error_is_not_replaced() -> None:
    def block(check: Checks) -> None:
        check(whole, "days", "soon")
        raise NotFound("There is no site")

    with pytest.raises(NotFound):
        run(block)
