"""How long dashboards take on large sites, beside plain SQL over one wide table.

    python benchmarks/queries.py [--events 1 10 100] [--ingest 1000] [--keep FOLDER]

For each size (in million events, over 12 months, with 50,000 pages and 1,000 sources as skewed as the web's) a site's
file is made, its days are sealed and its months closed, and every panel of the dashboard is asked through the engine
that pages and API use, warm and cold, for 30 days and 12 months, with 0, 1 and 2 filters, while events come in; and the
dashboard as a whole, as its page asks it: with comparisons, the tree of sections and the ledger. No answer is remembered,
but for the last table, of pages that are looked at once more. The same is then asked
as plain SQL over the same events as one wide table in the order of time, which is what other tools on DuckDB do. One
process, ``memory_limit`` 512 MB, one thread a question. Figures are milliseconds.
"""

import argparse
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NoReturn

import duckdb
from msgspec import json

sys.path.insert(0, str(Path(__file__).parent.parent))

from analytics.boards.reading import dashboards
from analytics.clock import start_of_day
from analytics.ingest.sealer import Sealer
from analytics.model import Row
from analytics.panels import Panel
from analytics.query.derivation import Derivation
from analytics.query.run import REMEMBERED, Answers
from analytics.resources import folder
from analytics.site import Site
from analytics.store.base import Load
from analytics.store.duckdb.dialect import DuckDBDialect
from analytics.store.duckdb.engine import DuckDBStore
from analytics.store.duckdb.limits import Folders, Limits
from analytics.web.accounts.viewer import OWNER
from analytics.web.dashboards.board import AT_ONCE, made
from analytics.web.question.arguments import parsed
from analytics.web.question.asker import Asker
from analytics.web.question.selection import Selection
from tests.rows import made_row

SITE = Site(id="bench", domain="bench.example", timezone="Europe/Berlin")
FIRST, LAST = date(2025, 11, 1), date(2026, 10, 31)
TODAY = LAST + timedelta(days=1)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp()
DIFFERENT_DAYS = 14
"""Days that are made; the others are copies of them with other visitors."""
RUNS = 5
REBUILT = 10_000_000
"""Events of the largest site that is also rebuilt."""
RANGES = {"30 days": "30d", "12 months": [FIRST.isoformat(), LAST.isoformat()]}
FILTERS: dict[str, list[Any]] = {
    "no filter": [],
    "country": [["is", "visit:country", ["DE"]]],
    "country+device": [["is", "visit:country", ["DE"]], ["is", "visit:device", ["Mobile"]]],
    "section": [["is", "event:section", ["/section-0"]]],
    "page": [["is", "event:page", ["/section-0/page-0"]]],
    "source+page has": [["is", "visit:source", ["Source 77"]], ["contains", "event:page", ["page-1"]]],
}
WIDE = {
    "event:page": "path",
    "event:section": "split_part(path, '/', 2)",
    "visit:source": "source",
    "visit:country_name": "country",
    "visit:device": "device",
    "time": "date_trunc('month', day)",
}
"""Dimension -> the same in plain SQL; other panels are left out there."""
WIDE_METRICS = {
    "visitors": "count(DISTINCT visitor)",
    "visits": "count(DISTINCT visit)",
    "pageviews": "count(*) FILTER (name = 'pageview')",
}
WIDE_FILTERS = ["true", "country = 'DE'", "country = 'DE' AND device = 'Mobile'"]


def main() -> None:
    """Runs the benchmark and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=float, nargs="+", default=[1, 10, 100], help="million events of each site")
    parser.add_argument("--ingest", type=int, default=1000, help="events a second that come in meanwhile; 0: none")
    parser.add_argument("--keep", type=Path, help="make the sites here, or use those that are here")
    parser.add_argument("--no-wide", action="store_true", help="leave out plain SQL over one wide table")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for millions in asked.events:
            measure((asked.keep or Path(scratch)) / f"{millions:g}", int(millions * 1_000_000), asked)


def measure(place: Path, events: int, asked: argparse.Namespace) -> None:
    """Prints one size."""
    print(f"\n## {events:,} events\n", flush=True)
    if not place.exists():
        make(place, events)
    panels = shown()
    clear(place)
    with opened(place) as store:
        ((stored,),) = store.query(SITE, "SELECT count(*) FROM events", {})
        size = store.size(SITE)
        print(f"{stored:,} events stored, {size / stored:.1f} bytes each with roll-ups ({size / 2**20:,.0f} MB)", flush=True)
        with arriving(store, asked.ingest):
            ask_page(store, "warm")
            ask_page(store, "once more", REMEMBERED)
            ask_all(store, panels)
        highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"\nresident memory: {resident():,.0f} MB, at its highest {highest:,.0f} MB", flush=True)
    cold(place, panels)
    if not asked.no_wide:
        plain(place, panels)


def resident() -> float:
    """Megabytes of this process that are in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def shown() -> list[Panel]:
    """The panels of the dashboard that ask questions."""
    main = dashboards(folder("dashboards"))[0]
    return [panel for panel in main.panels if (panel.query.metrics or panel.query.dimensions)]


# --- making a site ---------------------------------------------------------------------------------------


def make(place: Path, events: int) -> None:
    """Makes the site's file and the wide table, and seals the site."""
    with opened(place) as store:
        store.days(SITE)
    began = time.monotonic()
    generate(database(place), place / "wide.duckdb", events)
    print(f"made in {time.monotonic() - began:.0f} s", flush=True)
    with opened(place) as store:
        sealer = Sealer(store, lambda: NOW, Derivation(Owner.sections.all, DuckDBDialect()), lambda: False)
        began = time.monotonic()
        sealer.seal(SITE)
        print(f"sealed, rolled up and months closed in {time.monotonic() - began:.0f} s", flush=True)
        if events <= REBUILT:
            began = time.monotonic()
            sealer.rebuild(SITE)
            print(f"all of that rebuilt in {time.monotonic() - began:.0f} s", flush=True)
        began = time.monotonic()
        for month in store.unnumbered(SITE, datetime.now(UTC)):  # which the sealer would do two hours later
            store.number(SITE, month)
        store.compact(SITE)
        print(f"visits numbered in {time.monotonic() - began:.0f} s", flush=True)


def generate(path: Path, wide: Path, events: int) -> None:
    """Fills the site's events, and the same into one wide table."""
    connection = duckdb.connect(path, config={"memory_limit": "4GiB", "threads": "2"})
    days = (LAST - FIRST).days + 1
    visits = max(int(events / days / 4.85), 10)
    traffic = (Path(__file__).parent / "traffic.sql").read_text(encoding="utf-8")
    for number in range(DIFFERENT_DAYS):
        into = "INSERT INTO made" if number else "CREATE TEMP TABLE made AS"
        connection.execute(f"{into} {traffic}", {"number": number, "visits": visits})
    for number in range(days):
        day = FIRST + timedelta(days=number)
        start, end = (start_of_day(day + timedelta(days=each), SITE.timezone) for each in (0, 1))
        begin = datetime.fromtimestamp(start, UTC).replace(tzinfo=None)
        connection.execute(
            """INSERT INTO stored BY NAME
               SELECT * EXCLUDE (number, second) REPLACE (
                   hash(visit, $day) AS visit, hash(visitor, $day, second // $length) AS visitor),
                   $day + CAST(second // $length AS INTEGER) AS day, $begin + to_seconds(second) AS time
               FROM made WHERE number = $number ORDER BY second""",
            {"day": day, "begin": begin, "length": int(end - start), "number": number % DIFFERENT_DAYS},
        )
    connection.execute("DELETE FROM stored WHERE day > $last", {"last": LAST})
    connection.execute("INSERT INTO days (day) SELECT DISTINCT day FROM events")
    connection.execute(f"ATTACH '{wide}' AS wide")
    columns = ", ".join(Row.__struct_fields__)
    connection.execute(f"CREATE TABLE wide.events AS SELECT {columns} FROM events")
    connection.close()


def clear(place: Path) -> None:
    """Takes away what came in while an earlier run measured."""
    connection = duckdb.connect(database(place))
    for table in ("stored", "days"):
        connection.execute(f"DELETE FROM {table} WHERE day > $last", {"last": LAST})
    connection.close()


def database(place: Path) -> Path:
    """The site's file."""
    return place / "sites" / f"{SITE.id}.duckdb"


@contextmanager
def opened(place: Path) -> Iterator[DuckDBStore]:
    """The store, as the service opens it."""
    folders = Folders(*(place / name for name in ("sites", "quarantine", "work", "backups")))
    store = DuckDBStore(folders, Limits(512 * 2**20, 1, 600, 0), in_doubt)
    try:
        yield store
    finally:
        store.close()


def in_doubt(problem: str) -> NoReturn:
    """The benchmark ends here."""
    sys.exit(problem)


# --- asking ----------------------------------------------------------------------------------------------


class Nothing:
    """A part of the control store in which nothing is kept."""

    def all(self, _site: Site) -> list[Any]:
        """None."""
        return []


class Owner:
    """As much of the control store as questions need: nothing is laid down."""

    sections = goals = segments = funnels = notes = Nothing()


def answers(store: DuckDBStore, remembered: int = 0) -> Answers:
    """The engine on this store, with a memory for so many statements."""
    return Answers(store, Owner(), lambda: NOW, lambda _site: None, DuckDBDialect(), remembered)  # type: ignore[arg-type]


def question(panel: Panel, date_range: Any, filters: list[Any]) -> Mapping[str, Any]:
    """The panel's question for this range and these filters."""
    asked: dict[str, Any] = {"metrics": list(panel.query.metrics) or ["visitors"], "date_range": date_range}
    asked["dimensions"] = list(panel.query.dimensions)
    return {**asked, "filters": [*panel.query.filters, *filters], "pagination": {"limit": panel.query.limit}}


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def ask_all(store: DuckDBStore, panels: list[Panel]) -> None:
    """Prints each panel, warm, for every range and set of filters."""
    engine = answers(store)
    for name, date_range in RANGES.items():
        table = {}
        for panel in panels:
            columns = []
            for filters in FILTERS.values():
                asked = question(panel, date_range, filters)
                columns.append(sorted(timed(partial(engine.answer, SITE, asked)) for _ in range(RUNS)))
            table[panel.name] = columns
        show(name, table)


def ask_page(store: DuckDBStore, look: str, remembered: int = 0) -> None:
    """Prints the dashboard as a whole, as its page asks it, but for the markup."""
    shelf, engine = dashboards(folder("dashboards")), answers(store, remembered)

    def page(selection: Selection) -> None:
        with engine.sitting(SITE, at_once=AT_ONCE) as sitting:
            made(shelf, Asker(engine, sitting, SITE, selection, lambda: NOW, OWNER, Owner()))  # type: ignore[arg-type]

    print(f"\nthe whole dashboard, {look}: p50 / p95\n" + " " * 14 + "".join(f"{title:>18}" for title in FILTERS))
    for period in ("12mo", "28d", "day"):
        columns = []
        for filters in FILTERS.values():
            texts = [",".join((operation, dimension, *values)) for operation, dimension, values in filters]
            selection, _ = parsed({"period": [period], "f": texts})
            page(selection)
            columns.append(sorted(timed(partial(page, selection)) for _ in range(RUNS)))
        print(f"{period:14}" + "".join(f"{median(runs):>9.0f} /{runs[-1]:>6.0f} " for runs in columns), flush=True)


def show(name: str, table: dict[str, list[list[float]]]) -> None:
    """One range: median and worst of the runs, a row a panel; and what all panels take together."""
    print(f"\n{name}, warm: p50 / p95\n{'':14}" + "".join(f"{title:>18}" for title in FILTERS))
    for panel, columns in table.items():
        print(f"{panel:14}" + "".join(f"{median(runs):>9.0f} /{runs[-1]:>6.0f} " for runs in columns), flush=True)
    together = [sum(median(columns[number]) for columns in table.values()) for number in range(len(FILTERS))]
    print(f"{'all panels':14}" + "".join(f"{total:>10.0f}{'':8}" for total in together), flush=True)


def cold(place: Path, panels: list[Panel]) -> None:
    """Each panel once, on a file that was just opened and is in no cache."""
    took = {}
    for panel in panels:
        with database(place).open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        with opened(place) as store:
            took[panel.name] = timed(partial(answers(store).answer, SITE, question(panel, RANGES["12 months"], [])))
    print(
        "\n12 months, cold, the file just opened: " + ", ".join(f"{name} {ms:.0f}" for name, ms in took.items()), flush=True
    )


@contextmanager
def arriving(store: DuckDBStore, rate: int) -> Iterator[None]:
    """Loads so many of today's events a second meanwhile, twice a second, as the service does while somebody looks."""
    stop = threading.Event()

    def arrive() -> None:
        seq = 0
        while rate and not stop.wait(0.5):
            rows = [made_row(day=TODAY.isoformat(), time=f"{TODAY}T11:00:00", visit=seq * rate + n, visitor=seq * rate + n,
                             path=f"/section-0/page-{n}", country="DE") for n in range(rate // 2)]  # fmt: skip
            store.load(SITE, Load([json.encode(row) for row in rows], {}, [], []))
            seq += 1

    thread = threading.Thread(target=arrive)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


# --- plain SQL -------------------------------------------------------------------------------------------


def _fetched(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Any]:
    return connection.execute(sql).fetchall()


def plain(place: Path, panels: list[Panel]) -> None:
    """The same questions as plain SQL over the wide table."""
    limits = {"memory_limit": "512MiB", "threads": "2", "temp_directory": str(place / "work")}
    connection = duckdb.connect(place / "wide.duckdb", read_only=True, config=limits)
    print("\n12 months as plain SQL over one wide table (no filter, country, country+device):")
    for panel in panels:
        metrics = [WIDE_METRICS[metric] for metric in (panel.query.metrics or ("visitors",)) if metric in WIDE_METRICS]
        keys = [WIDE.get(name, "") for name in panel.query.dimensions]
        if not all(keys):
            continue
        grouped = f"GROUP BY {keys[0]}" if keys else ""
        took = []
        for test in WIDE_FILTERS:
            chosen = f"SELECT {', '.join([*keys, *metrics])} FROM events WHERE {test} {grouped}"
            asked = partial(_fetched, connection, f"{chosen} ORDER BY {len(keys) + 1} DESC LIMIT 9")
            try:
                took.append(f"{min(timed(asked) for _ in range(2)):.0f}")
            except duckdb.OutOfMemoryException:
                took.append("memory")
        print(f"{panel.name:14}" + "".join(f"{ms:>10}" for ms in took), flush=True)
    connection.close()


if __name__ == "__main__":
    main()
