"""The steps in their order: one draft in, an event or a named refusal out."""

from collections.abc import Callable

from analytics.ingest.hit import Hit
from analytics.ingest.pipeline import STEPS, run
from analytics.model import Attributes, Dropped, Event, Reason


def test_the_order_of_work() -> None:
    """Scrubbing comes first, objections before the visitor is known; the rest is as cheap as possible as early as possible."""
    assert [step.__name__ for step in STEPS] == [
        "scrub", "facts", "opt_out", "visitor", "rate", "network", "bot", "hostname", "page", "excluded_path", "referrer", "spam",
        "source", "channel", "screen",
    ]  # fmt: skip


def test_the_first_reason_ends_the_work(hit: Callable[..., Hit]) -> None:
    ran = []

    def refuse(_: Hit) -> Reason:
        ran.append("refuse")
        return Reason.BOT

    def never(_: Hit) -> None:
        ran.append("never")

    assert run(hit(), (refuse, never)) == Dropped(Reason.BOT)
    assert ran == ["refuse"]


def test_an_event_without_refusal_is_finished(hit: Callable[..., Hit]) -> None:
    """What the steps filled in, with the facts of a batch before those we derived."""
    draft = hit(name="Buy", hostname="example.org", path="/", source="Google", channel="Organic Search", facts={"browser": "Lynx"})
    assert run(draft, ()) == Event(
        name="Buy",
        time=draft.at,
        hostname="example.org",
        path="/",
        attributes=Attributes(source="Google", channel="Organic Search", browser="Lynx"),
    )
