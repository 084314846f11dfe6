"""Parts of a page that are asked for side by side: in order, in the page's language, not more at once than is said."""

from threading import Barrier, BrokenBarrierError

import pytest

from analytics.web.dashboards.threads import in_threads
from analytics.web.language import speak, spoken


def test_results_come_in_the_order_of_what_was_given() -> None:
    """Whichever is done first: here each waits for the other."""
    both = Barrier(2)

    def work(name: str) -> str:
        both.wait(10)
        return name.upper()

    assert in_threads(2, work, ["a", "b"]) == ["A", "B"]


def test_not_more_are_done_at_once() -> None:
    """Of two, with room for one, neither meets the other."""
    both = Barrier(2, timeout=0.05)

    def meets(_: int) -> bool:
        try:
            both.wait()
        except BrokenBarrierError:
            return False
        return True

    assert in_threads(1, meets, range(2)) == [False, False]


def test_every_thread_speaks_the_language_of_the_page_and_leaves_it_alone() -> None:
    def work(code: str) -> tuple[str, str]:
        before = spoken()
        speak(code)
        return before, spoken()

    speak("de")
    try:
        assert in_threads(2, work, ["fr", "es", "en"]) == [("de", "fr"), ("de", "es"), ("de", "en")]
        assert spoken() == "de"
    finally:
        speak("en")


def test_what_fails_is_told() -> None:
    with pytest.raises(ZeroDivisionError):
        in_threads(2, lambda number: 1 // number, [1, 0, 2])
