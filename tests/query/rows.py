"""Rows of ``events`` for tests, an engine in memory that holds them, and one call that asks a question."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

import analytics
from analytics.model import ENGAGEMENT, PAGEVIEW, Row
from analytics.query import midnights, rollups
from analytics.query.answering import Result
from analytics.query.run import Answers
from analytics.site import Goal, SectionRule, Segment, Site, SiteSettings
from analytics.store.base import Read
from analytics.store.duckdb.dialect import DuckDBDialect
from analytics.store.duckdb.engine import spans

_ENGINE = Path(analytics.__file__).parent / "store/duckdb"
FIELDS = Row.__struct_fields__
_TEXTS = dict.fromkeys(FIELDS[FIELDS.index("referrer"):], "")

Made = dict[str, Any]


def row(at: datetime | str, zone: str = "UTC", **fields: Any) -> Made:
    """One event at ``at`` (a moment, or the clock of ``zone``); what is not said is the plainest page view."""
    if isinstance(at, str):
        at = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(zone))
    plain = {
        "day": at.astimezone(ZoneInfo(zone)).date(), "time": at.astimezone(UTC).replace(tzinfo=None),
        "seq": 0, "gap": 0, "visitor": 1, "visit": 1, "name": PAGEVIEW, "hostname": "shop.example", "path": "/",
        "interactive": fields.get("name") != ENGAGEMENT, "engaged": 0, "scroll": 0, "revenue": None, "currency": "", "props": {},
    }  # fmt: skip
    return {**plain, **_TEXTS, **fields}


def visit(number: int, *events: tuple[str, Mapping[str, Any]], zone: str = "UTC", **shared: Any) -> list[Made]:
    """The events of one visit, each (clock of the zone, fields); sequence, gaps and the day's visitor follow. Reading time
    follows directly on what was read."""
    made: list[Made] = []
    seq = 1
    for clock, fields in events:
        new = row(clock, zone, seq=seq, visit=number, **{**shared, **fields})
        if made and new["name"] == ENGAGEMENT:
            new["seq"] = made[-1]["seq"] + 1
        seq = new["seq"] + 3
        new["gap"] = int((new["time"] - made[-1]["time"]).total_seconds()) if made else 0
        new.setdefault("visitor", 0)
        if "visitor" not in shared:
            new["visitor"] = number * 1000 + new["day"].toordinal() % 1000
        made.append(new)
    return made


class MemoryStore:
    """As much of ``Store`` as questions need, in memory; says which statements it was asked."""

    def __init__(self) -> None:
        self._database = duckdb.connect(":memory:", config={"threads": "1"})
        for schema in sorted((_ENGINE / "schema").glob("*.sql")):
            self._database.execute(schema.read_text(encoding="utf-8"))
        self._tables = [name for (name,) in self._database.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        self._versions = count()
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def empty(self) -> None:
        """Forgets all rows and all that was asked: making another engine takes ten times as long."""
        for table in self._tables:
            self._database.execute(f"DELETE FROM {table}")
        self.asked.clear()

    def hold(self, rows: Sequence[Made]) -> None:
        """Holds these rows and no others, all of open days."""
        for table in ("stored", "days", "months", "month_ends", "rollup_days", "rollup_months"):
            self._database.execute(f"DELETE FROM {table}")
        if not rows:
            return
        columns = {name: [made[name] for made in rows] for name in FIELDS if name != "props"}
        columns["keys"] = [list(made["props"]) or [None] for made in rows]
        columns["values"] = [list(made["props"].values()) or [None] for made in rows]
        lists = ", ".join(f"unnest(${name}) AS {name}" for name in columns)
        props = """CASE WHEN keys[1] IS NULL THEN MAP([]::VARCHAR[], []::VARCHAR[])
                   ELSE MAP(keys::VARCHAR[], values::VARCHAR[]) END"""
        chosen = ", ".join(f"{props} AS props" if name == "props" else f'"{name}"' for name in FIELDS)
        self._database.execute(f"INSERT INTO stored BY NAME SELECT {chosen} FROM (SELECT {lists})", columns)
        self._database.execute("INSERT INTO days (day) SELECT DISTINCT day FROM events")

    def seal(
        self, first: date, last: date, zone: str, rules: Sequence[SectionRule] = (), *,
        months: bool = False, rolled: Iterable[str] = rollups.ROLLED,
    ) -> None:  # fmt: skip
        """Seals these days with the engine's own scripts, closes the months in them and numbers their visits; ``rolled``: with
        these roll-ups."""
        rolled = {*rolled, "event:page"} if months else rolled
        derived = rollups.derived(first, last, zone, rules, DuckDBDialect(), rolled)
        named = {"first": first, "last": last, "sealed_at": datetime(2026, 1, 1), "zone": zone, "rules": derived.rules}
        for script in ("unsettled", "seal", "seal_days"):
            self._script(script, **named, **spans(first, last, zone), part=0, parts=1)
        for made in derived.statements:
            self._database.execute(made.sql, dict(made.parameters))
        month = first.replace(day=1)
        while months and (month + timedelta(days=31)).replace(day=1) <= last + timedelta(days=1):
            for script in ("outside", "order_month", "forget_month"):
                self._script(script, month=month)
            for made in midnights.derived(month, zone, rules, DuckDBDialect(), rolled).statements:
                self._database.execute(made.sql, dict(made.parameters))
            self._script("close_month", month=month, rules=derived.rules)
            self._script("number_month", month=month, base=(month.year * 12 + month.month) << 32)
            month = (month + timedelta(days=31)).replace(day=1)

    def _script(self, name: str, **values: Any) -> None:
        for part in self._database.extract_statements((_ENGINE / f"{name}.sql").read_text(encoding="utf-8")):
            self._database.execute(part, {key: values[key] for key in part.named_parameters})

    def drop(self, day: date, reason: str, events: int) -> None:
        """Adds to the ledger."""
        self._database.execute("INSERT INTO dropped VALUES ($day, $reason, $n)", {"day": day, "reason": reason, "n": events})

    def leave_out(self, day: date, parameters: int) -> None:
        """Adds to what stands beside the ledger."""
        self._database.execute("INSERT INTO left_out VALUES ($day, $n)", {"day": day, "n": parameters})

    def query(self, site: Site, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """As Store."""
        self.asked.append((sql, parameters))
        return self._database.execute(sql, dict(parameters)).fetchall()

    def version(self, site: Site) -> int:
        """As Store: the tests change rows in many ways, so it is always another."""
        return next(self._versions)

    @contextmanager
    def snapshot(self, site: Site, at_once: int = 1) -> Iterator[Read]:
        """As Store."""
        yield lambda asked: self.query(site, asked.sql, asked.parameters)


class Laid:
    """One part of ``ControlStore``: what the owner of a site laid down of a kind."""

    def __init__(self, entries: Iterable[Any]) -> None:
        self.entries = list(entries)

    def all(self, site: Site) -> list[Any]:
        """As in the store."""
        return self.entries


class Owner:
    """As much of ``ControlStore`` as questions need."""

    def __init__(
        self, rules: Iterable[SectionRule] = (), goals: Iterable[Goal] = (), segments: Mapping[int, list[Any]] | None = None
    ) -> None:
        self.sections, self.goals = Laid(rules), Laid(goals)
        self.segments = Laid(Segment(id=id_, name=f"Segment {id_}", filters=found) for id_, found in (segments or {}).items())


class Asked:
    """A site with rows, at a moment, that can be asked."""

    def __init__(
        self, store: MemoryStore, zone: str = "UTC", now: str = "2026-11-18 12:00", rules: Iterable[SectionRule] = (),
        goals: Iterable[Goal] = (), segments: Mapping[int, list[Any]] | None = None, small_cells: int = 1,
    ) -> None:  # fmt: skip
        self.store = store
        self.zone = zone
        self.now = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(zone)).timestamp()
        self.site = Site(id="s1", domain="shop.example", timezone=zone, settings=SiteSettings(small_cells=small_cells))
        self.fresh: list[Site] = []
        owner = Owner(rules, goals, segments)
        self.answers = Answers(store, owner, lambda: self.now, self.fresh.append, DuckDBDialect())  # type: ignore[arg-type]

    def ask(self, metrics: Sequence[str], date_range: Any = "day", **more: Any) -> Result:
        """The answer to a question."""
        return self.answers.answer(self.site, {"metrics": list(metrics), "date_range": date_range, **more})

    def table(self, metrics: Sequence[str], date_range: Any = "day", **more: Any) -> dict[tuple[Any, ...], list[Any]]:
        """Dimensions -> metrics."""
        found = self.ask(metrics, date_range, **more).results
        return {tuple(each["dimensions"]): each["metrics"] for each in found}

    def total(self, metrics: Sequence[str], date_range: Any = "day", **more: Any) -> list[Any]:
        """The one row of a question without dimensions."""
        (only,) = self.ask(metrics, date_range, **more).results
        return list(only["metrics"])
