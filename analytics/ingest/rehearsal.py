"""Explains what would happen to an event, step by step, to an owner who wonders why something is counted or not.

The steps are those of an event that counts, but nothing is stored or counted, no visit begins or continues, and the list of
arrivals does not show it. Checks that depend on earlier events are left out: how many there were, and how the visitor's
network or browser behaved.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, json
from msgspec.structs import asdict

from analytics.ingest.beacon import Beacon
from analytics.ingest.hit import NOBODY, Hit, Step
from analytics.ingest.intake import Intake
from analytics.ingest.pipeline import STEPS, run
from analytics.model import REASONS, Dropped, Reason, Row, Visitor
from analytics.privacy.door import Knock
from analytics.site import NOWHERE, Site

_FILLED_IN = (
    "name", "hostname", "path", "query", "click_id", "props", "left_out", "facts", "referrer", "referrer_host", "tag",
    "source", "channel", "screen",
)  # fmt: skip
"""What steps fill in, but for the visitor."""
_NUMBERS = ("visitor", "visit")
"""Random ones, which are drawn when an event is stored."""
_TAGS = ("tag", "previous_tag", "network")


class Worked(Struct, omit_defaults=True):
    """What one step did."""

    step: str
    changed: dict[str, Any] = {}
    """What it filled in or changed, by name."""
    refused: str = ""
    """The reason it gave."""


class Told(Struct, omit_defaults=True):
    """What would happen to the event at one site."""

    site: str
    """Its domain, or the one that was named."""
    result: str
    """``counted``, or the reason why not."""
    why: str = ""
    """That reason in a sentence."""
    kept_apart: bool = False
    """It is a suspicion: the owner could look at it and restore it."""
    steps: list[Worked] = []
    row: dict[str, Any] | None = None
    """The row, without the random numbers of visitor and visit."""
    new_visit: bool | None = None
    """Whether it begins a visit; else its attributes are those of the visit it belongs to."""


class Rehearsed(Struct):
    """The answer."""

    sites: list[Told]


class Rehearsal:
    """Runs events through the pipeline without any effect. Safe to use from several threads."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def of(self, sent: Beacon, headers: Mapping[str, str], knock: Knock) -> bytes:
        """The ``Rehearsed`` of an event, as JSON. Raises InvalidInput."""
        sites = self._intake.destinations(sent).items()
        return json.encode(Rehearsed([self._told(domain, site, sent, headers, knock) for domain, site in sites]))

    def _told(self, domain: str, site: Site, sent: Beacon, headers: Mapping[str, str], knock: Knock) -> Told:
        if site is NOWHERE:
            return Told(domain, Reason.UNKNOWN_SITE, REASONS[Reason.UNKNOWN_SITE])
        now = self._intake.clock()
        hit = Hit(
            site=site, beacon=sent, at=now, now=now, headers=headers, door=self._intake.door, knock=knock,
            sources=self._intake.sources,
        )  # fmt: skip
        worked: list[Worked] = []
        result = run(hit, tuple(_watched(step, worked) for step in STEPS))
        row = result if isinstance(result, Dropped) else self._intake.rehearsed_row(site, hit.visitor, result)
        if isinstance(row, Dropped):
            return Told(site.domain, row.reason, REASONS[row.reason], row.apart is not None, worked)
        return Told(site.domain, "counted", steps=worked, row=_without(_NUMBERS, row), new_visit=row.seq == 0)


def _watched(step: Step, worked: list[Worked]) -> Step:
    """The step, wrapped to record what it does."""

    def watched(hit: Hit) -> Reason | None:
        before = _filled_in(hit)
        reason = step(hit)
        changed = {name: value for name, value in _filled_in(hit).items() if value != before[name]}
        worked.append(Worked(step.__name__, changed, reason or ""))
        return reason

    return watched


def _filled_in(hit: Hit) -> dict[str, Any]:
    who = {} if hit.visitor is NOBODY else _without(_TAGS, hit.visitor)
    return {name: getattr(hit, name) for name in _FILLED_IN} | {"visitor": who}


def _without(names: tuple[str, ...], of: Row | Visitor) -> dict[str, Any]:
    return {name: value for name, value in asdict(of).items() if name not in names}
