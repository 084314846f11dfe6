"""What single events and batches have in common: the sites they are for, the pipeline, the numbering of visits, and the
list of arrivals. They differ in when they are answered and where refusals are counted."""

from threading import Lock

from analytics.clock import Clock
from analytics.ingest.apart import Keeper
from analytics.ingest.arrivals import Arrival, Arrivals
from analytics.ingest.beacon import Beacon
from analytics.ingest.directory import Directory
from analytics.ingest.hit import Hit
from analytics.ingest.ledger import Ledger
from analytics.ingest.sessioniser import Sessioniser
from analytics.ingest.sources import BUILT_IN, Sources
from analytics.model import ApartRow, Dropped, Event, Reason, Row, Visitor
from analytics.privacy.door import Door
from analytics.site import NOWHERE, Site


class Intake:
    """The parts that every endpoint works with. Safe to use from several threads."""

    def __init__(
        self, *, directory: Directory, door: Door, sessioniser: Sessioniser, ledger: Ledger, arrivals: Arrivals,
        clock: Clock, sources: Sources = BUILT_IN, keeper: Keeper | None = None,
    ) -> None:  # fmt: skip
        self.directory = directory
        self.door = door
        self.ledger = ledger
        self.arrivals = arrivals
        self.clock = clock
        self.sources = sources
        self._sessioniser = sessioniser
        self._keeper = keeper or Keeper()
        self._lock = Lock()

    def destinations(self, sent: Beacon) -> dict[str, Site]:
        """Domain as the client named it -> its site, or ``NOWHERE`` if it is not set up here. A site that was named twice,
        in two spellings, appears once."""
        found: dict[str, Site] = {}
        for domain in sent.domains:
            site = self.directory.find(domain, any_port=not sent.named) or NOWHERE
            if site is NOWHERE or site not in found.values():
                found[domain] = site
        return found

    def sites(self, sent: Beacon) -> list[Site]:
        """The sites that the event is for."""
        return list(self.destinations(sent).values())

    def row(self, site: Site, visitor: Visitor, event: Event) -> Row | Dropped:
        """The row of an event, which becomes the next one of its visitor's visit; ``Dropped`` if it belongs to no visit."""
        with self._lock:
            return self._sessioniser.row(site, visitor, event)

    def rehearsed_row(self, site: Site, visitor: Visitor, event: Event) -> Row | Dropped:
        """The row that ``row`` would return, without any effect on the visit."""
        with self._lock:
            return self._sessioniser.rehearsed(site, visitor, event)

    def row_apart(self, hit: Hit, dropped: Dropped) -> ApartRow | None:
        """The row to keep apart for a dropped event; None if it is only to be counted."""
        if dropped.apart is None:
            return None
        with self._lock:
            return self._keeper.row(hit.site, hit.visitor, dropped, hit.now)

    def note(self, hit: Hit, reason: Reason | None) -> None:
        """Shows the owner what arrived; of visitors who object, nothing but the fact that they do."""
        shown = ("", "", "") if reason is Reason.OPTED_OUT else (hit.name, hit.hostname, hit.path)
        robot = f"{hit.visitor.bot} ({hit.visitor.bot_group})" if reason is Reason.BOT else ""
        self.arrivals.note(hit.site.id, Arrival(hit.now, *shown, reason, robot))
