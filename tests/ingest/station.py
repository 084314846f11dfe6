"""A collector with everything real behind it but the disk, and a clock that stands still."""

import json
from pathlib import Path
from typing import Any, cast

from msgspec.structs import replace

from analytics.errors import StoreUnavailable
from analytics.ingest.arrivals import Arrival, Arrivals
from analytics.ingest.collector import MANY, ONE, PIXEL, Collector, Request
from analytics.ingest.directory import Directory
from analytics.ingest.intake import Intake
from analytics.ingest.ledger import Ledger
from analytics.ingest.replies import Reply
from analytics.ingest.sessioniser import Sessioniser
from analytics.ingest.visitor_map import MemoryVisitorMap
from analytics.model import Row
from analytics.privacy.door import Door, Places
from analytics.privacy.keys import Keys
from analytics.site import Site, SiteSettings
from analytics.store.base import Store
from analytics.store.control.store import ControlStore

NOON = 1_772_362_800.0
"""2026-03-01T11:00:00Z, noon in Berlin."""
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


class KnownBatches:
    """The one thing that the collector asks of a store."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], str] = {}
        self.broken = False

    def batch_answer(self, site: Site, key: str) -> str | None:
        if self.broken:
            raise StoreUnavailable("being repaired")
        return self.answers.get((site.id, key))


class Station:
    """One collector, the sites ``example.org`` (Berlin) and ``other.example`` (UTC), and what came out of it."""

    def __init__(self, folder: Path) -> None:
        self.now = NOON
        self.control = ControlStore(folder / "control.sqlite", lambda: self.now)
        self.site = self.control.sites.add("example.org", "Europe/Berlin")
        self.other = self.control.sites.add("other.example", "UTC")
        self.directory = Directory(self.control.sites.all(), lambda: self.now)
        self.keys = Keys()
        self.door = Door(self.keys, Places(None), ["10.0.0.0/8"])
        self.ledger = Ledger()
        self.arrivals = Arrivals()
        self.store = KnownBatches()
        self.collector = self._collector()
        self.rows: list[Row] = []

    def _collector(self) -> Collector:
        self.visitors = MemoryVisitorMap()
        self.intake = Intake(
            directory=self.directory,
            door=self.door,
            sessioniser=Sessioniser(self.visitors),
            ledger=self.ledger,
            arrivals=self.arrivals,
            clock=lambda: self.now,
        )
        return Collector(self.intake, self.control, cast("Store", self.store))

    def restart(self) -> None:
        """The process ends; what is in memory is gone."""
        self.collector = self._collector()

    def with_settings(self, **settings: Any) -> Site:
        """example.org with other settings."""
        return replace(self.site, settings=SiteSettings(**settings))

    def setting(self, **settings: Any) -> None:
        """Changes the settings of example.org."""
        self.site = self.with_settings(**settings)
        self.directory.replace([self.site, self.other])

    def _request(
        self,
        body: Any = None,
        *,
        peer: str = "192.0.2.7",
        agent: str = FIREFOX,
        path: str = ONE,
        method: str = "POST",
        key: str = "",
        **headers: str,
    ) -> Request:
        sent = {"user-agent": agent, "accept-language": "de-AT,en;q=0.5"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        if key:
            sent["authorization"] = f"Bearer {key}"
        knock, passed = self.door.admit(peer, [(name.encode(), value.encode()) for name, value in sent.items()])
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        path, _, query = path.partition("?")
        return Request(method, path, query, passed, knock, content)

    def send(self, body: Any = None, **options: Any) -> Reply:
        """Sends bytes, or what becomes JSON, and keeps the rows if they were accepted."""
        reply = self.collector.collect(self._request(body, **options))
        if reply.entry:
            self.rows += [row for part in reply.entry.parts for row in part.rows]
        return reply

    def rehearse(self, body: Any, *, signed_in: bool = True, **options: Any) -> Any:
        """Asks what would become of an event."""
        reply = self.collector.rehearse(self._request(body, **options), signed_in=signed_in)
        assert reply.entry is None
        return json.loads(reply.body)

    def view(self, url: str = "https://example.org/", **fields: Any) -> Reply:
        """Sends one page view of example.org."""
        options = {name: fields.pop(name) for name in ("peer", "agent", "sec_gpc", "dnt", "origin", "referer") if name in fields}
        return self.send({"n": "pageview", "u": url, "d": "example.org", **fields}, **options)

    def pixel(self, query: str = "", **options: str) -> Reply:
        """Asks for the picture, as a page without JavaScript does."""
        return self.send(b"", path=f"{PIXEL}?{query}", method="GET", **options)

    def batch(self, *events: dict[str, Any], name: str = "batch-1", key: str | None = None) -> Reply:
        """Sends a batch with a key for all sites, unless another is given."""
        if key is None:
            key = self._key = getattr(self, "_key", "") or self.control.api_keys.add(None, ["events"])
        return self.send({"idempotency_key": name, "events": list(events)}, path=MANY, key=key, peer="10.0.0.1", agent="python")

    def dropped(self) -> dict[str, dict[str, int]]:
        """Refusals since the last call: domain (``nowhere`` for none) -> reason -> how many."""
        names = {self.site.id: "example.org", self.other.id: "other.example"}
        return {
            names.get(part.site, part.site): {reason: n for day in part.dropped.values() for reason, n in day.items()}
            for part in self.ledger.take()
        }

    def latest(self, site_id: str | None = None) -> Arrival:
        """The newest arrival of a site, by default example.org."""
        return self.arrivals.latest(self.site.id if site_id is None else site_id)[0]
