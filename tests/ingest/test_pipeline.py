"""The steps in their order: one draft in, an event or a named refusal out."""

from collections.abc import Callable
from typing import Any

import pytest

from analytics.ingest.hit import Hit, Step, event
from analytics.ingest.pipeline import STEPS, run
from analytics.ingest.steps.hostname import hostname
from analytics.ingest.steps.spam import spam
from analytics.model import Apart, Attributes, Dropped, Event, Reason, Visitor
from analytics.site import SiteSettings


def test_the_order_of_work() -> None:
    """Form comes first, objections before the visitor is known, a flood ends before its texts are read, scrubbing comes before
    whatever looks at a text; the rest is as cheap as possible as early as possible."""
    assert [step.__name__ for step in STEPS] == [
        "form", "too_old", "opt_out", "visitor", "rate", "scrub", "facts", "network", "automated", "disguised", "bot", "hostname",
        "page", "excluded_path", "referrer", "spam", "source", "channel", "screen", "burst",
    ]  # fmt: skip


def gives(reason: Reason | None) -> Step:
    def step(_: Hit) -> Reason | None:
        return reason

    return step


def test_the_first_reason_ends_the_work(hit: Callable[..., Hit]) -> None:
    ran = []

    def refuse(_: Hit) -> Reason:
        ran.append("refuse")
        return Reason.RATE

    def never(_: Hit) -> None:
        ran.append("never")

    assert run(hit(), (refuse, never)) == Dropped(Reason.RATE)
    assert ran == ["refuse"]


def test_d18_after_a_suspicion_the_event_is_finished_to_be_kept_apart(hit: Callable[..., Hit]) -> None:
    def later(draft: Hit) -> None:
        draft.source = "Google"

    robot = Visitor(tag=1, bot="GPTBot", bot_group="AI crawler")
    draft = hit(name="pageview", hostname="example.org", path="/", visitor=robot)
    finished = event(hit(name="pageview", hostname="example.org", path="/", source="Google"))
    assert run(draft, (gives(Reason.BOT), later)) == Dropped(Reason.BOT, Apart(finished, "AI crawler", "GPTBot"))


def test_the_first_suspicion_stands(hit: Callable[..., Hit]) -> None:
    result = run(hit(visitor=Visitor(tag=1, bot="GPTBot")), (gives(Reason.BOT), gives(Reason.HOSTNAME)))
    assert isinstance(result, Dropped)
    assert (result.reason, result.apart and result.apart.who) == (Reason.BOT, "GPTBot")


def test_what_the_owner_or_the_visitor_wants_left_out_is_not_kept_apart(hit: Callable[..., Hit]) -> None:
    """A robot on an excluded page: the owner's will is no suspicion."""
    assert run(hit(), (gives(Reason.BOT), gives(Reason.EXCLUDED_PATH))) == Dropped(Reason.EXCLUDED_PATH)


@pytest.mark.parametrize("reason", Reason)
def test_d18_suspicions_are_kept_apart_and_nothing_else(hit: Callable[..., Hit], reason: Reason) -> None:
    """Of those who object nothing is kept but the count."""
    result = run(hit(), (gives(reason),))
    assert isinstance(result, Dropped)
    assert (result.apart is not None) == (reason in {Reason.BOT, Reason.BURST, Reason.HOSTNAME, Reason.SPAM_REFERRER})


@pytest.mark.parametrize(
    ("fields", "reason", "who"),
    [
        ({"hostname": "evil.example"}, Reason.HOSTNAME, "evil.example"),
        ({"hostname": ""}, Reason.HOSTNAME, "(no host)"),
        ({"hostname": "example.org", "headers": {"origin": "https://www.evil.example:8443"}}, Reason.HOSTNAME, "evil.example"),
        ({"hostname": "example.org", "headers": {"origin": "nonsense"}}, Reason.HOSTNAME, "(no host)"),
        ({"referrer_host": "semalt.com"}, Reason.SPAM_REFERRER, "semalt.com"),
        ({"query": {"utm_source": "Semalt.com"}}, Reason.SPAM_REFERRER, "semalt.com"),
    ],
)
def test_on_whom_the_suspicion_falls(hit: Callable[..., Hit], fields: dict[str, Any], reason: Reason, who: str) -> None:
    """D20, D24: the host that is not listed, the spam host."""
    draft = hit(settings=SiteSettings(hostnames=("example.org",)), **{"hostname": "example.org", **fields})
    result = run(draft, (hostname, spam))
    assert isinstance(result, Dropped)
    assert (result.reason, result.apart and result.apart.who) == (reason, who)


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
