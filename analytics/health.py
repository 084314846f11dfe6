"""Whether the service can do its work: tested for supervisors who ask, and logged when it changes."""

import logging
import time
from collections.abc import Mapping

from analytics.errors import StoreUnavailable
from analytics.ingest.spool import Spool
from analytics.ingest.writer import Writer
from analytics.site import NOWHERE
from analytics.store.base import Store

PROBE = 10.0
"""Seconds a successful write to the spool counts as proof that the disk works."""
LATE = 120.0
"""Seconds that rows may wait to be loaded (30 are normal) before that is called failing."""

_log = logging.getLogger(__name__)


class Health:
    """Watches the parts that can fail while the process runs. A part's state is ``ok``, or what is wrong with it."""

    def __init__(self, spool: Spool, writer: Writer, store: Store) -> None:
        self._spool, self._writer, self._store = spool, writer, store
        self._proved = float("-inf")
        self._logged: Mapping[str, str] = {}

    def check(self) -> dict[str, str]:
        """The state of each part by its name, tested now."""
        parts = {"spool": self._of_spool(), "writer": self._of_writer(), "database": self._of_database()}
        return {**parts, "upkeep": self._of_upkeep()}

    def log(self) -> None:
        """Logs each part that has begun to fail or works again, once per change. Tests nothing."""
        found = {"spool": self._spool.failing or "ok", "writer": self._of_writer(), "upkeep": self._of_upkeep()}
        for part, state in found.items():
            before = self._logged.get(part, "ok")
            if state != "ok" and before == "ok":
                _log.error("%s: %s", part, state)
            elif state == "ok" and before != "ok":
                _log.warning("%s: works again", part)
        self._logged = found

    def _of_spool(self) -> str:
        if time.monotonic() - self._proved > PROBE or self._spool.failing:
            try:
                self._spool.probe()
            except (StoreUnavailable, TimeoutError) as problem:
                return str(problem) or "the disk does not answer"
            self._proved = time.monotonic()
        return "ok"

    def _of_writer(self) -> str:
        lag = self._writer.lag()
        return self._writer.failing or ("ok" if lag < LATE else f"rows have waited for {lag:.0f} s to be loaded")

    def _of_upkeep(self) -> str:
        return self._writer.behind or "ok"

    def _of_database(self) -> str:
        try:
            self._store.query(NOWHERE, "SELECT 1", {})
        except StoreUnavailable as problem:
            return str(problem)
        return "ok"
