"""D7: rows go when they are too old, their totals stay, the file shrinks, and what was done is known."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
from msgspec import json
from msgspec.structs import replace

from analytics.errors import NotFound, StoreUnavailable
from analytics.ingest.retention import Due, Retention
from analytics.ingest.sealer import Sealer
from analytics.model import Row
from analytics.query import register as registering
from analytics.query.derivation import Derivation
from analytics.query.register import Register
from analytics.query.run import Answers
from analytics.site import Correction, Site
from analytics.store.base import Load, Retired
from analytics.store.control.store import ControlStore
from analytics.store.duckdb.dialect import DuckDBDialect
from analytics.store.duckdb.engine import DuckDBStore
from analytics.store.duckdb.limits import Folders, Limits
from tests.query.rows import Made, visit
from tests.rows import made_apart

DIALECT = DuckDBDialect()
ALL = ["visitors", "visits", "pageviews", "events", "bounce_rate", "visit_duration", "views_per_visit"]
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"metrics": ALL},
    {"metrics": ALL, "dimensions": ["time:month"]},
    {"metrics": ALL, "dimensions": ["time:day"]},
    {"metrics": ["visitors", "visits", "pageviews"], "dimensions": ["event:page"]},
    {"metrics": ["visitors", "visits"], "dimensions": ["visit:entry_page"]},
    {"metrics": ["visitors", "visits"], "dimensions": ["visit:exit_page"]},
    {"metrics": ["visitors", "bounce_rate"], "dimensions": ["visit:source"]},
    {"metrics": ["visitors"], "dimensions": ["visit:country"]},
    {"metrics": ALL, "filters": [["is", "visit:source", ["Google"]]]},
    {"metrics": ALL, "filters": [["is_not", "visit:country", ["DE"]]]},
)
"""Each has roll-ups."""


class Year:
    """A site with visits from March to June, in June."""

    def __init__(self, folder: Path) -> None:
        def in_doubt(problem: str) -> NoReturn:
            raise AssertionError(problem)

        self.now = datetime(2026, 6, 20, 12, tzinfo=UTC).timestamp()
        self.folders = Folders(*(folder / name for name in ("sites", "quarantine", "work", "backups")))
        self.control = ControlStore(folder / "control.sqlite", lambda: self.now)
        self.site = self.control.sites.add("shop.example", "UTC")
        kept = self.control.corrections
        self.store = DuckDBStore(self.folders, Limits(256 << 20, 1, 20, 0), in_doubt, registering.standing(kept, DIALECT))
        self.answers = Answers(self.store, self.control, lambda: self.now, lambda _site: None, DIALECT)
        self.register = Register(self.store, kept, self.answers, DIALECT, lambda: self.now, lambda _site: None)
        derivation = Derivation(lambda _site: [], DIALECT)
        self.sealer = Sealer(self.store, lambda: self.now, derivation, lambda: False)
        self.backed_up: list[str] = []
        self.retention = Retention(
            store=self.store,
            sites=lambda: [self.site],
            clock=lambda: self.now,
            settle=self.register.settle,
            rest=derivation.rest,
            back_up=lambda site: self.backed_up.append(site.domain),
        )

    def keep(self, rows: int, totals: int = 0) -> None:
        settings = replace(self.site.settings, keep_rows_months=rows, keep_totals_months=totals)
        self.site = self.control.sites.change(replace(self.site, settings=settings))

    def load(self, rows: Sequence[Made]) -> None:
        encoded = [json.encode(Row(**{**row, "time": row["time"].isoformat()})) for row in rows]
        assert not self.store.load(self.site, Load(encoded, {}, [], []))

    def ask(self, first: str, last: str, question: dict[str, Any]) -> Any:
        found = self.answers.answer(self.site, {**question, "date_range": [first, last]})
        return [(row["dimensions"], row["metrics"]) for row in found.results]

    def count(self, table: str) -> int:
        ((rows,),) = self.store.query(self.site, f"SELECT count(*) FROM {table}", {})
        return int(rows)


DAYS = ("03-02", "03-09", "03-20", "04-04", "04-11", "05-05", "06-03")


def rows() -> list[Made]:
    """A visit on each of a few days, at noon or over midnight, of two pages."""
    made: list[Made] = []
    for number, text in enumerate(DAYS):
        day = date.fromisoformat(f"2026-{text}")
        over = number in (1, 3)
        first, second = (f"{day} 23:50", f"{day + timedelta(days=1)} 00:10") if over else (f"{day} 12:00", f"{day} 12:09")
        made += visit(
            number, (first, {"path": "/a"}), (second, {"path": f"/{number % 3}"}),
            source="Google" if number % 2 else "", country="DE" if number % 3 else "AT",
        )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def kept_year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Year, list[Any]]]:
    """The rows of one whole month are kept; with the answers that there were before."""
    year = Year(tmp_path_factory.mktemp("year"))
    year.load(rows())
    year.sealer.seal(year.site)
    before = [year.ask("2026-03-01", "2026-04-30", question) for question in QUESTIONS]
    year.keep(1)
    assert year.retention.due(year.site) == Due(date(2026, 5, 1), 10, None)
    assert year.retention.prune(year.site) == Due(date(2026, 5, 1), 10, None)
    yield year, before
    year.store.close()
    year.control.close()


@pytest.mark.parametrize("number", range(len(QUESTIONS)))
def test_totals_stay_when_rows_go(kept_year: tuple[Year, list[Any]], number: int) -> None:
    """Visits over midnight too: nothing that a roll-up can answer changes."""
    year, before = kept_year
    assert sorted(year.ask("2026-03-01", "2026-04-30", QUESTIONS[number])) == sorted(before[number])


@pytest.mark.parametrize(
    ("first", "question", "told"),
    [
        ("2026-03-01", {"filters": [["is", "visit:country", ["DE"]], ["is", "event:page", ["/a"]]]}, True),
        ("2026-03-01", {"filters": [["is", "visit:country", ["DE"]], ["is", "visit:device", ["(not set)"]]]}, True),
        ("2026-05-01", {"filters": [["is", "visit:country", ["DE"]], ["is", "visit:device", ["(not set)"]]]}, False),
        ("2026-03-01", {"dimensions": ["time:hour"]}, True),
        ("2026-03-05", {"dimensions": ["event:page"]}, True),
        ("2026-05-01", {"dimensions": ["time:hour"]}, False),
        ("2026-03-01", {"dimensions": ["event:page"]}, False),
        ("2026-03-01", {"dimensions": ["time:day"]}, False),
        ("2026-03-05", {"filters": [["is", "visit:country", ["DE"]]]}, False),
    ],
)
def test_an_answer_says_when_it_had_needed_rows_that_are_gone(
    kept_year: tuple[Year, list[Any]], first: str, question: dict[str, Any], told: bool
) -> None:
    year, _ = kept_year
    asked = {"metrics": ["visitors"], "date_range": [first, "2026-06-20"], **question}
    found = year.answers.answer(year.site, asked).meta.get("rows_from")
    assert found == (date(2026, 5, 1) if told else None)


def test_the_rows_are_gone_and_the_file_was_written_anew(kept_year: tuple[Year, list[Any]]) -> None:
    year, _ = kept_year
    assert year.store.query(year.site, "SELECT min(day) FROM events", {}) == [(date(2026, 5, 5),)]
    assert year.count("unerased") == 0
    assert year.backed_up == ["shop.example"]


def test_attributes_of_the_person_are_kept_together_no_longer_than_rows(kept_year: tuple[Year, list[Any]]) -> None:
    """Four tell more of somebody than one; of each by itself there are totals still."""
    year, _ = kept_year
    first = "SELECT min(day) FROM (FROM rollup_days UNION ALL FROM rollup_months) WHERE dimension = $name"
    found = {name: year.store.query(year.site, first, {"name": name})[0][0] for name in ("people", "visit:country")}
    assert found == {"people": date(2026, 5, 1), "visit:country": date(2026, 3, 1)}


def test_the_ledger_still_adds_up(kept_year: tuple[Year, list[Any]]) -> None:
    year, _ = kept_year
    days = year.answers.ledger(year.site, date(2026, 3, 1), date(2026, 6, 20))
    assert sum(day.received for day in days) == len(rows())


def test_what_was_done_and_what_is_next_is_known(kept_year: tuple[Year, list[Any]]) -> None:
    year, _ = kept_year
    upkeep = year.retention.upkeep(year.site)
    assert upkeep.last == datetime(2026, 6, 20, 12, tzinfo=UTC)
    assert upkeep.due == Due(None, 0, None)
    assert upkeep.size > 0


def test_late_rows_of_a_retired_day_are_refused_with_their_reason(kept_year: tuple[Year, list[Any]]) -> None:
    """Its totals could not be made again."""
    year, before = kept_year
    year.load(visit(1, ("2026-04-29 10:00", {})))
    assert year.store.query(year.site, "SELECT min(day) FROM events", {}) == [(date(2026, 5, 5),)]
    (day,) = year.answers.ledger(year.site, date(2026, 4, 29), date(2026, 4, 29))
    assert day.dropped == {"too_old": 1}
    assert year.ask("2026-03-01", "2026-04-30", QUESTIONS[0]) == before[0]


def test_a_correction_beside_a_retired_month_leaves_its_totals(kept_year: tuple[Year, list[Any]]) -> None:
    year, before = kept_year
    made = year.register.make(year.site, Correction(kind="ignore", filters=[["is", "event:page", ["/a"]]]), by="")
    year.sealer.seal(year.site)
    assert year.ask("2026-03-01", "2026-04-30", QUESTIONS[0]) == before[0]
    year.register.undo(year.site, made.id, by="")
    year.sealer.seal(year.site)


def test_a_day_later_it_is_due_again_and_not_before(kept_year: tuple[Year, list[Any]]) -> None:
    year, _ = kept_year
    found = year.count("prunings")
    year.retention.prune_due()
    assert year.count("prunings") == found
    year.now += 86400
    year.retention.prune_due()
    assert year.count("prunings") == found + 1


def test_a_site_that_cannot_be_pruned_holds_up_no_other(kept_year: tuple[Year, list[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    year, _ = kept_year
    year.now += 2 * 86400
    other = year.control.sites.add("blog.example", "UTC")
    monkeypatch.setattr(year.retention, "_sites", lambda: [year.site, other])
    retire = year.store.retire

    def refused(site: Site, retired: Retired) -> None:
        if site == year.site:
            raise StoreUnavailable("out of memory")
        retire(site, retired)

    monkeypatch.setattr(year.store, "retire", refused)
    with pytest.raises(StoreUnavailable, match="out of memory"):
        year.retention.prune_due()
    assert year.store.holdings(other).pruned_at


@pytest.fixture
def year(tmp_path: Path) -> Iterator[Year]:
    year = Year(tmp_path)
    year.load(rows())
    yield year
    year.store.close()
    year.control.close()


def test_rows_stay_until_their_month_is_closed(year: Year) -> None:
    """Without roll-ups nothing would be left."""
    year.keep(1)
    assert year.retention.prune(year.site) == Due(None, 0, None)
    assert year.count("events") == len(rows())


def test_totals_go_when_they_are_too_old_as_well(year: Year) -> None:
    left_out = {"2026-03-20": 3, "2026-04-04": 2}
    year.store.load(year.site, Load([], {}, [], [], left_out=left_out))
    year.sealer.seal(year.site)
    year.keep(1, totals=2)
    year.retention.prune(year.site)
    ledger = year.answers.ledger(year.site, date(2026, 3, 1), date(2026, 4, 30))
    assert {str(day.day): day.left_out for day in ledger if day.left_out} == {"2026-04-04": 2}
    assert year.ask("2026-03-01", "2026-03-31", QUESTIONS[0]) == [([], [0, 0, 0, 0, None, None, None])]
    assert year.ask("2026-04-01", "2026-04-30", QUESTIONS[0])[0][1][0] > 0


@pytest.mark.parametrize(("later", "left"), [(0, 2), (30, 2), (34, 2), (35, 1), (41, 1), (42, 0)])
def test_d18_what_is_kept_apart_goes_by_whole_weeks_after_thirty_days(year: Year, later: int, left: int) -> None:
    """``later``: days after Wednesday 20 May. The file is written anew once a week at most."""
    kept = [json.encode(made_apart(day=date(2026, 5, day), visit=day)) for day in (20, 28)]
    dropped = {("2026-05-20", "bot"): 1, ("2026-05-28", "bot"): 1}
    year.store.load(year.site, Load([], dropped, [], [], apart=kept))
    year.now = datetime(2026, 5, 20, 12, tzinfo=UTC).timestamp() + later * 86400
    assert year.retention.prune(year.site).apart == 2 - left
    assert year.count("apart") == left
    assert bool(year.backed_up) == (left < 2)
    ledger = year.answers.ledger(year.site, date(2026, 5, 1), date(2026, 5, 31))
    assert sum(day.dropped.get("bot", 0) for day in ledger) == 2


def test_what_is_to_be_erased_is_owed_until_a_backup_is_without_it(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copying the file for another reason, or a backup that fails, leaves it owed: it is tried again at the next look, and not
    a day later."""
    made = year.register.make(year.site, Correction(kind="delete", filters=[["is", "event:page", ["/a"]]]), by="")
    year.retention.prune(year.site)
    year.register.erase(year.site, made.id, by="ada@example.org")
    year.store.compact(year.site)

    def refused(_site: object) -> None:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(year.retention, "_back_up", refused)
        with pytest.raises(StoreUnavailable):
            year.retention.prune_due()
    assert (year.store.holdings(year.site).unerased, year.backed_up) == (True, [])
    year.retention.prune_due()
    assert (year.store.holdings(year.site).unerased, year.backed_up) == (False, ["shop.example"])
    with pytest.raises(NotFound, match="already been erased"):
        year.register.erase(year.site, made.id, by="")


def test_what_corrections_took_out_goes_after_thirty_days(year: Year) -> None:
    """D23: first kept for an undo, then erased; the ledger knows for ever."""
    year.register.make(year.site, Correction(kind="ignore", filters=[["is", "event:page", ["/a"]]]), by="")
    taken = year.count("set_aside")
    year.now += 29 * 86400
    year.retention.prune(year.site)
    assert (year.count("set_aside"), year.backed_up) == (taken, [])
    year.now += 2 * 86400
    year.retention.prune(year.site)
    assert (year.count("set_aside"), year.backed_up) == (0, ["shop.example"])
    days = year.answers.ledger(year.site, date(2026, 3, 1), date(2026, 6, 20))
    assert sum(day.dropped.get("corrected", 0) for day in days) == taken
