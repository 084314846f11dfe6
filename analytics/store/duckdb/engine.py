"""DuckDB as the store: one file per site, each with its own instance, writer and lock (site_file.py). A database must never
be opened before a fork (docs/decisions)."""

import logging
import os
import re
import resource
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any

from msgspec import structs

from analytics.clock import start_of_day
from analytics.errors import StoreUnavailable
from analytics.model import Reason
from analytics.site import Site
from analytics.store.base import (
    Change,
    Changes,
    Chosen,
    Derived,
    Holdings,
    InDoubt,
    KeptDay,
    Load,
    Read,
    Retired,
    Statement,
    Trial,
)
from analytics.store.duckdb import apart_rows
from analytics.store.duckdb.limits import Folders, Limits
from analytics.store.duckdb.parquet import written
from analytics.store.duckdb.site_file import BYTES_OPEN, SiteFile
from analytics.store.duckdb.statements import script

_log = logging.getLogger(__name__)

_UNSETTLED, _SEAL, _SEAL_DAYS, _SEAL_SET_ASIDE = map(script, ("unsettled", "seal", "seal_days", "corrections/seal"))
_UNROLL = script("unroll")
_OUTSIDE, _ORDER_MONTH, _MARK_MONTH = map(script, ("outside", "order_month", "mark_month"))
_FORGET_MONTH, _CLOSE_MONTH, _COARSEN, _RETIRE = map(script, ("forget_month", "close_month", "coarsen", "retire"))
_ORDER_ROLLUPS, _NUMBER_MONTH = map(script, ("order_rollups", "number_month"))
_SCATTERED, _UNNUMBERED = script("reports/scattered"), script("reports/unnumbered")
_DAYS, _MONTHS, _HOLDINGS = map(script, ("reports/days", "reports/months", "reports/holdings"))
MEMORY_AT_WORK = 96 * 2**20
"""Bytes that any work takes, however few rows there are: of reading a file of rows in two threads."""
BYTES_PER_ROW = 512
"""Of the memory beside that, while rows are sealed. Measured (DuckDB 2.0): 655,000 fit into 416 MB, and a day of 1.3
million, in parts, into 128."""
FILES_OPEN = 8
"""Of the files that the process may have, one in so many is a site's: each has two, what is spilled a few, and most are for
connections."""
_FILE_NAME = re.compile(r"[a-z0-9]+")


class DuckDBStore:
    """``Store`` (store/base.py) with one DuckDB file per site."""

    def __init__(self, folders: Folders, limits: Limits, in_doubt: InDoubt, changes: Changes = lambda _site_id: ()) -> None:
        """``changes`` is called before each load for the corrections in effect."""
        for made in structs.astuple(folders):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        _unlink_all(folders.work.iterdir())  # left behind by a killed process: rows, and half of a copy
        _unlink_all(folders.backups.glob("*.new"))  # and half of a backup, which its cp may still be writing
        self._folders = folders
        self._in_doubt = in_doubt
        self._limits = limits
        self._changes = changes
        self._files: dict[str, SiteFile] = {}
        self._erased: set[str] = set()
        self._lock = RLock()
        self._owner = os.getpid()
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._most_open = max(2, min(limits.memory // BYTES_OPEN, files // FILES_OPEN))

    def load(self, site: Site, load: Load) -> Sequence[bytes]:
        """See Store."""
        self._check_space()
        return self._file(site).load(load)

    def positions(self, site: Site) -> dict[str, int]:
        """See Store."""
        return dict(self._file(site).read('SELECT segment, "offset" FROM positions', {}))

    def batch_answer(self, site: Site, key: str) -> str | None:
        """See Store."""
        found = self._file(site).read("SELECT answer FROM batches WHERE key = $key", {"key": key})
        return found[0][0] if found else None

    def query(self, site: Site, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """See Store."""
        return self._file(site).read(sql, parameters)

    def days(self, site: Site) -> list[KeptDay]:
        """See Store."""
        gone = {day for (day,) in self._file(site).read("SELECT day FROM retired", {})}
        return [KeptDay(*row) for row in self._file(site).read(_DAYS, {}) if row[0] not in gone]

    @property
    def rows_at_once(self) -> int:
        """See Store."""
        return max(1, (self._limits.memory - MEMORY_AT_WORK) // BYTES_PER_ROW)

    def rows(self, site: Site) -> dict[date, int]:
        """See Store."""
        return dict(self._file(site).read("SELECT day, count(*) FROM stored GROUP BY day", {}))

    def months(self, site: Site) -> list[tuple[date, str]]:
        """See Store."""
        return [(month, rules) for month, rules in self._file(site).read(_MONTHS, {})]

    def version(self, site: Site) -> int:
        """See Store."""
        return self._file(site).version

    @contextmanager
    def snapshot(self, site: Site, at_once: int = 1) -> Iterator[Read]:
        """See Store."""
        with self._file(site).reading(at_once) as read:
            yield read

    def seal(self, site: Site, first: date, last: date, derived: Derived) -> None:
        """See Store."""
        self._check_space()
        named = {"first": first, "last": last, "sealed_at": _now(), "zone": derived.zone, "rules": derived.rules}
        named |= spans(first, last, derived.zone)
        parts = self._parts(site, first) if first == last else 1
        work = [Statement(_UNSETTLED, named)]
        work += [Statement(_SEAL, {**named, "part": part, "parts": parts}) for part in range(parts)]
        closing = [Statement(_SEAL_DAYS + _SEAL_SET_ASIDE, named), *derived.statements]
        transactions = [work + closing] if parts == 1 else [*([each] for each in work), closing]
        self._file(site).write(*transactions, beside=first != last)

    def _parts(self, site: Site, day: date) -> int:
        """In how many parts the rows of a day fit into memory. Each is sealed in a transaction of its own: what one has
        rewritten is in memory until it ends. A day that was left in the middle is as good as one that was opened again."""
        ((rows,),) = self._file(site).read("SELECT count(*) FROM stored WHERE day = $day", {"day": day})
        return max(1, -(-int(rows) // self.rows_at_once))

    def roll_up(self, site: Site, first: date, last: date, derived: Derived) -> None:
        """See Store."""
        self._check_space()
        span = {"first": first, "last": last, "rules": derived.rules}
        self._file(site).write([Statement(_UNROLL, span), *derived.statements], beside=True)

    def close_month(self, site: Site, month: date, derived: Derived, *, ordered: bool = False) -> None:
        """See Store."""
        self._check_space()
        named = {"month": month, "rules": derived.rules}
        first, then = (Statement(script, named) for script in (_OUTSIDE, _MARK_MONTH if ordered else _ORDER_MONTH))
        self._file(site).write([first, then, Statement(_FORGET_MONTH, named)], beside=True)
        self._file(site).write([*derived.statements, Statement(_CLOSE_MONTH, named)], beside=True)

    def coarsen(self, site: Site, before: date, dimensions: Sequence[str]) -> None:
        """See Store."""
        self._file(site).write([Statement(_COARSEN, {"before": before, "many": list(dimensions)})])

    def scattered(self, site: Site) -> list[date]:
        """See Store."""
        return [month for (month,) in self._file(site).read(_SCATTERED, {})]

    def unnumbered(self, site: Site, before: datetime) -> list[date]:
        """See Store."""
        return [month for (month,) in self._file(site).read(_UNNUMBERED, {"before": before.replace(tzinfo=None)})]

    def number(self, site: Site, month: date) -> None:
        """See Store. Different months have different numbers, in a range that random ones are as good as never in."""
        self._check_space()
        base = (month.year * 12 + month.month) << 32
        self._file(site).write([Statement(_NUMBER_MONTH, {"month": month, "base": base})], beside=True)

    def order_rollups(self, site: Site) -> bool:
        """See Store."""
        unordered = self._file(site).read("SELECT DISTINCT year(month) FROM months WHERE NOT ordered ORDER BY ALL", {})
        for (year,) in unordered:
            self._check_space()
            named = {"first": date(year, 1, 1), "next": date(year + 1, 1, 1)}
            self._file(site).write([Statement(_ORDER_ROLLUPS, named)], beside=True)
        return bool(unordered)

    def correct(self, site: Site, changes: Sequence[Change], then: Callable[[], None] = lambda: None) -> None:
        """See Store."""
        self._check_space()
        self._file(site).correct(changes, then)

    @contextmanager
    def trial(self, site: Site) -> Iterator[Trial]:
        """See Store."""
        with self._file(site).trial() as trial:
            yield trial

    def restore(self, site: Site, chosen: Chosen, at: datetime, then: Callable[[int], None] = lambda _: None) -> int:
        """See Store."""
        self._check_space()
        return self._file(site).restore(chosen, at, then)

    def withdraw(self, site: Site, at: datetime, then: Callable[[int], None] = lambda _: None) -> int:
        """See Store."""
        self._check_space()
        return self._file(site).withdraw(at, then)

    def seal_apart(self, site: Site, before: date) -> None:
        """See Store."""
        ((fine,),) = self._file(site).read(apart_rows.FINE, {"before": before})
        if fine:
            self._file(site).write([Statement(apart_rows.SEAL, {"before": before})])

    def holdings(self, site: Site, before: date | None = None, apart_before: date | None = None) -> Holdings:
        """See Store."""
        asked = {"before": before, "apart_before": apart_before}
        ((first, rows, pruned_at, unerased, apart),) = self._file(site).read(_HOLDINGS, asked)
        return Holdings(first, rows, pruned_at and pruned_at.replace(tzinfo=UTC), unerased, apart)

    def retire(self, site: Site, retired: Retired) -> None:
        """See Store."""
        named = structs.asdict(retired)
        script = Statement(_RETIRE, {**named, "corrected": Reason.CORRECTED.value})
        self._file(site).write([*retired.rest, script], beside=True)

    def compact(self, site: Site) -> None:
        """See Store."""
        self._check_space()
        self._file(site).compact()

    def erased(self, site: Site) -> None:
        """See Store."""
        self._file(site).write([Statement("DELETE FROM unerased", {})])

    def size(self, site: Site) -> int:
        """See Store."""
        return self._file(site).size()

    def slack(self, site: Site) -> int:
        """See Store."""
        ((slack,),) = self._file(site).read("SELECT free_blocks * block_size FROM pragma_database_size()", {})
        return int(slack)

    def backup(self, site: Site) -> dict[str, int]:
        """See Store."""
        self._check_space()
        return self._file(site).backup()

    def parquet(self, columns: Mapping[str, Sequence[Any]]) -> bytes:
        """See Store."""
        return written(columns, self._folders.work)

    def erase(self, site: Site) -> None:
        """See Store. A question that is being answered at this moment fails."""
        with self._lock:
            self._erased.add(site.id)
            file = self._files.pop(site.id, None)
        if file:
            file.close()
        for folder in structs.astuple(self._folders):
            _unlink_all(folder.glob(f"{site.id}.*"))

    def release_memory(self, idle: float = 60.0) -> None:
        """See Store."""
        with self._lock:
            files = sorted(self._files.values(), key=lambda file: file.used)
        held = {file: file.memory() for file in files}
        excess = sum(held.values()) - self._limits.memory
        for file in files:
            if excess > 0 and held[file] and time.monotonic() - file.used >= idle and file.let_go():
                excess -= held[file]

    def _make_room(self) -> None:
        """Makes room for one more open file: beyond the limit, those used longest ago are closed."""
        are_open = [file for file in self._files.values() if file.is_open]
        excess = len(are_open) + 1 - self._most_open
        for file in sorted(are_open, key=lambda file: file.used) if excess > 0 else ():
            excess -= file.let_go()
            if not excess:
                return

    def close(self) -> None:
        """See Store."""
        with self._lock:
            files, self._files = self._files, {}
        for file in files.values():
            file.close()

    def _check_space(self) -> None:
        """Refuses writes to a full disk: a DuckDB that runs out of space half-way cannot be used any more."""
        if shutil.disk_usage(self._folders.sites).free < self._limits.reserve:
            reserve = self._limits.reserve // 1024**2
            raise StoreUnavailable(
                f"less than {reserve} MB of disk are free (setting disk_reserve); it goes on when more are"
            )

    def _file(self, site: Site) -> SiteFile:
        if os.getpid() != self._owner:
            raise RuntimeError("a DuckDB file must not cross a fork")
        with self._lock:
            file = self._files.get(site.id)
            if file is None or not file.is_open:
                self._make_room()
            if file is None:
                file = self._files[site.id] = self._opened(site)
            return file

    def _opened(self, site: Site) -> SiteFile:
        if site.id in self._erased:
            raise StoreUnavailable(f"the site {site.id} was removed")
        if not _FILE_NAME.fullmatch(site.id):
            raise ValueError("a site id is letters and digits")
        if not (self._folders.sites / f"{site.id}.duckdb").exists():
            self._check_space()
        try:
            return SiteFile(site.id, self._folders, self._limits, self._in_doubt, self._changes)
        except OSError as error:
            raise StoreUnavailable(f"the file of site {site.id} cannot be opened: {error}") from error


def _unlink_all(paths: Iterable[Path]) -> None:
    try:
        for path in paths:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"{error.filename} cannot be erased: {error}") from error


def spans(first: date, last: date, zone: str) -> dict[str, list[Any]]:
    """These days, and the first moment of each and after it, UTC without a zone, as ``seal.sql`` takes them."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 2)]
    edges = [datetime.fromtimestamp(start_of_day(day, zone), UTC).replace(tzinfo=None) for day in days]
    return {"days": days[:-1], "starts": edges[:-1], "ends": edges[1:]}


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
