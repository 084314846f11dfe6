"""One event, for the sites that it names: what the pipeline decides for each, as rows and refusals."""

from collections.abc import Callable, Collection, Mapping

from msgspec import Struct

from analytics.errors import InvalidInput
from analytics.ingest import beacon
from analytics.ingest.arrivals import UNKNOWN, Arrival
from analytics.ingest.beacon import Beacon
from analytics.ingest.hit import Hit
from analytics.ingest.intake import Intake
from analytics.ingest.pipeline import run
from analytics.ingest.spool import Entry, Part
from analytics.ingest.watchers import Watchers
from analytics.ingest.wire import Wire
from analytics.model import OWN_NAMES, Dropped, Reason
from analytics.privacy import scrubber
from analytics.privacy.door import Knock
from analytics.site import NOWHERE, Site


class Outcome(Struct, gc=False):
    """What happened to one event."""

    reasons: list[Reason]
    """One for each site that refused it."""
    entry: Entry | None
    """The rows; None: nothing is to be stored."""


class SingleCollector:
    """Processes single events. Safe to use from several threads."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._watchers = Watchers()

    def collect(self, read: Callable[[], Wire], headers: Mapping[str, str], knock: Knock) -> Outcome:
        """Processes the event that ``read`` decodes. Raises InvalidInput if the event is not valid, which ``read`` may also
        do; the event is then counted as invalid."""
        now = self._intake.clock()
        wire = None
        try:
            wire = read()
            return self._counted(beacon.beacon(wire), headers, knock, now)
        except InvalidInput as error:
            self._note_invalid(wire, error, now)
            raise

    def _counted(self, sent: Beacon, headers: Mapping[str, str], knock: Knock, now: float) -> Outcome:
        parts: list[Part] = []
        reasons: list[Reason] = []
        for domain, site in self._intake.destinations(sent).items():
            if site is NOWHERE:
                reasons.append(self._unknown(domain, sent, now))
                continue
            outcome = self._for_site(site, sent, headers, knock, now)
            if isinstance(outcome, Part):
                parts.append(outcome)
            else:
                reasons.append(outcome)
        return Outcome(reasons, Entry(parts) if parts else None)

    def _for_site(self, site: Site, sent: Beacon, headers: Mapping[str, str], knock: Knock, now: float) -> Part | Reason:
        intake = self._intake
        hit = Hit(
            site=site, beacon=sent, at=now, now=now, headers=headers, door=intake.door, knock=knock, sources=intake.sources,
            watchers=self._watchers,
        )  # fmt: skip
        result = run(hit)
        row = result if isinstance(result, Dropped) else intake.row(site, hit.visitor, result)
        if isinstance(row, Dropped):
            intake.ledger.drop(site, now, row.reason, intake.row_apart(hit, row))
            intake.note(hit, row.reason)
            return row.reason
        intake.note(hit, None)
        return Part(site.id, [row], left_out={row.day.isoformat(): hit.left_out} if hit.left_out else {})

    def _unknown(self, domain: str, sent: Beacon, now: float) -> Reason:
        try:
            _, path, _ = scrubber.address(sent.url, hash_mode=sent.hash_mode)
        except ValueError as problem:
            raise InvalidInput("url", str(problem)) from None
        reason = Reason.UNKNOWN_SITE
        self._intake.ledger.drop(None, now, reason)
        name = sent.name if sent.name in OWN_NAMES else scrubber.text(sent.name)
        self._intake.arrivals.note(UNKNOWN, Arrival(now, name, scrubber.text(domain), scrubber.path(path), reason))
        return reason

    def _note_invalid(self, wire: Wire | None, error: InvalidInput, now: float) -> None:
        """Counts an invalid event for each known site that it names, or for no site if there is none."""
        sites = self._sites_named(wire)
        for site in sites or [NOWHERE]:
            self._intake.ledger.drop(site, now, Reason.INVALID)
        detail = f"{error.field}: {error}"
        for site_id in [site.id for site in sites] or [UNKNOWN]:
            self._intake.arrivals.note(site_id, Arrival(now, "", "", "", Reason.INVALID, detail))

    def _sites_named(self, wire: Wire | None) -> Collection[Site]:
        try:
            named = beacon.domains(wire) if wire else ()
        except InvalidInput:
            return []
        found = (self._intake.directory.find(domain) for domain in named)
        return {site.id: site for site in found if site}.values()
