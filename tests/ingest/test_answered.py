"""Idempotency keys: claimed by one, waited for by others, remembered for a while."""

import pytest

from analytics.errors import StoreUnavailable
from analytics.ingest.answered import Answered


def test_the_first_works_and_later_ones_get_its_answer() -> None:
    answered = Answered()
    assert answered.claim("a") is None
    answered.settle("a", b"done")
    assert answered.claim("a") == b"done"
    assert answered.claim("b") is None


def test_a_failure_frees_the_key() -> None:
    answered = Answered()
    answered.claim("a")
    answered.settle("a", None)
    assert answered.claim("a") is None


def test_an_answer_is_final() -> None:
    """A second settling, after the first sender hung up, changes nothing."""
    answered = Answered()
    answered.claim("a")
    answered.settle("a", b"done")
    answered.settle("a", None)
    assert answered.claim("a") == b"done"


def test_nobody_waits_for_ever() -> None:
    answered = Answered(patience=0.01)
    answered.claim("a")
    with pytest.raises(StoreUnavailable):
        answered.claim("a")


def test_the_oldest_answers_are_forgotten_and_open_claims_are_not() -> None:
    answered = Answered(most=4)
    answered.claim("open")
    for number in range(6):
        assert answered.claim(str(number)) is None
        answered.settle(str(number), b"done")
    assert [answered.claim(name) for name in ("3", "4", "5")] == [b"done"] * 3
    assert answered.claim("0") is None
    assert "open" in answered._claims
    assert len(answered._claims) <= 6
