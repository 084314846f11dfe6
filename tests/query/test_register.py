"""T19: corrections do the whole job, at once, in every panel, and can be taken back.

On a real file: rows are loaded, days sealed, corrections made and undone. What is asked afterwards is compared with the
slow reading (reference.py) of the rows that are left, and those with the corrections done by hand, in Python.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec import json
from msgspec.structs import replace

from analytics.model import Row
from analytics.query import register as module
from analytics.query import rollups
from analytics.query.register import Register
from analytics.query.run import Answers
from analytics.site import Correction
from analytics.store.base import Load
from analytics.store.control.store import ControlStore
from analytics.store.duckdb.dialect import DuckDBDialect
from analytics.store.duckdb.engine import DuckDBStore
from analytics.store.duckdb.limits import Folders, Limits
from tests.query.reference import Reference
from tests.query.rows import Made
from tests.query.rows import visit as visited

FIRST, LAST = date(2026, 6, 1), date(2026, 6, 4)
DAYS = [FIRST + timedelta(days=number) for number in range(4)]
NOW = datetime(2026, 6, 10, 12, 0, tzinfo=UTC).timestamp()
BY = "ada@example.org"
DIALECT = DuckDBDialect()

USERS = Correction(kind="rename", pattern=r"/user/\d+", replacement="/user/:id")
BLOG = Correction(kind="rename", pattern=r"/(blog.*)", replacement=r"/x/\1")
"""Not the same when done twice: it must never be."""
HOSTS = Correction(kind="rename", dimension="event:hostname", pattern=r".*\.example", replacement="shop.example")
MINE = Correction(kind="ignore", filters=[["is", "event:page", ["/user/:id", "/admin"]]])
BURST = Correction(kind="delete", filters=[["is", "visit:source", ["spam.example"]]], first_day=DAYS[1], last_day=DAYS[2])
EVENTS = Correction(kind="ignore", filters=[["is", "event:name", ["Signup"]], ["is", "event:props:plan", ["free"]]])
VIEWS = Correction(kind="ignore", filters=[["is", "event:name", ["pageview"]], ["is", "visit:country", ["DE"]]])
"""The reading time of these page views stays."""
CORRECTIONS = (USERS, BLOG, HOSTS, MINE, BURST, EVENTS, VIEWS)


def by_hand(correction: Correction, made: Made) -> Made | None:
    """A row after a correction; None: it is not counted."""
    if correction is USERS:
        return {**made, "path": re.sub(r"^/user/\d+$", "/user/:id", made["path"])}
    if correction is BLOG:
        return {**made, "path": re.sub(r"^/(blog.*)$", r"/x/\1", made["path"])}
    if correction is HOSTS:
        return {**made, "hostname": "shop.example"}
    return None if _is_meant(correction, made) else made


def _is_meant(correction: Correction, made: Made) -> bool:
    if correction is MINE:
        return made["path"] in ("/user/:id", "/admin")
    if correction is BURST:
        return made["source"] == "spam.example" and DAYS[1] <= made["day"] <= DAYS[2]
    if correction is VIEWS:
        return made["name"] == "pageview" and made["country"] == "DE"
    return made["name"] == "Signup" and made["props"].get("plan") == "free"


class Desk:
    """A site with its file and its register, and a clock that is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.folder = folder
        self.control = ControlStore(folder / "control.sqlite", lambda: self.now)
        self.site = self.control.sites.add("shop.example", "UTC")
        self.loaded: list[Made] = []
        self.waiting: list[Made] = []
        """In the spool, as it were."""
        self.open()

    def open(self) -> None:
        def in_doubt(problem: str) -> NoReturn:
            raise AssertionError(problem)

        kept = self.control.corrections
        folders = Folders(*(self.folder / name for name in ("sites", "quarantine", "work", "backups")))
        self.store = DuckDBStore(folders, Limits(256 << 20, 1, 20, 0), in_doubt, module.standing(kept, DIALECT))
        self.answers = Answers(self.store, self.control, lambda: self.now, lambda _site: None, DIALECT)
        self.register = Register(self.store, kept, self.answers, DIALECT, lambda: self.now, lambda _site: self.catch_up())

    def close(self) -> None:
        self.store.close()
        self.control.close()

    def another(self) -> None:
        """Another site, so that every example begins with an empty file."""
        self.site = self.control.sites.add(f"site-{len(self.control.sites.all())}.example", "UTC")
        self.loaded = []

    def load(self, rows: Sequence[Made]) -> None:
        self.loaded += rows
        encoded = [json.encode(Row(**{**row, "time": row["time"].isoformat()})) for row in rows]
        assert not self.store.load(self.site, Load(encoded, {}, [], []))

    def catch_up(self) -> None:
        if self.waiting:
            self.load([self.waiting.pop()])

    def seal(self, days: Sequence[date] = DAYS, *, rolled: bool = False) -> None:
        """Without roll-ups, unless they are asked for: they take most of the time."""
        for day in days:
            made = rollups.derived(day, day, "UTC", [], DIALECT)
            self.store.seal(self.site, day, day, made if rolled else replace(made, statements=(), rules="none"))

    def seal_open(self, *, rolled: bool = False) -> None:
        """As the writer does by itself."""
        self.seal([kept.day for kept in self.store.days(self.site) if not kept.sealed], rolled=rolled)

    def make(self, correction: Correction) -> int:
        return self.register.make(self.site, correction, by=BY).id

    def undo(self, number: int) -> None:
        self.register.undo(self.site, number, by=BY)

    def table(self, name: str = "events") -> list[tuple[Any, ...]]:
        return self.store.query(self.site, f"SELECT * FROM {name} ORDER BY ALL", {})

    def rows(self) -> list[Made]:
        """What is counted, as rows."""
        found = self.store.query(self.site, "SELECT * FROM raw ORDER BY visit, seq", {})
        return [dict(zip(Row.__struct_fields__, row, strict=True)) for row in found]

    def ask(self, metrics: Sequence[str], dimensions: Sequence[str] = (), filters: Sequence[Any] = ()) -> dict[Any, Any]:
        question = {
            "metrics": list(metrics), "dimensions": list(dimensions), "filters": list(filters),
            "date_range": [FIRST.isoformat(), LAST.isoformat()],
        }  # fmt: skip
        found = self.answers.answer(self.site, question)
        return {tuple(row["dimensions"]): row["metrics"] for row in found.results}

    def check_panels(self) -> None:
        """Every panel is what the slow reading of the rows that are left says."""
        reference = Reference(self.rows(), "UTC", FIRST, LAST)
        for metrics, dimensions, filters in PANELS:
            assert self.ask(metrics, dimensions, filters) == reference.answer(metrics, dimensions, filters), dimensions

    def ledger(self) -> tuple[int, int]:
        """Counted, and dropped for being corrected."""
        days = self.answers.ledger(self.site, FIRST, LAST)
        return sum(day.counted for day in days), sum(day.dropped.get("corrected", 0) for day in days)


ALL = ["visitors", "visits", "pageviews", "events", "bounce_rate", "visit_duration", "views_per_visit"]
PANELS: tuple[tuple[list[str], list[str], list[Any]], ...] = (
    (ALL, [], []),
    (ALL, ["time:day"], []),
    (["visitors", "pageviews", "bounce_rate"], ["event:page"], []),
    (["visitors", "pageviews"], ["event:hostname"], []),
    (["visitors", "pageviews"], ["event:section"], []),
    (["visitors", "visits"], ["visit:entry_page"], []),
    (["visitors", "visits"], ["visit:exit_page"], []),
    (["visitors", "bounce_rate"], ["visit:source"], []),
    (["visitors"], ["visit:country"], []),
    (["visitors", "events"], ["event:name"], []),
    (ALL, [], [["is", "event:page", ["/user/:id", "/x/blog"]]]),
    (ALL, ["event:page"], [["is", "visit:source", ["spam.example"]]]),
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    yield desk
    desk.close()


EVENT = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["pageview", "pageview", "engagement", "engagement", "Signup"]),
        "path": st.sampled_from(["/", "/admin", "/user/1", "/user/22", "/user/me", "/blog", "/blog/x"]),
        "hostname": st.sampled_from(["shop.example", "m.shop.example"]),
        "props": st.sampled_from([{}, {"plan": "free"}, {"plan": "pro"}]),
        "here": st.sampled_from([True, True, False]),
    }
)
"""``here``: reading time of the page of the event before, soon after it; on a sealed day it may lie on its page view's row."""
VISIT = st.tuples(
    st.integers(0, 4 * 86400 - 7200),
    st.lists(st.tuples(st.integers(0, 1700), EVENT), min_size=1, max_size=5),
    st.fixed_dictionaries({"source": st.sampled_from(["", "spam.example"]), "country": st.sampled_from(["", "DE"])}),
)


def made_visits(given_: Sequence[Any], first: int = 1) -> list[Made]:
    rows: list[Made] = []
    for number, (start, events, shared) in enumerate(given_, first):
        at = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(seconds=start)
        clocks: list[tuple[str, Made]] = []
        for step, event in events:
            here = event["name"] == "engagement" and event["here"] and clocks
            at += timedelta(seconds=step % 200 if here else step)
            said = {**(clocks[-1][1] if here else event), "name": event["name"]}
            clocks.append((at.replace(tzinfo=None).isoformat(), {name: value for name, value in said.items() if name != "here"}))
        rows += visited(number, *clocks, **shared)
    return rows


def corrected(rows: Sequence[Made], corrections: Sequence[Correction]) -> list[Made]:
    """The rows after these corrections, by hand, without their times."""
    left: list[Made] = []
    for row in rows:
        kept: Made | None = row
        for correction in corrections:
            kept = by_hand(correction, kept) if kept is not None else None
        if kept is not None:
            left.append(kept)
    return left


def facts(rows: Sequence[Made]) -> list[Any]:
    """What a correction has to leave right in every row; times are coarse once a day is sealed."""
    return sorted((row["visit"], row["seq"], row["day"], row["name"], row["path"], row["hostname"]) for row in rows)


DO = st.sampled_from(["seal", "load", *range(len(CORRECTIONS)), *range(len(CORRECTIONS))])


@settings(
    max_examples=20, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(before=st.lists(VISIT, min_size=1, max_size=6), later=st.lists(VISIT, max_size=3), steps=st.lists(DO, max_size=9))
def test_t19_whatever_is_made_and_undone_every_panel_is_what_the_rows_say(
    desk: Desk, before: list[Any], later: list[Any], steps: list[Any]
) -> None:
    """Made, undone and made again, with days sealed and rows loaded between: the rows are what they would be had what
    stands stood ever since, and every panel agrees with them."""
    desk.another()
    desk.load(made_visits(before))
    waiting = made_visits(later, first=len(before) + 1)
    stand: dict[int, Correction] = {}
    for step in steps:
        number = (
            next((number for number, each in stand.items() if each is CORRECTIONS[step]), None)
            if isinstance(step, int)
            else None
        )
        if step == "seal":
            desk.seal_open(rolled=True)
        elif step == "load":
            desk.load(waiting)
            waiting = []
        elif number is None:
            stand[desk.make(CORRECTIONS[step])] = CORRECTIONS[step]
        else:
            desk.undo(number)
            del stand[number]
        left = corrected(desk.loaded, list(stand.values()))
        assert facts(desk.rows()) == facts(left)
        assert desk.ledger() == (len(left), len(desk.loaded) - len(left))
    desk.check_panels()
    desk.seal_open(rolled=True)
    desk.check_panels()


@settings(
    max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(VISIT, min_size=1, max_size=6),
    chosen=st.permutations(CORRECTIONS),
    sealed=st.booleans(),
    back=st.permutations(range(3)),
)
def test_d23_an_undo_restores_the_table_to_the_last_bit(
    desk: Desk, rows: list[Any], chosen: list[Correction], sealed: bool, back: list[int]
) -> None:
    """In whatever order they are taken back: gaps, times, marks, everything."""
    desk.another()
    desk.load(made_visits(rows))
    if sealed:
        desk.seal()
    before = desk.table()
    numbers = [desk.make(correction) for correction in chosen[:3]]
    for place in back:
        desk.undo(numbers[place])
    if sealed:
        desk.seal_open()
    assert desk.table() == before
    assert desk.table("set_aside") == []


@settings(
    max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(VISIT, min_size=1, max_size=6), chosen=st.permutations(CORRECTIONS))
def test_an_undo_after_the_day_was_sealed_is_as_if_nothing_had_been(
    desk: Desk, rows: list[Any], chosen: list[Correction]
) -> None:
    desk.another()
    desk.load(made_visits(rows))
    desk.seal()
    before = desk.table()
    desk.another()
    desk.load(made_visits(rows))
    numbers = [desk.make(correction) for correction in chosen[:2]]
    desk.seal()
    for number in numbers:
        desk.undo(number)
    desk.seal_open()
    assert desk.table() == before


READ = (
    (f"{FIRST}T12:00", {"path": "/admin"}),
    (f"{FIRST}T12:02", {"path": "/admin", "name": "engagement", "engaged": 100_000, "scroll": 80}),
    (f"{FIRST}T12:03", {"path": "/b"}),
    (f"{FIRST}T12:05", {"path": "/b", "name": "engagement", "engaged": 90_000, "scroll": 70}),
)


@pytest.mark.parametrize(
    "filters",
    [
        [["is", "event:page", ["/admin"]]],
        [["is", "event:page", ["/b"]]],
        [["is", "event:name", ["pageview"]]],
        [["is", "event:page", ["/b"]], ["is", "event:name", ["pageview"]]],
    ],
)
def test_reading_time_on_the_row_of_its_page_view_is_an_event_of_its_own(desk: Desk, filters: list[Any]) -> None:
    """On a sealed day most of it lies there. A correction may mean one of both alone, and the visit's time stays."""
    desk.another()
    desk.load(visited(1, *READ))
    desk.seal()
    before = desk.table()
    assert (len(desk.table("stored")), len(before)) == (2, 4)
    number = desk.make(Correction(kind="ignore", filters=filters))
    left = [
        row for row in visited(1, *READ)
        if not all((row["path"] if about == "event:page" else row["name"]) in values for _, about, values in filters)
    ]  # fmt: skip
    for _ in range(2):
        assert facts(desk.rows()) == facts(left)
        assert desk.ask(["visits", "visit_duration"]) == {(): [1, 300]}
        assert desk.ask(["events"]) == {(): [sum(row["name"] == "pageview" for row in left)]}
        desk.seal_open(rolled=True)
    desk.undo(number)
    desk.seal_open()
    assert desk.table() == before


def test_the_time_of_a_late_event_that_is_removed_stays_with_a_visit_whose_last_row_has_its_reading_time(desk: Desk) -> None:
    desk.another()
    desk.load(visited(1, *READ))
    desk.make(Correction(kind="ignore", filters=[["is", "event:page", ["/late"]]]))
    desk.seal()
    *_, late = visited(1, *READ, (f"{FIRST}T12:06", {"path": "/late"}))
    desk.load([late])
    assert desk.ask(["visits", "pageviews", "visit_duration"]) == {(): [1, 2, 360]}
    desk.seal_open(rolled=True)
    assert desk.ask(["visits", "pageviews", "visit_duration"]) == {(): [1, 2, 360]}


def test_d23_a_preview_shows_events_that_still_wait_in_the_spool(desk: Desk) -> None:
    """An owner sees an event arrive, and looks at once what a correction would do to it."""
    desk.another()
    desk.waiting = visited(1, (f"{FIRST}T12:00", {"path": "/admin"}))
    pages = {"metrics": ["pageviews"], "date_range": [FIRST.isoformat(), LAST.isoformat()]}
    with desk.register.tried(desk.site, MINE, (FIRST, LAST)) as trial:
        before = trial.ask(pages).results
        trial.carry_out()
        after = trial.ask(pages).results
    assert [row["metrics"] for row in (*before, *after)] == [[1], [0]]
