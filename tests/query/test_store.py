"""Questions to the real engine: rows through its own door, open and sealed, with its own limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest

from analytics.errors import QuestionTooLarge
from analytics.query import rollups
from analytics.query.run import Answers
from analytics.site import Site
from analytics.store.base import Load, Read, Statement
from analytics.store.duckdb.dialect import DuckDBDialect
from analytics.store.duckdb.engine import DuckDBStore
from analytics.store.duckdb.limits import Folders, Limits
from tests.query.rows import FIELDS, Made, Owner, visit

SITE = Site(id="s1", domain="shop.example", timezone="Europe/Berlin")
OTHER = Site(id="s2", domain="other.example", timezone="Europe/Berlin")


def doubt(problem: str) -> NoReturn:
    raise AssertionError(problem)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBStore]:
    folders = Folders(*(tmp_path / name for name in ("sites", "quarantine", "work", "backups")))
    store = DuckDBStore(folders, Limits(memory=128 * 1024**2, threads=1, seconds=20, reserve=0), doubt)
    yield store
    store.close()


def load(store: DuckDBStore, site: Site, rows: list[Made]) -> None:
    encoded = [
        msgspec.json.encode({name: made[name].isoformat() if name == "time" else made[name] for name in FIELDS}) for made in rows
    ]
    store.load(site, Load(rows=encoded, dropped={("2026-11-17", "bot"): 5}, batches=[], positions=[]))


def answers(store: DuckDBStore) -> Answers:
    at = datetime(2026, 11, 18, 11, tzinfo=UTC).timestamp()
    return Answers(store, Owner(), lambda: at, lambda site: None, DuckDBDialect())  # type: ignore[arg-type]


YESTERDAY = [
    *visit(1, ("2026-11-17 10:07", {"path": "/"}), ("2026-11-17 10:09", {"path": "/a", "props": {"plan": "free"}}),
           zone="Europe/Berlin", country="DE"),
    *visit(2, ("2026-11-17 23:58", {"path": "/b"}), ("2026-11-18 00:03", {"path": "/c"}), zone="Europe/Berlin"),
]  # fmt: skip
METRICS = ["visitors", "visits", "pageviews", "events", "bounce_rate", "visit_duration", "views_per_visit"]
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"date_range": "2d"},
    {"date_range": ["2026-11-17", "2026-11-18"], "dimensions": ["time:day"]},
    {"date_range": ["2026-11-17", "2026-11-18"], "dimensions": ["time:hour"]},
    {"date_range": ["2026-11-17", "2026-11-18"], "dimensions": ["event:page"]},
    {"date_range": ["2026-11-17", "2026-11-18"], "dimensions": ["event:section"]},
    {"date_range": ["2026-11-17", "2026-11-18"], "filters": [["is", "event:props:plan", ["free"]]]},
    {"date_range": ["2026-11-17", "2026-11-18"], "filters": [["is", "visit:entry_page", ["/"]]]},
    {"date_range": ["2026-11-17", "2026-11-18"], "dimensions": ["visit:country_name", "event:hostname"], "metrics": ["events"]},
    {"date_range": ["2026-11-17", "2026-11-18"], "metrics": ["bounce_rate", "events"], "dimensions": ["event:page"],
     "filters": [["is", "event:name", ["pageview"]], ["is", "visit:country_name", ["germany"], {"case_sensitive": False}]]},
)  # fmt: skip


def test_a_sealed_day_gives_the_same_answers(store: DuckDBStore) -> None:
    """Sealing takes the seconds away and no number: whole days, hours, pages, sections, filtered or not."""
    load(store, SITE, YESTERDAY)
    asked = answers(store)
    before = [asked.answer(SITE, {"metrics": METRICS, **question}).results for question in QUESTIONS]
    yesterday = date(2026, 11, 17)
    store.seal(SITE, yesterday, yesterday, rollups.derived(yesterday, yesterday, SITE.timezone, [], DuckDBDialect()))
    after = [asked.answer(SITE, {"metrics": METRICS, **question}).results for question in QUESTIONS]
    assert after == before
    assert before[1] == [
        {"dimensions": ["2026-11-17"], "metrics": [2, 2, 3, 3, 0, 210, 2.0]},
        {"dimensions": ["2026-11-18"], "metrics": [1, 0, 1, 1, None, None, None]},
    ]


@pytest.mark.parametrize(
    ("later", "days"),
    [
        ([], {"2026-11-16": 1}),
        (["2026-11-16 10:00"], {"2026-11-16": 2}),
        (["2026-11-16 10:00", "2026-11-16 23:30"], {"2026-11-16": 2, "2026-11-17": 1}),
    ],
)
def test_a_change_of_the_zone_loses_no_visit_and_counts_none_twice(
    store: DuckDBStore, later: list[str], days: dict[str, int]
) -> None:
    """T14: the site was in UTC until the day of these visits was over, and is in Berlin when that is sealed."""
    came = ["2026-11-15 23:10", *later]
    load(store, SITE, [event for number, at in enumerate(came) for event in visit(number, (at, {}), zone="UTC")])
    for day, zone in ((date(2026, 11, 15), "UTC"), (date(2026, 11, 16), SITE.timezone)):
        store.seal(SITE, day, day, rollups.derived(day, day, zone, [], DuckDBDialect()))
    question = {"metrics": ["visits"], "dimensions": ["time:day"], "date_range": ["2026-11-14", "2026-11-17"]}
    found = answers(store).answer(SITE, question).results
    assert {row["dimensions"][0]: row["metrics"][0] for row in found} == days


def test_no_answer_reaches_another_site(store: DuckDBStore) -> None:
    load(store, SITE, YESTERDAY)
    load(store, OTHER, YESTERDAY[:1])
    asked = answers(store)
    question = {"metrics": ["pageviews"], "date_range": ["2026-11-17", "2026-11-18"]}
    assert [asked.answer(site, question).results[0]["metrics"] for site in (SITE, OTHER)] == [[4], [1]]


def test_the_fixed_reports_agree_with_the_compiler(store: DuckDBStore) -> None:
    load(store, SITE, YESTERDAY)
    asked = answers(store)
    assert asked.current_visitors(SITE) == 0
    (day,) = asked.ledger(SITE, date(2026, 11, 17), date(2026, 11, 17))
    assert (day.counted, day.dropped, day.received) == (3, {"bot": 5}, 8)
    assert asked.answer(SITE, {"metrics": ["visits"], "date_range": "all"}).results[0]["metrics"] == [2]


@pytest.fixture
def statements(store: DuckDBStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that questions put to the store."""
    put: list[str] = []
    snapshot = store.snapshot

    @contextmanager
    def noted(site: Site, at_once: int = 1) -> Iterator[Read]:
        with snapshot(site, at_once) as read:
            yield lambda made: (put.append(made.sql), read(made))[1]

    monkeypatch.setattr(store, "snapshot", noted)
    return put


GERMANS = {"metrics": ["visitors"], "date_range": "2d", "filters": [["is", "visit:country", ["DE"]]]}


def test_panels_of_one_page_count_small_values_once(store: DuckDBStore, statements: list[str]) -> None:
    """As long as nothing is loaded: how many visitors a country has is asked for every panel that filters by it."""
    load(store, SITE, YESTERDAY)
    asked, counts = answers(store), []
    for more in ({"dimensions": ["visit:source"]}, {"dimensions": ["event:page"]}):
        statements.clear()
        asked.answer(SITE, GERMANS | more)
        counts.append(len(statements))
    load(store, SITE, YESTERDAY[:1])
    statements.clear()
    asked.answer(SITE, GERMANS)
    assert [*counts, len(statements)] == [counts[0], counts[0] - 1, counts[0]]


def test_small_values_of_sealed_days_are_counted_once_whatever_comes_in(store: DuckDBStore, statements: list[str]) -> None:
    """Only today's are counted anew; a late row of a sealed day makes that day's count another."""
    yesterday, question = date(2026, 11, 17), GERMANS | {"date_range": ["2026-11-17", "2026-11-18"]}
    asked, counts = answers(store), []
    load(store, SITE, visit(4, ("2026-11-18 00:20", {}), zone="Europe/Berlin"))
    for number, moment in enumerate(("2026-11-17 08:00", "2026-11-18 09:01", "2026-11-17 09:00")):
        load(store, SITE, visit(10 + number, (moment, {}), zone="Europe/Berlin", country="DE"))
        if not store.days(SITE)[0].sealed:
            store.seal(SITE, yesterday, yesterday, rollups.derived(yesterday, yesterday, SITE.timezone, [], DuckDBDialect()))
        statements.clear()
        asked.answer(SITE, question)
        counts.append(len(statements))
    assert counts == [counts[0], counts[0] - 1, counts[0]]


def test_the_panels_of_a_page_see_one_state(store: DuckDBStore) -> None:
    """Whatever is loaded while they are asked; the next page sees it."""
    load(store, SITE, YESTERDAY)
    asked, question = answers(store), {"metrics": ["pageviews"], "date_range": "all"}
    with asked.sitting(SITE) as page:
        before = page.answer(question).results
        load(store, SITE, visit(3, ("2026-11-18 09:00", {}), zone="Europe/Berlin"))
        assert page.answer(question).results == before
    assert asked.answer(SITE, question).results[0]["metrics"] == [before[0]["metrics"][0] + 1]


def test_a_panel_that_was_stopped_takes_no_other_with_it(store: DuckDBStore, monkeypatch: pytest.MonkeyPatch) -> None:
    load(store, SITE, YESTERDAY)
    question = {"metrics": ["pageviews"], "date_range": "all"}
    with answers(store).sitting(SITE) as page:
        page.answer(question)
        large = Statement("SELECT len(list(range)) FROM range(40_000_000)", {})
        monkeypatch.setattr("analytics.query.compile.statement", lambda *_, **__: large)
        with pytest.raises(QuestionTooLarge):
            page.answer(question)
        monkeypatch.undo()
        assert page.answer(question).results[0]["metrics"] == [4]
