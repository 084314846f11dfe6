"""Visits put straight into the store, for tests of what a page shows of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import count
from typing import Any

import msgspec

from analytics.model import Row
from analytics.site import Site
from analytics.store.base import Load
from analytics.web.services import Services

TODAY = date(2026, 9, 21)
"""The clock of the fixtures stands at 16:13:20 in Berlin on this day."""
_TEXTS = Row.__struct_fields__[15:]


class Visits:
    """Stores visits of one site, each with its own visitor."""

    def __init__(self, services: Services, site: Site) -> None:
        self._services, self._site, self._numbers = services, site, count(1)
        self._waiting: list[bytes] | None = None

    def add(self, *paths: str, day: date = TODAY, at: str = "08:00", times: int = 1, **fields: Any) -> None:
        """``times`` visits of these paths, a minute between two; ``fields`` are those of the row."""
        rows = [row for _ in range(times) for row in self._rows(paths, day, at, fields)]
        if self._waiting is None:
            self._store(rows)
        else:
            self._waiting += rows

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is added meanwhile is stored at the end, in one transaction: many small ones would take most of a test's time."""
        self._waiting = []
        yield
        rows, self._waiting = self._waiting, None
        self._store(rows)

    def _store(self, rows: list[bytes]) -> None:
        self._services.store.load(self._site, Load(rows, {}, [], []))

    def _rows(self, paths: tuple[str, ...], day: date, at: str, fields: dict[str, Any]) -> list[bytes]:
        number, plain = next(self._numbers), {**dict.fromkeys(_TEXTS, ""), "props": {}, **fields}
        return [
            msgspec.json.encode(Row(**{
                "day": day, "time": f"{day}T{at}:{place % 60:02}", "seq": place, "gap": 60 if place else 0,
                "visitor": number, "visit": number, "name": "pageview", "hostname": "example.org", "path": path,
                "interactive": True, "engaged": 0, "scroll": 0, "revenue": None, "currency": "", **plain,
            }))
            for place, path in enumerate(paths)
        ]  # fmt: skip
