"""What the tests of collecting share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from analytics.ingest.beacon import Beacon
from analytics.ingest.hit import Hit
from analytics.model import Visitor
from analytics.privacy.door import Door
from analytics.site import Site, SiteSettings
from tests.ingest.station import NOON, Station


@pytest.fixture(autouse=True)
def databases(copied_databases: None) -> None:
    """No test here is about migrations."""


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = Station(tmp_path)
    yield station
    station.control.close()


@pytest.fixture
def hit() -> Callable[..., Hit]:
    """Makes a draft as the steps find it: fields of a Hit, of its Beacon (``url``, ``width`` ...) or settings."""

    def make(settings: SiteSettings | None = None, visitor: Visitor | None = None, **fields: Any) -> Hit:
        of_beacon = {name: fields.pop(name) for name in list(fields) if name in Beacon.__struct_fields__ and name in _SENT}
        return Hit(
            site=Site(id="s", domain="example.org", settings=settings or SiteSettings()),
            beacon=Beacon(**({"name": "pageview", "url": "https://example.org/", "domains": (), "named": True} | of_beacon)),
            at=NOON,
            now=NOON,
            headers=fields.pop("headers", {}),
            door=cast("Door", None),
            knock=cast("Any", None),
            **({"visitor": visitor} if visitor else {}),
            **fields,
        )

    return make


_SENT = {"url", "width", "hash_mode"}
