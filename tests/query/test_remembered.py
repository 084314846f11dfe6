"""An answer is found once as long as nothing it depends on has changed, and never again after something has."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
from msgspec import json

from analytics.model import Row
from analytics.query import register as registering
from analytics.query import rollups, run
from analytics.query.cells import Audience
from analytics.query.register import Register
from analytics.query.run import Answers
from analytics.site import Correction, SectionRule, Site
from analytics.store.base import Load, Read, Statement
from analytics.store.control.store import ControlStore
from analytics.store.duckdb.dialect import DuckDBDialect
from analytics.store.duckdb.engine import DuckDBStore
from analytics.store.duckdb.limits import Folders, Limits
from tests.query.rows import Made, row

SEALED, TODAY = date(2026, 6, 1), date(2026, 6, 2)
NOW = datetime(2026, 6, 2, 12, 0, tzinfo=UTC).timestamp()
PAST, PRESENT = [SEALED.isoformat()] * 2, "day"
DIALECT = DuckDBDialect()


class Counting(DuckDBStore):
    """Notes the statements that count something: those that name metrics."""

    asked: list[str]

    @contextmanager
    def snapshot(self, site: Site, at_once: int = 1) -> Iterator[Read]:
        with super().snapshot(site, at_once) as read:

            def noted(statement: Statement) -> list[tuple[Any, ...]]:
                if "pageviews" in statement.sql:
                    self.asked.append(statement.sql)
                return read(statement)

            yield noted


class Desk:
    """A site on a real file with one sealed day and an open one."""

    def __init__(self, folder: Path) -> None:
        def in_doubt(problem: str) -> NoReturn:
            raise AssertionError(problem)

        self.control = ControlStore(folder / "control.sqlite", lambda: NOW)
        kept = self.control.corrections
        folders = Folders(*(folder / name for name in ("sites", "quarantine", "work", "backups")))
        self.store = Counting(folders, Limits(256 << 20, 1, 20, 0), in_doubt, registering.standing(kept, DIALECT))
        self.store.asked = []
        self.answers = Answers(self.store, self.control, lambda: NOW, lambda _site: None, DIALECT)
        self.register = Register(self.store, kept, self.answers, DIALECT, lambda: NOW, lambda _site: None)
        self.site = self.control.sites.add("shop.example", "UTC")
        self.load([row(f"{SEALED}T08:00", visit=1, visitor=1), row(f"{TODAY}T08:00", visit=2, visitor=2)])
        self.seal()

    def close(self) -> None:
        self.store.close()
        self.control.close()

    def load(self, rows: Sequence[Made]) -> None:
        encoded = [json.encode(Row(**{**made, "time": made["time"].isoformat()})) for made in rows]
        assert not self.store.load(self.site, Load(encoded, {}, [], []))

    def seal(self) -> None:
        rules = self.control.sections.all(self.site)
        self.store.seal(self.site, SEALED, SEALED, rollups.derived(SEALED, SEALED, "UTC", rules, DIALECT))

    def views(self, date_range: Any, **more: Any) -> tuple[list[Any], int]:
        """The answer, and how many statements it took."""
        self.store.asked.clear()
        question = {"metrics": ["pageviews"], "date_range": date_range, **more}
        found = self.answers.answer(self.site, question)
        return [(*each["dimensions"], *each["metrics"]) for each in found.results], len(self.store.asked)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


@pytest.mark.parametrize("date_range", [PAST, PRESENT])
def test_what_is_asked_again_is_not_read_again(desk: Desk, date_range: Any) -> None:
    assert [desk.views(date_range) for _ in range(2)] == [([(1,)], 1), ([(1,)], 0)]


def test_what_comes_in_today_changes_today_alone(desk: Desk) -> None:
    desk.views(PAST)
    desk.views(PRESENT)
    desk.load([row(f"{TODAY}T09:00", visit=3, visitor=3)])
    assert desk.views(PRESENT) == ([(2,)], 1)
    assert desk.views(PAST) == ([(1,)], 0)


def test_a_late_row_of_a_sealed_day_is_seen_at_once(desk: Desk) -> None:
    desk.views(PAST)
    desk.load([row(f"{SEALED}T09:00", visit=3, visitor=3)])
    assert desk.views(PAST) == ([(2,)], 1)
    desk.seal()
    assert desk.views(PAST) == ([(2,)], 1)


def test_a_correction_and_its_undoing_are_seen_at_once(desk: Desk) -> None:
    """T19."""
    desk.load([row(f"{SEALED}T09:00", visit=3, visitor=3, path="/admin")])
    desk.seal()
    assert desk.views(PAST)[0] == [(2,)]
    made = desk.register.make(desk.site, Correction(kind="delete", filters=[["is", "event:page", ["/admin"]]]), by="ada")
    assert desk.views(PAST)[0] == [(1,)]
    desk.seal()
    assert desk.views(PAST)[0] == [(1,)]
    desk.register.undo(desk.site, made.id, by="ada")
    assert desk.views(PAST)[0] == [(2,)]


def test_sections_are_followed_at_once(desk: Desk) -> None:
    by_section = {"dimensions": ["event:section"]}
    assert desk.views(PAST, **by_section)[0] == [("/", 1)]
    desk.control.sections.replace(desk.site, [SectionRule(name="Start", pattern="/")])
    assert desk.views(PAST, **by_section)[0] == [("Start", 1)]


def test_what_one_may_know_another_is_not_told(desk: Desk) -> None:
    """The small cells of the public are larger; an owner's answer is not given to them."""
    desk.load([row(f"{SEALED}T09:00", visit=3, visitor=3, browser="Firefox")])
    question = {"metrics": ["pageviews"], "date_range": PAST, "dimensions": ["visit:browser"]}
    own, public = (
        desk.answers.answer(desk.site, question, audience=audience).results for audience in (Audience.SIGNED_IN, Audience.PUBLIC)
    )
    assert own != public
    assert desk.answers.answer(desk.site, question, audience=Audience.PUBLIC).results == public


def test_a_long_answer_is_not_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What many people page through would push out what everybody looks at."""
    monkeypatch.setattr(run, "_LARGEST", 1)
    by_page = {"dimensions": ["event:page"]}
    assert [desk.views(PAST, **by_page)[1] for _ in range(2)] == [1, 1]
